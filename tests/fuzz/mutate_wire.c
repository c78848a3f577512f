/*
 * Changes inside the messages of a worker: numbers, texts, the rows of a batch, the order; lengths
 * stay true but for one time in eight.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "db/batch.h"
#include "ingest/wire.h"

struct message {
	size_t at, len; /* of its bytes, behind 8 of head; in the input */
	uint32_t said;
};

/* One number of a row: rows are made of those, of four and eight bytes. */
static void change_row(uint8_t *row, struct hu_dice *d)
{
	size_t width = hu_dice_roll(d, 2) ? 8 : 4;
	size_t at = width * hu_dice_roll(d, (uint32_t)(sizeof(struct hu_row) / width));

	if (!hu_dice_roll(d, 6)) {
		hu_set(row, 4, false, hu_dice_roll(d, HU_WORD_END + 1));
		return;
	}
	hu_set(row + at, width, false, hu_dice_number(d, hu_get(row + at, width, false)));
}

static size_t change_batch(struct hu_edit *e, struct message m, struct hu_dice *d)
{
	const size_t size = sizeof(struct hu_row);
	uint32_t rows = (uint32_t)hu_get(e->at + m.at, 4, false);

	if (m.len < 8 || rows > (m.len - 8) / size || !rows)
		return 0;
	uint8_t *first = e->at + m.at + 8;
	size_t one = hu_dice_roll(d, rows), text = m.len - 8 - rows * size;
	switch (hu_dice_roll(d, 8)) {
	case 0: /* a row twice */
		if (rows >= HU_BATCH_ROWS || !hu_edit_resize(e, m.at + 8 + one * size, 0, size))
			return 0;
		memcpy(first + one * size, first + (one + 1) * size, size);
		hu_set(e->at + m.at, 4, false, rows + 1);
		hu_set(e->at + m.at - 4, 4, false, m.len + size);
		break;
	case 1: /* a row less */
		hu_edit_resize(e, m.at + 8 + one * size, size, 0);
		hu_set(e->at + m.at, 4, false, rows - 1);
		hu_set(e->at + m.at - 4, 4, false, m.len - size);
		break;
	case 2: { /* the texts */
		size_t at = m.at + 8 + rows * size, now = hu_edit_mutate(e, at, text, false, d);
		hu_set(e->at + m.at + 4, 4, false, now);
		hu_set(e->at + m.at - 4, 4, false, m.len - text + now);
		break;
	}
	case 3: { /* a row in another's place */
		uint8_t *other = first + hu_dice_roll(d, rows) * size;
		memmove(first + one * size, other, size);
		break;
	}
	default:
		for (uint32_t n = 1 + hu_dice_roll(d, 4); n--;)
			change_row(first + hu_dice_roll(d, rows) * size, d);
	}
	return e->size;
}

/* The messages of one piece, whose length (four bytes) stands before it. */
static size_t change_piece(struct hu_edit *e, size_t from, size_t len, struct hu_dice *d)
{
	enum { MOST = 4096 };
	static struct message all[MOST];
	size_t count = 0, before = e->size;

	for (size_t at = from; from + len - at >= 8 && count < MOST;) {
		uint64_t n = hu_get(e->at + at + 4, 4, false);
		if (n > from + len - at - 8)
			break;
		all[count++] = (struct message){at + 8, n, (uint32_t)hu_get(e->at + at, 4, false)};
		at += 8 + n;
	}
	if (!count)
		return 0;
	struct message m = all[hu_dice_roll(d, (uint32_t)count)];
	/* batches are few and long: go for one half of the time */
	for (size_t i = 0; hu_dice_roll(d, 2) && i < count; i++)
		if (all[i].said == HU_SAID_BATCH) {
			m = all[i];
			break;
		}
	size_t done = 0;
	uint32_t what = hu_dice_roll(d, 8);
	if (m.said == HU_SAID_BATCH && what > 1)
		done = change_batch(e, m, d);
	else if (what == 0) /* another kind of message */
		hu_set(e->at + m.at - 8, 4, false, hu_dice_roll(d, HU_SAIDS + 1)), done = e->size;
	else if (what == 1) { /* gone */
		hu_edit_resize(e, m.at - 8, m.len + 8, 0);
		done = e->size;
	} else if (what == 2) { /* twice */
		if (hu_edit_resize(e, m.at - 8, 0, m.len + 8)) {
			memmove(e->at + m.at - 8, e->at + m.at + m.len, m.len + 8);
			done = e->size;
		}
	} else if (what < 6 && m.len >= 8) { /* a number */
		uint8_t *at = e->at + m.at + 8 * hu_dice_roll(d, (uint32_t)(m.len / 8));
		hu_set(at, 8, false, hu_dice_number(d, hu_get(at, 8, false)));
		done = e->size;
	} else {
		size_t now = hu_edit_mutate(e, m.at, m.len, false, d);
		hu_set(e->at + m.at - 4, 4, false, now);
		done = e->size;
	}
	if (done) /* the piece */
		hu_set(e->at + from - 4, 4, false, len + e->size - before);
	return done;
}

size_t hu_mutate_wire(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	enum { MOST = 16 };
	struct hu_edit e = {at, size, max};
	struct hu_dice d = hu_dice(seed);
	struct hu_str rest = hu_pack_open((struct hu_str){(const char *)at, size});
	struct hu_piece pieces[MOST];
	size_t count = 0;

	if (!hu_dice_roll(&d, 8))
		return hu_pack_mutate(at, size, max, seed);
	while (count < MOST && hu_pack_next(&rest, &pieces[count]))
		count += pieces[count].bytes.len > 0;
	if (!count)
		return 0;
	struct hu_str one = pieces[hu_dice_roll(&d, (uint32_t)count)].bytes;
	return change_piece(&e, (size_t)(one.at - (const char *)at), one.len, &d);
}
