/*
 * ingest/ringpages.h - the records of one CPU out of the kernel's ring buffer pages, as trace.dat
 * and trace_pipe_raw carry them.
 */
#ifndef HU_RINGPAGES_H
#define HU_RINGPAGES_H

#include "db/base.h"

struct hu_ring_record {
	uint64_t ts;
	struct hu_str data; /* common_type and so on */
	int64_t missed;	    /* events lost right before it: 0, a count, or HU_RING_MISSED */
	uint64_t since; /* … of which some are as old as this; 0: all are younger than the record
			   before */
};
enum { HU_RING_MISSED = -1 }; /* some, nobody counted */

struct hu_ring {
	/* Set by the caller. */
	struct hu_str left; /* pages, or chunks of packed pages, not yet read */
	uint32_t page_size;
	uint32_t commit_size; /* of the page header's commit: the kernel's long */
	bool big_endian;
	bool packed;
	bool (*unpack)(void *with, struct hu_str block, char *to, size_t len);
	void *with;
	uint64_t *budget; /* memory left for unpacked chunks, shared by all CPUs */

	/* What was found wrong, as a sentence; NULL: nothing. Reading goes on behind it. */
	const char *damage;
	uint64_t damaged; /* how many times */
	uint64_t unread;  /* bytes given up */

	/* Own. */
	bool started;
	uint64_t chunks;
	struct hu_str pages;	       /* of the current chunk, or all of them */
	const unsigned char *at, *end; /* in the current page */
	uint64_t ts;
	uint64_t last, limit; /* time of the last record given out, and of the page behind this */
	bool doubt;	      /* the page before was not whole: what is behind it may be anything */
	int64_t missed;
	uint64_t since; /* the oldest of the pages that were passed over as not in their place */
	char *chunk[2]; /* two: the last record of a chunk outlives the step to the next */
	size_t chunk_size[2];
	unsigned turn; /* the one that `pages` is in */
	unsigned busy; /* the one that the last record given out is in */
};

/*
 * The next record, in order; false at the end. Its data lives until the second call after this
 * one: the caller may look one record ahead.
 */
bool hu_ring_next(struct hu_ring *ring, struct hu_ring_record *ret);
/*
 * A second reader from the same place, for looking further ahead. It sees what is in memory, so it
 * may end early; it is not to be freed, and dies with the next step of the first.
 */
struct hu_ring hu_ring_fork(const struct hu_ring *ring);
void hu_ring_deinit(struct hu_ring *ring);

#endif
