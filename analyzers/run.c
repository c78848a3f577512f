/* Runs the analyzers in order. */
#include "analyzers/analyzer.h"

struct hu_err *hu_analyze(struct hu_store *store, const struct hu_options *options)
{
	(void)store;
	(void)options;
	return NULL;
}
