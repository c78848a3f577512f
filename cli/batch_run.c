/*
 * The one process that runs a batch: gives bundles to workers, listens to them, writes down what
 * came of each. It trusts no worker, and what it keeps does not grow with the bundles, but for the
 * books (fleet/books.h).
 */
#include "cli/batch_run.h"
#include "db/redact.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fleet/step.h"

enum { IDLE_REPORT_MS = 5000 };

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

/* The run cannot go on; what is done is kept. */
void cli_run_stop(struct cli_run *run, enum cli_stop why)
{
	if (run->stop == CLI_GO_ON)
		run->stop = why;
}

bool cli_run_says_disk(struct hu_str text)
{
	static const int numbers[] = {ENOSPC, EDQUOT, EFBIG, EIO, EROFS};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (hu_str_find(text, strerror(numbers[i])) >= 0)
			return true;
	/* SQLite's words; a file that cannot be opened for writing it opens for reading. */
	static const char *const words[] = {"disk is full", "disk I/O error",
					    "unable to open database file", "readonly database"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hu_str_find(text, words[i]) >= 0)
			return true;
	return false;
}

bool cli_run_stop_on(struct cli_run *run, struct hu_err *err)
{
	if (!err)
		return false;
	cli_complain("%s", hu_err_text(err));
	cli_run_stop(run,
		     cli_run_says_disk(hu_str(hu_err_text(err))) ? CLI_STOP_DISK : CLI_STOP_FAULT);
	hu_err_free(err);
	return true;
}

/* In the worker. */
static int work(void *data, size_t slot, struct hu_worker *me)
{
	struct cli_run *run = data;
	const struct cli_ward *ward = &run->wards[slot];
	const struct cli_batch_task task = {.batch = run->batch,
					    .path = ward->input.path,
					    .shown = ward->told,
					    .folder = ward->folder,
					    .me = me};

	hu_step_worker((run->started - 1) * HU_STEP_WORKER);
	return cli_batch_work(&task);
}

static void start(struct cli_run *run, size_t slot)
{
	struct cli_ward *ward = &run->wards[slot];

	ward->again = ward->gone = false;
	ward->content[0] = ward->bundle[0] = '\0';
	free(ward->name);
	ward->name = NULL;
	free(ward->folder);
	ward->folder = NULL;
	struct hu_err *err = hu_home_slot(run->home, slot, &ward->folder);
	run->started++;
	if (!err)
		err = hu_pool_start(run->pool, slot);
	hu_step("run: a worker started");
	cli_run_stop_on(run, err);
}

static void begin(struct cli_run *run, size_t slot, struct hu_input *input, bool late)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out shown = {0};
	struct hu_key key;

	hu_redact_digest(run->batch->redact, input->stated);
	/* The list says whose it is: another part's is not even opened. */
	if (run->batch->parts && hu_key_parse(hu_str(input->stated), &key) &&
	    key.a % run->batch->parts != run->batch->part - 1) {
		run->foreign++;
		run->tell.done++;
		hu_input_deinit(input);
		return;
	}
	char *told = hu_redact_name(run->batch->redact, "path", input->shown);
	cli_put_json(&shown, hu_str(told));
	*ward = (struct cli_ward){.input = *input,
				  .told = told,
				  .shown = hu_strdup(hu_out_view(&shown)),
				  .late = late};
	start(run, slot);
}

/* Gives free slots something to do. */
static void feed(struct cli_run *run)
{
	size_t slot;

	for (size_t i = 0; i < run->batch->workers && !run->stop; i++)
		if (run->wards[i].again && run->wards[i].gone)
			start(run, i);
	while (!run->stop && hu_pool_free_slot(run->pool, &slot)) {
		struct hu_input input = {0};
		struct hu_err *err = NULL;
		bool more = false, late = false;
		if (!run->inputs_over)
			err = hu_inputs_next(run->inputs, &input, &more);
		if (!more && !err)
			run->inputs_over = true;
		if (!more && !err && run->watch)
			err = hu_watch_next(run->watch, &input, &more);
		/* All were asked when none is asking any more. */
		run->late |= run->inputs_over && !hu_pool_running(run->pool);
		if (!more && !err && run->late && run->later_count) {
			input = run->later[--run->later_count];
			more = late = true;
		}
		if (cli_run_stop_on(run, err) || !more)
			return;
		begin(run, slot, &input, late);
	}
}

static void left_out(void *data, const char *path, const char *why)
{
	struct cli_run *run = data;

	if (!run->batch->quiet)
		cli_complain("%s: no bundle: %s", path, why);
}

/* The shell's expansion of a pattern gives folders that are bundles, and each would be taken for
 * many. */
static void tell_folders(const struct cli_batch *batch)
{
	const char *first = NULL;
	int64_t folders = 0;
	struct stat st;

	for (size_t i = 0; i < batch->in->count; i++)
		if (stat(batch->in->operands[i], &st) == 0 && S_ISDIR(st.st_mode) && !folders++)
			first = batch->in->operands[i];
	if (folders > 1 && !batch->quiet)
		cli_complain("%" PRId64 " folders are given, and each entry of one is taken for a "
			     "bundle; if they are bundles themselves (%s), put the pattern that "
			     "names them in quotes, or give a list",
			     folders, first);
}

static void watch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal}, old;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	signal(SIGPIPE, SIG_IGN); /* a worker that died */
}

/* Nothing is at work, and nothing on its way: a moment to bring the fleet's reports up to date. */
static void report_when_idle(struct cli_run *run)
{
	bool idle = !hu_pool_running(run->pool) && !hu_watch_pending(run->watch);

	if (!idle || !run->news) {
		run->idle_since = hu_now_ms();
		return;
	}
	if (hu_now_ms() - run->idle_since < IDLE_REPORT_MS)
		return;
	if (!cli_run_stop_on(run, hu_books_sync(run->books, false)))
		cli_run_stop_on(run, cli_run_make_fleet(run));
}

static void loop(struct cli_run *run)
{
	while (!run->stop && !signalled) {
		feed(run);
		if (run->stop || (!run->watch && run->inputs_over && !run->later_count &&
				  !hu_pool_running(run->pool)))
			break;
		int ms = run->watch ? hu_watch_ms(run->watch) : 1000;
		hu_pool_wait(run->pool, ms < 1000 ? ms : 1000,
			     run->watch ? hu_watch_fd(run->watch) : -1);
		cli_run_stop_on(run, hu_books_sync(run->books, true));
		if (run->watch)
			report_when_idle(run);
		cli_tell_step(&run->tell, false);
	}
	if (signalled && !run->watch)
		cli_run_stop(run, CLI_STOP_SIGNAL);
}

static int open_books(struct cli_run *run)
{
	const struct cli_batch *batch = run->batch;
	struct hu_journal_found found;

	if (cli_run_stop_on(run, hu_books_open(run->home, batch->tool, batch->limits_text, &found,
					       &run->books)))
		return CLI_FAULT;
	if (found.cut)
		cli_complain("%s/journal: an earlier run was killed: the last %" PRId64
			     " bytes are no whole record and were cut off",
			     batch->target, found.cut);
	if (found.damaged)
		cli_complain("%s/journal: %" PRId64
			     " damaged records were left out; what they told "
			     "of is done again",
			     batch->target, found.damaged);
	hu_step("run: journal open");
	return CLI_DONE;
}

int cli_batch_run(const struct cli_batch *batch)
{
	static const struct hu_pool_ops ops = {work, cli_ward_heard, cli_ward_ended};
	static const struct hu_inputs_ops inputs_ops = {hu_scratch_marked, left_out};
	struct cli_run run = {.batch = batch};
	char *const *operands = (char *const *)(uintptr_t)batch->in->operands;
	int64_t total = -1;

	struct hu_err *err = hu_home_open(batch->target, HU_OUTPUT_MARK,
					  HU_OUTPUT_MARK_TEXT " " HU_VERSION "\n", &run.home);
	if (err)
		return hu_err_code(err) == HU_ERR_USAGE ? cli_fail(err, NULL)
							: cli_fail_output(err);
	watch_signals();
	int status = open_books(&run);
	if (!status && batch->watch) {
		if (cli_run_stop_on(&run, hu_books_take_up(run.books)))
			status = CLI_FAULT;
		err = hu_watch_open(batch->watch, batch->settle_ms, &inputs_ops, &run, &run.watch);
		if (err)
			status = cli_fail(err, NULL);
	} else if (!status) {
		total = hu_inputs_count(operands, batch->in->count);
		tell_folders(batch);
	}
	if (!status) {
		run.inputs = hu_inputs_create(operands, batch->in->count, &inputs_ops, &run);
		run.wards = hu_alloc(batch->workers * sizeof(*run.wards));
		run.pool = hu_pool_create(batch->workers, &batch->limits, &ops, &run);
		cli_tell_begin(&run.tell, batch->quiet, total);
		loop(&run);
		hu_pool_destroy(run.pool);
		status = cli_run_finish(&run, signalled);
	}
	for (size_t i = 0; i < batch->workers && run.wards; i++)
		cli_ward_deinit(&run.wards[i]);
	free(run.wards);
	for (size_t i = 0; i < run.later_count; i++)
		hu_input_deinit(&run.later[i]);
	free(run.later);
	hu_inputs_destroy(run.inputs);
	hu_watch_close(run.watch);
	hu_books_close(run.books);
	hu_home_close(run.home);
	return status;
}
