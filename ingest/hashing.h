/*
 * ingest/hashing.h - the hashes of large files, made while they are read: a worker of its own goes
 * over them in the order in which the readers do.
 */
#ifndef HU_HASHING_H
#define HU_HASHING_H

#include "ingest/bundle.h"

struct hu_hashing;

/* Starts the worker. *ret NULL: all members have their hash. */
HU_MUST_CHECK struct hu_err *hu_hashing_start(struct hu_bundle *bundle, struct hu_hashing **ret);
/*
 * Waits for this member's hash, if it was left for later. NULL, or a sentence without a dot (free()
 * it): why there is none, or that the file changed meanwhile. `hashing` NULL is fine.
 */
char *hu_hashing_wait(struct hu_hashing *hashing, size_t index);
/* Waits for the others and gives the bundle its own hash; or not (`wait`). Frees. Returns how many
 * faults of ours ended the worker, 0 or 1. NULL is fine. */
int hu_hashing_end(struct hu_hashing *hashing, bool wait);

#endif
