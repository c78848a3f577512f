/*
 * ingest/texthash.h - a hash of a few dozen bytes, for caches of printed text: eight bytes a step,
 * inlined, because it is asked for each line.
 */
#ifndef HU_TEXTHASH_H
#define HU_TEXTHASH_H

#include "db/base.h"

static inline uint64_t hu_text_hash(struct hu_str s)
{
	const uint64_t times = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = s.len * times, word = 0;
	const char *at = s.at;
	size_t left = s.len;

	for (; left >= 8; at += 8, left -= 8) {
		memcpy(&word, at, 8);
		hash = (hash ^ word) * times;
		hash ^= hash >> 32;
	}
	if (left >= 4) { /* the two halves overlap */
		uint32_t first, last;
		memcpy(&first, at, 4);
		memcpy(&last, at + left - 4, 4);
		word = (uint64_t)first << 32 | last;
	} else if (left) {
		word = (uint64_t)(unsigned char)at[0] << 16 |
		       (uint64_t)(unsigned char)at[left / 2] << 8 | (unsigned char)at[left - 1];
	} else {
		word = 0;
	}
	hash = (hash ^ word) * times;
	return hash ^ hash >> 29;
}

#endif
