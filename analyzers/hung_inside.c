/*
 * Tasks that the kernel log, or a list of tasks, shows inside a function that runs under the lock
 * that others wait for.
 */
#include "analyzers/hung.h"

#include <string.h>

/* Of the waits for shrinker_rwsem: is there one with a time, and one without in that source? */
static void shrinker_waits(const struct hu_model *m, int64_t source, bool *timed, bool *listed)
{
	*timed = *listed = false;
	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!w->lock.name || strcmp(w->lock.name, "shrinker_rwsem") != 0)
			continue;
		*timed |= w->timed;
		*listed |= !w->timed && w->begin.source == source;
	}
}

/*
 * Seen under the lock's own functions, and not seen to leave: it overlaps whatever waits until the
 * log ends. In a list of tasks where nobody's wait has a time, it was inside when they waited.
 */
struct hu_err *hu_seen_inside(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT p.rowid, p.ts + s.offset_ns, pos, tid, stack, "
			  "c.text, p.source, kind FROM snapshot AS p JOIN source AS s "
			  "ON s.id = p.source LEFT JOIN name AS c ON c.id = p.comm "
			  "WHERE kind IN (1, 3, 4) AND stack IS NOT "
			  "NULL AND " HU_HUNG_NOT_REPEATED " ORDER BY p.source, p.rowid");

	while (hu_rows_next(rows)) {
		hu_stack_id stack = hu_rows_int(rows, 4);
		const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, stack);
		int32_t tid = (int32_t)hu_rows_int_or(rows, 3, HU_NONE);
		bool timed, listed, stamped = !hu_rows_null(rows, 1);
		if (!facts->in_shrink_slab || m->stacks.mutex_kernel)
			continue;
		shrinker_waits(m, hu_rows_int(rows, 6), &timed, &listed);
		bool list = !timed && listed && hu_rows_int(rows, 7) != HU_SNAP_WARNING;
		if (!stamped && !list)
			continue;
		hu_ns at = hu_rows_int_or(rows, 1, 0);
		bool twice = false;
		for (size_t i = 0; i < m->holds.count && !twice; i++)
			twice = m->holds.at[i].tid == tid && m->holds.at[i].stack == stack;
		if (twice)
			continue;
		struct hu_ref ref = {"snapshot", hu_rows_int(rows, 0), hu_rows_int(rows, 6),
				     hu_rows_int(rows, 2)};
		struct hu_hold h = {.lock = {0, hu_model_string(m, hu_str("shrinker_rwsem"))},
				    .tid = tid,
				    .comm = hu_model_string(m, hu_rows_str(rows, 5)),
				    .mode = HU_MODE_READ,
				    .type = HU_LOCK_RWSEM,
				    .from = at,
				    .to = !list && m->to > at ? m->to : at,
				    .open = true,
				    .timed = !list,
				    .how = HU_OVERLAPPING,
				    .stack = stack,
				    .begin = ref,
				    .end = ref};
		h.duration = h.to - h.from;
		HU_PUSH_MUCH(m, &m->holds, h);
	}
	return hu_rows_close(rows);
}
