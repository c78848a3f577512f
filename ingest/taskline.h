/* ingest/taskline.h - a line of a script's output that names the task whose stack follows. */
#ifndef HU_TASKLINE_H
#define HU_TASKLINE_H

#include "db/base.h"
#include "db/words.h"

struct hu_taskline {
	int32_t tid;	    /* or HU_NONE */
	uint32_t state;	    /* enum hu_state */
	struct hu_str comm; /* empty: not told */
};

void hu_taskline(struct hu_str line, struct hu_taskline *ret);
/* "/proc/178/stack", "/proc/178/task/179/stack" anywhere in the line; *tid stays where there is
 * none. */
void hu_taskline_path(struct hu_str line, int32_t *tid);
/* By the letter it begins with; HU_STATE_UNKNOWN for another. */
uint32_t hu_taskline_state(struct hu_str word);

#endif
