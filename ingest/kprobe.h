/* ingest/kprobe.h - functions by what a probe on them means, and by the names that perf probe
 * gives.
 */
#ifndef HU_KPROBE_H
#define HU_KPROBE_H

#include "db/base.h"

enum hu_lock_result {			  /* what the function's return value means */
		      HU_RESULT_VOID,	  /* there is none, whatever the probe fetched */
		      HU_RESULT_ERRNO,	  /* 0 is success */
		      HU_RESULT_TRY,	  /* nonzero is success */
		      HU_RESULT_TRY_ZERO, /* down_trylock(): 0 is success */
		      HU_RESULT_POINTER,  /* an error pointer, or it has the lock */
};

struct hu_lock_function {
	const char *name;
	uint8_t step, mode, type, result; /* HU_LOCK_*, …, enum hu_lock_result */
};

/* NULL: it is none that takes or gives a lock. */
const struct hu_lock_function *hu_lock_function(struct hu_str name);
/* The function that an event of perf probe's is called after; empty: its name is not of that form.
 */
struct hu_str hu_probe_named_function(struct hu_str event, bool at_return);

#endif
