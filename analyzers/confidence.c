/* How sure a cause is: the rule of docs/evidence.md, and nothing else decides a confidence. */
#include "analyzers/causes.h"

const char *hu_confidence_of(const struct hu_model *m, const struct hu_cause *c)
{
	static const char *const words[] = {"low", "medium", "high"};
	int grade = 0;

	if (c->part.kind != HU_PART_LOCK)
		return words[c->part.kind == HU_PART_SLEEP && c->part.why != HU_WHY_UNKNOWN &&
			     c->part.ns * 2 > c->total];
	if (!c->holders.count || c->holders.at[0].fellow || !c->blocked)
		return words[0];
	double share = (double)c->covered / (double)c->blocked;
	switch (c->holders.at[0].how) {
	case HU_OBSERVED:
	case HU_HANDED_OVER:
		grade = share >= 0.8 ? 2 : share >= 0.3;
		break;
	case HU_RECORDED_OWNER:
		/* Of readers the owner field names the last one that got in. */
		grade = share >= 0.3 && c->holders.at[0].mode != HU_MODE_READ;
		break;
	case HU_OVERLAPPING:
		grade = share >= 0.5;
		break;
	case HU_SIGNATURE:
		break;
	}
	/* Hold and wait of two captures are as far apart as their clocks may be. */
	const struct hu_hold *hold = &m->holds.at[c->holders.at[0].longest_hold];
	const struct hu_op *op = &m->ops.at[c->ops.at[0]];
	int64_t held_by = hu_model_source(&hold->begin, &hold->end),
		told_by = hu_model_source(&op->begin, &op->end);
	hu_ns slack =
		held_by == told_by || hu_model_together(m, held_by) == hu_model_together(m, told_by)
			? 0
			: hu_model_slack(m, held_by) + hu_model_slack(m, told_by);
	if (slack > op->duration / 2)
		grade = 0;
	else if (slack > op->duration / 10 && grade == 2)
		grade = 1;
	if (grade == 2 && c->part.lock.address && hu_two_owners(m, &c->part.lock))
		grade = 1;
	/* Lost events tore pairs apart: what is left is sound, what is missing is not known. */
	if (grade == 2 && m->torn_pairs)
		grade = 1;
	return words[grade];
}
