/*
 * ingest/tepfields.h - where an event's fields lie in its records, by what libtraceevent parsed of
 * its format: the same for ring buffer pages and for what perf copies out of them. Every offset is
 * checked against the record's own length.
 */
#ifndef HU_TEPFIELDS_H
#define HU_TEPFIELDS_H

#include "ingest/vocabulary.h"

struct tep_event;
struct tep_format_field;

enum { HU_TEP_FIELDS_MAX = 256 };

struct hu_tep_place {
	uint32_t offset, size;
	bool is_signed;
	bool dynamic;  /* __data_loc: offset and length in a word */
	bool relative; /* __rel_loc: the same, counted from behind the word */
};

struct hu_tep_place hu_tep_place_of(const struct tep_format_field *field);
/* The event's own fields, without the common ones; *ret is owned, and `field` has room for
 * HU_TEP_FIELDS_MAX. Their names are libtraceevent's. */
size_t hu_tep_places(const struct tep_event *event, struct hu_tep_place **ret,
		     struct hu_field *field);

/* 1, 2, 4 or 8 bytes in the writer's order. */
uint64_t hu_tep_load(const char *at, size_t size, bool swap);
/* Sign-extended; false where the record is too short for it, or it is no number. */
bool hu_tep_number(const struct hu_tep_place *place, bool swap, struct hu_str record,
		   uint64_t *ret);
/* The bytes of a field, wherever they lie; false where the record is too short for them. */
bool hu_tep_bytes(const struct hu_tep_place *place, bool swap, struct hu_str record,
		  struct hu_str *ret);

#endif
