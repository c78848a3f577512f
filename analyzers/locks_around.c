/*
 * What a task does besides its lock events says of its locks: what it sleeps for, who wakes it,
 * where it enters and leaves the kernel, that a shrinker is called.
 */
#include "analyzers/locks_parts.h"

#include <string.h>

/* down_write() and the like sleep in D, and only in D; their other forms in S (kernel/locking). */
static bool waits_in(const char *function, uint32_t state)
{
	return state != HU_STATE_SLEEPING || !function || strstr(function, "interruptible") ||
	       strstr(function, "killable") || strstr(function, "contention");
}

void hu_locks_slept(struct hu_task_state *t, uint32_t state, bool at_lock)
{
	struct hu_pending *p = t->pending_count ? &t->pending[t->pending_count - 1] : NULL;

	if (p && !p->try && waits_in(p->function, state)) {
		p->slept = true;
		p->at_lock |= at_lock;
	} else if (p && !p->try) {
		p->over = true;
	}
	/* Who spins does not sleep: the end of that contention was not recorded. */
	if (t->contended.on &&
	    (t->contended.type == HU_LOCK_SPIN || t->contended.type == HU_LOCK_RWLOCK))
		t->contended.on = false;
}

/* The lock that it waits for, by what the capture says now: an event's, else the sleep's stack. */
static struct hu_lock_id waited_for(struct hu_model *m, const struct hu_task_state *t,
				    const struct hu_sleep *sleep)
{
	if (t->contended.on)
		return t->contended.lock;
	for (size_t i = t->pending_count; i--;)
		if (!t->pending[i].try && !t->pending[i].over)
			return t->pending[i].lock;
	return hu_stack_lock(m, sleep->stack);
}

void hu_locks_nap(struct hu_model *m, struct hu_task_state *t, const struct hu_sleep *sleep)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, sleep->stack);
	bool told = t->contended.on;

	for (size_t i = 0; i < t->pending_count; i++)
		told |= !t->pending[i].try && !t->pending[i].over;
	if (told || facts->why != HU_WHY_LOCK)
		return;
	/* Threads of drivers sleep in down_interruptible() until there is work. */
	if (!facts->lock_type && sleep->state != HU_STATE_UNINTERRUPTIBLE)
		return;
	hu_ns to = sleep->woken != HU_OPEN && sleep->woken > sleep->from && sleep->woken < sleep->to
			   ? sleep->woken
			   : sleep->to;
	hu_locks_push_wait(m, t, hu_stack_lock(m, sleep->stack), facts->lock_mode, facts->lock_type,
			   sleep->from, to, false, sleep->stack, sleep->begin, sleep->wake);
}

/* Behind an rwsem or a mutex, in its slow path: only a release wakes it, or a fellow waiter
 * (kernel-facts 1.9). */
static bool queued(struct hu_model *m, const struct hu_task_state *t)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, t->sleep.stack);
	uint32_t type = t->contended.on ? t->contended.type : facts->lock_type;

	if (t->sleep.state != HU_STATE_UNINTERRUPTIBLE ||
	    (type != HU_LOCK_RWSEM && type != HU_LOCK_MUTEX))
		return false;
	return facts->why == HU_WHY_LOCK || (t->contended.on && !t->sleep.stack);
}

void hu_locks_woken(struct hu_model *m, const struct hu_task_state *t, int32_t waker, hu_ns since,
		    hu_ns at, hu_stack_id stack, struct hu_ref ref)
{
	const char *frame = NULL;

	if (stack && !hu_stack_unlocks(&m->stacks, stack, &frame))
		return;
	/* Without its stack: only out of a wait that an event, or the sleep's own stack, shows to
	 * be queued for a lock that is handed on by whoever releases it. */
	if (!stack && !queued(m, t))
		return;
	struct hu_lock_id lock = waited_for(m, t, &t->sleep);
	uint32_t type = hu_stack_facts(&m->stacks, t->sleep.stack)->lock_type;
	const struct hu_lock_place *place =
		frame ? hu_lock_place(frame, type, NULL, m->stacks.mutex_kernel) : NULL;
	/* The waker may have released another lock than the one this task is known to want. */
	if (hu_lock_unknown(lock) || (place && lock.name && strcmp(place->lock, lock.name) != 0))
		return;
	struct hu_handover h = {.lock = lock,
				.tid = waker,
				.at = at,
				.stack = stack,
				.bare = !stack,
				.since = since,
				.ref = ref};
	HU_PUSH_MUCH(m, &m->handovers, h);
}

static bool is_shrinker_rwsem(struct hu_lock_id lock)
{
	return lock.name && !strcmp(lock.name, "shrinker_rwsem");
}

/* It is in user space, or was just now: whatever wait was open has ended, nobody saw when. */
static void locks_left(struct hu_model *m, struct hu_task_state *t)
{
	m->torn_pairs += t->contended.on;
	t->contended.on = false;
	for (size_t i = 0; i < t->pending_count; i++)
		t->pending[i].over = true;
}

bool hu_locks_waiting(const struct hu_task_state *t)
{
	bool waiting = t->contended.on;

	for (size_t i = 0; i < t->pending_count; i++)
		waiting |= !t->pending[i].over;
	return waiting;
}

void hu_locks_border(struct hu_model *m, struct hu_task_state *t)
{
	size_t kept = 0;

	locks_left(m, t);
	for (size_t i = 0; i < t->held_count; i++)
		if (t->held[i].type == HU_LOCK_PERCPU_RWSEM)
			t->held[kept++] = t->held[i];
	t->held_count = kept;
}

void hu_locks_passed(struct hu_model *m, struct hu_task_state *t, hu_ns ts)
{
	for (size_t i = 0; i < t->pending_count; i++) {
		struct hu_pending *p = &t->pending[i];
		if (p->try || p->over || hu_locks_may_fail(p->function))
			continue;
		p->has = true;
		p->has_at = ts;
	}
	locks_left(m, t);
}

void hu_locks_in_shrinker(struct hu_model *m, struct hu_task_state *t)
{
	struct hu_held *last = NULL;

	if (m->stacks.mutex_kernel)
		return;
	/* Only its last try: those before it failed, or it would not have tried again. */
	for (size_t i = 0; i < t->held_count; i++)
		if (is_shrinker_rwsem(t->held[i].lock) && (!last || t->held[i].ts >= last->ts))
			last = &t->held[i];
	for (size_t i = t->pending_count; i-- > 0;) {
		struct hu_pending p = t->pending[i];
		if (!p.try || !is_shrinker_rwsem(p.lock))
			continue;
		if (last && last->ts >= p.ts)
			break;
		hu_locks_take_pending(t, i);
		hu_locks_hold(m, t,
			      (struct hu_held){p.lock, p.mode, p.type, p.ts, true, p.stack, p.ref});
		return;
	}
	if (last)
		last->proven = true;
}
