/*
 * db/sha256.h - SHA-256 (FIPS 180-4), fed piece by piece.
 * Shaped for hashing whole captures on the way past: large pieces, one digest each.
 */
#ifndef HU_SHA256_H
#define HU_SHA256_H

#include "db/base.h"

enum { HU_SHA256_TEXT = 65 }; /* 64 hex digits and a NUL */

struct hu_sha256 {
	uint32_t state[8];
	uint64_t bytes;
	unsigned char rest[64]; /* what did not fill a block yet */
};

void hu_sha256_init(struct hu_sha256 *sha);
void hu_sha256_add(struct hu_sha256 *sha, const void *at, size_t len);
/* The digest in lower-case hex. `sha` is used up: init it again before the next one. */
void hu_sha256_finish(struct hu_sha256 *sha, char ret[HU_SHA256_TEXT]);

#endif
