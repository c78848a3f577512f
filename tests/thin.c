/*
 * Forms of a capture in which less is known, as SQL on a copy of its store. In the store and not in
 * the files, because so every format is thinned alike; the readers have tests of their own for
 * damaged files. Shaped for a hundred copies of some megabytes.
 */
#include "tests/thin.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "db/rows.h"
#include "db/store_private.h"
#include "db/text.h"

/* The words that tell of single events. */
#define EVENTS(x)                                                                                  \
	x("switch") x("wakeup") x("lock_event") x("syscall") x("reclaim") x("shrink") x("io")      \
		x("span") x("sample") x("snapshot") x("aggregate") x("message")
#define ALL(x) EVENTS(x) x("counter") x("task") x("fact") x("clock_reading") x("loss") x("symbols")

#define DELETE_ALL(t) "DELETE FROM " t ";"
#define DELETE_NOT_KEPT(t) "DELETE FROM " t " WHERE source NOT IN (SELECT id FROM kept);"

/* Only sources that the SELECT names, as if the bundle had held nothing else. */
#define ONLY_SOURCES(select)                                                                       \
	"CREATE TEMP TABLE kept AS " select ";",                                                   \
		ALL(DELETE_NOT_KEPT) "DELETE FROM event_count WHERE source NOT IN (SELECT id "     \
				     "FROM kept);",                                                \
		"DELETE FROM source WHERE id NOT IN (SELECT id FROM kept);"                        \
		"UPDATE source SET copy_of = NULL WHERE copy_of NOT IN (SELECT id FROM "           \
		"kept);" UNNAME

/* Lock names that a symbol list or another source gave are gone with it. */
#define UNNAME                                                                                     \
	"UPDATE lock SET name = NULL, named_by = NULL WHERE (named_by = 'kallsyms' AND NOT "       \
	"EXISTS "                                                                                  \
	"(SELECT 1 FROM symbols)) OR (named_by <> 'kallsyms' AND named_by NOT IN (SELECT path "    \
	"FROM source));"

/* Everything but tasks' names, host facts, losses, clocks and symbols. */
#define NO_EVENTS EVENTS(DELETE_ALL) DELETE_ALL("counter") DELETE_ALL("event_count")

/*
 * Three of ten stretches of each CPU, 50 stretches a source: what a full buffer loses is in one
 * piece. The choice is a fixed mixture of CPU and stretch.
 */
#define STRETCH "((e.ts - s.first_ts) / ((s.last_ts - s.first_ts) / 50 + 1))"
#define IS_LOST(k, cpu) "((" k " * 2654435761 + (" cpu ") * 40503 + 977) >> 7) % 10 < 3"
#define LOSE(t)                                                                                    \
	"INSERT INTO gone SELECT '" t "', e.rowid, e.source, e.cpu, " STRETCH " FROM " t           \
	" AS e JOIN source AS s ON s.id = e.source WHERE e.cpu NOTNULL AND e.ts NOTNULL AND "      \
	"s.format <> 'kmsg' AND " IS_LOST(                                                         \
		STRETCH, "e.cpu") ";"                                                              \
				  "DELETE FROM " t                                                 \
				  " WHERE rowid IN (SELECT row FROM gone WHERE word = '" t "');"
#define TRACED(x)                                                                                  \
	x("switch") x("wakeup") x("lock_event") x("syscall") x("reclaim") x("shrink") x("io")      \
		x("span") x("sample")
#define LOSE_SOME                                                                                  \
	"CREATE TEMP TABLE gone (word TEXT, row INTEGER, source INTEGER, cpu INTEGER, k "          \
	"INTEGER);" TRACED(LOSE)
#define TELL_LOSSES                                                                                \
	"INSERT INTO loss (source, kind, cpu, from_ts, to_ts, count, text) SELECT g.source, 1, "   \
	"cpu, s.first_ts + k * ((s.last_ts - s.first_ts) / 50 + 1), min(s.last_ts, s.first_ts + "  \
	"(k + 1) * ((s.last_ts - s.first_ts) / 50 + 1)), count(*), count(*) || ' events lost' "    \
	"FROM gone AS g JOIN source AS s ON s.id = g.source GROUP BY g.source, k, cpu ORDER BY "   \
	"g.source, k, cpu;"

/* What a ring buffer overwrote: every CPU's record begins at another moment, and nothing says so.
 */
#define OVERWRITE(t)                                                                               \
	"DELETE FROM " t " WHERE rowid IN (SELECT e.rowid FROM " t " AS e JOIN source AS s ON "    \
	"s.id = e.source WHERE e.cpu NOTNULL AND e.ts < s.first_ts + (s.last_ts - s.first_ts) / "  \
	"100 * (20 + e.cpu * 17 % 40));"

/* The source with most events. */
#define LARGEST                                                                                    \
	"CREATE TEMP TABLE largest AS SELECT source AS id FROM (SELECT source FROM switch UNION "  \
	"ALL SELECT source FROM lock_event UNION ALL SELECT source FROM span UNION ALL SELECT "    \
	"source FROM snapshot) JOIN source ON source.id = source WHERE copy_of IS NULL GROUP BY "  \
	"source ORDER BY count(*) DESC, source LIMIT 1;"
#define SHIFT(t) "UPDATE " t " SET ts = ts + 3000000000 WHERE source IN (SELECT id FROM largest);"
#define SHIFT_LARGEST                                                                              \
	LARGEST EVENTS(SHIFT) SHIFT("counter")                                                     \
		SHIFT("task") "UPDATE loss SET from_ts = from_ts + 3000000000, to_ts = to_ts + "   \
			      "3000000000 WHERE source "                                           \
			      "IN (SELECT id FROM largest);"                                       \
			      "UPDATE source SET first_ts = first_ts + 3000000000, last_ts = "     \
			      "last_ts + 3000000000 "                                              \
			      "WHERE id IN (SELECT id FROM largest);"

#define NO_STACK(t) "UPDATE " t " SET stack = NULL;"
#define NO_NAMED_LOCKS "UPDATE lock SET name = NULL, named_by = NULL;"

const struct hu_thin_form hu_thin_forms[] = {
	{"wakeups",
	 "only switches and wakeups",
	 {"DELETE FROM lock_event; DELETE FROM syscall; DELETE FROM reclaim; DELETE FROM shrink;"
	  "DELETE FROM io; DELETE FROM span; DELETE FROM sample; DELETE FROM snapshot;"
	  "DELETE FROM aggregate; DELETE FROM message; DELETE FROM counter; DELETE FROM "
	  "event_count;"},
	 false},
	{"calls",
	 "only system calls, switches and wakeups",
	 {"DELETE FROM lock_event; DELETE FROM reclaim; DELETE FROM shrink; DELETE FROM io;"
	  "DELETE FROM span; DELETE FROM sample; DELETE FROM snapshot; DELETE FROM aggregate;"
	  "DELETE FROM message; DELETE FROM counter; DELETE FROM event_count;"},
	 false},
	{"contention",
	 "only lock:contention_begin and _end",
	 {"CREATE TEMP TABLE keep AS SELECT * FROM lock_event WHERE step IN (4, 5);" NO_EVENTS
	  "INSERT INTO lock_event SELECT * FROM keep;"},
	 false},
	{"contention-calls",
	 "only contention events and system calls",
	 {"CREATE TEMP TABLE keep AS SELECT * FROM lock_event WHERE step IN (4, 5);"
	  "CREATE TEMP TABLE call AS SELECT * FROM syscall;" NO_EVENTS
	  "INSERT INTO lock_event SELECT * FROM keep; INSERT INTO syscall SELECT * FROM call;"},
	 false},
	{"d-stacks",
	 "only switches of tasks that go to sleep in state D, with stacks",
	 {"CREATE TEMP TABLE keep AS SELECT * FROM switch WHERE state = 4 AND stack "
	  "NOTNULL;" NO_EVENTS "INSERT INTO switch SELECT * FROM keep;"},
	 false},
	{"scripts",
	 "only what bpftrace and bcc printed",
	 {ONLY_SOURCES("SELECT id FROM source WHERE format IN ('bpftrace', 'bpftracejson', "
		       "'bcctable')")},
	 true},
	{"perf",
	 "only what perf recorded or printed",
	 {ONLY_SOURCES("SELECT id FROM source WHERE format IN ('perfdata', 'perfscript', "
		       "'perflock', 'timehist')")},
	 true},
	{"strace",
	 "only what strace printed",
	 {ONLY_SOURCES("SELECT id FROM source WHERE format = 'strace'")},
	 true},
	{"lost",
	 "30 % of the events lost, and the tracer says so",
	 {LOSE_SOME, TELL_LOSSES},
	 false},
	{"lost-silently", "30 % of the events lost, and nothing says so", {LOSE_SOME}, false},
	{"overwritten",
	 "each CPU's record begins later, and nothing says so",
	 {TRACED(OVERWRITE)},
	 false},
	{"no-clocks", "no clock was related to another", {"DELETE FROM clock_reading;"}, true},
	{"shifted",
	 "the largest source 3 s off, and its clock says so",
	 {SHIFT_LARGEST "UPDATE source SET offset_ns = offset_ns - 3000000000 WHERE id IN (SELECT "
			"id FROM largest);"},
	 false},
	{"skewed", "the largest source 3 s off, and nothing says so", {SHIFT_LARGEST}, false},
	{"no-kallsyms", "no list of symbols", {"DELETE FROM symbols;" UNNAME}, false},
	{"no-symbols",
	 "no list of symbols, and no name in any stack",
	 {"DELETE FROM symbols;" UNNAME "CREATE TEMP TABLE last AS SELECT max(id) AS id FROM name;"
	  "INSERT INTO name (id, text) SELECT (SELECT id FROM last) + symbol, printf('0x%x', "
	  "-2130706432 + symbol * 64) FROM (SELECT DISTINCT symbol FROM stack);"
	  "UPDATE stack SET symbol = symbol + (SELECT id FROM last); UPDATE shrink SET function = "
	  "NULL;"},
	 false},
	{"samples",
	 "only samples of what ran",
	 {"CREATE TEMP TABLE keep AS SELECT * FROM sample;" NO_EVENTS
	  "INSERT INTO sample SELECT * FROM keep;"},
	 false},
	{"log",
	 "only the kernel log",
	 {ONLY_SOURCES("SELECT id FROM source WHERE format IN ('kmsg', 'klogjson', 'klogexport')")},
	 true},
	{"no-results",
	 "what a trylock returned was not recorded",
	 {"DELETE FROM lock_event WHERE step = 3; UPDATE lock_event SET result = NULL, known = "
	  "known "
	  "& ~2; UPDATE span SET known = known & ~2;"},
	 false},
	{"no-releases",
	 "no release of a lock was recorded",
	 {"DELETE FROM lock_event WHERE step IN (6, 7);"},
	 false},
	{"no-addresses",
	 "no lock event has an address or a name",
	 {"UPDATE lock_event SET address = NULL, name = NULL, known = known & ~9;"
	  "UPDATE span SET address = NULL;" NO_NAMED_LOCKS},
	 false},
	{"no-stacks", "no stacks", {TRACED(NO_STACK) NO_STACK("snapshot")}, false},
};
const size_t hu_thin_form_count = sizeof(hu_thin_forms) / sizeof(hu_thin_forms[0]);

static struct hu_err *said(sqlite3 *db, const char *form)
{
	struct hu_err *err = hu_err(HU_ERR_STORE, "form %s: %s", form, sqlite3_errmsg(db));

	sqlite3_close(db);
	return err;
}

bool hu_thin_prepare(const char *path)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	struct hu_err *err = hu_store_open(path, true, &store);

	if (!err)
		err = hu_store_as_rows(store);
	/* What is thinned is analysed again. */
	if (!err)
		err = hu_store_exec(store, "DELETE FROM meta WHERE key = 'analysis'");
	if (err)
		fprintf(stderr, "%s: %s\n", path, hu_err_text(err));
	hu_err_free(err);
	return !err;
}

struct hu_err *hu_thin(const char *path, const struct hu_thin_form *form, bool *left)
{
#define ANY(t) " OR EXISTS (SELECT 1 FROM " t ")"
	static const char anything[] = "SELECT 0" EVENTS(ANY);
	sqlite3_stmt *row = NULL;
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN;", NULL,
			 NULL, NULL) != SQLITE_OK)
		return said(db, form->name);
	for (size_t i = 0; form->sql[i]; i++)
		if (sqlite3_exec(db, form->sql[i], NULL, NULL, NULL) != SQLITE_OK)
			return said(db, form->name);
	if (form->align && sqlite3_exec(db,
					"UPDATE source SET offset_ns = NULL, slack_ns = NULL, "
					"aligned = NULL",
					NULL, NULL, NULL) != SQLITE_OK)
		return said(db, form->name);
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, anything, -1, &row, NULL) != SQLITE_OK ||
	    sqlite3_step(row) != SQLITE_ROW)
		return said(db, form->name);
	*left = sqlite3_column_int(row, 0) && sqlite3_total_changes(db) > 0;
	sqlite3_finalize(row);
	sqlite3_close(db);
	if (!form->align)
		return NULL;

	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	struct hu_err *err = hu_store_open(path, true, &store);
	if (!err) {
		hu_align_sources(store);
		err = store->broken;
		store->broken = NULL;
	}
	return err;
}
