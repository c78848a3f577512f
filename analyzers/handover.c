/*
 * Who gave the lock away: a release with waiters (lock:contended_release), or a wakeup out of the
 * wait whose stack is in the unlock path (kernel-facts 1.9). Neither says since when that task had
 * the lock, so the hold is counted from where it cannot have begun later: the beginning of the
 * longest wait that it stood in front of. Who waited itself and passes the lock on at once is no
 * holder (kernel-facts 1.11).
 */
#include "analyzers/lane.h"

#include <stdlib.h>
#include <string.h>

/* What stands between an unlock function and sched_waking: kernel/sched/core.c, swait.c, wait.c. */
static bool is_waking(const char *f)
{
	static const char *const names[] = {
		"try_to_wake_up",
		"wake_up_q",
		"wake_up_process",
		"ttwu_do_wakeup",
		"ttwu_do_activate",
		"default_wake_function",
		"__wake_up_common",
		"__wake_up_common_lock",
		"__wake_up",
		"swake_up_locked",
		"rwsem_mark_wake",
		"__rwsem_mark_wake",
		"wake_up_state",
		"rwsem_wake",
		NULL,
	};

	if (hu_str_starts(hu_str(f), "trace_event_raw_event") ||
	    hu_str_starts(hu_str(f), "__traceiter_") || hu_str_starts(hu_str(f), "__bpf_trace"))
		return true;
	return hu_symbol_among(f, names);
}

static bool is_unlock(const char *f)
{
	static const char *const names[] = {
		"up_read",
		"up_write",
		"__up_read",
		"__up_write",
		"downgrade_write",
		"rwsem_downgrade_wake",
		"mutex_unlock",
		"__mutex_unlock_slowpath",
		"up",
		"__up",
		"percpu_up_write",
		"percpu_up_read",
		"rt_mutex_unlock",
		"rt_mutex_slowunlock",
		"rwbase_write_unlock",
		"call_rwsem_wake",
		"ww_mutex_unlock",
		"rwsem_wake",
		NULL,
	};

	return hu_symbol_among(f, names);
}

bool hu_stack_unlocks(const struct hu_stacks *s, hu_stack_id stack, const char **frame)
{
	bool unlocks = false;

	*frame = NULL;
	for (size_t depth = 0;; depth++) {
		const char *f = hu_stack_frame(s, stack, depth);
		if (!f)
			return unlocks;
		if (is_unlock(f)) {
			unlocks = true;
			continue;
		}
		if (unlocks) {
			*frame = f;
			return true;
		}
		if (!is_waking(f))
			return false;
	}
}

/* Only to bring the same locks together: by address where there is one, else by name. */
static int lock_order(struct hu_lock_id x, struct hu_lock_id y)
{
	if (x.address != y.address)
		return x.address < y.address ? -1 : 1;
	if (x.address || x.name == y.name)
		return 0;
	return x.name && y.name ? strcmp(x.name, y.name) : x.name ? 1 : -1;
}

static int by_lock_then_time(const void *a, const void *b)
{
	const struct hu_handover *x = a, *y = b;
	int locks = lock_order(x->lock, y->lock);

	if (locks)
		return locks;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->ref.row < y->ref.row ? -1 : x->ref.row > y->ref.row;
}

/* The holds and waits of one lock that handovers are held against. */
struct gate {
	struct hu_model *m;
	struct hu_lane holds, waits;
	hu_ns last; /* the lock was given away before, by `last_tid` */
	int32_t last_tid;
};

/* A probed hold tells more: its begin is known. */
static bool probed(const struct gate *g, const struct hu_handover *h)
{
	for (size_t i = hu_lane_reaching(&g->holds, h->at - HU_NS_PER_MS); i < g->holds.at.count;
	     i++) {
		const struct hu_hold *have = &g->m->holds.at[g->holds.at.at[i]];
		if (have->from > h->at)
			return false;
		if (have->tid == h->tid && have->to >= h->at - HU_NS_PER_MS)
			return true;
	}
	return false;
}

/* The waits of one task that began before `at`: [*first, return value), by time. */
static size_t waits_before(const struct hu_model *m, int32_t tid, hu_ns at, size_t *first)
{
	size_t end = hu_model_waits(m, tid, first), low = *first;

	while (low < end) {
		size_t middle = low + (end - low) / 2;
		if (m->waits.at[middle].from < at)
			low = middle + 1;
		else
			end = middle;
	}
	return end;
}

/* When its own last wait for the lock ended; HU_OPEN: it did not wait. Who passes on at once what
 * it got is no holder. */
static hu_ns last_waited(const struct gate *g, const struct hu_handover *h)
{
	const struct hu_model *m = g->m;
	size_t first, end = waits_before(m, h->tid, h->at, &first);

	for (size_t i = end; i-- > first;) {
		const struct hu_wait *w = &m->waits.at[i];
		if (w->timed && hu_lock_same(w->lock, h->lock) && w->to <= h->at)
			return w->to;
	}
	return HU_OPEN;
}

/* Its holds are recorded: a wakeup adds nothing to what they say. */
static bool held_within(const struct gate *g, const struct hu_handover *h, hu_ns from)
{
	for (size_t i = hu_lane_reaching(&g->holds, from); i < g->holds.at.count; i++) {
		const struct hu_hold *have = &g->m->holds.at[g->holds.at.at[i]];
		if (have->from > h->at)
			return false;
		if (have->tid == h->tid && have->to > from)
			return true;
	}
	return false;
}

/* Also behind a lock that nobody could tell: it may be this one. */
static bool waited_within(const struct gate *g, const struct hu_handover *h, hu_ns from)
{
	const struct hu_model *m = g->m;
	size_t first, end = waits_before(m, h->tid, h->at, &first);

	/* Backwards, as far as one can reach into the stretch: a task waits for one thing at a
	 * time, but for waits that two tracers tell of. */
	for (size_t i = end; i-- > first;) {
		const struct hu_wait *w = &m->waits.at[i];
		if (w->to + HU_NS_PER_S < from)
			break;
		if (w->timed && w->to > from &&
		    (hu_lock_same(w->lock, h->lock) || hu_lock_unknown(w->lock) ||
		     hu_lock_described(w->lock)))
			return true;
	}
	return false;
}

/* When the longest of the waits that it stood in front of began. */
static hu_ns stood_since(const struct gate *g, const struct hu_handover *h)
{
	for (size_t i = hu_lane_reaching(&g->waits, h->at); i < g->waits.at.count; i++) {
		const struct hu_wait *w = &g->m->waits.at[g->waits.at.at[i]];
		if (w->from > h->at)
			break;
		if (w->tid != h->tid && w->to >= h->at)
			return w->from;
	}
	return HU_OPEN;
}

static void claim(struct gate *g, const struct hu_handover *h, uint32_t type)
{
	hu_ns from = stood_since(g, h);
	bool exclusive = type == HU_LOCK_MUTEX || h->mode == HU_MODE_WRITE;

	if (from == HU_OPEN || probed(g, h))
		return;
	hu_ns queued_until = last_waited(g, h);
	if (queued_until != HU_OPEN && h->at - queued_until < g->m->options.threshold / 10)
		return;
	/* A wakeup that shows no release names nobody who stood in the queue himself meanwhile, and
	 * where events were lost nobody knows who did. */
	if (h->bare && (g->m->lossy || waited_within(g, h, from) || held_within(g, h, from)))
		return;
	/* Whoever was forked later was not there: a freezer that is gone leaves the thaw to
	 * another. */
	hu_ns born = hu_model_birth(g->m, h->tid, h->at);
	if (born > from)
		from = born;
	/* Nobody brings a lock along from user space, but who froze something. */
	if (type != HU_LOCK_PERCPU_RWSEM && h->since > from)
		from = h->since;
	/* Of a mutex there is one owner: it was another one when that gave it away. */
	if (exclusive && g->last_tid != h->tid && g->last > from && g->last < h->at)
		from = g->last;
	struct hu_hold hold = {.lock = h->lock,
			       .tid = h->tid,
			       .mode = h->mode,
			       .type = type,
			       .from = from,
			       .to = h->at,
			       .timed = true,
			       .duration = h->at - from,
			       .how = h->bare ? HU_OVERLAPPING : HU_HANDED_OVER,
			       .stack = h->stack,
			       .begin = h->ref,
			       .end = h->ref};
	HU_PUSH_MUCH(g->m, &g->m->holds, hold);
}

void hu_handovers(struct hu_model *m)
{
	size_t n = m->handovers.count;

	if (!n)
		return;
	HU_SORT_MUCH(m, &m->handovers, by_lock_then_time);
	for (size_t i = 0; i < n;) {
		struct hu_lock_id lock = m->handovers.at[i].lock;
		struct gate g = {.m = m,
				 .holds = hu_lane_of_holds(m, lock),
				 .waits = hu_lane_of_waits(m, lock),
				 .last_tid = HU_NONE};
		uint32_t type = g.waits.at.count ? m->waits.at[g.waits.at.at[0]].type : 0;
		for (; i < n && !lock_order(m->handovers.at[i].lock, lock); i++) {
			const struct hu_handover *h = &m->handovers.at[i];
			claim(&g, h, type);
			g.last = h->at;
			g.last_tid = h->tid;
		}
		hu_lane_deinit(&g.holds);
		hu_lane_deinit(&g.waits);
	}
	hu_model_sort(m);
}
