/*
 * analyzers/lockmap.h - which lock a function takes: the first frame behind the lock functions
 * names it when no address can (kernel-facts 1.8). Sources: the functions' own text in
 * torvalds/linux, by the file named in each row.
 */
#ifndef HU_LOCKMAP_H
#define HU_LOCKMAP_H

#include "db/base.h"
#include "db/words.h"

/* A symbol without what compilers hang on: "shrink_slab.constprop.0" is "shrink_slab". */
bool hu_symbol_is(const char *symbol, const char *name);
/* The same for any of a list that ends in NULL. */
bool hu_symbol_among(const char *symbol, const char *const *names);

struct hu_lock_place {
	const char *function;
	const char *lock;
	uint32_t mode; /* 0: both are possible; the lock function tells */
	uint32_t type;
};

/*
 * NULL: no such place is known. `type`: of the lock function that the task is in, 0 for not known;
 * a function may take several locks, each of another type. `via`: the outermost of the lock
 * functions, as it stands below this one; NULL: not known. `mutex_kernel`: 6.7 and later, where
 * shrinker_rwsem is shrinker_mutex.
 */
const struct hu_lock_place *hu_lock_place(const char *function, uint32_t type, const char *via,
					  bool mutex_kernel);

/* The same for a function that spins: the first one behind the spinning and the lock functions. */
const struct hu_lock_place *hu_spin_place(const char *function);

#endif
