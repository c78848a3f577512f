/* Symbols and files of the bundle for readers that need more than their own member. */
#include "ingest/around.h"
#include "ingest/mapped.h"
#include "ingest/symtab.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

struct hu_around {
	struct hu_surroundings get;
	struct hu_mapped text; /* the symbols lie in it … */
	struct hu_out lent;    /* … or in this, of the capture … */
	char *from, *release;  /* … that is called so, of this kernel */
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
	hu_out_deinit(&around->lent);
	free(around->from);
	free(around->release);
	free(around);
}

void hu_around_destroyp(struct hu_around **around)
{
	hu_around_destroy(*around);
	*around = NULL;
}

/* False: the list shows no address, or too few of them. */
static bool use(struct hu_around *around, struct hu_str text)
{
	struct hu_symtab *table = hu_symtab_create(text, NULL);

	if (hu_symtab_count(table) && !hu_symtab_filtered(table)) {
		around->get.symbols = table;
		return true;
	}
	hu_symtab_destroy(table);
	return false;
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
	if (use(around, around->text.text))
		return;
	hu_mapped_close(&around->text);
	around->text = (struct hu_mapped){0};
}

void hu_around_lend_symbols(struct hu_around *around, const char *path, struct hu_out *text,
			    struct hu_str release)
{
	if (around->get.symbols || !text->len)
		return;
	around->lent = *text;
	*text = (struct hu_out){0};
	if (!use(around, hu_out_view(&around->lent))) {
		hu_out_deinit(&around->lent);
		around->lent = (struct hu_out){0};
		return;
	}
	around->get.symbols_from = around->from = hu_strdup(hu_str(path));
	if (release.len)
		around->get.symbols_release = around->release = hu_strdup(release);
}

struct hu_symtab *hu_around_symbols(const struct hu_surroundings *around, struct hu_str release,
				    struct hu_sink *to)
{
	if (!around->symbols || !around->symbols_from)
		return around->symbols;
	if (release.len && around->symbols_release &&
	    !hu_str_is(release, around->symbols_release)) {
		const struct hu_gap gap = {.from = HU_OPEN,
					   .to = HU_OPEN,
					   .count = HU_NONE,
					   .cpu = HU_NONE,
					   .kind = HU_LOSS_MISSING};
		hu_put_loss(to, &gap,
			    "the only list of kernel symbols in the bundle, the one in %s, is of "
			    "another kernel (%s): it names nothing here",
			    around->symbols_from, around->symbols_release);
		return NULL;
	}
	hu_put_fact(to, "symbols.from", hu_str(around->symbols_from));
	return around->symbols;
}

const struct hu_surroundings *hu_around_get(const struct hu_around *around)
{
	return &around->get;
}
