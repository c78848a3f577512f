/* analyzers/figure.h - what the files that fill the timeline's tables share. */
#ifndef HU_ANALYZERS_FIGURE_H
#define HU_ANALYZERS_FIGURE_H

#include "analyzers/conclude.h"

enum { HU_FIGURE_BARS = 400 }; /* of one lane */

struct hu_figure {
	struct hu_conclusion *c;
	const char *incident;
	int64_t lane;
	hu_ns from, to; /* the stalls, and a little around them */
};

/* A new lane; its number. */
int64_t hu_figure_lane(struct hu_figure *f, const char *kind, const char *label, const char *unit);
/* A lane for each source that lost something in this time. */
void hu_figure_losses(struct hu_figure *f);
void hu_figure_point(struct hu_figure *f, int64_t lane, hu_ns at, double value);

/* figure_states.c: what a task did between `from` and `to`; of a stalled operation, or of any task
 * as `source` recorded it. */
void hu_figure_op_states(struct hu_figure *f, int64_t lane, const struct hu_op *op);
void hu_figure_task_states(struct hu_figure *f, int64_t lane, int32_t tid, hu_ns from, hu_ns to,
			   int64_t source);
/* How many tasks waited for the cause's lock at each moment. */
void hu_figure_waiters(struct hu_figure *f, const struct hu_cause *cause);

/* figure_counters.c: memory, reclaim and pressure, from whoever measured them. */
void hu_figure_counters(struct hu_figure *f);

#endif
