/*
 * tests/inject_calls.h - runs a program, and lets its n-th system call of some kind fail, do half
 * of what it was asked for, or be the last thing that it does.
 *
 * By ptrace(2), so that nothing escapes: no call of a library, of stdio, or of a process in the
 * sandbox. x86-64 alone.
 */
#ifndef HU_INJECT_CALLS_H
#define HU_INJECT_CALLS_H

#include "db/base.h"

enum inject_who { INJECT_PROGRAM, INJECT_WORKERS };

/* Kinds of calls. */
enum inject_kind {
	INJECT_READS,	/* bytes of files, folders and pipes; mapping a file */
	INJECT_LOOKS,	/* opening what is there, asking what it is */
	INJECT_WRITES,	/* all that takes room on a disk */
	INJECT_CHANGES, /* all that changes files or folders, removing, too */
	INJECT_WAITS,	/* all that a signal may interrupt */
};

enum inject_act {
	INJECT_COUNT, /* nothing */
	INJECT_FAIL,
	INJECT_HALF, /* of the bytes, at least one */
	INJECT_KILL, /* SIGKILL instead of the call */
};

struct inject_plan {
	enum inject_who who;
	enum inject_kind kind;
	enum inject_act act;
	int error; /* errno of INJECT_FAIL */
	long nth;  /* from 1 */
	bool on;   /* also all calls behind it */
};

struct inject_run {
	const char *const *argv, *const *env; /* env: added, "NAME=VALUE" */
	const char *folder;		      /* where it runs */
	const char *out, *err;		      /* files for what it says */
	int seconds;			      /* then it is killed */
};

struct inject_end {
	int status; /* exit status; -1: a signal */
	int signal;
	long calls;	  /* of the kind */
	bool struck;	  /* the plan came to its turn */
	bool slow;	  /* it did not end in time */
	const char *call; /* the name of the one that was struck */
};

/* As it is, without a tracer. */
struct inject_end inject_run_plain(const struct inject_run *run);
/* False: this host lets nobody do that. */
bool inject_possible(void);
struct inject_end inject_run(const struct inject_run *run, const struct inject_plan *plan);

#endif
