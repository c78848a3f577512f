/*
 * The call trace inside a report of the kernel log: frames, the marks between them, and which of
 * them are the task's own. Most lines of a log full of stacks come through here.
 */
#include "ingest/kframe.h"
#include "ingest/kmsg_block.h"

/* The outermost frame of a whole call trace is where the kernel was entered, or a thread began. */
static bool is_root(struct hu_str symbol)
{
	static const char *const begins[] = {
		"entry_",	    "ret_from_",       "el0",	     "system_call",  "sysret",
		"tracesys",	    "int_signal",      "stub_",	     "asm_",	     "page_fault",
		"async_page_fault", "start_secondary", "secondary_", "x86_64_start", "start_kernel",
		"kernel_thread",    "sysenter",	       "__do_sys",   "ret_to_user",  "0x"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(symbol, begins[i]))
			return true;
	return false;
}

/* Takes one "<IRQ>", "</TASK>", "<EOI>" off the front and notes what it means for the frames. */
static bool marker(struct hu_kmsg_open *r, struct hu_str *s)
{
	ptrdiff_t end = hu_str_find(*s, ">");

	if (end < 0) /* cut: what it was is not known */
		return false;
	if (hu_str_starts(*s, "<TASK>")) {
		r->interrupt_over = r->interrupt;
		r->marker = true;
	} else if (hu_str_starts(*s, "</TASK>")) {
		r->marker = false;
		r->stage = TAIL;
	} else if (hu_str_starts(*s, "</IRQ>") || hu_str_starts(*s, "</NMI>") ||
		   hu_str_starts(*s, "<EOI>") || hu_str_starts(*s, "<<EOE>>")) {
		r->interrupt_over = true;
	} else if (hu_str_starts(*s, "<IRQ>") || hu_str_starts(*s, "<NMI>") ||
		   hu_str_starts(*s, "<<NMI>>")) {
		r->interrupt = !r->count || r->interrupt;
	} else if (!hu_str_starts(*s, "<#") && !hu_str_starts(*s, "</#") &&
		   !hu_str_starts(*s, "<ENTRY_TRAMPOLINE>") &&
		   !hu_str_starts(*s, "</ENTRY_TRAMPOLINE>") && !hu_str_starts(*s, "<SOFTIRQ>") &&
		   !hu_str_starts(*s, "</SOFTIRQ>")) {
		return false;
	}
	while ((size_t)end + 1 < s->len && s->at[end + 1] == '>')
		end++;
	*s = hu_str_trim(hu_str_skip(*s, (size_t)end + 1));
	return true;
}

/*
 * A detector's interrupt prints its own frames above those of the task it interrupted, which is the
 * one of interest. Where registers came first, they are that task's, and every frame is.
 */
static bool reports_others(const struct hu_kmsg_open *r)
{
	return !r->rip &&
	       (hu_kmsg_kind(r->what) == HU_SNAP_LOCKUP || hu_kmsg_kind(r->what) == HU_SNAP_STACK);
}

static void push(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str symbol,
		 struct hu_str module)
{
	if (r->interrupt && r->interrupt_over && reports_others(r)) {
		r->count = 0;
		r->interrupt = false;
	}
	r->interrupt_over = false;
	r->rooted = is_root(symbol);
	if (r->count < HU_KMSG_MAX_FRAMES)
		r->frames[r->count++] =
			(struct frame){hu_intern(b->to, symbol), hu_intern(b->to, module)};
}

bool hu_kmsg_trace_line(struct hu_kmsg_blocks *b, struct hu_kmsg_open *r, struct hu_str text)
{
	struct hu_kframe frame;

	while (text.len && text.at[0] == '<' && marker(r, &text))
		if (!text.len)
			return true;
	if (hu_kframe_parse(text, &frame)) {
		if (frame.reliable)
			push(b, r, frame.symbol, frame.module);
		return true;
	}
	/* Where the kernel interrupted itself (a fault in copy_to_user), the frame is in the
	 * registers. */
	struct hu_str rip = hu_kmsg_rip(text);
	if (rip.len && r->stage == TRACE)
		push(b, r, rip, (struct hu_str){0});
	return rip.len || hu_kmsg_is_detail(text);
}

bool hu_kmsg_begins_trace(struct hu_str text)
{
	return hu_str_starts(text, "Call Trace:") || hu_str_starts(text, "Call trace:") ||
	       hu_str_starts(text, "Backtrace:");
}
