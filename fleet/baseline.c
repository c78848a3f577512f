/* An earlier fleet, looked at before the work begins. */
#include "fleet/baseline.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/sql.h"

struct hu_err *hu_baseline_check(const char *path, const char *dir)
{
	HU_CLEANUP(hu_freep) char *file = hu_fleet_file(path);
	HU_CLEANUP(hu_freep) char *own = hu_fleet_file(dir);
	HU_CLEANUP(hu_freep) char *file_at = realpath(file, NULL);
	HU_CLEANUP(hu_freep) char *own_at = realpath(own, NULL);
	struct sqlite3 *db = NULL;

	if (file_at && own_at && !strcmp(file_at, own_at))
		return hu_err(
			HU_ERR_USAGE,
			"%s is the fleet that is made anew: a baseline is another folder, or a "
			"copy of its fleet.db",
			path);
	struct hu_err *err = hu_fleet_open(path, &db);
	if (!err)
		sqlite3_close(db);
	return err;
}
