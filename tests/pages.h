/* tests/pages.h - all forms of a report, made from result tables that SQL filled. */
#ifndef HU_TESTS_PAGES_H
#define HU_TESTS_PAGES_H

#include "db/store.h"
#include "db/text.h"

/* In the order of enum hu_report_format; COLOUR is TEXT once more. */
enum { HTML, MARKDOWN, JSON, TEXT, PLAIN, COLOUR, FORMS };

struct pages {
	struct hu_store *store;
	struct hu_out at[FORMS];
};

/* A settled store with empty result tables. */
struct hu_store *pages_store(void);
/* Fills it with tests/data/report_NAME.sql, and renders all. */
void pages_begin(struct pages *p, const char *name);
void pages_end(struct pages *p);
void pages_render(struct pages *p);

/* Checks: no control characters but line ends, no marks that turn the reading direction, only
 * UTF-8. */
void pages_harmless(const struct pages *p, int form);
/* Checks: 24 lines of 80 columns, coloured where asked for. */
void pages_fit_screen(const struct pages *p);

#endif
