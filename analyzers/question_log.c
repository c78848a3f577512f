/* What the kernel log says by itself, and what no reader of this version can tell. */
#include "analyzers/oncpu.h"
#include "analyzers/question.h"
#include "analyzers/trouble.h"

static bool no_log(struct hu_conclusion *c, struct hu_out *why)
{
	if (hu_count(c, "SELECT EXISTS (SELECT 1 FROM message)"))
		return false;
	hu_out_puts(why, "No kernel log in the bundle; add dmesg.");
	return true;
}

/* The first of that kind, and how many more there are. */
static void say_first(struct hu_conclusion *c, enum hu_trouble_kind kind, struct hu_out *why)
{
	size_t n = hu_troubles_count(c->troubles, kind);

	for (size_t i = 0; n && i < c->troubles->at.count; i++) {
		if (c->troubles->at.at[i].kind != kind)
			continue;
		hu_out_str(why, hu_out_view(&c->troubles->at.at[i].sentence));
		if (n > 1)
			hu_out_printf(why, "; and %zu more", n - 1);
		hu_out_putc(why, '.');
		return;
	}
}

static enum hu_outcome oom(struct hu_conclusion *c, struct hu_out *why)
{
	if (no_log(c, why))
		return HU_NOT_ASSESSED;
	say_first(c, HU_TROUBLE_OOM, why);
	int64_t failed =
		hu_count(c, "SELECT count(DISTINCT n.text || p.ts) FROM snapshot AS p JOIN "
			    "source AS s ON s.id = p.source JOIN name AS n ON n.id = "
			    "p.text WHERE s.copy_of IS NULL AND kind = 6 AND n.text LIKE "
			    "'%allocation failure%'");
	int64_t stalls =
		hu_count(c, "SELECT count(DISTINCT n.text || p.ts) FROM snapshot AS p JOIN "
			    "source AS s ON s.id = p.source JOIN name AS n ON n.id = "
			    "p.text WHERE s.copy_of IS NULL AND kind = 6 AND n.text LIKE "
			    "'%allocation stalls%'");
	if (!why->len)
		hu_out_puts(why, "The kernel log has no OOM kill.");
	if (failed)
		hu_out_printf(why, " %lld page allocation%s failed.", (long long)failed,
			      failed == 1 ? "" : "s");
	if (stalls)
		hu_out_printf(why, " %lld page allocation stall%s reported.", (long long)stalls,
			      stalls == 1 ? " was" : "s were");
	return hu_troubles_count(c->troubles, HU_TROUBLE_OOM) ? HU_FOUND : HU_CLEAR;
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
	say_first(c, HU_TROUBLE_RECLAIM_FAULT, why);
	if (!why->len) {
		hu_out_puts(why, "No report of it in the kernel log");
		if (n)
			hu_out_printf(why,
				      "; %lld warning%s of the page allocator, outside of "
				      "reclaim",
				      (long long)n, n == 1 ? "" : "s");
		hu_out_putc(why, '.');
	}
	return hu_troubles_count(c->troubles, HU_TROUBLE_RECLAIM_FAULT) ? HU_FOUND : HU_CLEAR;
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
