/* cli/pace.h - how fast a long job goes, and how long it will yet take. Knows no clock: it is told
 * the time. */
#ifndef CLI_PACE_H
#define CLI_PACE_H

#include "db/text.h"

enum { CLI_PACE_PAST = 8, CLI_PACE_SAMPLE_MS = 500, CLI_PACE_QUIET_MS = 2000 };

struct cli_pace {
	int64_t began_ms;
	struct {
		int64_t ms, done, rows;
	} past[CLI_PACE_PAST]; /* the last four seconds, so that the rate is that of now */
	size_t from, count;
};

void cli_pace_begin(struct cli_pace *pace, int64_t now_ms);
/*
 * ", 34 %, 812,000 rows a second, 9 s left" for a job that has done so much of `of` (0: not known)
 * and so many rows. Nothing in its first two seconds: most jobs end before.
 */
void cli_pace_put(struct cli_pace *pace, int64_t now_ms, int64_t done, int64_t of, int64_t rows,
		  struct hu_out *to);
/* ", 12 min left" */
void cli_put_left(struct hu_out *to, int64_t seconds);

#endif
