/* fleet/whole.h - a file of the fleet's folder that appears whole, or not at all. */
#ifndef HU_FLEET_WHOLE_H
#define HU_FLEET_WHOLE_H

#include <stdio.h>

#include "db/base.h"

struct hu_whole {
	char *path, *making;
	FILE *file; /* write to it; errors are told by hu_whole_end() */
};

/* Begins DIR/NAME beside its place. Zero-initialise *whole. */
HU_MUST_CHECK struct hu_err *hu_whole_begin(struct hu_whole *whole, const char *dir,
					    const char *name);
/* Renames it to its place; or, where `why` is not NULL, throws it away and returns `why`. */
HU_MUST_CHECK struct hu_err *hu_whole_end(struct hu_whole *whole, struct hu_err *why);
HU_MUST_CHECK struct hu_err *hu_whole_write(const char *dir, const char *name, struct hu_str bytes);

#endif
