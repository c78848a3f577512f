/* holdup: what's the hold-up? The one table of commands. */
#include "cli/cli.h"

#include "db/stage.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_command *const commands[] = {
	&cli_analyze, &cli_inspect, &cli_ingest, &cli_report, &cli_query, &cli_known,
	&cli_export,  &cli_diff,    &cli_batch,	 &cli_merge,  NULL,
};

static const char *command_name(const void *list, size_t i)
{
	const struct cli_command *const *table = list;

	return table[i] ? table[i]->name : NULL;
}

static const struct cli_command *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int overview(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_puts(&out, "holdup " HU_VERSION
			  ": what was held up, by whom, and which known fix ends it.\n\n"
			  "Usage: holdup COMMAND [ARGUMENT...]\n\n");
	for (size_t i = 0; commands[i]; i++)
		hu_out_printf(&out, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
	hu_out_puts(&out,
		    "\nBegin with \"holdup analyze BUNDLE\": a folder, a tar or zip, or a single "
		    "capture.\n\"holdup COMMAND --help\" says more about a command; \"holdup "
		    "--version\" tells the version.\n");
	return cli_print(hu_out_view(&out)) ? CLI_DONE : CLI_FAULT;
}

static int unknown(const char *name)
{
	const char *near = cli_nearest(name, command_name, commands);

	if (near)
		cli_complain("there is no command \"%s\"; did you mean \"%s\"?", name, near);
	else
		cli_complain("there is no command \"%s\"; \"holdup help\" lists those that are",
			     name);
	return CLI_USAGE;
}

static int run(const struct cli_command *command, int argc, char **argv)
{
	HU_CLEANUP(cli_input_deinit) struct cli_input in;

	if (!cli_parse(command, argc, argv, &in))
		return CLI_USAGE;
	if (in.help) {
		cli_help(command);
		return CLI_DONE;
	}
	if (getenv("HOLDUP_TIMINGS"))
		hu_stages_on();
	struct hu_err *err = hu_store_engine();
	if (err)
		return cli_fail(err, NULL);
	int status = command->run(&in);
	cli_progress_end();
	hu_stages_print(stderr);
	return status;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	signal(SIGXFSZ, SIG_IGN); /* ulimit -f: an error like a full disk */
	hu_scratch_guard();
	if (!name) {
		overview();
		return CLI_USAGE;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V") || !strcmp(name, "version"))
		return cli_print(hu_str("holdup " HU_VERSION "\n")) ? CLI_DONE : CLI_FAULT;
	bool help = !strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help");
	if (help && argc < 3)
		return overview();
	const struct cli_command *command = find(help ? argv[2] : name);
	if (!command)
		return unknown(help ? argv[2] : name);
	if (help) {
		cli_help(command);
		return CLI_DONE;
	}
	return run(command, argc - 2, argv + 2);
}
