/*
 * A call chain of perf script, leaf first: the kernel's frames, and behind them the program's,
 * which get the name of their file in front, "(libc.so.6) read", so that none of them can be taken
 * for a function of the kernel. Where neither addresses nor objects are printed, nothing tells the
 * two apart but the kernel's own entry points: then what is behind them is left out.
 */
#include "ingest/perfscript_stack.h"

#include <string.h>

void hu_perf_stack_deinit(struct hu_perf_stack *stack)
{
	hu_out_deinit(&stack->names);
}

void hu_perf_stack_begin(struct hu_perf_stack *stack, uint64_t pos)
{
	hu_out_clear(&stack->names);
	stack->pos = pos;
	stack->count = 0;
}

/* "(libc.so.6) read", "(perf) +0x147cfa"; an address that is no offset into the file stays whole.
 */
static void put_program(struct hu_out *to, const struct hu_perf_frame *frame)
{
	hu_out_putc(to, '(');
	hu_out_str(to, frame->module);
	hu_out_putc(to, ')');
	if (!frame->symbol.len && hu_str_is(frame->module, "unknown"))
		return;
	hu_out_putc(to, ' ');
	if (frame->symbol.len)
		hu_out_str(to, frame->symbol);
	else
		hu_out_printf(to, "%s0x%llx", frame->address >> 32 ? "" : "+",
			      (unsigned long long)frame->address);
}

void hu_perf_stack_add(struct hu_perf_stack *stack, const struct hu_perf_frame *frame, bool kept)
{
	struct hu_perf_frame lost;

	if (stack->count == HU_PERF_FRAMES)
		return;
	/* "0 [unknown] ([unknown])": the unwinder lost its way in the program */
	if (frame->side == HU_PERF_UNSAID && !frame->symbol.len) {
		lost = (struct hu_perf_frame){.module = hu_str("unknown"), .side = HU_PERF_USER};
		frame = &lost;
	}
	struct hu_perf_stack_frame *at = &stack->at[stack->count++];
	bool program = frame->side == HU_PERF_USER;
	*at = (struct hu_perf_stack_frame){
		.frame = {frame->symbol, frame->module, program ? 0 : frame->address},
		.side = frame->side,
		.copied = program || !kept,
		.symbol = stack->names.len};
	if (!at->copied)
		return;
	if (program)
		put_program(&stack->names, frame);
	else
		hu_out_str(&stack->names, frame->symbol);
	at->frame.symbol.len = stack->names.len - at->symbol;
	hu_out_str(&stack->names, frame->module);
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
		said |= stack->at[i].side != HU_PERF_UNSAID;
	for (size_t i = 0; i < stack->count; i++) {
		struct hu_perf_stack_frame *at = &stack->at[i];
		if (at->copied) {
			at->frame.symbol.at = stack->names.at + at->symbol;
			at->frame.module.at = at->frame.symbol.at + at->frame.symbol.len;
		}
		stack->ready[i] = at->frame;
		if (said || is_entry(at->frame.symbol))
			end = i + 1;
	}
	stack->count = 0;
	return end ? hu_text_stack(events, stack->ready, end) : 0;
}
