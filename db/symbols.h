/* db/symbols.h - kallsyms of the host: 100,000 to 400,000 names, written once, asked a few dozen
 * times. */
#ifndef HU_SYMBOLS_H
#define HU_SYMBOLS_H

#include "db/base.h"

struct hu_symbol {
	uint64_t address;
	uint32_t at, len;
	uint32_t letter;
};

struct hu_symbols {
	struct hu_symbol *symbol;
	size_t count, cap;
	char *bytes;
	size_t len, bytes_cap;
	size_t shown; /* with an address; none of many: kptr_restrict hid them all */
	uint64_t cut; /* the list ends early: from here to the next symbol there may be others; 0:
			 no */
	bool sorted;
};

void hu_symbols_add(struct hu_symbols *s, uint64_t address, uint32_t letter, struct hu_str name);
void hu_symbols_deinit(struct hu_symbols *s);
const struct hu_symbol *hu_symbols_find(const struct hu_symbols *s, struct hu_str name);
/* The last symbol at or below `address`, if it is at most `reach` bytes away; sorts on first use.
 */
const struct hu_symbol *hu_symbols_at(struct hu_symbols *s, uint64_t address, uint64_t reach);
bool hu_symbols_filtered(struct hu_symbols *s); /* sorts, too */
struct hu_str hu_symbols_name(const struct hu_symbols *s, const struct hu_symbol *symbol);
/* As zstd-compressed text, one "address letter name" a line; free() *ret. And back. */
void hu_symbols_pack(struct hu_symbols *s, void **ret, size_t *ret_len);
HU_MUST_CHECK struct hu_err *hu_symbols_unpack(const void *at, size_t len, struct hu_symbols *ret);

#endif
