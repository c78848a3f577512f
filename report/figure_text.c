/*
 * The timeline as text, for Markdown, and what both forms share: which stretch they show, how many
 * bars they merge, what the caption says. A lane of text is 56 cells wide.
 */
#include "report/figure.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

static bool decides_range(const struct hu_page_lane *l, bool all)
{
	if (all) /* a loss may reach over the whole capture */
		return !hu_str_is(l->kind, "loss") && !hu_str_is(l->kind, "mark");
	return hu_str_is(l->kind, "victim") || hu_str_is(l->kind, "holder");
}

bool hu_figure_range(const struct hu_page *page, const struct hu_page_incident *in, int64_t *from,
		     int64_t *to)
{
	int64_t low = INT64_MAX, high = INT64_MIN;
	const int64_t limit = INT64_C(1) << 60;

	/* Victims and holders decide; reclaim over a whole day would make them invisible. */
	for (int all = 0; all < 2 && low > high; all++)
		for (size_t i = 0; i < in->lane_count; i++)
			for (size_t k = 0;
			     decides_range(&in->lanes[i], all) && k < in->lanes[i].bar_count; k++) {
				const struct hu_page_bar *b = &in->lanes[i].bars[k];
				if (b->from_ns < low)
					low = b->from_ns;
				if (b->to_ns > high)
					high = b->to_ns;
			}
	if (low > high)
		for (size_t i = 0; i < in->lane_count; i++)
			for (size_t k = 0; k < in->lanes[i].point_count; k++) {
				int64_t at = in->lanes[i].points[k].at_ns;
				if (at < low)
					low = at;
				if (at > high)
					high = at;
			}
	if (low > high || low < -limit || high > limit)
		return false;
	/* An instant shortly before or behind belongs to the story. */
	int64_t near_ns = (high - low) / 4, first = low, last = high;
	for (size_t i = 0; i < in->lane_count; i++)
		for (size_t k = 0;
		     hu_str_is(in->lanes[i].kind, "mark") && k < in->lanes[i].bar_count; k++) {
			int64_t at = in->lanes[i].bars[k].from_ns;
			if (at >= first - near_ns && at < low)
				low = at;
			if (at <= last + near_ns && at > high)
				high = at;
		}
	int64_t margin = (high - low) / 20 + 1000;
	*from = low - margin;
	*to = high + margin;
	int64_t duration = page->verdict.duration_ns;
	if (duration != HU_OPEN && duration > 0) {
		if (*from < 0)
			*from = low < 0 ? low : 0;
		if (*to > duration)
			*to = high > duration ? high : duration;
	}
	return *to > *from;
}

int64_t hu_figure_step(int64_t span, int most)
{
	int64_t step = 1;

	for (;;) {
		static const int times[] = {1, 2, 5};
		for (int i = 0; i < 3; i++)
			if (span / (step * times[i]) < most)
				return step * times[i];
		if (step > INT64_MAX / 50)
			return step;
		step *= 10;
	}
}

size_t hu_figure_merge(struct hu_page *page, const struct hu_page_lane *lane, int64_t from,
		       int64_t until, size_t most, struct hu_page_bar **ret)
{
	struct hu_page_bar *out = hu_page_alloc(page, (lane->bar_count + 1) * sizeof(*out));
	int64_t gap = 0;

	*ret = out;
	for (;;) {
		size_t n = 0, joined = 0;
		for (size_t i = 0; i < lane->bar_count; i++) {
			const struct hu_page_bar *b = &lane->bars[i];
			if (b->to_ns < from || b->from_ns > until || b->to_ns < b->from_ns)
				continue;
			if (gap && n && b->from_ns - out[n - 1].to_ns < gap) {
				if (b->to_ns > out[n - 1].to_ns)
					out[n - 1].to_ns = b->to_ns;
				out[n - 1].label = (struct hu_str){NULL, 0};
				out[n - 1].title = hu_str("several bars, drawn as one");
				joined++;
				continue;
			}
			out[n++] = *b;
		}
		if (n <= most || n <= 1)
			return n;
		gap = gap ? gap * 2 : (until - from) / 4096 + 1;
	}
}

void hu_figure_caption(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		       const struct hu_detail *detail)
{
	int64_t from, until;
	size_t merged = 0, drawn = 0, lanes = 0, shown, counters = 0;

	if (!hu_figure_range(page, in, &from, &until))
		return;
	for (size_t i = 0; i < in->lane_count; i++) {
		const struct hu_page_lane *l = &in->lanes[i];
		counters += hu_str_is(l->kind, "counter");
		lanes += !hu_str_is(l->kind, "mark");
		if (l->bar_count > detail->bars) {
			struct hu_page_bar *bars;
			merged += l->bar_count;
			drawn += hu_figure_merge(page, l, from, until, detail->bars, &bars);
		}
	}
	hu_out_puts(to, "Case time ");
	hu_phrase_stamp(to, page, from);
	hu_out_puts(to, " to ");
	hu_phrase_stamp(to, page, until);
	if (page->verdict.duration_ns != HU_OPEN && page->verdict.duration_ns >= until - from) {
		hu_out_puts(to, ", ");
		hu_phrase_duration(to, until - from);
		hu_out_puts(to, " of a capture of ");
		hu_phrase_duration(to, page->verdict.duration_ns);
	}
	hu_out_puts(to, ".");
	shown = lanes < detail->lanes ? lanes : detail->lanes;
	if (lanes > shown)
		hu_out_printf(to, " %zu of %zu lanes are drawn.", shown, lanes);
	if (merged)
		hu_out_printf(to, " %zu bars are drawn as %zu.", merged, drawn);
	(void)counters;
}

enum { CELLS = 55, LABEL = 18, WIDTH = 76 };

static void label_text(struct hu_out *to, struct hu_str label)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	bool cut;

	hu_escape_plain(&s, label);
	struct hu_str part = hu_escape_cut(hu_out_view(&s), LABEL, &cut);
	size_t used = hu_escape_columns(part);
	hu_out_str(to, part);
	hu_out_printf(to, "%*s", used < LABEL ? (int)(LABEL - used) : 0, "");
}

static int cell_of(int64_t ns, int64_t from, int64_t until)
{
	int64_t width = (until - from) / CELLS + 1;

	return ns <= from ? 0 : ns >= until ? CELLS - 1 : (int)((ns - from) / width);
}

/* Returns the highest value of a line. */
static double text_lane(struct hu_out *to, const struct hu_page_lane *l, int64_t from,
			int64_t until)
{
	static const char *const steps[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	bool waiters = hu_str_is(l->kind, "waiters");
	bool counter = waiters || hu_str_is(l->kind, "counter");
	bool loss = hu_str_is(l->kind, "loss"), mark = hu_str_is(l->kind, "mark");
	bool victim = hu_str_is(l->kind, "victim"), holder = hu_str_is(l->kind, "holder");
	double value[CELLS], latest[CELLS], high = 0;
	char cell[CELLS];

	memset(cell, 0, sizeof(cell));
	for (int i = 0; i < CELLS; i++)
		value[i] = latest[i] = NAN;
	for (size_t i = 0; i < l->bar_count; i++) {
		const struct hu_page_bar *b = &l->bars[i];
		if (b->to_ns < from || b->from_ns > until)
			continue;
		for (int c = cell_of(b->from_ns, from, until); c <= cell_of(b->to_ns, from, until);
		     c++)
			cell[c] = 1;
	}
	for (size_t i = 0; i < l->point_count; i++) {
		const struct hu_page_point *p = &l->points[i];
		if (p->at_ns < from || p->at_ns > until || isnan(p->value))
			continue;
		int c = cell_of(p->at_ns, from, until);
		if (isnan(value[c]) || p->value > value[c])
			value[c] = p->value;
		latest[c] = p->value;
		/* so many wait until the next point says otherwise */
		int last = c;
		if (waiters && i + 1 < l->point_count && l->points[i + 1].at_ns > p->at_ns)
			last = cell_of(l->points[i + 1].at_ns, from, until);
		for (int k = c + 1; k < last; k++)
			value[k] = latest[k] = p->value;
		if (p->value > high)
			high = p->value;
	}
	/* Between two readings the last one holds. */
	int last = CELLS - 1;
	while (counter && last > 0 && isnan(value[last]))
		last--;
	for (int c = 1; counter && c < last; c++)
		if (isnan(value[c]) && !isnan(value[c - 1]))
			value[c] = latest[c] = latest[c - 1];
	label_text(to, l->label);
	hu_out_puts(to, " |");
	for (int c = 0; c < CELLS; c++) {
		if (!counter)
			hu_out_puts(to, !cell[c] ? " "
					: victim ? "▒"
					: holder ? "█"
					: loss	 ? "x"
					: mark	 ? "|"
						 : "░");
		else if (isnan(value[c]))
			hu_out_putc(to, ' ');
		else
			hu_out_puts(
				to,
				steps[high > 0 && value[c] > 0 ? (int)lround(value[c] / high * 7)
							       : 0]);
	}
	hu_out_putc(to, '|');
	hu_out_putc(to, '\n');
	return high;
}

/* What the tops of the lines mean, one behind the other. */
static void text_tops(struct hu_out *to, const struct hu_page_lane *l, double high, size_t *column)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0}, plain = {0};

	hu_svg_fit(&s, l->label, 30);
	hu_out_puts(&s, ": max ");
	hu_phrase_number(&s, high);
	if (l->unit.len) {
		hu_out_putc(&s, ' ');
		hu_svg_fit(&s, l->unit, 20);
	}
	hu_escape_plain(&plain, hu_out_view(&s));
	size_t n = hu_escape_columns(hu_out_view(&plain));
	if (*column && *column + 2 + n > WIDTH) {
		hu_out_puts(to, ";\n");
		*column = 0;
	}
	hu_out_puts(to, *column ? "; " : "  ");
	hu_out_str(to, hu_out_view(&plain));
	*column += 2 + n;
}

static void text_axis(struct hu_out *to, const struct hu_page *page, int64_t from, int64_t until)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out left = {0}, right = {0};

	hu_phrase_stamp(&left, page, from);
	hu_phrase_stamp(&right, page, until);
	size_t used = left.len + right.len;
	hu_out_printf(to, "%*s", LABEL + 2, "");
	hu_out_str(to, hu_out_view(&left));
	hu_out_printf(to, "%*s%s\n", used < CELLS ? (int)(CELLS - used) : 1, "", right.at);
}

void hu_figure_text(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		    const struct hu_detail *detail)
{
	static const struct {
		const char *kind, *title;
	} groups[] = {
		{"victim", "waited ▒"},	  {"waiters", "how many waited"}, {"holder", "held █"},
		{"reclaim", "reclaim ░"}, {"loss", "events lost x"},	  {"counter", "counters"},
		{"mark", "marks |"},
	};
	HU_CLEANUP(hu_out_deinit) struct hu_out tops = {0};
	int64_t from, until;
	size_t shown = 0, column = 0;

	if (!hu_figure_range(page, in, &from, &until))
		return;
	text_axis(to, page, from, until);
	for (size_t k = 0; k < sizeof(groups) / sizeof(groups[0]); k++) {
		bool head = false;
		for (size_t i = 0; i < in->lane_count && shown < detail->lanes; i++) {
			if (!hu_str_is(in->lanes[i].kind, groups[k].kind))
				continue;
			if (!head)
				hu_out_printf(to, "%s\n",
					      k == 2 && !in->operation.len ? "in it █"
									   : groups[k].title);
			head = true;
			shown++;
			double high = text_lane(to, &in->lanes[i], from, until);
			if (in->lanes[i].point_count)
				text_tops(&tops, &in->lanes[i], high, &column);
		}
		if (tops.len) {
			hu_out_str(to, hu_out_view(&tops));
			hu_out_putc(to, '\n');
			hu_out_clear(&tops);
			column = 0;
		}
	}
}
