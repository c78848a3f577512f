/*
 * db/caps.h - how much of each kind one capture may bring into a store: what the parent's memory,
 * the disk and the analyzers pay for. A reader in a sandbox may claim a billion tasks; it gets so
 * many, and a loss that says so.
 */
#ifndef HU_CAPS_H
#define HU_CAPS_H

#include "db/base.h"

struct hu_caps {
	int64_t rows;	    /* of one source, of all kinds */
	int64_t names;	    /* different texts, in the store */
	int64_t text_bytes; /* … and their bytes */
	int64_t stacks;	    /* different frames (a function on its callers), in the store */
	int64_t depth;	    /* frames of one stack */
	int64_t tasks;	    /* different thread ids of one source */
	int64_t locks;	    /* different addresses of locks of one source */
};
extern const struct hu_caps hu_default_caps;

/* What was left out, by what was too many. */
enum hu_over {
	HU_OVER_ROWS,
	HU_OVER_NAMES,
	HU_OVER_STACKS,
	HU_OVER_DEPTH,
	HU_OVER_TASKS,
	HU_OVER_LOCKS,
	HU_OVERS
};

#endif
