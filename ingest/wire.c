/* Messages through a pipe; see wire.h. */
#include "ingest/wire.h"
#include "ingest/bundle_parts.h"
#include "ingest/mapped.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct head {
	uint32_t said, len;
};
enum { TEXT_MAX = 1 << 16, NULL_TEXT = -1, ROOM = 1 << 20, REST_EVERY = 64 };

void hu_wire_int(struct hu_wire_out *w, int64_t value)
{
	hu_out_bytes(&w->bytes, (const char *)&value, sizeof(value));
}

void hu_wire_text(struct hu_wire_out *w, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	len = len < TEXT_MAX ? len : TEXT_MAX;
	hu_wire_int(w, text ? (int64_t)len : NULL_TEXT);
	hu_out_bytes(&w->bytes, text ? text : "", len);
}

static void send_bytes(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* nobody hears us any more */
			_exit(1);
		at += n;
		len -= (size_t)n;
	}
}

/* In one call where the pipe has room for it. */
static void send_all(int fd, const struct iovec *piece, int count)
{
	ssize_t n = writev(fd, piece, count);
	size_t sent = n > 0 ? (size_t)n : 0;

	for (int i = 0; i < count; i++) {
		size_t skip = sent < piece[i].iov_len ? sent : piece[i].iov_len;
		send_bytes(fd, (const char *)piece[i].iov_base + skip, piece[i].iov_len - skip);
		sent -= skip;
	}
}

void hu_wire_send(struct hu_wire_out *w, enum hu_said said)
{
	struct head head = {said, (uint32_t)w->bytes.len};
	struct iovec pieces[] = {{&head, sizeof(head)}, {w->bytes.at, w->bytes.len}};

	send_all(w->fd, pieces, w->bytes.len ? 2 : 1);
	hu_out_clear(&w->bytes);
}

void hu_wire_batch(struct hu_wire_out *w, const struct hu_batch *batch)
{
	/* What the reader has behind it shall not count as its memory. */
	if (++w->batches % REST_EVERY == 0)
		hu_mapped_rest();
	size_t rows = batch->rows * sizeof(batch->row[0]);
	uint32_t counts[] = {batch->rows, batch->text_len};
	struct head head = {HU_SAID_BATCH, (uint32_t)(sizeof(counts) + rows + batch->text_len)};
	struct iovec pieces[] = {{&head, sizeof(head)},
				 {counts, sizeof(counts)},
				 {(void *)(uintptr_t)batch->row, rows},
				 {(void *)(uintptr_t)batch->text, batch->text_len}};

	send_all(w->fd, pieces, batch->text_len ? 4 : 3);
}

int64_t hu_heard_int(struct hu_heard *h)
{
	int64_t value = 0;

	if (h->rest.len < sizeof(value)) {
		h->broken = true;
		return 0;
	}
	memcpy(&value, h->rest.at, sizeof(value));
	h->rest = hu_str_skip(h->rest, sizeof(value));
	return value;
}

char *hu_heard_text(struct hu_heard *h)
{
	int64_t len = hu_heard_int(h);

	if (h->broken || len == NULL_TEXT)
		return NULL;
	if (len < 0 || (uint64_t)len > h->rest.len) {
		h->broken = true;
		return NULL;
	}
	char *text = hu_path_escape((struct hu_str){h->rest.at, (size_t)len});
	h->rest = hu_str_skip(h->rest, (size_t)len);
	return text;
}

bool hu_heard_batch(const struct hu_heard *h, struct hu_batch *ret)
{
	uint32_t counts[2];

	if (h->rest.len < sizeof(counts))
		return false;
	memcpy(counts, h->rest.at, sizeof(counts));
	struct hu_str rest = hu_str_skip(h->rest, sizeof(counts));
	if (counts[0] > HU_BATCH_ROWS || counts[1] > HU_BATCH_TEXT)
		return false;
	size_t rows = counts[0] * sizeof(ret->row[0]);
	if (rest.len != rows + counts[1])
		return false;
	ret->rows = counts[0];
	ret->text_len = counts[1];
	memcpy(ret->row, rest.at, rows);
	memcpy(ret->text, rest.at + rows, counts[1]);
	return true;
}

static hu_ns now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (hu_ns)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Takes a whole message out of the buffer. */
static bool take(struct hu_wire_in *in, struct hu_heard *ret, bool *odd)
{
	struct head head;

	if (in->to - in->from < sizeof(head))
		return false;
	memcpy(&head, in->buffer + in->from, sizeof(head));
	*odd = !head.said || head.said >= HU_SAIDS || head.len > HU_WIRE_MAX;
	if (*odd || in->to - in->from - sizeof(head) < head.len)
		return false;
	*ret = (struct hu_heard){
		head.said, {in->buffer + in->from + sizeof(head), head.len}, false};
	in->from += sizeof(head) + head.len;
	return true;
}

/* More bytes behind those that are there. 0: the pipe is closed; -1: none within `ms`. */
static ssize_t fill(struct hu_wire_in *in, int ms)
{
	if (!in->buffer)
		in->buffer = hu_alloc(ROOM);
	if (in->from) {
		memmove(in->buffer, in->buffer + in->from, in->to - in->from);
		in->to -= in->from;
		in->from = 0;
	}
	ssize_t n = read(hu_child_fd(in->child), in->buffer + in->to, ROOM - in->to);
	if (n < 0 && errno == EAGAIN && hu_child_wait(in->child, ms))
		n = read(hu_child_fd(in->child), in->buffer + in->to, ROOM - in->to);
	if (n > 0)
		in->to += (size_t)n;
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

/* Since when nothing came, and since when the child has not even run. */
struct silence {
	hu_ns began, idle, cpu;
};

/*
 * A child that computes has its limit of processor time. One that waits for something uses none:
 * it has as long by the clock; and ten times as long whoever works a little now and then, as one
 * does that shares its processor with too many.
 */
static bool too_slow(const struct hu_wire_in *in, struct silence *s)
{
	hu_ns cpu = hu_child_cpu(in->child), at = now();

	if (!s->began)
		s->began = at;
	if (!s->idle || cpu != s->cpu)
		s->idle = at;
	s->cpu = cpu;
	return cpu - in->since > in->limit || at - s->idle > in->limit ||
	       at - s->began > in->limit * 10;
}

enum hu_hearing hu_wire_hear(struct hu_wire_in *in, struct hu_heard *ret)
{
	enum { LOOK_MS = 200, LOOK_EACH = 64 };
	struct silence silence = {0};
	bool odd = false;

	/* Who talks all the time is asked for the time, too. */
	if (in->heard++ % LOOK_EACH == 0 && hu_child_cpu(in->child) - in->since > in->limit)
		return HU_HEARD_SLOW;
	while (!take(in, ret, &odd)) {
		if (odd)
			return HU_HEARD_ODD;
		ssize_t n = fill(in, LOOK_MS);
		if (!n)
			return in->to > in->from ? HU_HEARD_ODD : HU_HEARD_END;
		/* Bytes that never become a message are silence, too. */
		if (too_slow(in, &silence))
			return HU_HEARD_SLOW;
	}
	return HU_HEARD;
}

void hu_wire_in_deinit(struct hu_wire_in *in)
{
	free(in->buffer);
}
