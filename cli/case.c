/* From a bundle to a loaded store: what several commands do alike. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "db/rows.h"
#include "db/stage.h"
#include "sandbox/sandbox.h"

static int read_limits(const struct cli_input *in, struct hu_limits *limits)
{
	size_t count;
	HU_CLEANUP(hu_freep) const char **given = cli_values(in, "limit", &count);

	*limits = hu_default_limits;
	for (size_t i = 0; i < count; i++) {
		struct hu_err *err = hu_limits_set(limits, given[i]);
		if (err)
			return cli_fail(err, NULL);
	}
	int64_t most = 0;
	int status = cli_max_memory(in, &most);
	if (most && most < limits->memory)
		limits->memory = most;
	return status;
}

int cli_max_memory(const struct cli_input *in, int64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *memory = cli_value(in, "max-memory");
	size_t len = memory ? strlen(memory) : 0;
	const char *unit = len ? strchr(units, memory[len - 1] & ~32) : NULL;
	uint64_t n;

	if (!memory)
		return CLI_DONE;
	if (!unit || !*unit || !hu_str_u64((struct hu_str){memory, len - 1}, 10, &n) ||
	    n > (UINT64_C(1) << 62) >> (10 * (unit - units + 1)) ||
	    n << (10 * (unit - units + 1)) < (64 << 20))
		return cli_usage(in->command, "--max-memory %s: give 64M or more, as 512M or 4G",
				 memory);
	*bytes = (int64_t)(n << (10 * (unit - units + 1)));
	return CLI_DONE;
}

int cli_reading_check(const struct cli_input *in)
{
	struct hu_limits limits;

	return read_limits(in, &limits);
}

int cli_open_bundle(const struct cli_input *in, const char *const *paths, size_t count, bool quiet,
		    struct hu_bundle **ret)
{
	static bool said;
	struct hu_limits limits;
	struct hu_err *err;

	int status = read_limits(in, &limits);
	if (status)
		return status;
	hu_stage("list and hash");
	if (cli_value(in, "no-sandbox")) {
		err = hu_bundle_open(paths, count, &limits, cli_progress(quiet), ret);
		if (!err)
			(*ret)->unconfined = true;
	} else {
		const char *missing = hu_sandbox_missing(hu_sandbox_lacks());
		if (missing && !said && !quiet)
			cli_complain("%s", missing);
		said = true;
		err = hu_bundle_open_boxed(paths, count, &limits, HU_HASH_READ, cli_progress(quiet),
					   ret);
	}
	cli_progress_end();
	if (err)
		return cli_fail(err, NULL);
	for (size_t i = 0; i < (*ret)->own_count && !quiet; i++)
		cli_complain("%s: left out, because holdup wrote it",
			     *(*ret)->own[i] ? (*ret)->own[i] : ".");
	return CLI_DONE;
}

/* Why members are no captures, if none is: a few stand for all. */
static struct hu_err *tell_reasons(struct hu_store *store)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT path, why FROM source WHERE format IS NULL ORDER BY id LIMIT 5");

	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_rows_str(rows, 0));
		HU_CLEANUP(hu_freep) char *why = hu_strdup(hu_rows_str(rows, 1));
		cli_complain("%s: %s", path, why);
	}
	return hu_rows_close(rows);
}

/* What a reader took and could not read whole. What nobody reads is in the report alone. */
static struct hu_err *tell_damage(struct hu_store *store)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT path, status, format, error, records FROM source WHERE status IN "
		       "('partial', 'unreadable') ORDER BY id");

	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_rows_str(rows, 0));
		HU_CLEANUP(hu_freep) char *format = hu_strdup(hu_rows_str(rows, 2));
		HU_CLEANUP(hu_freep) char *error = hu_strdup(hu_rows_str(rows, 3));
		if (hu_str_is(hu_rows_str(rows, 1), "partial"))
			cli_complain("%s: read in part, %" PRId64 " records: %s", path,
				     hu_rows_int(rows, 4), error);
		else
			cli_complain("%s: recognised as %s, but nothing could be read: %s", path,
				     format, error);
	}
	return hu_rows_close(rows);
}

int cli_load(const struct cli_input *in, struct hu_bundle *bundle, const char *path, bool quiet,
	     struct hu_store **store, struct hu_loaded *loaded)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *made = NULL;
	struct hu_err *err = hu_store_create(path, &made);

	if (err)
		return cli_fail_output(err);
	hu_stage("read and store");
	err = hu_load(bundle, made, cli_progress(quiet), loaded);
	cli_progress_end();
	int status = err ? CLI_DONE : cli_redact(in, path, &made);
	if (status)
		return status;
	if (!err && !quiet)
		err = tell_damage(made);
	if (!err && !quiet && !loaded->captures)
		err = tell_reasons(made);
	if (err)
		return cli_fail_output(err);
	*store = made;
	made = NULL;
	return CLI_DONE;
}

int cli_load_status(const struct hu_bundle *bundle, const struct hu_loaded *loaded)
{
	if (loaded->faults) {
		cli_complain("a fault of holdup's own: %" PRId64
			     " readers broke a rule; the rest was used",
			     loaded->faults);
		return CLI_FAULT;
	}
	if (loaded->complete + loaded->partial == 0) {
		cli_complain("nothing usable in %s: %s", bundle->name,
			     loaded->nothing ? "no capture in it could be read"
					     : "no member is a capture that holdup reads");
		return CLI_NOTHING_USABLE;
	}
	return loaded->nothing ? CLI_ONE_YIELDED_NOTHING : CLI_DONE;
}

char *cli_find_store(const char *path)
{
	struct stat st;
	char *inside = NULL;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode) || !hu_scratch_marked(path))
		return hu_strdup(hu_str(path));
	if (asprintf(&inside, "%s/store.db", path) < 0)
		hu_no_memory();
	return inside;
}
