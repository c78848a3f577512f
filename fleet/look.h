/*
 * fleet/look.h - for the files that write the fleet's report: a fleet.db opened to read, its rows,
 * and the pen with which a chapter is drawn. HTML and Markdown are the same chapters, drawn twice.
 */
#ifndef HU_FLEET_LOOK_H
#define HU_FLEET_LOOK_H

#include "fleet/report.h"
#include "report/pen.h"

struct sqlite3;
struct sqlite3_stmt;

struct hu_look {
	struct sqlite3 *db; /* `main` is the fleet, `base` an earlier one if has_base */
	bool has_base;
	struct hu_page *page; /* an empty one: memory for the pen */
	struct hu_pen pen;
	bool html;
	size_t rows; /* at most so many of each list */
	struct hu_err *err;
};

/* One SELECT. Errors stick to the look. */
struct hu_seen {
	struct hu_look *look;
	struct sqlite3_stmt *stmt;
};

struct hu_seen hu_look_at(struct hu_look *look, const char *sql);
bool hu_seen_next(struct hu_seen *seen); /* false: the end, and it is closed */
void hu_seen_close(struct hu_seen *seen);
/* NULL text, HU_OPEN, for NULL. Texts live as long as the page. */
struct hu_str hu_seen_text(struct hu_seen *seen, int column);
int64_t hu_seen_int(struct hu_seen *seen, int column);
/* One number; HU_OPEN if there is none. */
int64_t hu_look_number(struct hu_look *look, const char *sql);

/* "shrinker_rwsem, held by kswapd in super_cache_scan", from five columns: cause_key, lock, role,
 * doing, cause. */
struct hu_str hu_look_cause(struct hu_seen *seen, int column);
/* "83 %", "0.4 %" of parts per million; nothing for HU_OPEN. */
void hu_look_ppm(struct hu_out *to, int64_t ppm);
/* "12 of 40 · 30 % (18–46 %)" */
void hu_look_rate(struct hu_out *to, int64_t k, int64_t n, int64_t ppm, int64_t low, int64_t high);
/* As hu_phrase_duration(), but hours from one hour on, and "0". */
void hu_look_duration(struct hu_out *to, int64_t ns);
struct hu_cell *hu_look_time(struct hu_sheet *sheet, int64_t ns);
/* A cell's link to a single report, if that is a path that leads nowhere else. */
void hu_look_link(struct hu_cell *cell, struct hu_look *look, struct hu_str report,
		  struct hu_str anchor);
/* "20 of 400 causes are shown here; `fleet.db` holds all of them." */
void hu_look_left_out(struct hu_look *look, int64_t all, const char *what);

/* Chapters. */
void hu_look_begin(struct hu_look *look);
void hu_look_upgrades(struct hu_look *look);
void hu_look_causes(struct hu_look *look);
void hu_look_baseline(struct hu_look *look);
void hu_look_kernels(struct hu_look *look);
void hu_look_groups(struct hu_look *look);
void hu_look_hours(struct hu_look *look);
void hu_look_holders(struct hu_look *look);
void hu_look_unjudged(struct hu_look *look);
void hu_look_reading(struct hu_look *look);
void hu_look_end(struct hu_look *look);

/* report_json.c */
void hu_look_json(struct hu_look *look, struct hu_out *to);

#endif
