/* Lanes: an index by lock over all holds and one over all waits, made once, so that ten thousand
 * locks cost no more than one. */
#include "analyzers/lane.h"
#include "db/bisect.h"

#include <stdlib.h>
#include <string.h>

/* A lock is found by its address and by its name: some records have the one, some the other. */
static uint64_t name_key(struct hu_lock_id lock)
{
	return (uint64_t)(uintptr_t)lock.name;
}

static int by_key(const void *a, const void *b)
{
	const struct hu_by_lock *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void index_one(struct hu_model *m, hu_by_locks *to, struct hu_lock_id lock, size_t index)
{
	struct hu_by_lock by_address = {lock.address, index}, by_name = {name_key(lock), index};

	if (lock.address)
		HU_PUSH_MUCH(m, to, by_address);
	if (lock.name)
		HU_PUSH_MUCH(m, to, by_name);
}

void hu_lanes_index(struct hu_model *m)
{
	m->holds_by_lock.count = m->waits_by_lock.count = 0;
	for (size_t i = 0; i < m->holds.count; i++)
		if (m->holds.at[i].timed)
			index_one(m, &m->holds_by_lock, m->holds.at[i].lock, i);
	for (size_t i = 0; i < m->waits.count; i++)
		if (m->waits.at[i].timed)
			index_one(m, &m->waits_by_lock, m->waits.at[i].lock, i);
	hu_by_locks *const both[] = {&m->holds_by_lock, &m->waits_by_lock};
	for (size_t i = 0; i < 2; i++)
		HU_SORT_MUCH(m, both[i], by_key);
}

static size_t first_of(const struct hu_by_lock *at, size_t count, uint64_t key)
{
	size_t a;

	HU_BISECT(a, 0, count, at[a].key < key);
	return a;
}

/* The items of one key; `anonymous`: only those without an address. */
static void gather(const struct hu_model *m, bool holds, uint64_t key, bool anonymous,
		   struct hu_lane *to)
{
	const hu_by_locks *all = holds ? &m->holds_by_lock : &m->waits_by_lock;

	for (size_t i = first_of(all->at, all->count, key);
	     key && i < all->count && all->at[i].key == key; i++) {
		size_t index = all->at[i].index;
		uint64_t address =
			holds ? m->holds.at[index].lock.address : m->waits.at[index].lock.address;
		if (!anonymous || !address)
			HU_PUSH_MUCH(to, &to->at, index);
	}
}

static hu_ns begin_of(const struct hu_model *m, bool holds, size_t i)
{
	return holds ? m->holds.at[i].from : m->waits.at[i].from;
}

struct order {
	const struct hu_model *m;
	bool holds;
};

static int by_begin(const void *a, const void *b, void *order)
{
	const struct order *o = order;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	hu_ns from = begin_of(o->m, o->holds, x), other = begin_of(o->m, o->holds, y);

	if (from != other)
		return from < other ? -1 : 1;
	return x < y ? -1 : x > y;
}

static struct hu_lane lane_of(const struct hu_model *m, bool holds, struct hu_lock_id lock)
{
	struct hu_lane lane = {.spill = m->spill};
	struct order order = {m, holds};
	hu_ns reach = INT64_MIN;
	bool sorted = true;

	gather(m, holds, lock.address, false, &lane);
	gather(m, holds, name_key(lock), lock.address != 0, &lane);
	for (size_t i = 1; i < lane.at.count && sorted; i++)
		sorted = by_begin(&lane.at.at[i - 1], &lane.at.at[i], &order) < 0;
	if (!sorted)
		lane.at.at = hu_spill_sort(m->spill, lane.at.at, &lane.at.cap, lane.at.count,
					   sizeof(size_t), by_begin, &order);
	for (size_t i = 0; i < lane.at.count; i++) {
		size_t index = lane.at.at[i];
		hu_ns to = holds ? m->holds.at[index].to : m->waits.at[index].to;
		reach = to > reach ? to : reach;
		HU_PUSH_MUCH(&lane, &lane.reach, reach);
	}
	return lane;
}

struct hu_lane hu_lane_of_holds(const struct hu_model *m, struct hu_lock_id lock)
{
	return lane_of(m, true, lock);
}

struct hu_lane hu_lane_of_waits(const struct hu_model *m, struct hu_lock_id lock)
{
	return lane_of(m, false, lock);
}

void hu_lane_deinit(struct hu_lane *lane)
{
	hu_spill_drop(lane->spill, lane->at.at);
	hu_spill_drop(lane->spill, lane->reach.at);
	*lane = (struct hu_lane){0};
}

size_t hu_lane_reaching(const struct hu_lane *lane, hu_ns at)
{
	size_t a;

	HU_BISECT(a, 0, lane->at.count, lane->reach.at[a] < at);
	return a;
}
