/*
 * Reports inside a kernel log: their lines share a block number, and each task's call trace in them
 * becomes one snapshot. A report is put when the next one opens (its blocker line comes last), so
 * one of them per caller is held at any time, and nothing grows with the log.
 */
#include "ingest/kframe.h"
#include "ingest/kmsg_block.h"

#include <stdlib.h>

enum {
	STRANGERS = 8,	     /* foreign lines in a row, and a call trace has ended */
	HEADER_LINES = 64,   /* between a report's first line and its call trace */
	LOCKDEP_LINES = 4000 /* a splat prints every chain first */
};
#define SILENCE (10 * HU_NS_PER_S) /* a report is printed in one go */

struct hu_kmsg_blocks *hu_kmsg_blocks_create(struct hu_sink *to)
{
	struct hu_kmsg_blocks *b = hu_alloc(sizeof(*b));

	b->to = to;
	return b;
}

void hu_kmsg_blocks_destroy(struct hu_kmsg_blocks *b)
{
	if (!b)
		return;
	free(b->tasks);
	free(b);
}

static struct hu_kmsg_open *report_of(struct hu_kmsg_blocks *b, const struct hu_kmsg_line *line,
				      hu_ns ts)
{
	int64_t id = !line->caller	    ? INT64_MIN
		     : line->tid != HU_NONE ? line->tid
					    : -1 - (int64_t)line->cpu;
	struct caller *oldest = &b->callers[0];

	for (size_t i = 0; i < HU_KMSG_CALLERS; i++) {
		struct caller *c = &b->callers[i];
		if (c->used && c->id == id) {
			c->used = b->lines;
			return &c->report;
		}
		if (c->used < oldest->used)
			oldest = c;
	}
	hu_kmsg_report_flush(b, &oldest->report, HU_KMSG_GAVE_WAY, ts);
	oldest->id = id;
	oldest->used = b->lines;
	return &oldest->report;
}

/* "[    184]     0   184    56567    30730 …  0 memhog": mm/oom_kill.c, dump_task() */
static void oom_task(struct hu_kmsg_blocks *b, const struct hu_kmsg_open *r, struct hu_str text)
{
	int64_t tid, tgid, value;

	if (!hu_str_starts(text, "["))
		return;
	text = hu_str_skip(text, 1);
	if (!hu_str_i64(hu_str_trim(hu_str_split(&text, ']')), &tid) || tid > INT32_MAX)
		return;
	if (!hu_str_i64(hu_str_word(&text), &value) || !hu_str_i64(hu_str_word(&text), &tgid) ||
	    tgid > INT32_MAX || tid <= 0 || tgid <= 0)
		return;
	do {
		text = hu_str_trim(text);
		struct hu_str rest = text;
		if (!hu_str_i64(hu_str_word(&rest), &value))
			break;
		text = rest;
	} while (text.len);
	hu_kmsg_put_task(b, &r->row.at, (int32_t)tid, text, (int32_t)tgid, HU_NONE);
}

static bool shows_memory(const struct hu_kmsg_open *r)
{
	return r->what == HU_KMSG_OOM || r->what == HU_KMSG_ALLOC_FAIL ||
	       r->what == HU_KMSG_ALLOC_STALL;
}

/* Between the first line and the call trace. */
static bool header_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text)
{
	struct hu_str rip = hu_kmsg_rip(text);
	unsigned most = r->what == HU_KMSG_LOCKDEP || r->what == HU_KMSG_LOCKS_HELD ? LOCKDEP_LINES
										    : HEADER_LINES;

	if (++r->lines > most)
		r->member = false;
	if (r->what == HU_KMSG_LOCKS_HELD) {
		if (hu_str_starts(text, "====="))
			r->member = false;
		return !text.len || !r->member || text.at[0] == '#' ||
		       hu_str_find(text, " held by ") >= 0;
	}
	if (r->what == HU_KMSG_HUNG || r->what == HU_KMSG_TASK)
		return hu_kmsg_is_detail(text);
	if (rip.len)
		r->rip = hu_intern(b->to, rip);
	return true;
}

/* Behind the call trace: memory tables, registers. */
static bool tail_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text)
{
	if (shows_memory(r)) {
		oom_task(b, r, text);
		/* mm/show_mem.c prints this last. */
		if (r->what != HU_KMSG_OOM && hu_str_ends(text, " pages hwpoisoned"))
			r->member = false;
		return true;
	}
	if (hu_kmsg_is_detail(text) || (r->what == HU_KMSG_LOCKUP && hu_str_starts(text, "rcu: ")))
		return true;
	if (hu_kmsg_kind(r->what) == HU_SNAP_WARNING || r->what == HU_KMSG_LOCKUP)
		r->member = ++r->strangers <= STRANGERS;
	else
		r->member = false;
	return false;
}

static bool within_trace(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text,
			 hu_ns ts)
{
	if (hu_kmsg_trace_line(b, r, text)) {
		r->strangers = 0;
		return true;
	}
	if (!r->marker && shows_memory(r)) {
		r->stage = TAIL;
		return tail_line(b, r, text);
	}
	if (++r->strangers <= STRANGERS)
		return false;
	hu_kmsg_report_check(b, r, HU_KMSG_NEXT_OPENED, ts);
	r->stage = TAIL;
	r->member = false;
	return false;
}

static void begin_trace(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text,
			hu_ns ts, uint64_t pos)
{
	if (r->stage != HEADER && r->count) { /* another task's, without a word on whose */
		const struct hu_kmsg_report next = {
			.what = r->what == HU_KMSG_LOCKUP ? r->what : HU_KMSG_CONTEXT,
			.tid = HU_NONE,
			.cpu = HU_NONE,
			.blocker = HU_NONE,
		};
		uint32_t block = r->block;
		hu_kmsg_report_flush(b, r, HU_KMSG_NEXT_OPENED, ts);
		hu_kmsg_report_open(b, r, &next, text, block, ts, pos);
	}
	r->stage = TRACE;
	struct hu_str rest = text;
	hu_str_split(&rest, ':');
	rest = hu_str_trim(rest);
	if (rest.len) /* "Call Trace: <IRQ>" */
		hu_kmsg_trace_line(b, r, rest);
}

/* A line that opens nothing: does it belong to the open report, and what does it add? */
static uint32_t inner_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text,
			   hu_ns ts, uint64_t pos)
{
	bool belongs = true;

	if (r->stage == CLOSED || !r->member)
		return 0;
	if (ts != HU_OPEN && r->last_ts != HU_OPEN && ts - r->last_ts > SILENCE) {
		hu_kmsg_report_check(b, r, HU_KMSG_NEXT_OPENED, ts);
		r->member = false;
		r->stage = TAIL;
		return 0;
	}
	if (hu_kmsg_begins_trace(text)) {
		begin_trace(b, r, text, ts, pos);
	} else if (hu_str_starts(text, "---[ end trace ")) {
		r->member = false;
		r->stage = TAIL;
	} else if (r->stage == HEADER) {
		belongs = header_line(b, r, text);
	} else if (r->stage == TRACE) {
		belongs = within_trace(b, r, text, ts);
	} else {
		belongs = tail_line(b, r, text);
	}
	if (belongs)
		r->last_ts = ts;
	return belongs ? r->block : 0;
}

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

static uint32_t opening_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			     struct hu_kmsg_report *line, struct hu_str text, hu_ns ts,
			     uint64_t pos)
{
	bool open = r->stage != CLOSED && r->member;

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

/* The log was cut so that it begins inside a report: say so once. */
static void check_begin(struct hu_kmsg_blocks *b, struct hu_str text, hu_ns ts, uint64_t pos)
{
	struct hu_kframe frame;
	bool inside = hu_kframe_parse(text, &frame) || hu_str_starts(text, "<TASK>") ||
		      hu_str_starts(text, "</TASK>") || hu_str_starts(text, "Call Trace:") ||
		      hu_str_starts(text, "RIP: ") || hu_str_starts(text, "RAX: ") ||
		      hu_str_starts(text, "RDX: ") || hu_str_starts(text, "\"echo 0 >");

	if (!inside)
		return;
	b->begun = true;
	const struct hu_gap gap = {
		.from = HU_OPEN,
		.to = b->off_axis ? HU_OPEN : ts,
		.count = HU_NONE,
		.cpu = HU_NONE,
		.kind = HU_LOSS_TRUNCATED,
		.pos = pos,
	};
	hu_put_loss(b->to, &gap, "the log begins inside a report, whose first lines are missing");
}

uint32_t hu_kmsg_blocks_line(struct hu_kmsg_blocks *b, const struct hu_kmsg_line *line,
			     struct hu_str text, hu_ns ts, bool off_axis, uint64_t pos)
{
	struct hu_kmsg_report opens;

	b->lines++;
	b->off_axis = off_axis;
	text = hu_str_trim(text);
	struct hu_kmsg_open *r = report_of(b, line, ts);
	hu_kmsg_classify(text, &opens);
	if (opens.what != HU_KMSG_PLAIN) {
		b->begun = true;
		return opening_line(b, r, &opens, text, ts, pos);
	}
	if (!b->begun)
		check_begin(b, text, ts, pos);
	return inner_line(b, r, text, ts, pos);
}

void hu_kmsg_blocks_finish(struct hu_kmsg_blocks *b, hu_ns ts)
{
	for (size_t i = 0; i < HU_KMSG_CALLERS; i++)
		hu_kmsg_report_flush(b, &b->callers[i].report, HU_KMSG_LOG_ENDED, ts);
}
