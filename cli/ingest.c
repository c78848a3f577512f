/* holdup ingest: load only. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
	{'o', "output", "STORE.db", "the store to make; must not be there yet"},
	CLI_READING,
	CLI_REDACT,
	{'q', "quiet", NULL, "no progress, no complaints about members"},
	{0, NULL, NULL, NULL},
};

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = NULL;
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_scratch_destroyp) struct hu_scratch *scratch = NULL;
	HU_CLEANUP(hu_freep) char *folder = NULL;
	const char *target = cli_value(in, "output");
	bool quiet = cli_value(in, "quiet");
	struct hu_loaded loaded;

	if (!in->count)
		return cli_usage(in->command, "which bundle?");
	if (!target || !*target)
		return cli_usage(in->command, "which store? Name it with -o");
	if (access(target, F_OK) == 0) {
		cli_complain("%s is there already: nothing is overwritten", target);
		return CLI_USAGE;
	}
	int status = cli_redact_check(in);
	if (!status)
		status = cli_open_bundle(in, in->operands, in->count, quiet, &bundle);
	if (status)
		return status;

	/* Beside its place, so that an interrupted load leaves nothing there. */
	const char *slash = strrchr(target, '/');
	folder = slash ? hu_strdup((struct hu_str){target, (size_t)(slash - target) + 1})
		       : hu_strdup(hu_str("."));
	struct hu_err *err = cli_scratch(folder, &scratch);
	if (err)
		return cli_fail_output(err);
	HU_CLEANUP(hu_freep) char *made = hu_scratch_file(scratch, "store.db");
	status = cli_load(in, bundle, made, quiet, &store, &loaded);
	if (status)
		return status;
	hu_store_close(store);
	store = NULL;
	/* Some file systems have no RENAME_NOREPLACE; there the check above must do. */
	if (renameat2(AT_FDCWD, made, AT_FDCWD, target, RENAME_NOREPLACE) < 0 &&
	    (errno != EINVAL || rename(made, target) < 0))
		return cli_fail_output(hu_err_os(errno, "cannot make the store %s", target));

	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	cli_put_safe(&out, hu_str(bundle->name));
	hu_out_printf(&out, ": %lld captures loaded",
		      (long long)(loaded.complete + loaded.partial));
	if (loaded.partial)
		hu_out_printf(&out, " (%lld of them in part)", (long long)loaded.partial);
	if (loaded.nothing)
		hu_out_printf(&out, ", %lld could not be read", (long long)loaded.nothing);
	hu_out_printf(&out, ", %lld members are no captures\n  ", (long long)loaded.unrecognised);
	cli_put_safe(&out, hu_str(target));
	hu_out_putc(&out, '\n');
	if (!cli_print(hu_out_view(&out)))
		return CLI_FAULT;
	return cli_load_status(bundle, &loaded);
}

const struct cli_command cli_ingest = {
	.name = "ingest",
	.synopsis = "BUNDLE... -o STORE.db",
	.summary = "load bundles into a store, without an analysis",
	.details =
		"Several bundles become one case: the parts of one incident that were taken apart. "
		"\"holdup report STORE.db\" analyses the store, \"holdup query STORE.db SQL\" asks "
		"it.",
	.options = options,
	.run = run,
};
