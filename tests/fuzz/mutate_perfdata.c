/*
 * Changes inside a perf.data: in an attribute, a feature, a record, the order of records. Sizes and
 * places stay true but where the lie is the change; packed records are unpacked, changed and packed
 * again (zstd).
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
	SECTIONS = 512,
	RECORDS = 16384,
	HEAD = 104,
	DATA = 40,
	COMPRESSED = 81,
	PLAIN_MAX = 4 << 20
};

struct walk {
	struct hu_edit e;
	struct hu_dice d;
	bool big;
	size_t sections[SECTIONS]; /* where a "u64 offset, u64 size" stands */
	size_t section_count;
	size_t attrs, attr_count, attr_size;
	size_t features; /* the first section that is one */
	size_t records[RECORDS];
	size_t record_count;
	size_t end; /* of the data */
};

static uint64_t get(const struct walk *w, size_t at, size_t bytes)
{
	return at + bytes <= w->e.size ? hu_get(w->e.at + at, bytes, w->big) : 0;
}

static void set(struct walk *w, size_t at, size_t bytes, uint64_t value)
{
	if (at + bytes <= w->e.size)
		hu_set(w->e.at + at, bytes, w->big, value);
}

static void section(struct walk *w, size_t at)
{
	if (w->section_count < SECTIONS && at + 16 <= w->e.size)
		w->sections[w->section_count++] = at;
}

static void look_for_records(struct walk *w, const uint8_t *at, size_t from, size_t end)
{
	w->record_count = 0;
	while (from + 8 <= end && w->record_count < RECORDS) {
		size_t size = hu_get(at + from + 6, 2, w->big);
		if (size < 8 || size > end - from)
			return;
		w->records[w->record_count++] = from;
		from += size;
	}
}

static void look(struct walk *w)
{
	uint64_t offset = get(w, 24, 8), size = get(w, 32, 8);

	section(w, 24);
	section(w, DATA);
	section(w, 56);
	w->attr_size = get(w, 16, 8);
	if (offset < w->e.size && w->attr_size >= 32 && w->attr_size < 4096) {
		w->attrs = offset;
		w->attr_count =
			(size < w->e.size - offset ? size : w->e.size - offset) / w->attr_size;
		for (size_t i = 0; i < w->attr_count; i++)
			section(w, offset + (i + 1) * w->attr_size - 16);
	}
	offset = get(w, DATA, 8);
	size = get(w, DATA + 8, 8);
	w->features = w->section_count;
	if (offset > w->e.size)
		return;
	w->end = size < w->e.size - offset ? offset + size : w->e.size;
	for (size_t bit = 0, at = w->end; bit < 256; bit++)
		if (72 + bit / 8 < w->e.size && get(w, 72 + bit / 64 * 8, 8) >> bit % 64 & 1) {
			section(w, at);
			at += 16;
		}
	look_for_records(w, w->e.at, offset, w->end);
}

/* What was `from` bytes at `where` is `to` bytes: sections grow and move. */
static bool resize(struct walk *w, size_t where, size_t from, size_t to)
{
	if (!hu_edit_resize(&w->e, where, from, to))
		return false;
	for (size_t i = 0; i < w->section_count; i++) {
		size_t at = w->sections[i] + (w->sections[i] > where ? to - from : 0);
		uint64_t offset = get(w, at, 8), size = get(w, at + 8, 8);
		if (offset > where)
			set(w, at, 8, offset + to - from);
		else if (where - offset <= size)
			set(w, at + 8, 8, size + to - from);
	}
	return true;
}

/* One record of a stretch that is `len` bytes at `at`. Its size may be a lie by now. */
static void change_record(struct walk *w, uint8_t *at, size_t len, size_t record)
{
	struct hu_dice *d = &w->d;
	size_t size = hu_get(at + record + 6, 2, w->big);

	if (size < 8 || size > len - record)
		return;
	struct hu_edit e = {at, record + size, record + size};
	static const uint8_t types[] = {1,  2,	3,  4,	5,  7,	9,  10, 11, 14, 16, 17,
					18, 19, 20, 21, 64, 66, 67, 68, 69, 70, 71, 72,
					73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83};

	switch (hu_dice_roll(d, 8)) {
	case 0:
		hu_set(at + record, 4, w->big, types[hu_dice_roll(d, sizeof(types))]);
		break;
	case 1:
		hu_set(at + record + 4, 2, w->big, hu_dice_roll(d, 65536));
		break;
	case 2:
		hu_set(at + record + 6, 2, w->big, hu_dice_number(d, size));
		break;
	case 3:
	case 4:
	case 5:
		if (size >= 16) {
			size_t width = hu_dice_roll(d, 3) ? 8 : 4;
			uint8_t *number = at + record + 8 +
					  width * hu_dice_roll(d, (uint32_t)((size - 8) / width));
			hu_set(number, width, w->big,
			       hu_dice_number(d, hu_get(number, width, w->big)));
		}
		break;
	default:
		hu_edit_mutate(&e, record + 8, size - 8, true, d);
	}
}

/* All packed records are one stream: its plain records changed, and packed as one again. */
static bool change_packed(struct walk *w)
{
	static uint8_t *plain, *again;
	size_t len = 0, first = 0, bound = ZSTD_compressBound(PLAIN_MAX);

	plain = plain ? plain : malloc(PLAIN_MAX);
	again = again ? again : malloc(bound);
	ZSTD_DStream *stream = ZSTD_createDStream();
	for (size_t i = 0; i < w->record_count; i++) {
		size_t at = w->records[i];
		if (get(w, at, 4) != COMPRESSED)
			continue;
		first = first ? first : at;
		ZSTD_inBuffer in = {w->e.at + at + 8, get(w, at + 6, 2) - 8, 0};
		ZSTD_outBuffer out = {plain, PLAIN_MAX, len};
		while (in.pos < in.size && out.pos < out.size)
			if (ZSTD_isError(ZSTD_decompressStream(stream, &out, &in)))
				break;
		len = out.pos;
	}
	ZSTD_freeDStream(stream);
	if (!len)
		return false;
	/* the others go */
	for (size_t i = w->record_count; i--;)
		if (get(w, w->records[i], 4) == COMPRESSED && w->records[i] != first)
			resize(w, w->records[i], get(w, w->records[i] + 6, 2), 0);
	look_for_records(w, plain, 0, len);
	for (uint32_t n = 1 + hu_dice_roll(&w->d, 3); n-- && w->record_count;)
		change_record(w, plain, len,
			      w->records[hu_dice_roll(&w->d, (uint32_t)w->record_count)]);
	size_t now = ZSTD_compress(again, bound, plain, len, 1);
	if (ZSTD_isError(now))
		return false;
	size_t step = 60000, records = (now + step - 1) / step, old = get(w, first + 6, 2);
	if (!resize(w, first, old, now + 8 * records))
		return true; /* some went: a change, too */
	for (size_t at = first, done = 0; done < now;) {
		size_t n = now - done < step ? now - done : step;
		set(w, at, 4, COMPRESSED);
		set(w, at + 4, 2, 0);
		set(w, at + 6, 2, n + 8);
		memcpy(w->e.at + at + 8, again + done, n);
		at += n + 8;
		done += n;
	}
	return true;
}

static bool change_data(struct walk *w)
{
	struct hu_dice *d = &w->d;
	static uint8_t copy[65536];

	if (!w->record_count)
		return false;
	for (size_t i = 0; i < w->record_count; i++)
		if (get(w, w->records[i], 4) == COMPRESSED && hu_dice_roll(d, 2))
			return change_packed(w);
	size_t at = w->records[hu_dice_roll(d, (uint32_t)w->record_count)];
	size_t size = get(w, at + 6, 2);
	size_t other = w->records[hu_dice_roll(d, (uint32_t)w->record_count)];
	switch (hu_dice_roll(d, 10)) {
	case 0: /* gone */
		return resize(w, at, size, 0);
	case 1: /* twice, or in another place, too */
		memcpy(copy, w->e.at + at, size);
		if (!resize(w, other, 0, size))
			return false;
		memcpy(w->e.at + other, copy, size);
		return true;
	case 2: { /* longer or shorter, by words */
		size_t now = size + 8 * hu_dice_roll(d, 8) - 8 * hu_dice_roll(d, 4);
		if (now < 8 || now > 65528 || now > size + 64 ||
		    !resize(w, at + 8, size - 8, now - 8))
			return false;
		set(w, at + 6, 2, now);
		return true;
	}
	default:
		for (uint32_t n = 1 + hu_dice_roll(d, 3); n--;)
			change_record(w, w->e.at, w->e.size,
				      w->records[hu_dice_roll(d, (uint32_t)w->record_count)]);
		return true;
	}
}

size_t hu_mutate_perfdata(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	static struct walk w;

	if (size < HEAD || (memcmp(at, "PERFILE2", 8) != 0 && memcmp(at, "2ELIFREP", 8) != 0))
		return 0;
	w = (struct walk){.e = {at, size, max}, .d = hu_dice(seed), .big = at[0] == '2'};
	if (!hu_dice_roll(&w.d, 10))
		return 0;
	look(&w);
	uint32_t what = hu_dice_roll(&w.d, 16);
	if (what == 0) { /* a place or a size that lies, or a feature's bit */
		size_t where = hu_dice_roll(&w.d, 2) && w.section_count
				       ? w.sections[hu_dice_roll(&w.d, (uint32_t)w.section_count)] +
						 8 * hu_dice_roll(&w.d, 2)
				       : 8 + 8 * hu_dice_roll(&w.d, 12);
		set(&w, where, 8, hu_dice_number(&w.d, get(&w, where, 8)));
	} else if (what < 3 && w.attr_count) { /* what is sampled, and how */
		static const size_t fields[] = {0, 4, 8, 24, 32, 40, 48, 72, 80, 88};
		size_t attr = w.attrs + w.attr_size * hu_dice_roll(&w.d, (uint32_t)w.attr_count);
		size_t where = attr + fields[hu_dice_roll(&w.d, 10)];
		size_t bytes = where - attr < 8 ? 4 : 8;
		set(&w, where, bytes, hu_dice_number(&w.d, get(&w, where, bytes)));
	} else if (what < 6 && w.section_count > w.features) { /* a feature's bytes */
		size_t at_section =
			w.sections[w.features +
				   hu_dice_roll(&w.d, (uint32_t)(w.section_count - w.features))];
		uint64_t from = get(&w, at_section, 8), len = get(&w, at_section + 8, 8);
		if (from >= w.e.size || len > w.e.size - from)
			return 0;
		hu_edit_mutate(&w.e, from, len, true, &w.d);
	} else if (!change_data(&w)) {
		return 0;
	}
	return w.e.size;
}
