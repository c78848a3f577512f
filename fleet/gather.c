/* Single reports of a part into the merged fleet's folder. A part may come from anybody: only paths
 * that stay inside are followed, and only regular files are taken. */
#include "fleet/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/text.h"
#include "fleet/sql.h"

bool hu_gather_harmless(struct hu_str path)
{
	if (!path.len || path.len > 500 || path.at[0] == '/' || path.at[0] == '-' ||
	    hu_str_find(path, "..") >= 0 || hu_str_find(path, "//") >= 0)
		return false;
	for (size_t i = 0; i < path.len; i++) {
		char c = path.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '-' || c == '/'))
			return false;
	}
	return true;
}

/* The file system may lie across another border than links can cross. */
static struct hu_err *copy(int from, const char *name, int to)
{
	char part[65536];
	ssize_t n = 0;
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = in < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool bad = out < 0;

	while (!bad && (n = read(in, part, sizeof(part))) > 0)
		bad = write(out, part, (size_t)n) != n;
	bad = bad || n < 0;
	int error = errno;
	if (out >= 0 && close(out) < 0 && !bad) {
		bad = true;
		error = errno;
	}
	if (out >= 0 && bad)
		unlinkat(to, name, 0);
	if (in >= 0)
		close(in);
	return bad ? hu_err_os(error, "cannot copy the report %s", name) : NULL;
}

static struct hu_err *take_file(int from, const char *name, int to)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (linkat(from, name, to, name, 0) == 0 || errno == EEXIST)
		return NULL;
	return copy(from, name, to);
}

/* Makes the folders of a path below `dir`. */
static struct hu_err *make_folders(int dir, const char *path)
{
	HU_CLEANUP(hu_freep) char *part = hu_strdup(hu_str(path));

	for (char *slash = strchr(part, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdirat(dir, part, 0777) < 0 && errno != EEXIST)
			return hu_err_os(errno, "cannot make the folder %s", part);
		if (!slash)
			return NULL;
		*slash = '/';
	}
}

static struct hu_err *take_folder(int from, int to, const char *path)
{
	struct dirent *e;
	int in = openat(from, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct hu_err *err = in < 0 ? NULL : make_folders(to, path);
	int out = in < 0 || err ? -1
				: openat(to, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = out < 0 ? NULL : fdopendir(in);

	if (in >= 0 && !err && !dir)
		err = hu_err_os(errno, "cannot make the folder %s", path);
	while (dir && !err && (e = readdir(dir)))
		err = take_file(dirfd(dir), e->d_name, out);
	if (dir)
		closedir(dir);
	else if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return err;
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct hu_err *take_one(int from, int to, struct hu_str report, int64_t *missing)
{
	struct stat st;

	if (!hu_gather_harmless(report))
		return NULL;
	HU_CLEANUP(hu_freep) char *path = hu_strdup(report);
	if (fstatat(from, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		++*missing;
		return NULL;
	}
	char *slash = strrchr(path, '/');
	if (!slash) /* it lies beside fleet.db */
		return take_file(from, path, to);
	*slash = '\0';
	return take_folder(from, to, path);
}

struct hu_err *hu_gather(const char *dir, const char *part, int64_t *missing)
{
	HU_CLEANUP(hu_freep) char *folder = hu_fleet_file(part);
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char *slash = strrchr(folder, '/');
	int rc = SQLITE_OK;

	/* Of cards that differ the report of the one that counts, whoever comes first. */
	struct hu_err *err = hu_fleet_open(dir, &db);
	if (!err)
		err = hu_fleet_attach(db, part, "part");
	if (!err)
		rc = sqlite3_prepare_v2(
			db,
			"SELECT DISTINCT p.report FROM part.place p JOIN part.bundle b ON b.key = "
			"p.bundle JOIN main.bundle m ON m.key = b.key AND m.tool = b.tool AND "
			"m.options = b.options AND m.body = b.body WHERE p.report <> '' ORDER BY 1",
			-1, &stmt, NULL);
	if (slash)
		*slash = '\0';
	int from = err ? -1 : open_folder(slash ? folder : "."), to = err ? -1 : open_folder(dir);
	if (!err && (from < 0 || to < 0))
		err = hu_err_os(errno, "cannot look into %s", from < 0 ? folder : dir);
	while (!err && rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		err = take_one(from, to, hu_str((const char *)sqlite3_column_text(stmt, 0)),
			       missing);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return err;
}
