/*
 * ingest/printf_record.h - what somebody's script printed, as records: a line with a duration, and
 * the stack under it. Used for bpftrace's text, for the strings inside its JSON, and for such
 * output pasted into an article or a ticket.
 *
 *   65401973041 read lock held, cost=145ms, comm=kswapd0 tid=45, kstack
 *           ffffffff93f112f1 up_read+1
 *           ffffffff9409fd7d shrink_slab+221
 */
#ifndef HU_PRINTF_RECORD_H
#define HU_PRINTF_RECORD_H

#include "db/sink.h"

struct hu_printf;

struct hu_printf_counts {
	uint64_t spans;	    /* durations that became spans */
	uint64_t snapshots; /* stacks without a duration */
	uint64_t plain;	    /* lines without either */
	uint64_t user_stacks;
};

/*
 * `strict` is for text that is not all printed by a script: a duration counts only with a task or a
 * stack beside it, a stack only from three frames on, and other lines are not counted.
 */
struct hu_printf *hu_printf_create(struct hu_sink *to, bool strict);
void hu_printf_destroy(struct hu_printf *p); /* NULL is fine */
void hu_printf_destroyp(struct hu_printf **p);

/* What a script in the same file proves about the spans that it printed. `lock` 0: its name is not
 * known. */
void hu_printf_script(struct hu_printf *p, hu_name lock, bool checks_result);

/*
 * The clock that the printed stamps are in, HU_CLOCK_IN_FILE as long as there was none. A source
 * has one clock: whoever put it for something else in the same text says so, and stamps in another
 * are not used.
 */
enum hu_clock hu_printf_clock(const struct hu_printf *p);
void hu_printf_set_clock(struct hu_printf *p, enum hu_clock clock);

/* The next line. `pos` is its place in the source. */
void hu_printf_take(struct hu_printf *p, struct hu_str line, uint64_t pos);
/* Something else came between: what was printed before is complete. */
void hu_printf_flush(struct hu_printf *p);
/* Flushes and puts the losses. Borrows until destroyed. */
const struct hu_printf_counts *hu_printf_end(struct hu_printf *p);

#endif
