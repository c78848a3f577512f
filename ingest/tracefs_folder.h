/* ingest/tracefs_folder.h - the files of a copied tracefs folder. Private to ingest/tracefs*.c. */
#ifndef HU_TRACEFS_FOLDER_H
#define HU_TRACEFS_FOLDER_H

#include "ingest/mapped.h"
#include "ingest/tracedat_file.h"

#include <dirent.h>

enum { HU_TRACEFS_TEXT_MAX = 1 << 20 }; /* of a small text */

struct hu_tracefs {		    /* one folder while parts of a trace.dat are made of it */
	struct hu_trace_file *file; /* owned: the parts */
	struct hu_mapped *mapped;   /* what they point into */
	size_t mappeds;
	uint64_t raw;  /* bytes of pages */
	bool left_out; /* a text was too large to be one */
};

void hu_tracefs_deinit(struct hu_tracefs *folder);

/* The whole of the file of this path; empty: there is none, or it has more than `max` bytes. Lives
 * as long as the folder. */
struct hu_str hu_tracefs_text(struct hu_tracefs *folder, size_t max, const char *fmt, ...)
	HU_PRINTF(3, 4);
/* "a b", or the one that is not empty; lives as long as the folder. */
struct hu_str hu_tracefs_joined(struct hu_tracefs *folder, const char *a, const char *b);
/* A copy that lives as long as the folder. */
struct hu_str hu_tracefs_keep(struct hu_tracefs *folder, const struct hu_out *out);

struct hu_tracefs_names { /* of a folder's entries, bytewise; those with a dot in front are none */
	struct dirent **of;
	int count;
};

/* None if there is no such folder. */
struct hu_tracefs_names hu_tracefs_list(const char *fmt, ...) HU_PRINTF(1, 2);
void hu_tracefs_names_deinit(struct hu_tracefs_names *names);

#endif
