/* The store's life: created, opened again, closed; and how its files speak to SQLite. */
#include "db/store_private.h"
#include "db/embedded.h"
#include "db/rows.h"
#include "db/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const clock_names[HU_CLOCK_COUNT] = {
	"unknown",	 "none", "trace_local", "trace_global", "trace_counter",
	"uptime",	 "tsc",	 "perf",	"printk",	"monotonic",
	"monotonic_raw", "boot", "tai",		"realtime",	"local_time",
};

const char *hu_clock_name(enum hu_clock clock)
{
	return (unsigned)clock < HU_CLOCK_COUNT ? clock_names[clock] : clock_names[0];
}

enum hu_clock hu_clock_by_name(struct hu_str name)
{
	for (unsigned i = 0; i < HU_CLOCK_COUNT; i++)
		if (hu_str_is(name, clock_names[i]))
			return i;
	return HU_CLOCK_IN_FILE;
}

/* Remembers the first failure; later ones are its consequences. */
static void store_fail(struct hu_store *store, const char *what)
{
	if (!store->broken)
		store->broken = hu_err(HU_ERR_STORE, "%s: %s", what, sqlite3_errmsg(store->db));
}

struct hu_err *hu_store_take_broken(struct hu_store *store)
{
	struct hu_err *err = store->broken;

	store->broken = NULL;
	return err;
}

sqlite3_stmt *hu_store_prepare(struct hu_store *store, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
	    SQLITE_OK)
		store_fail(store, "the store");
	return stmt;
}

void hu_store_step(struct hu_store *store, sqlite3_stmt *stmt)
{
	if (!stmt)
		return;
	int rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(store, "cannot write the store");
	sqlite3_reset(stmt);
}

void hu_store_keep_broken(struct hu_store *store, struct hu_err *err)
{
	if (store->broken)
		hu_err_free(err);
	else
		store->broken = err;
}

void hu_store_end_rows(struct hu_store *store, struct hu_rows *rows)
{
	hu_store_keep_broken(store, hu_rows_close(rows));
}

void hu_store_run(struct hu_store *store, const char *sql)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		store_fail(store, "the store");
}

struct hu_err *hu_store_exec(struct hu_store *store, const char *sql)
{
	hu_store_run(store, sql);
	return hu_store_take_broken(store);
}

struct hu_err *hu_store_exec_temp(struct hu_store *store, const char *sql)
{
	static const char create[] = "CREATE ";
	HU_CLEANUP(hu_out_deinit) struct hu_out temp = {0};
	const char *next;

	while ((next = strstr(sql, create))) {
		const char *what = next + strlen(create);
		bool named = !strncmp(what, "TABLE ", 6) || !strncmp(what, "VIEW ", 5);
		hu_out_bytes(&temp, sql, (size_t)(what - sql));
		hu_out_puts(&temp, named ? "TEMP " : "");
		sql = what;
	}
	hu_out_puts(&temp, sql);
	return hu_store_exec(store, temp.at);
}

void hu_store_meta(struct hu_store *store, const char *key, struct hu_str value)
{
	sqlite3_stmt *s =
		hu_store_prepare(store, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)");

	sqlite3_bind_text(s, 1, key, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 2, value.at, (int)value.len, SQLITE_TRANSIENT);
	hu_store_step(store, s);
	sqlite3_finalize(s);
}

uint32_t hu_store_name(struct hu_store *store, struct hu_str text)
{
	bool fresh;
	uint32_t id = hu_texts_add(&store->texts, text, &fresh);

	if (!fresh)
		return id;
	sqlite3_stmt **s = &store->put[HU_WORD_NAME];
	if (!*s)
		*s = hu_store_prepare(store, "INSERT INTO name (id, text) VALUES (?1, ?2)");
	sqlite3_bind_int64(*s, 1, id);
	sqlite3_bind_text(*s, 2, text.at, (int)text.len, SQLITE_TRANSIENT);
	hu_store_step(store, *s);
	return id;
}

uint32_t hu_store_frame(struct hu_store *store, struct hu_interned_frame frame)
{
	bool fresh;
	uint32_t id = hu_frames_add(&store->frames, frame, &fresh);

	if (!fresh)
		return id;
	sqlite3_stmt **s = &store->put[HU_WORD_FRAME];
	if (!*s)
		*s = hu_store_prepare(store, "INSERT INTO stack (id, caller, symbol, module) "
					     "VALUES (?1, nullif(?2, 0), ?3, nullif(?4, 0))");
	sqlite3_bind_int64(*s, 1, id);
	sqlite3_bind_int64(*s, 2, frame.caller);
	sqlite3_bind_int64(*s, 3, frame.symbol);
	sqlite3_bind_int64(*s, 4, frame.module);
	hu_store_step(store, *s);
	return id;
}

struct hu_err *hu_store_create(const char *path, struct hu_store **ret)
{
	if (strcmp(path, ":memory:") != 0) {
		/* O_EXCL: whatever is there already is somebody's. */
		int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
		if (fd < 0)
			return hu_err_os(errno, "cannot make the store %s", path);
		close(fd);
	}
	struct hu_store *store = hu_alloc(sizeof(*store));
	store->loading = true;
	store->caps = hu_default_caps;
	if (sqlite3_open_v2(path, &store->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		store_fail(store, "cannot open the store");
	/*
	 * No journal: a load is never rolled back, and a store whose load was cut short says so
	 * itself (meta.state), which is written in a commit of its own, last.
	 */
	hu_store_run(store,
		     "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
		     "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA "
		     "cache_size = -16384;");
	hu_store_run(store, "BEGIN");
	hu_store_run(store, (const char *)hu_sql_schema);
	hu_store_meta(store, "state", hu_str("loading"));
	hu_store_meta(store, "generator", hu_str("holdup " HU_VERSION));
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	hu_out_printf(&sql, "PRAGMA user_version = %d; COMMIT", HU_STORE_REVISION);
	hu_store_run(store, sql.at);
	store->in_blocks = true;
	hu_store_show_events(store);
	struct hu_err *err = hu_store_take_broken(store);
	if (err) {
		hu_store_close(store);
		return err;
	}
	*ret = store;
	return NULL;
}

static struct hu_err *check(struct hu_store *store, const char *path)
{
	struct hu_rows *rows = hu_rows_open(store, "PRAGMA user_version");
	int64_t revision = hu_rows_next(rows) ? hu_rows_int(rows, 0) : -1;
	struct hu_err *err = hu_rows_close(rows);

	if (err) {
		hu_err_free(err);
		return hu_err(HU_ERR_BAD_INPUT, "%s is not a store of holdup", path);
	}
	bool ours = false;
	rows = hu_rows_open(store, "SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', "
				   "'source', 'lock_event')");
	if (hu_rows_next(rows))
		ours = hu_rows_int(rows, 0) == 3;
	hu_err_free(hu_rows_close(rows));
	if (!ours)
		return hu_err(HU_ERR_BAD_INPUT, "%s is a database, but not a store of holdup",
			      path);
	if (revision != HU_STORE_REVISION)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "%s is a store of revision %lld, and this holdup reads revision %d: "
			      "load the bundle again",
			      path, (long long)revision, HU_STORE_REVISION);
	bool complete = false;
	rows = hu_rows_open(store, "SELECT value FROM meta WHERE key = 'state'");
	if (hu_rows_next(rows))
		complete = hu_str_is(hu_rows_str(rows, 0), "complete");
	err = hu_rows_close(rows);
	if (!err && !complete)
		err = hu_err(
			HU_ERR_BAD_INPUT,
			"%s was never finished: its load or its analysis was interrupted; load the "
			"bundle again",
			path);
	return err;
}

/* Blocks, or plain rows; and how many rows there are of each table: where the last block ends. */
static void find_events(struct hu_store *store)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT id, rows FROM event_block WHERE id = (SELECT max(id) FROM "
		       "event_block WHERE id BETWEEN ?1 AND ?2)");

	for (int i = 0; i < HU_EVENT_TABLES; i++) {
		hu_rows_bind_int(rows, 1, hu_block_id(i, 0));
		hu_rows_bind_int(rows, 2, hu_block_id(i + 1, 0) - 1);
		if (hu_rows_next(rows))
			store->event_rows[i] =
				hu_rows_int(rows, 0) - hu_block_id(i, 0) + hu_rows_int(rows, 1) - 1;
		store->in_blocks |= store->event_rows[i] > 0;
		hu_rows_reset(rows);
	}
	hu_store_end_rows(store, rows);
	if (!store->in_blocks)
		return;
	hu_store_show_events(store);
	hu_store_show_views(store);
}

struct hu_err *hu_store_open(const char *path, bool writable, struct hu_store **ret)
{
	if (access(path, F_OK) != 0)
		return hu_err_os(errno, "cannot open the store %s", path);
	struct hu_store *store = hu_alloc(sizeof(*store));
	int flags = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
	struct hu_err *err = NULL;
	if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
		err = hu_err(HU_ERR_STORE, "cannot open the store %s: %s", path,
			     sqlite3_errmsg(store->db));
	if (!err)
		err = check(store, path);
	if (!err) {
		/* An analysis sorts little by SQL, and its worker may write no file elsewhere; who
		 * asks may sort all events. */
		hu_store_run(store,
			     writable ? "PRAGMA temp_store = MEMORY" : "PRAGMA temp_store = FILE");
		/* Settling left one set of views in the file; results are made by whoever analyses.
		 */
		find_events(store);
		err = hu_store_take_broken(store);
	}
	if (err) {
		hu_store_close(store);
		return err;
	}
	*ret = store;
	return NULL;
}

void hu_store_close(struct hu_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < HU_WORD_END; i++)
		sqlite3_finalize(store->put[i]);
	hu_store_free_events(store);
	sqlite3_close_v2(store->db);
	hu_err_free(store->broken);
	hu_texts_deinit(&store->texts);
	hu_frames_deinit(&store->frames);
	hu_symbols_deinit(&store->symbols);
	hu_symbols_deinit(&store->btf);
	free(store);
}

void hu_store_closep(struct hu_store **store)
{
	hu_store_close(*store);
	*store = NULL;
}

char *hu_store_folder(struct hu_store *store)
{
	const char *path = sqlite3_db_filename(store->db, "main");
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash)
		return NULL;
	return hu_strdup((struct hu_str){path, slash == path ? 1 : (size_t)(slash - path)});
}

void hu_store_set_caps(struct hu_store *store, const struct hu_caps *caps)
{
	store->caps = *caps;
}

struct sqlite3 *hu_store_db(struct hu_store *store)
{
	return store->db;
}

struct hu_err *hu_store_set_bundle(struct hu_store *store, const char *name, const char *sha256,
				   int64_t bytes, int64_t files)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out number = {0};

	hu_store_meta(store, "bundle.name", hu_str(name));
	hu_store_meta(store, "bundle.sha256", hu_str(sha256));
	hu_out_printf(&number, "%lld", (long long)bytes);
	hu_store_meta(store, "bundle.bytes", hu_out_view(&number));
	hu_out_clear(&number);
	hu_out_printf(&number, "%lld", (long long)files);
	hu_store_meta(store, "bundle.files", hu_out_view(&number));
	return hu_store_take_broken(store);
}

void hu_store_set_unconfined(struct hu_store *store)
{
	hu_store_meta(store, "sandbox", hu_str("off"));
}
