/* Which event a stack in a trace is of. Asked for every stack, so it stops at the first frames that
 * tell. */
#include "ingest/stackowner.h"

#include "ingest/vocabulary.h"

static const struct {
	const char *prefix;
	enum hu_made_by by;
} marks[] = {
	/* kernel/trace/trace_kprobe.c, trace_fprobe.c, trace_syscalls.c; kernel/kprobes.c */
	{"kprobe_trace_func", HU_MADE_BY_PROBE},
	{"kprobe_dispatcher", HU_MADE_BY_PROBE},
	{"fentry_dispatcher", HU_MADE_BY_PROBE},
	{"kretprobe_", HU_MADE_BY_RETURN_PROBE},
	{"fexit_dispatcher", HU_MADE_BY_RETURN_PROBE},
	{"kprobe_", HU_MADE_BY_SOME_PROBE},
	{"fprobe_", HU_MADE_BY_SOME_PROBE},
	{"aggr_pre_handler", HU_MADE_BY_SOME_PROBE},
	{"pre_handler_", HU_MADE_BY_SOME_PROBE},
	{"opt_pre_handler", HU_MADE_BY_SOME_PROBE},
	{"ftrace_syscall_enter", HU_MADE_BY_SYSCALL_ENTRY},
	{"ftrace_syscall_exit", HU_MADE_BY_SYSCALL_EXIT},
};

/*
 * Tracepoints of the vocabulary that share their class with others, so that it has another name.
 * include/trace/events/sched.h, vmscan.h, compaction.h, block.h, lock.h; beginnings of both.
 */
static const struct {
	const char *event, *class;
} templates[] = {
	{"sched_wak", "sched_wakeup_template"},
	{"sched_process_", "sched_process_template"},
	{"mm_vmscan_", "mm_vmscan_direct_reclaim_"},
	{"mm_compaction_", "mm_compaction_"},
	{"block_", "block_"},
	{"lock_", "lock"},
};

static bool is_one_of(struct hu_str name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hu_str_is(name, list[i]))
			return true;
	return false;
}
#define IS_ONE_OF(name, list) is_one_of(name, list, sizeof(list) / sizeof((list)[0]))

enum hu_made_by hu_made_by_name(struct hu_str event)
{
	/* kernel/trace/trace_entries.h */
	static const char *const markers[] = {"print", "bprint", "bputs", "raw_data"};
	static const char *const tracers[] = {
		"function",	  "func_repeats", "funcgraph_entry",
		"funcgraph_exit", "wakeup",	  "context_switch",
		"hwlat",	  "osnoise",	  "timerlat",
		"branch",	  "mmiotrace_rw", "mmiotrace_map",
		"user_stack",	  "kernel_stack", "fgraph_retaddr_entry"};

	if (!event.len || IS_ONE_OF(event, tracers))
		return HU_MADE_UNKNOWN;
	if (IS_ONE_OF(event, markers))
		return HU_MADE_BY_TRACER;
	if (hu_str_starts(event, "sys_enter_"))
		return HU_MADE_BY_SYSCALL_ENTRY;
	if (hu_str_starts(event, "sys_exit_"))
		return HU_MADE_BY_SYSCALL_EXIT;
	return HU_MADE_BY_TRACEPOINT;
}

static bool is_probe(enum hu_made_by by)
{
	return by >= HU_MADE_BY_PROBE;
}

/* A frame of the machinery. False: that is all there is to know. */
static bool see_machinery(struct hu_stack_top *top, struct hu_str symbol)
{
	/* What is below these was running when the probe was hit. */
	static const char *const gates[] = {"ftrace_trampoline",
					    "ftrace_call",
					    "ftrace_regs_call",
					    "ftrace_caller",
					    "ftrace_regs_caller",
					    "asm_exc_int3",
					    "int3"};
	static const char raw[] = "trace_event_raw_event_", iteration[] = "__traceiter_";

	top->gate = IS_ONE_OF(symbol, gates);
	if (top->by && top->by != HU_MADE_BY_TRACEPOINT)
		return true;
	if (hu_str_starts(symbol, iteration)) {
		top->by = HU_MADE_BY_TRACEPOINT;
		top->tracepoint = hu_str_skip(symbol, sizeof(iteration) - 1);
		return false;
	}
	if (top->by)
		return true;
	if (hu_str_starts(symbol, raw)) {
		top->by = HU_MADE_BY_TRACEPOINT;
		top->class = hu_str_skip(symbol, sizeof(raw) - 1);
		return true;
	}
	for (size_t i = 0; !top->by && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (hu_str_starts(symbol, marks[i].prefix))
			top->by = marks[i].by;
	return top->by != HU_MADE_BY_SYSCALL_ENTRY && top->by != HU_MADE_BY_SYSCALL_EXIT;
}

bool hu_stack_top_see(struct hu_stack_top *top, struct hu_str symbol)
{
	enum { FRAMES = 24, FUNCTIONS = sizeof(top->function) / sizeof(top->function[0]) };
	bool nameless = !symbol.len || symbol.at[0] == '[' || hu_str_starts(symbol, "0x");

	if (++top->frames > FRAMES)
		return false;
	if (!nameless && !top->functions && hu_vocabulary_is_machinery(symbol))
		return see_machinery(top, symbol);
	if (!is_probe(top->by))
		return false;
	if (nameless) {
		/* The first is the trampoline that ftrace made at run time; behind one with a name
		 * it is the function. */
		if (top->gate && !top->functions)
			return false;
		top->gate = true;
		return true;
	}
	top->certain = top->gate && !top->functions;
	top->function[top->functions++] = symbol;
	return !top->certain && top->functions < FUNCTIONS;
}

static bool fits_tracepoint(const struct hu_stack_top *top, const struct hu_stack_event *event)
{
	if (top->tracepoint.len)
		return hu_str_eq(top->tracepoint, event->name);
	if (!event->known || hu_str_eq(top->class, event->name))
		return true;
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (hu_str_starts(event->name, templates[i].event) &&
		    hu_str_starts(top->class, templates[i].class))
			return true;
	return false;
}

static bool fits_probe(const struct hu_stack_top *top, const struct hu_stack_event *event)
{
	if (!is_probe(event->by))
		return false;
	if (top->by != event->by && top->by != HU_MADE_BY_SOME_PROBE &&
	    event->by != HU_MADE_BY_SOME_PROBE)
		return false;
	/* When a return probe is hit, its function is no more on the stack. */
	if (event->by != HU_MADE_BY_PROBE || !event->function.len || !top->functions ||
	    hu_vocabulary_is_machinery(event->function))
		return true;
	for (unsigned i = 0; i < top->functions; i++)
		if (hu_str_eq(top->function[i], event->function))
			return true;
	return false;
}

bool hu_stack_top_fits(const struct hu_stack_top *top, const struct hu_stack_event *event)
{
	if (!top->by || !event->by)
		return true;
	if (event->by == HU_MADE_BY_TRIGGER) /* kernel/trace/trace_events_synth.c */
		return hu_str_is(top->class, "synth");
	if (is_probe(top->by))
		return fits_probe(top, event);
	if (top->by != HU_MADE_BY_TRACEPOINT)
		return event->by == top->by;
	if (event->by == HU_MADE_BY_SYSCALL_ENTRY || event->by == HU_MADE_BY_SYSCALL_EXIT)
		/* the tracepoint that their own function hangs on, include/trace/events/syscalls.h
		 */
		return hu_str_is(top->tracepoint,
				 event->by == HU_MADE_BY_SYSCALL_ENTRY ? "sys_enter" : "sys_exit");
	return event->by == HU_MADE_BY_TRACEPOINT && fits_tracepoint(top, event);
}
