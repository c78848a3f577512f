/* db/store.h - one SQLite file: opened, filled source by source, settled once, then only read. */
#ifndef HU_STORE_H
#define HU_STORE_H

#include "db/base.h"
#include "db/caps.h"
#include "db/sink.h"

struct sqlite3;
struct hu_store;

/* The revision of schema.sql, in `PRAGMA user_version`. A store of another revision is refused,
 * with a sentence. */
enum { HU_STORE_REVISION = 4 };

/* Creates a new store at `path` (":memory:" is fine). An existing file there is an error: nothing
 * is overwritten. */
HU_MUST_CHECK struct hu_err *hu_store_create(const char *path, struct hu_store **ret);
/*
 * Opens a finished store read only (writable false) or for results. Refuses: no store, another
 * revision, one whose load was interrupted. With writable false, result tables live in memory, and
 * the file is never touched.
 */
HU_MUST_CHECK struct hu_err *hu_store_open(const char *path, bool writable, struct hu_store **ret);
void hu_store_close(struct hu_store *store); /* NULL is fine */
void hu_store_closep(struct hu_store **store);

/* What the store is about; all of it is needed before hu_store_settle(). `name` and `sha256` as
 * design.md section 6 says. */
HU_MUST_CHECK struct hu_err *hu_store_set_bundle(struct hu_store *store, const char *name,
						 const char *sha256, int64_t bytes, int64_t files);

/* How much the sources may bring; hu_default_caps until this is called, before the first one. */
void hu_store_set_caps(struct hu_store *store, const struct hu_caps *caps);

/* Says in the store that its bundle was read without the sandbox: reports tell it. */
void hu_store_set_unconfined(struct hu_store *store);

/* One source: `path` is its path inside the bundle. `format` NULL: listed, never read (status
 * unrecognised). */
struct hu_source_info {
	const char *path;
	const char *format; /* reader's name; NULL: no reader took it */
	const char *why;    /* why it was taken for this format, or why for none */
	const char *sha256;
	int64_t bytes;
	enum hu_clock clock;
};
HU_MUST_CHECK struct hu_err *hu_store_begin(struct hu_store *store,
					    const struct hu_source_info *info,
					    struct hu_sink **ret);
/*
 * Commits and frees the sink. Takes `why`, the reader's error or NULL: it is kept with the source
 * ("partial: …" if rows came before it, "unreadable: …" if none), so a damaged capture still counts
 * for what it has. Returns only what the store itself could not do.
 */
HU_MUST_CHECK struct hu_err *hu_store_end(struct hu_sink *sink, struct hu_err *why);
/* The hash of a source that had none when it was begun. */
HU_MUST_CHECK struct hu_err *hu_store_set_hash(struct hu_store *store, const char *path,
					       const char *sha256);
/* A member that nobody reads. */
HU_MUST_CHECK struct hu_err *hu_store_skip(struct hu_store *store,
					   const struct hu_source_info *info);

/* After the last source, once: clocks to case time, names of locks, indexes, the mark that the
 * store is complete. */
HU_MUST_CHECK struct hu_err *hu_store_settle(struct hu_store *store);

/* Events of a settled store as plain rows, as they were before revision 4: any sqlite3 can then
 * read and change them; slower, and several times larger. */
HU_MUST_CHECK struct hu_err *hu_store_as_rows(struct hu_store *store);
/* After an analysis whose results are in the file: the rows that they cite, as plain rows. */
HU_MUST_CHECK struct hu_err *hu_store_keep_cited(struct hu_store *store);

/* Where the store's file is; NULL for one in memory. Owned by the caller. */
char *hu_store_folder(struct hu_store *store);

/* Is the SQLite that was loaded as new as is needed? */
HU_MUST_CHECK struct hu_err *hu_store_engine(void);

/* For rows.h and the result writers alone. */
struct sqlite3 *hu_store_db(struct hu_store *store);

/*
 * kallsyms of the host: address of `name`, or 0; `*present` says whether the name is there at all
 * (its address may be hidden). have_symbols is false where no source brought any.
 */
bool hu_store_have_symbols(struct hu_store *store);
uint64_t hu_store_symbol(struct hu_store *store, const char *name, bool *present);
/* Does the BTF of this source list a function or variable `name`? It leaves many out. */
bool hu_store_btf_lists(struct hu_store *store, int64_t source, const char *name);

/*
 * The rows of `source` in an event table that lie in [from, to] of the source's own clock: rowids
 * (*first, *last], found by bisection, because rows are stored in the order of their time. Where a
 * source is not quite in order some rows at the edges may be missing or too many: ask for a margin,
 * and look at `ts`.
 */
HU_MUST_CHECK struct hu_err *hu_store_window(struct hu_store *store, const char *table,
					     int64_t source, hu_ns from, hu_ns to, int64_t *first,
					     int64_t *last);

#endif
