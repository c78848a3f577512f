/* The folder of a batch: marked, locked, cleaned of what a killed run left. */
#include "fleet/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/text.h"
#include "fleet/step.h"

enum { DEPTH = 16, FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

struct hu_home {
	char *path;
	int lock, bundles, tmp;
};

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Follows no link; a folder deeper than we ever make is left where it is. */
static void remove_tree(int at, const char *name, int depth)
{
	struct dirent *e;

	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return;
	int fd = depth ? openat(at, name, FOLDER) : -1;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(dir)))
		if (!is_dot(e->d_name))
			remove_tree(dirfd(dir), e->d_name, depth - 1);
	closedir(dir);
	unlinkat(at, name, AT_REMOVEDIR);
}

/* What may be in a folder that a batch made, however early it was killed. */
static bool is_ours(const char *name, const char *mark)
{
	return !strcmp(name, mark) || !strcmp(name, "lock") || !strcmp(name, "journal") ||
	       !strcmp(name, "tmp") || !strcmp(name, "bundles");
}

static struct hu_err *look_inside(const char *path, const char *mark)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool journal = false;
	HU_CLEANUP(hu_freep) char *other = NULL;

	if (!dir)
		return hu_err_os(errno, "cannot open %s", path);
	while ((e = readdir(dir))) {
		if (is_dot(e->d_name))
			continue;
		journal |= !strcmp(e->d_name, "journal");
		if (!is_ours(e->d_name, mark) && !other)
			other = hu_strdup(hu_str(e->d_name));
	}
	closedir(dir);
	if (journal || !other)
		return NULL;
	return hu_err(
		HU_ERR_USAGE,
		"%s is there already (%s is in it), and no batch made it: give another folder "
		"with -o",
		path, other);
}

static struct hu_err *lock(struct hu_home *home)
{
	HU_CLEANUP(hu_freep) char *path = hu_home_file(home, "lock");
	char text[300] = "", host[128] = "";

	home->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (home->lock < 0)
		return hu_err_os(errno, "cannot write %s", path);
	if (flock(home->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return hu_err_os(errno, "cannot lock %s", path);
		ssize_t n = pread(home->lock, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		text[strcspn(text, "\n")] = '\0';
		return hu_err(HU_ERR_USAGE, "another run is at work in %s: %s", home->path,
			      *text ? text : "it has just begun");
	}
	gethostname(host, sizeof(host) - 1);
	snprintf(text, sizeof(text), "pid %d on %s\n", (int)getpid(), host);
	/* For people alone: that it is held says all the rest. */
	if (ftruncate(home->lock, 0) < 0 ||
	    pwrite(home->lock, text, strlen(text), 0) != (ssize_t)strlen(text))
		return hu_err_os(errno, "cannot write %s", path);
	return NULL;
}

static struct hu_err *write_mark(struct hu_home *home, const char *mark, const char *text)
{
	HU_CLEANUP(hu_freep) char *path = hu_home_file(home, mark);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return hu_err_os(errno, "cannot write %s", path);
	ssize_t n = write(fd, text, strlen(text));
	int errnum = n < 0 ? errno : ENOSPC;
	if (close(fd) < 0 || n != (ssize_t)strlen(text)) {
		unlink(path);
		return hu_err_os(errnum, "cannot write %s", path);
	}
	return NULL;
}

static struct hu_err *open_folder(struct hu_home *home, const char *name, int *ret)
{
	HU_CLEANUP(hu_freep) char *path = hu_home_file(home, name);

	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return hu_err_os(errno, "cannot make the folder %s", path);
	*ret = open(path, FOLDER);
	return *ret < 0 ? hu_err_os(errno, "cannot open %s", path) : NULL;
}

static void clear_tmp(const struct hu_home *home)
{
	int fd = openat(home->tmp, ".", FOLDER); /* one that begins at the front again */
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (!is_dot(e->d_name))
			remove_tree(home->tmp, e->d_name, DEPTH);
	closedir(dir);
}

struct hu_err *hu_home_open(const char *path, const char *mark, const char *mark_text,
			    struct hu_home **ret)
{
	HU_CLEANUP(hu_home_closep) struct hu_home *home = hu_alloc(sizeof(*home));

	*home = (struct hu_home){.lock = -1, .bundles = -1, .tmp = -1};
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return hu_err_os(errno, "cannot make the folder %s", path);
	struct hu_err *err = look_inside(path, mark);
	if (err)
		return err;
	home->path = realpath(path, NULL);
	if (!home->path)
		return hu_err_os(errno, "cannot open %s", path);
	hu_step("home: before the lock");
	err = lock(home);
	if (!err)
		err = write_mark(home, mark, mark_text);
	hu_step("home: marked");
	if (!err)
		err = open_folder(home, "bundles", &home->bundles);
	if (!err) /* what a killed run left there */
		err = open_folder(home, "tmp", &home->tmp);
	if (err)
		return err;
	clear_tmp(home);
	hu_step("home: ready");
	*ret = home;
	home = NULL;
	return NULL;
}

void hu_home_close(struct hu_home *home)
{
	if (!home)
		return;
	if (home->tmp >= 0) {
		clear_tmp(home);
		HU_CLEANUP(hu_freep) char *tmp = hu_home_file(home, "tmp");
		rmdir(tmp);
	}
	if (home->tmp >= 0)
		close(home->tmp);
	if (home->bundles >= 0)
		close(home->bundles);
	if (home->lock >= 0)
		close(home->lock);
	free(home->path);
	free(home);
}

void hu_home_closep(struct hu_home **home)
{
	hu_home_close(*home);
	*home = NULL;
}

const char *hu_home_path(const struct hu_home *home)
{
	return home->path;
}

char *hu_home_file(const struct hu_home *home, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", home->path, name) < 0)
		hu_no_memory();
	return path;
}

struct hu_err *hu_home_slot(struct hu_home *home, size_t slot, char **ret)
{
	static const char *const inner[] = {"", "/out", "/unpack"};
	char *path = NULL;

	hu_home_slot_clear(home, slot);
	if (asprintf(&path, "%s/tmp/%zu", home->path, slot) < 0)
		hu_no_memory();
	for (size_t i = 0; i < 3; i++) {
		HU_CLEANUP(hu_freep) char *folder = NULL;
		if (asprintf(&folder, "%s%s", path, inner[i]) < 0)
			hu_no_memory();
		if (mkdir(folder, i == 1 ? 0777 : 0700) < 0) {
			struct hu_err *err = hu_err_os(errno, "cannot make the folder %s", folder);
			free(path);
			return err;
		}
	}
	*ret = path;
	return NULL;
}

void hu_home_slot_clear(struct hu_home *home, size_t slot)
{
	char name[32];

	snprintf(name, sizeof(name), "%zu", slot);
	remove_tree(home->tmp, name, DEPTH);
}

/* A worker that was taken over could have left a link there. */
static bool only_files(int at, const char *path)
{
	int fd = openat(at, path, FOLDER);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool good = dir != NULL;
	struct stat st;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (good && (e = readdir(dir)))
		if (!is_dot(e->d_name))
			good = fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			       S_ISREG(st.st_mode);
	closedir(dir);
	return good;
}

struct hu_err *hu_home_publish(struct hu_home *home, size_t slot, const char *name)
{
	char made[48];

	snprintf(made, sizeof(made), "%zu/out", slot);
	if (!only_files(home->tmp, made))
		return hu_err(HU_ERR_BUG, "a worker left other things than files");
	hu_step("home: before a report");
	if (renameat2(home->tmp, made, home->bundles, name, RENAME_NOREPLACE) < 0) {
		/* Swapped where the file system can; else (NFS) there is none for a moment, and a
		 * run that is killed then does the bundle again. */
		if (renameat2(home->tmp, made, home->bundles, name, RENAME_EXCHANGE) < 0) {
			hu_home_drop(home, name);
			if (renameat(home->tmp, made, home->bundles, name) < 0)
				return hu_err_os(errno, "cannot make %s/bundles/%s", home->path,
						 name);
		}
	}
	hu_step("home: after a report");
	return NULL;
}

bool hu_home_has(const struct hu_home *home, const char *name)
{
	struct stat st;

	return fstatat(home->bundles, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

void hu_home_drop(struct hu_home *home, const char *name)
{
	remove_tree(home->bundles, name, 2);
}

struct hu_err *hu_home_sync(struct hu_home *home)
{
	if (fsync(home->bundles) < 0 && errno != EINVAL && errno != ENOTSUP)
		return hu_err_os(errno, "cannot write %s/bundles", home->path);
	return NULL;
}
