/* The journal of a batch: framed records, appended, checked when they are read. */
#include "fleet/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/sha256.h"
#include "fleet/step.h"

/* "00000123 0123456789abcdef payload\n" */
enum {
	LENGTH = 8,
	CHECK = 16,
	HEAD = LENGTH + 1 + CHECK + 1,
	WINDOW = 2 * (HU_JOURNAL_MAX + HEAD)
};

static const char first_line[] = "holdup journal 1\n";

struct hu_journal {
	char *path;
	int fd;
	int64_t end;   /* of the last sound record: where the next one goes */
	bool unsynced; /* something was written since the last sync */
};

/* The part of the file that is being looked at. */
struct window {
	struct hu_journal *journal;
	char *bytes;
	int64_t at; /* of the first of them in the file */
	size_t len;
	int errnum;
};

/* The place counts too: a block that a file system put back elsewhere is no record there. */
static void checksum(int64_t at, struct hu_str payload, char ret[CHECK])
{
	struct hu_sha256 sha;
	char place[32], hex[HU_SHA256_TEXT];

	hu_sha256_init(&sha);
	snprintf(place, sizeof(place), "%" PRId64 " ", at);
	hu_sha256_add(&sha, place, strlen(place));
	hu_sha256_add(&sha, payload.at, payload.len);
	hu_sha256_finish(&sha, hex);
	memcpy(ret, hex, CHECK);
}

/* Up to `len` bytes at this place of the file, borrowed until the next look. */
static struct hu_str look(struct window *w, int64_t at, size_t len)
{
	bool inside = at >= w->at && at + (int64_t)len <= w->at + (int64_t)w->len;

	if (!inside) {
		w->at = at;
		w->len = 0;
		while (w->len < WINDOW) {
			ssize_t n = pread(w->journal->fd, w->bytes + w->len, WINDOW - w->len,
					  at + (int64_t)w->len);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				w->errnum = errno;
			if (n <= 0)
				break;
			w->len += (size_t)n;
		}
	}
	size_t skip = (size_t)(at - w->at);
	size_t there = skip < w->len ? w->len - skip : 0;
	return (struct hu_str){w->bytes + skip, len < there ? len : there};
}

/* The record at this place, whole and sound, or false. */
static bool record_at(struct window *w, int64_t at, struct hu_str *payload)
{
	struct hu_str head = look(w, at, HEAD);
	uint64_t len;
	char want[CHECK], sum[CHECK];

	if (head.len < HEAD || head.at[LENGTH] != ' ' || head.at[HEAD - 1] != ' ' ||
	    !hu_str_u64((struct hu_str){head.at, LENGTH}, 16, &len) || len > HU_JOURNAL_MAX)
		return false;
	memcpy(want, head.at + LENGTH + 1, CHECK);
	struct hu_str body = look(w, at + HEAD, (size_t)len + 1);
	if (body.len < len + 1) /* with the newline, whatever has become of that */
		return false;
	body.len = (size_t)len;
	checksum(at, body, sum);
	if (memcmp(sum, want, CHECK) != 0)
		return false;
	*payload = body;
	return true;
}

/* Where the next line after `at` begins, or the end of the file. */
static int64_t next_line(struct window *w, int64_t at)
{
	for (;;) {
		struct hu_str piece = look(w, at, 65536);
		if (!piece.len)
			return at;
		const char *newline = memchr(piece.at, '\n', piece.len);
		if (newline)
			return at + (newline - piece.at) + 1;
		at += (int64_t)piece.len;
	}
}

static struct hu_err *scan(struct hu_journal *journal, hu_journal_each *each, void *data,
			   struct hu_journal_found *found)
{
	HU_CLEANUP(hu_freep) char *bytes = hu_alloc(WINDOW);
	struct window w = {.journal = journal, .bytes = bytes};
	int64_t at = sizeof(first_line) - 1, bad = 0;

	journal->end = at;
	while (look(&w, at, 1).len) {
		struct hu_str payload;
		if (record_at(&w, at, &payload)) {
			found->damaged += bad;
			found->records++;
			bad = 0;
			int64_t next = at + HEAD + (int64_t)payload.len + 1;
			if (each)
				each(data, at, payload);
			journal->end = at = next;
			continue;
		}
		bad++;
		at = next_line(&w, at);
	}
	if (w.errnum)
		return hu_err_os(w.errnum, "cannot read %s", journal->path);
	found->cut = at - journal->end;
	if (found->cut && ftruncate(journal->fd, journal->end) < 0)
		return hu_err_os(errno, "cannot cut the torn end off %s", journal->path);
	return NULL;
}

static struct hu_err *write_all(struct hu_journal *journal, int64_t at, struct hu_str bytes)
{
	while (bytes.len) {
		ssize_t n = pwrite(journal->fd, bytes.at, bytes.len, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return hu_err_os(n < 0 ? errno : ENOSPC, "cannot write %s", journal->path);
		bytes = hu_str_skip(bytes, (size_t)n);
		at += n;
	}
	return NULL;
}

/* A new file, or one whose first line a kill cut short, gets its first line. */
static struct hu_err *begin(struct hu_journal *journal)
{
	char head[sizeof(first_line) - 1];
	ssize_t n = pread(journal->fd, head, sizeof(head), 0);

	if (n < 0)
		return hu_err_os(errno, "cannot read %s", journal->path);
	if (memcmp(head, first_line, (size_t)n) != 0)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "%s is no journal that this version of holdup reads: give another "
			      "folder with -o",
			      journal->path);
	if (n == (ssize_t)sizeof(head))
		return NULL;
	return write_all(journal, 0, hu_str(first_line));
}

struct hu_err *hu_journal_open(const char *path, hu_journal_each *each, void *data,
			       struct hu_journal_found *found, struct hu_journal **ret)
{
	HU_CLEANUP(hu_journal_closep) struct hu_journal *journal = hu_alloc(sizeof(*journal));

	*found = (struct hu_journal_found){0};
	journal->path = hu_strdup(hu_str(path));
	journal->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (journal->fd < 0)
		return hu_err_os(errno, "cannot open %s", path);
	struct hu_err *err = begin(journal);
	if (!err)
		err = scan(journal, each, data, found);
	if (err)
		return err;
	*ret = journal;
	journal = NULL;
	return NULL;
}

struct hu_err *hu_journal_add(struct hu_journal *journal, struct hu_str payload, int64_t *at)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	char sum[CHECK];

	if (payload.len > HU_JOURNAL_MAX || (payload.len && memchr(payload.at, '\n', payload.len)))
		return hu_err(HU_ERR_BUG, "no record of a journal: %zu bytes", payload.len);
	checksum(journal->end, payload, sum);
	hu_out_printf(&line, "%08zx %.*s ", payload.len, CHECK, sum);
	hu_out_str(&line, payload);
	hu_out_putc(&line, '\n');

	hu_step("journal: before a record");
	struct hu_str whole = hu_out_view(&line), half = {whole.at, whole.len / 2};
	struct hu_err *err = NULL;
	if (hu_step_tears("journal: within a record"))
		err = write_all(journal, journal->end, half);
	hu_step("journal: within a record");
	if (!err)
		err = write_all(journal, journal->end, whole);
	/* What was half written is cut off when the journal is opened next; until then nothing
	 * comes behind it. */
	if (err)
		return err;
	journal->unsynced = true;
	*at = journal->end;
	journal->end += (int64_t)whole.len;
	hu_step("journal: after a record");
	return NULL;
}

struct hu_err *hu_journal_sync(struct hu_journal *journal)
{
	if (!journal->unsynced)
		return NULL;
	hu_step("journal: before a sync");
	if (fsync(journal->fd) < 0)
		return hu_err_os(errno, "cannot write %s", journal->path);
	journal->unsynced = false;
	hu_step("journal: after a sync");
	return NULL;
}

struct hu_err *hu_journal_read(struct hu_journal *journal, int64_t at, struct hu_out *ret)
{
	char head[HEAD + 1] = "";
	uint64_t len;
	char sum[CHECK];

	hu_out_clear(ret);
	ssize_t n = pread(journal->fd, head, HEAD, at);
	if (n == HEAD && hu_str_u64((struct hu_str){head, LENGTH}, 16, &len) &&
	    len <= HU_JOURNAL_MAX) {
		HU_CLEANUP(hu_freep) char *bytes = hu_alloc((size_t)len);
		n = pread(journal->fd, bytes, (size_t)len, at + HEAD);
		checksum(at, (struct hu_str){bytes, (size_t)len}, sum);
		if (n == (ssize_t)len && !memcmp(sum, head + LENGTH + 1, CHECK)) {
			hu_out_bytes(ret, bytes, (size_t)len);
			return NULL;
		}
	}
	if (n < 0)
		return hu_err_os(errno, "cannot read %s", journal->path);
	return hu_err(HU_ERR_BAD_INPUT, "%s was changed by somebody else while it was in use",
		      journal->path);
}

void hu_journal_close(struct hu_journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->path);
	free(journal);
}

void hu_journal_closep(struct hu_journal **journal)
{
	hu_journal_close(*journal);
	*journal = NULL;
}
