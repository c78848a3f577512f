/*
 * By what a bundle is known, wherever it lies and however it is packed: the hashes and names of
 * what is read in it. One with nothing to read is known by what was listed.
 */
#include "ingest/bundle_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lines {
	char **at;
	size_t count;
};

static void add_line(struct lines *lines, const char *what, const char *folder, const char *path)
{
	bool under = *folder && strcmp(folder, ".") != 0;

	lines->at = hu_realloc(lines->at, (lines->count + 1) * sizeof(*lines->at));
	if (asprintf(&lines->at[lines->count++], "%s  %s%s%s\n", what, under ? folder : "",
		     under ? "/" : "", path) < 0)
		hu_no_memory();
}

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Takes the lines. */
static void identify(struct hu_bundle *bundle, struct lines *lines)
{
	struct hu_sha256 sha;

	hu_sha256_init(&sha);
	if (lines->count)
		qsort(lines->at, lines->count, sizeof(*lines->at), by_text);
	for (size_t i = 0; i < lines->count; i++) {
		hu_sha256_add(&sha, lines->at[i], strlen(lines->at[i]));
		free(lines->at[i]);
	}
	free(lines->at);
	hu_sha256_finish(&sha, bundle->sha256);
}

/* What the list says of members without a hash. */
static void add_listed(struct lines *lines, const struct hu_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		HU_CLEANUP(hu_freep) char *what = NULL;
		if (asprintf(&what, "unread %lld %s", (long long)m->bytes,
			     m->listed ? m->listed : "") < 0)
			hu_no_memory();
		add_line(lines, what, "", m->path);
	}
}

/* design.md section 6: sha256 over the sorted lines "member-sha256  path". */
void hu_bundle_identify(struct hu_bundle *bundle)
{
	struct lines lines = {0};

	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		for (size_t k = 0; k < m->part_count; k++)
			add_line(&lines, m->parts[k].sha256, m->path, m->parts[k].below);
		if (m->file && !m->part_count && *m->sha256)
			add_line(&lines, m->sha256, "", m->path);
	}
	if (!lines.count) /* files that cannot be read to their end */
		add_listed(&lines, bundle);
	identify(bundle, &lines);
}

void hu_bundle_identify_unread(struct hu_bundle *bundle, const struct hu_progress *progress)
{
	struct lines lines = {0};

	add_listed(&lines, bundle);
	for (size_t i = 0; i < bundle->input_count; i++) {
		HU_CLEANUP(hu_freep) char *name = hu_bundle_name(bundle->inputs[i]);
		struct hu_member packed = {.path = NULL};
		if (progress && progress->step)
			progress->step(progress->data, name, 0, 0);
		/* A folder cannot be read as a file, and has been listed. */
		struct hu_err *err = hu_hash_file(bundle->inputs[i], &packed);
		if (!err)
			add_line(&lines, packed.sha256, "", "(archive)");
		hu_err_free(err);
	}
	identify(bundle, &lines);
}

bool hu_bundle_hashes_later(const struct hu_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (bundle->members[i].hash_later)
			return true;
	return false;
}
