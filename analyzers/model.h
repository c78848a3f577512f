/*
 * analyzers/model.h - what the events mean, as intervals: operations, waits, holds, sleeps,
 * reclaim. Built by one pass in time order over each source (sweep.c), extended from printed
 * records (printed.c) and kernel log blocks (hung.c), read by the questions. All times are case
 * time; an end that the capture never saw is HU_OPEN.
 */
#ifndef HU_MODEL_H
#define HU_MODEL_H

#include "analyzers/analyzer.h"
#include "analyzers/spill.h"
#include "analyzers/stacks.h"
#include "db/rows.h"
#include "db/table.h"
#include "db/text.h"

/* A growing array: `struct { T *at; size_t count, cap; }`. Pointers into it live until the next
 * push. */
#define HU_VEC(T)                                                                                  \
	struct {                                                                                   \
		T *at;                                                                             \
		size_t count, cap;                                                                 \
	}
void *hu_vec_grow(void *at, size_t *cap, size_t need, size_t size);
#define HU_PUSH(vec, item)                                                                         \
	((vec)->count == (vec)->cap                                                                \
		 ? (void)((vec)->at = hu_vec_grow((vec)->at, &(vec)->cap, (vec)->count + 1,        \
						  sizeof(*(vec)->at)))                             \
		 : (void)0,                                                                        \
	 (vec)->at[(vec)->count++] = (item))

/* The same for the vectors that grow with the capture (analyzers/spill.h); and their sorting. */
#define HU_PUSH_MUCH(m, vec, item)                                                                 \
	((vec)->count == (vec)->cap                                                                \
		 ? (void)((vec)->at = hu_spill_grow((m)->spill, (vec)->at, &(vec)->cap,            \
						    (vec)->count + 1, sizeof(*(vec)->at)))         \
		 : (void)0,                                                                        \
	 (vec)->at[(vec)->count++] = (item))
#define HU_SORT_MUCH(m, vec, compare)                                                              \
	((vec)->at = hu_spill_sort((m)->spill, (vec)->at, &(vec)->cap, (vec)->count,               \
				   sizeof(*(vec)->at), hu_spill_plain,                             \
				   &(struct hu_spill_order){compare}))

enum hu_how { HU_OBSERVED, HU_HANDED_OVER, HU_RECORDED_OWNER, HU_OVERLAPPING, HU_SIGNATURE };
const char *hu_how_name(enum hu_how how);

/* A row of the store: what a claim leads back to. */
struct hu_ref {
	const char *table; /* NULL: none */
	int64_t row;
	int64_t source;
	int64_t pos; /* 0: unknown */
};

/* A lock by whatever is known of it; two ids are the same lock if they are equal. */
struct hu_lock_id {
	uint64_t address; /* 0: known by name only */
	const char *name; /* NULL: no name; interned: equal texts are equal pointers */
};

struct hu_hold {
	struct hu_lock_id lock;
	int32_t tid;
	const char *comm; /* as printed; NULL: look the tid up */
	uint32_t mode, type;
	hu_ns from, to;
	bool open;  /* the capture ended first */
	bool loose; /* counted from the acquire's entry: it may have spun there for a while */
	bool timed; /* false: from and to are not on the axis, only the duration is known */
	hu_ns duration;
	enum hu_how how;
	hu_stack_id stack; /* at the release if known, else at the acquire */
	bool in_table;	/* a table's longest of its caller: a hold, with its lock, without a time */
	hu_ns at_least; /* then: so much of the table's longest wait was its doing, by sums */
	hu_ns table_wait; /* that wait, and whose it was */
	int32_t table_waiter;
	struct hu_ref begin, end;
};

struct hu_wait {
	struct hu_lock_id lock;
	int32_t tid;
	const char *comm;
	uint32_t mode, type;
	hu_ns from, to;
	bool open, timed;
	hu_ns duration;
	bool printed; /* somebody's script says so; no events */
	hu_stack_id stack;
	struct hu_ref begin, end;
};

/* Off the CPU between a switch away and the next one back. */
struct hu_sleep {
	hu_ns from, woken, to; /* woken HU_OPEN: no wakeup seen */
	uint32_t state;
	int32_t cpu; /* it came back there; HU_NONE: not known */
	hu_stack_id stack;
	struct hu_ref begin;
	int32_t waker; /* who ran when it was woken; HU_NONE: not seen */
	uint32_t waker_context;
	struct hu_ref wake;
};

/* A sleep of any task that may stand behind somebody's stall: one of a hundredth of the threshold
 * or more. */
struct hu_nap {
	int32_t tid;
	int64_t source;
	struct hu_sleep sleep;
};

/* Where one task's time went, as one source saw it. */
struct hu_task_time {
	int32_t tid;
	int64_t source;
	hu_ns running, runnable, blocked, sleeping; /* R on a CPU, R without one, D, S */
	int64_t switches, wakeups;
};

struct hu_op {
	const char *name; /* "mount", "umount" … */
	int32_t tid;
	const char *comm;
	hu_ns from, to;
	bool open;     /* the capture ended first: at least so long */
	bool timed;    /* false: no stamps (a call path somebody pasted) */
	bool tail;     /* reaches past the syscall's exit, into task work */
	bool inferred; /* no operation was traced: a wait whose stack says in which call it happened
			*/
	bool blind; /* not every switch of its task was recorded: where it was not seen asleep, it
		       may have slept all the same */
	hu_ns duration;
	hu_stack_id stack; /* of an inferred one */
	struct hu_ref begin, end;
	/* of a stalled one: what it slept in; and, once classified, the index of its incident's
	 * cause */
	size_t sleep_first, sleep_count; /* in hu_model.sleeps; hu_op_sleep() */
	int cause;			 /* -1: none */
};

struct hu_scan { /* one call of one shrinker */
	int32_t tid;
	hu_ns from, to;
	bool open;
	const char *function;
	uint64_t shrinker;
	struct hu_ref begin;
	uint64_t memcg; /* cgroup id; 0: none, or not told */
};

struct hu_session { /* kswapd awake, or one direct reclaim */
	int32_t tid;
	uint32_t kind;
	hu_ns from, to;
	bool open;
	struct hu_ref begin;
	uint64_t memcg; /* cgroup id; 0: none, or not told */
};

struct hu_handover { /* a release while somebody waited: who gave the lock away */
	struct hu_lock_id lock;
	int32_t tid;
	hu_ns at;
	uint32_t mode;
	hu_stack_id stack;
	struct hu_ref ref;
	bool bare;   /* a wakeup without a stack */
	hu_ns since; /* it came into the kernel then; INT64_MIN: not known */
};

struct hu_by_lock { /* under its address and under its name: analyzers/lane.h */
	uint64_t key;
	size_t index;
};
typedef HU_VEC(struct hu_by_lock) hu_by_locks;

struct hu_lost { /* case time; ends HU_OPEN where unknown */
	int32_t cpu;
	hu_ns from, to;
	int64_t count;
	int64_t source;
	bool damage; /* its data was there, and is not what was written */
	bool late;   /* no loss: the record of this CPU begins so much later than the others' */
};

struct hu_surveyed { /* analyzers/survey.h */
	int64_t source;
	bool filtered; /* not every switch was recorded: who comes back to a CPU is often not seen
			*/
	bool whole;    /* every switch was, for long enough to tell */
};

struct hu_swept { /* a source whose events were swept */
	int64_t source;
	bool blind; /* not every switch was recorded: who was not seen asleep may have slept */
	hu_ns offset, slack;
	const char *clock; /* interned */
};

struct hu_taken { /* the last acquire of a lock, and the last one by another task than that */
	hu_ns at, before;
	int32_t tid;
};

struct hu_lock_use { /* analyzers/locks_ended.c */
	struct hu_lock_id lock;
	int64_t source;
	struct hu_taken read, write;
	/* In each mode: a release was recorded; a hold has ended, recorded or not. */
	bool read_released, write_released, read_ended, write_ended;
};

struct hu_born { /* a task was forked during the capture; or exited */
	int32_t tid;
	hu_ns at;
};

struct hu_hash_vote { /* so many waits of this hash were waits for that lock */
	const char *hashed;
	struct hu_lock_id lock;
	int64_t votes;
};

struct hu_recorded { /* a source that is on the axis: what it can have seen */
	int64_t source;
	hu_ns from, to;
	hu_ns slack;	  /* of its place on the axis */
	int64_t together; /* the first of the sources that recorded the same calls as this one;
			     itself if none did */
};

struct hu_traced {
	int32_t tid;
	hu_ns from, to;
};

struct hu_model {
	struct hu_store *store;
	struct hu_options options;
	char *folder;		/* the store's; NULL: it is in memory */
	struct hu_spill *spill; /* what HU_PUSH_MUCH() fills */
	struct hu_stacks stacks;
	HU_VEC(struct hu_op) ops;	/* all of them, without sleeps unless stalled */
	HU_VEC(struct hu_sleep) sleeps; /* theirs, those of one behind each other */
	HU_VEC(struct hu_wait) waits;
	HU_VEC(struct hu_hold) holds;
	HU_VEC(struct hu_nap) naps; /* by tid and time, once the causes are looked for */
	HU_VEC(struct hu_task_time) times;
	HU_VEC(struct hu_born) born; /* by tid, as far as they are sorted */
	size_t born_sorted;
	HU_VEC(struct hu_born) died; /* by tid and time */
	HU_VEC(struct hu_scan) scans;
	HU_VEC(struct hu_session) sessions;
	HU_VEC(struct hu_handover) handovers;
	HU_VEC(struct hu_lost) lost;
	HU_VEC(struct hu_lock_id) locks; /* every address with its name, by address */
	HU_VEC(struct hu_lock_use) uses; /* of each lock, in the source that is being swept */
	struct hu_table uses_table;
	HU_VEC(struct hu_surveyed) surveyed;
	HU_VEC(const char *) returning; /* functions whose returns were probed; interned */
	hu_by_locks holds_by_lock, waits_by_lock;
	HU_VEC(char *) strings;	       /* interned; sorted */
	HU_VEC(const char *) names;    /* by name.id, as far as they were asked for */
	HU_VEC(struct hu_swept) swept; /* by source */
	HU_VEC(struct hu_hash_vote) hash_votes;
	HU_VEC(struct hu_recorded) recorded; /* by source */
	HU_VEC(struct hu_traced) traced;     /* the swept operations, by tid and time */
	struct hu_comm {
		int32_t tid;
		hu_ns at; /* from then on; INT64_MIN: not known since when */
		const char *comm;
	} * comms; /* by tid and time */
	size_t comm_count;
	hu_ns from, to; /* the window: what all aligned event sources cover */
	bool any_time;
	bool cut;	     /* an event capture ends too early: what is missing is not known */
	bool blocked_stacks; /* where every switch was recorded, blocked tasks left their stacks: a
				long wait would show */
	bool wide_gap; /* so many events were lost at a stretch that a stall fits in, or nobody
			  knows how many */
	bool lossy;    /* the tracer lost events, told or seen by what does not fit */
	int64_t silent_losses; /* breaks in who follows whom on a CPU that no loss explains */
	int64_t unmeasured;    /* sleeps in mounts and umounts that no call was recorded around */
	int64_t long_sleeps;   /* uninterruptible, of the threshold or more, in a call that was not
				  recorded */
	int64_t torn_stalls;   /* calls torn by losses that may have been stalls */
	int64_t lost_events, torn_pairs, failed_tries, unmatched_releases, impossible,
		odd_ids;	     /* records of CPUs or tasks that Linux cannot have */
	HU_VEC(int32_t) failed_tids; /* who failed a trylock, sorted, each once */
	/* what was recorded at all, for the analyzers' needs */
	bool have_switches, have_syscalls, have_lock_events, have_contention, have_shrink,
		have_reclaim, have_spans, have_snapshots, have_samples, have_counters;
};

static inline const struct hu_sleep *hu_op_sleep(const struct hu_model *m, const struct hu_op *op,
						 size_t i)
{
	return &m->sleeps.at[op->sleep_first + i];
}
/* One more: all of an operation's before the first of the next one. */
static inline void hu_op_add_sleep(struct hu_model *m, struct hu_op *op, struct hu_sleep sleep)
{
	if (!op->sleep_count)
		op->sleep_first = m->sleeps.count;
	HU_PUSH_MUCH(m, &m->sleeps, sleep);
	op->sleep_count++;
}

struct hu_err *hu_model_build(struct hu_store *store, const struct hu_options *options,
			      struct hu_model *ret);
void hu_model_deinit(struct hu_model *m);

/* Sorts waits, naps and scans by task and time, holds by their beginning: after that none may be
 * added. */
void hu_model_sort(struct hu_model *m);
void hu_lanes_index(struct hu_model *m); /* a part of it: lane.c */
/* Who gave a lock away held it before: adds those holds, and sorts again. */
void hu_handovers(struct hu_model *m);
/* Those of one task: [*first, return value) of model.waits, of model.naps, of model.scans. */
size_t hu_model_waits(const struct hu_model *m, int32_t tid, size_t *first);
size_t hu_model_naps(const struct hu_model *m, int32_t tid, size_t *first);
size_t hu_model_scans(const struct hu_model *m, int32_t tid, size_t *first);
/* `tid` did not exist before; hu_model_birth() is the latest such moment up to `before`, or
 * INT64_MIN: ids are used again. */
void hu_model_born(struct hu_model *m, int32_t tid, hu_ns at);
hu_ns hu_model_birth(const struct hu_model *m, int32_t tid, hu_ns before);
/* Give or take so much of case time; 0 for a source that is not on the axis. */
hu_ns hu_model_slack(const struct hu_model *m, int64_t source);
/* Not every switch of that source is in it. */
bool hu_model_blind(const struct hu_model *m, int64_t source);

/* Of an interval with these ends: the capture did not see every begin. */
int64_t hu_model_source(const struct hu_ref *begin, const struct hu_ref *end);
/* Sources that recorded the same calls give one number; a capture of another hour gives its own. */
int64_t hu_model_together(const struct hu_model *m, int64_t source);

/* Interned for the model's life; NULL for the empty text. */
const char *hu_model_string(struct hu_model *m, struct hu_str text);
/* The text of name.id, interned likewise; NULL for 0. */
const char *hu_model_name(struct hu_model *m, int64_t id);
/* "kswapd0", or "tid 45" where no name is known. */
const char *hu_model_comm(struct hu_model *m, int32_t tid);
/* The name that it had then: a shell takes that of what it executes. */
const char *hu_model_comm_at(struct hu_model *m, int32_t tid, hu_ns at);
/* `name`: interned, for a lock whose address has no name. */
struct hu_lock_id hu_model_lock(struct hu_model *m, uint64_t address, const char *name);
/* The lock that a stack in a lock function names: by the function behind it, known or not. */
struct hu_lock_id hu_stack_lock(struct hu_model *m, hu_stack_id stack);
/* A stack of a wakeup that some unlock function made; *frame: who unlocked, NULL if the stack ends
 * there. */
bool hu_stack_unlocks(const struct hu_stacks *s, hu_stack_id stack, const char **frame);
bool hu_lock_same(struct hu_lock_id a, struct hu_lock_id b);
bool hu_lock_unknown(struct hu_lock_id a); /* neither address nor name */
/* Known by the hash that a text printed instead of its address ("hashed 3c31dc02"): one lock from
 * another, of this boot. */
bool hu_lock_hashed(struct hu_lock_id a);
/* Its name is no name but says where it was taken, or by whom: "a lock taken in foo". */
bool hu_lock_described(struct hu_lock_id a);
/* How much of [from, to) the traced operations of `tid` cover; they are indexed when the sweep is
 * over. */
hu_ns hu_model_covered(const struct hu_model *m, int32_t tid, hu_ns from, hu_ns to);
/* A shell pattern, as `--lock` and `--task` take it. */
bool hu_glob(const char *pattern, const char *text);
/* Overlap of two intervals, 0 if none. */
hu_ns hu_overlap(hu_ns a_from, hu_ns a_to, hu_ns b_from, hu_ns b_to);

/* The parts of hu_model_build(). */
struct hu_err *hu_sweep(struct hu_model *m);
struct hu_err *hu_printed(struct hu_model *m);
struct hu_err *hu_table_holds(struct hu_model *m);
struct hu_err *hu_hung(struct hu_model *m);
struct hu_err *hu_sampled(struct hu_model *m);

#endif
