/* Where the rows of one source lie in a table: found by bisection, because no index has them. */
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

struct hu_stretch hu_store_stretch(struct hu_store *store, const char *table, int64_t source)
{
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

struct hu_err *hu_store_window(struct hu_store *store, const char *table, int64_t source,
			       hu_ns from, hu_ns to, int64_t *first, int64_t *last)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	struct hu_stretch in = hu_store_stretch(store, table, source);

	hu_out_printf(&sql,
		      "SELECT ts FROM %s WHERE rowid >= ?1 AND rowid <= ?2 AND ts IS NOT NULL "
		      "ORDER BY rowid LIMIT 1",
		      table);
	struct hu_rows *rows = hu_rows_open(store, sql.at);
	*first = last_earlier(rows, in, from);
	*last = to < INT64_MAX ? last_earlier(rows, in, to + 1) : in.last;
	return hu_rows_close(rows);
}
