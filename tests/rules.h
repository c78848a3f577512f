/* tests/rules.h - what every finished store keeps, whatever was found. */
#ifndef HU_TEST_RULES_H
#define HU_TEST_RULES_H

#include <sqlite3.h>

#include "db/text.h"

/* How many rules were tried; each breach adds a line to *why. */
size_t hu_test_store_rules(sqlite3 *db, struct hu_out *why);

#endif
