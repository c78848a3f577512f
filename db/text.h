/* db/text.h - a growing text buffer, and the few ways a number becomes text. */
#ifndef HU_TEXT_H
#define HU_TEXT_H

#include "db/base.h"

/*
 * Invariant: `at` is never NULL after the first put and always has a NUL behind `len` bytes.
 * Zero-initialise; free with hu_out_deinit(). Puts do not fail (see hu_alloc).
 */
struct hu_out {
	char *at;
	size_t len;
	size_t cap;
};

void hu_out_deinit(struct hu_out *out);
void hu_out_clear(struct hu_out *out); /* keeps the memory */
void hu_out_bytes(struct hu_out *out, const char *at, size_t len);
void hu_out_str(struct hu_out *out, struct hu_str s);
void hu_out_puts(struct hu_out *out, const char *text);
void hu_out_putc(struct hu_out *out, char c);
void hu_out_printf(struct hu_out *out, const char *fmt, ...) HU_PRINTF(2, 3);
struct hu_str hu_out_view(const struct hu_out *out); /* until the next put */

/* A duration for people: "11 ms", "6.41 s", "180 ms", "23 µs", "2 min 5 s", "3 h 0 min", "29 d
 * 4 h". Three significant digits. */
void hu_out_duration(struct hu_out *out, hu_ns ns);
/* Seconds with six digits, as trace-cmd prints a stamp: "70.081809". */
void hu_out_stamp(struct hu_out *out, hu_ns ns);
/* RFC 3339 in UTC with nine digits: "2026-11-22T01:04:47.375408731Z". */
void hu_out_rfc3339(struct hu_out *out, hu_ns realtime);
/* 12345 → "12,345". */
void hu_out_grouped(struct hu_out *out, int64_t n);

#endif
