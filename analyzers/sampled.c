/*
 * Profile samples as witnesses: a task that is sampled inside shrink_slab() again and again, and
 * never outside it in between, was there all the while, and shrink_slab() runs under shrinker_rwsem
 * (kernel-facts 2; before 6.7). That places the task; it does not show the acquire: overlapping.
 */
#include "analyzers/model.h"

#include <stdlib.h>
#include <string.h>

/* Samples further apart than this are two visits. A profile takes one every millisecond or ten. */
#define APART (100 * HU_NS_PER_MS)

struct visit {
	int32_t tid;
	hu_ns from, to;
	hu_stack_id stack;
	struct hu_ref first, last;
};
typedef HU_VEC(struct visit) visits;

/* When somebody waited for the lock, if anybody did. */
static bool awaited(const struct hu_model *m, hu_ns *from, hu_ns *to)
{
	*from = INT64_MAX;
	*to = INT64_MIN;
	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!w->timed || !w->lock.name || strcmp(w->lock.name, "shrinker_rwsem") != 0)
			continue;
		*from = w->from < *from ? w->from : *from;
		*to = w->to > *to ? w->to : *to;
	}
	return *from < *to;
}

static bool observed(const struct hu_model *m, const struct visit *v)
{
	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *h = &m->holds.at[i];
		if (h->tid == v->tid && h->timed && h->how <= HU_RECORDED_OWNER && h->lock.name &&
		    !strcmp(h->lock.name, "shrinker_rwsem") &&
		    hu_overlap(h->from, h->to, v->from, v->to))
			return true;
	}
	return false;
}

static void leave(struct hu_model *m, const struct visit *v)
{
	if (v->to <= v->from || observed(m, v))
		return;
	struct hu_hold h = {
		.lock = hu_model_lock(m, 0, hu_model_string(m, hu_str("shrinker_rwsem"))),
		.tid = v->tid,
		.mode = HU_MODE_READ,
		.type = HU_LOCK_RWSEM,
		.from = v->from,
		.to = v->to,
		.timed = true,
		.duration = v->to - v->from,
		.how = HU_OVERLAPPING,
		.stack = v->stack,
		.begin = v->first,
		.end = v->last};
	HU_PUSH_MUCH(m, &m->holds, h);
}

/* One task is in one visit at a time; there are as many as tasks that reclaim. */
static void see(struct hu_model *m, visits *open, const struct visit *now, bool inside)
{
	size_t i = 0;

	while (i < open->count && open->at[i].tid != now->tid)
		i++;
	bool there = i < open->count;
	if (there && inside && now->from - open->at[i].to <= APART) {
		open->at[i].to = now->to;
		open->at[i].last = now->last;
		return;
	}
	if (there) {
		leave(m, &open->at[i]);
		open->at[i] = open->at[--open->count];
	}
	if (inside)
		HU_PUSH(open, *now);
}

struct hu_err *hu_sampled(struct hu_model *m)
{
	visits open = {0};
	hu_ns from, to;
	int64_t last_source = -1;

	if (!m->have_samples || m->stacks.mutex_kernel || !awaited(m, &from, &to))
		return NULL;
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT p.rowid, p.ts + s.offset_ns, pos, tid, stack, p.source FROM sample "
		"AS p JOIN source AS s ON s.id = p.source WHERE s.copy_of IS NULL AND "
		"s.offset_ns IS NOT NULL AND p.ts IS NOT NULL AND tid > 0 AND stack IS NOT "
		"NULL ORDER BY p.rowid");
	while (hu_rows_next(rows)) {
		hu_ns at = hu_rows_int(rows, 1);
		int64_t source = hu_rows_int(rows, 5);
		struct hu_ref ref = {"sample", hu_rows_int(rows, 0), source, hu_rows_int(rows, 2)};
		struct visit now = {.tid = (int32_t)hu_rows_int(rows, 3),
				    .from = at,
				    .to = at,
				    .stack = hu_rows_int(rows, 4),
				    .first = ref,
				    .last = ref};
		if (source != last_source) {
			for (size_t i = 0; i < open.count; i++)
				leave(m, &open.at[i]);
			open.count = 0;
			last_source = source;
		}
		if (at >= from - APART && at <= to + APART)
			see(m, &open, &now, hu_stack_facts(&m->stacks, now.stack)->in_shrink_slab);
	}
	for (size_t i = 0; i < open.count; i++)
		leave(m, &open.at[i]);
	free(open.at);
	return hu_rows_close(rows);
}
