/*
 * The rows of sar's tables, and of mpstat's and pidstat's: any activity, any locale. Shaped for a
 * day of `sar -A` (a few hundred thousand short lines): one pass, and no more state than the last
 * header and one clock per kind of table.
 *
 * sar prints a row when its interval ends: the stamp is the end, and the first row's beginning is
 * the time in the header above it (sysstat: sar.c, write_stats_avg and write_stats). A report made
 * from a file prints each activity from beginning to end, a live one prints all activities at each
 * interval: so midnight is found per kind of table, not per line.
 */
#include "ingest/sar_parts.h"
#include "ingest/tell.h"

#include <stdlib.h>
#include <string.h>

/* The stamp of a row, in nanoseconds; midnight lies where the clock jumps back by half a day. */
static hu_ns stamp(struct hu_sar *s, const struct hu_sar_time *time, uint64_t pos)
{
	struct hu_sar_table *t = s->table;

	if (s->epoch) {
		if (time->epoch == HU_OPEN)
			hu_tell_count(&s->blind, &s->blind_pos, pos);
		return time->epoch;
	}
	if (time->second < t->last) {
		if (t->last - time->second > 12 * 3600)
			t->midnights++;
		else
			hu_tell_count(&s->backward, &s->backward_pos, pos);
	}
	t->last = time->second;
	if (time->half == HU_SAR_HALF_UNKNOWN || (s->dated && s->day == HU_SAR_UNDATED)) {
		hu_tell_count(&s->blind, &s->blind_pos, pos);
		return HU_OPEN;
	}
	int64_t day = (s->dated ? s->day : 0) + t->midnights;
	return (day * 86400 + time->second) * HU_NS_PER_S;
}

/* Cuts a row into its fields; the last column takes what is left if it is a name. */
static bool fields(const struct hu_sar *s, struct hu_str rest, struct hu_str *ret)
{
	for (size_t i = 0; i < s->column_count; i++) {
		if (i + 1 == s->column_count && s->columns[i].role == HU_SAR_DEVICE) {
			ret[i] = hu_str_trim(rest);
			return ret[i].len > 0;
		}
		ret[i] = hu_str_word(&rest);
		if (!ret[i].len)
			return false;
	}
	return !hu_str_trim(rest).len;
}

/*
 * What a row is about: "vda"; "node.0"; of pidstat "kswapd0-45", and of a thread "thread.NAME-TID",
 * because a process and its first thread have the same number.
 */
static struct hu_str device_of(struct hu_sar *s, const struct hu_str *field)
{
	struct hu_str name = {"", 0}, task = {"", 0};
	bool thread = false;

	for (size_t i = 0; i < s->column_count; i++) {
		enum hu_sar_role role = s->columns[i].role;
		if (role == HU_SAR_TASK && !hu_str_is(field[i], "-")) {
			task = field[i];
			thread = hu_str_is(s->columns[i].name, "TID");
		} else if (role == HU_SAR_DEVICE || role == HU_SAR_NODE) {
			name = field[i];
		}
	}
	if (!task.len && s->columns[0].role != HU_SAR_NODE)
		return name;
	/* "|__qemu-system-x86", and under -h "(qemu)__qemu-system-x86" where its process has no row
	 */
	ptrdiff_t at = hu_str_find(name, "|__");
	if (thread && !at)
		name = hu_str_skip(name, 3);
	else if (thread && hu_str_starts(name, "(") && (at = hu_str_find(name, ")__")) > 0)
		name = hu_str_skip(name, (size_t)at + 3);
	hu_out_clear(&s->device);
	hu_out_puts(&s->device, thread ? "thread." : task.len ? "" : "node.");
	hu_out_str(&s->device, name);
	if (task.len) {
		hu_out_putc(&s->device, '-');
		hu_out_str(&s->device, task);
	}
	return hu_out_view(&s->device);
}

static bool row_line(struct hu_sar *s, const struct hu_sar_time *time, uint64_t pos,
		     struct hu_str *field)
{
	double value;
	char unit;
	bool any = false;

	if (!fields(s, time->rest, field))
		return false;
	for (size_t i = 0; i < s->column_count; i++)
		any |= s->columns[i].role == HU_SAR_VALUE && hu_sar_number(field[i], &value, &unit);
	if (!any)
		return false;
	/* Without an interval, mpstat and pidstat begin and end with the averages since boot. */
	if (s->header_second >= 0)
		s->since_boot = s->dialect->since_boot && time->second == s->header_second;
	s->header_second = -1;
	hu_ns ts = stamp(s, time, pos);
	if (s->since_boot) {
		s->boots++;
		return true;
	}
	struct hu_str device = device_of(s, field);
	for (size_t i = 0; i < s->column_count; i++) {
		const struct hu_sar_column *c = &s->columns[i];
		if (c->role != HU_SAR_VALUE)
			continue;
		if (!hu_sar_number(field[i], &value, &unit) ||
		    !hu_sar_scale(c->name, unit, &value)) {
			hu_tell_count(&s->unread, &s->unread_pos, pos);
			continue;
		}
		hu_name name = c->series ? c->series : hu_sar_series(s, c->name, device);
		hu_put_counter(s->to, &(struct hu_counter){ts, pos, value, name, 0});
	}
	s->rows++;
	return true;
}

static void restart_line(struct hu_sar *s, const struct hu_sar_time *time, uint64_t pos)
{
	hu_ns ts = s->table ? stamp(s, time, pos) : HU_OPEN;

	/* Each activity of a report from a file tells it again. */
	if (!s->restarts++ || (ts != HU_OPEN && ts > s->restarted)) {
		s->restarted = ts;
		hu_put_loss(s->to, &(struct hu_gap){ts, ts, HU_NONE, HU_NONE, HU_LOSS_MISSING, pos},
			    "the machine restarted: what sar counted begins anew");
	}
}

static void one_line(struct hu_sar *s, struct hu_str line, uint64_t pos, bool cut,
		     struct hu_str *field)
{
	struct hu_sar_banner banner;
	struct hu_sar_time time;

	if (!hu_str_trim(line).len) {
		s->after_blank = true;
		return;
	}
	if (hu_sar_banner(line, &banner)) {
		hu_sar_put_banner(s, &banner, pos);
		return;
	}
	bool blank = s->after_blank;
	s->after_blank = false;
	if (!hu_sar_line_time(s, line, &time)) {
		struct hu_str rest = line;
		bool untimed = hu_str_is(hu_str_word(&rest), "#") &&
			       hu_str_is(hu_str_word(&rest), "Time") && s->dialect->is_header(rest);
		if (untimed)
			hu_sar_put_header(s, rest, -1);
		else if (s->table && hu_sar_is_average(line))
			s->averages++;
		else if (cut)
			s->cut_pos = pos;
		else
			hu_tell_count(&s->lost, &s->lost_pos, pos);
		return;
	}
	struct hu_str what = hu_str_trim(time.rest);
	if (hu_str_starts(what, "LINUX RESTART") || hu_str_starts(what, "LINUX-RESTART")) {
		restart_line(s, &time, pos);
		return;
	}
	if (hu_str_starts(what, "COM ")) {
		s->comments++;
		return;
	}
	/* Tables begin behind an empty line: there, words alone are columns, if of nothing known.
	 */
	if (s->dialect->is_header(what) || (blank && hu_sar_is_unknown_header(what))) {
		hu_sar_put_header(s, what, time.second);
		return;
	}
	if (s->table && !s->table->known) {
		s->table->skipped++;
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
			hu_tell_count(&s->lost, &s->lost_pos, pos);
		return;
	}
	s->row_len = line.len;
}

static struct hu_err *finish(struct hu_sar *s)
{
	hu_tell_lines(s->to, HU_LOSS_UNPARSED, s->lost, s->lost_pos,
		      "lines are no part of a sar table");
	hu_tell_lines(s->to, HU_LOSS_UNPARSED, s->unread, s->unread_pos,
		      "fields of sar tables are no number");
	hu_tell_lines(s->to, HU_LOSS_MISSING, s->blind, s->blind_pos,
		      "rows have a time of day that cannot be placed");
	hu_tell_lines(s->to, HU_LOSS_MISSING, s->backward, s->backward_pos,
		      "rows are earlier than the row above them: the wall clock was set back");
	hu_put_event_count(s->to, hu_str(s->dialect->row), s->rows, true);
	if (s->averages)
		hu_put_event_count(s->to, hu_str(s->dialect->average), s->averages, false);
	/* What was not read is counted by the columns of its table. */
	for (size_t i = 0; i < s->table_count; i++)
		if (s->tables[i].skipped)
			hu_put_event_count(s->to, hu_str(s->tables[i].name), s->tables[i].skipped,
					   false);
	if (s->boots)
		hu_put_event_count(s->to, hu_str(s->dialect->since_boot), s->boots, false);
	if (s->restarts)
		hu_put_event_count(s->to, hu_str("LINUX RESTART"), s->restarts, false);
	if (s->comments)
		hu_put_event_count(s->to, hu_str("sar comment"), s->comments, false);
	if (s->cut_pos)
		return hu_tell_cut(s->to, s->cut_pos);
	if (!s->rows && !s->boots)
		return hu_err(HU_ERR_BAD_INPUT, "no row of a %.*s table in it",
			      (int)strlen(s->dialect->family) - 1, s->dialect->family);
	return NULL;
}

struct hu_err *hu_sar_rows(const struct hu_sar_dialect *dialect, struct hu_str text,
			   uint64_t first_line, struct hu_sink *to, uint64_t *rows)
{
	struct hu_sar s = {
		.dialect = dialect, .to = to, .day = HU_SAR_UNDATED, .header_second = -1};
	struct hu_str line, *field = hu_alloc(HU_SAR_COLUMNS * sizeof(*field));
	bool ended = hu_str_ends(text, "\n");

	if (hu_str_starts(text, "\xef\xbb\xbf"))
		text = hu_str_skip(text, 3);
	s.tables = hu_alloc(HU_SAR_TABLES * sizeof(*s.tables));
	s.columns = hu_alloc(HU_SAR_COLUMNS * sizeof(*s.columns));
	hu_sar_survey(&s, text);
	for (uint64_t pos = first_line; hu_str_line(&text, &line); pos++)
		one_line(&s, line, pos, !ended && !text.len, field);
	struct hu_err *err = finish(&s);
	for (size_t i = 0; i < s.table_count; i++)
		free(s.tables[i].name);
	*rows = s.rows;
	hu_out_deinit(&s.name);
	hu_out_deinit(&s.device);
	free(s.tables);
	free(s.columns);
	free(field);
	return err;
}
