/*
 * report/json_writer.h - JSON as text, indented, in the order in which it is put. Integers never
 * become floating point numbers. `key` NULL: an element of an array.
 */
#ifndef HU_JSON_WRITER_H
#define HU_JSON_WRITER_H

#include "report/compose.h"

struct hu_json {
	struct hu_out *to;
	int depth;
	bool more; /* something stands before, on this level */
};

void hu_json_name(struct hu_json *j, const char *key); /* the caller puts the value */
void hu_json_begin(struct hu_json *j, const char *key, char bracket);
void hu_json_end(struct hu_json *j, char bracket);
void hu_json_null(struct hu_json *j, const char *key);
void hu_json_text(struct hu_json *j, const char *key, struct hu_str s); /* `at` NULL: null */
void hu_json_boolean(struct hu_json *j, const char *key, bool value);
void hu_json_integer(struct hu_json *j, const char *key, int64_t n); /* null if 2^53 or more */
void hu_json_number(struct hu_json *j, const char *key, double n);   /* null if not finite */
void hu_json_texts(struct hu_json *j, const char *key, const struct hu_page_texts *all);
/* Lines as an array. */
void hu_json_frames(struct hu_json *j, const char *key, struct hu_str stack);
/* Nanoseconds of any size as decimal seconds, in a string. */
void hu_json_seconds(struct hu_json *j, const char *key, int64_t ns);

#endif
