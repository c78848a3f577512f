/* Symbols and files of the bundle for readers that need more than their own member. */
#include "ingest/around.h"
#include "ingest/mapped.h"
#include "ingest/symtab.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

struct hu_around {
	struct hu_surroundings get;
	struct hu_mapped text; /* the symbols lie in it */
	const struct hu_bundle *bundle;
};

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), end_len = strlen(end);

	return hu_str_ends(hu_str(path), end) && (len == end_len || path[len - end_len - 1] == '/');
}

static const char *find_file(void *with, const char *path_end)
{
	const struct hu_around *around = with;

	for (size_t i = 0; i < around->bundle->count; i++) {
		const struct hu_member *m = &around->bundle->members[i];
		if (m->file && !m->part_count && ends_in(m->path, path_end))
			return m->file;
	}
	return NULL;
}

struct hu_around *hu_around_create(const struct hu_bundle *bundle)
{
	struct hu_around *around = hu_alloc(sizeof(*around));

	around->bundle = bundle;
	if (bundle) {
		around->get.file = find_file;
		around->get.with = around;
	}
	return around;
}

void hu_around_destroy(struct hu_around *around)
{
	if (!around)
		return;
	hu_symtab_destroy(around->get.symbols);
	hu_mapped_close(&around->text);
	free(around);
}

void hu_around_destroyp(struct hu_around **around)
{
	hu_around_destroy(*around);
	*around = NULL;
}

void hu_around_add_symbols(struct hu_around *around, const char *file)
{
	if (around->get.symbols)
		return;
	struct hu_err *err = hu_mapped_open(file, &around->text);
	if (err) {
		hu_err_free(err);
		return;
	}
	around->get.symbols = hu_symtab_create(around->text.text, NULL);
	if (hu_symtab_count(around->get.symbols) && !hu_symtab_filtered(around->get.symbols))
		return;
	hu_symtab_destroy(around->get.symbols);
	around->get.symbols = NULL;
	hu_mapped_close(&around->text);
	around->text = (struct hu_mapped){0};
}

const struct hu_surroundings *hu_around_get(const struct hu_around *around)
{
	return &around->get;
}
