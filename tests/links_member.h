/*
 * tests/links_member.h - a member of a bundle as numbered lines: its own, or of a binary capture
 * one a record, as the tool that made it prints them.
 */
#ifndef HU_TEST_LINKS_MEMBER_H
#define HU_TEST_LINKS_MEMBER_H

#include "db/text.h"
#include "ingest/bundle.h"

/* The member that was asked for last. Zero-initialise. */
struct hu_lines {
	char *path;
	struct hu_out text;
	bool records; /* of a binary capture: one line a record */
	bool there;   /* false: the tool is not installed, or printed nothing */
};

/* A capture whose rows are records, not lines. */
bool hu_lines_binary(const char *format);
/* False if there is no such member. */
bool hu_lines_open(struct hu_lines *lines, const struct hu_bundle *bundle, const char *path,
		   const char *format);
/* Line `number`, from 1; false if there are not so many. */
bool hu_lines_at(const struct hu_lines *lines, int64_t number, struct hu_out *ret);
void hu_lines_deinit(struct hu_lines *lines);

#endif
