/*
 * analyzers/side.h - one side of a comparison: what a report.json (docs/report.md) says, in memory.
 * Also a store is compared by the report that it gives, so that a ticket's report.json is as good
 * as the bundle itself. An integer that is not known is HU_OPEN, a number NAN, a text NULL.
 */
#ifndef HU_SIDE_H
#define HU_SIDE_H

#include "db/base.h"
#include "db/text.h"

struct hu_side_bucket {
	int64_t low, high, count;
};

struct hu_side_operation {
	const char *name, *recorded_by;
	int64_t count, stalled, bursts, recorded_ns, stalled_ns, p50_ns, p90_ns, p99_ns, worst_ns;
	bool worst_open;
	struct hu_side_bucket *buckets;
	size_t bucket_count;
};

struct hu_side_incident {
	const char *id, *signature, *title, *confidence;
	const char *operation; /* of the victim; NULL: none */
	const char *lock, *holder, *role, *how, *fix, *fix_applies, *fixed_in;
	int64_t stalled, operations, worst_ns, total_ns, longest_hold_ns;
	bool worst_open;
};

struct hu_side {
	void *json;	  /* owns the texts */
	const char *word; /* BEFORE, AFTER */
	const char *name, *sha256, *hostname, *kernel, *base, *vendor, *arch;
	const char *outcome, *sentence, *from;
	int64_t cpus, memory_bytes, duration_ns, threshold_ns;
	bool lossy;
	int64_t losses; /* rows */
	int64_t kswapd_ns, direct_ns, slabs_scanned, scanned_pages;
	double psi_some;
	bool have_operations; /* false: made before there was such a chapter */
	struct hu_side_operation *operations;
	size_t operation_count;
	struct hu_side_incident *incidents;
	size_t incident_count;
};

/* `word` is kept, the text is not. Refuses (HU_ERR_BAD_INPUT) what is no report of ours. */
HU_MUST_CHECK struct hu_err *hu_side_read(struct hu_str report, const char *word,
					  struct hu_side *ret);
void hu_side_deinit(struct hu_side *side);

#endif
