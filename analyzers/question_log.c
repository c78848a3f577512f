/* What the kernel log says by itself, and what no reader of this version can tell. */
#include "analyzers/oncpu.h"
#include "analyzers/question.h"

static bool no_log(struct hu_conclusion *c, struct hu_out *why)
{
	if (hu_count(c, "SELECT EXISTS (SELECT 1 FROM message)"))
		return false;
	hu_out_puts(why, "No kernel log in the bundle; add dmesg.");
	return true;
}

static enum hu_outcome oom(struct hu_conclusion *c, struct hu_out *why)
{
	if (no_log(c, why))
		return HU_NOT_ASSESSED;
	int64_t n = hu_count(c, "SELECT count(DISTINCT text) FROM snapshot WHERE kind = 5");
	hu_out_printf(why, "%lld OOM report%s in the kernel log.", (long long)n, n == 1 ? "" : "s");
	return n ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_oom = {
	.name = "oom",
	.asks = "Did the kernel run out of memory?",
	.answer = oom,
};

static enum hu_outcome reclaim_faults(struct hu_conclusion *c, struct hu_out *why)
{
	if (no_log(c, why))
		return HU_NOT_ASSESSED;
	int64_t n = hu_count(c, "SELECT count(DISTINCT n.text) FROM snapshot JOIN name AS n ON "
				"n.id = snapshot.text WHERE kind = 3 "
				"AND n.text LIKE '%page_alloc%'");
	hu_out_printf(why, "%lld warning%s of the page allocator in the kernel log.", (long long)n,
		      n == 1 ? "" : "s");
	return n ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_reclaim_faults = {
	.name = "reclaim_faults",
	.asks = "Did reclaim allocate, or re-enter a filesystem?",
	.answer = reclaim_faults,
};

static enum hu_outcome oncpu_contention(struct hu_conclusion *c, struct hu_out *why)
{
	const struct hu_spins *s = c->spins;

	if (!s->samples || !s->stacks) {
		hu_out_puts(why, s->samples ? "The profile has no kernel stacks; "
					    : "No profile of the CPUs; ");
		hu_out_puts(why, "record `perf record -a -g -F 99 -- sleep 10`.");
		return HU_NOT_ASSESSED;
	}
	hu_out_grouped(why, s->samples);
	hu_out_puts(why, " CPU samples.");
	if (s->most_caller)
		hu_out_printf(why, " Most of what was spent spinning for a lock: %.1f %%, in %s.",
			      s->most * 100, s->most_caller);
	else
		hu_out_puts(why, " None of them in the slow path of a spinning lock.");
	return s->at.count ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_oncpu_contention = {
	.name = "oncpu_contention",
	.asks = "Were CPUs burnt spinning on a lock?",
	.answer = oncpu_contention,
};
