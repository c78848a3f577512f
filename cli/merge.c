/* holdup merge: the parts of a fleet that several machines made, as one. */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fleet/build.h"
#include "fleet/gather.h"
#include "fleet/report.h"

static const struct cli_option options[] = {
	{'o', "output", "DIR", "the folder of the whole (needed)"},
	{0, "baseline", "DIR", "an earlier fleet: the report says what is new since then"},
	{0, "no-reports", NULL,
	 "leave the single reports where they are: links to them lead nowhere"},
	{'q', "quiet", NULL, "no complaints about reports that a part does not have"},
	{0, NULL, NULL, NULL},
};

static bool has(const char *dir, const char *name)
{
	HU_CLEANUP(hu_freep) char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		hu_no_memory();
	return lstat(path, &st) == 0;
}

/* Makes the folder, or takes one that holdup made; but not one in which a batch works. */
static int prepare(const char *dir)
{
	int status = cli_outdir_check(dir);

	if (status)
		return status;
	if (has(dir, "journal")) {
		cli_complain(
			"%s is the folder of a batch, which would write its own result over the "
			"merged one: give another folder with -o",
			dir);
		return CLI_USAGE;
	}
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return cli_fail_output(hu_err_os(errno, "cannot make the folder %s", dir));
	if (has(dir, HU_OUTPUT_MARK))
		return CLI_DONE;
	HU_CLEANUP(hu_freep) char *mark = NULL;
	if (asprintf(&mark, "%s/" HU_OUTPUT_MARK, dir) < 0)
		hu_no_memory();
	struct hu_err *err = cli_write_file(mark, hu_str(HU_OUTPUT_MARK_TEXT " " HU_VERSION "\n"));
	return err ? cli_fail_output(err) : CLI_DONE;
}

static struct hu_err *merge(const struct cli_input *in, const char *dir,
			    struct hu_fleet_counts *counts)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	struct hu_err *err = hu_fleet_begin(dir, &fleet);

	for (size_t i = 0; i < in->count && !err; i++)
		err = hu_fleet_is_cards(in->operands[i])
			      ? hu_fleet_add_cards(fleet, in->operands[i])
			      : hu_fleet_add_part(fleet, in->operands[i]);
	if (!err)
		err = hu_fleet_finish(fleet);
	if (!err)
		hu_fleet_counted(fleet, counts);
	return err;
}

static struct hu_err *gather(const struct cli_input *in, const char *dir)
{
	struct hu_err *err = NULL;

	for (size_t i = 0; i < in->count && !err; i++) {
		int64_t missing = 0;
		if (hu_fleet_is_cards(in->operands[i]))
			continue;
		err = hu_gather(dir, in->operands[i], &missing);
		if (missing && !cli_value(in, "quiet"))
			cli_complain("%s: %" PRId64 " single reports are not there; links to them "
				     "lead nowhere",
				     in->operands[i], missing);
	}
	return err;
}

static void tell(const char *dir, const struct hu_fleet_counts *counts, struct hu_out *out)
{
	static const char *const files[] = {"fleet.html",	   "fleet.md",
					    "fleet.json",	   "fleet.ndjson",
					    "fleet-incidents.csv", "fleet.db"};

	hu_out_grouped(out, counts->bundles);
	hu_out_puts(out, counts->bundles == 1 ? " bundle, " : " bundles, ");
	hu_out_grouped(out, counts->judged);
	hu_out_puts(out, " judged\n");
	if (counts->conflicts) {
		hu_out_grouped(out, counts->conflicts);
		hu_out_puts(out, counts->conflicts == 1 ? " bundle" : " bundles");
		hu_out_puts(out,
			    " came with different answers (another holdup, other options, or a "
			    "run without an end): the report says which counted\n");
	}
	hu_out_putc(out, '\n');
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		hu_out_puts(out, "  ");
		cli_put_safe(out, hu_str(dir));
		hu_out_printf(out, "/%s\n", files[i]);
	}
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	struct hu_fleet_counts counts = {0};
	const char *given = cli_value(in, "output");

	if (!in->count)
		return cli_usage(in->command, "which parts?");
	if (!given || !*given)
		return cli_usage(in->command, "-o DIR is needed: the folder of the whole");
	struct hu_str target = hu_str(given);
	while (target.len > 1 && target.at[target.len - 1] == '/')
		target.len--;
	HU_CLEANUP(hu_freep) char *dir = hu_strdup(target);
	int status = prepare(dir);
	if (status)
		return status;
	struct hu_err *err = merge(in, dir, &counts);
	if (err)
		return cli_fail(err, NULL);
	if (!cli_value(in, "no-reports"))
		err = gather(in, dir);
	if (!err)
		err = hu_fleet_publish(dir, cli_value(in, "baseline"));
	if (err)
		return cli_fail_output(err);
	tell(dir, &counts, &out);
	return cli_print(hu_out_view(&out)) ? CLI_DONE : CLI_FAULT;
}

const struct cli_command cli_merge = {
	.name = "merge",
	.synopsis = "PART... -o DIR [OPTION...]",
	.summary = "join the parts of a fleet that several machines made",
	.details =
		"A PART is a folder that \"holdup batch\" or \"holdup merge\" made, or the "
		"fleet.db in "
		"it. Parts may overlap, and come in any order, any number of times: the fleet.db "
		"in "
		"DIR is the same, byte for byte, as that of one run over all bundles. Of a bundle "
		"that "
		"came with different answers the later holdup's counts, and the report says so.\n"
		"Single reports are linked (or copied) into DIR. Exit status: 0 done; 2 wrong "
		"usage; "
		"3 a part that cannot be read, or is of another revision: then nothing is written; "
		"4 "
		"an internal fault.\n"
		"  holdup merge part-1 part-2 -o fleet",
	.options = options,
	.run = run,
};
