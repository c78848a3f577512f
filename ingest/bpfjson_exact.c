/* A pass over the bytes of a document, before cJSON: it knows strings from the rest, nothing more.
 */
#include "ingest/bpfjson_exact.h"

#include <ctype.h>
#include <string.h>

enum {
	EXACT_DIGITS = 15, /* a double holds every integer of so many digits */
	DEPTH_MAX = 64,
	PARTS_MAX = 2 << 20, /* 4,096 keys with 64 buckets each are 800,000 */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * One escape of a string, at "\". bpftrace up to 0.20 prints a byte above 0x7f as a sign-extended
 * "\uffffffc3" (json_escape() in its src/output.cpp): that is one byte. A NUL would end the text
 * for cJSON. Returns the length read.
 */
static size_t copy_escape(struct hu_str s, struct hu_out *to)
{
	uint64_t byte;

	if (s.len >= 10 && !memcmp(s.at, "\\uffffff", 8) && isxdigit((unsigned char)s.at[8]) &&
	    isxdigit((unsigned char)s.at[9]) &&
	    hu_str_u64((struct hu_str){s.at + 8, 2}, 16, &byte) && byte >= 0x80) {
		hu_out_putc(to, (char)byte);
		return 10;
	}
	if (s.len >= 6 && !memcmp(s.at, "\\u0000", 6)) {
		hu_out_puts(to, "\\ufffd");
		return 6;
	}
	hu_out_bytes(to, s.at, s.len < 2 ? s.len : 2);
	return s.len < 2 ? s.len : 2;
}

/* A number outside of strings: long integers get quotes. Returns the length read. */
static size_t copy_number(struct hu_str s, struct hu_out *to)
{
	size_t digits = s.at[0] == '-', end;

	while (digits < s.len && is_digit(s.at[digits]))
		digits++;
	end = digits;
	while (end < s.len && (is_digit(s.at[end]) || strchr(".eE+-", s.at[end])))
		end++;
	bool quote = end == digits && digits - (s.at[0] == '-') > EXACT_DIGITS;
	if (quote)
		hu_out_putc(to, '"');
	hu_out_bytes(to, s.at, end);
	if (quote)
		hu_out_putc(to, '"');
	return end;
}

bool hu_bpfjson_exact(struct hu_str s, struct hu_out *to)
{
	bool text = false;
	int depth = 0, parts = 0;

	hu_out_clear(to);
	while (s.len) {
		size_t n = 1;
		if (!text) {
			depth += s.at[0] == '[' || s.at[0] == '{';
			depth -= s.at[0] == ']' || s.at[0] == '}';
			parts += s.at[0] == '[' || s.at[0] == '{' || s.at[0] == ',';
			if (depth > DEPTH_MAX || parts > PARTS_MAX)
				return false;
		}
		if (text && s.at[0] == '\\') {
			n = copy_escape(s, to);
		} else if (!text && (is_digit(s.at[0]) || s.at[0] == '-')) {
			n = copy_number(s, to);
		} else {
			/* A tab or the like inside a string is no JSON, but it is what was printed.
			 */
			text ^= s.at[0] == '"';
			hu_out_putc(to, s.at[0]);
		}
		s = hu_str_skip(s, n);
	}
	return true;
}
