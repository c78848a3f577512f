/* db/rows.h - typed reading of one SELECT. Errors stick: hu_rows_close() returns the first. */
#ifndef HU_ROWS_H
#define HU_ROWS_H

#include "db/store.h"

struct hu_rows;

/*
 * Prepares `sql`; `?1` … are bound by the calls below before the first hu_rows_next(). Never NULL:
 * a statement that does not compile is an error that hu_rows_close() tells.
 */
struct hu_rows *hu_rows_open(struct hu_store *store, const char *sql);
void hu_rows_bind_int(struct hu_rows *rows, int n, int64_t value);
void hu_rows_bind_text(struct hu_rows *rows, int n, struct hu_str value);
void hu_rows_bind_null(struct hu_rows *rows, int n);

bool hu_rows_next(struct hu_rows *rows); /* false at the end or on error */
bool hu_rows_null(struct hu_rows *rows, int column);
int64_t hu_rows_int(struct hu_rows *rows, int column); /* 0 for NULL */
int64_t hu_rows_int_or(struct hu_rows *rows, int column, int64_t if_null);
double hu_rows_num(struct hu_rows *rows, int column);
struct hu_str hu_rows_str(struct hu_rows *rows,
			  int column); /* until the next row; empty for NULL */
/* Ready for other bindings. */
void hu_rows_reset(struct hu_rows *rows);
HU_MUST_CHECK struct hu_err *hu_rows_close(struct hu_rows *rows); /* NULL is fine */

/* Runs statements that return nothing. */
HU_MUST_CHECK struct hu_err *hu_store_exec(struct hu_store *store, const char *sql);
/* The same, with tables and views of this connection alone: each CREATE makes a TEMP one. */
HU_MUST_CHECK struct hu_err *hu_store_exec_temp(struct hu_store *store, const char *sql);

#endif
