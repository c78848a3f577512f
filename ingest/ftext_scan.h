/*
 * ingest/ftext_scan.h - what the parts of a line of ftrace text are taken off with. Inlined: each
 * is asked several times for every line.
 */
#ifndef HU_FTEXT_SCAN_H
#define HU_FTEXT_SCAN_H

#include "db/base.h"

static inline bool hu_ftext_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline void hu_ftext_blanks(struct hu_str *s)
{
	while (s->len && (*s->at == ' ' || *s->at == '\t'))
		*s = hu_str_skip(*s, 1);
}

/* Digits off the front; false if there are none, or more than fit. */
static inline bool hu_ftext_take_number(struct hu_str *s, uint64_t *ret)
{
	size_t n = 0;
	uint64_t value = 0;

	while (n < s->len && n < 19 && hu_ftext_digit(s->at[n]))
		value = value * 10 + (uint64_t)(s->at[n++] - '0');
	if (!n || (n < s->len && hu_ftext_digit(s->at[n])))
		return false;
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

static inline bool hu_ftext_take_i32(struct hu_str *s, int32_t *ret)
{
	uint64_t value;

	if (!hu_ftext_take_number(s, &value) || value > INT32_MAX)
		return false;
	*ret = (int32_t)value;
	return true;
}

static inline struct hu_str hu_ftext_take_word(struct hu_str *s)
{
	size_t n = 0;

	while (n < s->len && s->at[n] != ' ' && s->at[n] != '\t')
		n++;
	struct hu_str word = {s->at, n};
	*s = hu_str_skip(*s, n);
	return word;
}

/* As hu_str_trim(). */
static inline struct hu_str hu_ftext_trim(struct hu_str s)
{
	while (s.len && (*s.at == ' ' || (*s.at >= '\t' && *s.at <= '\r')))
		s = (struct hu_str){s.at + 1, s.len - 1};
	while (s.len &&
	       (s.at[s.len - 1] == ' ' || (s.at[s.len - 1] >= '\t' && s.at[s.len - 1] <= '\r')))
		s.len--;
	return s;
}

#endif
