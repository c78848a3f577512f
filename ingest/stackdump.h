/*
 * ingest/stackdump.h - stacks of tasks, one after the other, as a listing shows them: who, then the
 * frames. Shared by the readers of such listings.
 */
#ifndef HU_STACKDUMP_H
#define HU_STACKDUMP_H

#include "db/sink.h"

enum { HU_STACKDUMP_FRAMES = 256 };

/* Invariant: `row` speaks of the task that the lines before named; `count` frames of it are there,
 * leaf first. Set `to`, then reset. */
struct hu_stackdump {
	struct hu_sink *to;
	uint64_t pos, snapshots;
	struct hu_snapshot row;
	bool open; /* something of this task was seen */
	size_t count;
	struct {
		hu_name symbol, module;
	} frames[HU_STACKDUMP_FRAMES];
};

void hu_stackdump_reset(struct hu_stackdump *d);
void hu_stackdump_push(struct hu_stackdump *d, struct hu_str symbol, struct hu_str module);
/* Puts what is there, if there are frames, and resets. */
void hu_stackdump_flush(struct hu_stackdump *d);
/* The same for a task without frames, if it is named. */
void hu_stackdump_flush_bare(struct hu_stackdump *d);
/* The listing ends in the middle of line `pos`: puts the loss. */
void hu_stackdump_unended(const struct hu_stackdump *d);

#endif
