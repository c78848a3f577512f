/* What becomes of a bundle that a worker has: what the worker says is weighed and written down. */
#include "cli/batch_run.h"
#include "db/redact.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/card.h"
#include "fleet/step.h"

enum { TRIES = 3 };

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
		record.folder = hu_str(folder);
	}
	struct hu_err *err = hu_books_add(run->books, slot, &record);
	if (!err)
		err = hu_books_sync(run->books, true);
	if (cli_run_stop_on(run, err))
		return;
	run->fresh++;
	run->news = true;
	run->tell.failed += !hu_record_judged(&record);
	run->tell.done++;
}

/* free() it. */
static char *name_of(const struct cli_run *run, const struct cli_ward *ward)
{
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(ward->input.shown);

	return hu_redact_name(run->batch->redact, "bundle", name);
}

static void fail(struct cli_run *run, size_t slot, enum hu_card_reason reason, const char *outcome,
		 const char *sentence)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	HU_CLEANUP(hu_freep) char *name = name_of(run, ward);
	HU_CLEANUP(hu_freep) char *said = hu_redact_sentence(run->batch->redact, sentence);
	const struct hu_card_meta meta = {.path = hu_str(ward->told),
					  .name = hu_str(name),
					  .content = hu_str(ward->content),
					  .options = hu_str(run->batch->options)};

	if (!run->batch->quiet)
		cli_complain("%s: %s", ward->input.shown, sentence);
	hu_card_failed(&meta, reason, hu_str(said), &card);
	write_down(run, slot, outcome ? outcome : hu_card_reason_word(reason), false,
		   hu_out_view(&card));
}

/* The worker has hashed its bundle: is it to be done? */
static bool is_work(struct cli_run *run, size_t slot)
{
	struct cli_ward *ward = &run->wards[slot];
	HU_CLEANUP(hu_freep) char *name = name_of(run, ward);
	const struct hu_books_claim claim = {.slot = slot,
					     .content = ward->content,
					     .shown = ward->shown,
					     .name = name,
					     .late = ward->late || run->watch ||
						     run->later_count == CLI_LATER_MAX};
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
	case HU_BOOKS_LATER:
		run->later = hu_realloc(run->later, (run->later_count + 1) * sizeof(*run->later));
		run->later[run->later_count++] = ward->input;
		run->tell.done--; /* it will be counted when it comes again */
		ward->input = (struct hu_input){.shown = hu_strdup(hu_str(ward->input.shown))};
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

void cli_ward_heard(void *data, size_t slot, char what, struct hu_str bytes)
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

void cli_ward_deinit(struct cli_ward *ward)
{
	hu_input_deinit(&ward->input);
	free(ward->told);
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
		if (end->number == CLI_FAULT && cli_run_says_disk(end->complained)) {
			cli_run_stop(run, CLI_STOP_DISK);
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

void cli_ward_ended(void *data, size_t slot, const struct hu_worker_end *end)
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
		cli_ward_deinit(ward);
}
