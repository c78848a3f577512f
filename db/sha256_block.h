/* db/sha256_block.h - the inner loop of SHA-256, in the forms that there are. Private to db/ and
 * its test. */
#ifndef HU_SHA256_BLOCK_H
#define HU_SHA256_BLOCK_H

#include "db/base.h"

extern const uint32_t hu_sha256_k[64];

/* Takes whole blocks of 64 bytes into the state. */
typedef void (*hu_sha256_blocks)(uint32_t state[8], const unsigned char *at, size_t count);

void hu_sha256_portable(uint32_t state[8], const unsigned char *at, size_t count);
/* What this machine does fastest; the same result. */
hu_sha256_blocks hu_sha256_fastest(void);

#endif
