/*
 * What a report of the kernel log becomes when it has ended: a snapshot with the stack, the names
 * of its tasks, and a loss where it is not whole. A few dozen to a few thousand times per log.
 */
#include "ingest/kmsg_block.h"

#include <stdlib.h>

/* True if `tid` did not have this name before. */
static bool remember(struct hu_kmsg_blocks *b, int32_t tid, hu_name comm)
{
	if (b->tasks_used * 2 >= b->tasks_cap) {
		size_t cap = b->tasks_cap ? b->tasks_cap * 2 : 256;
		struct known_task *tasks = hu_alloc(sizeof(*tasks) * cap);
		for (size_t i = 0; i < b->tasks_cap; i++) {
			if (!b->tasks[i].comm)
				continue;
			size_t at = (uint32_t)b->tasks[i].tid * UINT32_C(2654435761) % cap;
			while (tasks[at].comm)
				at = (at + 1) % cap;
			tasks[at] = b->tasks[i];
		}
		free(b->tasks);
		b->tasks = tasks;
		b->tasks_cap = cap;
	}
	size_t at = (uint32_t)tid * UINT32_C(2654435761) % b->tasks_cap;
	while (b->tasks[at].comm && b->tasks[at].tid != tid)
		at = (at + 1) % b->tasks_cap;
	if (b->tasks[at].comm == comm)
		return false;
	b->tasks_used += !b->tasks[at].comm;
	b->tasks[at] = (struct known_task){tid, comm};
	return true;
}

void hu_kmsg_put_task(struct hu_kmsg_blocks *b, const struct hu_where *at, int32_t tid,
		      struct hu_str comm, int32_t tgid, int32_t parent)
{
	hu_name name = hu_intern(b->to, comm);

	if (tid == HU_NONE || !name || !remember(b, tid, name))
		return;
	const struct hu_task row = {
		.at = {.ts = b->off_axis ? HU_OPEN : at->ts,
		       .pos = at->pos,
		       .cpu = HU_NONE,
		       .tid = tid},
		.tgid = tgid,
		.parent = parent,
		.step = HU_TASK_NAMED,
		.comm = name,
	};
	hu_put_task(b->to, &row);
}

uint32_t hu_kmsg_kind(enum hu_kmsg_what what)
{
	switch (what) {
	case HU_KMSG_HUNG:
	case HU_KMSG_BLOCKER:
		return HU_SNAP_HUNG_TASK;
	case HU_KMSG_CUT_HERE:
	case HU_KMSG_WARNING:
	case HU_KMSG_OOPS_DETAIL:
	case HU_KMSG_LOCKDEP:
		return HU_SNAP_WARNING;
	case HU_KMSG_LOCKUP:
		return HU_SNAP_LOCKUP;
	case HU_KMSG_ALLOC_FAIL:
	case HU_KMSG_ALLOC_STALL:
		return HU_SNAP_ALLOC_FAIL;
	case HU_KMSG_OOM:
	case HU_KMSG_OOM_KILL:
		return HU_SNAP_OOM;
	default:
		return HU_SNAP_STACK;
	}
}

bool hu_kmsg_is_table(enum hu_kmsg_what what)
{
	return what == HU_KMSG_CUT_HERE || what == HU_KMSG_LOCKS_HELD || what == HU_KMSG_HELD ||
	       what == HU_KMSG_QUEUES || what == HU_KMSG_MEMORY;
}

/*
 * The vocabulary has no word for "this task has this lock now, or waits for it": a row of a table
 * that the kernel printed.
 */
void hu_kmsg_put_held(struct hu_kmsg_blocks *b, const struct hu_kmsg_held *lock, hu_ns ts,
		      uint64_t pos)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};

	if (!b->held_by.len)
		return;
	hu_out_str(&key, hu_out_view(&b->held_by));
	hu_out_printf(&key, " %.*s %.*s", (int)lock->address.len, lock->address.at,
		      (int)lock->name.len, lock->name.at);
	if (lock->function.len)
		hu_out_printf(&key, " at %.*s", (int)lock->function.len, lock->function.at);
	const struct hu_aggregate row = {
		.ts = b->off_axis ? HU_OPEN : ts,
		.pos = pos,
		.low = HU_OPEN,
		.high = HU_OPEN,
		.count = 1,
		.total = HU_NONE,
		.table = hu_internz(b->to, "locks held"),
		.key = hu_intern(b->to, hu_out_view(&key)),
		.unit = hu_internz(b->to, "lock"),
	};
	hu_put_aggregate(b->to, &row);
}

void hu_kmsg_report_open(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			 const struct hu_kmsg_report *line, struct hu_str text, uint32_t block,
			 hu_ns ts, uint64_t pos)
{
	*r = (struct hu_kmsg_open){
		.stage = HEADER,
		.what = line->what,
		.member = true,
		.block = block ? block : ++b->blocks,
		.last_ts = ts,
		.row = {.at = {.ts = b->off_axis ? HU_OPEN : ts,
			       .pos = pos,
			       .cpu = line->cpu,
			       .tid = line->tid},
			.blocked = line->blocked,
			.blocker = line->blocker,
			.kind = hu_kmsg_kind(line->what),
			.state = line->state,
			.comm = hu_intern(b->to, line->comm)},
	};
	if (line->what == HU_KMSG_ALLOC_STALL) {
		r->stall = line->blocked;
		r->row.blocked = 0; /* it ran, in the allocator, all the time */
	}
	if (line->what != HU_KMSG_CUT_HERE)
		r->row.text = hu_intern(b->to, text);
}

void hu_kmsg_report_check(struct hu_kmsg_blocks *b, const struct hu_kmsg_open *r,
			  enum hu_kmsg_end why, hu_ns ts)
{
	const struct hu_gap gap = {
		.from = b->off_axis ? HU_OPEN : r->last_ts,
		.to = b->off_axis ? HU_OPEN : ts,
		.count = HU_NONE,
		.cpu = HU_NONE,
		.kind = HU_LOSS_TRUNCATED,
		.pos = r->row.at.pos,
	};

	if (r->stage == HEADER && r->what == HU_KMSG_HUNG)
		hu_put_loss(b->to, &gap, "the report of a hung task in line %llu has no call trace",
			    (unsigned long long)r->row.at.pos);
	else if (r->stage == TRACE && (r->marker || (!r->count && r->what == HU_KMSG_HUNG) ||
				       (why == HU_KMSG_LOG_ENDED && !r->rooted)))
		hu_put_loss(b->to, &gap,
			    "the call trace of the report in line %llu is cut off after %zu frames",
			    (unsigned long long)r->row.at.pos, r->count);
	else if (r->stage != CLOSED && r->member && r->what == HU_KMSG_OOM)
		hu_put_loss(b->to, &gap,
			    "the report of an OOM in line %llu ends before it says what was killed",
			    (unsigned long long)r->row.at.pos);
}

void hu_kmsg_report_flush(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, enum hu_kmsg_end why,
			  hu_ns ts)
{
	enum stage stage = r->stage;

	if (stage == CLOSED)
		return;
	if (hu_kmsg_is_table(r->what)) {
		r->stage = CLOSED;
		return;
	}
	if (r->expects_owner) { /* the blocker's dump was left out: it hangs, too */
		r->stage = CLOSED;
		return;
	}
	hu_kmsg_report_check(b, r, why, ts);
	hu_stack stack = 0;
	for (size_t i = r->count; i > 0; i--)
		stack = hu_push_frame(b->to, stack, r->frames[i - 1].symbol,
				      r->frames[i - 1].module);
	if (r->rip && (!r->count || r->frames[0].symbol != r->rip))
		stack = hu_push_frame(b->to, stack, r->rip, 0);
	r->row.at.stack = stack;
	if (stack)
		r->row.at.context = r->interrupt ? HU_CTX_HARDIRQ : HU_CTX_TASK;
	hu_put_snapshot(b->to, &r->row);
	if (r->stall) {
		struct hu_reclaim row = {
			.at = r->row.at,
			.pages = HU_NONE,
			.order = HU_NONE,
			.node = HU_NONE,
			.kind = HU_RECLAIM_ALLOC_STALL,
			.step = HU_BEGIN,
		};
		if (row.at.ts != HU_OPEN)
			row.at.ts -= r->stall;
		hu_put_reclaim(b->to, &row);
		row.at.ts = r->row.at.ts;
		row.step = HU_END;
		hu_put_reclaim(b->to, &row);
	}
	r->stage = CLOSED;
}
