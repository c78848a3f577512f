/*
 * analyzers/lane.h - the holds or the waits of one lock in the order of their beginning, with the
 * latest end so far, so that the first that can matter at a moment is found by bisection.
 */
#ifndef HU_LANE_H
#define HU_LANE_H

#include "analyzers/model.h"

struct hu_lane {
	HU_VEC(size_t) at;	/* index into model.holds or model.waits; those with a time only */
	HU_VEC(hu_ns) reach;	/* the latest end of all up to and with this one */
	struct hu_spill *spill; /* the model's: both may be as long as the capture */
};

/* After hu_model_sort(). */
struct hu_lane hu_lane_of_holds(const struct hu_model *m, struct hu_lock_id lock);
struct hu_lane hu_lane_of_waits(const struct hu_model *m, struct hu_lock_id lock);
void hu_lane_deinit(struct hu_lane *lane);
/* The place of the first that ends at `at` or later; lane->at.count if none does. */
size_t hu_lane_reaching(const struct hu_lane *lane, hu_ns at);

#endif
