/* holdup export: the analyzers once more on a store, and a timeline for the Perfetto UI. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/export.h"

static const struct cli_option options[] = {
	{0, "perfetto", "FILE", "write a Perfetto trace there (-: standard output)"},
	CLI_NARROW,
	{'q', "quiet", NULL, "do not say what was written"},
	{0, NULL, NULL, NULL},
};

static struct hu_err *put(void *stream, struct hu_str bytes)
{
	return cli_stream_put(stream, bytes);
}

static void tell(const char *target, const struct hu_exported *e)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	static const char *const names[] = {" slices, ", " moments, ", " flows, ",
					    " values of counters, ", " switches and wakeups on "};
	const int64_t counts[] = {e->slices, e->instants, e->flows, e->counters,
				  e->switches + e->wakeups};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		hu_out_grouped(&out, counts[i]);
		hu_out_puts(&out, names[i]);
	}
	hu_out_grouped(&out, e->tracks);
	hu_out_puts(&out, " tracks");
	if (e->untimed)
		hu_out_printf(&out, "; %" PRId64 " without a time stand where the window begins",
			      e->untimed);
	if (e->left_out)
		hu_out_printf(&out,
			      "; %" PRId64 " switches and wakeups left out: their CPU is not known",
			      e->left_out);
	if (e->shift)
		hu_out_printf(&out, "; times are later than case time by %" PRId64 " s",
			      e->shift / HU_NS_PER_S);
	cli_complain("%s: %s", target, out.at);
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(cli_stream_freep) struct cli_stream *stream = NULL;
	const char *target = cli_value(in, "perfetto");
	struct hu_exported done;
	struct hu_options narrow;

	if (in->count != 1)
		return cli_usage(in->command, in->count ? "one store at a time" : "which store?");
	if (!target || !*target)
		return cli_usage(in->command, "where to? --perfetto FILE");
	bool to_stdout = !strcmp(target, "-");
	if (to_stdout && isatty(STDOUT_FILENO))
		return cli_usage(in->command, "a trace is no text: name a file, or use a pipe");
	int status = cli_narrow_check(in);
	if (status)
		return status;
	HU_CLEANUP(hu_freep) char *path = cli_find_store(in->operands[0]);
	struct hu_err *err = hu_store_open(path, false, &store);
	if (err)
		return cli_fail(err, NULL);
	status = cli_narrow(in, path, &narrow);
	if (status)
		return status;
	err = hu_analyze(store, &narrow);
	if (!err)
		err = cli_stream_begin(target, &stream);
	if (err)
		return cli_fail_output(err);
	const struct hu_export wanted = {.from = narrow.from,
					 .to = narrow.to,
					 .task = narrow.task,
					 .write = put,
					 .to_whom = stream};
	err = hu_export_perfetto(store, &wanted, &done);
	if (!err)
		err = cli_stream_end(stream);
	if (err)
		return cli_fail_output(err);
	if (!cli_value(in, "quiet"))
		tell(to_stdout ? "standard output" : target, &done);
	return CLI_DONE;
}

const struct cli_command cli_export = {
	.name = "export",
	.synopsis = "STORE.db --perfetto FILE [OPTION...]",
	.summary = "write a timeline that the Perfetto UI opens",
	.details =
		"Open the file at ui.perfetto.dev, which keeps it in the browser, or in "
		"trace_processor_shell: tasks with what they did, waited for and held, locks, "
		"reclaim, counters, switches, the incidents and their evidence, on case time.\n"
		"The store is only read. The folder that \"holdup analyze\" made may stand for the "
		"store in it.\n"
		"--from and --to leave out what lies outside; --task leaves the tasks that it "
		"names "
		"and those that had to do with the locks that they waited for.\n"
		"  holdup export out --perfetto stall.pftrace",
	.options = options,
	.run = run,
};
