/* report/diff.h - a comparison (db/diff.sql) as a page, as Markdown, JSON and terminal text. */
#ifndef HU_REPORT_DIFF_H
#define HU_REPORT_DIFF_H

#include "report/phrase.h"
#include "report/report.h"

/* Needs a store that hu_compare() filled. Appends to *to. `colour` is for HU_REPORT_TEXT alone. */
HU_MUST_CHECK struct hu_err *hu_report_diff(struct hu_store *store, enum hu_report_format format,
					    bool colour, struct hu_out *to);

/* The tables as texts and numbers, in the order of the columns of db/diff.sql. All texts live as
 * long as the page that keeps them. */
enum { HU_DIFF_NUMBERS = 16, HU_DIFF_TEXTS = 18 };
struct hu_diff_row {
	struct hu_str text[HU_DIFF_TEXTS];
	int64_t number[HU_DIFF_NUMBERS];
	double real[8];
};
struct hu_diff_rows {
	struct hu_diff_row *at;
	size_t count;
};
struct hu_diff {
	struct hu_page *page; /* memory, and what drawers want */
	struct hu_str answer, sure, sentence, why_sure;
	struct hu_diff_row before, after;
	struct hu_diff_rows operations, incidents, reasons;
};
enum hu_diff_side_text {
	SIDE_NAME,
	SIDE_SHA,
	SIDE_HOST,
	SIDE_KERNEL,
	SIDE_BASE,
	SIDE_VENDOR,
	SIDE_OUTCOME,
	SIDE_SENTENCE,
	SIDE_FROM
};
enum hu_diff_side_number {
	SIDE_CPUS,
	SIDE_MEMORY,
	SIDE_THRESHOLD,
	SIDE_DURATION,
	SIDE_LOSSY,
	SIDE_LOSSES,
	SIDE_CAUSES,
	SIDE_KSWAPD,
	SIDE_DIRECT,
	SIDE_SLABS,
	SIDE_PAGES
};
enum hu_diff_operation_text { OP_NAME, OP_BY, OP_STATE };
/* before's, and eight further on after's */
enum hu_diff_operation_number {
	OP_COUNT,
	OP_STALLED,
	OP_BURSTS,
	OP_RECORDED,
	OP_P50,
	OP_P90,
	OP_P99,
	OP_WORST,
	OP_AFTER
};
enum hu_diff_operation_real {
	OP_DIFFERENCE,
	OP_LOW,
	OP_HIGH,
	OP_P,
	OP_ADJUSTED,
	OP_BURSTS_P,
	OP_RANKS_P,
	OP_LONGER
};
enum hu_diff_incident_text {
	IN_STATE,
	IN_SIGNATURE,
	IN_MATCHED,
	IN_TEXT,
	IN_ID,
	IN_TITLE,
	IN_LOCK,
	IN_HOLDER,
	IN_FIX,
	IN_APPLIES,
	IN_AFTER_TEXT
};
enum { IN_AFTER_TEXTS = IN_AFTER_TEXT - IN_ID };
enum hu_diff_incident_number { IN_HOLD, IN_STALLED, IN_OPERATIONS, IN_WORST, IN_AFTER };

void hu_diff_json(const struct hu_diff *d, struct hu_out *to);
void hu_diff_text(const struct hu_diff *d, bool colour, struct hu_out *to);
void hu_diff_html(struct hu_diff *d, struct hu_out *to);
void hu_diff_markdown(struct hu_diff *d, struct hu_out *to);

/* "HELPED", and its colour. */
const char *hu_diff_outcome(const struct hu_diff *d, enum hu_tone *tone);
enum hu_tone hu_diff_tone(struct hu_str state);
const char *hu_diff_state(struct hu_str state); /* "not comparable" */
/* "5 of 262 (1.9 %)"; nothing where that side has none. */
void hu_diff_stalled(struct hu_out *to, int64_t stalled, int64_t of);
void hu_diff_points(struct hu_out *to, double share); /* "-1.9" */
void hu_diff_p(struct hu_out *to, double p);

#endif
