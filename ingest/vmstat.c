/*
 * vmstat's table, repeated every N seconds: a few numbers a line, a header again and again. Shaped
 * for hours of it.
 *
 * The first row of a run is the average since boot (procps: vmstat.c), of no use for a window of
 * seconds: it is counted and not stored. A header that comes after only a few rows opens another
 * run, as in a log that somebody appends to; within a run headers come once per screen.
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/walltime.h"
#include "ingest/tell.h"

#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_COLUMNS = 64,
	/* The header is repeated after as many rows as the terminal has lines less three, 21 for a
	 * file; nobody's terminal is this small. */
	SMALLEST_SCREEN = 15
};

struct vmstat {
	struct hu_sink *to;
	hu_name series[MOST_COLUMNS];
	size_t columns; /* 0: no header seen */
	bool told_clock;
	enum hu_clock clock;	 /* of the source: the first run's */
	enum hu_clock run_clock; /* of the run in force; another one's stamps cannot be kept */
	struct hu_str zone;
	bool first_row;	   /* the next row is the average since boot */
	uint64_t run_rows; /* since the last header */
	size_t row_len;
	struct hu_out stamp;
	uint64_t rows, boots, lost, lost_pos, blind, blind_pos, cut_pos;
};

/* "procs -----------memory---------- …", "--procs-- …": the line above the names. */
static bool is_banner(struct hu_str line)
{
	struct hu_str word = hu_str_word(&line);

	while (word.len && *word.at == '-')
		word = hu_str_skip(word, 1);
	while (word.len && word.at[word.len - 1] == '-')
		word.len--;
	/* "memory", "swap" and "io" between them may be translated. */
	return hu_str_is(word, "procs") && hu_str_find(line, "-cpu-") >= 0;
}

/* The names of the first two columns and from "si" on are the same in all languages, "free" and its
 * neighbours are not: "frei", "Cache". */
static bool is_names(struct hu_str line)
{
	return hu_str_is(hu_str_word(&line), "r") && hu_str_is(hu_str_word(&line), "b") &&
	       hu_str_word(&line).len && hu_str_word(&line).len && hu_str_find(line, " si ") >= 0 &&
	       hu_str_find(line, " us ") >= 0;
}

static bool lower(struct hu_str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!(word.at[i] >= 'a' && word.at[i] <= 'z'))
			return false;
	return word.len > 0;
}

/* The zone that a header names behind its columns: "UTC", "CET", "-03"; empty if none. The columns
 * end with the processor's, which are never translated. */
static struct hu_str zone_of(struct hu_str names)
{
	struct hu_str word, last = {"", 0};

	while ((word = hu_str_word(&names)).len)
		last = word;
	return lower(last) ? (struct hu_str){"", 0} : last;
}

/* What a column is called in English: the fourth to the sixth may be translated, and stand where
 * they stand in all languages. */
static struct hu_str english(struct hu_str word, size_t column, bool active)
{
	static const char *const names[] = {"r", "b", "swpd", "free"};

	if (column < 4)
		return hu_str(names[column]);
	if (column == 4)
		return hu_str(active ? "inact" : "buff");
	if (column == 5)
		return hu_str(active ? "active" : "cache");
	return word;
}

static bool is_offset(struct hu_str zone)
{
	return zone.len > 1 && (*zone.at == '+' || *zone.at == '-');
}

static enum hu_clock clock_of(struct hu_str zone, bool timed)
{
	if (hu_wall_is_utc(zone) || is_offset(zone))
		return HU_CLOCK_REALTIME;
	return zone.len || timed ? HU_CLOCK_LOCAL_TIME : HU_CLOCK_NONE;
}

static void names_line(struct vmstat *v, struct hu_str line, bool banner_timed)
{
	struct hu_out name HU_CLEANUP(hu_out_deinit) = {0};
	struct hu_str word;

	v->zone = zone_of(line);
	v->run_clock = clock_of(v->zone, banner_timed);
	v->columns = 0;
	struct hu_str rest = line;
	for (int i = 0; i < 5; i++)
		word = hu_str_word(&rest);
	/* -a shows "inact" and "active" instead: in most languages it begins like this. */
	bool active = hu_str_starts(word, "in") || hu_str_starts(word, "In");
	while (v->columns < MOST_COLUMNS && (word = hu_str_word(&line)).len &&
	       !(v->zone.len && word.at == v->zone.at)) {
		word = english(word, v->columns, active);
		hu_out_clear(&name);
		hu_out_puts(&name, "vmstat.");
		hu_out_str(&name, word);
		v->series[v->columns++] = hu_intern(v->to, hu_out_view(&name));
	}
	if (!v->boots || v->run_rows < SMALLEST_SCREEN)
		v->first_row = true;
	v->run_rows = 0;
	v->row_len = 0;
	if (v->told_clock)
		return;
	v->told_clock = true;
	v->clock = v->run_clock;
	hu_put_source_clock(v->to, v->clock,
			    v->clock == HU_CLOCK_REALTIME
				    ? "vmstat -t names UTC or an offset from it"
			    : v->clock == HU_CLOCK_LOCAL_TIME
				    ? "vmstat -t prints local time; its zone's name is no offset"
				    : "vmstat without -t prints no time");
}

/* false if it is no row of the table in force. */
static bool row_line(struct vmstat *v, struct hu_str line, uint64_t pos)
{
	int64_t value[MOST_COLUMNS];
	struct hu_wall wall;
	hu_ns ts = HU_OPEN;

	if (!v->columns)
		return false;
	for (size_t i = 0; i < v->columns; i++)
		if (!hu_str_i64(hu_str_word(&line), &value[i]))
			return false;
	line = hu_str_trim(line);
	if (line.len) {
		hu_out_clear(&v->stamp);
		hu_out_str(&v->stamp, line);
		if (is_offset(v->zone)) {
			hu_out_putc(&v->stamp, ' ');
			hu_out_str(&v->stamp, v->zone);
		}
		if (v->run_clock == HU_CLOCK_NONE || !hu_wall_stamp(hu_out_view(&v->stamp), &wall))
			return false;
		if (v->clock == v->run_clock)
			ts = wall.ns;
	}
	if (v->first_row) {
		v->first_row = false;
		v->boots++;
		v->run_rows++;
		return true;
	}
	if (ts == HU_OPEN && (v->clock != HU_CLOCK_NONE || v->run_clock != HU_CLOCK_NONE))
		hu_tell_count(&v->blind, &v->blind_pos, pos);
	for (size_t i = 0; i < v->columns; i++)
		hu_put_counter(v->to,
			       &(struct hu_counter){ts, pos, (double)value[i], v->series[i], 0});
	v->rows++;
	v->run_rows++;
	return true;
}

static struct hu_err *finish(struct vmstat *v)
{
	hu_tell_lines(v->to, HU_LOSS_UNPARSED, v->lost, v->lost_pos,
		      "lines are no part of vmstat's table");
	hu_tell_lines(v->to, HU_LOSS_MISSING, v->blind, v->blind_pos,
		      "rows of vmstat have no time in this source's clock");
	hu_put_event_count(v->to, hu_str("vmstat row"), v->rows, true);
	if (v->boots)
		hu_put_event_count(v->to, hu_str("vmstat average since boot"), v->boots, false);
	if (v->cut_pos)
		return hu_tell_cut(v->to, v->cut_pos);
	if (!v->rows && !v->boots)
		return hu_err(HU_ERR_BAD_INPUT, "no row of vmstat's table in it");
	return NULL;
}

static struct hu_err *read_vmstat(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct vmstat v = {.to = to};
	struct hu_str rest = file.text, line;
	bool banner_timed = false;

	if (err)
		return err;
	bool ended = hu_str_ends(rest, "\n");
	for (uint64_t pos = 1; hu_str_line(&rest, &line); pos++) {
		bool cut = !ended && !rest.len;
		if (!hu_str_trim(line).len)
			continue;
		if (is_banner(line)) {
			/* Three parts end with "cpu"; a fourth is about the stamps, in some
			 * language. */
			ptrdiff_t cpu = hu_str_find(line, "-cpu-");
			banner_timed =
				cpu >= 0 && hu_str_find(hu_str_skip(line, (size_t)cpu), "- -") >= 0;
			continue;
		}
		if (is_names(line)) {
			names_line(&v, line, banner_timed);
			continue;
		}
		/* Rows are as wide as the one above: shorter and without a newline, the end is
		 * missing. */
		if ((cut && line.len < v.row_len) || !row_line(&v, line, pos)) {
			if (cut)
				v.cut_pos = pos;
			else
				hu_tell_count(&v.lost, &v.lost_pos, pos);
			continue;
		}
		v.row_len = line.len;
	}
	err = finish(&v);
	hu_out_deinit(&v.stamp);
	hu_put_totals(to, v.rows + v.boots, file.text.len);
	return err;
}

static enum hu_match probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;

	if (in->is_dir)
		return HU_MATCH_NO;
	/* One or two lines with a date may stand above. */
	for (int i = 0; i < 3 && hu_str_line(&rest, &line); i++)
		if (is_banner(line))
			return hu_str_line(&rest, &line) && is_names(line) ? HU_MATCH_LIKELY
									   : HU_MATCH_NO;
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_vmstat = {
	.name = "vmstat",
	.reads = "the table of vmstat N, with or without -t, -a, -n, -w",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_vmstat,
};
