/*
 * The driver for whole incidents: incidents HOLDUP FOLDER analyses fixtures/incidents/<name>/ as a
 * folder and as a tar made from it, with the real program, and holds the report against truth.json:
 *
 *	{"why": "what happened", "exit": 0, "checks": [ … ]}          (the checks: tests/checks.h)
 *
 * and, where there is a folder golden/ or an archive golden.tar.zst, against that, byte for byte
 * (scripts/approve renews it).
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/checks.h"
#include "tests/rules.h"
#include "tests/support.h"
#include "tests/test.h"
#include "tests/tree.h"

enum { CPU_SECONDS = 240 };

static const char *const reports[] = {"report.json", "report.md", "report.html"};

static char *join(const char *dir, const char *name)
{
	return hu_test_format("%s/%s", dir, name);
}

/* `holdup analyze BUNDLE -o OUT --quiet`; its exit status, or -1 with a sentence on stdout. */
static int analyze(const char *holdup, const char *bundle, const char *out)
{
	struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS + 1};
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &cpu);
		/* the verdict for people; complaints stay on stderr */
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execl(holdup, holdup, "analyze", bundle, "-o", out, "--quiet", (char *)NULL);
		fprintf(stderr, "%s: %s\n", holdup, strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		printf("%s: killed by signal %d (%s)\n", holdup, WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
		return -1;
	}
	return WEXITSTATUS(status);
}

/* Prints the first line that differs. */
static void check_same(const char *what, const char *got_path, const char *want_path)
{
	struct hu_out got HU_CLEANUP(hu_out_deinit) = {0}, want HU_CLEANUP(hu_out_deinit) = {0};
	size_t at = 0, line = 0, number = 1;

	test_checks++;
	if (!hu_test_slurp(got_path, &got) || !hu_test_slurp(want_path, &want)) {
		test_failures++;
		return;
	}
	if (got.len == want.len && memcmp(got.at, want.at, got.len) == 0)
		return;
	for (; at < got.len && at < want.len && got.at[at] == want.at[at]; at++) {
		if (got.at[at] == '\n') {
			line = at + 1;
			number++;
		}
	}
	/* long lines (one-line JSON): from shortly before the difference */
	if (at - line > 200)
		line = at - 200;
	test_fail(__FILE__, __LINE__, "%s differ in line %zu:\n\t%.*s\n\tagainst\n\t%.*s", what,
		  number,
		  (int)(strcspn(got.at + line, "\n") > 400 ? 400 : strcspn(got.at + line, "\n")),
		  got.at + line,
		  (int)(strcspn(want.at + line, "\n") > 400 ? 400 : strcspn(want.at + line, "\n")),
		  want.at + line);
}

static void check_all_same(const char *what, const char *got_dir, const char *want_dir)
{
	TEST_EACH(i, reports)
	{
		char *got = join(got_dir, reports[i]), *want = join(want_dir, reports[i]);
		char *label = hu_test_format("%s: %s", what, reports[i]);

		check_same(label, got, want);
		free(got);
		free(want);
		free(label);
	}
}

/* What is true of every finished store, whatever it found. */
static void check_store(const char *dir)
{
	struct hu_out why HU_CLEANUP(hu_out_deinit) = {0};
	char *path = join(dir, "store.db");
	sqlite3 *db = NULL;

	if (CHECK_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK)) {
		test_checks += hu_test_store_rules(db, &why);
		if (why.len)
			test_fail(__FILE__, __LINE__, "%s", why.at);
	}
	sqlite3_close(db);
	free(path);
}

static bool one_source(sqlite3 *db, const char *format, long long cpu, long long prev,
		       long long next, long long ts, int64_t *at, int64_t *slack)
{
	static const char sql[] = "SELECT ts + offset_ns, slack_ns FROM switch JOIN source ON "
				  "source.id = source WHERE "
				  "format = ?1 AND cpu = ?2 AND tid = ?3 AND next = ?4 AND ts = ?5";
	sqlite3_stmt *row = NULL;
	bool found = false;

	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK) {
		sqlite3_bind_text(row, 1, format, -1, SQLITE_STATIC);
		sqlite3_bind_int64(row, 2, cpu);
		sqlite3_bind_int64(row, 3, prev);
		sqlite3_bind_int64(row, 4, next);
		sqlite3_bind_int64(row, 5, ts);
		found = sqlite3_step(row) == SQLITE_ROW;
		*at = found ? sqlite3_column_int64(row, 0) : 0;
		*slack = found ? sqlite3_column_int64(row, 1) : 0;
	}
	sqlite3_finalize(row);
	return found;
}

/* switches.tsv: task switches that trace-cmd and perf both stamped, as the two tools print them. On
 * the case's axis they agree within what the two sources say of themselves. */
static void check_switches(const char *incident, const char *dir)
{
	char *table = join(incident, "switches.tsv"), *path = join(dir, "store.db");
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;

	if (access(table, R_OK) == 0 && CHECK(hu_test_slurp(table, &text)) &&
	    CHECK_OK(hu_store_open(path, false, &store))) {
		sqlite3 *db = hu_store_db(store);
		struct hu_str rest = hu_out_view(&text), line;
		size_t pairs = 0;

		hu_str_line(&rest, &line); /* names of the columns */
		while (hu_str_line(&rest, &line)) {
			int64_t v[5], a, b, slack_a, slack_b;
			size_t n = 0;

			while (n < 5 && hu_str_i64(hu_str_split(&line, '\t'), &v[n]))
				n++;
			if (n < 5)
				continue;
			pairs++;
			if (!CHECK(one_source(db, "tracedat", v[0], v[1], v[2], v[3], &a,
					      &slack_a)) ||
			    !CHECK(one_source(db, "perfdata", v[0], v[1], v[2], v[4], &b,
					      &slack_b)))
				continue;
			int64_t apart = a > b ? a - b : b - a;
			test_checks++;
			if (apart > slack_a + slack_b)
				test_fail(__FILE__, __LINE__,
					  "switch %lld -> %lld is %lld ns apart, the slack is %lld",
					  (long long)v[1], (long long)v[2], (long long)apart,
					  (long long)(slack_a + slack_b));
		}
		CHECK(pairs >= 20);
	}
	free(table);
	free(path);
}

static void check_report(const char *dir, const cJSON *truth)
{
	static const char *const always[] = {
		"{\"path\":\"/schema\",\"is\":\"holdup.report.v1\"}",
		"{\"path\":\"/verdict/sentence\",\"present\":true}",
		"{\"path\":\"/bundle/sha256\",\"present\":true}",
		"{\"path\":\"/analyzers\",\"present\":true}",
		"{\"none\":\"/sources/*/path\",\"contains\":\"holdup-test-\"}",
		"{\"none\":\"/incidents/*/evidence/*/text\",\"contains\":\"holdup-test-\"}",
		"{\"all\":\"/incidents/*/chain/*/share\",\"at_least\":0,\"at_most\":1.000001}",
		"{\"all\":\"/incidents/*/confidence\",\"one_of\":[\"high\",\"medium\",\"low\"]}",
	};
	char *path = join(dir, "report.json");
	cJSON *report = hu_test_json(path), *check, *own;
	const char *why;

	if (!CHECK(report != NULL)) {
		free(path);
		return;
	}
	TEST_EACH(i, always)
	{
		struct hu_out said HU_CLEANUP(hu_out_deinit) = {0};

		own = cJSON_Parse(always[i]);
		test_checks++;
		if (!hu_test_check(report, own, &said))
			test_fail(__FILE__, __LINE__, "%s", said.at);
		cJSON_Delete(own);
	}
	cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(truth, "checks"))
	{
		struct hu_out said HU_CLEANUP(hu_out_deinit) = {0};

		test_checks++;
		why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(check, "why"));
		if (!hu_test_check(report, check, &said))
			test_fail(__FILE__, __LINE__, "%s%s%s", why ? why : "", why ? "\n\t" : "",
				  said.at);
	}
	cJSON_Delete(report);
	free(path);
}

/* The bundle as a folder named `name` under root/folder, and as a tar of that in root. */
static bool lay_out(const char *incident, const char *root, const char *name)
{
	char *archive = join(incident, "bundle.tar.zst"), *source = join(incident, "bundle");
	char *folder = hu_test_format("%s/folder", root),
	     *tar = hu_test_format("%s/%s.tar", root, name);
	char *command = NULL, *inner = join(folder, name);
	bool ok = mkdir(folder, 0755) == 0;

	if (ok && hu_test_is_file(archive)) {
		ok = mkdir(inner, 0755) == 0 && hu_test_unpack(archive, inner);
	} else if (ok) {
		/* through a tar of our own: one way to copy a tree is enough */
		command = hu_test_format("%s/copy.tar", root);
		ok = hu_test_pack(incident, "bundle", command) && hu_test_unpack(command, folder) &&
		     unlink(command) == 0;
		free(source);
		source = join(folder, "bundle");
		ok = ok && rename(source, inner) == 0;
	}
	ok = ok && hu_test_pack(folder, name, tar);
	free(archive);
	free(source);
	free(folder);
	free(tar);
	free(inner);
	free(command);
	return ok;
}

/* A folder golden/, else an archive; an incident has one of the two. */
static void check_golden(const char *incident, const char *root, const char *got)
{
	char *folder = join(incident, "golden"), *archive = join(incident, "golden.tar.zst"),
	     *unpacked = join(root, "golden");

	if (hu_test_is_dir(folder))
		check_all_same("the report and its golden", got, folder);
	else if (CHECK(mkdir(unpacked, 0755) == 0) && CHECK(hu_test_unpack(archive, unpacked)))
		check_all_same("the report and its golden", got, unpacked);
	free(folder);
	free(archive);
	free(unpacked);
}

static void check_incident(const char *holdup, const char *incident, const cJSON *truth)
{
	const char *name = strrchr(incident, '/') + 1;
	const cJSON *exit_item = cJSON_GetObjectItemCaseSensitive(truth, "exit");
	char *root = hu_test_tempdir();
	char *folder = hu_test_format("%s/folder/%s", root, name),
	     *tar = hu_test_format("%s/%s.tar", root, name);
	char *from_folder = join(root, "from-folder"), *from_tar = join(root, "from-tar");
	int want = exit_item ? exit_item->valueint : 0;

	if (CHECK(lay_out(incident, root, name)) &&
	    CHECK_INT(analyze(holdup, folder, from_folder), want) &&
	    CHECK_INT(analyze(holdup, tar, from_tar), want)) {
		check_report(from_folder, truth);
		check_store(from_folder);
		check_switches(incident, from_folder);
		check_all_same("the reports of the folder and of its tar", from_folder, from_tar);
		check_golden(incident, root, from_folder);
	}
	hu_test_remove(root);
	free(root);
	free(folder);
	free(tar);
	free(from_folder);
	free(from_tar);
}

int main(int argc, char **argv)
{
	char *truth_path;
	cJSON *truth;

	if (argc != 3 || !strchr(argv[2], '/')) {
		fprintf(stderr, "usage: incidents HOLDUP FIXTURES/incidents/NAME\n");
		return 2;
	}
	TEST_CASE("%s", strrchr(argv[2], '/') + 1);
	truth_path = join(argv[2], "truth.json");
	truth = hu_test_json(truth_path);
	if (CHECK(truth != NULL) &&
	    CHECK(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(truth, "checks")) > 0) &&
	    CHECK(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(truth, "why"))))
		check_incident(argv[1], argv[2], truth);
	cJSON_Delete(truth);
	free(truth_path);
	return test_end();
}
