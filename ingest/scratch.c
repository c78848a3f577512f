/*
 * Private folders that are removed on every way out.
 *
 * The list of live folders is global because a signal handler has no other way to reach it. The
 * handler may call async-signal-safe functions alone, so it reads the folder with getdents64(2)
 * instead of opendir(3).
 */
#include "ingest/scratch.h"
#include "ingest/bundle_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct hu_scratch {
	char *path;
	size_t slot;
};

/* DEEPEST: a worker that was taken over may have dug deeper than a reader does. */
enum { SLOTS = 16, DEEPEST = 64, FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
static char *volatile live[SLOTS]; /* paths; the owner's, also after a fork */
static pid_t owner;

/* The kernel's struct linux_dirent64; glibc does not declare it. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/*
 * Async-signal-safe. Takes the descriptor of the folder. The mark stays: it goes last, so that what
 * a kill leaves half removed is still known as ours.
 */
static void remove_files(int dir, int depth)
{
	/* Removing moves the others about: start again until a round finds nothing. */
	for (bool again = true; again;) {
		_Alignas(struct entry) char buffer[4096];
		long n;
		again = false;
		if (lseek(dir, 0, SEEK_SET) < 0)
			break;
		while ((n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0)
			for (long at = 0; at < n;) {
				const struct entry *e = (const void *)(buffer + at);
				const char *name = e->name;
				at += e->reclen;
				if (!strcmp(name, ".") || !strcmp(name, "..") ||
				    !strcmp(name, HU_OUTPUT_MARK))
					continue;
				if (unlinkat(dir, name, 0) == 0) {
					again = true;
					continue;
				}
				int inner = depth ? openat(dir, name, FOLDER) : -1;
				if (inner < 0)
					continue;
				remove_files(inner, depth - 1);
				again |= unlinkat(dir, name, AT_REMOVEDIR) == 0;
			}
	}
	close(dir);
}

/* Async-signal-safe. */
static void remove_folder(const char *path)
{
	int dir = open(path, FOLDER);

	if (dir < 0)
		return;
	remove_files(dup(dir), DEEPEST);
	unlinkat(dir, HU_OUTPUT_MARK, 0);
	close(dir);
	rmdir(path);
}

static void remove_all(void)
{
	if (getpid() != owner)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		char *path = live[i];
		live[i] = NULL;
		if (path)
			remove_folder(path);
	}
}

static void on_signal(int number)
{
	remove_all();
	/* SA_RESETHAND has put the default action back: die of it, so that the caller sees why. */
	raise(number);
}

void hu_scratch_guard(void)
{
	static const int deadly[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU,
				     SIGXFSZ, SIGSEGV, SIGBUS,	SIGFPE,	 SIGILL,  SIGABRT};

	owner = getpid();
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
		struct sigaction old,
			act = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_NODEFER};
		/* Leave alone what somebody chose: nohup's ignored SIGHUP, a sanitizer's SIGSEGV.
		 */
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(deadly[i], &act, NULL);
	}
	atexit(remove_all);
}

static struct hu_err *write_mark(const char *path)
{
	static const char text[] = HU_OUTPUT_MARK_TEXT " " HU_VERSION "\n";
	HU_CLEANUP(hu_freep) char *mark = NULL;

	if (asprintf(&mark, "%s/" HU_OUTPUT_MARK, path) < 0)
		abort();
	int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return hu_err_os(errno, "cannot create %s", mark);
	ssize_t n = write(fd, text, sizeof(text) - 1);
	int errnum = n < 0 ? errno : ENOSPC;
	if (close(fd) < 0 || n != (ssize_t)sizeof(text) - 1)
		return hu_err_os(errnum, "cannot write %s", mark);
	return NULL;
}

struct hu_err *hu_scratch_create(const char *parent, const char *prefix, struct hu_scratch **ret)
{
	size_t slot = 0;

	if (!parent)
		parent = getenv("TMPDIR");
	if (!parent || !*parent)
		parent = "/tmp";
	while (slot < SLOTS && live[slot])
		slot++;
	if (slot == SLOTS)
		return hu_err(HU_ERR_BUG, "more than %d temporary folders at a time", SLOTS);

	char *path = NULL;
	if (asprintf(&path, "%s/%s.XXXXXX", parent, prefix) < 0)
		abort();
	/* A signal between mkdtemp() and the list would leave an empty folder: hold it back. */
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	bool made = mkdtemp(path) != NULL;
	int errnum = errno;
	if (made)
		live[slot] = path;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!made) {
		struct hu_err *err =
			hu_err_os(errnum, "cannot create a temporary folder in %s", parent);
		free(path);
		return err;
	}

	struct hu_scratch *scratch = hu_alloc(sizeof(*scratch));
	*scratch = (struct hu_scratch){path, slot};
	struct hu_err *err = write_mark(path);
	if (err) {
		hu_scratch_destroy(scratch);
		return err;
	}
	*ret = scratch;
	return NULL;
}

void hu_scratch_destroy(struct hu_scratch *scratch)
{
	if (!scratch)
		return;
	remove_folder(scratch->path);
	hu_scratch_keep(scratch);
}

void hu_scratch_destroyp(struct hu_scratch **scratch)
{
	hu_scratch_destroy(*scratch);
	*scratch = NULL;
}

void hu_scratch_keep(struct hu_scratch *scratch)
{
	if (!scratch)
		return;
	live[scratch->slot] = NULL;
	free(scratch->path);
	free(scratch);
}

const char *hu_scratch_path(const struct hu_scratch *scratch)
{
	return scratch->path;
}

char *hu_scratch_file(const struct hu_scratch *scratch, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", scratch->path, name) < 0)
		abort();
	return path;
}

struct hu_err *hu_scratch_place(const struct hu_scratch *scratch, const char *folder,
				const char *name, char **ret)
{
	enum { LONGEST = 200 }; /* of the 255 bytes that a file system takes; the end says more */
	HU_CLEANUP(hu_freep) char *inside = hu_scratch_file(scratch, folder);
	const char *slash = strrchr(name, '/');
	HU_CLEANUP(hu_freep) char *base = hu_path_escape(hu_str(slash ? slash + 1 : name));
	size_t len = strlen(base);

	if (mkdir(inside, 0700) < 0)
		return hu_err_os(errno, "no temporary folder can be made");
	if (asprintf(ret, "%s/%s", inside, base + (len > LONGEST ? len - LONGEST : 0)) < 0)
		abort();
	return NULL;
}

void hu_scratch_clear(char *file)
{
	char *slash = file ? strrchr(file, '/') : NULL;

	if (slash) {
		unlink(file);
		*slash = '\0';
		rmdir(file);
	}
	free(file);
}

bool hu_scratch_marked(const char *folder)
{
	HU_CLEANUP(hu_freep) char *mark = NULL;
	char text[sizeof(HU_OUTPUT_MARK_TEXT) - 1];

	if (asprintf(&mark, "%s/" HU_OUTPUT_MARK, folder) < 0)
		abort();
	int fd = open(mark, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	return n == (ssize_t)sizeof(text) && !memcmp(text, HU_OUTPUT_MARK_TEXT, sizeof(text));
}
