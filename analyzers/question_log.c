/* What the kernel log says by itself, and what no reader of this version can tell. */
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
	(void)c;
	hu_out_puts(why, "Profiles (perf.data, perf script) are not read by this version; `perf "
			 "report -g caller` on "
			 "native_queued_spin_lock_slowpath shows it.");
	return HU_NOT_ASSESSED;
}

const struct hu_question hu_question_oncpu_contention = {
	.name = "oncpu_contention",
	.asks = "Were CPUs burnt spinning on a lock?",
	.answer = oncpu_contention,
};
