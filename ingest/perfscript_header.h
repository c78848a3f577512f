/*
 * ingest/perfscript_header.h - what "perf script --header" and "perf report --header" print above
 * everything else: "# hostname : guest", "# clockid: monotonic (1)", and so on.
 */
#ifndef HU_PERFSCRIPT_HEADER_H
#define HU_PERFSCRIPT_HEADER_H

#include "db/sink.h"

/* Zero-initialise. */
struct hu_perf_header {
	bool seen;	     /* its frame of "# ========" */
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: it names none */
	bool odd_clock;	     /* it names one that is no time */
	bool narrow;	     /* its machine is of 32 bits */
	unsigned events;     /* that it lists, "dummy" not among them */
	char event[64];	     /* the first of them, with a NUL; empty: too long */
};

/* Puts what the line says as a fact or a clock reading; false if it is no line of a header. */
bool hu_perf_header_take(struct hu_perf_header *h, struct hu_str line, uint64_t pos,
			 struct hu_sink *to);
/* Once, at the end: which clock the stamps are in, as far as it is known. */
void hu_perf_header_clock(const struct hu_perf_header *h, struct hu_sink *to);

#endif
