/* Composes once, and picks the renderer. */
#include "report/report.h"

#include "report/render.h"

struct hu_err *hu_report(struct hu_store *store, enum hu_report_format format, bool colour,
			 struct hu_out *to)
{
	HU_CLEANUP(hu_page_closep) struct hu_page *page = NULL;
	struct hu_err *err = hu_page_open(store, &page);

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
		hu_render_text(page, colour, to);
		break;
	}
	return NULL;
}
