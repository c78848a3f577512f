/*
 * report/phrase.h - how the reports word one thing, once: HTML, Markdown and the terminal agree
 * because they take these texts. Plain text, not escaped; `…` in backticks is code.
 */
#ifndef HU_PHRASE_H
#define HU_PHRASE_H

#include "report/compose.h"

enum hu_tone { HU_TONE_PLAIN, HU_TONE_GOOD, HU_TONE_WARN, HU_TONE_BAD, HU_TONE_DIM };

/* RFC 3339 in UTC → realtime; HU_OPEN if it is none. */
int64_t hu_phrase_wall(struct hu_str s);

/* "found", "clear, but events were lost", … in capitals. */
const char *hu_phrase_outcome(const struct hu_page *page, enum hu_tone *tone);
/* What the report is called: the first incident's title, or the verdict. */
struct hu_str hu_phrase_title(const struct hu_page *page);
/* "guest · 6.1.0-56-amd64 · 2026-11-22 01:04:46–01:05:01 UTC · bundle s1" */
void hu_phrase_where(struct hu_out *to, const struct hu_page *page);
/* "between 66.247627 and 81.145602, 14.9 s" and what was read. */
void hu_phrase_looked_at(struct hu_out *to, const struct hu_page *page);

void hu_phrase_duration(struct hu_out *to, int64_t ns); /* "?" if unknown */
/* "70.077725 (3.83 s into the capture)" */
void hu_phrase_at(struct hu_out *to, const struct hu_page *page, int64_t ns);
/* Case time alone. */
void hu_phrase_stamp(struct hu_out *to, const struct hu_page *page, int64_t ns);
void hu_phrase_task(struct hu_out *to, struct hu_str comm, int64_t tid);
void hu_phrase_share(struct hu_out *to, double share); /* 0..1 → "99.2 %"; nothing if unknown */
void hu_phrase_bytes(struct hu_out *to, int64_t bytes);
void hu_phrase_number(struct hu_out *to, double value); /* "17,007", "0.034" */
void hu_phrase_address(struct hu_out *to, int64_t address);
void hu_phrase_lock(struct hu_out *to, const struct hu_page_incident *in);

/* "acquire and release by this task, matched by the lock's address" */
const char *hu_phrase_how(struct hu_str how);
enum hu_tone hu_phrase_how_tone(struct hu_str how);
const char *hu_phrase_applies(const struct hu_page_fix *fix, enum hu_tone *tone);
/* "Linux 6.7" or the fix's title. */
void hu_phrase_fixed_in(struct hu_out *to, const struct hu_page_fix *fix);
/* "mountloop/1 (222) waited for shrinker_rwsem" */
void hu_phrase_link(struct hu_out *to, const struct hu_page_link *link);
/* "9 of 524 mount and umount calls stalled (100 ms or longer): worst 6.48 s, …" */
void hu_phrase_impact(struct hu_out *to, const struct hu_page *page,
		      const struct hu_page_incident *in);
/* What set it off, by what the holder was doing it for; or that nothing tells. */
void hu_phrase_trigger(struct hu_out *to, const struct hu_page *page,
		       const struct hu_page_incident *in);
void hu_phrase_estimate(struct hu_out *to, const struct hu_page_incident *in);

/* The five or six lines that one needs at 03:00. */
struct hu_box_line {
	const char *label;
	struct hu_str value, detail;
	enum hu_tone tone;
};
enum { HU_BOX_LINES = 6 };
size_t hu_phrase_box(struct hu_page *page, const struct hu_page_incident *in,
		     struct hu_box_line box[HU_BOX_LINES]);

/* phrase_chain.c: the chain as rows whose times and shares add up as they are printed, at most
 * `most` links and behind them what is left and the whole. They live as long as the page. */
struct hu_chain_row {
	int depth;
	bool waiting, total; /* total: the last row */
	struct hu_str text, time, share, how;
	double bar; /* 0..1 */
};
size_t hu_phrase_chain(struct hu_page *page, const struct hu_page_incident *in, size_t most,
		       struct hu_chain_row **ret);
/* Time, share and indentation of one row, lined up with the others; returns their columns. */
size_t hu_phrase_chain_head(struct hu_out *to, const struct hu_chain_row *rows, size_t count,
			    size_t at);
/* As lined-up text, harmless, each line at most `width` columns; with how each is known, or
 * without. */
void hu_phrase_chain_lines(struct hu_out *to, const struct hu_chain_row *rows, size_t count,
			   size_t width, bool with_how);

/* At most `bytes` of s; "…" behind what was cut. */
struct hu_str hu_phrase_cut(struct hu_page *page, struct hu_str s, size_t bytes);
/* Takes the text out of `from` and keeps it with the page. */
struct hu_str hu_phrase_keep(struct hu_page *page, struct hu_out *from);

#endif
