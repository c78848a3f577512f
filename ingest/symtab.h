/* ingest/symtab.h - addresses to functions, out of the text of a kallsyms. */
#ifndef HU_SYMTAB_H
#define HU_SYMTAB_H

#include "db/sink.h"

struct hu_symtab;

/* `text` is borrowed and has to outlive the table. Puts every line to `to` unless it is NULL. */
struct hu_symtab *hu_symtab_create(struct hu_str text, struct hu_sink *to);
void hu_symtab_destroy(struct hu_symtab *table); /* NULL is fine */

size_t hu_symtab_count(const struct hu_symtab *table); /* of symbols that have an address */

/* Most of its functions are missing: no address in code is to be named by it (db/spacing.h). */
bool hu_symtab_filtered(const struct hu_symtab *table);

struct hu_symbol {
	struct hu_str name;   /* "down_write" */
	struct hu_str module; /* "ext4"; empty: the kernel itself */
	uint64_t offset;      /* of the address into it */
};

/* The symbol at or below `address`, not more than 1 MiB away; false if there is none. */
bool hu_symtab_find(struct hu_symtab *table, uint64_t address, struct hu_symbol *ret);
/* The same as hu_resolver.find (ingest/vocabulary.h); `table` may be NULL. */
bool hu_symtab_resolve(void *table, uint64_t address, struct hu_str *name, struct hu_str *module,
		       uint64_t *offset);

#endif
