/* ingest/strace_calls.h - system calls of strace, and what they say of tasks, as rows. */
#ifndef HU_STRACE_CALLS_H
#define HU_STRACE_CALLS_H

#include "ingest/strace_line.h"
#include "db/sink.h"
#include "db/text.h"

struct hu_strace_task;

struct hu_strace_calls { /* all zero but `to`: nothing yet */
	struct hu_sink *to;
	struct hu_strace_task *task;
	size_t tasks;
	uint32_t *index; /* by tid: place in task[], from 1 */
	size_t indexed;
	struct hu_out text;
	uint64_t calls;
	uint64_t no_end, no_end_pos; /* without a length, and the first of them */
};

/* A call, its first or its second half; other lines are nothing to it. `ts`: HU_OPEN: none. */
void hu_strace_calls_take(struct hu_strace_calls *calls, int32_t tid,
			  const struct hu_strace_line *line, hu_ns ts, uint64_t pos);
/* What a line says of a task; a name that it has already is not told again. */
void hu_strace_calls_task(struct hu_strace_calls *calls, int32_t tid, enum hu_task_step step,
			  hu_ns ts, uint64_t pos, struct hu_str comm);
void hu_strace_calls_deinit(struct hu_strace_calls *calls);

#endif
