/*
 * The one process that keeps the books of a batch: gives bundles to workers, writes the journal,
 * moves finished reports to their place, and at the end hands the cards to the fleet's database.
 *
 * What comes out is a function of the bundles that were given and of the options, whatever the
 * order, -j or history. So of equal bundles the one whose path sorts first counts, and nothing that
 * differs from run to run gets into a card. All that is kept in memory per bundle are two hashes
 * and two places in the journal.
 */
#include "cli/batch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/build.h"
#include "fleet/card.h"
#include "fleet/inputs.h"
#include "fleet/journal.h"
#include "fleet/record.h"
#include "fleet/report.h"
#include "fleet/seen.h"
#include "fleet/step.h"
#include "fleet/watch.h"

/* A record lasts after the next sync: so many of them, or so long, may be done again after a power
 * loss. */
enum { SYNC_RECORDS = 64, SYNC_MS = 2000, TRIES = 3, IDLE_REPORT_MS = 5000 };

/* A bundle that is at work. */
struct ward {
	struct hu_input input;
	char *shown;  /* a JSON string */
	char *folder; /* of the slot */
	int tries;
	bool again;   /* it is to be begun once more */
	bool skipped; /* there was nothing to do */
	bool done;    /* what came of it is written down */
	char content[HU_SHA256_TEXT], bundle[HU_SHA256_TEXT];
	char *name; /* of the bundle */
};

enum stop { GO_ON, STOP_SIGNAL, STOP_FULL, STOP_FAULT };

struct run {
	const struct cli_batch *batch;
	struct hu_home *home;
	struct hu_journal *journal;
	struct hu_pool *pool;
	struct hu_inputs *inputs;
	struct hu_watch *watch;
	struct ward *wards;
	bool inputs_over;
	enum stop stop;

	struct hu_seen before; /* work that earlier runs did → its record */
	struct hu_seen given;  /* content → its record, or -1 - the slot that is at it */
	struct hu_seen chosen; /* bundle → the record that counts */
	int unsynced;
	int64_t unsynced_since;

	int64_t started, fresh, reused, twins, foreign, left_out;
	bool fresh_since_report;
	int64_t idle_since;
	struct cli_tell tell;
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

/* The run cannot go on; what is done is kept. */
static void stop(struct run *run, enum stop why, struct hu_err *err)
{
	if (err)
		cli_complain("%s", hu_err_text(err));
	hu_err_free(err);
	if (run->stop == GO_ON)
		run->stop = why;
}

/* An error of ours: is it that the disk is full? */
static bool says_full(struct hu_str text)
{
	return hu_str_find(text, strerror(ENOSPC)) >= 0 ||
	       hu_str_find(text, strerror(EDQUOT)) >= 0 ||
	       hu_str_find(text, strerror(EFBIG)) >= 0 || hu_str_find(text, "disk is full") >= 0;
}

static void stop_on(struct run *run, struct hu_err *err)
{
	if (err)
		stop(run, says_full(hu_str(hu_err_text(err))) ? STOP_FULL : STOP_FAULT, err);
}

/* The record at this place; *text keeps its bytes. */
static bool read_record(struct run *run, int64_t at, struct hu_out *text, struct hu_record *ret)
{
	struct hu_err *err = hu_journal_read(run->journal, at, text);

	if (!err && !hu_record_parse(hu_out_view(text), ret))
		err = hu_err(HU_ERR_BUG, "a record of the journal is none");
	if (err)
		stop(run, STOP_FAULT, err);
	return !err;
}

static int compare(struct hu_str a, struct hu_str b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static void drop_folder(struct run *run, struct hu_str folder)
{
	HU_CLEANUP(hu_freep) char *name = hu_strdup(folder);

	if (*name && strcmp(name, "-") != 0 && !strchr(name, '/') && strcmp(name, "..") != 0)
		hu_home_drop(run->home, name);
}

/*
 * This record counts, unless one of the same bundle does whose path sorts before it. The reports of
 * the one that does not count go.
 */
static void choose(struct run *run, int64_t at, const struct hu_record *record)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_record other;
	struct hu_key key;

	if (!hu_key_parse(record->bundle, &key)) {
		stop(run, STOP_FAULT, hu_err(HU_ERR_BUG, "a record names no bundle"));
		return;
	}
	int64_t *place = hu_seen_get(&run->chosen, key);
	if (!place || *place == at) {
		hu_seen_put(&run->chosen, key, at);
		return;
	}
	if (!read_record(run, *place, &text, &other))
		return;
	int order = compare(record->shown, other.shown);
	bool mine = order < 0 || (order == 0 && at > *place);
	if (mine)
		*place = at;
	run->twins += order != 0 || !hu_str_eq(record->content, other.content);
	if (!hu_str_eq(record->folder, other.folder))
		drop_folder(run, mine ? other.folder : record->folder);
}

static void sync_journal(struct run *run)
{
	if (!run->unsynced)
		return;
	struct hu_err *err = hu_home_sync(run->home);
	if (!err)
		err = hu_journal_sync(run->journal);
	run->unsynced = 0;
	stop_on(run, err);
}

/* Reports first, then the record: whoever finds the record finds them. */
static void write_down(struct run *run, size_t slot, const char *outcome, bool published,
		       struct hu_str card)
{
	struct ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	HU_CLEANUP(hu_freep) char *folder = NULL;
	struct hu_record record = {.tool = hu_str(run->batch->tool),
				   .outcome = hu_str(outcome),
				   .limits = hu_str(run->batch->limits_text),
				   .folder = hu_str("-"),
				   .shown = hu_str(ward->shown),
				   .card = card};
	struct hu_err *err = NULL;
	int64_t at = 0;

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
		folder = cli_batch_folder(ward->name, ward->bundle);
		err = hu_home_publish(run->home, slot, folder);
		record.folder = hu_str(folder);
	}
	if (!err) {
		hu_record_put(&record, &text);
		err = hu_journal_add(run->journal, hu_out_view(&text), &at);
	}
	if (err) {
		stop_on(run, err);
		return;
	}
	if (!run->unsynced++)
		run->unsynced_since = hu_now_ms();
	struct hu_key key;
	hu_key_parse(record.content, &key);
	int64_t *given = hu_seen_get(&run->given, key);
	if (!given || *given == -1 - (int64_t)slot)
		hu_seen_put(&run->given, key, at);
	choose(run, at, &record);
	run->fresh++;
	run->fresh_since_report = true;
	run->tell.failed += !hu_record_judged(&record);
	run->tell.done++;
	if (run->unsynced >= SYNC_RECORDS)
		sync_journal(run);
}

static void fail(struct run *run, size_t slot, enum hu_card_reason reason, const char *outcome,
		 const char *sentence)
{
	struct ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(ward->input.shown);
	const struct hu_card_meta meta = {
		.path = hu_str(ward->input.shown),
		.name = hu_str(ward->name ? ward->name : name),
		.content = hu_str(*ward->bundle ? ward->bundle : ward->content),
		.options = hu_str(run->batch->options)};

	if (!run->batch->quiet)
		cli_complain("%s: %s", ward->input.shown, sentence);
	hu_card_failed(&meta, reason, hu_str(sentence), &card);
	write_down(run, slot, outcome ? outcome : hu_card_reason_word(reason), false,
		   hu_out_view(&card));
}

/* Is there a record of this very work, and does it still stand? Then it counts. */
static bool reuse(struct run *run, const struct ward *ward, struct hu_key content)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_record record;
	struct hu_key work = hu_record_work(hu_str(ward->content), hu_str(run->batch->tool),
					    hu_str(ward->shown));
	const int64_t *place = hu_seen_get(&run->before, work);

	if (!place || !read_record(run, *place, &text, &record) ||
	    hu_record_limited(&record, hu_str(run->batch->limits_text)))
		return false;
	HU_CLEANUP(hu_freep) char *folder = hu_strdup(record.folder);
	if (strcmp(folder, "-") != 0 && !hu_home_has(run->home, folder))
		return false;
	hu_seen_put(&run->given, content, *place);
	choose(run, *place, &record);
	run->reused++;
	run->tell.failed += !hu_record_judged(&record);
	return true;
}

/* Is a bundle of this content given already, under a path that sorts before? */
static bool is_twin(struct run *run, const struct ward *ward, struct hu_key content)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	const int64_t *given = hu_seen_get(&run->given, content);
	struct hu_record record;
	struct hu_str shown;

	if (!given)
		return false;
	if (*given < 0)
		shown = hu_str(run->wards[-1 - *given].shown);
	else if (read_record(run, *given, &text, &record))
		shown = record.shown;
	else
		return true;
	if (compare(hu_str(ward->shown), shown) < 0)
		return false;
	run->twins++;
	if (!run->batch->quiet)
		cli_complain("%s: the same bundle as %.*s: it counts once", ward->input.shown,
			     (int)shown.len, shown.at);
	return true;
}

/* The worker has hashed its bundle: is it to be done? */
static bool is_work(struct run *run, size_t slot)
{
	struct ward *ward = &run->wards[slot];
	struct hu_key key;

	hu_key_parse(hu_str(ward->content), &key);
	if (*ward->input.stated && strcmp(ward->input.stated, ward->content) != 0)
		cli_complain("%s: not what the list says it is: its hash is %s", ward->input.shown,
			     ward->content);
	if (run->batch->parts && key.a % run->batch->parts != run->batch->part - 1) {
		run->foreign++;
		return false;
	}
	if (is_twin(run, ward, key) || reuse(run, ward, key))
		return false;
	hu_seen_put(&run->given, key, -1 - (int64_t)slot);
	return true;
}

static bool is_hash(struct hu_str text)
{
	struct hu_key key;

	return hu_key_parse(text, &key);
}

static void babbled(struct run *run, size_t slot)
{
	fail(run, slot, HU_CARD_FAULT, NULL, "its worker said what no worker says");
}

static void heard(void *data, size_t slot, char what, struct hu_str bytes)
{
	struct run *run = data;
	struct ward *ward = &run->wards[slot];

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

static void ward_deinit(struct ward *ward)
{
	hu_input_deinit(&ward->input);
	free(ward->shown);
	free(ward->folder);
	free(ward->name);
	*ward = (struct ward){0};
}

/* It died before it said what came of it. */
static void bury(struct run *run, size_t slot, const struct hu_worker_end *end)
{
	struct ward *ward = &run->wards[slot];
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
			stop(run, STOP_FULL, NULL);
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

static void ended(void *data, size_t slot, const struct hu_worker_end *end)
{
	struct run *run = data;
	struct ward *ward = &run->wards[slot];

	if (run->stop)
		return;
	if (!ward->done && !ward->skipped && !ward->again)
		bury(run, slot, end);
	if (end->complained.len && !run->batch->quiet && !ward->skipped)
		cli_complain("%s: its worker said: %.*s", ward->input.shown,
			     (int)end->complained.len, end->complained.at);
	run->tell.done += ward->skipped;
	hu_home_slot_clear(run->home, slot);
	if (!ward->again)
		ward_deinit(ward);
}

/* In the worker. */
static int work(void *data, size_t slot, struct hu_worker *me)
{
	struct run *run = data;
	const struct ward *ward = &run->wards[slot];
	const struct cli_batch_task task = {.batch = run->batch,
					    .path = ward->input.path,
					    .shown = ward->input.shown,
					    .folder = ward->folder,
					    .me = me};

	hu_step_worker((run->started - 1) * HU_STEP_WORKER);
	return cli_batch_work(&task);
}

static void start(struct run *run, size_t slot)
{
	struct ward *ward = &run->wards[slot];

	ward->again = false;
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
	stop_on(run, err);
}

static void begin(struct run *run, size_t slot, struct hu_input *input)
{
	struct ward *ward = &run->wards[slot];
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
	*ward = (struct ward){.input = *input, .shown = hu_strdup(hu_out_view(&shown))};
	start(run, slot);
}

/* Gives free slots something to do. */
static void feed(struct run *run)
{
	size_t slot;

	for (size_t i = 0; i < run->batch->workers && !run->stop; i++)
		if (run->wards[i].again)
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
		if (err)
			stop(run, STOP_FAULT, err);
		if (!more || err)
			return;
		begin(run, slot, &input);
	}
}

/* The fleet's database and reports, from the records that count, in the order of their bundles. */
static struct hu_err *make_fleet(struct run *run)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_record record;

	hu_step("fleet: before");
	struct hu_err *err = hu_fleet_begin(hu_home_path(run->home), &fleet);
	struct hu_seen sorted = {.cap = run->chosen.cap, .count = run->chosen.count};
	sorted.entries = hu_alloc(sorted.cap * sizeof(*sorted.entries));
	if (sorted.cap)
		memcpy(sorted.entries, run->chosen.entries, sorted.cap * sizeof(*sorted.entries));
	size_t n = hu_seen_sort(&sorted);
	for (size_t i = 0; i < n && !err; i++)
		if (!read_record(run, sorted.entries[i].value, &text, &record))
			err = hu_err(HU_ERR_BUG, "the journal cannot be read again");
		else
			err = hu_fleet_add(fleet, record.card);
	hu_seen_deinit(&sorted);
	hu_step("fleet: cards in");
	if (!err)
		err = hu_fleet_finish(fleet);
	hu_step("fleet: made");
	if (!err)
		err = hu_fleet_publish(hu_home_path(run->home), run->batch->baseline);
	hu_step("fleet: published");
	run->fresh_since_report = false;
	return err;
}

static void each_record(void *data, int64_t at, struct hu_str payload)
{
	struct run *run = data;
	struct hu_record record;

	if (hu_record_parse(payload, &record) && hu_str_is(record.tool, run->batch->tool) &&
	    !hu_record_passing(&record))
		hu_seen_put(&run->before, hu_record_work(record.content, record.tool, record.shown),
			    at);
}

static int open_journal(struct run *run)
{
	HU_CLEANUP(hu_freep) char *path = hu_home_file(run->home, "journal");
	struct hu_journal_found found;
	struct hu_err *err = hu_journal_open(path, each_record, run, &found, &run->journal);

	if (err)
		return cli_fail_output(err);
	if (found.cut)
		cli_complain("%s/journal: an earlier run was killed: the last %" PRId64
			     " bytes are no whole record and were cut off",
			     run->batch->target, found.cut);
	if (found.damaged)
		cli_complain("%s/journal: %" PRId64
			     " damaged records were left out; what they told "
			     "of is done again",
			     run->batch->target, found.damaged);
	hu_step("run: journal open");
	return CLI_DONE;
}

/* A drop folder is emptied by others: what was dropped there once counts on. */
static void take_up(struct run *run)
{
	for (size_t i = 0; i < run->before.cap && !run->stop; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		const struct hu_seen_entry *e = &run->before.entries[i];
		struct hu_record record;
		if ((!e->key.a && !e->key.b) || !read_record(run, e->value, &text, &record))
			continue;
		HU_CLEANUP(hu_freep) char *folder = hu_strdup(record.folder);
		if (strcmp(folder, "-") == 0 || hu_home_has(run->home, folder))
			choose(run, e->value, &record);
	}
}

static void left_out(void *data, const char *path, const char *why)
{
	struct run *run = data;

	run->left_out++;
	if (!run->batch->quiet)
		cli_complain("%s: no bundle: %s", path, why);
}

static void watch_signals(bool on)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on ? on_signal : SIG_DFL}, old;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	if (on) {
		signal(SIGPIPE, SIG_IGN); /* a worker that died */
		signal(SIGXFSZ, SIG_IGN); /* ulimit -f: an error like a full disk */
	}
}

/* Nothing is at work, and nothing on its way: a moment to bring the fleet's reports up to date. */
static void report_when_idle(struct run *run)
{
	bool idle = !hu_pool_running(run->pool) && !hu_watch_pending(run->watch);

	if (!idle || !run->fresh_since_report) {
		run->idle_since = hu_now_ms();
		return;
	}
	if (hu_now_ms() - run->idle_since < IDLE_REPORT_MS)
		return;
	sync_journal(run);
	if (!run->stop)
		stop_on(run, make_fleet(run));
}

static void loop(struct run *run)
{
	while (!run->stop && !signalled) {
		feed(run);
		if (run->stop || (!run->watch && run->inputs_over && !hu_pool_running(run->pool)))
			break;
		int ms = run->watch ? hu_watch_ms(run->watch) : 1000;
		hu_pool_wait(run->pool, ms < 1000 ? ms : 1000,
			     run->watch ? hu_watch_fd(run->watch) : -1);
		if (run->unsynced && hu_now_ms() - run->unsynced_since >= SYNC_MS)
			sync_journal(run);
		if (run->watch)
			report_when_idle(run);
		cli_tell_step(&run->tell, false);
	}
	if (signalled && !run->watch)
		stop(run, STOP_SIGNAL, NULL);
}

/* What counts, over all records that do: the same after a resume. */
static int status_of(struct run *run)
{
	int64_t judged = 0, all = 0;

	for (size_t i = 0; i < run->chosen.cap; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		const struct hu_seen_entry *e = &run->chosen.entries[i];
		struct hu_record record;
		if (!e->key.a && !e->key.b)
			continue;
		if (!read_record(run, e->value, &text, &record))
			return CLI_FAULT;
		all++;
		judged += hu_record_judged(&record);
	}
	if (!judged && (all || (!run->batch->parts && !run->watch))) {
		cli_complain("nothing usable: %s",
			     all ? "no bundle has a verdict" : "no bundle was given");
		return CLI_NOTHING_USABLE;
	}
	return judged < all ? CLI_ONE_YIELDED_NOTHING : CLI_DONE;
}

static int tell_result(struct run *run, int status)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	static const char *const files[] = {"fleet.db", "fleet.html", "fleet.md", "fleet.json"};

	hu_out_grouped(&out, (int64_t)run->chosen.count);
	hu_out_puts(&out, run->chosen.count == 1 ? " bundle" : " bundles");
	const struct {
		int64_t n;
		const char *what;
	} counts[] = {{run->reused, "done before"},
		      {run->twins, "given twice, counted once"},
		      {run->foreign, "of other parts"},
		      {run->left_out, "entries that are no bundles"}};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].n) {
			hu_out_puts(&out, "; ");
			hu_out_grouped(&out, counts[i].n);
			hu_out_printf(&out, " %s", counts[i].what);
		}
	hu_out_putc(&out, '\n');
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		hu_out_puts(&out, "  ");
		cli_put_safe(&out, hu_str(run->batch->target));
		hu_out_printf(&out, "/%s\n", files[i]);
	}
	return cli_print(hu_out_view(&out)) ? status : CLI_FAULT;
}

static int finish(struct run *run)
{
	hu_pool_destroy(run->pool);
	run->pool = NULL;
	sync_journal(run);
	cli_tell_step(&run->tell, true);
	if (run->stop == GO_ON) {
		struct hu_err *err = make_fleet(run);
		if (err)
			stop_on(run, err);
	}
	hu_step_report();
	switch (run->stop) {
	case GO_ON:
		return tell_result(run, status_of(run));
	case STOP_SIGNAL:
		cli_complain("interrupted: %" PRId64
			     " bundles are done and written down; the same command goes on from "
			     "there",
			     run->reused + run->fresh);
		watch_signals(false);
		hu_home_close(run->home);
		run->home = NULL;
		raise(signalled);
		return CLI_FAULT;
	case STOP_FULL:
		cli_complain("no space left in %s: %" PRId64
			     " bundles are done and written down; make room, and the same command "
			     "goes on from there",
			     run->batch->target, run->reused + run->fresh);
		return CLI_FAULT;
	case STOP_FAULT:
		break;
	}
	return CLI_FAULT;
}

int cli_batch_run(const struct cli_batch *batch)
{
	static const struct hu_pool_ops ops = {work, heard, ended};
	static const struct hu_inputs_ops inputs_ops = {hu_scratch_marked, left_out};
	struct run run = {.batch = batch};
	int64_t total = -1;

	struct hu_err *err = hu_home_open(batch->target, HU_OUTPUT_MARK,
					  HU_OUTPUT_MARK_TEXT " " HU_VERSION "\n", &run.home);
	if (err)
		return hu_err_code(err) == HU_ERR_USAGE ? cli_fail(err, NULL)
							: cli_fail_output(err);
	watch_signals(true);
	int status = open_journal(&run);
	if (!status && batch->watch) {
		take_up(&run);
		err = hu_watch_open(batch->watch, batch->settle_ms, &inputs_ops, &run, &run.watch);
		if (err)
			status = cli_fail(err, NULL);
	} else if (!status) {
		total = hu_inputs_count((char *const *)(uintptr_t)batch->in->operands,
					batch->in->count);
	}
	if (!status) {
		run.inputs = hu_inputs_create((char *const *)(uintptr_t)batch->in->operands,
					      batch->in->count, &inputs_ops, &run);
		run.wards = hu_alloc(batch->workers * sizeof(*run.wards));
		run.pool = hu_pool_create(batch->workers, &batch->limits, &ops, &run);
		cli_tell_begin(&run.tell, batch->quiet, total);
		loop(&run);
		status = finish(&run);
	}
	for (size_t i = 0; i < batch->workers && run.wards; i++)
		ward_deinit(&run.wards[i]);
	free(run.wards);
	hu_pool_destroy(run.pool);
	hu_inputs_destroy(run.inputs);
	hu_watch_close(run.watch);
	hu_journal_close(run.journal);
	hu_seen_deinit(&run.before);
	hu_seen_deinit(&run.given);
	hu_seen_deinit(&run.chosen);
	hu_home_close(run.home);
	return status;
}
