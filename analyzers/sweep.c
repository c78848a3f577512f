/*
 * One pass over each source in the order of its records: the states of all tasks side by side, so
 * that memory grows with tasks and intervals, not with events. Nothing is paired across lost events
 * (kernel-facts; capture s6 shows why).
 */
#include "analyzers/task_state.h"

#include <stdlib.h>
#include <string.h>

enum { SWITCH, WAKEUP, LOCK, SYSCALL, RECLAIM, SHRINK, KINDS };

static const char *const queries[KINDS] = {
	"SELECT rowid, ts, pos, cpu, tid, stack, next, state FROM switch WHERE source = ?1 ORDER "
	"BY rowid",
	"SELECT rowid, ts, pos, cpu, tid, stack, target, step, context FROM wakeup WHERE source = "
	"?1 ORDER BY rowid",
	"SELECT e.rowid, ts, pos, cpu, tid, stack, step, mode, type, known, result, address, "
	"n.text, f.text "
	"FROM lock_event AS e LEFT JOIN name AS n ON n.id = e.name LEFT JOIN name AS f ON f.id = "
	"e.function "
	"WHERE source = ?1 ORDER BY e.rowid",
	"SELECT s.rowid, ts, pos, cpu, tid, stack, step, text, number FROM syscall AS s LEFT JOIN "
	"name ON name.id = s.name "
	"WHERE source = ?1 ORDER BY s.rowid",
	"SELECT rowid, ts, pos, cpu, tid, stack, kind, step FROM reclaim WHERE source = ?1 ORDER "
	"BY rowid",
	"SELECT s.rowid, ts, pos, cpu, tid, stack, step, shrinker, text FROM shrink AS s LEFT JOIN "
	"name ON name.id = s.function "
	"WHERE source = ?1 ORDER BY s.rowid",
};
static const char *const tables[KINDS] = {"switch",  "wakeup",	"lock_event",
					  "syscall", "reclaim", "shrink"};

struct cursor {
	struct hu_rows *rows;
	bool more;
	hu_ns ts;
	uint64_t pos;
	int32_t cpu, tid;
	hu_stack_id stack;
	int64_t row;
};

struct sweep {
	struct hu_model *m;
	int64_t source;
	hu_ns offset, now;
	struct cursor cursor[KINDS];
	HU_VEC(struct hu_task_state) tasks; /* sorted by nothing; found through `index` */
	HU_VEC(uint32_t)
	index; /* tid → place + 1, for tids below 4M; larger ones are not Linux's */
	HU_VEC(int32_t) running; /* by cpu: tid, or HU_NONE */
	size_t next_lost;
	HU_VEC(size_t) gaps; /* losses that began and have not ended yet */
};

static void advance(struct sweep *s, int kind)
{
	struct cursor *c = &s->cursor[kind];

	for (;;) {
		c->more = hu_rows_next(c->rows);
		if (!c->more)
			return;
		c->tid = (int32_t)hu_rows_int_or(c->rows, 4, HU_NONE);
		/* Without a time or a task there is nothing to pair. */
		if (hu_rows_null(c->rows, 1) || c->tid < 0)
			continue;
		c->row = hu_rows_int(c->rows, 0);
		c->ts = hu_rows_int(c->rows, 1) + s->offset;
		c->pos = (uint64_t)hu_rows_int(c->rows, 2);
		c->cpu = (int32_t)hu_rows_int_or(c->rows, 3, HU_NONE);
		c->stack = hu_rows_int(c->rows, 5);
		return;
	}
}

static struct hu_ref ref_of(const struct sweep *s, int kind)
{
	const struct cursor *c = &s->cursor[kind];

	return (struct hu_ref){tables[kind], c->row, s->source, (int64_t)c->pos};
}

static struct hu_task_state *task(struct sweep *s, int32_t tid)
{
	enum { MAX_TID = 4 << 20 }; /* PID_MAX_LIMIT, include/linux/threads.h */

	if (tid < 0 || tid > MAX_TID)
		return NULL;
	while (s->index.count <= (size_t)tid)
		HU_PUSH(&s->index, 0u);
	if (!s->index.at[tid]) {
		struct hu_task_state fresh = {.tid = tid, .cpu = HU_NONE, .tail_op = -1};
		HU_PUSH(&s->tasks, fresh);
		s->index.at[tid] = (uint32_t)s->tasks.count;
	}
	return &s->tasks.at[s->index.at[tid] - 1];
}

/* Operations
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_stall(const struct sweep *s, hu_ns from, hu_ns to)
{
	return to - from >= s->m->options.threshold;
}

static void drop_sleeps(struct hu_task_state *t)
{
	t->sleeps.count = 0;
}

/* The sleeps go with the operation only if it stalled; all others are the usual case and cost
 * nothing. */
static void close_op(struct sweep *s, struct hu_task_state *t, hu_ns end, struct hu_ref ref,
		     bool open)
{
	struct hu_op op = {.name = t->call,
			   .tid = t->tid,
			   .from = t->call_from,
			   .to = end,
			   .open = open,
			   .timed = true,
			   .duration = end - t->call_from,
			   .begin = t->call_ref,
			   .end = ref,
			   .cause = -1};

	t->in_call = false;
	t->tail_op = -1;
	if (op.duration < 0) {
		s->m->impossible++;
		drop_sleeps(t);
		return;
	}
	HU_PUSH(&s->m->ops, op);
	/* Its sleeps stay with the task until the tail is known to be over. */
	t->tail_op = (int64_t)s->m->ops.count - 1;
	t->tail_live = false;
}

/* Back in user space, or in the next call: what the last operation lived through is settled. */
static void settle_tail(struct sweep *s, struct hu_task_state *t)
{
	if (t->tail_op < 0)
		return;
	struct hu_op *op = &s->m->ops.at[t->tail_op];
	op->duration = op->to - op->from;
	if (is_stall(s, op->from, op->to))
		for (size_t i = 0; i < t->sleeps.count; i++)
			if (t->sleeps.at[i].from < op->to)
				HU_PUSH(&op->sleeps, t->sleeps.at[i]);
	t->tail_op = -1;
	drop_sleeps(t);
}

/* The task does something in the kernel on its way out of the call it has left by the tracepoint
 * (kernel-facts 1.12). */
static void extend_tail(struct sweep *s, struct hu_task_state *t, hu_ns to)
{
	struct hu_op *op = &s->m->ops.at[t->tail_op];

	if (to > op->to) {
		op->to = to;
		op->tail = true;
	}
}

static void on_syscall(struct sweep *s, struct hu_task_state *t, const struct cursor *c)
{
	struct hu_ref ref = ref_of(s, SYSCALL);

	if (hu_rows_int(c->rows, 6) == HU_BEGIN) {
		settle_tail(s, t);
		if (t->in_call) /* its exit was lost, or exec threw it away */
			s->m->torn_pairs++;
		drop_sleeps(t);
		const char *name = hu_model_string(s->m, hu_rows_str(c->rows, 7));
		t->in_call = true;
		t->call = name ? name : "syscall";
		t->call_from = c->ts;
		t->call_ref = ref;
		return;
	}
	if (t->in_call)
		close_op(s, t, c->ts, ref, false);
}

/* A wait whose stack tells the call it happened in, where calls themselves are not traced. */
static void inferred_op(struct sweep *s, const struct hu_task_state *t,
			const struct hu_sleep *sleep)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&s->m->stacks, sleep->stack);

	if (!facts->call ||
	    (strcmp(facts->call, "mount") != 0 && strcmp(facts->call, "umount") != 0))
		return;
	struct hu_op op = {.name = facts->call,
			   .tid = t->tid,
			   .from = sleep->from,
			   .to = sleep->to,
			   .timed = true,
			   .inferred = true,
			   .duration = sleep->to - sleep->from,
			   .stack = sleep->stack,
			   .begin = sleep->begin,
			   .cause = -1};
	HU_PUSH(&op.sleeps, *sleep);
	HU_PUSH(&s->m->ops, op);
}

/* Switches
 * ------------------------------------------------------------------------------------------------------------
 */

static void tear(struct sweep *s, struct hu_task_state *t, hu_ns from);

static void woke_up(struct sweep *s, struct hu_task_state *t, hu_ns ts, int32_t cpu)
{
	if (t->left_in_gap)
		tear(s, t, t->sleep.from);
	t->cpu = cpu;
	t->on_since = ts;
	if (!t->off)
		return;
	t->off = false;
	t->sleep.to = ts;
	bool tail = t->tail_op >= 0 && !t->in_call;
	bool asleep = t->sleep.state == HU_STATE_UNINTERRUPTIBLE || t->sleep.state == HU_STATE_IDLE;
	if (tail && asleep) {
		const struct hu_stack_facts *facts = hu_stack_facts(&s->m->stacks, t->sleep.stack);
		if (facts->task_work || t->pending_count || t->contended.on) {
			extend_tail(s, t, ts);
			t->tail_live = true;
		}
	} else if (tail && t->tail_live && t->sleep.state != HU_STATE_SLEEPING) {
		extend_tail(s, t, ts); /* preempted meanwhile */
	}
	if (t->in_call || t->tail_op >= 0) {
		HU_PUSH(&t->sleeps, t->sleep);
	} else if (asleep && ts - t->sleep.from >= s->m->options.threshold) {
		inferred_op(s, t, &t->sleep);
	}
}

static void on_switch(struct sweep *s, const struct cursor *c)
{
	int32_t next = (int32_t)hu_rows_int_or(c->rows, 6, HU_NONE);
	uint32_t state = (uint32_t)hu_rows_int(c->rows, 7);
	struct hu_task_state *t = c->tid ? task(s, c->tid) : NULL;

	while (c->cpu >= 0 && c->cpu < 8192 && s->running.count <= (size_t)c->cpu)
		HU_PUSH(&s->running, HU_NONE);
	if (t) {
		bool runnable = state == HU_STATE_RUNNING || state == HU_STATE_PREEMPTED;
		t->cpu = HU_NONE;
		t->off = true;
		t->left_in_gap = s->gaps.count > 0;
		t->sleep = (struct hu_sleep){c->ts, HU_OPEN,  HU_OPEN,
					     state, c->stack, ref_of(s, SWITCH)};
		if (!runnable)
			hu_locks_slept(t);
		/* To sleep by its own will outside of any call's tail: it is back from the kernel.
		 */
		if (state == HU_STATE_SLEEPING && t->tail_op >= 0 && !t->in_call)
			settle_tail(s, t);
		if (state == HU_STATE_DEAD && t->tail_op >= 0)
			settle_tail(s, t);
	}
	if (next > 0) {
		struct hu_task_state *n = task(s, next);
		if (n)
			woke_up(s, n, c->ts, c->cpu);
	}
	if (c->cpu >= 0 && (size_t)c->cpu < s->running.count)
		s->running.at[c->cpu] = next;
}

static void on_wakeup(struct sweep *s, const struct cursor *c)
{
	int32_t target = (int32_t)hu_rows_int_or(c->rows, 6, HU_NONE);
	struct hu_task_state *t = target > 0 ? task(s, target) : NULL;

	if (t && t->off && t->sleep.woken == HU_OPEN)
		t->sleep.woken = c->ts;
}

static void on_lock(struct sweep *s, struct hu_task_state *t, const struct cursor *c)
{
	struct hu_model *m = s->m;
	struct hu_lock_row row = {.ts = c->ts,
				  .step = (uint32_t)hu_rows_int(c->rows, 6),
				  .mode = (uint32_t)hu_rows_int(c->rows, 7),
				  .type = (uint32_t)hu_rows_int(c->rows, 8),
				  .known = (uint32_t)hu_rows_int(c->rows, 9),
				  .result = hu_rows_int(c->rows, 10),
				  .stack = c->stack,
				  .ref = ref_of(s, LOCK),
				  .lock = hu_model_lock(m, (uint64_t)hu_rows_int(c->rows, 11),
							hu_rows_str(c->rows, 12)),
				  .function = hu_model_string(m, hu_rows_str(c->rows, 13))};

	/* In the tail of a call: the acquire's stack, or the wait that it belongs to, says that it
	 * is task work. */
	if (t->tail_op >= 0 && !t->in_call) {
		if (hu_stack_facts(&m->stacks, c->stack)->task_work)
			t->tail_live = true;
		if (t->tail_live)
			extend_tail(s, t, c->ts);
	}
	hu_locks_event(m, t, &row);
}

/* Reclaim
 * -------------------------------------------------------------------------------------------------------------
 */

static void on_reclaim(struct sweep *s, struct hu_task_state *t, const struct cursor *c)
{
	uint32_t kind = (uint32_t)hu_rows_int(c->rows, 6), step = (uint32_t)hu_rows_int(c->rows, 7);

	if (kind == HU_RECLAIM_KSWAPD_ASKED || kind == HU_RECLAIM_THROTTLED ||
	    kind == HU_RECLAIM_ALLOC_STALL)
		return;
	if (step == HU_BEGIN) {
		if (!t->in_session || t->session.kind != kind)
			t->session = (struct hu_session){t->tid, kind, c->ts, HU_OPEN, true};
		t->in_session = true;
	} else {
		/* kswapd's first sleep without a wake: awake since before the capture. */
		if (!t->in_session)
			t->session = (struct hu_session){t->tid, kind, s->m->from, HU_OPEN, true};
		t->session.to = c->ts;
		t->session.open = false;
		HU_PUSH(&s->m->sessions, t->session);
		t->in_session = false;
	}
}

static void on_shrink(struct sweep *s, struct hu_task_state *t, const struct cursor *c)
{
	if (hu_rows_int(c->rows, 6) == HU_BEGIN) {
		if (t->scan_count == sizeof(t->scan) / sizeof(t->scan[0]))
			t->scan_count = 0;
		t->scan[t->scan_count++] =
			(struct hu_scan){t->tid,
					 c->ts,
					 HU_OPEN,
					 true,
					 hu_model_string(s->m, hu_rows_str(c->rows, 8)),
					 (uint64_t)hu_rows_int(c->rows, 7),
					 ref_of(s, SHRINK)};
		return;
	}
	if (!t->scan_count)
		return;
	struct hu_scan scan = t->scan[--t->scan_count];
	scan.to = c->ts;
	scan.open = false;
	if (!scan.function)
		scan.function = "a shrinker";
	HU_PUSH(&s->m->scans, scan);
}

/* Losses
 * --------------------------------------------------------------------------------------------------------------
 */

/* Nothing that `t` has open may be paired with what comes after `from`. */
static void tear(struct sweep *s, struct hu_task_state *t, hu_ns from)
{
	struct hu_ref none = {0};

	hu_locks_torn(s->m, t, from);
	s->m->torn_pairs += t->in_call + t->in_session + (int64_t)t->scan_count;
	/* A call that had lasted long enough to be a stall already is one, of at least that length.
	 */
	if (t->in_call && from != HU_OPEN && is_stall(s, t->call_from, from)) {
		if (t->off && t->sleep.from < from) {
			t->sleep.to = from;
			HU_PUSH(&t->sleeps, t->sleep);
		}
		close_op(s, t, from, none, true);
		s->m->ops.at[t->tail_op].torn = true;
		settle_tail(s, t);
	}
	t->in_call = false;
	t->in_session = false;
	t->scan_count = 0;
	t->off = false;
	t->left_in_gap = false;
	t->tail_op = -1;
	drop_sleeps(t);
}

/*
 * Events are lost on `cpu` from `from` on. A task that sits on another CPU does nothing there; of
 * every other it is not known, so nothing that it has open may be paired across. Asked twice: when
 * the loss begins, and when it ends, for what began meanwhile.
 */
static void tear_all(struct sweep *s, int32_t cpu, hu_ns from)
{
	for (size_t i = 0; i < s->tasks.count; i++) {
		struct hu_task_state *t = &s->tasks.at[i];
		bool elsewhere = cpu >= 0 && t->cpu >= 0 && t->cpu != cpu && from != HU_OPEN &&
				 t->on_since <= from;
		if (!elsewhere)
			tear(s, t, from);
	}
}

static void pass_losses(struct sweep *s, hu_ns now)
{
	const struct hu_model *m = s->m;

	for (size_t i = 0; i < s->gaps.count;) {
		const struct hu_lost *lost = &m->lost.at[s->gaps.at[i]];
		if (lost->to > now) {
			i++;
			continue;
		}
		tear_all(s, lost->cpu, lost->from);
		s->gaps.at[i] = s->gaps.at[--s->gaps.count];
	}
	while (s->next_lost < m->lost.count) {
		const struct hu_lost *lost = &m->lost.at[s->next_lost];
		hu_ns from = lost->from != HU_OPEN ? lost->from : lost->to;
		if (lost->source != s->source || (from != HU_OPEN && from > now))
			return;
		tear_all(s, lost->cpu, lost->from);
		if (lost->to != HU_OPEN && lost->to > now)
			HU_PUSH(&s->gaps, s->next_lost);
		s->next_lost++;
	}
}

/* The walk
 * ------------------------------------------------------------------------------------------------------------
 */

static void dispatch(struct sweep *s, int kind)
{
	const struct cursor *c = &s->cursor[kind];

	s->now = c->ts;
	pass_losses(s, c->ts);
	if (kind == SWITCH) {
		on_switch(s, c);
		return;
	}
	if (kind == WAKEUP) {
		on_wakeup(s, c);
		return;
	}
	struct hu_task_state *t = task(s, c->tid);
	if (!t)
		return;
	if (t->cpu == HU_NONE || t->cpu != c->cpu) {
		/* It is on this CPU now, whatever was seen before. */
		t->cpu = c->cpu;
		t->on_since = c->ts;
	}
	if (kind == LOCK)
		on_lock(s, t, c);
	else if (kind == SYSCALL)
		on_syscall(s, t, c);
	else if (kind == RECLAIM)
		on_reclaim(s, t, c);
	else
		on_shrink(s, t, c);
}

static void finish(struct sweep *s)
{
	struct hu_ref none = {0};

	for (size_t i = 0; i < s->tasks.count; i++) {
		struct hu_task_state *t = &s->tasks.at[i];
		if (t->off && (t->in_call || t->tail_op >= 0)) {
			struct hu_sleep sleep = t->sleep;
			sleep.to = s->now;
			if (t->in_call || hu_stack_facts(&s->m->stacks, sleep.stack)->task_work) {
				HU_PUSH(&t->sleeps, sleep);
				if (!t->in_call) {
					extend_tail(s, t, s->now);
					s->m->ops.at[t->tail_op].open = true;
				}
			}
		}
		hu_locks_end(s->m, t, s->now);
		if (t->in_call)
			close_op(s, t, s->now, none, true);
		settle_tail(s, t);
		if (t->in_session) {
			t->session.to = s->now;
			HU_PUSH(&s->m->sessions, t->session);
		}
		for (size_t k = 0; k < t->scan_count; k++) {
			t->scan[k].to = s->now;
			if (!t->scan[k].function)
				t->scan[k].function = "a shrinker";
			HU_PUSH(&s->m->scans, t->scan[k]);
		}
		free(t->sleeps.at);
	}
	free(s->tasks.at);
	free(s->index.at);
	free(s->running.at);
	free(s->gaps.at);
}

static struct hu_err *sweep_source(struct hu_model *m, int64_t source, hu_ns offset)
{
	struct sweep s = {.m = m, .source = source, .offset = offset};
	struct hu_err *err = NULL;

	while (s.next_lost < m->lost.count && m->lost.at[s.next_lost].source < source)
		s.next_lost++;
	for (int k = 0; k < KINDS; k++) {
		s.cursor[k].rows = hu_rows_open(m->store, queries[k]);
		hu_rows_bind_int(s.cursor[k].rows, 1, source);
		advance(&s, k);
	}
	for (;;) {
		int next = -1;
		for (int k = 0; k < KINDS; k++)
			if (s.cursor[k].more && (next < 0 || s.cursor[k].pos < s.cursor[next].pos))
				next = k;
		if (next < 0)
			break;
		dispatch(&s, next);
		advance(&s, next);
	}
	finish(&s);
	for (int k = 0; k < KINDS; k++) {
		struct hu_err *mine = hu_rows_close(s.cursor[k].rows);
		if (err)
			hu_err_free(mine);
		else
			err = mine;
	}
	return err;
}

struct hu_err *hu_sweep(struct hu_model *m)
{
	HU_VEC(int64_t) ids = {0};
	HU_VEC(int64_t) offsets = {0};
	struct hu_rows *rows =
		hu_rows_open(m->store, "SELECT id, offset_ns FROM source WHERE offset_ns IS NOT "
				       "NULL AND id IN (SELECT source FROM switch "
				       "UNION SELECT source FROM lock_event UNION SELECT source "
				       "FROM syscall UNION SELECT source FROM "
				       "reclaim UNION SELECT source FROM shrink) ORDER BY id");

	while (hu_rows_next(rows)) {
		HU_PUSH(&ids, hu_rows_int(rows, 0));
		HU_PUSH(&offsets, hu_rows_int(rows, 1));
	}
	struct hu_err *err = hu_rows_close(rows);
	for (size_t i = 0; i < ids.count && !err; i++)
		err = sweep_source(m, ids.at[i], offsets.at[i]);
	free(ids.at);
	free(offsets.at);
	return err;
}
