/* db/bisect.h - where to look in a sorted array. */
#ifndef HU_BISECT_H
#define HU_BISECT_H

#include <stddef.h>

/*
 * Sets `at`, a size_t, to the first index of [from, to) for which `before`, an expression of `at`,
 * is false, or to `to`. Those for which it is true must all come first.
 */
#define HU_BISECT(at, from, to, before)                                                            \
	do {                                                                                       \
		size_t bisect_low = (from), bisect_high = (to);                                    \
		while (bisect_low < bisect_high) {                                                 \
			(at) = bisect_low + (bisect_high - bisect_low) / 2;                        \
			if (before)                                                                \
				bisect_low = (at) + 1;                                             \
			else                                                                       \
				bisect_high = (at);                                                \
		}                                                                                  \
		(at) = bisect_low;                                                                 \
	} while (0)

#endif
