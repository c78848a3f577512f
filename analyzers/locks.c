/*
 * Lock intervals out of single probes: ask, try, returned, wait, release. A failed try is no hold;
 * a hold of a blocking acquire begins at its return; a trylock whose result nobody saw is proved by
 * an address-matched release with nothing between (kernel-facts 2). Several readers hold at once,
 * and one task may hold the same lock twice.
 */
#include "analyzers/locks_parts.h"

#include <string.h>

void hu_locks_push_wait(struct hu_model *m, const struct hu_task_state *t, struct hu_lock_id lock,
			uint32_t mode, uint32_t type, hu_ns from, hu_ns to, bool open,
			hu_stack_id stack, struct hu_ref begin, struct hu_ref end)
{
	struct hu_wait w = {.lock = lock,
			    .tid = t->tid,
			    .mode = mode,
			    .type = type,
			    .from = from,
			    .to = to,
			    .open = open,
			    .timed = true,
			    .duration = to - from,
			    .stack = stack,
			    .begin = begin,
			    .end = end};

	if (to < from) {
		m->impossible++;
		return;
	}
	HU_PUSH_MUCH(m, &m->waits, w);
}

/* It asks for a lock that it would have to hold already: its release was not recorded, and when it
 * was is not known. */
static void forget_exclusive(struct hu_task_state *t, struct hu_lock_id lock)
{
	for (size_t i = t->held_count; i--;) {
		const struct hu_held *h = &t->held[i];
		if (!hu_lock_same(h->lock, lock) || (h->proven && h->mode == HU_MODE_READ))
			continue;
		memmove(&t->held[i], &t->held[i + 1], sizeof(*h) * (t->held_count - i - 1));
		t->held_count--;
	}
}

void hu_locks_hold(struct hu_model *m, struct hu_task_state *t, struct hu_held held)
{
	if (t->held_count == HU_HELD_MAX) {
		/* Deeper than any kernel path nests: probes without releases. The oldest says
		 * least. */
		memmove(t->held, t->held + 1, sizeof(t->held[0]) * (HU_HELD_MAX - 1));
		t->held_count--;
		m->unmatched_releases++;
	}
	t->held[t->held_count++] = held;
}

struct hu_pending hu_locks_take_pending(struct hu_task_state *t, size_t i)
{
	struct hu_pending p = t->pending[i];

	memmove(&t->pending[i], &t->pending[i + 1], sizeof(p) * (t->pending_count - i - 1));
	t->pending_count--;
	return p;
}

static bool pending_on(const struct hu_task_state *t, struct hu_lock_id lock)
{
	for (size_t i = 0; i < t->pending_count; i++)
		if (!t->pending[i].try && !t->pending[i].over &&
		    hu_lock_same(t->pending[i].lock, lock))
			return true;
	return false;
}

static void failed_try(struct hu_model *m, int32_t tid)
{
	size_t at = 0;

	m->failed_tries++;
	while (at < m->failed_tids.count && m->failed_tids.at[at] < tid)
		at++;
	if (at < m->failed_tids.count && m->failed_tids.at[at] == tid)
		return;
	HU_PUSH(&m->failed_tids, tid);
	memmove(&m->failed_tids.at[at + 1], &m->failed_tids.at[at],
		sizeof(int32_t) * (m->failed_tids.count - 1 - at));
	m->failed_tids.at[at] = tid;
}

/* Tries whose returns are not probed pile up, most of them failed; so do acquires with neither
 * return nor release. No kernel path is inside as many that it is not known to be past. */
static size_t least_needed(struct hu_model *m, const struct hu_task_state *t)
{
	for (size_t i = 0; i < t->pending_count; i++)
		if (t->pending[i].try)
			return i;
	for (size_t i = 0; i < t->pending_count; i++)
		if (t->pending[i].over && !t->pending[i].has)
			return i;
	m->impossible++;
	return 0;
}

static void entered(struct hu_model *m, struct hu_task_state *t, const struct hu_lock_row *row)
{
	/* A second entry of the same acquire without a return between: returns are not probed. The
	 * first one then got it. */
	for (size_t i = 0; i < t->pending_count && row->step == HU_LOCK_ASK; i++)
		if (!t->pending[i].try && hu_lock_same(t->pending[i].lock, row->lock))
			t->pending[i].over = true;
	if (t->pending_count == HU_PENDING_MAX)
		hu_locks_take_pending(t, least_needed(m, t));
	t->pending[t->pending_count++] = (struct hu_pending){.lock = row->lock,
							     .mode = row->mode,
							     .type = row->type,
							     .function = row->function,
							     .ts = row->ts,
							     .try = row->step == HU_LOCK_TRY,
							     .stack = row->stack,
							     .ref = row->ref};
}

/* Nobody else has it then, or no writer. */
static void got(struct hu_model *m, struct hu_task_state *t, struct hu_held held)
{
	hu_locks_got(m, t->tid, &held);
	hu_locks_hold(m, t, held);
}

static void returned(struct hu_model *m, struct hu_task_state *t, const struct hu_lock_row *row)
{
	size_t i = t->pending_count;

	/* The innermost acquire of that function: probes of others may have no return of their own.
	 */
	while (i && row->function && t->pending[i - 1].function != row->function)
		i--;
	if (!i)
		return;
	struct hu_pending p = hu_locks_take_pending(t, i - 1);
	if (p.try) {
		if (!(row->known & HU_KNOWS_RESULT))
			hu_locks_hold(m, t,
				      (struct hu_held){p.lock, p.mode, p.type, row->ts, false,
						       p.stack, p.ref});
		else if (row->result)
			got(m, t,
			    (struct hu_held){p.lock, p.mode, p.type, row->ts, true, p.stack,
					     row->ref});
		else
			failed_try(m, t->tid);
		return;
	}
	/* Without switches a long acquire is all there is; with them, only one that slept or queued
	 * is a wait (fact 1.13). */
	if (p.slept || p.contended || !m->have_switches)
		hu_locks_push_wait(m, t, p.lock, p.mode, p.type, p.ts, row->ts, false, p.stack,
				   p.ref, row->ref);
	if (row->known & HU_KNOWS_RESULT && row->result < 0)
		return; /* interrupted: it has no lock */
	struct hu_held held = {p.lock, p.mode, p.type, row->ts, true, p.stack, row->ref};
	if (row->known & HU_KNOWS_RESULT || !hu_locks_may_fail(p.function))
		got(m, t, held);
	else
		hu_locks_hold(m, t, held);
}

/* A text whose pointers are hashed does not name the lock; a task waits for one at a time. */
static bool may_be_same(struct hu_lock_id a, struct hu_lock_id b)
{
	return hu_lock_same(a, b) || hu_lock_unknown(a) || hu_lock_unknown(b);
}

static bool return_comes(const struct hu_model *m, const struct hu_task_state *t,
			 struct hu_lock_id lock)
{
	for (size_t i = 0; i < t->pending_count; i++) {
		const struct hu_pending *p = &t->pending[i];
		if (p->try || p->over || !hu_lock_same(p->lock, lock))
			continue;
		/* Returns without the name of their function are of whatever was entered last. */
		if (!p->function && m->returning.count)
			return true;
		for (size_t k = 0; k < m->returning.count; k++)
			if (m->returning.at[k] == p->function)
				return true;
	}
	return false;
}

static void drop_pending(struct hu_task_state *t, struct hu_lock_id lock)
{
	for (size_t i = t->pending_count; i--;) {
		if (t->pending[i].try || !hu_lock_same(t->pending[i].lock, lock))
			continue;
		hu_locks_take_pending(t, i);
		return;
	}
}

bool hu_locks_may_fail(const char *function)
{
	return !function || strstr(function, "interruptible") || strstr(function, "killable") ||
	       strstr(function, "timeout");
}

/* Queued for a second lock: it has the first. Interrupts take no such locks. */
static void has_the_others(struct hu_task_state *t, const struct hu_lock_row *row)
{
	if (row->type != HU_LOCK_RWSEM && row->type != HU_LOCK_MUTEX)
		return;
	for (size_t i = 0; i < t->pending_count; i++) {
		struct hu_pending *p = &t->pending[i];
		if (p->try || p->over || hu_locks_may_fail(p->function) || !p->lock.address ||
		    !row->lock.address || hu_lock_same(p->lock, row->lock))
			continue;
		p->over = p->has = true;
		p->has_at = row->ts;
	}
}

static void wait_begins(struct hu_task_state *t, const struct hu_lock_row *row)
{
	has_the_others(t, row);
	for (size_t i = t->pending_count; i--;)
		if (hu_lock_same(t->pending[i].lock, row->lock))
			t->pending[i].contended = true;
	/* A mutex says begin several times, SPIN|MUTEX then MUTEX; the first is the wait's
	 * (fact 1.1). */
	if (t->contended.on && may_be_same(t->contended.lock, row->lock))
		return;
	t->contended = (struct hu_contended){true,    row->lock,  row->mode, row->type,
					     row->ts, row->stack, row->ref};
}

static void wait_ends(struct hu_model *m, struct hu_task_state *t, const struct hu_lock_row *row)
{
	if (!t->contended.on || !may_be_same(t->contended.lock, row->lock))
		return;
	struct hu_contended c = t->contended;
	t->contended.on = false;
	/* The acquire around it makes the same wait when its return is probed; else this is all,
	 * and the acquire is over. */
	if (return_comes(m, t, c.lock))
		return;
	drop_pending(t, c.lock);
	hu_locks_push_wait(m, t, c.lock, c.mode, c.type, c.ts, row->ts, false, c.stack, c.ref,
			   row->ref);
	if (row->known & HU_KNOWS_RESULT && row->result)
		return;
	struct hu_held held = {c.lock, c.mode, c.type, row->ts, false, c.stack, row->ref};
	if (row->known & HU_KNOWS_RESULT)
		got(m, t, held);
	else
		hu_locks_hold(m, t, held);
}

static void released(struct hu_model *m, struct hu_task_state *t, const struct hu_lock_row *row)
{
	if (row->step == HU_LOCK_RELEASE_CONTENDED) {
		struct hu_handover h = {.lock = row->lock,
					.tid = t->tid,
					.at = row->ts,
					.mode = row->mode,
					.stack = row->stack,
					.since = t->in_call ? t->call_from : INT64_MIN,
					.ref = row->ref};
		HU_PUSH_MUCH(m, &m->handovers, h);
	}
	hu_locks_gave(m, row);
	size_t i = t->held_count;
	while (i && !hu_lock_same(t->held[i - 1].lock, row->lock))
		i--;
	struct hu_held h;
	bool loose = !i;
	if (i) {
		h = t->held[i - 1];
		/* contended_release comes inside up_*: the plain release, if probed, came first and
		 * took the hold. */
		memmove(&t->held[i - 1], &t->held[i], sizeof(h) * (t->held_count - i));
		t->held_count--;
	} else {
		/* An acquire that never returned by a probe, released by address: it succeeded
		 * meanwhile. */
		size_t p = t->pending_count;
		while (p && !hu_lock_same(t->pending[p - 1].lock, row->lock))
			p--;
		if (!p) {
			m->unmatched_releases += row->step == HU_LOCK_RELEASE;
			return;
		}
		struct hu_pending q = hu_locks_take_pending(t, p - 1);
		h = (struct hu_held){q.lock, q.mode, q.type, q.ts, true, q.stack, q.ref};
		if (!q.try && (q.slept || q.contended)) {
			if (!q.has)
				return; /* when it got the lock is not known */
			h.ts = q.has_at;
			loose = false;
		}
	}
	struct hu_hold done = {.lock = h.lock,
			       .tid = t->tid,
			       .mode = h.mode ? h.mode : row->mode,
			       .type = h.type,
			       .from = h.ts,
			       .to = row->ts,
			       .loose = loose,
			       .timed = true,
			       .duration = row->ts - h.ts,
			       .how = HU_OBSERVED,
			       .stack = row->stack ? row->stack : h.stack,
			       .begin = h.ref,
			       .end = row->ref};
	if (done.duration < 0)
		m->impossible++;
	else
		HU_PUSH_MUCH(m, &m->holds, done);
}

void hu_locks_event(struct hu_model *m, struct hu_task_state *t, const struct hu_lock_row *row)
{
	switch ((enum hu_lock_step)row->step) {
	case HU_LOCK_ASK:
		forget_exclusive(t, row->lock);
		entered(m, t, row);
		break;
	case HU_LOCK_TRY:
		entered(m, t, row);
		break;
	case HU_LOCK_RETURNED:
		returned(m, t, row);
		break;
	case HU_LOCK_WAIT:
		if (!pending_on(t, row->lock))
			forget_exclusive(t, row->lock);
		wait_begins(t, row);
		break;
	case HU_LOCK_WAIT_END:
		wait_ends(m, t, row);
		break;
	case HU_LOCK_RELEASE:
	case HU_LOCK_RELEASE_CONTENDED:
		released(m, t, row);
		break;
	}
}

/*
 * A sleep in it is of the wait, and the wait not over, only if something would have shown its end:
 * the return, or the release behind it. Else the task may have been past it for long.
 */
static bool still_waits(struct hu_model *m, const struct hu_task_state *t,
			const struct hu_pending *p)
{
	if (p->contended || p->at_lock)
		return true;
	return p->slept &&
	       (return_comes(m, t, p->lock) || hu_locks_given(m, p->lock, p->ref.source));
}

/* What is open at `end` and proved to have lasted until then. */
static void push_open(struct hu_model *m, struct hu_task_state *t, hu_ns end)
{
	struct hu_ref none = {0};

	for (size_t i = 0; i < t->pending_count; i++) {
		const struct hu_pending *p = &t->pending[i];
		if (!p->try && !p->over && p->ts < end && still_waits(m, t, p))
			hu_locks_push_wait(m, t, p->lock, p->mode, p->type, p->ts, end, true,
					   p->stack, p->ref, none);
	}
	if (t->contended.on && !pending_on(t, t->contended.lock) && t->contended.ts < end)
		hu_locks_push_wait(m, t, t->contended.lock, t->contended.mode, t->contended.type,
				   t->contended.ts, end, true, t->contended.stack, t->contended.ref,
				   none);
	/* Past its acquire, and neither a release nor another acquire since. */
	for (size_t i = 0; i < t->pending_count; i++) {
		const struct hu_pending *p = &t->pending[i];
		if (p->has && i + 1 == t->pending_count)
			hu_locks_hold(m, t,
				      (struct hu_held){p->lock, p->mode, p->type, p->has_at, true,
						       p->stack, p->ref});
	}
	for (size_t i = 0; i < t->held_count; i++) {
		const struct hu_held *h = &t->held[i];
		if (!h->proven || h->ts >= end || !hu_locks_lasts(m, t->tid, h, end))
			continue;
		struct hu_hold done = {.lock = h->lock,
				       .tid = t->tid,
				       .mode = h->mode,
				       .type = h->type,
				       .from = h->ts,
				       .to = end,
				       .open = true,
				       .timed = true,
				       .duration = end - h->ts,
				       .how = HU_OBSERVED,
				       .stack = h->stack,
				       .begin = h->ref};
		HU_PUSH_MUCH(m, &m->holds, done);
	}
}

void hu_locks_torn(struct hu_model *m, struct hu_task_state *t, hu_ns from)
{
	m->torn_pairs += (int64_t)(t->pending_count + t->held_count + t->contended.on);
	if (from != HU_OPEN)
		push_open(m, t, from);
	t->pending_count = 0;
	t->held_count = 0;
	t->contended.on = false;
}

void hu_locks_end(struct hu_model *m, struct hu_task_state *t, hu_ns end)
{
	push_open(m, t, end);
}
