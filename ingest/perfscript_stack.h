/* ingest/perfscript_stack.h - the call chain of one event, as perf script prints it. */
#ifndef HU_PERFSCRIPT_STACK_H
#define HU_PERFSCRIPT_STACK_H

#include "db/text.h"
#include "ingest/perfscript_line.h"
#include "ingest/textfields.h"

enum { HU_PERF_FRAMES = 512 }; /* deeper ones are left out */

/* Zero-initialise, deinit. */
struct hu_perf_stack {
	uint64_t pos; /* line of its event */
	bool low;     /* the kernel's addresses are of 32 bits */
	size_t count;
	struct hu_perf_stack_frame {
		struct hu_text_frame frame;
		enum hu_perf_side side;
		bool copied; /* its names lie in `names`: symbol, then module */
		size_t symbol;
	} at[HU_PERF_FRAMES];
	struct hu_text_frame ready[HU_PERF_FRAMES];
	struct hu_out names;
};

void hu_perf_stack_begin(struct hu_perf_stack *stack, uint64_t pos);
/* `kept`: the frame's texts live until hu_perf_stack_end(). */
void hu_perf_stack_add(struct hu_perf_stack *stack, const struct hu_perf_frame *frame, bool kept);
hu_stack hu_perf_stack_end(struct hu_perf_stack *stack, struct hu_text_events *events);
void hu_perf_stack_deinit(struct hu_perf_stack *stack);

#endif
