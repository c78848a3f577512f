/* ingest/perftrace_summary.h - the tables of "perf trace -s" and "-S". */
#ifndef HU_PERFTRACE_SUMMARY_H
#define HU_PERFTRACE_SUMMARY_H

#include "db/sink.h"

/* Zero-initialise but for `to`. */
struct hu_perftrace_summary {
	struct hu_sink *to;
	bool open;     /* inside a summary */
	char name[80]; /* "mountloop (247)" or "total" */
	size_t name_len;
	uint64_t rows, tasks;
};

/* Whether the line opens a summary. */
bool hu_perftrace_summary_begins(struct hu_str line);
/* False if the line is not of one. */
bool hu_perftrace_summary_take(struct hu_perftrace_summary *s, struct hu_str line, uint64_t pos);

#endif
