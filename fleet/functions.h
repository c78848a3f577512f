/* fleet/functions.h - the few SQL functions that fleet.db is made with; none is needed to read it.
 */
#ifndef HU_FLEET_FUNCTIONS_H
#define HU_FLEET_FUNCTIONS_H

#include "db/base.h"

struct sqlite3;

/*
 * hu_release('6.1.192-rc3') → 6001192; NULL if it is no release.
 * hu_wilson(k, n, side) → k of n in parts per million (side 0), or the lower (-1) or upper (1) end
 * of its 95 % interval after Wilson (1927), as in Brown, Cai, DasGupta (2001); NULL where n is 0.
 * hu_ppm(k, n) → a share in parts per million; NULL where n is 0.
 * hu_sum(n) → as sum(), in any order; the largest number there is where that would fail: strangers'
 * cards may say anything.
 * hu_digits('kswapd0') → 'kswapd#'.
 */
HU_MUST_CHECK struct hu_err *hu_fleet_functions(struct sqlite3 *db);

#endif
