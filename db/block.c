/*
 * Packing and unpacking of columns. A packed block is, for each column, the place where it begins
 * (4 bytes), and then the columns: a byte for the form, a byte for the width, the bits of the NULLs
 * where there are some, the base, and the values in `width` bytes each. Eight bytes of nothing at
 * the end let the reader take eight at a time. All little endian, all arithmetic modulo 2^64.
 */
#include "db/block.h"

#include <endian.h>
#include <string.h>

#define WHERE "source", "ts", "pos", "cpu", "tid", "stack", "context"

const struct hu_event_form hu_event_forms[HU_EVENT_TABLES] = {
	{"switch", 9, {WHERE, "next", "state"}},
	{"wakeup", 9, {WHERE, "target", "step"}},
	{"lock_event",
	 15,
	 {WHERE, "step", "mode", "type", "known", "result", "address", "name", "function"}},
	{"syscall", 12, {WHERE, "step", "number", "name", "result", "detail"}},
	{"reclaim", 13, {WHERE, "kind", "step", "pages", "order", "node", "memcg"}},
	{"shrink", 13, {WHERE, "step", "shrinker", "objects", "node", "function", "memcg"}},
	{"io", 12, {WHERE, "step", "device", "sector", "bytes", "kind"}},
	{"span",
	 14,
	 {WHERE, "duration_ns", "address", "label", "comm", "function", "name", "known"}},
	{"sample", 9, {WHERE, "event", "period"}},
};

int hu_event_table(const char *name)
{
	for (int i = 0; i < HU_EVENT_TABLES; i++)
		if (strcmp(hu_event_forms[i].table, name) == 0)
			return i;
	return -1;
}

void hu_event_columns(const struct hu_event_form *form, struct hu_out *to)
{
	for (int i = 0; i < form->columns; i++)
		hu_out_printf(to, ", \"%s\"", form->column[i]);
}

enum { ALL_NULL, FROM_LEAST, FROM_LAST, SOME_NULL = 0x80, PAD = 8 };

void hu_block_add(struct hu_block *block, const struct hu_cells *cells)
{
	uint32_t row = block->rows;

	if (row == HU_BLOCK_ROWS)
		return;
	block->rows++;
	for (int i = 0; i < block->columns; i++)
		block->column[i].value[row] = cells->value[i];
	for (uint32_t left = cells->null; left; left &= left - 1) {
		struct hu_block_column *c = &block->column[__builtin_ctz(left)];
		c->nulls = true;
		c->null[row / 64] |= UINT64_C(1) << row % 64;
		c->value[row] = 0;
	}
}

void hu_block_clear(struct hu_block *block)
{
	for (int i = 0; i < block->columns; i++) {
		if (block->column[i].nulls)
			memset(block->column[i].null, 0, sizeof(block->column[i].null));
		block->column[i].nulls = false;
	}
	block->rows = 0;
}

static unsigned width_of(uint64_t span)
{
	return span ? (unsigned)(64 - __builtin_clzll(span) + 7) / 8 : 0;
}

static void put64(struct hu_out *to, uint64_t value)
{
	value = htole64(value);
	hu_out_bytes(to, (const char *)&value, sizeof(value));
}

/* What a NULL stands on is not read: it takes the value before, which costs least. */
static void fill_nulls(const struct hu_block_column *c, uint32_t rows, int64_t *value)
{
	uint32_t first = 0;

	memcpy(value, c->value, rows * sizeof(*value));
	while (first < rows && hu_block_null(c, first))
		first++;
	for (uint32_t i = 0; i < rows; i++)
		if (hu_block_null(c, i))
			value[i] = i ? value[i - 1] : first < rows ? value[first] : 0;
}

static void pack_values(const int64_t *value, uint32_t rows, unsigned char flags, struct hu_out *to,
			const uint64_t *null)
{
	int64_t least = value[0], most = value[0], low = INT64_MAX, high = INT64_MIN;

	for (uint32_t i = 1; i < rows; i++) {
		int64_t d = (int64_t)((uint64_t)value[i] - (uint64_t)value[i - 1]);
		least = value[i] < least ? value[i] : least;
		most = value[i] > most ? value[i] : most;
		low = d < low ? d : low;
		high = d > high ? d : high;
	}
	unsigned width = width_of((uint64_t)most - (uint64_t)least);
	unsigned steps = rows > 1 ? width_of((uint64_t)high - (uint64_t)low) : 0;
	bool chain = steps < width;
	if (chain)
		width = steps;
	char head[2] = {(char)(flags | (chain ? FROM_LAST : FROM_LEAST)), (char)width};
	hu_out_bytes(to, head, sizeof(head));
	for (uint32_t i = 0; null && i < (rows + 63) / 64; i++)
		put64(to, null[i]);
	put64(to, (uint64_t)(chain ? value[0] : least));
	if (chain)
		put64(to, (uint64_t)low);
	if (!width)
		return;
	char bytes[HU_BLOCK_ROWS * 8 + PAD];
	for (uint32_t i = 0; i < rows; i++) {
		uint64_t v = (uint64_t)value[i];
		v -= !chain ? (uint64_t)least : i ? (uint64_t)value[i - 1] + (uint64_t)low : v;
		v = htole64(v);
		memcpy(bytes + (size_t)i * width, &v, sizeof(v));
	}
	hu_out_bytes(to, bytes, (size_t)rows * width);
}

static void pack_column(const struct hu_block_column *c, uint32_t rows, struct hu_out *to)
{
	int64_t filled[HU_BLOCK_ROWS];
	uint32_t nulls = 0;

	for (uint32_t i = 0; c->nulls && i < HU_BLOCK_WORDS; i++)
		nulls += (uint32_t)__builtin_popcountll(c->null[i]);
	if (nulls >= rows) {
		hu_out_bytes(to, "\0", 2);
		return;
	}
	if (!nulls) {
		pack_values(c->value, rows, 0, to, NULL);
		return;
	}
	fill_nulls(c, rows, filled);
	pack_values(filled, rows, SOME_NULL, to, c->null);
}

void hu_block_pack(const struct hu_block *block, struct hu_out *to)
{
	static const char none[HU_BLOCK_COLUMNS * 4];
	size_t start = to->len;

	hu_out_bytes(to, none, (size_t)block->columns * 4);
	for (int i = 0; i < block->columns; i++) {
		uint32_t at = htole32((uint32_t)(to->len - start));
		memcpy(to->at + start + (size_t)i * 4, &at, sizeof(at));
		pack_column(&block->column[i], block->rows, to);
	}
	hu_out_bytes(to, none, PAD);
}

static struct hu_err *damaged(void)
{
	return hu_err(HU_ERR_BAD_INPUT, "a block of events in the store is damaged");
}

struct reader {
	const char *at;
	size_t left;
};

static bool take(struct reader *r, void *to, size_t size)
{
	if (r->left < size)
		return false;
	memcpy(to, r->at, size);
	r->at += size;
	r->left -= size;
	return true;
}

static bool take64(struct reader *r, uint64_t *ret)
{
	bool ok = take(r, ret, sizeof(*ret));

	*ret = ok ? le64toh(*ret) : 0;
	return ok;
}

static void spread(const char *at, unsigned width, uint32_t rows, uint64_t base, uint64_t step,
		   bool chain, int64_t *value)
{
	uint64_t mask = width >= 8 ? UINT64_MAX : (UINT64_C(1) << width * 8) - 1, last = base;

	for (uint32_t i = 0; i < rows; i++) {
		uint64_t v;
		memcpy(&v, at + (size_t)i * width, sizeof(v));
		v = le64toh(v) & mask;
		if (chain) {
			last = i ? last + step + v : base;
			value[i] = (int64_t)last;
		} else {
			value[i] = (int64_t)(base + v);
		}
	}
}

struct hu_err *hu_block_unpack(struct hu_str packed, int columns, int column, uint32_t rows,
			       struct hu_block_column *ret)
{
	uint32_t at;
	unsigned char head[2];
	uint64_t base = 0, step = 0;

	if (!rows || rows > HU_BLOCK_ROWS || packed.len < (size_t)columns * 4 + PAD)
		return damaged();
	memcpy(&at, packed.at + (size_t)column * 4, sizeof(at));
	at = le32toh(at);
	if (at > packed.len - PAD)
		return damaged();
	struct reader r = {packed.at + at, packed.len - PAD - at};
	if (!take(&r, head, sizeof(head)) || head[1] > 8)
		return damaged();
	ret->nulls = head[0] == ALL_NULL || (head[0] & SOME_NULL);
	if (head[0] == ALL_NULL) {
		memset(ret->null, 0xff, sizeof(ret->null));
		memset(ret->value, 0, rows * sizeof(ret->value[0]));
		return NULL;
	}
	for (uint32_t i = 0; ret->nulls && i < (rows + 63) / 64; i++)
		if (!take64(&r, &ret->null[i]))
			return damaged();
	bool chain = (head[0] & ~SOME_NULL) == FROM_LAST;
	if (!chain && (head[0] & ~SOME_NULL) != FROM_LEAST)
		return damaged();
	if (!take64(&r, &base) || (chain && !take64(&r, &step)) || r.left < (size_t)rows * head[1])
		return damaged();
	spread(r.at, head[1], rows, base, step, chain, ret->value);
	for (uint32_t i = 0; ret->nulls && i < rows; i++)
		if (hu_block_null(ret, i))
			ret->value[i] = 0;
	return NULL;
}
