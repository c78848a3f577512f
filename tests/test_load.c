/* What no reader takes is listed with the reason. */
#include "tests/bundles.h"
#include "tests/test.h"

#include "db/rows.h"
#include "db/store.h"
#include "ingest/load.h"
#include "ingest/probe.h"

#define BYTES(text) text, sizeof(text) - 1

static void probing(void)
{
	static const struct {
		const char *at;
		size_t len;
		const char *says;
	} cases[] = {
		{BYTES(""), "empty file"},
		{BYTES("LPKSHHRH\0\0\0\0"), "journalctl --file"},
		{BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0"), "ELF file"},
		{BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0>\0"), "ELF core"},
		{BYTES("\x96\xd5\x75\x21\x0c\x06\x01\0"), "sadf -j"},
		{BYTES("\xff\xfeh\0i\0"), "UTF-16"},
		{BYTES("L\0i\0n\0u\0x\0 \0"
		       "6\0.\0"
		       "1\0\n\0"),
		 "UTF-16"},
		{BYTES("\x57\x1d\xd1\x75xxxx"), "CTF metadata"},
		{BYTES("/* CTF 1.8 */"), "CTF metadata"},
		{BYTES("\x89PNG\r\n\x1a\n"), "picture"},
		{BYTES("PK\3\4xxxx"), "archive inside the bundle"},
		{BYTES("\0\0\0\0\0\0\0\0"), "nothing but zeros"},
		{BYTES("\1\2\3\0\1"), "binary data"},
	};

	TEST_EACH(i, cases)
	{
		const struct hu_probe in = {.path = "x", .head = {cases[i].at, cases[i].len}};
		const struct hu_reader_ops *reader = NULL;
		const char *why = NULL;
		TEST_CASE("probe: %s", cases[i].says);
		CHECK_OK(hu_probe_checked(&in, &reader, &why));
		CHECK(!reader);
		CHECK_HAS(why, cases[i].says);
	}
}

static void loading(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	struct hu_loaded loaded;

	bundles_tar_member(&tar, "t/nothing", "");
	bundles_tar_member(&tar, "t/system.journal", "LPKSHHRH");
	bundles_tar_member(&tar, "t/bad.gz", "\x1f\x8b\x08 but no more");
	bundles_tar_member(&tar, "t/cut.tar.gz", "\x1f\x8b\x08 but no more");
	bundles_tar_member(&tar, "t/cut.TGZ", "\x1f\x8b\x08 but no more");
	bundles_tar_member(&tar, "../out", "evil");
	bundles_tar_end(&tar);
	HU_CLEANUP(hu_freep) char *path = bundles_tar("load.tar", &tar);
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = bundles_open(path);
	TEST_CASE("load.tar");
	CHECK_OK(hu_store_create(":memory:", &store));
	if (!store || !CHECK_OK(hu_load(bundle, store, NULL, &loaded)))
		return;
	CHECK_INT(loaded.captures, 0);
	CHECK_INT(loaded.nothing, 0);
	CHECK_INT(loaded.unrecognised, 6);
	static const char *const want[][2] = {
		{"../out", "climbs out"},
		{"bad.gz", "while gzip was unpacked"},
		{"cut.TGZ", "an archive that is cut or damaged"},
		{"cut.tar.gz", "an archive that is cut or damaged"},
		{"nothing", "an empty file"},
		{"system.journal", "journalctl --file"},
	};
	struct hu_rows *rows = hu_rows_open(store, "SELECT path, why, status FROM source "
						   "ORDER BY id");
	TEST_EACH(i, want)
	{
		CHECK(hu_rows_next(rows));
		HU_CLEANUP(hu_freep) char *why = hu_strdup(hu_rows_str(rows, 1));
		CHECK_STR_IS(hu_rows_str(rows, 0), want[i][0]);
		CHECK_HAS(why, want[i][1]);
		CHECK_STR_IS(hu_rows_str(rows, 2), "unrecognised");
	}
	CHECK_OK(hu_rows_close(rows));
}

int main(void)
{
	if (!bundles_begin())
		return 1;
	probing();
	loading();
	return bundles_end() ? test_end() : 1;
}
