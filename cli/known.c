/* holdup known: the library of known fixes. */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/known.h"
#include "db/rows.h"

static const struct cli_option options[] = {
	CLI_KNOWN,
	{0, "incident", "N", "new: the incident to draft an entry from, as the report numbers it"},
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
			hu_no_memory();
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
		cli_complain("%d problem%s found", bad, bad == 1 ? "" : "s");
	return bad ? CLI_ONE_YIELDED_NOTHING : CLI_DONE;
}

/* "1" and "I1" are the same. */
static char *incident_id(const char *text)
{
	char *id = NULL;

	if (asprintf(&id, "I%s", *text == 'I' || *text == 'i' ? text + 1 : text) < 0)
		hu_no_memory();
	return id;
}

/* An analysis that left its results in the store is the one whose report was read. */
static bool analysed(struct hu_store *store)
{
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT 1 FROM sqlite_master WHERE name = 'incident_fact'");
	bool there = hu_rows_next(rows);

	hu_err_free(hu_rows_close(rows));
	return there;
}

static int draft(const struct cli_input *in)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	const char *incident = cli_value(in, "incident");
	const struct hu_options whole = {
		.threshold = 100 * HU_NS_PER_MS, .from = HU_OPEN, .to = HU_OPEN};

	if (in->count != 2)
		return cli_usage(in->command, "new: which store?");
	if (!incident || !*incident)
		return cli_usage(in->command,
				 "new: which incident? Give --incident and its number");
	HU_CLEANUP(hu_freep) char *path = cli_find_store(in->operands[1]);
	HU_CLEANUP(hu_freep) char *id = incident_id(incident);
	struct hu_err *err = hu_store_open(path, false, &store);
	if (!err && !analysed(store))
		err = hu_analyze(store, &whole);
	if (!err)
		err = hu_known_draft(store, id, &out);
	if (err)
		return cli_fail(err, NULL);
	if (!cli_print(hu_out_view(&out)))
		return CLI_FAULT;
	struct hu_str text = hu_out_view(&out);
	ptrdiff_t at = hu_str_find(text, "\"id\":");
	struct hu_str name = hu_str_skip(text, at < 0 ? text.len : (size_t)at + 5);
	hu_str_split(&name, '"');
	name = hu_str_split(&name, '"');
	cli_complain(
		"save it as %.*s.json, write what says TODO, and run \"holdup known check\" on it",
		(int)name.len, name.at);
	return CLI_DONE;
}

static int print_library(const struct cli_input *in, const char *id)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	struct hu_site site;
	struct hu_err *err = NULL;
	int status = cli_site(in, &site);

	if (!status)
		err = id ? hu_known_show(id, &site, &out) : hu_known_list(&site, &out);
	free((void *)site.paths);
	if (status)
		return status;
	if (err)
		return cli_fail(err, NULL);
	return cli_print(hu_out_view(&out)) ? CLI_DONE : CLI_FAULT;
}

static int run(const struct cli_input *in)
{
	const char *verb = in->count ? in->operands[0] : NULL;

	if (!verb)
		return cli_usage(in->command, "list, show, check or new?");
	if (!strcmp(verb, "check"))
		return check(in);
	if (!strcmp(verb, "new"))
		return draft(in);
	if (!strcmp(verb, "list") && in->count == 1)
		return print_library(in, NULL);
	if (!strcmp(verb, "show") && in->count == 2)
		return print_library(in, in->operands[1]);
	if (!strcmp(verb, "list"))
		return cli_usage(in->command, "list takes nothing behind it");
	if (!strcmp(verb, "show"))
		return cli_usage(in->command,
				 "show which? Give one id; \"holdup known list\" has them");
	return cli_usage(in->command, "list, show, check or new, not \"%s\"", verb);
}

const struct cli_command cli_known = {
	.name = "known",
	.synopsis = "list | show ID | check [FILE|DIR...] | new STORE.db --incident N",
	.summary = "list, show, validate or extend the library of known fixes",
	.details = "\"check\" without a file checks the library that is built in. It exits with 1 "
		   "if it "
		   "finds problems.\n"
		   "\"new\" drafts an entry from an incident of a store: save it under its id in a "
		   "folder of your own, write what says TODO, check it, and use it with --known.",
	.options = options,
	.run = run,
};
