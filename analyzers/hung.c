/*
 * What the kernel log says of stuck tasks: hung-task reports with their stacks and blocker lines,
 * and stacks of tasks seen inside a function that runs under the lock they wait for. The same log
 * is often there three times: one task counts once.
 */
#include "analyzers/hung.h"

#include <stdlib.h>
#include <string.h>

struct report {
	int32_t tid;
	const char *comm;
	hu_ns first, last, blocked; /* of the longest report */
	bool timed;
	hu_stack_id stack;
	int32_t blocker;
	const char *blocker_comm;
	uint32_t blocker_mode, lock_type;
	struct hu_ref ref;
	bool seen; /* no detector complained: it was asleep in a lock function when all were listed
		    */
};

typedef HU_VEC(struct report) reports;

static struct report *find(const reports *all, const struct report *r)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].tid == r->tid && all->at[i].comm == r->comm)
			return &all->at[i];
	return NULL;
}

static void merge(struct report *have, const struct report *r)
{
	if (r->timed && (!have->timed || r->first < have->first))
		have->first = r->first;
	if (r->timed && (!have->timed || r->last > have->last))
		have->last = r->last;
	have->timed |= r->timed;
	if (r->blocked > have->blocked)
		have->blocked = r->blocked;
	if (!have->stack)
		have->stack = r->stack;
	if (have->blocker < 0 && r->blocker >= 0) {
		have->blocker = r->blocker;
		have->blocker_comm = r->blocker_comm;
		have->blocker_mode = r->blocker_mode;
		have->lock_type = r->lock_type;
	}
}

static bool covered(const struct hu_model *m, const struct report *r)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[i];
		if (r->timed && op->timed && op->tid == r->tid && op->from < r->last &&
		    op->to > r->first && op->duration >= r->blocked / 2)
			return true;
	}
	return false;
}

/* Calls that a task sleeps in with no lock in its hands: it is back from whatever took one. */
static bool holds_nothing(struct hu_model *m, hu_stack_id stack)
{
	static const char *const calls[] = {
		"nanosleep",	 "clock_nanosleep", "futex", "poll",	    "ppoll", "select",
		"pselect6",	 "epoll_wait",	    "pause", "epoll_pwait", "wait4", "waitid",
		"rt_sigsuspend", "rt_sigtimedwait",
	};
	const char *call = hu_stack_facts(&m->stacks, stack)->call;

	for (size_t i = 0; call && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(call, calls[i]))
			return true;
	return false;
}

/*
 * A reader that the owner field names is only the last one that got the lock, possibly long gone
 * (kernel-facts 1.5). The stack that the kernel prints behind the report may show it elsewhere, and
 * then it is none; without a stack it is a candidate.
 */
static bool believe_owner(struct hu_model *m, const struct report *r, enum hu_how *how)
{
	*how = HU_RECORDED_OWNER;
	if (r->blocker_mode != HU_MODE_READ)
		return true;
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT stack FROM snapshot WHERE source = ?1 AND tid = ?2 AND pos > ?3 AND "
		"stack IS NOT NULL ORDER BY pos LIMIT 1");
	hu_rows_bind_int(rows, 1, r->ref.source);
	hu_rows_bind_int(rows, 2, r->blocker);
	hu_rows_bind_int(rows, 3, r->ref.pos);
	bool shown = hu_rows_next(rows);
	hu_stack_id stack = shown ? hu_rows_int(rows, 0) : 0;
	const char *leaf = hu_stack_frame(&m->stacks, stack, 0);
	struct hu_err *err = hu_rows_close(rows);
	hu_err_free(err); /* the same table was just read: nothing new can fail */
	if (!leaf || hu_str_starts(hu_str(leaf), "0x"))
		*how = HU_SIGNATURE;
	return !shown || !holds_nothing(m, stack);
}

/* Who the report says has the lock, for as long as the wait for it is known to have lasted. */
static void put_owner(struct hu_model *m, const struct report *r, struct hu_lock_id lock,
		      uint32_t type, hu_ns from, hu_ns duration)
{
	struct hu_hold h = {.lock = lock,
			    .tid = r->blocker,
			    .comm = r->blocker_comm,
			    .mode = r->blocker_mode,
			    .type = type,
			    .from = from,
			    .to = from + duration,
			    .open = true,
			    .timed = r->timed,
			    .duration = duration,
			    .begin = r->ref,
			    .end = r->ref};

	if (r->blocker >= 0 && believe_owner(m, r, &h.how))
		HU_PUSH_MUCH(m, &m->holds, h);
}

/* The task's wait was traced, and knows more of the lock; who has it the log knows. */
static void put_traced_owner(struct hu_model *m, const struct report *r)
{
	const struct hu_wait *its = NULL;

	for (size_t i = 0; i < m->waits.count && r->timed && r->blocker >= 0; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (w->timed && w->tid == r->tid && w->from < r->last && w->to > r->first &&
		    (!its || w->duration > its->duration))
			its = w;
	}
	if (its)
		put_owner(m, r, its->lock, its->type, its->from,
			  r->last > its->from ? r->last - its->from : 0);
}

static void put(struct hu_model *m, const struct report *r)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, r->stack);
	hu_ns from = r->timed ? r->first : 0, to = r->timed ? r->last : 0;
	hu_ns duration = r->timed && to - from > r->blocked ? to - from : r->blocked;
	uint32_t type = facts->lock_type ? facts->lock_type : r->lock_type;

	if (covered(m, r)) {
		put_traced_owner(m, r);
		return;
	}
	struct hu_op op = {.name = facts->call ? facts->call
				   : r->seen   ? "lock wait"
					       : "hung task",
			   .tid = r->tid,
			   .comm = r->comm,
			   .from = from,
			   .to = from + duration,
			   .open = true,
			   .timed = r->timed,
			   .inferred = true,
			   .duration = duration,
			   .stack = r->stack,
			   .begin = r->ref,
			   .end = r->ref,
			   .cause = -1};
	/* The detector complains of who has not run since it looked before (kernel/hung_task.c,
	 * check_hung_task(): the switch count stands still): one sleep, at this stack. */
	if (!facts->lock && r->blocker < 0 && r->stack && !r->seen)
		hu_op_add_sleep(m, &op,
				(struct hu_sleep){.from = op.from,
						  .to = op.to,
						  .woken = HU_OPEN,
						  .state = HU_STATE_UNINTERRUPTIBLE,
						  .cpu = HU_NONE,
						  .stack = r->stack,
						  .begin = r->ref,
						  .waker = HU_NONE});
	HU_PUSH_MUCH(m, &m->ops, op);
	if (!facts->lock && r->blocker < 0)
		return;
	struct hu_lock_id id = {0, facts->lock ? hu_model_string(m, hu_str(facts->lock)) : NULL};
	if (!id.name) {
		HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
		/* Without a stack two tasks behind the same blocker wait for the same lock as far
		 * as anybody can see, and behind different ones they do not. */
		if (facts->lock_frame && !hu_str_starts(hu_str(facts->lock_frame), "0x"))
			hu_out_printf(&name, "a lock taken in %s", facts->lock_frame);
		else
			hu_out_printf(&name, "a lock that %s (%d) has",
				      r->blocker_comm ? r->blocker_comm : "a task", r->blocker);
		id.name = hu_model_string(m, hu_out_view(&name));
	}
	struct hu_wait w = {.lock = id,
			    .tid = r->tid,
			    .comm = r->comm,
			    .mode = facts->lock_mode,
			    .type = type,
			    .from = from,
			    .to = from + duration,
			    .open = true,
			    .timed = r->timed,
			    .duration = duration,
			    .stack = r->stack,
			    .begin = r->ref,
			    .end = r->ref};
	HU_PUSH_MUCH(m, &m->waits, w);
	put_owner(m, r, id, type, from, duration);
}

/*
 * Tasks listed in a lock function: SysRq-w and -t, /proc/PID/stack, crash. One such stack may be a
 * wait of a microsecond, so it takes several tasks at the same lock, or the same task there twice.
 * How long the others have waited is not known.
 */
enum { CROWD = 3 };

static bool same_place(const struct hu_stack_facts *a, const struct hu_stack_facts *b)
{
	if (a->lock && b->lock)
		return !strcmp(a->lock, b->lock);
	return !a->lock && !b->lock && a->lock_frame && b->lock_frame &&
	       !strcmp(a->lock_frame, b->lock_frame);
}

/* At the same place as `r`, by reports and by lists, each task once. */
static size_t crowd_at(struct hu_model *m, const struct report *r, const reports *hung,
		       const reports *seen)
{
	const struct hu_stack_facts *mine = hu_stack_facts(&m->stacks, r->stack);
	const reports *const both[] = {hung, seen};
	size_t n = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < both[k]->count && n < CROWD; i++)
			n += same_place(mine, hu_stack_facts(&m->stacks, both[k]->at[i].stack));
	return n;
}

static bool has_op(const struct hu_model *m, int32_t tid)
{
	for (size_t i = 0; i < m->ops.count; i++)
		if (m->ops.at[i].tid == tid && !m->ops.at[i].inferred)
			return true;
	return false;
}

/* Snapshots of tasks, those of one kind. */
static struct hu_rows *snapshots(struct hu_model *m, const char *which)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql,
		      "SELECT p.rowid, p.ts + s.offset_ns, pos, tid, stack, blocked_ns, c.text, "
		      "p.source, blocker, b.text, blocker_mode, lock_type FROM snapshot AS p JOIN "
		      "source AS s ON s.id = p.source LEFT JOIN name AS b ON b.id = blocker_comm "
		      "LEFT JOIN name AS c ON c.id = p.comm WHERE %s ORDER BY p.source, p.rowid",
		      which);
	return hu_rows_open(m->store, sql.at);
}

/* What each of them says: who, where, and when that was seen. */
static struct report report_of(struct hu_model *m, struct hu_rows *rows)
{
	hu_ns at = hu_rows_int_or(rows, 1, HU_OPEN);

	return (struct report){.tid = (int32_t)hu_rows_int_or(rows, 3, HU_NONE),
			       .comm = hu_model_string(m, hu_rows_str(rows, 6)),
			       .first = at,
			       .last = at,
			       .blocked = hu_rows_int(rows, 5),
			       .timed = at != HU_OPEN,
			       .stack = hu_rows_int(rows, 4),
			       .blocker = HU_NONE,
			       .ref = {"snapshot", hu_rows_int(rows, 0), hu_rows_int(rows, 7),
				       hu_rows_int(rows, 2)}};
}

static struct hu_err *seen_waiting(struct hu_model *m, const reports *hung)
{
	reports all = {0};
	struct hu_rows *rows =
		snapshots(m, "kind = 1 AND state IN (0, 4) AND stack IS NOT NULL AND tid > 0");

	while (hu_rows_next(rows)) {
		struct report r = report_of(m, rows);
		r.seen = true;
		const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, r.stack);
		if (facts->why != HU_WHY_LOCK || !facts->lock_frame || find(hung, &r) ||
		    has_op(m, r.tid))
			continue;
		struct report *have = find(&all, &r);
		if (have && have->stack == r.stack)
			merge(have, &r);
		else if (!have)
			HU_PUSH(&all, r);
	}
	struct hu_err *err = hu_rows_close(rows);
	for (size_t i = 0; i < all.count && !err; i++) {
		struct report *r = &all.at[i];
		bool twice = r->timed && r->last - r->first >= m->options.threshold;
		if (!twice && r->blocked < m->options.threshold &&
		    crowd_at(m, r, hung, &all) < CROWD)
			continue;
		r->timed = twice;
		put(m, r);
	}
	free(all.at);
	return err;
}

struct hu_err *hu_hung(struct hu_model *m)
{
	reports all = {0};
	struct hu_rows *rows = snapshots(m, "kind = 2 AND " HU_HUNG_NOT_REPEATED);

	while (hu_rows_next(rows)) {
		struct report r = report_of(m, rows);
		r.blocker = (int32_t)hu_rows_int_or(rows, 8, HU_NONE);
		r.blocker_comm = hu_model_string(m, hu_rows_str(rows, 9));
		r.blocker_mode = (uint32_t)hu_rows_int(rows, 10);
		r.lock_type = (uint32_t)hu_rows_int(rows, 11);
		if (r.timed)
			r.first -= r.blocked;
		struct report *have = find(&all, &r);
		if (have)
			merge(have, &r);
		else
			HU_PUSH(&all, r);
	}
	struct hu_err *err = hu_rows_close(rows);
	for (size_t i = 0; i < all.count && !err; i++)
		put(m, &all.at[i]);
	if (!err)
		err = seen_waiting(m, &all);
	free(all.at);
	if (!err)
		err = hu_held_locks(m);
	if (!err)
		err = hu_alloc_stalls(m);
	return err ? err : hu_seen_inside(m);
}
