/* analyzers/result.h - writing result rows: one call a row. */
#ifndef HU_RESULT_H
#define HU_RESULT_H

#include "db/store.h"

/* Closes a SELECT; the first error sticks in *err. */
struct hu_rows;
void hu_result_close(struct hu_err **err, struct hu_rows *rows);

/*
 * Runs `sql` once. `types` has one letter for each bound value: s const char * (NULL is NULL), i
 * int64_t, o int64_t that is NULL if it is HU_OPEN or -1, d double, n double that is NULL if it is
 * a NaN. The first error sticks in *err.
 */
void hu_result(struct hu_store *store, struct hu_err **err, const char *sql, const char *types,
	       ...);

#endif
