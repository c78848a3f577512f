/*
 * Captures that are folders: CTF traces, a copied tracefs, perf.data of several threads. Their
 * files become one member of the bundle, and their reader gets a private folder with links to
 * exactly these files: what else lies there, or a link inside it that leads elsewhere, it never
 * sees.
 */
#include "ingest/bundle_parts.h"
#include "ingest/reader.h"
#include "db/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first bytes of a member. */
static struct hu_str member_head(const struct hu_member *member, char *buffer, size_t size)
{
	int fd = open(member->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return (struct hu_str){buffer, 0};
	while (len < size && (n = read(fd, buffer + len, size - len)) > 0)
		len += (size_t)n;
	close(fd);
	return (struct hu_str){buffer, len};
}

/* The length of the folder that this path names by its key file, with its slash; -1: it does not.
 */
static ssize_t folder_of(struct hu_str path, const char *key)
{
	size_t len = strlen(key);

	if (!hu_str_ends(path, key) || (path.len > len && path.at[path.len - len - 1] != '/'))
		return -1;
	return (ssize_t)(path.len - len);
}

static const struct hu_reader_ops *reader_of(const struct hu_member *member, size_t *folder)
{
	char head[HU_PROBE_BYTES];

	for (size_t i = 0; member->file && hu_readers[i]; i++) {
		const struct hu_reader_ops *reader = hu_readers[i];
		ssize_t len = reader->folder_key
				      ? folder_of(hu_str(member->path), reader->folder_key)
				      : -1;
		if (len < 0)
			continue;
		HU_CLEANUP(hu_freep)
		char *path = len > 1 ? hu_strdup((struct hu_str){member->path, (size_t)len - 1})
				     : hu_strdup(hu_str("."));
		const struct hu_probe in = {path, true, member_head(member, head, sizeof(head))};
		if (reader->probe(&in) == HU_MATCH_NO)
			continue;
		*folder = (size_t)len;
		return reader;
	}
	return NULL;
}

/* How many folders up it is from this file to the one that the path begins in. */
static size_t levels(const char *below)
{
	size_t n = 1;

	for (; *below; below++)
		n += *below == '/';
	return n;
}

static bool takes(const struct hu_reader_ops *reader, const struct hu_member *key,
		  const struct hu_member *member, size_t folder)
{
	char head[HU_PROBE_BYTES];

	if (member == key)
		return true;
	if (!member->file || member->part_count || strncmp(member->path, key->path, folder) != 0)
		return false;
	const char *below = member->path + folder;
	if (levels(below) + 1 > HU_SCRATCH_DEPTH)
		return false;
	return !reader->folder_takes ||
	       reader->folder_takes(hu_str(below), member_head(member, head, sizeof(head)));
}

/* The hash of a folder needs those of its files. One that cannot be read will not be by its reader,
 * which says so. */
static void hash_now(struct hu_member *m)
{
	if (m->hash_later)
		hu_err_free(hu_hash_file(m->file, m));
	m->hash_later = false;
}

static bool is_there(const struct hu_bundle *bundle, const bool *taken, const char *path)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (!taken[i] && !strcmp(bundle->members[i].path, path))
			return true;
	return false;
}

/* A folder's path as one member's; an archive may hold a file called like it, and two captures may
 * lie in one folder: then with a slash, as no other path has one at its end. */
static char *name_folder(const struct hu_bundle *bundle, const bool *taken, struct hu_str path)
{
	char *name = hu_strdup(path);

	while (is_there(bundle, taken, name)) {
		char *longer = NULL;
		if (asprintf(&longer, "%s/", name) < 0)
			hu_no_memory();
		free(name);
		name = longer;
	}
	return name;
}

/* Moves what belongs to the capture that members[at] marks into one member, in its place. */
static void gather(struct hu_bundle *bundle, size_t at, const struct hu_reader_ops *reader,
		   size_t folder)
{
	struct hu_member *key = &bundle->members[at], whole = {.order = key->order};
	HU_CLEANUP(hu_freep) bool *taken = hu_alloc(bundle->count * sizeof(*taken));
	struct hu_sha256 sha;
	size_t kept = 0;

	for (size_t i = 0; i < bundle->count; i++) {
		taken[i] = takes(reader, key, &bundle->members[i], folder);
		whole.part_count += taken[i];
	}
	whole.parts = hu_alloc(whole.part_count * sizeof(*whole.parts));
	whole.path = name_folder(bundle, taken,
				 folder > 1 ? (struct hu_str){key->path, folder - 1} : hu_str("."));
	whole.file = hu_strdup(hu_str(key->file));
	hu_sha256_init(&sha);
	for (size_t i = 0, part = 0; i < bundle->count; i++) {
		struct hu_member *m = &bundle->members[i];
		if (!taken[i])
			continue;
		const char *below = m->path + folder;
		struct hu_part *own = &whole.parts[part++];
		hash_now(m);
		hu_sha256_add(&sha, m->sha256, strlen(m->sha256));
		hu_sha256_add(&sha, "  ", 2);
		hu_sha256_add(&sha, below, strlen(below));
		hu_sha256_add(&sha, "\n", 1);
		whole.bytes += m->bytes;
		*own = (struct hu_part){hu_strdup(hu_str(below)), m->file, ""};
		memcpy(own->sha256, m->sha256, sizeof(own->sha256));
		m->file = NULL;
		if (m->cut && !whole.cut && asprintf(&whole.cut, "%s: %s", below, m->cut) < 0)
			hu_no_memory();
	}
	if (key->unfinished && key->whole < levels(key->path + folder) && !whole.cut)
		whole.cut = hu_strdup(hu_str("the archive ends early: files of this capture may "
					     "be missing"));
	hu_sha256_finish(&sha, whole.sha256);
	for (size_t i = 0; i < bundle->count; i++) {
		if (taken[i])
			hu_member_deinit(&bundle->members[i]);
		if (i == at)
			bundle->members[kept++] = whole;
		else if (!taken[i])
			bundle->members[kept++] = bundle->members[i];
	}
	bundle->count = kept;
}

static int by_path(const void *a, const void *b)
{
	const struct hu_member *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void hu_bundle_gather(struct hu_bundle *bundle)
{
	bool any = false;

	for (size_t i = 0; i < bundle->count; i++) {
		size_t folder = 0;
		const struct hu_reader_ops *reader =
			bundle->members[i].part_count ? NULL
						      : reader_of(&bundle->members[i], &folder);
		if (!reader)
			continue;
		gather(bundle, i, reader, folder);
		any = true;
		i = (size_t)-1; /* the others have moved; each round leaves fewer files */
	}
	if (any)
		qsort(bundle->members, bundle->count, sizeof(*bundle->members), by_path);
}

/* mkdir -p of what lies above the last slash of `path`, below its first `root` bytes. */
static struct hu_err *make_folders(char *path, size_t root)
{
	for (char *slash = strchr(path + root + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int failed = mkdir(path, 0700) < 0 && errno != EEXIST ? errno : 0;
		*slash = '/';
		if (failed)
			return hu_err_os(failed, "no temporary folder can be made");
	}
	return NULL;
}

struct hu_err *hu_bundle_lay_out(struct hu_bundle *bundle, const struct hu_member *member,
				 char **ret)
{
	HU_CLEANUP(hu_freep) char *name = NULL, *root = NULL;
	struct hu_err *err = hu_bundle_scratch(bundle);

	if (err)
		return err;
	if (asprintf(&name, "folder%zu", bundle->placed++) < 0)
		hu_no_memory();
	root = hu_scratch_file(bundle->scratch, name);
	if (mkdir(root, 0700) < 0)
		return hu_err_os(errno, "no temporary folder can be made");
	for (size_t i = 0; i < member->part_count; i++) {
		HU_CLEANUP(hu_freep) char *path = NULL, *to = NULL;
		if (asprintf(&path, "%s/%s", root, member->parts[i].below) < 0)
			hu_no_memory();
		err = make_folders(path, strlen(root));
		if (err)
			return err;
		to = realpath(member->parts[i].file, NULL);
		if (!to || symlink(to, path) < 0)
			return hu_err_os(errno, "%s cannot be laid out", member->parts[i].below);
	}
	*ret = root;
	root = NULL;
	return NULL;
}
