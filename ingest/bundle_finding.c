/* The members of one input while they are being found: a list that grows. */
#include "ingest/bundle_parts.h"

#include <stdlib.h>

struct hu_member *hu_find_member(struct hu_finding *f, char *path)
{
	if (f->count == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->members = hu_realloc(f->members, f->cap * sizeof(*f->members));
	}
	struct hu_member *m = &f->members[f->count++];
	*m = (struct hu_member){.path = path};
	return m;
}

void hu_find_refused(struct hu_finding *f, char *path, char *why)
{
	hu_find_member(f, path)->why = why;
}

void hu_find_outside(struct hu_finding *f, char *path, char *why)
{
	hu_find_refused(f, path, why);
	f->members[f->count - 1].outside = true;
}

void hu_find_own(struct hu_finding *f, char *path)
{
	f->own = hu_realloc(f->own, (f->own_count + 1) * sizeof(*f->own));
	f->own[f->own_count++] = path;
}

void hu_find_folder(struct hu_finding *f, char *path)
{
	f->folders = hu_realloc(f->folders, (f->folder_count + 1) * sizeof(*f->folders));
	f->folders[f->folder_count++] = path;
}

struct hu_err *hu_bundle_scratch(struct hu_bundle *bundle)
{
	if (bundle->scratch)
		return NULL;
	return hu_scratch_create(NULL, "holdup", &bundle->scratch);
}

void hu_member_deinit(struct hu_member *m)
{
	for (size_t i = 0; i < m->part_count; i++) {
		free(m->parts[i].below);
		free(m->parts[i].file);
	}
	free(m->parts);
	free(m->path);
	free(m->file);
	free(m->why);
	free(m->cut);
	free(m->explained);
	free(m->listed);
}

void hu_finding_deinit(struct hu_finding *f)
{
	for (size_t i = 0; i < f->count; i++)
		hu_member_deinit(&f->members[i]);
	for (size_t i = 0; i < f->own_count; i++)
		free(f->own[i]);
	for (size_t i = 0; i < f->folder_count; i++)
		free(f->folders[i]);
	free(f->members);
	free(f->own);
	free(f->folders);
}
