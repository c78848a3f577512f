/* fleet/baseline.h - is the earlier fleet that a report shall be compared with one that can be
 * read? */
#ifndef HU_BASELINE_H
#define HU_BASELINE_H

#include "db/base.h"

/* Asked before hours of work, not after them. `dir` is where the new fleet is made: that is none.
 */
HU_MUST_CHECK struct hu_err *hu_baseline_check(const char *path, const char *dir);

#endif
