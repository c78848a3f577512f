/*
 * Bundles: a folder, its tar and its zip are the same; what is hostile is listed with its reason
 * and the rest is read; nothing stays behind. The archives are made here, byte by byte where no
 * decent tool would make them.
 */
#include "tests/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/rows.h"
#include "db/sha256.h"
#include "db/sha256_block.h"
#include "db/store.h"
#include "db/text.h"
#include "db/utf8.h"
#include "ingest/bundle.h"
#include "ingest/load.h"
#include "ingest/probe.h"

static char *root; /* of all that this test writes; TMPDIR points into it */

static char *in_root(const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", root, name) < 0)
		abort();
	return path;
}

static void write_file(const char *path, const char *at, size_t len)
{
	FILE *out = fopen(path, "we");

	if (!out || fwrite(at, 1, len, out) != len || fclose(out) != 0) {
		perror(path);
		exit(1);
	}
}

/* A tar header by hand: `name` and `link` as they are, however evil. */
static void put_header(struct hu_out *tar, const char *name, char type, const char *link,
		       size_t size)
{
	char header[512] = {0};
	unsigned sum = 0;

	strncpy(header, name, 100);
	memcpy(header + 100, "0000644\0000000000\0000000000", 24);
	snprintf(header + 124, 12, "%011o", (unsigned)size);
	memcpy(header + 136, "00000000000", 12);
	memset(header + 148, ' ', 8);
	header[156] = type;
	if (link)
		strncpy(header + 157, link, 100);
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	hu_out_bytes(tar, header, sizeof(header));
}

static void put_member(struct hu_out *tar, const char *name, const char *text)
{
	size_t n = strlen(text);

	put_header(tar, name, '0', NULL, n);
	hu_out_bytes(tar, text, n);
	while (tar->len % 512)
		hu_out_putc(tar, '\0');
}

static void put_end(struct hu_out *tar)
{
	for (int i = 0; i < 1024; i++)
		hu_out_putc(tar, '\0');
}

static char *write_tar(const char *name, const struct hu_out *tar)
{
	char *path = in_root(name);

	write_file(path, tar->at, tar->len);
	return path;
}

static struct hu_bundle *open_one(const char *path)
{
	struct hu_bundle *bundle = NULL;

	CHECK_OK(hu_bundle_open(&path, 1, NULL, NULL, &bundle));
	return bundle;
}

static const struct hu_member *find(const struct hu_bundle *bundle, const char *path)
{
	static const struct hu_member none = {.path = "", .why = "no such member"};

	for (size_t i = 0; bundle && i < bundle->count; i++)
		if (!strcmp(bundle->members[i].path, path))
			return &bundle->members[i];
	test_fail(__FILE__, __LINE__, "there is no member %s", path);
	return &none;
}

static void check_text(const struct hu_member *m, const char *want)
{
	char got[4096] = "";
	FILE *in = m->file ? fopen(m->file, "re") : NULL;

	if (in) {
		got[fread(got, 1, sizeof(got) - 1, in)] = '\0';
		fclose(in);
	}
	CHECK_STR(m->file ? got : NULL, want);
}

/* FIPS 180-4 examples (csrc.nist.gov, "SHA256.pdf"), and pieces that straddle the blocks. */
static void sha256(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
		{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqk"
		 "lmnopqrlmnopqrsmnopqrstnopqrstu",
		 "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	};
	struct hu_sha256 sha;
	char got[HU_SHA256_TEXT];

	TEST_EACH(i, cases)
	{
		size_t len = strlen(cases[i].text);
		for (size_t piece = 1; piece <= len + 1; piece++) {
			TEST_CASE("sha256 of %zu bytes in pieces of %zu", len, piece);
			hu_sha256_init(&sha);
			for (size_t at = 0; at < len; at += piece)
				hu_sha256_add(&sha, cases[i].text + at,
					      len - at < piece ? len - at : piece);
			hu_sha256_finish(&sha, got);
			CHECK_STR(got, cases[i].want);
		}
	}
	TEST_CASE("sha256 of a million times a");
	char piece[997];
	memset(piece, 'a', sizeof(piece));
	hu_sha256_init(&sha);
	for (size_t left = 1000000; left; left -= left < sizeof(piece) ? left : sizeof(piece))
		hu_sha256_add(&sha, piece, left < sizeof(piece) ? left : sizeof(piece));
	hu_sha256_finish(&sha, got);
	CHECK_STR(got, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The inner loops agree: on this machine's instructions and without them. */
static void sha256_loops(void)
{
	unsigned char bytes[64 * 7];
	uint32_t a[8], b[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + i / 11);
	for (size_t count = 0; count <= 7; count++) {
		TEST_CASE("sha256 of %zu blocks", count);
		for (uint32_t i = 0; i < 8; i++)
			a[i] = b[i] = i * 0x9e3779b9u + 23;
		hu_sha256_portable(a, bytes, count);
		hu_sha256_fastest()(b, bytes, count);
		CHECK(!memcmp(a, b, sizeof(a)));
	}
}

static void utf8(void)
{
	static const struct {
		const char *text;
		size_t want;
	} cases[] = {
		{"a", 1},
		{"\xc3\xa9", 2},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\xc0\x80", 0},	 /* overlong */
		{"\xe0\x80\x80", 0},	 /* overlong */
		{"\xed\xa0\x80", 0},	 /* a surrogate */
		{"\xf4\x90\x80\x80", 0}, /* over U+10FFFF */
		{"\x80", 0},
		{"\xe2\x82", 0}, /* cut */
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("utf8 case %zu", i);
		CHECK_INT(hu_utf8_len(hu_str(cases[i].text)), cases[i].want);
	}
}

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
	char *path = in_root(name);
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
	HU_CLEANUP(hu_freep) char *folder = in_root("case");
	HU_CLEANUP(hu_freep) char *sub = in_root("case/sub");
	HU_CLEANUP(hu_freep) char *a = in_root("case/trace.txt");
	HU_CLEANUP(hu_freep) char *b = in_root("case/.hidden");
	HU_CLEANUP(hu_freep) char *c = in_root("case/sub/b.txt");

	mkdir(folder, 0755);
	mkdir(sub, 0755);
	write_file(a, "23 waits", 8);
	write_file(b, "17 holds", 8);
	write_file(c, "7 losses", 8);
	char *paths[] = {
		hu_strdup(hu_str(folder)),
		pack("case.tar.zst", false, "case/"),
		pack("case.zip", true, "other-name/"),
		pack("flat.tar.zst", false, "./"),
	};
	TEST_EACH(i, paths)
	{
		TEST_CASE("%s", paths[i]);
		HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = open_one(paths[i]);
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
		check_text(find(bundle, "sub/b.txt"), "7 losses");
		free(paths[i]);
	}
}

static void hostile(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};

	put_member(&tar, "top/good.txt", "23");
	put_member(&tar, "../../escaped", "evil");
	put_member(&tar, "top/../../escaped", "evil");
	put_member(&tar, "/tmp/absolute", "evil");
	put_header(&tar, "top/link", '2', "/etc/passwd", 0);
	put_header(&tar, "top/hard", '1', "top/good.txt", 0);
	put_header(&tar, "top/hard-out", '1', "/etc/passwd", 0);
	put_header(&tar, "top/hard-link", '1', "top/link", 0);
	put_header(&tar, "top/pipe", '6', NULL, 0);
	put_header(&tar, "top/disk", '4', NULL, 0);
	put_member(&tar, "top/twice", "first");
	put_member(&tar, "top/twice", "second");
	put_member(&tar, "top/line\nbreak\x1b[31m", "red");
	put_member(&tar, "top/bad\xff", "x");
	put_member(&tar, "top//a/./b", "deep");
	put_member(&tar, "/", "nothing");
	put_member(&tar, "./", "nothing");
	put_end(&tar);
	HU_CLEANUP(hu_freep) char *path = write_tar("hostile.tar", &tar);
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = open_one(path);
	if (!bundle)
		return;

	TEST_CASE("hostile.tar");
	check_text(find(bundle, "good.txt"), "23");
	check_text(find(bundle, "hard"), "23");
	check_text(find(bundle, "twice"), "second");
	check_text(find(bundle, "line\\x0abreak\\x1b[31m"), "red");
	check_text(find(bundle, "bad\\xff"), "x");
	check_text(find(bundle, "a/b"), "deep");
	/* Readers of texts without a header go by the base name. */
	CHECK(hu_str_ends(hu_str(find(bundle, "good.txt")->file), "/good.txt"));
	CHECK(hu_str_ends(hu_str(find(bundle, "hard")->file), "/hard"));
	CHECK_HAS(find(bundle, "../../escaped")->why, "climbs out");
	CHECK_HAS(find(bundle, "top/../../escaped")->why, "climbs out");
	CHECK_HAS(find(bundle, "/tmp/absolute")->why, "absolute path");
	CHECK_HAS(find(bundle, "link")->why, "symbolic link");
	CHECK_HAS(find(bundle, "hard-out")->why, "hard link");
	CHECK_HAS(find(bundle, "hard-link")->why, "hard link");
	CHECK_HAS(find(bundle, "pipe")->why, "named pipe");
	CHECK_HAS(find(bundle, "disk")->why, "device");
	CHECK_HAS(find(bundle, "twice//1")->why, "another member of this name");
	CHECK_INT(bundle->files, 6);
	CHECK_INT(bundle->bytes, 2 + 2 + 6 + 3 + 1 + 4);
	CHECK(access("/tmp/absolute", F_OK) != 0);
	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		TEST_CASE("hostile.tar: %s", m->path);
		CHECK(!m->file || !strncmp(m->file, root, strlen(root)));
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
	put_member(&tar, "t/first", "23 waits");
	put_member(&tar, "t/second", text.at);
	put_end(&tar);
	/* 512 header, 512 data, 512 header, 1024 data, 1024 end */
	for (size_t at = 1; at < tar.len; at += 61) {
		HU_CLEANUP(hu_freep) char *path = in_root("cut.tar");
		struct hu_bundle *bundle = NULL;
		const char *const *one = (const char *const *)&path;
		TEST_CASE("a tar of %zu bytes cut at %zu", tar.len, at);
		write_file(path, tar.at, at);
		struct hu_err *err = hu_bundle_open(one, 1, NULL, NULL, &bundle);
		if (err) {
			CHECK(false);
			hu_err_free(err);
			continue;
		}
		if (at >= 1024)
			check_text(find(bundle, "first"), "23 waits");
		if (at > 1536 && at < 1536 + 1013) {
			CHECK_INT(find(bundle, "second")->bytes, at - 1536);
			CHECK_HAS(find(bundle, "second")->cut, "of this member's 1013 bytes");
		}
		if (at >= 512 && at < 2560)
			CHECK_HAS(find(bundle, "(rest of the archive)")->why, "the archive");
		if (at < 512) /* less than one header: no archive, just bytes */
			CHECK_INT(bundle->count, 1);
		hu_bundle_close(bundle);
	}
}

/* A trace that is a folder: which of its files are behind the cut nobody knows. */
static void cut_folder(bool whole)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};

	TEST_CASE("a folder out of a tar %s end mark", whole ? "with an" : "without");
	put_member(&tar, "t/ctf/metadata", "/* CTF 1.8 */\ntrace { major = 1; };\n");
	put_member(&tar, "t/alone", "17 holds");
	if (whole)
		put_end(&tar);
	HU_CLEANUP(hu_freep) char *path = write_tar("cut-folder.tar", &tar);
	struct hu_bundle *bundle = open_one(path);
	CHECK_INT(find(bundle, "ctf")->part_count, 1);
	if (whole)
		CHECK(!find(bundle, "ctf")->cut);
	else
		CHECK_HAS(find(bundle, "ctf")->cut, "files of this capture may be missing");
	CHECK(!find(bundle, "alone")->cut);
	hu_bundle_close(bundle);
}

static void limits(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tar = {0};
	HU_CLEANUP(hu_freep) char *big = hu_alloc(100001);
	struct hu_limits limits = hu_default_limits;
	struct hu_bundle *bundle = NULL;

	memset(big, 'x', 100000);
	put_member(&tar, "t/small", "7");
	put_member(&tar, "t/big", big);
	put_member(&tar, "t/behind", "17");
	put_end(&tar);
	HU_CLEANUP(hu_freep) char *path = write_tar("limits.tar", &tar);
	const char *const *one = (const char *const *)&path;

	TEST_CASE("bytes");
	limits.bytes = 50000;
	CHECK_OK(hu_bundle_open(one, 1, &limits, NULL, &bundle));
	check_text(find(bundle, "small"), "7");
	CHECK_HAS(find(bundle, "big")->why, "more than 50,000 bytes");
	CHECK_HAS(find(bundle, "(rest of the archive)")->why, "unpacking ended here");
	CHECK_INT(bundle->files, 1);
	hu_bundle_close(bundle);
	bundle = NULL;

	TEST_CASE("members");
	limits = hu_default_limits;
	limits.files = 2;
	CHECK_OK(hu_bundle_open(one, 1, &limits, NULL, &bundle));
	CHECK_HAS(find(bundle, "(rest of the archive)")->why, "more than 2 members");
	hu_bundle_close(bundle);
	bundle = NULL;

	/* A hole of 8 EiB: GNU's sparse header, whose real size is a lie. */
	TEST_CASE("ratio");
	tar.len = 0;
	put_member(&tar, "t/small", "7");
	put_header(&tar, "t/hole", 'S', NULL, 0);
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
	put_end(&tar);
	HU_CLEANUP(hu_freep) char *bomb = write_tar("bomb.tar", &tar);
	const char *const *two = (const char *const *)&bomb;
	limits = hu_default_limits;
	limits.ratio_from = 1 << 20;
	CHECK_OK(hu_bundle_open(two, 1, &limits, NULL, &bundle));
	check_text(find(bundle, "small"), "7");
	CHECK_HAS(find(bundle, "hole")->why, "2,000 times its packed size");
	hu_bundle_close(bundle);
}

static void folders(void)
{
	HU_CLEANUP(hu_freep) char *folder = in_root("folder");
	HU_CLEANUP(hu_freep) char *file = in_root("folder/a.txt");
	HU_CLEANUP(hu_freep) char *link = in_root("folder/link");
	HU_CLEANUP(hu_freep) char *pipe = in_root("folder/pipe");
	HU_CLEANUP(hu_freep) char *own = in_root("folder/x.holdup");
	HU_CLEANUP(hu_freep) char *mark = in_root("folder/x.holdup/" HU_OUTPUT_MARK);
	HU_CLEANUP(hu_freep) char *report = in_root("folder/x.holdup/report.md");
	HU_CLEANUP(hu_freep) char *empty = in_root("empty");
	HU_CLEANUP(hu_freep) char *nothing = in_root("nothing.txt");
	HU_CLEANUP(hu_freep) char *missing = in_root("missing");
	struct hu_bundle *bundle = NULL;

	mkdir(folder, 0755);
	mkdir(own, 0755);
	mkdir(empty, 0755);
	write_file(file, "23", 2);
	write_file(mark, HU_OUTPUT_MARK_TEXT "\n", strlen(HU_OUTPUT_MARK_TEXT) + 1);
	write_file(report, "old", 3);
	write_file(nothing, "", 0);
	CHECK_INT(symlink("/etc", link), 0);
	CHECK_INT(mkfifo(pipe, 0644), 0);

	TEST_CASE("folder");
	bundle = open_one(folder);
	CHECK_INT(bundle->count, 3);
	check_text(find(bundle, "a.txt"), "23");
	CHECK_HAS(find(bundle, "link")->why, "symbolic link");
	CHECK_HAS(find(bundle, "pipe")->why, "named pipe");
	CHECK_INT(bundle->own_count, 1);
	CHECK_STR(bundle->own_count ? bundle->own[0] : NULL, "x.holdup");
	hu_bundle_close(bundle);
	bundle = NULL;

	TEST_CASE("two parts of one case");
	const char *parts[] = {folder, file};
	CHECK_OK(hu_bundle_open(parts, 2, NULL, NULL, &bundle));
	CHECK_STR(bundle->name, "folder+a.txt");
	check_text(find(bundle, "folder/a.txt"), "23");
	check_text(find(bundle, "a.txt"), "23");
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

/* A signal in the middle leaves no folder behind. */
static void signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, 0};

	TEST_EACH(i, numbers)
	{
		HU_CLEANUP(hu_freep) char *note = in_root("note");
		char path[4096] = "";
		int status = 0;
		TEST_CASE("signal %d", numbers[i]);
		pid_t child = fork();
		if (child == 0) {
			struct hu_scratch *scratch = NULL;
			hu_scratch_guard();
			if (hu_scratch_create(NULL, "test", &scratch))
				_exit(1);
			char *file = hu_scratch_file(scratch, "x");
			write_file(file, "x", 1);
			write_file(note, hu_scratch_path(scratch),
				   strlen(hu_scratch_path(scratch)));
			free(file);
			free(note);
			if (numbers[i])
				raise(numbers[i]);
			exit(0);
		}
		waitpid(child, &status, 0);
		CHECK_INT(WIFSIGNALED(status) ? WTERMSIG(status) : 0, numbers[i]);
		FILE *in = fopen(note, "re");
		CHECK(in && fread(path, 1, sizeof(path) - 1, in) > 0);
		if (in)
			fclose(in);
		CHECK(access(path, F_OK) != 0 && errno == ENOENT);
	}
}

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

	put_member(&tar, "t/nothing", "");
	put_member(&tar, "t/system.journal", "LPKSHHRH");
	put_member(&tar, "t/bad.gz", "\x1f\x8b\x08 but no more");
	put_member(&tar, "t/cut.tar.gz", "\x1f\x8b\x08 but no more");
	put_member(&tar, "t/cut.TGZ", "\x1f\x8b\x08 but no more");
	put_member(&tar, "../out", "evil");
	put_end(&tar);
	HU_CLEANUP(hu_freep) char *path = write_tar("load.tar", &tar);
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = open_one(path);
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

/* Everything that was unpacked is gone: only what this test wrote is left. */
static void nothing_left(void)
{
	HU_CLEANUP(hu_freep) char *command = NULL;

	TEST_CASE("scratch folders");
	if (asprintf(&command, "ls -A '%s' | grep -c -e '^holdup' -e '^test'", root) < 0)
		abort();
	FILE *in = popen(command, "re");
	int left = -1;
	CHECK(in && fscanf(in, "%d", &left) == 1);
	CHECK_INT(left, 0);
	if (in)
		pclose(in);
}

int main(void)
{
	char template[] = "/tmp/bundle-test.XXXXXX";

	root = mkdtemp(template);
	if (!root || setenv("TMPDIR", root, 1) != 0)
		return 1;
	sha256();
	sha256_loops();
	utf8();
	names();
	same_bundle();
	hostile();
	cut();
	cut_folder(true);
	cut_folder(false);
	limits();
	folders();
	signals();
	probing();
	loading();
	nothing_left();

	HU_CLEANUP(hu_freep) char *command = NULL;
	if (asprintf(&command, "rm -rf '%s'", root) < 0 || system(command) != 0)
		return 1;
	return test_end();
}
