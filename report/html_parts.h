/* report/html_parts.h - what html.c and html_frame.c share. */
#ifndef HU_HTML_PARTS_H
#define HU_HTML_PARTS_H

#include "report/draw.h"

extern const char hu_html_nav_here[]; /* hu_html_nav() puts the list of chapters there */

const char *hu_html_class_of(enum hu_tone tone);
/* `open` and `close` are HTML; the text between them is escaped, stretches in backticks are code.
 */
void hu_html_element(struct hu_out *to, const char *open, struct hu_str s, const char *close);

#endif
