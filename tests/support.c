/* What the drivers share. Shaped for thousands of small loads, each of which may crash. */
#include "tests/support.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEP_FAILED = 42 };

/* Where the child is; it alone writes. */
struct progress {
	size_t step;
	char what[512];
};

static struct progress *progress; /* shared with the child that runs */

void hu_test_list_add(struct hu_test_list *list, const char *text)
{
	list->at = hu_realloc(list->at, (list->count + 1) * sizeof(*list->at));
	list->at[list->count++] = hu_strdup(hu_str(text));
}

void hu_test_list_deinit(struct hu_test_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->at[i]);
	free(list->at);
	*list = (struct hu_test_list){0};
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void hu_test_dir(const char *path, struct hu_test_list *ret)
{
	DIR *dir = opendir(path);

	if (!dir)
		return;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (e->d_name[0] != '.')
			hu_test_list_add(ret, e->d_name);
	closedir(dir);
	if (ret->count)
		qsort(ret->at, ret->count, sizeof(*ret->at), by_text);
}

bool hu_test_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool hu_test_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *hu_test_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	return text;
}

bool hu_test_slurp(const char *path, struct hu_out *ret)
{
	FILE *file = fopen(path, "rb");
	char block[65536];

	if (!file) {
		printf("%s: %s\n", path, strerror(errno));
		return false;
	}
	hu_out_bytes(ret, "", 0);
	for (size_t n = fread(block, 1, sizeof(block), file); n;
	     n = fread(block, 1, sizeof(block), file))
		hu_out_bytes(ret, block, n);
	fclose(file);
	return true;
}

bool hu_test_spew(const char *path, struct hu_str bytes)
{
	FILE *file = fopen(path, "wb");
	bool ok = file && (bytes.len == 0 || fwrite(bytes.at, bytes.len, 1, file) == 1);

	if (file && fclose(file) != 0)
		ok = false;
	if (!ok)
		printf("%s: cannot write: %s\n", path, strerror(errno));
	return ok;
}

char *hu_test_tempdir(void)
{
	const char *base = getenv("TMPDIR");
	char *path = hu_test_format("%s/holdup-test-XXXXXX", base && *base ? base : "/tmp");

	if (!mkdtemp(path)) {
		printf("%s: %s\n", path, strerror(errno));
		exit(1);
	}
	return path;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

void hu_test_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool numbers_fit(const cJSON *node)
{
	for (; node; node = node->next) {
		if (cJSON_IsNumber(node) && fabs(node->valuedouble) >= 9007199254740992.0)
			return false;
		if (!numbers_fit(node->child))
			return false;
	}
	return true;
}

cJSON *hu_test_json(const char *path)
{
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};
	cJSON *json;

	if (!hu_test_slurp(path, &text))
		return NULL;
	json = cJSON_ParseWithLengthOpts(text.at, text.len + 1, NULL, true);
	if (!json) {
		const char *at = cJSON_GetErrorPtr();

		printf("%s: no JSON near \"%.40s\"\n", path, at ? at : "");
		return NULL;
	}
	if (!numbers_fit(json)) {
		printf("%s: a number of 2^53 or more: write it as a string\n", path);
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

/* `seconds` more of CPU, and ten times that by the clock. */
static void limit(unsigned int seconds)
{
	struct rusage used = {0};
	struct rlimit cpu;

	getrusage(RUSAGE_SELF, &used);
	cpu.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1 + seconds;
	cpu.rlim_max = RLIM_INFINITY;
	setrlimit(RLIMIT_CPU, &cpu);
	alarm(seconds * 10);
}

static void say_how_it_ended(const char *what, int status, unsigned int seconds)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		printf("%s: took more than %u s of CPU\n", what, seconds);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("%s: did not end within %u s\n", what, seconds * 10);
	else if (WIFSIGNALED(status))
		printf("%s: killed by signal %d (%s)\n", what, WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != STEP_FAILED)
		printf("%s: the child ended with status %d\n", what, WEXITSTATUS(status));
}

void hu_test_now(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(progress->what, sizeof(progress->what), fmt, args);
	va_end(args);
}

static _Noreturn void child(size_t from, size_t count, unsigned int seconds,
			    bool (*fn)(void *arg, size_t step), void *arg)
{
	bool ok = true;

	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef __SANITIZE_ADDRESS__ /* ASan reserves terabytes of shadow */
	setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)3 << 30, (rlim_t)3 << 30});
#endif
	for (size_t i = from; i < count; i++) {
		progress->step = i;
		progress->what[0] = '\0';
		limit(seconds);
		if (fn(arg, i))
			continue;
		printf("%s: failed\n", progress->what);
		ok = false;
	}
	/* exit(), not _exit(): the leak check runs there */
	progress->step = count;
	hu_test_now("leaks of the steps before");
	exit(ok ? 0 : STEP_FAILED);
}

size_t hu_test_steps(size_t count, unsigned int seconds, bool (*fn)(void *arg, size_t step),
		     void *arg)
{
	size_t deaths = 0;

	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (progress == MAP_FAILED)
		abort();
	for (size_t from = 0; from < count; from = progress->step + 1) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		fflush(stderr);
		progress->step = from;
		pid = fork();
		if (pid < 0)
			abort();
		if (pid == 0)
			child(from, count, seconds, fn, arg);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			break;
		say_how_it_ended(progress->what, status, seconds);
		deaths++;
	}
	munmap(progress, sizeof(*progress));
	return deaths;
}

char *hu_test_folder_key(const char *path)
{
	for (size_t i = 0; hu_readers[i]; i++) {
		const char *name = hu_readers[i]->folder_key;
		char *key = name ? hu_test_format("%s/%s", path, name) : NULL;

		if (key && hu_test_is_file(key))
			return key;
		free(key);
	}
	return NULL;
}

void hu_test_copy(const char *from, const char *to)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0};

	if (!hu_test_is_dir(from)) {
		if (hu_test_slurp(from, &bytes))
			hu_test_spew(to, hu_out_view(&bytes));
		return;
	}
	mkdir(to, 0700);
	hu_test_dir(from, &names);
	for (size_t i = 0; i < names.count; i++) {
		char *inner = hu_test_format("%s/%s", from, names.at[i]);
		char *copy = hu_test_format("%s/%s", to, names.at[i]);

		hu_test_copy(inner, copy);
		free(inner);
		free(copy);
	}
}

const struct hu_reader_ops *hu_test_probe(const char *path, const char *name, const char **why)
{
	struct hu_probe in = {.path = name, .is_dir = hu_test_is_dir(path)};
	char *key = in.is_dir ? hu_test_folder_key(path) : hu_test_format("%s", path);
	char head[HU_PROBE_BYTES];
	FILE *file = key ? fopen(key, "rb") : NULL;

	if (file) {
		in.head = (struct hu_str){head, fread(head, 1, sizeof(head), file)};
		fclose(file);
	}
	free(key);
	return hu_probe(&in, why);
}

struct hu_err *hu_test_load(struct hu_store *store, const struct hu_reader_ops *reader,
			    const char *path, const char *name,
			    const struct hu_surroundings *around)
{
	struct stat st = {0};
	struct hu_sink *sink = NULL;
	struct hu_err *err;

	if (stat(path, &st) < 0)
		return hu_err_os(errno, "%s", path);
	err = hu_store_begin(
		store,
		&(struct hu_source_info){
			.path = name,
			.format = reader->name,
			.why = "the test says so",
			.sha256 =
				"0000000000000000000000000000000000000000000000000000000000000000",
			.bytes = S_ISDIR(st.st_mode) ? 0 : (int64_t)st.st_size,
			.clock = reader->clock,
		},
		&sink);
	if (err)
		return err;
	return hu_store_end(sink, hu_read(reader, path, around, sink));
}

static void dump_table(sqlite3 *db, const char *table, struct hu_out *ret)
{
	char *sql = hu_test_format("SELECT * FROM \"%s\"", table);
	sqlite3_stmt *rows = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
		hu_out_printf(ret, "%s: %s\n", table, sqlite3_errmsg(db));
	while (rows && sqlite3_step(rows) == SQLITE_ROW) {
		hu_out_puts(ret, table);
		for (int i = 0; i < sqlite3_column_count(rows); i++) {
			const char *text = (const char *)sqlite3_column_text(rows, i);

			hu_out_putc(ret, '|');
			if (text)
				hu_out_bytes(ret, text, (size_t)sqlite3_column_bytes(rows, i));
			else
				hu_out_puts(ret, "NULL");
		}
		hu_out_putc(ret, '\n');
	}
	sqlite3_finalize(rows);
	free(sql);
}

void hu_test_dump(struct hu_store *store, struct hu_out *ret)
{
	sqlite3 *db = hu_store_db(store);
	sqlite3_stmt *tables = NULL;

	hu_out_puts(ret, "");
	if (sqlite3_prepare_v2(db,
			       "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
			       -1, &tables, NULL) != SQLITE_OK)
		hu_out_printf(ret, "%s\n", sqlite3_errmsg(db));
	while (tables && sqlite3_step(tables) == SQLITE_ROW)
		dump_table(db, (const char *)sqlite3_column_text(tables, 0), ret);
	sqlite3_finalize(tables);
}
