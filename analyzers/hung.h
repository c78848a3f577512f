/* analyzers/hung.h - the parts of what the kernel log says of stuck tasks. */
#ifndef HU_HUNG_H
#define HU_HUNG_H

#include "analyzers/model.h"

/*
 * A log that repeats another counts once, and so does a report that two logs have because they
 * overlap: the same task, stack and kind within the seconds that wall clocks are off by.
 */
#define HU_HUNG_NOT_REPEATED                                                                       \
	"s.copy_of IS NULL AND NOT EXISTS (SELECT 1 FROM snapshot AS q JOIN source AS o ON "       \
	"o.id = q.source WHERE q.tid = p.tid AND q.source < p.source AND o.copy_of IS NULL AND "   \
	"q.kind = p.kind AND q.stack IS p.stack AND abs(q.ts + o.offset_ns - p.ts - s.offset_ns) " \
	"< 3000000000)"

/* Holds out of lockdep's lists, for the waits that reports and lists of tasks have told of. */
struct hu_err *hu_held_locks(struct hu_model *m);
/* Holds of tasks seen under shrinker_rwsem, after all waits are known. */
struct hu_err *hu_seen_inside(struct hu_model *m);
/* Operations out of "page allocation stalls for 10024ms" (4.9 to 4.14). */
struct hu_err *hu_alloc_stalls(struct hu_model *m);

#endif
