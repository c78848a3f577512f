/*
 * ingest/perfdata_bytes.h - the one way in which perf.data is read: a place in bytes that nobody
 * vouches for, in the byte order of the machine that wrote them. Inline, because every field of
 * every record goes through it.
 */
#ifndef HU_PERFDATA_BYTES_H
#define HU_PERFDATA_BYTES_H

#include "db/base.h"

#include <string.h>

/* Reading past the end sets `bad`, empties the rest and gives zeros. */
struct hu_bytes {
	struct hu_str left;
	bool swap; /* the file's byte order is not this machine's */
	bool bad;
};

static inline uint16_t hu_load16(const char *at, bool swap)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t hu_load32(const char *at, bool swap)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t hu_load64(const char *at, bool swap)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return swap ? __builtin_bswap64(v) : v;
}

/* The next `len` bytes; empty if they are not there. */
static inline struct hu_str hu_bytes_take(struct hu_bytes *from, uint64_t len)
{
	struct hu_str taken = {from->left.at, (size_t)len};

	if (from->left.len < len) {
		from->bad = true;
		from->left.len = 0;
		return (struct hu_str){NULL, 0};
	}
	from->left.at = len ? from->left.at + len : from->left.at;
	from->left.len -= (size_t)len;
	return taken;
}

static inline uint16_t hu_bytes_u16(struct hu_bytes *from)
{
	struct hu_str at = hu_bytes_take(from, 2);

	return at.len ? hu_load16(at.at, from->swap) : 0;
}

static inline uint32_t hu_bytes_u32(struct hu_bytes *from)
{
	struct hu_str at = hu_bytes_take(from, 4);

	return at.len ? hu_load32(at.at, from->swap) : 0;
}

static inline uint64_t hu_bytes_u64(struct hu_bytes *from)
{
	struct hu_str at = hu_bytes_take(from, 8);

	return at.len ? hu_load64(at.at, from->swap) : 0;
}

#endif
