/*
 * Which release ended a wait: of all holds of that lock by others the one that ended last before
 * the wait did, and after it began. Only holds whose end was seen. Shaped for a hundred thousand
 * waits on a few locks: each lock's ends are sorted once, and found by bisection.
 */
#include "analyzers/lane.h"
#include "analyzers/states.h"
#include "db/bisect.h"

#include <stdlib.h>
#include <string.h>

struct ending {
	hu_ns to;
	size_t hold;
};
typedef HU_VEC(struct ending) endings;

static int by_end(const void *a, const void *b)
{
	const struct ending *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->hold < y->hold ? -1 : x->hold > y->hold;
}

struct pending {
	struct hu_lock_id lock;
	size_t wait;
};

static int by_lock(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	if (x->lock.address != y->lock.address)
		return x->lock.address < y->lock.address ? -1 : 1;
	if (x->lock.name != y->lock.name) {
		int order =
			strcmp(x->lock.name ? x->lock.name : "", y->lock.name ? y->lock.name : "");
		if (order)
			return order;
	}
	return x->wait < y->wait ? -1 : x->wait > y->wait;
}

static void ends_of(const struct hu_model *m, struct hu_lock_id lock, endings *ret)
{
	struct hu_lane lane = hu_lane_of_holds(m, lock);

	ret->count = 0;
	for (size_t i = 0; i < lane.at.count; i++) {
		const struct hu_hold *h = &m->holds.at[lane.at.at[i]];
		struct ending e = {h->to, lane.at.at[i]};
		if (h->timed && !h->open && h->to != HU_OPEN &&
		    (h->how == HU_OBSERVED || h->how == HU_HANDED_OVER))
			HU_PUSH_MUCH(m, ret, e);
	}
	HU_SORT_MUCH(m, ret, by_end);
	hu_lane_deinit(&lane);
}

static const struct hu_hold *released(const struct hu_model *m, const endings *ends,
				      const struct hu_wait *w)
{
	size_t a;

	HU_BISECT(a, 0, ends->count, ends->at[a].to <= w->to);
	while (a > 0 && ends->at[a - 1].to > w->from) {
		const struct hu_hold *h = &m->holds.at[ends->at[--a].hold];
		if (h->tid != w->tid)
			return h;
	}
	return NULL;
}

void hu_conclude_releases(struct hu_conclusion *c, const int64_t *wait_rows,
			  const int64_t *hold_rows)
{
	const struct hu_model *m = c->m;
	HU_VEC(struct pending) waits = {0};
	endings ends = {0};

	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		struct pending p = {w->lock, i};
		if (wait_rows[i] && w->timed && !w->open && w->tid >= 0 &&
		    !hu_lock_unknown(w->lock))
			HU_PUSH(&waits, p);
	}
	if (waits.count)
		qsort(waits.at, waits.count, sizeof(waits.at[0]), by_lock);
	struct hu_rows *r = hu_rows_open(
		c->store, "INSERT INTO task_release (wait, hold, tid, comm, at_ns) VALUES (?1, ?2, "
			  "?3, ?4, ?5)");
	for (size_t i = 0; i < waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[waits.at[i].wait];
		if (!i || !hu_lock_same(waits.at[i].lock, waits.at[i - 1].lock))
			ends_of(m, w->lock, &ends);
		const struct hu_hold *h = released(m, &ends, w);
		if (!h)
			continue;
		int64_t row = hold_rows[h - m->holds.at];
		const char *comm = h->comm	 ? h->comm
				   : h->tid >= 0 ? hu_model_comm(c->m, h->tid)
						 : NULL;
		hu_rows_bind_int(r, 1, wait_rows[waits.at[i].wait]);
		if (row)
			hu_rows_bind_int(r, 2, row);
		else
			hu_rows_bind_null(r, 2);
		if (h->tid >= 0)
			hu_rows_bind_int(r, 3, h->tid);
		else
			hu_rows_bind_null(r, 3);
		if (comm)
			hu_rows_bind_text(r, 4, hu_str(comm));
		else
			hu_rows_bind_null(r, 4);
		hu_rows_bind_int(r, 5, hu_at(c, h->to));
		hu_rows_next(r);
		hu_rows_reset(r);
	}
	hu_result_close(&c->err, r);
	free(waits.at);
	hu_spill_drop(m->spill, ends.at);
}
