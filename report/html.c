/*
 * report.html: one file without scripts, forms or anything from elsewhere, for screens of any
 * width, dark rooms and paper. Its Content-Security-Policy forbids everything but its own style.
 */
#include <math.h>
#include <string.h>

#include "db/embedded.h"
#include "db/sha256.h"
#include "report/draw.h"
#include "report/escape.h"
#include "report/render.h"

extern const unsigned char hu_style_css[];

/* Chapters are known only when all is drawn: the list of them is put in here. */
static const char nav_here[] = "<!--nav-->";

static const char *class_of(enum hu_tone tone)
{
	static const char *const names[] = {"plain", "good", "warn", "bad", "dim"};

	return names[tone];
}

static void element(struct hu_out *to, const char *open, struct hu_str s, const char *close)
{
	hu_out_puts(to, open);
	hu_escape_html_rich(to, s);
	hu_out_puts(to, close);
}

static struct hu_str cut(struct hu_str s, size_t bytes)
{
	bool was;

	return hu_escape_cut(s, bytes, &was);
}

/* Nothing may be loaded, sent or run, and no style but this very one: what a stranger's text might
 * smuggle in would not act. */
static void policy(struct hu_out *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *style = (const char *)hu_style_css;
	unsigned char hash[33] = {0};
	char text[HU_SHA256_TEXT];
	struct hu_sha256 sha;

	hu_sha256_init(&sha);
	hu_sha256_add(&sha, style, strlen(style));
	hu_sha256_finish(&sha, text);
	for (size_t i = 0; i < 32; i++) {
		uint64_t byte = 0;
		hu_str_u64((struct hu_str){text + 2 * i, 2}, 16, &byte);
		hash[i] = (unsigned char)byte;
	}
	hu_out_puts(to,
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "style-src 'sha256-");
	for (size_t i = 0; i < 33; i += 3) {
		unsigned part = (unsigned)hash[i] << 16 | (unsigned)hash[i + 1] << 8 |
				(i + 2 < 33 ? hash[i + 2] : 0);
		for (int k = 0; k < (i == 30 ? 3 : 4); k++)
			hu_out_putc(to, digits[part >> (18 - 6 * k) & 63]);
	}
	hu_out_puts(to, "='; base-uri 'none'; form-action 'none'\">\n");
}

void hu_html_head(struct hu_out *to, struct hu_str title)
{
	hu_out_puts(to, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	policy(to);
	hu_out_puts(to, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			"<meta name=\"color-scheme\" content=\"light dark\">\n"
			"<meta name=\"referrer\" content=\"no-referrer\">\n"
			"<meta name=\"generator\" content=\"holdup " HU_VERSION "\">\n<title>");
	hu_escape_html(to, cut(title, 200));
	hu_out_puts(to, "</title>\n<style>");
	hu_out_puts(to, (const char *)hu_style_css);
	hu_out_puts(to, "</style>\n</head>\n<body>\n");
}

/* The opening of a page; `where` and `lead` may be empty. */
void hu_html_header(struct hu_out *to, struct hu_str where, const char *outcome, enum hu_tone tone,
		    struct hu_str title, struct hu_str lead)
{
	hu_out_printf(to, "<header class=\"verdict %s\">\n", class_of(tone));
	element(to, "<p class=\"where\">", where, "</p>\n");
	hu_out_printf(to, "<p class=\"outcome\">%s</p>\n", outcome);
	hu_out_puts(to, title.len > 110 ? "<h1 class=\"long\">" : "<h1>");
	element(to, "", title, "</h1>\n");
	if (lead.len)
		element(to, "<p class=\"lead\">", lead, "</p>\n");
	hu_out_puts(to, "</header>\n");
	hu_out_puts(to, nav_here);
	hu_out_puts(to, "<main>\n");
}

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
	hu_out_printf(to, "<span class=\"tag %s\">", class_of(tone));
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
		hu_out_printf(to, "<p class=\"%s\">", class_of(tone));
	hu_escape_html_rich(to, text);
	hu_out_puts(to, "</p>\n");
}

static void box(struct hu_out *to, const struct hu_box_line *lines, size_t count)
{
	hu_out_puts(to, "<dl class=\"box\">\n");
	for (size_t i = 0; i < count; i++) {
		hu_out_printf(to, "<div class=\"%s\"><dt>%s</dt><dd>", class_of(lines[i].tone),
			      lines[i].label);
		element(to, "<b>", lines[i].value, "</b>");
		if (lines[i].detail.len)
			element(to, " <span>", lines[i].detail, "</span>");
		hu_out_puts(to, "</dd></div>\n");
	}
	hu_out_puts(to, "</dl>\n");
	hu_out_puts(to, nav_here);
}

static void list(struct hu_out *to, const struct hu_str *items, size_t count, bool ordered)
{
	hu_out_puts(to, ordered ? "<ol>\n" : "<ul>\n");
	for (size_t i = 0; i < count; i++)
		element(to, "<li>", items[i], "</li>\n");
	hu_out_puts(to, ordered ? "</ol>\n" : "</ul>\n");
}

static void aside(struct hu_out *to, enum hu_tone tone, const char *title,
		  const struct hu_str *items, size_t count)
{
	hu_out_printf(to, "<div role=\"note\" class=\"note %s\"><p><b>%s</b></p>\n", class_of(tone),
		      title);
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
		      class_of(tone), width);
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
		element(to, "<a href=\"", c->href, "\">");
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
			element(to, " ", c->text, "");
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
		element(to, "<small>", c->small, "</small>");
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
		element(to, "</th><td class=\"n\">", r->time, "</td><td class=\"n\">");
		element(to, "", r->share, "</td><td class=\"b\">");
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
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	size_t n = 0, most = detail->evidence * 2, all = 0;

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
			element(to, "<tr><th scope=\"row\">", cut(in->lanes[i].label, 200),
				"</th><td class=\"n\">");
			hu_phrase_stamp(to, page, b->from_ns);
			hu_out_puts(to, "</td><td class=\"n\">");
			hu_phrase_stamp(to, page, b->to_ns);
			element(to, "</td><td>", cut(b->title.len ? b->title : b->label, 500),
				"</td></tr>\n");
		}
	hu_out_puts(to, "</tbody></table></div>\n");
	if (all > n)
		hu_out_printf(to, "<p class=\"dim\">%zu of %zu bars.</p>\n", n, all);
	hu_out_puts(to, "</details>\n");
	(void)s;
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

	element(to, "<p class=\"dim\">", title, "</p>\n");
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
		struct hu_str url = cut(urls[i], 1000);
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
		hu_escape_html(to, cut(page->bundle_sha256, 100));
		hu_out_puts(to, "</code>");
	}
	hu_out_puts(to, ". <code>report.json</code> and <code>report.md</code> say the same.</p>"
			"</footer>\n</body>\n</html>\n");
}

/* The links to all chapters that are drawn behind `at`. */
static void list_chapters(struct hu_out *nav, const char *at)
{
	hu_out_puts(nav, "<nav aria-label=\"Chapters\"><ul>\n");
	for (const char *h = strstr(at, "<h2 id=\""); h; h = strstr(h + 1, "<h2 id=\"")) {
		const char *id = h + strlen("<h2 id=\"");
		const char *id_end = strchr(id, '"');
		const char *text = id_end + strlen("\">");
		const char *stop = strstr(text, "</h2>");
		const char *tagged = strstr(text, " <span");
		if (tagged && tagged < stop)
			stop = tagged;
		hu_out_puts(nav, "<li><a href=\"#");
		hu_out_bytes(nav, id, (size_t)(id_end - id));
		hu_out_puts(nav, "\">");
		/* A cause's heading is a sentence; its number is enough here. */
		if (id[0] == 'I' && id[1] >= '0' && id[1] <= '9' &&
		    memchr(id, '-', (size_t)(id_end - id)) == NULL) {
			text = id;
			stop = id_end;
		}
		hu_out_bytes(nav, text, (size_t)(stop - text));
		hu_out_puts(nav, "</a></li>\n");
	}
	hu_out_puts(nav, "</ul></nav>\n");
}

/*
 * Puts a list of the chapters where nav_here stands second, below the first box: what one came for
 * stands above it. Where there is no box, where it stands first. No stranger's text holds a "<".
 */
void hu_html_nav(struct hu_out *to, size_t start)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out page = {0};
	const char *rest = to->at + start, *first = strstr(rest, nav_here), *second;
	const size_t skip = strlen(nav_here);

	if (!first)
		return;
	second = strstr(first + skip, nav_here);
	for (const char *at = first; at; at = strstr(rest, nav_here)) {
		hu_out_bytes(&page, rest, (size_t)(at - rest));
		rest = at + skip;
		if (at == (second ? second : first))
			list_chapters(&page, rest);
	}
	hu_out_puts(&page, rest);
	to->len = start;
	hu_out_str(to, hu_out_view(&page));
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
