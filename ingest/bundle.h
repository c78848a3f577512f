/*
 * ingest/bundle.h - a bundle: a folder, an archive or a single capture file, as a sorted list of
 * members with their hashes.
 *
 * Bundles are hostile. Nothing is ever written outside a private scratch folder, and inside it only
 * under names of our own. What is not read is a member too: without a file, but with a sentence
 * that says why.
 */
#ifndef HU_BUNDLE_H
#define HU_BUNDLE_H

#include "db/base.h"
#include "db/sha256.h"
#include "ingest/limits.h"
#include "ingest/scratch.h"

struct hu_part {     /* a file of a capture that is a folder */
	char *below; /* its path below that folder */
	char *file;
	char sha256[HU_SHA256_TEXT];
};

struct hu_member {
	char *path;   /* inside the bundle: no top folder, no "..", printable valid UTF-8 */
	char *file;   /* where its bytes lie on this machine; NULL: it is not read */
	char *why;    /* why it is not read; NULL if it is */
	char *cut;    /* why its bytes end too early; NULL: it is whole */
	char *listed; /* of one that is not read: its size, and where a link leads; NULL: not known
		       */
	int64_t bytes;
	char sha256[HU_SHA256_TEXT]; /* of its bytes as they lie in the bundle; "" if not read */
	bool hash_later;	     /* it is made while the member is read, and "" before */
	int64_t changed;	     /* when it was last written to, as hashed; 0: not asked */
	size_t order;		     /* in which it was found */
	struct hu_part *parts; /* a folder that one reader reads: its files, in order; `file` is the
				  one that marks it, `sha256` goes over the lines "sha256  below" */
	size_t part_count;
	bool unfinished; /* of an archive that ended early: files beside it may be missing … */
	size_t whole;	 /* … but not in so many folders above it: 1, the one that it stands in */
	bool outside; /* the path is no path below the bundle's root: "/etc/x", "../x", a remark */
	char *explained; /* hu_probe_explain() on its first bytes, once it was read; NULL */
};

struct hu_bundle {
	char *name;		     /* design.md section 6 */
	char sha256[HU_SHA256_TEXT]; /* "": not before it was loaded, as some file is hashed later
				      */
	int64_t bytes, files;	     /* of the members that are read, unpacked */
	struct hu_member *members;   /* by path, bytewise; no two share one */
	size_t count;
	char **own; /* folders that holdup wrote, left out: no part of what was captured */
	size_t own_count;
	struct hu_scratch *scratch; /* NULL until something had to be unpacked */
	size_t placed;		    /* files put there, by number */
	int64_t unpacked;	    /* bytes written to it so far */
	struct hu_limits limits;
	bool boxed;	 /* it was listed in the sandbox, and shall be read there */
	bool unconfined; /* the caller was told to do without: the store shall say so */
	bool hash_later; /* large files of folders, and single ones, are hashed by hu_load() */
	bool explain;	 /* fill members[].explained when it is read */
	char **inputs;	 /* the paths that were given */
	size_t input_count;
};

/* Called now and then during a long job; `what` is a member's path. NULL is fine, also for one of
 * the two. */
struct hu_progress {
	void (*step)(void *data, const char *what, int64_t done, int64_t of);
	void *data;
	/* Inside a member: bytes of the whole bundle, as far as they are known, and rows so far. */
	void (*within)(void *data, int64_t bytes, int64_t of, int64_t rows);
};

/*
 * Lists, unpacks and hashes. Several paths make one bundle; then the members of each folder or
 * archive go under its name. `limits` NULL: the defaults. Fails with HU_ERR_BAD_INPUT or HU_ERR_OS
 * where there is nothing to read at all: no such path, an empty folder, an archive whose first
 * member cannot be read.
 */
HU_MUST_CHECK struct hu_err *hu_bundle_open(const char *const *paths, size_t count,
					    const struct hu_limits *limits,
					    const struct hu_progress *progress,
					    struct hu_bundle **ret);
enum hu_hash_when {
	HU_HASH_LISTED, /* the bundle is known by its hash before it is loaded */
	HU_HASH_READ	/* large files get theirs from hu_load(), beside reading */
};
/*
 * The same in a process of its own that is confined (sandbox/sandbox.h), as hu_load() then will be.
 * What that process says is checked for its form; it may still lie about what is in the bundle.
 */
HU_MUST_CHECK struct hu_err *hu_bundle_open_boxed(const char *const *paths, size_t count,
						  const struct hu_limits *limits,
						  enum hu_hash_when when,
						  const struct hu_progress *progress,
						  struct hu_bundle **ret);
void hu_bundle_close(struct hu_bundle *bundle); /* and what it unpacked; NULL is fine */
void hu_bundle_closep(struct hu_bundle **bundle);

/* The base name of a path without archive suffixes: "a/incident.tar.zst" → "incident". free() it.
 */
char *hu_bundle_name(const char *path);

#endif
