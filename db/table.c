/* Open addressing with linear probing; at most two thirds full. */
#include "db/table.h"

#include <stdlib.h>
#include <string.h>

uint32_t hu_hash(const void *at, size_t len)
{
	const unsigned char *p = at;
	uint64_t h = 0x9e3779b97f4a7c15u ^ len;

	for (; len >= 8; len -= 8, p += 8) {
		uint64_t w;
		memcpy(&w, p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (; len; len--, p++)
		h = (h ^ *p) * 0x100000001b3u;
	h ^= h >> 29;
	h *= 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h >> 32);
}

static void grow(struct hu_table *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : 1024;
	uint32_t *ids = hu_alloc(sizeof(*ids) * cap), *hashes = hu_alloc(sizeof(*hashes) * cap);

	for (uint32_t i = 0; i < t->cap; i++) {
		if (!t->ids[i])
			continue;
		uint32_t at = t->hashes[i] & (cap - 1);
		while (ids[at])
			at = (at + 1) & (cap - 1);
		ids[at] = t->ids[i];
		hashes[at] = t->hashes[i];
	}
	free(t->ids);
	free(t->hashes);
	t->ids = ids;
	t->hashes = hashes;
	t->cap = cap;
}

uint32_t *hu_table_slot(struct hu_table *t, uint32_t hash,
			bool (*equal)(const void *ctx, uint32_t id), const void *ctx)
{
	if (t->used * 3 >= t->cap * 2)
		grow(t);
	for (uint32_t at = hash & (t->cap - 1);; at = (at + 1) & (t->cap - 1))
		if (!t->ids[at] || (t->hashes[at] == hash && equal(ctx, t->ids[at])))
			return &t->ids[at];
}

void hu_table_fill(struct hu_table *t, uint32_t *slot, uint32_t hash, uint32_t id)
{
	*slot = id;
	t->hashes[slot - t->ids] = hash;
	t->used++;
}

void hu_table_deinit(struct hu_table *t)
{
	free(t->ids);
	free(t->hashes);
	*t = (struct hu_table){0};
}
