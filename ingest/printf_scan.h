/* ingest/printf_scan.h - words, numbers and units as scripts print them, in any case. Private to
 * ingest/printf_*.c. */
#ifndef HU_PRINTF_SCAN_H
#define HU_PRINTF_SCAN_H

#include "db/base.h"

#include <ctype.h>

static inline bool hu_printf_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool hu_printf_ident(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static inline char hu_printf_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/* Is it `b`, which is in lower case? */
bool hu_printf_same(struct hu_str a, const char *b);
/* One of these; NULL ends the list. */
bool hu_printf_one_of(struct hu_str a, const char *const *list);

/* Length of a separator at the start of s, 0 if there is none. The wide ones are how Chinese text
 * punctuates. */
size_t hu_printf_separator(struct hu_str s);
/* Length of a number "180", "1.5", "-3" at the start of s, 0 if there is none. */
size_t hu_printf_number_len(struct hu_str s);
/* The unit at the start of s, as its decimal digits below a second less nine; its length in *len,
 * or -1. */
int hu_printf_unit(struct hu_str s, size_t *len);
/* The unit that a key ends with: "dur_us", "latency_ns", "us"; *base gets the rest. -1: none. */
int hu_printf_key_unit(struct hu_str key, struct hu_str *base);

#endif
