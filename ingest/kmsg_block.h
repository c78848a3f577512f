/*
 * ingest/kmsg_block.h - the reports that are open while a kernel log is read: kmsg_block.c feeds
 * them line by line, kmsg_trace.c takes the frames, kmsg_put.c makes rows of one that has ended.
 */
#ifndef HU_KMSG_BLOCK_H
#define HU_KMSG_BLOCK_H

#include "db/text.h"
#include "ingest/kmsg.h"

enum {
	HU_KMSG_CALLERS = 8,	 /* reports that may interleave; the oldest gives way */
	HU_KMSG_MAX_FRAMES = 256 /* the unwinder stops earlier */
};

enum stage { CLOSED = 0, HEADER, TRACE, TAIL };

struct frame {
	hu_name symbol, module;
};

struct hu_kmsg_open {
	enum stage stage;
	enum hu_kmsg_what what;
	bool member; /* following lines still belong */
	bool named;  /* its task line came */
	bool expects_owner;
	bool marker;	/* inside <TASK> */
	bool interrupt; /* the frames so far are an interrupt's */
	bool interrupt_over;
	uint32_t block;
	unsigned strangers, lines;
	hu_ns last_ts, stall;
	bool rooted; /* the last frame is where the kernel was entered */
	hu_name rip;
	struct hu_snapshot row;
	size_t count;
	struct frame frames[HU_KMSG_MAX_FRAMES]; /* leaf first, as printed */
};

struct caller {
	int64_t id;
	uint64_t used;
	struct hu_kmsg_open report;
};

struct known_task {
	int32_t tid;
	hu_name comm;
};

struct hu_kmsg_blocks {
	struct hu_sink *to;
	uint32_t blocks;
	uint64_t lines;
	bool off_axis; /* the stamps must not get into a row */
	bool begun;    /* something other than the middle of a report was seen */
	struct caller callers[HU_KMSG_CALLERS];
	struct hu_out held_by;	  /* "umount/123": of lockdep's lines that follow; empty: unknown */
	struct known_task *tasks; /* by tid, open addressing */
	size_t tasks_cap, tasks_used;
};

/* Why a report ends. */
enum hu_kmsg_end { HU_KMSG_GAVE_WAY, HU_KMSG_NEXT_OPENED, HU_KMSG_LOG_ENDED };

void hu_kmsg_report_open(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			 const struct hu_kmsg_report *line, struct hu_str text, uint32_t block,
			 hu_ns ts, uint64_t pos);
/* Puts a loss if the report is not whole. */
void hu_kmsg_report_check(struct hu_kmsg_blocks *b, const struct hu_kmsg_open *r,
			  enum hu_kmsg_end why, hu_ns ts);
/* Puts what the report has, and closes it. A closed one is fine. */
void hu_kmsg_report_flush(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, enum hu_kmsg_end why,
			  hu_ns ts);
/* One line of lockdep's list of what the task in b->held_by holds or waits for. */
void hu_kmsg_put_held(struct hu_kmsg_blocks *b, const struct hu_kmsg_held *lock, hu_ns ts,
		      uint64_t pos);
/* Once per task and name. */
void hu_kmsg_put_task(struct hu_kmsg_blocks *b, const struct hu_where *at, int32_t tid,
		      struct hu_str comm, int32_t tgid, int32_t parent);
/* It has lines, and no task's stack of its own. */
bool hu_kmsg_is_table(enum hu_kmsg_what what);
/* The kind of snapshot that a report becomes (enum hu_snapshot_kind). */
uint32_t hu_kmsg_kind(enum hu_kmsg_what what);

/* A line of an open call trace; false if it is none. */
bool hu_kmsg_trace_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text);
/* "Call Trace:", with or without a frame behind it. */
bool hu_kmsg_begins_trace(struct hu_str text);

bool hu_kmsg_shows_memory(const struct hu_kmsg_open *r);
/* A line that opens nothing: does it belong to the open report, and what does it add? Returns its
 * block, or 0. */
uint32_t hu_kmsg_inner_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text,
			    hu_ns ts, uint64_t pos);
/* A line that opens a report, or goes on with one by naming somebody. Returns its block, or 0. */
uint32_t hu_kmsg_opening_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r,
			      struct hu_kmsg_report *line, struct hu_str text, hu_ns ts,
			      uint64_t pos);

#endif
