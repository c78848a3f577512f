/*
 * db/events.h - reading an event table in the order of its rows, without SQL: for whoever goes
 * through all of it. What a SELECT of a few rows does is better asked with db/rows.h.
 */
#ifndef HU_EVENTS_H
#define HU_EVENTS_H

#include "db/block.h"
#include "db/store.h"

struct hu_events {
	const struct hu_block_column *column[HU_BLOCK_COLUMNS]; /* NULL until asked for */
	int64_t first;						/* rowid of the block's first row */
	uint32_t row, end;
	struct hu_events_inside *in;
};

/* Rows with rowid in (after, last] of one source, or of all with 0. Never NULL; errors stick. */
struct hu_events *hu_events_open(struct hu_store *store, enum hu_event_table table, int64_t source,
				 int64_t after, int64_t last);
static inline struct hu_events *hu_events_all(struct hu_store *store, enum hu_event_table table,
					      int64_t source)
{
	return hu_events_open(store, table, source, 0, INT64_MAX);
}
/* The next block that has such rows: e->row … e->end - 1 of it. */
bool hu_events_more(struct hu_events *e);
const struct hu_block_column *hu_events_column(struct hu_events *e, int column);
HU_MUST_CHECK struct hu_err *hu_events_close(struct hu_events *e);

static inline const struct hu_block_column *hu_events_have(struct hu_events *e, int column)
{
	return e->column[column] ? e->column[column] : hu_events_column(e, column);
}

/*
 * Row by row: `while (hu_events_next(e))`, then the values of that row. Before the first call
 * e->row is one before the first, which the unsigned wraps to.
 */
static inline bool hu_events_next(struct hu_events *e)
{
	return ++e->row < e->end || hu_events_more(e);
}

static inline int64_t hu_events_rowid(const struct hu_events *e)
{
	return e->first + e->row;
}

static inline bool hu_events_null(struct hu_events *e, int column)
{
	return hu_block_null(hu_events_have(e, column), e->row);
}

/* 0 for NULL */
static inline int64_t hu_events_int(struct hu_events *e, int column)
{
	return hu_events_have(e, column)->value[e->row];
}

static inline int64_t hu_events_int_or(struct hu_events *e, int column, int64_t if_null)
{
	const struct hu_block_column *c = hu_events_have(e, column);

	return hu_block_null(c, e->row) ? if_null : c->value[e->row];
}

#endif
