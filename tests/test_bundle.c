/* Bundles: a folder, its tar and its zip are the same; what is no file in a folder, and what is no
 * bundle at all, is said. */
#include "tests/bundles.h"
#include "tests/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void names(void)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{"incident.tar.zst", "incident"},
		{"/a/b/incident.tgz", "incident"},
		{"incident/", "incident"},
		{"./x/incident-2026.11.22///", "incident-2026.11.22"},
		{"trace.dat", "trace.dat"},
		{"trace.dat.zst", "trace.dat"},
		{"dmesg.txt.gz", "dmesg.txt"},
		{"A.TAR.XZ", "A"},
		{"x.tar.tar.gz", "x"},
		{".tar", ".tar"},
		{"a\nb.zip", "a\\x0ab"},
		{"caf\xc3\xa9.tar", "caf\xc3\xa9"},
		{"caf\xe9.tar", "caf\\xe9"},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].path);
		HU_CLEANUP(hu_freep) char *got = hu_bundle_name(cases[i].path);
		CHECK_STR(got, cases[i].want);
	}
}

/* Packs root/NAME's three members with libarchive, below `top`. */
static char *pack(const char *name, bool zip, const char *top)
{
	static const char *const members[][2] = {
		{"trace.txt", "23 waits"}, {".hidden", "17 holds"}, {"sub/b.txt", "7 losses"}};
	char *path = bundles_path(name);
	struct archive *a = archive_write_new();

	if (zip) {
		archive_write_set_format_zip(a);
	} else {
		archive_write_set_format_pax_restricted(a);
		archive_write_add_filter_zstd(a);
	}
	CHECK_INT(archive_write_open_filename(a, path), ARCHIVE_OK);
	TEST_EACH(i, members)
	{
		HU_CLEANUP(hu_freep) char *inside = NULL;
		struct archive_entry *e = archive_entry_new();
		if (asprintf(&inside, "%s%s", top, members[i][0]) < 0)
			abort();
		archive_entry_set_pathname(e, inside);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_size(e, (la_int64_t)strlen(members[i][1]));
		CHECK_INT(archive_write_header(a, e), ARCHIVE_OK);
		archive_write_data(a, members[i][1], strlen(members[i][1]));
		archive_entry_free(e);
	}
	archive_write_free(a);
	return path;
}

static void same_bundle(void)
{
	/* printf '23 waits' | sha256sum and so on; the three lines sorted and hashed again. */
	static const char want[] =
		"e9297a614816372360d8e985538f6cec0292aed6749f67293af9be8b45684b0f";
	HU_CLEANUP(hu_freep) char *folder = bundles_path("case");
	HU_CLEANUP(hu_freep) char *sub = bundles_path("case/sub");
	HU_CLEANUP(hu_freep) char *a = bundles_path("case/trace.txt");
	HU_CLEANUP(hu_freep) char *b = bundles_path("case/.hidden");
	HU_CLEANUP(hu_freep) char *c = bundles_path("case/sub/b.txt");

	mkdir(folder, 0755);
	mkdir(sub, 0755);
	bundles_write(a, "23 waits", 8);
	bundles_write(b, "17 holds", 8);
	bundles_write(c, "7 losses", 8);
	char *paths[] = {
		hu_strdup(hu_str(folder)),
		pack("case.tar.zst", false, "case/"),
		pack("case.zip", true, "other-name/"),
		pack("flat.tar.zst", false, "./"),
	};
	TEST_EACH(i, paths)
	{
		TEST_CASE("%s", paths[i]);
		HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = bundles_open(paths[i]);
		if (!bundle)
			continue;
		CHECK_STR(bundle->name, i == 3 ? "flat" : "case");
		CHECK_STR(bundle->sha256, want);
		CHECK_INT(bundle->files, 3);
		CHECK_INT(bundle->bytes, 24);
		CHECK_INT(bundle->count, 3);
		CHECK_STR(bundle->members[0].path, ".hidden");
		CHECK_STR(bundle->members[1].path, "sub/b.txt");
		CHECK_STR(bundle->members[2].path, "trace.txt");
		bundles_check_text(bundles_find(bundle, "sub/b.txt"), "7 losses");
		free(paths[i]);
	}
}

static void folders(void)
{
	HU_CLEANUP(hu_freep) char *folder = bundles_path("folder");
	HU_CLEANUP(hu_freep) char *file = bundles_path("folder/a.txt");
	HU_CLEANUP(hu_freep) char *link = bundles_path("folder/link");
	HU_CLEANUP(hu_freep) char *pipe = bundles_path("folder/pipe");
	HU_CLEANUP(hu_freep) char *own = bundles_path("folder/x.holdup");
	HU_CLEANUP(hu_freep) char *mark = bundles_path("folder/x.holdup/" HU_OUTPUT_MARK);
	HU_CLEANUP(hu_freep) char *report = bundles_path("folder/x.holdup/report.md");
	HU_CLEANUP(hu_freep) char *empty = bundles_path("empty");
	HU_CLEANUP(hu_freep) char *nothing = bundles_path("nothing.txt");
	HU_CLEANUP(hu_freep) char *missing = bundles_path("missing");
	struct hu_bundle *bundle = NULL;

	mkdir(folder, 0755);
	mkdir(own, 0755);
	mkdir(empty, 0755);
	bundles_write(file, "23", 2);
	bundles_write(mark, HU_OUTPUT_MARK_TEXT "\n", strlen(HU_OUTPUT_MARK_TEXT) + 1);
	bundles_write(report, "old", 3);
	bundles_write(nothing, "", 0);
	CHECK_INT(symlink("/etc", link), 0);
	CHECK_INT(mkfifo(pipe, 0644), 0);

	TEST_CASE("folder");
	bundle = bundles_open(folder);
	CHECK_INT(bundle->count, 3);
	bundles_check_text(bundles_find(bundle, "a.txt"), "23");
	CHECK_HAS(bundles_find(bundle, "link")->why, "symbolic link");
	CHECK_HAS(bundles_find(bundle, "pipe")->why, "named pipe");
	CHECK_INT(bundle->own_count, 1);
	CHECK_STR(bundle->own_count ? bundle->own[0] : NULL, "x.holdup");
	hu_bundle_close(bundle);
	bundle = NULL;

	TEST_CASE("two parts of one case");
	const char *parts[] = {folder, file};
	CHECK_OK(hu_bundle_open(parts, 2, NULL, NULL, &bundle));
	CHECK_STR(bundle->name, "folder+a.txt");
	bundles_check_text(bundles_find(bundle, "folder/a.txt"), "23");
	bundles_check_text(bundles_find(bundle, "a.txt"), "23");
	hu_bundle_close(bundle);
	bundle = NULL;

	const struct {
		const char *path, *says;
	} bad[] = {
		{empty, "a folder without files"},
		{nothing, "an empty file"},
		{missing, "No such file"},
		{own, "is what holdup wrote"},
		{pipe, "neither a folder nor a regular file"},
	};
	TEST_EACH(i, bad)
	{
		TEST_CASE("%s", bad[i].path);
		CHECK_ERR(hu_bundle_open(&bad[i].path, 1, NULL, NULL, &bundle), bad[i].says);
	}
}

int main(void)
{
	if (!bundles_begin())
		return 1;
	names();
	same_bundle();
	folders();
	return bundles_end() ? test_end() : 1;
}
