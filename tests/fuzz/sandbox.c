/*
 * In place of sandbox/child.c and confine.c: a child is a file. Either what the fuzzer says is in
 * it already, or the worker's function speaks into it, which makes seeds. Nothing is confined.
 */
#include "tests/fuzz/sandbox.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

struct hu_child {
	int fd;
};

static struct hu_str (*said)(void);
static void (*hears)(struct hu_str bytes);

void hu_fuzz_children(struct hu_str (*say)(void), void (*hear)(struct hu_str bytes))
{
	said = say;
	hears = hear;
}

unsigned hu_sandbox_lacks(void)
{
	return 0;
}

const char *hu_sandbox_missing(unsigned lacks)
{
	(void)lacks;
	return NULL;
}

struct hu_err *hu_sandbox_enter(const struct hu_sandbox *walls)
{
	(void)walls;
	return NULL;
}

struct hu_err *hu_child_start(int (*run)(void *with, int out), void *with, struct hu_child **ret)
{
	int fd = memfd_create("child", MFD_CLOEXEC);

	if (fd < 0)
		hu_fuzz_wrong("no memory for a child");
	if (hears) {
		pid_t child = fork(); /* it changes what its parent shall hear of */
		if (!child)
			_exit(run(with, fd));
		waitpid(child, NULL, 0);
		off_t len = lseek(fd, 0, SEEK_CUR);
		void *at = len > 0 ? mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, fd, 0) : NULL;
		if (at && at != MAP_FAILED) {
			hears((struct hu_str){at, (size_t)len});
			munmap(at, (size_t)len);
		}
	} else if (said) {
		struct hu_str bytes = said();
		if (bytes.len && write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len)
			hu_fuzz_wrong("no memory for what a child says");
	}
	lseek(fd, 0, SEEK_SET);
	*ret = hu_alloc(sizeof(**ret));
	(*ret)->fd = fd;
	return NULL;
}

int hu_child_fd(const struct hu_child *child)
{
	return child->fd;
}

bool hu_child_wait(const struct hu_child *child, int timeout_ms)
{
	(void)child;
	(void)timeout_ms;
	return true;
}

hu_ns hu_child_cpu(const struct hu_child *child)
{
	(void)child;
	return 0;
}

struct hu_end hu_child_end(struct hu_child *child, bool kill)
{
	close(child->fd);
	free(child);
	return (struct hu_end){kill ? HU_ENDED_SIGNAL : HU_ENDED_WELL, kill ? 11 : 0};
}

char *hu_end_text(struct hu_end end)
{
	return hu_strdup(hu_str(end.how == HU_ENDED_WELL ? "it ended well" : "it crashed"));
}
