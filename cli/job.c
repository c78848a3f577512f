/* One bundle's way from its members to its reports. */
#include "cli/job.h"

#include "db/stage.h"

static const struct {
	const char *name, *file, *stage;
	enum hu_report_format format;
} formats[CLI_FORMATS] = {
	{"html", "report.html", "report: html", HU_REPORT_HTML},
	{"md", "report.md", "report: md", HU_REPORT_MARKDOWN},
	{"json", "report.json", "report: json", HU_REPORT_JSON},
	{"plain", "report.txt", "report: plain", HU_REPORT_PLAIN},
};

const char *cli_job_file(size_t format)
{
	return formats[format].file;
}

int cli_job_formats(const struct cli_input *in, bool wanted[CLI_FORMATS])
{
	const char *text = cli_value(in, "format");
	struct hu_str list = hu_str(text ? text : "html,md,json");

	while (list.len) {
		struct hu_str one = hu_str_trim(hu_str_split(&list, ','));
		size_t i = 0;
		while (i < CLI_FORMATS && !hu_str_is(one, formats[i].name))
			i++;
		if (i == CLI_FORMATS)
			return cli_usage(in->command,
					 "--format %s: a report is html, md, json or plain, or "
					 "several of them with commas between",
					 text);
		wanted[i] = true;
	}
	return CLI_DONE;
}

int cli_job_run(const struct cli_job *job, struct hu_bundle *bundle, struct hu_loaded *loaded,
		struct hu_store **ret)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	struct hu_options narrow;
	struct hu_err *err = NULL;

	int status = cli_load(job->in, bundle, job->store, job->quiet, &store, loaded);
	if (status)
		return status;
	if (cli_narrow_needs_store(job->in)) {
		hu_store_close(store);
		store = NULL;
	}
	status = cli_narrow(job->in, job->store, &narrow);
	if (status)
		return status;
	if (!store)
		err = hu_store_open(job->store, true, &store);
	if (!err && !job->quiet)
		cli_progress_stage("analysing");
	if (!err)
		err = hu_analyze_with(store, &narrow, &job->site);
	for (size_t i = 0; i < CLI_FORMATS && !err; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out report = {0};
		if (!job->wanted[i])
			continue;
		hu_stage(formats[i].stage);
		err = hu_report(store, formats[i].format, false, &report);
		if (!err)
			err = job->write(job->data, formats[i].file, hu_out_view(&report));
	}
	cli_progress_end();
	if (err)
		return cli_fail_output(err);
	*ret = store;
	store = NULL;
	return CLI_DONE;
}
