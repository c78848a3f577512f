/*
 * The one process that runs a batch: gives bundles to workers, listens to them, writes down what
 * came of each. It trusts no worker, and what it keeps does not grow with the bundles, but for the
 * books (fleet/books.h).
 */
#include "cli/batch_run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/card.h"
#include "fleet/step.h"

enum { TRIES = 3, IDLE_REPORT_MS = 5000 };

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

/* The run cannot go on; what is done is kept. */
static void stop(struct cli_run *run, enum cli_stop why)
{
	if (run->stop == CLI_GO_ON)
		run->stop = why;
}

/* An error of ours: is it that the disk is full? */
static bool says_full(struct hu_str text)
{
	return hu_str_find(text, strerror(ENOSPC)) >= 0 ||
	       hu_str_find(text, strerror(EDQUOT)) >= 0 ||
	       hu_str_find(text, strerror(EFBIG)) >= 0 || hu_str_find(text, "disk is full") >= 0;
}

bool cli_run_stop_on(struct cli_run *run, struct hu_err *err)
{
	if (!err)
		return false;
	cli_complain("%s", hu_err_text(err));
	stop(run, says_full(hu_str(hu_err_text(err))) ? CLI_STOP_FULL : CLI_STOP_FAULT);
	hu_err_free(err);
	return true;
}

/* Reports first, then the record: whoever finds the record finds them. */
static void write_down(struct cli_run *run, size_t slot, const char *outcome, bool published,
		       struct hu_str card)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_freep) char *folder = NULL;
	struct hu_record record = {.tool = hu_str(run->batch->tool),
				   .outcome = hu_str(outcome),
				   .limits = hu_str(run->batch->limits_text),
				   .folder = hu_str("-"),
				   .shown = hu_str(ward->shown),
				   .card = card};
	struct hu_err *err = NULL;

	ward->done = true;
	if (!*ward->content) { /* it could not be read: its path has to do */
		struct hu_sha256 sha;
		hu_sha256_init(&sha);
		hu_sha256_add(&sha, "path ", 5);
		hu_sha256_add(&sha, ward->shown, strlen(ward->shown));
		hu_sha256_finish(&sha, ward->content);
	}
	if (!*ward->bundle)
		memcpy(ward->bundle, ward->content, sizeof(ward->bundle));
	record.content = hu_str(ward->content);
	record.bundle = hu_str(ward->bundle);
	if (published) {
		folder = hu_books_folder(ward->name, record.bundle);
		err = hu_home_publish(run->home, slot, folder);
		record.folder = hu_str(folder);
	}
	if (!err)
		err = hu_books_add(run->books, slot, &record);
	if (!err)
		err = hu_books_sync(run->books, true);
	if (cli_run_stop_on(run, err))
		return;
	run->fresh++;
	run->news = true;
	run->tell.failed += !hu_record_judged(&record);
	run->tell.done++;
}

static void fail(struct cli_run *run, size_t slot, enum hu_card_reason reason, const char *outcome,
		 const char *sentence)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(ward->input.shown);
	const struct hu_card_meta meta = {.path = hu_str(ward->input.shown),
					  .name = hu_str(name),
					  .content = hu_str(ward->content),
					  .options = hu_str(run->batch->options)};

	if (!run->batch->quiet)
		cli_complain("%s: %s", ward->input.shown, sentence);
	hu_card_failed(&meta, reason, hu_str(sentence), &card);
	write_down(run, slot, outcome ? outcome : hu_card_reason_word(reason), false,
		   hu_out_view(&card));
}

/* The worker has hashed its bundle: is it to be done? */
static bool is_work(struct cli_run *run, size_t slot)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(ward->input.shown);
	const struct hu_books_claim claim = {slot, ward->content, ward->shown, name};
	enum hu_books_answer answer;
	struct hu_record other;
	struct hu_key key;

	hu_key_parse(hu_str(ward->content), &key);
	if (*ward->input.stated && strcmp(ward->input.stated, ward->content) != 0)
		cli_complain("%s: not what the list says it is: its hash is %s", ward->input.shown,
			     ward->content);
	if (run->batch->parts && key.a % run->batch->parts != run->batch->part - 1) {
		run->foreign++;
		return false;
	}
	if (cli_run_stop_on(run, hu_books_ask(run->books, &claim, &answer, &other)))
		return false;
	switch (answer) {
	case HU_BOOKS_TO_DO:
		return true;
	case HU_BOOKS_DONE:
		run->reused++;
		run->tell.failed += !hu_record_judged(&other);
		break;
	case HU_BOOKS_TWIN:
		run->twins++;
		if (!run->batch->quiet)
			cli_complain("%s: the same bundle as %.*s: it counts once",
				     ward->input.shown, (int)other.shown.len, other.shown.at);
		break;
	}
	return false;
}

static bool is_hash(struct hu_str text)
{
	struct hu_key key;

	return hu_key_parse(text, &key);
}

static void babbled(struct cli_run *run, size_t slot)
{
	fail(run, slot, HU_CARD_FAULT, NULL, "its worker said what no worker says");
}

static void heard(void *data, size_t slot, char what, struct hu_str bytes)
{
	struct cli_run *run = data;
	struct cli_ward *ward = &run->wards[slot];

	if (ward->done || ward->skipped || run->stop)
		return;
	switch (what) {
	case CLI_SAYS_CONTENT:
		if (*ward->content || !is_hash(bytes)) {
			babbled(run, slot);
			return;
		}
		memcpy(ward->content, bytes.at, bytes.len);
		ward->skipped = !is_work(run, slot);
		hu_step("run: hashed");
		hu_pool_answer(run->pool, slot, ward->skipped ? CLI_SKIP : CLI_GO);
		return;
	case CLI_SAYS_BUNDLE:
		if (*ward->bundle || bytes.len < HU_SHA256_TEXT ||
		    !is_hash((struct hu_str){bytes.at, HU_SHA256_TEXT - 1})) {
			babbled(run, slot);
			return;
		}
		memcpy(ward->bundle, bytes.at, HU_SHA256_TEXT - 1);
		ward->name = hu_strdup(hu_until_nul(hu_str_skip(bytes, HU_SHA256_TEXT)));
		return;
	case CLI_SAYS_JUDGED:
	case CLI_SAYS_UNUSABLE:
		if (!*ward->content || !ward->name || bytes.len > HU_CARD_MAX ||
		    (bytes.len && memchr(bytes.at, '\n', bytes.len))) {
			babbled(run, slot);
			return;
		}
		hu_step("run: done");
		write_down(run, slot,
			   what == CLI_SAYS_JUDGED ? "judged"
						   : hu_card_reason_word(HU_CARD_NOTHING_USABLE),
			   true, bytes);
		return;
	case CLI_SAYS_FAILED: {
		enum hu_card_reason reason =
			bytes.len ? (enum hu_card_reason)(*bytes.at - 'a') : HU_CARD_FAULT;
		HU_CLEANUP(hu_freep) char *sentence = hu_strdup(hu_str_skip(bytes, 1));
		if ((unsigned)reason >= HU_CARD_REASONS)
			reason = HU_CARD_FAULT;
		if (reason == HU_CARD_CHANGED && ++ward->tries < TRIES)
			ward->again = true;
		else
			fail(run, slot, reason, NULL, sentence);
		return;
	}
	default:
		babbled(run, slot);
	}
}

static void ward_deinit(struct cli_ward *ward)
{
	hu_input_deinit(&ward->input);
	free(ward->shown);
	free(ward->folder);
	free(ward->name);
	*ward = (struct cli_ward){0};
}

/* It died before it said what came of it. */
static void bury(struct cli_run *run, size_t slot, const struct hu_worker_end *end)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};

	switch (end->fate) {
	case HU_WORKER_TIMEOUT:
		hu_out_printf(&why, "it was not done after %" PRId64 " s, the limit of --timeout",
			      run->batch->limits.seconds);
		fail(run, slot, HU_CARD_TIMEOUT, NULL, why.at);
		return;
	case HU_WORKER_BABBLED:
		babbled(run, slot);
		return;
	case HU_WORKER_SIGNAL:
		/* Somebody's doing, or the kernel's that ran out of memory: no fault of the bundle.
		 */
		if (end->number == SIGKILL || end->number == SIGTERM || end->number == SIGINT ||
		    end->number == SIGHUP) {
			if (++ward->tries < TRIES)
				ward->again = true;
			else
				fail(run, slot, HU_CARD_CRASHED, "killed",
				     "its worker was killed from outside, again and again: out of "
				     "memory, perhaps");
			return;
		}
		hu_out_printf(&why, "it crashed holdup: signal %d (%s)", end->number,
			      strsignal(end->number));
		fail(run, slot, HU_CARD_CRASHED, NULL, why.at);
		return;
	case HU_WORKER_EXITED:
		if (end->number == CLI_FAULT &&
		    (hu_str_find(end->complained, "out of memory") >= 0)) {
			break;
		}
		if (end->number == CLI_FAULT && says_full(end->complained)) {
			stop(run, CLI_STOP_FULL);
			return;
		}
		if (end->number == CLI_FAULT) {
			fail(run, slot, HU_CARD_FAULT, NULL, "a fault of holdup's own ended it");
			return;
		}
		hu_out_printf(&why, "it crashed holdup: exit status %d", end->number);
		fail(run, slot, HU_CARD_CRASHED, NULL, why.at);
		return;
	case HU_WORKER_MEMORY:
		break;
	}
	hu_out_printf(&why,
		      "it needs more than %" PRId64 " MiB of memory, the limit of --max-memory",
		      run->batch->limits.bytes >> 20);
	fail(run, slot, HU_CARD_MEMORY, NULL, why.at);
}

/* What a program says last is mostly why it ended. */
static struct hu_str last_line(struct hu_str text)
{
	struct hu_str line, last = {0};

	while (hu_str_line(&text, &line))
		if (line.len)
			last = line;
	return last;
}

static void ended(void *data, size_t slot, const struct hu_worker_end *end)
{
	struct cli_run *run = data;
	struct cli_ward *ward = &run->wards[slot];

	if (run->stop)
		return;
	if (!ward->done && !ward->skipped && !ward->again)
		bury(run, slot, end);
	if (end->complained.len && !run->batch->quiet && !ward->skipped) {
		struct hu_str said = last_line(end->complained);
		cli_complain("%s: its worker said: %.*s", ward->input.shown, (int)said.len,
			     said.at);
	}
	run->tell.done += ward->skipped;
	hu_home_slot_clear(run->home, slot);
	ward->gone = true;
	if (!ward->again)
		ward_deinit(ward);
}

/* In the worker. */
static int work(void *data, size_t slot, struct hu_worker *me)
{
	struct cli_run *run = data;
	const struct cli_ward *ward = &run->wards[slot];
	const struct cli_batch_task task = {.batch = run->batch,
					    .path = ward->input.path,
					    .shown = ward->input.shown,
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

static void begin(struct cli_run *run, size_t slot, struct hu_input *input)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out shown = {0};
	struct hu_key key;

	/* The list says whose it is: another part's is not even opened. */
	if (run->batch->parts && hu_key_parse(hu_str(input->stated), &key) &&
	    key.a % run->batch->parts != run->batch->part - 1) {
		run->foreign++;
		run->tell.done++;
		hu_input_deinit(input);
		return;
	}
	cli_put_json(&shown, hu_str(input->shown));
	*ward = (struct cli_ward){.input = *input, .shown = hu_strdup(hu_out_view(&shown))};
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
		bool more = false;
		if (!run->inputs_over)
			err = hu_inputs_next(run->inputs, &input, &more);
		if (!more && !err)
			run->inputs_over = true;
		if (!more && !err && run->watch)
			err = hu_watch_next(run->watch, &input, &more);
		if (cli_run_stop_on(run, err) || !more)
			return;
		begin(run, slot, &input);
	}
}

static void left_out(void *data, const char *path, const char *why)
{
	struct cli_run *run = data;

	if (!run->batch->quiet)
		cli_complain("%s: no bundle: %s", path, why);
}

static void watch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal}, old;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	signal(SIGPIPE, SIG_IGN); /* a worker that died */
	signal(SIGXFSZ, SIG_IGN); /* ulimit -f: an error like a full disk */
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
		if (run->stop || (!run->watch && run->inputs_over && !hu_pool_running(run->pool)))
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
		stop(run, CLI_STOP_SIGNAL);
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
	static const struct hu_pool_ops ops = {work, heard, ended};
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
		ward_deinit(&run.wards[i]);
	free(run.wards);
	hu_inputs_destroy(run.inputs);
	hu_watch_close(run.watch);
	hu_books_close(run.books);
	hu_home_close(run.home);
	return status;
}
