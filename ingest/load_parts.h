/* ingest/load_parts.h - what the files of the loader share. Private to ingest/load*.c and tests. */
#ifndef HU_LOAD_PARTS_H
#define HU_LOAD_PARTS_H

#include "db/batch.h"
#include "db/store.h"
#include "ingest/load.h"
#include "ingest/reader.h"

enum hu_phase { HU_PHASE_SYMBOLS = 1, HU_PHASE_READ };

/* Who is told what becomes of the members: the store in this process, or the parent of a worker. */
struct hu_loading_ops {
	void (*step)(void *with, enum hu_phase phase, size_t index);
	void (*explain)(void *with, size_t index, const char *text);
	void (*fault)(void *with); /* an invariant of ours broke */
	struct hu_err *(*skip)(void *with, size_t index, const char *why);
	struct hu_err *(*begin)(void *with, size_t index, const struct hu_reader_ops *reader,
				const char *why, struct hu_sink **ret);
	struct hu_err *(*end)(void *with, struct hu_sink *sink, struct hu_err *why);
};

struct hu_loading {
	const struct hu_loading_ops *ops;
	void *with;
	struct hu_bundle *bundle;
	size_t from;		/* members before it are done */
	const bool *no_symbols; /* per member: nobody looks for symbols in it; NULL: in all */
};

/* The bundle's members in workers that are confined; see load_boxed.c. */
HU_MUST_CHECK struct hu_err *hu_load_boxed(struct hu_bundle *bundle, struct hu_store *store,
					   const struct hu_progress *progress,
					   struct hu_loaded *loaded);

/* load_open.c */

/* A member's bytes on their way to a reader. */
struct hu_opened { /* zero it; then hu_opened_begin() */
	const struct hu_member *member;
	const char *file;    /* the member, or what was packed in it; borrowed */
	char *unpacked;	     /* owned, and the file goes with it; NULL: it was not packed */
	char *folder;	     /* owned: the member laid out, if it is one */
	const char *packing; /* "gzip"; NULL */
	char *cut;	     /* owned: why its bytes end early; NULL */
	char head[HU_PROBE_BYTES];
	size_t head_len;
};

/* Reads the first bytes. The member has a file, and outlives this. */
HU_MUST_CHECK struct hu_err *hu_opened_begin(struct hu_opened *opened,
					     const struct hu_member *member);
/*
 * Unpacks it if it is packed (then the first bytes are those inside), or lays it out if it is a
 * folder. One level: what is packed in what was packed is listed, not read.
 */
HU_MUST_CHECK struct hu_err *hu_opened_unpack(struct hu_opened *opened, struct hu_bundle *bundle);
const char *hu_opened_path(const struct hu_opened *opened); /* what a reader gets */
void hu_opened_deinit(struct hu_opened *opened);

/* load_symbols.c */

struct hu_around;

/* Who needs symbols needs them before his own turn: those of a kallsyms, packed or not, or else the
 * list that some capture carries for itself. */
void hu_load_symbols(const struct hu_loading *to, struct hu_around *around);

/* load_members.c */

/* Finds the symbols, then reads or skips each member, in order. Fails where `ops` fail. */
HU_MUST_CHECK struct hu_err *hu_load_members(const struct hu_loading *to);

void hu_member_explain(struct hu_member *member, const char *text);
/* Borrows from all three; `reader` NULL: none took it. */
struct hu_source_info hu_load_info(const struct hu_member *member,
				   const struct hu_reader_ops *reader, const char *why);
HU_MUST_CHECK struct hu_err *hu_load_skip(struct hu_store *store, const struct hu_member *member,
					  const char *why);

/* For tests alone, NULL in the program: called before a member is looked at for symbols, and before
 * its reader gets it. */
extern void (*hu_load_fault)(enum hu_phase phase, const char *path);

#endif
