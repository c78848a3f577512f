/*
 * analyzers/waitmap.h - what a task sleeps for, by the functions on its stack. Sources: the
 * functions' own text in torvalds/linux, by the file named over the rows; names of 3.10 to 7.x as
 * alternatives.
 */
#ifndef HU_WAITMAP_H
#define HU_WAITMAP_H

#include "analyzers/stacks.h"

enum hu_wait_weight {
	HU_WAIT_SAYS,	/* whoever is in there sleeps for this */
	HU_WAIT_VAGUE,	/* a common helper: a caller near above it may say more */
	HU_WAIT_AT_TOP, /* says it only as the first frame: a main loop, a retry */
};

struct hu_wait_place {
	const char *function;
	enum hu_why why;
	enum hu_wait_weight weight;
};

/* NULL: it says nothing. `top`: the first frame behind the scheduler's. */
const struct hu_wait_place *hu_wait_place(const char *function, bool top);

#endif
