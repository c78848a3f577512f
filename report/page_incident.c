/* The chapters of one incident: box, timeline, impact, chain, holders, what to do, evidence. */
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
		struct hu_cell *c = hu_pen_written(&s);
		hu_pen_count(&s, b->count);
		c = hu_pen_cell(&s, hu_str(b->stalled ? "stalled" : ""));
		c->share = b->count == HU_OPEN ? 0 : (double)b->count / (double)most;
		c->tone = b->stalled ? HU_TONE_BAD : HU_TONE_PLAIN;
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, in->bucket_count, n, "steps");
}

static void holders(struct hu_pen *pen, const struct hu_page_incident *in, int level)
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
	hu_pen_heading(pen, level, in->operation.len ? "Who held it" : "Who is in it",
		       hu_pen_anchor(pen, in), "holders");
	struct hu_sheet s = hu_pen_sheet(
		pen, "Tasks that were in the way, with their share of the blocked time", columns,
		9);
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

static void one_fix(struct hu_pen *pen, const struct hu_page_incident *in, size_t i, int level)
{
	const struct hu_page_fix *f = &in->fixes[i];
	enum hu_tone tone;
	const char *state = hu_phrase_applies(f, &tone);
	HU_CLEANUP(hu_out_deinit) struct hu_out id = {0};
	static const struct {
		enum hu_page_fix_item kind;
		const char *label;
	} parts[] = {
		{HU_FIX_WORKAROUND, "Until then"},	  {HU_FIX_VERIFY, "How to verify"},
		{HU_FIX_CONSEQUENCE, "What it costs"},	  {HU_FIX_COMMIT, "Commits"},
		{HU_FIX_MATCHED, "Speaks for it"},	  {HU_FIX_REFUTED, "Speaks against it"},
		{HU_FIX_UNTESTED, "Could not be tested"},
	};

	hu_out_printf(&id, "%s-fix-%zu", hu_pen_anchor(pen, in), i + 1);
	bool released = f->fixed_in.len > 0;
	const char *tag = hu_str_is(f->applies, "affected") ? "not in this kernel"
			  : hu_str_is(f->applies, "fixed")  ? "already in this kernel"
							    : "not known if in this kernel";
	if (!released)
		tag = hu_str_is(f->applies, "affected") ? "affects this kernel"
		      : hu_str_is(f->applies, "fixed")	? "does not apply"
							: "not known if it applies";
	pen->draw->heading(pen->to, level, hu_pen_shorten(pen, f->title), id.at, tag, tone);
	if (released) {
		hu_out_puts(&pen->scratch, "Fixed in ");
		hu_phrase_fixed_in(&pen->scratch, f);
		hu_out_printf(&pen->scratch, "; %s", state);
	} else {
		hu_out_printf(&pen->scratch, "%c%s", state[0] - 'a' + 'A', state + 1);
	}
	if (hu_str_is(f->decided_by, "nothing")) {
		hu_out_puts(&pen->scratch, ". Nothing in the bundle decides that");
	} else {
		hu_out_puts(&pen->scratch, ". Decided by ");
		hu_out_str(&pen->scratch, f->decided_by);
	}
	if (f->decided_text.len) {
		hu_out_puts(&pen->scratch, ": ");
		hu_out_str(&pen->scratch, f->decided_text);
	}
	hu_out_putc(&pen->scratch, '.');
	if (f->library.len && !hu_str_is(f->library, "built-in")) {
		hu_out_puts(&pen->scratch, " This entry is of the site's own library: ");
		hu_out_str(&pen->scratch, f->library);
		hu_out_putc(&pen->scratch, '.');
	}
	hu_pen_say(pen, HU_TONE_PLAIN);
	hu_pen_para(pen, hu_pen_shorten(pen, f->explains), HU_TONE_PLAIN);
	if (f->items[HU_FIX_TRIED].count) {
		hu_out_puts(&pen->scratch, "Tried: ");
		hu_out_str(&pen->scratch, f->items[HU_FIX_TRIED].at[0]);
		hu_out_putc(&pen->scratch, '.');
		hu_pen_say(pen, HU_TONE_PLAIN);
	}
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		const struct hu_page_texts *texts = &f->items[parts[k].kind];
		if (!texts->count)
			continue;
		hu_out_printf(&pen->scratch, "%s:", parts[k].label);
		hu_pen_say(pen, HU_TONE_DIM);
		hu_pen_list(pen, texts, false);
	}
	const struct hu_page_texts *links = &f->items[HU_FIX_LINK];
	if (links->count)
		pen->draw->links(pen->to, links->at, hu_pen_least(links->count, pen->detail.items));
}

static void remedy(struct hu_pen *pen, const struct hu_page_incident *in, int level)
{
	const struct hu_page_texts *actions = &in->notes[HU_NOTE_ACTION];
	size_t n = hu_pen_least(in->fix_count, pen->detail.fixes);

	hu_pen_heading(pen, level, "What to do", hu_pen_anchor(pen, in), "do");
	hu_pen_list(pen, actions, true);
	hu_phrase_estimate(&pen->scratch, in);
	hu_pen_say(pen, HU_TONE_PLAIN);
	if (!n) {
		hu_pen_para(pen, hu_str("The library of known fixes has no entry that fits this."),
			    HU_TONE_PLAIN);
		return;
	}
	for (size_t i = 0; i < n; i++)
		one_fix(pen, in, i, level + 1);
	hu_pen_left_out(pen, in->fix_count, n, "known fixes");
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

void hu_pen_incident(struct hu_pen *pen, const struct hu_page_incident *in, int level, bool alone)
{
	struct hu_box_line box[HU_BOX_LINES];
	const char *anchor = hu_pen_anchor(pen, in);
	const struct hu_page_texts *caveats = &in->notes[HU_NOTE_CAVEAT];

	if (!alone) {
		hu_out_str(&pen->scratch, in->id);
		hu_out_puts(&pen->scratch, ": ");
		hu_out_str(&pen->scratch, in->title);
		pen->draw->heading(pen->to, 2, hu_phrase_keep(pen->page, &pen->scratch), anchor,
				   NULL, HU_TONE_PLAIN);
	}
	size_t lines = hu_phrase_box(pen->page, in, box);
	for (size_t i = 0; i < lines; i++)
		box[i].detail = hu_pen_shorten(pen, box[i].detail);
	pen->draw->box(pen->to, box, lines);
	if (!hu_str_eq(in->summary, pen->page->verdict.sentence))
		hu_pen_para(pen, hu_pen_shorten(pen, in->summary), HU_TONE_PLAIN);
	if (caveats->count) {
		struct hu_str items[12];
		size_t n = hu_pen_least(caveats->count, hu_pen_least(pen->detail.items, 12));
		for (size_t i = 0; i < n; i++)
			items[i] = hu_pen_shorten(pen, caveats->at[i]);
		pen->draw->aside(pen->to, HU_TONE_WARN, "Read with care", items, n);
		hu_pen_left_out(pen, caveats->count, n, "caveats");
	}
	int64_t from, to;
	if (pen->detail.lanes && hu_figure_range(pen->page, in, &from, &to)) {
		hu_pen_heading(pen, level, "Timeline", anchor, "timeline");
		pen->draw->figure(pen->to, pen->page, in, &pen->detail);
	}
	if (in->link_count) {
		hu_pen_heading(pen, level, "The chain", anchor, "chain");
		hu_out_puts(&pen->scratch, "What the worst one lived through, from the victim to "
					   "the root. Rows without indentation "
					   "add up to the whole; an indented row says "
					   "who was in the way of the row above it.");
		hu_pen_say(pen, HU_TONE_DIM);
		if (pen->draw->graph)
			pen->draw->graph(pen->to, pen->page, in, &pen->detail);
		pen->draw->chain(pen->to, pen->page, in, &pen->detail);
		hu_pen_left_out(pen, in->link_count,
				hu_pen_least(in->link_count, pen->detail.links), "links");
	}
	/* Where CPUs spun there is no chain: the profile is what was seen. */
	if (!in->operation.len)
		flames(pen, in, level);
	remedy(pen, in, level);
	impact(pen, in, level);
	holders(pen, in, level);
	if (in->operation.len)
		flames(pen, in, level);
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
