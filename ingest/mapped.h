/* ingest/mapped.h - a whole text file as borrowed bytes. */
#ifndef HU_MAPPED_H
#define HU_MAPPED_H

#include "db/base.h"

/* Invariant: `text` is valid until hu_mapped_close(); empty for an empty file. */
struct hu_mapped {
	struct hu_str text;
};

/* Maps `path` for reading. On failure *ret is untouched. The sentence does not name the path. */
HU_MUST_CHECK struct hu_err *hu_mapped_open(const char *path, struct hu_mapped *ret);
/*
 * Gives the pages of all mapped files back to the kernel, which has them in its page cache: what is
 * read again is mapped again. For whoever goes through a large file, every some ten megabytes.
 */
void hu_mapped_rest(void);
void hu_mapped_close(struct hu_mapped *file); /* a zeroed one is fine; for HU_CLEANUP */

#endif
