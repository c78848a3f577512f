/*
 * scripts/score's worker: every labelled bundle through the real program, its report against its
 * label. With --thin also forms of it in which less is known. Shaped for some hundred runs of half
 * a second, as many at once as there are CPUs; what is printed does not depend on their order.
 */
#include "tests/score.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/score_table.h"
#include "tests/support.h"
#include "tests/thin.h"

enum { CPU_SECONDS = 600, NOTHING_LEFT = 77 };

struct options {
	const char *holdup, *folder, *labels, *only, *form, *doc, *date, *keep, *known;
	bool thin, verbose;
	size_t jobs, every;
};

struct bundle {
	char *name, *path, *out; /* out: where its whole analysis lies */
	cJSON *truth;
	const cJSON *score;
};

struct bundles {
	struct bundle *at;
	size_t count;
};

/* One run: a bundle, whole (form NULL) or thinned. */
struct run {
	const struct bundle *bundle;
	const struct hu_thin_form *form;
	char *json;
	int status; /* -1: not run */
};

static bool add_bundle(struct bundles *all, char *name, char *path, cJSON *truth,
		       const cJSON *score)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	bool ok = true;

	if (!score) {
		printf("%s: its truth has no \"score\"\n", name);
		ok = false;
	} else if (!hu_score_check(score, &why)) {
		printf("%s: its score has %s\n", name, why.at);
		ok = false;
	}
	if (!ok) {
		cJSON_Delete(truth);
		free(name);
		free(path);
		return false;
	}
	all->at = hu_realloc(all->at, (all->count + 1) * sizeof(*all->at));
	all->at[all->count++] = (struct bundle){name, path, NULL, truth, score};
	return true;
}

/* fixtures/incidents: the label is beside the bundle. */
static bool find_fixtures(const struct options *o, struct bundles *all)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	bool ok = true;

	hu_test_dir(o->folder, &names);
	for (size_t i = 0; i < names.count; i++) {
		if (o->only && fnmatch(o->only, names.at[i], 0) != 0)
			continue;
		HU_CLEANUP(hu_freep)
		char *label = hu_test_format("%s/%s/truth.json", o->folder, names.at[i]);
		char *path = hu_test_format("%s/%s/bundle.tar.zst", o->folder, names.at[i]);
		if (!hu_test_is_file(path)) {
			free(path);
			path = hu_test_format("%s/%s/bundle", o->folder, names.at[i]);
		}
		cJSON *truth = hu_test_json(label);
		ok &= add_bundle(all, hu_strdup(hu_str(names.at[i])), path, truth,
				 cJSON_GetObjectItemCaseSensitive(truth, "score"));
	}
	return ok;
}

/* Captures that lie elsewhere: the labels of all are in one file, by name. */
static bool find_labelled(const struct options *o, struct bundles *all)
{
	cJSON *labels = hu_test_json(o->labels);
	const cJSON *score;
	bool ok = labels != NULL;

	cJSON_ArrayForEach(score, labels)
	{
		char *path = hu_test_format("%s/%s", o->folder, score->string);
		if ((o->only && fnmatch(o->only, score->string, 0) != 0) ||
		    access(path, R_OK) != 0) {
			free(path);
			continue;
		}
		/* each owns its label */
		cJSON *own = cJSON_Duplicate(score, true);
		ok &= add_bundle(all, hu_strdup(hu_str(score->string)), path, own, own);
	}
	cJSON_Delete(labels);
	return ok;
}

static int run_program(const struct options *o, const char *const *argv)
{
	int devnull = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(devnull, STDOUT_FILENO);
	execv(o->holdup, (char *const *)argv);
	fprintf(stderr, "%s: %s\n", o->holdup, strerror(errno));
	return 127;
}

/* In a child: does not come back with success but through exec. */
static int do_run(const struct options *o, const struct run *r)
{
	struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS + 1};
	bool left = false;

	setrlimit(RLIMIT_CPU, &cpu);
	if (!r->form) {
		const char *argv[] = {o->holdup, "analyze", r->bundle->path, "-o", r->bundle->out,
				      "--quiet", NULL};
		return run_program(o, argv);
	}
	HU_CLEANUP(hu_freep) char *whole = hu_test_format("%s/store.db", r->bundle->out);
	HU_CLEANUP(hu_freep) char *store = hu_test_format("%s.db", r->json);
	hu_test_copy(whole, store);
	struct hu_err *err = hu_thin(store, r->form, &left);
	if (err) {
		fprintf(stderr, "%s: %s\n", r->bundle->name, hu_err_text(err));
		hu_err_free(err);
		return 126;
	}
	if (!left)
		return NOTHING_LEFT;
	const char *argv[] = {o->holdup, "report", store, "-f", "json", "-o", r->json, NULL};
	return run_program(o, argv);
}

static void wait_one(struct run *runs, const pid_t *pids, size_t count)
{
	int status;
	pid_t pid = wait(&status);

	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			runs[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void do_runs(const struct options *o, struct run *runs, size_t count)
{
	pid_t *pids = hu_alloc((count + 1) * sizeof(*pids));
	size_t active = 0;

	fflush(NULL);
	for (size_t i = 0; i < count; i++) {
		for (; active >= o->jobs; active--)
			wait_one(runs, pids, i);
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(do_run(o, &runs[i]));
		if (pids[i] > 0)
			active++;
	}
	for (; active; active--)
		wait_one(runs, pids, count);
	free(pids);
}

/* The run is on the list of those that are known to be wrong. */
static bool is_known(const struct hu_out *known, const struct run *r)
{
	const char *form = r->form ? r->form->name : "whole";
	HU_CLEANUP(hu_freep) char *line = hu_test_format("\n%s %s\n", r->bundle->name, form);

	return known->len && strstr(known->at, line);
}

/* False if the run is wrong and was not known to be, or is not wrong any more and still listed. */
static bool judge(const struct options *o, const struct run *r, const struct hu_out *known,
		  struct hu_table *table)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	const char *form = r->form ? r->form->name : NULL;
	enum hu_mark mark = HU_NO_MARK;

	if (r->status == NOTHING_LEFT) {
		hu_out_puts(&why, "nothing is left, or nothing is gone");
	} else if (r->status != 0 && r->status != 1 && !(!r->form && r->status == 3)) {
		mark = HU_WRONG;
		hu_out_printf(&why, "holdup ended with status %d", r->status);
	} else {
		cJSON *report = hu_test_json(r->json);
		mark = report ? hu_score_judge(r->bundle->score, report, &why) : HU_WRONG;
		if (!report)
			hu_out_puts(&why, "no report");
		cJSON_Delete(report);
	}
	hu_table_add(table, r->bundle->name, r->bundle->score, form, mark, why.at);
	if (o->verbose)
		printf("%-9s %-28s %-17s %s\n", hu_mark_names[mark], r->bundle->name,
		       form ? form : "whole", why.at);
	if (is_known(known, r) == (mark == HU_WRONG))
		return true;
	if (o->known)
		printf("%s %s: %s %s\n", r->bundle->name, form ? form : "whole",
		       mark == HU_WRONG ? "is wrong, and not listed in"
					: "is not wrong any more: take it out of",
		       o->known);
	return false;
}

static bool score_all(const struct options *o, struct bundles *all, struct hu_table *table)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out known = {0};
	bool ok = true;
	char *root = o->keep ? hu_strdup(hu_str(o->keep)) : hu_test_tempdir();
	struct run *runs = hu_alloc((all->count * (hu_thin_form_count + 1) + 1) * sizeof(*runs));
	size_t count = 0, pick = 0;

	hu_out_putc(&known, '\n');
	if (o->known)
		ok = hu_test_slurp(o->known, &known);
	for (size_t i = 0; i < all->count; i++) {
		all->at[i].out = hu_test_format("%s/%zu", root, i);
		runs[count++] = (struct run){&all->at[i], NULL,
					     hu_test_format("%s/%zu/report.json", root, i), -1};
	}
	do_runs(o, runs, count);
	for (size_t i = 0; i < all->count && o->thin; i++) {
		HU_CLEANUP(hu_freep) char *store = hu_test_format("%s/store.db", all->at[i].out);
		ok &= runs[i].status != 0 || hu_thin_prepare(store);
		for (size_t f = 0; f < hu_thin_form_count; f++) {
			if (o->form && fnmatch(o->form, hu_thin_forms[f].name, 0) != 0)
				continue;
			if (runs[i].status != 0 || pick++ % o->every)
				continue;
			runs[count++] =
				(struct run){&all->at[i], &hu_thin_forms[f],
					     hu_test_format("%s/%zu-%zu.json", root, i, f), -1};
		}
	}
	do_runs(o, runs + all->count, count - all->count);
	for (size_t i = 0; i < count; i++) {
		ok &= judge(o, &runs[i], &known, table);
		free(runs[i].json);
	}
	free(runs);
	if (!o->keep)
		hu_test_remove(root);
	free(root);
	return ok;
}

static int usage(void)
{
	fprintf(stderr, "usage: score [-t] [-v] [-j JOBS] [-n EVERY] [-i BUNDLES] [-f FORMS] [-l "
			"LABELS.json]"
			" [-o FILE.md] [-d DATE] [-k KEEP] [-x KNOWN-WRONG] HOLDUP FOLDER\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct options o = {.jobs = 1, .every = 1};
	struct bundles all = {0};
	struct hu_table *table = hu_table_new();
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	for (int c = getopt(argc, argv, "tvj:n:i:f:l:o:d:k:x:"); c != -1;
	     c = getopt(argc, argv, "tvj:n:i:f:l:o:d:k:x:")) {
		switch (c) {
		case 't':
			o.thin = true;
			break;
		case 'v':
			o.verbose = true;
			break;
		case 'j':
			o.jobs = (size_t)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o.every = (size_t)strtoul(optarg, NULL, 10);
			break;
		case 'i':
			o.only = optarg;
			break;
		case 'f':
			o.form = optarg;
			break;
		case 'l':
			o.labels = optarg;
			break;
		case 'o':
			o.doc = optarg;
			break;
		case 'd':
			o.date = optarg;
			break;
		case 'x':
			o.known = optarg;
			break;
		case 'k':
			o.keep = optarg;
			break;
		default:
			return usage();
		}
	}
	if (argc - optind != 2 || !o.jobs || !o.every)
		return usage();
	o.holdup = argv[optind];
	o.folder = argv[optind + 1];
	bool ok = o.labels ? find_labelled(&o, &all) : find_fixtures(&o, &all);
	if (all.count) {
		ok &= score_all(&o, &all, table);
		hu_table_print(table, &text);
		fputs(text.at, stdout);
		hu_out_clear(&text);
		if (o.doc) {
			hu_table_document(table, o.date, &text);
			ok &= hu_test_spew(o.doc, hu_out_view(&text));
		}
	} else {
		printf("no labelled bundle in %s\n", o.folder);
		ok = false;
	}
	for (size_t i = 0; i < all.count; i++) {
		free(all.at[i].name);
		free(all.at[i].path);
		free(all.at[i].out);
		cJSON_Delete(all.at[i].truth);
	}
	free(all.at);
	hu_table_free(table);
	return !ok;
}
