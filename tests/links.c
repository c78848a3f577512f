/*
 * links HOLDUP FOLDER: follows every piece of evidence of every incident below FOLDER back to where
 * it comes from. The row exists; it is of the source and at the place that the report prints; the
 * line or record with that number says what the evidence says. Lines are read in the bundle's
 * member, records are counted in what trace-cmd, perf and babeltrace2 print of it, where installed.
 * Each event capture is analysed on its own, too: beside better ones it proves nothing.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/links_member.h"
#include "tests/support.h"
#include "tests/test.h"

/* One bundle under test: its store, its members, and the lines of the one asked last. */
struct followed {
	sqlite3 *db;
	struct hu_bundle *bundle;
	struct hu_lines lines;
	size_t followed, unread;
};

/* `number` stands in the line, not as a part of a longer one. */
static bool has_number(const char *line, const char *number)
{
	size_t len = strlen(number);

	for (const char *at = strstr(line, number); at; at = strstr(at + 1, number))
		if ((at == line || !strchr("0123456789", at[-1])) &&
		    (at[len] == 0 || !strchr("0123456789", at[len])))
			return true;
	return false;
}

/* Of a duration any unit that a script may print. */
static bool has_duration(const char *line, int64_t ns)
{
	static const int64_t units[] = {1, 1000, 1000000, 1000000000};
	bool found = false;

	TEST_EACH(i, units)
	{
		char number[32];
		snprintf(number, sizeof(number), "%" PRId64, ns / units[i]);
		found |= (i == 0 || ns / units[i] > 0) && has_number(line, number);
	}
	return found;
}

static bool has_stamp(const char *line, int64_t ts, bool whole)
{
	char stamp[48];

	snprintf(stamp, sizeof(stamp), whole ? "%" PRId64 ".%09" PRId64 : "%" PRId64 ".%06" PRId64,
		 ts / HU_NS_PER_S, whole ? ts % HU_NS_PER_S : ts % HU_NS_PER_S / 1000);
	return strstr(line, stamp) != NULL;
}

static const char *column(sqlite3_stmt *row, int n)
{
	const char *text = (const char *)sqlite3_column_text(row, n);

	return text ? text : "";
}

enum { TID, COMM, TS, NAME, OTHER, DURATION }; /* columns of what a row of evidence rests on */

static const struct {
	const char *table, *name, *other, *duration;
} kinds[] = {
	{"lock_event", "v.function", "v.lock", "NULL"}, {"switch", "'switch'", "''", "NULL"},
	{"wakeup", "'wak'", "v.target", "NULL"},	{"syscall", "v.name", "''", "NULL"},
	{"shrink", "'shrink'", "''", "NULL"},		{"reclaim", "'mm_'", "''", "NULL"},
	{"span", "''", "''", "v.duration_ns"},		{"sample", "v.event", "''", "NULL"},
	{"snapshot", "v.text", "v.comm", "NULL"},	{"message", "v.text", "''", "NULL"},
};

/* Does the line say what the row says? Returns what it lacks, or NULL. */
static const char *lacks(const char *line, const char *format, const char *table, sqlite3_stmt *row,
			 bool records)
{
	bool timed = sqlite3_column_type(row, TS) != SQLITE_NULL;
	bool lettered = strcmp(format, "ftrace") == 0 || strcmp(format, "perfscript") == 0;
	bool log = strcmp(table, "snapshot") == 0 || strcmp(table, "message") == 0;

	if (records || lettered) {
		if (timed && !has_stamp(line, sqlite3_column_int64(row, TS), records))
			return "the stamp";
		if (*column(row, TID) && !has_number(line, column(row, TID)))
			return "the task's id";
	} else if (!log && *column(row, TID) && !has_number(line, column(row, TID)) &&
		   (!*column(row, COMM) || !strstr(line, column(row, COMM)))) {
		return "the task";
	}
	if (sqlite3_column_type(row, DURATION) != SQLITE_NULL)
		return has_duration(line, sqlite3_column_int64(row, DURATION)) ? NULL
									       : "the duration";
	/* A probe is called what somebody typed; its function is in the format alone. */
	if (records && strcmp(table, "lock_event") == 0)
		return NULL;
	if (*column(row, NAME) && !strstr(line, column(row, NAME)) &&
	    (!*column(row, OTHER) || !strstr(line, column(row, OTHER))))
		return "the name";
	return NULL;
}

/* One piece of evidence, from the row to the line. */
static void follow(struct followed *f, const char *what, const char *path, const char *location,
		   const char *table, int64_t id)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0}, digits = {0};
	HU_CLEANUP(hu_freep) char *sql = NULL;
	sqlite3_stmt *row = NULL;
	size_t k = 0;

	f->followed++;
	while (k < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[k].table, table) != 0)
		k++;
	test_checks++;
	if (k == sizeof(kinds) / sizeof(kinds[0])) {
		test_fail(__FILE__, __LINE__, "%s: evidence in a table that is not known here: %s",
			  what, table);
		return;
	}
	sql = hu_test_format("SELECT v.tid, v.comm, e.ts, %s, %s, %s, e.pos, s.path, s.format FROM "
			     "%s_v AS v JOIN \"%s\" AS e ON e.rowid = v.event_row JOIN source AS s "
			     "ON s.id = e.source WHERE v.event_row = %" PRId64,
			     kinds[k].name, kinds[k].other, kinds[k].duration, table, table, id);
	if (strcmp(table, "message") == 0) {
		free(sql);
		sql = hu_test_format("SELECT v.tid, '', e.ts, v.text, '', NULL, e.pos, s.path, "
				     "s.format FROM message_v AS v JOIN message AS e ON e.rowid = "
				     "v.event_row JOIN source AS s ON s.id = e.source WHERE "
				     "v.event_row = %" PRId64,
				     id);
	}
	if (!CHECK_INT(sqlite3_prepare_v2(f->db, sql, -1, &row, NULL), SQLITE_OK))
		return;
	if (sqlite3_step(row) != SQLITE_ROW) {
		test_fail(__FILE__, __LINE__, "%s: %s has no row %" PRId64, what, table, id);
		sqlite3_finalize(row);
		return;
	}
	const char *format = column(row, 8);
	CHECK_STR(column(row, 7), path);
	for (const char *p = location; *p; p++)
		if (strchr("0123456789", *p))
			hu_out_putc(&digits, *p);
	CHECK_STR(digits.len ? digits.at : "", column(row, 6));
	CHECK_HAS(location, hu_lines_binary(format) ? "record" : "line");
	if (!CHECK(hu_lines_open(&f->lines, f->bundle, path, format))) {
		sqlite3_finalize(row);
		return;
	}
	if (!f->lines.there) {
		f->unread++;
	} else if (!hu_lines_at(&f->lines, sqlite3_column_int64(row, 6), &line)) {
		test_fail(__FILE__, __LINE__, "%s: %s has no %s", what, path, location);
	} else {
		/* A row of such a table goes on until a blank line: its stack, and who it was. */
		HU_CLEANUP(hu_out_deinit) struct hu_out more = {0};
		for (int64_t next = 1; !strcmp(format, "bcctable") && next < 40; next++) {
			if (!hu_lines_at(&f->lines, sqlite3_column_int64(row, 6) + next, &more) ||
			    !hu_str_trim(hu_out_view(&more)).len)
				break;
			hu_out_putc(&line, '\n');
			hu_out_str(&line, hu_out_view(&more));
		}
		const char *missing = lacks(line.at, format, table, row, f->lines.records);
		test_checks++;
		if (missing)
			test_fail(__FILE__, __LINE__,
				  "%s: %s, %s lacks %s of %s %" PRId64 ":\n\t%s", what, path,
				  location, missing, table, id, line.at);
	}
	sqlite3_finalize(row);
}

static void follow_all(struct followed *f)
{
	sqlite3_stmt *row = NULL;

	if (!CHECK_INT(
		    sqlite3_prepare_v2(f->db,
				       "SELECT incident || ' E' || rank || ': ' || claim, source, "
				       "location, event_table, event_row FROM incident_evidence "
				       "ORDER BY source, incident, rank",
				       -1, &row, NULL),
		    SQLITE_OK))
		return;
	while (sqlite3_step(row) == SQLITE_ROW) {
		test_checks++;
		if (sqlite3_column_type(row, 3) == SQLITE_NULL)
			test_fail(__FILE__, __LINE__, "%s: leads to no row", column(row, 0));
		else
			follow(f, column(row, 0), column(row, 1), column(row, 2), column(row, 3),
			       sqlite3_column_int64(row, 4));
	}
	sqlite3_finalize(row);
}

/* The report says the same of each piece as the store. */
static void check_printed(sqlite3 *db, const char *path)
{
	const cJSON *incident, *e;
	cJSON *report = hu_test_json(path);
	sqlite3_stmt *row = NULL;
	int64_t printed = 0;

	if (!CHECK(report != NULL) ||
	    !CHECK_INT(sqlite3_prepare_v2(db,
					  "SELECT location, event_row, event_table FROM "
					  "incident_evidence WHERE incident = ?1 AND rank = ?2",
					  -1, &row, NULL),
		       SQLITE_OK)) {
		cJSON_Delete(report);
		return;
	}
	cJSON_ArrayForEach(incident, cJSON_GetObjectItemCaseSensitive(report, "incidents"))
	{
		const char *id =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(incident, "id"));
		int64_t rank = 0;
		cJSON_ArrayForEach(e, cJSON_GetObjectItemCaseSensitive(incident, "evidence"))
		{
			const cJSON *event = cJSON_GetObjectItemCaseSensitive(e, "event");
			sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
			sqlite3_bind_int64(row, 2, ++rank);
			if (CHECK_INT(sqlite3_step(row), SQLITE_ROW)) {
				CHECK_STR(cJSON_GetStringValue(
						  cJSON_GetObjectItemCaseSensitive(e, "location")),
					  column(row, 0));
				CHECK_STR(cJSON_GetStringValue(
						  cJSON_GetObjectItemCaseSensitive(event, "table")),
					  column(row, 2));
				CHECK_INT(cJSON_GetNumberValue(
						  cJSON_GetObjectItemCaseSensitive(event, "rowid")),
					  sqlite3_column_int64(row, 1));
			}
			sqlite3_reset(row);
			printed++;
		}
	}
	sqlite3_finalize(row);
	if (CHECK_INT(sqlite3_prepare_v2(db, "SELECT count(*) FROM incident_evidence", -1, &row,
					 NULL),
		      SQLITE_OK) &&
	    CHECK_INT(sqlite3_step(row), SQLITE_ROW))
		CHECK_INT(printed, sqlite3_column_int64(row, 0));
	sqlite3_finalize(row);
	cJSON_Delete(report);
}

static int analyze(const char *holdup, const char *bundle, const char *out)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execl(holdup, holdup, "analyze", bundle, "-o", out, "--quiet", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Captures of events that lie beside others, to be looked at alone. */
static void list_captures(struct followed *f, struct hu_test_list *ret)
{
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(f->db,
			       "SELECT path FROM source WHERE records > 20 AND copy_of IS NULL AND "
			       "format IN ('perfdata', 'ftrace', 'perfscript', "
			       "'bpftracejson', 'bcctable', 'strace') ORDER BY path",
			       -1, &row, NULL) == SQLITE_OK)
		while (sqlite3_step(row) == SQLITE_ROW)
			for (size_t i = 0; i < f->bundle->count; i++)
				if (strcmp(f->bundle->members[i].path, column(row, 0)) == 0 &&
				    f->bundle->members[i].file)
					hu_test_list_add(ret, f->bundle->members[i].file);
	sqlite3_finalize(row);
}

static void check_bundle(const char *holdup, const char *name, const char *path, bool alone)
{
	struct followed f = {0};
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list captures = {0};
	char *root = hu_test_tempdir(), *out = hu_test_format("%s/out", root);
	char *store = hu_test_format("%s/store.db", out),
	     *json = hu_test_format("%s/report.json", out);

	TEST_CASE("%s", name);
	int status = analyze(holdup, path, out);
	/* nothing usable in it alone: no evidence either */
	if ((!alone || status != 3) && CHECK(status == 0 || status == 1) &&
	    CHECK_OK(hu_bundle_open(&path, 1, NULL, NULL, &f.bundle)) &&
	    CHECK_INT(sqlite3_open_v2(store, &f.db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK)) {
		follow_all(&f);
		check_printed(f.db, json);
		if (!alone)
			list_captures(&f, &captures);
		printf("%-44s %3zu followed, %zu only to the row\n", name, f.followed, f.unread);
	}
	for (size_t i = 0; i < captures.count; i++) {
		/* under its own name: some text formats are known by it */
		HU_CLEANUP(hu_freep)
		char *label = hu_test_format("%s, capture %zu alone", name, i + 1);
		check_bundle(holdup, label, captures.at[i], true);
	}
	sqlite3_close(f.db);
	hu_bundle_close(f.bundle);
	hu_lines_deinit(&f.lines);
	hu_test_remove(root);
	free(root);
	free(out);
	free(store);
	free(json);
}

int main(int argc, char **argv)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};

	if (argc < 3) {
		fprintf(stderr, "usage: links HOLDUP FIXTURES/incidents [PATTERN]\n");
		return 2;
	}
	hu_test_dir(argv[2], &names);
	for (size_t i = 0; i < names.count; i++) {
		if (argc > 3 && fnmatch(argv[3], names.at[i], 0) != 0)
			continue;
		char *path = hu_test_format("%s/%s/bundle.tar.zst", argv[2], names.at[i]);
		if (!hu_test_is_file(path)) {
			free(path);
			path = hu_test_format("%s/%s/bundle", argv[2], names.at[i]);
		}
		if (!hu_test_is_file(path) && !hu_test_is_dir(path)) { /* a folder of captures */
			free(path);
			path = hu_test_format("%s/%s", argv[2], names.at[i]);
		}
		check_bundle(argv[1], names.at[i], path, false);
		free(path);
	}
	return test_end();
}
