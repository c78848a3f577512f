/* analyzers/cpus.h - who sat on which CPU, and for how long, by the task switches of one source. */
#ifndef HU_CPUS_H
#define HU_CPUS_H

#include "analyzers/conclude.h"

/* A task on a CPU between two switches; cut at the edges of what was looked at. */
struct hu_seat {
	int32_t cpu, tid;
	hu_ns from, to; /* case time */
};
typedef HU_VEC(struct hu_seat) hu_seats;

/*
 * All seats that overlap [from, to), idle ones (tid 0) left out, of a source in which every switch
 * was recorded; none if there is no such source. `cpu` HU_NONE: of all CPUs. Free ret->at.
 */
void hu_seats_find(struct hu_conclusion *c, int32_t cpu, hu_ns from, hu_ns to, hu_seats *ret);

#endif
