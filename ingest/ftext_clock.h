/* ingest/ftext_clock.h - which clock ftrace text is in, and whether a text is one. */
#ifndef HU_FTEXT_CLOCK_H
#define HU_FTEXT_CLOCK_H

#include "ingest/ftext_line.h"
#include "ingest/reader.h"

/* Puts the clock, which the text itself never names; `form` is that of most of its stamps. */
void hu_ftext_clock(struct hu_sink *to, const struct hu_surroundings *around,
		    enum hu_ftext_time form);

enum hu_match hu_ftext_probe(const struct hu_probe *in);

#endif
