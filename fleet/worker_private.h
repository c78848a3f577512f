/* fleet/worker_private.h - the two sides of a worker: worker.c is the parent's, worker_child.c its
 * own. */
#ifndef HU_WORKER_PRIVATE_H
#define HU_WORKER_PRIVATE_H

#include <sys/types.h>

#include "fleet/worker.h"

struct hu_worker {
	int say, hear;
};

/* What is said begins with a byte that tells what it is, and four of its length. */
enum { HU_WORKER_HEADER = 5 };

bool hu_worker_write(int fd, const void *bytes, size_t len);

/*
 * In the child, first of all: nothing of the parent's is left to it but two pipes and a place to
 * complain, and it dies with the parent.
 */
struct hu_worker hu_worker_become(pid_t parent, int say, int hear, int complain, int64_t memory);

#endif
