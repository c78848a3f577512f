/*
 * cli/batch.h - the parts of "holdup batch": what it was told (batch.c), the one process that runs
 * it (batch_run.c, batch_ward.c, batch_end.c), what a worker does with one bundle (batch_work.c),
 * how the run tells of itself (batch_tell.c).
 */
#ifndef HU_CLI_BATCH_H
#define HU_CLI_BATCH_H

#include "cli/job.h"
#include "fleet/home.h"
#include "fleet/worker.h"

struct cli_batch {
	const struct cli_input *in;
	const char *target; /* the folder, as given: what is shown */
	const char *watch;  /* a drop folder, or NULL */
	const char *baseline;
	struct hu_site site;
	bool wanted[CLI_FORMATS];
	bool keep_stores, quiet;
	const struct hu_str *redact; /* the key of --redact-key, or NULL */
	size_t workers;
	struct hu_worker_limits limits;
	uint64_t part, parts; /* 1 … parts; parts 0: all */
	int settle_ms;
	char *options;	      /* what changes a result, spelled one way only */
	char tool[16 + 1];    /* which holdup, with which of these */
	char limits_text[48]; /* "600s/4096M" */
};

/* An enum cli_exit. */
int cli_batch_run(const struct cli_batch *batch);

/* What a worker says to its parent. */
enum cli_batch_word {
	CLI_SAYS_CONTENT = 'c',	 /* 64 hex digits; it waits for one of the answers below */
	CLI_SAYS_BUNDLE = 'b',	 /* 64 hex digits, blank, name */
	CLI_SAYS_JUDGED = 'j',	 /* its card; the reports are in out/ */
	CLI_SAYS_UNUSABLE = 'u', /* the same, of a bundle with nothing usable in it */
	CLI_SAYS_FAILED = 'f',	 /* a byte 'a' + enum hu_card_reason, a sentence */
};
enum { CLI_GO = 'g', CLI_SKIP = 's' };

/* One bundle, in the worker. */
struct cli_batch_task {
	const struct cli_batch *batch;
	const char *path, *shown; /* to open; to show */
	const char *folder;	  /* the slot's: out/ and unpack/ */
	struct hu_worker *me;
};
int cli_batch_work(const struct cli_batch_task *task);

/* batch_walls.c */

/* Puts the worker behind its walls. */
HU_MUST_CHECK struct hu_err *cli_batch_confine(const struct cli_batch_task *task);
/* Its bundle, listed in the sandbox, with the limits that were given. */
HU_MUST_CHECK struct hu_err *cli_batch_open(const struct cli_batch_task *task,
					    struct hu_bundle **ret);
/* Was some of it not unpacked because the disk is full? */
bool cli_batch_no_room(const struct cli_batch_task *task, const struct hu_bundle *bundle);

/* batch_tell.c: how far it is, on a terminal in one line, else now and then in a line of its own.
 */

struct cli_tell {
	bool quiet;
	int64_t total; /* -1: unknown */
	int64_t done;
	int64_t failed;
	int64_t begun_ms, line_ms; /* when it began; when it last said something */
	int64_t next_tenth;
	struct { /* of the last half minute, a sample a second, for the rate */
		int64_t ms, done;
	} past[30];
	size_t past_at;
};
void cli_tell_begin(struct cli_tell *tell, bool quiet, int64_t total);
void cli_tell_step(struct cli_tell *tell, bool last);

#endif
