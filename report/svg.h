/*
 * report/svg.h - small pieces of SVG, as all figures draw them. Coordinates are tenths of a pixel
 * in integers, so that every machine writes the same bytes. What a thing means is told by words,
 * place and pattern, not by hue alone.
 */
#ifndef HU_SVG_H
#define HU_SVG_H

#include "report/compose.h"

/* Two drawings of each figure: for screens that are wide, and for those that are not. */
enum { HU_SVG_WIDE = 8200, HU_SVG_NARROW = 3600 };

struct hu_svg {
	struct hu_out *to;
	bool narrow;
	char id[64]; /* of this drawing: ids and patterns in it begin like that */
};

/* "t3w": `kind` of figure, number of the incident, wide or narrow. */
void hu_svg_name(struct hu_svg *s, char kind, size_t number, size_t part);
/* Opens it: height in pixels. What stands behind is the content of <desc>, then hu_svg_body(). */
void hu_svg_begin(struct hu_svg *s, int width, int height, struct hu_str title);
void hu_svg_body(struct hu_svg *s);
void hu_svg_end(struct hu_svg *s);

/* Patterns; each drawing has those that it uses. */
enum hu_svg_fill {
	HU_FILL_LOCK,	  /* waits for a lock */
	HU_FILL_SLEEP,	  /* waits for something else */
	HU_FILL_RUNNABLE, /* ready, and no CPU */
	HU_FILL_RUNNING,
	HU_FILL_UNKNOWN, /* not recorded */
	HU_FILL_HOLD,
	HU_FILL_RECLAIM,
	HU_FILL_LOSS,
	HU_FILLS
};
void hu_svg_patterns(struct hu_svg *s, unsigned int used);
const char *hu_svg_fill_name(enum hu_svg_fill fill); /* "waits for a lock" */

void hu_svg_text(struct hu_svg *s, int x, int y, const char *class, const char *anchor,
		 struct hu_str text);
void hu_svg_line(struct hu_svg *s, int x1, int y1, int x2, int y2, const char *class);
void hu_svg_rect(struct hu_svg *s, int x, int y, int width, int height, const char *class);
void hu_svg_filled(struct hu_svg *s, int x, int y, int width, int height, enum hu_svg_fill fill);
/* A label on a plate of its own, so that it reads over any pattern; centred in [x, x + width). */
void hu_svg_plate(struct hu_svg *s, int x, int y, int width, struct hu_str text);
void hu_svg_title(struct hu_svg *s, struct hu_str text);
/* Swatches with what they mean, in as many rows as it takes; returns the height in pixels. */
int hu_svg_legend(struct hu_svg *s, int left, int right, int y, unsigned int used);

/* Room that a text takes, on the wide side. */
int hu_svg_width(const struct hu_svg *s, struct hu_str text);
/* At most so many columns of it; "…" stands for the rest. */
void hu_svg_fit(struct hu_out *to, struct hu_str text, int columns);
void hu_svg_tenths(struct hu_out *to, int value);

#endif
