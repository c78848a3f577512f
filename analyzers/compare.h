/*
 * analyzers/compare.h - two sides set against one another: the tables of db/diff.sql. What can be
 * counted is tested (analyzers/twosample.h), what differs besides the change is said, and where
 * it differs too much there is no answer.
 */
#ifndef HU_COMPARE_H
#define HU_COMPARE_H

#include "analyzers/side.h"
#include "analyzers/twosample.h"
#include "db/store.h"

/* Makes the tables in `into` and fills them. */
HU_MUST_CHECK struct hu_err *hu_compare(const struct hu_side *before, const struct hu_side *after,
					struct hu_store *into);

/* For the files that make it up. */

/* Operations of one kind, recorded by one format; NULL: that side has none. */
struct hu_stratum {
	const struct hu_side_operation *before, *after;
	struct hu_between difference;
	struct hu_ranks ranks;
	double p, adjusted, bursts_p;
	bool stalled; /* on either side */
	const char *state;
};

struct hu_comparison {
	const struct hu_side *before, *after;
	struct hu_store *into;
	struct hu_err *err; /* sticks */
	struct hu_stratum *strata;
	size_t count;
	int64_t reasons;
	int weak;	     /* so many reasons to be less sure */
	struct hu_out block; /* the first reason not to compare; empty: none */
};

enum hu_weight { HU_BLOCKS, HU_WEAKENS, HU_NOTE };
/* Takes what stands in `text`, and clears it. */
void hu_compare_reason(struct hu_comparison *c, enum hu_weight weight, struct hu_out *text);

/* Fisher's exact test; for millions of stalls the normal approximation. NaN: nothing to test. */
double hu_compare_shares(int64_t before, int64_t before_of, int64_t after, int64_t after_of);
void hu_compare_reasons(struct hu_comparison *c);
void hu_compare_incidents(struct hu_comparison *c);
void hu_say_p(struct hu_out *to, double p); /* "p = 0.0002" */

#endif
