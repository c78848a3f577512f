/* cli/columns.h - text in aligned columns; wide characters count as one. */
#ifndef HU_CLI_COLUMNS_H
#define HU_CLI_COLUMNS_H

#include "db/text.h"

/* Zero-initialise but for `count`. Cells are put from left to right, row by row. */
struct cli_columns {
	size_t count;
	char **cells;
	bool *right; /* per cell: aligned to the right */
	size_t *width;
	size_t filled, cap; /* cells */
};

void cli_columns_put(struct cli_columns *c, struct hu_str text, bool right); /* made safe */
/* Draws the rows there are and forgets them; the widths stay for those to come. */
void cli_columns_draw(struct cli_columns *c, struct hu_out *out, bool underline_first);
void cli_columns_deinit(struct cli_columns *c);

#endif
