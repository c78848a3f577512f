/*
 * ingest/kmsg.h - what the parts of the kernel log reader share: kmsg_stamp.c and kmsg_wall.c take
 * the time and the tags off a line, kmsg_report.c recognises the line that opens a report,
 * kmsg_block.c keeps a report's lines together, kmsg_trace.c makes a stack of them.
 */
#ifndef HU_KMSG_H
#define HU_KMSG_H

#include "db/sink.h"

/* One printed line without its stamp. */
struct hu_kmsg_line {
	struct hu_str text;
	struct hu_str host;	  /* of journalctl and syslog lines; empty otherwise */
	hu_ns printk;		  /* "[   12.345678]"; HU_OPEN: none */
	hu_ns wall;		  /* in wall_clock; HU_OPEN: none */
	enum hu_clock wall_clock; /* HU_CLOCK_NONE, _LOCAL_TIME or _REALTIME */
	hu_ns wall_unit;	  /* its resolution */
	int64_t sequence;	  /* of /dev/kmsg; HU_NONE otherwise */
	int32_t level;
	int32_t tid, cpu;   /* the caller that CONFIG_PRINTK_CALLER names; HU_NONE */
	bool caller;	    /* one of the two is known */
	bool no_year;	    /* `wall` is counted in 1970 */
	bool other_program; /* a syslog line that is not the kernel's */
	bool property;	    /* " SUBSYSTEM=acpi" behind a /dev/kmsg record */
};

/* What a line's stamp may need from the lines before it. Zero-initialise. */
struct hu_kmsg_calendar {
	int month;     /* of the last stamp without a year; 0: none yet */
	int years;     /* it has wrapped so often */
	hu_ns reltime; /* dmesg --reltime: the last time */
	bool has_reltime;
	bool dev_kmsg; /* the last line was a /dev/kmsg record */
};

/*
 * Takes stamps and tags off `line`. Always fills *ret: a line without any stamp is all text.
 * Borrowed from `line`.
 */
void hu_kmsg_unstamp(struct hu_kmsg_calendar *calendar, struct hu_str line,
		     struct hu_kmsg_line *ret);
/* Where a "[   12.345678] " begins inside `s` after its first byte, or -1: the end of another CPU's
 * line, or of a boot loader's. */
ptrdiff_t hu_kmsg_find_stamp(struct hu_str s);

enum hu_kmsg_what {
	HU_KMSG_PLAIN = 0,
	HU_KMSG_HUNG,	     /* INFO: task a:1 blocked for more than 120 seconds. */
	HU_KMSG_BLOCKER,     /* INFO: task a:1 is blocked on a mutex likely owned by task b:2. */
	HU_KMSG_TASK,	     /* task:a  state:D stack:0 pid:1 … */
	HU_KMSG_CUT_HERE,    /* ------------[ cut here ]------------ */
	HU_KMSG_WARNING,     /* WARNING, BUG, Oops, panic */
	HU_KMSG_OOPS_DETAIL, /* a further line of the same: "Oops: 0002 [#1]" */
	HU_KMSG_LOCKDEP,     /* WARNING: possible circular locking dependency detected */
	HU_KMSG_LOCKUP,	     /* soft or hard lockup, RCU stall */
	HU_KMSG_BACKTRACE,   /* NMI backtrace for cpu 1 */
	HU_KMSG_CONTEXT,     /* CPU: 1 PID: 44 Comm: kswapd0 … */
	HU_KMSG_ALLOC_FAIL,  /* kswapd0: page allocation failure: order:0 … */
	HU_KMSG_ALLOC_STALL, /* dd: page allocation stalls for 10004ms, order:0 … (4.10 to 4.14) */
	HU_KMSG_OOM,	     /* dd invoked oom-killer: … */
	HU_KMSG_OOM_KILL,    /* Out of memory: Killed process 251 (memhog) … */
	HU_KMSG_LOCKS_HELD,  /* Showing all locks held in the system: */
	HU_KMSG_HELD,	     /* 2 locks held by umount/123: */
	HU_KMSG_QUEUES,	     /* Showing busy workqueues and worker pools: */
	HU_KMSG_MEMORY,	     /* Mem-Info: */
	HU_KMSG_SYSRQ,	     /* sysrq: Show Blocked State */
};

/* What such a line says; what it does not say is HU_NONE, 0 or empty. */
struct hu_kmsg_report {
	enum hu_kmsg_what what;
	struct hu_str comm, blocker_comm;
	int32_t tid, tgid, parent, cpu, blocker;
	uint32_t state, lock_type, blocker_mode;
	hu_ns blocked; /* hung, or stalled in an allocation */
};

/* `text` without surrounding blanks. */
void hu_kmsg_classify(struct hu_str text, struct hu_kmsg_report *ret);
/* "RIP: 0010:down_write+0x1/0x2" → "down_write"; empty for any other line and for user space. */
struct hu_str hu_kmsg_rip(struct hu_str text);
/* A line that stands in a report beside the frames: registers, code bytes, taint, memory tables. */
bool hu_kmsg_is_detail(struct hu_str text);
/* A line of what kernel/workqueue.c says of its queues and pools. */
bool hu_kmsg_is_queue(struct hu_str text);

/* One line of lockdep's lists: "#0: ffff8881 (&type->s_umount_key#33){++++}-{3:3}, at: f+0x1/0x2".
 * kernel/locking/lockdep.c, print_lock(). Among them is the lock that a blocked task waits for. */
struct hu_kmsg_held {
	struct hu_str number, address, name, function;
};
bool hu_kmsg_held_lock(struct hu_str text, struct hu_kmsg_held *ret);

/* The reports that are open, one per caller (lines of CPUs interleave on a console). */
struct hu_kmsg_blocks;
struct hu_kmsg_blocks *hu_kmsg_blocks_create(struct hu_sink *to);
void hu_kmsg_blocks_destroy(struct hu_kmsg_blocks *blocks); /* NULL is fine */
/* Returns the number of the block that the line belongs to, or 0. Borrows `text`. `off_axis`: the
 * stamp orders the lines, but must not get into a row. */
uint32_t hu_kmsg_blocks_line(struct hu_kmsg_blocks *blocks, const struct hu_kmsg_line *line,
			     struct hu_str text, hu_ns ts, bool off_axis, uint64_t pos);
/* At a reboot or the end of the file: whatever is open is put, and said to be cut where it is. */
void hu_kmsg_blocks_finish(struct hu_kmsg_blocks *blocks, hu_ns ts);

#endif
