/* The lanes of the timeline: bars of tasks with what they did meanwhile, and lines of counters. */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/figure.h"

struct group {
	const char *kind, *title;
	enum hu_svg_fill fill;
	int height;
};

static void lane_label(struct hu_frame *f, int y, int middle, struct hu_str label)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};

	/* 140 px hold about 22 characters */
	hu_svg_fit(&s, label, f->svg.narrow ? 48 : 22);
	hu_svg_text(&f->svg, f->svg.narrow ? f->left : 80,
		    10 * (f->svg.narrow ? y + 10 : middle + 4), "lane", NULL, hu_out_view(&s));
}

static void base_line(struct hu_frame *f, int y)
{
	hu_svg_line(&f->svg, f->left, 10 * y, f->right, 10 * y, "base");
}

/* All of the label if there is room for it, else what stands before its first dot, else nothing. */
static struct hu_str fitting(const struct hu_frame *f, struct hu_str label, int width)
{
	static const char dot[] = " · ";

	if (hu_svg_width(&f->svg, label) + 100 <= width)
		return label;
	ptrdiff_t at = label.len ? hu_str_find(label, dot) : -1;
	if (at > 0) {
		label.len = (size_t)at;
		if (hu_svg_width(&f->svg, label) + 100 <= width)
			return label;
	}
	return (struct hu_str){NULL, 0};
}

static bool fill_of(struct hu_str state, enum hu_svg_fill *ret)
{
	static const char *const names[] = {"lock", "sleeping", "runnable", "running", "unknown"};

	for (int i = 0; i < 5; i++)
		if (hu_str_is(state, names[i])) {
			*ret = (enum hu_svg_fill)i;
			return true;
		}
	return false;
}

static void say_state(struct hu_out *to, const struct hu_page_state *s, enum hu_svg_fill fill)
{
	if (s->what.len && fill <= HU_FILL_RUNNABLE) {
		hu_out_puts(to, fill == HU_FILL_RUNNABLE ? "ready, waits for " : "waits for ");
		hu_out_str(to, s->what);
	} else {
		hu_out_puts(to, hu_svg_fill_name(fill));
	}
}

/* What the task of a lane did between two moments; true if anything of it is known. Of more pieces
 * than may be drawn each stands for some that follow it. */
static bool states(struct hu_frame *f, const struct hu_page_lane *l, int64_t from, int64_t until,
		   int y, int height, bool named)
{
	size_t step = l->state_count / (f->detail->bars + 1) + 1;
	bool any = false;

	for (size_t i = 0; i < l->state_count; i += step) {
		struct hu_page_state s = l->states[i];
		enum hu_svg_fill fill;
		size_t last = i + step - 1 < l->state_count ? i + step - 1 : l->state_count - 1;
		/* never over the gap between two bars */
		for (size_t k = i; k < last && l->states[k + 1].from_ns == l->states[k].to_ns; k++)
			s.to_ns = l->states[k + 1].to_ns;
		s.from_ns = s.from_ns > from ? s.from_ns : from;
		s.to_ns = s.to_ns < until ? s.to_ns : until;
		if (s.to_ns <= s.from_ns || !fill_of(s.state, &fill))
			continue;
		int x1 = hu_frame_x(f, s.from_ns), x2 = hu_frame_x(f, s.to_ns);
		if (x2 - x1 < 2)
			continue;
		any = true;
		f->used |= 1u << fill;
		hu_svg_filled(&f->svg, x1, 10 * y, x2 - x1, 10 * height, fill);
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		say_state(&text, &s, fill);
		if (named && hu_svg_width(&f->svg, hu_out_view(&text)) + 80 < x2 - x1)
			hu_svg_plate(&f->svg, x1, 10 * (y + height / 2 + 4), x2 - x1,
				     hu_out_view(&text));
	}
	return any;
}

static void bar(struct hu_frame *f, const struct hu_page_lane *l, const struct hu_page_bar *b,
		int y, const struct group *g)
{
	int x1 = hu_frame_x(f, b->from_ns), x2 = hu_frame_x(f, b->to_ns);
	int w = x2 - x1 > 10 ? x2 - x1 : 10;
	bool victim = g->fill == HU_FILL_LOCK, hold = g->fill == HU_FILL_HOLD;
	bool known = false;

	hu_out_puts(f->svg.to, "<g>");
	hu_svg_title(&f->svg, b->title.len ? b->title : b->label);
	if (victim && w > 20)
		known = states(f, l, b->from_ns, b->to_ns, y, g->height, false);
	if (!known) {
		f->used |= 1u << g->fill;
		hu_svg_filled(&f->svg, x1, 10 * y, w, 10 * g->height, g->fill);
	}
	if ((victim || hold) && w > 20)
		hu_svg_rect(&f->svg, x1, 10 * y, w, 10 * g->height, "outline");
	struct hu_str label = fitting(f, b->label, w);
	if (label.len && hold)
		hu_svg_text(&f->svg, x1 + w / 2, 10 * (y + g->height / 2 + 4), "in", "middle",
			    label);
	else if (label.len)
		hu_svg_plate(&f->svg, x1, 10 * (y + g->height / 2 + 4), w, label);
	hu_out_puts(f->svg.to, "</g>\n");
}

/* The first victim and each holder have a strip of their own for what they did, with names. */
static void strip(struct hu_frame *f, const struct hu_page_lane *l)
{
	enum { HEIGHT = 14 };
	struct hu_out *to = f->svg.to;
	size_t before = to->len;

	hu_out_puts(to, "<g>");
	hu_svg_title(&f->svg, hu_str("what it did meanwhile"));
	if (!states(f, l, f->from, f->until, f->y, HEIGHT, true)) {
		to->len = before;
		to->at[before] = '\0';
		return;
	}
	if (f->svg.narrow)
		f->y += 0;
	else
		hu_svg_text(&f->svg, 200, 10 * (f->y + 11), "tick", NULL, hu_str("meanwhile"));
	hu_out_puts(to, "</g>\n");
	f->y += HEIGHT + 6;
}

static void bars(struct hu_frame *f, const struct hu_page_lane *l, const struct group *g,
		 bool first)
{
	struct hu_page_bar *merged = NULL;
	size_t n = hu_figure_merge(f->page, l, f->from, f->until, f->detail->bars, &merged);
	int y = f->y + (f->svg.narrow ? 14 : 0);

	lane_label(f, f->y, y + g->height / 2, l->label);
	base_line(f, y + g->height / 2);
	for (size_t i = 0; i < n; i++)
		bar(f, l, &merged[i], y, g);
	f->y = y + g->height + 6;
	if ((g->fill == HU_FILL_LOCK && first) || g->fill == HU_FILL_HOLD) {
		f->y -= 4;
		strip(f, l);
		f->y += 4;
	}
}

/* Tenths of a pixel over the base line. */
static int rise(double value, double low, double high, int height)
{
	if (isnan(value) || !(high > low))
		return 0;
	double part = (value - low) / (high - low);
	return (int)llround(part * (height * 10.0));
}

/* Between two readings, at the edge of what is drawn; in parts, so that it cannot overflow. */
static double between(const struct hu_page_point *a, const struct hu_page_point *b, int64_t at)
{
	double all = (double)b->at_ns - (double)a->at_ns, part = (double)at - (double)a->at_ns;

	return all > 0 ? a->value + (b->value - a->value) * (part / all) : a->value;
}

/* The points that are drawn: those in range, and where the line crosses its edges. Of `steps` a
 * value lasts until the next one. */
static size_t visible(struct hu_frame *f, const struct hu_page_lane *l, bool steps,
		      struct hu_page_point **ret)
{
	struct hu_page_point *out = hu_page_alloc(f->page, (l->point_count + 3) * sizeof(*out));
	const struct hu_page_point *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < l->point_count; i++) {
		const struct hu_page_point *p = &l->points[i];
		if (isnan(p->value) || isinf(p->value) || p->at_ns == HU_OPEN)
			continue;
		if (last && last->at_ns < f->from && p->at_ns >= f->from)
			out[n++] = (struct hu_page_point){
				f->from, steps ? last->value : between(last, p, f->from)};
		if (p->at_ns > f->until) {
			if (last && last->at_ns <= f->until && last->at_ns >= f->from)
				out[n++] = (struct hu_page_point){
					f->until, steps ? last->value : between(last, p, f->until)};
			break;
		}
		if (p->at_ns >= f->from)
			out[n++] = *p;
		last = p;
	}
	*ret = out;
	return n;
}

static bool extremes(const struct hu_page_point *points, size_t n, double *low, double *high)
{
	*low = *high = 0;
	for (size_t i = 0; i < n; i++) {
		if (!i || points[i].value > *high)
			*high = points[i].value;
		if (points[i].value < *low)
			*low = points[i].value;
	}
	return n > 0;
}

/* What a line's top means, under its name or, where that is narrow, right of it. */
static void say_most(struct hu_frame *f, const struct hu_page_lane *l, bool any, double high,
		     int top)
{
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
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	hu_svg_fit(&s, hu_out_view(&most), f->svg.narrow ? 26 : 24);
	if (f->svg.narrow)
		hu_svg_text(&f->svg, f->right, 10 * (f->y + 10), "tick", "end", hu_out_view(&s));
	else
		hu_svg_text(&f->svg, 80, 10 * (top + 22), "tick", NULL, hu_out_view(&s));
}

static void put_xy(struct hu_out *to, char before, int x, int y)
{
	hu_out_putc(to, before);
	hu_svg_tenths(to, x);
	hu_out_putc(to, ',');
	hu_svg_tenths(to, y);
}

static void line(struct hu_frame *f, const struct hu_page_lane *l, bool steps)
{
	enum { HEIGHT = 26 };
	double high, low;
	struct hu_page_point *points;
	size_t n = visible(f, l, steps, &points);
	bool any = extremes(points, n, &low, &high);
	int top = f->y + (f->svg.narrow ? 14 : 0), foot = top + HEIGHT, last_x = f->left,
	    last_y = 10 * foot;

	lane_label(f, f->y, top + 5, l->label);
	say_most(f, l, any, high, top);
	base_line(f, foot);
	if (any) {
		/* one stroke, one point a step: the highest of it */
		size_t step = n / (f->detail->points ? f->detail->points : 1) + 1;
		char next = 'M';
		hu_out_printf(f->svg.to, "<path class=\"%s\" d=\"", steps ? "area" : "line");
		if (steps) {
			put_xy(f->svg.to, 'M', f->left, 10 * foot);
			next = 'L';
		}
		for (size_t i = 0; i < n; i += step) {
			const struct hu_page_point *p = &points[i];
			double value = p->value;
			for (size_t k = 1; k < step && i + k < n; k++)
				if (points[i + k].value > value)
					value = points[i + k].value;
			int x = hu_frame_x(f, p->at_ns),
			    y = 10 * foot - rise(value, low, high, HEIGHT);
			if (steps && x != last_x)
				put_xy(f->svg.to, next, x, last_y);
			put_xy(f->svg.to, next, x, y);
			next = 'L';
			last_x = x;
			last_y = y;
		}
		if (steps) {
			put_xy(f->svg.to, 'L', f->right, last_y);
			put_xy(f->svg.to, 'L', f->right, 10 * foot);
			hu_out_putc(f->svg.to, 'Z');
		}
		hu_out_puts(f->svg.to, "\"/>\n");
	}
	f->y = foot + 9;
}

static bool in_range(const struct hu_frame *f, const struct hu_page_lane *l)
{
	for (size_t i = 0; i < l->bar_count; i++)
		if (l->bars[i].to_ns >= f->from && l->bars[i].from_ns <= f->until)
			return true;
	return false;
}

void hu_frame_lanes(struct hu_frame *f)
{
	static const struct group groups[] = {
		{"victim", "Who waited", HU_FILL_LOCK, 18},
		{"waiters", "Who waited", HU_FILLS, 0},
		{"holder", "Who held it", HU_FILL_HOLD, 22},
		{"reclaim", "Reclaim", HU_FILL_RECLAIM, 16},
		{"loss", "Events lost", HU_FILL_LOSS, 12},
		{"counter", "Counters", HU_FILLS, 0},
	};
	const struct hu_page_incident *in = f->in;
	size_t shown = 0;
	const char *last = NULL;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		bool head = false;
		for (size_t i = 0; i < in->lane_count && shown < f->detail->lanes; i++) {
			const struct hu_page_lane *l = &in->lanes[i];
			bool loss = groups[g].fill == HU_FILL_LOSS;
			if (!hu_str_is(l->kind, groups[g].kind) || (loss && !in_range(f, l)))
				continue;
			bool first = !head;
			if (!head && (!last || strcmp(last, groups[g].title) != 0)) {
				const char *title = groups[g].title;
				if (groups[g].fill == HU_FILL_HOLD && !in->operation.len)
					title = "Who is in it";
				hu_svg_text(&f->svg, f->svg.narrow ? f->left : 80, 10 * (f->y + 12),
					    "head", NULL, hu_str(title));
				f->y += 20;
			}
			head = true;
			last = groups[g].title;
			shown++;
			if (groups[g].height)
				bars(f, l, &groups[g], first);
			else
				line(f, l, !strcmp(groups[g].kind, "waiters"));
		}
		if (head)
			f->y += 6;
	}
}

/* Every pixel once, however many CPUs lost events there. */
void hu_frame_losses(struct hu_frame *f, int top, int bottom)
{
	size_t pixels = (size_t)f->right / 10 + 2;
	HU_CLEANUP(hu_freep) bool *lost = hu_alloc(pixels * sizeof(*lost));
	bool any = false;

	for (size_t i = 0; i < f->in->lane_count; i++) {
		const struct hu_page_lane *l = &f->in->lanes[i];
		struct hu_page_bar *merged;
		if (!hu_str_is(l->kind, "loss") || !in_range(f, l))
			continue;
		size_t n = hu_figure_merge(f->page, l, f->from, f->until, f->detail->bars, &merged);
		for (size_t k = 0; k < n; k++) {
			int x1 = hu_frame_x(f, merged[k].from_ns) / 10,
			    x2 = (hu_frame_x(f, merged[k].to_ns) + 9) / 10;
			for (int x = x1; x < x2 || x == x1; x++)
				if (x >= 0 && (size_t)x < pixels)
					any = lost[x] = true;
		}
	}
	if (!any)
		return;
	hu_out_puts(f->svg.to, "<g class=\"gone\">");
	for (size_t x = 0; x < pixels; x++) {
		size_t end = x;
		while (end < pixels && lost[end])
			end++;
		if (end == x)
			continue;
		hu_svg_filled(&f->svg, 10 * (int)x, 10 * top, 10 * (int)(end - x),
			      10 * (bottom - top), HU_FILL_LOSS);
		x = end;
	}
	hu_out_puts(f->svg.to, "</g>\n");
	f->used |= 1u << HU_FILL_LOSS;
}
