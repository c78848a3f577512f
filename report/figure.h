/* report/figure.h - what the two forms of the timeline share: range, steps, merging, caption. */
#ifndef HU_FIGURE_H
#define HU_FIGURE_H

#include "report/draw.h"

/* The lane's bars that reach into [from, until], in order; neighbours are merged until at most
 * `most` are left. */
size_t hu_figure_merge(struct hu_page *page, const struct hu_page_lane *lane, int64_t from,
		       int64_t until, size_t most, struct hu_page_bar **ret);

#endif
