/* holdup known: the library of known fixes. */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/known.h"

static const struct cli_option options[] = {
	{0, NULL, NULL, NULL},
};

struct paths {
	char **at;
	size_t count;
};

static void paths_deinit(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->at[i]);
	free(paths->at);
}

static void paths_add(struct paths *paths, char *path)
{
	paths->at = hu_realloc(paths->at, (paths->count + 1) * sizeof(*paths->at));
	paths->at[paths->count++] = path;
}

static int is_json(const struct dirent *e)
{
	return hu_str_ends(hu_str(e->d_name), ".json");
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A file as it is; of a folder its *.json, sorted. */
static struct hu_err *expand(struct paths *paths, const char *path)
{
	struct dirent **entries = NULL;
	struct stat st;

	if (stat(path, &st) != 0)
		return hu_err_os(errno, "cannot open %s", path);
	if (!S_ISDIR(st.st_mode)) {
		paths_add(paths, hu_strdup(hu_str(path)));
		return NULL;
	}
	int n = scandir(path, &entries, is_json, bytewise);
	if (n < 0)
		return hu_err_os(errno, "cannot open %s", path);
	for (int i = 0; i < n; i++) {
		char *file = NULL;
		if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
			abort();
		paths_add(paths, file);
		free(entries[i]);
	}
	free(entries);
	return n ? NULL : hu_err(HU_ERR_BAD_INPUT, "%s holds no .json file", path);
}

static int check(const struct cli_input *in)
{
	HU_CLEANUP(paths_deinit) struct paths paths = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	struct hu_err *err = NULL;
	int bad = 0;

	for (size_t i = 1; i < in->count && !err; i++)
		err = expand(&paths, in->operands[i]);
	if (!err)
		err = hu_known_check((const char *const *)paths.at, paths.count, &out, &bad);
	if (err)
		return cli_fail(err, NULL);
	if (!cli_print(hu_out_view(&out)))
		return CLI_FAULT;
	if (bad)
		cli_complain("%d problems found", bad);
	return bad ? CLI_ONE_YIELDED_NOTHING : CLI_DONE;
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	const char *verb = in->count ? in->operands[0] : NULL;
	struct hu_err *err;

	if (!verb)
		return cli_usage(in->command, "list, show or check?");
	if (!strcmp(verb, "check"))
		return check(in);
	if (!strcmp(verb, "list") && in->count == 1)
		err = hu_known_list(NULL, &out);
	else if (!strcmp(verb, "show") && in->count == 2)
		err = hu_known_show(in->operands[1], NULL, &out);
	else if (!strcmp(verb, "list"))
		return cli_usage(in->command, "list takes nothing behind it");
	else if (!strcmp(verb, "show"))
		return cli_usage(in->command,
				 "show which? Give one id; \"holdup known list\" has them");
	else
		return cli_usage(in->command, "list, show or check, not \"%s\"", verb);
	if (err)
		return cli_fail(err, NULL);
	return cli_print(hu_out_view(&out)) ? CLI_DONE : CLI_FAULT;
}

const struct cli_command cli_known = {
	.name = "known",
	.synopsis = "list | show ID | check [FILE|DIR...]",
	.summary = "list, show or validate the library of known fixes",
	.details = "\"check\" without a file checks the library that is built in. It exits with 1 "
		   "if it "
		   "finds problems.",
	.options = options,
	.run = run,
};
