/* ingest/tell.h - sentences about what was not read that several readers of text end with. */
#ifndef HU_TELL_H
#define HU_TELL_H

#include "db/sink.h"

/* "23 values are not understood, the first in line 7"; nothing where the count is 0. */
void hu_tell_lines(struct hu_sink *to, enum hu_loss kind, uint64_t count, uint64_t first,
		   const char *what);
/* The same in the words "lines that are no symbols: 23, the first is line 7", of lines without
 * meaning. */
void hu_tell_strange(struct hu_sink *to, uint64_t count, uint64_t first, const char *what);
/* The same as "23 stamps are … (line 7)". */
void hu_tell_unused(struct hu_sink *to, enum hu_loss kind, uint64_t count, uint64_t first,
		    const char *what);
/* One more of those that are then told: counts it, and keeps where the first stands. */
void hu_tell_count(uint64_t *count, uint64_t *first, uint64_t line);
/* Lines that mean nothing, of which the first ones are named. Zero it. */
struct hu_odd_lines {
	uint64_t count, line[3];
};
void hu_odd_add(struct hu_odd_lines *odd, uint64_t line);
/* "23 lines are not understood (line 7, 17, 19, …)"; nothing where there are none. */
void hu_tell_odd(struct hu_sink *to, const struct hu_odd_lines *odd, const char *what);
/* The text ends in the middle of that line: puts the loss, and returns what the reader ends with.
 */
HU_MUST_CHECK struct hu_err *hu_tell_cut(struct hu_sink *to, uint64_t line);

/* The names of what a reader counts. */
struct hu_tally {
	const char *event;
	uint64_t count;
	bool used;
};
/* Puts those that are not 0; returns their sum. */
uint64_t hu_tell_events(struct hu_sink *to, const struct hu_tally *tally, size_t kinds);

#endif
