/* Was memory being reclaimed, and do stalls come with it: answered from the pressure tables
 * (pressure.c). */
#include "analyzers/question.h"

/* The three memory cgroups that cost most. */
static void say_cgroups(struct hu_conclusion *c, struct hu_out *why)
{
	struct hu_rows *rows = hu_rows_open(
		c->store, "SELECT memcg, sessions, session_ns, calls, shrinker_ns FROM "
			  "pressure_memcg ORDER BY rank LIMIT 3");
	bool first = true;

	while (hu_rows_next(rows)) {
		hu_out_printf(why, first ? " For memory cgroup %lld: " : "; for %lld: ",
			      (long long)hu_rows_int(rows, 0));
		if (hu_rows_int(rows, 1)) {
			hu_out_grouped(why, hu_rows_int(rows, 1));
			hu_out_puts(why,
				    hu_rows_int(rows, 1) == 1 ? " session of " : " sessions, ");
			hu_out_duration(why, hu_rows_int(rows, 2));
		}
		if (hu_rows_int(rows, 3)) {
			hu_out_puts(why, hu_rows_int(rows, 1) ? ", " : "");
			hu_out_duration(why, hu_rows_int(rows, 4));
			hu_out_puts(why, " in shrinkers");
		}
		first = false;
	}
	if (!first)
		hu_out_puts(why, " (the number is the inode of its folder: `find /sys/fs/cgroup "
				 "-inum N`).");
	hu_result_close(&c->err, rows);
}

static enum hu_outcome reclaim(struct hu_conclusion *c, struct hu_out *why)
{
	const struct hu_model *m = c->m;

	if (!hu_count(c, "SELECT count(*) FROM pressure")) {
		hu_out_puts(why, "No vmscan events, /proc/vmstat samples or sar -B; record the "
				 "vmscan events and one "
				 "/proc/vmstat a second.");
		return HU_NOT_ASSESSED;
	}
	hu_out_printf(why, "%zu reclaim sessions and %zu shrinker calls in the traces.",
		      m->sessions.count, m->scans.count);
	if (!m->have_reclaim && !m->have_shrink)
		hu_out_puts(why, " Only counters were recorded: who reclaimed is not known.");
	say_cgroups(c, why);
	bool busy = m->sessions.count || m->scans.count ||
		    hu_count(c, "SELECT coalesce(scanned_pages, 0) + coalesce(slabs_scanned, 0) > "
				"0 OR in_stalled + in_other > 0 "
				"OR basis LIKE 'intervals%' FROM pressure");
	busy |= hu_count(c, "SELECT EXISTS (SELECT 1 FROM counter JOIN name ON name.id = series "
			    "WHERE text GLOB "
			    "'sar.pgscan[kd]/s' AND value > 0)") != 0;
	return busy ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_reclaim = {
	.name = "reclaim",
	.asks = "Was memory being reclaimed, by whom, in which shrinker?",
	.answer = reclaim,
};

static enum hu_outcome association(struct hu_conclusion *c, struct hu_out *why)
{
	if (!hu_count(c, "SELECT coalesce(in_stalled + in_other + out_stalled + out_other, 0) FROM "
			 "pressure")) {
		hu_out_puts(why,
			    "No traced operations with a record of reclaim to set against them.");
		return HU_NOT_ASSESSED;
	}
	hu_out_printf(why,
		      "%lld of %lld operations that overlap reclaim stalled, and %lld of %lld of "
		      "the others (Fisher's exact test, "
		      "two-sided).",
		      (long long)hu_count(c, "SELECT in_stalled FROM pressure"),
		      (long long)hu_count(c, "SELECT in_stalled + in_other FROM pressure"),
		      (long long)hu_count(c, "SELECT out_stalled FROM pressure"),
		      (long long)hu_count(c, "SELECT out_stalled + out_other FROM pressure"));
	return hu_count(c, "SELECT p_value < 0.01 AND in_stalled > 0 FROM pressure") ? HU_FOUND
										     : HU_CLEAR;
}

const struct hu_question hu_question_association = {
	.name = "association",
	.asks = "Do stalls coincide with reclaim?",
	.answer = association,
};
