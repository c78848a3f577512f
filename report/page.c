/*
 * The page: what stands in it and in what order, for HTML and Markdown alike. The verdict and the
 * box come first, for a reader at 03:00; then what was seen, why we believe it, what to do; the
 * chapters on what was not seen are never left out.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/pen.h"

static void overview(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {{"", HU_CELL_TEXT},
						   {"Cause", HU_CELL_TEXT},
						   {"Stalled", HU_CELL_NUMBER},
						   {"Worst", HU_CELL_NUMBER},
						   {"Time lost", HU_CELL_NUMBER},
						   {"How known", HU_CELL_TAG},
						   {"Confidence", HU_CELL_TEXT},
						   {"Known fix", HU_CELL_TEXT}};
	struct hu_page *page = pen->page;
	size_t n = hu_pen_least(page->incident_count, 5 * pen->detail.incidents);

	hu_pen_heading(pen, 2, "Causes", "", "causes");
	struct hu_sheet s =
		hu_pen_sheet(pen, "Every cause, by the stall time that it explains", columns, 8);
	for (size_t i = 0; i < n; i++) {
		const struct hu_page_incident *in = &page->incidents[i];
		hu_pen_cell(&s, in->id);
		hu_pen_cell(&s, in->title);
		hu_pen_count(&s, in->stalled);
		hu_pen_duration(&s, in->worst_ns);
		hu_pen_duration(&s, in->total_ns);
		struct hu_str how =
			in->holder_count ? in->holders[0].how : (struct hu_str){NULL, 0};
		hu_pen_cell(&s, how)->tone = hu_phrase_how_tone(how);
		hu_pen_cell(&s, in->confidence);
		if (in->fix_count) {
			enum hu_tone tone;
			hu_phrase_fixed_in(&pen->scratch, &in->fixes[0]);
			struct hu_cell *c = hu_pen_written(&s);
			c->small = hu_str(hu_phrase_applies(&in->fixes[0], &tone));
			c->tone = tone;
		} else {
			hu_pen_cell(&s, hu_str("none known"));
		}
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, page->incident_count, n, "causes");
}

static void environment(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {
		{"Fact", HU_CELL_TEXT}, {"Value", HU_CELL_CODE}, {"Source", HU_CELL_CODE}};
	struct hu_page *page = pen->page;
	size_t n = hu_pen_least(page->fact_count, pen->detail.facts);

	hu_pen_heading(pen, 2, "Environment", "", "environment");
	if (!n)
		hu_pen_para(pen, hu_str("Nothing in the bundle tells of the host."), HU_TONE_PLAIN);
	struct hu_sheet s = hu_pen_sheet(pen, "What the bundle says of the host", columns, 3);
	for (size_t i = 0; i < n; i++) {
		hu_pen_cell(&s, page->facts[i].key);
		hu_pen_cell(&s, page->facts[i].value);
		hu_pen_cell(&s, page->facts[i].source);
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, page->fact_count, n, "facts");
}

static void one_stack(struct hu_pen *pen, struct hu_str title, struct hu_str stack, size_t *n)
{
	if (!stack.len || *n >= pen->detail.stacks)
		return;
	if (!(*n)++)
		hu_pen_heading(pen, 2, "Appendix: stacks", "", "stacks");
	pen->draw->listing(pen->to, title, hu_pen_frames(pen, stack, pen->detail.frames));
}

static void stacks(struct hu_pen *pen)
{
	struct hu_page *page = pen->page;
	size_t n = 0;

	for (size_t i = 0; i < hu_pen_least(page->incident_count, pen->detail.incidents); i++) {
		const struct hu_page_incident *in = &page->incidents[i];
		for (size_t k = 0; k < in->holder_count; k++) {
			hu_out_str(&pen->scratch, in->id);
			hu_out_puts(&pen->scratch, ", in the way: ");
			hu_phrase_task(&pen->scratch, in->holders[k].comm, in->holders[k].tid);
			one_stack(pen, hu_phrase_keep(page, &pen->scratch), in->holders[k].stack,
				  &n);
		}
		for (size_t k = 0; k < in->evidence_count; k++) {
			hu_out_str(&pen->scratch, in->id);
			hu_out_printf(&pen->scratch, ", E%" PRId64 ": ", in->evidence[k].rank);
			hu_out_str(&pen->scratch, in->evidence[k].claim);
			one_stack(pen, hu_pen_shorten(pen, hu_phrase_keep(page, &pen->scratch)),
				  in->evidence[k].stack, &n);
		}
	}
}

/* Losses inside the window turn "clear" into "nothing seen". */
static void lossy(struct hu_pen *pen)
{
	struct hu_page *page = pen->page;
	struct hu_str items[4];
	size_t n = 0;

	if (!page->verdict.lossy)
		return;
	for (size_t i = 0; i < page->source_count && n < 4; i++) {
		const struct hu_page_source *s = &page->sources[i];
		if (!s->loss_count)
			continue;
		hu_out_putc(&pen->scratch, '`');
		hu_out_str(&pen->scratch, s->path);
		hu_out_puts(&pen->scratch, "`: ");
		hu_out_str(&pen->scratch, s->losses[0].text);
		if (s->loss_rows > 1)
			hu_out_printf(&pen->scratch, " (and %" PRId64 " more losses)",
				      s->loss_rows - 1);
		items[n++] = hu_pen_shorten(pen, hu_phrase_keep(page, &pen->scratch));
	}
	pen->draw->aside(pen->to, HU_TONE_WARN,
			 hu_str_is(page->verdict.outcome, "clear")
				 ? "The capture lost events: a stall may be hidden in the gaps"
				 : "The capture lost events inside the window",
			 items, n);
}

static void draw_all(struct hu_pen *pen)
{
	struct hu_page *page = pen->page;
	size_t n = hu_pen_least(page->incident_count, pen->detail.incidents);
	bool alone = page->incident_count == 1;

	pen->draw->begin(pen->to, page);
	if (n)
		hu_pen_box(pen, &page->incidents[0]);
	lossy(pen);
	if (!n) {
		hu_phrase_looked_at(&pen->scratch, page);
		hu_pen_say(pen, HU_TONE_PLAIN);
	}
	if (page->notes[HU_NOTE_CAVEAT].count)
		pen->draw->aside(
			pen->to, HU_TONE_WARN, "Read with care", page->notes[HU_NOTE_CAVEAT].at,
			hu_pen_least(page->notes[HU_NOTE_CAVEAT].count, pen->detail.items));
	if (page->incident_count > 1)
		overview(pen);
	for (size_t i = 0; i < n; i++)
		hu_pen_incident(pen, &page->incidents[i], alone ? 2 : 3, alone);
	hu_pen_left_out(pen, page->incident_count, n, "causes");
	if (page->notes[HU_NOTE_ACTION].count) {
		hu_pen_heading(pen, 2, "What to do in any case", "", "do");
		hu_pen_list(pen, &page->notes[HU_NOTE_ACTION], true);
	}
	hu_pen_pressure(pen);
	hu_pen_questions(pen);
	hu_pen_sources(pen);
	environment(pen);
	stacks(pen);
	pen->draw->end(pen->to, page);
}

void hu_draw_page(const struct hu_draw *draw, struct hu_page *page, size_t limit, struct hu_out *to)
{
	/* Each is about a quarter of the one before; the last one fits whatever comes. */
	static const struct hu_detail details[] = {
		{.incidents = 20,
		 .holders = 20,
		 .links = 60,
		 .evidence = 40,
		 .fixes = 5,
		 .items = 40,
		 .lanes = 24,
		 .bars = 400,
		 .points = 600,
		 .buckets = 40,
		 .sources = 400,
		 .losses = 40,
		 .facts = 200,
		 .frames = 80,
		 .stacks = 12,
		 .shrinkers = 12,
		 .text = 1000,
		 .flames = 300},
		{.incidents = 8,
		 .holders = 12,
		 .links = 30,
		 .evidence = 20,
		 .fixes = 3,
		 .items = 20,
		 .lanes = 12,
		 .bars = 120,
		 .points = 200,
		 .buckets = 20,
		 .sources = 120,
		 .losses = 20,
		 .facts = 60,
		 .frames = 40,
		 .stacks = 8,
		 .shrinkers = 8,
		 .text = 500,
		 .flames = 150},
		{.incidents = 3,
		 .holders = 8,
		 .links = 12,
		 .evidence = 10,
		 .fixes = 2,
		 .items = 8,
		 .lanes = 8,
		 .bars = 30,
		 .points = 60,
		 .buckets = 12,
		 .sources = 40,
		 .losses = 10,
		 .facts = 30,
		 .frames = 30,
		 .stacks = 3,
		 .shrinkers = 5,
		 .text = 240,
		 .flames = 60},
		{.incidents = 1,
		 .holders = 3,
		 .links = 6,
		 .evidence = 5,
		 .fixes = 1,
		 .items = 4,
		 .lanes = 0,
		 .buckets = 10,
		 .sources = 20,
		 .losses = 5,
		 .facts = 15,
		 .frames = 20,
		 .stacks = 1,
		 .shrinkers = 3,
		 .text = 160},
	};
	size_t start = to->len;

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		struct hu_pen pen = {.draw = draw, .page = page, .detail = details[i], .to = to};
		if (to->len > start) {
			to->len = start;
			to->at[start] = '\0';
		}
		draw_all(&pen);
		hu_out_deinit(&pen.scratch);
		if (to->len - start <= limit)
			return;
	}
}
