/*
 * A call chain of perf script, leaf first: the kernel's frames, and behind them the program's.
 * Where no address and no object is printed, nothing tells them apart but the kernel's own entry
 * points.
 */
#include "ingest/perfscript_stack.h"

#include <stdlib.h>

static void drop_copies(struct hu_perf_stack *stack)
{
	while (stack->copies)
		free(stack->copy[--stack->copies]);
}

void hu_perf_stack_deinit(struct hu_perf_stack *stack)
{
	drop_copies(stack);
}

void hu_perf_stack_begin(struct hu_perf_stack *stack, uint64_t pos)
{
	drop_copies(stack);
	stack->pos = pos;
	stack->count = 0;
}

void hu_perf_stack_add(struct hu_perf_stack *stack, const struct hu_perf_frame *frame, bool kept)
{
	struct hu_str symbol = frame->symbol, module = frame->module;

	if (stack->count == HU_PERF_FRAMES || frame->side == HU_PERF_USER)
		return;
	if (!kept) {
		symbol.at = stack->copy[stack->copies++] = hu_strdup(symbol);
		module.at = stack->copy[stack->copies++] = hu_strdup(module);
	}
	stack->side[stack->count] = frame->side;
	stack->frame[stack->count++] = (struct hu_text_frame){symbol, module, frame->address};
}

/* The outermost frames of kernel stacks: arch/x86/entry, arch/arm64/kernel/entry.S. */
static bool is_entry(struct hu_str symbol)
{
	static const char *const begins[] = {
		"entry_SYSCALL",
		"entry_INT80",
		"entry_SYSENTER",
		"asm_exc_",
		"asm_sysvec_",
		"asm_common_",
		"ret_from_fork",
		"el0t_",
		"el0_sync",
		"el0_svc",
		"ret_fast_syscall",
		"system_call_",
		"__irqentry_text_end",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(symbol, begins[i]))
			return true;
	return false;
}

hu_stack hu_perf_stack_end(struct hu_perf_stack *stack, struct hu_text_events *events)
{
	bool said = false;
	size_t end = 0;

	for (size_t i = 0; i < stack->count; i++)
		said |= stack->side[i] == HU_PERF_KERNEL;
	for (size_t i = 0; i < stack->count; i++) {
		if (said && stack->side[i] == HU_PERF_KERNEL)
			stack->frame[end++] = stack->frame[i];
		else if (!said && is_entry(stack->frame[i].symbol))
			end = i + 1;
	}
	hu_stack ret = end ? hu_text_stack(events, stack->frame, end) : 0;
	stack->count = 0;
	return ret;
}
