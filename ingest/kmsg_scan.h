/*
 * ingest/kmsg_scan.h - small scanners that the stamps of a kernel log are made of, and how
 * kmsg_stamp.c (printk's own stamps) and kmsg_wall.c (dates) share a line.
 */
#ifndef HU_KMSG_SCAN_H
#define HU_KMSG_SCAN_H

#include "ingest/kmsg.h"

#include <string.h>

static inline bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline size_t blanks(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && s.at[n] == ' ')
		n++;
	return n;
}

static inline size_t digits(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && digit(s.at[n]))
		n++;
	return n;
}

/* Exactly `n` digits, or blanks for the leading ones, off the front. */
static inline bool number(struct hu_str *s, size_t n, int *ret)
{
	int value = 0;
	bool begun = false;

	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->at[i] == ' ' && !begun && i + 1 < n)
			continue;
		if (!digit(s->at[i]))
			return false;
		begun = true;
		value = value * 10 + (s->at[i] - '0');
	}
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

static inline bool literal(struct hu_str *s, char c)
{
	if (!s->len || s->at[0] != c)
		return false;
	*s = hu_str_skip(*s, 1);
	return true;
}

static inline bool one_of(struct hu_str *s, const char *const *words, size_t count, int *ret)
{
	for (size_t i = 0; i < count; i++)
		if (hu_str_starts(*s, words[i])) {
			*s = hu_str_skip(*s, strlen(words[i]));
			*ret = (int)i;
			return true;
		}
	return false;
}

/* Takes "[   12.345678]" off the front of *s. */
bool hu_kmsg_printk_stamp(struct hu_str *s, hu_ns *ret);
/* Takes " <    0.000123>" and blanks off, where a bracket closes behind them: dmesg -d, journalctl
 * -o short-delta. */
void hu_kmsg_skip_delta(struct hu_str *s);
/* What follows a bracketed stamp: caller, one blank, the text; short-monotonic puts "host kernel:
 * " there. */
void hu_kmsg_after_printk(struct hu_str s, struct hu_kmsg_line *line);
/* A line that begins with a date, in any form; false: it does not. */
bool hu_kmsg_wall(struct hu_kmsg_calendar *calendar, struct hu_str s, struct hu_kmsg_line *line);

#endif
