/*
 * fleet/home.h - the folder that a batch works in: one run at a time, reports that appear whole.
 *
 *	DIR/.holdup       marks it as holdup's own
 *	DIR/lock          held by the run that is at work, with its pid
 *	DIR/journal       fleet/journal.h
 *	DIR/tmp/N/        of the worker in slot N: out/ (its reports), unpack/; gone with it
 *	DIR/bundles/…/    the reports of one bundle each
 *
 * What stands beside them (fleet.db and the reports of the fleet) is fleet/build.h's.
 */
#ifndef HU_HOME_H
#define HU_HOME_H

#include "db/base.h"

struct hu_home;

/*
 * Makes the folder or takes up one that a batch made, and locks it. Refuses (HU_ERR_USAGE) a folder
 * with anything else in it, and one in which another run is at work. `mark` is the name of the file
 * that marks it, `mark_text` what is in it.
 */
HU_MUST_CHECK struct hu_err *hu_home_open(const char *path, const char *mark, const char *mark_text,
					  struct hu_home **ret);
void hu_home_close(struct hu_home *home); /* unlocks; NULL is fine */
void hu_home_closep(struct hu_home **home);

const char *hu_home_path(const struct hu_home *home);		  /* absolute; borrowed */
char *hu_home_file(const struct hu_home *home, const char *name); /* free() it */

/* The slot's folder, empty but for out/ and unpack/. free() *ret. */
HU_MUST_CHECK struct hu_err *hu_home_slot(struct hu_home *home, size_t slot, char **ret);
void hu_home_slot_clear(struct hu_home *home, size_t slot);
/*
 * Moves the slot's out/ to bundles/NAME, in place of what stood there. Only regular files may be in
 * it: anything else is HU_ERR_BUG, and nothing is moved.
 */
HU_MUST_CHECK struct hu_err *hu_home_publish(struct hu_home *home, size_t slot, const char *name);
bool hu_home_has(const struct hu_home *home, const char *name); /* bundles/NAME */
void hu_home_drop(struct hu_home *home, const char *name);
HU_MUST_CHECK struct hu_err *hu_home_sync(struct hu_home *home); /* the names in bundles/ */

#endif
