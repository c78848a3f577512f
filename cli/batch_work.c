/*
 * What a worker does: hashes its bundle, asks whether that is still to be done, does the job of
 * "holdup analyze" in the folder of its slot, and says what came of it. It knows nothing of other
 * bundles, writes nowhere else, and may die at any moment.
 */
#include "cli/batch_run.h"
#include "db/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fleet/books.h"
#include "fleet/card.h"
#include "fleet/signature.h"
#include "fleet/step.h"

/* The place of the report that a card names, or "" where no report is written. */
static char *report_place(const struct cli_batch *batch, const char *folder)
{
	char *path = NULL;

	for (size_t i = 0; i < CLI_FORMATS; i++)
		if (batch->wanted[i]) {
			if (asprintf(&path, "bundles/%s/%s", folder, cli_job_file(i)) < 0)
				hu_no_memory();
			return path;
		}
	return hu_strdup(hu_str(""));
}

/* Puts `to` for every `from` in the text of an error: paths of this machine tell nothing. */
static void put_replaced(struct hu_out *out, struct hu_str text, const char *from, const char *to)
{
	ptrdiff_t at;

	while (*from && (at = hu_str_find(text, from)) >= 0) {
		hu_out_bytes(out, text.at, (size_t)at);
		hu_out_puts(out, to);
		text = hu_str_skip(text, (size_t)at + strlen(from));
	}
	hu_out_str(out, text);
}

static int fail(const struct cli_batch_task *task, enum hu_card_reason reason, const char *sentence)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out shorter = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	put_replaced(&shorter, hu_str(sentence), task->folder, "the temporary folder");
	hu_out_putc(&text, (char)('a' + (int)reason));
	put_replaced(&text, hu_out_view(&shorter), task->path, task->shown);
	hu_worker_say(task->me, CLI_SAYS_FAILED, hu_out_view(&text));
	return 0;
}

static int fail_errno(const struct cli_batch_task *task, int errnum)
{
	HU_CLEANUP(hu_err_freep)
	struct hu_err *err = hu_err_os(errnum, "cannot open %s", task->path);

	return fail(task,
		    errnum == EACCES || errnum == EPERM	    ? HU_CARD_DENIED
		    : errnum == ENOENT || errnum == ENOTDIR ? HU_CARD_MISSING
							    : HU_CARD_DAMAGED,
		    hu_err_text(err));
}

/* Of a file: its bytes as they lie there, which is cheaper than what is in it. */
static int hash_file(const char *path, char ret[HU_SHA256_TEXT])
{
	enum { PIECE = 256 * 1024 };
	HU_CLEANUP(hu_freep) char *piece = hu_alloc(PIECE);
	struct hu_sha256 sha;
	ssize_t n;

	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return errno;
	hu_sha256_init(&sha);
	while ((n = read(fd, piece, PIECE)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			hu_sha256_add(&sha, piece, (size_t)n);
	int errnum = n < 0 ? errno : 0;
	close(fd);
	hu_sha256_finish(&sha, ret);
	return errnum;
}

static struct hu_err *write_report(void *data, const char *file, struct hu_str bytes)
{
	const struct cli_batch_task *task = data;
	HU_CLEANUP(hu_freep) char *path = NULL;

	if (asprintf(&path, "%s/out/%s", task->folder, file) < 0)
		hu_no_memory();
	/* Before it gets its name and the journal speaks of it: it outlives a power loss. */
	return cli_write_new(path, bytes, true);
}

/* For tests: what bundles made by enemies try to bring about. */
static void misbehave(const struct cli_batch_task *task, const char *name)
{
	const char *how = hu_step_misbehaves(name);

	if (!how)
		return;
	if (!strcmp(how, "hang"))
		for (;;)
			pause();
	if (!strcmp(how, "crash"))
		raise(SIGSEGV);
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	if (!strcmp(how, "exit"))
		_exit(7);
	if (!strcmp(how, "full")) {
		cli_fail_output(hu_err_os(ENOSPC, "cannot write %s", task->folder));
		_exit(CLI_FAULT);
	}
	if (!strcmp(how, "touch")) /* once: the second time it is so already */
		utimensat(AT_FDCWD, task->path, (const struct timespec[2]){{0}, {0}}, 0);
	if (!strcmp(how, "change"))
		utimensat(AT_FDCWD, task->path, NULL, 0);
	while (!strcmp(how, "eat")) {
		char *bytes = hu_alloc(1 << 20);
		memset(bytes, 1, 1 << 20);
		__asm__ volatile("" : : "r"(bytes) : "memory");
	}
}

static int say_done(const struct cli_batch_task *task, struct hu_store *store,
		    const struct hu_bundle *bundle, const struct hu_loaded *loaded,
		    const char *content)
{
	HU_CLEANUP(hu_freep)
	char *name = hu_redact_name(task->batch->redact, "bundle", bundle->name);
	char hash[HU_SHA256_TEXT];
	memcpy(hash, bundle->sha256, sizeof(hash));
	hu_redact_digest(task->batch->redact, hash);
	HU_CLEANUP(hu_freep) char *folder = hu_books_folder(name, hu_str(hash));
	HU_CLEANUP(hu_freep) char *report = report_place(task->batch, folder);
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	const struct hu_card_meta meta = {.path = hu_str(task->shown),
					  .name = hu_str(name),
					  .content = hu_str(content),
					  .options = hu_str(task->batch->options),
					  .report = hu_str(report)};
	bool usable = loaded->complete + loaded->partial > 0;
	struct hu_err *err;

	if (usable)
		err = hu_card_make(store, &meta, &card);
	else
		err = hu_card_make_unusable(
			store, &meta, HU_CARD_NOTHING_USABLE,
			hu_str(loaded->nothing ? "no capture in it could be read"
					       : "no member is a capture that holdup reads"),
			&card);
	if (err)
		return cli_fail_output(err);
	hu_step("worker: before its last word");
	hu_worker_say(task->me, usable ? CLI_SAYS_JUDGED : CLI_SAYS_UNUSABLE, hu_out_view(&card));
	hu_step("worker: after its last word");
	return 0;
}

/* The job of "holdup analyze", in the slot's folder. */
static int work(const struct cli_batch_task *task, struct hu_bundle *bundle, const char *content,
		struct hu_key before)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_freep) char *path = NULL;
	struct hu_loaded loaded = {0};
	struct cli_job job = {.in = task->batch->in,
			      .site = task->batch->site,
			      .quiet = true,
			      .write = write_report,
			      .data = (void *)(uintptr_t)task};
	struct hu_key after;

	memcpy(job.wanted, task->batch->wanted, sizeof(job.wanted));
	if (asprintf(&path, "%s/%s", task->folder,
		     task->batch->keep_stores ? "out/store.db" : "store.db") < 0)
		hu_no_memory();
	job.store = path;
	misbehave(task, bundle->name);
	int status = cli_job_run(&job, bundle, &loaded, &store);
	hu_step("worker: analysed");
	if (status == CLI_USAGE)
		return fail(task, HU_CARD_NOTHING_USABLE,
			    "the part that --from and --to name is not in it");
	if (status)
		return status;
	if (cli_batch_no_room(task, bundle))
		return cli_fail_output(
			hu_err_os(ENOSPC, "there is no room to unpack it in %s", task->folder));
	if (loaded.faults)
		return fail(task, HU_CARD_FAULT, "a reader broke a rule of holdup's own");
	if (!hu_signature(task->path, &after, NULL) || after.a != before.a || after.b != before.b)
		return fail(task, HU_CARD_CHANGED, "it changed while it was read");
	return say_done(task, store, bundle, &loaded, content);
}

static int open_bundle(const struct cli_batch_task *task, struct hu_bundle **ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	struct hu_err *err = cli_batch_open(task, ret);
	if (err) {
		enum hu_err_code code = hu_err_code(err);
		struct hu_str said = hu_str(hu_err_text(err));
		/* A full disk under our own folder says nothing of the bundle. */
		bool disk = strstr(said.at, task->folder) && cli_run_says_disk(said);
		int status =
			code == HU_ERR_NOMEM || code == HU_ERR_BUG || code == HU_ERR_STORE || disk
				? cli_fail_output(err)
				: fail(task, HU_CARD_DAMAGED, hu_err_text(err));
		if (status == 0)
			hu_err_free(err);
		return status ? status : -1;
	}
	HU_CLEANUP(hu_freep)
	char *name = hu_redact_name(task->batch->redact, "bundle", (*ret)->name);
	char hash[HU_SHA256_TEXT];
	memcpy(hash, (*ret)->sha256, sizeof(hash));
	hu_redact_digest(task->batch->redact, hash);
	hu_out_printf(&text, "%s %s", hash, name);
	hu_worker_say(task->me, CLI_SAYS_BUNDLE, hu_out_view(&text));
	return 0;
}

int cli_batch_work(const struct cli_batch_task *task)
{
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = NULL;
	HU_CLEANUP(hu_freep) char *unpack = NULL;
	char content[HU_SHA256_TEXT] = "";
	struct hu_key before;
	struct stat st;
	int status = 0;

	hu_step("worker: begun");
	if (asprintf(&unpack, "%s/unpack", task->folder) < 0)
		hu_no_memory();
	setenv("TMPDIR", unpack, 1);
	struct hu_err *err = cli_batch_confine(task);
	if (err)
		return cli_fail_output(err);
	if (!hu_signature(task->path, &before, NULL) || stat(task->path, &st) < 0)
		return fail_errno(task, errno);
	if (access(task->path, S_ISDIR(st.st_mode) ? R_OK | X_OK : R_OK) < 0)
		return fail_errno(task, errno);
	if (S_ISREG(st.st_mode)) {
		int errnum = hash_file(task->path, content);
		if (errnum)
			return fail_errno(task, errnum);
	} else {
		status = open_bundle(task, &bundle);
		if (status)
			return status > 0 ? status : 0;
		memcpy(content, bundle->sha256, sizeof(content));
	}
	hu_redact_digest(task->batch->redact, content);
	hu_worker_say(task->me, CLI_SAYS_CONTENT, hu_str(content));
	hu_step("worker: hashed");
	if (hu_worker_hear(task->me) != CLI_GO)
		return 0;
	if (!bundle)
		status = open_bundle(task, &bundle);
	if (status)
		return status > 0 ? status : 0;
	return work(task, bundle, content, before);
}
