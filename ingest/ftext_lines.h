/* ingest/ftext_lines.h - ftrace text line by line, with what is no text taken out. */
#ifndef HU_FTEXT_LINES_H
#define HU_FTEXT_LINES_H

#include "ingest/ftext_queue.h"

struct hu_ftext_lines { /* zeroed but for the first two */
	struct hu_str text;
	struct hu_ftext_queue *queue; /* flushed when copies of lines are given up */
	size_t at;
	uint64_t pos;		   /* of the line that was taken last, from 1 */
	bool cut;		   /* the last line has no end, and was not given */
	bool zeros;		   /* there are zero bytes in the text */
	const char *zero, *escape; /* none is in front of these */
	char *copies;		   /* of lines that are not as they were; valid until the flush */
	size_t copied;
};

enum hu_ftext_taken { HU_FTEXT_NO_LINE, HU_FTEXT_LINE, HU_FTEXT_LONG_LINE };

/* The next line, without its end, colours and zero bytes; as it is if it is too long to be one. */
enum hu_ftext_taken hu_ftext_lines_next(struct hu_ftext_lines *l, struct hu_str *ret);
void hu_ftext_lines_deinit(struct hu_ftext_lines *l);

#endif
