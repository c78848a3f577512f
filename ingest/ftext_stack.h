/*
 * ingest/ftext_stack.h - the stack that is being read, frame by frame, and what is known of stacks
 * with the same frames.
 */
#ifndef HU_FTEXT_STACK_H
#define HU_FTEXT_STACK_H

#include "ingest/stackowner.h"
#include "ingest/textfields.h"

struct hu_ftext_stack;

struct hu_ftext_stack *hu_ftext_stack_create(struct hu_text_events *events);
void hu_ftext_stack_destroy(struct hu_ftext_stack *s); /* NULL is fine */

/* Forgets the one before. `wanted` false: only its top is asked for. */
void hu_ftext_stack_begin(struct hu_ftext_stack *s, bool wanted);
/* "down_write+0x5/0x40", without its arrow; the text is borrowed until the next one begins. */
void hu_ftext_stack_frame(struct hu_ftext_stack *s, struct hu_str text);
/* The same of trace-cmd report -R: "size=17 caller=ARRAY[d5, 55, ff, …]", 64-bit little-endian. */
void hu_ftext_stack_bytes(struct hu_ftext_stack *s, struct hu_str body);

/* Until the next one begins. */
const struct hu_stack_top *hu_ftext_stack_top(struct hu_ftext_stack *s);
hu_stack hu_ftext_stack_name(struct hu_ftext_stack *s);
/* Stacks of which only the first frames were printed. */
uint64_t hu_ftext_stack_cut(const struct hu_ftext_stack *s);

#endif
