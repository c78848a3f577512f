/* db/store_private.h - what the files of the store share: nobody outside db/ includes it. */
#ifndef HU_STORE_PRIVATE_H
#define HU_STORE_PRIVATE_H

#include <sqlite3.h>

#include "db/batch.h"
#include "db/block.h"
#include "db/census.h"
#include "db/interner.h"
#include "db/store.h"
#include "db/symbols.h"

struct hu_store {
	sqlite3 *db;
	struct hu_err *broken; /* the first thing SQLite refused while filling */
	bool loading;
	struct hu_caps caps;
	struct hu_texts texts;	 /* id is name.id */
	struct hu_frames frames; /* id is stack.id */
	sqlite3_stmt *put[HU_WORD_END];
	bool in_blocks; /* the event tables are blocks; otherwise plain rows (hu_store_as_rows) */
	struct hu_block *block[HU_EVENT_TABLES]; /* the one that is being filled; NULL until then */
	int64_t event_rows[HU_EVENT_TABLES];	 /* in all blocks that were written */
	sqlite3_stmt *put_block;
	struct hu_out packed; /* a block on its way */
	/* kallsyms: the best source so far while loading; unpacked on first use afterwards */
	struct hu_symbols symbols;
	int64_t symbols_source;
	struct hu_symbols btf; /* the one asked last, unpacked … */
	int64_t btf_source;    /* … and whose it is; 0: none */
	int symbols_rank;      /* 2: a kallsyms file, 1: a copy inside a capture */
	bool symbols_read;
};

struct hu_intake {
	struct hu_store *store;
	int64_t source;
	char *path;
	bool kallsyms_file, btf_file;
	enum hu_clock clock;
	uint32_t clock_how;			  /* name.id */
	uint32_t *names, name_count, name_cap;	  /* source-local id - 1 → name.id */
	uint32_t *stacks, stack_count, stack_cap; /* source-local id - 1 → stack.id */
	uint16_t *depths;			  /* … → its frames */
	struct hu_census census;
	uint64_t rows, refused, records, bytes;
	bool totals;
	hu_ns first, last;
	struct hu_symbols symbols;
};

/* The same for an error that somebody else has; takes it. */
void hu_store_keep_broken(struct hu_store *store, struct hu_err *err);
/* That failure, which is then forgotten. */
HU_MUST_CHECK struct hu_err *hu_store_take_broken(struct hu_store *store);
sqlite3_stmt *hu_store_prepare(struct hu_store *store, const char *sql);
void hu_store_run(struct hu_store *store, const char *sql);
uint32_t hu_store_name(struct hu_store *store, struct hu_str text);
uint32_t hu_store_frame(struct hu_store *store, struct hu_interned_frame frame);
/* A list of one source as a row of `symbols`. */
void hu_store_put_symbols(struct hu_store *store, struct hu_symbols *symbols, int64_t source);
void hu_store_meta(struct hu_store *store, const char *key, struct hu_str value);
const char *hu_clock_name(enum hu_clock clock);
enum hu_clock hu_clock_by_name(struct hu_str name);
/* db/align.c: fills offset_ns, slack_ns and aligned of every source. */
void hu_align_sources(struct hu_store *store);
/* db/stretch.c: the rows of one source in one table, rowids (first, last]: sources are loaded one
 * after the other. */
struct hu_stretch {
	int64_t first, last;
};
struct hu_stretch hu_store_stretch(struct hu_store *store, const char *table, int64_t source);
/* db/derive.c: the offset between the clocks of two sources that saw the same task switches: time
 * of b = time of a + add, give or take slack. `rows`: about how many switches the larger has. */
struct hu_derived {
	hu_ns add, slack;
	size_t from; /* so many switches */
};
bool hu_derive_clocks(struct hu_store *store, struct hu_stretch a, struct hu_stretch b,
		      struct hu_derived *ret);
/* db/copies.c: fills copy_of of every source that repeats another. First by raw stamps, then, with
 * `wall`, logs with wall clock against others: for that they have to be aligned. */
void hu_mark_copies(struct hu_store *store, bool wall);
/* db/guests.c: sources of another machine than most of the bundle count in no conclusion. */
void hu_mark_guests(struct hu_store *store);
/* db/events.c: a row for its table's block; blocks end where a source ends. */
void hu_store_event(struct hu_store *store, enum hu_event_table table,
		    const struct hu_cells *cells);
void hu_store_flush_events(struct hu_store *store);
void hu_store_free_events(struct hu_store *store);
int64_t hu_block_id(int table, int64_t first);
/* db/eventsql.c: the event tables, and the views over them, for the SQL of this connection. */
void hu_store_show_events(struct hu_store *store);
void hu_store_show_views(struct hu_store *store);
/* Closes a SELECT; what went wrong with it is the store's failure. */
struct hu_rows;
void hu_store_end_rows(struct hu_store *store, struct hu_rows *rows);
/* Steps a statement that returns nothing, and resets it. */
void hu_store_step(struct hu_store *store, sqlite3_stmt *stmt);

#endif
