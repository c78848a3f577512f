/* ingest/errname.h - numbers of errors that tools print by name. */
#ifndef HU_ERRNAME_H
#define HU_ERRNAME_H

#include "db/base.h"

/* "ENOENT" → -2, as the kernel returned it; also those that no program sees ("ERESTARTSYS"). */
bool hu_errname_number(struct hu_str name, int64_t *ret);

#endif
