/*
 * analyzers/oncpu.h - CPUs burnt spinning for a lock. Spinning is no waiting: the task is on its
 * CPU, and from before 5.19 no event tells of it; even later lock:contention_begin is silent for
 * who spins on the pending bit (kernel/locking/qspinlock.c; docs/evidence.md). Profile samples show
 * it.
 */
#ifndef HU_ONCPU_H
#define HU_ONCPU_H

#include "analyzers/conclude.h"

struct hu_spinner {
	int32_t tid;
	int64_t samples;
};

struct hu_spin_stack {
	hu_stack_id stack;
	int64_t samples;
	int64_t row; /* the first such sample */
};

/* Spinning called from one function, in one capture. */
struct hu_spin {
	const char *caller; /* "mntput_no_expire" */
	const char *lock;   /* NULL: not known which lock that function takes */
	int64_t source, event;
	const char *path;     /* of the source */
	int64_t samples, all; /* so many of so many of this capture */
	double share;
	int64_t period; /* of one sample; nanoseconds for clock events; 0: not known */
	bool clock;
	HU_VEC(struct hu_spinner) tasks; /* most samples first */
	HU_VEC(struct hu_spin_stack) stacks;
	char id[24];
};

struct hu_spins {
	HU_VEC(struct hu_spin) at; /* by share, largest first; those worth an incident */
	int64_t samples; /* profile samples with a kernel stack or in user space, in all */
	double most;	 /* the largest share of any caller, worth an incident or not */
	const char *most_caller;
	bool stacks; /* some sample carries a kernel stack */
};

/* Spinning counts from here on: fewer may be chance, and no fix would be felt. */
enum { HU_SPIN_LEAST_SAMPLES = 20 };
#define HU_SPIN_LEAST_SHARE 0.05

void hu_spins_find(struct hu_conclusion *c, struct hu_spins *ret);
void hu_spins_deinit(struct hu_spins *s);
/* An incident without a victim. */
void hu_conclude_spin(struct hu_conclusion *c, const struct hu_spin *spin, int rank);
/* "13.6 % of the CPU samples were spent spinning for mount_lock …", without a full stop. */
void hu_say_spin(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to);

#endif
