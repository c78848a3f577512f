/* The model in order: waits and sleeps by task and time, holds by their beginning. */
#include "analyzers/model.h"

#include "analyzers/spill.h"
#include "db/bisect.h"

#include <stdlib.h>

static int waits_by_tid(const void *a, const void *b)
{
	const struct hu_wait *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->begin.source != y->begin.source)
		return x->begin.source < y->begin.source ? -1 : 1;
	return x->begin.row < y->begin.row ? -1 : x->begin.row > y->begin.row;
}

static int holds_by_time(const void *a, const void *b)
{
	const struct hu_hold *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->begin.source != y->begin.source)
		return x->begin.source < y->begin.source ? -1 : 1;
	return x->begin.row < y->begin.row ? -1 : x->begin.row > y->begin.row;
}

static int naps_by_tid(const void *a, const void *b)
{
	const struct hu_nap *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->sleep.from != y->sleep.from)
		return x->sleep.from < y->sleep.from ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

static int scans_by_tid(const void *a, const void *b)
{
	const struct hu_scan *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->begin.row < y->begin.row ? -1 : x->begin.row > y->begin.row;
}

static int born_by_tid(const void *a, const void *b)
{
	const struct hu_born *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void hu_model_sort(struct hu_model *m)
{
	if (m->born.count)
		qsort(m->born.at, m->born.count, sizeof(m->born.at[0]), born_by_tid);
	m->born_sorted = m->born.count;
	HU_SORT_MUCH(m, &m->scans, scans_by_tid);
	HU_SORT_MUCH(m, &m->waits, waits_by_tid);
	HU_SORT_MUCH(m, &m->naps, naps_by_tid);
	HU_SORT_MUCH(m, &m->holds, holds_by_time);
	hu_lanes_index(m);
}

static int32_t waiter(const struct hu_model *m, size_t i)
{
	return m->waits.at[i].tid;
}

static int32_t sleeper(const struct hu_model *m, size_t i)
{
	return m->naps.at[i].tid;
}

static int32_t scanner(const struct hu_model *m, size_t i)
{
	return m->scans.at[i].tid;
}

static int32_t newborn(const struct hu_model *m, size_t i)
{
	return m->born.at[i].tid;
}

static size_t first_of(const struct hu_model *m, size_t count,
		       int32_t (*tid_of)(const struct hu_model *m, size_t i), int64_t tid)
{
	size_t a;

	HU_BISECT(a, 0, count, tid_of(m, a) < tid);
	return a;
}

size_t hu_model_waits(const struct hu_model *m, int32_t tid, size_t *first)
{
	*first = first_of(m, m->waits.count, waiter, tid);
	return first_of(m, m->waits.count, waiter, (int64_t)tid + 1);
}

size_t hu_model_naps(const struct hu_model *m, int32_t tid, size_t *first)
{
	*first = first_of(m, m->naps.count, sleeper, tid);
	return first_of(m, m->naps.count, sleeper, (int64_t)tid + 1);
}

size_t hu_model_scans(const struct hu_model *m, int32_t tid, size_t *first)
{
	*first = first_of(m, m->scans.count, scanner, tid);
	return first_of(m, m->scans.count, scanner, (int64_t)tid + 1);
}

void hu_model_born(struct hu_model *m, int32_t tid, hu_ns at)
{
	struct hu_born born = {tid, at};

	HU_PUSH(&m->born, born);
}

hu_ns hu_model_birth(const struct hu_model *m, int32_t tid, hu_ns before)
{
	hu_ns at = INT64_MIN;

	for (size_t i = first_of(m, m->born_sorted, newborn, tid);
	     i < m->born_sorted && m->born.at[i].tid == tid && m->born.at[i].at <= before; i++)
		at = m->born.at[i].at;
	return at;
}

hu_ns hu_model_slack(const struct hu_model *m, int64_t source)
{
	for (size_t i = 0; i < m->recorded.count; i++)
		if (m->recorded.at[i].source == source)
			return m->recorded.at[i].slack;
	return 0;
}

bool hu_model_blind(const struct hu_model *m, int64_t source)
{
	for (size_t i = 0; i < m->swept.count; i++)
		if (m->swept.at[i].source == source)
			return m->swept.at[i].blind;
	return true;
}
