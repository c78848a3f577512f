/* analyzers/merge.h - what several tracers saw at once counts once. */
#ifndef HU_MERGE_H
#define HU_MERGE_H

#include "analyzers/model.h"

/*
 * Joins the intervals that different sources tell of the same thing. After the sweep, before
 * anything is concluded; indices into the model's arrays change.
 */
struct hu_err *hu_merge(struct hu_model *m);

#endif
