/* Rows of a fleet.db for the report, and how it words them. */
#include "fleet/look.h"

#include <sqlite3.h>
#include <string.h>

#include "fleet/gather.h"

static void fail(struct hu_look *look)
{
	if (!look->err)
		look->err = hu_err(HU_ERR_STORE, "fleet.db: %s", sqlite3_errmsg(look->db));
}

struct hu_seen hu_look_at(struct hu_look *look, const char *sql)
{
	struct hu_seen seen = {.look = look};

	if (sqlite3_prepare_v2(look->db, sql, -1, &seen.stmt, NULL) != SQLITE_OK)
		fail(look);
	return seen;
}

void hu_seen_close(struct hu_seen *seen)
{
	sqlite3_finalize(seen->stmt);
	seen->stmt = NULL;
}

bool hu_seen_next(struct hu_seen *seen)
{
	if (!seen->stmt)
		return false;
	int rc = seen->look->err ? SQLITE_DONE : sqlite3_step(seen->stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		fail(seen->look);
	hu_seen_close(seen);
	return false;
}

struct hu_str hu_seen_text(struct hu_seen *seen, int column)
{
	const char *at = (const char *)sqlite3_column_text(seen->stmt, column);

	if (!at)
		return (struct hu_str){NULL, 0};
	size_t len = (size_t)sqlite3_column_bytes(seen->stmt, column);
	return hu_page_keep(seen->look->page, (struct hu_str){at, len});
}

int64_t hu_seen_int(struct hu_seen *seen, int column)
{
	if (sqlite3_column_type(seen->stmt, column) == SQLITE_NULL)
		return HU_OPEN;
	return sqlite3_column_int64(seen->stmt, column);
}

int64_t hu_look_number(struct hu_look *look, const char *sql)
{
	struct hu_seen seen = hu_look_at(look, sql);
	int64_t n = HU_OPEN;

	if (hu_seen_next(&seen))
		n = hu_seen_int(&seen, 0);
	hu_seen_close(&seen);
	return n;
}

struct hu_str hu_look_cause(struct hu_seen *seen, int column)
{
	struct hu_look *look = seen->look;
	struct hu_out *to = &look->pen.scratch;
	struct hu_str key = hu_seen_text(seen, column), lock = hu_seen_text(seen, column + 1);
	struct hu_str role = hu_seen_text(seen, column + 2), doing = hu_seen_text(seen, column + 3);
	struct hu_str cause = hu_seen_text(seen, column + 4), first = hu_str_split(&key, '|');

	/* The key's first word names the lock where it is a heap lock of some type. */
	if (!lock.len && cause.len) {
		hu_out_str(to, cause);
		return hu_phrase_keep(look->page, to);
	}
	hu_out_str(to, lock.len ? lock : first);
	if (role.len) {
		hu_out_puts(to, ", held by ");
		hu_out_str(to, role);
		if (doing.len) {
			hu_out_puts(to, " in ");
			hu_out_str(to, doing);
		}
	} else if (cause.len) {
		hu_out_puts(to, ": ");
		hu_out_str(to, cause);
	} else if (lock.len || hu_str_starts(first, "heap ")) {
		hu_out_puts(to, ", and nobody was seen holding it");
	} else if (key.len) {
		hu_out_puts(to, ": ");
		hu_out_str(to, key);
	}
	return hu_phrase_keep(look->page, to);
}

void hu_look_ppm(struct hu_out *to, int64_t ppm)
{
	if (ppm == HU_OPEN)
		return;
	if (ppm && ppm < 100)
		hu_out_puts(to, "< 0.01 %");
	else if (ppm && ppm < 10000)
		hu_out_printf(to, "%.2f %%", (double)ppm / 1e4);
	else if (ppm < 100000 && ppm)
		hu_out_printf(to, "%.1f %%", (double)ppm / 1e4);
	else
		hu_out_printf(to, "%.0f %%", (double)ppm / 1e4);
}

void hu_look_rate(struct hu_out *to, int64_t k, int64_t n, int64_t ppm, int64_t low, int64_t high)
{
	hu_out_grouped(to, k);
	hu_out_puts(to, " of ");
	hu_out_grouped(to, n);
	if (ppm == HU_OPEN)
		return;
	hu_out_puts(to, " · ");
	hu_look_ppm(to, ppm);
	hu_out_puts(to, " (");
	hu_look_ppm(to, low);
	hu_out_puts(to, " to ");
	hu_look_ppm(to, high);
	hu_out_putc(to, ')');
}

void hu_look_duration(struct hu_out *to, int64_t ns)
{
	const int64_t hour = 3600 * HU_NS_PER_S;

	if (!ns) {
		hu_out_putc(to, '0');
	} else if (ns == HU_OPEN || ns < hour) {
		hu_phrase_duration(to, ns);
	} else if (ns < 100 * hour) {
		hu_out_printf(to, "%.1f h", (double)ns / (double)hour);
	} else {
		hu_out_grouped(to, (ns + hour / 2) / hour);
		hu_out_puts(to, " h");
	}
}

struct hu_cell *hu_look_time(struct hu_sheet *sheet, int64_t ns)
{
	if (ns != HU_OPEN)
		hu_look_duration(&sheet->pen->scratch, ns);
	return hu_pen_written(sheet);
}

void hu_look_link(struct hu_cell *cell, struct hu_look *look, struct hu_str report,
		  struct hu_str anchor)
{
	if (!hu_gather_harmless(report))
		return;
	hu_out_str(&look->pen.scratch, report);
	if (hu_str_ends(report, ".html") && hu_gather_harmless(anchor)) {
		hu_out_putc(&look->pen.scratch, '#');
		hu_out_str(&look->pen.scratch, anchor);
	}
	cell->href = hu_phrase_keep(look->page, &look->pen.scratch);
}

void hu_look_left_out(struct hu_look *look, int64_t all, const char *what)
{
	struct hu_out *to = &look->pen.scratch;

	if (all == HU_OPEN || all <= (int64_t)look->rows)
		return;
	hu_out_printf(to, "%zu of ", look->rows);
	hu_out_grouped(to, all);
	hu_out_printf(to, " %s are shown here; `fleet.db` holds all of them.", what);
	hu_pen_say(&look->pen, HU_TONE_DIM);
}
