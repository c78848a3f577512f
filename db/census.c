/*
 * Counts what a source names. One test of a bit per row with a task, one probe of a table per row
 * of a lock: next to the insertion that follows it is nothing.
 */
#include "db/census.h"

#include <stdlib.h>

const struct hu_caps hu_default_caps = {
	.rows = 500000000,
	.names = 4000000,
	.text_bytes = INT64_C(1) << 30,
	.stacks = 16000000,
	.depth = 2048,
	.tasks = 1000000,
	.locks = 4000000,
};

/* PID_MAX_LIMIT, include/linux/threads.h: there are no more ids at a time. */
enum { IDS = 4 * 1024 * 1024 };

bool hu_census_over(struct hu_census *c, enum hu_over what)
{
	c->over[what]++;
	return false;
}

static bool admits_task(struct hu_census *c, int32_t tid)
{
	if (tid < 0)
		return true;
	/* An id that no kernel gives is a task, too: it shares its bit with another. */
	uint32_t bit = (uint32_t)tid % IDS;
	if (!c->seen)
		c->seen = hu_alloc(IDS / 8);
	if (c->seen[bit / 8] & (1u << bit % 8))
		return true;
	if (c->tasks >= c->caps->tasks)
		return hu_census_over(c, HU_OVER_TASKS);
	c->tasks++;
	c->seen[bit / 8] |= (unsigned char)(1u << bit % 8);
	return true;
}

static size_t slot_of(const uint64_t *table, size_t slots, uint64_t address)
{
	size_t at = (size_t)(address * 0x9e3779b97f4a7c15u >> 20) & (slots - 1);

	while (table[at] && table[at] != address)
		at = (at + 1) & (slots - 1);
	return at;
}

static void grow(struct hu_census *c)
{
	size_t slots = c->slots ? c->slots * 2 : 1024;
	uint64_t *table = hu_alloc(slots * sizeof(*table));

	for (size_t i = 0; i < c->slots; i++)
		if (c->address[i])
			table[slot_of(table, slots, c->address[i])] = c->address[i];
	free(c->address);
	c->address = table;
	c->slots = slots;
}

static bool admits_lock(struct hu_census *c, uint64_t address)
{
	if (!address)
		return true;
	if ((size_t)c->locks * 2 >= c->slots)
		grow(c);
	size_t at = slot_of(c->address, c->slots, address);
	if (c->address[at])
		return true;
	if (c->locks >= c->caps->locks)
		return hu_census_over(c, HU_OVER_LOCKS);
	c->locks++;
	c->address[at] = address;
	return true;
}

bool hu_census_admits(struct hu_census *c, const struct hu_row *row)
{
	if (c->rows >= c->caps->rows)
		return hu_census_over(c, HU_OVER_ROWS);
	c->rows++;
	switch ((enum hu_word)row->word) {
	case HU_WORD_SWITCH:
		return admits_task(c, row->as.sw.at.tid) && admits_task(c, row->as.sw.next);
	case HU_WORD_WAKEUP:
		return admits_task(c, row->as.wakeup.at.tid) &&
		       admits_task(c, row->as.wakeup.target);
	case HU_WORD_LOCK:
		return admits_task(c, row->as.lock.at.tid) && admits_lock(c, row->as.lock.address);
	case HU_WORD_SPAN:
		return admits_task(c, row->as.span.at.tid) && admits_lock(c, row->as.span.address);
	case HU_WORD_SYSCALL:
		return admits_task(c, row->as.syscall.at.tid);
	case HU_WORD_RECLAIM:
		return admits_task(c, row->as.reclaim.at.tid);
	case HU_WORD_SHRINK:
		return admits_task(c, row->as.shrink.at.tid);
	case HU_WORD_IO:
		return admits_task(c, row->as.io.at.tid);
	case HU_WORD_SAMPLE:
		return admits_task(c, row->as.sample.at.tid);
	case HU_WORD_SNAPSHOT:
		return admits_task(c, row->as.snapshot.at.tid);
	case HU_WORD_TASK:
		return admits_task(c, row->as.task.at.tid);
	default:
		return true;
	}
}

void hu_census_tell(const struct hu_census *c, struct hu_out *to)
{
	const struct {
		enum hu_over over;
		int64_t cap;
		const char *of, *left_out;
	} kinds[] = {
		{HU_OVER_ROWS, c->caps->rows, "records", "records"},
		{HU_OVER_NAMES, c->caps->names, "different texts, or more bytes of them than fit",
		 "texts"},
		{HU_OVER_STACKS, c->caps->stacks, "different stack frames", "frames"},
		{HU_OVER_DEPTH, c->caps->depth, "frames in one stack", "frames"},
		{HU_OVER_TASKS, c->caps->tasks, "different tasks", "records of others"},
		{HU_OVER_LOCKS, c->caps->locks, "different locks", "records of others"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!c->over[kinds[i].over])
			continue;
		hu_out_puts(to, to->len ? "; " : "");
		hu_out_puts(to, "it has more than ");
		hu_out_grouped(to, kinds[i].cap);
		hu_out_printf(to, " %s, the limit: ", kinds[i].of);
		hu_out_grouped(to, (int64_t)c->over[kinds[i].over]);
		hu_out_printf(to, " %s were left out", kinds[i].left_out);
	}
}

void hu_census_deinit(struct hu_census *c)
{
	free(c->seen);
	free(c->address);
}
