/*
 * ingest/textfields_forms.h - print forms taken apart (textfields_forms.c), and a body compared
 * with one (textfields_match.c).
 */
#ifndef HU_TEXTFIELDS_FORMS_H
#define HU_TEXTFIELDS_FORMS_H

#include "ingest/textfields_private.h"

enum { HU_TEXT_STEPS = 12, HU_TEXT_TRIED = 8 };

enum hu_text_step_kind {
	HU_TEXT_END = 0,  /* nothing may be behind the literal */
	HU_TEXT_FIELD,	  /* "<name>" */
	HU_TEXT_ANYTHING, /* "<*>" */
	HU_TEXT_IMPLIED,  /* "<name=3>" */
};

struct hu_text_step {
	struct hu_str literal; /* first this … */
	uint64_t first,
		mask;	    /* its first bytes as they are in memory, and which of eight they are */
	struct hu_str name; /* … then this */
	struct hu_str implied;
	uint8_t what, as;
	char next; /* the text behind the field begins so; 0: the field is all that is left */
};

struct hu_text_form { /* ends with a step HU_TEXT_END */
	struct hu_text_step step[HU_TEXT_STEPS];
};

struct hu_text_forms;

struct hu_text_forms *hu_text_forms_create(void);
void hu_text_forms_destroy(struct hu_text_forms *f);
/* What a field of that name is printed as. */
enum hu_text_as hu_text_kind(const struct hu_text_forms *f, struct hu_str event,
			     struct hu_str field);

/* What is asked once for an event's name. */
struct hu_text_plan {
	const struct hu_text_form *form[HU_TEXT_TRIED]; /* the first that fits wins */
	size_t forms;
	const char
		*must; /* the field without which a line in none of the forms is cut; NULL: none */
	bool enters, exits; /* a system call by its own name */
};
struct hu_text_plan hu_text_plan(const struct hu_text_forms *f, struct hu_str event);

/* Appends the fields. False, and nothing is appended: `body` is not in this form. */
bool hu_text_match(const struct hu_text_form *form, struct hu_str body, struct hu_text_values *to);

#endif
