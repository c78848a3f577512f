/* ingest/reader.h - one capture format. */
#ifndef HU_READER_H
#define HU_READER_H

#include "db/base.h"
#include "db/sink.h"
#include "db/text.h"

struct hu_symtab;

enum { HU_PROBE_BYTES = 4096 };

enum hu_match {
	HU_MATCH_NO,
	HU_MATCH_LIKELY,  /* the text looks right; the first such reader in hu_readers wins */
	HU_MATCH_CERTAIN, /* a magic number; two certain readers are a bug */
};

struct hu_probe {
	const char *path;   /* inside the bundle; a hint for text formats that have no header, never
			       the reason */
	bool is_dir;	    /* `path` is a folder that has the reader's folder_key in it */
	struct hu_str head; /* at most HU_PROBE_BYTES; for a folder, of its folder_key */
};

/* What else the bundle knows while one member is read. All of it may be NULL. */
struct hu_surroundings {
	const char *path; /* of this member inside the bundle */
	/* Of the bundle's first kallsyms that shows addresses, or else of the first capture that
	 * carries such a list: to be had by hu_around_symbols() (ingest/around.h). */
	struct hu_symtab *symbols;
	const char *symbols_from;    /* that capture's path; NULL: a kallsyms */
	const char *symbols_release; /* of its kernel; NULL: not told, or a kallsyms */
	/* A file of the bundle whose path ends in these components (".build-id/ab/cdef/elf"), in
	 * bytewise order the first; NULL if there is none. */
	const char *(*file)(void *with, const char *path_end);
	void *with;
};

/*
 * To add a format:
 *   1. write ingest/foo.c with one const hu_reader_ops, and list it in ingest/readers.c;
 *   2. put fixtures/foo/<case>/ and fixtures/foo/bad-<case>/ beside it.
 * The tests, the fuzz target and `holdup inspect --formats` follow from the list.
 */
struct hu_reader_ops {
	const char *name;  /* "tracedat": also the fixture folder and the `format` column */
	const char *reads; /* one line for `holdup inspect --formats` */
	enum hu_clock clock;
	bool binary; /* else a text: what is torn of one is told for the reader (torntext.h) */
	bool zeros;  /* a text that may have zero bytes in it, or whose reader tells of them */

	/* Pure: no I/O, no memory, any bytes. */
	enum hu_match (*probe)(const struct hu_probe *in);

	/*
	 * Puts rows until the end. What could be read of a damaged capture stays: put a loss, then
	 * return the error. A field missing from an event is a loss, never an error. `path` is a
	 * real file; do not print it in a loss.
	 */
	struct hu_err *(*read)(const char *path, struct hu_sink *to);
	/* Instead of `read`, for who wants symbols or other files. `around` is never NULL. */
	struct hu_err *(*read_among)(const char *path, const struct hu_surroundings *around,
				     struct hu_sink *to);

	/*
	 * The text of a kallsyms that the capture carries, and its kernel's release, for the other
	 * members of a bundle without one. Nothing where there is none: what is wrong with the
	 * capture `read` says. NULL: such captures carry none.
	 */
	void (*symbols)(const char *path, struct hu_out *text, struct hu_out *release);

	/*
	 * A capture that is a folder: the file in it that marks it ("metadata"), and which other
	 * files belong to it, by their path below it and their first HU_PROBE_BYTES (NULL: all).
	 * `path` of `read` is then a private folder that holds these and nothing else, under the
	 * same paths. A reader may read both files and folders. NULL: files only.
	 */
	const char *folder_key;
	bool (*folder_takes)(struct hu_str below, struct hu_str head);
	/* Loads what the reader needs from outside the bundle (a library's plugin), before the
	 * sandbox closes: behind that nothing can be loaded. For bundles with folders. NULL:
	 * nothing. */
	void (*prepare)(void);
};

extern const struct hu_reader_ops *const hu_readers[]; /* NULL-terminated */

/* Calls whichever of the two the reader has; `around` NULL: nothing else is known. */
struct hu_err *hu_read(const struct hu_reader_ops *reader, const char *path,
		       const struct hu_surroundings *around, struct hu_sink *to);

/* Which reader takes it, or NULL; *why gets a sentence (static text) either way. */
const struct hu_reader_ops *hu_probe(const struct hu_probe *in, const char **why);

#endif
