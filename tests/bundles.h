/*
 * tests/bundles.h - a folder of its own for a test of bundles, and archives made by hand, however
 * evil.
 */
#ifndef HU_TESTS_BUNDLES_H
#define HU_TESTS_BUNDLES_H

#include "db/text.h"
#include "ingest/bundle.h"

extern const char *bundles_root; /* of all that the test writes; TMPDIR is it */

bool bundles_begin(void);
/* Checks that no scratch folder is left, and removes the rest. */
bool bundles_end(void);

char *bundles_path(const char *name); /* below the root; free() it */
void bundles_write(const char *path, const char *at, size_t len);

/* A header of 512 bytes: `name` and `link` (NULL: none) as they are. */
void bundles_tar_header(struct hu_out *tar, const char *name, char type, const char *link,
			size_t size);
void bundles_tar_member(struct hu_out *tar, const char *name, const char *text);
void bundles_tar_end(struct hu_out *tar);
/* Writes it below the root; its path: free() it. */
char *bundles_tar(const char *name, const struct hu_out *tar);

struct hu_bundle *bundles_open(const char *path); /* NULL, and a failure, if it cannot be */
/* Never NULL: a failure, and one without a file, if there is none. */
const struct hu_member *bundles_find(const struct hu_bundle *bundle, const char *path);
/* NULL: it has no file. */
void bundles_check_text(const struct hu_member *member, const char *want);

#endif
