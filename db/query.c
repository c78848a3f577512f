/*
 * A stranger's SQL. Read only three times over: the file is opened so (hu_store_open), an
 * authorizer refuses everything but reading (no ATTACH, no PRAGMA that sets something), and the
 * statement must be read-only itself. The schema may be a stranger's, too: its views may call
 * nothing but harmless functions.
 */
#include "db/query.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct hu_query {
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int rc;
};

static int authorize(void *data, int action, const char *a, const char *b, const char *c,
		     const char *d)
{
	/* Pragmas that only tell. */
	static const char *const telling[] = {
		"table_info", "table_xinfo", "table_list",    "index_list",
		"index_info", "index_xinfo", "function_list", "compile_options",
	};

	(void)data;
	(void)c;
	(void)d;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && !strcmp(b, "load_extension") ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		for (size_t i = 0; a && i < sizeof(telling) / sizeof(telling[0]); i++)
			if (!strcmp(a, telling[i]))
				return SQLITE_OK;
		/* With a value it would be set. */
		return a && !strcmp(a, "user_version") && !b ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

/* What follows the statement must be blanks and comments: they compile to nothing. */
static bool is_blank(sqlite3 *db, const char *sql)
{
	while (*sql) {
		sqlite3_stmt *stmt = NULL;
		bool ok = sqlite3_prepare_v2(db, sql, -1, &stmt, &sql) == SQLITE_OK && !stmt;
		sqlite3_finalize(stmt);
		if (!ok)
			return false;
	}
	return true;
}

struct hu_err *hu_query_open(struct hu_store *store, const char *sql, struct hu_query **ret)
{
	sqlite3 *db = hu_store_db(store);
	sqlite3_stmt *stmt = NULL;
	struct hu_err *err = NULL;
	const char *tail = "";

	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_set_authorizer(db, authorize, NULL);
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, &tail);
	if (rc == SQLITE_AUTH)
		err = hu_err(HU_ERR_USAGE, "a query may only read: %s", sqlite3_errmsg(db));
	else if (rc != SQLITE_OK)
		err = hu_err(HU_ERR_USAGE, "SQL: %s", sqlite3_errmsg(db));
	else if (!stmt)
		err = hu_err(HU_ERR_USAGE, "there is no SQL statement in it");
	else if (!sqlite3_stmt_readonly(stmt))
		err = hu_err(HU_ERR_USAGE, "a query may only read");
	else if (!is_blank(db, tail))
		err = hu_err(HU_ERR_USAGE, "one SQL statement at a time");
	if (err) {
		sqlite3_finalize(stmt);
		return err;
	}
	struct hu_query *query = hu_alloc(sizeof(*query));
	*query = (struct hu_query){db, stmt, SQLITE_ROW};
	*ret = query;
	return NULL;
}

bool hu_query_next(struct hu_query *query)
{
	if (query->rc == SQLITE_ROW)
		query->rc = sqlite3_step(query->stmt);
	return query->rc == SQLITE_ROW;
}

int hu_query_columns(const struct hu_query *query)
{
	return sqlite3_column_count(query->stmt);
}

const char *hu_query_name(const struct hu_query *query, int column)
{
	const char *name = sqlite3_column_name(query->stmt, column);

	return name ? name : "";
}

enum hu_value hu_query_type(const struct hu_query *query, int column)
{
	switch (sqlite3_column_type(query->stmt, column)) {
	case SQLITE_INTEGER:
		return HU_VALUE_INT;
	case SQLITE_FLOAT:
		return HU_VALUE_REAL;
	case SQLITE_TEXT:
		return HU_VALUE_TEXT;
	case SQLITE_BLOB:
		return HU_VALUE_BLOB;
	default:
		return HU_VALUE_NULL;
	}
}

int64_t hu_query_int(const struct hu_query *query, int column)
{
	return sqlite3_column_int64(query->stmt, column);
}

struct hu_str hu_query_str(const struct hu_query *query, int column)
{
	/* A blob's bytes first: sqlite3_column_text() would convert them. */
	const char *at = sqlite3_column_type(query->stmt, column) == SQLITE_BLOB
				 ? sqlite3_column_blob(query->stmt, column)
				 : (const char *)sqlite3_column_text(query->stmt, column);

	return (struct hu_str){at, at ? (size_t)sqlite3_column_bytes(query->stmt, column) : 0};
}

struct hu_err *hu_query_close(struct hu_query *query)
{
	struct hu_err *err = NULL;

	if (!query)
		return NULL;
	if (query->rc != SQLITE_ROW && query->rc != SQLITE_DONE)
		err = hu_err(HU_ERR_STORE, "SQL: %s", sqlite3_errmsg(query->db));
	sqlite3_finalize(query->stmt);
	free(query);
	return err;
}
