/*
 * fleet/worker.h - processes of one bundle each. A worker that crashes, hangs or swallows memory
 * costs its bundle alone; all die with their parent, whatever kills it.
 *
 * The parent is one thread and trusts a worker in nothing: what it says comes in short framed
 * messages of bounded length, and is data.
 */
#ifndef HU_WORKER_H
#define HU_WORKER_H

#include "db/base.h"
#include "db/text.h"

struct hu_pool;
struct hu_worker; /* the worker's own end */

struct hu_worker_limits {
	int64_t seconds; /* of the clock on the wall; 0: none */
	int64_t bytes;	 /* of memory that is its own, not mapped files; 0: none */
};

enum hu_worker_fate {
	HU_WORKER_EXITED,  /* `number` is its exit status */
	HU_WORKER_SIGNAL,  /* … the signal that it died of, which was none of ours */
	HU_WORKER_TIMEOUT, /* … not set: we ended it */
	HU_WORKER_MEMORY,
	HU_WORKER_BABBLED, /* it said what no worker says */
};

struct hu_worker_end {
	enum hu_worker_fate fate;
	int number;
	struct hu_str complained; /* the end of what it wrote to standard error */
};

/* The longest thing that a worker may say, and how much of its complaints is kept. */
enum { HU_WORKER_SAY_MAX = 512 * 1024, HU_WORKER_COMPLAINT_MAX = 2048 };

struct hu_pool_ops {
	/* In the worker; what it returns is the exit status. */
	int (*work)(void *data, size_t slot, struct hu_worker *me);
	/* In the parent: a worker said something. */
	void (*heard)(void *data, size_t slot, char what, struct hu_str bytes);
	/* In the parent: it is gone, all it said was heard, and the slot is free again. */
	void (*ended)(void *data, size_t slot, const struct hu_worker_end *end);
};

/* In the worker. */
void hu_worker_say(struct hu_worker *me, char what, struct hu_str bytes);
char hu_worker_hear(struct hu_worker *me); /* waits for hu_pool_answer(); 0: the parent is gone */

struct hu_pool *hu_pool_create(size_t slots, const struct hu_worker_limits *limits,
			       const struct hu_pool_ops *ops, void *data);
size_t hu_pool_running(const struct hu_pool *pool);
bool hu_pool_free_slot(const struct hu_pool *pool, size_t *ret);
HU_MUST_CHECK struct hu_err *hu_pool_start(struct hu_pool *pool, size_t slot);
void hu_pool_answer(struct hu_pool *pool, size_t slot, char what);
/*
 * Waits until something happens, or `ms` milliseconds, or `fd` (-1: none) can be read, or a signal
 * arrives; calls what is to be called.
 */
void hu_pool_wait(struct hu_pool *pool, int ms, int fd);
/* Ends the workers that are still there, without a word about them, and frees. NULL is fine. */
void hu_pool_destroy(struct hu_pool *pool);

/* Milliseconds of a clock that nobody sets. */
int64_t hu_now_ms(void);

#endif
