/* analyzers/kept.h - what the results in a store are an answer to: meta, key "analysis". */
#ifndef HU_KEPT_H
#define HU_KEPT_H

#include "analyzers/analyzer.h"
#include "analyzers/known.h"

/* Says in the store what its results answer. An analysis takes that away before it begins. */
HU_MUST_CHECK struct hu_err *hu_results_keep(struct hu_store *store,
					     const struct hu_options *options,
					     const struct hu_site *site);
/* They answer this: no analysis is needed. False for an analysis with a site's own fixes. */
bool hu_results_kept(struct hu_store *store, const struct hu_options *options,
		     const struct hu_site *site);

#endif
