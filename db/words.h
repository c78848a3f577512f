/*
 * db/words.h - the shared vocabulary: what readers say and analyzers ask, as fixed-size structs
 * without pointers. One struct, one table of schema.sql and one hu_put_*() per word. Every stamp is
 * in the clock of its source.
 */
#ifndef HU_WORDS_H
#define HU_WORDS_H

#include "db/base.h"

typedef uint32_t hu_name;  /* an interned text of this source; 0 is "none" */
typedef uint32_t hu_stack; /* a leaf of this source's caller tree; 0 is "none" */

/* The clock of a source's timestamps. */
enum hu_clock {
	HU_CLOCK_IN_FILE = 0, /* not known yet: the reader calls hu_put_source_clock() */
	HU_CLOCK_NONE,	      /* records carry no time */
	HU_CLOCK_TRACE_LOCAL, /* ftrace "local": sched_clock of each CPU */
	HU_CLOCK_TRACE_GLOBAL,
	HU_CLOCK_TRACE_COUNTER, /* an order, not a time */
	HU_CLOCK_UPTIME,	/* jiffies */
	HU_CLOCK_TSC,		/* cycles: no time without a multiplier */
	HU_CLOCK_PERF,		/* sched_clock */
	HU_CLOCK_PRINTK,	/* local_clock() */
	HU_CLOCK_MONOTONIC,
	HU_CLOCK_MONOTONIC_RAW,
	HU_CLOCK_BOOT,
	HU_CLOCK_TAI,
	HU_CLOCK_REALTIME,
	HU_CLOCK_LOCAL_TIME, /* wall clock without a zone */
	HU_CLOCK_COUNT
};

enum hu_context { HU_CTX_UNKNOWN = 0, HU_CTX_TASK, HU_CTX_SOFTIRQ, HU_CTX_HARDIRQ, HU_CTX_NMI };

struct hu_where {
	hu_ns ts; /* in the source's clock; settling maps it to case time; HU_OPEN: the capture does
		     not say */
	uint64_t pos;	  /* its place in the source: record (binary) or line (text), both from 1 */
	int32_t cpu;	  /* or HU_NONE */
	int32_t tid;	  /* the task it happened in; or HU_NONE */
	hu_stack stack;	  /* kernel stack, leaf first; 0 if the event carried none */
	uint32_t context; /* enum hu_context */
};

/* Why a task left the CPU: the letter of ps(1). HU_STATE_PREEMPTED is R with the kernel's "+" mark.
 */
enum hu_state {
	HU_STATE_UNKNOWN = 0,
	HU_STATE_RUNNING,
	HU_STATE_PREEMPTED,
	HU_STATE_SLEEPING,	  /* S */
	HU_STATE_UNINTERRUPTIBLE, /* D */
	HU_STATE_STOPPED,	  /* T */
	HU_STATE_TRACED,	  /* t */
	HU_STATE_DEAD,		  /* X, Z */
	HU_STATE_IDLE,		  /* I: uninterruptible, no load */
	HU_STATE_PARKED		  /* P */
};

struct hu_switch { /* `at.tid` leaves the CPU, `next` gets it; at.stack is the leaver's */
	struct hu_where at;
	int32_t next;
	uint32_t state; /* enum hu_state */
};

enum hu_wake_step { HU_WAKING = 1, HU_WAKEUP, HU_WAKEUP_NEW };

struct hu_wakeup { /* `at.tid` (at.context!) made `target` runnable */
	struct hu_where at;
	int32_t target;
	uint32_t step;
};

enum hu_lock_step {
	HU_LOCK_ASK = 1,  /* entered a blocking acquire: it will hold the lock when that returns */
	HU_LOCK_TRY,	  /* entered a trylock: nothing is known yet */
	HU_LOCK_RETURNED, /* the acquire or trylock that this task entered last has returned; often
			     without an address */
	HU_LOCK_WAIT,	  /* began to wait: slow path (contention_begin) */
	HU_LOCK_WAIT_END, /* stopped waiting; result 0 means: has the lock */
	HU_LOCK_RELEASE,  /* gave it back */
	HU_LOCK_RELEASE_CONTENDED /* gave it back while somebody waited (lock:contended_release) */
};
enum hu_lock_mode {
	HU_MODE_UNKNOWN = 0,
	HU_MODE_READ,
	HU_MODE_WRITE
}; /* write: also a mutex, a spin lock */
enum hu_lock_type {
	HU_LOCK_UNKNOWN = 0,
	HU_LOCK_RWSEM,
	HU_LOCK_MUTEX,
	HU_LOCK_SPIN,
	HU_LOCK_RWLOCK,
	HU_LOCK_PERCPU_RWSEM,
	HU_LOCK_RT,
	HU_LOCK_SEMAPHORE
};
/* What the probe really saw. A result is of HU_LOCK_RETURNED: nonzero is success for a trylock. */
enum { HU_KNOWS_ADDRESS = 1, HU_KNOWS_RESULT = 2, HU_KNOWS_MODE = 4, HU_KNOWS_NAME = 8 };

/*
 * One thing that a probe saw, as it saw it; pairing is an analyzer's work. A kprobe is recognised
 * by the probed function (its address through kallsyms) and argument position: its own name is
 * whatever somebody typed.
 */
struct hu_lock_event {
	struct hu_where at;
	uint64_t address; /* 0: unknown, only the name is */
	int64_t result;	  /* of `returned` and `wait_end`; meaningless without HU_KNOWS_RESULT */
	uint32_t step, mode, type, known;
	hu_name name;	  /* of the lock; 0: unknown, settling asks kallsyms */
	hu_name function; /* "down_read_trylock", "contention_begin" */
};

enum hu_step { HU_BEGIN = 1, HU_END };

struct hu_syscall {
	struct hu_where at;
	int64_t result; /* of HU_END */
	int32_t number; /* or HU_NONE */
	uint32_t step;
	hu_name name;	/* "mount", "umount": without sys_ or version digits the kernel adds; 0 if
			   only the number is known */
	hu_name detail; /* arguments as text, if the capture has them; 0 otherwise */
};

enum hu_reclaim_kind {
	HU_RECLAIM_KSWAPD = 1,	 /* mm_vmscan_kswapd_wake .. _sleep */
	HU_RECLAIM_KSWAPD_ASKED, /* mm_vmscan_wakeup_kswapd: an instant, step HU_BEGIN */
	HU_RECLAIM_DIRECT,
	HU_RECLAIM_MEMCG,
	HU_RECLAIM_MEMCG_SOFT,
	HU_RECLAIM_NODE,
	HU_RECLAIM_THROTTLED, /* mm_vmscan_throttled: an instant */
	HU_RECLAIM_COMPACTION,
	HU_RECLAIM_ALLOC_STALL /* a page allocation stall told by the kernel */
};

struct hu_reclaim {
	struct hu_where at;
	int64_t pages; /* reclaimed, of HU_END; or HU_NONE */
	int32_t order; /* or HU_NONE */
	int32_t node;  /* or HU_NONE */
	uint32_t kind, step;
	uint64_t
		memcg; /* cgroup id of the memory cgroup it is for (7.0 on); 0: none, or not told */
};

struct hu_shrink { /* mm_shrink_slab_start .. _end: one shrinker called once */
	struct hu_where at;
	uint64_t shrinker; /* address of the struct shrinker, 0 unknown */
	int64_t objects;   /* begin: freeable; end: freed; or HU_NONE */
	int32_t node;
	uint32_t step;
	hu_name function; /* "super_cache_scan" */
	uint64_t memcg;	  /* as in struct hu_reclaim */
};

struct hu_io {
	struct hu_where at;
	uint64_t sector;
	int64_t bytes;
	uint32_t device; /* major << 20 | minor; 0: only its name is known */
	uint32_t step;	 /* HU_BEGIN issue, HU_END complete */
	hu_name kind;	 /* rwbs */
};

/*
 * A stretch with a duration of its own: a funcslower line, a printed "cost=180ms", a syscall that
 * strace timed. at.ts is its end, or HU_OPEN where the record has no time. `label` is the wording,
 * its numbers and names taken out ("read lock held"); what it means is an analyzer's question.
 */
struct hu_span {
	struct hu_where at;
	hu_ns duration;
	uint64_t address; /* of the lock or object, 0 unknown */
	hu_name label;
	hu_name comm;	  /* as printed; 0 if only at.tid is known */
	hu_name function; /* what was timed, if the record says; 0 otherwise */
	hu_name name;	  /* the lock's name, if the record (or the script beside it) says */
	uint32_t known;	  /* HU_KNOWS_*; HU_KNOWS_RESULT: the script checks the trylock's result */
};

struct hu_sample { /* on a CPU at that moment; at.stack says where */
	struct hu_where at;
	hu_name event; /* "cpu-clock" */
	int64_t period;
};

enum hu_snapshot_kind {
	HU_SNAP_STACK = 1, /* /proc/PID/stack, SysRq-w/-t, a pasted call path */
	HU_SNAP_HUNG_TASK,
	HU_SNAP_WARNING, /* WARNING/BUG/Oops call trace */
	HU_SNAP_LOCKUP,	 /* soft or hard lockup, RCU stall */
	HU_SNAP_OOM,	 /* the call trace of an OOM kill */
	HU_SNAP_ALLOC_FAIL
};

struct hu_snapshot { /* one task's stack at one moment, with what the kernel said of it */
	struct hu_where at;
	hu_ns blocked;	 /* "blocked for more than 120 seconds"; 0 unknown */
	int32_t blocker; /* tid that the kernel named as the likely owner; or HU_NONE */
	uint32_t kind;	 /* enum hu_snapshot_kind */
	uint32_t state;	 /* enum hu_state */
	uint32_t lock_type;
	uint32_t blocker_mode; /* the <reader>/<writer> of the blocker line */
	hu_name comm;
	hu_name blocker_comm;
	hu_name text; /* the line that opened the block */
};

struct hu_counter { /* something was measured */
	hu_ns ts;
	uint64_t pos;
	double value;
	hu_name series;	  /* "vmstat.pgscan_direct", "psi.memory.some.avg10": the family first;
			     docs/store.md lists them */
	uint32_t running; /* 1: a running total; its differences mean something; 0: a level or a
			     rate */
};

#define HU_UNCOUNTED INT64_MIN

struct hu_aggregate { /* one row of a table or histogram that some tool printed */
	hu_ns ts;
	uint64_t pos;
	int64_t low, high; /* of a histogram bucket, in `unit`: [low, high); HU_OPEN if none */
	int64_t count;	   /* or HU_UNCOUNTED: the tool told the sum alone */
	int64_t total;	   /* or HU_NONE */
	hu_name table;	   /* "@wait_us" */
	hu_name key;	   /* "mountloop/0" */
	hu_name unit;
};

struct hu_message { /* one line of the kernel log */
	hu_ns ts;
	uint64_t pos;
	int32_t level; /* 0..7 or HU_NONE */
	int32_t tid;   /* caller id, or HU_NONE */
	hu_name text;
	uint32_t block; /* lines of one report (an OOM, a hung task) share a number > 0 of this
			   source; 0: a line on its own */
};

enum hu_task_step { HU_TASK_NAMED = 1, HU_TASK_FORKED, HU_TASK_EXECED, HU_TASK_EXITED };

struct hu_task {	    /* put when first seen and whenever it changes: not per event */
	struct hu_where at; /* at.tid is the task */
	int32_t tgid;	    /* or HU_NONE */
	int32_t parent;	    /* or HU_NONE */
	uint32_t step;
	hu_name comm;
};

enum hu_loss {
	HU_LOSS_DROPPED = 1, /* the tracer says so */
	HU_LOSS_UNPARSED,    /* we could not read it */
	HU_LOSS_TRUNCATED,   /* the file ends too early */
	HU_LOSS_MISSING	     /* a field or a fact that should be there is not */
};

/* Lost on `cpu` (HU_NONE: any) between its last record and its next: no pair may be believed across
 * it. */
struct hu_gap {
	hu_ns from, to; /* HU_OPEN: not known */
	int64_t count;	/* or HU_NONE */
	int32_t cpu;
	uint32_t kind; /* enum hu_loss */
	uint64_t pos;
};

/* "When clock `a` showed `ta`, clock `b` showed `tb`, give or take `slack`." */
struct hu_reading {
	hu_ns ta, tb, slack;
	uint64_t pos;
	uint32_t a, b; /* enum hu_clock */
};

#endif
