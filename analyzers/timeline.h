/*
 * analyzers/timeline.h - what one task did at each moment of a stretch of time: waits for locks
 * first, where events tell of them, then sleeps by the reason that their stacks tell, ready without
 * a CPU, and running, where every switch was recorded. The pieces follow one another and fill the
 * stretch.
 */
#ifndef HU_TIMELINE_H
#define HU_TIMELINE_H

#include "analyzers/causes.h"

struct hu_piece {
	hu_ns from, to;
	struct hu_part part;	      /* part.ns is to - from */
	const struct hu_sleep *sleep; /* NULL: not off its CPU, or not known */
	const struct hu_wait *wait;   /* of a HU_PART_LOCK that events tell of */
};
typedef HU_VEC(struct hu_piece) hu_pieces;

/* Of what the sweep kept of that task. `source`: where the stretch was recorded. Free ret->at. */
void hu_timeline_of(struct hu_model *m, int32_t tid, hu_ns from, hu_ns to, int64_t source,
		    hu_pieces *ret);
/* Of a stalled operation, with its own sleeps. */
void hu_timeline_of_op(struct hu_model *m, const struct hu_op *op, hu_pieces *ret);

/* What a wait of this task for that long was for. */
struct hu_part hu_part_of_wait(struct hu_model *m, const struct hu_wait *w, hu_ns ns);
/* The same of a sleep that no probe explains: its stack may. */
struct hu_part hu_part_of_sleep(struct hu_model *m, const struct hu_sleep *s, hu_ns ns);

#endif
