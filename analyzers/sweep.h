/* analyzers/sweep.h - what the files of the sweep share: one walk over one source. */
#ifndef HU_SWEEP_H
#define HU_SWEEP_H

#include "analyzers/task_state.h"
#include "db/events.h"

enum {
	HU_CURSOR_SWITCH,
	HU_CURSOR_WAKEUP,
	HU_CURSOR_LOCK,
	HU_CURSOR_SYSCALL,
	HU_CURSOR_RECLAIM,
	HU_CURSOR_SHRINK,
	HU_CURSORS
};

struct hu_cursor {
	struct hu_events *e;
	bool more;
	hu_ns ts;
	uint64_t pos;
	int32_t cpu, tid;
	hu_stack_id stack;
	int64_t row;
};

struct hu_entered {	  /* since when entries of a call are recorded on a CPU, at the latest */
	const char *call; /* interned */
	int32_t cpu;
	hu_ns first;
	bool returned; /* from one that began there an exit was seen */
	bool again;    /* after one that began there the task entered another call, without */
};

struct hu_sweep {
	struct hu_model *m;
	int64_t source;
	hu_ns offset, now;
	bool filtered; /* not every switch was recorded: who comes back to a CPU is often not seen
			*/
	bool blind;    /* that, or none at all */
	bool whole;    /* hu_surveyed.whole */
	bool damaged;  /* its data is not what was written, here or there */
	HU_VEC(struct hu_entered) entered; /* some dozen calls, by CPU */
	size_t first_op;		   /* of this source, in hu_model.ops */
	HU_VEC(bool) cpus;		   /* that any event was on */
	HU_VEC(struct hu_op) cut;	   /* calls that were under way when the source began */
	struct hu_cursor cursor[HU_CURSORS];
	HU_VEC(struct hu_task_state) tasks; /* sorted by nothing; found through `index` */
	HU_VEC(uint32_t)
	index; /* tid → place + 1, for tids below 4M; larger ones are not Linux's */
	size_t next_lost;
	HU_VEC(size_t) gaps; /* losses that began and have not ended yet */
};

/* Where the row under a cursor is in the store. */
struct hu_ref hu_sweep_ref(const struct hu_sweep *s, int kind);

/* calls.c: system calls and their tails as operations. */
void hu_calls_event(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c);
bool hu_calls_is_stall(const struct hu_sweep *s, hu_ns from, hu_ns to);
void hu_calls_drop_sleeps(struct hu_task_state *t);
void hu_calls_close(struct hu_sweep *s, struct hu_task_state *t, hu_ns end, struct hu_ref ref,
		    bool open);
/* The source ended: which of the calls that it began in are to be believed. */
void hu_calls_finish(struct hu_sweep *s);
void hu_calls_settle(struct hu_sweep *s, struct hu_task_state *t);
/* The task's last switch: exit_group() has no exit event, and whoever was killed in a call none. */
void hu_calls_die(struct hu_sweep *s, struct hu_task_state *t, hu_ns at);
/* Of the operation that has a tail: a call that is known to work on behind its exit, where no stack
 * shows it (kernel-facts 1.12). */
bool hu_calls_has_tail(const struct hu_sweep *s, const struct hu_task_state *t);
void hu_calls_extend(struct hu_sweep *s, struct hu_task_state *t, hu_ns to);
void hu_calls_infer(struct hu_sweep *s, const struct hu_task_state *t,
		    const struct hu_sleep *sleep);

/* reclaim.c */
void hu_reclaim_event(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c);
void hu_shrink_event(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c);

/* losses.c: no pair is believed across lost events. */
void hu_losses_pass(struct hu_sweep *s, hu_ns now);
/*
 * `t` is about to do something on `cpu` while that one loses events, though of some it still tells:
 * pages of its ring that are not in their place. What `t` had open may have ended in between.
 */
void hu_losses_amid(struct hu_sweep *s, struct hu_task_state *t, int32_t cpu);
/* `t` did something: was it torn out of a call that by now may be a stall? */
void hu_losses_seen(struct hu_sweep *s, struct hu_task_state *t);
/* Up to `until` it is as it was, but for losses that last: then only until it was last seen to come
 * to a CPU, or to leave it, where that CPU loses events or nobody knows which does. */
hu_ns hu_losses_known(const struct hu_sweep *s, const struct hu_task_state *t, hu_ns until);
void hu_losses_tear(struct hu_sweep *s, struct hu_task_state *t, hu_ns from);

#endif
