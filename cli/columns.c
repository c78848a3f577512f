/* Text in aligned columns. */
#include "cli/columns.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST = 100 }; /* a longer cell sticks out, and pushes nothing else away */

/* Characters, not bytes: what cli_put_safe() lets through is whole. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void cli_columns_put(struct cli_columns *c, struct hu_str text, bool right)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	hu_out_clear(&safe);
	cli_put_safe(&safe, text);
	if (!c->width)
		c->width = hu_alloc(c->count * sizeof(*c->width));
	if (c->filled == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 64;
		c->cells = hu_realloc(c->cells, c->cap * sizeof(*c->cells));
		c->right = hu_realloc(c->right, c->cap * sizeof(*c->right));
	}
	size_t column = c->filled % c->count, n = width_of(safe.at);
	if (n > c->width[column])
		c->width[column] = n < WIDEST ? n : WIDEST;
	c->cells[c->filled] = hu_strdup(hu_out_view(&safe));
	c->right[c->filled++] = right;
}

static void pad(struct hu_out *out, size_t n, char with)
{
	while (n--)
		hu_out_putc(out, with);
}

void cli_columns_draw(struct cli_columns *c, struct hu_out *out, bool underline_first)
{
	for (size_t i = 0; i < c->filled; i++) {
		size_t column = i % c->count, n = width_of(c->cells[i]);
		size_t room = c->width[column] > n ? c->width[column] - n : 0;
		bool last = column == c->count - 1;
		if (c->right[i])
			pad(out, room, ' ');
		hu_out_puts(out, c->cells[i]);
		if (!c->right[i] && !last)
			pad(out, room, ' ');
		hu_out_puts(out, last ? "\n" : "  ");
		free(c->cells[i]);
		if (i != c->count - 1 || !underline_first)
			continue;
		for (size_t k = 0; k < c->count; k++) {
			pad(out, c->width[k], '-');
			hu_out_puts(out, k == c->count - 1 ? "\n" : "  ");
		}
	}
	c->filled = 0;
}

void cli_columns_deinit(struct cli_columns *c)
{
	for (size_t i = 0; i < c->filled; i++)
		free(c->cells[i]);
	free(c->cells);
	free(c->right);
	free(c->width);
}
