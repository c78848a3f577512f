/* One prepared statement a row: results are dozens of rows, not millions. */
#include "analyzers/result.h"
#include "db/rows.h"

#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>

void hu_result_close(struct hu_err **err, struct hu_rows *rows)
{
	struct hu_err *mine = hu_rows_close(rows);

	if (*err)
		hu_err_free(mine);
	else
		*err = mine;
}

void hu_result(struct hu_store *store, struct hu_err **err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list ap;

	if (*err)
		return;
	if (sqlite3_prepare_v2(hu_store_db(store), sql, -1, &s, NULL) != SQLITE_OK) {
		*err = hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(hu_store_db(store)));
		return;
	}
	va_start(ap, types);
	for (int n = 1; types[n - 1]; n++) {
		if (types[n - 1] == 's') {
			sqlite3_bind_text(s, n, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
		} else if (types[n - 1] == 'd' || types[n - 1] == 'n') {
			double value = va_arg(ap, double);
			if (types[n - 1] == 'd' || !isnan(value))
				sqlite3_bind_double(s, n, value);
		} else {
			int64_t value = va_arg(ap, int64_t);
			if (types[n - 1] == 'i' || (value != HU_OPEN && value != -1))
				sqlite3_bind_int64(s, n, value);
		}
	}
	va_end(ap);
	if (sqlite3_step(s) != SQLITE_DONE)
		*err = hu_err(HU_ERR_STORE, "cannot write a result: %s",
			      sqlite3_errmsg(hu_store_db(store)));
	sqlite3_finalize(s);
}
