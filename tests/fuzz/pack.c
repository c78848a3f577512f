/* Several named pieces in one input; see fuzz.h. And the tools of mutators. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char magic[] = "HUPK";
enum { MAGIC = 4 };

void hu_pack_begin(struct hu_out *to)
{
	hu_out_bytes(to, magic, MAGIC);
}

void hu_pack_add(struct hu_out *to, struct hu_str name, struct hu_str bytes)
{
	uint8_t len[4];

	name.len = name.len < 255 ? name.len : 255;
	hu_set(len, 4, false, bytes.len);
	hu_out_putc(to, (char)name.len);
	hu_out_str(to, name);
	hu_out_bytes(to, (const char *)len, 4);
	hu_out_str(to, bytes);
}

struct hu_str hu_pack_open(struct hu_str in)
{
	return in.len >= MAGIC && memcmp(in.at, magic, MAGIC) == 0 ? hu_str_skip(in, MAGIC) : in;
}

static struct hu_str take(struct hu_str *rest, uint64_t len)
{
	struct hu_str taken = {rest->at, len < rest->len ? (size_t)len : rest->len};

	*rest = hu_str_skip(*rest, taken.len);
	return taken;
}

bool hu_pack_next(struct hu_str *rest, struct hu_piece *ret)
{
	if (!rest->len)
		return false;
	ret->name = take(rest, 0);
	struct hu_str len = take(rest, 1);
	ret->name = take(rest, (unsigned char)*len.at);
	len = take(rest, 4);
	ret->bytes = take(rest, hu_get((const uint8_t *)len.at, len.len, false));
	return true;
}

uint64_t hu_get(const uint8_t *at, size_t bytes, bool big)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * (big ? bytes - 1 - i : i);
	return value;
}

void hu_set(uint8_t *at, size_t bytes, bool big, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * (big ? bytes - 1 - i : i));
}

struct hu_dice hu_dice(unsigned seed)
{
	return (struct hu_dice){seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
}

uint32_t hu_dice_roll(struct hu_dice *d, uint32_t sides)
{
	/* xorshift64* */
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return sides ? (uint32_t)((d->state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % sides : 0;
}

uint64_t hu_dice_number(struct hu_dice *d, uint64_t old)
{
	switch (hu_dice_roll(d, 8)) {
	case 0:
		return 0;
	case 1:
		return old + 1;
	case 2:
		return old - 1;
	case 3:
		return UINT64_MAX >> hu_dice_roll(d, 64);
	case 4:
		return UINT64_C(1) << hu_dice_roll(d, 64);
	case 5:
		return old ^ (UINT64_C(1) << hu_dice_roll(d, 64));
	case 6:
		return hu_dice_roll(d, 64);
	default:
		return old + hu_dice_roll(d, 512) - 256;
	}
}

bool hu_edit_resize(struct hu_edit *e, size_t where, size_t from, size_t to)
{
	if (where + from > e->size || e->size - from + to > e->max)
		return false;
	memmove(e->at + where + to, e->at + where + from, e->size - where - from);
	if (to > from)
		memset(e->at + where + from, 0, to - from);
	e->size = e->size - from + to;
	return true;
}

#ifdef HU_FUZZ
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
#endif

/* Without libFuzzer (a test of the mutators) a few bytes are set at random. */
static size_t change(uint8_t *at, size_t len, size_t max, struct hu_dice *d)
{
#ifdef HU_FUZZ
	(void)d;
	return LLVMFuzzerMutate(at, len, max);
#else
	(void)max;
	for (int i = 0; len && i < 4; i++)
		at[hu_dice_roll(d, (uint32_t)len)] = (uint8_t)hu_dice_roll(d, 256);
	return len;
#endif
}

size_t hu_edit_mutate(struct hu_edit *e, size_t where, size_t len, bool fixed, struct hu_dice *d)
{
	enum { ROOM = 1 << 16, MORE = 256 };
	static uint8_t part[ROOM];
	size_t from = 0, n = len;

	if (where > e->size || len > e->size - where)
		return len;
	/* of much, a part; the room behind it is for growing */
	if (n > ROOM - MORE) {
		from = hu_dice_roll(d, (uint32_t)(n - (ROOM - MORE)));
		n = ROOM - MORE;
	}
	size_t most = fixed ? n : n + MORE;
	if (!fixed && e->size + MORE > e->max)
		most = n;
	if (!most)
		return len;
	memcpy(part, e->at + where + from, n);
	size_t now = change(part, n, most, d);
	if (fixed && now < n) {
		memset(part + now, 0, n - now);
		now = n;
	}
	if (!hu_edit_resize(e, where + from, n, now))
		return len;
	memcpy(e->at + where + from, part, now);
	return len - n + now;
}

/* One piece: its bytes, its name, its place; lengths stay true most of the time. */
size_t hu_pack_mutate(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	enum { MOST = 64 };
	struct hu_edit e = {at, size, max};
	struct hu_dice d = hu_dice(seed);
	struct hu_str in = {(const char *)at, size}, rest = hu_pack_open(in);
	struct hu_piece piece, pieces[MOST];
	size_t count = 0;

	while (count < MOST && hu_pack_next(&rest, &piece))
		if (piece.bytes.at && piece.name.at)
			pieces[count++] = piece;
	if (!count || !hu_dice_roll(&d, 20))
		return 0;
	const struct hu_piece *one = &pieces[hu_dice_roll(&d, (uint32_t)count)];
	size_t name = (size_t)(one->name.at - (const char *)at);
	size_t bytes = (size_t)(one->bytes.at - (const char *)at);
	if (bytes < name + one->name.len + 4) /* cut */
		return 0;
	uint32_t what = hu_dice_roll(&d, 16);
	if (what == 0) { /* gone */
		hu_edit_resize(&e, name - 1, bytes + one->bytes.len - name + 1, 0);
	} else if (what == 1) { /* another name, of another piece or made up */
		const struct hu_piece *other = &pieces[hu_dice_roll(&d, (uint32_t)count)];
		char text[256];
		size_t len = other->name.len;
		memcpy(text, other->name.at, len);
		if (hu_edit_resize(&e, name, one->name.len, len)) {
			memcpy(e.at + name, text, len);
			e.at[name - 1] = (uint8_t)len;
		}
	} else if (what == 2) { /* cut short */
		size_t left = hu_dice_roll(&d, (uint32_t)one->bytes.len + 1);
		hu_set(e.at + bytes - 4, 4, false, left);
		hu_edit_resize(&e, bytes, one->bytes.len, left);
	} else {
		size_t now = hu_edit_mutate(&e, bytes, one->bytes.len, what < 9, &d);
		hu_set(e.at + bytes - 4, 4, false, now);
	}
	return e.size;
}
