/* Kernel symbols in memory and as one compressed blob in the store: rows would cost more than the
 * trace itself. */
#include "db/symbols.h"
#include "db/sink.h"
#include "db/spacing.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { MAX_UNPACKED = 256 << 20 };

void hu_symbols_add(struct hu_symbols *s, uint64_t address, uint32_t letter, struct hu_str name)
{
	if (letter == HU_SYMBOL_CUT) {
		s->cut = address;
		return;
	}
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4096;
		s->symbol = hu_realloc(s->symbol, sizeof(*s->symbol) * s->cap);
	}
	if (!s->bytes || s->len + name.len > s->bytes_cap) { /* the first name may be empty */
		s->bytes_cap = (s->len + name.len + 1) * 2;
		s->bytes = hu_realloc(s->bytes, s->bytes_cap);
	}
	if (s->len + name.len > MAX_UNPACKED)
		return;
	if (name.len)
		memcpy(s->bytes + s->len, name.at, name.len);
	s->symbol[s->count++] =
		(struct hu_symbol){address, (uint32_t)s->len, (uint32_t)name.len, letter};
	s->len += name.len;
	s->sorted = s->sorted ? s->symbol[s->count - 2].address <= address : s->count == 1;
	s->shown += address != 0;
}

void hu_symbols_deinit(struct hu_symbols *s)
{
	free(s->symbol);
	free(s->bytes);
	*s = (struct hu_symbols){0};
}

struct hu_str hu_symbols_name(const struct hu_symbols *s, const struct hu_symbol *symbol)
{
	return (struct hu_str){s->bytes + symbol->at, symbol->len};
}

const struct hu_symbol *hu_symbols_find(const struct hu_symbols *s, struct hu_str name)
{
	if (!name.len)
		return NULL;
	for (size_t i = 0; i < s->count; i++)
		if (s->symbol[i].len == name.len &&
		    !memcmp(s->bytes + s->symbol[i].at, name.at, name.len))
			return &s->symbol[i];
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct hu_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/*
 * /proc/kallsyms is sorted but for the modules at its end, so only those are sorted here, and
 * merged: sorting all 100,000 anew cost more than reading the trace they came with.
 */
static void sort(struct hu_symbols *s)
{
	if (s->sorted || !s->count)
		return;
	s->sorted = true;
	size_t head = 1;
	while (head < s->count && s->symbol[head - 1].address <= s->symbol[head].address)
		head++;
	if (head == s->count)
		return;
	qsort(s->symbol + head, s->count - head, sizeof(*s->symbol), by_address);
	struct hu_symbol *merged = hu_alloc(sizeof(*merged) * s->count);
	for (size_t to = 0, a = 0, b = head; to < s->count; to++) {
		bool first = b == s->count ||
			     (a < head && by_address(&s->symbol[a], &s->symbol[b]) <= 0);
		merged[to] = s->symbol[first ? a++ : b++];
	}
	free(s->symbol);
	s->symbol = merged;
	s->cap = s->count;
}

const struct hu_symbol *hu_symbols_at(struct hu_symbols *s, uint64_t address, uint64_t reach)
{
	sort(s);
	size_t from = 0, to = s->count;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (s->symbol[mid].address <= address)
			from = mid + 1;
		else
			to = mid;
	}
	if (!from || !s->symbol[from - 1].address || address - s->symbol[from - 1].address > reach)
		return NULL;
	/* Of several names at one address the first in kallsyms is the kernel's own. */
	while (from > 1 && s->symbol[from - 2].address == s->symbol[from - 1].address)
		from--;
	if (s->cut && s->symbol[from - 1].address < s->cut && address >= s->cut)
		return NULL;
	return &s->symbol[from - 1];
}

static char *put_hex(char *at, uint64_t value)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[value >> shift & 15];
	return at;
}

void hu_symbols_pack(struct hu_symbols *s, void **ret, size_t *ret_len)
{
	sort(s);
	char *text = hu_alloc(s->len + s->count * 20 + 1), *at = text;
	for (size_t i = 0; i < s->count; i++) {
		at = put_hex(at, s->symbol[i].address);
		*at++ = ' ';
		*at++ = (char)s->symbol[i].letter;
		*at++ = ' ';
		memcpy(at, s->bytes + s->symbol[i].at, s->symbol[i].len);
		at += s->symbol[i].len;
		*at++ = '\n';
	}
	size_t len = (size_t)(at - text), bound = ZSTD_compressBound(len);
	*ret = hu_alloc(bound);
	size_t packed = ZSTD_compress(*ret, bound, text, len, -1);
	*ret_len = ZSTD_isError(packed) ? 0 : packed;
	free(text);
}

struct hu_err *hu_symbols_unpack(const void *at, size_t len, struct hu_symbols *ret)
{
	unsigned long long size = ZSTD_getFrameContentSize(at, len);

	if (size > 2 * (unsigned long long)MAX_UNPACKED)
		return hu_err(HU_ERR_STORE, "the symbols in the store are damaged");
	char *text = hu_alloc((size_t)size + 1);
	size_t got = ZSTD_decompress(text, (size_t)size, at, len);
	if (ZSTD_isError(got)) {
		free(text);
		return hu_err(HU_ERR_STORE, "the symbols in the store are damaged: %s",
			      ZSTD_getErrorName(got));
	}
	struct hu_str rest = {text, got}, line;
	while (hu_str_line(&rest, &line)) {
		uint64_t address;
		if (line.len < 20 || !hu_str_u64((struct hu_str){line.at, 16}, 16, &address))
			continue;
		hu_symbols_add(ret, address, (unsigned char)line.at[17], hu_str_skip(line, 19));
	}
	free(text);
	return NULL;
}

bool hu_symbols_filtered(struct hu_symbols *s)
{
	struct hu_spacing spacing = {0};

	hu_symbols_at(s, 0, 0);
	for (size_t i = 0; i < s->count; i++)
		hu_spacing_add(&spacing, s->symbol[i].address, (char)s->symbol[i].letter);
	return hu_spacing_filtered(&spacing);
}
