/* ingest/perfscript_stack.h - the call chain of one event, as perf script prints it. */
#ifndef HU_PERFSCRIPT_STACK_H
#define HU_PERFSCRIPT_STACK_H

#include "db/text.h"
#include "ingest/perfscript_line.h"
#include "ingest/textfields.h"

enum { HU_PERF_FRAMES = 256 }; /* more than PERF_MAX_STACK_DEPTH; deeper ones are left out */

/* Zero-initialise, deinit. */
struct hu_perf_stack {
	uint64_t pos; /* line of its event */
	bool low;     /* the kernel's addresses are of 32 bits */
	size_t count;
	struct hu_text_frame frame[HU_PERF_FRAMES];
	enum hu_perf_side side[HU_PERF_FRAMES];
	char *copy[2 * HU_PERF_FRAMES]; /* names of lines that are not kept */
	size_t copies;
};

void hu_perf_stack_begin(struct hu_perf_stack *stack, uint64_t pos);
/* `kept`: the frame's texts live until hu_perf_stack_end(). */
void hu_perf_stack_add(struct hu_perf_stack *stack, const struct hu_perf_frame *frame, bool kept);
/* The kernel's part of it. */
hu_stack hu_perf_stack_end(struct hu_perf_stack *stack, struct hu_text_events *events);
void hu_perf_stack_deinit(struct hu_perf_stack *stack);

#endif
