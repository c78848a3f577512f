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
	LOCKUP_LINES = 1000, /* a stall names each CPU, a workqueue's each pool */
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
	hu_out_deinit(&b->held_by);
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

bool hu_kmsg_shows_memory(const struct hu_kmsg_open *r)
{
	return r->what == HU_KMSG_OOM || r->what == HU_KMSG_ALLOC_FAIL ||
	       r->what == HU_KMSG_ALLOC_STALL;
}

/* Of a report that is a table; false: it has ended. */
static bool table_line(struct hu_kmsg_open *r, struct hu_str text)
{
	bool inside;

	if (r->what == HU_KMSG_QUEUES)
		inside = hu_kmsg_is_queue(text);
	else if (r->what == HU_KMSG_MEMORY)
		inside = r->lines < HEADER_LINES * 4;
	else
		inside = text.at[0] == '#' || hu_kmsg_is_detail(text) ||
			 hu_str_starts(text, "=====");
	bool last = (r->what == HU_KMSG_LOCKS_HELD && hu_str_starts(text, "=====")) ||
		    (r->what == HU_KMSG_MEMORY && hu_str_ends(text, " pages hwpoisoned"));
	r->member = inside && !last;
	return inside;
}

/* Between the first line and the call trace. */
static bool header_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text)
{
	struct hu_str rip = hu_kmsg_rip(text);
	unsigned most = r->what == HU_KMSG_LOCKDEP || r->what == HU_KMSG_LOCKS_HELD ? LOCKDEP_LINES
			: hu_kmsg_kind(r->what) == HU_SNAP_LOCKUP		    ? LOCKUP_LINES
										    : HEADER_LINES;

	if (++r->lines > most)
		r->member = false;
	if (hu_kmsg_is_table(r->what) && r->what != HU_KMSG_CUT_HERE)
		return table_line(r, text);
	if (r->what == HU_KMSG_HUNG || r->what == HU_KMSG_TASK)
		return hu_kmsg_is_detail(text);
	if (rip.len)
		r->rip = hu_intern(b->to, rip);
	return true;
}

/* Behind the call trace: memory tables, registers. */
static bool tail_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text)
{
	if (hu_kmsg_shows_memory(r)) {
		oom_task(b, r, text);
		/* mm/show_mem.c prints this last. */
		if (r->what != HU_KMSG_OOM && hu_str_ends(text, " pages hwpoisoned"))
			r->member = false;
		return true;
	}
	if (hu_kmsg_is_detail(text) ||
	    (r->what == HU_KMSG_LOCKUP && (hu_str_starts(text, "rcu: ") || hu_kmsg_is_queue(text))))
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
	if (!r->marker && hu_kmsg_shows_memory(r)) {
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

uint32_t hu_kmsg_inner_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text,
			    hu_ns ts, uint64_t pos)
{
	bool belongs = true;

	struct hu_kmsg_held lock;

	if (b->held_by.len && hu_kmsg_held_lock(text, &lock))
		hu_kmsg_put_held(b, &lock, ts, pos);
	if (r->stage == CLOSED || !r->member || !text.len)
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
		return hu_kmsg_opening_line(b, r, &opens, text, ts, pos);
	}
	if (!b->begun)
		check_begin(b, text, ts, pos);
	return hu_kmsg_inner_line(b, r, text, ts, pos);
}

void hu_kmsg_blocks_finish(struct hu_kmsg_blocks *b, hu_ns ts)
{
	for (size_t i = 0; i < HU_KMSG_CALLERS; i++)
		hu_kmsg_report_flush(b, &b->callers[i].report, HU_KMSG_LOG_ENDED, ts);
}
