/*
 * ingest/stackowner.h - is a stack that stands behind an event in a trace that event's own? ftrace
 * writes a stack as a record of its own, and names no event in it. A `stacktrace` trigger writes
 * one also where the filter then throws its event away (__trace_event_discard_commit() and
 * event_triggers_post_call(), kernel/trace/trace_events_trigger.c, since 3.15): such a stack stands
 * behind whatever came before. What is on top of it, between the hook in the kernel and ftrace's
 * stack walk, says what kind of event it is of, and often of which.
 */
#ifndef HU_STACKOWNER_H
#define HU_STACKOWNER_H

#include "db/base.h"

#include <inttypes.h>

/* How the kernel comes to write an event. */
enum hu_made_by {
	HU_MADE_UNKNOWN = 0, /* a traced function: its stack begins with anything */
	HU_MADE_BY_TRACER,   /* a marker */
	HU_MADE_BY_TRIGGER,  /* of another event, inside of it: a synthetic event */
	HU_MADE_BY_TRACEPOINT,
	HU_MADE_BY_SYSCALL_ENTRY,
	HU_MADE_BY_SYSCALL_EXIT,
	HU_MADE_BY_PROBE,
	HU_MADE_BY_RETURN_PROBE,
	HU_MADE_BY_SOME_PROBE, /* entry or return, not known which */
};

struct hu_stack_event {
	enum hu_made_by by;
	struct hu_str name;	/* of a tracepoint's event: "sched_switch" */
	struct hu_str function; /* that a probe sits in; empty: not known */
	bool known;		/* the vocabulary has a meaning for it */
};

/* For everything but probes and synthetic events, which can have any name. */
enum hu_made_by hu_made_by_name(struct hu_str event);

struct hu_stack_top {
	enum hu_made_by by;
	struct hu_str tracepoint;  /* empty: not known */
	struct hu_str class;	   /* of events, include/trace/trace_events.h */
	struct hu_str function[8]; /* below the machinery */
	unsigned functions, frames;
	bool gate;    /* the next one is the function that was probed */
	bool certain; /* function[0] is it */
};

/*
 * One frame after the other, leaf first, into a zeroed struct; the text is borrowed. A frame
 * without a name is empty, "0x…", or "[FTRACE TRAMPOLINE]". False: more frames change nothing.
 */
bool hu_stack_top_see(struct hu_stack_top *top, struct hu_str symbol);
/* False: it is another event's. True: it may be this one's, nothing speaks against it. */
bool hu_stack_top_fits(const struct hu_stack_top *top, const struct hu_stack_event *event);

/* How many stacks fit nothing, "record" or "line", and the number of the first: a loss. */
#define HU_STRAY_STACKS                                                                            \
	"%" PRIu64 " stacks, the first in %s %" PRIu64                                             \
	", are not used: no event stands in front of them that they could be of (a trigger "       \
	"writes "                                                                                  \
	"one also where the filter drops the event)"

#endif
