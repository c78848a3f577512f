/* Where one operation's time went: waits on locks, sleeps by their reason, ready without a CPU,
 * running. */
#include "analyzers/causes.h"

#include <stdlib.h>
#include <string.h>

bool hu_wait_of(const struct hu_model *m, const struct hu_wait *w, const struct hu_op *op)
{
	(void)m;
	if (w->tid != op->tid)
		return false;
	if (!op->timed || !w->timed)
		return op->begin.table == w->begin.table && op->begin.row == w->begin.row;
	return hu_overlap(w->from, w->to, op->from, op->to) > 0;
}

size_t hu_op_waits(const struct hu_model *m, const struct hu_op *op, size_t *first)
{
	size_t from = 0, to = m->waits.count;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (m->waits.at[mid].tid < op->tid)
			from = mid + 1;
		else
			to = mid;
	}
	*first = from;
	while (to < m->waits.count && m->waits.at[to].tid == op->tid)
		to++;
	return to;
}

static void add(hu_parts *parts, struct hu_part part)
{
	if (part.ns < 0)
		return;
	for (size_t i = 0; i < parts->count; i++) {
		struct hu_part *p = &parts->at[i];
		if (p->kind != part.kind)
			continue;
		if (p->kind == HU_PART_LOCK && !hu_lock_same(p->lock, part.lock))
			continue;
		if (p->kind == HU_PART_SLEEP && p->why != part.why)
			continue;
		p->ns += part.ns;
		if (part.longest > p->longest) {
			p->longest = part.longest;
			p->stack = part.stack;
			p->frame = part.frame;
		}
		return;
	}
	HU_PUSH(parts, part);
}

static struct hu_part of_wait(struct hu_model *m, const struct hu_wait *w, hu_ns ns)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, w->stack);
	struct hu_part part = {.kind = HU_PART_LOCK,
			       .lock = w->lock,
			       .mode = w->mode ? w->mode : facts->lock_mode,
			       .type = w->type ? w->type : facts->lock_type,
			       .stack = w->stack,
			       .longest = ns,
			       .ns = ns,
			       .frame = facts->lock_frame};

	/* exp_mutex and its like: queued behind somebody else's grace period (kernel-facts 1.14).
	 */
	if (facts->why == HU_WHY_GRACE_PERIOD || facts->why == HU_WHY_FREEZE) {
		part.kind = HU_PART_SLEEP;
		part.why = facts->why;
		part.frame = facts->wait_frame;
	} else if (!part.lock.name && facts->lock) {
		part.lock.name = hu_model_string(m, hu_str(facts->lock));
	}
	return part;
}

/* A sleep that no probe explains: its stack may. */
static struct hu_part of_sleep(struct hu_model *m, const struct hu_sleep *s, hu_ns ns)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, s->stack);
	struct hu_part part = {.kind = HU_PART_SLEEP,
			       .why = facts->why,
			       .stack = s->stack,
			       .longest = ns,
			       .ns = ns,
			       .frame = facts->wait_frame};

	if (s->state == HU_STATE_RUNNING || s->state == HU_STATE_PREEMPTED)
		return (struct hu_part){.kind = HU_PART_RUNNABLE, .longest = ns, .ns = ns};
	if (facts->why == HU_WHY_LOCK) {
		part.kind = HU_PART_LOCK;
		part.mode = facts->lock_mode;
		part.type = facts->lock_type;
		part.frame = facts->lock_frame;
		if (facts->lock) {
			part.lock.name = hu_model_string(m, hu_str(facts->lock));
		} else {
			HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
			hu_out_printf(&name, "a lock taken in %s",
				      facts->lock_frame ? facts->lock_frame
							: "an unknown function");
			part.lock.name = hu_model_string(m, hu_out_view(&name));
		}
	}
	return part;
}

/* How much of [from, to) the operation's lock waits have taken already. */
static hu_ns taken(const struct hu_model *m, const struct hu_op *op, size_t first, size_t end,
		   hu_ns from, hu_ns to)
{
	hu_ns ns = 0, last = from;

	for (size_t i = first; i < end; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!w->timed || !hu_wait_of(m, w, op))
			continue;
		hu_ns a = w->from > last ? w->from : last;
		hu_ns part = hu_overlap(a, w->to, from, to);
		ns += part;
		if (part && w->to > last)
			last = w->to;
	}
	return ns < to - from ? ns : to - from;
}

static int longest_first(const void *a, const void *b)
{
	const struct hu_part *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

void hu_op_parts(struct hu_model *m, const struct hu_op *op, hu_parts *ret)
{
	size_t first, end = hu_op_waits(m, op, &first);
	hu_ns explained = 0, last = op->from;

	*ret = (hu_parts){0};
	for (size_t i = first; i < end; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!hu_wait_of(m, w, op))
			continue;
		if (!op->timed) {
			add(ret, of_wait(m, w, w->duration));
			explained += w->duration;
			continue;
		}
		hu_ns from = w->from > last ? w->from : last;
		hu_ns ns = hu_overlap(from, w->to, op->from, op->to);
		if (!ns)
			continue;
		add(ret, of_wait(m, w, ns));
		explained += ns;
		last = w->to > last ? w->to : last;
	}
	for (size_t i = 0; i < op->sleeps.count; i++) {
		const struct hu_sleep *s = &op->sleeps.at[i];
		hu_ns from = s->from > op->from ? s->from : op->from,
		      to = s->to < op->to ? s->to : op->to;
		if (to <= from)
			continue;
		hu_ns woken =
			s->woken != HU_OPEN && s->woken > from && s->woken < to ? s->woken : to;
		hu_ns asleep = woken - from - taken(m, op, first, end, from, woken);
		hu_ns ready = to - woken - taken(m, op, first, end, woken, to);
		if (asleep > 0)
			add(ret, of_sleep(m, s, asleep));
		if (ready > 0)
			add(ret, (struct hu_part){
					 .kind = HU_PART_RUNNABLE, .longest = ready, .ns = ready});
		explained += (asleep > 0 ? asleep : 0) + (ready > 0 ? ready : 0);
	}
	if (op->duration > explained)
		add(ret, (struct hu_part){.kind = m->have_switches && !op->inferred && !op->blind
							  ? HU_PART_RUNNING
							  : HU_PART_UNKNOWN,
					  .longest = op->duration - explained,
					  .ns = op->duration - explained});
	if (ret->count)
		qsort(ret->at, ret->count, sizeof(ret->at[0]), longest_first);
}
