/*
 * db/heap.h - a heap of pointers, for merging: the one that comes first is heap[0]. All of it is
 * here, so that `before` is inlined: it is asked several times for every record of a capture.
 */
#ifndef HU_HEAP_H
#define HU_HEAP_H

#include "db/base.h"

/* Whether `a` comes before `b`; a total order, or what is merged depends on where things lie. */
typedef bool hu_heap_before(const void *a, const void *b);

/* heap[at] may have become a later one: it goes down to its place. */
static inline __attribute__((__always_inline__)) void hu_heap_sift(void **heap, size_t count,
								   size_t at,
								   hu_heap_before *before)
{
	for (;;) {
		size_t least = at;
		for (size_t child = at * 2 + 1; child <= at * 2 + 2 && child < count; child++)
			if (before(heap[child], heap[least]))
				least = child;
		if (least == at)
			return;
		void *swap = heap[at];
		heap[at] = heap[least];
		heap[least] = swap;
		at = least;
	}
}

/* Makes one of pointers in any order. */
static inline __attribute__((__always_inline__)) void hu_heap_make(void **heap, size_t count,
								   hu_heap_before *before)
{
	for (size_t i = count; i-- > 0;)
		hu_heap_sift(heap, count, i, before);
}

#endif
