/*
 * fleet/inputs.h - which bundles a batch is given, one at a time: nothing is kept of those that
 * were, so that a million cost no more memory than ten.
 *
 *	a folder	each entry of it is a bundle; but a folder with a manifest.json in it, as
 *			the capture kit makes them, is one itself
 *	a file		is a bundle
 *	a pattern	('cap/x*'; only where nothing has that very name) each match is a bundle
 *	@FILE, -	each line names a bundle; so do lines of sha256sum; # begins a comment
 *
 * Of a folder or pattern are left out: hidden entries, what is still being copied (.part, .tmp,
 * …), checksums and signatures beside a bundle, what holdup wrote, and what is neither a folder nor
 * a file. The caller is told of each.
 */
#ifndef HU_INPUTS_H
#define HU_INPUTS_H

#include "db/base.h"
#include "db/sha256.h"

struct hu_inputs;

struct hu_input {
	char *path;  /* to open */
	char *shown; /* the same wherever the captures lie: below the folder, or as the list says */
	char stated[HU_SHA256_TEXT]; /* by the list; "": it does not say */
};

struct hu_inputs_ops {
	bool (*is_own)(const char *path); /* a folder: did holdup write it? */
	void (*left_out)(void *data, const char *path, const char *why);
};

struct hu_inputs *hu_inputs_create(char *const *operands, size_t count,
				   const struct hu_inputs_ops *ops, void *data);
/* The next one, or *more is false. A folder or list that cannot be read to its end is an error. */
HU_MUST_CHECK struct hu_err *hu_inputs_next(struct hu_inputs *inputs, struct hu_input *ret,
					    bool *more);
/* How many there will be, about: for progress alone. -1: standard input does not say. */
int64_t hu_inputs_count(char *const *operands, size_t count);
void hu_inputs_destroy(struct hu_inputs *inputs);
void hu_inputs_destroyp(struct hu_inputs **inputs);
void hu_input_deinit(struct hu_input *input);

/* Why an entry of a folder is no bundle, or NULL. Static text. */
const char *hu_inputs_why_not(const char *path, const char *name, bool (*is_own)(const char *path));

#endif
