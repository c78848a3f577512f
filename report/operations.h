/* report/operations.h - the chapter of report.json that tells how long operations took. */
#ifndef HU_REPORT_OPERATIONS_H
#define HU_REPORT_OPERATIONS_H

#include "report/compose.h"

HU_MUST_CHECK struct hu_err *hu_page_read_operations(struct hu_page *page, struct hu_store *store);
struct hu_json;
void hu_json_operations(struct hu_json *j, const struct hu_page *page);

#endif
