/*
 * Where the rows of one source, and of a stretch of its time, lie in a table. Blocks tell where
 * they begin, whose they are and which times are in them; in plain rows it is found by bisection,
 * because no index has it.
 */
#include "db/events.h"
#include "db/rows.h"
#include "db/store_private.h"
#include "db/text.h"

/* The last row whose source comes before `id`. Sources lie in a table in the order of their ids. */
static int64_t last_before(struct hu_store *store, const char *table, int64_t id)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql, "SELECT max(rowid) FROM %s", table);
	struct hu_rows *rows = hu_rows_open(store, sql.at);
	int64_t low = 0, high = hu_rows_next(rows) ? hu_rows_int(rows, 0) : 0;
	hu_store_end_rows(store, rows);
	hu_out_clear(&sql);
	hu_out_printf(&sql, "SELECT source FROM %s WHERE rowid = ?1", table);
	rows = hu_rows_open(store, sql.at);
	while (low < high) { /* the answer is in [low, high] */
		int64_t middle = low + (high - low + 1) / 2;
		hu_rows_bind_int(rows, 1, middle);
		bool before = hu_rows_next(rows) && hu_rows_int(rows, 0) < id;
		hu_rows_reset(rows);
		if (before)
			low = middle;
		else
			high = middle - 1;
	}
	hu_store_end_rows(store, rows);
	return low;
}

/* The number of an event table that is kept in blocks; -1: it is not. */
static int in_blocks(const struct hu_store *store, const char *table)
{
	return store->in_blocks ? hu_event_table(table) : -1;
}

static struct hu_stretch stretch_of_blocks(struct hu_store *store, int table, int64_t source)
{
	struct hu_stretch ret = {0, 0};
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT min(id), max(id + rows) FROM event_block WHERE id BETWEEN ?1 AND ?2 "
		       "AND source = ?3");

	hu_rows_bind_int(rows, 1, hu_block_id(table, 0));
	hu_rows_bind_int(rows, 2, hu_block_id(table + 1, 0) - 1);
	hu_rows_bind_int(rows, 3, source);
	if (hu_rows_next(rows) && !hu_rows_null(rows, 0)) {
		ret.first = hu_rows_int(rows, 0) - hu_block_id(table, 1);
		ret.last = hu_rows_int(rows, 1) - hu_block_id(table, 1);
	}
	hu_store_end_rows(store, rows);
	return ret;
}

struct hu_stretch hu_store_stretch(struct hu_store *store, const char *table, int64_t source)
{
	int blocks = in_blocks(store, table);

	if (blocks >= 0)
		return stretch_of_blocks(store, blocks, source);
	return (struct hu_stretch){last_before(store, table, source),
				   last_before(store, table, source + 1)};
}

/* The last row in (first, last] whose time, or that of the next row that has one, is before `at`.
 */
static int64_t last_earlier(struct hu_rows *rows, struct hu_stretch in, hu_ns at)
{
	int64_t low = in.first, high = in.last;

	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;
		hu_rows_bind_int(rows, 1, middle);
		hu_rows_bind_int(rows, 2, in.last);
		bool before = hu_rows_next(rows) && hu_rows_int(rows, 0) < at;
		hu_rows_reset(rows);
		if (before)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The last row of (first, last] that lies before the first one with a time of `at` or later. */
static int64_t last_before_time(struct hu_store *store, int table, int64_t source,
				struct hu_stretch in, hu_ns at)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT id FROM event_block WHERE id BETWEEN ?1 AND ?2 AND source = ?3 AND "
		       "to_ts >= ?4 ORDER BY id LIMIT 1");
	int64_t ret = in.last;

	hu_rows_bind_int(rows, 1, hu_block_id(table, 0));
	hu_rows_bind_int(rows, 2, hu_block_id(table + 1, 0) - 1);
	hu_rows_bind_int(rows, 3, source);
	hu_rows_bind_int(rows, 4, at);
	if (hu_rows_next(rows)) {
		int64_t before = hu_rows_int(rows, 0) - hu_block_id(table, 1);
		struct hu_events *e =
			hu_events_open(store, (enum hu_event_table)table, source, before, in.last);
		while (hu_events_next(e)) {
			if (hu_events_null(e, HU_COL_TS) || hu_events_int(e, HU_COL_TS) < at)
				continue;
			ret = hu_events_rowid(e) - 1;
			break;
		}
		hu_store_keep_broken(store, hu_events_close(e));
	}
	hu_store_end_rows(store, rows);
	return ret;
}

struct hu_err *hu_store_window(struct hu_store *store, const char *table, int64_t source,
			       hu_ns from, hu_ns to, int64_t *first, int64_t *last)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	struct hu_stretch in = hu_store_stretch(store, table, source);
	int blocks = in_blocks(store, table);

	if (blocks >= 0) {
		*first = last_before_time(store, blocks, source, in, from);
		*last = to < INT64_MAX ? last_before_time(store, blocks, source, in, to + 1)
				       : in.last;
		return hu_store_take_broken(store);
	}
	hu_out_printf(&sql,
		      "SELECT ts FROM %s WHERE rowid >= ?1 AND rowid <= ?2 AND ts IS NOT NULL "
		      "ORDER BY rowid LIMIT 1",
		      table);
	struct hu_rows *rows = hu_rows_open(store, sql.at);
	*first = last_earlier(rows, in, from);
	*last = to < INT64_MAX ? last_earlier(rows, in, to + 1) : in.last;
	return hu_rows_close(rows);
}
