/*
 * tests/markup.h - a strict little reader of the SVG that reports draw: tags that close in order,
 * attributes in quotes and each once, entities that exist, ids that are unique, and references that
 * lead to one.
 */
#ifndef HU_TESTS_MARKUP_H
#define HU_TESTS_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "db/text.h"

struct markup_rect {
	size_t drawing; /* which <svg> that is no part of another */
	double x, y, width, height;
	bool node;  /* class "node …" */
	bool text;  /* or a text: of no height, as wide as its columns are at 5 px each */
	size_t box; /* of a text: so many rects came before it */
};

struct markup {
	struct markup_rect *rects; /* rects and texts, in their order */
	size_t count, cap;
	size_t drawings, elements, circles;
	char *ids;
};

/* Every <svg> of a page; says what is wrong as a failed check. */
void markup_read(const char *html, struct markup *ret);
void markup_deinit(struct markup *m);

#endif
