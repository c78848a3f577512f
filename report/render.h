/* report/render.h - the renderers of one composition. Each appends to *to and cannot fail. */
#ifndef HU_RENDER_H
#define HU_RENDER_H

#include "report/compose.h"
#include "report/report.h"

void hu_render_html(struct hu_page *page, struct hu_out *to);
void hu_render_markdown(struct hu_page *page, struct hu_out *to);
void hu_render_json(struct hu_page *page, struct hu_out *to);
void hu_render_plain(struct hu_page *page, struct hu_out *to);
void hu_render_text(struct hu_page *page, const struct hu_screen *screen, struct hu_out *to);

#endif
