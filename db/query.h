/*
 * db/query.h - one statement that a person typed, on a store that may come from anybody: strictly
 * read only. Our own statements go through db/rows.h.
 */
#ifndef HU_QUERY_H
#define HU_QUERY_H

#include "db/store.h"

struct hu_query;

enum hu_value { HU_VALUE_NULL, HU_VALUE_INT, HU_VALUE_REAL, HU_VALUE_TEXT, HU_VALUE_BLOB };

/*
 * Refuses (HU_ERR_USAGE) what does not compile, what would write, attach or set anything, and more
 * than one statement. From now on the store's connection can only read. The store must outlive it.
 */
HU_MUST_CHECK struct hu_err *hu_query_open(struct hu_store *store, const char *sql,
					   struct hu_query **ret);
bool hu_query_next(struct hu_query *query); /* false at the end or on error */
int hu_query_columns(const struct hu_query *query);
const char *hu_query_name(const struct hu_query *query, int column);
enum hu_value hu_query_type(const struct hu_query *query, int column);
int64_t hu_query_int(const struct hu_query *query, int column);
/* Text, a blob's bytes, or a number as SQLite writes it; until the next row. */
struct hu_str hu_query_str(const struct hu_query *query, int column);
/* Returns the error that ended it, if one did. NULL is fine. */
HU_MUST_CHECK struct hu_err *hu_query_close(struct hu_query *query);

#endif
