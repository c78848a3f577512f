/* What stat() says of a path and of all below it, as one number. */
#include "fleet/signature.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/text.h"

enum { DEPTH = 64 };

struct look {
	struct hu_key sum;
	bool *writing;
};

/* Nobody gets a lease for reading on a file that is open for writing. */
static bool is_written(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return false;
	bool written = fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	close(fd);
	return written;
}

static void add(struct look *look, const char *below, const struct stat *st)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	bool folder = S_ISDIR(st->st_mode);

	hu_out_printf(&line, "%s %" PRIuMAX " %" PRIdMAX " %" PRIdMAX ".%09ld", below,
		      (uintmax_t)st->st_ino, folder ? 0 : (intmax_t)st->st_size,
		      (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	struct hu_key key = hu_key_of(hu_out_view(&line));
	look->sum.a += key.a; /* a sum does not depend on the order */
	look->sum.b += key.b;
}

static void inside(struct look *look, int fd, const char *below, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (!dir) {
		close(fd);
		return;
	}
	while ((e = readdir(dir))) {
		HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		hu_out_printf(&path, "%s/%s", below, e->d_name);
		add(look, path.at, &st);
		if (S_ISREG(st.st_mode) && look->writing && is_written(dirfd(dir), e->d_name))
			*look->writing = true;
		int inner = S_ISDIR(st.st_mode) && depth
				    ? openat(dirfd(dir), e->d_name,
					     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
				    : -1;
		if (inner >= 0)
			inside(look, inner, path.at, depth - 1);
	}
	closedir(dir);
}

bool hu_signature(const char *path, struct hu_key *ret, bool *writing)
{
	struct look look = {.writing = writing};
	struct stat st;

	if (writing)
		*writing = false;
	if (stat(path, &st) < 0)
		return false;
	add(&look, "", &st);
	if (S_ISREG(st.st_mode) && writing)
		*writing = is_written(AT_FDCWD, path);
	int fd = S_ISDIR(st.st_mode) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0)
		inside(&look, fd, "", DEPTH);
	*ret = look.sum;
	return true;
}
