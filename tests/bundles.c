/* Bundles made byte by byte where no decent tool would make them. */
#include "tests/bundles.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/text.h"

const char *bundles_root;
static char template[] = "/tmp/bundle-test.XXXXXX";

bool bundles_begin(void)
{
	bundles_root = mkdtemp(template);
	return bundles_root && setenv("TMPDIR", bundles_root, 1) == 0;
}

/* What was unpacked is gone, and what a signal ended: only what the test wrote is left. */
static void nothing_left(void)
{
	HU_CLEANUP(hu_freep) char *command = NULL;

	TEST_CASE("scratch folders");
	if (asprintf(&command, "ls -A '%s' | grep -c -e '^holdup' -e '^test'", bundles_root) < 0)
		abort();
	FILE *in = popen(command, "re");
	int left = -1;
	CHECK(in && fscanf(in, "%d", &left) == 1);
	CHECK_INT(left, 0);
	if (in)
		pclose(in);
}

bool bundles_end(void)
{
	HU_CLEANUP(hu_freep) char *command = NULL;

	nothing_left();
	return asprintf(&command, "rm -rf '%s'", bundles_root) >= 0 && system(command) == 0;
}

char *bundles_path(const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", bundles_root, name) < 0)
		abort();
	return path;
}

void bundles_write(const char *path, const char *at, size_t len)
{
	FILE *out = fopen(path, "we");

	if (!out || fwrite(at, 1, len, out) != len || fclose(out) != 0) {
		perror(path);
		exit(1);
	}
}

/* A tar header by hand: `name` and `link` as they are, however evil. */
void bundles_tar_header(struct hu_out *tar, const char *name, char type, const char *link,
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

void bundles_tar_member(struct hu_out *tar, const char *name, const char *text)
{
	size_t n = strlen(text);

	bundles_tar_header(tar, name, '0', NULL, n);
	hu_out_bytes(tar, text, n);
	while (tar->len % 512)
		hu_out_putc(tar, '\0');
}

void bundles_tar_end(struct hu_out *tar)
{
	for (int i = 0; i < 1024; i++)
		hu_out_putc(tar, '\0');
}

char *bundles_tar(const char *name, const struct hu_out *tar)
{
	char *path = bundles_path(name);

	bundles_write(path, tar->at, tar->len);
	return path;
}

struct hu_bundle *bundles_open(const char *path)
{
	struct hu_bundle *bundle = NULL;

	CHECK_OK(hu_bundle_open(&path, 1, NULL, NULL, &bundle));
	return bundle;
}

const struct hu_member *bundles_find(const struct hu_bundle *bundle, const char *path)
{
	static const struct hu_member none = {.path = "", .why = "no such member"};

	for (size_t i = 0; bundle && i < bundle->count; i++)
		if (!strcmp(bundle->members[i].path, path))
			return &bundle->members[i];
	test_fail(__FILE__, __LINE__, "there is no member %s", path);
	return &none;
}

void bundles_check_text(const struct hu_member *m, const char *want)
{
	char got[4096] = "";
	FILE *in = m->file ? fopen(m->file, "re") : NULL;

	if (in) {
		got[fread(got, 1, sizeof(got) - 1, in)] = '\0';
		fclose(in);
	}
	CHECK_STR(m->file ? got : NULL, want);
}
