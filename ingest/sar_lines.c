/*
 * The rows of sar's tables: any activity, any locale. Shaped for a day of `sar -A` (a few hundred
 * thousand short lines): one pass, and no more state than the last header and one clock per kind of
 * table.
 *
 * sar prints a row when its interval ends: the stamp is the end, and the first row's beginning is
 * the time in the header above it (sysstat: sar.c, write_stats_avg and write_stats). A report made
 * from a file prints each activity from beginning to end, a live one prints all activities at each
 * interval: so midnight is found per kind of table, not per line.
 */
#include "ingest/sar.h"

#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 1024, MOST_TABLES = 512, SURVEY_ROWS = 1000 };

#define UNDATED INT64_MIN

struct column {
	struct hu_str name;
	bool key;
	hu_name series; /* 0 where the series depends on the row's device */
};

/* One kind of table: all that have these columns. */
struct table {
	uint64_t signature;
	int64_t midnights; /* passed since the banner's day */
	int32_t last;	   /* second of the day of its last row */
};

struct sar {
	struct hu_sink *to;
	struct hu_sar_hints hints;
	bool dated;  /* some banner gives a date: stamps are local time */
	int64_t day; /* of the banner in force; UNDATED without */
	struct table *tables;
	size_t table_count;
	struct table *table; /* in force, or NULL */
	struct column *columns;
	size_t column_count;
	struct hu_out name;
	hu_ns restarted; /* when, if it ever was */
	size_t row_len;	 /* of the last row of this table: sar's rows are as wide as their header */
	bool told_fact;
	uint64_t rows, values, averages, restarts, comments;
	uint64_t lost, lost_pos;	 /* lines that are no part of a table */
	uint64_t blind, blind_pos;	 /* rows whose time we cannot place */
	uint64_t unread, unread_pos;	 /* fields that are no number */
	uint64_t backward, backward_pos; /* rows before the one above them */
	uint64_t cut_pos;
};

static void first(uint64_t *count, uint64_t *pos, uint64_t at)
{
	if (!(*count)++)
		*pos = at;
}

/* Looks for what the numbers and the clock of the text say about its locale. */
static void survey(struct sar *s, struct hu_str text)
{
	struct hu_str line;
	int64_t day;
	const char *how;
	int timed = 0;

	for (struct hu_str rest = text; timed < SURVEY_ROWS && hu_str_line(&rest, &line);) {
		struct hu_sar_time time;
		if (!hu_sar_time(line, &time))
			continue;
		timed++;
		s->hints.twelve_hours |= time.half != HU_SAR_24H;
		for (struct hu_str word; (word = hu_str_word(&time.rest)).len;)
			s->hints.decimal_comma |= word.len > 2 && word.at[0] >= '0' &&
						  word.at[0] <= '9' && hu_str_find(word, ",") > 0;
	}
	struct hu_sar_banner banner;
	for (struct hu_str rest = text; !s->dated && hu_str_line(&rest, &line);)
		if (hu_sar_banner(line, &banner) &&
		    hu_sar_date(banner.date, &s->hints, &day, &how)) {
			struct hu_out out HU_CLEANUP(hu_out_deinit) = {0};
			hu_out_puts(&out, "sar prints the wall clock without a zone; date \"");
			hu_out_str(&out, banner.date);
			hu_out_printf(&out, "\" %s", how);
			hu_put_source_clock(s->to, HU_CLOCK_LOCAL_TIME, out.at);
			s->dated = true;
		}
	if (!s->dated)
		hu_put_source_clock(s->to, HU_CLOCK_NONE, "time of day without a date");
}

static void banner_line(struct sar *s, const struct hu_sar_banner *banner, uint64_t pos)
{
	const char *how;

	/* Another file follows: its tables start over. */
	s->table_count = 0;
	s->table = NULL;
	s->day = UNDATED;
	if (!hu_sar_date(banner->date, &s->hints, &s->day, &how)) {
		s->day = UNDATED;
		hu_put_loss(
			s->to,
			&(struct hu_gap){HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, pos},
			"the date of the header in line %llu is not one we can read",
			(unsigned long long)pos);
	}
	if (s->told_fact)
		return;
	s->told_fact = true;
	hu_put_fact(s->to, "kernel.release", banner->release);
	if (banner->host.len)
		hu_put_fact(s->to, "hostname", banner->host);
	if (banner->arch.len)
		hu_put_fact(s->to, "kernel.arch", banner->arch);
	uint64_t cpus;
	if (hu_str_u64(banner->cpus, 10, &cpus))
		hu_put_fact(s->to, "cpus", banner->cpus);
}

static uint64_t signature_of(struct hu_str columns)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a over the words */

	for (struct hu_str word; (word = hu_str_word(&columns)).len;) {
		for (size_t i = 0; i < word.len; i++)
			hash = (hash ^ (unsigned char)word.at[i]) * UINT64_C(1099511628211);
		hash = (hash ^ ' ') * UINT64_C(1099511628211);
	}
	return hash;
}

/* "sar.<column>" and, behind a dot, what the row is about. */
static hu_name series(struct sar *s, struct hu_str column, struct hu_str device)
{
	/* NFS clients have a column that TCP has too. */
	bool nfs = s->column_count && hu_str_is(s->columns[0].name, "call/s");

	hu_out_clear(&s->name);
	hu_out_puts(&s->name, nfs ? "sar.nfs." : "sar.");
	hu_out_str(&s->name, column);
	if (device.len) {
		hu_out_putc(&s->name, '.');
		hu_out_str(&s->name, device);
	}
	return hu_intern(s->to, hu_out_view(&s->name));
}

static void header_line(struct sar *s, const struct hu_sar_time *time)
{
	struct hu_str rest = time->rest;
	uint64_t signature = signature_of(rest);

	s->table = NULL;
	s->row_len = 0;
	for (size_t i = 0; i < s->table_count && !s->table; i++)
		if (s->tables[i].signature == signature)
			s->table = &s->tables[i];
	if (!s->table && s->table_count < MOST_TABLES) {
		s->table = &s->tables[s->table_count++];
		*s->table = (struct table){signature, 0, time->second};
	} else if (!s->table) {
		s->table = &s->tables[MOST_TABLES - 1];
	}

	bool keyed = false;
	s->column_count = 0;
	for (struct hu_str word;
	     s->column_count < MOST_COLUMNS && (word = hu_str_word(&rest)).len;) {
		bool key = hu_sar_is_key(word);
		s->columns[s->column_count++] = (struct column){word, key, 0};
		keyed |= key;
	}
	if (keyed)
		return;
	for (size_t i = 0; i < s->column_count; i++)
		s->columns[i].series = series(s, s->columns[i].name, (struct hu_str){"", 0});
}

/* The stamp of a row, in nanoseconds; midnight lies where the clock jumps back by half a day. */
static hu_ns stamp(struct sar *s, const struct hu_sar_time *time, uint64_t pos)
{
	struct table *t = s->table;

	if (time->second < t->last) {
		if (t->last - time->second > 12 * 3600)
			t->midnights++;
		else
			first(&s->backward, &s->backward_pos, pos);
	}
	t->last = time->second;
	if (time->half == HU_SAR_HALF_UNKNOWN || (s->dated && s->day == UNDATED)) {
		first(&s->blind, &s->blind_pos, pos);
		return HU_OPEN;
	}
	int64_t day = (s->dated ? s->day : 0) + t->midnights;
	return (day * 86400 + time->second) * HU_NS_PER_S;
}

/* What a number with a unit letter (sar -h) is in the unit that its column has without one. */
static bool scaled(struct hu_str column, char unit, double *value)
{
	static const char powers[] = "BkMGTPE";

	if (!unit || (unit == '%' && hu_str_find(column, "%") >= 0))
		return true;
	char base = hu_str_starts(column, "kb") || hu_str_find(column, "kB") >= 0 ? 'k'
		    : hu_str_starts(column, "MB")				  ? 'M'
										  : 0;
	if (!base || unit == '%')
		return false;
	long steps = (long)(strchr(powers, unit) - strchr(powers, base));
	for (; steps > 0; steps--)
		*value *= 1024;
	for (; steps < 0; steps++)
		*value /= 1024;
	return true;
}

/* Cuts a row into its fields; the last column takes what is left if it is a name. */
static bool fields(const struct sar *s, struct hu_str rest, struct hu_str *ret)
{
	for (size_t i = 0; i < s->column_count; i++) {
		if (i + 1 == s->column_count && s->columns[i].key) {
			ret[i] = hu_str_trim(rest);
			return ret[i].len > 0;
		}
		ret[i] = hu_str_word(&rest);
		if (!ret[i].len)
			return false;
	}
	return !hu_str_trim(rest).len;
}

static bool row_line(struct sar *s, const struct hu_sar_time *time, uint64_t pos,
		     struct hu_str *field)
{
	struct hu_str device = {"", 0};

	if (!fields(s, time->rest, field))
		return false;
	double value;
	char unit;
	bool any = false;
	for (size_t i = 0; i < s->column_count; i++) {
		if (s->columns[i].key)
			device = field[i];
		else
			any |= hu_sar_number(field[i], &value, &unit);
	}
	if (!any)
		return false;
	hu_ns ts = stamp(s, time, pos);
	for (size_t i = 0; i < s->column_count; i++) {
		const struct column *c = &s->columns[i];
		if (c->key)
			continue;
		if (!hu_sar_number(field[i], &value, &unit) || !scaled(c->name, unit, &value)) {
			first(&s->unread, &s->unread_pos, pos);
			continue;
		}
		hu_name name = c->series ? c->series : series(s, c->name, device);
		hu_put_counter(s->to, &(struct hu_counter){ts, pos, value, name, 0});
		s->values++;
	}
	s->rows++;
	return true;
}

static void one_line(struct sar *s, struct hu_str line, uint64_t pos, bool cut,
		     struct hu_str *field)
{
	struct hu_sar_banner banner;
	struct hu_sar_time time;

	if (!hu_str_trim(line).len)
		return;
	if (hu_sar_banner(line, &banner)) {
		banner_line(s, &banner, pos);
		return;
	}
	if (!hu_sar_time(line, &time)) {
		if (s->table && hu_sar_is_average(line))
			s->averages++;
		else if (cut)
			s->cut_pos = pos;
		else
			first(&s->lost, &s->lost_pos, pos);
		return;
	}
	struct hu_str what = hu_str_trim(time.rest);
	if (hu_str_starts(what, "LINUX RESTART") || hu_str_starts(what, "LINUX-RESTART")) {
		hu_ns ts = s->table ? stamp(s, &time, pos) : HU_OPEN;
		/* Each activity of a report from a file tells it again. */
		if (!s->restarts++ || (ts != HU_OPEN && ts > s->restarted)) {
			s->restarted = ts;
			hu_put_loss(
				s->to,
				&(struct hu_gap){ts, ts, HU_NONE, HU_NONE, HU_LOSS_MISSING, pos},
				"the machine restarted: what sar counted begins anew");
		}
		return;
	}
	if (hu_str_starts(what, "COM ")) {
		s->comments++;
		return;
	}
	if (hu_sar_is_header(what)) {
		header_line(s, &time);
		return;
	}
	/* A row is as wide as the one above it: without a newline and shorter, its end is missing.
	 */
	if (cut && line.len < s->row_len) {
		s->cut_pos = pos;
		return;
	}
	if (!s->table || !row_line(s, &time, pos, field)) {
		if (cut)
			s->cut_pos = pos;
		else
			first(&s->lost, &s->lost_pos, pos);
		return;
	}
	s->row_len = line.len;
}

static void told(struct sar *s, uint64_t count, uint64_t pos, enum hu_loss kind, const char *what)
{
	if (count)
		hu_put_loss(s->to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, (int64_t)count, HU_NONE, kind, pos},
			    "%llu %s, the first in line %llu", (unsigned long long)count, what,
			    (unsigned long long)pos);
}

static struct hu_err *finish(struct sar *s)
{
	told(s, s->lost, s->lost_pos, HU_LOSS_UNPARSED, "lines are no part of a sar table");
	told(s, s->unread, s->unread_pos, HU_LOSS_UNPARSED, "fields of sar tables are no number");
	told(s, s->blind, s->blind_pos, HU_LOSS_MISSING,
	     "rows have a time of day that cannot be placed");
	told(s, s->backward, s->backward_pos, HU_LOSS_MISSING,
	     "rows are earlier than the row above them: the wall clock was set back");
	hu_put_event_count(s->to, hu_str("sar row"), s->rows, true);
	if (s->averages)
		hu_put_event_count(s->to, hu_str("sar average"), s->averages, false);
	if (s->restarts)
		hu_put_event_count(s->to, hu_str("LINUX RESTART"), s->restarts, false);
	if (s->comments)
		hu_put_event_count(s->to, hu_str("sar comment"), s->comments, false);
	if (s->cut_pos) {
		hu_put_loss(s->to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_TRUNCATED,
					     s->cut_pos},
			    "the text ends in the middle of line %llu",
			    (unsigned long long)s->cut_pos);
		return hu_err(HU_ERR_BAD_INPUT, "the text ends in the middle of line %llu",
			      (unsigned long long)s->cut_pos);
	}
	if (!s->rows)
		return hu_err(HU_ERR_BAD_INPUT, "no row of a sar table in it");
	return NULL;
}

struct hu_err *hu_sar_rows(struct hu_str text, uint64_t first_line, struct hu_sink *to,
			   uint64_t *rows)
{
	struct sar s = {.to = to, .day = UNDATED};
	struct hu_str line, *field = hu_alloc(MOST_COLUMNS * sizeof(*field));
	bool ended = hu_str_ends(text, "\n");

	if (hu_str_starts(text, "\xef\xbb\xbf"))
		text = hu_str_skip(text, 3);
	s.tables = hu_alloc(MOST_TABLES * sizeof(*s.tables));
	s.columns = hu_alloc(MOST_COLUMNS * sizeof(*s.columns));
	survey(&s, text);
	for (uint64_t pos = first_line; hu_str_line(&text, &line); pos++)
		one_line(&s, line, pos, !ended && !text.len, field);
	struct hu_err *err = finish(&s);
	*rows = s.rows;
	hu_out_deinit(&s.name);
	free(s.tables);
	free(s.columns);
	free(field);
	return err;
}
