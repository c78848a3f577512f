/*
 * Cards and parts into one fleet.db. Cards are gathered by the hundred in memory, in a schema with
 * the tables of a part, so that a card and a part go the same way (merge.sql). What is made on the
 * way is a scratch file without a journal; the file that stays is written once, at the end, in the
 * order of its keys (VACUUM INTO), and is a function of its rows.
 */
#include "fleet/build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/card.h"
#include "fleet/functions.h"
#include "fleet/sql.h"

enum { GATHER = 256, FILL_STATEMENTS = 16 };

struct hu_fleet {
	sqlite3 *db;
	char *file, *making, *written; /* fleet.db, and the two that it is on the way */
	sqlite3_stmt *fill[FILL_STATEMENTS];
	sqlite3_stmt *head; /* what a line must be */
	int fills, gathered;
	struct hu_fleet_counts counts;
};

static struct hu_err *fail(struct hu_fleet *fleet, const char *what)
{
	int code = sqlite3_errcode(fleet->db);

	if (code == SQLITE_FULL)
		return hu_err_os(ENOSPC, "%s", what);
	return hu_err(HU_ERR_STORE, "%s: %s", what, sqlite3_errmsg(fleet->db));
}

static char *beside(const char *file, const char *suffix)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_puts(&out, file);
	hu_out_puts(&out, suffix);
	return hu_strdup(hu_out_view(&out));
}

/* ---------------------------------------------------------------- the tables of a part, in memory
 */

/* schema.sql with every table in the schema `part`. */
static struct hu_err *open_gathering(struct hu_fleet *fleet)
{
	static const char create[] = "CREATE TABLE ";
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	const char *at = (const char *)hu_fleet_schema, *next;

	hu_out_puts(&sql, "ATTACH ':memory:' AS part; PRAGMA part.journal_mode = MEMORY; BEGIN;");
	for (; (next = strstr(at, create)); at = next + strlen(create)) {
		hu_out_bytes(&sql, at, (size_t)(next - at));
		hu_out_puts(&sql, "CREATE TABLE part.");
	}
	hu_out_puts(&sql, at);
	return hu_fleet_run(fleet->db, sql.at);
}

static void drop_statements(struct hu_fleet *fleet)
{
	for (int i = 0; i < fleet->fills; i++)
		sqlite3_finalize(fleet->fill[i]);
	fleet->fills = 0;
	sqlite3_finalize(fleet->head);
	fleet->head = NULL;
}

static struct hu_err *prepare_statements(struct hu_fleet *fleet)
{
	const char *at = (const char *)hu_fleet_fill, *end = at + strlen(at);

	while (at < end && fleet->fills < FILL_STATEMENTS) {
		sqlite3_stmt *stmt = NULL;
		if (sqlite3_prepare_v3(fleet->db, at, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &at) !=
		    SQLITE_OK)
			return fail(fleet, "fleet.db");
		if (!stmt)
			break; /* a comment at the end */
		fleet->fill[fleet->fills++] = stmt;
	}
	if (sqlite3_prepare_v3(fleet->db,
			       "SELECT json_valid(?1) AND ?1 ->> '$.schema' = 'holdup.card.v1' AND "
			       "length(?1 ->> '$.key') = 64, EXISTS (SELECT 1 FROM part.bundle "
			       "WHERE key = ?1 ->> '$.key')",
			       -1, SQLITE_PREPARE_PERSISTENT, &fleet->head, NULL) != SQLITE_OK)
		return fail(fleet, "fleet.db");
	return NULL;
}

static struct hu_err *empty_gathering(struct hu_fleet *fleet)
{
	fleet->gathered = 0;
	return hu_fleet_run(fleet->db,
			    "DELETE FROM part.bundle; DELETE FROM part.place; DELETE FROM "
			    "part.tag; DELETE FROM part.format; DELETE FROM part.damage; "
			    "DELETE FROM part.incident; DELETE FROM part.holder; DELETE "
			    "FROM part.fix;");
}

static struct hu_err *flush(struct hu_fleet *fleet)
{
	if (!fleet->gathered)
		return NULL;
	struct hu_err *err = hu_fleet_run(fleet->db, (const char *)hu_fleet_merge);
	return err ? err : empty_gathering(fleet);
}

/* ---------------------------------------------------------------- a fleet's life */

void hu_fleet_end(struct hu_fleet *fleet)
{
	if (!fleet)
		return;
	drop_statements(fleet);
	sqlite3_close(fleet->db);
	if (fleet->making)
		unlink(fleet->making);
	if (fleet->written)
		unlink(fleet->written);
	free(fleet->file);
	free(fleet->making);
	free(fleet->written);
	free(fleet);
}

void hu_fleet_endp(struct hu_fleet **fleet)
{
	hu_fleet_end(*fleet);
}

static struct hu_err *create_views(struct hu_fleet *fleet)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql, "%s\nCREATE VIEW card AS\n%s;", (const char *)hu_fleet_views,
		      (const char *)hu_fleet_card);
	return hu_fleet_run(fleet->db, sql.at);
}

struct hu_err *hu_fleet_begin(const char *dir, struct hu_fleet **ret)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = hu_alloc(sizeof(*fleet));
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	fleet->file = beside(dir, "/fleet.db");
	fleet->making = beside(fleet->file, ".making");
	fleet->written = beside(fleet->file, ".new");
	if ((unlink(fleet->making) < 0 && errno != ENOENT) ||
	    (unlink(fleet->written) < 0 && errno != ENOENT))
		return hu_err_os(errno, "cannot make %s", fleet->file);
	if (sqlite3_open_v2(fleet->making, &fleet->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
			    NULL) != SQLITE_OK)
		return hu_err(HU_ERR_STORE, "cannot make %s: %s", fleet->making,
			      sqlite3_errmsg(fleet->db));
	/* Nobody reads the scratch file but us, and a killed run begins anew. */
	hu_out_printf(&sql,
		      "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = "
		      "NONE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA "
		      "locking_mode = EXCLUSIVE; PRAGMA cache_size = -16000; PRAGMA trusted_schema "
		      "= OFF; PRAGMA user_version = %d; PRAGMA application_id = %d;",
		      HU_FLEET_REVISION, HU_FLEET_APPLICATION);
	struct hu_err *err = hu_fleet_run(fleet->db, sql.at);
	if (!err)
		err = hu_fleet_functions(fleet->db);
	if (!err)
		err = hu_fleet_run(fleet->db, (const char *)hu_fleet_schema);
	if (!err)
		err = create_views(fleet);
	if (!err)
		err = hu_fleet_run(fleet->db,
				   "CREATE TEMP TABLE incoming (key TEXT NOT NULL PRIMARY "
				   "KEY) WITHOUT ROWID;");
	if (!err)
		err = open_gathering(fleet);
	if (!err)
		err = prepare_statements(fleet);
	if (err)
		return err;
	*ret = fleet;
	fleet = NULL;
	return NULL;
}

/* Is it a card, and does its bundle wait in memory already? */
static struct hu_err *look(struct hu_fleet *fleet, struct hu_str card, bool *again)
{
	if (card.len > HU_CARD_MAX)
		return hu_err(HU_ERR_BAD_INPUT, "no card: a line of %zu bytes", card.len);
	sqlite3_bind_text(fleet->head, 1, card.at ? card.at : "", (int)card.len, SQLITE_STATIC);
	int rc = sqlite3_step(fleet->head);
	bool is_card = rc == SQLITE_ROW && sqlite3_column_int(fleet->head, 0);
	*again = rc == SQLITE_ROW && sqlite3_column_int(fleet->head, 1);
	sqlite3_reset(fleet->head);
	sqlite3_clear_bindings(fleet->head);
	if (is_card)
		return NULL;
	return hu_err(HU_ERR_BAD_INPUT, "no card: not JSON of the schema holdup.card.v1");
}

static struct hu_err *fill(struct hu_fleet *fleet, struct hu_str card)
{
	struct hu_err *err = NULL;

	for (int i = 0; i < fleet->fills && !err; i++) {
		sqlite3_stmt *stmt = fleet->fill[i];
		sqlite3_bind_text(stmt, 1, card.at, (int)card.len, SQLITE_STATIC);
		if (sqlite3_step(stmt) != SQLITE_DONE) {
			err = hu_err(sqlite3_errcode(fleet->db) == SQLITE_CONSTRAINT ||
						     sqlite3_errcode(fleet->db) == SQLITE_ERROR
					     ? HU_ERR_BAD_INPUT
					     : HU_ERR_STORE,
				     "no card: %s", sqlite3_errmsg(fleet->db));
		}
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
	}
	return err;
}

struct hu_err *hu_fleet_add(struct hu_fleet *fleet, struct hu_str card)
{
	bool again = false;
	struct hu_err *err = look(fleet, card, &again);

	if (err)
		return err;
	if (again || fleet->gathered >= GATHER) {
		err = flush(fleet);
		if (err)
			return err;
	}
	err = hu_fleet_run(fleet->db, "SAVEPOINT one");
	if (err)
		return err;
	err = fill(fleet, card);
	struct hu_err *undone =
		hu_fleet_run(fleet->db, err ? "ROLLBACK TO one; RELEASE one" : "RELEASE one");
	if (undone) {
		hu_err_free(err);
		return undone;
	}
	fleet->gathered += !err;
	return err;
}

struct hu_err *hu_fleet_add_part(struct hu_fleet *fleet, const char *path)
{
	struct hu_err *err = flush(fleet);

	if (err)
		return err;
	drop_statements(fleet);
	err = hu_fleet_run(fleet->db, "COMMIT; DETACH part;");
	if (err)
		return err;
	struct hu_err *bad = hu_fleet_attach(fleet->db, path, "part");
	if (!bad)
		bad = hu_fleet_run(fleet->db, "BEGIN");
	if (!bad) {
		bad = hu_fleet_run(fleet->db, (const char *)hu_fleet_merge);
		if (bad)
			bad = hu_err_in(bad, "merging %s", path);
		err = hu_fleet_run(fleet->db, bad ? "ROLLBACK" : "COMMIT");
	}
	/* Where nothing was attached there is nothing to detach. */
	sqlite3_exec(fleet->db, "DETACH part", NULL, NULL, NULL);
	if (!err)
		err = open_gathering(fleet);
	if (!err)
		err = prepare_statements(fleet);
	if (err) {
		hu_err_free(bad);
		return err;
	}
	return bad;
}

static struct hu_err *count(struct hu_fleet *fleet)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(fleet->db, "SELECT bundles, judged, conflicts FROM main.total", -1,
			       &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		sqlite3_finalize(stmt);
		return fail(fleet, "fleet.db");
	}
	fleet->counts.bundles = sqlite3_column_int64(stmt, 0);
	fleet->counts.judged = sqlite3_column_int64(stmt, 1);
	fleet->counts.conflicts = sqlite3_column_int64(stmt, 2);
	sqlite3_finalize(stmt);
	return NULL;
}

/* To the disk, and to its place. */
static struct hu_err *publish(struct hu_fleet *fleet)
{
	int fd = open(fleet->written, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return hu_err_os(errno, "cannot write %s", fleet->file);
	int rc = fsync(fd);
	if (close(fd) < 0 || rc < 0 || rename(fleet->written, fleet->file) < 0)
		return hu_err_os(errno, "cannot write %s", fleet->file);
	return NULL;
}

struct hu_err *hu_fleet_finish(struct hu_fleet *fleet)
{
	struct hu_err *err = flush(fleet);

	drop_statements(fleet);
	if (!err)
		err = hu_fleet_run(fleet->db, "COMMIT; DETACH part; BEGIN;");
	if (!err)
		err = hu_fleet_run(fleet->db, (const char *)hu_fleet_settle);
	if (!err)
		err = hu_fleet_run(fleet->db, (const char *)hu_fleet_summary);
	if (!err)
		err = count(fleet);
	if (!err)
		err = hu_fleet_run(fleet->db, "COMMIT");
	if (err)
		return hu_err_in(err, "making %s", fleet->file);
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(fleet->db, "VACUUM main INTO ?1", -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, fleet->written, -1, SQLITE_STATIC);
		rc = sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE)
		return fail(fleet, "cannot write fleet.db");
	return publish(fleet);
}

void hu_fleet_counted(const struct hu_fleet *fleet, struct hu_fleet_counts *ret)
{
	*ret = fleet->counts;
}
