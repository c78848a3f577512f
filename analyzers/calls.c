/*
 * System calls as operations: what the task lived through counts, not what one event pair spans. A
 * call reaches past its exit event as long as the task does work for it on its way out of the
 * kernel (kernel-facts 1.12).
 */
#include "analyzers/sweep.h"

#include <stdlib.h>
#include <string.h>

bool hu_calls_is_stall(const struct hu_sweep *s, hu_ns from, hu_ns to)
{
	return to - from >= s->m->options.threshold;
}

static void free_sleeps(struct hu_task_state *t)
{
	free(t->sleeps.at);
	t->sleeps.at = NULL;
	t->sleeps.count = t->sleeps.cap = 0;
}

void hu_calls_drop_sleeps(struct hu_task_state *t)
{
	enum { USUAL = 64 };

	t->sleeps.count = 0;
	if (t->sleeps.cap > USUAL)
		free_sleeps(t);
}

/* The sleeps go with the operation only if it stalled; all others are the usual case and cost
 * nothing. */
void hu_calls_close(struct hu_sweep *s, struct hu_task_state *t, hu_ns end, struct hu_ref ref,
		    bool open)
{
	struct hu_op op = {.name = t->call,
			   .tid = t->tid,
			   .from = t->call_from,
			   .to = end,
			   .open = open,
			   .timed = true,
			   .blind = s->blind || s->damaged,
			   .duration = end - t->call_from,
			   .begin = t->call_ref,
			   .end = ref,
			   .cause = -1};

	t->in_call = false;
	t->tail_op = -1;
	if (op.duration < 0) {
		s->m->impossible++;
		hu_calls_drop_sleeps(t);
		return;
	}
	HU_PUSH_MUCH(s->m, &s->m->ops, op);
	/* Its sleeps stay with the task until the tail is known to be over. */
	t->tail_op = (int64_t)s->m->ops.count - 1;
	t->tail_live = false;
}

/* Back in user space, or in the next call: what the last operation lived through is settled. */
void hu_calls_settle(struct hu_sweep *s, struct hu_task_state *t)
{
	if (t->tail_op < 0)
		return;
	struct hu_op *op = &s->m->ops.at[t->tail_op];
	op->duration = op->to - op->from;
	if (hu_calls_is_stall(s, op->from, op->to))
		for (size_t i = 0; i < t->sleeps.count; i++)
			if (t->sleeps.at[i].from < op->to)
				hu_op_add_sleep(s->m, op, t->sleeps.at[i]);
	t->tail_op = -1;
	hu_calls_drop_sleeps(t);
}

void hu_calls_die(struct hu_sweep *s, struct hu_task_state *t, hu_ns at)
{
	if (t->in_call)
		hu_calls_close(s, t, at, hu_sweep_ref(s, HU_CURSOR_SWITCH), false);
	hu_calls_settle(s, t);
	free_sleeps(t);
}

/* The task does something in the kernel on its way out of the call it has left by the tracepoint
 * (kernel-facts 1.12). */
void hu_calls_extend(struct hu_sweep *s, struct hu_task_state *t, hu_ns to)
{
	struct hu_op *op = &s->m->ops.at[t->tail_op];

	if (to > op->to) {
		op->to = to;
		op->tail = true;
	}
}

bool hu_calls_has_tail(const struct hu_sweep *s, const struct hu_task_state *t)
{
	const char *call = s->m->ops.at[t->tail_op].name;

	return !strncmp(call, "umount", 6) || !strcmp(call, "close") || !strcmp(call, "exit_group");
}

/* The place of that call on that CPU in s->entered; its end if there is none. */
static size_t entry_of(const struct hu_sweep *s, const char *call, int32_t cpu)
{
	size_t i = 0;

	while (i < s->entered.count &&
	       (s->entered.at[i].call != call || s->entered.at[i].cpu != cpu))
		i++;
	return i;
}

static hu_ns entered_on(const struct hu_sweep *s, const char *call, int32_t cpu)
{
	size_t i = entry_of(s, call, cpu);

	return i < s->entered.count ? s->entered.at[i].first : HU_OPEN;
}

static size_t note_entered(struct hu_sweep *s, const char *call, int32_t cpu, hu_ns ts)
{
	struct hu_entered first = {call, cpu, ts, false, false};
	size_t i = entry_of(s, call, cpu);

	if (i == s->entered.count)
		HU_PUSH(&s->entered, first);
	return i;
}

/* Since when entries of that call are recorded everywhere: a tracer switches one event after the
 * other on, on one CPU after the other. */
static hu_ns entered_since(const struct hu_sweep *s, const char *call)
{
	hu_ns since = INT64_MIN;

	for (size_t cpu = 0; cpu < s->cpus.count; cpu++) {
		hu_ns first = s->cpus.at[cpu] ? entered_on(s, call, (int32_t)cpu) : INT64_MIN;
		since = first > since ? first : since;
	}
	return since > INT64_MIN ? since : HU_OPEN;
}

static bool lost_before(const struct hu_sweep *s, hu_ns ts)
{
	for (size_t i = 0; i < s->m->lost.count; i++) {
		const struct hu_lost *l = &s->m->lost.at[i];
		if (l->source == s->source && (l->from == HU_OPEN || l->from < ts))
			return true;
	}
	return false;
}

static hu_ns begins(const struct hu_sweep *s)
{
	for (size_t i = 0; i < s->m->recorded.count; i++)
		if (s->m->recorded.at[i].source == s->source)
			return s->m->recorded.at[i].from;
	return 0;
}

/* Tasks go on after this call, and none of its exits was recorded: of none it is known when it was
 * over. */
static bool never_returns(const struct hu_sweep *s, const char *call)
{
	bool again = false;

	for (size_t i = 0; i < s->entered.count; i++) {
		if (s->entered.at[i].call != call)
			continue;
		if (s->entered.at[i].returned)
			return false;
		again |= s->entered.at[i].again;
	}
	return again;
}

static void drop_unreturned(struct hu_sweep *s)
{
	size_t kept = s->first_op;
	bool any = false;

	for (size_t i = 0; i < s->entered.count && !any; i++)
		any = never_returns(s, s->entered.at[i].call);
	for (size_t i = s->first_op; any && i < s->m->ops.count; i++) {
		const struct hu_op *op = &s->m->ops.at[i];
		bool drop = !op->inferred && never_returns(s, op->name);
		s->m->torn_pairs += drop;
		s->m->torn_stalls += drop && op->duration >= s->m->options.threshold;
		s->m->lossy |= drop;
		if (!drop)
			s->m->ops.at[kept++] = *op;
	}
	if (any)
		s->m->ops.count = kept;
}

/*
 * A call that ended without having begun, of a task that had made none before: it was under way
 * when entries of that call came to be recorded, and lasted at least since then, if nothing was
 * lost meanwhile.
 */
void hu_calls_finish(struct hu_sweep *s)
{
	drop_unreturned(s);
	for (size_t i = 0; i < s->cut.count; i++) {
		struct hu_op op = s->cut.at[i];
		hu_ns first = entered_since(s, op.name);
		/* What began before or in a loss is not known, but it may be long. */
		if (lost_before(s, op.to)) {
			s->m->torn_stalls += op.to - begins(s) >= s->m->options.threshold;
			continue;
		}
		if (first == HU_OPEN || op.to - first < s->m->options.threshold)
			continue;
		op.from = first;
		op.duration = op.to - first;
		HU_PUSH_MUCH(s->m, &s->m->ops, op);
	}
}

/* kernel/fork.c, ret_from_fork(): the child leaves by the exit of clone(), with 0. */
static bool first_return(const char *call, int64_t result)
{
	return call && result == 0 &&
	       (!strncmp(call, "clone", 5) || !strcmp(call, "fork") || !strcmp(call, "vfork"));
}

void hu_calls_event(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c)
{
	struct hu_ref ref = hu_sweep_ref(s, HU_CURSOR_SYSCALL);

	if (hu_events_int(c->e, HU_SYSCALL_STEP) == HU_BEGIN) {
		hu_calls_settle(s, t);
		/* Nobody enters a call while it waits for a lock: that wait's end was lost. */
		hu_locks_border(s->m, t);
		if (t->in_call) { /* its exit was lost, or exec threw it away */
			s->m->torn_pairs++;
			s->entered.at[t->entry].again = true;
		}
		hu_calls_drop_sleeps(t);
		const char *name = hu_model_name(s->m, hu_events_int(c->e, HU_SYSCALL_NAME));
		t->in_call = true;
		t->call = name ? name : "syscall";
		t->entry = note_entered(s, t->call, c->cpu, c->ts);
		t->call_from = c->ts;
		t->call_ref = ref;
		return;
	}
	const char *name = hu_model_name(s->m, hu_events_int(c->e, HU_SYSCALL_NAME));
	/* The exit of another call than was entered: of both the other half was lost. */
	if (t->in_call && name && name != t->call && strcmp(t->call, "syscall") != 0) {
		hu_losses_tear(s, t, HU_OPEN);
		s->m->lossy = true;
		return;
	}
	if (!t->in_call) {
		/* Its entry was lost: how long it took is not known, but it may be long. */
		if (t->seen != HU_OPEN) {
			s->m->torn_stalls +=
				s->m->lossy && c->ts - t->seen >= s->m->options.threshold;
			return;
		}
		/* A child's first way out of the kernel ends the call that its parent made. */
		if (first_return(name, hu_events_int_or(c->e, HU_SYSCALL_RESULT, -1)) ||
		    t->newborn || hu_model_birth(s->m, t->tid, c->ts) != INT64_MIN)
			return;
		struct hu_op op = {.name = name ? name : "syscall",
				   .tid = t->tid,
				   .to = c->ts,
				   .open = true,
				   .timed = true,
				   .blind = true,
				   .begin = ref,
				   .end = ref,
				   .cause = -1};
		HU_PUSH(&s->cut, op);
		return;
	}
	s->entered.at[t->entry].returned = true;
	hu_calls_close(s, t, c->ts, ref, false);
	hu_locks_border(s->m, t);
	/* When it came back from what it does on its way out would not be seen. */
	if (s->filtered)
		hu_calls_settle(s, t);
}

/* A wait whose stack tells the call it happened in, where calls themselves are not traced. */
void hu_calls_infer(struct hu_sweep *s, const struct hu_task_state *t, const struct hu_sleep *sleep)
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
	hu_op_add_sleep(s->m, &op, *sleep);
	HU_PUSH_MUCH(s->m, &s->m->ops, op);
}
