/*
 * fleet/gather.h - the single reports of a part, brought along when parts are merged, so that the
 * links of the merged report lead somewhere.
 */
#ifndef HU_FLEET_GATHER_H
#define HU_FLEET_GATHER_H

#include "db/base.h"

/* Is this a path that stays below the folder: of [A-Za-z0-9._/-], without ".."? */
bool hu_gather_harmless(struct hu_str path);

/*
 * Links (or copies, where links cannot be made) from the folder of the fleet.db `part` into `dir`,
 * whose fleet.db is finished, the folder of each single report that the finished fleet.db counts
 * by. What is there already stays. *missing counts reports that the part does not have.
 */
HU_MUST_CHECK struct hu_err *hu_gather(const char *dir, const char *part, int64_t *missing);

#endif
