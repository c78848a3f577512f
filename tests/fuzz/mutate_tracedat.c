/*
 * Changes inside a trace.dat of version 6 or 7: in a format, an option, a page's records, a number
 * that says where something is. Lengths and places stay true but where the lie is the change;
 * packed sections are unpacked, changed and packed again (zstd).
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { BLOBS = 4096, PLACES = 2048, PLAIN_MAX = 4 << 20, PAGE_HEAD = 16 };

enum kind { TEXT, OPTIONS, PAGES };

/* A stretch of bytes, and where its length is told. */
struct blob {
	enum kind kind;
	bool packed;	     /* "u32 packed size, u32 plain size, zstd" … */
	size_t at, len;	     /* … of which this is the last part */
	size_t length;	     /* where; 0: it is of a fixed size */
	size_t length_bytes; /* of that number */
	size_t outer;	     /* the section's length, eight bytes; 0: it is in none */
};

struct walk {
	struct hu_edit e;
	struct hu_dice d;
	bool big, cut;
	unsigned version;
	size_t at, page;
	struct blob blobs[BLOBS];
	size_t blob_count;
	size_t places[PLACES]; /* of absolute offsets, eight bytes each */
	size_t place_count;
	size_t numbers[PLACES]; /* other numbers: their places, and in the top byte their width */
	size_t number_count;
};

static uint64_t number(struct walk *w, size_t bytes)
{
	if (w->cut || w->e.size - w->at < bytes) {
		w->cut = true;
		return 0;
	}
	uint64_t value = hu_get(w->e.at + w->at, bytes, w->big);
	if (w->number_count < PLACES)
		w->numbers[w->number_count++] = w->at | bytes << 56;
	w->at += bytes;
	return value;
}

static void place(struct walk *w, size_t at)
{
	if (w->place_count < PLACES && at + 8 <= w->e.size)
		w->places[w->place_count++] = at;
}

/* A stretch whose length was just read. */
static struct blob *blob(struct walk *w, enum kind kind, uint64_t len, size_t length_bytes)
{
	static struct blob none;

	if (w->cut || len > w->e.size - w->at || w->blob_count == BLOBS) {
		w->cut = true;
		return &none;
	}
	struct blob *b = &w->blobs[w->blob_count++];
	*b = (struct blob){.kind = kind,
			   .at = w->at,
			   .len = len,
			   .length = length_bytes ? w->at - length_bytes : 0,
			   .length_bytes = length_bytes};
	w->at += len;
	return b;
}

static void text(struct walk *w)
{
	const uint8_t *end = w->cut ? NULL : memchr(w->e.at + w->at, 0, w->e.size - w->at);

	w->cut = w->cut || !end;
	if (end)
		w->at = (size_t)(end - w->e.at) + 1;
}

static void formats(struct walk *w)
{
	for (uint64_t n = number(w, 4); n && !w->cut; n--)
		blob(w, TEXT, number(w, 8), 8);
}

static void heads(struct walk *w)
{
	for (int i = 0; i < 2; i++) {
		text(w);
		blob(w, TEXT, number(w, 8), 8);
	}
}

static void systems(struct walk *w)
{
	for (uint64_t n = number(w, 4); n && !w->cut; n--) {
		text(w);
		formats(w);
	}
}

/* Offsets inside of an option's data, which ends where the walk stands. */
static void option_places(struct walk *w, uint64_t id, size_t from)
{
	size_t end = w->at;

	if (id == 0 || id == 3 || (id >= 16 && id <= 22))
		place(w, from);
	if (id != 3 || w->version < 7)
		return;
	w->at = from + 8;
	text(w);
	text(w);
	number(w, 4);
	for (uint64_t cpus = number(w, 4); cpus && !w->cut && w->at < end; cpus--) {
		number(w, 4);
		place(w, w->at);
		number(w, 8);
		number(w, 8);
	}
	w->at = end;
}

static void options(struct walk *w, size_t end)
{
	while (!w->cut && w->at + 2 <= end) {
		uint64_t id = number(w, 2);
		if (!id && w->version < 7)
			return;
		uint64_t len = number(w, 4);
		size_t from = w->at;
		blob(w, TEXT, len, 4);
		if (!w->cut)
			option_places(w, id, from);
		if (!id)
			return;
	}
}

static void version6(struct walk *w)
{
	heads(w);
	formats(w);
	systems(w);
	blob(w, TEXT, number(w, 4), 4); /* kallsyms */
	blob(w, TEXT, number(w, 4), 4); /* printk formats */
	blob(w, TEXT, number(w, 8), 8); /* command lines */
	uint64_t cpus = number(w, 4);
	while (!w->cut && w->e.size - w->at > 10) {
		bool last = memcmp(w->e.at + w->at, "flyrecord", 10) == 0;
		bool has_options = memcmp(w->e.at + w->at, "options  ", 10) == 0;
		w->at += 10;
		if (has_options)
			options(w, w->e.size);
		if (last || !has_options)
			break;
	}
	for (uint64_t cpu = 0; cpu < cpus && !w->cut; cpu++) {
		place(w, w->at);
		uint64_t from = number(w, 8), len = number(w, 8);
		if (!w->cut && from < w->e.size && w->blob_count < BLOBS && len)
			w->blobs[w->blob_count++] = (struct blob){
				.kind = PAGES,
				.at = from,
				.len = len < w->e.size - from ? len : w->e.size - from};
	}
}

static void packed(struct walk *w, enum kind kind, size_t outer, size_t end)
{
	number(w, 4);
	number(w, 4);
	uint64_t len = w->cut ? 0 : hu_get(w->e.at + w->at - 8, 4, w->big);
	struct blob *b = blob(w, kind, len, 4);
	b->packed = true;
	b->outer = outer;
	w->cut = w->cut || w->at > end;
}

static void version7(struct walk *w)
{
	while (!w->cut && w->e.size - w->at >= 16) {
		uint64_t id = number(w, 2), flags = number(w, 2);
		number(w, 4);
		uint64_t len = number(w, 8);
		size_t from = w->at, outer = from - 8;
		if (w->cut || len > w->e.size - from)
			return;
		size_t first = w->blob_count;
		if (flags & 1) {
			uint64_t chunks = id == 3 ? number(w, 4) : 1;
			while (chunks-- && !w->cut && w->at < from + len)
				packed(w,
				       id == 3	 ? PAGES
				       : id == 0 ? OPTIONS
						 : TEXT,
				       outer, from + len);
		} else if (id == 3) {
			size_t page = (from + w->page - 1) / w->page * w->page;
			if (page < from + len)
				w->blobs[w->blob_count++] = (struct blob){
					.kind = PAGES, .at = page, .len = from + len - page};
		} else if (id == 0) {
			options(w, from + len);
		} else if (id == 16) {
			heads(w);
		} else if (id == 17) {
			formats(w);
		} else if (id == 18) {
			systems(w);
		} else {
			blob(w, TEXT, number(w, id == 21 ? 8 : 4), id == 21 ? 8 : 4);
		}
		for (size_t i = first; i < w->blob_count; i++)
			w->blobs[i].outer = w->blobs[i].kind == PAGES && !(flags & 1) ? 0 : outer;
		w->at = from + len;
		if (w->blob_count >= BLOBS - 8)
			return;
	}
}

/* Pages of a ring buffer: stamp, commit, records. */
static void change_pages(uint8_t *at, size_t len, struct walk *w)
{
	enum { MOST = 1024 };
	size_t records[MOST], count = 0;
	struct hu_dice *d = &w->d;

	if (len < w->page || w->page <= PAGE_HEAD)
		return;
	uint8_t *page = at + w->page * hu_dice_roll(d, (uint32_t)(len / w->page));
	size_t end = PAGE_HEAD + (hu_get(page + 8, 8, w->big) & 0xfffff);
	end = end < w->page ? end : w->page;
	for (size_t i = PAGE_HEAD; i + 4 <= end && count < MOST;) {
		uint32_t word = (uint32_t)hu_get(page + i, 4, w->big);
		uint32_t type = w->big ? word >> 27 : word & 31;
		records[count++] = i;
		size_t size = type >= 30 ? 8 : type == 29 || !type ? 0 : 4 + 4 * (size_t)type;
		if (!size && i + 8 <= end)
			size = 4 + (size_t)hu_get(page + i + 4, 4, w->big);
		if (size < 4 || size > end - i)
			break;
		i += size;
	}
	uint32_t what = hu_dice_roll(d, 16);
	if (what < 2 || !count) { /* stamp or commit */
		uint8_t *number = page + 8 * (what & 1);
		hu_set(number, 8, w->big, hu_dice_number(d, hu_get(number, 8, w->big)));
		return;
	}
	size_t i = hu_dice_roll(d, (uint32_t)count), from = records[i];
	size_t size = (i + 1 < count ? records[i + 1] : end) - from;
	if (what < 5) { /* its kind, its length, its time */
		hu_set(page + from, 4, w->big, hu_dice_number(d, hu_get(page + from, 4, w->big)));
	} else if (what < 7) { /* another's bytes */
		size_t other = records[hu_dice_roll(d, (uint32_t)count)];
		size = size < w->page - other ? size : w->page - other;
		memmove(page + from, page + other, size);
	} else if (what < 11 && size >= 8) { /* a number in it: event, flags, thread, fields */
		static const size_t widths[] = {2, 4, 8, 1};
		size_t width = widths[hu_dice_roll(d, 4)];
		size_t slots = (size - 4) / width;
		uint8_t *number =
			page + from + 4 +
			width * hu_dice_roll(d,
					     slots < 4 || hu_dice_roll(d, 2) ? (uint32_t)slots : 4);
		hu_set(number, width, w->big, hu_dice_number(d, hu_get(number, width, w->big)));
	} else if (size > 4) {
		struct hu_edit e = {at, len, len};
		hu_edit_mutate(&e, (size_t)(page - at) + from + 4, size - 4, true, d);
	}
}

/* Options that were packed: one number, or bytes. */
static size_t change_plain(uint8_t *at, size_t len, size_t max, enum kind kind, struct walk *w)
{
	struct hu_edit e = {at, len, max};

	if (kind == PAGES)
		change_pages(at, len, w);
	else if (kind == OPTIONS && len >= 8 && hu_dice_roll(&w->d, 2)) {
		size_t width = (size_t)2 << hu_dice_roll(&w->d, 3);
		uint8_t *number = at + hu_dice_roll(&w->d, (uint32_t)(len - width + 1));
		hu_set(number, width, w->big, hu_dice_number(&w->d, hu_get(number, width, w->big)));
	} else {
		hu_edit_mutate(&e, 0, len, false, &w->d);
	}
	return e.size;
}

/* Everything behind `where` moved by `by`. */
static void moved(struct walk *w, size_t where, size_t by)
{
	for (size_t i = 0; i < w->place_count; i++) {
		uint8_t *at = w->e.at + (w->places[i] + (w->places[i] > where ? by : 0));
		uint64_t offset = hu_get(at, 8, w->big);
		if (offset > where)
			hu_set(at, 8, w->big, offset + by);
	}
}

static void tell_length(struct walk *w, const struct blob *b, size_t now)
{
	size_t by = now - b->len;

	if (b->length)
		hu_set(w->e.at + b->length, b->length_bytes, w->big, now);
	if (b->outer)
		hu_set(w->e.at + b->outer, 8, w->big, hu_get(w->e.at + b->outer, 8, w->big) + by);
	moved(w, b->at, by);
}

static bool change_packed(struct walk *w, const struct blob *b)
{
	static uint8_t *plain, *again;
	size_t room = PLAIN_MAX + 4096;

	plain = plain ? plain : malloc(room);
	again = again ? again : malloc(ZSTD_compressBound(room));
	size_t len = ZSTD_decompress(plain, PLAIN_MAX, w->e.at + b->at, b->len);
	if (ZSTD_isError(len))
		return false;
	for (uint32_t n = 1 + hu_dice_roll(&w->d, 3); n--;)
		len = change_plain(plain, len, room, b->kind, w);
	size_t now = ZSTD_compress(again, ZSTD_compressBound(room), plain, len, 1);
	if (ZSTD_isError(now) || !hu_edit_resize(&w->e, b->at, b->len, now))
		return false;
	memcpy(w->e.at + b->at, again, now);
	hu_set(w->e.at + b->at - 4, 4, w->big, len);
	hu_set(w->e.at + b->at - 8, 4, w->big, now);
	struct blob told = *b;
	told.length = 0;
	tell_length(w, &told, now);
	return true;
}

static bool change_blob(struct walk *w)
{
	struct blob b = w->blobs[hu_dice_roll(&w->d, (uint32_t)w->blob_count)];

	/* most are formats, and most of what is read is in pages */
	for (size_t i = w->blob_count; hu_dice_roll(&w->d, 2) && i--;)
		if (w->blobs[i].kind == PAGES && hu_dice_roll(&w->d, 4)) {
			b = w->blobs[i];
			break;
		}
	if (b.packed)
		return change_packed(w, &b);
	if (b.kind == PAGES) {
		change_pages(w->e.at + b.at, b.len, w);
		return true;
	}
	size_t now = hu_edit_mutate(&w->e, b.at, b.len, false, &w->d);
	tell_length(w, &b, now);
	return true;
}

size_t hu_mutate_tracedat(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	static struct walk w;
	static const char magic[] = "\x17\x08\x44tracing";

	if (size < 32 || memcmp(at, magic, 10) != 0)
		return 0;
	w = (struct walk){.e = {at, size, max}, .d = hu_dice(seed), .at = 10};
	if (!hu_dice_roll(&w.d, 10))
		return 0;
	w.version = at[10] - '0';
	text(&w);
	w.big = w.e.at[w.at] == 1;
	w.at += 2;
	w.page = number(&w, 4);
	if (w.cut || w.page < 64 || w.page > 1 << 20)
		return 0;
	if (w.version == 7) {
		text(&w);
		text(&w);
		place(&w, w.at);
		number(&w, 8);
		version7(&w);
	} else {
		version6(&w);
	}
	if (w.number_count && !hu_dice_roll(&w.d, 8)) { /* a lie */
		size_t n = w.numbers[hu_dice_roll(&w.d, (uint32_t)w.number_count)], bytes = n >> 56;
		uint8_t *number = w.e.at + (n & (SIZE_MAX >> 8));
		hu_set(number, bytes, w.big, hu_dice_number(&w.d, hu_get(number, bytes, w.big)));
		return w.e.size;
	}
	if (!w.blob_count || !change_blob(&w))
		return 0;
	return w.e.size;
}
