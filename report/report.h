/*
 * report/report.h - from the result tables to a page. Composed once, rendered as HTML, Markdown,
 * JSON and terminal text; nothing is computed here, and only renderers escape.
 */
#ifndef HU_REPORT_H
#define HU_REPORT_H

#include "db/store.h"
#include "db/text.h"

enum hu_report_format {
	HU_REPORT_HTML,
	HU_REPORT_MARKDOWN,
	HU_REPORT_JSON,
	HU_REPORT_TEXT, /* one screen */
	HU_REPORT_PLAIN /* a mail: 75 columns, no markup */
};

/* Needs a store on which hu_analyze() ran. Appends to *to. `colour` is for HU_REPORT_TEXT alone,
 * which is 24 lines of 80 columns. */
HU_MUST_CHECK struct hu_err *hu_report(struct hu_store *store, enum hu_report_format format,
				       bool colour, struct hu_out *to);

/* HU_REPORT_TEXT for a terminal of another size. */
struct hu_screen {
	bool colour;
	int columns, rows;
};
HU_MUST_CHECK struct hu_err *hu_report_screen(struct hu_store *store,
					      const struct hu_screen *screen, struct hu_out *to);

#endif
