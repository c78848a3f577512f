/* analyzers/merge.h - what several tracers saw at once counts once. */
#ifndef HU_MERGE_H
#define HU_MERGE_H

#include "analyzers/model.h"

/*
 * Joins the intervals that different sources tell of the same thing. After the sweep, before
 * anything is concluded; indices into the model's arrays change.
 */
void hu_merge(struct hu_model *m);

/* unhash.c: somebody who has addresses saw `lock` where a text saw `hashed`; and which lock those
 * votes make of one that is only hashed (itself, if they do not agree). */
void hu_unhash_vote(struct hu_model *m, struct hu_lock_id hashed, struct hu_lock_id lock);
struct hu_lock_id hu_unhashed(const struct hu_model *m, struct hu_lock_id lock);

#endif
