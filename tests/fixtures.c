/*
 * The driver for reader fixtures: fixtures FOLDER READER checks fixtures/READER/<case>/ against its
 * truth.json (docs/testing.md has the form), and that no damage to it can hurt; fixtures FOLDER
 * --lists checks that every reader has fixtures and every folder a reader. Each load runs in a
 * child: a crash is one failure, not the end.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/around.h"
#include "tests/damage.h"
#include "tests/support.h"
#include "tests/test.h"

enum { CPU_SECONDS = 20 };

struct fixture {
	const char *reader, *dir; /* fixtures/READER, fixtures/READER/CASE */
	const cJSON *truth;
	const char *file; /* NULL: truth has none */
	char *path;
	char *victim; /* what is damaged: the file, or one in the folder */
	const struct hu_reader_ops *ops;
	struct hu_out good; /* the file, for those who break it */
	bool quiet;	    /* damaged: no truth about its rows */
};

static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static const struct hu_reader_ops *reader_named(const char *name)
{
	for (size_t i = 0; hu_readers[i]; i++)
		if (strcmp(hu_readers[i]->name, name) == 0)
			return hu_readers[i];
	return NULL;
}

/* One value of a row against the truth. Integers of 2^53 and more stand in quotes there. */
static bool same_value(sqlite3_stmt *row, int column, const cJSON *want)
{
	const char *text = cJSON_GetStringValue(want);

	switch (sqlite3_column_type(row, column)) {
	case SQLITE_NULL:
		return cJSON_IsNull(want);
	case SQLITE_INTEGER:
		if (cJSON_IsNumber(want))
			return (double)sqlite3_column_int64(row, column) == want->valuedouble;
		break;
	case SQLITE_FLOAT:
		return cJSON_IsNumber(want) &&
		       sqlite3_column_double(row, column) == want->valuedouble;
	default:
		break;
	}
	return text && strcmp((const char *)sqlite3_column_text(row, column), text) == 0;
}

static void print_row(sqlite3_stmt *row, struct hu_out *ret)
{
	hu_out_putc(ret, '[');
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		bool quoted = sqlite3_column_type(row, i) == SQLITE_TEXT;
		const char *text = (const char *)sqlite3_column_text(row, i);

		hu_out_printf(ret, "%s%s%s%s", i ? "," : "", quoted ? "\"" : "",
			      text ? text : "null", quoted ? "\"" : "");
	}
	hu_out_putc(ret, ']');
}

static bool same_row(sqlite3_stmt *row, const cJSON *want)
{
	int columns = sqlite3_column_count(row);

	if (!cJSON_IsArray(want) || cJSON_GetArraySize(want) != columns)
		return false;
	for (int i = 0; i < columns; i++)
		if (!same_value(row, i, cJSON_GetArrayItem(want, i)))
			return false;
	return true;
}

static void check_query(struct hu_store *store, const cJSON *query)
{
	const char *why = text_of(query, "why"), *sql = text_of(query, "sql");
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(query, "rows");
	struct hu_out got HU_CLEANUP(hu_out_deinit) = {0};
	sqlite3_stmt *row = NULL;
	const char *tail = NULL;
	char *want;
	bool same = true;
	int n = 0, step;

	if (!CHECK(why && sql && cJSON_IsArray(rows)))
		return;
	if (sqlite3_prepare_v2(hu_store_db(store), sql, -1, &row, &tail) != SQLITE_OK || !row) {
		test_fail(__FILE__, __LINE__, "%s: %s: %s", why, sqlite3_errmsg(hu_store_db(store)),
			  sql);
		return;
	}
	for (step = sqlite3_step(row); step == SQLITE_ROW; step = sqlite3_step(row)) {
		same = same && same_row(row, cJSON_GetArrayItem(rows, n));
		if (n++)
			hu_out_putc(&got, ',');
		if (n <= 20)
			print_row(row, &got);
	}
	test_checks++;
	if (step != SQLITE_DONE || n != cJSON_GetArraySize(rows) || !same) {
		want = cJSON_PrintUnformatted(rows);
		test_fail(__FILE__, __LINE__, "%s\n\t%s\n\tgives [%s]%s%s\n\tnot   %.2000s", why,
			  sql, got.at ? got.at : "", step == SQLITE_DONE ? "" : " and ",
			  step == SQLITE_DONE ? "" : sqlite3_errmsg(hu_store_db(store)), want);
		free(want);
	}
	sqlite3_finalize(row);
}

/* What the store says of the one source: its status, in one of the words it may be. */
static void check_source(const struct fixture *f, struct hu_store *store)
{
	const char *want = text_of(f->truth, "status"), *error = text_of(f->truth, "error");
	sqlite3_stmt *row = NULL;
	const char *status, *said;

	if (!CHECK_INT(
		    sqlite3_prepare_v2(hu_store_db(store),
				       "SELECT status, error, format FROM source WHERE path = ?1",
				       -1, &row, NULL),
		    SQLITE_OK))
		return;
	sqlite3_bind_text(row, 1, f->file, -1, SQLITE_STATIC);
	if (CHECK_INT(sqlite3_step(row), SQLITE_ROW)) {
		status = (const char *)sqlite3_column_text(row, 0);
		said = (const char *)sqlite3_column_text(row, 1);
		CHECK_STR((const char *)sqlite3_column_text(row, 2), f->ops->name);
		if (f->quiet)
			CHECK(strcmp(status, "complete") == 0 || (said && *said));
		else if (want)
			CHECK_STR(status, want);
		if (!f->quiet && error)
			CHECK_HAS(said, error);
		if (!f->quiet && !error && said)
			test_fail(__FILE__, __LINE__, "an error that the truth does not know: %s",
				  said);
	}
	sqlite3_finalize(row);
}

/* Loads what truth.json names into a fresh store and settles it; NULL if that failed. */
static struct hu_store *load(const struct fixture *f)
{
	HU_CLEANUP(hu_around_destroyp) struct hu_around *around = hu_around_create(NULL);
	const cJSON *with = cJSON_GetObjectItemCaseSensitive(f->truth, "with"), *other;
	struct hu_store *store = NULL;
	const char *why = NULL;

	if (!CHECK_OK(hu_store_create(":memory:", &store)))
		return NULL;
	cJSON_ArrayForEach(other, with)
	{
		const char *name = cJSON_GetStringValue(other);
		char *path = hu_test_format("%s/%s", f->dir, name ? name : "");
		const struct hu_reader_ops *ops = hu_test_probe(path, name, &why);

		if (ops && strcmp(ops->name, "kallsyms") == 0)
			hu_around_add_symbols(around, path);
		if (ops)
			CHECK_OK(hu_test_load(store, ops, path, name, hu_around_get(around)));
		else
			test_fail(__FILE__, __LINE__, "nobody reads %s: %s", path, why ? why : "");
		free(path);
	}
	CHECK_OK(hu_test_load(store, f->ops, f->path, f->file, hu_around_get(around)));
	CHECK_OK(hu_store_set_bundle(
		store, "fixture",
		"0000000000000000000000000000000000000000000000000000000000000000", 0, 1));
	if (CHECK_OK(hu_store_settle(store)))
		return store;
	hu_store_close(store);
	return NULL;
}

/* In a child: the fixture as it is. */
static bool check_truth(void *arg, size_t step)
{
	const struct fixture *f = arg;
	struct hu_store *store, *again;
	struct hu_out first HU_CLEANUP(hu_out_deinit) = {0}, second HU_CLEANUP(hu_out_deinit) = {0};
	const cJSON *query;

	(void)step;
	hu_test_now("%s", f->dir);
	test_failures = 0;
	store = load(f);
	if (!store)
		return false;
	check_source(f, store);
	cJSON_ArrayForEach(query, cJSON_GetObjectItemCaseSensitive(f->truth, "queries"))
		check_query(store, query);
	hu_test_dump(store, &first);
	hu_store_close(store);

	again = load(f);
	if (again)
		hu_test_dump(again, &second);
	hu_store_close(again);
	if (!CHECK(first.len == second.len && memcmp(first.at, second.at, first.len) == 0)) {
		size_t at = 0, line = 0;

		for (; at < first.len && at < second.len && first.at[at] == second.at[at]; at++)
			if (first.at[at] == '\n')
				line = at + 1;
		printf("\ttwo loads differ: %.*s\n\tagainst %.*s\n",
		       (int)strcspn(first.at + line, "\n"), first.at + line,
		       (int)strcspn(second.at + line, "\n"), second.at + line);
	}
	return test_failures == 0;
}

/* In a child: the fixture with something broken in it. Any end will do that has a status. */
static bool check_damaged(void *arg, size_t step)
{
	const struct fixture *f = arg;
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0}, how HU_CLEANUP(hu_out_deinit) = {0};
	struct hu_store *store = NULL;

	hu_test_damage(hu_out_view(&f->good), step, &bytes, &how);
	hu_test_now("%s, %s", f->dir, how.at);
	test_failures = 0;
	if (!hu_test_spew(f->victim, hu_out_view(&bytes)))
		return false;
	store = load(f);
	if (store)
		check_source(f, store);
	hu_store_close(store);
	return store && test_failures == 0;
}

/* `inside`: of a folder, the file to break; NULL: the fixture is a file. */
static void check_damage(const struct fixture *f, const char *inside)
{
	struct fixture damaged = *f;
	char *dir = hu_test_tempdir(), *from = inside ? hu_test_format("%s/%s", f->path, inside)
						      : hu_test_format("%s", f->path);

	if (CHECK(hu_test_slurp(from, &damaged.good))) {
		damaged.quiet = true;
		damaged.path = hu_test_format("%s/%s", dir, f->file);
		damaged.victim = inside ? hu_test_format("%s/%s", damaged.path, inside)
					: hu_test_format("%s", damaged.path);
		if (inside)
			hu_test_copy(f->path, damaged.path);
		test_checks += hu_test_damages();
		test_failures +=
			hu_test_steps(hu_test_damages(), CPU_SECONDS, check_damaged, &damaged);
		free(damaged.path);
		free(damaged.victim);
	}
	free(from);
	hu_out_deinit(&damaged.good);
	hu_test_remove(dir);
	free(dir);
}

static void check_probe(const struct fixture *f, const char *format)
{
	const char *why = NULL;
	const struct hu_reader_ops *got = hu_test_probe(f->path, f->file, &why);

	CHECK_STR(got ? got->name : NULL, format);
	CHECK(why && *why);
}

/* Keys that nobody knows are spelling mistakes, and would check nothing. */
static void check_keys(const cJSON *object, const char *const *known)
{
	const cJSON *item;
	size_t i;

	cJSON_ArrayForEach(item, object)
	{
		for (i = 0; known[i] && strcmp(known[i], item->string) != 0; i++)
			;
		if (!known[i])
			test_fail(__FILE__, __LINE__, "truth.json has an unknown key \"%s\"",
				  item->string);
	}
}

static void check_fixture(struct fixture *f)
{
	static const char *const keys[] = {"file",    "with", "format", "status", "error",
					   "queries", "why",  "damage", NULL};
	static const char *const query_keys[] = {"why", "sql", "rows", NULL};
	const char *format = text_of(f->truth, "format"), *status = text_of(f->truth, "status");
	const cJSON *query, *item, *queries = cJSON_GetObjectItemCaseSensitive(f->truth, "queries");

	check_keys(f->truth, keys);
	cJSON_ArrayForEach(query, queries) check_keys(query, query_keys);
	f->file = text_of(f->truth, "file");
	if (!CHECK(f->file != NULL))
		return;
	f->path = hu_test_format("%s/%s", f->dir, f->file);
	check_probe(f, format);
	/* "format": null: nobody takes the file, and the folder's reader has to bear it all the
	 * same */
	f->ops = reader_named(format ? format : f->reader);
	f->quiet = !format;
	if (format)
		CHECK_STR(format, f->reader);
	if (format && !status)
		test_fail(__FILE__, __LINE__, "truth.json has no status");
	if (CHECK(f->ops != NULL)) {
		test_failures += hu_test_steps(1, CPU_SECONDS, check_truth, f);
		test_checks += 1 + (size_t)cJSON_GetArraySize(queries);
		if (hu_test_is_file(f->path))
			check_damage(f, NULL);
		cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(f->truth, "damage"))
			check_damage(f, cJSON_GetStringValue(item));
		/* a folder whose files nobody breaks would pass by saying nothing */
		if (hu_test_is_dir(f->path))
			CHECK(cJSON_HasObjectItem(f->truth, "damage"));
	}
	free(f->path);
}

static void check_case(const char *reader, const char *dir)
{
	struct fixture f = {.reader = reader, .dir = dir};
	struct hu_out origin HU_CLEANUP(hu_out_deinit) = {0};
	char *origin_path = hu_test_format("%s/ORIGIN", dir);
	char *truth_path = hu_test_format("%s/truth.json", dir);
	cJSON *truth;

	TEST_CASE("%s", strrchr(dir, '/') + 1);
	if (CHECK(hu_test_slurp(origin_path, &origin)))
		CHECK(origin.len > 40);
	truth = hu_test_json(truth_path);
	if (CHECK(truth != NULL)) {
		f.truth = truth;
		check_fixture(&f);
	}
	cJSON_Delete(truth);
	free(origin_path);
	free(truth_path);
}

static void check_reader(const char *folder, const char *reader)
{
	char *dir = hu_test_format("%s/%s", folder, reader), *path;
	struct hu_test_list cases HU_CLEANUP(hu_test_list_deinit) = {0};

	CHECK(reader_named(reader) != NULL);
	hu_test_dir(dir, &cases);
	CHECK(cases.count > 0);
	for (size_t i = 0; i < cases.count; i++) {
		path = hu_test_format("%s/%s", dir, cases.at[i]);
		check_case(reader, path);
		free(path);
	}
	free(dir);
}

static void check_lists(const char *folder)
{
	struct hu_test_list folders HU_CLEANUP(hu_test_list_deinit) = {0};

	hu_test_dir(folder, &folders);
	for (size_t i = 0; i < folders.count; i++) {
		TEST_CASE("fixtures/%s", folders.at[i]);
#ifndef HU_HAVE_TRACECMD /* a build without the library has no such reader */
		if (strcmp(folders.at[i], "tracedat") == 0)
			continue;
#endif
		if (strcmp(folders.at[i], "incidents") != 0 && strcmp(folders.at[i], "lab") != 0 &&
		    strcmp(folders.at[i], "hostile") != 0)
			CHECK(reader_named(folders.at[i]) != NULL);
	}
	for (size_t i = 0; hu_readers[i]; i++) {
		struct hu_test_list cases HU_CLEANUP(hu_test_list_deinit) = {0};
		char *dir = hu_test_format("%s/%s", folder, hu_readers[i]->name);
		size_t good = 0, bad = 0;

		TEST_CASE("reader %s", hu_readers[i]->name);
		hu_test_dir(dir, &cases);
		for (size_t k = 0; k < cases.count; k++) {
			if (strncmp(cases.at[k], "bad-", 4) == 0)
				bad++;
			else
				good++;
		}
		CHECK(good > 0);
		CHECK(bad > 0);
		CHECK(hu_readers[i]->reads && *hu_readers[i]->reads);
		CHECK(hu_readers[i]->probe && !hu_readers[i]->read != !hu_readers[i]->read_among);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(hu_readers[k]->name, hu_readers[i]->name) != 0);
		free(dir);
	}
	test_checks++;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: fixtures FOLDER READER|--lists\n");
		return 2;
	}
	if (strcmp(argv[2], "--lists") == 0)
		check_lists(argv[1]);
	else
		check_reader(argv[1], argv[2]);
	return test_end();
}
