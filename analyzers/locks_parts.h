/* analyzers/locks_parts.h - what locks*.c share of a task's waits and holds. */
#ifndef HU_LOCKS_PARTS_H
#define HU_LOCKS_PARTS_H

#include "analyzers/task_state.h"

void hu_locks_push_wait(struct hu_model *m, const struct hu_task_state *t, struct hu_lock_id lock,
			uint32_t mode, uint32_t type, hu_ns from, hu_ns to, bool open,
			hu_stack_id stack, struct hu_ref begin, struct hu_ref end);
void hu_locks_hold(struct hu_model *m, struct hu_task_state *t, struct hu_held held);
/* Acquires that can return without the lock. */
bool hu_locks_may_fail(const char *function);
/* Takes the i-th of t->pending out of it. */
struct hu_pending hu_locks_take_pending(struct hu_task_state *t, size_t i);
/* locks_ended.c: which holds have ended without a word of it. `held` was got then, that is sure. */
void hu_locks_got(struct hu_model *m, int32_t tid, const struct hu_held *held);
void hu_locks_gave(struct hu_model *m, const struct hu_lock_row *row);
/* Some release of it was recorded. */
bool hu_locks_given(struct hu_model *m, struct hu_lock_id lock, int64_t source);
/* Nothing speaks against it that `tid` had it all the while until `end`, and its release would have
 * been seen. */
bool hu_locks_lasts(struct hu_model *m, int32_t tid, const struct hu_held *held, hu_ns end);

#endif
