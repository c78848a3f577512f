/*
 * report.html: one file without scripts, forms or anything from elsewhere, for screens of any
 * width, dark rooms and paper. Its Content-Security-Policy forbids everything but its own style.
 */
#include <math.h>
#include <string.h>

#include "report/draw.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/render.h"

static void begin(struct hu_out *to, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out where = {0};
	struct hu_str title = hu_phrase_cut(page, hu_phrase_title(page), 240);
	enum hu_tone tone;
	const char *outcome = hu_phrase_outcome(page, &tone);

	hu_phrase_where(&where, page);
	hu_html_head(to, title);
	hu_html_header(to, hu_phrase_cut(page, hu_out_view(&where), 300), outcome, tone, title,
		       hu_str_eq(hu_phrase_title(page), page->verdict.sentence)
			       ? hu_str("")
			       : hu_phrase_cut(page, page->verdict.sentence, 700));
}

static void tag(struct hu_out *to, struct hu_str text, enum hu_tone tone)
{
	if (!text.len)
		return;
	hu_out_printf(to, "<span class=\"tag %s\">", hu_html_class_of(tone));
	hu_escape_html(to, text);
	hu_out_puts(to, "</span>");
}

static void heading(struct hu_out *to, int level, struct hu_str text, const char *anchor,
		    const char *label, enum hu_tone tone)
{
	hu_out_printf(to, "<h%d id=\"%s\">", level, anchor);
	hu_escape_html_rich(to, text);
	if (label) {
		hu_out_putc(to, ' ');
		tag(to, hu_str(label), tone);
	}
	hu_out_printf(to, "</h%d>\n", level);
}

static void para(struct hu_out *to, struct hu_str text, enum hu_tone tone)
{
	if (tone == HU_TONE_PLAIN)
		hu_out_puts(to, "<p>");
	else
		hu_out_printf(to, "<p class=\"%s\">", hu_html_class_of(tone));
	hu_escape_html_rich(to, text);
	hu_out_puts(to, "</p>\n");
}

static void box(struct hu_out *to, const struct hu_box_line *lines, size_t count)
{
	hu_out_puts(to, "<dl class=\"box\">\n");
	for (size_t i = 0; i < count; i++) {
		hu_out_printf(to, "<div class=\"%s\"><dt>%s</dt><dd>",
			      hu_html_class_of(lines[i].tone), lines[i].label);
		hu_html_element(to, "<b>", lines[i].value, "</b>");
		if (lines[i].detail.len)
			hu_html_element(to, " <span>", lines[i].detail, "</span>");
		hu_out_puts(to, "</dd></div>\n");
	}
	hu_out_puts(to, "</dl>\n");
	hu_out_puts(to, hu_html_nav_here);
}

static void list(struct hu_out *to, const struct hu_str *items, size_t count, bool ordered)
{
	hu_out_puts(to, ordered ? "<ol>\n" : "<ul>\n");
	for (size_t i = 0; i < count; i++)
		hu_html_element(to, "<li>", items[i], "</li>\n");
	hu_out_puts(to, ordered ? "</ol>\n" : "</ul>\n");
}

static void aside(struct hu_out *to, enum hu_tone tone, const char *title,
		  const struct hu_str *items, size_t count)
{
	hu_out_printf(to, "<div role=\"note\" class=\"note %s\"><p><b>%s</b></p>\n",
		      hu_html_class_of(tone), title);
	if (count)
		list(to, items, count, false);
	hu_out_puts(to, "</div>\n");
}

/* A drawing and no style attribute, which the page's own policy forbids. */
static void share_bar(struct hu_out *to, double share, enum hu_tone tone)
{
	int width = isnan(share) || share < 0 ? 0 : share > 1 ? 1000 : (int)lround(share * 1000);

	if (width > 0 && width < 12)
		width = 12;
	hu_out_printf(to,
		      "<svg class=\"bar %s\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" "
		      "aria-hidden=\"true\"><rect width=\"%d\" height=\"100\"/></svg>",
		      hu_html_class_of(tone), width);
}

static void cell(struct hu_out *to, const struct hu_cell *c, bool header)
{
	const char *element_name = header ? "th" : "td";

	hu_out_printf(to, "<%s%s", element_name, header ? " scope=\"row\"" : "");
	if (c->kind == HU_CELL_NUMBER || c->kind == HU_CELL_BAR || c->kind == HU_CELL_CODE)
		hu_out_printf(to, " class=\"%s\"",
			      c->kind == HU_CELL_NUMBER ? "n"
			      : c->kind == HU_CELL_BAR	? "b"
							: "c");
	hu_out_putc(to, '>');
	if (c->href.len)
		hu_html_element(to, "<a href=\"", c->href, "\">");
	switch (c->kind) {
	case HU_CELL_TAG:
		tag(to, c->text, c->tone);
		break;
	case HU_CELL_CODE:
		if (c->text.len) {
			hu_out_puts(to, "<code>");
			hu_escape_html(to, c->text);
			hu_out_puts(to, "</code>");
		}
		break;
	case HU_CELL_BAR:
		share_bar(to, c->share, c->tone);
		if (c->text.len)
			hu_html_element(to, " ", c->text, "");
		break;
	case HU_CELL_NUMBER:
		hu_escape_html(to, c->text);
		break;
	case HU_CELL_TEXT:
		hu_escape_html_rich(to, c->text);
		break;
	}
	if (c->href.len)
		hu_out_puts(to, "</a>");
	if (c->small.len)
		hu_html_element(to, "<small>", c->small, "</small>");
	hu_out_printf(to, "</%s>", element_name);
}

static void open_table(struct hu_out *to, struct hu_str caption, const char *class)
{
	hu_out_puts(to, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
	hu_escape_html(to, caption);
	if (class)
		hu_out_printf(to, "\"><table class=\"%s\"><caption>", class);
	else
		hu_out_puts(to, "\"><table><caption>");
	hu_escape_html(to, caption);
	hu_out_puts(to, "</caption>\n");
}

static void table(struct hu_out *to, const struct hu_table *t)
{
	bool bars = false;

	for (size_t i = 0; i < t->width; i++)
		bars = bars || t->columns[i].kind == HU_CELL_BAR;
	open_table(to, t->caption, bars ? "tight" : t->width > 4 ? "wide" : NULL);
	hu_out_puts(to, "<thead><tr>");
	for (size_t i = 0; i < t->width; i++) {
		const struct hu_column *c = &t->columns[i];
		if (!c->label[0])
			hu_out_puts(to, "<td></td>");
		else
			hu_out_printf(to, "<th scope=\"col\"%s>%s</th>",
				      c->kind == HU_CELL_NUMBER ? " class=\"n\"" : "", c->label);
	}
	hu_out_puts(to, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i + t->width <= t->count; i += t->width) {
		hu_out_puts(to, "<tr>");
		for (size_t k = 0; k < t->width; k++)
			cell(to, &t->cells[i + k], k == 0);
		hu_out_puts(to, "</tr>\n");
	}
	hu_out_puts(to, "</tbody></table></div>\n");
}

static void chain(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		  const struct hu_detail *detail)
{
	struct hu_chain_row *rows;
	size_t n = hu_phrase_chain(page, in, detail->links, &rows);

	open_table(to, hu_str("From the victim to the root"), "wide");
	hu_out_puts(to, "<thead><tr><th scope=\"col\">What happened</th><th scope=\"col\" "
			"class=\"n\">Time</th><th scope=\"col\" class=\"n\">Share</th>"
			"<td></td><th scope=\"col\">How known</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++) {
		const struct hu_chain_row *r = &rows[i];
		if (r->total)
			hu_out_puts(to, "</tbody>\n<tfoot><tr>");
		else
			hu_out_printf(to, "<tr class=\"%s\">", r->depth ? "under" : "top");
		hu_out_printf(to, "<th scope=\"row\" class=\"d%d\">", r->depth);
		hu_escape_html_rich(to, hu_phrase_cut(page, r->text, detail->text));
		hu_html_element(to, "</th><td class=\"n\">", r->time, "</td><td class=\"n\">");
		hu_html_element(to, "", r->share, "</td><td class=\"b\">");
		if (!r->total)
			share_bar(to, r->bar, r->waiting ? HU_TONE_BAD : HU_TONE_PLAIN);
		hu_out_puts(to, "</td><td>");
		tag(to, r->how, hu_phrase_how_tone(r->how));
		hu_out_puts(to, r->total ? "</td></tr></tfoot>" : "</td></tr>\n");
		if (i == n - 1 && !r->total)
			hu_out_puts(to, "</tbody>");
	}
	hu_out_puts(to, "</table></div>\n");
}

/* The bars in words, for those who cannot see them. */
static void figure_table(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
			 const struct hu_detail *detail)
{
	size_t n = 0, most = detail->evidence * 2, all = 0, bars = 0;

	for (size_t i = 0; i < in->lane_count; i++)
		bars += in->lanes[i].bar_count;
	if (!bars)
		return;
	hu_out_puts(to, "<details><summary>The timeline as a table</summary>\n");
	open_table(to, hu_str("Bars and marks of the timeline"), NULL);
	hu_out_puts(to, "<thead><tr><th scope=\"col\">Lane</th><th scope=\"col\" class=\"n\">From"
			"</th><th scope=\"col\" class=\"n\">To</th><th scope=\"col\">What</th></tr>"
			"</thead>\n<tbody>\n");
	for (size_t i = 0; i < in->lane_count; i++)
		for (size_t k = 0; k < in->lanes[i].bar_count; k++) {
			const struct hu_page_bar *b = &in->lanes[i].bars[k];
			if (++all > most)
				continue;
			n++;
			hu_html_element(to, "<tr><th scope=\"row\">",
					hu_escape_cut(in->lanes[i].label, 200, NULL),
					"</th><td class=\"n\">");
			hu_phrase_stamp(to, page, b->from_ns);
			hu_out_puts(to, "</td><td class=\"n\">");
			hu_phrase_stamp(to, page, b->to_ns);
			hu_html_element(
				to, "</td><td>",
				hu_escape_cut(b->title.len ? b->title : b->label, 500, NULL),
				"</td></tr>\n");
		}
	hu_out_puts(to, "</tbody></table></div>\n");
	if (all > n)
		hu_out_printf(to, "<p class=\"dim\">%zu of %zu bars.</p>\n", n, all);
	hu_out_puts(to, "</details>\n");
}

static void figure(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out caption = {0};

	hu_out_puts(to, "<figure>\n");
	hu_figure_svg(to, page, in, detail);
	hu_figure_caption(&caption, page, in, detail);
	hu_out_puts(to, "<figcaption>");
	hu_escape_html(to, hu_out_view(&caption));
	if (in->at_ns != HU_OPEN && in->worst_ns != HU_OPEN)
		hu_out_puts(to, " Shaded: the worst.");
	hu_out_puts(to, " Above: case time, as the tracer prints it; below: time into the capture."
			"</figcaption>\n</figure>\n");
	figure_table(to, page, in, detail);
}

static void listing(struct hu_out *to, struct hu_str title, struct hu_str lines)
{
	struct hu_str one;

	hu_html_element(to, "<p class=\"dim\">", title, "</p>\n");
	hu_out_puts(to, "<pre tabindex=\"0\">");
	while (hu_str_line(&lines, &one)) {
		hu_escape_html(to, one);
		hu_out_putc(to, '\n');
	}
	hu_out_puts(to, "</pre>\n");
}

static bool is_url(struct hu_str s)
{
	if (!hu_str_starts(s, "https://") && !hu_str_starts(s, "http://"))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || (unsigned char)s.at[i] >= 0x7f)
			return false;
	return true;
}

static void links(struct hu_out *to, const struct hu_str *urls, size_t count)
{
	hu_out_puts(to, "<ul class=\"links\">\n");
	for (size_t i = 0; i < count; i++) {
		struct hu_str url = hu_escape_cut(urls[i], 1000, NULL);
		hu_out_puts(to, "<li>");
		if (is_url(url)) {
			hu_out_puts(to, "<a rel=\"noopener noreferrer\" href=\"");
			hu_escape_html(to, url);
			hu_out_puts(to, "\">");
			hu_escape_html(to, url);
			hu_out_puts(to, "</a>");
		} else {
			hu_escape_html_rich(to, url);
		}
		hu_out_puts(to, "</li>\n");
	}
	hu_out_puts(to, "</ul>\n");
}

static void end(struct hu_out *to, struct hu_page *page)
{
	hu_out_puts(to, "</main>\n<footer><p>Made by holdup " HU_VERSION " from the bundle <code>");
	hu_escape_html(to, hu_phrase_cut(page, page->bundle_name, 300));
	hu_out_puts(to, "</code>");
	if (page->bundle_sha256.len) {
		hu_out_puts(to, ", sha256 <code>");
		hu_escape_html(to, hu_escape_cut(page->bundle_sha256, 100, NULL));
		hu_out_puts(to, "</code>");
	}
	hu_out_puts(to, ". <code>report.json</code> and <code>report.md</code> say the same.</p>"
			"</footer>\n</body>\n</html>\n");
}

const struct hu_draw *hu_html_drawer(void)
{
	static const struct hu_draw draw = {
		.begin = begin,
		.heading = heading,
		.para = para,
		.box = box,
		.list = list,
		.aside = aside,
		.table = table,
		.figure = figure,
		.latency = hu_figure_latency,
		.graph = hu_figure_graph,
		.flames = hu_figure_flames,
		.chain = chain,
		.listing = listing,
		.links = links,
		.end = end,
	};

	return &draw;
}

void hu_render_html(struct hu_page *page, struct hu_out *to)
{
	size_t start = to->len;

	hu_draw_page(hu_html_drawer(), page, 700000, to);
	hu_html_nav(to, start);
}
