/* What a disturbed run left, held against an undisturbed one; see inject_check.h. */
#include "tests/inject_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

/* Trees. */

static void tree_deinit(struct inject_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->at[i].path);
		hu_out_deinit(&tree->at[i].bytes);
	}
	free(tree->at);
	*tree = (struct inject_tree){0};
}

static void tree_read(struct inject_tree *tree, const char *root, const char *below)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", root, below);
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct stat st;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		HU_CLEANUP(hu_freep)
		char *name = hu_test_format("%s%s%s", below, *below ? "/" : "", e->d_name);
		HU_CLEANUP(hu_freep) char *whole = hu_test_format("%s/%s", root, name);
		if (lstat(whole, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			size_t before = tree->count;
			tree_read(tree, root, name);
			if (tree->count > before)
				continue;
			strcat(name = hu_realloc(name, strlen(name) + 2), "/");
		}
		tree->at = hu_realloc(tree->at, (tree->count + 1) * sizeof(*tree->at));
		struct inject_file *file = &tree->at[tree->count++];
		*file = (struct inject_file){.path = hu_strdup(hu_str(name))};
		if (S_ISREG(st.st_mode))
			hu_test_slurp(whole, &file->bytes);
	}
	if (dir)
		closedir(dir);
}

static const struct inject_file *tree_find(const struct inject_tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->count; i++)
		if (!strcmp(tree->at[i].path, path))
			return &tree->at[i];
	return NULL;
}

static bool ends(const char *path, const char *with)
{
	return hu_str_ends(hu_str(path), with);
}

/* The journal of a batch is in the order of its work, the lock names a process. */
static bool has_own_bytes(const char *path)
{
	return !ends(path, "/journal") && !ends(path, "/lock");
}

/* The world. */

static void spew(const char *folder, const char *name, const char *bytes, size_t len)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", folder, name);

	hu_test_spew(path, (struct hu_str){bytes, len});
}

static void copy(const char *fixtures, const char *from, const char *folder, const char *name)
{
	HU_CLEANUP(hu_freep) char *a = hu_test_format("%s/%s", fixtures, from);
	HU_CLEANUP(hu_freep) char *b = hu_test_format("%s/%s", folder, name);

	hu_test_copy(a, b);
}

void inject_world_begin(struct inject_world *world, const char *program, const char *fixtures)
{
	*world = (struct inject_world){.program = program, .root = hu_test_tempdir()};
	world->run = hu_test_format("%s/run", world->root);
	world->tmp = hu_test_format("%s/tmp", world->root);
	world->out = hu_test_format("%s/out.txt", world->root);
	world->err = hu_test_format("%s/err.txt", world->root);
	HU_CLEANUP(hu_freep) char *text = hu_test_format("%s/text", world->root);
	HU_CLEANUP(hu_freep) char *mixed = hu_test_format("%s/mixed", world->root);
	HU_CLEANUP(hu_freep) char *few = hu_test_format("%s/few", world->root);
	mkdir(text, 0755);
	mkdir(mixed, 0755);
	mkdir(few, 0755);
	mkdir(world->run, 0755);
	mkdir(world->tmp, 0755);
	/* One text; a bundle with a reader behind each library; three bundles for a batch. */
	copy(fixtures, "incidents/lockdep-held/bundle/dmesg.txt", text, "dmesg.txt");
	copy(fixtures, "incidents/lockdep-held/bundle/dmesg.txt", mixed, "dmesg.txt");
	copy(fixtures, "tracedat/v6-printk/trace.dat", mixed, "trace.dat");
	copy(fixtures, "perfdata/all-bits/perf.data", mixed, "perf.data");
	copy(fixtures, "ctf/lttng-callstack/trace", mixed, "ctf");
	copy(fixtures, "incidents/lockdep-held/bundle/dmesg.txt", few, "one.txt");
	copy(fixtures, "incidents/sysrq-w-two-waiters/bundle/dmesg.txt", few, "two.txt");
	spew(few, "three.txt", "nothing\n", 8);
	HU_CLEANUP(hu_freep)
	char *pack = hu_test_format("cd '%s' && tar cf mixed.tar mixed && tar czf mixed.tar.gz "
				    "mixed",
				    world->root);
	if (system(pack) != 0)
		test_fail(__FILE__, __LINE__, "tar does not work");
}

void inject_world_end(struct inject_world *world)
{
	tree_deinit(&world->want);
	hu_test_remove(world->root);
	free(world->root);
	free(world->run);
	free(world->tmp);
	free(world->out);
	free(world->err);
}

const char *const *inject_world_argv(struct inject_world *world)
{
	static const char *argv[24];
	size_t n = 0;

	argv[n++] = world->program;
	for (size_t i = 0; world->job->words[i] && n < 23; i++)
		argv[n++] = world->job->words[i];
	argv[n] = NULL;
	return argv;
}

static int run_undisturbed(struct inject_world *world, const char *const *words)
{
	HU_CLEANUP(hu_freep) char *tmpdir = hu_test_format("TMPDIR=%s", world->tmp);
	const char *env[] = {tmpdir, NULL};
	const char *argv[24] = {world->program};

	for (size_t i = 0; words[i] && i < 22; i++)
		argv[i + 1] = words[i];
	const struct inject_run run = {argv, env, world->run, world->out, world->err, 60};
	return inject_run_plain(&run).status;
}

static void clear(const char *folder)
{
	hu_test_remove(folder);
	mkdir(folder, 0755);
}

void inject_world_reset(struct inject_world *world)
{
	clear(world->run);
	clear(world->tmp);
	if (world->job->before)
		run_undisturbed(world, world->job->before);
	if (!world->job->again)
		return;
	run_undisturbed(world, world->job->words);
	spew(world->run, "out/notes", "somebody's\n", 11);
}

bool inject_world_job(struct inject_world *world, const struct inject_job *job)
{
	world->job = job;
	inject_world_reset(world);
	world->status = run_undisturbed(world, job->words);
	tree_deinit(&world->want);
	tree_read(&world->want, world->run, "");
	if (world->status != 0 && world->status != 1)
		return test_fail(__FILE__, __LINE__, "%s: status %d without any fault", job->name,
				 world->status);
	return true;
}

/* What must hold. */

static bool wrong(const struct inject_world *world, const char *fmt, ...) HU_PRINTF(2, 3);
static bool wrong(const struct inject_world *world, const char *fmt, ...)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out err = {0};
	HU_CLEANUP(hu_freep) char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	hu_test_slurp(world->err, &err);
	return test_fail("inject", 0, "%s\n\tit said: %.*s", text,
			 (int)(err.len < 1500 ? err.len : 1500), err.at ? err.at : "");
}

static bool is_whole(const char *path, struct hu_str bytes)
{
	if (!bytes.len)
		return false;
	if (ends(path, ".db"))
		return true; /* check_stores() */
	if (ends(path, ".html"))
		return hu_str_ends(bytes, "</html>\n");
	if (ends(path, ".json")) {
		cJSON *json = cJSON_ParseWithLength(bytes.at, bytes.len);
		cJSON_Delete(json);
		return json != NULL;
	}
	return bytes.at[bytes.len - 1] == '\n';
}

/* "complete" and sound, or one that says that it is not. */
static bool is_honest_store(const char *path, bool *complete)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	bool honest = true;

	*complete = false;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'state'", -1, &s, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW) {
		const char *state = (const char *)sqlite3_column_text(s, 0);
		*complete = state && !strcmp(state, "complete");
	}
	sqlite3_finalize(s);
	s = NULL;
	if (*complete)
		honest = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL) ==
				 SQLITE_OK &&
			 sqlite3_step(s) == SQLITE_ROW &&
			 !strcmp((const char *)sqlite3_column_text(s, 0), "ok");
	sqlite3_finalize(s);
	sqlite3_close(db);
	return honest;
}

/* What a report says is missing, of all sources: the text of their states and losses. */
static char *said_missing(struct hu_str bytes)
{
	cJSON *json = cJSON_ParseWithLength(bytes.at, bytes.len), *source;
	struct hu_out all = {0};

	hu_out_puts(&all, "");
	cJSON_ArrayForEach(source, cJSON_GetObjectItemCaseSensitive(json, "sources"))
	{
		const char *keys[] = {"status", "format", "losses", "error", "why"};
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			cJSON *item = cJSON_GetObjectItemCaseSensitive(source, keys[i]);
			char *text = item ? cJSON_PrintUnformatted(item) : NULL;
			hu_out_puts(&all, text ? text : "");
			free(text);
		}
	}
	cJSON_Delete(json);
	return all.at;
}

/* Reports that differ from those of the undisturbed run must say why; in all forms alike. */
static bool is_said(const struct inject_world *world, const struct inject_tree *got)
{
	for (size_t i = 0; i < got->count; i++) {
		const struct inject_file *now = &got->at[i],
					 *want = tree_find(&world->want, now->path);
		if (!want || !ends(now->path, "report.json"))
			continue;
		HU_CLEANUP(hu_freep) char *a = said_missing(hu_out_view(&now->bytes));
		HU_CLEANUP(hu_freep) char *b = said_missing(hu_out_view(&want->bytes));
		if (strcmp(a, b) != 0)
			return true;
	}
	return false;
}

/* Names that a killed run may leave, until the next one. */
static bool is_scratch(const char *path)
{
	const char *slash = strchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : strlen(path);

	return path[0] == '.' && len > 8 && path[len - 7] == '.';
}

static bool check_stores(const struct inject_world *world, const struct inject_tree *got)
{
	bool fine = true;

	for (size_t i = 0; i < got->count; i++) {
		const char *path = got->at[i].path;
		HU_CLEANUP(hu_freep) char *whole = hu_test_format("%s/%s", world->run, path);
		bool complete;
		if (!ends(path, "store.db") && !ends(path, "case.db"))
			continue;
		if (!is_honest_store(whole, &complete))
			fine = wrong(world, "%s says that it is complete, and is not sound", path);
		else if (!complete && tree_find(&world->want, path))
			fine = wrong(world, "%s is in its place and not complete", path);
	}
	return fine;
}

enum leftovers { NONE, MARKLESS, SCRATCH };

/*
 * Killed before it could say whose it is: it goes when it is an hour old, because somebody may be
 * about to say so.
 */
static bool is_markless(const struct inject_file *file)
{
	return is_scratch(file->path) && !file->bytes.len &&
	       (ends(file->path, "/") || ends(file->path, "/.holdup"));
}

/* All files of the job, or none, each whole; no other. */
static bool check_files(const struct inject_world *world, const struct inject_tree *got,
			enum leftovers may, bool *same, size_t *there)
{
	bool fine = check_stores(world, got);

	*same = true;
	*there = 0;
	for (size_t i = 0; i < got->count; i++) {
		const struct inject_file *file = &got->at[i],
					 *want = tree_find(&world->want, file->path);
		if (!want && ((may == SCRATCH && is_scratch(file->path)) ||
			      (may == MARKLESS && is_markless(file))))
			continue;
		if (!want && !world->job->resumable) {
			fine = wrong(world, "%s was left", file->path);
			continue;
		}
		*there += want != NULL;
		if (!has_own_bytes(file->path) || !want)
			continue;
		struct hu_str a = hu_out_view(&file->bytes), b = hu_out_view(&want->bytes);
		bool equal = a.len == b.len && !memcmp(a.at, b.at, a.len);
		*same &= equal;
		/* A mark is for people and for the next run, which writes it whole. */
		bool marking = may == SCRATCH && ends(file->path, "/.holdup");
		if (!equal && !marking && !is_whole(file->path, a))
			fine = wrong(world, "%s is not whole: %zu bytes of %zu", file->path, a.len,
				     b.len);
	}
	if (!world->job->resumable && *there && *there != world->want.count &&
	    !(world->job->again || world->job->before))
		fine = wrong(world, "%zu files of %zu are there", *there, world->want.count);
	return fine;
}

static bool is_clean(const char *folder, enum leftovers may)
{
	struct inject_tree tree = {0};
	bool clean = true;

	tree_read(&tree, folder, "");
	for (size_t i = 0; i < tree.count; i++)
		clean &= may == MARKLESS && !tree.at[i].bytes.len;
	tree_deinit(&tree);
	return clean;
}

static bool check_speech(const struct inject_world *world, const struct inject_end *end)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out err = {0};

	hu_test_slurp(world->err, &err);
	struct hu_str text = hu_out_view(&err);
	if (hu_str_find(text, "Sanitizer") >= 0 || hu_str_find(text, "runtime error:") >= 0)
		return wrong(world, "a sanitizer's report");
	if (end->status > 0 && end->status != world->status && !hu_str_starts(text, "holdup: "))
		return wrong(world, "status %d without a sentence", end->status);
	return true;
}

/* A run over what was left is as good as the first. */
static bool check_rerun(struct inject_world *world)
{
	struct inject_tree got = {0};
	bool same, fine = true;
	size_t there;

	HU_CLEANUP(hu_freep) char *store = hu_test_format("%s/case.db", world->run);
	unlink(store); /* nothing is overwritten; that it is whole is known */
	int status = run_undisturbed(world, world->job->words);
	if (status != world->status)
		fine = wrong(world, "the run after it: status %d, not %d", status, world->status);
	tree_read(&got, world->run, "");
	fine &= check_files(world, &got, MARKLESS, &same, &there);
	if (!same)
		fine = wrong(world, "the run after it made other reports");
	if (there != world->want.count)
		fine = wrong(world, "the run after it made %zu files of %zu", there,
			     world->want.count);
	if (!is_clean(world->tmp, MARKLESS))
		fine = wrong(world, "the run after it left the TMPDIR of the killed one");
	tree_deinit(&got);
	return fine;
}

enum inject_outcome inject_check(struct inject_world *world, const struct inject_end *end,
				 bool killed)
{
	struct inject_tree got = {0};
	bool same, fine = check_speech(world, end);
	/* What hinders the cleaning up itself: the next run does it. */
	bool hindered =
		end->call && (!strcmp(end->call, "getdents64") || !strcmp(end->call, "renameat2") ||
			      !strcmp(end->call, "lseek") || !strcmp(end->call, "openat"));
	enum leftovers may = killed || hindered ? SCRATCH : NONE;
	size_t there;

	tree_read(&got, world->run, "");
	fine &= check_files(world, &got, may, &same, &there);
	if (end->slow) {
		fine = wrong(world, "it did not end");
	} else if (!killed) {
		if (end->status != 0 && end->status != 1 && end->status != 3 && end->status != 4)
			fine = wrong(world, "status %d, signal %d", end->status, end->signal);
		bool clean = is_clean(world->tmp, NONE);
		if (!clean && !hindered)
			fine = wrong(world, "TMPDIR is not empty");
		hindered &= !clean || got.count > there;
		bool full = there == world->want.count;
		if (end->status == world->status && !full)
			fine = wrong(world, "status %d with %zu files of %zu", end->status, there,
				     world->want.count);
		if (fine && end->status <= 1 && full && !same && !is_said(world, &got))
			fine = wrong(world, "a report differs, and nothing in it says why");
	}
	bool full = there == world->want.count;
	tree_deinit(&got);
	if (fine && (killed || hindered || (world->job->resumable && end->status > 1)))
		fine = check_rerun(world);
	if (!fine)
		return INJECT_WRONG;
	if (killed)
		return INJECT_KILLED;
	if (full && same && end->status == world->status)
		return INJECT_SAME;
	return full && end->status <= 1 ? INJECT_SAID : INJECT_REFUSED;
}
