/*
 * report.txt: for a mail, to a kernel list above all. Text of 75 columns without any markup, our
 * own punctuation in ASCII; stacks as the kernel prints them and tags as its commits have them,
 * neither of which is ever folded.
 */
#include <stdlib.h>
#include <string.h>

#include "report/draw.h"
#include "report/escape.h"
#include "report/render.h"

enum { WIDTH = 75, LABEL = 17, COLUMNS = 12, NARROWEST = 22 };

/* What this program writes itself; the texts of strangers stay as they are. */
static const char *const ascii[][2] = {
	{" · ", ", "}, {"·", "-"}, {"–", "-"}, {"→", "->"}, {"…", "..."},
	{"└", "`-"},   {"µ", "u"}, {"×", "x"}, {"≥", ">="}, {"≤", "<="},
};

static void put_ascii(struct hu_out *to, struct hu_str s)
{
	while (s.len) {
		size_t i = 0, n = sizeof(ascii) / sizeof(ascii[0]);
		while (i < n && !hu_str_starts(s, ascii[i][0]))
			i++;
		if (i < n) {
			hu_out_puts(to, ascii[i][1]);
			s = hu_str_skip(s, strlen(ascii[i][0]));
		} else {
			hu_out_putc(to, s.at[0]);
			s = hu_str_skip(s, 1);
		}
	}
}

static void put_safe(struct hu_out *to, struct hu_str s)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	hu_escape_plain(&safe, s);
	put_ascii(to, hu_out_view(&safe));
}

/* `…` becomes '…', or "…" where the code has such marks itself. */
static void put_rich(struct hu_out *to, struct hu_str s)
{
	while (s.len) {
		const char *open = memchr(s.at, '`', s.len), *close = NULL;
		if (open)
			close = memchr(open + 1, '`', s.len - (size_t)(open - s.at) - 1);
		if (!close || close == open + 1)
			break;
		struct hu_str code = {open + 1, (size_t)(close - open) - 1};
		char mark = memchr(code.at, '\'', code.len) ? '"' : '\'';
		put_safe(to, (struct hu_str){s.at, (size_t)(open - s.at)});
		hu_out_putc(to, mark);
		put_safe(to, code);
		hu_out_putc(to, mark);
		s = hu_str_skip(s, (size_t)(close - s.at) + 1);
	}
	put_safe(to, s);
}

static struct hu_str cut(struct hu_str s, size_t bytes)
{
	bool was;

	return hu_escape_cut(s, bytes, &was);
}

/* Folded text; the first line goes on where the cursor stands. Ends with a line end. */
static void fold(struct hu_out *to, struct hu_str safe, size_t indent)
{
	bool first = true;

	do {
		struct hu_str line = hu_escape_line(&safe, WIDTH - indent, true);
		if (!first)
			hu_out_printf(to, "%*s", (int)indent, "");
		hu_out_str(to, line);
		hu_out_putc(to, '\n');
		first = false;
	} while (safe.len);
}

static void fold_rich(struct hu_out *to, struct hu_str s, size_t indent)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	put_rich(&safe, s);
	fold(to, hu_out_view(&safe), indent);
}

static void begin(struct hu_out *to, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out where = {0}, line = {0};
	struct hu_str title = hu_phrase_cut(page, hu_phrase_title(page), 240);
	enum hu_tone tone;

	fold_rich(to, title, 0);
	hu_out_putc(to, '\n');
	hu_out_puts(&line, hu_phrase_outcome(page, &tone));
	if (!hu_str_eq(hu_phrase_title(page), page->verdict.sentence)) {
		hu_out_puts(&line, ": ");
		hu_out_str(&line, hu_phrase_cut(page, page->verdict.sentence, 700));
	}
	fold_rich(to, hu_out_view(&line), 0);
	hu_out_putc(to, '\n');
	hu_phrase_where(&where, page);
	fold_rich(to, hu_phrase_cut(page, hu_out_view(&where), 300), 0);
	hu_out_putc(to, '\n');
}

static void heading(struct hu_out *to, int level, struct hu_str text, const char *anchor,
		    const char *label, enum hu_tone tone)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};

	(void)anchor;
	(void)tone;
	put_rich(&line, text);
	if (label)
		hu_out_printf(&line, " (%s)", label);
	size_t columns = hu_escape_columns(hu_out_view(&line));
	if (level == 2)
		hu_out_putc(to, '\n');
	fold(to, hu_out_view(&line), 0);
	for (size_t i = 0; level == 2 && i < columns && i < WIDTH; i++)
		hu_out_putc(to, '-');
	hu_out_putc(to, '\n');
	if (level == 2)
		hu_out_putc(to, '\n');
}

static void para(struct hu_out *to, struct hu_str text, enum hu_tone tone)
{
	(void)tone;
	fold_rich(to, text, 0);
	hu_out_putc(to, '\n');
}

static void box(struct hu_out *to, const struct hu_box_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		hu_out_printf(to, "%-*s", LABEL, lines[i].label);
		hu_out_str(&line, lines[i].value);
		if (lines[i].detail.len) {
			hu_out_puts(&line, "; ");
			hu_out_str(&line, lines[i].detail);
		}
		fold_rich(to, hu_out_view(&line), LABEL);
	}
	hu_out_putc(to, '\n');
}

static void list(struct hu_out *to, const struct hu_str *items, size_t count, bool ordered)
{
	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out mark = {0};
		if (ordered)
			hu_out_printf(&mark, "%zu. ", i + 1);
		else
			hu_out_puts(&mark, "- ");
		hu_out_str(to, hu_out_view(&mark));
		fold_rich(to, items[i], mark.len);
	}
	hu_out_putc(to, '\n');
}

static void aside(struct hu_out *to, enum hu_tone tone, const char *title,
		  const struct hu_str *items, size_t count)
{
	(void)tone;
	hu_out_printf(to, "%s%s\n", title, count ? ":" : ".");
	list(to, items, count, false);
}

static void cell_text(struct hu_out *to, const struct hu_cell *c)
{
	if (c->kind == HU_CELL_TEXT)
		put_rich(to, c->text);
	else
		put_safe(to, c->text);
	if (!c->small.len)
		return;
	hu_out_puts(to, to->len ? " (" : "(");
	put_rich(to, c->small);
	hu_out_putc(to, ')');
}

/* All cells of a table as harmless text, and how wide each column would be. */
struct grid {
	const struct hu_table *t;
	struct hu_out *cells;
	size_t widths[COLUMNS];
};

static void put_padded(struct hu_out *to, struct hu_str s, size_t width, bool right)
{
	size_t used = hu_escape_columns(s), pad = used < width ? width - used : 0;

	if (right)
		hu_out_printf(to, "%*s", (int)pad, "");
	hu_out_str(to, s);
	if (!right)
		hu_out_printf(to, "%*s", (int)pad, "");
}

static void trim_end(struct hu_out *to)
{
	while (to->len && to->at[to->len - 1] == ' ')
		to->at[--to->len] = '\0';
}

/* One row in lines: what is too wide goes on below. */
static void put_row(struct hu_out *to, const struct grid *g, const struct hu_str *texts)
{
	struct hu_str rest[COLUMNS];
	bool more = true;

	for (size_t k = 0; k < g->t->width; k++)
		rest[k] = texts[k];
	while (more) {
		more = false;
		for (size_t k = 0; k < g->t->width; k++) {
			if (!g->widths[k])
				continue;
			struct hu_str line = hu_escape_line(&rest[k], g->widths[k], false);
			put_padded(to, line, g->widths[k], g->t->columns[k].kind == HU_CELL_NUMBER);
			hu_out_puts(to, "  ");
			more |= rest[k].len > 0;
		}
		trim_end(to);
		hu_out_putc(to, '\n');
	}
}

static void put_grid(struct hu_out *to, const struct grid *g)
{
	struct hu_str texts[COLUMNS];

	for (size_t k = 0; k < g->t->width; k++)
		texts[k] = hu_str(g->t->columns[k].label);
	put_row(to, g, texts);
	for (size_t i = 0; i + g->t->width <= g->t->count; i += g->t->width) {
		for (size_t k = 0; k < g->t->width; k++)
			texts[k] = hu_out_view(&g->cells[i + k]);
		put_row(to, g, texts);
	}
}

/* A wide table: each row a paragraph, in which every value has its column's name. */
static void put_records(struct hu_out *to, const struct grid *g)
{
	const struct hu_table *t = g->t;

	for (size_t i = 0; i + t->width <= t->count; i += t->width) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		const struct hu_out *first = &g->cells[i];
		size_t k = 1;
		hu_out_str(&line, hu_out_view(first));
		/* A number or a mark alone is no beginning. */
		if (g->widths[0] <= 6 && t->width > 1) {
			hu_out_puts(&line, "  ");
			hu_out_str(&line, hu_out_view(&g->cells[i + k++]));
		}
		fold(to, hu_out_view(&line), 4);
		hu_out_clear(&line);
		for (; k < t->width; k++) {
			if (!g->cells[i + k].len)
				continue;
			hu_out_puts(&line, line.len ? "; " : "");
			if (t->columns[k].label[0])
				hu_out_printf(&line, "%s: ", t->columns[k].label);
			hu_out_str(&line, hu_out_view(&g->cells[i + k]));
		}
		if (!line.len)
			continue;
		hu_out_puts(to, "    ");
		fold(to, hu_out_view(&line), 4);
	}
}

/* Fits the columns into a line by making the widest text narrower; false if it would be too narrow
 * to read. */
static bool fit(struct grid *g)
{
	size_t all = 0, widest = 0, used = 0;

	for (size_t k = 0; k < g->t->width; k++) {
		if (!g->widths[k])
			continue;
		all += g->widths[k] + (used++ ? 2 : 0);
		bool text = g->t->columns[k].kind == HU_CELL_TEXT ||
			    g->t->columns[k].kind == HU_CELL_CODE;
		if (text && (g->widths[k] > g->widths[widest] ||
			     g->t->columns[widest].kind == HU_CELL_NUMBER))
			widest = k;
	}
	if (all <= WIDTH)
		return true;
	if (g->widths[widest] < all - WIDTH + NARROWEST)
		return false;
	g->widths[widest] -= all - WIDTH;
	return true;
}

static void table(struct hu_out *to, const struct hu_table *t)
{
	struct grid g = {.t = t};

	if (t->width > COLUMNS)
		return;
	g.cells = hu_alloc((t->count + 1) * sizeof(*g.cells));
	for (size_t i = 0; i < t->count; i++) {
		size_t k = i % t->width;
		cell_text(&g.cells[i], &t->cells[i]);
		size_t columns = hu_escape_columns(hu_out_view(&g.cells[i]));
		g.widths[k] = columns > g.widths[k] ? columns : g.widths[k];
	}
	for (size_t k = 0; k < t->width; k++) {
		size_t label = strlen(t->columns[k].label);
		/* A column in which nothing stands is none. */
		if (g.widths[k] && label > g.widths[k])
			g.widths[k] = label;
	}
	fold_rich(to, t->caption, 0);
	hu_out_putc(to, '\n');
	if (fit(&g))
		put_grid(to, &g);
	else
		put_records(to, &g);
	hu_out_putc(to, '\n');
	for (size_t i = 0; i < t->count; i++)
		hu_out_deinit(&g.cells[i]);
	free(g.cells);
}

static int by_begin(const void *a, const void *b)
{
	const struct hu_page_bar *x = *(const struct hu_page_bar *const *)a,
				 *y = *(const struct hu_page_bar *const *)b;

	if (x->from_ns != y->from_ns)
		return x->from_ns < y->from_ns ? -1 : 1;
	return (x > y) - (x < y);
}

static int by_length(const void *a, const void *b)
{
	const struct hu_page_bar *x = *(const struct hu_page_bar *const *)a,
				 *y = *(const struct hu_page_bar *const *)b;
	int64_t left = x->to_ns - x->from_ns, right = y->to_ns - y->from_ns;

	return left != right ? (left > right ? -1 : 1) : by_begin(a, b);
}

/* No picture: who waited and who held, in the order of time; of many the longest. */
static void figure(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	const struct hu_page_bar **bars;
	const size_t most = 16;
	size_t all = 0, n = 0;

	(void)detail;
	for (size_t i = 0; i < in->lane_count; i++)
		all += in->lanes[i].bar_count;
	bars = hu_alloc((all + 1) * sizeof(struct hu_page_bar *));
	for (size_t i = 0; i < in->lane_count; i++) {
		const struct hu_page_lane *l = &in->lanes[i];
		if (!hu_str_is(l->kind, "victim") && !hu_str_is(l->kind, "holder"))
			continue;
		for (size_t k = 0; k < l->bar_count; k++)
			if (l->bars[k].from_ns != HU_OPEN && l->bars[k].to_ns != HU_OPEN &&
			    l->bars[k].from_ns <= l->bars[k].to_ns &&
			    l->bars[k].from_ns > -(INT64_C(1) << 60) &&
			    l->bars[k].to_ns < INT64_C(1) << 60)
				bars[n++] = &l->bars[k];
	}
	if (n > 1)
		qsort(bars, n, sizeof(struct hu_page_bar *), by_length);
	all = n;
	n = n < most ? n : most;
	if (n > 1)
		qsort(bars, n, sizeof(struct hu_page_bar *), by_begin);
	for (size_t i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0}, text = {0};
		hu_phrase_stamp(&line, page, bars[i]->from_ns);
		hu_out_puts(&line, " to ");
		hu_phrase_stamp(&line, page, bars[i]->to_ns);
		hu_out_puts(&line, "  ");
		hu_out_str(to, hu_out_view(&line));
		put_rich(&text, cut(bars[i]->title.len ? bars[i]->title : bars[i]->label, 500));
		fold(to, hu_out_view(&text), line.len < 40 ? line.len : 4);
	}
	if (n < all)
		hu_out_printf(to, "These are the %zu longest of %zu stretches.\n", n, all);
	hu_out_putc(to, '\n');
	free(bars);
}

static void chain(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		  const struct hu_detail *detail)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0}, line = {0};
	struct hu_chain_row *rows;
	size_t n = hu_phrase_chain(page, in, detail->links, &rows);

	for (size_t i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_clear(&head);
		hu_out_clear(&line);
		size_t columns = hu_phrase_chain_head(&head, rows, n, i);
		put_ascii(&line, hu_out_view(&head));
		hu_out_str(to, hu_out_view(&line));
		put_rich(&text, hu_phrase_cut(page, rows[i].text, detail->text));
		if (rows[i].how.len) {
			hu_out_puts(&text, " (");
			put_safe(&text, cut(rows[i].how, 100));
			hu_out_putc(&text, ')');
		}
		fold(to, hu_out_view(&text), columns + (rows[i].depth ? 1 : 0));
	}
	hu_out_putc(to, '\n');
}

/* As the kernel prints a stack; offsets are in no capture. */
static void listing(struct hu_out *to, struct hu_str title, struct hu_str lines)
{
	struct hu_str one;

	fold_rich(to, title, 0);
	hu_out_puts(to, "Call Trace:\n <TASK>\n");
	while (hu_str_line(&lines, &one)) {
		hu_out_putc(to, ' ');
		put_safe(to, one);
		hu_out_putc(to, '\n');
	}
	hu_out_puts(to, " </TASK>\n\n");
}

/*
 * As commits carry them. "Fixes:" names the commit that brought a fault, wherever one stands on a
 * list; the one that ended it is "Fixed-by:".
 */
static void commits(struct hu_out *to, const struct hu_commit *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *tag = hu_str_is(at[i].does, "introduces") ? "Fixes"
				  : hu_str_is(at[i].does, "fixes")    ? "Fixed-by"
								      : "See-also";
		hu_out_printf(to, "%s: ", tag);
		put_safe(to, at[i].hash);
		hu_out_puts(to, " (\"");
		put_safe(to, at[i].subject);
		hu_out_puts(to, "\")\n");
	}
}

static void links(struct hu_out *to, const struct hu_str *urls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hu_out_puts(to, "Link: ");
		put_safe(to, cut(urls[i], 1000));
		hu_out_putc(to, '\n');
	}
	hu_out_putc(to, '\n');
}

static void end(struct hu_out *to, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};

	hu_out_puts(&line, "Made by holdup " HU_VERSION " from the bundle ");
	hu_out_str(&line, hu_phrase_cut(page, page->bundle_name, 300));
	hu_out_putc(&line, '.');
	hu_out_putc(to, '\n');
	fold_rich(to, hu_out_view(&line), 0);
	if (page->bundle_sha256.len) {
		hu_out_puts(to, "sha256 ");
		put_safe(to, cut(page->bundle_sha256, 100));
		hu_out_putc(to, '\n');
	}
}

void hu_render_plain(struct hu_page *page, struct hu_out *to)
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
		.chain = chain,
		.listing = listing,
		.commits = commits,
		.links = links,
		.end = end,
	};

	/* Lists refuse what is much longer than this. */
	hu_draw_page(&draw, page, 40000, to);
}
