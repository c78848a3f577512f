/*
 * Page allocations that did not come back: kernels 4.9 to 4.14 say "page allocation stalls for
 * 10024ms" every ten seconds of one (mm/page_alloc.c, __alloc_pages_slowpath(); gone in 4.15,
 * because the reports themselves made hosts stall). Each report is of a task still in there: its
 * allocation had lasted that long, at least.
 */
#include "analyzers/hung.h"

#include <stdlib.h>

/* Reports of one allocation agree about its start to a tick of the slowest clock (CONFIG_HZ=100).
 */
enum { TICK_MS = 10 };

struct stall {
	int32_t tid;
	const char *comm;
	hu_ns from, to;
	hu_stack_id stack;
	struct hu_ref first, last;
};

typedef HU_VEC(struct stall) stalls;

static struct stall *same(const stalls *all, const struct stall *s)
{
	for (size_t i = all->count; i-- > 0;) {
		struct stall *have = &all->at[i];
		if (have->tid == s->tid &&
		    llabs(have->from - s->from) <= 2 * TICK_MS * HU_NS_PER_MS)
			return have;
	}
	return NULL;
}

static bool is_covered(const struct hu_model *m, const struct stall *s)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[i];
		if (op->timed && op->tid == s->tid && op->from <= s->from && op->to >= s->to)
			return true;
	}
	return false;
}

static void put(struct hu_model *m, const struct stall *s)
{
	struct hu_op op = {.name = "page allocation",
			   .tid = s->tid,
			   .comm = s->comm,
			   .from = s->from,
			   .to = s->to,
			   .open = true,
			   .timed = true,
			   .inferred = true,
			   .duration = s->to - s->from,
			   .stack = s->stack,
			   .begin = s->first,
			   .end = s->last,
			   .cause = -1};
	struct hu_sleep inside = {.from = s->from,
				  .to = s->to,
				  .woken = HU_OPEN,
				  .state = HU_STATE_UNINTERRUPTIBLE,
				  .cpu = HU_NONE,
				  .stack = s->stack,
				  .begin = s->last,
				  .waker = HU_NONE};

	/* A traced call in which it happened is the stall already, and knows more. */
	if (is_covered(m, s))
		return;
	if (s->stack)
		hu_op_add_sleep(m, &op, inside);
	HU_PUSH_MUCH(m, &m->ops, op);
}

struct hu_err *hu_alloc_stalls(struct hu_model *m)
{
	stalls all = {0};
	/* The reader puts begin and end of one report at the same place of its file. */
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT b.rowid, e.rowid, b.ts + s.offset_ns, e.ts + s.offset_ns, b.tid, b.stack, "
		"c.text, b.source, b.pos FROM reclaim AS b JOIN reclaim AS e ON e.source = "
		"b.source "
		"AND e.pos = b.pos AND e.tid IS b.tid AND e.kind = 9 AND e.step = 2 "
		"JOIN source AS s ON s.id = b.source LEFT JOIN snapshot AS p ON p.source = "
		"b.source "
		"AND p.pos = b.pos AND p.kind = 6 LEFT JOIN name AS c ON c.id = p.comm "
		"WHERE b.kind = 9 AND b.step = 1 AND b.ts IS NOT NULL AND e.ts IS NOT NULL AND "
		"s.copy_of IS NULL ORDER BY e.ts + s.offset_ns, b.source, b.rowid");

	while (hu_rows_next(rows)) {
		struct stall s = {.from = hu_rows_int(rows, 2),
				  .to = hu_rows_int(rows, 3),
				  .tid = (int32_t)hu_rows_int_or(rows, 4, HU_NONE),
				  .stack = hu_rows_int(rows, 5),
				  .comm = hu_model_string(m, hu_rows_str(rows, 6)),
				  .first = {"reclaim", hu_rows_int(rows, 0), hu_rows_int(rows, 7),
					    hu_rows_int(rows, 8)},
				  .last = {"reclaim", hu_rows_int(rows, 1), hu_rows_int(rows, 7),
					   hu_rows_int(rows, 8)}};
		struct stall *have = same(&all, &s);
		if (!have) {
			HU_PUSH(&all, s);
			continue;
		}
		if (s.to > have->to) {
			have->to = s.to;
			have->last = s.last;
		}
		if (!have->stack)
			have->stack = s.stack;
	}
	struct hu_err *err = hu_rows_close(rows);
	for (size_t i = 0; i < all.count && !err; i++)
		if (all.at[i].to - all.at[i].from >= m->options.threshold)
			put(m, &all.at[i]);
	free(all.at);
	return err;
}
