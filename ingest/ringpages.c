/*
 * Ring buffer pages (kernel/trace/ring_buffer.c): a stamp, a commit word, then records of a 5-bit
 * type and a 27-bit time delta.
 *
 * Why not kbuffer of libtraceevent 1.7.1: it believes commit words and record lengths, so a damaged
 * page makes it read past the page, or turn in a circle for ever (a padding record of length
 * 0xfffffff0 leads back to itself); and libtracecmd on top of it inflates all packed data into a
 * temporary file and allocates every record. Checking a page first means decoding it, and then
 * nothing is left to do. The arithmetic of stamps follows kbuffer, so that our stamps are
 * trace-cmd's.
 */
#include "ingest/ringpages.h"
#include "db/reading.h"

#include <stdlib.h>
#include <string.h>

enum {
	TYPE_DATA_LONG = 0, /* length in the first word */
	TYPE_PADDING = 29,
	TYPE_TIME_EXTEND = 30,
	TYPE_TIME_STAMP = 31,
	TS_SHIFT = 27,
	CHUNK_MAX = 16 << 20,
};
#define COMMIT_MASK UINT64_C(0x7ffffff)
#define MISSED_EVENTS (UINT64_C(1) << 31)
#define MISSED_STORED (UINT64_C(1) << 30)
/* Absolute stamps carry 59 bits; the rest is the page's. */
#define TS_MSB (UINT64_C(0xf8) << 56)

struct head { /* of a record */
	uint32_t type;
	uint64_t delta, len;
	unsigned skip; /* bytes of the length in front of the data */
	bool ends;     /* nothing is behind it in its page */
};

static uint32_t word(const struct hu_ring *ring, const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return ring->big_endian ? __builtin_bswap32(value) : value;
}

static uint64_t number(const struct hu_ring *ring, const unsigned char *at, size_t bytes)
{
	uint64_t value;

	if (bytes == 4)
		return word(ring, at);
	memcpy(&value, at, sizeof(value));
	return ring->big_endian ? __builtin_bswap64(value) : value;
}

static void damage(struct hu_ring *ring, const char *what, size_t unread)
{
	ring->damaged++;
	ring->unread += unread;
	if (!ring->damage)
		ring->damage = what;
	ring->missed = HU_RING_MISSED;
}

/* Unpacks the next chunk; false if there is none, or none that can be read. */
static bool next_chunk(struct hu_ring *ring)
{
	while (ring->chunks && ring->left.len) {
		const unsigned char *at = (const unsigned char *)ring->left.at;
		if (ring->left.len < 8)
			break;
		uint64_t packed = word(ring, at);
		uint64_t plain = word(ring, at + 4);
		if (packed > ring->left.len - 8 || !plain || plain > CHUNK_MAX)
			break;
		unsigned turn = !ring->busy;
		if (ring->chunk_size[turn] < plain) {
			if (*ring->budget < plain)
				break;
			*ring->budget -= plain;
			free(ring->chunk[turn]);
			ring->chunk[turn] = hu_alloc((size_t)plain);
			ring->chunk_size[turn] = (size_t)plain;
		}
		ring->chunks--;
		struct hu_str block = {ring->left.at + 8, (size_t)packed};
		ring->left = hu_str_skip(ring->left, (size_t)packed + 8);
		hu_reading_more(packed + 8);
		if (ring->unpack(ring->with, block, ring->chunk[turn], (size_t)plain)) {
			ring->pages = (struct hu_str){ring->chunk[turn], (size_t)plain};
			ring->turn = turn;
			ring->doubt = false;
			return true;
		}
		damage(ring, "a chunk cannot be unpacked", (size_t)packed);
	}
	if (!ring->chunks && ring->left.len >= 8) {
		damage(ring, "there is more than the chunks that are announced", ring->left.len);
	} else if (ring->chunks) {
		damage(ring, "the chunks end too early, or their sizes are wrong", ring->left.len);
		ring->chunks = 0;
	}
	ring->left.len = 0;
	return false;
}

static bool start(struct hu_ring *ring)
{
	ring->started = true;
	if (!ring->packed) {
		ring->pages = ring->left;
		return true;
	}
	if (ring->left.len < 4)
		return false;
	ring->chunks = word(ring, (const unsigned char *)ring->left.at);
	ring->left = hu_str_skip(ring->left, 4);
	return true;
}

/*
 * A CPU writes its pages one after the other, so their times rise. One that is older than the last
 * record before it, or younger than the page behind it, is not where it was: its bytes are those of
 * another, or not its own. Of a page and the next that contradict each other the one that fits what
 * was before is right. Zeros are a page that was never written.
 */
static bool in_order(struct hu_ring *ring, uint64_t ts, uint64_t size, size_t bytes)
{
	uint64_t next = 0;

	ring->limit = UINT64_MAX;
	if (ring->pages.len >= 16)
		next = number(ring, (const unsigned char *)ring->pages.at, 8);
	if (!size && (!ts || next)) {
		damage(ring, ts ? "a page before others is empty" : "a page has nothing but zeros",
		       bytes);
		return false;
	}
	if (!size)
		return true;
	if (ts < ring->last) {
		damage(ring, "a page is older than what is before it", bytes);
		ring->since = ring->since && ring->since < ts ? ring->since : ts;
		return false;
	}
	if (next && next >= ring->last && next < (uint64_t)HU_OPEN) {
		if (ts > next) {
			damage(ring, "a page is younger than the one behind it", bytes);
			return false;
		}
		ring->limit = next;
	}
	return true;
}

/* The head of a record: its type, what it adds to the time, and how many bytes follow the four of
 * the head. False: it runs over the end. */
static bool record_at(const struct hu_ring *ring, const unsigned char *at, size_t left,
		      struct head *ret)
{
	uint32_t bits = word(ring, at);

	*ret = (struct head){.type = ring->big_endian ? bits >> 27 : bits & 31,
			     .delta = ring->big_endian ? bits & ((1U << 27) - 1) : bits >> 5};
	ret->len = ret->type * 4;
	left -= 4;
	if (ret->type != TYPE_DATA_LONG && ret->type < TYPE_PADDING)
		return ret->len <= left;
	if (left < 4) {
		/* A page may end in padding that has no room for its length. */
		ret->ends = ret->type == TYPE_PADDING;
		return ret->ends;
	}
	uint32_t first = word(ring, at + 4);
	if (ret->type == TYPE_PADDING) {
		ret->len = first;
		ret->ends = ret->len > left && !ret->delta; /* padding to the end of the page */
		return ret->ends || ret->len <= left;
	}
	if (ret->type == TYPE_DATA_LONG) {
		ret->skip = 4;
		ret->len = ((uint64_t)first - 4 + 3) & ~UINT64_C(3);
		return first >= 4 && ret->len <= left - 4;
	}
	ret->delta += (uint64_t)first << TS_SHIFT;
	ret->len = 4;
	return true;
}

/* Do its records end where the page says that they do? Of other bytes hardly any do. */
static bool whole(const struct hu_ring *ring, const unsigned char *at, const unsigned char *end)
{
	struct head head;

	for (; end - at >= 4; at += 4 + head.skip + head.len) {
		if (!record_at(ring, at, (size_t)(end - at), &head))
			return false;
		if (head.ends)
			return true;
	}
	return at == end;
}

/* Is what lies behind this page one, too? Only asked where this one or the one before is not whole.
 */
static bool next_is_whole(const struct hu_ring *ring, const struct hu_str *page)
{
	size_t head = 8 + ring->commit_size;
	struct hu_str next = ring->pages;

	if (!next.len)
		return page->len == ring->page_size;
	if (next.len > ring->page_size)
		next.len = ring->page_size;
	if (next.len < head)
		return false;
	const unsigned char *at = (const unsigned char *)next.at;
	uint64_t size = number(ring, at + 8, ring->commit_size) & COMMIT_MASK;
	return size && head + size <= next.len && number(ring, at, 8) >= ring->ts &&
	       whole(ring, at + head, at + head + size);
}

/* Opens the next page that is sound; false at the end. */
static bool next_page(struct hu_ring *ring)
{
	size_t head = 8 + ring->commit_size;

	if (!ring->started && !start(ring))
		return false;
	for (;;) {
		if (!ring->pages.len && !(ring->packed && next_chunk(ring)))
			return false;
		struct hu_str page = ring->pages;
		if (page.len > ring->page_size)
			page.len = ring->page_size;
		ring->pages = hu_str_skip(ring->pages, page.len);
		if (!ring->packed)
			hu_reading_more(page.len);
		if (page.len < head) {
			damage(ring, "the last page is cut", page.len);
			continue;
		}
		const unsigned char *at = (const unsigned char *)page.at;
		uint64_t commit = number(ring, at + 8, ring->commit_size);
		uint64_t size = commit & COMMIT_MASK;
		bool cut = false;
		if (head + size > page.len) {
			cut = page.len < ring->page_size && head + size <= ring->page_size;
			damage(ring,
			       cut ? "the last page is cut" : "a page claims more than it can hold",
			       page.len - head);
			if (!cut)
				continue;
			size = page.len - head;
			commit = 0;
			ring->missed = 0; /* what is lost is behind, not before it */
		}
		/* Its records are there; a page is written whole, so others may be missing behind
		 * it. */
		if (!cut && page.len < ring->page_size) {
			int64_t missed = ring->missed;
			damage(ring, "the last page is cut", 0);
			ring->missed = missed;
		}
		ring->ts = number(ring, at, 8);
		if (ring->ts >= (uint64_t)HU_OPEN) {
			damage(ring, "a page has an impossible time", page.len);
			continue;
		}
		if (commit & MISSED_EVENTS) {
			/* The count lies behind the data, if there was room for it. */
			bool counted = (commit & MISSED_STORED) &&
				       head + size + ring->commit_size <= page.len;
			uint64_t lost =
				counted ? number(ring, at + head + size, ring->commit_size) : 0;
			ring->missed = counted && lost && lost <= INT64_MAX ? (int64_t)lost
									    : HU_RING_MISSED;
		}
		if (!in_order(ring, ring->ts, size, page.len))
			continue;
		bool sound = whole(ring, at + head, at + head + size);
		bool taken = ring->doubt ? sound && next_is_whole(ring, &page)
					 : sound || cut || next_is_whole(ring, &page);
		if (!taken) {
			damage(ring, "neither a page nor the one behind it is whole", page.len);
			ring->doubt = true;
			continue;
		}
		ring->doubt = !sound;
		ring->at = at + head;
		ring->end = ring->at + size;
		return true;
	}
}

bool hu_ring_next(struct hu_ring *ring, struct hu_ring_record *ret)
{
	for (;;) {
		size_t left = (size_t)(ring->end - ring->at);
		if (left < 4) {
			if (!next_page(ring))
				return false;
			continue;
		}
		struct head head;
		if (!record_at(ring, ring->at, left, &head)) {
			damage(ring, "a record runs over its page", left);
			ring->at = ring->end;
			continue;
		}
		if (head.ends) {
			ring->at = ring->end;
			continue;
		}
		const unsigned char *data = ring->at + 4 + head.skip;
		if (head.type == TYPE_TIME_STAMP)
			head.delta = (head.delta | (ring->ts & TS_MSB)) - ring->ts;
		ring->ts += head.delta;
		ring->at = data + head.len;
		left -= 4;
		/* Only an absolute stamp can lead back, and no CPU writes one that does. */
		if (ring->ts < ring->last) {
			damage(ring, "a record is older than the one before it", left);
			ring->at = ring->end;
			continue;
		}
		if (ring->ts > ring->limit && ring->ts < (uint64_t)HU_OPEN) {
			damage(ring, "a record is younger than the page behind it", left);
			ring->at = ring->end;
			continue;
		}
		if (head.type >= TYPE_PADDING)
			continue;
		if (ring->ts >= (uint64_t)HU_OPEN) {
			damage(ring, "a record has an impossible time", left);
			ring->at = ring->end;
			continue;
		}
		*ret = (struct hu_ring_record){
			.ts = ring->ts,
			.data = {(const char *)data, (size_t)head.len},
			.missed = ring->missed,
			.since = ring->since,
		};
		ring->missed = 0;
		ring->since = 0;
		ring->last = ring->ts;
		ring->busy = ring->turn;
		return true;
	}
}

struct hu_ring hu_ring_fork(const struct hu_ring *ring)
{
	struct hu_ring fork = *ring;

	fork.left.len = 0;
	fork.chunks = 0;
	return fork;
}

void hu_ring_deinit(struct hu_ring *ring)
{
	free(ring->chunk[0]);
	free(ring->chunk[1]);
}
