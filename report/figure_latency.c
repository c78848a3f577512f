/*
 * How long the operations took, as a histogram on two logarithmic axes: the stalled ones hatched
 * and one by one, the threshold, the median. Logarithms in integers, so that every machine draws
 * the same. Shaped for some dozen steps.
 */
#include "report/escape.h"
#include "report/figure.h"

struct plot {
	struct hu_svg svg;
	struct hu_page *page;
	const struct hu_page_incident *in;
	const struct hu_detail *detail;
	int64_t low, high;	    /* logarithms of the ends */
	int64_t most;		    /* of the largest count */
	int left, right, top, foot; /* tenths of a pixel */
};

/* 4096 times the logarithm to the base of two. */
static int64_t log_of(int64_t n)
{
	if (n < 1)
		return 0;
	int whole = 63 - __builtin_clzll((unsigned long long)n);
	/* the mantissa in 1 … 2, as a number of 31 bits, squared again and again */
	uint64_t x = whole > 31 ? (uint64_t)n >> (whole - 31) : (uint64_t)n << (31 - whole);
	int64_t part = 0;
	for (int i = 0; i < 12; i++) {
		x = x * x >> 31;
		part <<= 1;
		if (x >> 32) {
			x >>= 1;
			part |= 1;
		}
	}
	return (int64_t)whole * 4096 + part;
}

static int x_of(const struct plot *p, int64_t ns)
{
	int64_t at = log_of(ns);

	at = at < p->low ? p->low : at > p->high ? p->high : at;
	return p->left + (int)((at - p->low) * (p->right - p->left) / (p->high - p->low));
}

/* One more than the count, so that a single call is seen. */
static int height_of(const struct plot *p, int64_t count)
{
	return (int)(log_of(count + 1) * (p->foot - p->top) / p->most);
}

static bool is_sound(const struct hu_page_bucket *b)
{
	return b->low_ns != HU_OPEN && b->high_ns != HU_OPEN && b->low_ns >= 0 &&
	       b->high_ns > b->low_ns && b->count != HU_OPEN && b->count >= 0 &&
	       b->count < INT64_MAX;
}

/* The first step may begin at nothing. */
static int64_t from_of(const struct hu_page_bucket *b)
{
	return b->low_ns > 0 ? b->low_ns : b->high_ns > 1 ? b->high_ns / 2 : 1;
}

static bool set_scale(struct plot *p)
{
	int64_t first = INT64_MAX, last = 0, most = 0;
	size_t steps = 0;

	for (size_t i = 0; i < p->in->bucket_count; i++) {
		const struct hu_page_bucket *b = &p->in->buckets[i];
		if (!is_sound(b))
			continue;
		first = from_of(b) < first ? from_of(b) : first;
		last = b->high_ns > last ? b->high_ns : last;
		most = b->count > most ? b->count : most;
		steps++;
	}
	if (!steps || most <= 0)
		return false;
	/* Three decades at least, with the threshold: of one step alone nobody sees where it is. */
	int64_t threshold = p->page->verdict.threshold_ns;
	if (threshold > 0 && threshold != HU_OPEN) {
		first = threshold < first ? threshold / 2 + 1 : first;
		last = threshold > last ? threshold : last;
	}
	while (first > 1 && last / first < 1000)
		first = first / 2 > 0 ? first / 2 : 1;
	p->low = log_of(first);
	p->high = log_of(last);
	p->most = log_of(most + 1);
	return p->high > p->low && p->most > 0;
}

static void columns(struct plot *p)
{
	size_t drawn = 0;

	for (size_t i = 0; i < p->in->bucket_count && drawn < 200; i++) {
		const struct hu_page_bucket *b = &p->in->buckets[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
		if (!is_sound(b) || !b->count)
			continue;
		int x1 = x_of(p, from_of(b)), x2 = x_of(p, b->high_ns), h = height_of(p, b->count);
		int w = x2 - x1 > 20 ? x2 - x1 - 10 : 10;
		drawn++;
		hu_out_grouped(&label, b->count);
		hu_out_puts(&title, label.at);
		hu_out_puts(&title, b->count == 1 ? " call took " : " calls took ");
		hu_phrase_duration(&title, b->low_ns);
		hu_out_puts(&title, " to ");
		hu_phrase_duration(&title, b->high_ns);
		hu_out_puts(p->svg.to, "<g>");
		hu_svg_title(&p->svg, hu_out_view(&title));
		if (b->stalled) {
			hu_svg_filled(&p->svg, x1, p->foot - h, w, h, HU_FILL_LOCK);
			hu_svg_rect(&p->svg, x1, p->foot - h, w, h, "outline");
		} else {
			hu_svg_rect(&p->svg, x1, p->foot - h, w, h, "usual");
		}
		if (hu_svg_width(&p->svg, hu_out_view(&label)) <= w + 10)
			hu_svg_text(&p->svg, x1 + w / 2, p->foot - h - 40, NULL, "middle",
				    hu_out_view(&label));
		hu_out_puts(p->svg.to, "</g>\n");
	}
}

/* 1, 2 and 5 of each decade: powers of ten first, others where there is room. */
static void axis(struct plot *p)
{
	struct {
		int from, to;
	} taken[64];
	size_t n = 0;

	hu_svg_line(&p->svg, p->left, p->foot, p->right, p->foot, "outline");
	for (int pass = 0; pass < 2; pass++) {
		int64_t edge = 1;
		for (int i = 0; edge < INT64_MAX / 10 && n < 64;
		     edge = i % 3 == 1 ? edge / 2 * 5 : edge * 2, i++) {
			HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
			bool free_here = true;
			if ((i % 3 != 0) != pass || log_of(edge) < p->low || log_of(edge) > p->high)
				continue;
			hu_phrase_duration(&label, edge);
			int x = x_of(p, edge), w = hu_svg_width(&p->svg, hu_out_view(&label));
			for (size_t k = 0; k < n; k++)
				free_here = free_here && (x + w / 2 + 50 < taken[k].from ||
							  x - w / 2 - 50 > taken[k].to);
			if (!free_here || x - w / 2 < 0 || x + w / 2 > p->right + 100)
				continue;
			hu_svg_line(&p->svg, x, p->foot, x, p->foot + 40, "outline");
			hu_svg_text(&p->svg, x, p->foot + 160, "tick", "middle",
				    hu_out_view(&label));
			taken[n].from = x - w / 2;
			taken[n++].to = x + w / 2;
		}
	}
}

/* The stalled ones one by one, on a line of their own under the axis; those at one place are
 * raised. */
static int dots(struct plot *p, int y)
{
	int last = -1000, level = 0;
	size_t n = 0;

	for (size_t i = 0; i < p->in->stall_count && n < p->detail->bars; i++) {
		const struct hu_page_stall *s = &p->in->stalls[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
		if (s->duration_ns == HU_OPEN || s->duration_ns <= 0)
			continue;
		if (!n++)
			hu_svg_text(&p->svg, p->svg.narrow ? p->left : 80, y, "tick", NULL,
				    hu_str("stalled, one by one"));
		int x = x_of(p, s->duration_ns);
		level = last - x < 70 && last >= x ? (level + 1) % 3 : 0;
		last = level ? last : x;
		hu_svg_fit(&title, s->comm, 40);
		hu_out_puts(&title, ": ");
		hu_svg_fit(&title, s->operation, 40);
		hu_out_puts(&title, s->open ? " ≥ " : " ");
		hu_phrase_duration(&title, s->duration_ns);
		hu_out_puts(p->svg.to, "<circle class=\"stall\" r=\"4\" cx=\"");
		hu_svg_tenths(p->svg.to, x);
		hu_out_puts(p->svg.to, "\" cy=\"");
		hu_svg_tenths(p->svg.to, y - 40 - level * 50);
		hu_out_puts(p->svg.to, "\">");
		hu_svg_title(&p->svg, hu_out_view(&title));
		hu_out_puts(p->svg.to, "</circle>");
	}
	return n ? 180 : 0;
}

static void rule(struct plot *p, int64_t ns, const char *word, const char *class, int y, bool left)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};

	if (ns == HU_OPEN || ns <= 0 || log_of(ns) < p->low || log_of(ns) > p->high)
		return;
	int x = x_of(p, ns);
	hu_out_puts(&label, word);
	hu_phrase_duration(&label, ns);
	int w = hu_svg_width(&p->svg, hu_out_view(&label));
	left = left ? x - 50 - w > 0 : x + 50 + w > p->right;
	hu_svg_line(&p->svg, x, y - 90, x, p->foot, class);
	hu_svg_text(&p->svg, left ? x - 50 : x + 50, y, "note", left ? "end" : NULL,
		    hu_out_view(&label));
}

static void drawing(struct plot *p)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0}, desc = {0};
	size_t number = (size_t)(p->in - p->page->incidents) + 1;

	p->left = p->svg.narrow ? 60 : 1480;
	p->right = p->svg.narrow ? HU_SVG_NARROW - 60 : HU_SVG_WIDE - 100;
	p->top = 480;
	p->foot = p->svg.narrow ? 1500 : 1700;
	hu_svg_name(&p->svg, 'l', number, 0);
	bool any = false;
	for (size_t i = 0; i < p->in->stall_count && !any; i++)
		any = p->in->stalls[i].duration_ns != HU_OPEN && p->in->stalls[i].duration_ns > 0;
	int height = (p->foot + 200 + (any ? (p->svg.narrow ? 420 : 260) : 0)) / 10;
	hu_out_puts(&title, "How long the calls took");
	hu_svg_begin(&p->svg, p->svg.narrow ? HU_SVG_NARROW : HU_SVG_WIDE, height,
		     hu_out_view(&title));
	hu_phrase_impact(&desc, p->page, p->in);
	HU_CLEANUP(hu_out_deinit) struct hu_out cut = {0};
	hu_svg_fit(&cut, hu_out_view(&desc), 400);
	hu_escape_html(p->svg.to, hu_out_view(&cut));
	hu_svg_body(&p->svg);
	hu_svg_patterns(&p->svg, 1u << HU_FILL_LOCK);
	rule(p, p->in->median_ns, "median ", "median", 260, true);
	rule(p, p->page->verdict.threshold_ns, "threshold ", "mark", 120, false);
	columns(p);
	axis(p);
	if (!p->svg.narrow) {
		hu_svg_text(&p->svg, 80, p->top + 80, "head", NULL, hu_str("Calls"));
		hu_svg_text(&p->svg, 80, p->foot + 160, "head", NULL, hu_str("took"));
	}
	if (any)
		dots(p, p->foot + (p->svg.narrow ? 520 : 380));
	hu_svg_end(&p->svg);
}

/* The two drawings alone; false: there is nothing to draw. */
static bool put_svg(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		    const struct hu_detail *detail)
{
	bool drawn = false;

	for (int narrow = 0; narrow < 2; narrow++) {
		struct plot p = {.svg = {.to = to, .narrow = narrow},
				 .page = page,
				 .in = in,
				 .detail = detail};
		if (!set_scale(&p))
			return false;
		drawing(&p);
		drawn = true;
	}
	return drawn;
}

static void cells(struct hu_out *to, const struct hu_page_bucket *b)
{
	hu_out_puts(to, "<tr><th scope=\"row\">");
	hu_phrase_duration(to, b->low_ns);
	hu_out_puts(to, " to ");
	hu_phrase_duration(to, b->high_ns);
	hu_out_puts(to, "</th><td class=\"n\">");
	if (b->count != HU_OPEN)
		hu_out_grouped(to, b->count);
	hu_out_printf(to, "</td><td>%s</td></tr>\n", b->stalled ? "stalled" : "");
}

void hu_figure_latency(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		       const struct hu_detail *detail)
{
	size_t before = to->len, n = 0;

	if (!in->bucket_count)
		return;
	hu_out_puts(to, "<figure>\n");
	if (put_svg(to, page, in, detail)) {
		hu_out_puts(to, "<figcaption>So many calls took so long; both axes are "
				"logarithmic. Hatched: ");
		hu_phrase_duration(to, page->verdict.threshold_ns);
		hu_out_puts(to, " or longer. Dots: the calls of this cause.</figcaption>\n</figure>"
				"\n<details><summary>The same as a table</summary>\n");
	} else {
		to->len = before;
		hu_out_puts(to, "<details open><summary>How long the calls took</summary>\n");
	}
	hu_out_puts(to,
		    "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"How long "
		    "the calls took\"><table><caption>How long the calls took</caption>\n"
		    "<thead><tr><th scope=\"col\">Took</th><th scope=\"col\" class=\"n\">Calls"
		    "</th><td></td></tr></thead>\n<tbody>\n");
	for (; n < in->bucket_count && n < detail->buckets; n++)
		cells(to, &in->buckets[n]);
	hu_out_puts(to, "</tbody></table></div>\n");
	if (n < in->bucket_count)
		hu_out_printf(to, "<p class=\"dim\">%zu of %zu steps.</p>\n", n, in->bucket_count);
	hu_out_puts(to, "</details>\n");
}
