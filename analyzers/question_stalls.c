/* Which operations took too long, for whom they waited, and whether it was an RCU grace period. */
#include "analyzers/question.h"

static enum hu_outcome stalls(struct hu_conclusion *c, struct hu_out *why)
{
	const struct hu_model *m = c->m;
	int64_t all = hu_traced_ops(m), stalled = (int64_t)c->causes->stalled;

	if (!m->have_syscalls && !m->have_spans && !m->have_snapshots && !m->have_contention &&
	    !m->have_lock_events) {
		hu_out_puts(why, "No system calls, timed functions, lock waits or hung tasks were "
				 "recorded; record "
				 "syscalls:sys_enter_mount, sys_exit_mount and the like.");
		return HU_NOT_ASSESSED;
	}
	bool timed = false;
	for (size_t i = 0; i < c->causes->at.count; i++)
		timed |= c->causes->at.at[i].timed;
	if (stalled && !timed) {
		hu_out_puts(why, "Stalls are told, without when and for how long.");
		return HU_FOUND;
	}
	if (!all && !stalled)
		hu_out_puts(why, "No system call was seen, and no lock wait or stuck task took ");
	else
		hu_out_printf(why, "%lld of %lld operations took ", (long long)stalled,
			      (long long)(all > stalled ? all : stalled));
	hu_out_duration(why, m->options.threshold);
	hu_out_puts(why, " or more");
	if (c->causes->by_design)
		hu_out_printf(why, "; not counted: %zu asleep by design (poll, wait4, read ...)",
			      c->causes->by_design);
	hu_out_putc(why, '.');
	return stalled ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_stalls = {
	.name = "stalls",
	.asks = "Which operations took too long?",
	.answer = stalls,
};

static enum hu_outcome lock_holders(struct hu_conclusion *c, struct hu_out *why)
{
	const struct hu_model *m = c->m;
	size_t n = hu_stalled_by(c, HU_PART_LOCK, HU_WHY_UNKNOWN);

	if (!m->have_lock_events && !m->have_contention && !m->have_spans && !m->have_snapshots) {
		hu_out_puts(why, "No lock event, printed hold or stack was recorded; probe the "
				 "lock's acquire and release "
				 "functions with the lock's address and the trylock's result.");
		return HU_NOT_ASSESSED;
	}
	hu_out_printf(why,
		      "%zu holds and %zu waits on locks were put together; %zu stalled operation%s "
		      "waited mostly for a lock.",
		      m->holds.count, m->waits.count, n, n == 1 ? "" : "s");
	if (m->failed_tries)
		hu_out_printf(why, " %lld failed trylocks were not counted as holds.",
			      (long long)m->failed_tries);
	if (m->unmatched_releases)
		hu_out_printf(why,
			      " %lld release%s no acquire in the capture: of %s no hold was made.",
			      (long long)m->unmatched_releases,
			      m->unmatched_releases == 1 ? " has" : "s have",
			      m->unmatched_releases == 1 ? "it" : "them");
	return n ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_lock_holders = {
	.name = "lock_holders",
	.asks = "Who held the lock that the others waited for?",
	.answer = lock_holders,
};

static enum hu_outcome grace_periods(struct hu_conclusion *c, struct hu_out *why)
{
	size_t n = hu_stalled_by(c, HU_PART_SLEEP, HU_WHY_GRACE_PERIOD);

	if (!hu_count(c, "SELECT EXISTS (SELECT 1 FROM switch WHERE stack IS NOT NULL) OR EXISTS "
			 "(SELECT 1 FROM snapshot "
			 "WHERE stack IS NOT NULL) OR EXISTS (SELECT 1 FROM lock_event WHERE stack "
			 "IS NOT NULL)")) {
		hu_out_puts(why, "No stacks of sleeping tasks; record sched_switch with a "
				 "stacktrace trigger.");
		return HU_NOT_ASSESSED;
	}
	hu_out_printf(why, "%zu stalled operation%s slept mostly in a grace period.", n,
		      n == 1 ? "" : "s");
	return n ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_grace_periods = {
	.name = "grace_periods",
	.asks = "Did operations wait for an RCU grace period?",
	.answer = grace_periods,
};
