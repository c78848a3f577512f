/* cli/batch_run.h - a batch that is running: for batch_run.c, batch_ward.c and batch_end.c alone.
 */
#ifndef HU_CLI_BATCH_RUN_H
#define HU_CLI_BATCH_RUN_H

#include "cli/batch.h"
#include "fleet/books.h"
#include "fleet/build.h"
#include "fleet/inputs.h"
#include "fleet/watch.h"

/* A bundle that is at work. */
struct cli_ward {
	struct hu_input input;
	char *told;   /* input.shown, or what stands for it in all that is written */
	char *shown;  /* the same as a JSON string */
	char *folder; /* of the slot */
	int tries;
	bool late;    /* it had to wait until all were asked */
	bool again;   /* it is to be begun once more … */
	bool gone;    /* … as soon as its worker is */
	bool skipped; /* there was nothing to do */
	bool done;    /* what came of it is written down */
	char content[HU_SHA256_TEXT], bundle[HU_SHA256_TEXT];
	char *name; /* of the bundle */
};

enum { CLI_LATER_MAX = 10000 };

enum cli_stop { CLI_GO_ON, CLI_STOP_SIGNAL, CLI_STOP_DISK, CLI_STOP_FAULT };

struct cli_run {
	const struct cli_batch *batch;
	struct hu_home *home;
	struct hu_books *books;
	struct hu_pool *pool;
	struct hu_inputs *inputs;
	struct hu_watch *watch;
	struct cli_ward *wards;
	bool inputs_over, late;
	struct hu_input *later; /* asked again when all were: at most so many */
	size_t later_count;
	enum cli_stop stop;
	int64_t started, fresh, reused, twins, foreign;
	struct hu_fleet_counts counts;
	bool news; /* since the fleet's reports were made */
	int64_t idle_since;
	struct cli_tell tell;
};

/* The run cannot go on; what is done is kept. */
void cli_run_stop(struct cli_run *run, enum cli_stop why);
/* What was said of something that we could not write: is it the disk, full or broken? */
bool cli_run_says_disk(struct hu_str text);
/* Tells the error, if there is one, and stops the run because of it. */
bool cli_run_stop_on(struct cli_run *run, struct hu_err *err);
/* For the pool. */
void cli_ward_heard(void *data, size_t slot, char what, struct hu_str bytes);
void cli_ward_ended(void *data, size_t slot, const struct hu_worker_end *end);
void cli_ward_deinit(struct cli_ward *ward);
/* fleet.db and the reports of the fleet, from all that counts. */
HU_MUST_CHECK struct hu_err *cli_run_make_fleet(struct cli_run *run);
/* Nothing is at work any more: makes them, tells what came of it; an enum cli_exit. */
int cli_run_finish(struct cli_run *run, int signalled);

#endif
