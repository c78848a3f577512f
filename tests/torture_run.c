/*
 * One run of the program, in a child of this process: no exec, no loading of libraries, some ten
 * milliseconds for a small capture. What it left is read back here and judged elsewhere.
 */
#include "tests/torture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/private.h"
#include "tests/faults.h"
#include "tests/rules.h"
#include "tests/support.h"

/* Read by the sanitizer's run time before main(): its own status, so that it is no exit of ours. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "exitcode=99:allocator_may_return_null=1:quarantine_size_mb=16";
}

static void to_file(const char *root, const char *name, int fd)
{
	char *path = hu_test_format("%s/%s", root, name);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (to < 0 || dup2(to, fd) < 0)
		_exit(127);
	close(to);
	free(path);
}

static _Noreturn void child(const char *root, const char *bundle, const struct hu_bounds *bounds)
{
	char *out = hu_test_format("%s/out", root), *tmp = hu_test_format("%s/tmp", root);
	const char *argv[] = {"holdup", "analyze", bundle,    "-o", out,
			      "-f",	"json",	   "--quiet", NULL, NULL};
	int argc = 8;

	to_file(root, "stdout", STDOUT_FILENO);
	to_file(root, "stderr", STDERR_FILENO);
	setenv("TMPDIR", tmp, 1);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	setrlimit(RLIMIT_CPU, &(struct rlimit){bounds->seconds, bounds->seconds + 5});
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){(rlim_t)1 << 30, (rlim_t)1 << 30});
	if (!HU_SANITIZED) /* it reserves terabytes */
		setrlimit(RLIMIT_AS, &(struct rlimit){bounds->memory, bounds->memory});
	alarm(bounds->seconds * 20);
	if (!bounds->boxed)
		argv[argc++] = "--no-sandbox";
	int status = holdup_main(argc, (char **)(uintptr_t)argv);
	if (bounds->defect)
		status = hu_run_defect(bounds->defect, root, status);
	free(out);
	free(tmp);
	exit(status); /* leaks are looked for there, and scratch folders go */
}

static void say_end(const struct hu_bounds *bounds, const struct rusage *used, int status,
		    struct hu_run *run)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	run->status = sig ? 128 + sig : WEXITSTATUS(status);
	run->seconds = used->ru_utime.tv_sec + used->ru_stime.tv_sec;
	run->peak_kib = used->ru_maxrss;
	if (sig == SIGXCPU || sig == SIGALRM || (sig == SIGKILL && run->seconds >= bounds->seconds))
		hu_out_printf(&run->broken[HU_WRONG_TIME], "did not end within %u s of CPU\n",
			      bounds->seconds);
	else if (sig == SIGXFSZ || strstr(run->said.at, "out of memory") ||
		 (uint64_t)run->peak_kib * 1024 > bounds->memory * (HU_SANITIZED ? 2 : 1))
		hu_out_printf(&run->broken[HU_WRONG_MEMORY], "%s\n",
			      run->said.len ? run->said.at : "more than it may have");
	else if (sig)
		hu_out_printf(&run->broken[HU_WRONG_EXIT], "killed by signal %d (%s)\n", sig,
			      strsignal(sig));
	if (strstr(run->said.at, "Sanitizer") || strstr(run->said.at, "runtime error:"))
		hu_out_printf(&run->broken[HU_WRONG_SANITIZER], "%.1500s\n", run->said.at);
}

static char *text_at(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return hu_strdup(hu_str(text ? text : ""));
}

static void read_sources(sqlite3 *db, struct hu_run *run)
{
	static const char sql[] =
		"SELECT path, status, coalesce(error, CASE WHEN format IS NULL THEN why END), "
		"format IS NOT NULL, records, "
		"(SELECT total(count) FROM event_count AS e WHERE e.source = s.id), "
		"(SELECT count(*) FROM loss AS l WHERE l.source = s.id), "
		"(SELECT group_concat(DISTINCT kind || ' ' || text || char(10)) FROM loss AS l "
		"WHERE l.source = s.id), format "
		"FROM source AS s ORDER BY id";
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
		hu_out_printf(&run->broken[HU_WRONG_WHOLE], "store.db: %s\n", sqlite3_errmsg(db));
	while (row && sqlite3_step(row) == SQLITE_ROW) {
		run->sources = hu_realloc(run->sources, (run->count + 1) * sizeof(*run->sources));
		run->sources[run->count++] =
			(struct hu_source_told){text_at(row, 0),
						text_at(row, 8),
						text_at(row, 1),
						text_at(row, 2),
						text_at(row, 7),
						sqlite3_column_int(row, 3) != 0,
						sqlite3_column_int64(row, 4),
						sqlite3_column_int64(row, 5),
						sqlite3_column_int64(row, 6)};
	}
	sqlite3_finalize(row);
}

static void read_store(const char *path, struct hu_run *run)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'state'", -1, &row, NULL) !=
		    SQLITE_OK)
		hu_out_printf(&run->broken[HU_WRONG_WHOLE], "store.db: %s\n", sqlite3_errmsg(db));
	else if (sqlite3_step(row) != SQLITE_ROW ||
		 strcmp((const char *)sqlite3_column_text(row, 0), "complete") != 0)
		hu_out_puts(&run->broken[HU_WRONG_WHOLE], "store.db is not complete\n");
	sqlite3_finalize(row);
	read_sources(db, run);
	hu_test_store_rules(db, &run->broken[HU_WRONG_REPORT]);
	sqlite3_close(db);
}

/* The folder of a run holds what was there before and the output, if that was published. */
static void look_around(const char *root, const char *bundle, struct hu_run *run)
{
	static const char *const known[] = {".",      "..",	"bundle", "out",
					    "stderr", "stdout", "tmp",	  "twice.tar"};
	struct hu_test_list left HU_CLEANUP(hu_test_list_deinit) = {0};
	char *tmp = hu_test_format("%s/tmp", root);
	DIR *dir = opendir(root);

	hu_test_dir(tmp, &left);
	for (size_t i = 0; i < left.count; i++)
		hu_out_printf(&run->broken[HU_WRONG_WHOLE], "left in TMPDIR: %s\n", left.at[i]);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		bool ours = strcmp(e->d_name, strrchr(bundle, '/') + 1) == 0;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			ours |= strcmp(e->d_name, known[i]) == 0;
		if (!ours)
			hu_out_printf(&run->broken[HU_WRONG_WHOLE], "made beside the output: %s\n",
				      e->d_name);
	}
	if (dir)
		closedir(dir);
	free(tmp);
}

void hu_run_do(const struct hu_capture *c, const char *bundle, const struct hu_bounds *bounds,
	       struct hu_run *run)
{
	char *out = hu_test_format("%s/out", c->root), *tmp = hu_test_format("%s/tmp", c->root);
	char *said = hu_test_format("%s/stderr", c->root);
	char *store = hu_test_format("%s/store.db", out);
	char *report = hu_test_format("%s/report.json", out);
	struct rusage used = {0};
	int status = 0;

	*run = (struct hu_run){0};
	mkdir(tmp, 0700);
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0)
		child(c->root, bundle, bounds);
	while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
		;
	if (!hu_test_slurp(said, &run->said))
		abort();
	say_end(bounds, &used, status, run);
	look_around(c->root, bundle, run);
	run->published = hu_test_is_dir(out);
	if (run->published && !hu_test_is_file(store))
		hu_out_puts(&run->broken[HU_WRONG_WHOLE], "the output has no store.db\n");
	else if (run->published)
		read_store(store, run);
	if (run->published) {
		run->report = hu_test_is_file(report) ? hu_test_json(report) : NULL;
		if (!run->report)
			hu_out_puts(&run->broken[HU_WRONG_WHOLE],
				    "the output has no report.json that is whole\n");
	}
	hu_test_remove(out);
	free(out);
	free(tmp);
	free(said);
	free(store);
	free(report);
}

void hu_run_deinit(struct hu_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		free(run->sources[i].path);
		free(run->sources[i].status);
		free(run->sources[i].error);
		free(run->sources[i].format);
		free(run->sources[i].lost);
	}
	free(run->sources);
	for (size_t i = 0; i < HU_WRONGS; i++)
		hu_out_deinit(&run->broken[i]);
	hu_out_deinit(&run->said);
	cJSON_Delete(run->report);
	*run = (struct hu_run){0};
}
