/*
 * The walls around a worker, and the bundle behind them. A worker does the store's side and the
 * analysis: no network, no other program, and nothing may be written but the folder of its slot.
 */
#include "cli/batch.h"

#include <string.h>
#include <sys/statvfs.h>

#include "fleet/step.h"
#include "sandbox/sandbox.h"

struct hu_err *cli_batch_confine(const struct cli_batch_task *task)
{
	const char *const all[] = {"/", NULL}, *const own[] = {task->folder, "/dev/null", NULL};
	/* Memory and time are the parent's business: it says why it ended a worker. */
	const struct hu_sandbox walls = {
		.kind = HU_SANDBOX_JOB, .read_only = all, .read_write = own};

	return cli_value(task->batch->in, "no-sandbox") ? NULL : hu_sandbox_enter(&walls);
}

static struct hu_err *open_members(const struct cli_batch_task *task, struct hu_bundle **ret)
{
	size_t count;
	HU_CLEANUP(hu_freep) const char **given = cli_values(task->batch->in, "limit", &count);
	struct hu_limits limits = hu_default_limits;
	struct hu_err *err = NULL;

	for (size_t i = 0; i < count && !err; i++)
		err = hu_limits_set(&limits, given[i]);
	if (err)
		return err;
	if (!cli_value(task->batch->in, "no-sandbox"))
		return hu_bundle_open_boxed(&task->path, 1, &limits, HU_HASH_LISTED, NULL, ret);
	err = hu_bundle_open(&task->path, 1, &limits, NULL, ret);
	if (!err)
		(*ret)->unconfined = true;
	return err;
}

struct hu_err *cli_batch_open(const struct cli_batch_task *task, struct hu_bundle **ret)
{
	struct hu_err *err = open_members(task, ret);

	hu_step("worker: opened");
	return err;
}

/*
 * What the disk had no room for is a loss of the bundle in "holdup analyze". Here it would be one
 * that comes and goes with the other workers, so the run stops instead. The sentences are those of
 * ingest/unpack.c; that the disk is nearly full is asked, too, so that no bundle can bring it about
 * with a name.
 */
bool cli_batch_no_room(const struct cli_batch_task *task, const struct hu_bundle *bundle)
{
	static const char *const sentences[] = {
		"the disk of the temporary folder (TMPDIR) has less than",
		"the temporary folder cannot take more"};
	enum { NEARLY = 4 };
	struct statvfs disk;

	if (statvfs(task->folder, &disk) < 0 ||
	    (int64_t)(disk.f_bavail * disk.f_frsize) / NEARLY >= hu_default_limits.free_bytes)
		return false;
	for (size_t i = 0; i < bundle->count; i++)
		for (size_t k = 0; k < sizeof(sentences) / sizeof(sentences[0]); k++) {
			const struct hu_member *m = &bundle->members[i];
			if ((m->cut && strstr(m->cut, sentences[k])) ||
			    (m->why && strstr(m->why, sentences[k])))
				return true;
		}
	return false;
}
