/*
 * fleet/step.h - places at which a test may end the program, so that "killed at any moment" is
 * tried moment by moment (tests/test_killed.c).
 *
 * HOLDUP_TEST_KILL=parent:N ends the process that runs the batch with SIGKILL at its N-th step;
 * worker:N does it to a worker, whose steps are counted on from worker to worker. Unset, as always
 * outside of tests, a step does nothing. HOLDUP_TEST_KILL=count prints how many there were.
 */
#ifndef HU_STEP_H
#define HU_STEP_H

#include "db/base.h"

void hu_step(const char *what);
/* Shall the next step kill? Then whatever it is in the middle of may be left half done first. */
bool hu_step_tears(const char *what);
/* In a worker, first of all: its steps begin at this number. */
void hu_step_worker(int64_t first);
/* At the end of a run, for "count". */
void hu_step_report(void);

/*
 * HOLDUP_TEST_WORKER="hang:NAME,crash:NAME,…": does the bundle of this name have a worker that
 * shall misbehave, and how ("hang", "crash", "eat", "exit", "kill", "full", "change", "touch")?
 * NULL: none.
 */
const char *hu_step_misbehaves(const char *name);

/* How many steps a worker has at most. */
enum { HU_STEP_WORKER = 16 };

#endif
