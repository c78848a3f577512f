/*
 * Two tracers that saw one thing took a stamp each. "At the same times": both ends within what the
 * two clocks are known to, and never more than a quarter of the interval, so that a loop of short
 * calls is not folded onto its neighbours; what is left then may come late, one for one. Each
 * interval of one source stands for at most one of another.
 */
#include "analyzers/fold.h"

#include <stdlib.h>

enum { SOURCES = 64 }; /* bits of hu_fold.has; what more there are are left alone */

static const hu_ns apart = 50000; /* two tracepoint handlers of one event, an interrupt between */
/* … and the longest by which one of them may come late: an interrupt, a preemption, a slow machine
 */
static const hu_ns late = 10 * HU_NS_PER_MS;
static const hu_ns cap = HU_NS_PER_MS; /* of what clocks may be off by, for a short interval */

static hu_ns tolerance(const struct hu_fold *f, const struct hu_fold_item *a,
		       const struct hu_fold_item *b)
{
	const struct hu_swept *x = &f->m->swept.at[a->swept], *y = &f->m->swept.at[b->swept];
	hu_ns clocks = x->clock == y->clock ? 0 : x->slack + y->slack;
	hu_ns quarter =
		((a->to - a->from > b->to - b->from ? a->to - a->from : b->to - b->from)) / 4;
	hu_ns most = quarter > cap ? quarter : cap;

	clocks += apart;
	if (f->late)
		return clocks + late;
	return clocks < most ? clocks : most;
}

static hu_ns distance(hu_ns a, hu_ns b)
{
	return a > b ? a - b : b - a;
}

/* An end that the capture did not see agrees with any later one. */
static bool agree(const struct hu_fold *f, const struct hu_fold_item *a,
		  const struct hu_fold_item *b)
{
	hu_ns tol = tolerance(f, a, b);

	if (distance(a->from, b->from) > tol)
		return false;
	if (a->open && b->open)
		return true;
	if (a->open)
		return b->to >= a->to - tol;
	if (b->open)
		return a->to >= b->to - tol;
	/* How far a tail reaches each tells by what else it recorded. */
	if (a->tail || b->tail)
		return true;
	return distance(a->to, b->to) <= tol;
}

static int by_task_and_time(const void *a, const void *b)
{
	const struct hu_fold_item *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void meet(struct hu_fold *f, const struct hu_fold_item *a, const struct hu_fold_item *b)
{
	if (f->dropped[a->index] || f->dropped[b->index] || a->swept == b->swept ||
	    (f->has[a->index] & f->has[b->index]) || !agree(f, a, b) ||
	    !f->same(f->m, a->index, b->index))
		return;
	bool first = a->tail && b->tail	    ? a->to >= b->to
		     : a->tail != b->tail   ? a->tail
		     : a->open != b->open   ? b->open
		     : a->worth != b->worth ? a->worth > b->worth
					    : a->swept <= b->swept;
	const struct hu_fold_item *keep = first ? a : b, *drop = first ? b : a;
	f->join(f->m, keep->index, drop->index);
	f->has[keep->index] |= f->has[drop->index];
	f->dropped[drop->index] = true;
}

struct hu_fold hu_fold_begin(struct hu_model *m,
			     bool (*same)(const struct hu_model *m, size_t a, size_t b),
			     void (*join)(struct hu_model *m, size_t keep, size_t drop))
{
	return (struct hu_fold){.m = m, .same = same, .join = join};
}

void hu_fold_add(struct hu_fold *f, struct hu_fold_item item)
{
	for (item.swept = 0; item.swept < f->m->swept.count && item.swept < SOURCES; item.swept++) {
		if (f->m->swept.at[item.swept].source == item.source) {
			HU_PUSH(&f->items, item);
			return;
		}
	}
}

void hu_fold_do(struct hu_fold *f, size_t count)
{
	f->dropped = hu_alloc((count + 1) * sizeof(*f->dropped));
	f->has = hu_alloc((count + 1) * sizeof(*f->has));
	if (f->items.count)
		qsort(f->items.at, f->items.count, sizeof(*f->items.at), by_task_and_time);
	for (size_t i = 0; i < f->items.count; i++)
		f->has[f->items.at[i].index] = UINT64_C(1) << f->items.at[i].swept;
	for (int round = 0; round < 2; round++) {
		f->late = round > 0;
		for (size_t i = 0; i < f->items.count; i++) {
			const struct hu_fold_item *a = &f->items.at[i];
			hu_ns reach = (a->to - a->from) / 2 + 2 * late;
			for (size_t k = i + 1; k < f->items.count; k++) {
				const struct hu_fold_item *b = &f->items.at[k];
				if (f->dropped[a->index] || b->tid != a->tid ||
				    b->from - a->from > reach)
					break;
				meet(f, a, b);
			}
		}
	}
}

void hu_fold_deinit(struct hu_fold *f)
{
	free(f->dropped);
	free(f->has);
	free(f->items.at);
}
