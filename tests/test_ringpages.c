/*
 * Ring buffer pages in which bytes are missing or too many: from there on every page lies
 * elsewhere, and what stands where its head should be is something else. Pages are made here, after
 * kernel/trace/ring_buffer.c; real ones, whole and broken, are in fixtures/.
 */
#include "tests/test.h"

#include <string.h>

#include "db/text.h"
#include "ingest/ringpages.h"

enum { PAGE = 256, HEAD = 16, RECORDS = 10 };

static void number(struct hu_out *to, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		hu_out_putc(to, (char)(value >> 8 * i));
}

/* A record of 12 bytes, so many nanoseconds behind the one before. */
static void record(struct hu_out *to, uint32_t delta, uint32_t value)
{
	number(to, delta << 5 | 3, 4);
	number(to, value, 4);
	number(to, value, 4);
	number(to, value, 4);
}

/* What a page has behind its records is whatever was there before. `stale`: words of it. */
static void page(struct hu_out *to, uint64_t ts, const uint64_t *stale, size_t count)
{
	size_t begin = to->len;

	number(to, ts, 8);
	number(to, RECORDS * 16, 8);
	for (uint32_t i = 0; i < RECORDS; i++)
		record(to, i ? 10 : 0, i);
	for (size_t i = 0; to->len < begin + PAGE; i++)
		number(to, i < count ? stale[i] : 0, 8);
}

/* The time since boot itself, in two words: 27 bits, then 32. */
static void put_stamp(char *at, uint64_t ns)
{
	uint32_t low = (uint32_t)(ns & ((1U << 27) - 1)) << 5 | 31, high = (uint32_t)(ns >> 27);

	memcpy(at, &low, 4);
	memcpy(at + 4, &high, 4);
}

struct read {
	uint64_t records, latest, damaged, unread;
};

static struct read read_all(struct hu_str bytes)
{
	struct hu_ring ring = {.left = bytes, .page_size = PAGE, .commit_size = 8};
	struct hu_ring_record r;
	struct read ret = {0};

	while (hu_ring_next(&ring, &r)) {
		ret.records++;
		ret.latest = r.ts;
	}
	ret.damaged = ring.damaged;
	ret.unread = ring.unread;
	hu_ring_deinit(&ring);
	return ret;
}

static struct hu_str first(struct hu_str s, size_t len)
{
	return (struct hu_str){s.at, len};
}

static struct hu_str cat(struct hu_out *to, struct hu_str a, struct hu_str b, struct hu_str c)
{
	hu_out_clear(to);
	hu_out_str(to, a);
	hu_out_str(to, b);
	hu_out_str(to, c);
	return hu_out_view(to);
}

static void test_shifted(void)
{
	/* At the end of each page: the head of one with two records, far ahead, as what lies there
	 * after a shift by 32 bytes is taken for. */
	static const uint64_t stale[] = {0, 0, 0, 0, 0, 0, 1000000000000000, 32, 3, 0, 3, 0};
	HU_CLEANUP(hu_out_deinit) struct hu_out pages = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out odd = {0};

	for (uint64_t i = 0; i < 6; i++)
		page(&pages, 1000 * (i + 1), stale, sizeof(stale) / sizeof(*stale));
	struct hu_str all = hu_out_view(&pages);

	TEST_CASE("as they were written");
	struct read r = read_all(all);
	CHECK_INT(r.records, 6 * RECORDS);
	CHECK_INT(r.latest, 6090);
	CHECK_INT(r.damaged, 0);

	TEST_CASE(
		"32 bytes twice in the second page: up to there, and no time that nobody stamped");
	size_t cut = PAGE + HEAD + 64;
	r = read_all(cat(&odd, first(all, cut), first(hu_str_skip(all, cut), 32),
			 hu_str_skip(all, cut)));
	CHECK(r.records >= RECORDS && r.records <= 2 * RECORDS);
	CHECK(r.latest < 3000);
	CHECK(r.damaged > 0 && r.unread >= 3 * PAGE);

	TEST_CASE("32 bytes missing there");
	r = read_all(
		cat(&odd, first(all, cut), (struct hu_str){NULL, 0}, hu_str_skip(all, cut + 32)));
	CHECK(r.records >= RECORDS && r.records <= 2 * RECORDS);
	CHECK(r.latest < 3000);
	CHECK(r.damaged > 0 && r.unread >= 3 * PAGE);

	TEST_CASE("a record in one page whose length is wrong: the others stay");
	cat(&odd, all, (struct hu_str){NULL, 0}, (struct hu_str){NULL, 0});
	odd.at[PAGE + HEAD + 5 * 16] = (char)28;
	odd.at[PAGE + HEAD + 5 * 16 + 1] = 0;
	r = read_all(hu_out_view(&odd));
	CHECK_INT(r.records, 5 * RECORDS + 5);
	CHECK_INT(r.latest, 6090);
	CHECK_INT(r.damaged, 1);

	TEST_CASE("the same in the page before the last");
	cat(&odd, all, (struct hu_str){NULL, 0}, (struct hu_str){NULL, 0});
	odd.at[4 * PAGE + HEAD + 5 * 16] = (char)28;
	odd.at[4 * PAGE + HEAD + 5 * 16 + 1] = 0;
	r = read_all(hu_out_view(&odd));
	CHECK_INT(r.records, 5 * RECORDS + 5);
	CHECK_INT(r.latest, 6090);

	TEST_CASE("the last page is cut behind its records: all stay, and others may be missing");
	r = read_all(first(all, 5 * PAGE + HEAD + RECORDS * 16 + 8));
	CHECK_INT(r.records, 6 * RECORDS);
	CHECK_INT(r.damaged, 1);

	TEST_CASE("the last page is cut: what is there of it stays");
	r = read_all(first(all, 5 * PAGE + HEAD + 3 * 16 + 8));
	CHECK_INT(r.records, 5 * RECORDS + 3);
	CHECK_INT(r.damaged, 2);
}

/* Pages 3 and 4 of six exchanged with 1 and 2: the younger ones are read, of the others it is said
 * since when something is missing. */
static void test_exchanged(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out pages = {0};
	static const uint64_t times[] = {1000, 4000, 5000, 2000, 3000, 6000};
	struct hu_ring_record r;
	uint64_t since = 0, before = 0, records = 0;

	TEST_CASE("blocks of pages exchanged");
	for (size_t i = 0; i < 6; i++)
		page(&pages, times[i], NULL, 0);
	struct hu_ring ring = {.left = hu_out_view(&pages), .page_size = PAGE, .commit_size = 8};
	while (hu_ring_next(&ring, &r)) {
		records++;
		if (r.missed) {
			since = r.since;
			before = r.ts;
		}
	}
	CHECK_INT(records, 4 * RECORDS);
	CHECK_INT(since, 2000);
	CHECK_INT(before, 6000);
	CHECK_INT(ring.damaged, 2);
	hu_ring_deinit(&ring);
}

/* An absolute stamp (type 31) that leads back: what is behind it in its page has no time. */
static void test_stamp_back(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out pages = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out odd = {0};

	TEST_CASE("an absolute stamp that leads on");
	for (size_t i = 0; i < 3; i++)
		page(&pages, 1000 + 1000 * i, NULL, 0);
	cat(&odd, hu_out_view(&pages), (struct hu_str){NULL, 0}, (struct hu_str){NULL, 0});
	/* the seventh record of the second page: 16 bytes, two stamps of 8 */
	size_t at = PAGE + HEAD + 6 * 16;
	put_stamp(odd.at + at, 2500);
	put_stamp(odd.at + at + 8, 2600);
	struct read r = read_all(hu_out_view(&odd));
	CHECK_INT(r.records, 3 * RECORDS - 1);
	CHECK_INT(r.damaged, 0);

	TEST_CASE("one that leads back: the rest of its page is lost, and the next one is not");
	put_stamp(odd.at + at, 1500);
	put_stamp(odd.at + at + 8, 1600);
	r = read_all(hu_out_view(&odd));
	CHECK_INT(r.records, 2 * RECORDS + 6);
	CHECK_INT(r.latest, 3090);
	CHECK_INT(r.damaged, 1);
}

int main(void)
{
	test_stamp_back();
	test_shifted();
	test_exchanged();
	return test_end();
}
