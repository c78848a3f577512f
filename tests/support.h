/* tests/support.h - what the drivers share: files, children with limits, truth files, one source in
 * a store. */
#ifndef HU_TEST_SUPPORT_H
#define HU_TEST_SUPPORT_H

#include <cjson/cJSON.h>

#include "db/base.h"
#include "db/store.h"
#include "db/text.h"
#include "ingest/reader.h"

/* A sorted list of owned strings. Zero-initialise. */
struct hu_test_list {
	char **at;
	size_t count;
};
void hu_test_list_add(struct hu_test_list *list, const char *text);
void hu_test_list_deinit(struct hu_test_list *list);

/* Names in a folder, without dot files, sorted. An absent folder is an empty list. */
void hu_test_dir(const char *path, struct hu_test_list *ret);
bool hu_test_is_dir(const char *path);
bool hu_test_is_file(const char *path);
/* printf into an owned string. */
char *hu_test_format(const char *fmt, ...) HU_PRINTF(1, 2);

/* The whole file, with a NUL behind it; false (and a line on stdout) if it cannot be read. */
bool hu_test_slurp(const char *path, struct hu_out *ret);
bool hu_test_spew(const char *path, struct hu_str bytes);
/* A new folder under TMPDIR; owned. Remove it with hu_test_remove(), which takes whole trees. */
char *hu_test_tempdir(void);
void hu_test_remove(const char *path);

/* The JSON of a file, or NULL with a line on stdout. Refuses numbers of 2^53 and more: cJSON rounds
 * them. */
cJSON *hu_test_json(const char *path);

/*
 * Runs fn(arg, 0) … fn(arg, count - 1) in a child, which a new one replaces when it dies. Each step
 * has at most `seconds` of CPU (ten times that by the clock) and, without ASan, 3 GiB of address
 * space; a child's leaks count when its steps are done. Returns how many children did not end well,
 * and says on stdout where; 0 is success.
 */
size_t hu_test_steps(size_t count, unsigned int seconds, bool (*fn)(void *arg, size_t step),
		     void *arg);
/* For fn: what the step is about. */
void hu_test_now(const char *fmt, ...) HU_PRINTF(1, 2);

/* The file in this folder by which some reader knows it, or NULL. free() it. */
char *hu_test_folder_key(const char *path);
/* A file, or a folder with all in it. */
void hu_test_copy(const char *from, const char *to);

/* The probe's choice for a file or folder; *why as hu_probe() gives it. */
const struct hu_reader_ops *hu_test_probe(const char *path, const char *name, const char **why);

/*
 * One source read by `reader` into `store`, under the name `name`. A reader's error is kept by the
 * store, as in the program; what comes back is what the store itself could not do.
 */
HU_MUST_CHECK struct hu_err *hu_test_load(struct hu_store *store,
					  const struct hu_reader_ops *reader, const char *path,
					  const char *name, const struct hu_surroundings *around);

/* Every row of every table as text, table by table, in stored order. */
void hu_test_dump(struct hu_store *store, struct hu_out *ret);

#endif
