/* A program under ptrace(2), whose system calls are made to fail; see inject_calls.h. */
#include "tests/inject_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t program_now;
static volatile sig_atomic_t too_long;

static void on_alarm(int number)
{
	(void)number;
	too_long = 1;
	kill(program_now, SIGKILL);
}

static void be_program(const struct inject_run *run, bool traced)
{
	int null = open("/dev/null", O_RDONLY);
	int out = open(run->out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int err = open(run->err, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || chdir(run->folder) < 0)
		_exit(120);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	for (size_t i = 0; run->env && run->env[i]; i++)
		putenv((char *)(uintptr_t)run->env[i]);
	if (traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(121);
	if (traced)
		raise(SIGSTOP);
	execv(run->argv[0], (char *const *)(uintptr_t)run->argv);
	_exit(122);
}

/* Watches the time that a run may take. */
static void begin_watch(pid_t program, int seconds)
{
	program_now = program;
	too_long = 0;
	signal(SIGALRM, on_alarm);
	alarm((unsigned)seconds);
}

static struct inject_end end_of(int status)
{
	if (WIFEXITED(status))
		return (struct inject_end){.status = WEXITSTATUS(status), .slow = too_long};
	return (struct inject_end){.status = -1, .signal = WTERMSIG(status), .slow = too_long};
}

struct inject_end inject_run_plain(const struct inject_run *run)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		be_program(run, false);
	if (pid < 0)
		return (struct inject_end){.status = -1};
	begin_watch(pid, run->seconds);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	alarm(0);
	return end_of(status);
}

#ifndef __x86_64__

bool inject_possible(void)
{
	return false;
}

struct inject_end inject_run(const struct inject_run *run, const struct inject_plan *plan)
{
	(void)run;
	(void)plan;
	return (struct inject_end){.status = -1};
}

#else

enum { MOST = 64 }; /* processes at a time */

struct process {
	pid_t pid;
	bool inside;  /* between the entry and the exit of a call */
	bool failing; /* its result is to be replaced */
	bool halved;  /* its register rdx is to be put back */
	unsigned long long rdx;
};

struct tracing {
	const struct inject_run *run;
	const struct inject_plan *plan;
	struct process of[MOST];
	pid_t program;
	bool begun; /* the loader is done, and the program runs */
	struct inject_end end;
};

/* What each call is; the name is for people. */
struct call {
	long number;
	const char *name;
	unsigned kinds; /* bits of 1 << enum inject_kind */
};
enum {
	R = 1 << INJECT_READS,
	L = 1 << INJECT_LOOKS,
	W = 1 << INJECT_WRITES,
	C = 1 << INJECT_CHANGES,
	I = 1 << INJECT_WAITS,
};
#define CALL(name, kinds)                                                                          \
	{                                                                                          \
		SYS_##name, #name, kinds                                                           \
	}
static const struct call calls[] = {
	CALL(read, R | I),
	CALL(pread64, R | I),
	CALL(readv, R | I),
	CALL(preadv, R | I),
	CALL(getdents64, R),
	CALL(mmap, R),
	CALL(open, L | W | C | I),
	CALL(openat, L | W | C | I),
	CALL(stat, L),
	CALL(fstat, L),
	CALL(lstat, L),
	CALL(newfstatat, L),
	CALL(statx, L),
	CALL(access, L),
	CALL(faccessat, L),
	CALL(faccessat2, L),
	CALL(readlink, L),
	CALL(lseek, L),
	CALL(write, W | C | I),
	CALL(pwrite64, W | C | I),
	CALL(writev, W | C | I),
	CALL(pwritev, W | C | I),
	CALL(ftruncate, W | C),
	CALL(fallocate, W | C),
	CALL(fsync, W | C),
	CALL(fdatasync, W | C),
	CALL(mkdir, W | C),
	CALL(mkdirat, W | C),
	CALL(rename, W | C),
	CALL(renameat, W | C),
	CALL(renameat2, W | C),
	CALL(link, W | C),
	CALL(linkat, W | C),
	CALL(symlink, W | C),
	CALL(unlink, C),
	CALL(unlinkat, C),
	CALL(rmdir, C),
	CALL(chmod, C),
	CALL(fchmod, C),
	CALL(fchmodat, C),
	CALL(utimensat, C),
	CALL(wait4, I),
	CALL(poll, I),
	CALL(ppoll, I),
	CALL(epoll_wait, I),
	CALL(nanosleep, I),
	CALL(clock_nanosleep, I),
	CALL(flock, I),
};

static bool makes_file(unsigned long long flags)
{
	return flags & (O_CREAT | O_TRUNC);
}

/* Pipes and sockets take no room. */
static bool is_file(pid_t pid, int fd)
{
	char link[64], path[8] = "";

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	return readlink(link, path, sizeof(path) - 1) > 0 && path[0] == '/';
}

/* The call, if it is of the kind. */
static const struct call *is_meant(pid_t pid, const struct user_regs_struct *r,
				   enum inject_kind kind)
{
	long number = (long)r->orig_rax;
	const struct call *call = NULL;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && !call; i++)
		if (calls[i].number == number && calls[i].kinds & 1u << kind)
			call = &calls[i];
	if (!call)
		return NULL;
	switch (number) {
	case SYS_mmap: /* not memory */
		return r->r10 & MAP_ANONYMOUS ? NULL : call;
	case SYS_open:
	case SYS_openat: {
		bool makes = makes_file(number == SYS_open ? r->rsi : r->rdx);
		return makes == (kind == INJECT_WRITES || kind == INJECT_CHANGES) ? call : NULL;
	}
	case SYS_write:
	case SYS_writev: {
		if ((int)r->rdi == STDERR_FILENO) /* the sentence is to be read */
			return NULL;
		bool room = kind == INJECT_WRITES || kind == INJECT_CHANGES;
		return room && !is_file(pid, (int)r->rdi) ? NULL : call;
	}
	default:
		return call;
	}
}

/* Of these, what rdx counts may be less: bytes, or pieces of them. */
static bool can_be_halved(long number)
{
	return number == SYS_read || number == SYS_pread64 || number == SYS_readv ||
	       number == SYS_write || number == SYS_pwrite64 || number == SYS_writev;
}

static struct process *process_of(struct tracing *t, pid_t pid)
{
	struct process *free_one = NULL;

	for (size_t i = 0; i < MOST; i++) {
		if (t->of[i].pid == pid)
			return &t->of[i];
		if (!t->of[i].pid && !free_one)
			free_one = &t->of[i];
	}
	if (!free_one)
		abort();
	*free_one = (struct process){.pid = pid};
	return free_one;
}

static void enter(struct tracing *t, struct process *p)
{
	const struct inject_plan *plan = t->plan;
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, p->pid, NULL, &r) < 0)
		return;
	/* main() begins with it; before, the loader maps libraries. */
	if (!t->begun && r.orig_rax == SYS_rt_sigaction && r.rdi == SIGHUP)
		t->begun = true;
	if (!t->begun || (p->pid == t->program) != (plan->who == INJECT_PROGRAM))
		return;
	const struct call *call = is_meant(p->pid, &r, plan->kind);
	if (!call || (plan->act == INJECT_HALF && !can_be_halved(call->number)))
		return;
	t->end.calls++;
	if (plan->act == INJECT_COUNT || t->end.calls < plan->nth ||
	    (t->end.calls > plan->nth && !plan->on))
		return;
	if (!t->end.struck)
		t->end.call = call->name;
	t->end.struck = true;
	if (plan->act == INJECT_KILL) {
		kill(p->pid, SIGKILL);
	} else if (plan->act == INJECT_FAIL) {
		p->failing = true;
		r.orig_rax = SYS_getpid; /* the sandbox allows it */
		ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
	} else if (r.rdx > 1) {
		p->halved = true;
		p->rdx = r.rdx;
		r.rdx = (call->number == SYS_writev || call->number == SYS_readv) ? 1 : r.rdx / 2;
		ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
	}
}

static void leave(struct tracing *t, struct process *p)
{
	struct user_regs_struct r;

	if ((!p->failing && !p->halved) || ptrace(PTRACE_GETREGS, p->pid, NULL, &r) < 0)
		return;
	if (p->failing)
		r.rax = (unsigned long long)-(long long)t->plan->error;
	if (p->halved)
		r.rdx = p->rdx;
	p->failing = p->halved = false;
	ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
}

/* One report of the kernel. False: nobody is left. */
static bool step(struct tracing *t)
{
	int status;
	pid_t pid = waitpid(-1, &status, __WALL);

	if (pid < 0)
		return errno == EINTR;
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		process_of(t, pid)->pid = 0;
		if (pid == t->program) {
			struct inject_end end = end_of(status);
			t->end.status = end.status;
			t->end.signal = end.signal;
		}
		return true;
	}
	struct process *p = process_of(t, pid);
	int number = WSTOPSIG(status), pass = 0;
	if (number == (SIGTRAP | 0x80)) {
		p->inside = !p->inside;
		if (p->inside)
			enter(t, p);
		else
			leave(t, p);
	} else if (number == SIGTRAP && status >> 16) {
		; /* a fork, an exec */
	} else if (number != SIGSTOP) {
		pass = number;
	}
	ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(uintptr_t)pass);
	return true;
}

struct inject_end inject_run(const struct inject_run *run, const struct inject_plan *plan)
{
	struct tracing t = {.run = run, .plan = plan, .end = {.status = -1}};
	int status;

	t.program = fork();
	if (t.program == 0)
		be_program(run, true);
	if (t.program < 0 || waitpid(t.program, &status, 0) < 0 || !WIFSTOPPED(status))
		return t.end;
	process_of(&t, t.program);
	ptrace(PTRACE_SETOPTIONS, t.program, NULL,
	       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	begin_watch(t.program, run->seconds);
	ptrace(PTRACE_SYSCALL, t.program, NULL, NULL);
	while (step(&t))
		;
	alarm(0);
	t.end.slow = too_long;
	return t.end;
}

bool inject_possible(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return false;
	bool stopped = WIFSTOPPED(status);
	if (stopped) {
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		waitpid(pid, &status, 0);
	}
	return stopped && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
