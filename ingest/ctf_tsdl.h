/*
 * ingest/ctf_tsdl.h - as much of CTF 1.8's metadata language as packet headers are written in:
 * "integer { size = 64; … }", names given to such by typealias, and structures of them.
 */
#ifndef HU_CTF_TSDL_H
#define HU_CTF_TSDL_H

#include "db/base.h"

struct hu_tsdl_alias {
	struct hu_str name;
	uint32_t bits, align;
};

struct hu_tsdl_named { /* "struct packet_context { … }" */
	struct hu_str name;
	struct hu_str body; /* from its first brace on */
};

struct hu_tsdl { /* set `left` to the text, then hu_tsdl_next() */
	struct hu_str left;
	struct hu_str token; /* empty at the end */
	struct hu_tsdl_alias *alias;
	size_t aliases;
	struct hu_tsdl_named *named;
	size_t names;
};

struct hu_tsdl_field {
	struct hu_str name;
	uint32_t bits, align, count; /* of each, and how many in a row */
};

struct hu_tsdl_fields {
	struct hu_tsdl_field *at; /* owned: free() it */
	size_t count;
	uint32_t align;
	bool strange; /* something in it is not understood */
};

void hu_tsdl_deinit(struct hu_tsdl *s);
void hu_tsdl_next(struct hu_tsdl *s);
bool hu_tsdl_at(const struct hu_tsdl *s, const char *what);
/* Goes behind it, if it is that. */
bool hu_tsdl_take(struct hu_tsdl *s, const char *what);
/* Behind the next ";" of this level; stops before a "}". */
void hu_tsdl_skip(struct hu_tsdl *s);
bool hu_tsdl_number(struct hu_str token, uint32_t *ret);

/* From behind "typealias": an integer with a name. */
void hu_tsdl_typealias(struct hu_tsdl *s);
/* From behind "struct": one with a name, for those who refer to it. */
void hu_tsdl_name(struct hu_tsdl *s);
/* "struct packet_context;" or "struct { … } align(8);", with what ends the statement. */
struct hu_tsdl_fields hu_tsdl_structure(struct hu_tsdl *s);

#endif
