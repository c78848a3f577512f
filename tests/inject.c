/*
 * Preloaded into the program: memory runs out, clocks step. What to do stands in the environment.
 *
 *	INJECT_MEMORY=WHO:HOW:N   the N-th allocation of WHO ("program", "workers") gives NULL; HOW:
 *	                          "once", or "on": all behind it, too
 *	INJECT_EACH=WHO:HOW:S:FILE each allocation, or every S-th, in a copy of the process that
 *	                          makes it (see each() and each_of_worker())
 *	INJECT_COUNT=FILE         writes how many there were: "program workers clock"
 *	INJECT_CLOCK=HOW:N        from the N-th look at a clock on: "back", all show an hour less;
 *	                          "falls", each look shows a second less than the one before
 *
 * Counted from the program's first sigaction(SIGHUP) on: before it the loader is at work.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* glibc's own, and AddressSanitizer's where that is. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *at, size_t bytes);
extern void *__interceptor_malloc(size_t bytes) __attribute__((weak));
extern void *__interceptor_calloc(size_t count, size_t bytes) __attribute__((weak));
extern void *__interceptor_realloc(void *at, size_t bytes) __attribute__((weak));

struct counts {
	long program, workers, clock;
};

static struct counts *counts; /* shared with all children */
static pid_t program;
static bool begun, in_copy;

static bool of_workers, on;
static long nth;

static bool each_on, each_of_workers;
static long each_stride;
static int each_log = -1, each_says = -1;

/* How a copy of a worker ended; the N-th is of the workers' N-th allocation. */
struct ending {
	int worker, status;
	long said; /* what the worker had written before */
};
enum { MOST = 1 << 21 };
static struct ending *endings; /* shared with all children, written down by tell() */
static long said;	       /* writes of this process */

static long clock_nth;
static bool clock_falls;

/* The part of the text before the colon, if it is this; *text goes behind it. */
static bool takes(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len) != 0 || (*text)[len] != ':')
		return false;
	*text += len + 1;
	return true;
}

static int keep_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 500);

	close(fd);
	return high;
}

__attribute__((constructor)) static void prepare(void)
{
	const char *memory = getenv("INJECT_MEMORY"), *each = getenv("INJECT_EACH");
	const char *clock = getenv("INJECT_CLOCK");

	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		_exit(123);
	if (memory) {
		of_workers = takes(&memory, "workers") || !takes(&memory, "program");
		on = takes(&memory, "on") || !takes(&memory, "once");
		nth = atol(memory);
	}
	if (each) {
		each_of_workers = takes(&each, "workers") || !takes(&each, "program");
		each_on = takes(&each, "on") || !takes(&each, "once");
		char *path;
		each_stride = strtol(each, &path, 10);
		each = path + 1;
		each_log = keep_high(open(each, O_WRONLY | O_CREAT | O_APPEND, 0600));
		each_says = keep_high((int)syscall(SYS_memfd_create, "says", 0));
		if (each_of_workers)
			endings = mmap(NULL, MOST * sizeof(*endings), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (endings == MAP_FAILED)
			_exit(123);
	}
	if (clock) {
		clock_falls = takes(&clock, "falls") || !takes(&clock, "back");
		clock_nth = atol(clock);
	}
	program = getpid();
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("INJECT_COUNT");
	char text[80];

	if (!path || getpid() != program)
		return;
	for (long i = 1; endings && i <= counts->workers && i < MOST; i++)
		if (endings[i].worker && dprintf(each_log, "%ld %d %d %ld\n", i, endings[i].status,
						 endings[i].worker, endings[i].said) < 0)
			_exit(124);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int n = snprintf(text, sizeof(text), "%ld %ld %ld\n", counts->program, counts->workers,
			 counts->clock);
	if (write(fd, text, (size_t)n) < 0)
		_exit(124);
	close(fd);
}

int sigaction(int number, const struct sigaction *act, struct sigaction *old)
{
	extern int __sigaction(int n, const struct sigaction *a, struct sigaction *o);

	if (number == SIGHUP)
		begun = true;
	return __sigaction(number, act, old);
}

/*
 * What the copy may do: speak, take memory, and end. Whoever touches a file, or what it shares with
 * the program, is ended, and that allocation has to be tried in a run of its own.
 */
static void confine_copy(void)
{
#define MAY(name)                                                                                  \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                     \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		MAY(write), /* its 1 and 2 lead nowhere else; see each() */
		MAY(writev),
		MAY(brk),
		MAY(mmap),
		MAY(munmap),
		MAY(mremap),
		MAY(madvise),
		MAY(mprotect),
		MAY(exit_group),
		MAY(rt_sigprocmask),
		MAY(rt_sigaction),
		MAY(getpid),
		MAY(gettid),
		MAY(tgkill),
		MAY(futex),
		MAY(ioctl),
		MAY(fcntl),
		MAY(close),
		MAY(pread64),
		MAY(sched_yield),
		MAY(clock_gettime),
		/* exit() puts files back to where they were read to; the offset is shared */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_lseek, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ESPIPE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog all = {sizeof(filter) / sizeof(filter[0]), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) < 0)
		_exit(125);
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A descriptor of the copied process that is written to would be its own. */
static void close_writers(int but)
{
	for (int fd = 3; fd < 64; fd++)
		if (fd != but && fcntl(fd, F_GETFD) >= 0 &&
		    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
			close(fd);
}

/*
 * A copy of the program goes on with the allocation failed, the program itself waits for how the
 * copy ends, writes it down ("N STATUS TEXT"), and has its memory. So each allocation costs a
 * fork(), not a whole run. True: this is the copy.
 */
static bool each(long n)
{
	char line[512], text[400];
	int status = 0, saved = errno;

	if (ftruncate(each_says, 0) < 0 || lseek(each_says, 0, SEEK_SET) < 0)
		_exit(126);
	pid_t pid = fork();
	if (pid == 0) {
		in_copy = true;
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		dup2(each_says, STDERR_FILENO);
		close_writers(null);
		confine_copy();
		return true;
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		_exit(126);
	ssize_t len = pread(each_says, text, sizeof(text), 0);
	for (ssize_t i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = '|';
	int m = snprintf(line, sizeof(line), "%ld %d %.*s\n", n, status_of(status),
			 len > 0 ? (int)len : 0, text);
	if (write(each_log, line, (size_t)m) < 0)
		_exit(126);
	errno = saved;
	return false;
}

/*
 * The same for a worker, which has nothing open that it could write to, and whose parent hears
 * nothing of it: how the copy ended, and how often the worker had written, is kept in memory.
 */
static bool each_of_worker(long n)
{
	int status = 0, saved = errno;

	if (n >= MOST)
		_exit(126);
	pid_t pid = fork();
	if (pid == 0) {
		in_copy = true;
		dup2(STDOUT_FILENO, STDERR_FILENO);
		close_writers(-1);
		signal(SIGALRM, SIG_DFL);
		alarm(30);
		confine_copy();
		return true;
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		_exit(126);
	endings[n] = (struct ending){(int)getpid(), status_of(status), said};
	errno = saved;
	return false;
}

/*
 * A worker that makes copies has the filter of its system calls built, but not set: it allows no
 * fork(). Landlock and the limits are as ever, and the copies have a filter that is narrower.
 */
long syscall(long number, ...)
{
	static long (*next)(long n, ...);
	long of[6];
	va_list args;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		of[i] = va_arg(args, long);
	va_end(args);
	if (each_of_workers && number == SYS_seccomp && of[0] == SECCOMP_SET_MODE_FILTER && of[2])
		return 0;
	return next(number, of[0], of[1], of[2], of[3], of[4], of[5]);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	static ssize_t (*next)(int f, const void *at, size_t n);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	said++;
	return next(fd, bytes, len);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	static ssize_t (*next)(int f, const struct iovec *at, int n);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "writev");
	said++;
	return next(fd, pieces, count);
}

/* Is this allocation one that fails? */
static bool fails(void)
{
	if (!begun)
		return false;
	if (in_copy)
		return each_on;
	if (getpid() == program) {
		long n = ++counts->program;
		if (each_log >= 0 && !each_of_workers)
			return (n - 1) % each_stride == 0 && each(n);
		return nth && !of_workers && (n == nth || (on && n > nth));
	}
	long n = __atomic_add_fetch(&counts->workers, 1, __ATOMIC_RELAXED);
	if (endings)
		return (n - 1) % each_stride == 0 && each_of_worker(n);
	return nth && of_workers && (n == nth || (on && n > nth));
}

void *malloc(size_t bytes)
{
	if (fails()) {
		errno = ENOMEM;
		return NULL;
	}
	return __interceptor_malloc ? __interceptor_malloc(bytes) : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	if (fails()) {
		errno = ENOMEM;
		return NULL;
	}
	return __interceptor_calloc ? __interceptor_calloc(count, bytes)
				    : __libc_calloc(count, bytes);
}

void *realloc(void *at, size_t bytes)
{
	if (fails()) {
		errno = ENOMEM;
		return NULL;
	}
	return __interceptor_realloc ? __interceptor_realloc(at, bytes) : __libc_realloc(at, bytes);
}

/* Nanoseconds that clocks are late from now on. */
static long long late(void)
{
	if (!clock_nth || !begun)
		return 0;
	long n = ++counts->clock;
	if (n < clock_nth)
		return 0;
	return (clock_falls ? 2LL * (n - clock_nth + 1) : 3600LL) * 1000000000;
}

static void take_off(time_t *s, long *ns, long long off)
{
	long long at = *s * 1000000000LL + *ns - off;

	at = at > 0 ? at : 0;
	*s = (time_t)(at / 1000000000);
	*ns = (long)(at % 1000000000);
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	extern int __clock_gettime(clockid_t c, struct timespec * t);
	int status = __clock_gettime(clock, ts);

	if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
			    clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ||
			    clock == CLOCK_BOOTTIME))
		take_off(&ts->tv_sec, &ts->tv_nsec, late());
	return status;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}
