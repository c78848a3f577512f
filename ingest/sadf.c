/*
 * What sadf makes of a binary sar file: JSON (-j) and lines with semicolons (-d). Shaped for a day
 * of all activities, tens of megabytes: the JSON is taken apart one time stamp at a time, and only
 * each piece goes through cJSON, so that memory does not grow with the file and a cut one keeps
 * what it has.
 *
 * Columns get the names that sar prints ("sar.pgscank/s"), where sadf calls them otherwise and we
 * know it; the rest is "sar.<group>.<key>".
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/sar.h"
#include "ingest/walltime.h"

#include "db/text.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 8, MOST_COLUMNS = 256 };

struct sadf {
	struct hu_sink *to;
	struct hu_out name;
	hu_ns ts;
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp yet */
	uint64_t pos;	     /* line */
	bool told_facts;
	uint64_t stamps, restarts;
	uint64_t blind, blind_pos;   /* stamps that are none, or of another clock */
	uint64_t unread, unread_pos; /* values that are no number */
	uint64_t cut_pos;
};

static void first(uint64_t *count, uint64_t *pos, uint64_t at)
{
	if (!(*count)++)
		*pos = at;
}

/* The stamp of what follows, in the clock of the file's first one. */
static void stamp(struct sadf *s, bool valid, const struct hu_wall *wall)
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
		first(&s->blind, &s->blind_pos, s->pos);
}

/* JSON -------------------------------------------------------------------------------------------
 */

/* sysstat's JSON leaves out "/s", "%" and "kb" (json_stats.c). */
static const struct {
	const char *group, *before, *behind;
} forms[] = {
	{"paging", "", "/s"},	 {"swap-pages", "", "/s"}, {"io-reads", "", "/s"},
	{"io-writes", "", "/s"}, {"io-discard", "", "/s"}, {"process-and-context-switch", "", "/s"},
	{"net-dev", "", "/s"},	 {"net-edev", "", "/s"},   {"net-ip", "", "/s"},
	{"net-tcp", "", "/s"},	 {"net-etcp", "", "/s"},   {"net-udp", "", "/s"},
	{"net-sock", "", ""},	 {"cpu-load", "%", ""},	   {"cpu-load-all", "%", ""},
	{"memory", "kb", ""},	 {"hugepages", "kb", ""},  {"io", "", ""},
	{"queue", "", ""},	 {"kernel", "", ""},	   {"disk", "", ""},
	{"interrupts", "", ""},
};

static void column_name(struct hu_out *out, const char *group, const char *key)
{
	struct hu_str k = hu_str(key);
	bool share = hu_str_ends(k, "-percent"); /* "vmeff-percent" is sar's "%vmeff" */

	if (hu_str_starts(hu_str(group), "psi-") &&
	    (hu_str_starts(k, "some_avg") || hu_str_starts(k, "full_avg"))) {
		/* "some_avg10" of "psi-mem" is sar's "%smem-10". */
		hu_out_printf(out, "%%%c%s", *key, group + 4);
		if (k.len > 8)
			hu_out_printf(out, "-%s", key + 8);
		return;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].group, group) != 0)
			continue;
		bool plain = share || (!strcmp(group, "memory") && hu_str_starts(k, "kb"));
		hu_out_puts(out, share ? "%" : plain ? "" : forms[i].before);
		hu_out_bytes(out, key, k.len - (share ? 8 : 0));
		if (!strcmp(group, "disk") && hu_str_ends(k, "kB"))
			hu_out_puts(out, "/s");
		else if (!share)
			hu_out_puts(out, forms[i].behind);
		return;
	}
	hu_out_printf(out, "%s.%s", group, key);
}

static void walk(struct sadf *s, const char *group, const cJSON *node, int depth)
{
	const char *device = NULL;
	const cJSON *item;

	if (depth > MOST_DEPTH) {
		first(&s->unread, &s->unread_pos, s->pos);
		return;
	}
	cJSON_ArrayForEach(item, node)
	{
		const char *key = item->string;
		if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
			walk(s, key ? key : group, item, depth + 1);
		} else if (key && cJSON_IsString(item) && !device) {
			device = item->valuestring;
		} else if (key && cJSON_IsNumber(item) && isfinite(item->valuedouble)) {
			hu_out_clear(&s->name);
			hu_out_puts(&s->name, "sar.");
			column_name(&s->name, group, key);
			if (device)
				hu_out_printf(&s->name, ".%s", device);
			hu_name series = hu_intern(s->to, hu_out_view(&s->name));
			hu_put_counter(s->to, &(struct hu_counter){s->ts, s->pos, item->valuedouble,
								   series, 0});
		} else {
			first(&s->unread, &s->unread_pos, s->pos);
		}
	}
}

static bool stamp_of(const cJSON *node, struct hu_wall *ret)
{
	const cJSON *date = cJSON_GetObjectItemCaseSensitive(node, "date");
	const cJSON *time = cJSON_GetObjectItemCaseSensitive(node, "time");
	const cJSON *utc = cJSON_GetObjectItemCaseSensitive(node, "utc");
	int64_t days;
	hu_ns clock;

	if (!cJSON_IsString(date) || !cJSON_IsString(time) ||
	    !hu_wall_date(hu_str(date->valuestring), &days) ||
	    !hu_wall_clock(hu_str(time->valuestring), &clock))
		return false;
	bool is_utc = cJSON_IsTrue(utc) || (cJSON_IsNumber(utc) && utc->valueint == 1);
	*ret = (struct hu_wall){days * 86400 * HU_NS_PER_S + clock,
				is_utc ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME};
	return true;
}

static void one_stamp(struct sadf *s, struct hu_str text)
{
	struct hu_wall wall = {0};
	cJSON *root = cJSON_ParseWithLength(text.at, text.len);

	if (!root) {
		first(&s->unread, &s->unread_pos, s->pos);
		return;
	}
	cJSON *when = cJSON_DetachItemFromObjectCaseSensitive(root, "timestamp");
	stamp(s, stamp_of(when, &wall), &wall);
	walk(s, "", root, 0);
	cJSON_Delete(when);
	cJSON_Delete(root);
}

/* The length of the object that `text` starts with, 0 if its end is missing; *lines gets the
 * newlines in it. */
static size_t object_len(struct hu_str text, uint64_t *lines)
{
	size_t depth = 0;
	bool quoted = false;
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		n += c == '\n';
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			*lines = n;
			return i + 1;
		}
	}
	return 0;
}

/* The value behind `"key":` in the lines above the statistics; empty if it is not there. */
static struct hu_str field(struct hu_str head, const char *key)
{
	ptrdiff_t at = hu_str_find(head, key);

	if (at < 0)
		return (struct hu_str){"", 0};
	struct hu_str rest = hu_str_trim(hu_str_skip(head, (size_t)at + strlen(key)));
	if (!rest.len || *rest.at != ':')
		return (struct hu_str){"", 0};
	rest = hu_str_trim(hu_str_skip(rest, 1));
	if (rest.len && *rest.at == '"') {
		rest = hu_str_skip(rest, 1);
		return hu_str_split(&rest, '"');
	}
	return hu_str_trim(hu_str_split(&rest, ','));
}

static void host_facts(struct sadf *s, struct hu_str head)
{
	static const struct {
		const char *json, *fact;
	} facts[] = {{"\"nodename\"", "hostname"},
		     {"\"release\"", "kernel.release"},
		     {"\"machine\"", "kernel.arch"},
		     {"\"number-of-cpus\"", "cpus"}};

	if (s->told_facts)
		return;
	s->told_facts = true;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		hu_put_fact(s->to, facts[i].fact, field(head, facts[i].json));
}

static uint64_t newlines(struct hu_str text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == '\n';
	return n;
}

/* One host's statistics; *text is left behind them. false if they are cut. */
static bool statistics(struct sadf *s, struct hu_str *text)
{
	while (text->len) {
		char c = *text->at;
		uint64_t lines = 0;
		size_t len = 1;

		if (c == ']') {
			*text = hu_str_skip(*text, 1);
			return true;
		}
		if (c == '{') {
			len = object_len(*text, &lines);
			if (!len)
				return false;
			one_stamp(s, (struct hu_str){text->at, len});
		}
		s->pos += lines + (c == '\n');
		*text = hu_str_skip(*text, len);
	}
	return false;
}

static void json(struct sadf *s, struct hu_str text)
{
	ptrdiff_t at;

	while ((at = hu_str_find(text, "\"statistics\"")) >= 0) {
		struct hu_str head = {text.at, (size_t)at};
		host_facts(s, head);
		text = hu_str_skip(text, (size_t)at);
		s->pos += newlines(head);
		at = hu_str_find(text, "[");
		if (at < 0)
			break;
		s->pos += newlines((struct hu_str){text.at, (size_t)at});
		text = hu_str_skip(text, (size_t)at + 1);
		if (!statistics(s, &text)) {
			s->cut_pos = s->pos;
			return;
		}
	}
	for (struct hu_str rest = text; (at = hu_str_find(rest, "\"boot\"")) >= 0; s->restarts++)
		rest = hu_str_skip(rest, (size_t)at + 6);
	if (!hu_str_ends(hu_str_trim(text), "}"))
		s->cut_pos = s->pos + newlines(text);
}

/* Lines with semicolons --------------------------------------------------------------------------
 */

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
static bool row(struct sadf *s, struct hu_str line, const struct hu_str *columns, size_t count)
{
	struct hu_str host = hu_str_split(&line, ';');
	struct hu_str interval = hu_str_split(&line, ';');
	struct hu_str when = hu_str_split(&line, ';');
	struct hu_str device = {"", 0};
	struct hu_wall wall = {0};
	int64_t seconds;

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
	stamp(s, wall_of(when, &wall), &wall);
	for (size_t i = 0; line.len; i = (i + 1) % count) {
		struct hu_str text = hu_str_split(&line, ';');
		double value;
		char unit;
		if (hu_sar_is_key(columns[i])) {
			device = text;
			continue;
		}
		if (!hu_sar_number(text, &value, &unit) || (unit && unit != '%')) {
			first(&s->unread, &s->unread_pos, s->pos);
			continue;
		}
		hu_out_clear(&s->name);
		hu_out_puts(&s->name, "sar.");
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

static size_t columns_of(struct hu_str line, struct hu_str *ret)
{
	size_t count = 0;

	for (int i = 0; i < 3; i++)
		(void)hu_str_split(&line, ';');
	while (line.len && count < MOST_COLUMNS) {
		struct hu_str column = hu_str_split(&line, ';');
		if (hu_str_ends(column, "[...]"))
			column.len -= 5;
		ret[count++] = column;
	}
	return count;
}

static const char lines_mark[] = "# hostname;interval;timestamp;";

static void lines(struct sadf *s, struct hu_str text)
{
	struct hu_str *columns = hu_alloc(MOST_COLUMNS * sizeof(*columns));
	bool ended = hu_str_ends(text, "\n");
	size_t count = 0;
	struct hu_str line;

	for (; hu_str_line(&text, &line); s->pos++) {
		if (hu_str_starts(line, lines_mark))
			count = columns_of(line, columns);
		else if (!ended && !text.len)
			s->cut_pos = s->pos;
		else if (hu_str_trim(line).len && !row(s, line, columns, count))
			first(&s->unread, &s->unread_pos, s->pos);
	}
	free(columns);
}

/* ------------------------------------------------------------------------------------------------
 */

static void told(struct sadf *s, uint64_t count, uint64_t pos, enum hu_loss kind, const char *what)
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
	struct sadf s = {.to = to, .pos = 1};

	if (err)
		return err;
	if (hu_str_starts(file.text, lines_mark))
		lines(&s, file.text);
	else
		json(&s, file.text);
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
