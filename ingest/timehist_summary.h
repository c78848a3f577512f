/* ingest/timehist_summary.h - the tables at the end of "perf sched timehist -s" and "-S". */
#ifndef HU_TIMEHIST_SUMMARY_H
#define HU_TIMEHIST_SUMMARY_H

#include "db/sink.h"

/* Zero-initialise but for `to`. */
struct hu_timehist_summary {
	struct hu_sink *to;
	const char *table; /* in force; NULL: none */
	bool tail;	   /* behind the tables: "Idle stats:" and totals */
	uint64_t rows, others;
};

/* Whether the line opens such a table. */
bool hu_timehist_summary_begins(struct hu_str line);
/* False if the line is not of a summary. */
bool hu_timehist_summary_take(struct hu_timehist_summary *s, struct hu_str line, uint64_t pos);

#endif
