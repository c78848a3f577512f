/* analyzers/locks_parts.h - what locks.c and locks_around.c share of a task's waits and holds. */
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

#endif
