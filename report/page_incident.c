/*
 * The chapters of one incident, in the order of a post-mortem: summary, impact, trigger, root
 * cause, timeline, resolution and actions (page_fix.c), then what it rests on.
 */
#include <inttypes.h>

#include "report/pen.h"

static void impact(struct hu_pen *pen, const struct hu_page_incident *in, int level)
{
	static const struct hu_column columns[] = {
		{"Took", HU_CELL_TEXT}, {"Calls", HU_CELL_NUMBER}, {"", HU_CELL_BAR}};
	int64_t most = 1;
	size_t n = hu_pen_least(in->bucket_count, pen->detail.buckets);

	hu_phrase_impact(&pen->scratch, pen->page, in);
	if (!pen->scratch.len && !n)
		return;
	hu_pen_heading(pen, level, "Impact", hu_pen_anchor(pen, in), "impact");
	hu_pen_say(pen, HU_TONE_PLAIN);
	if (pen->draw->latency) {
		pen->draw->latency(pen->to, pen->page, in, &pen->detail);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (in->buckets[i].count != HU_OPEN && in->buckets[i].count > most)
			most = in->buckets[i].count;
	struct hu_sheet s = hu_pen_sheet(pen, "How long the calls took", columns, 3);
	for (size_t i = 0; i < n; i++) {
		const struct hu_page_bucket *b = &in->buckets[i];
		hu_phrase_duration(&pen->scratch, b->low_ns);
		hu_out_puts(&pen->scratch, " to ");
		hu_phrase_duration(&pen->scratch, b->high_ns);
		hu_pen_written(&s);
		hu_pen_count(&s, b->count);
		struct hu_cell *c = hu_pen_cell(&s, hu_str(b->stalled ? "stalled" : ""));
		c->share = b->count == HU_OPEN ? 0 : (double)b->count / (double)most;
		c->tone = b->stalled ? HU_TONE_BAD : HU_TONE_PLAIN;
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, in->bucket_count, n, "steps");
}

static void holders(struct hu_pen *pen, const struct hu_page_incident *in)
{
	static const struct hu_column columns[] = {
		{"Task", HU_CELL_TEXT},	     {"As", HU_CELL_TEXT},
		{"How known", HU_CELL_TAG},  {"Holds", HU_CELL_NUMBER},
		{"Longest", HU_CELL_NUMBER}, {"Longest began", HU_CELL_NUMBER},
		{"Blocked", HU_CELL_NUMBER}, {"Share", HU_CELL_NUMBER},
		{"Doing", HU_CELL_TEXT}};
	size_t n = hu_pen_least(in->holder_count, pen->detail.holders);

	if (!n)
		return;
	struct hu_sheet s =
		hu_pen_sheet(pen,
			     in->operation.len ? "Who held it, with their share of the blocked time"
					       : "Who is in it, with their share of the time",
			     columns, 9);
	for (size_t i = 0; i < n; i++) {
		const struct hu_page_holder *h = &in->holders[i];
		hu_phrase_task(&pen->scratch, h->comm, h->tid);
		hu_pen_written(&s);
		hu_pen_cell(&s, h->role);
		hu_pen_cell(&s, h->how)->tone = hu_phrase_how_tone(h->how);
		hu_pen_count(&s, h->holds);
		hu_pen_duration(&s, h->longest_ns);
		hu_pen_stamp(&s, h->longest_at_ns);
		hu_pen_duration(&s, h->blocking_ns);
		hu_phrase_share(&pen->scratch, h->share);
		hu_pen_written(&s);
		hu_out_str(&pen->scratch, h->doing);
		if (h->doing.len && h->doing_ns != HU_OPEN) {
			hu_out_puts(&pen->scratch, " for ");
			hu_phrase_duration(&pen->scratch, h->doing_ns);
		}
		hu_pen_written(&s);
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, in->holder_count, n, "holders");
}

static void evidence(struct hu_pen *pen, const struct hu_page_incident *in, int level)
{
	static const struct hu_column columns[] = {
		{"#", HU_CELL_TEXT},	       {"Claim", HU_CELL_TEXT},
		{"Source", HU_CELL_CODE},      {"Place", HU_CELL_TEXT},
		{"Case time", HU_CELL_NUMBER}, {"The record", HU_CELL_CODE}};
	size_t n = hu_pen_least(in->evidence_count, pen->detail.evidence);

	if (!n)
		return;
	hu_pen_heading(pen, level, "Evidence", hu_pen_anchor(pen, in), "evidence");
	struct hu_sheet s =
		hu_pen_sheet(pen, "Each claim with the record that it rests on", columns, 6);
	for (size_t i = 0; i < n; i++) {
		const struct hu_page_evidence *e = &in->evidence[i];
		hu_out_printf(&pen->scratch, "E%" PRId64, e->rank);
		hu_pen_written(&s);
		hu_pen_cell(&s, e->claim);
		hu_pen_cell(&s, e->source);
		struct hu_cell *place = hu_pen_cell(&s, e->location);
		if (e->event_table.len && e->event_row != HU_OPEN) {
			hu_out_str(&pen->scratch, e->event_table);
			hu_out_printf(&pen->scratch, " row %" PRId64, e->event_row);
			place->small = hu_phrase_keep(pen->page, &pen->scratch);
		}
		hu_pen_stamp(&s, e->time_ns);
		hu_pen_cell(&s, e->text);
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, in->evidence_count, n, "pieces of evidence");
}

/* What waited and what held, as far as stacks tell; the appendix has the others. */
static void stack_of(struct hu_pen *pen, const char *title, struct hu_str comm, int64_t tid,
		     struct hu_str stack)
{
	enum { FRAMES = 16 };

	if (!stack.len || !pen->detail.stacks)
		return;
	hu_out_puts(&pen->scratch, title);
	if (comm.len)
		hu_phrase_task(&pen->scratch, comm, tid);
	struct hu_str said = hu_pen_shorten(pen, hu_phrase_keep(pen->page, &pen->scratch));
	pen->draw->listing(pen->to, said,
			   hu_pen_frames(pen, stack, hu_pen_least(pen->detail.frames, FRAMES)));
}

static void root_cause(struct hu_pen *pen, const struct hu_page_incident *in, int level)
{
	const struct hu_page_holder *h = in->holder_count ? &in->holders[0] : NULL;
	struct hu_str held = h && h->stack.len ? h->stack : in->holder_stack;

	if (!in->link_count && !in->holder_count && !in->waiter_stack.len && !held.len)
		return;
	hu_pen_heading(pen, level, "Root cause", hu_pen_anchor(pen, in), "chain");
	if (in->link_count) {
		hu_out_puts(&pen->scratch,
			    in->worst_ns == HU_OPEN
				    ? "Where the time went, and who was in the way."
				    : "What the worst one lived through, from the victim to the "
				      "root. Rows without indentation add up to the whole; an "
				      "indented row says who was in the way of the row above it.");
		hu_pen_say(pen, HU_TONE_DIM);
		if (pen->draw->graph)
			pen->draw->graph(pen->to, pen->page, in, &pen->detail);
		pen->draw->chain(pen->to, pen->page, in, &pen->detail);
		hu_pen_left_out(pen, in->link_count,
				hu_pen_least(in->link_count, pen->detail.links), "links");
	}
	holders(pen, in);
	stack_of(pen, "Where it waited: ", in->comm, in->tid, in->waiter_stack);
	if (h)
		stack_of(pen, "Where it held: ", h->comm, h->tid, held);
	else
		stack_of(pen, in->operation.len ? "Where it was held" : "Where they are",
			 (struct hu_str){NULL, 0}, HU_OPEN, held);
}

/* Caveats belong to the summary: whoever reads no further has read them. */
static void with_care(struct hu_pen *pen, const struct hu_page_incident *in)
{
	const struct hu_page_texts *caveats = &in->notes[HU_NOTE_CAVEAT];
	struct hu_str items[12];
	size_t n = hu_pen_least(caveats->count, hu_pen_least(pen->detail.items, 12));

	for (size_t i = 0; i < n; i++)
		items[i] = hu_pen_shorten(pen, caveats->at[i]);
	if (n)
		pen->draw->aside(pen->to, HU_TONE_WARN, "Read with care", items, n);
	hu_pen_left_out(pen, caveats->count, n, "caveats");
}

void hu_pen_box(struct hu_pen *pen, const struct hu_page_incident *in)
{
	struct hu_box_line box[HU_BOX_LINES];
	size_t lines = hu_phrase_box(pen->page, in, box);

	for (size_t i = 0; i < lines; i++)
		box[i].detail = hu_pen_shorten(pen, box[i].detail);
	pen->draw->box(pen->to, box, lines);
}

static void flames(struct hu_pen *pen, const struct hu_page_incident *in, int level)
{
	if (!in->flame_count || !pen->draw->flames || !pen->detail.flames)
		return;
	hu_pen_heading(pen, level,
		       in->operation.len ? "What the holder did" : "Where the CPUs were",
		       hu_pen_anchor(pen, in), "flame");
	pen->draw->flames(pen->to, pen->page, in, &pen->detail);
}

void hu_pen_incident(struct hu_pen *pen, const struct hu_page_incident *in, int level, bool alone)
{
	const char *anchor = hu_pen_anchor(pen, in);
	int64_t from, to;

	if (!alone) {
		hu_out_str(&pen->scratch, in->id);
		hu_out_puts(&pen->scratch, ": ");
		hu_out_str(&pen->scratch, in->title);
		struct hu_str title = hu_phrase_keep(pen->page, &pen->scratch);
		pen->draw->heading(pen->to, 2, hu_pen_shorten(pen, title), anchor, NULL,
				   HU_TONE_PLAIN);
	}
	/* The first one's stands on top of the page. */
	if (in != pen->page->incidents)
		hu_pen_box(pen, in);
	if (!hu_str_eq(in->summary, pen->page->verdict.sentence))
		hu_pen_para(pen, hu_pen_shorten(pen, in->summary), HU_TONE_PLAIN);
	with_care(pen, in);
	impact(pen, in, level);
	hu_pen_heading(pen, level, "Trigger", anchor, "trigger");
	hu_phrase_trigger(&pen->scratch, pen->page, in);
	hu_pen_say(pen, HU_TONE_PLAIN);
	root_cause(pen, in, level);
	if (pen->detail.lanes && hu_figure_range(pen->page, in, &from, &to)) {
		hu_pen_heading(pen, level, "Timeline", anchor, "timeline");
		pen->draw->figure(pen->to, pen->page, in, &pen->detail);
	}
	flames(pen, in, level);
	hu_pen_resolution(pen, in, level);
	evidence(pen, in, level);
	if (in->notes[HU_NOTE_RULED_OUT].count) {
		hu_pen_heading(pen, level, "Ruled out", anchor, "ruled-out");
		hu_pen_list(pen, &in->notes[HU_NOTE_RULED_OUT], false);
	}
	if (in->notes[HU_NOTE_CAPTURE].count) {
		hu_pen_heading(pen, level, "What to capture next time", anchor, "capture");
		hu_pen_list(pen, &in->notes[HU_NOTE_CAPTURE], false);
	}
}
