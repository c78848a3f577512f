/*
 * Blocks into the store and out of it. A store whose events are plain rows (hu_store_as_rows) is
 * read the same way: its rows are put together to blocks.
 */
#include "db/events.h"
#include "db/store_private.h"

#include <stdlib.h>
#include <string.h>

/* event_block.id: the table in the upper bits, the block's first row below. */
enum { ROW_BITS = 48 };

int64_t hu_block_id(int table, int64_t first)
{
	return ((int64_t)table << ROW_BITS) + first;
}

static struct hu_block *writer_of(struct hu_store *store, int table)
{
	struct hu_block **block = &store->block[table];

	if (!*block) {
		*block = hu_alloc(sizeof(**block));
		(*block)->columns = hu_event_forms[table].columns;
	}
	return *block;
}

static void flush(struct hu_store *store, int table)
{
	struct hu_block *block = store->block[table];
	sqlite3_stmt **s = &store->put_block;
	const struct hu_block_column *ts = &block->column[HU_COL_TS];
	hu_ns least = INT64_MAX, most = INT64_MIN;

	if (!block->rows)
		return;
	for (uint32_t i = 0; i < block->rows; i++) {
		if (hu_block_null(ts, i))
			continue;
		least = ts->value[i] < least ? ts->value[i] : least;
		most = ts->value[i] > most ? ts->value[i] : most;
	}
	if (!*s)
		*s = hu_store_prepare(store, "INSERT INTO event_block (id, rows, source, from_ts, "
					     "to_ts, packed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	hu_out_clear(&store->packed);
	hu_block_pack(block, &store->packed);
	sqlite3_bind_int64(*s, 1, hu_block_id(table, store->event_rows[table] + 1));
	sqlite3_bind_int64(*s, 2, block->rows);
	sqlite3_bind_int64(*s, 3, block->column[HU_COL_SOURCE].value[0]);
	if (least <= most) {
		sqlite3_bind_int64(*s, 4, least);
		sqlite3_bind_int64(*s, 5, most);
	} else {
		sqlite3_bind_null(*s, 4);
		sqlite3_bind_null(*s, 5);
	}
	sqlite3_bind_blob64(*s, 6, store->packed.at, store->packed.len, SQLITE_STATIC);
	hu_store_step(store, *s);
	store->event_rows[table] += block->rows;
	hu_block_clear(block);
}

void hu_store_event(struct hu_store *store, enum hu_event_table table, const struct hu_cells *cells)
{
	struct hu_block *block = writer_of(store, table);

	hu_block_add(block, cells);
	if (block->rows == HU_BLOCK_ROWS)
		flush(store, table);
}

void hu_store_flush_events(struct hu_store *store)
{
	for (int i = 0; i < HU_EVENT_TABLES; i++)
		if (store->block[i])
			flush(store, i);
}

void hu_store_free_events(struct hu_store *store)
{
	for (int i = 0; i < HU_EVENT_TABLES; i++)
		free(store->block[i]);
	sqlite3_finalize(store->put_block);
	hu_out_deinit(&store->packed);
}

struct hu_events_inside {
	sqlite3_stmt *stmt;
	sqlite3 *db;
	struct hu_err *err;
	bool rows, over; /* of plain rows; of those none is left */
	int table, columns;
	int64_t after, last;
	uint32_t count;
	struct hu_str packed;
	struct hu_block_column column[HU_BLOCK_COLUMNS];
};

static sqlite3_stmt *prepare(struct hu_store *store, struct hu_events_inside *in, int64_t source)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	const struct hu_event_form *form = &hu_event_forms[in->table];
	sqlite3_stmt *stmt = NULL;

	if (in->rows) {
		hu_out_puts(&sql, "SELECT rowid");
		hu_event_columns(form, &sql);
		hu_out_printf(&sql,
			      " FROM main.%s WHERE rowid > ?1 AND rowid <= ?2%s ORDER BY rowid",
			      form->table, source ? " AND source = ?3" : "");
	} else {
		hu_out_printf(&sql,
			      "SELECT id, rows, packed FROM main.event_block WHERE id > ?1 AND id "
			      "<= ?2%s ORDER BY id",
			      source ? " AND source = ?3" : "");
	}
	if (sqlite3_prepare_v2(store->db, sql.at, -1, &stmt, NULL) != SQLITE_OK)
		in->err = hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(store->db));
	return stmt;
}

struct hu_events *hu_events_open(struct hu_store *store, enum hu_event_table table, int64_t source,
				 int64_t after, int64_t last)
{
	struct hu_events *e = hu_alloc(sizeof(*e));
	struct hu_events_inside *in = e->in = hu_alloc(sizeof(*in));
	int64_t limit = (INT64_C(1) << ROW_BITS) - 1;

	in->table = table;
	in->columns = hu_event_forms[table].columns;
	in->db = store->db;
	in->rows = !store->in_blocks;
	in->after = after < 0 ? 0 : after;
	in->last = last < limit ? last : limit;
	in->stmt = prepare(store, in, source);
	if (in->rows) {
		sqlite3_bind_int64(in->stmt, 1, in->after);
		sqlite3_bind_int64(in->stmt, 2, last);
	} else {
		/* The block that holds the first row may begin before it. */
		int64_t begin = in->after - HU_BLOCK_ROWS;
		sqlite3_bind_int64(in->stmt, 1, hu_block_id(table, begin < 0 ? 0 : begin));
		sqlite3_bind_int64(in->stmt, 2, hu_block_id(table, in->last < 0 ? 0 : in->last));
	}
	if (source)
		sqlite3_bind_int64(in->stmt, 3, source);
	e->row = UINT32_MAX;
	return e;
}

static bool step(struct hu_events_inside *in)
{
	if (!in->stmt || in->err || in->over)
		return false;
	int rc = sqlite3_step(in->stmt);
	if (rc == SQLITE_ROW)
		return true;
	in->over = true;
	if (rc != SQLITE_DONE)
		in->err = hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(in->db));
	return false;
}

static bool more_blocks(struct hu_events *e)
{
	struct hu_events_inside *in = e->in;

	for (;;) {
		memset(e->column, 0, sizeof(e->column));
		if (!step(in))
			return false;
		int64_t rows = sqlite3_column_int64(in->stmt, 1);
		e->first = sqlite3_column_int64(in->stmt, 0) - hu_block_id(in->table, 0);
		if (rows < 1 || rows > HU_BLOCK_ROWS) {
			in->err = hu_err(HU_ERR_BAD_INPUT,
					 "a block of events in the store is damaged");
			return false;
		}
		in->packed.at = sqlite3_column_blob(in->stmt, 2);
		in->packed.len = (size_t)sqlite3_column_bytes(in->stmt, 2);
		in->count = (uint32_t)rows;
		int64_t from = in->after + 1 - e->first, to = in->last - e->first + 1;
		e->row = (uint32_t)(from < 0 ? 0 : from < rows ? from : rows);
		e->end = (uint32_t)(to < 0 ? 0 : to < rows ? to : rows);
		if (e->row < e->end)
			return true;
	}
}

/* Rows that follow one another: a block of plain rows has no holes. */
static bool more_rows(struct hu_events *e)
{
	struct hu_events_inside *in = e->in;
	uint32_t n = 0;

	/* The row that ended the block before is the first of this one. */
	if (!in->count && !step(in))
		return false;
	for (int i = 0; i < in->columns; i++) {
		in->column[i].nulls = false;
		memset(in->column[i].null, 0, sizeof(in->column[i].null));
		e->column[i] = &in->column[i];
	}
	e->first = sqlite3_column_int64(in->stmt, 0);
	in->count = 0;
	do {
		if (sqlite3_column_int64(in->stmt, 0) != e->first + n) {
			in->count = 1;
			break;
		}
		for (int i = 0; i < in->columns; i++) {
			struct hu_block_column *c = &in->column[i];
			c->value[n] = sqlite3_column_int64(in->stmt, i + 1);
			if (sqlite3_column_type(in->stmt, i + 1) == SQLITE_NULL) {
				c->nulls = true;
				c->null[n / 64] |= UINT64_C(1) << n % 64;
			}
		}
	} while (++n < HU_BLOCK_ROWS && step(in));
	e->row = 0;
	e->end = n;
	return true;
}

bool hu_events_more(struct hu_events *e)
{
	e->end = e->row = 0;
	bool more = e->in->rows ? more_rows(e) : more_blocks(e);
	if (!more)
		e->end = 0;
	return more;
}

const struct hu_block_column *hu_events_column(struct hu_events *e, int column)
{
	struct hu_events_inside *in = e->in;
	struct hu_block_column *c = &in->column[column];
	struct hu_err *err = hu_block_unpack(in->packed, in->columns, column, in->count, c);

	if (err) {
		memset(c, 0, sizeof(*c));
		if (in->err)
			hu_err_free(err);
		else
			in->err = err;
	}
	e->column[column] = c;
	return c;
}

struct hu_err *hu_events_close(struct hu_events *e)
{
	if (!e)
		return NULL;
	struct hu_err *err = e->in->err;
	sqlite3_finalize(e->in->stmt);
	free(e->in);
	free(e);
	return err;
}
