/* db/spacing.h - how far apart the functions of a symbol list lie. */
#ifndef HU_SPACING_H
#define HU_SPACING_H

#include "db/base.h"

/*
 * A list that somebody filtered: thousands of functions, and so far apart that most of those
 * between them are missing. Whatever lies between would get the name of the one before, so no
 * address in code is to be named by it. (A kernel's functions are some 300 bytes apart.) An excerpt
 * of less than a thousand is taken as cut for the addresses that it is asked for. Fed in ascending
 * order, as far as one goes: modules lie elsewhere.
 */
struct hu_spacing {
	uint64_t last, sum, count;
};
void hu_spacing_add(struct hu_spacing *s, uint64_t address, char letter);
bool hu_spacing_filtered(const struct hu_spacing *s);

#endif
