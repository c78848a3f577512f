/* A child that is watched: forked with next to nothing, heard through a pipe, ended and explained.
 */
#include "sandbox/private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct hu_child {
	pid_t pid;
	int in;
};

/* Descriptors from `from` on, but `keep`. */
static void close_others(int from, int keep)
{
	if (syscall(SYS_close_range, from, keep - 1, 0) == 0 || keep == from)
		if (syscall(SYS_close_range, keep + 1, ~0u, 0) == 0)
			return;
	long most = sysconf(_SC_OPEN_MAX); /* before Linux 5.9 */
	for (int fd = from; fd < (most > 0 && most < 1 << 20 ? most : 1 << 20); fd++)
		if (fd != keep)
			close(fd);
}

static void silence(int fd, int flags)
{
	int null = open("/dev/null", flags | O_CLOEXEC);

	if (null < 0) { /* a host without: nothing is as silent */
		close(fd);
		return;
	}
	dup2(null, fd);
	close(null);
}

/* What the parent chose for itself (a handler that removes its files) is not for the child. */
static void forget_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		struct sigaction old;
		if (HU_SANITIZED && (number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
				     number == SIGILL || number == SIGABRT))
			continue;
		if (number != SIGKILL && number != SIGSTOP && sigaction(number, NULL, &old) == 0 &&
		    old.sa_handler != SIG_DFL)
			signal(number, SIG_DFL);
	}
	/* A limit that is reached is an error of write(), with a sentence. */
	signal(SIGXFSZ, SIG_IGN);
	/* ^C is for the parent, which ends us. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_child(int (*run)(void *with, int out), void *with, int out, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	forget_signals();
	/* 0 to 2 may be closed; then the pipe may be one of them. */
	if (out < 3)
		out = fcntl(out, F_DUPFD, 3);
	silence(STDIN_FILENO, O_RDONLY);
	silence(STDOUT_FILENO, O_WRONLY);
	if (!HU_SANITIZED)
		silence(STDERR_FILENO, O_WRONLY);
	close_others(3, out);
	/* Not exit(): what the parent has in its buffers is the parent's to write. */
	_exit(run(with, out));
}

struct hu_err *hu_child_start(int (*run)(void *with, int out), void *with, struct hu_child **ret)
{
	enum { ROOM = 1 << 20 };
	int fds[2];
	pid_t parent = getpid();

	if (pipe2(fds, O_CLOEXEC) < 0)
		return hu_err_os(errno, "no pipe can be made");
	(void)fcntl(fds[0], F_SETPIPE_SZ, ROOM); /* fewer switches; it works without */
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		be_child(run, with, fds[1], parent);
	}
	int errnum = errno;
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return hu_err_os(errnum, "no process can be made");
	}
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	struct hu_child *child = hu_alloc(sizeof(*child));
	*child = (struct hu_child){pid, fds[0]};
	*ret = child;
	return NULL;
}

int hu_child_fd(const struct hu_child *child)
{
	return child->in;
}

bool hu_child_wait(const struct hu_child *child, int timeout_ms)
{
	struct pollfd p = {.fd = child->in, .events = POLLIN};

	return poll(&p, 1, timeout_ms) > 0;
}

hu_ns hu_child_cpu(const struct hu_child *child)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(child->pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
		return 0;
	return (hu_ns)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct hu_end hu_child_end(struct hu_child *child, bool end)
{
	int status = 0;

	if (end)
		kill(child->pid, SIGKILL);
	close(child->in);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	free(child);
	if (WIFEXITED(status)) {
		int number = WEXITSTATUS(status);
		return (struct hu_end){!number			  ? HU_ENDED_WELL
				       : number == HU_CHILD_NOMEM ? HU_ENDED_NOMEM
								  : HU_ENDED_EXIT,
				       number};
	}
	int number = WTERMSIG(status);
	return (struct hu_end){number == SIGSYS	   ? HU_ENDED_REFUSED
			       : number == SIGXCPU ? HU_ENDED_CPU
						   : HU_ENDED_SIGNAL,
			       number};
}

char *hu_end_text(struct hu_end end)
{
	const char *name = end.how == HU_ENDED_SIGNAL ? sigabbrev_np(end.number) : NULL;
	char *text = NULL;
	int n = 0;

	switch (end.how) {
	case HU_ENDED_WELL:
		return hu_strdup(hu_str("it ended before it was done"));
	case HU_ENDED_EXIT:
		n = asprintf(&text, "it ended by itself (status %d)", end.number);
		break;
	case HU_ENDED_SIGNAL:
		n = asprintf(&text, "it crashed (SIG%s)", name ? name : "?");
		break;
	case HU_ENDED_REFUSED:
		return hu_strdup(hu_str("the sandbox ended it: it asked the system for something "
					"that no reader needs"));
	case HU_ENDED_CPU:
		return hu_strdup(hu_str("it used all the processor time that it may use"));
	case HU_ENDED_NOMEM:
		return hu_strdup(hu_str("it used all the memory that it may use"));
	}
	if (n < 0)
		hu_no_memory();
	return text;
}
