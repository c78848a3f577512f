/*
 * Addresses to functions. Built once from up to 10 MB of kallsyms (200,000 lines) on the hot path
 * of every trace.dat, then asked for a few hundred different addresses: so building is one pass
 * over the text, and sorting is put off until the first question, merging the ascending runs that
 * kallsyms consists of.
 */
#include "ingest/symtab.h"
#include "db/spacing.h"

#include <stdlib.h>
#include <string.h>

#define REACH UINT64_C(0x100000)

struct entry {
	uint64_t address;
	uint32_t line; /* offset of the line's name in the text */
	uint32_t rank; /* its place in the text: of several at one address the first counts */
};

struct hu_symtab {
	struct hu_str text;
	struct entry *entry;
	size_t count, room;
	uint32_t open; /* the line of the last entry, if the text was cut there; 0: it was not */
	bool sorted;
};

/* Hex digits up to a blank; kallsyms has nothing else there. */
static bool hex(const char **at, const char *end, uint64_t *ret)
{
	uint64_t value = 0;
	const char *p = *at;

	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;
		unsigned digit = c - '0';
		if (digit > 9) {
			digit = (c | 0x20) - 'a' + 10;
			if (digit < 10 || digit > 15)
				break;
		}
		value = value << 4 | digit;
	}
	if (p == *at || p - *at > 16)
		return false;
	*at = p;
	*ret = value;
	return true;
}

static void add_line(struct hu_symtab *table, const char *at, const char *end, struct hu_sink *to)
{
	uint64_t address;

	if (!hex(&at, end, &address) || end - at < 4 || at[0] != ' ' || at[2] != ' ')
		return;
	char letter = at[1];
	const char *name = at + 3;
	const char *stop = name;
	while (stop < end && *stop != '\t' && *stop != ' ' && *stop != '\r')
		stop++;
	if (stop == name)
		return;
	if (to)
		hu_put_symbol(to, address, letter, (struct hu_str){name, (size_t)(stop - name)});
	/* Per-CPU offsets and hidden addresses are no code. */
	if (address < 0x1000)
		return;
	if (table->count == table->room) {
		table->room = table->room ? table->room * 2 : 1 << 16;
		table->entry = hu_realloc(table->entry, table->room * sizeof(*table->entry));
	}
	table->entry[table->count] = (struct entry){
		.address = address,
		.line = (uint32_t)(name - table->text.at),
		.rank = (uint32_t)table->count,
	};
	table->count++;
}

struct hu_symtab *hu_symtab_create(struct hu_str text, struct hu_sink *to)
{
	struct hu_symtab *table = hu_alloc(sizeof(*table));

	if (text.len > UINT32_MAX)
		text.len = UINT32_MAX;
	table->text = text;
	if (!text.len)
		return table;
	const char *at = text.at, *end = text.at + text.len;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		if (!stop)
			stop = end;
		add_line(table, at, stop, to);
		at = stop + 1;
	}
	if (end[-1] != '\n' && table->count)
		table->open = table->entry[table->count - 1].line;
	return table;
}

size_t hu_symtab_count(const struct hu_symtab *table)
{
	return table->count;
}

bool hu_symtab_filtered(const struct hu_symtab *table)
{
	struct hu_spacing spacing = {0};

	for (size_t i = 0; i < table->count; i++)
		hu_spacing_add(&spacing, table->entry[i].address,
			       table->text.at[table->entry[i].line - 2]);
	return hu_spacing_filtered(&spacing);
}

void hu_symtab_destroy(struct hu_symtab *table)
{
	if (!table)
		return;
	free(table->entry);
	free(table);
}

static bool before(const struct entry *a, const struct entry *b)
{
	return a->address < b->address || (a->address == b->address && a->rank < b->rank);
}

static void merge(const struct entry *a, const struct entry *a_end, const struct entry *b,
		  const struct entry *b_end, struct entry *to)
{
	while (a < a_end && b < b_end)
		*to++ = before(b, a) ? *b++ : *a++;
	while (a < a_end)
		*to++ = *a++;
	while (b < b_end)
		*to++ = *b++;
}

static size_t run_from(const struct entry *entry, size_t at, size_t count)
{
	while (at + 1 < count && !before(&entry[at + 1], &entry[at]))
		at++;
	return at + 1 < count ? at + 1 : count;
}

/* Natural merge sort: kallsyms is a few ascending runs (core, then modules). */
static void sort(struct hu_symtab *table)
{
	struct entry *spare = NULL;

	table->sorted = true;
	for (;;) {
		size_t at = 0;
		size_t first_end = table->count ? run_from(table->entry, 0, table->count) : 0;
		if (first_end == table->count)
			break;
		if (!spare)
			spare = hu_realloc(NULL, table->count * sizeof(*spare));
		while (at < table->count) {
			size_t middle = run_from(table->entry, at, table->count);
			size_t end = middle < table->count
					     ? run_from(table->entry, middle, table->count)
					     : middle;
			merge(table->entry + at, table->entry + middle, table->entry + middle,
			      table->entry + end, spare + at);
			at = end;
		}
		struct entry *swap = table->entry;
		table->entry = spare;
		spare = swap;
	}
	free(spare);
}

bool hu_symtab_find(struct hu_symtab *table, uint64_t address, struct hu_symbol *ret)
{
	if (!table->sorted)
		sort(table);
	size_t low = 0, high = table->count;
	while (low < high) { /* the first one above the address */
		size_t middle = low + (high - low) / 2;
		if (table->entry[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	size_t at = low - 1;
	uint64_t found = table->entry[at].address;
	/* Behind the last symbol of a list that was cut there may be any other. */
	if (address - found > REACH || (table->open && table->entry[at].line == table->open))
		return false;
	while (at && table->entry[at - 1].address == found)
		at--;

	struct hu_str line = hu_str_skip(table->text, table->entry[at].line);
	line = hu_str_split(&line, '\n');
	struct hu_str name = hu_str_word(&line);
	struct hu_str module = hu_str_word(&line);
	if (module.len > 2 && module.at[0] == '[')
		module = (struct hu_str){module.at + 1, module.len - 2};
	else
		module.len = 0;
	/* "__builtin__ftrace", "bpf": made by the kernel as it ran, no module */
	if (hu_str_starts(module, "__builtin__"))
		module.len = 0;
	*ret = (struct hu_symbol){name, module, address - found};
	return true;
}

bool hu_symtab_resolve(void *table, uint64_t address, struct hu_str *name, struct hu_str *module,
		       uint64_t *offset)
{
	struct hu_symbol symbol;

	if (!table || !hu_symtab_find(table, address, &symbol))
		return false;
	*name = symbol.name;
	*module = symbol.module;
	*offset = symbol.offset;
	return true;
}
