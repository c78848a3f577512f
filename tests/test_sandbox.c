/*
 * The walls, one by one: a child goes behind them and tries what a reader that was taken over would
 * try. Each row fails when its wall is taken away (tests/guards.sh does that).
 */
#include "tests/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/private.h"

static char *root; /* of all that this test writes */

static const char *in_root(const char *name)
{
	static char path[8][4096];
	static size_t next;

	next = (next + 1) % 8;
	snprintf(path[next], sizeof(path[next]), "%s/%s", root, name);
	return path[next];
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");

	if (!out || fputs(text, out) < 0 || fclose(out) != 0) {
		perror(path);
		exit(1);
	}
}

/* What an attempt comes to. */
enum { HELD = 0, FAILED_OTHERWISE = 70, GOT_THROUGH = 77 };

/* Refused, with one of the errors of a wall? */
static int held(bool refused, int errnum)
{
	if (!refused)
		return GOT_THROUGH;
	return errnum == EPERM || errnum == EACCES || errnum == EXDEV || errnum == EMFILE ||
			       errnum == EFBIG || errnum == ENOMEM
		       ? HELD
		       : FAILED_OTHERWISE;
}

/* errno counts after the call */
#define TRIED(refused) ((refused) ? held(true, errno) : GOT_THROUGH)

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return TRIED(fd < 0);
}

/* Must work. */
static int reads_inside(void)
{
	return opened(in_root("bundle/capture"), O_RDONLY) == GOT_THROUGH ? HELD : GOT_THROUGH;
}
static int writes_inside(void)
{
	bool made = opened(in_root("work/new"), O_WRONLY | O_CREAT) == GOT_THROUGH &&
		    mkdir(in_root("work/folder"), 0700) == 0 &&
		    symlink("/etc/passwd", in_root("work/folder/link")) == 0 &&
		    unlink(in_root("work/folder/link")) == 0 &&
		    rmdir(in_root("work/folder")) == 0 && unlink(in_root("work/new")) == 0;
	return made ? HELD : GOT_THROUGH;
}
static int allocates(void)
{
	char *at = malloc(1 << 20);
	bool ok = at != NULL;

	free(at);
	return ok ? HELD : GOT_THROUGH;
}
static int aborts_itself(void)
{
	signal(SIGUSR1, SIG_IGN);
	return raise(SIGUSR1) == 0 ? HELD : GOT_THROUGH;
}

/* Must not. */
static int reads_outside(void)
{
	return opened("/etc/passwd", O_RDONLY);
}
static int reads_beside(void)
{
	return opened(in_root("secret"), O_RDONLY);
}
static int reads_through_link(void)
{
	return opened(in_root("bundle/link"), O_RDONLY);
}
static int lists_outside(void)
{
	return opened("/", O_RDONLY | O_DIRECTORY);
}
static int writes_outside(void)
{
	return opened(in_root("new"), O_WRONLY | O_CREAT);
}
static int writes_bundle(void)
{
	return opened(in_root("bundle/capture"), O_WRONLY);
}
static int makes_in_bundle(void)
{
	return opened(in_root("bundle/new"), O_WRONLY | O_CREAT);
}
static int truncates_bundle(void)
{
	return TRIED(truncate(in_root("bundle/capture"), 0) < 0);
}
static int removes_from_bundle(void)
{
	return TRIED(unlink(in_root("bundle/capture")) < 0);
}
static int moves_out(void)
{
	return TRIED(link(in_root("work/mine"), in_root("linked")) < 0);
}
static int makes_fifo(void)
{
	return TRIED(mkfifo(in_root("work/fifo"), 0600) < 0);
}
static int opens_socket(void)
{
	return TRIED(socket(AF_INET, SOCK_STREAM, 0) < 0);
}
static int opens_unix_socket(void)
{
	return TRIED(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
}
static int executes(void)
{
	static char *const argv[] = {(char *)"true", NULL};

	execve("/bin/true", argv, argv + 1); /* true: HELD would be its status, too */
	return errno == EPERM || errno == EACCES ? HELD : FAILED_OTHERWISE;
}
static int forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return TRIED(pid < 0);
}
static void *nothing(void *with)
{
	return with;
}
static int makes_thread(void)
{
	pthread_t thread;
	int errnum = pthread_create(&thread, NULL, nothing, NULL);

	/* glibc turns any refusal into EAGAIN */
	return held(errnum != 0, errnum == EAGAIN ? EPERM : errnum);
}
static int traces(void)
{
	return TRIED(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
}
static int reads_parent(void)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {&byte, 1};

	return TRIED(process_vm_readv(getppid(), &here, 1, &there, 1, 0) < 0);
}
static int signals_parent(void)
{
	return TRIED(kill(getppid(), 0) < 0);
}
static int maps_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	return TRIED(at == MAP_FAILED);
}
static int makes_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return TRIED(mprotect(at, 4096, PROT_READ | PROT_EXEC) < 0);
}
static int changes_root(void)
{
	return TRIED(chroot("/tmp") < 0);
}
static int unshares(void)
{
	return TRIED(syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */) < 0);
}
static int rings(void)
{
	char params[256] = {0};

	return TRIED(syscall(425 /* io_uring_setup */, 1, params) < 0);
}
static int changes_owner(void)
{
	return TRIED(chown(in_root("work/mine"), 1, 1) < 0);
}
static int changes_mode(void)
{
	return TRIED(chmod(in_root("work/mine"), 06755) < 0);
}
static int gains_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ? GOT_THROUGH : HELD;
}
static int dumps(void)
{
	struct rlimit core;

	return prctl(PR_GET_DUMPABLE) != 0 || getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max
		       ? GOT_THROUGH
		       : HELD;
}
static int keeps_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data) < 0)
		return FAILED_OTHERWISE;
	return (data[0].permitted & ~(1u << CAP_DAC_READ_SEARCH)) || data[1].permitted ? GOT_THROUGH
										       : HELD;
}
static int opens_many(void)
{
	for (int i = 0; i < 200; i++)
		if (open(in_root("bundle/capture"), O_RDONLY | O_CLOEXEC) < 0)
			return held(true, errno);
	return GOT_THROUGH;
}
static int writes_much(void)
{
	static const char piece[1 << 16];
	int fd = open(in_root("work/much"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	for (int i = 0; fd >= 0 && i < 64; i++)
		if (write(fd, piece, sizeof(piece)) < 0)
			return held(true, errno);
	return GOT_THROUGH;
}
static int eats(void)
{
	for (int i = 0; i < 64; i++) {
		char *at = malloc(16 << 20);
		if (!at)
			return HELD;
		memset(at, 1, 16 << 20);
	}
	return GOT_THROUGH;
}
static int hu_allocates(void)
{
	for (int i = 0; i < 64; i++)
		memset(hu_alloc(16 << 20), 1, 16 << 20);
	return GOT_THROUGH;
}
static int spins(void)
{
	while (clock() < 10 * CLOCKS_PER_SEC) /* the limit is a second */
		;
	return GOT_THROUGH;
}
static int writes_through_descriptors(void)
{
	for (int fd = 3; fd < 64; fd++) {
		struct stat st;
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			return GOT_THROUGH; /* the parent had this one open */
	}
	return HELD;
}
static int speaks(void)
{
	struct stat out, null;

	return stat("/dev/null", &null) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
			       out.st_rdev == null.st_rdev && S_ISCHR(out.st_mode)
		       ? HELD
		       : GOT_THROUGH;
}

enum need { NOTHING, LANDLOCK, SECCOMP, EITHER, NO_ASAN };
static const struct attempt {
	const char *name;
	int (*run)(void);
	enum need need;
	enum hu_ended ends; /* HU_ENDED_WELL: it is refused and goes on */
} attempts[] = {
	{"reads the bundle", reads_inside, NOTHING, HU_ENDED_WELL},
	{"works in its folder", writes_inside, NOTHING, HU_ENDED_WELL},
	{"allocates", allocates, NOTHING, HU_ENDED_WELL},
	{"raises a signal", aborts_itself, NOTHING, HU_ENDED_WELL},
	{"reads /etc/passwd", reads_outside, LANDLOCK, HU_ENDED_WELL},
	{"reads beside the bundle", reads_beside, LANDLOCK, HU_ENDED_WELL},
	{"reads through a link", reads_through_link, LANDLOCK, HU_ENDED_WELL},
	{"lists /", lists_outside, LANDLOCK, HU_ENDED_WELL},
	{"writes outside", writes_outside, LANDLOCK, HU_ENDED_WELL},
	{"writes to the bundle", writes_bundle, LANDLOCK, HU_ENDED_WELL},
	{"makes a file in the bundle", makes_in_bundle, LANDLOCK, HU_ENDED_WELL},
	{"truncates the bundle", truncates_bundle, EITHER, HU_ENDED_WELL},
	{"removes from the bundle", removes_from_bundle, LANDLOCK, HU_ENDED_WELL},
	{"links out of its folder", moves_out, LANDLOCK, HU_ENDED_WELL},
	{"makes a pipe in its folder", makes_fifo, SECCOMP, HU_ENDED_REFUSED},
	{"opens a socket", opens_socket, SECCOMP, HU_ENDED_REFUSED},
	{"opens a unix socket", opens_unix_socket, SECCOMP, HU_ENDED_REFUSED},
	{"executes", executes, SECCOMP, HU_ENDED_REFUSED},
	{"forks", forks, SECCOMP, HU_SANITIZED ? HU_ENDED_WELL : HU_ENDED_REFUSED},
	{"makes a thread", makes_thread, SECCOMP, HU_SANITIZED ? HU_ENDED_WELL : HU_ENDED_REFUSED},
	{"traces", traces, SECCOMP, HU_ENDED_REFUSED},
	{"reads its parent's memory", reads_parent, SECCOMP, HU_ENDED_REFUSED},
	{"signals its parent", signals_parent, SECCOMP, HU_ENDED_WELL},
	{"maps code", maps_code, SECCOMP, HU_ENDED_WELL},
	{"makes data code", makes_code, SECCOMP, HU_ENDED_WELL},
	{"changes its root", changes_root, SECCOMP, HU_ENDED_REFUSED},
	{"makes a namespace", unshares, SECCOMP, HU_ENDED_REFUSED},
	{"makes an io_uring", rings, SECCOMP, HU_ENDED_REFUSED},
	{"changes an owner", changes_owner, SECCOMP, HU_ENDED_WELL},
	{"makes a file setuid", changes_mode, SECCOMP, HU_ENDED_WELL},
	{"may gain privileges", gains_privileges, NOTHING, HU_ENDED_WELL},
	{"dumps its memory", dumps, NOTHING, HU_ENDED_WELL},
	{"keeps capabilities", keeps_capabilities, NOTHING, HU_ENDED_WELL},
	{"opens many files", opens_many, NOTHING, HU_ENDED_WELL},
	{"writes a large file", writes_much, NOTHING, HU_ENDED_WELL},
	{"eats memory", eats, NO_ASAN, HU_ENDED_WELL},
	{"eats memory by hu_alloc()", hu_allocates, NO_ASAN, HU_ENDED_NOMEM},
	{"spins", spins, NOTHING, HU_ENDED_CPU},
	{"writes to what its parent has open", writes_through_descriptors, NOTHING, HU_ENDED_WELL},
	{"speaks to the terminal", speaks, NOTHING, HU_ENDED_WELL},
};

static bool able(enum need need)
{
	unsigned lacks = hu_sandbox_lacks();
	bool files = !(lacks & HU_LACKS_LANDLOCK);
	bool calls = !(lacks & (HU_LACKS_SECCOMP | HU_LACKS_LIBSECCOMP));

	switch (need) {
	case LANDLOCK:
		return files;
	case SECCOMP:
		return calls;
	case EITHER:
		return files || calls;
	case NO_ASAN:
		return !HU_SANITIZED;
	case NOTHING:
		break;
	}
	return true;
}

static int behind_walls(void *with, int out)
{
	const struct attempt *a = with;
	const char *read_only[] = {in_root("bundle"), in_root("not there"), NULL};
	const char *read_write[] = {in_root("work"), NULL};
	const struct hu_sandbox walls = {
		.kind = HU_SANDBOX_READER,
		.read_only = read_only,
		.read_write = read_write,
		.memory = 256 << 20,
		.mapped = 64 << 20,
		.file_bytes = 1 << 20,
		.cpu_s = 1,
		.files = 100,
	};
	struct hu_err *err = hu_sandbox_enter(&walls);

	(void)out;
	if (err)
		return FAILED_OTHERWISE + 1;
	return a->run();
}

static void walls(void)
{
	/* Something that the parent has open, for the attempt that looks for it. */
	int open_here = open(in_root("secret"), O_RDWR);

	CHECK(open_here >= 0);
	TEST_EACH(i, attempts)
	{
		struct hu_child *child;
		TEST_CASE("a reader that %s", attempts[i].name);
		if (!able(attempts[i].need)) {
			printf("skipped on this host: %s\n", test_case_name);
			continue;
		}
		if (!CHECK_OK(
			    hu_child_start(behind_walls, (void *)(uintptr_t)&attempts[i], &child)))
			continue;
		struct hu_end end = hu_child_end(child, false);
		CHECK_INT(end.how, attempts[i].ends);
		CHECK_INT(attempts[i].ends == HU_ENDED_WELL ? end.number : 0, 0);
	}
	TEST_CASE("what is outside");
	CHECK_INT(access(in_root("new"), F_OK), -1);
	CHECK_INT(access(in_root("linked"), F_OK), -1);
	CHECK_INT(access(in_root("bundle/new"), F_OK), -1);
	struct stat st;
	CHECK(stat(in_root("bundle/capture"), &st) == 0 && st.st_size == 7);
	close(open_here);
}

/* A job may have children of its own, in walls of their own, but no network and no programs. */
static int inner(void *with, int out)
{
	(void)with;
	(void)out;
	return reads_inside() == HELD ? 5 : 6;
}
static int job(void *with, int out)
{
	const char *read_write[] = {root, NULL};
	const struct hu_sandbox walls = {.kind = HU_SANDBOX_JOB, .read_write = read_write};
	struct hu_child *child;

	(void)out;
	hu_err_free(hu_sandbox_enter(&walls));
	hu_err_free(hu_child_start(inner, NULL, &child));
	if (hu_child_end(child, false).number != 5)
		return 6;
	if (with)
		opens_socket();
	return 5;
}

static void jobs(void)
{
	struct hu_child *child;

	TEST_CASE("a job with a child");
	CHECK_OK(hu_child_start(job, NULL, &child));
	CHECK_INT(hu_child_end(child, false).number, 5);
	if (!able(SECCOMP))
		return;
	TEST_CASE("a job that opens a socket");
	CHECK_OK(hu_child_start(job, root, &child));
	CHECK_INT(hu_child_end(child, false).how, HU_ENDED_REFUSED);
}

static int waits(void *with, int out)
{
	struct timespec long_time = {60, 0};

	(void)with;
	if (write(out, "x", 1) != 1)
		return 1;
	nanosleep(&long_time, NULL);
	return 0;
}
static int starts_and_dies(void *with, int out)
{
	struct hu_child *child;

	hu_err_free(hu_child_start(waits, with, &child));
	char byte;
	hu_child_wait(child, 5000);
	if (read(hu_child_fd(child), &byte, 1) == 1)
		CHECK_INT(write(out, "y", 1), 1);
	kill(getpid(), SIGKILL);
	return 0;
}
static int crashes(void *with, int out)
{
	(void)out;
	signal(SIGABRT, SIG_DFL);
	raise(*(int *)with);
	return 0;
}

/* Orphans end: the pipe of a grandchild that kept it open would stay open with it. */
static void children(void)
{
	struct hu_child *child;
	char byte;
	int fds[2], number = SIGABRT;

	TEST_CASE("the child of a child that was killed");
	CHECK_INT(pipe(fds), 0);
	CHECK_OK(hu_child_start(starts_and_dies, NULL, &child));
	CHECK(hu_child_wait(child, 10000));
	CHECK_INT(read(hu_child_fd(child), &byte, 1), 1);
	CHECK_INT(hu_child_end(child, false).how, HU_ENDED_SIGNAL);
	/* An orphan becomes ours, and has ended or will at once. */
	pid_t pid = -1;
	for (int i = 0; i < 100 && pid <= 0; i++) {
		struct timespec moment = {0, 20000000};
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid <= 0)
			nanosleep(&moment, NULL);
	}
	CHECK(pid > 0);

	TEST_CASE("a crash");
	CHECK_OK(hu_child_start(crashes, &number, &child));
	struct hu_end end = hu_child_end(child, false);
	HU_CLEANUP(hu_freep) char *text = hu_end_text(end);
	if (!HU_SANITIZED)
		CHECK_STR(text, "it crashed (SIGABRT)");
}

int main(void)
{
	char path[] = "/tmp/holdup-test.XXXXXX";

	root = mkdtemp(path);
	if (!root)
		return 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	mkdir(in_root("bundle"), 0755);
	mkdir(in_root("work"), 0755);
	write_file(in_root("bundle/capture"), "capture");
	write_file(in_root("secret"), "secret");
	write_file(in_root("work/mine"), "mine");
	CHECK_INT(symlink("../secret", in_root("bundle/link")), 0);
	walls();
	jobs();
	children();
	HU_CLEANUP(hu_freep) char *command = NULL;
	if (asprintf(&command, "rm -rf '%s'", root) < 0 || system(command) != 0)
		test_fail(__FILE__, __LINE__, "%s stays behind", root);
	return test_end();
}
