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

/* Finds the symbols, then reads or skips each member, in order. Fails where `ops` fail. */
HU_MUST_CHECK struct hu_err *hu_load_members(const struct hu_loading *to);
/* The same in workers that are confined; see load_boxed.c. */
HU_MUST_CHECK struct hu_err *hu_load_boxed(struct hu_bundle *bundle, struct hu_store *store,
					   const struct hu_progress *progress,
					   struct hu_loaded *loaded);

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
