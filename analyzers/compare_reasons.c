/*
 * What differs between two captures besides the change: where it makes the counts mean different
 * things there is no comparison, else it is said.
 */
#include "analyzers/compare.h"

#include <math.h>
#include <string.h>

enum { FAR_APART = 4 };	  /* loads, lengths of captures: beyond that they say little */
enum { HARDLY_ANY = 10 }; /* less than a tenth of the reclaim is another load */

static void words(struct hu_out *to, const struct hu_side *s, const char *rest)
{
	hu_out_puts(to, s->word);
	hu_out_puts(to, rest);
}

static void thresholds(struct hu_comparison *c, struct hu_out *text)
{
	if (c->before->threshold_ns == c->after->threshold_ns)
		return;
	hu_out_puts(text, "an operation counted as stalled from ");
	hu_out_duration(text, c->before->threshold_ns);
	hu_out_puts(text, " on in one and from ");
	hu_out_duration(text, c->after->threshold_ns);
	hu_out_puts(text, " on in the other; give the bundles or stores with one `--threshold`.");
	hu_compare_reason(c, HU_BLOCKS, text);
}

static void assessed(struct hu_comparison *c, const struct hu_side *s, struct hu_out *text)
{
	if (!strcmp(s->outcome, "not_assessed")) {
		words(text, s, " was not assessed: ");
		hu_out_puts(text, s->sentence);
		hu_compare_reason(c, HU_BLOCKS, text);
	} else if (!s->have_operations) {
		words(text, s,
		      " is a report without its operations, of an older holdup; give the "
		      "bundle or the store.");
		hu_compare_reason(c, HU_BLOCKS, text);
	}
}

static void name_stratum(const struct hu_side_operation *o, struct hu_out *to)
{
	hu_out_printf(to, "`%s` (recorded as %s)", o->name, o->recorded_by);
}

/* The kinds that stalled must be on both sides, recorded alike. */
static void kinds(struct hu_comparison *c, struct hu_out *text)
{
	const struct hu_stratum *alone = NULL;
	bool common = false, stalled = false, stalled_common = false;

	if (!c->before->have_operations || !c->after->have_operations)
		return;
	for (size_t i = 0; i < c->count; i++) {
		const struct hu_stratum *s = &c->strata[i];
		bool both = s->before && s->after;
		common |= both;
		stalled |= s->stalled;
		stalled_common |= s->stalled && both;
		if (s->stalled && !both && !alone)
			alone = s;
	}
	if (!common) {
		hu_out_puts(text, "no kind of operation was recorded on both sides by the same "
				  "kind of capture.");
		hu_compare_reason(c, HU_BLOCKS, text);
	} else if (alone) {
		const struct hu_side *other = alone->before ? c->after : c->before;
		name_stratum(alone->before ? alone->before : alone->after, text);
		hu_out_puts(text, " stalled in ");
		words(text, alone->before ? c->before : c->after, ", and ");
		words(text, other, " has no such record.");
		hu_compare_reason(c, stalled && !stalled_common ? HU_BLOCKS : HU_NOTE, text);
	}
}

static bool under_reclaim(const struct hu_side *s)
{
	static const char *const roles[] = {"kswapd", "direct_reclaim", "memcg_reclaim",
					    "node_reclaim"};

	for (size_t i = 0; i < s->incident_count; i++)
		for (size_t k = 0; k < sizeof(roles) / sizeof(roles[0]); k++)
			if (s->incidents[i].role && !strcmp(s->incidents[i].role, roles[k]))
				return true;
	return false;
}

static double of(int64_t n)
{
	return n == HU_OPEN ? (double)NAN : (double)n;
}

static double sum(double a, double b)
{
	return isnan(a) ? b : isnan(b) ? a : a + b;
}

/* The other's reclaim as a multiple of this one's, by the measure that shows most of it. NaN: no
 * measure is on both sides. */
static double reclaim_ratio(const struct hu_side *s, const struct hu_side *other)
{
	const double mine[] = {sum(of(s->kswapd_ns), of(s->direct_ns)), of(s->slabs_scanned),
			       of(s->scanned_pages), s->psi_some};
	const double theirs[] = {sum(of(other->kswapd_ns), of(other->direct_ns)),
				 of(other->slabs_scanned), of(other->scanned_pages),
				 other->psi_some};
	double most = (double)NAN;

	for (size_t i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		if (isnan(mine[i]) || isnan(theirs[i]) || mine[i] <= 0)
			continue;
		double ratio = theirs[i] / mine[i];
		most = isnan(most) || ratio > most ? ratio : most;
	}
	return most;
}

static int64_t stalls(const struct hu_comparison *c, bool before)
{
	int64_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->strata[i].before && c->strata[i].after)
			n += before ? c->strata[i].before->stalled : c->strata[i].after->stalled;
	return n;
}

/* A stall that needs reclaim does not come where nothing is reclaimed, whatever was changed. */
static void load(struct hu_comparison *c, struct hu_out *text)
{
	bool before = stalls(c, true) >= stalls(c, false);
	const struct hu_side *s = before ? c->before : c->after,
			     *other = before ? c->after : c->before;

	if (!under_reclaim(s))
		return;
	double ratio = reclaim_ratio(s, other);
	words(text, s, " stalled while memory was reclaimed; ");
	if (isnan(ratio)) {
		hu_out_puts(text, "whether it was in ");
		words(text, other, ", nothing in it tells.");
		hu_compare_reason(c, HU_BLOCKS, text);
	} else if (ratio * HARDLY_ANY < 1) {
		hu_out_puts(text, "in ");
		words(text, other,
		      " it hardly was. The load that stalled is not there, and "
		      "without it there is nothing to see.");
		hu_compare_reason(c, HU_BLOCKS, text);
	} else if (ratio < 0.5) {
		hu_out_puts(text, "in ");
		words(text, other, " there was less than half of that.");
		hu_compare_reason(c, HU_WEAKENS, text);
	} else {
		hu_out_clear(text);
	}
}

static bool far_apart(double a, double b)
{
	return a > 0 && b > 0 && (a / b > FAR_APART || b / a > FAR_APART);
}

/* Of the kind that stalled most surely: for how long it was recorded, and how often it was asked
 * for. Fewer calls where more stalled may be the stalls' own doing, and take nothing away. */
static void amounts(struct hu_comparison *c, struct hu_out *text)
{
	size_t i = 0;

	while (i < c->count && (!c->strata[i].stalled || isnan(c->strata[i].p)))
		i++;
	if (i == c->count)
		return;
	const struct hu_side_operation *b = c->strata[i].before, *a = c->strata[i].after;
	if (a->recorded_ns == HU_OPEN || b->recorded_ns == HU_OPEN)
		return;
	double tb = (double)b->recorded_ns, ta = (double)a->recorded_ns;
	if (far_apart(ta, tb)) {
		name_stratum(b, text);
		hu_out_puts(text, " was recorded for ");
		hu_out_duration(text, b->recorded_ns);
		hu_out_puts(text, " before and for ");
		hu_out_duration(text, a->recorded_ns);
		hu_out_puts(text, " after.");
		hu_compare_reason(c, HU_WEAKENS, text);
	}
	if (tb <= 0 || ta <= 0 || !far_apart((double)a->count / ta, (double)b->count / tb))
		return;
	name_stratum(b, text);
	hu_out_printf(text, " was called %.3g times a second before and %.3g times after.",
		      (double)b->count / tb * HU_NS_PER_S, (double)a->count / ta * HU_NS_PER_S);
	bool fewer_after = (double)a->count / ta < (double)b->count / tb;
	hu_compare_reason(
		c, fewer_after == (c->strata[i].difference.value < 0) ? HU_WEAKENS : HU_NOTE, text);
}

static bool differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

static void machines(struct hu_comparison *c, struct hu_out *text)
{
	const struct hu_side *b = c->before, *a = c->after;

	if (b->cpus != HU_OPEN && a->cpus != HU_OPEN && b->cpus != a->cpus) {
		hu_out_printf(text, "the machines differ: %lld and %lld CPUs.", (long long)b->cpus,
			      (long long)a->cpus);
		hu_compare_reason(c, HU_WEAKENS, text);
	}
	if (b->memory_bytes != HU_OPEN && a->memory_bytes != HU_OPEN &&
	    fabs((double)b->memory_bytes - (double)a->memory_bytes) >
		    (double)b->memory_bytes / 10) {
		hu_out_printf(text, "the machines differ: %.3g and %.3g GiB of memory.",
			      (double)b->memory_bytes / (1 << 30),
			      (double)a->memory_bytes / (1 << 30));
		hu_compare_reason(c, HU_WEAKENS, text);
	}
	if (differ(b->arch, a->arch)) {
		hu_out_printf(text, "the machines differ: %s and %s.", b->arch, a->arch);
		hu_compare_reason(c, HU_WEAKENS, text);
	}
	if (differ(b->hostname, a->hostname)) {
		hu_out_printf(text, "the hosts are called `%s` and `%s`.", b->hostname,
			      a->hostname);
		hu_compare_reason(c, HU_NOTE, text);
	}
	if (b->kernel && a->kernel) {
		hu_out_printf(text,
			      strcmp(b->kernel, a->kernel) ? "the kernels are %s and %s."
							   : "both ran %s.",
			      b->kernel, a->kernel);
		hu_compare_reason(c, HU_NOTE, text);
	} else {
		hu_out_puts(text, "which kernel ran is not known of both.");
		hu_compare_reason(c, HU_NOTE, text);
	}
}

static void lost(struct hu_comparison *c, const struct hu_side *s, struct hu_out *text)
{
	if (!s->lossy)
		return;
	words(text, s, " lost events inside its window: stalls may be missing in it.");
	hu_compare_reason(c, HU_WEAKENS, text);
}

void hu_compare_reasons(struct hu_comparison *c)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	assessed(c, c->before, &text);
	assessed(c, c->after, &text);
	thresholds(c, &text);
	kinds(c, &text);
	load(c, &text);
	lost(c, c->before, &text);
	lost(c, c->after, &text);
	amounts(c, &text);
	machines(c, &text);
}
