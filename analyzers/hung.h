/* analyzers/hung.h - the parts of what the kernel log says of stuck tasks. */
#ifndef HU_HUNG_H
#define HU_HUNG_H

#include "analyzers/model.h"

/* Holds out of lockdep's lists, for the waits that reports and lists of tasks have told of. */
struct hu_err *hu_held_locks(struct hu_model *m);
/* Operations out of "page allocation stalls for 10024ms" (4.9 to 4.14). */
struct hu_err *hu_alloc_stalls(struct hu_model *m);

#endif
