/*
 * ingest/printf_line.h - one line that somebody's script printed, whatever its wording: which
 * durations, stamps, tasks and addresses are in it, and what is left when they are taken out. And
 * one line of a stack.
 */
#ifndef HU_PRINTF_LINE_H
#define HU_PRINTF_LINE_H

#include "db/base.h"

enum { HU_PRINTF_DURATIONS = 4, HU_PRINTF_LABEL = 120 };

struct hu_printf_line { /* texts borrow from the line */
	/* the wording without keys, numbers and names, its blanks folded; the rest of a long one
	 * is left out */
	char label[HU_PRINTF_LABEL];
	size_t label_len;
	hu_ns duration[HU_PRINTF_DURATIONS];
	struct hu_str key[HU_PRINTF_DURATIONS]; /* "cost"; empty where it had none */
	int durations;				/* more than fit are not counted */
	bool keyed;				/* one of them is a key=value */
	bool unitless;				/* "cost=180": a duration in who knows what */
	bool absurd; /* negative, or more than 292 years: a wrapped subtraction */
	hu_ns stamp; /* HU_OPEN: none. nsecs since boot, or since 1970 if `epoch` */
	bool epoch, stamp_is_start;
	struct hu_str comm;
	int32_t tid, pid, cpu; /* or HU_NONE */
	uint64_t address;      /* of a lock, semaphore, mutex; 0: none */
	struct hu_str lock;    /* its name, if the line has one; else empty */
	struct hu_str function;
	bool locks;	 /* the wording speaks of a lock */
	char stack_word; /* 'k', 'u', 's': it announces a kernel, user or some stack; 0: it doesn't
			  */
};

void hu_printf_line_parse(struct hu_str s, struct hu_printf_line *line);
struct hu_str hu_printf_line_label(const struct hu_printf_line *line); /* borrows from it */

struct hu_printf_frame {
	struct hu_str symbol; /* bare; empty if only the address is known */
	struct hu_str module; /* "ext4"; empty for the kernel itself */
	uint64_t address;     /* 0: not printed */
	bool user;	      /* surely of user space */
	bool hex_offset;      /* "+0x1f": not bpftrace's own form */
	bool bare_address;    /* nothing but an address: a frame only if a stack is expected */
	bool indented;
};

/* A frame in one of bpftrace's stack modes (bpftrace, perf, raw) or of /proc/PID/stack. */
bool hu_printf_frame_parse(struct hu_str line, struct hu_printf_frame *ret);

#endif
