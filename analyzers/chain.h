/*
 * analyzers/chain.h - the wait-for chain of one operation as a tree: where its time went, behind
 * each wait who was in the way at that moment, what that one did meanwhile, and so on to the end.
 * The children of a link add up to no more than the link; what is left is not known.
 */
#ifndef HU_CHAIN_H
#define HU_CHAIN_H

#include "analyzers/conclude.h"
#include "analyzers/timeline.h"

enum hu_link_kind {
	HU_LINK_PART,	 /* the task itself: waits, sleeps, is ready, runs */
	HU_LINK_SCAN,	 /* the task is in calls of one shrinker */
	HU_LINK_HOLDER,	 /* a task that had the lock */
	HU_LINK_FELLOWS, /* victims of the same lock that got it first and passed it on */
	HU_LINK_NOBODY,	 /* nobody was seen with the lock */
	HU_LINK_CIRCLE,	 /* a holder that waits, further up, for what comes from here: a deadlock */
	HU_LINK_SEAT,	 /* who had the CPU */
	HU_LINK_QUIET,	 /* who held up a grace period: its CPU did not switch */
	HU_LINK_RCU,	 /* nobody was seen to hold up the grace period */
	HU_LINK_DEVICE,	 /* a request to a block device was under way */
	HU_LINK_WORKER,	 /* who ended the wait by a wakeup: it did the work that was waited for */
	HU_LINK_REST	 /* links that are too short to be told one by one */
};

/* A chain of more links in a row is no help to anybody. */
enum { HU_CHAIN_DEPTH = 12 };

struct hu_link_span {
	hu_ns from, to;
	int64_t source; /* that recorded it */
	int32_t cpu;	/* of a wait for a CPU: where it came back; HU_NONE: not known */
};

struct hu_link {
	enum hu_link_kind kind;
	size_t parent; /* SIZE_MAX: of the operation itself */
	int64_t depth;
	int32_t tid;
	const char *comm; /* NULL: look the tid up */
	struct hu_part part;
	struct hu_lock_id lock;
	uint32_t mode;
	enum hu_how how;	    /* of a holder: the best of its holds */
	const struct hu_scan *scan; /* the shrinker's call, the first of them */
	const struct hu_scan *last_scan;
	int64_t number;	  /* a CPU, a device */
	const char *word; /* of a device: what was asked of it */
	hu_ns ns, until;
	size_t count; /* holds, calls, requests, fellows */
	HU_VEC(struct hu_link_span) spans;
};

struct hu_chain {
	struct hu_conclusion *c;
	struct hu_cause *cause;
	const struct hu_op *op;
	hu_ns whole;
	HU_VEC(struct hu_link) links; /* a parent comes before its children */
};

/*
 * The link like `like` below `parent`, made if there is none, with a span added to it. Pointers
 * into chain.links are void after that.
 */
size_t hu_chain_add(struct hu_chain *k, size_t parent, const struct hu_link *like, hu_ns from,
		    hu_ns to, int64_t source);

/* What was behind link `at`, or one span of it, by what the task waited for. */
void hu_chain_behind_lock(struct hu_chain *k, size_t at, struct hu_link_span span);
void hu_chain_behind_grace_period(struct hu_chain *k, size_t at);
void hu_chain_behind_cpu(struct hu_chain *k, size_t at);
void hu_chain_behind_device(struct hu_chain *k, size_t at);

/* Writes the links of the whole chain, longest first on each level, and sets cause->behind. */
void hu_chain_tell(struct hu_chain *k);
/* The same as a graph of few nodes: graph.c. */
void hu_chain_graph(struct hu_chain *k);
/* Says of one link what it waits for, holds or does: "shrinker_rwsem, to write, in
 * prealloc_shrinker". */
void hu_chain_say(struct hu_chain *k, const struct hu_link *link, struct hu_out *to);
void hu_chain_say_task(struct hu_chain *k, const struct hu_link *link, struct hu_out *to);

#endif
