/*
 * One pass over each source in the order of its records: the states of all tasks side by side, so
 * that memory grows with tasks and intervals, not with events. Nothing is paired across lost events
 * (kernel-facts; capture s6 shows why).
 */
#include "analyzers/survey.h"
#include "analyzers/sweep.h"

#include <stdlib.h>
#include <string.h>

/* PID_MAX_LIMIT of include/linux/threads.h; the largest NR_CPUS of arch/x86/Kconfig. */
enum { MAX_TID = 4 << 20, MAX_CPU = 8192 };

static const enum hu_event_table kinds[HU_CURSORS] = {HU_EVENTS_SWITCH,	 HU_EVENTS_WAKEUP,
						      HU_EVENTS_LOCK,	 HU_EVENTS_SYSCALL,
						      HU_EVENTS_RECLAIM, HU_EVENTS_SHRINK};
static const char *const tables[HU_CURSORS] = {"switch",  "wakeup",  "lock_event",
					       "syscall", "reclaim", "shrink"};

static void advance(struct hu_sweep *s, int kind)
{
	struct hu_cursor *c = &s->cursor[kind];

	for (;;) {
		c->more = hu_events_next(c->e);
		if (!c->more)
			return;
		c->tid = (int32_t)hu_events_int_or(c->e, HU_COL_TID, HU_NONE);
		/* Without a time or a task there is nothing to pair. */
		if (hu_events_null(c->e, HU_COL_TS) || c->tid < 0)
			continue;
		c->row = hu_events_rowid(c->e);
		c->ts = hu_events_int(c->e, HU_COL_TS) + s->offset;
		c->pos = (uint64_t)hu_events_int(c->e, HU_COL_POS);
		c->cpu = (int32_t)hu_events_int_or(c->e, HU_COL_CPU, HU_NONE);
		c->stack = hu_events_int(c->e, HU_COL_STACK);
		return;
	}
}

struct hu_ref hu_sweep_ref(const struct hu_sweep *s, int kind)
{
	const struct hu_cursor *c = &s->cursor[kind];

	return (struct hu_ref){tables[kind], c->row, s->source, (int64_t)c->pos};
}

static struct hu_task_state *task(struct hu_sweep *s, int32_t tid)
{
	if (tid < 0 || tid > MAX_TID)
		return NULL;
	while (s->index.count <= (size_t)tid)
		HU_PUSH(&s->index, 0u);
	if (!s->index.at[tid]) {
		struct hu_task_state fresh = {
			.tid = tid, .cpu = HU_NONE, .tail_op = -1, .seen = HU_OPEN};
		HU_PUSH_MUCH(s->m, &s->tasks, fresh);
		s->index.at[tid] = (uint32_t)s->tasks.count;
	}
	return &s->tasks.at[s->index.at[tid] - 1];
}

static bool runnable(const struct hu_sleep *sleep)
{
	return sleep->state == HU_STATE_RUNNING || sleep->state == HU_STATE_PREEMPTED;
}

/* `t` was off its CPU until `ts`: for the totals of its time, and for whoever waited for it. */
static void keep_nap(struct hu_sweep *s, struct hu_task_state *t, hu_ns ts)
{
	const struct hu_sleep *sleep = &t->sleep;
	hu_ns woken = sleep->woken != HU_OPEN && sleep->woken >= sleep->from && sleep->woken < ts
			      ? sleep->woken
			      : ts;

	if (ts < sleep->from)
		return;
	if (runnable(sleep)) {
		t->time.runnable += ts - sleep->from;
	} else {
		bool blocked = sleep->state == HU_STATE_UNINTERRUPTIBLE;
		*(blocked ? &t->time.blocked : &t->time.sleeping) += woken - sleep->from;
		t->time.runnable += ts - woken;
	}
	/* Where its coming back is not recorded only a wakeup says how long it slept. */
	if (s->blind && sleep->woken == HU_OPEN)
		return;
	if (s->blind)
		ts = woken;
	if (ts - sleep->from < s->m->options.threshold / 100)
		return;
	struct hu_nap nap = {.tid = t->tid, .source = s->source, .sleep = *sleep};
	nap.sleep.to = ts;
	HU_PUSH_MUCH(s->m, &s->m->naps, nap);
	if (runnable(sleep))
		return;
	hu_locks_nap(s->m, t, &nap.sleep);
	const char *call = hu_stack_facts(&s->m->stacks, sleep->stack)->call;
	if (!call || t->in_call || t->tail_op >= 0)
		return;
	s->m->unmeasured += !strcmp(call, "mount") || !strcmp(call, "umount");
	s->m->long_sleeps += sleep->state == HU_STATE_UNINTERRUPTIBLE &&
			     ts - sleep->from >= s->m->options.threshold;
}

static void woke_up(struct hu_sweep *s, struct hu_task_state *t, hu_ns ts, int32_t cpu)
{
	if (t->left_in_gap)
		hu_losses_tear(s, t, t->sleep.from);
	hu_losses_seen(s, t);
	t->cpu = cpu;
	t->on_since = ts;
	if (!t->off)
		return;
	t->off = false;
	t->sleep.to = ts;
	t->sleep.cpu = cpu;
	keep_nap(s, t, ts);
	bool tail = t->tail_op >= 0 && !t->in_call;
	bool asleep = t->sleep.state == HU_STATE_UNINTERRUPTIBLE || t->sleep.state == HU_STATE_IDLE;
	if (tail && asleep) {
		const struct hu_stack_facts *facts = hu_stack_facts(&s->m->stacks, t->sleep.stack);
		bool queued = hu_locks_waiting(t);
		bool shown =
			facts->task_work || (queued && hu_stack_top(&s->m->stacks, t->sleep.stack));
		if (shown || (queued && hu_calls_has_tail(s, t))) {
			hu_calls_extend(s, t, ts);
			t->tail_live = true;
		}
	}
	/* Preempted in a tail proves nothing: it may be back in user space already. */
	if (t->in_call || t->tail_op >= 0) {
		HU_PUSH(&t->sleeps, t->sleep);
	} else if (asleep && !s->filtered && ts - t->sleep.from >= s->m->options.threshold) {
		hu_calls_infer(s, t, &t->sleep);
	}
}

static void on_switch(struct hu_sweep *s, const struct hu_cursor *c)
{
	int32_t next = (int32_t)hu_events_int_or(c->e, HU_SWITCH_NEXT, HU_NONE);
	uint32_t state = (uint32_t)hu_events_int(c->e, HU_SWITCH_STATE);
	struct hu_task_state *t = c->tid ? task(s, c->tid) : NULL;

	if (t) {
		hu_losses_amid(s, t, c->cpu);
		if (t->cpu == c->cpu && t->cpu >= 0 && c->ts > t->on_since)
			t->time.running += c->ts - t->on_since;
		t->time.switches++;
		s->m->blocked_stacks |= s->whole && c->stack && state == HU_STATE_UNINTERRUPTIBLE;
		t->cpu = HU_NONE;
		t->off = true;
		t->left_in_gap = s->gaps.count > 0;
		t->sleep = (struct hu_sleep){.from = c->ts,
					     .woken = HU_OPEN,
					     .to = HU_OPEN,
					     .state = state,
					     .cpu = HU_NONE,
					     .stack = c->stack,
					     .begin = hu_sweep_ref(s, HU_CURSOR_SWITCH),
					     .waker = HU_NONE};
		const struct hu_stack_facts *facts = hu_stack_facts(&s->m->stacks, c->stack);
		/* Asleep for something else than a lock: whatever it waited for before, it has. In
		 * no lock function at any depth, since percpu_down_write() waits for a grace
		 * period on its way. */
		if (!runnable(&t->sleep) && facts->wait_frame && !facts->locking)
			hu_locks_passed(s->m, t, c->ts);
		else if (!runnable(&t->sleep))
			hu_locks_slept(t, state, facts->locking);
		/* On its way out for good: what it does there is of no call that it has left. */
		if (t->tail_op >= 0 && !t->in_call && facts->exiting)
			hu_calls_settle(s, t);
		/* To sleep by its own will outside of any call's tail: it is back from the kernel.
		 */
		if (state == HU_STATE_SLEEPING && t->tail_op >= 0 && !t->in_call)
			hu_calls_settle(s, t);
		if (state == HU_STATE_DEAD) {
			hu_locks_border(s->m, t);
			hu_calls_die(s, t, c->ts);
		}
	}
	if (next > 0) {
		struct hu_task_state *n = task(s, next);
		if (n) {
			hu_losses_amid(s, n, c->cpu);
			woke_up(s, n, c->ts, c->cpu);
		}
	}
}

static void on_wakeup(struct hu_sweep *s, const struct hu_cursor *c)
{
	int32_t target = (int32_t)hu_events_int_or(c->e, HU_WAKEUP_TARGET, HU_NONE);
	struct hu_task_state *t = target > 0 ? task(s, target) : NULL;

	if (!t)
		return;
	t->time.wakeups += hu_events_int(c->e, HU_WAKEUP_STEP) != HU_WAKING;
	if (hu_events_int(c->e, HU_WAKEUP_STEP) == HU_WAKEUP_NEW) {
		hu_model_born(s->m, target, c->ts);
		t->newborn = true;
	}
	/* sched_waking runs in the waker, sched_wakeup often on the CPU of the task that was woken
	 * (kernel/sched/core.c, ttwu_queue): the first of the two counts. */
	if (!t->off || t->sleep.woken != HU_OPEN)
		return;
	t->sleep.woken = c->ts;
	t->sleep.waker = c->tid;
	t->sleep.waker_context = (uint32_t)hu_events_int(c->e, HU_COL_CONTEXT);
	t->sleep.wake = hu_sweep_ref(s, HU_CURSOR_WAKEUP);
	if (t->sleep.waker_context != HU_CTX_TASK || c->tid <= 0 || c->tid == target)
		return;
	const struct hu_task_state *waker = task(s, c->tid);
	hu_ns since = waker && waker->in_call ? waker->call_from : INT64_MIN;
	t = task(s, target); /* the other one's first sight may have moved it */
	hu_locks_woken(s->m, t, c->tid, since, c->ts, c->stack, t->sleep.wake);
}

static void on_lock(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c)
{
	struct hu_model *m = s->m;
	struct hu_lock_row row = {
		.ts = c->ts,
		.step = (uint32_t)hu_events_int(c->e, HU_LOCK_STEP),
		.mode = (uint32_t)hu_events_int(c->e, HU_LOCK_MODE),
		.type = (uint32_t)hu_events_int(c->e, HU_LOCK_TYPE),
		.known = (uint32_t)hu_events_int(c->e, HU_LOCK_KNOWN),
		.result = hu_events_int(c->e, HU_LOCK_RESULT),
		.stack = c->stack,
		.ref = hu_sweep_ref(s, HU_CURSOR_LOCK),
		.lock = hu_model_lock(m, (uint64_t)hu_events_int(c->e, HU_LOCK_ADDRESS),
				      hu_model_name(m, hu_events_int(c->e, HU_LOCK_NAME))),
		.function = hu_model_name(m, hu_events_int(c->e, HU_LOCK_FUNCTION))};

	/* In the tail of a call: the acquire's stack, or the wait that it belongs to, says that it
	 * is task work. */
	if (t->tail_op >= 0 && !t->in_call && hu_stack_facts(&m->stacks, c->stack)->exiting)
		hu_calls_settle(s, t);
	if (t->tail_op >= 0 && !t->in_call) {
		if (hu_stack_facts(&m->stacks, c->stack)->task_work)
			t->tail_live = true;
		if (t->tail_live && (hu_stack_top(&m->stacks, c->stack) || hu_calls_has_tail(s, t)))
			hu_calls_extend(s, t, c->ts);
	}
	hu_locks_event(m, t, &row);
}

static void dispatch(struct hu_sweep *s, int kind)
{
	const struct hu_cursor *c = &s->cursor[kind];

	while (c->cpu >= 0 && c->cpu < MAX_CPU && s->cpus.count <= (size_t)c->cpu)
		HU_PUSH(&s->cpus, false);
	if (c->cpu >= 0 && c->cpu < MAX_CPU)
		s->cpus.at[c->cpu] = true;
	s->m->odd_ids += c->cpu >= MAX_CPU || c->tid > MAX_TID;
	s->now = c->ts;
	hu_losses_pass(s, c->ts);
	if (kind == HU_CURSOR_SWITCH) {
		on_switch(s, c);
		return;
	}
	if (kind == HU_CURSOR_WAKEUP) {
		on_wakeup(s, c);
		return;
	}
	struct hu_task_state *t = task(s, c->tid);
	if (!t)
		return;
	hu_losses_amid(s, t, c->cpu);
	hu_losses_seen(s, t);
	/* Where switches are filtered this may be the first that is seen of its coming back. */
	if (s->filtered && t->off)
		woke_up(s, t, c->ts, c->cpu);
	if (t->cpu == HU_NONE || t->cpu != c->cpu) {
		/* It is on this CPU now, whatever was seen before. */
		t->cpu = c->cpu;
		t->on_since = c->ts;
	}
	if (kind == HU_CURSOR_LOCK)
		on_lock(s, t, c);
	else if (kind == HU_CURSOR_SYSCALL) {
		hu_calls_event(s, t, c);
		t->seen = c->ts;
	} else if (kind == HU_CURSOR_RECLAIM)
		hu_reclaim_event(s, t, c);
	else
		hu_shrink_event(s, t, c);
}

static void finish(struct hu_sweep *s)
{
	struct hu_ref none = {0};

	/* A loss that reaches to the end: who slept when it began, or since, may have been
	 * anywhere, and so may who was on a CPU that loses events. */
	for (size_t i = 0; i < s->tasks.count && s->gaps.count; i++) {
		struct hu_task_state *t = &s->tasks.at[i];
		hu_ns known = hu_losses_known(s, t, s->now);
		if (t->off || t->left_in_gap)
			hu_losses_tear(s, t, t->sleep.from);
		else if (known < s->now)
			hu_losses_tear(s, t, known);
	}
	for (size_t i = 0; i < s->tasks.count; i++) {
		struct hu_task_state *t = &s->tasks.at[i];
		if (t->off)
			keep_nap(s, t, s->now);
		hu_losses_seen(s, t);
		t->time.tid = t->tid;
		t->time.source = s->source;
		HU_PUSH_MUCH(s->m, &s->m->times, t->time);
		if (t->off && (t->in_call || t->tail_op >= 0)) {
			struct hu_sleep sleep = t->sleep;
			sleep.to = s->now;
			if (t->in_call || hu_stack_facts(&s->m->stacks, sleep.stack)->task_work) {
				HU_PUSH(&t->sleeps, sleep);
				if (!t->in_call) {
					hu_calls_extend(s, t, s->now);
					s->m->ops.at[t->tail_op].open = true;
				}
			}
		}
		hu_locks_end(s->m, t, s->now);
		if (t->in_call)
			hu_calls_close(s, t, s->now, none, true);
		hu_calls_settle(s, t);
		if (t->in_session) {
			t->session.to = s->now;
			HU_PUSH_MUCH(s->m, &s->m->sessions, t->session);
		}
		for (size_t k = 0; k < t->scan_count; k++) {
			t->scan[k].to = s->now;
			if (!t->scan[k].function)
				t->scan[k].function = "a shrinker";
			HU_PUSH_MUCH(s->m, &s->m->scans, t->scan[k]);
		}
		free(t->sleeps.at);
	}
	hu_calls_finish(s);
	free(s->entered.at);
	free(s->cpus.at);
	free(s->cut.at);
	hu_spill_drop(s->m->spill, s->tasks.at);
	free(s->index.at);
	free(s->gaps.at);
}

static struct hu_err *sweep_source(struct hu_model *m, int64_t source, hu_ns offset)
{
	struct hu_sweep s = {.m = m, .source = source, .offset = offset, .first_op = m->ops.count};
	struct hu_err *err = NULL;

	s.filtered = hu_surveyed(m, source).filtered;
	s.whole = hu_surveyed(m, source).whole;
	while (s.next_lost < m->lost.count && m->lost.at[s.next_lost].source < source)
		s.next_lost++;
	for (size_t i = s.next_lost; i < m->lost.count && m->lost.at[i].source == source; i++)
		s.damaged |= m->lost.at[i].damage;
	for (int k = 0; k < HU_CURSORS; k++) {
		s.cursor[k].e = hu_events_all(m->store, kinds[k], source);
		advance(&s, k);
	}
	s.blind = s.filtered || !s.cursor[HU_CURSOR_SWITCH].more;
	for (size_t i = 0; i < m->swept.count; i++)
		if (m->swept.at[i].source == source)
			m->swept.at[i].blind = s.blind;
	for (;;) {
		int next = -1;
		for (int k = 0; k < HU_CURSORS; k++)
			if (s.cursor[k].more && (next < 0 || s.cursor[k].pos < s.cursor[next].pos))
				next = k;
		if (next < 0)
			break;
		dispatch(&s, next);
		advance(&s, next);
	}
	finish(&s);
	for (int k = 0; k < HU_CURSORS; k++) {
		struct hu_err *mine = hu_events_close(s.cursor[k].e);
		if (err)
			hu_err_free(mine);
		else
			err = mine;
	}
	return err;
}

/* The sources that have events to pair, and count for themselves. */
static struct hu_err *find_swept(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT id, offset_ns, slack_ns, clock FROM source WHERE offset_ns IS NOT "
		"NULL AND copy_of IS NULL AND ("
		"EXISTS (SELECT 1 FROM switch WHERE switch.source = source.id) OR "
		"EXISTS (SELECT 1 FROM lock_event WHERE lock_event.source = source.id) OR "
		"EXISTS (SELECT 1 FROM syscall WHERE syscall.source = source.id) OR "
		"EXISTS (SELECT 1 FROM reclaim WHERE reclaim.source = source.id) OR "
		"EXISTS (SELECT 1 FROM shrink WHERE shrink.source = source.id)) ORDER BY id");

	while (hu_rows_next(rows)) {
		struct hu_swept swept = {.source = hu_rows_int(rows, 0),
					 .offset = hu_rows_int(rows, 1),
					 .slack = hu_rows_int(rows, 2),
					 .clock = hu_model_string(m, hu_rows_str(rows, 3))};
		HU_PUSH(&m->swept, swept);
	}
	return hu_rows_close(rows);
}

struct hu_err *hu_sweep(struct hu_model *m)
{
	int64_t most_tries = 0;
	struct hu_err *err = find_swept(m);

	for (size_t i = 0; i < m->swept.count && !err; i++) {
		m->failed_tries = 0;
		err = sweep_source(m, m->swept.at[i].source, m->swept.at[i].offset);
		/* Two tracers with the same probe count the same tries: at least so many. */
		if (m->failed_tries > most_tries)
			most_tries = m->failed_tries;
	}
	m->failed_tries = most_tries;
	return err;
}
