/* Composes once, and picks the renderer. */
#include "report/report.h"

#include "report/render.h"

/* The list of causes is the longest: page.c shows at most a hundred. */
enum { SHOWN = 128 };

struct hu_err *hu_report(struct hu_store *store, enum hu_report_format format, bool colour,
			 struct hu_out *to)
{
	HU_CLEANUP(hu_page_closep) struct hu_page *page = NULL;
	struct hu_err *err =
		hu_page_open(store, format == HU_REPORT_JSON ? SIZE_MAX : SHOWN, &page);

	if (err)
		return err;
	switch (format) {
	case HU_REPORT_HTML:
		hu_render_html(page, to);
		break;
	case HU_REPORT_MARKDOWN:
		hu_render_markdown(page, to);
		break;
	case HU_REPORT_JSON:
		hu_render_json(page, to);
		break;
	case HU_REPORT_TEXT:
		hu_render_text(page, &(struct hu_screen){colour, 80, 24}, to);
		break;
	case HU_REPORT_PLAIN:
		hu_render_plain(page, to);
		break;
	}
	return NULL;
}

struct hu_err *hu_report_screen(struct hu_store *store, const struct hu_screen *screen,
				struct hu_out *to)
{
	HU_CLEANUP(hu_page_closep) struct hu_page *page = NULL;
	struct hu_err *err = hu_page_open(store, SHOWN, &page);

	if (!err)
		hu_render_text(page, screen, to);
	return err;
}
