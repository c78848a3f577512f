/*
 * db/table.h - a hash table from bytes to a 32-bit id, for interning: many look-ups, no removal.
 * The caller keeps the bytes through `equal`; the table keeps hashes and ids only.
 */
#ifndef HU_TABLE_H
#define HU_TABLE_H

#include "db/base.h"

struct hu_table {
	uint32_t *ids; /* 0: free */
	uint32_t *hashes;
	uint32_t cap, used;
};

uint32_t hu_hash(const void *at, size_t len);
/* The slot of `hash` for which equal() says yes, or the free slot where it belongs. Grows as needed
 * first. */
uint32_t *hu_table_slot(struct hu_table *t, uint32_t hash,
			bool (*equal)(const void *ctx, uint32_t id), const void *ctx);
/* After a free slot came back: fill it. */
void hu_table_fill(struct hu_table *t, uint32_t *slot, uint32_t hash, uint32_t id);
void hu_table_deinit(struct hu_table *t);

#endif
