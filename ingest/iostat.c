/*
 * iostat: a report every N seconds, of the processors and of each device; or the same as JSON.
 * Shaped for hours of it. A report is stamped, if at all (-t), by a line of its own above it.
 *
 * The first report of a run is the average since boot (sysstat: iostat.c), of no use for a window
 * of seconds: it is counted and not stored. iostat -y leaves it out, and nothing in the output says
 * so: then the first real report goes the same way.
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/sadf.h"
#include "ingest/tell.h"

#include "db/text.h"

#include <string.h>

enum { MOST_COLUMNS = 64, SURVEY_LINES = 1000 };

struct iostat {
	struct hu_sink *to;
	struct hu_sar_hints hints;
	struct hu_str columns[MOST_COLUMNS];
	size_t count;	     /* 0: no header in force */
	size_t device;	     /* the column that names the device; MOST_COLUMNS: the processors' */
	struct hu_str opens; /* the header that opens a report: the first of the run */
	uint64_t reports;    /* of this run */
	struct hu_out name;
	hu_ns ts;
	hu_ns day;	     /* of the run's first line, in ns; HU_OPEN: no date that we can read */
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp yet */
	bool told_facts, stamped;
	size_t row_len;
	uint64_t rows, boots, lost, lost_pos, unread, unread_pos, blind, blind_pos, cut_pos;
};

/* "avg-cpu:  %user …": the names stand behind it, the numbers in the next line. */
static bool is_cpu(struct hu_str line)
{
	return hu_str_is(hu_str_word(&line), "avg-cpu:");
}

/* "Device  r/s …", "Device:  …" before sysstat 12, and with -h the name comes last. */
static bool is_devices(struct hu_str line)
{
	struct hu_str word, before = {"", 0}, first_word = hu_str_word(&line);
	size_t count = 0;

	for (; (word = hu_str_word(&line)).len; count++)
		before = word;
	bool head = hu_str_is(first_word, "Device") || hu_str_is(first_word, "Device:");
	return count >= 2 && (head || hu_str_is(before, "Device") || hu_str_is(before, "Device:"));
}

static void start_run(struct iostat *t, const struct hu_sar_banner *banner)
{
	const char *how;
	int64_t days;

	t->reports = 0;
	t->count = 0;
	t->opens = (struct hu_str){"", 0};
	t->ts = t->day = HU_OPEN;
	if (hu_sar_date(banner->date, &t->hints, &days, &how))
		t->day = days * 86400 * HU_NS_PER_S;
	if (t->told_facts)
		return;
	t->told_facts = true;
	hu_put_fact(t->to, "kernel.release", banner->release);
	hu_put_fact(t->to, "hostname", banner->host);
	hu_put_fact(t->to, "kernel.arch", banner->arch);
	hu_put_fact(t->to, "cpus", banner->cpus);
}

static bool stamp_line(struct iostat *t, struct hu_str line, uint64_t pos)
{
	const char *how = "iostat -t before sysstat 9 prints a time of day below a date";
	struct hu_wall wall;
	struct hu_sar_time time;
	struct hu_str rest = line;

	if (hu_str_is(hu_str_word(&rest), "Time:")) {
		if (!hu_sar_time(rest, &time) || t->day == HU_OPEN)
			return false;
		wall = (struct hu_wall){t->day + time.second * HU_NS_PER_S, HU_CLOCK_LOCAL_TIME};
	} else if (!hu_sar_stamp(line, &t->hints, &wall, &how)) {
		return false;
	}
	if (t->clock == HU_CLOCK_IN_FILE) {
		struct hu_out out HU_CLEANUP(hu_out_deinit) = {0};
		hu_out_printf(&out, "iostat -t prints %s; a date is %s",
			      wall.clock == HU_CLOCK_REALTIME ? "an offset from UTC"
							      : "the wall clock without a zone",
			      how);
		t->clock = wall.clock;
		hu_put_source_clock(t->to, t->clock, out.at);
	}
	t->ts = wall.clock == t->clock ? wall.ns : HU_OPEN;
	t->stamped = true;
	if (t->ts == HU_OPEN)
		hu_tell_count(&t->blind, &t->blind_pos, pos);
	return true;
}

static void header_line(struct iostat *t, struct hu_str line, uint64_t pos)
{
	bool cpu = is_cpu(line);
	struct hu_str whole = hu_str_trim(line);

	if (cpu)
		(void)hu_str_word(&line);
	if (!t->opens.len)
		t->opens = whole;
	if (hu_str_eq(t->opens, whole)) {
		/* A stamp is of one report: where its line is damaged, the time is not known. */
		if (!t->stamped && t->clock != HU_CLOCK_IN_FILE) {
			t->ts = HU_OPEN;
			hu_tell_count(&t->blind, &t->blind_pos, pos);
		}
		t->stamped = false;
		t->reports++;
	}
	t->row_len = 0;
	t->device = MOST_COLUMNS;
	for (t->count = 0; t->count < MOST_COLUMNS; t->count++) {
		struct hu_str word = hu_str_word(&line);
		if (!word.len)
			break;
		if (!cpu && (hu_str_is(word, "Device") || hu_str_is(word, "Device:")))
			t->device = t->count;
		t->columns[t->count] = word;
	}
}

static bool row_line(struct iostat *t, struct hu_str line, uint64_t pos)
{
	struct hu_str field[MOST_COLUMNS], rest = line;
	double value;
	char unit;
	bool any = false;

	if (!t->count)
		return false;
	for (size_t i = 0; i < t->count; i++) {
		field[i] = hu_str_word(&rest);
		any |= i != t->device && hu_sar_number(field[i], &value, &unit);
		if (!field[i].len)
			return false;
	}
	if (!any || hu_str_trim(rest).len)
		return false;
	if (t->reports < 2) {
		t->boots++;
		return true;
	}
	for (size_t i = 0; i < t->count; i++) {
		if (i == t->device)
			continue;
		if (!hu_sar_number(field[i], &value, &unit) ||
		    !hu_sar_scale(t->columns[i], unit, &value)) {
			hu_tell_count(&t->unread, &t->unread_pos, pos);
			continue;
		}
		hu_out_clear(&t->name);
		hu_out_puts(&t->name, "iostat.");
		hu_out_str(&t->name, t->columns[i]);
		if (t->device < t->count) {
			hu_out_putc(&t->name, '.');
			hu_out_str(&t->name, field[t->device]);
		}
		hu_put_counter(t->to,
			       &(struct hu_counter){t->ts, pos, value,
						    hu_intern(t->to, hu_out_view(&t->name)), 0});
	}
	t->rows++;
	return true;
}

static void one_line(struct iostat *t, struct hu_str line, uint64_t pos, bool cut)
{
	struct hu_sar_banner banner;

	if (!hu_str_trim(line).len)
		return;
	if (hu_sar_banner(line, &banner)) {
		start_run(t, &banner);
		return;
	}
	if (is_cpu(line) || is_devices(line)) {
		header_line(t, line, pos);
		return;
	}
	/* A row is as wide as the one above it: without a newline and shorter, its end is missing.
	 */
	if ((cut && line.len < t->row_len) ||
	    (!row_line(t, line, pos) && !stamp_line(t, line, pos))) {
		if (cut)
			t->cut_pos = pos;
		else
			hu_tell_count(&t->lost, &t->lost_pos, pos);
		return;
	}
	t->row_len = line.len;
}

/* What the stamps and the numbers say about the locale. */
static void survey(struct iostat *t, struct hu_str text)
{
	struct hu_str line;

	for (int i = 0; i < SURVEY_LINES && hu_str_line(&text, &line); i++) {
		line = hu_str_trim(line);
		t->hints.twelve_hours |= hu_str_ends(line, " AM") || hu_str_ends(line, " PM");
		for (struct hu_str word; (word = hu_str_word(&line)).len;)
			t->hints.decimal_comma |= word.len > 2 && word.at[0] >= '0' &&
						  word.at[0] <= '9' && hu_str_find(word, ",") > 0;
	}
}

static struct hu_err *finish(struct iostat *t)
{
	hu_tell_lines(t->to, HU_LOSS_UNPARSED, t->lost, t->lost_pos,
		      "lines are no part of iostat's reports");
	hu_tell_lines(t->to, HU_LOSS_UNPARSED, t->unread, t->unread_pos,
		      "fields of iostat are no number");
	hu_tell_lines(t->to, HU_LOSS_MISSING, t->blind, t->blind_pos,
		      "reports of iostat have no stamp in the clock of the first");
	hu_put_event_count(t->to, hu_str("iostat row"), t->rows, true);
	if (t->boots)
		hu_put_event_count(t->to, hu_str("iostat average since boot"), t->boots, false);
	if (t->clock == HU_CLOCK_IN_FILE)
		hu_put_source_clock(t->to, HU_CLOCK_NONE, "iostat without -t prints no time");
	if (t->cut_pos)
		return hu_tell_cut(t->to, t->cut_pos);
	if (!t->rows && !t->boots)
		return hu_err(HU_ERR_BAD_INPUT, "no report of iostat in it");
	return NULL;
}

/* JSON ------------------------------------------------------------------------------------------
 */

static void column(struct hu_out *out, const char *group, const char *key)
{
	static const char *const shares[] = {"rrqm", "wrqm", "drqm", "util"};
	bool share = !strcmp(group, "avg-cpu");

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		share |= !strcmp(key, shares[i]);
	hu_out_printf(out, share ? "%%%s" : "%s", key);
}

static const struct hu_sysstat_json form = {"iostat.", column, hu_sysstat_stamp, true};

static struct hu_err *read_iostat(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct iostat t = {.to = to, .ts = HU_OPEN, .day = HU_OPEN};

	if (err)
		return err;
	if (hu_str_starts(hu_str_trim(file.text), "{"))
		return hu_sysstat_json_read(&form, "iostat report", file.text, to);
	struct hu_str rest = file.text, line;
	bool ended = hu_str_ends(rest, "\n");
	survey(&t, rest);
	for (uint64_t pos = 1; hu_str_line(&rest, &line); pos++)
		one_line(&t, line, pos, !ended && !rest.len);
	err = finish(&t);
	hu_put_totals(to, t.rows + t.boots, file.text.len);
	hu_out_deinit(&t.name);
	return err;
}

static enum hu_match probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	struct hu_sar_banner banner;
	struct hu_sar_hints hints = {false, false};
	struct hu_wall wall;
	const char *how;

	if (in->is_dir)
		return HU_MATCH_NO;
	if (hu_sysstat_json_begins(rest, "\"avg-cpu\"") ||
	    hu_sysstat_json_begins(rest, "\"disk_device\""))
		return HU_MATCH_LIKELY;
	while (hu_str_line(&rest, &line)) {
		if (!hu_str_trim(line).len || hu_sar_banner(line, &banner) ||
		    hu_sar_stamp(line, &hints, &wall, &how) || hu_str_starts(line, "Time:"))
			continue;
		return is_cpu(line) || (is_devices(line) && (hu_str_find(line, "/s") > 0 ||
							     hu_str_find(line, "tps") > 0))
			       ? HU_MATCH_LIKELY
			       : HU_MATCH_NO;
	}
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_iostat = {
	.name = "iostat",
	.reads = "reports of iostat with any of its options, in any locale, and its JSON",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_iostat,
};
