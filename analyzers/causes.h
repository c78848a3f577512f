/*
 * analyzers/causes.h - from stalled operations to incidents: what each one waited for, and who was
 * in the way.
 */
#ifndef HU_CAUSES_H
#define HU_CAUSES_H

#include "analyzers/model.h"

enum hu_part_kind {
	HU_PART_LOCK,	  /* waited for part.lock */
	HU_PART_SLEEP,	  /* slept for part.why */
	HU_PART_RUNNABLE, /* ready, without a CPU */
	HU_PART_RUNNING,
	HU_PART_UNKNOWN /* not recorded */
};

/* A share of one operation's time. */
struct hu_part {
	enum hu_part_kind kind;
	struct hu_lock_id lock;
	enum hu_why why;
	uint32_t mode, type;
	hu_stack_id stack; /* of the longest stretch */
	hu_ns longest;
	hu_ns ns;
	const char *frame;
};

typedef HU_VEC(struct hu_part) hu_parts;

struct hu_holder {
	int32_t tid; /* or HU_NONE: known by its printed name only */
	const char *comm;
	const char *role;
	enum hu_how how;
	size_t holds;
	hu_ns longest, blocking;
	hu_ns in_worst;	     /* of blocking, what lies in the worst operation */
	size_t longest_hold; /* index into model.holds */
	double share;
	const char *doing; /* NULL: not known */
	hu_ns doing_ns;
	size_t doing_scan; /* index into model.scans; SIZE_MAX: known from the stack */
	bool fellow;	   /* itself a victim of this lock, and quick about it */
	uint32_t mode;
};

struct hu_cause {
	struct hu_part part;	      /* what they all waited for; ns is their sum */
	HU_VEC(size_t) ops;	      /* stalled ones, worst first */
	HU_VEC(const char *) kinds;   /* their distinct names */
	struct hu_table holder_table; /* tid → place in holders + 1, while they are collected */
	HU_VEC(struct hu_holder) holders; /* most blocking first; fellows last */
	int64_t window; /* in which its operations were recorded (windows.h); HU_NONE: not known */
	hu_ns total;	/* of the operations */
	hu_ns blocked;	/* of the waits in them */
	hu_ns covered;	/* of blocked, by any holder that is no fellow */
	hu_ns estimate_worst; /* worst operation with the named holders' holds removed; -1: none */
	bool timed;
	int64_t operations; /* of the victims' kinds, in all; -1: most were not traced */
	size_t inferred; /* stalled ones that their waits alone tell of: not among `operations` */
	hu_ns median;	 /* of `operations`; -1 likewise */
	HU_VEC(int64_t)
	captures; /* that recorded its calls: hu_model_together(); none: only waits are known */
	const char *label; /* "shrinker_rwsem", "an RCU grace period" */
	const char *confidence;
	const char *behind; /* what the holder itself waited for, to the end; NULL: it worked */
	bool deadlock;	    /* the worst one's chain is a circle */
	char id[24];
};

struct hu_causes {
	HU_VEC(struct hu_cause) at;
	size_t stalled;	  /* operations */
	size_t by_design; /* as long, and no stall: they sleep for as long as their caller likes */
};

/* Sorts the model's waits and holds, classifies, groups, finds holders. */
void hu_causes_find(struct hu_model *m, struct hu_causes *ret);
void hu_causes_deinit(struct hu_causes *c);

/* The parts of one operation, longest first; they add up to its duration. Free ret->at. */
void hu_op_parts(struct hu_model *m, const struct hu_op *op, hu_parts *ret);
/* Nothing says what it waited for. */
bool hu_part_nameless(const struct hu_part *part);
/* The waits of the operation's task: those in [*first, return value) of model.waits, by time. */
size_t hu_op_waits(const struct hu_model *m, const struct hu_op *op, size_t *first);
/* One of them lies, at least in part, in the operation. */
bool hu_wait_of(const struct hu_model *m, const struct hu_wait *w, const struct hu_op *op);
/* Some stalled operation of the cause has this name. */
bool hu_cause_is_kind(const struct hu_cause *c, const char *name);
/* The operation was recorded together with the cause's own: calls of another capture of the bundle,
 * at another time and with other probes, are no population to compare these with. */
bool hu_cause_watched(const struct hu_model *m, const struct hu_cause *c, const struct hu_op *op);
/* "found" if it is known what, and of a lock who, was in the way; "undecided" otherwise. */
const char *hu_cause_outcome(const struct hu_cause *cause);
void hu_find_holders(struct hu_model *m, struct hu_cause *c);
/* "high", "medium" or "low", once its holders are known: confidence.c. */
const char *hu_confidence_of(const struct hu_model *m, const struct hu_cause *c);
/* "kswapd", "direct_reclaim", "drop_caches", "kworker", "user" …: what a task was about. */
const char *hu_role_of(struct hu_model *m, const char *comm, hu_stack_id stack);
/* Records of holds that contradict each other: contradictions.c. */
int64_t hu_two_owners(const struct hu_model *m, const struct hu_lock_id *lock);
const char *hu_lock_type_name(uint32_t type); /* NULL: not known */
const char *hu_lock_word(uint32_t type);      /* "rwsem"; "lock" where that is not known */
const char *hu_mode_name(uint32_t mode);

#endif
