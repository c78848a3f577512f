/*
 * "perf report --stdio": a profile as a table, some hundred rows, each perhaps with a tree of
 * callers under it. What is kept is what is printed: the percentage, in hundredths, and sample
 * counts and periods where -n and --show-total-period printed them. A percentage of the event count
 * is not turned into events: that would invent digits.
 */
#include "ingest/perfreport_chain.h"
#include "ingest/perfscript_header.h"
#include "ingest/perfscript_text.h"
#include "ingest/reader.h"

#include "db/text.h"

#include <string.h>

enum { MOST_COLUMNS = 24 };

enum meaning { OVERHEAD, CHILDREN, SAMPLES, PERIOD, OTHER_PERCENT, KEY, MEANINGS };

struct columns {
	size_t count;
	struct {
		size_t from, to; /* of the row of dots */
		enum meaning meaning;
	} at[MOST_COLUMNS];
	char sep; /* of -t; 0: a table */
};

struct report {
	struct hu_perf_text text;
	struct hu_sink *to;
	struct hu_perf_header header;
	struct hu_out event;  /* "cpu-clock" */
	struct hu_out titles; /* the line above the dots */
	struct columns columns;
	struct hu_out key, next_key;
	int64_t key_percent;
	uint64_t key_pos; /* of the row whose callers may follow; 0: none */
	struct hu_perf_chain chain;
	bool hierarchy;
	uint64_t rows, chains, chain_lines, chatter, tables;
};

/* The header. */

static enum meaning meaning_of(struct hu_str title)
{
	static const struct {
		const char *title;
		enum meaning meaning;
	} known[] = {
		{"Overhead", OVERHEAD},	      {"Self", OVERHEAD},
		{"Children", CHILDREN},	      {"Samples", SAMPLES},
		{"Period", PERIOD},	      {"sys", OTHER_PERCENT},
		{"usr", OTHER_PERCENT},	      {"guest sys", OTHER_PERCENT},
		{"guest usr", OTHER_PERCENT}, {"Latency", OTHER_PERCENT},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (hu_str_is(title, known[i].title))
			return known[i].meaning;
	return KEY;
}

/* "# Overhead  Command  Shared Object  Symbol" and "# ........  .......": the dots say where the
 * columns lie, because titles have blanks in them. */
static bool take_dots(struct report *r, struct hu_str dots)
{
	struct hu_str titles = hu_out_view(&r->titles);
	struct columns c = {0};

	for (size_t i = 1; i < dots.len;) {
		if (dots.at[i] == ' ') {
			i++;
			continue;
		}
		size_t from = i;
		while (i < dots.len && dots.at[i] == '.')
			i++;
		if (i == from || c.count == MOST_COLUMNS)
			return false;
		struct hu_str title = {0};
		if (from < titles.len)
			title = (struct hu_str){titles.at + from,
						(i < titles.len ? i : titles.len) - from};
		c.at[c.count].from = from;
		c.at[c.count].to = i;
		c.at[c.count++].meaning = meaning_of(hu_str_trim(title));
	}
	if (!c.count)
		return false;
	r->hierarchy = hu_str_find(titles, " / ") >= 0;
	r->columns = c;
	r->tables++;
	return true;
}

/* "# Overhead,Command        ,Symbol" of -t ",". */
static bool take_separated_titles(struct report *r, struct hu_str line)
{
	static const char *const first[] = {"Overhead", "Children"};
	struct columns c = {0};
	struct hu_str rest = {0};

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]) && !c.sep; i++) {
		rest = hu_str_trim(hu_str_skip(line, 1));
		size_t n = strlen(first[i]);
		if (hu_str_starts(rest, first[i]) && rest.len > n && rest.at[n] != ' ')
			c.sep = rest.at[n];
	}
	if (!c.sep)
		return false;
	while (rest.len && c.count < MOST_COLUMNS)
		c.at[c.count++].meaning = meaning_of(hu_str_trim(hu_str_split(&rest, c.sep)));
	r->columns = c;
	r->hierarchy = false;
	r->tables++;
	return true;
}

/* "# Samples: 3K of event 'cpu-clock'", "… of events 'cpu/cycles/, instructions'" */
static bool take_event(struct report *r, struct hu_str line)
{
	ptrdiff_t of = hu_str_find(line, " of event");

	if (!hu_str_starts(line, "# Samples: ") || of < 0)
		return false;
	struct hu_str rest = hu_str_skip(line, (size_t)of);
	hu_str_split(&rest, '\'');
	size_t end = rest.len;
	while (end && rest.at[end - 1] != '\'')
		end--;
	hu_out_clear(&r->event);
	hu_out_bytes(&r->event, rest.at, end ? end - 1 : rest.len);
	r->columns.count = 0;
	return true;
}

static hu_name table_name(struct report *r, const char *of)
{
	struct hu_out name HU_CLEANUP(hu_out_deinit) = {0};

	hu_out_puts(&name, "perf report");
	if (r->event.len) {
		hu_out_putc(&name, ' ');
		hu_out_str(&name, hu_out_view(&r->event));
	}
	hu_out_puts(&name, of);
	return hu_intern(r->to, hu_out_view(&name));
}

static void put(struct report *r, const char *of, const char *unit, struct hu_str key,
		int64_t count, int64_t total, uint64_t pos)
{
	hu_put_aggregate(r->to, &(struct hu_aggregate){.ts = HU_OPEN,
						       .pos = pos,
						       .low = HU_OPEN,
						       .high = HU_OPEN,
						       .count = count,
						       .total = total,
						       .table = table_name(r, of),
						       .key = hu_intern(r->to, key),
						       .unit = hu_internz(r->to, unit)});
}

static bool take_totals(struct report *r, struct hu_str line)
{
	static const char lost[] = "# Total Lost Samples: ", events[] = "# Event count (approx.): ";
	struct hu_gap gap = {HU_OPEN, HU_OPEN, 0, HU_NONE, HU_LOSS_DROPPED, r->text.pos};
	int64_t count;

	if (hu_str_starts(line, lost)) {
		struct hu_str rest = hu_str_skip(line, sizeof(lost) - 1);
		if (hu_str_i64(hu_str_word(&rest), &gap.count) && gap.count > 0)
			hu_put_loss(r->to, &gap, "%lld samples lost, says perf",
				    (long long)gap.count);
		return true;
	}
	if (!hu_str_starts(line, events))
		return false;
	if (hu_str_i64(hu_str_trim(hu_str_skip(line, sizeof(events) - 1)), &count))
		put(r, ": event count (approx.)", "", (struct hu_str){0}, count, HU_NONE,
		    r->text.pos);
	return true;
}

static void end_chain(struct report *r)
{
	if (r->key_pos && hu_perf_chain_count(&r->chain)) {
		struct hu_out key HU_CLEANUP(hu_out_deinit) = {0};
		hu_out_str(&key, hu_out_view(&r->key));
		hu_out_puts(&key, ": ");
		hu_out_str(&key, hu_out_view(&r->chain.names));
		/* A way without branches has all that its row has. */
		bool printed = r->chain.share >= 0;
		put(r, ": hottest chain", printed && r->chain.counts ? "" : "0.01%",
		    hu_out_view(&key), printed ? r->chain.share : r->key_percent, HU_NONE,
		    r->key_pos);
		r->chains++;
	}
	hu_perf_chain_clear(&r->chain);
	r->key_pos = 0;
}

static bool comment(struct report *r, struct hu_str line)
{
	if (!hu_str_starts(line, "#"))
		return false;
	end_chain(r);
	if (take_event(r, line) || take_totals(r, line) || take_separated_titles(r, line))
		return true;
	if (hu_str_starts(line, "# ..") ||
	    (hu_str_starts(line, "#  ") &&
	     hu_str_starts(hu_str_trim(hu_str_skip(line, 1)), ".."))) {
		if (!take_dots(r, line))
			hu_perf_text_odd(&r->text, line);
		return true;
	}
	hu_perf_header_take(&r->header, line, r->text.pos, r->to);
	if (line.len > 1) {
		hu_out_clear(&r->titles);
		hu_out_str(&r->titles, line);
	}
	return true;
}

/* Rows. */

/* "13.62%"; of a group of events one for each: the first is its leader's. */
static bool percent(struct hu_str cell, int64_t *ret)
{
	struct hu_str word = hu_str_word(&cell), other;

	if (!hu_str_ends(word, "%"))
		return false;
	while ((other = hu_str_word(&cell)).len)
		if (!hu_str_ends(other, "%"))
			return false;
	word.len--;
	return hu_str_fixed(word, 2, ret) && *ret >= 0;
}

static struct hu_str cell_of(const struct columns *c, struct hu_str line, size_t i)
{
	size_t from = i ? c->at[i].from : 0;
	size_t to = i + 1 < c->count ? c->at[i + 1].from : line.len;

	if (from > line.len)
		from = line.len;
	if (to > line.len)
		to = line.len;
	return hu_str_trim((struct hu_str){line.at + from, to - from});
}

/* What a column of names holds goes into the key as it is printed, "[k] path_init". */
static bool row(struct report *r, struct hu_str line)
{
	const struct columns *c = &r->columns;
	int64_t value[MEANINGS];
	bool have[MEANINGS] = {false};
	struct hu_str rest = line;

	if (!c->count || c->at[0].meaning == KEY)
		return false;
	hu_out_clear(&r->next_key);
	for (size_t i = 0; i < c->count; i++) {
		struct hu_str cell =
			c->sep ? hu_str_trim(hu_str_split(&rest, c->sep)) : cell_of(c, line, i);
		enum meaning m = c->at[i].meaning;
		bool sound = true;
		if (m == KEY) {
			if (r->next_key.len)
				hu_out_putc(&r->next_key, ';');
			hu_out_str(&r->next_key, cell);
		} else if (m == SAMPLES || m == PERIOD) {
			sound = hu_str_i64(cell, &value[m]) && value[m] >= 0;
		} else {
			sound = percent(cell, &value[m]);
		}
		if (!sound)
			return false;
		have[m] = true;
	}
	end_chain(r);
	struct hu_out swap = r->key;
	r->key = r->next_key;
	r->next_key = swap;
	struct hu_str key = hu_out_view(&r->key);
	if (have[OVERHEAD])
		put(r, "", "0.01%", key, value[OVERHEAD], HU_NONE, r->text.pos);
	if (have[CHILDREN])
		put(r, ": children", "0.01%", key, value[CHILDREN], HU_NONE, r->text.pos);
	if (have[SAMPLES])
		put(r, ": samples", "samples", key, value[SAMPLES], HU_NONE, r->text.pos);
	if (have[PERIOD])
		put(r, ": period", "events", key, value[PERIOD], HU_NONE, r->text.pos);
	r->key_pos = r->text.pos;
	r->key_percent = have[CHILDREN] ? value[CHILDREN] : have[OVERHEAD] ? value[OVERHEAD] : 0;
	r->rows++;
	return true;
}

static void take_line(struct report *r, struct hu_str line)
{
	if (!hu_str_trim(line).len) {
		hu_perf_chain_blank(&r->chain);
		return;
	}
	if (comment(r, line) || (!r->hierarchy && row(r, line)))
		return;
	if (r->key_pos && hu_perf_chain_take(&r->chain, line))
		r->chain_lines++;
	else if (hu_perf_is_chatter(line))
		r->chatter++;
	else if (hu_str_starts(line, "no entry >") || hu_str_starts(hu_str_trim(line), "(Tip:") ||
		 r->hierarchy)
		r->chatter++;
	else
		hu_perf_text_odd(&r->text, line);
}

static struct hu_err *read_lines(struct report *r)
{
	struct hu_str line;
	bool nested = false;

	while (hu_perf_text_line(&r->text, &line)) {
		take_line(r, line);
		nested |= r->hierarchy;
	}
	end_chain(r);
	if (r->rows)
		hu_put_event_count(r->to, hu_str("row"), r->rows, true);
	if (r->chains)
		hu_put_event_count(r->to, hu_str("tree of callers"), r->chains, true);
	if (r->chatter)
		hu_put_event_count(r->to, hu_str("other line"), r->chatter, false);
	if (nested)
		hu_put_loss(r->to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED,
					     r->text.pos},
			    "a table of --hierarchy is not read: give the output without that "
			    "option");
	hu_put_totals(r->to, r->rows, r->text.file.text.len);
	struct hu_err *err = hu_perf_text_end(&r->text, r->to);
	if (err || r->tables)
		return err;
	return hu_err(HU_ERR_BAD_INPUT, "there is no table in it");
}

static struct hu_err *perfreport_read(const char *path, struct hu_sink *to)
{
	struct report r = {.to = to};
	struct hu_err *err = hu_perf_text_open(&r.text, path);

	if (!err)
		err = read_lines(&r);
	hu_perf_text_close(&r.text);
	hu_out_deinit(&r.event);
	hu_out_deinit(&r.titles);
	hu_out_deinit(&r.key);
	hu_out_deinit(&r.next_key);
	hu_perf_chain_deinit(&r.chain);
	return err;
}

static enum hu_match perfreport_probe(const struct hu_probe *in)
{
	struct hu_perf_head head;
	struct hu_str line;
	bool samples = false, framed = false;

	if (in->is_dir)
		return HU_MATCH_NO;
	hu_perf_head_init(&head, in->head);
	while (hu_perf_head_line(&head, &line)) {
		if (hu_str_starts(line, "# Samples: ") && hu_str_find(line, " of event") >= 0)
			samples = true;
		if (hu_str_is(line, "# ========"))
			framed = true;
		if (samples &&
		    (hu_str_starts(line, "# Event count (approx.): ") ||
		     hu_str_starts(line, "# Overhead") || hu_str_starts(line, "# Children")))
			return HU_MATCH_LIKELY;
		if (hu_str_trim(line).len && !hu_str_starts(line, "#") && !hu_perf_is_chatter(line))
			return HU_MATCH_NO;
	}
	/* A header so long that the table lies behind the probe's bytes. */
	return framed && hu_str_find(in->head, "# Total Lost Samples:") >= 0 ? HU_MATCH_LIKELY
									     : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_perfreport = {
	.name = "perfreport",
	.reads = "profiles of \"perf report --stdio\"",
	.clock = HU_CLOCK_NONE,
	.probe = perfreport_probe,
	.read = perfreport_read,
};
