/* The worker's side: a process that has left all that was its parent's, and what it says. */
#include "fleet/worker_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool hu_worker_write(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

void hu_worker_say(struct hu_worker *me, char what, struct hu_str bytes)
{
	char head[HU_WORKER_HEADER] = {what};
	uint32_t len = (uint32_t)bytes.len;

	memcpy(head + 1, &len, sizeof(len));
	if (!hu_worker_write(me->say, head, sizeof(head)) ||
	    !hu_worker_write(me->say, bytes.at, bytes.len))
		_exit(0); /* nobody listens any more */
}

char hu_worker_hear(struct hu_worker *me)
{
	char what;
	ssize_t n;

	do
		n = read(me->hear, &what, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? what : 0;
}

/* The limit counts private memory (mm/mmap.c: data_vm), so that a large capture may be mapped. */
static void limit_memory(int64_t bytes)
{
#ifndef __SANITIZE_ADDRESS__ /* its shadow alone is larger; the parent looks at the resident size  \
			      */
	struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
	if (bytes)
		setrlimit(RLIMIT_DATA, &limit);
#else
	(void)bytes;
#endif
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
}

struct hu_worker hu_worker_become(pid_t parent, int say, int hear, int complain, int64_t memory)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
	enum { SAY = 3, HEAR = 4, FIRST_OTHER = 5 };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before we asked */
		_exit(0);
	setpgid(0, 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	/* Out of the way first, so that none is overwritten while it is still needed. */
	say = fcntl(say, F_DUPFD_CLOEXEC, 10);
	hear = fcntl(hear, F_DUPFD_CLOEXEC, 10);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (say < 0 || hear < 0 || null < 0 || dup2(complain, STDERR_FILENO) < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(say, SAY) < 0 ||
	    dup2(hear, HEAR) < 0)
		_exit(4);
	close_range(FIRST_OTHER, ~0U, 0);
	limit_memory(memory);
	return (struct hu_worker){SAY, HEAR};
}
