/* holdup report: one report of a store, after a new analysis where its results answer another
 * question; the store stays untouched. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/kept.h"
#include "db/stage.h"
#include "report/report.h"

static const struct cli_option options[] = {
	{'f', "format", "FORMAT", "html, md, json, plain or text (default text)"},
	{0, "plain", NULL, "the same as -f plain: for a mail, 75 columns without markup"},
	{'o', "output", "FILE", "where to write it (default, or -: standard output)"},
	CLI_NARROW,
	CLI_KNOWN,
	{0, NULL, NULL, NULL},
};

static const struct {
	const char *name;
	enum hu_report_format format;
} formats[] = {
	{"text", HU_REPORT_TEXT}, {"html", HU_REPORT_HTML},   {"md", HU_REPORT_MARKDOWN},
	{"json", HU_REPORT_JSON}, {"plain", HU_REPORT_PLAIN},
};

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	const char *format = cli_value(in, "format"), *target = cli_value(in, "output");
	const size_t count = sizeof(formats) / sizeof(formats[0]);
	struct hu_options narrow;
	size_t i = 0;

	if (in->count != 1)
		return cli_usage(in->command, in->count ? "one store at a time" : "which store?");
	if (cli_value(in, "plain")) {
		if (format && strcmp(format, "plain") != 0)
			return cli_usage(in->command, "--plain and --format %s: which of the two?",
					 format);
		format = "plain";
	}
	while (format && i < count && strcmp(format, formats[i].name) != 0)
		i++;
	if (i == count)
		return cli_usage(in->command,
				 "--format %s: a report is html, md, json, plain or text", format);
	HU_CLEANUP(hu_freep) char *path = cli_find_store(in->operands[0]);
	struct hu_err *err = hu_store_open(path, false, &store);
	if (err)
		return cli_fail(err, NULL);
	int status = cli_narrow(in, path, &narrow);
	if (status)
		return status;
	struct hu_site site;
	status = cli_site(in, &site);
	bool to_stdout = cli_to_stdout(target);
	bool kept = !status && hu_results_kept(store, &narrow, &site);
	if (!status && !kept)
		cli_progress_stage("analysing");
	if (!status && !kept)
		err = hu_analyze_with(store, &narrow, &site);
	free((void *)site.paths);
	if (status)
		return status;
	hu_stage("report");
	const struct hu_screen screen = cli_screen(0);
	if (!err && formats[i].format == HU_REPORT_TEXT && to_stdout)
		err = hu_report_screen(store, &screen, &out);
	else if (!err)
		err = hu_report(store, formats[i].format, false, &out);
	if (err)
		return cli_fail_output(err);
	return cli_deliver(target, hu_out_view(&out));
}

const struct cli_command cli_report = {
	.name = "report",
	.synopsis = "STORE.db [OPTION...]",
	.summary = "print one report of a store",
	.details =
		"The store is only read. What \"holdup analyze\" concluded is used where the same "
		"is "
		"asked; with other options, other known fixes or another version of holdup it is "
		"analysed again, in memory. The folder that \"holdup analyze\" made may stand for "
		"the "
		"store in it.",
	.options = options,
	.run = run,
};
