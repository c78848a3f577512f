/*
 * analyzers/lockmap_places.h - the rows of the lock map, one table a chapter of the kernel; each
 * ends with a row of NULL. Names are of 3.10 to 7.x, as alternatives; most were checked against the
 * symbol lists of Debian's 5.10, 6.1, 6.12 and 7.3 kernels, the others are inlined there, live in
 * modules or are older.
 */
#ifndef HU_LOCKMAP_PLACES_H
#define HU_LOCKMAP_PLACES_H

#include "analyzers/lockmap.h"

extern const struct hu_lock_place hu_lock_places_vfs[], hu_lock_places_freeze[],
	hu_lock_places_filesystems[], hu_lock_places_kernel[], hu_lock_places_mm[],
	hu_lock_places_net[], hu_lock_places_spun[];

#endif
