/* Reading one SELECT, typed, with errors that stick. */
#include "db/rows.h"
#include "db/store_private.h"

#include <stdlib.h>

struct hu_rows {
	sqlite3_stmt *stmt;
	struct hu_err *err;
};

static void fail(struct hu_rows *rows, sqlite3 *db)
{
	if (!rows->err)
		rows->err = hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(db));
}

struct hu_rows *hu_rows_open(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_alloc(sizeof(*rows));

	if (sqlite3_prepare_v2(store->db, sql, -1, &rows->stmt, NULL) != SQLITE_OK)
		fail(rows, store->db);
	return rows;
}

void hu_rows_bind_int(struct hu_rows *rows, int n, int64_t value)
{
	if (rows->stmt)
		sqlite3_bind_int64(rows->stmt, n, value);
}

void hu_rows_bind_text(struct hu_rows *rows, int n, struct hu_str value)
{
	if (rows->stmt)
		sqlite3_bind_text(rows->stmt, n, value.at ? value.at : "", (int)value.len,
				  SQLITE_TRANSIENT);
}

void hu_rows_bind_null(struct hu_rows *rows, int n)
{
	if (rows->stmt)
		sqlite3_bind_null(rows->stmt, n);
}

bool hu_rows_next(struct hu_rows *rows)
{
	if (!rows->stmt || rows->err)
		return false;
	int rc = sqlite3_step(rows->stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		fail(rows, sqlite3_db_handle(rows->stmt));
	return false;
}

bool hu_rows_null(struct hu_rows *rows, int column)
{
	return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

int64_t hu_rows_int(struct hu_rows *rows, int column)
{
	return sqlite3_column_int64(rows->stmt, column);
}

int64_t hu_rows_int_or(struct hu_rows *rows, int column, int64_t if_null)
{
	return hu_rows_null(rows, column) ? if_null : hu_rows_int(rows, column);
}

double hu_rows_num(struct hu_rows *rows, int column)
{
	return sqlite3_column_double(rows->stmt, column);
}

struct hu_str hu_rows_str(struct hu_rows *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows->stmt, column);

	return (struct hu_str){text ? text : "",
			       text ? (size_t)sqlite3_column_bytes(rows->stmt, column) : 0};
}

void hu_rows_reset(struct hu_rows *rows)
{
	if (rows->stmt)
		sqlite3_reset(rows->stmt);
}

struct hu_err *hu_rows_close(struct hu_rows *rows)
{
	if (!rows)
		return NULL;
	struct hu_err *err = rows->err;
	sqlite3_finalize(rows->stmt);
	free(rows);
	return err;
}
