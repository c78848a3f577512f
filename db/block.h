/*
 * db/block.h - the event tables' rows as columns: up to HU_BLOCK_ROWS rows of one source and one
 * table make a block, and each column of a block is kept as the difference from its least value, or
 * from the value before, in as few bytes as the largest needs. Blocks are one row each of the
 * table event_block; db/events.h reads them, db/eventsql.c gives them back to SQL as the tables
 * that the rest of the store names.
 */
#ifndef HU_BLOCK_H
#define HU_BLOCK_H

#include "db/base.h"
#include "db/text.h"

/* The tables that are kept so. The numbers are stored. */
enum hu_event_table {
	HU_EVENTS_SWITCH,
	HU_EVENTS_WAKEUP,
	HU_EVENTS_LOCK,
	HU_EVENTS_SYSCALL,
	HU_EVENTS_RECLAIM,
	HU_EVENTS_SHRINK,
	HU_EVENTS_IO,
	HU_EVENTS_SPAN,
	HU_EVENTS_SAMPLE,
	HU_EVENT_TABLES
};

/* The columns that all of them have; what follows is each table's own, in schema.sql's order. */
enum {
	HU_COL_SOURCE,
	HU_COL_TS,
	HU_COL_POS,
	HU_COL_CPU,
	HU_COL_TID,
	HU_COL_STACK,
	HU_COL_CONTEXT,
	HU_COL_OWN, /* the first of a table's own */
	HU_BLOCK_COLUMNS = 15
};
enum {
	HU_SWITCH_NEXT = HU_COL_OWN,
	HU_SWITCH_STATE,

	HU_WAKEUP_TARGET = HU_COL_OWN,
	HU_WAKEUP_STEP,

	HU_LOCK_STEP = HU_COL_OWN,
	HU_LOCK_MODE,
	HU_LOCK_TYPE,
	HU_LOCK_KNOWN,
	HU_LOCK_RESULT,
	HU_LOCK_ADDRESS,
	HU_LOCK_NAME,
	HU_LOCK_FUNCTION,

	HU_SYSCALL_STEP = HU_COL_OWN,
	HU_SYSCALL_NUMBER,
	HU_SYSCALL_NAME,
	HU_SYSCALL_RESULT,
	HU_SYSCALL_DETAIL,

	HU_RECLAIM_KIND = HU_COL_OWN,
	HU_RECLAIM_STEP,
	HU_RECLAIM_PAGES,
	HU_RECLAIM_ORDER,
	HU_RECLAIM_NODE_ID,
	HU_RECLAIM_CGROUP,

	HU_SHRINK_STEP = HU_COL_OWN,
	HU_SHRINK_SHRINKER,
	HU_SHRINK_OBJECTS,
	HU_SHRINK_NODE,
	HU_SHRINK_FUNCTION,
	HU_SHRINK_CGROUP,

	HU_IO_STEP = HU_COL_OWN,
	HU_IO_DEVICE,
	HU_IO_SECTOR,
	HU_IO_BYTES,
	HU_IO_KIND,

	HU_SPAN_DURATION = HU_COL_OWN,
	HU_SPAN_ADDRESS,
	HU_SPAN_LABEL,
	HU_SPAN_COMM,
	HU_SPAN_FUNCTION,
	HU_SPAN_NAME,
	HU_SPAN_KNOWN,

	HU_SAMPLE_EVENT = HU_COL_OWN,
	HU_SAMPLE_PERIOD,
};

struct hu_event_form {
	const char *table;
	int columns;
	const char *column[HU_BLOCK_COLUMNS];
};
extern const struct hu_event_form hu_event_forms[HU_EVENT_TABLES];
/* `, "source", "ts", …`: behind the rowid, in SQL. */
void hu_event_columns(const struct hu_event_form *form, struct hu_out *to);
/* -1: no such table. */
int hu_event_table(const char *name);

enum { HU_BLOCK_ROWS = 1024, HU_BLOCK_WORDS = HU_BLOCK_ROWS / 64 };

/* One column of a block in memory. The value of a row that is NULL is 0. */
struct hu_block_column {
	bool nulls; /* some row is NULL */
	uint64_t null[HU_BLOCK_WORDS];
	int64_t value[HU_BLOCK_ROWS];
};

/* What a row is until it is in a block. */
struct hu_cells {
	uint32_t null; /* a bit for each column */
	int64_t value[HU_BLOCK_COLUMNS];
};

struct hu_block {
	int columns;
	uint32_t rows;
	struct hu_block_column column[HU_BLOCK_COLUMNS];
};

/* A block that is full takes no more. */
void hu_block_add(struct hu_block *block, const struct hu_cells *cells);
void hu_block_clear(struct hu_block *block);
/* Appends the packed form, at most some hundred bytes longer than the values. */
void hu_block_pack(const struct hu_block *block, struct hu_out *to);
/* One column of a packed block of `rows` rows; the bytes may be a stranger's. */
HU_MUST_CHECK struct hu_err *hu_block_unpack(struct hu_str packed, int columns, int column,
					     uint32_t rows, struct hu_block_column *ret);

static inline bool hu_block_null(const struct hu_block_column *c, uint32_t row)
{
	return c->nulls && (c->null[row / 64] >> row % 64 & 1);
}

#endif
