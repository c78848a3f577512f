/* report/figure.h - what the files that draw the timeline share: figure.c draws axes and marks,
 * figure_lanes.c what happened, figure_text.c all of it as text. */
#ifndef HU_FIGURE_H
#define HU_FIGURE_H

#include "report/draw.h"
#include "report/svg.h"

struct hu_frame {
	struct hu_svg svg;
	struct hu_page *page;
	const struct hu_page_incident *in;
	const struct hu_detail *detail;
	int64_t from, until; /* ns from the window's start */
	int left, right;     /* tenths of a pixel */
	int y;		     /* pixels: where the next thing goes */
	unsigned int shift;  /* so that a month fits into the sums below */
	size_t number;	     /* of the incident */
	int tops;	     /* rows of annotations */
	unsigned int used;   /* of the fills */
};

int hu_frame_x(const struct hu_frame *f, int64_t ns);
void hu_frame_lanes(struct hu_frame *f);
/* Where events are missing, behind everything. */
void hu_frame_losses(struct hu_frame *f, int top, int bottom);

/* The lane's bars that reach into [from, until], in order; neighbours are merged until at most
 * `most` are left. */
size_t hu_figure_merge(struct hu_page *page, const struct hu_page_lane *lane, int64_t from,
		       int64_t until, size_t most, struct hu_page_bar **ret);

#endif
