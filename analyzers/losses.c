/* Lost events: what may still be believed of each task when its tracer dropped records. */
#include "analyzers/sweep.h"

hu_ns hu_losses_known(const struct hu_sweep *s, const struct hu_task_state *t, hu_ns until)
{
	if (t->off)
		return t->left_in_gap && t->sleep.from < until ? t->sleep.from : until;
	for (size_t i = 0; i < s->gaps.count; i++) {
		const struct hu_lost *lost = &s->m->lost.at[s->gaps.at[i]];
		hu_ns seen = t->on_since;
		if (lost->cpu >= 0 && lost->cpu != t->cpu)
			continue;
		if (lost->from != HU_OPEN && lost->from > seen)
			seen = lost->from;
		until = seen < until ? seen : until;
	}
	return until;
}

/* Nothing that `t` has open may be paired with what comes after `from`. */
void hu_losses_tear(struct hu_sweep *s, struct hu_task_state *t, hu_ns from)
{
	struct hu_ref none = {0};
	bool tail = !t->in_call && t->tail_op >= 0;

	/* A wait may have been a stall, too, where no call was recorded. */
	if (!t->in_call && !tail && t->contended.on) {
		t->torn = true;
		t->torn_from = t->contended.ts;
	}
	hu_locks_torn(s->m, t, from);
	s->m->torn_pairs += t->in_call + t->in_session + (int64_t)t->scan_count;
	/* A call that had lasted long enough to be a stall already is one, of at least that length.
	 */
	if (t->in_call && from != HU_OPEN && hu_calls_is_stall(s, t->call_from, from)) {
		if (t->off && t->sleep.from < from) {
			t->sleep.to = from;
			HU_PUSH(&t->sleeps, t->sleep);
		}
		hu_calls_close(s, t, from, none, true);
		hu_calls_settle(s, t);
	}
	/* Asleep on its way out of a call: what it had lived through until then stays told. */
	if (tail && from != HU_OPEN) {
		if (t->off && t->sleep.from < from &&
		    hu_stack_facts(&s->m->stacks, t->sleep.stack)->task_work) {
			t->sleep.to = from;
			HU_PUSH(&t->sleeps, t->sleep);
			hu_calls_extend(s, t, from);
			s->m->ops.at[t->tail_op].open = true;
		}
		t->torn |= t->tail_live;
		t->torn_from = s->m->ops.at[t->tail_op].from;
		hu_calls_settle(s, t);
	}
	if (t->in_call) {
		t->torn = true;
		t->torn_from = t->call_from;
	}
	t->in_call = false;
	t->in_session = false;
	t->scan_count = 0;
	t->off = false;
	t->left_in_gap = false;
	t->tail_op = -1;
	hu_calls_drop_sleeps(t);
}

void hu_losses_amid(struct hu_sweep *s, struct hu_task_state *t, int32_t cpu)
{
	for (size_t i = 0; i < s->gaps.count; i++) {
		if (s->m->lost.at[s->gaps.at[i]].cpu != cpu || cpu < 0)
			continue;
		hu_losses_tear(s, t, HU_OPEN);
		return;
	}
}

void hu_losses_seen(struct hu_sweep *s, struct hu_task_state *t)
{
	if (!t->torn)
		return;
	t->torn = false;
	s->m->torn_stalls += s->now - t->torn_from >= s->m->options.threshold;
}

/*
 * Events are lost on `cpu` from `from` on. A task that sits on another CPU does nothing there; of
 * every other it is not known, so nothing that it has open may be paired across. Asked twice: when
 * the loss begins, and when it ends, for what began meanwhile.
 */
static void tear_all(struct hu_sweep *s, int32_t cpu, hu_ns from)
{
	for (size_t i = 0; i < s->tasks.count; i++) {
		struct hu_task_state *t = &s->tasks.at[i];
		bool elsewhere = !s->blind && cpu >= 0 && t->cpu >= 0 && t->cpu != cpu &&
				 from != HU_OPEN && t->on_since <= from;
		if (!elsewhere)
			hu_losses_tear(s, t, from == HU_OPEN ? from : hu_losses_known(s, t, from));
	}
}

void hu_losses_pass(struct hu_sweep *s, hu_ns now)
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
