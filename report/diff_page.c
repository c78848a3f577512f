/* The comparison as a page: one order for HTML and Markdown, drawn with the report's own means. */
#include <math.h>
#include <string.h>

#include "report/diff.h"
#include "report/escape.h"
#include "report/pen.h"

/* Rows of a table; the store and diff.json hold all. */
enum { OPERATIONS = 100, INCIDENTS = 100, REASONS = 60 };

static void pair(struct hu_sheet *s, const char *label, struct hu_str before, struct hu_str after)
{
	if (!before.len && !after.len)
		return;
	hu_pen_cell(s, hu_str(label));
	hu_pen_cell(s, before.len ? before : hu_str("not known"));
	hu_pen_cell(s, after.len ? after : hu_str("not known"));
}

typedef void (*put_number)(struct hu_out *to, int64_t n);

static void pair_number(struct hu_sheet *s, const char *label, const struct hu_diff *d, int which,
			put_number put)
{
	int64_t b = d->before.number[which], a = d->after.number[which];

	if (b == HU_OPEN && a == HU_OPEN)
		return;
	hu_pen_cell(s, hu_str(label));
	for (int i = 0; i < 2; i++) {
		int64_t n = i ? a : b;
		if (n == HU_OPEN)
			hu_out_puts(&s->pen->scratch, "not known");
		else
			put(&s->pen->scratch, n);
		hu_pen_written(s);
	}
}

static void lossy(struct hu_out *to, int64_t n)
{
	hu_out_puts(to, n ? "yes: stalls may be missing" : "no");
}

static void sides(struct hu_pen *pen, const struct hu_diff *d)
{
	static const struct hu_column columns[] = {
		{"", HU_CELL_TEXT}, {"Before", HU_CELL_TEXT}, {"After", HU_CELL_TEXT}};
	static const struct {
		const char *label;
		int which;
	} texts[] = {{"Bundle", SIDE_NAME},    {"Verdict", SIDE_SENTENCE}, {"Kernel", SIDE_KERNEL},
		     {"Made from", SIDE_BASE}, {"Host", SIDE_HOST},	   {"Captured", SIDE_FROM}};

	hu_pen_heading(pen, 2, "Before and after", "", "sides");
	struct hu_sheet s = hu_pen_sheet(pen, "The two captures", columns, 3);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		pair(&s, texts[i].label, d->before.text[texts[i].which],
		     d->after.text[texts[i].which]);
	pair_number(&s, "Length", d, SIDE_DURATION, hu_phrase_duration);
	pair_number(&s, "Stalled from", d, SIDE_THRESHOLD, hu_phrase_duration);
	pair_number(&s, "Causes found", d, SIDE_CAUSES, hu_out_grouped);
	pair_number(&s, "Events lost", d, SIDE_LOSSY, lossy);
	pair_number(&s, "CPUs", d, SIDE_CPUS, hu_out_grouped);
	pair_number(&s, "Memory", d, SIDE_MEMORY, hu_phrase_bytes);
	pair_number(&s, "kswapd awake", d, SIDE_KSWAPD, hu_phrase_duration);
	pair_number(&s, "Direct reclaim", d, SIDE_DIRECT, hu_phrase_duration);
	pair_number(&s, "Slab objects scanned", d, SIDE_SLABS, hu_out_grouped);
	pair_number(&s, "Pages scanned", d, SIDE_PAGES, hu_out_grouped);
	hu_pen_table(&s);
}

static void left_out(struct hu_pen *pen, size_t all, size_t shown, const char *what)
{
	if (all <= shown)
		return;
	hu_out_printf(&pen->scratch, "%zu of %zu %s are shown here; `-f json` has all.", shown, all,
		      what);
	hu_pen_say(pen, HU_TONE_DIM);
}

static struct hu_cell *arrow(struct hu_sheet *s, const struct hu_diff_row *o, int which)
{
	struct hu_out *to = &s->pen->scratch;

	for (int i = 0; i < 2; i++) {
		if (i)
			hu_out_puts(to, " → ");
		if (o->number[i * OP_AFTER + which] == HU_OPEN)
			hu_out_puts(to, "–");
		else
			hu_phrase_duration(to, o->number[i * OP_AFTER + which]);
	}
	return hu_pen_written(s);
}

static void operations(struct hu_pen *pen, const struct hu_diff *d)
{
	static const struct hu_column columns[] = {{"Operation", HU_CELL_TEXT},
						   {"", HU_CELL_TAG},
						   {"Stalled before", HU_CELL_NUMBER},
						   {"Stalled after", HU_CELL_NUMBER},
						   {"Change of the share", HU_CELL_NUMBER},
						   {"p", HU_CELL_NUMBER},
						   {"Median", HU_CELL_NUMBER},
						   {"99 %", HU_CELL_NUMBER},
						   {"Worst", HU_CELL_NUMBER}};
	size_t n = hu_pen_least(d->operations.count, OPERATIONS);
	struct hu_out *to = &pen->scratch;

	hu_pen_heading(pen, 2, "Operations", "", "operations");
	if (!n)
		hu_pen_para(pen, hu_str("No operation was recorded on either side."),
			    HU_TONE_PLAIN);
	struct hu_sheet s =
		hu_pen_sheet(pen, "How often each kind stalled, and how long it took", columns, 9);
	for (size_t i = 0; i < n; i++) {
		const struct hu_diff_row *o = &d->operations.at[i];
		struct hu_cell *c = hu_pen_cell(&s, o->text[OP_NAME]);
		hu_out_puts(to, "recorded as ");
		hu_out_str(to, o->text[OP_BY]);
		c->small = hu_phrase_keep(pen->page, to);
		hu_pen_cell(&s, hu_str(hu_diff_state(o->text[OP_STATE])))->tone =
			hu_diff_tone(o->text[OP_STATE]);
		for (int k = 0; k < 2; k++) {
			if (o->number[k * OP_AFTER] == HU_OPEN)
				hu_out_puts(to, "not recorded");
			else
				hu_diff_stalled(to, o->number[k * OP_AFTER + OP_STALLED],
						o->number[k * OP_AFTER + OP_COUNT]);
			hu_pen_written(&s);
		}
		if (!isnan(o->real[OP_DIFFERENCE])) {
			hu_diff_points(to, o->real[OP_DIFFERENCE]);
			hu_out_puts(to, " points");
			c = hu_pen_written(&s);
			hu_out_puts(to, "95 %: ");
			hu_diff_points(to, o->real[OP_LOW]);
			hu_out_puts(to, " to ");
			hu_diff_points(to, o->real[OP_HIGH]);
			c->small = hu_phrase_keep(pen->page, to);
		} else {
			hu_pen_cell(&s, hu_str(""));
		}
		hu_diff_p(to, o->real[OP_ADJUSTED]);
		hu_pen_written(&s);
		c = arrow(&s, o, OP_P50);
		if (!isnan(o->real[OP_LONGER])) {
			hu_out_printf(to, "after is longer in %.0f %% of pairs, p = ",
				      o->real[OP_LONGER] * 100);
			hu_diff_p(to, o->real[OP_RANKS_P]);
			c->small = hu_phrase_keep(pen->page, to);
		}
		arrow(&s, o, OP_P99);
		arrow(&s, o, OP_WORST);
	}
	hu_pen_table(&s);
	left_out(pen, d->operations.count, n, "kinds of operations");
}

static void one_side(struct hu_sheet *s, const struct hu_diff_row *in, int after)
{
	struct hu_out *to = &s->pen->scratch;
	const struct hu_str *text = &in->text[IN_ID + after * IN_AFTER_TEXTS];
	const int64_t *n = &in->number[after * IN_AFTER];

	if (!text[0].at) {
		hu_pen_cell(s, hu_str("–"));
		return;
	}
	hu_out_str(to, text[IN_TITLE - IN_ID]);
	struct hu_cell *c = hu_pen_written(s);
	if (n[IN_STALLED] != HU_OPEN) {
		hu_diff_stalled(to, n[IN_STALLED], n[IN_OPERATIONS]);
		hu_out_puts(to, " stalled");
	}
	if (n[IN_WORST] != HU_OPEN) {
		hu_out_puts(to, to->len ? ", worst " : "worst ");
		hu_phrase_duration(to, n[IN_WORST]);
	}
	if (text[IN_HOLDER - IN_ID].len) {
		hu_out_puts(to, "; held by ");
		hu_out_str(to, text[IN_HOLDER - IN_ID]);
		if (n[IN_HOLD] != HU_OPEN) {
			hu_out_puts(to, " for up to ");
			hu_phrase_duration(to, n[IN_HOLD]);
		}
	}
	if (text[IN_FIX - IN_ID].len) {
		hu_out_puts(to, "; known fix ");
		hu_out_str(to, text[IN_FIX - IN_ID]);
		hu_out_puts(to, ": this kernel is ");
		hu_out_str(to, hu_str_is(text[IN_APPLIES - IN_ID], "unknown")
				       ? hu_str("not known to have it")
				       : text[IN_APPLIES - IN_ID]);
	}
	c->small = hu_phrase_keep(s->pen->page, to);
}

static void incidents(struct hu_pen *pen, const struct hu_diff *d)
{
	static const struct hu_column columns[] = {{"", HU_CELL_TAG},
						   {"Before", HU_CELL_TEXT},
						   {"After", HU_CELL_TEXT},
						   {"Counted", HU_CELL_TEXT}};
	size_t n = hu_pen_least(d->incidents.count, INCIDENTS);

	if (!n)
		return;
	hu_pen_heading(pen, 2, "Causes", "", "causes");
	struct hu_sheet s = hu_pen_sheet(
		pen, "Causes, matched by signature: lock, holder and what it was about", columns,
		4);
	for (size_t i = 0; i < n; i++) {
		const struct hu_diff_row *in = &d->incidents.at[i];
		hu_pen_cell(&s, hu_str(hu_diff_state(in->text[IN_STATE])))->tone =
			hu_diff_tone(in->text[IN_STATE]);
		one_side(&s, in, 0);
		one_side(&s, in, 1);
		hu_pen_cell(&s, in->text[IN_TEXT]);
	}
	hu_pen_table(&s);
	left_out(pen, d->incidents.count, n, "causes");
}

static void some_reasons(struct hu_pen *pen, const struct hu_diff *d, const char *weight,
			 const char *title)
{
	struct hu_str items[REASONS];
	size_t n = 0;

	for (size_t i = 0; i < d->reasons.count && n < REASONS; i++)
		if (hu_str_is(d->reasons.at[i].text[0], weight))
			items[n++] = hu_pen_shorten(pen, d->reasons.at[i].text[1]);
	if (n && title)
		pen->draw->aside(pen->to, HU_TONE_WARN, title, items, n);
	else if (n)
		pen->draw->list(pen->to, items, n, false);
}

static void how(struct hu_pen *pen)
{
	hu_pen_heading(pen, 2, "How it was compared", "", "how");
	hu_pen_para(
		pen,
		hu_str("Operations of one kind, recorded by the same kind of capture, are set "
		       "against each other: stalled ones of all, by Fisher's exact test, and p "
		       "counts for as many kinds as stalled (Holm). The interval of the change is "
		       "Newcombe's. That test takes every operation for itself; stalls come in "
		       "bursts, one hold stalling many, so the bursts are tested as well, by their "
		       "rate, and the answer is called less sure where they alone would not "
		       "bear it. How long all of them took is compared by Mann and Whitney's "
		       "test: in so many per cent of all pairs, one of before with one of after, "
		       "the later one is longer."),
		HU_TONE_PLAIN);
}

static void draw(struct hu_pen *pen, const struct hu_diff *d)
{
	some_reasons(pen, d, "blocks", "Why this cannot be compared");
	some_reasons(pen, d, "weakens", "Reasons to be less sure");
	sides(pen, d);
	operations(pen, d);
	incidents(pen, d);
	hu_pen_heading(pen, 2, "What else differs", "", "differs");
	some_reasons(pen, d, "note", NULL);
	how(pen);
}

static void where(const struct hu_diff *d, struct hu_out *to)
{
	for (int i = 0; i < 2; i++) {
		const struct hu_diff_row *s = i ? &d->after : &d->before;
		hu_out_puts(to, i ? " → after: " : "before: ");
		hu_out_str(to, s->text[SIDE_NAME]);
		if (s->text[SIDE_KERNEL].len) {
			hu_out_puts(to, " · ");
			hu_out_str(to, s->text[SIDE_KERNEL]);
		}
	}
}

static struct hu_pen pen_for(struct hu_diff *d, const struct hu_draw *drawer, struct hu_out *to)
{
	return (struct hu_pen){.draw = drawer,
			       .page = d->page,
			       .detail = {.text = 1000, .items = REASONS},
			       .to = to};
}

void hu_diff_html(struct hu_diff *d, struct hu_out *to)
{
	struct hu_pen pen = pen_for(d, hu_html_drawer(), to);
	HU_CLEANUP(hu_out_deinit) struct hu_out place = {0};
	enum hu_tone tone;
	const char *outcome = hu_diff_outcome(d, &tone);
	size_t start = to->len;

	where(d, &place);
	hu_html_head(to, d->sentence);
	hu_html_header(to, hu_out_view(&place), outcome, tone, d->sentence, d->why_sure);
	draw(&pen, d);
	hu_out_puts(to, "</main>\n<footer><p>Made by holdup " HU_VERSION
			" <code>diff</code>. <code>-f json</code> and <code>-f md</code> say the "
			"same.</p></footer>\n</body>\n</html>\n");
	hu_html_nav(to, start);
	hu_out_deinit(&pen.scratch);
}

void hu_diff_markdown(struct hu_diff *d, struct hu_out *to)
{
	struct hu_pen pen = pen_for(d, hu_markdown_drawer(), to);
	HU_CLEANUP(hu_out_deinit) struct hu_out place = {0};
	enum hu_tone tone;

	where(d, &place);
	hu_out_puts(to, "# ");
	hu_escape_markdown(to, d->sentence, false);
	hu_out_printf(to, "\n\n**%s**", hu_diff_outcome(d, &tone));
	if (d->why_sure.len) {
		hu_out_puts(to, " · ");
		hu_escape_markdown(to, d->why_sure, false);
	}
	hu_out_puts(to, "\n\n");
	hu_escape_markdown(to, hu_out_view(&place), false);
	hu_out_puts(to, "\n\n");
	draw(&pen, d);
	hu_out_puts(to, "---\n\nMade by holdup " HU_VERSION " `diff`.\n");
	hu_out_deinit(&pen.scratch);
}
