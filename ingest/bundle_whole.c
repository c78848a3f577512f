/*
 * An archive that ended early: which of its folders are whole all the same. Whatever packs a folder
 * packs all that lies in it before it goes on; so one that the archive lists itself, and behind
 * whose members others follow, has lost none. Without an entry of its own it may have been packed
 * file by file, in any order.
 */
#include "ingest/bundle_parts.h"

#include <stdlib.h>
#include <string.h>

struct folder {
	const char *path;
	size_t last; /* the last member in it */
};

static int by_path(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Cuts off the last part of `path`, and finds the folder that it stood in; false: it stood in none.
 */
static bool go_up(char *path, struct folder *folder, size_t count, struct folder **ret)
{
	char *slash = strrchr(path, '/');
	const struct folder key = {.path = path};

	if (!slash)
		return false;
	*slash = '\0';
	*ret = bsearch(&key, folder, count, sizeof(*folder), by_path);
	return true;
}

void hu_find_whole(struct hu_finding *f)
{
	HU_CLEANUP(hu_freep)
	struct folder *folder = hu_alloc((f->folder_count + 1) * sizeof(*folder));
	struct folder *at;
	size_t last = 0; /* of all */

	if (!f->unfinished || f->torn || !f->folder_count)
		return;
	for (size_t i = 0; i < f->folder_count; i++)
		folder[i].path = f->folders[i];
	qsort(folder, f->folder_count, sizeof(*folder), by_path);
	for (size_t i = 0; i < f->count; i++) {
		if (f->members[i].outside)
			continue;
		last = i;
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_str(f->members[i].path));
		while (go_up(path, folder, f->folder_count, &at))
			if (at)
				at->last = i;
	}
	for (size_t i = 0; i < f->count; i++) {
		if (f->members[i].outside)
			continue;
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_str(f->members[i].path));
		for (size_t up = 1; go_up(path, folder, f->folder_count, &at); up++)
			if (at && at->last < last)
				f->members[i].whole = up;
	}
}
