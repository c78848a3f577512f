/*
 * What "perf trace -s" prints at the end, for each task:
 *
 *    mountloop (247), 1234 events, 12.3%
 *
 *      syscall            calls  errors  total       min       avg       max       stddev
 *                                        (msec)    (msec)    (msec)    (msec)        (%)
 *      --------------- --------  ------ -------- --------- --------- ---------     ------
 *      mount                 23      1  1234.567     0.012    53.676   640.123     12.34%
 *
 * Older ones have no column "errors"; 6.x has one heading for all tasks with --summary-mode=total.
 */
#include "ingest/perfscript_text.h"
#include "ingest/perftrace_summary.h"

#include "db/text.h"

#include <string.h>

bool hu_perftrace_summary_begins(struct hu_str line)
{
	line = hu_str_trim(line);
	return hu_str_is(line, "Summary of events:");
}

/* "mountloop (247), 1234 events, 12.3%", "total, 1234 events" */
static bool task_line(struct hu_perftrace_summary *s, struct hu_str line)
{
	ptrdiff_t end = hu_str_find(line, ", ");
	struct hu_str rest;
	uint64_t events;

	if (end < 0)
		return false;
	struct hu_str name = hu_str_trim((struct hu_str){line.at, (size_t)end});
	rest = hu_str_skip(line, (size_t)end + 2);
	struct hu_str number = hu_str_word(&rest), word = hu_str_word(&rest);
	if (!hu_str_u64(number, 10, &events) || !hu_str_starts(word, "events") || !name.len)
		return false;
	s->name_len = name.len < sizeof(s->name) ? name.len : sizeof(s->name);
	memcpy(s->name, name.at, s->name_len);
	s->tasks++;
	return true;
}

static bool is_head(struct hu_str line)
{
	struct hu_str rest = line, word = hu_str_word(&rest);

	return (hu_str_is(word, "syscall") && hu_str_find(rest, "calls") >= 0) ||
	       hu_str_is(word, "(msec)") || hu_str_starts(word, "---------");
}

/* "mount  23  [1]  1234.567  0.012  53.676  640.123  12.34%" */
static bool row(struct hu_perftrace_summary *s, struct hu_str line, uint64_t pos)
{
	struct hu_str rest = line, name = hu_str_word(&rest), word;
	int64_t calls, errors = 0, time[4];
	size_t times = 0;

	if (!name.len || !hu_str_i64(hu_str_word(&rest), &calls) || calls < 0)
		return false;
	word = hu_str_word(&rest);
	bool has_errors = hu_str_i64(word, &errors);
	if (has_errors)
		word = hu_str_word(&rest);
	for (; times < 4 && hu_str_fixed(word, 6, &time[times]) && !hu_str_ends(word, "%"); times++)
		word = hu_str_word(&rest);
	if (times < 4 || !hu_str_ends(word, "%"))
		return false;

	struct hu_out key HU_CLEANUP(hu_out_deinit) = {0};
	hu_out_bytes(&key, s->name, s->name_len);
	hu_out_puts(&key, ": ");
	hu_out_str(&key, name);
	hu_name id = hu_intern(s->to, hu_out_view(&key));
	hu_perf_put_summary(s->to, "perf trace summary", "", id, pos, calls, time[0]);
	hu_perf_put_summary(s->to, "perf trace summary", ": shortest", id, pos, 1, time[1]);
	hu_perf_put_summary(s->to, "perf trace summary", ": longest", id, pos, 1, time[3]);
	if (errors)
		hu_perf_put_summary(s->to, "perf trace summary", ": errors", id, pos, errors,
				    HU_NONE);
	s->rows++;
	return true;
}

bool hu_perftrace_summary_take(struct hu_perftrace_summary *s, struct hu_str line, uint64_t pos)
{
	if (hu_perftrace_summary_begins(line))
		return s->open = true;
	return s->open && (is_head(line) || task_line(s, line) || row(s, line, pos));
}
