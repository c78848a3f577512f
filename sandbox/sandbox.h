/*
 * sandbox/sandbox.h - walls around a process that reads what strangers sent, and a watched child
 * to do that in.
 *
 * hu_sandbox_enter() confines the calling process, for good: no network, no new program, no other
 * process, no file but those named, and no more memory, time and files than allowed. What the
 * kernel of this host cannot do is told and left out; hu_child_start() is a fork() whose child ends
 * in such walls and talks through one pipe.
 *
 * It knows nothing of bundles: db/base.h is all it may include.
 */
#ifndef HU_SANDBOX_H
#define HU_SANDBOX_H

#include <sys/types.h>

#include "db/base.h"

/* What this host or build has not got: bits of hu_sandbox_lacks(). */
enum {
	HU_LACKS_LANDLOCK = 1,	/* files are out of bounds by Landlock (Linux 5.13) */
	HU_LACKS_SECCOMP = 2,	/* the kernel has no filter, or a container forbids to set one */
	HU_LACKS_LIBSECCOMP = 4 /* this build has none to set */
};

enum hu_sandbox_kind {
	/* Reads bundles: a list of allowed system calls; no process, thread or socket can be made.
	 */
	HU_SANDBOX_READER,
	/*
	 * Does a whole job with children of its own (a worker of "holdup batch", which starts the
	 * readers): a list of forbidden calls: no network, no other program, no ptrace, no mounts,
	 * no modules. The walls of the children stand inside of these.
	 */
	HU_SANDBOX_JOB,
};

struct hu_sandbox {
	enum hu_sandbox_kind kind;
	/* Files and folders, NULL at the end. NULL instead of a list: none. A path that is not
	 * there is passed over. */
	const char *const *read_only;
	const char *const *read_write;
	/* 0: as it is. */
	int64_t memory;	    /* bytes that it may allocate; files that it maps do not count */
	int64_t mapped;	    /* bytes of such files, on top of it */
	int64_t file_bytes; /* of one file that it writes */
	int64_t cpu_s;	    /* processor time, in all */
	int64_t files;	    /* open at a time */
};

/* What is not there on this host; asked once per process, without changing anything. */
unsigned hu_sandbox_lacks(void);
/* The same as a sentence without a dot, for standard error; NULL: nothing is missing. Static. */
const char *hu_sandbox_missing(unsigned lacks);

/*
 * Confines the calling process, which has one thread. Fails only where the kernel refused something
 * that it has: then the process must not touch what it was to be confined for. Capabilities go, but
 * the one to read any file; core dumps and ptrace by others are off.
 */
HU_MUST_CHECK struct hu_err *hu_sandbox_enter(const struct hu_sandbox *walls);

/*
 * Bounds the private memory of the calling process, and of each child that it will make. Nothing
 * under AddressSanitizer, which reserves terabytes.
 */
HU_MUST_CHECK struct hu_err *hu_sandbox_memory(int64_t bytes);

/* A child: what it does, and how it ended. */

struct hu_child;

/*
 * Forks. The child dies with its parent, has nothing open but `out`, the writing end of a pipe, and
 * /dev/null as standard input and output (and as standard error, unless a sanitizer reports there);
 * it calls `run`, and ends with its return value as exit status. `run` calls hu_sandbox_enter()
 * itself, when it has what it needs from outside.
 */
HU_MUST_CHECK struct hu_err *hu_child_start(int (*run)(void *with, int out), void *with,
					    struct hu_child **ret);
int hu_child_fd(const struct hu_child *child); /* the reading end; never blocks */
/* Waits until there is something to read, the pipe is closed, or this long. True: read. */
bool hu_child_wait(const struct hu_child *child, int timeout_ms);
hu_ns hu_child_cpu(const struct hu_child *child); /* processor time so far */

enum hu_ended {
	HU_ENDED_WELL,	  /* exit status 0 */
	HU_ENDED_EXIT,	  /* another one: `number` */
	HU_ENDED_SIGNAL,  /* `number` */
	HU_ENDED_REFUSED, /* it asked for a system call that ends it (SIGSYS) */
	HU_ENDED_CPU,	  /* out of processor time */
	HU_ENDED_NOMEM,	  /* out of memory: HU_CHILD_NOMEM */
};
enum { HU_CHILD_NOMEM = 4 }; /* the exit status that says so: hu_alloc() ends a process so */
struct hu_end {
	enum hu_ended how;
	int number;
};
/* Ends it, if it has not ended (`kill`), waits for it and frees. */
struct hu_end hu_child_end(struct hu_child *child, bool kill);
/* "it crashed (SIGSEGV)": without a dot; free() it. */
char *hu_end_text(struct hu_end end);

#endif
