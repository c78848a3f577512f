/*
 * analyzers/analyzer.h - the analysis as its caller sees it: a settled store in, the result tables
 * out. How to add a question: analyzers/question.h.
 */
#ifndef HU_ANALYZER_H
#define HU_ANALYZER_H

#include "db/base.h"
#include "db/store.h"

/* What the user narrowed the analysis to. */
struct hu_options {
	hu_ns threshold;  /* default 100 ms */
	hu_ns from, to;	  /* case window, from window start; HU_OPEN: no limit */
	const char *task; /* comm glob or tid, NULL: all */
	const char *lock; /* lock name glob, NULL: all */
};

/*
 * Fills the result tables (db/results.sql) anew: in the store, or, where that was opened read only,
 * as TEMP tables of the same names. `options` is borrowed for the call.
 */
HU_MUST_CHECK struct hu_err *hu_analyze(struct hu_store *store, const struct hu_options *options);
/* The same with a company's own known fixes (analyzers/known.h). */
struct hu_site;
HU_MUST_CHECK struct hu_err *hu_analyze_with(struct hu_store *store,
					     const struct hu_options *options,
					     const struct hu_site *site);

#endif
