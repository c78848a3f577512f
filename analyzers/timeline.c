/* One task's time, laid out piece by piece. */
#include "analyzers/timeline.h"

#include <stdlib.h>

struct hu_lock_id hu_stack_lock(struct hu_model *m, hu_stack_id stack)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, stack);
	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};

	if (facts->why != HU_WHY_LOCK && !facts->lock)
		return (struct hu_lock_id){0};
	if (facts->lock)
		return (struct hu_lock_id){0, hu_model_string(m, hu_str(facts->lock))};
	/* A frame without a name is no identity. */
	if (!facts->lock_frame || hu_str_starts(hu_str(facts->lock_frame), "0x"))
		return (struct hu_lock_id){0};
	hu_out_printf(&name, "a lock taken in %s", facts->lock_frame);
	return (struct hu_lock_id){0, hu_model_string(m, hu_out_view(&name))};
}

struct hu_part hu_part_of_wait(struct hu_model *m, const struct hu_wait *w, hu_ns ns)
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

struct hu_part hu_part_of_sleep(struct hu_model *m, const struct hu_sleep *s, hu_ns ns)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, s->stack);
	struct hu_part part = {.kind = HU_PART_SLEEP,
			       .why = facts->why,
			       .stack = s->stack,
			       .longest = ns,
			       .ns = ns,
			       /* Where it sleeps is known also where it is not known what for. */
			       .frame = facts->wait_frame || facts->why != HU_WHY_UNKNOWN
						? facts->wait_frame
						: hu_stack_top(&m->stacks, s->stack)};

	if (s->state == HU_STATE_RUNNING || s->state == HU_STATE_PREEMPTED)
		return (struct hu_part){.kind = HU_PART_RUNNABLE, .longest = ns, .ns = ns};
	if (facts->why == HU_WHY_LOCK) {
		part.kind = HU_PART_LOCK;
		part.mode = facts->lock_mode;
		part.type = facts->lock_type;
		part.frame = facts->lock_frame;
		part.lock = hu_stack_lock(m, s->stack);
	}
	return part;
}

static void put(hu_pieces *ret, hu_ns from, hu_ns to, struct hu_part part,
		const struct hu_sleep *sleep, const struct hu_wait *wait)
{
	if (to <= from)
		return;
	part.ns = part.longest = to - from;
	struct hu_piece piece = {from, to, part, sleep, wait};
	HU_PUSH(ret, piece);
}

/* The sleeps of a task, in order. `blind`: where it was not seen asleep it may have slept. */
struct asleep {
	const struct hu_sleep *(*at)(const void *context, size_t i);
	const void *context;
	size_t count;
	bool blind;
};

/* Between two waits: the sleeps of the task, and what is between them. */
static void fill(struct hu_model *m, hu_ns from, hu_ns to, const struct asleep *asleep,
		 size_t *next, hu_pieces *ret)
{
	struct hu_part awake = {.kind = asleep->blind ? HU_PART_UNKNOWN : HU_PART_RUNNING};

	while (*next && asleep->at(asleep->context, *next - 1)->to > from)
		--*next;
	for (; *next < asleep->count && from < to; ++*next) {
		const struct hu_sleep *s = asleep->at(asleep->context, *next);
		hu_ns a = s->from > from ? s->from : from, b = s->to < to ? s->to : to;
		if (s->from >= to)
			break;
		if (b <= a)
			continue;
		hu_ns woken = s->woken != HU_OPEN && s->woken > a && s->woken < b ? s->woken : b;
		/* It was woken before the stretch began: all that is left is waiting for a CPU. */
		if (s->woken != HU_OPEN && s->woken <= a && s->woken >= s->from)
			woken = a;
		put(ret, from, a, awake, NULL, NULL);
		put(ret, a, woken, hu_part_of_sleep(m, s, woken - a), s, NULL);
		put(ret, woken, b, (struct hu_part){.kind = HU_PART_RUNNABLE}, s, NULL);
		from = b;
	}
	put(ret, from, to, awake, NULL, NULL);
}

/* Of a task whose waits are model.waits and whose sleeps are given. */
static void lay_out(struct hu_model *m, int32_t tid, hu_ns from, hu_ns to,
		    const struct asleep *asleep, hu_pieces *ret)
{
	size_t first, end = hu_model_waits(m, tid, &first), next = 0;
	hu_ns last = from;

	*ret = (hu_pieces){0};
	for (size_t i = first; i < end && m->waits.at[i].from < to; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!w->timed || w->to <= last)
			continue;
		hu_ns a = w->from > last ? w->from : last, b = w->to < to ? w->to : to;
		fill(m, last, a, asleep, &next, ret);
		put(ret, a, b, hu_part_of_wait(m, w, b - a), NULL, w);
		last = b;
	}
	fill(m, last, to, asleep, &next, ret);
}

struct naps {
	const struct hu_model *m;
	size_t first;
};

static const struct hu_sleep *nap(const void *context, size_t i)
{
	const struct naps *naps = context;

	return &naps->m->naps.at[naps->first + i].sleep;
}

/* In a stretch in which its tracer lost events, what was not seen is not known. */
static bool lossy(const struct hu_model *m, int64_t source, hu_ns from, hu_ns to)
{
	for (size_t i = 0; i < m->lost.count; i++) {
		const struct hu_lost *l = &m->lost.at[i];
		if (l->source == source && (l->from == HU_OPEN || l->from < to) &&
		    (l->to == HU_OPEN || l->to > from))
			return true;
	}
	return false;
}

void hu_timeline_of(struct hu_model *m, int32_t tid, hu_ns from, hu_ns to, int64_t source,
		    hu_pieces *ret)
{
	struct naps naps = {.m = m};
	size_t end = hu_model_naps(m, tid, &naps.first);
	struct asleep asleep = {nap, &naps, end - naps.first,
				hu_model_blind(m, source) || lossy(m, source, from, to)};

	lay_out(m, tid, from, to, &asleep, ret);
}

struct of_op {
	const struct hu_model *m;
	const struct hu_op *op;
};

static const struct hu_sleep *own(const void *context, size_t i)
{
	const struct of_op *of = context;

	return hu_op_sleep(of->m, of->op, i);
}

void hu_timeline_of_op(struct hu_model *m, const struct hu_op *op, hu_pieces *ret)
{
	struct of_op of = {m, op};
	struct asleep asleep = {own, &of, op->sleep_count,
				!m->have_switches || op->inferred || op->blind};

	lay_out(m, op->tid, op->from, op->to, &asleep, ret);
}
