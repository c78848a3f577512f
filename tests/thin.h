/*
 * tests/thin.h - forms of a capture in which less is known: made from a store at test time, never
 * checked in. Whatever is taken away, an answer may lose its grade or not be given, and may not
 * turn wrong.
 */
#ifndef HU_TEST_THIN_H
#define HU_TEST_THIN_H

#include "db/base.h"

struct hu_thin_form {
	const char *name;
	const char *what;   /* what is left, or what is gone */
	const char *sql[4]; /* run on the copy of a settled store, in order; the last is NULL */
	bool align;	    /* afterwards the clocks are put on the case axis anew */
};

extern const struct hu_thin_form hu_thin_forms[];
extern const size_t hu_thin_form_count;

/* The store's events as plain rows, once for all forms. */
bool hu_thin_prepare(const char *path);
/* Takes away, in the store at `path`, what the form does without. *left: something was taken away,
 * and something is left that could tell of a stall. */
HU_MUST_CHECK struct hu_err *hu_thin(const char *path, const struct hu_thin_form *form, bool *left);

#endif
