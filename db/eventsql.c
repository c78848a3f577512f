/*
 * The event tables for SQL: in a store of blocks each of them is a virtual table of the connection
 * (schema temp, which SQLite looks through first), read only, over event_block. The file has plain
 * tables of the same names, which hold the rows that the report cites, for any sqlite3.
 *
 * Sources are loaded one after the other, so rows in the order of rowid are in the order of source,
 * too: ORDER BY of either, or of both, costs nothing.
 */
#include "db/embedded.h"
#include "db/events.h"
#include "db/rows.h"
#include "db/store_private.h"

#include <stdlib.h>
#include <string.h>

struct table {
	sqlite3_vtab base;
	struct hu_store *store;
	enum hu_event_table table;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct hu_events *events;
	bool more;
};

/* What of a WHERE is used; the bits say in which order the values come. */
enum { ROWID_IS = 1, ROWID_ABOVE = 2, ROWID_BELOW = 4, SOURCE_IS = 8 };

static int connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret,
		   char **error)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	int table = argc > 2 ? hu_event_table(argv[2]) : -1;

	if (table < 0) {
		*error = sqlite3_mprintf("%s is no table of events", argc > 2 ? argv[2] : "this");
		return SQLITE_ERROR;
	}
	const struct hu_event_form *form = &hu_event_forms[table];
	hu_out_puts(&sql, "CREATE TABLE t (");
	for (int i = 0; i < form->columns; i++)
		hu_out_printf(&sql, "%s\"%s\" INTEGER", i ? ", " : "", form->column[i]);
	hu_out_puts(&sql, ")");
	int rc = sqlite3_declare_vtab(db, sql.at);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	struct table *t = sqlite3_malloc(sizeof(*t));
	if (!t)
		return SQLITE_NOMEM;
	*t = (struct table){.store = aux, .table = (enum hu_event_table)table};
	*ret = &t->base;
	return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base)
{
	sqlite3_free(base);
	return SQLITE_OK;
}

static int bit_of(int column, unsigned char op)
{
	if (column == HU_COL_SOURCE)
		return op == SQLITE_INDEX_CONSTRAINT_EQ ? SOURCE_IS : 0;
	if (column >= 0)
		return 0;
	switch (op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return ROWID_IS;
	case SQLITE_INDEX_CONSTRAINT_GT:
	case SQLITE_INDEX_CONSTRAINT_GE:
		return ROWID_ABOVE;
	case SQLITE_INDEX_CONSTRAINT_LT:
	case SQLITE_INDEX_CONSTRAINT_LE:
		return ROWID_BELOW;
	default:
		return 0;
	}
}

static bool in_order(const sqlite3_index_info *info)
{
	for (int i = 0; i < info->nOrderBy; i++) {
		if (info->aOrderBy[i].desc || info->aOrderBy[i].iColumn > HU_COL_SOURCE)
			return false;
		if (info->aOrderBy[i].iColumn < 0) /* rowid: nothing behind it matters */
			return true;
	}
	return info->nOrderBy > 0;
}

/* Bounds are taken as inclusive; SQLite checks each row against them once more. */
static int best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	const struct table *t = (const struct table *)base;
	double rows = (double)t->store->event_rows[t->table] + 1;
	int used = 0, place[9] = {0};

	for (int i = 0; i < info->nConstraint; i++) {
		int bit = bit_of(info->aConstraint[i].iColumn, info->aConstraint[i].op);
		if (!bit || !info->aConstraint[i].usable || (used & bit))
			continue;
		used |= bit;
		place[bit] = i + 1;
	}
	int next = 0;
	for (int bit = ROWID_IS; bit <= SOURCE_IS; bit *= 2)
		if (used & bit)
			info->aConstraintUsage[place[bit] - 1].argvIndex = ++next;
	if (used & ROWID_IS) {
		info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
		rows = 1;
	} else {
		rows /= (used & SOURCE_IS) ? 4 : 1;
		rows /= (used & ROWID_ABOVE) ? 4 : 1;
		rows /= (used & ROWID_BELOW) ? 4 : 1;
	}
	info->idxNum = used;
	info->estimatedRows = (sqlite3_int64)rows + 1;
	info->estimatedCost = (used & ROWID_IS) ? 30 : rows + 100;
	info->orderByConsumed = in_order(info);
	return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = sqlite3_malloc(sizeof(*c));

	(void)base;
	if (!c)
		return SQLITE_NOMEM;
	*c = (struct cursor){.events = NULL};
	*ret = &c->base;
	return SQLITE_OK;
}

static int failed(struct cursor *c, struct hu_err *err)
{
	if (!err)
		return SQLITE_OK;
	sqlite3_free(c->base.pVtab->zErrMsg);
	c->base.pVtab->zErrMsg = sqlite3_mprintf("%s", hu_err_text(err));
	hu_err_free(err);
	return SQLITE_ERROR;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	hu_err_free(hu_events_close(c->events));
	sqlite3_free(c);
	return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	c->more = hu_events_next(c->events);
	if (c->more)
		return SQLITE_OK;
	struct hu_err *err = hu_events_close(c->events);
	c->events = NULL;
	return failed(c, err);
}

static int64_t bound(sqlite3_value *value, int64_t low)
{
	double real = sqlite3_value_double(value);

	if (sqlite3_value_numeric_type(value) == SQLITE_INTEGER)
		return sqlite3_value_int64(value);
	/* Of 1.5 the whole numbers on both sides: SQLite checks again. Text is above all numbers.
	 */
	if (sqlite3_value_numeric_type(value) != SQLITE_FLOAT)
		return low ? INT64_MIN : INT64_MAX;
	return real < -9e18 ? INT64_MIN : real > 9e18 ? INT64_MAX : (int64_t)real + (low ? -1 : 1);
}

static int filter(sqlite3_vtab_cursor *base, int used, const char *text, int argc,
		  sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	const struct table *t = (const struct table *)base->pVtab;
	int64_t above = INT64_MIN, below = INT64_MAX, source = 0;
	int at = 0;

	(void)text;
	(void)argc;
	hu_err_free(hu_events_close(c->events));
	c->events = NULL;
	c->more = false;
	if (used & ROWID_IS) {
		above = bound(argv[at], 1);
		below = bound(argv[at++], 0);
	}
	if (used & ROWID_ABOVE) {
		int64_t low = bound(argv[at++], 1);
		above = low > above ? low : above;
	}
	if (used & ROWID_BELOW) {
		int64_t high = bound(argv[at++], 0);
		below = high < below ? high : below;
	}
	if (used & SOURCE_IS) {
		if (sqlite3_value_numeric_type(argv[at]) != SQLITE_INTEGER)
			return SQLITE_OK; /* no source has that */
		source = sqlite3_value_int64(argv[at]);
		if (!source)
			return SQLITE_OK;
	}
	c->events = hu_events_open(t->store, t->table, source, above > 0 ? above - 1 : 0, below);
	return next(base);
}

static int eof(sqlite3_vtab_cursor *base)
{
	return !((struct cursor *)base)->more;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *to, int n)
{
	struct cursor *c = (struct cursor *)base;
	const struct hu_block_column *col = hu_events_have(c->events, n);

	if (!hu_block_null(col, c->events->row))
		sqlite3_result_int64(to, col->value[c->events->row]);
	return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	*ret = hu_events_rowid(((struct cursor *)base)->events);
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.iVersion = 1,
	.xCreate = connect,
	.xConnect = connect,
	.xBestIndex = best_index,
	.xDisconnect = disconnect,
	.xDestroy = disconnect,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = eof,
	.xColumn = column,
	.xRowid = rowid,
};

void hu_store_show_events(struct hu_store *store)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	sqlite3_create_module_v2(store->db, "holdup_events", &module, store, NULL);
	for (int i = 0; i < HU_EVENT_TABLES; i++)
		hu_out_printf(&sql,
			      "DROP TABLE IF EXISTS temp.%s; CREATE VIRTUAL TABLE temp.%s USING "
			      "holdup_events;",
			      hu_event_forms[i].table, hu_event_forms[i].table);
	hu_store_run(store, sql.at);
}

/* schema.sql's views, of this connection, over its tables. */
void hu_store_show_views(struct hu_store *store)
{
	hu_store_keep_broken(store, hu_store_exec_temp(store, (const char *)hu_sql_views));
}

struct hu_err *hu_store_as_rows(struct hu_store *store)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	if (!store->in_blocks)
		return NULL;
	hu_store_run(store, "BEGIN");
	for (int i = 0; i < HU_EVENT_TABLES; i++) {
		const struct hu_event_form *form = &hu_event_forms[i];
		hu_out_clear(&sql);
		hu_out_printf(&sql, "DELETE FROM main.%s; INSERT INTO main.%s (rowid", form->table,
			      form->table);
		hu_event_columns(form, &sql);
		hu_out_printf(&sql, ") SELECT rowid, * FROM temp.%s; DROP TABLE temp.%s;",
			      form->table, form->table);
		hu_store_run(store, sql.at);
	}
	hu_store_run(store, "DELETE FROM event_block; COMMIT");
	store->in_blocks = false;
	return hu_store_take_broken(store);
}

struct hu_err *hu_store_keep_cited(struct hu_store *store)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	if (!store->in_blocks)
		return NULL;
	for (int i = 0; i < HU_EVENT_TABLES; i++) {
		const char *table = hu_event_forms[i].table;
		hu_out_printf(&sql, "INSERT OR REPLACE INTO main.%s (rowid", table);
		hu_event_columns(&hu_event_forms[i], &sql);
		hu_out_printf(
			&sql,
			") SELECT rowid, * FROM temp.%s WHERE rowid IN (SELECT event_row FROM "
			"main.incident_evidence WHERE event_table = '%s');",
			table, table);
	}
	hu_store_run(store, sql.at);
	return hu_store_take_broken(store);
}
