/* fleet/sql.h - the embedded SQL of fleet/, and how a fleet.db is opened. */
#ifndef HU_FLEET_SQL_H
#define HU_FLEET_SQL_H

#include "db/text.h"

struct sqlite3;

extern const unsigned char hu_fleet_schema[], hu_fleet_views[], hu_fleet_card[], hu_fleet_fill[],
	hu_fleet_merge[], hu_fleet_settle[], hu_fleet_summary[];

/* The fleet.db that a path means: itself, or the one in that folder. free() it. */
char *hu_fleet_file(const char *path);
/* Opens one read only, and checks it. */
HU_MUST_CHECK struct hu_err *hu_fleet_open(const char *path, struct sqlite3 **ret);
/* Attaches one as `schema`, read only, and checks it. */
HU_MUST_CHECK struct hu_err *hu_fleet_attach(struct sqlite3 *db, const char *path,
					     const char *schema);
HU_MUST_CHECK struct hu_err *hu_fleet_run(struct sqlite3 *db, const char *sql);

#endif
