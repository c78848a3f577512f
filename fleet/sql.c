/* Opening a fleet.db that may come from anybody. */
#include "fleet/sql.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fleet/build.h"

char *hu_fleet_file(const char *path)
{
	struct stat st;
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_puts(&out, path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		hu_out_puts(&out, "/fleet.db");
	return hu_strdup(hu_out_view(&out));
}

/* "file:…?mode=ro", escaped, for ATTACH. */
static void put_uri(struct hu_out *to, const char *file)
{
	hu_out_puts(to, "file:");
	for (const unsigned char *c = (const unsigned char *)file; *c; c++) {
		if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= '0' && *c <= '9') || *c == '/' || *c == '.' || *c == '-' || *c == '_')
			hu_out_putc(to, (char)*c);
		else
			hu_out_printf(to, "%%%02x", *c);
	}
	hu_out_puts(to, "?mode=ro");
}

struct hu_err *hu_fleet_run(struct sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return NULL;
	int os = sqlite3_system_errno(db);
	if (sqlite3_errcode(db) == SQLITE_FULL)
		os = ENOSPC;
	if (os && sqlite3_errcode(db) != SQLITE_ERROR)
		return hu_err_os(os, "fleet.db: %s", sqlite3_errmsg(db));
	return hu_err(HU_ERR_STORE, "fleet.db: %s", sqlite3_errmsg(db));
}

/* One number of a PRAGMA. */
static struct hu_err *ask(struct sqlite3 *db, const char *schema, const char *pragma,
			  const char *file, int64_t *ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	sqlite3_stmt *stmt = NULL;

	hu_out_printf(&sql, "PRAGMA %s.%s", schema, pragma);
	int rc = sqlite3_prepare_v2(db, sql.at, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	struct hu_err *err = rc == SQLITE_ROW ? NULL
					      : hu_err(HU_ERR_BAD_INPUT, "%s is no fleet.db: %s",
						       file, sqlite3_errmsg(db));
	if (!err)
		*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return err;
}

/* Is the database of this schema a fleet.db of our revision? If not, says what it is. */
static struct hu_err *check_schema(struct sqlite3 *db, const char *schema, const char *file)
{
	int64_t application = 0, revision = 0;
	struct hu_err *err = ask(db, schema, "application_id", file, &application);

	if (!err)
		err = ask(db, schema, "user_version", file, &revision);
	if (err)
		return err;
	if (application != HU_FLEET_APPLICATION)
		return hu_err(HU_ERR_BAD_INPUT, "%s is no fleet.db: holdup did not make it", file);
	if (revision != HU_FLEET_REVISION)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "%s is of revision %" PRId64
			      ", and this holdup reads revision %d: make it anew with \"holdup "
			      "batch\", or use the holdup that made it",
			      file, revision, HU_FLEET_REVISION);
	return NULL;
}

struct hu_err *hu_fleet_open(const char *path, struct sqlite3 **ret)
{
	HU_CLEANUP(hu_freep) char *file = hu_fleet_file(path);
	struct stat st;
	struct sqlite3 *db = NULL;

	if (stat(file, &st) < 0)
		return hu_err_os(errno, "cannot read %s", file);
	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK) {
		struct hu_err *err =
			hu_err(HU_ERR_BAD_INPUT, "cannot read %s: %s", file, sqlite3_errmsg(db));
		sqlite3_close(db);
		return err;
	}
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	struct hu_err *err = check_schema(db, "main", file);
	if (err) {
		sqlite3_close(db);
		return err;
	}
	*ret = db;
	return NULL;
}

struct hu_err *hu_fleet_attach(struct sqlite3 *db, const char *path, const char *schema)
{
	HU_CLEANUP(hu_freep) char *file = hu_fleet_file(path);
	HU_CLEANUP(hu_out_deinit) struct hu_out uri = {0}, sql = {0};
	sqlite3_stmt *stmt = NULL;
	struct stat st;

	if (stat(file, &st) < 0)
		return hu_err_os(errno, "cannot read %s", file);
	put_uri(&uri, file);
	hu_out_printf(&sql, "ATTACH ?1 AS %s", schema);
	int rc = sqlite3_prepare_v2(db, sql.at, -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, uri.at, (int)uri.len, SQLITE_STATIC);
		rc = sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE)
		return hu_err(HU_ERR_BAD_INPUT, "cannot read %s: %s", file, sqlite3_errmsg(db));
	return check_schema(db, schema, file);
}
