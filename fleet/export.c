/*
 * fleet.ndjson and fleet-incidents.csv, row by row: for other programs, of any size.
 *
 * CSV is after RFC 4180. Spreadsheets take a cell that begins with = + - @ tab or CR for a formula,
 * and task names are strangers' texts: such a cell gets an apostrophe in front (docs/fleet.md).
 * Controls but line ends and tabs are \xHH, as in "holdup query --csv".
 */
#include <sqlite3.h>
#include <string.h>

#include "db/utf8.h"
#include "fleet/report.h"
#include "fleet/sql.h"
#include "fleet/whole.h"

static void put_cell(FILE *to, const char *at, size_t len)
{
	bool quote = false, formula = len && memchr("=+-@\t\r", at[0], 6);

	for (size_t i = 0; i < len && !quote; i++)
		quote = strchr(",\"\r\n", at[i]) != NULL || at[i] == '\0';
	if (quote)
		fputc('"', to);
	if (formula)
		fputc('\'', to);
	for (struct hu_str rest = {at, len}; rest.len;) {
		size_t n = hu_utf8_len(rest);
		struct hu_str c = {rest.at, n ? n : 1};
		rest = hu_str_skip(rest, c.len);
		if (*c.at == '"')
			fputc('"', to);
		if (n && (!hu_utf8_control(c) || strchr("\t\n\r", *c.at ? *c.at : 'x')))
			fwrite(c.at, 1, c.len, to);
		else /* a terminal would obey */
			for (size_t i = 0; i < c.len; i++)
				fprintf(to, "\\x%02x", (unsigned char)c.at[i]);
	}
	if (quote)
		fputc('"', to);
}

static void put_csv_row(FILE *to, sqlite3_stmt *stmt)
{
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *at = (const char *)sqlite3_column_text(stmt, i);
		if (i)
			fputc(',', to);
		if (at)
			put_cell(to, at, (size_t)sqlite3_column_bytes(stmt, i));
	}
	fputs("\r\n", to);
}

static void put_csv_head(FILE *to, sqlite3_stmt *stmt)
{
	for (int i = 0; i < sqlite3_column_count(stmt); i++)
		fprintf(to, "%s%s", i ? "," : "", sqlite3_column_name(stmt, i));
	fputs("\r\n", to);
}

static struct hu_err *export(sqlite3 *db, const char *dir, const char *name, const char *sql,
			     bool csv)
{
	struct hu_whole whole = {0};
	sqlite3_stmt *stmt = NULL;
	struct hu_err *err = hu_whole_begin(&whole, dir, name);

	if (err)
		return err;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK && csv)
		put_csv_head(whole.file, stmt);
	while (rc == SQLITE_OK && !ferror(whole.file) && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		rc = SQLITE_OK;
		if (csv) {
			put_csv_row(whole.file, stmt);
			continue;
		}
		fputs((const char *)sqlite3_column_text(stmt, 0), whole.file);
		fputc('\n', whole.file);
	}
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		err = hu_err(HU_ERR_STORE, "fleet.db: %s", sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	return hu_whole_end(&whole, err);
}

struct hu_err *hu_fleet_export(const char *dir)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	sqlite3 *db = NULL;
	struct hu_err *err = hu_fleet_open(dir, &db);

	if (!err) {
		/* Not through the view: what a file of unknown origin defines may not call JSON
		 * functions. */
		hu_out_printf(&sql, "SELECT card FROM (\n%s\n) ORDER BY key",
			      (const char *)hu_fleet_card);
		err = export(db, dir, "fleet.ndjson", sql.at, false);
	}
	if (!err)
		err = export(db, dir, "fleet-incidents.csv",
			     "SELECT * FROM main.incident_v ORDER BY bundle, rank", true);
	sqlite3_close(db);
	return err;
}
