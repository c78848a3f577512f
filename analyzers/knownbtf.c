/*
 * What the BTF files of the bundle say of the functions that the running kernel has: the witness
 * where its kallsyms is missing. It is asked for a name and either lists it or says nothing: BTF
 * leaves out functions that the compiler changed, and nearly all variables (ingest/btf.c).
 */
#include "analyzers/knownlib.h"
#include "db/rows.h"

#include <stdlib.h>
#include <string.h>

struct hu_known_btf {
	struct hu_store *store;
	int64_t *source; /* those that count: the kernel's, its modules' */
	size_t count;
};

/*
 * Is it the running kernel's? /sys/kernel/btf has that one's alone, under names without a version
 * (vmlinux, overlay). What a version names, as the files of archives are, must name the running
 * one.
 */
static bool fits(const char *release, struct hu_str path)
{
	struct hu_str name = hu_str(hu_known_file_name(path.at));

	if (release && hu_str_find(name, release) >= 0)
		return true;
	for (size_t i = 1; i + 1 < name.len; i++)
		if (name.at[i] == '.' && name.at[i - 1] >= '0' && name.at[i - 1] <= '9' &&
		    name.at[i + 1] >= '0' && name.at[i + 1] <= '9')
			return false;
	return true;
}

struct hu_err *hu_known_btf_open(struct hu_store *store, const char *release,
				 struct hu_known_btf **ret)
{
	struct hu_known_btf *btf = hu_alloc(sizeof(*btf));
	HU_CLEANUP(hu_freep) char *kernel = NULL;
	bool two = false;

	btf->store = store;
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT s.id, s.path, s.sha256, f.value = 'kernel' FROM source AS s JOIN "
		       "fact AS f ON f.source = s.id AND f.key = 'btf.of' WHERE s.id IN (SELECT "
		       "source FROM symbols) ORDER BY s.id");
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_rows_str(rows, 1));
		if (!fits(release, hu_str(path)))
			continue;
		if (hu_rows_int(rows, 3)) {
			two |= kernel && !hu_str_is(hu_rows_str(rows, 2), kernel);
			free(kernel);
			kernel = hu_strdup(hu_rows_str(rows, 2));
		}
		btf->source = hu_realloc(btf->source, (btf->count + 1) * sizeof(*btf->source));
		btf->source[btf->count++] = hu_rows_int(rows, 0);
	}
	/* Two kernels, and nobody says which of them was running. */
	if (two)
		btf->count = 0;
	*ret = btf;
	return hu_rows_close(rows);
}

void hu_known_btf_destroy(struct hu_known_btf *btf)
{
	if (!btf)
		return;
	free(btf->source);
	free(btf);
}

bool hu_known_btf_any(const struct hu_known_btf *btf)
{
	return btf->count > 0;
}

bool hu_known_btf_lists(const struct hu_known_btf *btf, const char *symbol)
{
	for (size_t i = 0; i < btf->count; i++)
		if (hu_store_btf_lists(btf->store, btf->source[i], symbol))
			return true;
	return false;
}
