/*
 * ingest/tracedat_stack.h - stacks in ring buffers: records of their own, behind the events that
 * they are of.
 */
#ifndef HU_TRACEDAT_STACK_H
#define HU_TRACEDAT_STACK_H

#include "ingest/ringpages.h"
#include "ingest/stackowner.h"
#include "ingest/symtab.h"
#include "ingest/tracedat_head.h"
#include "ingest/vocabulary.h"

/*
 * struct trace_entry, include/linux/trace_events.h: the same four fields in front of every event,
 * at the same places, since 2.6.
 */
struct hu_trace_entry {
	uint32_t type;
	uint32_t context; /* enum hu_context, out of the flags */
	int32_t pid;
};

bool hu_trace_entry_of(struct hu_str data, bool big_endian, struct hu_trace_entry *ret);

struct hu_trace_owner {			    /* an event that a stack may be of */
	const struct hu_stack_event *event; /* without its function */
	uint64_t probed;		    /* where a probe sits; 0: it is none */
};

/* The last events of one CPU of one buffer, by context. */
struct hu_trace_open {
	struct {
		struct hu_trace_owner owner;
		const struct hu_stack_event *inner; /* that a trigger of it wrote, and that has no
						       stack yet */
		int32_t pid;
		bool seen; /* since the last gap */
		bool has_stack;
	} of[4];
};

struct hu_trace_stacks;

struct hu_trace_stacks *hu_trace_stacks_create(
	const struct hu_trace_head *head, bool big_endian, struct hu_symtab *symbols,
	struct hu_vocabulary *words,
	const struct hu_stack_event *(*event_of)(void *with, uint32_t type), void *with);
void hu_trace_stacks_destroy(struct hu_trace_stacks *stacks); /* NULL is fine */

/*
 * The stack of an event: ftrace writes it right after the event, on the same CPU, by the same task
 * and in the same context (__ftrace_trace_stack()). `ahead` is the record behind the event, `after`
 * where the ones behind that come from. 0: it has none.
 */
hu_stack hu_trace_stack_behind(struct hu_trace_stacks *stacks, const struct hu_trace_entry *entry,
			       const struct hu_trace_owner *owner, struct hu_ring_record ahead,
			       const struct hu_ring *after);
/*
 * Counts the stacks that are nobody's: every record of a CPU and buffer comes through here, in
 * order. `owner` says what the record is; NULL: something was lost before the next one.
 */
void hu_trace_stacks_pass(struct hu_trace_stacks *stacks, struct hu_trace_open *open,
			  const struct hu_trace_entry *entry, const struct hu_trace_owner *owner,
			  struct hu_str data, uint64_t pos);
/* Puts how many they were. */
void hu_trace_stacks_finish(const struct hu_trace_stacks *stacks, struct hu_sink *to);

#endif
