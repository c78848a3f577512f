/*
 * tests/inject_check.h - what must hold after a run in which something failed.
 *
 * A run works in the folder "run" of the world, with "tmp" as TMPDIR. What an undisturbed run makes
 * there is remembered; what a disturbed one leaves is held against that.
 */
#ifndef HU_INJECT_CHECK_H
#define HU_INJECT_CHECK_H

#include "tests/inject_calls.h"
#include "tests/support.h"

/* One command, as people give it. */
struct inject_job {
	const char *name;
	const char *const *words;  /* behind the program's name */
	const char *const *before; /* a command that is run first, undisturbed; NULL: none */
	bool again;		   /* what it makes is there already; and a file of somebody's */
	bool resumable; /* it goes on where it was: what it has made stays when it fails */
};

struct inject_file {
	char *path; /* relative to the folder "run" */
	struct hu_out bytes;
};

struct inject_tree {
	struct inject_file *at;
	size_t count;
};

struct inject_world {
	const char *program;
	char *root, *run, *tmp, *out, *err;
	/* the undisturbed run of the job at hand */
	const struct inject_job *job;
	struct inject_tree want;
	int status;
};

/* How a disturbed run came out, if all that must hold does. */
enum inject_outcome {
	INJECT_SAME,	/* as if nothing had been */
	INJECT_SAID,	/* reports, in which it is said what is missing */
	INJECT_REFUSED, /* a sentence and an exit status, and no report */
	INJECT_KILLED,	/* ended by the test; what was left was sound, and a run after it whole */
	INJECT_WRONG,
	INJECT_OUTCOMES,
};

void inject_world_begin(struct inject_world *world, const char *program, const char *fixtures);
void inject_world_end(struct inject_world *world);

/* Runs it undisturbed, and remembers. False, with a line on stdout: it does not work. */
bool inject_world_job(struct inject_world *world, const struct inject_job *job);
/* As it was before the job. */
void inject_world_reset(struct inject_world *world);
/* The job's command line; valid until the next. */
const char *const *inject_world_argv(struct inject_world *world);

/* `end` is how the run ended. Says on stdout what is wrong. */
enum inject_outcome inject_check(struct inject_world *world, const struct inject_end *end,
				 bool killed);

#endif
