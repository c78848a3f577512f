/* Files of a copied tracefs: mapped once each, and kept until their folder is done with. */
#include "db/text.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/tracefs_folder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hu_tracefs_deinit(struct hu_tracefs *folder)
{
	hu_trace_file_close(folder->file);
	for (size_t i = 0; i < folder->mappeds; i++)
		hu_mapped_close(&folder->mapped[i]);
	free(folder->mapped);
}

struct hu_str hu_tracefs_text(struct hu_tracefs *folder, size_t max, const char *fmt, ...)
{
	HU_CLEANUP(hu_freep) char *path = NULL;
	struct hu_mapped mapped;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&path, fmt, args) < 0)
		path = NULL;
	va_end(args);
	struct hu_err *err = path ? hu_mapped_open(path, &mapped) : NULL;
	if (err || !path) {
		hu_err_free(err);
		return (struct hu_str){NULL, 0};
	}
	folder->mapped =
		hu_realloc(folder->mapped, (folder->mappeds + 1) * sizeof(*folder->mapped));
	folder->mapped[folder->mappeds++] = mapped;
	if (mapped.text.len > max) {
		folder->left_out = true;
		return (struct hu_str){NULL, 0};
	}
	return mapped.text;
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct hu_tracefs_names hu_tracefs_list(const char *fmt, ...)
{
	HU_CLEANUP(hu_freep) char *path = NULL;
	struct hu_tracefs_names names = {0};
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&path, fmt, args) < 0)
		path = NULL;
	va_end(args);
	names.count = path ? scandir(path, &names.of, no_dots, bytewise) : 0;
	if (names.count < 0)
		names.count = 0;
	return names;
}

void hu_tracefs_names_deinit(struct hu_tracefs_names *names)
{
	for (int i = 0; i < names->count; i++)
		free(names->of[i]);
	free(names->of);
}

struct hu_str hu_tracefs_keep(struct hu_tracefs *folder, const struct hu_out *out)
{
	char *kept = hu_trace_own(folder->file, out->len);

	if (out->len)
		memcpy(kept, out->at, out->len);
	return (struct hu_str){kept, out->len};
}

struct hu_str hu_tracefs_joined(struct hu_tracefs *folder, const char *a, const char *b)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_puts(&out, a);
	hu_out_puts(&out, *a && *b ? " " : "");
	hu_out_puts(&out, b);
	return hu_tracefs_keep(folder, &out);
}

#endif
