/*
 * The driver for hostile bundles: hostile HOLDUP FOLDER analyses fixtures/hostile/<name>/ with the
 * program of tests/faults.c, and holds what comes of it against truth.json:
 *
 *	{"why": "what it attacks", "bundle": "bundle.tar.bz2", "exit": 0,
 *	 "says": ["sentences of report.json"], "complains": ["of standard error"]}
 *
 * Further keys, all optional: "make" (a list of words below, for a bundle that no repository can
 * hold; it is a folder then), "arguments", "fault" (HOLDUP_FAULT), "cut" (a member that is cut to
 * half while its reader waits), "as" ("nobody": not as root), "needs" ("no asan", "root",
 * "seccomp", "landlock"), "lacks" ("landlock", "seccomp": as on a host without; the report must be
 * the same as on this one), "good": false (there is no member good.txt that must be read),
 * "seconds" of processor time (default 30), "limit" (the limits that it strikes by their default;
 * for docs/robustness.md).
 *
 * Of each: good.txt is read whole; nothing is left in TMPDIR or made beside it; no control byte
 * gets into a report or to the terminal; time and memory stay in bounds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/private.h"
#include "tests/support.h"
#include "tests/test.h"

enum { SKIPPED = 77, NOBODY = 65534 };

/* What `vmstat -t -n 1` printed. */
static const char good[] =
	"procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu----- "
	"-----timestamp-----\n"
	" r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st          "
	" "
	"      UTC\n"
	" 1  0      0 201456   5660 106460    0    0   553    47  341  610  4 12 82  2  0 "
	"2026-11-22 "
	"01:15:31\n"
	" 0  0      0 201204   5668 106460    0    0     0    52 1071 2040  6 43 52  0  0 "
	"2026-11-22 "
	"01:15:32\n"
	" 0  0      0 201100   5668 106460    0    0     0     8  971 1840  5 41 54  0  0 "
	"2026-11-22 "
	"01:15:33\n";

struct job {
	cJSON *truth;
	const char *program, *folder;
	char *root; /* of all that is written here */
	char *bundle;
};

static const char *text_of(const struct job *job, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(job->truth, key));
}

static void line_of(const char *path, size_t len)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_puts(&text, "[    1.000000] first\n[    2.000000] ");
	for (size_t i = 0; i < len; i++)
		hu_out_putc(&text, "abcdefg "[i % 8]);
	hu_out_puts(&text, "\n[    3.000000] last\n");
	hu_test_spew(path, hu_out_view(&text));
}

static bool make_socket(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(at.sun_path))
		return false;
	strcpy(at.sun_path, path);
	bool made = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	close(fd);
	return made;
}

static bool make_hole(const char *path, long size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool made = fd >= 0 && ftruncate(fd, size) == 0;

	close(fd);
	return made;
}

static bool make_nested(const char *path, long depth)
{
	HU_CLEANUP(hu_freep) char *at = hu_strdup(hu_str(path));
	bool made = true;

	for (long i = 0; i < depth && made; i++) {
		made = mkdir(at, 0755) == 0;
		char *deeper = hu_test_format("%s/d", at);
		free(at);
		at = deeper;
	}
	return made && hu_test_spew(at, hu_str("x"));
}

static bool make_many(const char *path, long count)
{
	bool made = mkdir(path, 0755) == 0;

	for (long i = 0; i < count && made; i++) {
		HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/%ld", path, i);
		made = hu_test_spew(file, hu_str("x"));
	}
	return made;
}

/* "fifo NAME", "link TARGET NAME", "line NAME 10000000" … */
static bool make(const struct job *job, const char *line)
{
	struct hu_str rest = hu_str(line);
	HU_CLEANUP(hu_freep) char *what = hu_strdup(hu_str_word(&rest));
	HU_CLEANUP(hu_freep) char *a = hu_strdup(hu_str_word(&rest));
	HU_CLEANUP(hu_freep) char *b = hu_strdup(hu_str_word(&rest));
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", job->bundle, a);
	long n = strtol(b, NULL, 10);

	if (!strcmp(what, "good"))
		return hu_test_spew(path, hu_str(good));
	if (!strcmp(what, "copy")) {
		HU_CLEANUP(hu_freep) char *from = hu_test_format("%s/%s", job->folder, a);
		HU_CLEANUP(hu_freep) char *to = hu_test_format("%s/%s", job->bundle, b);
		hu_test_copy(from, to);
		return true;
	}
	if (!strcmp(what, "link")) {
		HU_CLEANUP(hu_freep) char *to = hu_test_format("%s/%s", job->bundle, b);
		return symlink(a, to) == 0;
	}
	if (!strcmp(what, "fifo"))
		return mkfifo(path, 0644) == 0;
	if (!strcmp(what, "socket"))
		return make_socket(path);
	if (!strcmp(what, "device"))
		return mknod(path, S_IFCHR | 0644, makedev(1, 5)) == 0;
	if (!strcmp(what, "unreadable"))
		return hu_test_spew(path, hu_str("x")) && chmod(path, 0) == 0;
	if (!strcmp(what, "hole"))
		return make_hole(path, n);
	if (!strcmp(what, "line"))
		return line_of(path, (size_t)n), true;
	if (!strcmp(what, "nested"))
		return make_nested(path, n);
	if (!strcmp(what, "many"))
		return make_many(path, n);
	return false;
}

static bool prepare(struct job *job)
{
	const cJSON *line, *made = cJSON_GetObjectItemCaseSensitive(job->truth, "make");
	const char *name = text_of(job, "bundle");

	job->bundle = name ? hu_test_format("%s/%s", job->folder, name)
			   : hu_test_format("%s/bundle", job->root);
	if (made && mkdir(job->bundle, 0755) < 0)
		return false;
	cJSON_ArrayForEach(line, made) if (!make(job, line->valuestring))
	{
		if (errno == EPERM) {
			printf("skipped: not allowed here: %s\n", line->valuestring);
			exit(SKIPPED);
		}
		return test_fail(__FILE__, __LINE__, "cannot make %s: %s", line->valuestring,
				 strerror(errno));
	}
	return true;
}

static int to_nobody(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return lchown(path, NOBODY, NOBODY);
}

/* From here on the kernel has no such calls. */
static void forbid(const char *lacks)
{
	bool landlock = !strcmp(lacks, "landlock");
	const unsigned first = landlock ? 444 : SYS_seccomp, last = landlock ? 446 : SYS_seccomp;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (landlock ? ENOSYS : EPERM)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(SKIPPED);
}

/* In the child. */
static _Noreturn void start(const struct job *job, const char *out, const char *lacks)
{
	const cJSON *argument, *all = cJSON_GetObjectItemCaseSensitive(job->truth, "arguments");
	const char *argv[64] = {job->program, "analyze", job->bundle,	"-o",
				out,	      "-f",	 "html,md,json"};
	size_t n = 7;
	HU_CLEANUP(hu_freep) char *tmp = hu_test_format("%s/tmp", job->root);
	HU_CLEANUP(hu_freep) char *err = hu_test_format("%s/stderr", job->root);
	HU_CLEANUP(hu_freep) char *told = hu_test_format("%s/stdout", job->root);

	cJSON_ArrayForEach(argument, all) if (n < 63) argv[n++] = argument->valuestring;
	setenv("TMPDIR", tmp, 1);
	/* A reader that shall crash must not be saved by a report about it. */
	setenv("ASAN_OPTIONS", "detect_leaks=0:handle_segv=0:handle_abort=0:handle_sigbus=0", 1);
	if (text_of(job, "fault"))
		setenv("HOLDUP_FAULT", text_of(job, "fault"), 1);
	if (!freopen(told, "w", stdout) || !freopen(err, "w", stderr))
		_exit(127);
	if (text_of(job, "as") && geteuid() == 0) {
		nftw(job->root, to_nobody, 16, FTW_PHYS);
		if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0 || access(job->program, X_OK) < 0)
			_exit(SKIPPED);
	}
	if (lacks)
		forbid(lacks);
	execv(job->program, (char **)(uintptr_t)argv);
	_exit(127);
}

/* Cuts the member when its reader says that it waits. */
static void cut(const struct job *job)
{
	HU_CLEANUP(hu_freep) char *pattern = hu_test_format("%s/tmp/*/here", job->root);
	HU_CLEANUP(hu_freep)
	char *member = hu_test_format("%s/%s", job->bundle, text_of(job, "cut"));
	const struct timespec moment = {0, 10000000};
	struct stat st;
	glob_t found;

	for (int i = 0; i < 2000; i++) {
		if (glob(pattern, 0, NULL, &found) == 0) {
			if (stat(member, &st) == 0)
				CHECK_INT(truncate(member, st.st_size / 2), 0);
			unlink(found.gl_pathv[0]);
			globfree(&found);
			return;
		}
		nanosleep(&moment, NULL);
	}
	test_fail(__FILE__, __LINE__, "no reader waited for %s", member);
}

static void check_list(const struct job *job, const char *key, const char *file)
{
	const cJSON *sentence, *all = cJSON_GetObjectItemCaseSensitive(job->truth, key);
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", job->root, file);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	if (!cJSON_GetArraySize(all) || !CHECK(hu_test_slurp(path, &text)))
		return;
	cJSON_ArrayForEach(sentence, all) if (!strstr(text.at, sentence->valuestring)) test_fail(
		__FILE__, __LINE__, "%s does not say \"%s\"", file, sentence->valuestring);
	test_checks++;
	if (test_failures)
		printf("%.3000s\n", file[0] == 's' ? text.at : "");
}

/* Bytes that a terminal obeys, or that reorder what stands around them. */
static void check_clean(const struct job *job, const char *file)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", job->root, file);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	if (access(path, F_OK) < 0 || !hu_test_slurp(path, &text))
		return;
	test_checks++;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
			test_fail(__FILE__, __LINE__, "%s has the byte 0x%02x at %zu", file, c, i);
			return;
		}
	}
	for (size_t i = 0; i + 2 < text.len; i++)
		if (!memcmp(text.at + i, "\xe2\x80\xae", 3)) {
			test_fail(__FILE__, __LINE__, "%s has a right-to-left override at %zu",
				  file, i);
			return;
		}
}

static void check_good(const struct job *job)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/out/report.json", job->root);
	const cJSON *source, *good_wanted = cJSON_GetObjectItemCaseSensitive(job->truth, "good");
	bool found = false;

	if (cJSON_IsFalse(good_wanted))
		return;
	cJSON *report = hu_test_json(path);
	cJSON_ArrayForEach(source, cJSON_GetObjectItemCaseSensitive(report, "sources"))
	{
		const char *at =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(source, "path"));
		if (!at || !hu_str_ends(hu_str(at), "good.txt"))
			continue;
		found = true;
		CHECK_STR(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(source, "status")),
			  "complete");
	}
	CHECK(found);
	cJSON_Delete(report);
}

static void check_litter(const struct job *job)
{
	static const char *const known[] = {"bundle", "out", "tmp", "stderr", "stdout"};
	HU_CLEANUP(hu_freep) char *tmp = hu_test_format("%s/tmp", job->root);
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list left = {0}, beside = {0};

	hu_test_dir(tmp, &left);
	for (size_t i = 0; i < left.count; i++)
		test_fail(__FILE__, __LINE__, "left in TMPDIR: %s", left.at[i]);
	hu_test_dir(job->root, &beside);
	for (size_t i = 0; i < beside.count; i++) {
		size_t k = 0;
		while (k < sizeof(known) / sizeof(known[0]) && strcmp(beside.at[i], known[k]) != 0)
			k++;
		if (k == sizeof(known) / sizeof(known[0]))
			test_fail(__FILE__, __LINE__, "made beside the output: %s", beside.at[i]);
	}
}

static void check_cost(const struct job *job, const struct rusage *used)
{
	const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(job->truth, "seconds");
	double cpu = (double)used->ru_utime.tv_sec + (double)used->ru_stime.tv_sec;

	CHECK(cpu < (seconds ? seconds->valuedouble : 30));
	if (!HU_SANITIZED)
		CHECK(used->ru_maxrss < 1200 * 1024);
}

static bool able(const struct job *job)
{
	const char *needs = text_of(job, "needs");
	unsigned lacks = hu_sandbox_lacks();

	if (!needs)
		return true;
	if (!strcmp(needs, "no asan"))
		return !HU_SANITIZED;
	if (!strcmp(needs, "root"))
		return geteuid() == 0;
	if (!strcmp(needs, "seccomp"))
		return !(lacks & (HU_LACKS_SECCOMP | HU_LACKS_LIBSECCOMP));
	if (!strcmp(needs, "landlock"))
		return !(lacks & HU_LACKS_LANDLOCK);
	return test_fail(__FILE__, __LINE__, "who needs \"%s\"?", needs);
}

/* The report must not depend on what the host can do. */
static void check_same_here(const struct job *job, const char *out)
{
	HU_CLEANUP(hu_freep) char *there = hu_test_format("%s/report.json", out);
	HU_CLEANUP(hu_out_deinit) struct hu_out before = {0}, after = {0};
	HU_CLEANUP(hu_freep) char *err = hu_test_format("%s/stderr", job->root);
	HU_CLEANUP(hu_freep) char *kept = hu_test_format("%s/tmp/stderr", job->root);

	hu_test_slurp(there, &before);
	rename(err, kept);
	pid_t pid = fork();
	if (pid == 0)
		start(job, out, NULL);
	waitpid(pid, NULL, 0);
	hu_test_slurp(there, &after);
	rename(kept, err);
	CHECK_STR(after.at, before.at);
}

static void run(struct job *job)
{
	HU_CLEANUP(hu_freep) char *tmp = hu_test_format("%s/tmp", job->root);
	HU_CLEANUP(hu_freep) char *out = hu_test_format("%s/out", job->root);
	const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(job->truth, "exit");
	struct rusage used;
	int status = 0;

	mkdir(tmp, 0755);
	if (!prepare(job))
		return;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		start(job, out, text_of(job, "lacks"));
	if (text_of(job, "cut"))
		cut(job);
	while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		printf("skipped: it cannot run as nobody here\n");
		exit(SKIPPED);
	}
	CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status),
		  wanted ? wanted->valueint : 0);
	if (text_of(job, "lacks"))
		check_same_here(job, out);
	check_list(job, "says", "out/report.json");
	check_list(job, "complains", "stderr");
	static const char *const texts[] = {"out/report.html", "out/report.md", "out/report.json",
					    "stdout", "stderr"};
	TEST_EACH(i, texts)
	check_clean(job, texts[i]);
	check_good(job);
	check_litter(job);
	check_cost(job, &used);
	if (test_failures) {
		HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/stderr", job->root);
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		if (hu_test_slurp(path, &text))
			printf("standard error:\n%.4000s\n", text.at);
	}
}

int main(int argc, char **argv)
{
	struct job job = {0};

	if (argc != 3) {
		fprintf(stderr, "usage: hostile PROGRAM FOLDER\n");
		return 2;
	}
	job.program = argv[1];
	job.folder = argv[2];
	TEST_CASE("%s", strrchr(job.folder, '/') ? strrchr(job.folder, '/') + 1 : job.folder);
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/truth.json", job.folder);
	job.truth = hu_test_json(path);
	if (!job.truth)
		return 1;
	if (!able(&job)) {
		printf("skipped: this host or build cannot show it\n");
		cJSON_Delete(job.truth);
		return SKIPPED;
	}
	job.root = hu_test_tempdir();
	chmod(job.root, 0755);
	run(&job);
	if (test_failures && getenv("HOSTILE_KEEP"))
		printf("kept: %s\n", job.root);
	else
		hu_test_remove(job.root);
	free(job.root);
	free(job.bundle);
	cJSON_Delete(job.truth);
	return test_end();
}
