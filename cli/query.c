/*
 * holdup query: one SELECT on a store, as a table, CSV or JSON.
 *
 * Read only three times over: the file is opened so, an authorizer refuses everything but reading
 * (no ATTACH, no PRAGMA that sets something), and the statement must be readonly itself. The store
 * may come from somebody else: functions that its views may call are the harmless ones.
 */
#include "cli/cli.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option options[] = {
	{0, "csv", NULL, "comma-separated values, with a header"},
	{0, "json", NULL, "an array of objects; integers of 2^53 and more as text"},
	{0, "table", NULL, "columns, aligned (default)"},
	{0, NULL, NULL, NULL},
};

enum form { FORM_TABLE, FORM_CSV, FORM_JSON };

static int authorize(void *data, int action, const char *a, const char *b, const char *c,
		     const char *d)
{
	/* Pragmas that only tell; with a value they would set something. */
	static const char *const telling[] = {
		"table_info",	 "table_xinfo",	    "table_list",   "index_list",
		"index_info",	 "index_xinfo",	    "user_version", "compile_options",
		"function_list", "integrity_check", "quick_check",
	};

	(void)data;
	(void)c;
	(void)d;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && !strcmp(b, "load_extension") ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		for (size_t i = 0; a && i < sizeof(telling) / sizeof(telling[0]); i++)
			if (!strcmp(a, telling[i]))
				return !b || strcmp(a, "user_version") != 0 ? SQLITE_OK
									    : SQLITE_DENY;
		return SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

/* Prints in pieces: a result may be larger than memory should be. */
struct printer {
	struct hu_out out;
	bool failed;
};

static void flush(struct printer *p, size_t at_least)
{
	if (p->out.len <= at_least || p->failed)
		return;
	p->failed = !cli_print(hu_out_view(&p->out));
	hu_out_clear(&p->out);
}

static struct hu_str column_text(sqlite3_stmt *stmt, int i)
{
	const char *at = (const char *)sqlite3_column_text(stmt, i);

	return (struct hu_str){at, (size_t)sqlite3_column_bytes(stmt, i)};
}

static void put_hex(struct hu_out *out, sqlite3_stmt *stmt, int i)
{
	const unsigned char *at = sqlite3_column_blob(stmt, i);
	int n = sqlite3_column_bytes(stmt, i);

	for (int k = 0; k < n; k++)
		hu_out_printf(out, "%02x", at[k]);
}

static void put_json_value(struct hu_out *out, sqlite3_stmt *stmt, int i)
{
	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_NULL:
		hu_out_puts(out, "null");
		break;
	case SQLITE_INTEGER:
		cli_put_json_int(out, sqlite3_column_int64(stmt, i));
		break;
	case SQLITE_FLOAT: {
		struct hu_str text = column_text(stmt, i);
		/* "Inf" is no JSON. */
		if (text.len && (text.at[text.len - 1] < '0' || text.at[text.len - 1] > '9'))
			hu_out_puts(out, "null");
		else
			hu_out_str(out, text);
		break;
	}
	case SQLITE_BLOB:
		hu_out_putc(out, '"');
		put_hex(out, stmt, i);
		hu_out_putc(out, '"');
		break;
	default:
		cli_put_json(out, column_text(stmt, i));
	}
}

static void put_json_row(struct hu_out *out, sqlite3_stmt *stmt, size_t row)
{
	hu_out_puts(out, row ? ",\n{" : "\n{");
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		if (i)
			hu_out_puts(out, ", ");
		cli_put_json(out, hu_str(sqlite3_column_name(stmt, i)));
		hu_out_puts(out, ": ");
		put_json_value(out, stmt, i);
	}
	hu_out_putc(out, '}');
}

static void put_csv(struct hu_out *out, struct hu_str text)
{
	bool quote =
		text.len && (memchr(text.at, ',', text.len) || memchr(text.at, '"', text.len) ||
			     memchr(text.at, '\n', text.len) || memchr(text.at, '\r', text.len));

	if (quote)
		hu_out_putc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"')
			hu_out_putc(out, '"');
		hu_out_putc(out, text.at[i]);
	}
	if (quote)
		hu_out_putc(out, '"');
}

static void put_csv_row(struct hu_out *out, sqlite3_stmt *stmt, bool header)
{
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		if (i)
			hu_out_putc(out, ',');
		if (header)
			put_csv(out, hu_str(sqlite3_column_name(stmt, i)));
		else if (sqlite3_column_type(stmt, i) == SQLITE_BLOB)
			put_hex(out, stmt, i);
		else
			put_csv(out, column_text(stmt, i));
	}
	hu_out_putc(out, '\n');
}

/* The first rows decide how wide the columns of a table are; a later row may stick out. */
enum { SIZED_ROWS = 1000, WIDEST = 100 };

struct table {
	int columns;
	char **cells; /* SIZED_ROWS rows at most, the header first */
	bool *number; /* per cell: aligned to the right */
	size_t *width;
	size_t rows;
	bool sized;
};

static void table_deinit(struct table *t)
{
	for (size_t i = 0; i < t->rows * (size_t)t->columns; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->number);
	free(t->width);
}

/* Characters, not bytes. What cli_put_safe() lets through is whole. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static char *cell(sqlite3_stmt *stmt, int i, bool header)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_clear(&out);
	if (header)
		cli_put_safe(&out, hu_str(sqlite3_column_name(stmt, i)));
	else if (sqlite3_column_type(stmt, i) == SQLITE_BLOB)
		hu_out_printf(&out, "(%d bytes)", sqlite3_column_bytes(stmt, i));
	else if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
		hu_out_puts(&out, "NULL");
	else
		cli_put_safe(&out, column_text(stmt, i));
	return hu_strdup(hu_out_view(&out));
}

static void put_cell(struct hu_out *out, const struct table *t, int i, const char *text,
		     bool number)
{
	size_t n = width_of(text), pad = t->width[i] > n ? t->width[i] - n : 0;

	if (i)
		hu_out_puts(out, "  ");
	if (!number && i == t->columns - 1)
		pad = 0;
	hu_out_printf(out, "%*s%s%*s", number ? (int)pad : 0, "", text, number ? 0 : (int)pad, "");
}

static void table_size(struct table *t, struct hu_out *out)
{
	t->sized = true;
	for (size_t row = 0; row < t->rows; row++) {
		for (int i = 0; i < t->columns; i++) {
			size_t at = row * (size_t)t->columns + (size_t)i;
			put_cell(out, t, i, t->cells[at], t->number[at]);
		}
		hu_out_putc(out, '\n');
		for (int i = 0; i < t->columns && row == 0; i++) {
			hu_out_puts(out, i ? "  " : "");
			for (size_t k = 0; k < t->width[i]; k++)
				hu_out_putc(out, '-');
		}
		if (row == 0)
			hu_out_putc(out, '\n');
	}
}

static void table_row(struct table *t, struct hu_out *out, sqlite3_stmt *stmt, bool header)
{
	size_t base = t->rows * (size_t)t->columns;

	if (!t->sized) {
		size_t cells = base + (size_t)t->columns;
		t->cells = hu_realloc(t->cells, cells * sizeof(*t->cells));
		t->number = hu_realloc(t->number, cells * sizeof(*t->number));
	}
	for (int i = 0; i < t->columns; i++) {
		char *text = cell(stmt, i, header);
		int type = header ? SQLITE_TEXT : sqlite3_column_type(stmt, i);
		bool number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
		if (t->sized) {
			put_cell(out, t, i, text, number);
			free(text);
			continue;
		}
		size_t n = width_of(text);
		if (n > t->width[i])
			t->width[i] = n < WIDEST ? n : WIDEST;
		t->cells[base + (size_t)i] = text;
		t->number[base + (size_t)i] = number;
	}
	if (t->sized)
		hu_out_putc(out, '\n');
	else if (++t->rows == SIZED_ROWS)
		table_size(t, out);
}

static struct hu_err *print_rows(sqlite3 *db, sqlite3_stmt *stmt, enum form form)
{
	HU_CLEANUP(table_deinit) struct table table = {.columns = sqlite3_column_count(stmt)};
	struct printer p = {0};
	size_t rows = 0;
	int rc;

	table.width = hu_alloc(sizeof(*table.width) * (size_t)table.columns);
	if (form == FORM_TABLE)
		table_row(&table, &p.out, stmt, true);
	else if (form == FORM_CSV)
		put_csv_row(&p.out, stmt, true);
	else
		hu_out_putc(&p.out, '[');
	while (!p.failed && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (form == FORM_TABLE)
			table_row(&table, &p.out, stmt, false);
		else if (form == FORM_CSV)
			put_csv_row(&p.out, stmt, false);
		else
			put_json_row(&p.out, stmt, rows);
		rows++;
		flush(&p, 1 << 16);
	}
	if (form == FORM_TABLE && !table.sized)
		table_size(&table, &p.out);
	if (form == FORM_JSON)
		hu_out_puts(&p.out, rows ? "\n]\n" : "]\n");
	flush(&p, 0);
	hu_out_deinit(&p.out);
	if (p.failed)
		return hu_err(HU_ERR_OS, "the result was not printed to its end");
	return rc == SQLITE_DONE ? NULL : hu_err(HU_ERR_USAGE, "%s", sqlite3_errmsg(db));
}

/* What follows the first statement must be blanks and comments: they compile to nothing. */
static bool is_blank_sql(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	const char *tail = sql;

	while (*tail) {
		bool ok = sqlite3_prepare_v2(db, tail, -1, &stmt, &tail) == SQLITE_OK && !stmt;
		sqlite3_finalize(stmt);
		if (!ok)
			return false;
	}
	return true;
}

static struct hu_err *query(sqlite3 *db, const char *sql, enum form form)
{
	sqlite3_stmt *stmt = NULL;
	struct hu_err *err = NULL;
	const char *tail = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, &tail) != SQLITE_OK)
		err = hu_err(HU_ERR_USAGE, "%s%s", sqlite3_errmsg(db),
			     sqlite3_errcode(db) == SQLITE_AUTH ? ": a query may only read" : "");
	else if (!stmt)
		err = hu_err(HU_ERR_USAGE, "there is no SQL statement in it");
	else if (!sqlite3_stmt_readonly(stmt))
		err = hu_err(HU_ERR_USAGE, "a query may only read");
	else if (!is_blank_sql(db, tail))
		err = hu_err(HU_ERR_USAGE, "one statement at a time");
	else
		err = print_rows(db, stmt, form);
	sqlite3_finalize(stmt);
	return err;
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	bool csv = cli_value(in, "csv"), json = cli_value(in, "json"),
	     table = cli_value(in, "table");

	if (csv + json + table > 1)
		return cli_usage(in->command, "one of --csv, --json and --table");
	if (in->count != 2)
		return cli_usage(in->command, in->count > 2
						      ? "one store and one statement; quote the SQL"
					      : in->count == 1 ? "which SQL?"
							       : "which store?");
	HU_CLEANUP(hu_freep) char *path = cli_find_store(in->operands[0]);
	struct hu_err *err = hu_store_open(path, false, &store);
	if (err)
		return cli_fail(err, NULL);
	sqlite3 *db = hu_store_db(store);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_set_authorizer(db, authorize, NULL);
	err = query(db, in->operands[1], json ? FORM_JSON : csv ? FORM_CSV : FORM_TABLE);
	return err ? cli_fail(err, NULL) : CLI_DONE;
}

const struct cli_command cli_query = {
	.name = "query",
	.synopsis = "STORE.db SQL [OPTION...]",
	.summary = "ask a store in SQL; it is only read",
	.details = "The folder that \"holdup analyze\" made may stand for the store in it.\n"
		   "  holdup query out \"SELECT path, format, status, records FROM source\"",
	.options = options,
	.run = run,
};
