/*
 * libarchive, tamed: only the formats that bundles come in, only decompression that runs inside
 * this process (never gunzip or lrzip as a child), and limits on what comes out.
 */
#include "ingest/bundle_parts.h"
#include "db/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PIECE = 1 << 18, ASK_DISK = 64 << 20 };

const char *hu_sniff_compressed(struct hu_str head)
{
	static const struct {
		const char *name, *magic;
		size_t len;
	} known[] = {
		{"gzip", "\x1f\x8b\x08", 3},
		{"bzip2", "BZh", 3},
		{"xz",
		 "\xfd"
		 "7zXZ\0",
		 6},
		{"zstd", "\x28\xb5\x2f\xfd", 4},
		{"lz4", "\x04\x22\x4d\x18", 4},
		{"lzip", "LZIP\x01", 5},
		{"compress", "\x1f\x9d", 2},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (head.len >= known[i].len && !memcmp(head.at, known[i].magic, known[i].len))
			return known[i].name;
	return NULL;
}

/* A tar header proves itself by its checksum: the sum of its 512 bytes with the checksum field
 * taken as blanks (POSIX pax, ustar interchange format). */
static bool is_tar(struct hu_str head)
{
	enum { HEADER = 512, SUM_AT = 148, SUM_LEN = 8 };
	const unsigned char *at = (const void *)head.at;
	unsigned sum = ' ' * SUM_LEN, said = 0;
	int digits = 0;

	if (head.len < HEADER || !at[0])
		return false;
	for (int i = 0; i < HEADER; i++)
		if (i < SUM_AT || i >= SUM_AT + SUM_LEN)
			sum += at[i];
	for (int i = SUM_AT; i < SUM_AT + SUM_LEN; i++) {
		if (at[i] == ' ' && !digits)
			continue;
		if (at[i] < '0' || at[i] > '7')
			break;
		said = said * 8 + (at[i] - '0');
		digits++;
	}
	return digits && said == sum;
}

const char *hu_sniff_archive(struct hu_str head, bool *readable)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *name;
		bool readable;
	} known[] = {
		{"PK\x03\x04", 4, "zip archive", true},
		{"PK\x05\x06", 4, "zip archive", true}, /* without members */
		{"7z\xbc\xaf\x27\x1c", 6, "7-Zip archive", false},
		{"Rar!\x1a\x07", 6, "RAR archive", false},
		{"!<arch>\n", 8, "ar archive (a .deb or .a file)", false},
		{"070701", 6, "cpio archive", false},
		{"070702", 6, "cpio archive", false},
		{"070707", 6, "cpio archive", false},
		{"\xed\xab\xee\xdb", 4, "RPM package", false},
		{"MSCF\0\0\0\0", 8, "cabinet archive", false},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (head.len >= known[i].len && !memcmp(head.at, known[i].magic, known[i].len)) {
			*readable = known[i].readable;
			return known[i].name;
		}
	*readable = is_tar(head);
	return *readable ? "tar archive" : NULL;
}

static char *said(struct archive *a)
{
	const char *text = archive_error_string(a);

	return hu_path_escape(hu_str(text ? text : "no reason given"));
}

struct archive *hu_unpack_open(const char *path, bool members, char **why)
{
	struct archive *a = archive_read_new();

	if (!a) {
		*why = hu_strdup(hu_str("out of memory"));
		return NULL;
	}
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_lzip(a);
	archive_read_support_filter_compress(a);
	if (members) {
		archive_read_support_format_tar(a);
		archive_read_support_format_zip(a);
		/* Else what follows the first end mark ("cat a.tar b.tar") is dropped in silence.
		 */
		archive_read_set_format_option(a, "tar", "read_concatenated_archives", "1");
	} else {
		archive_read_support_format_raw(a);
	}
	if (archive_read_open_filename(a, path, PIECE) != ARCHIVE_OK) {
		*why = said(a);
		archive_read_free(a);
		return NULL;
	}
	return a;
}

void hu_unpack_close(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
	*a = NULL;
}

size_t hu_unpack_head(const char *path, char *ret, size_t size)
{
	HU_CLEANUP(hu_freep) char *why = NULL;
	HU_CLEANUP(hu_unpack_close) struct archive *a = hu_unpack_open(path, false, &why);
	struct archive_entry *entry;
	size_t len = 0, n = 0;
	const void *at;
	la_int64_t offset;

	if (!a || archive_read_next_header(a, &entry) < ARCHIVE_WARN)
		return 0;
	while (len < size && archive_read_data_block(a, &at, &n, &offset) == ARCHIVE_OK) {
		n = n < size - len ? n : size - len;
		memcpy(ret + len, at, n);
		len += n;
	}
	return len;
}

char *hu_gauge_over(struct hu_gauge *gauge, int64_t more)
{
	const struct hu_limits *limits = gauge->limits;
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	struct statvfs disk;

	gauge->unpacked += more;
	gauge->file += more;
	if (gauge->unpacked > limits->bytes) {
		hu_out_puts(&why, "it unpacks to more than ");
		hu_out_grouped(&why, limits->bytes);
		hu_out_puts(&why, " bytes, the limit");
	} else if (gauge->file > limits->ratio_from &&
		   gauge->file / limits->ratio > gauge->packed) {
		hu_out_puts(&why, "it unpacks to more than ");
		hu_out_grouped(&why, limits->ratio);
		hu_out_puts(&why, " times its packed size, the limit");
	} else if (gauge->unpacked - gauge->asked >= ASK_DISK) {
		gauge->asked = gauge->unpacked;
		if (statvfs(gauge->scratch, &disk) == 0 &&
		    (int64_t)(disk.f_bavail * disk.f_frsize) < limits->free_bytes) {
			hu_out_puts(&why,
				    "the disk of the temporary folder (TMPDIR) has less than ");
			hu_out_grouped(&why, limits->free_bytes >> 20);
			hu_out_puts(&why, " MiB left");
		}
	}
	return why.len ? hu_strdup(hu_out_view(&why)) : NULL;
}

static char *write_all(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			struct hu_err *err = hu_err_os(n < 0 ? errno : ENOSPC,
						       "the temporary folder cannot take more");
			char *why = hu_strdup(hu_str(hu_err_text(err)));
			hu_err_free(err);
			return why;
		}
		at += n;
		len -= (size_t)n;
	}
	return NULL;
}

/* A file that is being unpacked. */
struct drain {
	struct hu_gauge *gauge;
	struct hu_sha256 *sha; /* NULL: nobody asks */
	int fd;
	int64_t bytes;
};

static char *put(struct drain *d, const char *at, size_t len)
{
	if (d->sha)
		hu_sha256_add(d->sha, at, len);
	d->bytes += (int64_t)len;
	char *why = hu_gauge_over(d->gauge, (int64_t)len);
	return why ? why : write_all(d->fd, at, len);
}

/* Zeros up to `offset`: a hole of a sparse file. */
static char *put_hole(struct drain *d, int64_t offset)
{
	static const char zeros[1 << 16];
	char *why = NULL;

	while (!why && d->bytes < offset) {
		int64_t left = offset - d->bytes;
		why = put(d, zeros, left < (int64_t)sizeof(zeros) ? (size_t)left : sizeof(zeros));
	}
	return why;
}

/* By blocks: archive_read_data() throws away what it has in hand when the archive ends early. */
static enum hu_drained drain(struct archive *a, struct drain *d, char **why)
{
	for (int retries = 0;;) {
		const void *at = NULL;
		size_t len = 0;
		int64_t offset = d->bytes;
		int r = archive_read_data_block(a, &at, &len, &offset);
		if (r == ARCHIVE_RETRY && retries++ < 10)
			continue;
		if (r < ARCHIVE_OK) {
			*why = said(a);
			return r == ARCHIVE_FATAL ? HU_DRAINED_END : HU_DRAINED_CUT;
		}
		*why = put_hole(d, offset);
		if (!*why && r != ARCHIVE_EOF)
			*why = put(d, at, len);
		if (*why)
			return HU_DRAINED_STOP;
		if (r == ARCHIVE_EOF)
			return HU_DRAINED;
	}
}

enum hu_drained hu_unpack_drain(struct archive *a, const char *file, struct hu_gauge *gauge,
				struct hu_member *member, char **why)
{
	struct hu_sha256 sha;
	struct drain d = {.gauge = gauge, .sha = member ? &sha : NULL};

	d.fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d.fd < 0) {
		struct hu_err *err = hu_err_os(errno, "no temporary file can be made");
		*why = hu_strdup(hu_str(hu_err_text(err)));
		hu_err_free(err);
		return HU_DRAINED_STOP;
	}
	hu_sha256_init(&sha);
	enum hu_drained drained = drain(a, &d, why);
	close(d.fd);
	if (member) {
		member->bytes = d.bytes;
		hu_sha256_finish(&sha, member->sha256);
	}
	return drained;
}

struct hu_err *hu_unpack_file(struct hu_bundle *bundle, const char *path, const char *to,
			      char **cut)
{
	HU_CLEANUP(hu_freep) char *why = NULL;
	HU_CLEANUP(hu_unpack_close) struct archive *a = hu_unpack_open(path, false, &why);
	struct archive_entry *entry;
	struct stat st;

	if (!a)
		return hu_err(HU_ERR_BAD_INPUT, "%s", why);
	if (archive_read_next_header(a, &entry) < ARCHIVE_WARN) {
		why = said(a);
		return hu_err(HU_ERR_BAD_INPUT, "%s", why);
	}
	if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE)
		return hu_err(HU_ERR_BAD_INPUT, "it begins like a packed file, but is none");
	struct hu_gauge gauge = {.limits = &bundle->limits,
				 .scratch = hu_scratch_path(bundle->scratch),
				 .packed = stat(path, &st) == 0 ? st.st_size : 0,
				 .unpacked = bundle->unpacked};
	enum hu_drained drained = hu_unpack_drain(a, to, &gauge, NULL, &why);
	bundle->unpacked = gauge.unpacked;
	if (drained == HU_DRAINED)
		return NULL;
	if (drained == HU_DRAINED_STOP || !gauge.file)
		return hu_err(HU_ERR_BAD_INPUT, "%s", why);
	*cut = why;
	why = NULL;
	return NULL;
}
