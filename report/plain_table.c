/*
 * Text and tables of the form for mails: lined up where they fit into 75 columns, with the widest
 * text folded inside its column; else each row a paragraph.
 */
#include "report/plain.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

enum { COLUMNS = 12, NARROWEST = 22 };

/* What this program writes itself; the texts of strangers stay as they are. */
static const char *const ascii[][2] = {
	{" · ", ", "}, {"·", "-"}, {"–", "-"}, {"→", "->"}, {"…", "..."},
	{"└", "`-"},   {"µ", "u"}, {"×", "x"}, {"≥", ">="}, {"≤", "<="},
};

void hu_plain_ascii(struct hu_out *to, struct hu_str s)
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

void hu_plain_safe(struct hu_out *to, struct hu_str s)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	hu_escape_plain(&safe, s);
	hu_plain_ascii(to, hu_out_view(&safe));
}

/* `…` becomes '…', or "…" where the code has such marks itself. */
void hu_plain_rich(struct hu_out *to, struct hu_str s)
{
	while (s.len) {
		const char *open = memchr(s.at, '`', s.len), *close = NULL;
		if (open)
			close = memchr(open + 1, '`', s.len - (size_t)(open - s.at) - 1);
		if (!close || close == open + 1)
			break;
		struct hu_str code = {open + 1, (size_t)(close - open) - 1};
		char mark = memchr(code.at, '\'', code.len) ? '"' : '\'';
		hu_plain_safe(to, (struct hu_str){s.at, (size_t)(open - s.at)});
		hu_out_putc(to, mark);
		hu_plain_safe(to, code);
		hu_out_putc(to, mark);
		s = hu_str_skip(s, (size_t)(close - s.at) + 1);
	}
	hu_plain_safe(to, s);
}

/* Folded text; the first line goes on where the cursor stands. Ends with a line end. */
void hu_plain_fold(struct hu_out *to, struct hu_str safe, size_t indent)
{
	bool first = true;

	do {
		struct hu_str line = hu_escape_line(&safe, HU_PLAIN_WIDTH - indent, true);
		if (!first)
			hu_out_printf(to, "%*s", (int)indent, "");
		hu_out_str(to, line);
		hu_out_putc(to, '\n');
		first = false;
	} while (safe.len);
}

void hu_plain_say(struct hu_out *to, struct hu_str s, size_t indent)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	hu_plain_rich(&safe, s);
	hu_plain_fold(to, hu_out_view(&safe), indent);
}

static void cell_text(struct hu_out *to, const struct hu_cell *c)
{
	if (c->kind == HU_CELL_TEXT)
		hu_plain_rich(to, c->text);
	else
		hu_plain_safe(to, c->text);
	if (!c->small.len)
		return;
	hu_out_puts(to, to->len ? " (" : "(");
	hu_plain_rich(to, c->small);
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
		hu_plain_fold(to, hu_out_view(&line), 4);
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
		hu_plain_fold(to, hu_out_view(&line), 4);
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
	if (all <= HU_PLAIN_WIDTH)
		return true;
	if (g->widths[widest] < all - HU_PLAIN_WIDTH + NARROWEST)
		return false;
	g->widths[widest] -= all - HU_PLAIN_WIDTH;
	return true;
}

void hu_plain_table(struct hu_out *to, const struct hu_table *t)
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
	hu_plain_say(to, t->caption, 0);
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
