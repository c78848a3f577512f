/* ingest/tell.h - sentences about what was not read that several readers of text end with. */
#ifndef HU_TELL_H
#define HU_TELL_H

#include "db/sink.h"

/* "23 values are not understood, the first in line 7"; nothing where the count is 0. */
void hu_tell_lines(struct hu_sink *to, enum hu_loss kind, uint64_t count, uint64_t first,
		   const char *what);
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
