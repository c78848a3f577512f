/*
 * fleet/build.h - cards in, fleet.db out: a SQLite file of small rows per bundle (fleet/schema.sql,
 * docs/fleet.md) whose bytes depend on the set of bundles alone: not on their order, on how often
 * one came, on how many parts they came in, or on the machine (the same SQLite provided).
 *
 * Shaped for a million cards: nothing is kept in memory but SQLite's page cache.
 */
#ifndef HU_FLEET_BUILD_H
#define HU_FLEET_BUILD_H

#include "db/base.h"

struct hu_fleet;

/* The revision of fleet/schema.sql, in `PRAGMA user_version`; `application_id` says that it is a
 * fleet.db. Another revision is refused with a sentence. */
enum { HU_FLEET_REVISION = 1, HU_FLEET_APPLICATION = 0x68754631 }; /* "huF1" */

/*
 * Begins DIR/fleet.db. Nothing appears under that name before hu_fleet_finish(); what is made on
 * the way lies beside it as fleet.db.making, and one left there by a killed run is thrown away.
 */
HU_MUST_CHECK struct hu_err *hu_fleet_begin(const char *dir, struct hu_fleet **ret);
/* A line that is no card (HU_ERR_BAD_INPUT) changes nothing; the caller may go on. */
HU_MUST_CHECK struct hu_err *hu_fleet_add(struct hu_fleet *fleet, struct hu_str card);
/* All of another fleet.db, or of the fleet.db in a folder. */
HU_MUST_CHECK struct hu_err *hu_fleet_add_part(struct hu_fleet *fleet, const char *path);
/* A file of cards, one a line (fleet.ndjson)? And all of them. The first line that is none ends it.
 */
bool hu_fleet_is_cards(const char *path);
HU_MUST_CHECK struct hu_err *hu_fleet_add_cards(struct hu_fleet *fleet, const char *path);
/* Decides conflicts, fills the summaries, writes the file whole, and renames it to its place. */
HU_MUST_CHECK struct hu_err *hu_fleet_finish(struct hu_fleet *fleet);
void hu_fleet_end(struct hu_fleet *fleet); /* drops what was not finished; NULL is fine */
void hu_fleet_endp(struct hu_fleet **fleet);

/* How many bundles have a verdict, have none, and came with cards that differ; after finish. */
struct hu_fleet_counts {
	int64_t bundles, judged, conflicts;
};
void hu_fleet_counted(const struct hu_fleet *fleet, struct hu_fleet_counts *ret);

#endif
