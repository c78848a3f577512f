/*
 * A folder as a bundle: read in place. Links are not followed, and nothing that could block or
 * never end (pipes, devices, sockets) is opened.
 */
#include "ingest/bundle_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t hu_changed_at(const struct stat *st)
{
	int64_t at = (int64_t)((uint64_t)st->st_mtim.tv_sec * 1000000000u +
			       (uint64_t)st->st_mtim.tv_nsec);

	return at ? at : 1;
}

/* Hashes a file from its descriptor to its end. */
static struct hu_err *hash_fd(int fd, struct hu_member *member, const struct hu_progress *progress)
{
	enum { PIECE = 1 << 18, TELL = 1 << 26 };
	HU_CLEANUP(hu_freep) char *buffer = hu_alloc(PIECE);
	struct hu_sha256 sha;
	struct stat st = {0};
	ssize_t n;

	hu_sha256_init(&sha);
	/* Before the first byte: what is written from now on shows. */
	member->changed = fstat(fd, &st) == 0 ? hu_changed_at(&st) : 0;
	member->bytes = 0;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while ((n = read(fd, buffer, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return hu_err_os(errno, "cannot be read");
		hu_sha256_add(&sha, buffer, (size_t)n);
		member->bytes += n;
		if (member->bytes % TELL < n && progress && progress->within)
			progress->within(progress->data, member->bytes, st.st_size, 0);
	}
	hu_sha256_finish(&sha, member->sha256);
	return NULL;
}

struct hu_err *hu_hash_file(const char *path, struct hu_member *member)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return hu_err_os(errno, "cannot be opened");
	struct hu_err *err = hash_fd(fd, member, NULL);
	close(fd);
	return err;
}

int64_t hu_hash_later_from = INT64_C(32) << 20;

struct hu_err *hu_hash_listed(const struct hu_bundle *bundle, int fd, struct hu_member *member,
			      const struct hu_progress *progress)
{
	struct stat st;

	if (!bundle->hash_later || fstat(fd, &st) < 0 || st.st_size < hu_hash_later_from)
		return hash_fd(fd, member, progress);
	member->changed = hu_changed_at(&st);
	member->bytes = st.st_size;
	member->hash_later = true;
	return NULL;
}

static char *join(const char *folder, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s%s%s", folder, *folder ? "/" : "", name) < 0)
		hu_no_memory();
	return path;
}

/* `member` has its path; gives it its bytes, or the reason why it has none. */
static void take_file(const struct hu_finding *f, struct hu_member *member, int dir,
		      const char *name, const char *root)
{
	/* O_NONBLOCK: it may have become a pipe since it was listed, or be one in disguise, as
	 * tracefs' trace_pipe is. */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct hu_err *err = NULL;
	struct stat st;

	if (fd < 0)
		err = hu_err_os(errno, "cannot be opened");
	else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		err = hu_err(HU_ERR_BAD_INPUT, "changed while it was listed: not read");
	else
		err = hu_hash_listed(f->bundle, fd, member, f->progress);
	if (fd >= 0)
		close(fd);
	if (err) {
		member->why = hu_strdup(hu_str(hu_err_text(err)));
		member->sha256[0] = '\0';
		hu_err_free(err);
		return;
	}
	member->file = join(root, member->path);
}

static const char *why_not(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return "a symbolic link: not followed";
	case S_IFIFO:
		return "a named pipe: not read";
	case S_IFSOCK:
		return "a socket: not read";
	case S_IFCHR:
	case S_IFBLK:
		return "a device: not read";
	default:
		return "neither a file nor a folder: not read";
	}
}

/* What is known of a member that is not read, from the folder that it stands in. */
static char *listed(int dir, const char *name, const struct stat *st)
{
	char *text = NULL, target[PATH_MAX] = "";

	if (S_ISLNK(st->st_mode) && readlinkat(dir, name, target, sizeof(target) - 1) < 0)
		*target = '\0';
	if (asprintf(&text, "%lld %s", (long long)st->st_size, target) < 0)
		hu_no_memory();
	return text;
}

struct walk {
	struct hu_finding *found;
	const char *root;
	bool full; /* the limit of members is reached */
};

static void walk_folder(struct walk *w, int fd, const char *path, int depth);

static int not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void take_folder(struct walk *w, int dir, const char *name, char *path, int depth)
{
	HU_CLEANUP(hu_freep) char *taken = path;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* Each level costs a descriptor while it is walked. */
	int64_t most = w->found->bundle->limits.depth;

	if (depth >= most || fd < 0) {
		struct hu_err *err = fd < 0 ? hu_err_os(errno, "this folder cannot be opened")
					    : hu_err(HU_ERR_BAD_INPUT,
						     "folders nested deeper than %lld, the limit: "
						     "not read",
						     (long long)most);
		hu_find_refused(w->found, hu_strdup(hu_str(path)),
				hu_strdup(hu_str(hu_err_text(err))));
		hu_err_free(err);
		if (fd >= 0)
			close(fd);
		return;
	}
	walk_folder(w, fd, path, depth + 1);
}

static void take_entry(struct walk *w, int dir, const char *path, const char *name, int depth)
{
	struct hu_finding *f = w->found;
	struct stat st;

	if ((int64_t)f->count >= f->bundle->limits.files)
		w->full = true;
	if (w->full)
		return;
	char *inside = join(path, name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		struct hu_err *err = hu_err_os(errno, "cannot be looked at");
		hu_find_refused(f, inside, hu_strdup(hu_str(hu_err_text(err))));
		hu_err_free(err);
	} else if (S_ISDIR(st.st_mode)) {
		take_folder(w, dir, name, inside, depth);
	} else if (S_ISREG(st.st_mode)) {
		if (f->progress && f->progress->step)
			f->progress->step(f->progress->data, inside, (int64_t)f->count, 0);
		struct hu_member *m = hu_find_member(f, inside);
		take_file(f, m, dir, name, w->root);
		m->listed = m->why ? listed(dir, name, &st) : NULL;
	} else {
		hu_find_refused(f, inside, hu_strdup(hu_str(why_not(st.st_mode))));
		f->members[f->count - 1].listed = listed(dir, name, &st);
	}
}

/* Takes fd. */
static void walk_folder(struct walk *w, int fd, const char *path, int depth)
{
	struct hu_finding *f = w->found;
	HU_CLEANUP(hu_freep) char *real = join(w->root, path);

	/* What holdup wrote is no evidence, and a report must not depend on an earlier one. */
	if (hu_scratch_marked(*path ? real : w->root)) {
		hu_find_own(f, hu_strdup(hu_str(path)));
		close(fd);
		return;
	}
	/* Sorted: where a limit ends the walk must not depend on the file system. */
	struct dirent **entries = NULL;
	int n = scandirat(fd, ".", &entries, not_dots, bytewise);
	if (n < 0) {
		struct hu_err *err = hu_err_os(errno, "this folder cannot be read");
		hu_find_refused(f, join(path, "(files of this folder)"),
				hu_strdup(hu_str(hu_err_text(err))));
		hu_err_free(err);
	}
	for (int i = 0; i < n; i++) {
		take_entry(w, fd, path, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
	close(fd);
}

struct hu_err *hu_find_in_folder(struct hu_finding *f, const char *path)
{
	struct walk w = {.found = f, .root = path};
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	f->rooted = true;
	if (fd < 0)
		return hu_err_os(errno, "cannot open %s", path);
	walk_folder(&w, fd, "", 0);
	if (w.full) {
		char *why = NULL;
		if (asprintf(&why, "this folder has more than %lld files: the others were not read",
			     (long long)f->bundle->limits.files) < 0)
			hu_no_memory();
		hu_find_outside(f, hu_strdup(hu_str("(rest of the folder)")), why);
	}
	return NULL;
}
