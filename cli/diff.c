/*
 * holdup diff: two captures, set against each other. Each side becomes a report in memory, whatever
 * it was given as; what a report.json says is all that is compared.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/compare.h"
#include "ingest/scratch.h"
#include "report/diff.h"

static const struct cli_option options[] = {
	{'f', "format", "FORMAT", "html, md, json or text (default text)"},
	{'o', "output", "FILE", "where to write it (default, or -: standard output)"},
	{0, "threshold", "DURATION",
	 "an operation stalled when it took this long, on both sides (default 100ms)"},
	CLI_READING,
	{'q', "quiet", NULL, "no progress, no complaints about members"},
	{0, NULL, NULL, NULL},
};

static const struct {
	const char *name;
	enum hu_report_format format;
} formats[] = {
	{"text", HU_REPORT_TEXT},
	{"html", HU_REPORT_HTML},
	{"md", HU_REPORT_MARKDOWN},
	{"json", HU_REPORT_JSON},
};

/* A report of ten thousand causes is smaller. */
enum { REPORT_MAX = 64 << 20 };

static bool is_store(struct hu_str head)
{
	return hu_str_starts(head, "SQLite format 3");
}

/* The schema is the first thing in a report.json. */
static bool is_report(struct hu_str head)
{
	head = hu_str_trim(head);
	return hu_str_starts(head, "{") && hu_str_find(head, "\"holdup.report.v1\"") >= 0;
}

/* The first bytes of a file; none of a folder. */
static struct hu_err *look(const char *path, struct hu_out *ret)
{
	char head[512];
	struct stat st;

	if (stat(path, &st) != 0)
		return hu_err_os(errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return NULL;
	FILE *f = fopen(path, "re");
	if (!f)
		return hu_err_os(errno, "cannot open %s", path);
	hu_out_bytes(ret, head, fread(head, 1, sizeof(head), f));
	fclose(f);
	return NULL;
}

static struct hu_err *slurp(const char *path, struct hu_out *ret)
{
	char part[65536];
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return hu_err_os(errno, "cannot open %s", path);
	while (ret->len <= REPORT_MAX && (n = fread(part, 1, sizeof(part), f)) > 0)
		hu_out_bytes(ret, part, n);
	bool failed = ferror(f);
	fclose(f);
	if (failed)
		return hu_err(HU_ERR_OS, "cannot read %s", path);
	return ret->len > REPORT_MAX
		       ? hu_err(HU_ERR_BAD_INPUT, "%s is too large for a report", path)
		       : NULL;
}

static struct hu_err *report_of(struct hu_store *store, const struct hu_options *narrow,
				struct hu_out *ret)
{
	struct hu_err *err = hu_analyze(store, narrow);

	return err ? err : hu_report(store, HU_REPORT_JSON, false, ret);
}

static int load(const struct cli_input *in, const char *path, const struct hu_options *narrow,
		struct hu_out *ret)
{
	HU_CLEANUP(hu_scratch_destroyp) struct hu_scratch *scratch = NULL;
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = NULL;
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	bool quiet = cli_value(in, "quiet");
	struct hu_loaded loaded;

	int status = cli_open_bundle(in, &path, 1, quiet, &bundle);
	if (status)
		return status;
	struct hu_err *err = hu_scratch_create(NULL, "holdup", &scratch);
	if (err)
		return cli_fail_output(err);
	HU_CLEANUP(hu_freep) char *place = hu_scratch_file(scratch, "store.db");
	status = cli_load(in, bundle, place, quiet, &store, &loaded);
	if (status)
		return status;
	status = cli_load_status(bundle, &loaded);
	if (status > CLI_ONE_YIELDED_NOTHING)
		return status;
	err = report_of(store, narrow, ret);
	hu_store_close(store); /* before its folder goes */
	store = NULL;
	return err ? cli_fail_output(err) : status;
}

static int read_side(const struct cli_input *in, size_t which, const struct hu_options *narrow,
		     struct hu_side *ret)
{
	static const char *const words[] = {"BEFORE", "AFTER"};
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0}, report = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_freep) char *path = cli_find_store(in->operands[which]);
	int status = CLI_DONE;

	struct hu_err *err = look(path, &head);
	if (err)
		return cli_fail(err, NULL);
	if (is_store(hu_out_view(&head))) {
		err = hu_store_open(path, false, &store);
		if (!err)
			err = report_of(store, narrow, &report);
	} else if (is_report(hu_out_view(&head))) {
		err = slurp(path, &report);
	} else {
		status = load(in, path, narrow, &report);
	}
	if (err)
		return cli_fail(err, NULL);
	if (status > CLI_ONE_YIELDED_NOTHING)
		return status;
	err = hu_side_read(hu_out_view(&report), words[which], ret);
	return err ? cli_fail(hu_err_in(err, "in %s", path), NULL) : status;
}

static int write_out(const struct cli_input *in, struct hu_store *store,
		     enum hu_report_format format)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	const char *target = cli_value(in, "output");
	bool to_stdout = cli_to_stdout(target);

	struct hu_err *err = hu_report_diff(store, format, to_stdout && cli_colour(), &out);
	if (err)
		return cli_fail_output(err);
	return cli_deliver(target, hu_out_view(&out));
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	struct hu_options narrow = {
		.threshold = 100 * HU_NS_PER_MS, .from = HU_OPEN, .to = HU_OPEN};
	const char *format = cli_value(in, "format"), *threshold = cli_value(in, "threshold");
	const size_t count = sizeof(formats) / sizeof(formats[0]);
	struct hu_side sides[2] = {0};
	size_t i = 0;

	if (in->count != 2)
		return cli_usage(in->command, in->count > 2 ? "two sides, no more"
					      : in->count   ? "against what?"
							    : "which two?");
	while (format && i < count && strcmp(format, formats[i].name) != 0)
		i++;
	if (i == count)
		return cli_usage(in->command, "--format %s: a comparison is html, md, json or text",
				 format);
	if (threshold &&
	    (!hu_str_duration(hu_str(threshold), &narrow.threshold) || narrow.threshold <= 0))
		return cli_usage(
			in->command,
			"--threshold %s is no duration: give a number with ns, us, ms or s "
			"behind it",
			threshold);
	int status = read_side(in, 0, &narrow, &sides[0]), other = CLI_DONE;
	if (status <= CLI_ONE_YIELDED_NOTHING) {
		other = read_side(in, 1, &narrow, &sides[1]);
		status = other > status ? other : status;
	}
	if (status <= CLI_ONE_YIELDED_NOTHING) {
		struct hu_err *err = hu_store_create(":memory:", &store);
		if (!err)
			err = hu_compare(&sides[0], &sides[1], store);
		other = err ? cli_fail_output(err) : write_out(in, store, formats[i].format);
		status = other ? other : status;
	}
	hu_side_deinit(&sides[0]);
	hu_side_deinit(&sides[1]);
	return status;
}

const struct cli_command cli_diff = {
	.name = "diff",
	.synopsis = "BEFORE AFTER [OPTION...]",
	.summary = "set two captures against each other: did the change help?",
	.details =
		"Each side is a bundle, a store, the folder that \"holdup analyze\" made, or a "
		"report.json. Operations are compared kind by kind where the same kind of capture "
		"recorded them, causes by their signature: gone, new, better, worse, same. What "
		"makes the two not comparable is said, and then there is no answer.\n"
		"The exit status is that of reading the two sides, whatever the answer.\n"
		"  holdup diff monday.tar.zst friday.tar.zst\n"
		"  holdup diff before/ after/ -f html -o diff.html",
	.options = options,
	.run = run,
};
