/*
 * ingest/ftext_queue.h - events on their way to the vocabulary, held back until it is known whether
 * a stack follows. In a text the stack of an event stands below the next lines of other CPUs.
 */
#ifndef HU_FTEXT_QUEUE_H
#define HU_FTEXT_QUEUE_H

#include "ingest/textfields.h"

struct hu_ftext_queue;

/* Which note of struct hu_text_name is for what. */
enum {
	HU_FTEXT_NOTE_OWNER,
	HU_FTEXT_NOTE_SEEN,
	HU_FTEXT_NOTE_STACKED,
	HU_FTEXT_NOTE_MADE_BY,
};

struct hu_ftext_queue *hu_ftext_queue_create(struct hu_text_events *events);
void hu_ftext_queue_destroy(struct hu_ftext_queue *q); /* NULL is fine */

/*
 * The next event. Its text is borrowed until hu_ftext_queue_flush(), but `prefix`, which belongs in
 * front of its name, is static text. `use` false: it is only counted, and a stack behind it is its
 * own.
 */
void hu_ftext_queue_event(struct hu_ftext_queue *q, const char *prefix,
			  const struct hu_text_event *event, const struct hu_where *at, bool use);
/* Something that has no name to count by, and may have a stack. */
void hu_ftext_queue_nobody(struct hu_ftext_queue *q, const struct hu_where *at);
/*
 * A stack begins: of the last event on this CPU, if that is of this task and context. Where the
 * text has no flags, an event of an interrupt may stand between; then the stack's own top and what
 * events of a name have had so far decide.
 */
void hu_ftext_queue_stack(struct hu_ftext_queue *q, const struct hu_where *at);
void hu_ftext_queue_frame(struct hu_ftext_queue *q, struct hu_str frame);
/* The same of trace-cmd report -R: "size=17 caller=ARRAY[d5, 55, ff, …]", 64-bit little-endian. */
void hu_ftext_queue_bytes(struct hu_ftext_queue *q, struct hu_str body);
/* Whatever comes next is no frame of it. */
void hu_ftext_queue_end_stack(struct hu_ftext_queue *q);
/* Something was lost on this CPU, between the event before and the next. */
void hu_ftext_queue_gap(struct hu_ftext_queue *q, int32_t cpu);
/* Hands over all that is held back. */
void hu_ftext_queue_flush(struct hu_ftext_queue *q);

/* What the vocabulary did not take: lines whose body is cut or of an unknown form. */
uint64_t hu_ftext_queue_refused(const struct hu_ftext_queue *q, uint64_t *first_line);
/* Stacks that no event stands in front of that they could be of. */
uint64_t hu_ftext_queue_stray(const struct hu_ftext_queue *q, uint64_t *first_line);
/* Stacks of which only the first frames are printed. */
uint64_t hu_ftext_queue_cut(const struct hu_ftext_queue *q);

#endif
