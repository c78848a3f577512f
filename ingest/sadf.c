/*
 * What sadf makes of a binary sar file: JSON (-j) and lines with semicolons (-d). Shaped for a day
 * of all activities.
 *
 * Columns get the names that sar prints ("sar.pgscank/s"), where sadf calls them otherwise and we
 * know it; the rest is "sar.<group>.<key>".
 */
#include "ingest/sadf.h"

#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/sar.h"

#include <stdlib.h>

enum { MOST_COLUMNS = 256 };

void hu_sadf_count(uint64_t *count, uint64_t *pos, uint64_t at)
{
	if (!(*count)++)
		*pos = at;
}

/* The stamp of what follows, in the clock of the file's first one. */
void hu_sadf_stamp(struct hu_sadf *s, bool valid, const struct hu_wall *wall)
{
	s->ts = HU_OPEN;
	s->stamps++;
	if (valid && s->clock == HU_CLOCK_IN_FILE) {
		s->clock = wall->clock;
		hu_put_source_clock(s->to, s->clock,
				    s->clock == HU_CLOCK_REALTIME
					    ? "sadf marks its stamps as UTC"
					    : "sadf -t and -T print local time without a zone");
	}
	if (valid && s->clock == wall->clock)
		s->ts = wall->ns;
	else
		hu_sadf_count(&s->blind, &s->blind_pos, s->pos);
}

static bool wall_of(struct hu_str text, struct hu_wall *ret)
{
	int64_t seconds;

	if (hu_wall_stamp(text, ret))
		return true;
	if (text.len < 9 || text.len > 11 || !hu_str_i64(text, &seconds))
		return false;
	*ret = (struct hu_wall){seconds * HU_NS_PER_S, HU_CLOCK_REALTIME};
	return true;
}

/* "guest;1;2026-11-22 01:04:44 UTC;vda;0.00;…", with -h one device behind the other. */
static bool row(struct hu_sadf *s, struct hu_str line, const struct hu_str *columns, size_t count,
		bool repeated)
{
	struct hu_str host = hu_str_split(&line, ';');
	struct hu_str interval = hu_str_split(&line, ';');
	struct hu_str when = hu_str_split(&line, ';');
	struct hu_str device = {"", 0};
	struct hu_wall wall = {0};
	int64_t seconds;
	size_t fields = 0;

	if (!hu_str_i64(interval, &seconds) || !line.len)
		return false;
	if (!s->told_facts) {
		s->told_facts = true;
		hu_put_fact(s->to, "hostname", host);
	}
	if (hu_str_starts(line, "LINUX-RESTART") || hu_str_starts(line, "COM")) {
		s->restarts += *line.at == 'L';
		return true;
	}
	if (!count)
		return false;
	hu_sadf_stamp(s, wall_of(when, &wall), &wall);
	for (size_t i = 0; line.len; i = (i + 1) % count) {
		struct hu_str text = hu_str_split(&line, ';');
		double value;
		char unit;
		if (fields++ >= count && !repeated) {
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
			break;
		}
		if (hu_sar_is_key(columns[i])) {
			/* sysstat's number for all CPUs together. */
			device = hu_str_is(columns[i], "CPU") && hu_str_is(text, "-1")
					 ? hu_str("all")
					 : text;
			continue;
		}
		if (!hu_sar_number(text, &value, &unit) || (unit && unit != '%')) {
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
			continue;
		}
		hu_out_clear(&s->name);
		hu_out_puts(&s->name, hu_str_is(columns[0], "call/s") ? "sar.nfs." : "sar.");
		hu_out_str(&s->name, columns[i]);
		if (device.len) {
			hu_out_putc(&s->name, '.');
			hu_out_str(&s->name, device);
		}
		hu_put_counter(s->to,
			       &(struct hu_counter){s->ts, s->pos, value,
						    hu_intern(s->to, hu_out_view(&s->name)), 0});
	}
	return true;
}

/* The names behind the third semicolon; *repeated: a row has them once per device. */
static size_t columns_of(struct hu_str line, struct hu_str *ret, bool *repeated)
{
	size_t count = 0;

	*repeated = hu_str_ends(line, "[...]");
	if (*repeated)
		line.len -= 5;
	for (int i = 0; i < 3; i++)
		(void)hu_str_split(&line, ';');
	while (line.len && count < MOST_COLUMNS) {
		struct hu_str column = hu_str_split(&line, ';');
		/* The sum over all CPUs: "all" in sar's own table. */
		ret[count++] = hu_str_is(column, "CPU*") ? hu_str("all") : column;
	}
	return count;
}

static const char lines_mark[] = "# hostname;interval;timestamp;";

static void lines(struct hu_sadf *s, struct hu_str text)
{
	struct hu_str *columns = hu_alloc(MOST_COLUMNS * sizeof(*columns));
	bool ended = hu_str_ends(text, "\n");
	size_t count = 0;
	bool repeated = false;
	struct hu_str line;

	for (; hu_str_line(&text, &line); s->pos++) {
		if (hu_str_starts(line, lines_mark))
			count = columns_of(line, columns, &repeated);
		else if (!ended && !text.len)
			s->cut_pos = s->pos;
		else if (hu_str_trim(line).len && !row(s, line, columns, count, repeated))
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
	}
	free(columns);
}

/* ------------------------------------------------------------------------------------------------
 */

static void told(struct hu_sadf *s, uint64_t count, uint64_t pos, enum hu_loss kind,
		 const char *what)
{
	if (count)
		hu_put_loss(s->to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, (int64_t)count, HU_NONE, kind, pos},
			    "%llu %s, the first in line %llu", (unsigned long long)count, what,
			    (unsigned long long)pos);
}

static struct hu_err *read_sadf(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct hu_sadf s = {.to = to, .pos = 1};

	if (err)
		return err;
	if (hu_str_starts(file.text, lines_mark))
		lines(&s, file.text);
	else
		hu_sadf_json(&s, file.text);
	told(&s, s.unread, s.unread_pos, HU_LOSS_UNPARSED,
	     "values or lines of sadf are not understood");
	told(&s, s.blind, s.blind_pos, HU_LOSS_MISSING, "stamps of sadf cannot be placed");
	hu_put_event_count(to, hu_str("sadf stamp"), s.stamps, true);
	if (s.restarts)
		hu_put_event_count(to, hu_str("LINUX RESTART"), s.restarts, false);
	hu_put_totals(to, s.stamps, file.text.len);
	hu_out_deinit(&s.name);
	if (s.clock == HU_CLOCK_IN_FILE)
		hu_put_source_clock(to, HU_CLOCK_NONE, "no time stamp in it");
	if (s.cut_pos) {
		hu_put_loss(to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_TRUNCATED,
					     s.cut_pos},
			    "the output of sadf ends too early, in what line %llu begins",
			    (unsigned long long)s.cut_pos);
		return hu_err(HU_ERR_BAD_INPUT,
			      "the output of sadf ends too early, in what line %llu begins",
			      (unsigned long long)s.cut_pos);
	}
	if (!s.stamps)
		return hu_err(HU_ERR_BAD_INPUT, "no statistics in it");
	return NULL;
}

static enum hu_match probe(const struct hu_probe *in)
{
	if (in->is_dir)
		return HU_MATCH_NO;
	if (hu_str_starts(in->head, lines_mark))
		return HU_MATCH_LIKELY;
	struct hu_str head = hu_str_trim(in->head);
	if (!hu_str_starts(head, "{"))
		return HU_MATCH_NO;
	head = hu_str_trim(hu_str_skip(head, 1));
	return hu_str_starts(head, "\"sysstat\"") && hu_str_find(head, "\"hosts\"") >= 0
		       ? HU_MATCH_LIKELY
		       : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_sadf = {
	.name = "sadf",
	.reads = "what sadf -j and sadf -d make of binary sar data",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_sadf,
};
