/*
 * A trace.dat whose data lies beyond 4 GiB: a small one with a hole put between its head and its
 * pages. The file is sparse, and never in fixtures/.
 */
#include "tests/test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support.h"

static const uint64_t far = UINT64_C(5) << 30;

static uint64_t number(const char *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = bytes; i-- > 0;)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

/* Version 6: "flyrecord", then offset and size of each of the two CPUs' pages. */
static bool stretch(const char *from, const char *to)
{
	struct hu_out whole HU_CLEANUP(hu_out_deinit) = {0};
	static const char word[] = "flyrecord";

	if (!CHECK(hu_test_slurp(from, &whole)))
		return false;
	char *table = memmem(whole.at, whole.len, word, sizeof(word));
	if (!CHECK(table != NULL))
		return false;
	uint64_t first = UINT64_MAX;
	for (int cpu = 0; cpu < 2; cpu++) {
		char *entry = table + sizeof(word) + 16 * cpu;
		uint64_t offset = number(entry, 8), moved = offset + far;
		first = offset < first ? offset : first;
		for (int i = 0; i < 8; i++)
			entry[i] = (char)(moved >> 8 * i);
	}
	if (!CHECK(first < whole.len))
		return false;
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t pages = whole.len - (size_t)first;
	bool ok = fd >= 0 && pwrite(fd, whole.at, (size_t)first, 0) == (ssize_t)first &&
		  pwrite(fd, whole.at + first, pages, (off_t)(first + far)) == (ssize_t)pages;
	if (fd >= 0)
		close(fd);
	return ok;
}

static char *answer(const char *path, const char *sql)
{
	const char *why;
	const struct hu_reader_ops *reader = hu_test_probe(path, "trace.dat", &why);
	struct hu_store *store = NULL;
	sqlite3_stmt *row = NULL;
	char *text = NULL;

	if (!CHECK(reader != NULL) || !CHECK_OK(hu_store_create(":memory:", &store)))
		return NULL;
	if (CHECK_OK(hu_test_load(store, reader, path, "trace.dat", NULL)) &&
	    CHECK_INT(sqlite3_prepare_v2(hu_store_db(store), sql, -1, &row, NULL), SQLITE_OK) &&
	    CHECK_INT(sqlite3_step(row), SQLITE_ROW))
		text = hu_strdup(hu_str((const char *)sqlite3_column_text(row, 0)));
	sqlite3_finalize(row);
	hu_store_close(store);
	return text;
}

int main(void)
{
	static const char sql[] = "SELECT status || ' ' || records || ' ' || "
				  "(SELECT count(*) || ' ' || sum(ts) FROM switch) FROM source";
	HU_CLEANUP(hu_freep)
	char *near_path = hu_test_format("%s/tracedat/v6-converted/trace.dat", FIXTURES);
	HU_CLEANUP(hu_freep) char *folder = hu_test_tempdir();
	HU_CLEANUP(hu_freep) char *far_path = hu_test_format("%s/trace.dat", folder);

	if (stretch(near_path, far_path)) {
		HU_CLEANUP(hu_freep) char *want = answer(near_path, sql);
		HU_CLEANUP(hu_freep) char *got = answer(far_path, sql);
		CHECK_HAS(want, "complete 443 148 ");
		CHECK_STR(got, want);
	} else {
		printf("no room for a sparse file of 5 GiB, skipped\n");
	}
	hu_test_remove(folder);
	return test_end();
}
