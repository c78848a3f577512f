/* ingest/sadf.h - what the two forms of sadf's output share. */
#ifndef HU_SADF_H
#define HU_SADF_H

#include "db/sink.h"
#include "db/text.h"
#include "ingest/walltime.h"

struct hu_sadf {
	struct hu_sink *to;
	struct hu_out name;
	hu_ns ts;
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp yet */
	uint64_t pos;	     /* line */
	bool told_facts;
	uint64_t stamps, restarts;
	uint64_t blind, blind_pos;   /* stamps that are none, or of another clock */
	uint64_t unread, unread_pos; /* values that are no number */
	uint64_t cut_pos;
};

/* One more at line `at`; *pos keeps the first. */
void hu_sadf_count(uint64_t *count, uint64_t *pos, uint64_t at);
/* The stamp of what follows, in the clock of the file's first one; `valid`: it could be read. */
void hu_sadf_stamp(struct hu_sadf *s, bool valid, const struct hu_wall *wall);

/* The whole text of sadf -j. */
void hu_sadf_json(struct hu_sadf *s, struct hu_str text);

#endif
