/* ingest/load.h - a bundle into a store: every member probed, read or listed, none stops another.
 */
#ifndef HU_LOAD_H
#define HU_LOAD_H

#include "db/store.h"
#include "ingest/bundle.h"

struct hu_loaded {
	int64_t captures;     /* members that a reader took … */
	int64_t complete;     /* … and read to the end */
	int64_t partial;      /* … and read in part */
	int64_t nothing;      /* … and got nothing from: exit status 1 */
	int64_t unrecognised; /* members that no reader took, and members not read at all */
	int64_t faults;	      /* invariants of ours that broke on the way: exit status 4 */
};

/*
 * Reads the members in order and settles the store. Returns only what the store or the disk could
 * not do; what was wrong with a member stands in its source row. The bundle stays the caller's.
 */
HU_MUST_CHECK struct hu_err *hu_load(struct hu_bundle *bundle, struct hu_store *store,
				     const struct hu_progress *progress, struct hu_loaded *ret);

#endif
