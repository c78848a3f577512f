/*
 * The table, part 5: what the function tracers and their markers write
 * (kernel/trace/trace_entries.h). A capture with function_graph is nothing but these: two records
 * for each call, of which the second says all.
 */
#include "ingest/vocabulary_private.h"

enum { FUNC, CALLED, RETURNED };

/*
 * Both times are of trace_clock_local(), whatever the clock of the stamps is
 * (kernel/trace/trace_functions_graph.c), so they give a duration and no more. Kernels add fields
 * (retval 6.5) and move the entry's (fgraph_retaddr_entry 6.13, args 6.15); none has lost these.
 */
static void see_graph_exit(struct hu_vocabulary *v, struct hu_event_kind *kind,
			   struct hu_event_view *view)
{
	uint64_t function, called, returned;

	if (!hu_slot(kind, view, FUNC, &function) || !hu_slot(kind, view, CALLED, &called) ||
	    !hu_slot(kind, view, RETURNED, &returned))
		return;
	if (!called || returned < called || returned - called >= (uint64_t)HU_OPEN)
		return;
	struct hu_address *known = hu_vocabulary_resolve(v, function);
	hu_put_span(v->to, &(struct hu_span){
				   .at = view->at,
				   .duration = (hu_ns)(returned - called),
				   .label = known->symbol,
				   .function = known->symbol,
			   });
	kind->used++;
}

/*
 * A text that somebody wrote into the trace: trace_marker, trace_printk(), bpf_trace_printk(). It
 * is no line of the kernel's log, and what it means is nobody's to say: it is kept as it is.
 */
static void see_marker(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	struct hu_str text = hu_str_trim(hu_slot_text(kind, view, 0));

	if (!text.len)
		return;
	hu_put_aggregate(v->to, &(struct hu_aggregate){
					.ts = view->at.ts,
					.pos = view->at.pos,
					.low = HU_OPEN,
					.high = HU_OPEN,
					.count = 1,
					.total = HU_NONE,
					.table = hu_internz(v->to, "marker"),
					.key = hu_intern(v->to, text),
				});
	kind->used++;
}

const struct hu_meaning hu_meanings_tracers[] = {
	{"funcgraph_exit", see_graph_exit, 0, {"func", "calltime", "rettime"}},
	{"print", see_marker, 0, {"buf"}},
	{"tracing_mark_write", see_marker, 0, {"buf"}},
	{"bprint", see_marker, 0, {"fmt"}},
	{"bputs", see_marker, 0, {"str"}},
	{"bpf_trace_printk", see_marker, 0, {"msg|bpf_string"}},
	{0},
};
