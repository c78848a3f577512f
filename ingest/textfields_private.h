/* ingest/textfields_private.h - what the parts of textfields share. */
#ifndef HU_TEXTFIELDS_PRIVATE_H
#define HU_TEXTFIELDS_PRIVATE_H

#include "ingest/textfields.h"

enum { HU_TEXT_FIELDS = 24 };

/* How a printed field becomes a number. */
enum hu_text_as {
	HU_TEXT_AS_NUMBER = 0,	 /* decimal, "0x…", or hex that shows itself by a letter */
	HU_TEXT_AS_WORDS,	 /* it never does */
	HU_TEXT_AS_HEX,		 /* hex without "0x" */
	HU_TEXT_AS_POINTER,	 /* %p: perhaps hashed */
	HU_TEXT_AS_SYMBOL,	 /* a function, by name or address */
	HU_TEXT_AS_STATE,	 /* the kernel's letters of a task state */
	HU_TEXT_AS_PLUGIN_STATE, /* libtraceevent's */
	HU_TEXT_AS_LOCK_FLAGS,	 /* "SPIN|MUTEX" */
	HU_TEXT_AS_DEVICE,	 /* "254,0" */
	HU_TEXT_AS_RESULT,	 /* of a system call: a long in hex */
};

struct hu_text_values { /* one line's fields */
	size_t count;
	struct hu_str name[HU_TEXT_FIELDS];
	struct hu_str value[HU_TEXT_FIELDS];
	uint8_t as[HU_TEXT_FIELDS];
	bool whole;		     /* false: the event has a form, and this is none */
	const void *form;	     /* which print form it was; NULL: fields with their names */
	struct hu_text_place *place; /* of a probe: its first field; NULL: it is none */
};

/* textfields_frame.c: frames and places of probes, each taken apart once. */
struct hu_text_frames;

struct hu_text_frames *hu_text_frames_create(void);
void hu_text_frames_destroy(struct hu_text_frames *f); /* NULL is fine */
/* Lives as long as `f`. NULL: no room to remember it. */
const struct hu_text_known *hu_text_frames_find(struct hu_text_frames *f, struct hu_str text);

/* textfields_place.c */
struct hu_text_place {
	const char *field; /* "__probe_ip", "__probe_func"; NULL: it is no place */
	struct hu_str value;
	bool asked, is_number; /* for whoever asks for its number: kept as long as the rest */
	uint64_t number;
	size_t len;
	char text[104];
};
struct hu_text_places;

struct hu_text_places *hu_text_places_create(void);
void hu_text_places_destroy(struct hu_text_places *p); /* NULL is fine */
/* What stands in the brackets, not empty. Valid until the next call; borrows from `inside`. */
struct hu_text_place *hu_text_places_find(struct hu_text_places *p, struct hu_str inside);

/* textfields_named.c: takes a body apart. Borrows from it and from static text. */
struct hu_text_splitter {
	struct hu_text_forms *forms;
	struct hu_text_places *places;
};
struct hu_text_plan; /* of the event's name */
void hu_text_split(const struct hu_text_splitter *by, const struct hu_text_plan *plan,
		   const struct hu_text_event *event, struct hu_text_values *ret);

/* textfields_symbols.c */
struct hu_text_symbols; /* functions that were printed by name, as addresses of our own */

struct hu_text_symbols *hu_text_symbols_create(void);
void hu_text_symbols_destroy(struct hu_text_symbols *s);
/* An address that no kernel has; the same name, module and offset give the same one. 0: no room. */
uint64_t hu_text_symbols_address(struct hu_text_symbols *s, struct hu_str name,
				 struct hu_str module, uint64_t offset);
bool hu_text_symbols_find(const struct hu_text_symbols *s, uint64_t address, struct hu_str *name,
			  struct hu_str *module, uint64_t *offset);
/*
 * Where the bundle has no symbols: "=> down_write (ffffffff94856525)" below the tracer's own frames
 * says which function a probe at ffffffff94856520 sits in. Takes these out of the text's beginning.
 */
void hu_text_symbols_learn(struct hu_text_symbols *s, struct hu_text_frames *frames,
			   struct hu_str text);
/* The function whose probe left this address, or one up to 8 bytes behind, in a stack. */
bool hu_text_symbols_learned(const struct hu_text_symbols *s, uint64_t address, struct hu_str *name,
			     struct hu_str *module);
/* textfields_around.c */
struct hu_mapped;
/* "x86_64" in a uname, or the entry code of that machine in a stack. */
bool hu_text_is_x86_64(const struct hu_surroundings *around, struct hu_str sample);
/* The list of probes, if there is one. */
void hu_text_probe_list(const struct hu_surroundings *around, struct hu_mapped *ret);
/* What that says the event probes, as an address of ours; 0: nothing. */
uint64_t hu_text_listed_function(struct hu_text_symbols *symbols, struct hu_str list,
				 struct hu_str event);

/* textfields_value.c */
/* False: not known. A name of a function becomes one of our addresses. */
bool hu_text_number(struct hu_text_symbols *s, struct hu_str value, enum hu_text_as as,
		    uint64_t *ret);
bool hu_text_looks_like_number(struct hu_str value);
/* Hex digits only, "0x" or not, all of it. */
bool hu_text_hex(struct hu_str value, uint64_t *ret);

#endif
