/*
 * The timeline as SVG: tasks that waited, tasks that held, reclaim and counters on one time axis.
 * Drawn twice, for wide screens and for narrow ones; the style sheet shows one. What a lane means
 * is told by its heading, its place and its pattern, not by colour alone. Coordinates are tenths
 * of a pixel in integers, so that every machine writes the same bytes. Shaped for some hundred
 * bars; more are merged.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/draw.h"
#include "report/escape.h"
#include "report/figure.h"

struct frame {
	struct hu_out *to;
	struct hu_page *page;
	const struct hu_page_incident *in;
	const struct hu_detail *detail;
	bool narrow;
	int64_t from, until; /* ns from the window's start */
	int left, right;     /* tenths of a pixel */
	int y;		     /* pixels: where the next thing goes */
	unsigned shift;
	size_t number; /* of the incident: for ids */
	int tops;      /* rows of annotations */
};

static int x_of(const struct frame *f, int64_t ns)
{
	if (ns < f->from)
		ns = f->from;
	if (ns > f->until)
		ns = f->until;
	int64_t span = (f->until - f->from) >> f->shift;
	return f->left +
	       (int)(((ns - f->from) >> f->shift) * (f->right - f->left) / (span ? span : 1));
}

static void tenths(struct hu_out *to, const char *attribute, int value)
{
	hu_out_printf(to, " %s=\"%d.%d\"", attribute, value / 10, value % 10);
}

static void words(struct frame *f, int x, int y, const char *class, const char *anchor,
		  struct hu_str s)
{
	hu_out_puts(f->to, "<text");
	tenths(f->to, "x", x);
	hu_out_printf(f->to, " y=\"%d\" class=\"%s\"", y, class);
	if (anchor)
		hu_out_printf(f->to, " text-anchor=\"%s\"", anchor);
	hu_out_putc(f->to, '>');
	hu_escape_html(f->to, s);
	hu_out_puts(f->to, "</text>");
}

/* Average width of a character (of 11 px, narrow 12 px), in tenths of a pixel; on the wide side. */
static int width_of(const struct frame *f, struct hu_str s)
{
	size_t columns = hu_escape_columns(s);

	return (int)(columns > 500 ? 500 : columns) * (f->narrow ? 70 : 64);
}

static void vertical(struct frame *f, int x, int y1, int y2, const char *class)
{
	hu_out_puts(f->to, "<line");
	tenths(f->to, "x1", x);
	tenths(f->to, "x2", x);
	hu_out_printf(f->to, " y1=\"%d\" y2=\"%d\" class=\"%s\"/>", y1, y2, class);
}

static void base_line(struct frame *f, int y)
{
	hu_out_puts(f->to, "<line");
	tenths(f->to, "x1", f->left);
	tenths(f->to, "x2", f->right);
	hu_out_printf(f->to, " y1=\"%d\" y2=\"%d\" class=\"base\"/>", y, y);
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
static void axis(struct frame *f, int64_t origin, bool sign, int text_y, int line_from, int line_to)
{
	int64_t step = hu_figure_step(f->until - f->from, f->narrow ? 4 : 9);
	int64_t first;
	int last = -10000;

	if (__builtin_add_overflow(f->from, origin, &first))
		return;
	int64_t at = first / step * step;
	if (at < first)
		at += step;
	for (int n = 0; n < 12 && at - origin <= f->until; n++, at += step) {
		HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
		int x = x_of(f, at - origin);
		vertical(f, x, line_from, line_to, sign ? "base" : "grid");
		tick_label(&label, at, step, sign);
		int w = width_of(f, hu_out_view(&label));
		if (x - w / 2 < last || x + w / 2 > f->right + 100 || x - w / 2 < 0)
			continue;
		words(f, x, text_y, "tick", "middle", hu_out_view(&label));
		last = x + w / 2 + 40;
	}
}

/* Names and dashed lines for instants, and the band of the worst stall, each in the first row with
 * room. */
static void annotate(struct frame *f, int ends[], int rows, int x, int bottom, struct hu_str label,
		     const char *class)
{
	int w = width_of(f, label);
	int start = x + 40;
	int row = 0;

	if (start + w > f->right)
		start = f->right - w;
	if (start < f->left && !f->narrow)
		start = f->left;
	while (row < rows && ends[row] > start)
		row++;
	if (class)
		vertical(f, x, 30, bottom, class);
	if (row == rows)
		return;
	words(f, start < 0 ? 0 : start, 34 + 13 * row, "note", NULL, label);
	ends[row] = start + w + 60;
	if (row >= f->tops)
		f->tops = row + 1;
}

enum { NOTE_ROWS = 3, WIDE = 820, NARROW = 360 };

static bool is_mark(const struct hu_page_lane *l)
{
	return hu_str_is(l->kind, "mark");
}

static void annotations(struct frame *f, int bottom)
{
	const struct hu_page_incident *in = f->in;
	int ends[NOTE_ROWS] = {0};

	if (in->at_ns != HU_OPEN && in->worst_ns != HU_OPEN) {
		HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
		hu_out_puts(&label, "the worst: ");
		hu_phrase_duration(&label, in->worst_ns);
		annotate(f, ends, NOTE_ROWS, x_of(f, in->at_ns), bottom, hu_out_view(&label), NULL);
	}
	for (size_t i = 0; i < in->lane_count; i++)
		for (size_t k = 0; is_mark(&in->lanes[i]) && k < in->lanes[i].bar_count; k++) {
			const struct hu_page_bar *b = &in->lanes[i].bars[k];
			if (b->from_ns < f->from || b->from_ns > f->until || k > 40)
				continue;
			annotate(f, ends, NOTE_ROWS, x_of(f, b->from_ns), bottom,
				 b->label.len ? b->label : in->lanes[i].label, "mark");
		}
}

static void band(struct frame *f, int top, int bottom)
{
	const struct hu_page_incident *in = f->in;
	int64_t end;

	if (in->at_ns == HU_OPEN || in->worst_ns == HU_OPEN ||
	    __builtin_add_overflow(in->at_ns, in->worst_ns, &end))
		return;
	int x1 = x_of(f, in->at_ns), x2 = x_of(f, end);
	hu_out_puts(f->to, "<rect");
	tenths(f->to, "x", x1);
	tenths(f->to, "width", x2 - x1 > 10 ? x2 - x1 : 10);
	hu_out_printf(f->to, " y=\"%d\" height=\"%d\" class=\"band\"/>", top, bottom - top);
	vertical(f, x1, top, bottom, "edge");
	vertical(f, x2, top, bottom, "edge");
}

static void lane_label(struct frame *f, int y, int middle, struct hu_str label)
{
	bool cut;
	/* 140 px hold about 22 characters */
	struct hu_str part = hu_escape_cut(label, f->narrow ? 48 : 22, &cut);
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};

	hu_out_str(&s, part);
	if (cut)
		hu_out_puts(&s, "…");
	words(f, f->narrow ? f->left : 80, f->narrow ? y + 10 : middle + 4, "lane", NULL,
	      hu_out_view(&s));
}

static void bar(struct frame *f, const struct hu_page_bar *b, int y, int height, const char *class)
{
	int x1 = x_of(f, b->from_ns), x2 = x_of(f, b->to_ns);
	int w = x2 - x1 > 10 ? x2 - x1 : 10;

	hu_out_puts(f->to, "<g><title>");
	hu_escape_html(f->to, b->title.len ? b->title : b->label);
	hu_out_puts(f->to, "</title><rect");
	tenths(f->to, "x", x1);
	tenths(f->to, "width", w);
	hu_out_printf(f->to, " y=\"%d\" height=\"%d\" class=\"%s\"/>", y, height, class);
	if (!strcmp(class, "wait") && w > 30) {
		hu_out_puts(f->to, "<rect");
		tenths(f->to, "x", x1);
		tenths(f->to, "width", w);
		hu_out_printf(f->to, " y=\"%d\" height=\"%d\" fill=\"url(#h%zu%c)\"/>", y, height,
			      f->number, f->narrow ? 'n' : 'w');
	}
	if (b->label.len && width_of(f, b->label) + 40 < w) {
		HU_CLEANUP(hu_out_deinit) struct hu_out in = {0};
		hu_out_printf(&in, "in %s-in", class);
		words(f, x1 + w / 2, y + height / 2 + 4, in.at, "middle", b->label);
	}
	hu_out_puts(f->to, "</g>\n");
}

static void bars(struct frame *f, const struct hu_page_lane *l, const char *class, int height)
{
	struct hu_page_bar *merged = NULL;
	size_t n = hu_figure_merge(f->page, l, f->from, f->until, f->detail->bars, &merged);

	int y = f->y + (f->narrow ? 14 : 0);
	lane_label(f, f->y, y + height / 2, l->label);
	base_line(f, y + height / 2);
	for (size_t i = 0; i < n; i++)
		bar(f, &merged[i], y, height, class);
	f->y = y + height + 6;
}

/* Tenths of a pixel over the base line. */
static int rise(double value, double low, double high, int height)
{
	if (isnan(value) || !(high > low))
		return 0;
	double part = (value - low) / (high - low);
	return (int)llround(part * (height * 10.0));
}

static void counter(struct frame *f, const struct hu_page_lane *l)
{
	enum { HEIGHT = 34 };
	double high = 0, low = 0;
	bool any = false;

	for (size_t i = 0; i < l->point_count; i++) {
		const struct hu_page_point *p = &l->points[i];
		if (p->at_ns < f->from || p->at_ns > f->until || isnan(p->value))
			continue;
		if (!any || p->value > high)
			high = p->value;
		if (p->value < low)
			low = p->value;
		any = true;
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out most = {0};
	if (any) {
		hu_out_puts(&most, "max ");
		hu_phrase_number(&most, high);
		if (l->unit.len) {
			hu_out_putc(&most, ' ');
			hu_out_str(&most, l->unit);
		}
	} else {
		hu_out_puts(&most, "not measured here");
	}
	int top = f->y + (f->narrow ? 14 : 0), foot = top + HEIGHT;
	lane_label(f, f->y, top + 10, l->label);
	if (f->narrow)
		words(f, f->right, f->y + 10, "tick", "end", hu_out_view(&most));
	else
		words(f, 80, top + 28, "tick", NULL, hu_out_view(&most));
	base_line(f, foot);
	if (any) {
		/* one stroke from the point before the stretch to the one behind it, one point a
		 * step */
		size_t step = l->point_count / (f->detail->points ? f->detail->points : 1) + 1;
		hu_out_puts(f->to, "<polyline class=\"line\" points=\"");
		for (size_t i = 0; i < l->point_count; i += step) {
			const struct hu_page_point *p = &l->points[i];
			if (p->at_ns < f->from || p->at_ns > f->until)
				continue;
			double value = p->value;
			for (size_t k = 1; k < step && i + k < l->point_count; k++)
				if (l->points[i + k].value > value)
					value = l->points[i + k].value;
			int x = x_of(f, p->at_ns), y = foot * 10 - rise(value, low, high, HEIGHT);
			hu_out_printf(f->to, "%d.%d,%d.%d ", x / 10, x % 10, y / 10, y % 10);
		}
		hu_out_puts(f->to, "\"/>\n");
	}
	f->y = foot + 10;
}

static void lanes(struct frame *f)
{
	static const struct {
		const char *kind, *title, *class;
		int height;
	} groups[] = {
		{"victim", "Who waited", "wait", 18},
		{"holder", "Who held it", "hold", 22},
		{"reclaim", "Reclaim", "reclaim", 14},
		{"counter", "Counters", NULL, 0},
	};
	const struct hu_page_incident *in = f->in;
	size_t shown = 0;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		bool head = false;
		for (size_t i = 0; i < in->lane_count && shown < f->detail->lanes; i++) {
			const struct hu_page_lane *l = &in->lanes[i];
			if (!hu_str_is(l->kind, groups[g].kind))
				continue;
			if (!head) {
				const char *title = groups[g].title;
				if (g == 1 && !in->operation.len)
					title = "Who is in it";
				words(f, f->narrow ? f->left : 80, f->y + 12, "head", NULL,
				      hu_str(title));
				f->y += 20;
				head = true;
			}
			shown++;
			if (groups[g].class)
				bars(f, l, groups[g].class, groups[g].height);
			else
				counter(f, l);
		}
		if (head)
			f->y += 6;
	}
}

static void describe(struct frame *f)
{
	const struct hu_page_incident *in = f->in;

	for (size_t i = 0; i < in->lane_count && i < f->detail->lanes; i++) {
		const struct hu_page_lane *l = &in->lanes[i];
		const struct hu_page_bar *longest = NULL;
		for (size_t k = 0; k < l->bar_count; k++)
			if (!longest || l->bars[k].to_ns - l->bars[k].from_ns >
						longest->to_ns - longest->from_ns)
				longest = &l->bars[k];
		if (!longest)
			continue;
		hu_escape_html(f->to, l->label);
		hu_out_printf(f->to, ": %zu %s, the longest: ", l->bar_count,
			      l->bar_count == 1 ? "bar" : "bars");
		hu_escape_html(f->to, longest->title.len ? longest->title : longest->label);
		hu_out_puts(f->to, ". ");
	}
}

static void drawing(struct frame *f)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out notes = {0}, body = {0};
	struct hu_out *to = f->to;
	int64_t origin = f->page->verdict.window_case;
	/* A wall clock's seconds are too long to read: then only the way into the capture. */
	bool stamps = origin != HU_OPEN && origin < INT64_C(10000000) * HU_NS_PER_S;
	char tag = f->narrow ? 'n' : 'w';

	f->left = f->narrow ? 40 : 1480;
	f->right = f->narrow ? NARROW * 10 - 40 : WIDE * 10 - 100;
	/* Lanes first, to know the height; what lies behind them is written before them. */
	f->to = &notes;
	annotations(f, 100);
	hu_out_clear(&notes);
	int top = 24 + 13 * f->tops + (f->tops ? 4 : 0);
	f->y = top + 4;
	f->to = &body;
	lanes(f);
	int bottom = f->y;

	f->to = to;
	hu_out_printf(to,
		      "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" "
		      "aria-labelledby=\"t%zu%c d%zu%c\"><title id=\"t%zu%c\">Timeline: ",
		      f->narrow ? "narrow" : "wide", f->narrow ? NARROW : WIDE, bottom + 20,
		      f->number, tag, f->number, tag, f->number, tag);
	hu_escape_html(to, f->in->title);
	hu_out_printf(to, "</title><desc id=\"d%zu%c\">", f->number, tag);
	describe(f);
	hu_out_printf(to,
		      "</desc><defs><pattern id=\"h%zu%c\" width=\"6\" height=\"6\" "
		      "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect "
		      "width=\"2\" height=\"6\" class=\"hatch\"/></pattern></defs>\n",
		      f->number, tag);
	band(f, top, bottom);
	if (stamps)
		axis(f, origin, false, 12, 18, bottom);
	else
		axis(f, 0, true, 12, 18, bottom);
	annotations(f, bottom);
	hu_out_putc(to, '\n');
	hu_out_str(to, hu_out_view(&body));
	if (stamps)
		axis(f, 0, true, bottom + 16, bottom, bottom + 4);
	hu_out_puts(to, "</svg>\n");
}

void hu_figure_svg(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	struct frame f = {.to = to, .page = page, .in = in, .detail = detail};

	if (!hu_figure_range(page, in, &f.from, &f.until))
		return;
	while ((f.until - f.from) >> f.shift > INT64_C(1) << 40)
		f.shift++;
	f.number = (size_t)(in - page->incidents) + 1;
	drawing(&f);
	f.narrow = true;
	f.tops = 0;
	drawing(&f);
}
