/*
 * The timeline as SVG: tasks that waited, tasks that held, reclaim, losses and counters on one time
 * axis, with the instants that the evidence rests on. Drawn twice, for wide screens and for narrow
 * ones; the style sheet shows one. Shaped for some hundred bars; more are merged.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "report/escape.h"
#include "report/figure.h"

enum { NOTE_ROWS = 3 };

int hu_frame_x(const struct hu_frame *f, int64_t ns)
{
	if (ns < f->from)
		ns = f->from;
	if (ns > f->until)
		ns = f->until;
	int64_t span = (f->until - f->from) >> f->shift;
	return f->left +
	       (int)(((ns - f->from) >> f->shift) * (f->right - f->left) / (span ? span : 1));
}

static void vertical(struct hu_frame *f, int x, int y1, int y2, const char *class)
{
	hu_svg_line(&f->svg, x, 10 * y1, x, 10 * y2, class);
}

/* The label of a tick: seconds with as many digits as the step needs. */
static void tick_label(struct hu_out *to, int64_t ns, int64_t step, bool sign)
{
	int digits = 0;

	for (int64_t s = step; s % HU_NS_PER_S && digits < 9; digits++)
		s = s * 10 % (HU_NS_PER_S * 10);
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	hu_out_printf(to, "%s%" PRIu64, ns < 0 ? "−" : sign ? "+" : "", size / 1000000000);
	if (digits) {
		uint64_t part = size % 1000000000;
		for (int i = digits; i < 9; i++)
			part /= 10;
		hu_out_printf(to, ".%0*" PRIu64, digits, part);
	}
	hu_out_puts(to, " s");
}

/* Ticks of one axis: the window's start shows `origin`. */
static void axis(struct hu_frame *f, int64_t origin, bool sign, int text_y, int line_from,
		 int line_to)
{
	int64_t step = hu_figure_step(f->until - f->from, f->svg.narrow ? 4 : 9);
	int64_t first;
	int last = -10000;

	if (__builtin_add_overflow(f->from, origin, &first))
		return;
	int64_t at = first / step * step;
	if (at < first)
		at += step;
	for (int n = 0; n < 12 && at - origin <= f->until; n++, at += step) {
		HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
		int x = hu_frame_x(f, at - origin);
		vertical(f, x, line_from, line_to, sign ? "base" : "grid");
		tick_label(&label, at, step, sign);
		int w = hu_svg_width(&f->svg, hu_out_view(&label));
		if (x - w / 2 < last || x + w / 2 > f->right + 100 || x - w / 2 < 0)
			continue;
		hu_svg_text(&f->svg, x, 10 * text_y, "tick", "middle", hu_out_view(&label));
		last = x + w / 2 + 40;
	}
}

/* Names and dashed lines for instants, and the band of the worst stall, each in the first row with
 * room. */
static void annotate(struct hu_frame *f, int ends[], int rows, int x, int bottom,
		     struct hu_str text, const char *class)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};

	hu_svg_fit(&label, text, 40);
	int w = hu_svg_width(&f->svg, hu_out_view(&label));
	int start = x + 40;
	int row = 0;

	if (start + w > f->right)
		start = f->right - w;
	if (start < f->left && !f->svg.narrow)
		start = f->left;
	while (row < rows && ends[row] > start)
		row++;
	if (class)
		vertical(f, x, row < rows ? 25 + 13 * row : 30, bottom, class);
	if (row == rows)
		return;
	hu_svg_text(&f->svg, start < 0 ? 0 : start, 10 * (34 + 13 * row), "note", NULL,
		    hu_out_view(&label));
	ends[row] = start + w + 60;
	if (row >= f->tops)
		f->tops = row + 1;
}

static bool is_mark(const struct hu_page_lane *l)
{
	return hu_str_is(l->kind, "mark");
}

static void annotations(struct hu_frame *f, int bottom)
{
	const struct hu_page_incident *in = f->in;
	int ends[NOTE_ROWS] = {0};

	if (in->at_ns != HU_OPEN && in->worst_ns != HU_OPEN) {
		HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
		hu_out_puts(&label, "the worst: ");
		hu_phrase_duration(&label, in->worst_ns);
		annotate(f, ends, NOTE_ROWS, hu_frame_x(f, in->at_ns), bottom, hu_out_view(&label),
			 NULL);
	}
	for (size_t i = 0; i < in->lane_count; i++)
		for (size_t k = 0; is_mark(&in->lanes[i]) && k < in->lanes[i].bar_count; k++) {
			const struct hu_page_bar *b = &in->lanes[i].bars[k];
			if (b->from_ns < f->from || b->from_ns > f->until || k > 40)
				continue;
			annotate(f, ends, NOTE_ROWS, hu_frame_x(f, b->from_ns), bottom,
				 b->label.len ? b->label : in->lanes[i].label, "mark");
		}
}

static void band(struct hu_frame *f, int top, int bottom)
{
	const struct hu_page_incident *in = f->in;
	int64_t end;

	if (in->at_ns == HU_OPEN || in->worst_ns == HU_OPEN ||
	    __builtin_add_overflow(in->at_ns, in->worst_ns, &end))
		return;
	int x1 = hu_frame_x(f, in->at_ns), x2 = hu_frame_x(f, end);
	hu_svg_rect(&f->svg, x1, 10 * top, x2 - x1 > 10 ? x2 - x1 : 10, 10 * (bottom - top),
		    "band");
	vertical(f, x1, top, bottom, "edge");
	vertical(f, x2, top, bottom, "edge");
}

static bool has_instant(const struct hu_frame *f, const struct hu_page_evidence *e)
{
	return e->time_ns != HU_OPEN && e->time_ns >= f->from && e->time_ns <= f->until;
}

static int by_rank(const void *a, const void *b)
{
	const struct hu_page_evidence *x = *(const struct hu_page_evidence *const *)a,
				      *y = *(const struct hu_page_evidence *const *)b;

	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* One pin for each from `first` on that is too close to the one before to have a number of its own;
 * returns the first that is not. */
static size_t pin(struct hu_frame *f, const struct hu_page_evidence **by_time, size_t n,
		  size_t first)
{
	enum { NAMED = 4, PIN = 60, NUMBER = 190 };
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0}, title = {0};
	int x = hu_frame_x(f, by_time[first]->time_ns), right = x;
	size_t end = first + 1;

	for (; end < n; end++) {
		int at = hu_frame_x(f, by_time[end]->time_ns);
		size_t named = end - first < NAMED ? end - first : NAMED;
		if (at > right + PIN + NUMBER * (int)named)
			break;
		right = at;
	}
	hu_out_puts(f->svg.to, "<g>");
	qsort(by_time + first, end - first, sizeof(*by_time), by_rank);
	for (size_t i = first; i < end && i < first + NAMED; i++) {
		hu_out_printf(&label, "%sE%" PRId64, i > first ? " " : "", by_time[i]->rank);
		hu_out_printf(&title, "%sE%" PRId64 ": ", i > first ? "; " : "", by_time[i]->rank);
		hu_svg_fit(&title, by_time[i]->claim, 160);
	}
	if (end - first > NAMED)
		hu_out_printf(&label, " +%zu", end - first - NAMED);
	hu_svg_title(&f->svg, hu_out_view(&title));
	for (size_t i = first; i < end; i++) {
		hu_out_puts(f->svg.to, "<path class=\"pin\" d=\"M");
		hu_svg_tenths(f->svg.to, hu_frame_x(f, by_time[i]->time_ns));
		hu_out_printf(f->svg.to, ",%dl-4,-8h8z\"/>", f->y + 11);
	}
	int w = hu_svg_width(&f->svg, hu_out_view(&label));
	bool behind = right + PIN + w <= f->right + 100;
	hu_svg_text(&f->svg, behind ? right + PIN : x - PIN, 10 * (f->y + 10), "note",
		    behind ? NULL : "end", hu_out_view(&label));
	hu_out_puts(f->svg.to, "</g>");
	return end;
}

/* Where the pieces of evidence lie: a row of numbered pins; those too close share a number. */
static void pins(struct hu_frame *f)
{
	const struct hu_page_incident *in = f->in;
	size_t n = 0, most = in->evidence_count < 30 ? in->evidence_count : 30;
	const struct hu_page_evidence *by_time[30];

	for (size_t i = 0; i < most; i++) {
		size_t at = n;
		if (!has_instant(f, &in->evidence[i]))
			continue;
		while (at && by_time[at - 1]->time_ns > in->evidence[i].time_ns) {
			by_time[at] = by_time[at - 1];
			at--;
		}
		by_time[at] = &in->evidence[i];
		n++;
	}
	if (!n)
		return;
	if (!f->svg.narrow)
		hu_svg_text(&f->svg, 80, 10 * (f->y + 10), "head", NULL, hu_str("Evidence"));
	for (size_t i = 0; i < n;) {
		i = pin(f, by_time, n, i);
	}
	hu_out_putc(f->svg.to, '\n');
	f->y += 18;
}

static void describe(struct hu_frame *f)
{
	const struct hu_page_incident *in = f->in;

	for (size_t i = 0; i < in->lane_count && i < f->detail->lanes; i++) {
		const struct hu_page_lane *l = &in->lanes[i];
		const struct hu_page_bar *longest = NULL;
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		for (size_t k = 0; k < l->bar_count; k++)
			if (!longest || l->bars[k].to_ns - l->bars[k].from_ns >
						longest->to_ns - longest->from_ns)
				longest = &l->bars[k];
		if (!longest)
			continue;
		hu_svg_fit(&text, l->label, 60);
		hu_out_printf(&text, ": %zu %s, the longest: ", l->bar_count,
			      l->bar_count == 1 ? "bar" : "bars");
		hu_svg_fit(&text, longest->title.len ? longest->title : longest->label, 160);
		hu_escape_html(f->svg.to, hu_out_view(&text));
		hu_out_puts(f->svg.to, ". ");
	}
}

static void drawing(struct hu_frame *f)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out notes = {0}, body = {0}, behind = {0}, title = {0};
	struct hu_out *to = f->svg.to;
	int64_t origin = f->page->verdict.window_case;
	/* A wall clock's seconds are too long to read: then only the way into the capture. */
	bool stamps = origin != HU_OPEN && origin < INT64_C(10000000) * HU_NS_PER_S;

	f->left = f->svg.narrow ? 40 : 1480;
	f->right = f->svg.narrow ? HU_SVG_NARROW - 40 : HU_SVG_WIDE - 100;
	hu_svg_name(&f->svg, 't', f->number, 0);
	/* Lanes first, to know the height; what lies behind them is written before them. */
	f->svg.to = &notes;
	annotations(f, 100);
	hu_out_clear(&notes);
	int top = 24 + 13 * f->tops + (f->tops ? 4 : 0);
	f->y = top + 4;
	f->svg.to = &body;
	pins(f);
	hu_frame_lanes(f);
	int bottom = f->y;
	f->svg.to = &behind;
	hu_frame_losses(f, top, bottom);
	f->svg.to = &notes;
	int foot = bottom + (stamps ? 24 : 8);
	int legend = hu_svg_legend(&f->svg, f->left, f->right, 10 * foot, f->used);

	f->svg.to = to;
	hu_out_puts(&title, "Timeline: ");
	hu_svg_fit(&title, f->in->title, 200);
	hu_svg_begin(&f->svg, f->svg.narrow ? HU_SVG_NARROW : HU_SVG_WIDE, foot + legend,
		     hu_out_view(&title));
	describe(f);
	hu_svg_body(&f->svg);
	hu_svg_patterns(&f->svg, f->used);
	band(f, top, bottom);
	hu_out_str(to, hu_out_view(&behind));
	if (stamps)
		axis(f, origin, false, 12, 18, bottom);
	else
		axis(f, 0, true, 12, 18, bottom);
	annotations(f, bottom);
	hu_out_putc(to, '\n');
	hu_out_str(to, hu_out_view(&body));
	if (stamps)
		axis(f, 0, true, bottom + 16, bottom, bottom + 4);
	hu_out_str(to, hu_out_view(&notes));
	hu_svg_end(&f->svg);
}

void hu_figure_svg(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	for (int narrow = 0; narrow < 2; narrow++) {
		struct hu_frame f = {.svg = {.to = to, .narrow = narrow},
				     .page = page,
				     .in = in,
				     .detail = detail,
				     .number = (size_t)(in - page->incidents) + 1};
		if (!hu_figure_range(page, in, &f.from, &f.until))
			return;
		while ((f.until - f.from) >> f.shift > INT64_C(1) << 40)
			f.shift++;
		drawing(&f);
	}
}
