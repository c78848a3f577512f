/*
 * analyzers/twosample.h - two samples of operations, set against one another: how often they
 * stalled, how often there was a burst of stalls, how long they took. Fisher's exact test for the
 * first is in analyzers/statistics.h.
 */
#ifndef HU_TWOSAMPLE_H
#define HU_TWOSAMPLE_H

#include "analyzers/side.h"

struct hu_between {
	double value, low, high;
};
/*
 * After's share less before's, with the 95 % interval that Newcombe made of Wilson's (Statistics in
 * Medicine 17, 1998, method 10): sound for shares of none.
 */
struct hu_between hu_share_difference(int64_t before, int64_t before_of, int64_t after,
				      int64_t after_of);

/* Of k1 + k2 events in times t1 and t2: the exact test that they came at one rate, two-sided. NaN
 * where a time is not known. */
double hu_same_rate(int64_t k1, double t1, int64_t k2, double t2);

/*
 * Mann and Whitney's test of two distributions told in buckets, with ties corrected: `p` two-sided,
 * by the normal approximation; `later` how likely one of the second is longer than one of the
 * first, where equal counts half. NaN for an empty sample.
 */
struct hu_ranks {
	double p, later;
};
struct hu_ranks hu_mann_whitney(const struct hu_side_operation *before,
				const struct hu_side_operation *after);

#endif
