/*
 * Hashes made beside reading are those made while listing, and what happens to a file between the
 * two is told. The files are real; how large is "large" is set to nothing here.
 */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/rows.h"
#include "ingest/bundle_parts.h"
#include "ingest/load.h"
#include "tests/support.h"

static char *root;

static char *ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	char *text = hu_strdup(hu_rows_next(rows) ? hu_rows_str(rows, 0) : hu_str(""));

	CHECK_OK(hu_rows_close(rows));
	return text;
}

static void copy(const char *from, const char *to)
{
	HU_CLEANUP(hu_freep) char *source = hu_test_format("%s/%s", FIXTURES, from);
	HU_CLEANUP(hu_freep) char *target = hu_test_format("%s/%s", root, to);

	hu_test_copy(source, target);
}

/* A log, a list that no reader takes, and a capture that is a folder. */
static void fill(void)
{
	HU_CLEANUP(hu_freep) char *odd = hu_test_format("%s/odd.bin", root);

	copy("vmstat/utc/vmstat.txt", "vmstat.txt");
	copy("ctf/lttng-default/trace", "ctf");
	CHECK(hu_test_spew(odd, hu_str("\1\2\3 nothing that anybody reads\n")));
}

struct seen {
	char *bundle, *sources, *losses;
};

static void seen_deinit(struct seen *s)
{
	free(s->bundle);
	free(s->sources);
	free(s->losses);
}

static void load(enum hu_hash_when when, void (*between)(void), struct seen *ret)
{
	const char *const paths[] = {root};
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = NULL;
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	struct hu_loaded loaded;

	CHECK_OK(hu_bundle_open_boxed(paths, 1, NULL, when, NULL, &bundle));
	if (!bundle)
		abort();
	CHECK_INT(*bundle->sha256 == '\0', when == HU_HASH_READ);
	if (between)
		between();
	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_load(bundle, store, NULL, &loaded));
	CHECK_INT(loaded.faults, 0);
	ret->bundle = ask(store, "SELECT value FROM meta WHERE key = 'bundle.sha256'");
	CHECK_STR(bundle->sha256, ret->bundle);
	ret->sources = ask(store, "SELECT group_concat(path || '=' || sha256, ' ') FROM (SELECT * "
				  "FROM source ORDER BY path)");
	ret->losses = ask(store, "SELECT group_concat(path || ': ' || text, '; ') FROM loss JOIN "
				 "source ON source.id = source");
}

static void test_same(void)
{
	HU_CLEANUP(seen_deinit) struct seen listed = {NULL}, read = {NULL};

	TEST_CASE("hashes beside reading are those of listing");
	fill();
	load(HU_HASH_LISTED, NULL, &listed);
	hu_hash_later_from = 1;
	load(HU_HASH_READ, NULL, &read);
	CHECK_INT(strlen(read.bundle), HU_SHA256_TEXT - 1);
	CHECK_STR(read.bundle, listed.bundle);
	CHECK_STR(read.sources, listed.sources);
	CHECK_STR(read.losses, listed.losses);
	seen_deinit(&read);

	TEST_CASE("what is small is hashed while listing, what is large beside it");
	hu_hash_later_from = 100;
	load(HU_HASH_READ, NULL, &read);
	CHECK_STR(read.bundle, listed.bundle);
	CHECK_STR(read.sources, listed.sources);
}

static void append(void)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/vmstat.txt", root);
	FILE *out = fopen(path, "ae");

	CHECK(out && fputs(" 1  0\n", out) >= 0 && fclose(out) == 0);
}

static void take_away(void)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/vmstat.txt", root);

	CHECK(unlink(path) == 0);
}

static void test_changes(void)
{
	HU_CLEANUP(seen_deinit) struct seen before = {NULL}, grown = {NULL}, gone = {NULL};

	hu_hash_later_from = 1;
	load(HU_HASH_READ, NULL, &before);

	TEST_CASE("a file that grew between listing and hashing");
	load(HU_HASH_READ, append, &grown);
	CHECK_HAS(grown.losses, "vmstat.txt: it was written to before it was hashed: its hash may "
				"not be that of what was read");
	CHECK(strcmp(grown.sources, before.sources) != 0);

	TEST_CASE("one that is gone: it has no hash, and the bundle's is that of the others");
	load(HU_HASH_READ, take_away, &gone);
	const char *hash = strstr(gone.sources, "vmstat.txt=");
	CHECK(hash && !strcmp(hash, "vmstat.txt="));
	CHECK_INT(strlen(gone.bundle), HU_SHA256_TEXT - 1);
	CHECK(strcmp(gone.bundle, before.bundle) != 0);
}

int main(void)
{
	root = hu_test_tempdir();
	test_same();
	test_changes();
	hu_test_remove(root);
	free(root);
	return test_end();
}
