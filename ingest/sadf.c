/*
 * What sadf makes of a binary sar file: JSON (-j), XML (-x), lines with semicolons (-d) and lines
 * with one value each (-p). Shaped for a day of all activities.
 *
 * Columns get the names that sar prints ("sar.pgscank/s"), where sadf calls them otherwise and we
 * know it; the rest is "sar.<group>.<key>".
 */
#include "ingest/sadf.h"

#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/sar.h"
#include "ingest/tell.h"

#include <stdlib.h>
#include <string.h>

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
				    s->how ? s->how /* why the date is read so */
				    : s->clock == HU_CLOCK_REALTIME
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
	hu_ns ns;

	if (hu_wall_stamp(text, ret))
		return true;
	if (text.len < 9 || text.len > 11 || !hu_str_i64(text, &seconds) ||
	    __builtin_mul_overflow(seconds, HU_NS_PER_S, &ns))
		return false;
	*ret = (struct hu_wall){ns, HU_CLOCK_REALTIME};
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
	/* "INTR;CPU*": all CPUs together, and then each of them (sysstat 12.5.6 and later). */
	bool per_cpu = count == 2 && hu_str_is(columns[1], "all");
	for (size_t i = 0; line.len; i = (i + 1) % count) {
		struct hu_str text = hu_str_split(&line, ';');
		double value;
		char unit;
		size_t extra = fields++ < count || repeated ? 0 : fields - count;
		if (extra && !per_cpu) {
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
			break;
		}
		if (!extra && hu_sar_is_key(columns[i])) {
			/* sysstat's number for all together. */
			device = !hu_str_is(text, "-1")		 ? text
				 : hu_str_is(columns[i], "CPU")	 ? hu_str("all")
				 : hu_str_is(columns[i], "INTR") ? hu_str("sum")
								 : text;
			continue;
		}
		if (!hu_sar_number(text, &value, &unit) || (unit && unit != '%')) {
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
			continue;
		}
		hu_out_clear(&s->name);
		hu_out_puts(&s->name, hu_str_is(columns[0], "call/s") ? "sar.nfs." : "sar.");
		if (extra)
			hu_out_printf(&s->name, "CPU%zu", extra - 1);
		else
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

static bool nfs_column(struct hu_str column)
{
	static const char *const columns[] = {"retrans/s", "read/s", "write/s", "access/s",
					      "getatt/s"};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (hu_str_is(column, columns[i]))
			return true;
	return false;
}

/* "cpu12" → 12. */
static bool numbered(struct hu_str text, const char *before, int64_t *ret)
{
	return hu_str_starts(text, before) && hu_str_i64(hu_str_skip(text, strlen(before)), ret) &&
	       *ret >= 0;
}

/*
 * "guest	1	2026-11-22 01:04:44 UTC	vda	await	0.00": sadf -p, without a header.
 * Such a line says all of itself; a device is "-" where a column has none.
 */
static bool single(struct hu_sadf *s, struct hu_str line, bool put)
{
	struct hu_str part[6];
	struct hu_wall wall = {0};
	int64_t seconds, number;
	double value;
	char unit;

	for (size_t i = 0; i < 6; i++)
		part[i] = hu_str_split(&line, '\t');
	if (line.len || !part[0].len || !hu_str_i64(part[1], &seconds))
		return false;
	bool restart = hu_str_starts(part[3], "LINUX-RESTART") && !part[4].len;
	if (restart || (hu_str_starts(part[3], "COM") && !part[4].len)) {
		s->restarts += put && restart;
		return wall_of(part[2], &wall);
	}
	bool timed = wall_of(part[2], &wall);
	if (!part[4].len || !hu_sar_number(part[5], &value, &unit) || unit)
		return false;
	if (!put)
		return timed;
	if (!s->told_facts) {
		s->told_facts = true;
		hu_put_fact(s->to, "hostname", part[0]);
	}
	if (!s->stamps || s->ts == HU_OPEN || s->ts != wall.ns)
		hu_sadf_stamp(s, timed, &wall);
	/* NFS clients and TCP both have "retrans/s": the table that begins with "call/s" is NFS. */
	s->nfs = hu_str_is(part[4], "call/s") || (s->nfs && nfs_column(part[4]));
	hu_out_clear(&s->name);
	hu_out_puts(&s->name, s->nfs ? "sar.nfs." : "sar.");
	if (numbered(part[4], "cpu", &number))
		hu_out_printf(&s->name, "CPU%lld", (long long)number);
	else
		hu_out_str(&s->name, part[4]);
	/* "cpu0", "ttyS0", "i004": in sar's own tables a number. */
	if (numbered(part[3], "cpu", &number) || numbered(part[3], "ttyS", &number) ||
	    (hu_str_is(part[4], "intr/s") && numbered(part[3], "i", &number))) {
		hu_out_printf(&s->name, ".%lld", (long long)number);
	} else if (part[3].len && !hu_str_is(part[3], "-")) {
		hu_out_putc(&s->name, '.');
		hu_out_str(&s->name, part[3]);
	}
	hu_put_counter(s->to, &(struct hu_counter){s->ts, s->pos, value,
						   hu_intern(s->to, hu_out_view(&s->name)), 0});
	return true;
}

static void singles(struct hu_sadf *s, struct hu_str text)
{
	bool ended = hu_str_ends(text, "\n");
	struct hu_str line;

	for (; hu_str_line(&text, &line); s->pos++) {
		if (!ended && !text.len)
			s->cut_pos = s->pos;
		else if (hu_str_trim(line).len && !single(s, line, true))
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
	}
}

static const char lines_mark[] = "# hostname;interval;timestamp;";

static void lines(struct hu_sadf *s, struct hu_str text)
{
	struct hu_str *columns = hu_alloc(MOST_COLUMNS * sizeof(*columns));
	bool ended = hu_str_ends(text, "\n");
	size_t count = 0;
	bool repeated = false, mixed = false;
	struct hu_str line;

	for (; hu_str_line(&text, &line); s->pos++) {
		if (hu_str_starts(line, lines_mark)) {
			count = columns_of(line, columns, &repeated);
			/* Of several activities in one line only their order is told, and not how
			 * many devices each has. */
			struct hu_str head = {line.at, line.len - (repeated ? 5 : 0)};
			mixed = hu_str_find(head, "[...]") >= 0;
		} else if (mixed && hu_str_trim(line).len) {
			hu_sadf_count(&s->mixed, &s->mixed_pos, s->pos);
		} else if (!ended && !text.len)
			s->cut_pos = s->pos;
		else if (hu_str_trim(line).len && !row(s, line, columns, count, repeated))
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
	}
	free(columns);
}

/* ------------------------------------------------------------------------------------------------
 */

struct hu_err *hu_sadf_finish(struct hu_sadf *s, const char *what, uint64_t bytes)
{
	struct hu_sink *to = s->to;

	hu_tell_lines(to, HU_LOSS_UNPARSED, s->unread, s->unread_pos,
		      "values or lines are not understood");
	hu_tell_lines(to, HU_LOSS_UNPARSED, s->mixed, s->mixed_pos,
		      "lines of sadf -h have several activities with devices: which number is "
		      "whose is not "
		      "told");
	hu_tell_lines(to, HU_LOSS_MISSING, s->blind, s->blind_pos, "stamps cannot be placed");
	hu_put_event_count(to, hu_str(what), s->stamps, true);
	hu_out_clear(&s->name);
	hu_out_printf(&s->name, "%s average since boot", what);
	if (s->boots)
		hu_put_event_count(to, hu_out_view(&s->name), s->boots, false);
	if (s->restarts)
		hu_put_event_count(to, hu_str("LINUX RESTART"), s->restarts, false);
	hu_put_totals(to, s->stamps, bytes);
	hu_out_deinit(&s->name);
	if (s->clock == HU_CLOCK_IN_FILE)
		hu_put_source_clock(to, HU_CLOCK_NONE, "no time stamp in it");
	if (s->cut_pos) {
		hu_put_loss(to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_TRUNCATED,
					     s->cut_pos},
			    "the output ends too early, in what line %llu begins",
			    (unsigned long long)s->cut_pos);
		return hu_err(HU_ERR_BAD_INPUT,
			      "the output ends too early, in what line %llu begins",
			      (unsigned long long)s->cut_pos);
	}
	if (!s->stamps && s->mixed)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "sadf -h with several activities: which number is whose is not told; "
			      "sadf -d without -h tells it");
	if (!s->stamps && !s->boots)
		return hu_err(HU_ERR_BAD_INPUT, "no statistics in it");
	return NULL;
}

static struct hu_str without_mark(struct hu_str text)
{
	return hu_str_starts(text, "\xef\xbb\xbf") ? hu_str_skip(text, 3) : text;
}

static bool is_xml(struct hu_str head)
{
	return hu_str_starts(hu_str_trim(head), "<") && hu_str_find(head, "<sysstat") >= 0;
}

static struct hu_err *read_sadf(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct hu_sadf s = {.to = to, .pos = 1, .json = &hu_sadf_form};

	if (err)
		return err;
	struct hu_str text = without_mark(file.text);
	struct hu_str head = {text.at, text.len < HU_PROBE_BYTES ? text.len : HU_PROBE_BYTES};
	if (hu_str_starts(text, lines_mark))
		lines(&s, text);
	else if (is_xml(head))
		hu_sadf_xml(&s, text);
	else if (hu_str_starts(hu_str_trim(head), "{"))
		hu_sadf_json(&s, text);
	else
		singles(&s, text);
	return hu_sadf_finish(&s, "sadf stamp", file.text.len);
}

static enum hu_match probe(const struct hu_probe *in)
{
	struct hu_str head = without_mark(in->head), line;
	struct hu_sadf none = {0};

	if (in->is_dir)
		return HU_MATCH_NO;
	if (hu_str_starts(head, lines_mark) || is_xml(head) ||
	    (hu_sysstat_json_begins(head, "\"hosts\"") &&
	     (hu_str_find(head, "\"sysdata-version\"") >= 0 ||
	      hu_str_find(head, "\"file-date\"") >= 0)))
		return HU_MATCH_LIKELY;
	/* sadf -p has no header: its first lines must be whole. */
	for (int i = 0; i < 2; i++)
		if (!hu_str_line(&head, &line) || !single(&none, line, false))
			return HU_MATCH_NO;
	return HU_MATCH_LIKELY;
}

const struct hu_reader_ops hu_reader_sadf = {
	.name = "sadf",
	.reads = "what sadf -j, -x, -d and -p make of binary sar data",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_sadf,
};
