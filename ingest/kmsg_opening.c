/*
 * The lines that open a report, or a part of one that is open: which of the two, and whose. One of
 * them per dozen lines of a log full of reports.
 */
#include "ingest/kmsg_block.h"

static void fill_blocker(struct hu_kmsg_blocks *b, struct hu_snapshot *row,
			 const struct hu_kmsg_report *line)
{
	row->lock_type = line->lock_type;
	row->blocker = line->blocker;
	row->blocker_mode = line->blocker_mode;
	row->blocker_comm = hu_intern(b->to, line->blocker_comm);
}

static uint32_t blocker_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			     const struct hu_kmsg_report *line, struct hu_str text, hu_ns ts,
			     uint64_t pos)
{
	if (r->stage == CLOSED || r->what != HU_KMSG_HUNG || r->row.at.tid != line->tid) {
		/* The log begins, or somebody else printed, between the report and this line. */
		hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
		hu_kmsg_report_open(b, r, line, text, 0, ts, pos);
		r->row.state = HU_STATE_UNINTERRUPTIBLE;
	}
	fill_blocker(b, &r->row, line);
	uint32_t block = r->block;
	hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
	if (line->blocker != HU_NONE) { /* sched_show_task() of the owner follows */
		const struct hu_kmsg_report owner = {
			.what = HU_KMSG_TASK,
			.comm = line->blocker_comm,
			.tid = line->blocker,
			.cpu = HU_NONE,
			.blocker = HU_NONE,
		};
		hu_kmsg_report_open(b, r, &owner, text, block, ts, pos);
		r->expects_owner = true;
	}
	return block;
}

static uint32_t task_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			  const struct hu_kmsg_report *line, struct hu_str text, hu_ns ts,
			  uint64_t pos)
{
	uint32_t block = 0;

	hu_kmsg_put_task(b, &(struct hu_where){.ts = ts, .pos = pos}, line->tid, line->comm,
			 line->tgid, line->parent);
	if (r->stage == HEADER && r->what == HU_KMSG_HUNG && !r->named &&
	    (line->tid == HU_NONE || line->tid == r->row.at.tid)) {
		r->named = true;
		r->last_ts = ts;
		if (line->state != HU_STATE_UNKNOWN)
			r->row.state = line->state;
		return r->block;
	}
	if (r->stage == HEADER && r->what == HU_KMSG_LOCKUP && r->row.at.tid == HU_NONE &&
	    !r->rip) {
		r->row.at.tid = line->tid; /* "Task dump for CPU 5:" */
		r->row.comm = hu_intern(b->to, line->comm);
		r->row.state = line->state;
		r->last_ts = ts;
		return r->block;
	}
	if (r->stage != CLOSED && r->member && (r->expects_owner || r->what == HU_KMSG_LOCKUP))
		block = r->block; /* the owner, or "rcu_preempt kthread starved" */
	hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
	hu_kmsg_report_open(b, r, line, text, block, ts, pos);
	r->named = true;
	return r->block;
}

/* "CPU: 1 PID: 44 Comm: kswapd0": whose call trace this is. */
static uint32_t context_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			     const struct hu_kmsg_report *line, struct hu_str text, hu_ns ts,
			     uint64_t pos)
{
	bool open = r->stage != CLOSED && r->member;

	hu_kmsg_put_task(b, &(struct hu_where){.ts = ts, .pos = pos}, line->tid, line->comm,
			 HU_NONE, HU_NONE);
	if (open && r->stage == HEADER) {
		r->row.at.cpu = line->cpu;
		if (r->what != HU_KMSG_HUNG && r->what != HU_KMSG_TASK) {
			r->row.at.tid = line->tid;
			r->row.comm = hu_intern(b->to, line->comm);
		}
		r->last_ts = ts;
		return r->block;
	}
	/* A second call trace of one report (lockups show several), or dump_stack() on its own. */
	bool same = open && r->what == HU_KMSG_LOCKUP;
	struct hu_kmsg_report next = *line;
	if (same)
		next.what = r->what;
	uint32_t block = same ? r->block : 0;
	hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
	hu_kmsg_report_open(b, r, &next, text, block, ts, pos);
	return r->block;
}

uint32_t hu_kmsg_opening_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			      struct hu_kmsg_report *line, struct hu_str text, hu_ns ts,
			      uint64_t pos)
{
	bool open = r->stage != CLOSED && r->member;

	hu_out_clear(&b->held_by);
	switch (line->what) {
	case HU_KMSG_BLOCKER:
		return blocker_line(b, r, line, text, ts, pos);
	case HU_KMSG_TASK:
		return task_line(b, r, line, text, ts, pos);
	case HU_KMSG_CONTEXT:
		return context_line(b, r, line, text, ts, pos);
	case HU_KMSG_OOPS_DETAIL:
	case HU_KMSG_WARNING:
		if (open && r->stage == HEADER && hu_kmsg_kind(r->what) == HU_SNAP_WARNING &&
		    r->row.text) {
			r->last_ts = ts;
			return r->block;
		}
		break;
	case HU_KMSG_BACKTRACE:
		if (open && r->what == HU_KMSG_LOCKUP) {
			line->what = HU_KMSG_LOCKUP;
			if (r->stage == HEADER && !r->count) {
				r->row.at.cpu = line->cpu;
				r->last_ts = ts;
				return r->block;
			}
			uint32_t block = r->block;
			hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
			hu_kmsg_report_open(b, r, line, text, block, ts, pos);
			return r->block;
		}
		break;
	case HU_KMSG_HELD:
		hu_kmsg_put_task(b, &(struct hu_where){.ts = ts, .pos = pos}, line->tid, line->comm,
				 HU_NONE, HU_NONE);
		hu_out_printf(&b->held_by, "%.*s/%d", (int)line->comm.len, line->comm.at,
			      line->tid);
		if (open && (r->what == HU_KMSG_LOCKS_HELD || r->what == HU_KMSG_LOCKDEP ||
			     r->what == HU_KMSG_HUNG || r->what == HU_KMSG_TASK)) {
			r->last_ts = ts;
			return r->block;
		}
		break;
	case HU_KMSG_QUEUES:
		if (open && r->what == HU_KMSG_LOCKUP) {
			r->last_ts = ts;
			return r->block;
		}
		break;
	case HU_KMSG_MEMORY:
		if (open && hu_kmsg_shows_memory(r))
			return hu_kmsg_inner_line(b, r, text, ts, pos);
		break;
	case HU_KMSG_SYSRQ:
		hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
		return 0;
	case HU_KMSG_OOM_KILL:
		if (open && r->what == HU_KMSG_OOM) {
			uint32_t block = r->block;
			r->last_ts = ts;
			if (r->stage == TRACE && !r->marker)
				r->stage = TAIL;
			if (hu_str_find(text, "Killed process ") >= 0)
				r->member = false;
			return block;
		}
		break;
	default:
		break;
	}
	uint32_t block = open && r->what == HU_KMSG_CUT_HERE ? r->block : 0;
	hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
	hu_kmsg_report_open(b, r, line, text, block, ts, pos);
	if (line->what == HU_KMSG_OOM_KILL)
		r->member = false; /* who asked for memory is above the beginning of the log */
	return r->block;
}
