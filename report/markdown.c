/*
 * report.md: for tickets. Plain CommonMark with GFM tables and no raw HTML, so that it looks right
 * on GitHub, GitLab and Bugzilla, and reads well as text.
 */
#include <math.h>

#include "report/draw.h"
#include "report/escape.h"
#include "report/render.h"

static void begin(struct hu_out *to, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out where = {0};
	struct hu_str title = hu_phrase_cut(page, hu_phrase_title(page), 240);
	enum hu_tone tone;

	hu_out_puts(to, "# ");
	hu_escape_markdown(to, title, false);
	hu_out_printf(to, "\n\n**%s**", hu_phrase_outcome(page, &tone));
	if (!hu_str_eq(hu_phrase_title(page), page->verdict.sentence)) {
		hu_out_puts(to, " · ");
		hu_escape_markdown(to, hu_phrase_cut(page, page->verdict.sentence, 700), false);
	}
	hu_out_puts(to, "\n\n");
	hu_phrase_where(&where, page);
	hu_escape_markdown(to, hu_phrase_cut(page, hu_out_view(&where), 300), false);
	hu_out_puts(to, "\n\n");
}

static void heading(struct hu_out *to, int level, struct hu_str text, const char *anchor,
		    const char *label, enum hu_tone tone)
{
	(void)anchor;
	(void)tone;
	for (int i = 0; i < level; i++)
		hu_out_putc(to, '#');
	hu_out_putc(to, ' ');
	hu_escape_markdown(to, text, false);
	if (label)
		hu_out_printf(to, " (%s)", label);
	hu_out_puts(to, "\n\n");
}

static void para(struct hu_out *to, struct hu_str text, enum hu_tone tone)
{
	(void)tone;
	hu_escape_markdown(to, text, false);
	hu_out_puts(to, "\n\n");
}

static void box(struct hu_out *to, const struct hu_box_line *lines, size_t count)
{
	hu_out_puts(to, "| At a glance | | |\n|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		hu_out_printf(to, "| %s | **", lines[i].label);
		hu_escape_markdown(to, lines[i].value, true);
		hu_out_puts(to, "** | ");
		hu_escape_markdown(to, lines[i].detail, true);
		hu_out_puts(to, " |\n");
	}
	hu_out_putc(to, '\n');
}

static void list(struct hu_out *to, const struct hu_str *items, size_t count, bool ordered)
{
	for (size_t i = 0; i < count; i++) {
		if (ordered)
			hu_out_printf(to, "%zu. ", i + 1);
		else
			hu_out_puts(to, "- ");
		hu_escape_markdown(to, items[i], false);
		hu_out_putc(to, '\n');
	}
	hu_out_putc(to, '\n');
}

static void aside(struct hu_out *to, enum hu_tone tone, const char *title,
		  const struct hu_str *items, size_t count)
{
	(void)tone;
	hu_out_printf(to, "> **%s**\n", title);
	if (count)
		hu_out_puts(to, ">\n");
	for (size_t i = 0; i < count; i++) {
		hu_out_puts(to, "> - ");
		hu_escape_markdown(to, items[i], false);
		hu_out_putc(to, '\n');
	}
	hu_out_putc(to, '\n');
}

static void share_bar(struct hu_out *to, double share)
{
	int n = isnan(share) ? 0 : (int)lround(share * 20);

	if (!n && share > 0)
		hu_out_puts(to, "▏");
	for (int i = 0; i < n && i < 20; i++)
		hu_out_puts(to, "█");
}

static void cell(struct hu_out *to, const struct hu_cell *c)
{
	if (c->href.len && c->text.len)
		hu_out_putc(to, '[');
	switch (c->kind) {
	case HU_CELL_CODE:
		hu_escape_markdown_code(to, c->text, true);
		break;
	case HU_CELL_BAR:
		share_bar(to, c->share);
		if (c->text.len) {
			hu_out_putc(to, ' ');
			hu_escape_markdown(to, c->text, true);
		}
		break;
	default:
		hu_escape_markdown(to, c->text, true);
	}
	if (c->href.len && c->text.len)
		hu_out_printf(to, "](%.*s)", (int)c->href.len, c->href.at);
	if (c->small.len) {
		hu_out_puts(to, c->text.len ? " · " : "");
		hu_escape_markdown(to, c->small, true);
	}
}

static void table(struct hu_out *to, const struct hu_table *t)
{
	hu_escape_markdown(to, t->caption, false);
	hu_out_puts(to, ":\n\n|");
	for (size_t i = 0; i < t->width; i++)
		hu_out_printf(to, " %s |", t->columns[i].label);
	hu_out_puts(to, "\n|");
	for (size_t i = 0; i < t->width; i++)
		hu_out_puts(to, t->columns[i].kind == HU_CELL_NUMBER ? "---:|" : "---|");
	for (size_t i = 0; i + t->width <= t->count; i += t->width) {
		hu_out_puts(to, "\n|");
		for (size_t k = 0; k < t->width; k++) {
			hu_out_putc(to, ' ');
			cell(to, &t->cells[i + k]);
			hu_out_puts(to, " |");
		}
	}
	hu_out_puts(to, "\n\n");
}

static void figure(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0}, caption = {0};

	hu_figure_text(&lines, page, in, detail);
	hu_escape_markdown_block(to, hu_out_view(&lines));
	hu_out_putc(to, '\n');
	hu_figure_caption(&caption, page, in, detail);
	para(to, hu_out_view(&caption), HU_TONE_DIM);
}

static void flames(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	(void)page;
	for (size_t i = 0; i < in->flame_count && i < 4 && detail->flames; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0};
		hu_flame_text(&lines, &in->flames[i]);
		if (!lines.len)
			continue;
		para(to, hu_escape_cut(in->flames[i].title, 200, NULL), HU_TONE_PLAIN);
		hu_escape_markdown_block(to, hu_out_view(&lines));
		hu_out_putc(to, '\n');
		para(to, hu_escape_cut(in->flames[i].basis, 500, NULL), HU_TONE_DIM);
	}
}

static void chain(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		  const struct hu_detail *detail)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0};
	struct hu_chain_row *rows;
	size_t n = hu_phrase_chain(page, in, detail->links, &rows);

	hu_phrase_chain_lines(&lines, rows, n, 120, true);
	hu_escape_markdown_block(to, hu_out_view(&lines));
	hu_out_putc(to, '\n');
}

static void listing(struct hu_out *to, struct hu_str title, struct hu_str lines)
{
	para(to, title, HU_TONE_DIM);
	hu_escape_markdown_block(to, lines);
	hu_out_putc(to, '\n');
}

static void links(struct hu_out *to, const struct hu_str *urls, size_t count)
{
	hu_out_puts(to, "Links:\n\n");
	for (size_t i = 0; i < count; i++) {
		struct hu_str url = hu_escape_cut(urls[i], 1000, NULL);
		bool plain = hu_str_starts(url, "https://") || hu_str_starts(url, "http://");
		for (size_t k = 0; k < url.len && plain; k++)
			plain = (unsigned char)url.at[k] > ' ' && (unsigned char)url.at[k] < 0x7f &&
				url.at[k] != '<' && url.at[k] != '>';
		hu_out_puts(to, "- ");
		if (plain) {
			hu_out_putc(to, '<');
			hu_out_str(to, url);
			hu_out_putc(to, '>');
		} else {
			hu_escape_markdown(to, url, false);
		}
		hu_out_putc(to, '\n');
	}
	hu_out_putc(to, '\n');
}

static void end(struct hu_out *to, struct hu_page *page)
{
	hu_out_puts(to, "---\n\nMade by holdup " HU_VERSION " from the bundle ");
	hu_escape_markdown_code(to, hu_phrase_cut(page, page->bundle_name, 300), false);
	if (page->bundle_sha256.len) {
		hu_out_puts(to, ", sha256 ");
		hu_escape_markdown_code(to, hu_escape_cut(page->bundle_sha256, 100, NULL), false);
	}
	hu_out_puts(to, ". `report.json` and `report.html` say the same.\n");
}

const struct hu_draw *hu_markdown_drawer(void)
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
		.flames = flames,
		.chain = chain,
		.listing = listing,
		.links = links,
		.end = end,
	};

	return &draw;
}

void hu_render_markdown(struct hu_page *page, struct hu_out *to)
{
	/* Tickets take 64 KiB of a comment; a report of usual size stays far below. */
	hu_draw_page(hu_markdown_drawer(), page, 400000, to);
}
