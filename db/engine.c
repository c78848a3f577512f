/*
 * Is the SQLite that was loaded as new as this program needs? It was built with such a one
 * (cmake/libraries.cmake), and may be started on a host that has another.
 */
#include "db/store.h"

#include <sqlite3.h>

enum { LEAST = 3039000 }; /* HAVING without GROUP BY: sqlite.org/releaselog/3_39_0.html */

struct hu_err *hu_store_engine(void)
{
	if (sqlite3_libversion_number() >= LEAST)
		return NULL;
	return hu_err(HU_ERR_STORE, "SQLite %s was loaded, and holdup needs %d.%d.%d or newer",
		      sqlite3_libversion(), LEAST / 1000000, LEAST / 1000 % 1000, LEAST % 1000);
}
