/* ingest/perfscript_line.h - one line of "perf script": an event's first, or a frame below it. */
#ifndef HU_PERFSCRIPT_LINE_H
#define HU_PERFSCRIPT_LINE_H

#include "db/base.h"

struct hu_perf_line {		/* texts borrow from the line */
	struct hu_str comm;	/* empty: not printed, or perf never saw it */
	int32_t tid, tgid, cpu; /* or HU_NONE */
	hu_ns ts;		/* or HU_OPEN */
	int64_t period;		/* or HU_NONE */
	struct hu_str event;	/* "sched:sched_switch", without its last colon; may be empty */
	struct hu_str body;	/* what is behind that */
	bool record;		/* body is "PERF_RECORD_…" */
	bool timed;		/* a stamp is printed */
};

/* False if it is no such line. */
bool hu_perf_line_parse(struct hu_str line, struct hu_perf_line *ret);

/* "sched:sched_switch" is one of a tracepoint or probe and *name its bare name; "cycles:ppp" and
 * "cpu-clock" are not. */
bool hu_perf_line_tracepoint(struct hu_str event, struct hu_str *name);

enum hu_perf_side { HU_PERF_KERNEL = 1, HU_PERF_USER, HU_PERF_UNSAID };

struct hu_perf_frame {
	struct hu_str symbol; /* "down_write"; empty: only the address is known */
	struct hu_str module; /* "ext4"; "libc.so.6" of a program; empty: the kernel itself */
	uint64_t address;     /* 0: not printed */
	enum hu_perf_side side;
};

/* "	ffffffff9a0528c8 __schedule+0x4f8 ([kernel.kallsyms])" and its shorter forms. `low` says
 * that the kernel's addresses are of 32 bits. */
bool hu_perf_frame_parse(struct hu_str line, bool low, struct hu_perf_frame *ret);

/* "PERF_RECORD_FORK(238:244):(238:238)" and its like; what is not of that record is HU_NONE. */
enum hu_perf_record_kind {
	HU_PERF_COMM = 1,
	HU_PERF_EXEC,
	HU_PERF_FORK,
	HU_PERF_EXIT,
	HU_PERF_SWITCH_OUT,
	HU_PERF_SWITCH_IN,
	HU_PERF_LOST,
	HU_PERF_OTHER
};

struct hu_perf_record {
	enum hu_perf_record_kind kind;
	struct hu_str name; /* "PERF_RECORD_MMAP2" */
	struct hu_str comm; /* of HU_PERF_COMM and _EXEC */
	int32_t tid, tgid;  /* of the task that it is about; of a switch: the other one */
	int32_t parent;	    /* of HU_PERF_FORK */
	int64_t lost;
	bool preempted;
};

bool hu_perf_record_parse(struct hu_str body, struct hu_perf_record *ret);

#endif
