/*
 * analyzers/spill.h - vectors of the model that grow with the capture. Up to a quarter of a
 * megabyte each is plain memory; then it moves into a file without a name beside the store, mapped,
 * and what was not touched for a moment is given back to the kernel, which keeps it in its page
 * cache as long as it has room. So memory stays bounded, and nothing is left out.
 *
 * Where no file can be made (a store in memory, a full disk) the vector stays in memory.
 */
#ifndef HU_SPILL_H
#define HU_SPILL_H

#include "db/base.h"

struct hu_spill;

/* `folder`: borrowed; NULL: never spill. */
struct hu_spill *hu_spill_new(const char *folder);
void hu_spill_free(struct hu_spill *s);

/* As hu_vec_grow(): `at` with room for `need` items at least; aborts without memory. */
void *hu_spill_grow(struct hu_spill *s, void *at, size_t *cap, size_t need, size_t size);
/* As qsort_r(), with no more memory than a run takes; ties stay in their order only in small ones.
 * Returns where the items are now, with room for *cap of them. */
void *hu_spill_sort(struct hu_spill *s, void *at, size_t *cap, size_t count, size_t size,
		    int (*compare)(const void *a, const void *b, void *with), void *with);
/* For a comparison that needs nothing beside the two; `order` points to a struct hu_spill_order. */
struct hu_spill_order {
	int (*compare)(const void *a, const void *b);
};
int hu_spill_plain(const void *a, const void *b, void *order);
/* Frees what hu_spill_grow() or malloc() gave. */
void hu_spill_drop(struct hu_spill *s, void *at);

#endif
