/*
 * Private folders that are removed on every way out.
 *
 * The list of live folders is global because a signal handler has no other way to reach it. The
 * handler may call async-signal-safe functions alone, so it reads the folder with getdents64(2)
 * instead of opendir(3).
 */
#include "ingest/scratch.h"
#include "ingest/bundle_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct hu_scratch {
	char *path;
	size_t slot;
	int mark; /* open and locked as long as this process lives */
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

/* Async-signal-safe. Takes the descriptor of the folder. False: something is left in it. */
static bool remove_files(int dir, int depth, bool top)
{
	bool clean = true;

	/* Removing moves the others about: start again until a round finds nothing. */
	for (bool again = true; again;) {
		_Alignas(struct entry) char buffer[4096];
		long n = -1;
		again = false;
		clean = true;
		if (lseek(dir, 0, SEEK_SET) == 0)
			while ((n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0)
				for (long at = 0; at < n;) {
					const struct entry *e = (const void *)(buffer + at);
					const char *name = e->name;
					at += e->reclen;
					if (!strcmp(name, ".") || !strcmp(name, "..") ||
					    (top && !strcmp(name, HU_OUTPUT_MARK)))
						continue;
					if (unlinkat(dir, name, 0) == 0) {
						again = true;
						continue;
					}
					int inner = depth ? openat(dir, name, FOLDER) : -1;
					if (inner >= 0)
						remove_files(inner, depth - 1, false);
					bool gone = unlinkat(dir, name, AT_REMOVEDIR) == 0;
					again |= gone;
					clean &= gone;
				}
		clean &= n == 0;
	}
	close(dir);
	return clean;
}

/* Async-signal-safe. The mark goes last, so that what is left is still known as ours. */
static void remove_folder(const char *path)
{
	int dir = open(path, FOLDER);

	if (dir < 0)
		return;
	if (remove_files(dup(dir), DEEPEST, true))
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

/*
 * Six digits for this boot of this host: a lock tells who lives only where it was taken, and on a
 * network or a shared file system somebody else's may not be seen.
 */
static void boot_digits(char ret[8])
{
	char id[64] = "";
	uint32_t sum = 2166136261u;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof(id));

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)id[i]) * 16777619u;
	snprintf(ret, 8, "%06x", n > 0 ? sum & 0xffffff : 0);
}

/* Locked before it says what it is: a mark without a lock has no owner. */
static struct hu_err *write_mark(struct hu_scratch *scratch)
{
	static const char text[] = HU_OUTPUT_MARK_TEXT " " HU_VERSION "\n";
	HU_CLEANUP(hu_freep) char *mark = hu_scratch_file(scratch, HU_OUTPUT_MARK);
	int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return hu_err_os(errno, "cannot create %s", mark);
	scratch->mark = fd;
	(void)flock(fd, LOCK_EX | LOCK_NB); /* a file system without: nobody sweeps there */
	struct hu_str rest = hu_str(text);
	while (rest.len) {
		ssize_t n = write(fd, rest.at, rest.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return hu_err_os(n < 0 ? errno : ENOSPC, "cannot write %s", mark);
		rest = hu_str_skip(rest, (size_t)n);
	}
	return NULL;
}

static const char *temporary(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

struct hu_err *hu_scratch_create(const char *parent, const char *prefix, struct hu_scratch **ret)
{
	size_t slot = 0;
	char boot[8];

	if (!parent) {
		parent = temporary();
		hu_scratch_sweep(parent, prefix, NULL, NULL);
	}
	while (slot < SLOTS && live[slot])
		slot++;
	if (slot == SLOTS)
		return hu_err(HU_ERR_BUG, "more than %d temporary folders at a time", SLOTS);

	char *path = NULL;
	boot_digits(boot);
	if (asprintf(&path, "%s/%s.%s.XXXXXX", parent, prefix, boot) < 0)
		hu_no_memory();
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
	*scratch = (struct hu_scratch){path, slot, -1};
	struct hu_err *err = write_mark(scratch);
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
	if (scratch->mark >= 0)
		close(scratch->mark);
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
		hu_no_memory();
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
		hu_no_memory();
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

/* The mark of a folder, open; -1: there is none, or it says something else. */
static int open_mark(const char *folder)
{
	HU_CLEANUP(hu_freep) char *mark = NULL;
	char text[sizeof(HU_OUTPUT_MARK_TEXT) - 1];

	if (asprintf(&mark, "%s/" HU_OUTPUT_MARK, folder) < 0)
		hu_no_memory();
	int fd = open(mark, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && (read(fd, text, sizeof(text)) != (ssize_t)sizeof(text) ||
			memcmp(text, HU_OUTPUT_MARK_TEXT, sizeof(text)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool hu_scratch_marked(const char *folder)
{
	int fd = open_mark(folder);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int hu_scratch_hold(const char *folder)
{
	int fd = open_mark(folder);

	if (fd >= 0)
		(void)flock(fd, LOCK_EX | LOCK_NB);
	return fd;
}

/* Nobody's: removed, unless somebody wants it kept. */
static void sweep_one(const char *folder, bool this_boot, time_t age,
		      bool (*may_go)(void *data, const char *folder), void *data)
{
	enum { HOUR = 3600, DAY = 24 * HOUR };
	HU_CLEANUP(hu_freep) char *mark = NULL;
	struct stat st;
	int fd = open_mark(folder);

	if (fd >= 0) {
		if ((this_boot || age > DAY) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    (!may_go || may_go(data, folder)))
			remove_folder(folder);
		close(fd);
		return;
	}
	/* Killed, or right now, between mkdtemp() and the mark: empty, or with an empty mark. */
	if (age < HOUR)
		return;
	if (asprintf(&mark, "%s/" HU_OUTPUT_MARK, folder) < 0)
		hu_no_memory();
	if (lstat(mark, &st) == 0 && S_ISREG(st.st_mode) && !st.st_size)
		unlink(mark);
	rmdir(folder);
}

void hu_scratch_sweep(const char *parent, const char *prefix,
		      bool (*may_go)(void *data, const char *folder), void *data)
{
	enum { DIGITS = 6 };
	size_t len = strlen(prefix);
	struct dirent *e;
	char boot[8];
	DIR *dir = opendir(parent);

	boot_digits(boot);
	while (dir && (e = readdir(dir))) {
		const char *name = e->d_name;
		struct stat st;
		if (strlen(name) != len + 1 + DIGITS + 1 + DIGITS ||
		    memcmp(name, prefix, len) != 0 || name[len] != '.' ||
		    name[len + 1 + DIGITS] != '.' ||
		    fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
			continue;
		HU_CLEANUP(hu_freep) char *folder = NULL;
		if (asprintf(&folder, "%s/%s", parent, name) < 0)
			hu_no_memory();
		bool this_boot =
			strcmp(boot, "000000") != 0 && !memcmp(name + len + 1, boot, DIGITS);
		sweep_one(folder, this_boot, time(NULL) - st.st_mtime, may_go, data);
	}
	if (dir)
		closedir(dir);
}
