/* ingest/bundle_parts.h - what the files of the bundle module share. Private to ingest/bundle*.c,
 * unpack.c and load*.c. */
#ifndef HU_BUNDLE_PARTS_H
#define HU_BUNDLE_PARTS_H

#include "ingest/bundle.h"

/* One input path's members while they are being found. Paths are still raw bytes here. */
struct hu_finding {
	struct hu_member *members; /* zeroed, grown by hu_find_member() */
	size_t count, cap;
	char **own; /* raw paths of folders that carry our mark, without a slash at the end */
	size_t own_count;
	bool rooted; /* all names began with "./": the top folder is said, and nothing else is one
		      */
	bool unfinished; /* an archive that ended early: members are missing, or may be … */
	bool torn;	 /* … not only at its end */
	char **folders;	 /* raw paths of folders that the archive lists themselves */
	size_t folder_count;
	struct hu_bundle *bundle; /* limits, scratch folder */
	const struct hu_progress *progress;
};

/* A bundle of these paths, not looked into; then its members, name and identity. */
struct hu_bundle *hu_bundle_create(const char *const *paths, size_t count,
				   const struct hu_limits *limits);
HU_MUST_CHECK struct hu_err *hu_bundle_fill(struct hu_bundle *bundle,
					    const struct hu_progress *progress);

/* bundle_finding.c */

void hu_finding_deinit(struct hu_finding *f); /* and its members */
void hu_member_deinit(struct hu_member *member);
/* A new member of this raw path (taken), until the next one. */
struct hu_member *hu_find_member(struct hu_finding *f, char *path);
/* The same, not read. `why` is taken. */
void hu_find_refused(struct hu_finding *f, char *path, char *why);
/* The same, for a path that lies nowhere in the bundle. */
void hu_find_outside(struct hu_finding *f, char *path, char *why);
void hu_find_own(struct hu_finding *f, char *path);    /* taken */
void hu_find_folder(struct hu_finding *f, char *path); /* taken */
/* bundle_whole.c: of an archive that ended early, which folders it had left behind before. */
void hu_find_whole(struct hu_finding *f);
/* The scratch folder, made when first asked for. */
HU_MUST_CHECK struct hu_err *hu_bundle_scratch(struct hu_bundle *bundle);

/* bundle_folder.c, bundle_archive.c: fill f. */
HU_MUST_CHECK struct hu_err *hu_find_in_folder(struct hu_finding *f, const char *path);
HU_MUST_CHECK struct hu_err *hu_find_in_archive(struct hu_finding *f, const char *path);
struct stat;
int64_t hu_changed_at(const struct stat *st); /* nanoseconds; never 0 */
/* Size and hash of a file of a folder, or a single one, from its descriptor: where the bundle
 * allows it, a large one's hash is left to hashing.h. */
HU_MUST_CHECK struct hu_err *hu_hash_listed(const struct hu_bundle *bundle, int fd,
					    struct hu_member *member,
					    const struct hu_progress *progress);
/* For tests: how large that is, in bytes. */
extern int64_t hu_hash_later_from;
/* The same from its path, at once. */
HU_MUST_CHECK struct hu_err *hu_hash_file(const char *path, struct hu_member *member);
/* Is some member without its hash until it is read? */
bool hu_bundle_hashes_later(const struct hu_bundle *bundle);
/* bundle_identity.c: the bundle's hash out of those of its files. Opens nothing. */
void hu_bundle_identify(struct hu_bundle *bundle);
/* The same of one without a file that is read: out of the list, and of the bytes of the archives
 * that were given. */
void hu_bundle_identify_unread(struct hu_bundle *bundle, const struct hu_progress *progress);
bool hu_is_hash(const char *text); /* or "" */

/* bundle_capture.c */

/* Makes one member of the files that are one capture: a CTF trace, a copied tracefs. */
void hu_bundle_gather(struct hu_bundle *bundle);
/* The folder that a reader gets for such a member, in the scratch folder; free() it. */
HU_MUST_CHECK struct hu_err *hu_bundle_lay_out(struct hu_bundle *bundle,
					       const struct hu_member *member, char **ret);

/* bundle_path.c */

/*
 * "./a//b/" → "a/b" (free() it). NULL for a path that must not be followed, with *why: absolute,
 * climbing, empty, too long.
 */
char *hu_path_clean(struct hu_str raw, const char **why);
/* As hu_path_clean(), but every path has one: for showing what was refused. */
char *hu_path_shown(struct hu_str raw);
/* Control bytes and what is not UTF-8 as \xHH; everything else as it is. free() it. */
char *hu_path_escape(struct hu_str raw);
/* The length of the folder that all members inside share, with its slash: what is to be stripped.
 */
size_t hu_path_top(const struct hu_member *members, size_t count);
/* Does its name say that it is a packed tar ("x.tar.gz", "x.tgz")? */
bool hu_path_names_tar(const char *path);

/* unpack.c */

struct archive;
struct archive_entry;

/* "gzip", "zstd" … if these bytes begin a compressed file, else NULL. */
const char *hu_sniff_compressed(struct hu_str head);
/* "tar archive" … if these bytes begin an archive of files, else NULL; *readable says whether a
 * bundle may be one. */
const char *hu_sniff_archive(struct hu_str head, bool *readable);

/* Opens with every decompression that needs no other program; `members`: for tar and zip, else as
 * one stream. NULL and a sentence in *why on failure. */
struct archive *hu_unpack_open(const char *path, bool members, char **why);
void hu_unpack_close(struct archive **a);
/* The first bytes inside a compressed file. */
size_t hu_unpack_head(const char *path, char *ret, size_t size);

/* What unpacking has cost so far. */
struct hu_gauge {
	const struct hu_limits *limits;
	const char *scratch;
	int64_t packed;	  /* size of the packed file */
	int64_t file;	  /* bytes that came out of it */
	int64_t unpacked; /* bytes that came out of the whole bundle */
	int64_t asked;	  /* `unpacked` when the disk was asked for its room last */
};
/* Counts `more` bytes. A sentence (free() it) if that is over a limit, else NULL. */
char *hu_gauge_over(struct hu_gauge *gauge, int64_t more);

enum hu_drained {
	HU_DRAINED,	/* to its end */
	HU_DRAINED_CUT, /* the member ends early, the next one may be fine */
	HU_DRAINED_END, /* nothing can be read behind it */
	HU_DRAINED_STOP /* a limit ended it */
};
/*
 * Copies the bytes of the entry to a new file, hashing them (member may be NULL for neither hash
 * nor size). *why gets a sentence unless HU_DRAINED.
 */
enum hu_drained hu_unpack_drain(struct archive *a, const char *file, struct hu_gauge *gauge,
				struct hu_member *member, char **why);
/* A compressed file as a new file. *cut gets a sentence if it ends early; NULL: whole. */
HU_MUST_CHECK struct hu_err *hu_unpack_file(struct hu_bundle *bundle, const char *path,
					    const char *to, char **cut);

#endif
