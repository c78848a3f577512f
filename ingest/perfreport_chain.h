/*
 * ingest/perfreport_chain.h - the tree of callers that "perf report -g" draws under a row; of it,
 * the way that always takes the first branch, which is the one with most samples.
 */
#ifndef HU_PERFREPORT_CHAIN_H
#define HU_PERFREPORT_CHAIN_H

#include "db/text.h"

/* Zero-initialise, deinit. */
struct hu_perf_chain {
	struct hu_out names;  /* "native_queued_spin_lock_slowpath;_raw_spin_lock", as drawn */
	size_t count, branch; /* column of the branch that it goes along */
	bool begun, done;
	int64_t share; /* of the last branch; -1: none was printed */
	bool counts;   /* it is a count or a period (-g count), not hundredths of a percent */
};

void hu_perf_chain_deinit(struct hu_perf_chain *chain);
void hu_perf_chain_clear(struct hu_perf_chain *chain);
/* False if the line is no part of such a tree. */
bool hu_perf_chain_take(struct hu_perf_chain *chain, struct hu_str line);
void hu_perf_chain_blank(struct hu_perf_chain *chain);
size_t hu_perf_chain_count(const struct hu_perf_chain *chain);

#endif
