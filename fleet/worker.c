/* The parent's side: one worker process after another in each slot, started, listened to, timed,
 * buried. */
#include "fleet/worker_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = HU_WORKER_HEADER, LOOK_MS = 200 };

struct slot {
	pid_t pid;		      /* 0: free */
	int said, complained, answer; /* our ends of its pipes; -1: closed */
	struct hu_out words;	      /* said, and not heard yet */
	char complaint[2 * HU_WORKER_COMPLAINT_MAX];
	size_t complaint_len;
	int64_t until;		  /* 0: for ever */
	enum hu_worker_fate fate; /* HU_WORKER_EXITED until we decide otherwise */
};

struct hu_pool {
	struct hu_worker_limits limits;
	const struct hu_pool_ops *ops;
	void *data;
	size_t count, running;
	struct slot *slots;
	struct pollfd *polled;
};

int64_t hu_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct hu_pool *hu_pool_create(size_t slots, const struct hu_worker_limits *limits,
			       const struct hu_pool_ops *ops, void *data)
{
	struct hu_pool *pool = hu_alloc(sizeof(*pool));

	*pool = (struct hu_pool){.limits = *limits, .ops = ops, .data = data, .count = slots};
	pool->slots = hu_alloc(slots * sizeof(*pool->slots));
	pool->polled = hu_alloc((2 * slots + 1) * sizeof(*pool->polled));
	return pool;
}

size_t hu_pool_running(const struct hu_pool *pool)
{
	return pool->running;
}

bool hu_pool_free_slot(const struct hu_pool *pool, size_t *ret)
{
	for (size_t i = 0; i < pool->count; i++)
		if (!pool->slots[i].pid) {
			*ret = i;
			return true;
		}
	return false;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

struct hu_err *hu_pool_start(struct hu_pool *pool, size_t slot)
{
	struct slot *s = &pool->slots[slot];
	int said[2] = {-1, -1}, answer[2] = {-1, -1}, complained[2] = {-1, -1};
	pid_t parent = getpid(), pid = -1;

	if (pipe2(said, O_CLOEXEC) == 0 && pipe2(answer, O_CLOEXEC) == 0 &&
	    pipe2(complained, O_CLOEXEC) == 0) {
		fflush(NULL); /* or the child writes it again */
		pid = fork();
	}
	if (pid == 0) {
		struct hu_worker me = hu_worker_become(parent, said[1], answer[0], complained[1],
						       pool->limits.bytes);
		int status = pool->ops->work(pool->data, slot, &me);
		fflush(stderr);
		_exit(status);
	}
	int errnum = errno;
	close_fd(&said[1]);
	close_fd(&answer[0]);
	close_fd(&complained[1]);
	if (pid < 0) {
		close_fd(&said[0]);
		close_fd(&answer[1]);
		close_fd(&complained[0]);
		return hu_err_os(errnum, "cannot start a worker process");
	}
	setpgid(pid, pid); /* whoever of the two comes first */
	fcntl(said[0], F_SETFL, O_NONBLOCK);
	fcntl(complained[0], F_SETFL, O_NONBLOCK);
	fcntl(answer[1], F_SETFL, O_NONBLOCK);
	s->pid = pid;
	s->said = said[0];
	s->answer = answer[1];
	s->complained = complained[0];
	s->fate = HU_WORKER_EXITED;
	s->until = pool->limits.seconds ? hu_now_ms() + pool->limits.seconds * 1000 : 0;
	s->complaint_len = 0;
	hu_out_clear(&s->words);
	pool->running++;
	return NULL;
}

void hu_pool_answer(struct hu_pool *pool, size_t slot, char what)
{
	/* A pipe that is empty takes a byte; a worker that is gone is told of by its end. */
	if (pool->slots[slot].answer >= 0)
		hu_worker_write(pool->slots[slot].answer, &what, 1);
}

/* All that is behind it, too: it leads a group of its own. */
static void end_worker(struct slot *s, enum hu_worker_fate why)
{
	if (s->fate != HU_WORKER_EXITED)
		return;
	s->fate = why;
	kill(-s->pid, SIGKILL);
	kill(s->pid, SIGKILL); /* where it had no time yet to make the group */
}

static void hear_out(struct hu_pool *pool, size_t slot)
{
	struct slot *s = &pool->slots[slot];
	size_t used = 0;

	while (s->words.len - used >= HEADER && s->fate != HU_WORKER_BABBLED) {
		const char *at = s->words.at + used;
		uint32_t len;
		memcpy(&len, at + 1, sizeof(len));
		if (len > HU_WORKER_SAY_MAX) {
			end_worker(s, HU_WORKER_BABBLED);
			break;
		}
		if (s->words.len - used < HEADER + (size_t)len)
			break;
		pool->ops->heard(pool->data, slot, *at, (struct hu_str){at + HEADER, len});
		used += HEADER + len;
	}
	if (used) {
		memmove(s->words.at, s->words.at + used, s->words.len - used);
		s->words.len -= used;
	}
}

/* False at the end of the pipe. */
static bool take_words(struct hu_pool *pool, size_t slot)
{
	struct slot *s = &pool->slots[slot];
	char piece[65536];

	while (s->said >= 0) {
		ssize_t n = read(s->said, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			close_fd(&s->said);
			break;
		}
		hu_out_bytes(&s->words, piece, (size_t)n);
		hear_out(pool, slot);
	}
	return false;
}

/* The last of what it wrote is what tells why it died. */
static void take_complaints(struct slot *s)
{
	enum { KEPT = HU_WORKER_COMPLAINT_MAX };
	char piece[KEPT];

	while (s->complained >= 0) {
		ssize_t n = read(s->complained, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(&s->complained);
			return;
		}
		memcpy(s->complaint + s->complaint_len, piece, (size_t)n);
		s->complaint_len += (size_t)n;
		if (s->complaint_len > KEPT) {
			memmove(s->complaint, s->complaint + s->complaint_len - KEPT, KEPT);
			s->complaint_len = KEPT;
		}
	}
}

/* Is it dead? Then everything about it is told, and the slot is free. */
static void bury(struct hu_pool *pool, size_t slot)
{
	struct slot *s = &pool->slots[slot];
	siginfo_t info = {0};
	int status = 0;

	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		return;
	kill(-s->pid, SIGKILL); /* what it left behind, before its number can be another's */
	waitpid(s->pid, &status, 0);
	take_words(pool, slot);
	take_complaints(s);
	struct hu_worker_end end = {.fate = s->fate};
	if (s->fate == HU_WORKER_EXITED && WIFSIGNALED(status)) {
		end.fate = HU_WORKER_SIGNAL;
		end.number = WTERMSIG(status);
	} else if (s->fate == HU_WORKER_EXITED) {
		end.number = WEXITSTATUS(status);
	}
	end.complained = (struct hu_str){s->complaint, s->complaint_len};
	close_fd(&s->said);
	close_fd(&s->answer);
	close_fd(&s->complained);
	s->pid = 0;
	pool->running--;
	hu_out_clear(&s->words);
	pool->ops->ended(pool->data, slot, &end);
}

/* What is resident and its own: not the files that it maps. */
static int64_t own_memory(pid_t pid)
{
	char path[64], text[128];
	long long size, resident, shared;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%lld %lld %lld", &size, &resident, &shared) != 3)
		return 0;
	return (resident - shared) * sysconf(_SC_PAGESIZE);
}

static void watch_limits(struct hu_pool *pool, struct slot *s)
{
	if (s->until && hu_now_ms() >= s->until)
		end_worker(s, HU_WORKER_TIMEOUT);
	else if (pool->limits.bytes && own_memory(s->pid) > pool->limits.bytes)
		end_worker(s, HU_WORKER_MEMORY);
}

void hu_pool_wait(struct hu_pool *pool, int ms, int fd)
{
	nfds_t n = 0;
	bool dying = false;

	for (size_t i = 0; i < pool->count; i++) {
		const struct slot *s = &pool->slots[i];
		if (!s->pid)
			continue;
		if (s->said >= 0)
			pool->polled[n++] = (struct pollfd){s->said, POLLIN, 0};
		else
			dying = true;
		if (s->complained >= 0)
			pool->polled[n++] = (struct pollfd){s->complained, POLLIN, 0};
	}
	if (fd >= 0)
		pool->polled[n++] = (struct pollfd){fd, POLLIN, 0};
	if (pool->running && ms > LOOK_MS)
		ms = LOOK_MS;
	/* Its pipe is closed, it is not dead yet: a matter of microseconds, or of its time limit.
	 */
	if (dying && ms > 2)
		ms = 2;
	poll(pool->polled, n, ms);
	for (size_t i = 0; i < pool->count; i++) {
		if (!pool->slots[i].pid)
			continue;
		take_words(pool, i);
		take_complaints(&pool->slots[i]);
		watch_limits(pool, &pool->slots[i]);
		bury(pool, i);
	}
}

void hu_pool_destroy(struct hu_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->count; i++) {
		struct slot *s = &pool->slots[i];
		if (s->pid) {
			end_worker(s, HU_WORKER_TIMEOUT);
			waitpid(s->pid, NULL, 0);
			close_fd(&s->said);
			close_fd(&s->answer);
			close_fd(&s->complained);
		}
		hu_out_deinit(&s->words);
	}
	free(pool->slots);
	free(pool->polled);
	free(pool);
}
