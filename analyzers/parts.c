/* Where one operation's time went: waits on locks, sleeps by their reason, ready without a CPU,
 * running. */
#include "analyzers/timeline.h"

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
	return hu_model_waits(m, op->tid, first);
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

static int longest_first(const void *a, const void *b)
{
	const struct hu_part *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* A wait that somebody printed or pasted has no times to lay side by side. */
static void untimed(struct hu_model *m, const struct hu_op *op, hu_parts *ret)
{
	size_t first, end = hu_model_waits(m, op->tid, &first);
	hu_ns explained = 0;

	for (size_t i = first; i < end; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!hu_wait_of(m, w, op))
			continue;
		add(ret, hu_part_of_wait(m, w, w->duration));
		explained += w->duration;
	}
	for (size_t i = 0; i < op->sleep_count && explained < op->duration; i++) {
		const struct hu_sleep *s = hu_op_sleep(m, op, i);
		add(ret, hu_part_of_sleep(m, s, s->to - s->from));
		explained += s->to - s->from;
	}
	if (op->duration > explained)
		add(ret, (struct hu_part){.kind = HU_PART_UNKNOWN,
					  .longest = op->duration - explained,
					  .ns = op->duration - explained});
}

void hu_op_parts(struct hu_model *m, const struct hu_op *op, hu_parts *ret)
{
	*ret = (hu_parts){0};
	if (op->timed) {
		hu_pieces pieces;
		hu_timeline_of_op(m, op, &pieces);
		for (size_t i = 0; i < pieces.count; i++)
			add(ret, pieces.at[i].part);
		free(pieces.at);
	} else {
		untimed(m, op, ret);
	}
	if (ret->count)
		qsort(ret->at, ret->count, sizeof(ret->at[0]), longest_first);
}
