/*
 * Archives: what is hostile in one is listed with its reason and the rest is read, what is cut is
 * said to be, and no bomb goes off. Made byte by byte where no decent tool would make them.
 */
#include "tests/bundles.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hostile(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};

	bundles_tar_member(&tar, "top/good.txt", "23");
	bundles_tar_member(&tar, "../../escaped", "evil");
	bundles_tar_member(&tar, "top/../../escaped", "evil");
	bundles_tar_member(&tar, "/tmp/absolute", "evil");
	bundles_tar_header(&tar, "top/link", '2', "/etc/passwd", 0);
	bundles_tar_header(&tar, "top/hard", '1', "top/good.txt", 0);
	bundles_tar_header(&tar, "top/hard-out", '1', "/etc/passwd", 0);
	bundles_tar_header(&tar, "top/hard-link", '1', "top/link", 0);
	bundles_tar_header(&tar, "top/pipe", '6', NULL, 0);
	bundles_tar_header(&tar, "top/disk", '4', NULL, 0);
	bundles_tar_member(&tar, "top/twice", "first");
	bundles_tar_member(&tar, "top/twice", "second");
	bundles_tar_member(&tar, "top/line\nbreak\x1b[31m", "red");
	bundles_tar_member(&tar, "top/bad\xff", "x");
	bundles_tar_member(&tar, "top//a/./b", "deep");
	bundles_tar_member(&tar, "/", "nothing");
	bundles_tar_member(&tar, "./", "nothing");
	bundles_tar_end(&tar);
	HU_CLEANUP(hu_freep) char *path = bundles_tar("hostile.tar", &tar);
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = bundles_open(path);
	if (!bundle)
		return;

	TEST_CASE("hostile.tar");
	bundles_check_text(bundles_find(bundle, "good.txt"), "23");
	bundles_check_text(bundles_find(bundle, "hard"), "23");
	bundles_check_text(bundles_find(bundle, "twice"), "second");
	bundles_check_text(bundles_find(bundle, "line\\x0abreak\\x1b[31m"), "red");
	bundles_check_text(bundles_find(bundle, "bad\\xff"), "x");
	bundles_check_text(bundles_find(bundle, "a/b"), "deep");
	/* Readers of texts without a header go by the base name. */
	CHECK(hu_str_ends(hu_str(bundles_find(bundle, "good.txt")->file), "/good.txt"));
	CHECK(hu_str_ends(hu_str(bundles_find(bundle, "hard")->file), "/hard"));
	CHECK_HAS(bundles_find(bundle, "../../escaped")->why, "climbs out");
	CHECK_HAS(bundles_find(bundle, "top/../../escaped")->why, "climbs out");
	CHECK_HAS(bundles_find(bundle, "/tmp/absolute")->why, "absolute path");
	CHECK_HAS(bundles_find(bundle, "link")->why, "symbolic link");
	CHECK_HAS(bundles_find(bundle, "hard-out")->why, "hard link");
	CHECK_HAS(bundles_find(bundle, "hard-link")->why, "hard link");
	CHECK_HAS(bundles_find(bundle, "pipe")->why, "named pipe");
	CHECK_HAS(bundles_find(bundle, "disk")->why, "device");
	CHECK_HAS(bundles_find(bundle, "twice//1")->why, "another member of this name");
	CHECK_INT(bundle->files, 6);
	CHECK_INT(bundle->bytes, 2 + 2 + 6 + 3 + 1 + 4);
	CHECK(access("/tmp/absolute", F_OK) != 0);
	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		TEST_CASE("hostile.tar: %s", m->path);
		CHECK(!m->file || !strncmp(m->file, bundles_root, strlen(bundles_root)));
		CHECK((m->file != NULL) == (m->why == NULL));
		CHECK(i == 0 || strcmp(bundle->members[i - 1].path, m->path) < 0);
	}
}

static void cut(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	for (int i = 0; i < 1013; i++)
		hu_out_putc(&text, (char)('a' + i % 23));
	bundles_tar_member(&tar, "t/first", "23 waits");
	bundles_tar_member(&tar, "t/second", text.at);
	bundles_tar_end(&tar);
	/* 512 header, 512 data, 512 header, 1024 data, 1024 end */
	for (size_t at = 1; at < tar.len; at += 61) {
		HU_CLEANUP(hu_freep) char *path = bundles_path("cut.tar");
		struct hu_bundle *bundle = NULL;
		const char *const *one = (const char *const *)&path;
		TEST_CASE("a tar of %zu bytes cut at %zu", tar.len, at);
		bundles_write(path, tar.at, at);
		struct hu_err *err = hu_bundle_open(one, 1, NULL, NULL, &bundle);
		if (err) {
			CHECK(false);
			hu_err_free(err);
			continue;
		}
		if (at >= 1024)
			bundles_check_text(bundles_find(bundle, "first"), "23 waits");
		if (at > 1536 && at < 1536 + 1013) {
			CHECK_INT(bundles_find(bundle, "second")->bytes, at - 1536);
			CHECK_HAS(bundles_find(bundle, "second")->cut,
				  "of this member's 1013 bytes");
		}
		if (at >= 512 && at < 2560)
			CHECK_HAS(bundles_find(bundle, "(rest of the archive)")->why,
				  "the archive");
		if (at < 512) /* less than one header: no archive, just bytes */
			CHECK_INT(bundle->count, 1);
		hu_bundle_close(bundle);
	}
}

/* A trace that is a folder: may files of it be behind the cut? */
static void cut_folder(const char *what, const char *const *members, bool whole, bool lossy)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};

	TEST_CASE("a folder out of a tar: %s", what);
	for (; *members; members++) {
		if (hu_str_ends(hu_str(*members), "/"))
			bundles_tar_header(&tar, *members, '5', NULL, 0);
		else if (hu_str_ends(hu_str(*members), "/metadata"))
			bundles_tar_member(&tar, *members,
					   "/* CTF 1.8 */\ntrace { major = 1; };\n");
		else
			bundles_tar_member(&tar, *members, "17 holds");
	}
	if (whole)
		bundles_tar_end(&tar);
	HU_CLEANUP(hu_freep) char *path = bundles_tar("cut-folder.tar", &tar);
	struct hu_bundle *bundle = bundles_open(path);
	CHECK(bundles_find(bundle, "ctf")->part_count > 0);
	if (lossy)
		CHECK_HAS(bundles_find(bundle, "ctf")->cut, "files of this capture may be missing");
	else
		CHECK(!bundles_find(bundle, "ctf")->cut);
	CHECK(!bundles_find(bundle, "alone")->cut);
	hu_bundle_close(bundle);
}

static void cut_folders(void)
{
	static const char *const by_file[] = {"t/ctf/metadata", "t/alone", NULL};
	static const char *const left[] = {
		"t/",	   "t/ctf/", "t/ctf/metadata", "t/ctf/index/", "t/ctf/index/c0",
		"t/alone", NULL};
	static const char *const within[] = {"t/", "t/alone", "t/ctf/", "t/ctf/metadata", NULL};
	static const char *const again[] = {"t/",      "t/ctf/",   "t/ctf/metadata",
					    "t/alone", "t/ctf/c0", NULL};
	static const char *const above[] = {"t/", "t/ctf/metadata", "t/alone", NULL};

	cut_folder("whole", by_file, true, false);
	cut_folder("packed file by file", by_file, false, true);
	cut_folder("it had been left", left, false, false);
	cut_folder("the last one", within, false, true);
	cut_folder("packed in two parts", again, false, true);
	cut_folder("only the one above is listed", above, false, true);
}

static void limits(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};
	HU_CLEANUP(hu_freep) char *big = hu_alloc(100001);
	struct hu_limits limits = hu_default_limits;
	struct hu_bundle *bundle = NULL;

	memset(big, 'x', 100000);
	bundles_tar_member(&tar, "t/small", "7");
	bundles_tar_member(&tar, "t/big", big);
	bundles_tar_member(&tar, "t/behind", "17");
	bundles_tar_end(&tar);
	HU_CLEANUP(hu_freep) char *path = bundles_tar("limits.tar", &tar);
	const char *const *one = (const char *const *)&path;

	TEST_CASE("bytes");
	limits.bytes = 50000;
	CHECK_OK(hu_bundle_open(one, 1, &limits, NULL, &bundle));
	bundles_check_text(bundles_find(bundle, "small"), "7");
	CHECK_HAS(bundles_find(bundle, "big")->why, "more than 50,000 bytes");
	CHECK_HAS(bundles_find(bundle, "(rest of the archive)")->why, "unpacking ended here");
	CHECK_INT(bundle->files, 1);
	hu_bundle_close(bundle);
	bundle = NULL;

	TEST_CASE("members");
	limits = hu_default_limits;
	limits.files = 2;
	CHECK_OK(hu_bundle_open(one, 1, &limits, NULL, &bundle));
	CHECK_HAS(bundles_find(bundle, "(rest of the archive)")->why, "more than 2 members");
	hu_bundle_close(bundle);
	bundle = NULL;

	/* A hole of 8 EiB: GNU's sparse header, whose real size is a lie. */
	TEST_CASE("ratio");
	tar.len = 0;
	bundles_tar_member(&tar, "t/small", "7");
	bundles_tar_header(&tar, "t/hole", 'S', NULL, 0);
	char *h = tar.at + tar.len - 512;
	memcpy(h + 257, "ustar  ", 8);
	snprintf(h + 386, 12, "%011o", 0);
	snprintf(h + 398, 12, "%011o", 0);
	memcpy(h + 483, "77777777777", 12); /* 8 GiB */
	unsigned sum = 0;
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	bundles_tar_end(&tar);
	HU_CLEANUP(hu_freep) char *bomb = bundles_tar("bomb.tar", &tar);
	const char *const *two = (const char *const *)&bomb;
	limits = hu_default_limits;
	limits.ratio_from = 1 << 20;
	CHECK_OK(hu_bundle_open(two, 1, &limits, NULL, &bundle));
	bundles_check_text(bundles_find(bundle, "small"), "7");
	CHECK_HAS(bundles_find(bundle, "hole")->why, "2,000 times its packed size");
	hu_bundle_close(bundle);
}

int main(void)
{
	if (!bundles_begin())
		return 1;
	hostile();
	cut();
	cut_folders();
	limits();
	return bundles_end() ? test_end() : 1;
}
