/*
 * fleet/line.h - JSON on one line, in the order in which it is put, for cards. Integers never
 * become floating point numbers; a text is cut at a length, and says so.
 */
#ifndef HU_FLEET_LINE_H
#define HU_FLEET_LINE_H

#include "db/text.h"

struct hu_line {
	struct hu_out *to;
	bool more; /* something stands before, on this level */
};

/* `key` NULL: an element of an array. */
void hu_line_begin(struct hu_line *line, const char *key, char bracket);
void hu_line_end(struct hu_line *line, char bracket);
/* `at` NULL: null. NULs, which SQLite's JSON cannot hold, become U+FFFD. */
void hu_line_text(struct hu_line *line, const char *key, struct hu_str s, size_t most);
void hu_line_integer(struct hu_line *line, const char *key, int64_t n); /* null: 2^53 or more */
void hu_line_boolean(struct hu_line *line, const char *key, bool value);

#endif
