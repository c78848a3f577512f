/* analyzers/task_state.h - what the sweep keeps of each task while it walks the events: shared by
 * sweep.c and its lock half. */
#ifndef HU_TASK_STATE_H
#define HU_TASK_STATE_H

#include "analyzers/model.h"

enum { HU_PENDING_MAX = 8, HU_HELD_MAX = 32 };

struct hu_pending { /* entered an acquire, not back yet */
	struct hu_lock_id lock;
	uint32_t mode, type;
	const char *function;
	hu_ns ts;
	bool try, slept, contended;
	bool at_lock; /* and the stack of that sleep is in a lock function */
	bool over; /* the task has done since what it cannot do while it waits: it got the lock, or
		      gave up, nobody saw when */
	bool has;  /* asleep for something else since, inside the same call: it has the lock */
	hu_ns has_at; /* from then on, at the latest */
	hu_stack_id stack;
	struct hu_ref ref;
};

struct hu_held {
	struct hu_lock_id lock;
	uint32_t mode, type;
	hu_ns ts;
	/* false: only its release proves it (a trylock without a result, a wait that ended without
	 * a probed return) */
	bool proven;
	hu_stack_id stack;
	struct hu_ref ref;
};

struct hu_contended { /* between contention_begin and _end */
	bool on;
	struct hu_lock_id lock;
	uint32_t mode, type;
	hu_ns ts;
	hu_stack_id stack;
	struct hu_ref ref;
};

struct hu_task_state {
	int32_t tid;
	/* on a CPU */
	int32_t cpu; /* HU_NONE: not on any, as far as known */
	hu_ns on_since;
	/* off it */
	bool off;
	bool left_in_gap; /* it left its CPU while another one lost events: where it ran since is
			     not known */
	struct hu_sleep sleep;
	struct hu_task_time time;
	bool newborn;	 /* its first wakeup was recorded */
	hu_ns seen;	 /* its last call's begin or end; HU_OPEN: none yet */
	bool torn;	 /* its last call was torn apart by a loss */
	hu_ns torn_from; /* which began then */
	/* in a call */
	bool in_call;
	const char *call;
	size_t entry; /* of it in hu_sweep.entered */
	hu_ns call_from;
	struct hu_ref call_ref;
	/* after a call's exit: task work may still belong to it */
	int64_t tail_op; /* index into ops, -1: none */
	bool tail_live;
	HU_VEC(struct hu_sleep) sleeps; /* since call_from, or of the tail */
	struct hu_pending pending[HU_PENDING_MAX];
	size_t pending_count;
	struct hu_held held[HU_HELD_MAX];
	size_t held_count;
	struct hu_contended contended;
	/* reclaim */
	struct hu_session session;
	bool in_session;
	struct hu_scan scan[4];
	size_t scan_count;
};

/* One lock event of `t`. */
struct hu_lock_row {
	hu_ns ts;
	uint32_t step, mode, type, known;
	int64_t result;
	struct hu_lock_id lock;
	const char *function;
	hu_stack_id stack;
	struct hu_ref ref;
};

void hu_locks_event(struct hu_model *m, struct hu_task_state *t, const struct hu_lock_row *row);
/* The task slept, in that state: whatever acquire is pending, it waited, if one waits like that. */
void hu_locks_slept(struct hu_task_state *t, uint32_t state, bool at_lock);
/* It was off its CPU, not runnable, for this long: a wait that no lock event tells of, if the stack
 * says so. */
void hu_locks_nap(struct hu_model *m, struct hu_task_state *t, const struct hu_sleep *sleep);
/* Woken out of a wait for a lock by a task whose stack is in the unlock path (kernel-facts 1.9). */
void hu_locks_woken(struct hu_model *m, const struct hu_task_state *t, int32_t waker, hu_ns since,
		    hu_ns at, hu_stack_id stack, struct hu_ref ref);
/*
 * Events are lost from `from` on: nothing that is open may be paired with what comes after. What is
 * proved until then stays, as an interval that lasted at least so long.
 */
void hu_locks_torn(struct hu_model *m, struct hu_task_state *t, hu_ns from);
/* It enters a call, or leaves one: it takes no lock along but those of who froze a filesystem or
 * the like, and when it gave the others up nobody saw. */
void hu_locks_border(struct hu_model *m, struct hu_task_state *t);
/* It entered an acquire and is not known to be past it, or an event says that it queues. */
bool hu_locks_waiting(const struct hu_task_state *t);
/* A shrinker is called: before 6.7 that happens under shrinker_rwsem alone (mm/vmscan.c,
 * shrink_slab()), so a trylock of it that nobody saw the result of has succeeded. */
void hu_locks_in_shrinker(struct hu_model *m, struct hu_task_state *t);
/* It sleeps where no lock is waited for: the acquires that it entered are behind it. */
void hu_locks_passed(struct hu_model *m, struct hu_task_state *t, hu_ns ts);
/* The source ended: what is still open stays so. */
void hu_locks_end(struct hu_model *m, struct hu_task_state *t, hu_ns end);

#endif
