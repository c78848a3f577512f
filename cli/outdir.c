/*
 * Output that appears at once and whole, or not at all: written in a scratch folder beside its
 * place, then renamed. A folder that holdup did not make is never replaced, and what somebody put
 * into one that it did make is carried over.
 */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cli_outdir {
	char *path; /* where it shall stand; links resolved, no slash at its end */
	struct hu_scratch *scratch;
	int held; /* the mark of what stood there, as long as that is in the scratch folder */
};

/* What a run writes: all that a later run may throw away. */
static const char *const own_files[] = {
	HU_OUTPUT_MARK, "store.db",  "store.db-journal", "store.db-wal", "store.db-shm",
	"report.html",	"report.md", "report.json",	 "report.txt",
};

static bool is_own_file(const char *name)
{
	for (size_t i = 0; i < sizeof(own_files) / sizeof(own_files[0]); i++)
		if (!strcmp(name, own_files[i]))
			return true;
	return false;
}

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	if (!dir)
		return false;
	while (n < 3 && readdir(dir))
		n++;
	closedir(dir);
	return n <= 2; /* "." and ".." */
}

int cli_outdir_check(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return CLI_DONE;
		return cli_fail(hu_err_os(errno, "cannot write to %s", path), NULL);
	}
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    (hu_scratch_marked(path) || is_empty(path)))
		return CLI_DONE;
	cli_complain("%s is there already, and holdup did not make it: give another folder with -o",
		     path);
	return CLI_USAGE;
}

/* The folder that a path lies in, and its last part. Both are the caller's. */
static void split(const char *path, char **folder, char **name)
{
	struct hu_str s = hu_str(path);

	while (s.len > 1 && s.at[s.len - 1] == '/')
		s.len--;
	const char *slash = memrchr(s.at, '/', s.len);
	size_t at = slash ? (size_t)(slash - s.at) : 0;
	*folder = !slash ? hu_strdup(hu_str(".")) : hu_strdup((struct hu_str){s.at, at ? at : 1});
	*name = hu_strdup(slash ? hu_str_skip(s, at + 1) : s);
}

/* How the scratch folders of an output begin. */
static char *prefix_of(const char *name)
{
	char *prefix = NULL;

	if (asprintf(&prefix, ".%s", name) < 0)
		hu_no_memory();
	return prefix;
}

/* What others put into the folder that is about to go. */
static struct hu_err *carry_over(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *e;
	struct hu_err *err = NULL;

	if (!dir)
		return hu_err_os(errno, "cannot look into %s", from);
	while (!err && (e = readdir(dir))) {
		HU_CLEANUP(hu_freep) char *target = NULL;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || is_own_file(e->d_name))
			continue;
		if (asprintf(&target, "%s/%s", to, e->d_name) < 0)
			hu_no_memory();
		if (renameat2(dirfd(dir), e->d_name, AT_FDCWD, target, RENAME_NOREPLACE) < 0)
			err = hu_err_os(errno,
					"cannot move %s, which holdup did not write, out of %s",
					target, from);
	}
	closedir(dir);
	return err;
}

static bool has_foreign_files(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	bool found = !dir;

	while (!found && (e = readdir(dir)))
		found = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			!is_own_file(e->d_name);
	if (dir)
		closedir(dir);
	return found;
}

/*
 * What a killed run left may go; but if it was killed between the swap and the carrying over, there
 * are files in it that holdup did not write, and that belong to the output.
 */
static bool may_go(void *output, const char *folder)
{
	if (!has_foreign_files(folder))
		return true;
	if (!hu_scratch_marked(output))
		return false;
	struct hu_err *err = carry_over(folder, output);
	if (!err)
		return true;
	cli_complain("%s", hu_err_text(err));
	hu_err_free(err);
	return false;
}

struct hu_err *cli_outdir_begin(const char *path, struct cli_outdir **ret)
{
	HU_CLEANUP(cli_outdir_endp) struct cli_outdir *dir = hu_alloc(sizeof(*dir));
	HU_CLEANUP(hu_freep) char *folder = NULL;
	HU_CLEANUP(hu_freep) char *name = NULL;

	dir->held = -1;
	/* A link to a folder stays a link; the folder is what gets replaced. */
	dir->path = realpath(path, NULL);
	if (!dir->path)
		dir->path = hu_strdup(hu_str(path));
	split(dir->path, &folder, &name);
	HU_CLEANUP(hu_freep) char *prefix = prefix_of(name);
	hu_scratch_sweep(folder, prefix, may_go, dir->path);
	struct hu_err *err = hu_scratch_create(folder, prefix, &dir->scratch);
	if (err)
		return err;
	*ret = dir;
	dir = NULL;
	return NULL;
}

char *cli_outdir_file(const struct cli_outdir *dir, const char *name)
{
	return hu_scratch_file(dir->scratch, name);
}

struct hu_err *cli_write_new(const char *path, struct hu_str bytes, bool durable)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return hu_err_os(errno, "cannot write %s", path);
	while (bytes.len) {
		ssize_t n = write(fd, bytes.at, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			struct hu_err *err =
				hu_err_os(n < 0 ? errno : ENOSPC, "cannot write %s", path);
			close(fd);
			return err;
		}
		bytes = hu_str_skip(bytes, (size_t)n);
	}
	bool lost = durable && fsync(fd) < 0;
	if (close(fd) < 0 || lost)
		return hu_err_os(errno, "cannot write %s", path);
	return NULL;
}

struct hu_err *cli_outdir_write(const struct cli_outdir *dir, const char *name, struct hu_str bytes)
{
	HU_CLEANUP(hu_freep) char *path = cli_outdir_file(dir, name);

	return cli_write_new(path, bytes, false);
}

/* The mode that mkdir() would have given it. */
static void open_up(const char *path)
{
	mode_t mask = umask(0);

	umask(mask);
	chmod(path, 0777 & ~mask);
}

/*
 * Puts *made where the folder `path` of ours stands, and that one into *made. In one step where the
 * file system can swap, else (NFS) in two.
 */
static struct hu_err *replace(struct hu_scratch **made, const char *path, const char *folder,
			      const char *name)
{
	HU_CLEANUP(hu_scratch_destroyp) struct hu_scratch *aside = NULL;
	const char *from = hu_scratch_path(*made);

	if (renameat2(AT_FDCWD, from, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
		return NULL;
	if (errno != EINVAL && errno != ENOSYS)
		return hu_err_os(errno, "cannot replace the folder %s", path);
	HU_CLEANUP(hu_freep) char *prefix = prefix_of(name);
	struct hu_err *err = hu_scratch_create(folder, prefix, &aside);
	if (err)
		return err;
	HU_CLEANUP(hu_freep) char *mark = hu_scratch_file(aside, HU_OUTPUT_MARK);
	unlink(mark);
	if (rename(path, hu_scratch_path(aside)) < 0)
		return hu_err_os(errno, "cannot move the folder %s away", path);
	if (rename(from, path) < 0) {
		err = hu_err_os(errno, "cannot make the folder %s", path);
		if (rename(hu_scratch_path(aside), path) < 0)
			err = hu_err_in(err, "what stood there is in %s", hu_scratch_path(aside));
		hu_scratch_keep(aside);
		aside = NULL;
		return err;
	}
	hu_scratch_keep(*made);
	*made = aside;
	aside = NULL;
	return NULL;
}

static struct hu_err *publish(struct cli_outdir *dir)
{
	HU_CLEANUP(hu_freep) char *folder = NULL;
	HU_CLEANUP(hu_freep) char *name = NULL;
	const char *made = hu_scratch_path(dir->scratch);
	struct stat st;

	open_up(made);
	bool there = lstat(dir->path, &st) == 0;
	/* Somebody may have made it while we worked: look again. rename() replaces a folder only
	 * if it is empty. */
	if (!there || !hu_scratch_marked(dir->path)) {
		if (rename(made, dir->path) < 0)
			return hu_err_os(errno, "cannot make the folder %s", dir->path);
		hu_scratch_keep(dir->scratch);
		dir->scratch = NULL;
		return NULL;
	}
	split(dir->path, &folder, &name);
	dir->held = hu_scratch_hold(dir->path);
	struct hu_err *err = replace(&dir->scratch, dir->path, folder, name);
	if (err)
		return err;
	/* The scratch folder is the old output now, and goes; but not with what is somebody's. */
	err = carry_over(hu_scratch_path(dir->scratch), dir->path);
	if (err) {
		hu_scratch_keep(dir->scratch);
		dir->scratch = NULL;
	}
	return err;
}

struct hu_err *cli_outdir_publish(struct cli_outdir *dir)
{
	sigset_t all, before;

	/* Between the swap and the carrying over, a signal would remove what is not ours. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	struct hu_err *err = publish(dir);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

void cli_outdir_endp(struct cli_outdir **dir)
{
	if (!*dir)
		return;
	hu_scratch_destroy((*dir)->scratch);
	if ((*dir)->held >= 0)
		close((*dir)->held);
	free((*dir)->path);
	free(*dir);
	*dir = NULL;
}

/* An output may be called "holdup", too, and its folders are not swept in here. */
static bool holds_a_file(void *data, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	bool other = !dir;

	(void)data;
	while (!other && (e = readdir(dir)))
		other = e->d_name[0] != '.' && strcmp(e->d_name, "file") != 0 &&
			strcmp(e->d_name, "store.db") != 0;
	if (dir)
		closedir(dir);
	return !other;
}

struct hu_err *cli_scratch(const char *folder, struct hu_scratch **ret)
{
	hu_scratch_sweep(folder, ".holdup", holds_a_file, NULL);
	return hu_scratch_create(folder, ".holdup", ret);
}

struct hu_err *cli_write_file(const char *path, struct hu_str bytes)
{
	HU_CLEANUP(hu_scratch_destroyp) struct hu_scratch *scratch = NULL;
	HU_CLEANUP(hu_freep) char *folder = NULL;
	HU_CLEANUP(hu_freep) char *name = NULL;
	HU_CLEANUP(hu_freep) char *made = NULL;
	struct stat st;

	/* A device or a pipe is written to, never replaced. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		if (S_ISDIR(st.st_mode))
			return hu_err_os(EISDIR, "cannot write %s", path);
		FILE *out = fopen(path, "we");
		if (!out)
			return hu_err_os(errno, "cannot write %s", path);
		size_t n = fwrite(bytes.at, 1, bytes.len, out);
		if (fclose(out) != 0 || n != bytes.len)
			return hu_err_os(errno, "cannot write %s", path);
		return NULL;
	}
	split(path, &folder, &name);
	struct hu_err *err = cli_scratch(folder, &scratch);
	if (err)
		return err;
	made = hu_scratch_file(scratch, "file");
	err = cli_write_new(made, bytes, false);
	if (!err && rename(made, path) < 0)
		err = hu_err_os(errno, "cannot write %s", path);
	return err;
}

bool cli_to_stdout(const char *path)
{
	return !path || !strcmp(path, "-");
}

int cli_deliver(const char *path, struct hu_str bytes)
{
	if (cli_to_stdout(path))
		return cli_print(bytes) ? CLI_DONE : CLI_FAULT;
	struct hu_err *err = cli_write_file(path, bytes);
	return err ? cli_fail_output(err) : CLI_DONE;
}
