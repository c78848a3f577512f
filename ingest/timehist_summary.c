/*
 * How often and how long each task ran, as "perf sched timehist" sums it up:
 *
 *   Runtime summary
 *             comm  parent   sched-in     run-time    min-run     avg-run     max-run  stddev
 * migrations (count)       (msec)     (msec)      (msec)      (msec)       %
 *   ---------------------------------------------------------------------------------------------
 *    kcompactd0[33]       2         35      344.784      0.040       9.850     337.807   97.92 0
 *
 * One row a task.
 */
#include "ingest/timehist_summary.h"

#include "db/text.h"
#include "ingest/perfscript_text.h"

bool hu_timehist_summary_begins(struct hu_str line)
{
	line = hu_str_trim(line);
	return hu_str_is(line, "Runtime summary") || hu_str_is(line, "Idle-time summary") ||
	       hu_str_is(line, "Wait-time summary");
}

/* "kcompactd0[33]  2  35  344.784  0.040  9.850  337.807  97.92  0": the task, its parent, a count,
 * four times, a deviation and the migrations. */
static bool row(struct hu_timehist_summary *s, struct hu_str line, uint64_t pos)
{
	enum { PARENT, COUNT, TOTAL, MIN, AVG, MAX, STDDEV, MIGRATIONS, WORDS };
	struct hu_str word[WORDS], rest = hu_str_trim(line), comm;
	int32_t tid, tgid, parent;
	int64_t count, total, min, max;

	for (size_t i = WORDS; i--;) {
		size_t from = rest.len;
		while (from && rest.at[from - 1] != ' ')
			from--;
		if (!from || from == rest.len)
			return false;
		word[i] = hu_str_skip(rest, from);
		rest = hu_str_trim((struct hu_str){rest.at, from});
	}
	if (!hu_perf_task(rest, &comm, &tid, &tgid) || !hu_perf_tid(word[PARENT], &parent) ||
	    !hu_str_i64(word[COUNT], &count) || !hu_str_fixed(word[TOTAL], 6, &total) ||
	    !hu_str_fixed(word[MIN], 6, &min) || !hu_str_fixed(word[MAX], 6, &max) || count < 0)
		return false;
	hu_name key = hu_intern(s->to, rest);
	hu_perf_put_summary(s->to, s->table, "", key, pos, count, total);
	hu_perf_put_summary(s->to, s->table, ": shortest", key, pos, 1, min);
	hu_perf_put_summary(s->to, s->table, ": longest", key, pos, 1, max);
	s->rows++;
	return true;
}

static bool is_head(struct hu_str line)
{
	struct hu_str rest = line, word = hu_str_word(&rest);

	return (hu_str_is(word, "comm") && hu_str_find(rest, "migrations") >= 0) ||
	       hu_str_starts(word, "(count)") || hu_str_starts(word, "----------") ||
	       hu_str_is(hu_str_trim(line), "Terminated tasks:") ||
	       hu_str_is(hu_str_trim(line), "<no still running tasks>") ||
	       hu_str_is(hu_str_trim(line), "<no terminated tasks>");
}

static bool is_tail(struct hu_str line)
{
	static const char *const begins[] = {
		"Idle stats",
		"CPU ",
		"Idle time (msec)",
		"Total number of unique tasks:",
		"Total number of context switches:",
		"Total run time (msec):",
		"Total scheduling time (msec):",
	};

	line = hu_str_trim(line);
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(line, begins[i]))
			return true;
	return false;
}

bool hu_timehist_summary_take(struct hu_timehist_summary *s, struct hu_str line, uint64_t pos)
{
	if (hu_timehist_summary_begins(line)) {
		line = hu_str_trim(line);
		s->table = hu_str_starts(line, "Run")	 ? "perf sched timehist run time"
			   : hu_str_starts(line, "Idle") ? "perf sched timehist idle time"
							 : "perf sched timehist wait time";
		s->tail = false;
		return true;
	}
	if (!s->table)
		return false;
	if (is_tail(line)) {
		s->tail = true;
		s->others++;
		return true;
	}
	if (s->tail) { /* "1029.336  36  schedule <- worker_thread <- kthread" and its header */
		int64_t msec, count;
		struct hu_str rest = line, word = hu_str_word(&rest);
		bool chain = hu_str_fixed(word, 6, &msec) && hu_str_i64(hu_str_word(&rest), &count);
		if (!chain && !hu_str_starts(word, "-----"))
			return false;
		s->others += chain;
		return true;
	}
	return is_head(line) || row(s, line, pos);
}
