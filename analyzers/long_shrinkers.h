/*
 * analyzers/long_shrinkers.h - calls of shrinkers that last: which shrinker, whose superblock, in
 * which task, for how long. A call is no incident by itself: reclaim may be slow and nobody wait
 * for it. It is one where the kernel reported a task stuck in it, or where one call lasted a
 * hundred times the threshold; and not again where another incident tells of it already.
 */
#ifndef HU_LONG_SHRINKERS_H
#define HU_LONG_SHRINKERS_H

#include "analyzers/filesystems.h"
#include "analyzers/trouble.h"

enum hu_seen_how {
	HU_SEEN_CALLS,
	HU_SEEN_PRINTED,
	HU_SEEN_TABLES,
	HU_SEEN_STACKS,
	HU_SEEN_SAMPLES
};

/* One shrinker in one kind of record. */
struct hu_shrinker {
	enum hu_seen_how how;
	const char *function; /* "super_cache_scan" */
	uint64_t address; /* of struct shrinker; 0: not known. One a superblock, one a node … */
	const char *fs, *frame; /* by stacks from inside its calls; NULL: not known */
	const char *device;	/* "254:48" of the I/O that its calls issued; NULL: not known */
	const char *comm;
	int32_t tid;		   /* of the longest call */
	int64_t calls, slow;	   /* HU_SEEN_SAMPLES: samples, and all samples of that capture */
	hu_ns longest, longest_at; /* case time, or HU_OPEN */
	hu_ns total;		   /* 0: not known */
	int64_t freeable, freed;   /* objects at the begin of the longest, and freed by it; -1 */
	int32_t node;		   /* of the longest, or HU_NONE */
	struct hu_ref ref;	   /* of the longest */
	bool reported;		   /* the kernel complained of a task in there */
	const char *text;	   /* of that report */
	hu_stack_id stack;
};
typedef HU_VEC(struct hu_shrinker) hu_shrinkers;

/* Of all that the bundle tells, longest first. Free ret->at. */
void hu_shrinkers_find(struct hu_conclusion *c, hu_shrinkers *ret);

#endif
