/*
 * analyzers/stacks.h - what a kernel stack says: in which call the task was, what it slept for,
 * which lock it wanted or gave back. Loaded once; questions about a stack are cached by its leaf.
 */
#ifndef HU_STACKS_H
#define HU_STACKS_H

#include "analyzers/lockmap.h"
#include "db/store.h"
#include "db/text.h"

typedef int64_t hu_stack_id; /* stack.id; 0 is none */

enum hu_why { /* what a task sleeps for, by its stack */
	      HU_WHY_UNKNOWN = 0,
	      HU_WHY_LOCK,
	      HU_WHY_GRACE_PERIOD, /* RCU or SRCU */
	      HU_WHY_IO,
	      HU_WHY_WRITEBACK,
	      HU_WHY_RECLAIM_THROTTLE,
	      HU_WHY_FREEZE, /* a frozen filesystem: sb_start_write */
	      HU_WHY_WORK,   /* flush_work and the like */
	      HU_WHY_TIMER,
	      HU_WHY_PAGE_LOCK,	 /* the lock bit of a page or folio, which I/O often holds */
	      HU_WHY_BUFFER,	 /* the lock bit of a buffer head */
	      HU_WHY_BIT_LOCK,	 /* another bit of a word: an inode's state, a cookie's */
	      HU_WHY_JOURNAL,	 /* room in a journal, or the commit of a transaction */
	      HU_WHY_NETWORK,	 /* a socket, an RPC server */
	      HU_WHY_COMPLETION, /* the stack does not tell whose */
	      HU_WHY_MEMORY,	 /* an allocation that retries, a mempool, the OOM killer */
	      HU_WHY_DAEMON,	 /* a process that serves the kernel: FUSE, userfaultfd, autofs */
	      HU_WHY_EVENT, /* by its own will: poll, futex, pipe, a child's end, work to come */
	      HU_WHY_COUNT
};
const char *hu_why_name(enum hu_why why);

struct hu_stack_facts {
	bool done;
	const char *call; /* the system call it is in: "mount", "umount"; NULL: unknown */
	bool task_work;	  /* on the way back to user space */
	bool exiting;	  /* in do_exit() */
	bool locking;	  /* a lock function is in it, at any depth */
	bool in_reclaim, in_kswapd, in_shrink_slab;
	enum hu_why why;
	const char *wait_frame; /* the frame that says why: "synchronize_rcu_expedited" */
	const char *lock;	/* the lock that the caller frame names, for a stack in an acquire:
				   "shrinker_rwsem" */
	uint32_t lock_mode, lock_type;
	const char *lock_frame; /* the first frame behind the lock functions: "prealloc_shrinker",
				   "shrink_slab" */
};

struct hu_stacks {
	struct frame_row {
		int64_t caller;
		const char *symbol;
	} * frame; /* by id */
	size_t count;
	struct hu_stack_facts *facts;
	char *text;
	bool mutex_kernel; /* 6.7 and later: shrinker_mutex */
};

HU_MUST_CHECK struct hu_err *hu_stacks_load(struct hu_store *store, struct hu_stacks *ret);
void hu_stacks_deinit(struct hu_stacks *s);

const struct hu_stack_facts *hu_stack_facts(struct hu_stacks *s, hu_stack_id id);
/* Frames leaf first; NULL at the end. */
const char *hu_stack_frame(const struct hu_stacks *s, hu_stack_id id, size_t depth);
/* The first one that is not the scheduler's or a probe's; NULL: there is none, or it has no name.
 */
const char *hu_stack_top(const struct hu_stacks *s, hu_stack_id id);
bool hu_stack_has(const struct hu_stacks *s, hu_stack_id id, const char *symbol);
/* Joined leaf first by `separator`, scheduler and probe frames on top left out. */
void hu_stack_text(const struct hu_stacks *s, hu_stack_id id, const char *separator,
		   struct hu_out *to);

/* Frames that are part of locking itself ("down_write", "rwsem_down_write_slowpath", "up_read"). */
bool hu_is_lock_function(const char *symbol);
/* enum hu_lock_type, as far as such a function's name tells. */
uint32_t hu_lock_function_type(const char *symbol);

#endif
