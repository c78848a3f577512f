/* holdup analyze: a bundle in, a verdict and its reports out. */
#include "cli/job.h"

#include <stdlib.h>
#include <string.h>

#include "db/rows.h"
#include "sandbox/sandbox.h"

static const struct cli_option options[] = {
	{'o', "output", "DIR", "the folder to make (default: NAME.holdup, here)"},
	{'f', "format", "LIST",
	 "reports to write, of html, md, json and plain (default: the first three)"},
	CLI_NARROW,
	CLI_KNOWN,
	CLI_READING,
	{0, "max-memory", "SIZE",
	 "private memory of each process of this run: 512M, 4G (default: no limit)"},
	CLI_REDACT,
	{0, "fail-on", "found", "exit with 10 if the verdict is \"found\""},
	{'q', "quiet", NULL, "print the report alone: no progress, no complaints about members"},
	{0, NULL, NULL, NULL},
};

struct job {
	struct cli_job work;
	const char *target; /* as given: what is shown */
	bool fail_on_found;
	struct cli_outdir *dir;
};

static struct hu_err *write_report(void *data, const char *file, struct hu_str bytes)
{
	const struct job *job = data;

	return cli_outdir_write(job->dir, file, bytes);
}

/* Loads, analyses, and fills the folder. *text gets the report for the terminal. */
static int work(struct job *job, struct hu_bundle *bundle, struct hu_out *text, bool *found)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_freep) char *path = cli_outdir_file(job->dir, "store.db");
	struct hu_loaded loaded;

	job->work.store = path;
	job->work.write = write_report;
	job->work.data = job;
	int status = cli_job_run(&job->work, bundle, &loaded, &store);
	if (status)
		return status;
	/* Below it stand a blank, a line for each file, and the prompt. */
	int below = 3;
	for (size_t i = 0; i < CLI_FORMATS; i++)
		below += job->work.wanted[i];
	const struct hu_screen screen = cli_screen(below);
	struct hu_err *err = hu_report_screen(store, &screen, text);
	if (err)
		return cli_fail_output(err);
	struct hu_rows *rows = hu_rows_open(store, "SELECT 1 FROM verdict WHERE outcome = 'found'");
	*found = hu_rows_next(rows);
	err = hu_rows_close(rows);
	if (err)
		return cli_fail_output(err);
	return cli_load_status(bundle, &loaded);
}

static void put_places(const struct job *job, struct hu_out *text)
{
	struct hu_str target = hu_str(job->target);

	while (target.len > 1 && target.at[target.len - 1] == '/')
		target.len--;
	if (text->len && text->at[text->len - 1] != '\n')
		hu_out_putc(text, '\n');
	hu_out_putc(text, '\n');
	for (size_t i = 0; i <= CLI_FORMATS; i++) {
		if (i < CLI_FORMATS && !job->work.wanted[i])
			continue;
		hu_out_puts(text, "  ");
		cli_put_safe(text, target);
		hu_out_printf(text, "/%s\n", i < CLI_FORMATS ? cli_job_file(i) : "store.db");
	}
}

static int analyze(struct job *job, const char *path)
{
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = NULL;
	HU_CLEANUP(cli_outdir_endp) struct cli_outdir *dir = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	bool found = false;

	/* Listed first: what is made from here on cannot become a member. */
	int status = cli_open_bundle(job->work.in, &path, 1, job->work.quiet, &bundle);
	if (status)
		return status;
	struct hu_err *err = cli_outdir_begin(job->target, &dir);
	if (err)
		return cli_fail_output(err);
	job->dir = dir;
	status = work(job, bundle, &text, &found);
	/* Also where nothing was usable: the report says what was there, and why it was not. */
	if (!text.at)
		return status;
	err = cli_outdir_publish(dir);
	if (err)
		return cli_fail_output(err);
	put_places(job, &text);
	if (!cli_print(hu_out_view(&text)))
		return CLI_FAULT;
	return job->fail_on_found && found && status <= CLI_ONE_YIELDED_NOTHING ? CLI_FOUND
										: status;
}

static int run(const struct cli_input *in)
{
	struct job job = {.work = {.in = in, .quiet = cli_value(in, "quiet")}};
	const char *fail_on = cli_value(in, "fail-on");
	HU_CLEANUP(hu_freep) char *target = NULL;
	int64_t memory = 0;

	if (in->count != 1)
		return cli_usage(in->command, in->count ? "one bundle at a time" : "which bundle?");
	if (fail_on && strcmp(fail_on, "found") != 0)
		return cli_usage(in->command, "--fail-on knows \"found\" alone, not \"%s\"",
				 fail_on);
	job.fail_on_found = fail_on != NULL;
	int status = cli_job_formats(in, job.work.wanted);
	if (!status)
		status = cli_narrow_check(in);
	if (!status)
		status = cli_reading_check(in);
	if (!status)
		status = cli_redact_check(in);
	if (!status)
		status = cli_max_memory(in, &memory);
	if (status)
		return status;
	struct hu_err *err = memory ? hu_sandbox_memory(memory) : NULL;
	if (err)
		return cli_fail(err, NULL);
	job.target = cli_value(in, "output");
	if (!job.target) {
		HU_CLEANUP(hu_freep) char *name = hu_bundle_name(in->operands[0]);
		if (asprintf(&target, "%s%s.holdup", *name == '-' ? "./" : "", name) < 0)
			hu_no_memory();
		job.target = target;
	} else if (!*job.target) {
		return cli_usage(in->command, "--output needs the name of a folder");
	}
	status = cli_outdir_check(job.target);
	if (!status)
		status = cli_site(in, &job.work.site);
	if (!status)
		status = analyze(&job, in->operands[0]);
	free((void *)job.work.site.paths);
	return status;
}

const struct cli_command cli_analyze = {
	.name = "analyze",
	.synopsis = "BUNDLE [OPTION...]",
	.summary = "find what was held up, by whom, and which known fix ends it",
	.details =
		"A BUNDLE is a folder, a tar or zip (plain or packed with gzip, bzip2, xz or zstd) "
		"or "
		"a single capture file. What is in it is recognised by content, never by name.\n"
		"Prints the verdict and writes store.db, report.html, report.md and report.json to "
		"NAME.holdup/, or to the folder that -o names. The folder appears at once and "
		"whole. "
		"One that an earlier run made is replaced; any other is left alone.\n"
		"Exit status: 0 done, whatever the verdict; 1 a capture in the bundle could not be "
		"read (the rest was used, and the report says so); 2 wrong usage; 3 nothing "
		"usable; "
		"4 an internal fault; 10 with --fail-on found.\n"
		"  holdup analyze incident.tar.zst -o out",
	.options = options,
	.run = run,
};
