/*
 * One bundle out of whatever was given: finds the members and gives them their final paths. A
 * folder and its tar come out the same.
 */
#include "ingest/bundle_parts.h"
#include "ingest/reader.h"
#include "db/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void hu_bundle_close(struct hu_bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->count; i++)
		hu_member_deinit(&bundle->members[i]);
	for (size_t i = 0; i < bundle->own_count; i++)
		free(bundle->own[i]);
	for (size_t i = 0; i < bundle->input_count; i++)
		free(bundle->inputs[i]);
	hu_scratch_destroy(bundle->scratch);
	free(bundle->inputs);
	free(bundle->members);
	free(bundle->own);
	free(bundle->name);
	free(bundle);
}

void hu_bundle_closep(struct hu_bundle **bundle)
{
	hu_bundle_close(*bundle);
	*bundle = NULL;
}

/* A capture on its own: a folder that holds nothing else would be the same bundle. */
static struct hu_err *find_single(struct hu_finding *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return hu_err_os(errno, "cannot open %s", path);
	struct hu_member *m = hu_find_member(f, hu_strdup(hu_str(slash ? slash + 1 : path)));
	if (f->progress && f->progress->step)
		f->progress->step(f->progress->data, m->path, 0, 0);
	struct hu_err *err = hu_hash_listed(f->bundle, fd, m, f->progress);
	close(fd);
	m->file = hu_strdup(hu_str(path));
	f->rooted = true;
	return hu_err_in(err, "%s", path);
}

static bool all_zero(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i])
			return false;
	return true;
}

/* By content alone: is this file an archive of members, or one capture? */
static struct hu_err *find_in_file(struct hu_finding *f, const char *path)
{
	char head[HU_PROBE_BYTES];
	bool readable = false;

	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return hu_err_os(errno, "cannot open %s", path);
	ssize_t n = read(fd, head, sizeof(head));
	int errnum = errno;
	close(fd);
	if (n < 0)
		return hu_err_os(errnum, "cannot read %s", path);
	if (n == 0)
		return hu_err(HU_ERR_BAD_INPUT, "%s is an empty file", path);

	struct hu_str inside = {head, (size_t)n};
	const char *packing = hu_sniff_compressed(inside);
	if (packing)
		inside.len = hu_unpack_head(path, head, sizeof(head));
	const char *archive = hu_sniff_archive(inside, &readable);
	if (archive && readable)
		return hu_find_in_archive(f, path);
	if (archive)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "%s is a %s: unpack it and give the folder; holdup reads tar and zip",
			      path, archive);
	/* `tar -cf x.tar -T /dev/null` writes nothing but the end mark: zeros. */
	if (inside.len >= 1024 && all_zero(inside))
		return hu_err(HU_ERR_BAD_INPUT,
			      "%s begins with nothing but zeros: an empty tar archive, or a file "
			      "whose data was never written",
			      path);
	return find_single(f, path);
}

/* Puts "name/" before a path. */
static void put_under(char **path, const char *folder)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s/%s", folder, *path) < 0)
		hu_no_memory();
	free(*path);
	*path = longer;
}

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Is one of the folders that this path lies in our own? `own` is sorted. */
static bool in_own(const struct hu_finding *f, const char *path)
{
	HU_CLEANUP(hu_freep) char *folder = hu_strdup(hu_str(path));
	const char *key = folder;

	for (char *slash = strrchr(folder, '/'); slash; slash = strrchr(folder, '/')) {
		*slash = '\0';
		if (bsearch(&key, f->own, f->own_count, sizeof(*f->own), by_text))
			return true;
	}
	*folder = '\0'; /* the root */
	return bsearch(&key, f->own, f->own_count, sizeof(*f->own), by_text);
}

/* Takes out what lies in folders that holdup wrote. */
static void drop_own(struct hu_finding *f)
{
	size_t kept = 0;

	if (!f->own_count)
		return;
	qsort(f->own, f->own_count, sizeof(*f->own), by_text);
	for (size_t i = 0; i < f->count; i++) {
		if (!f->members[i].outside && in_own(f, f->members[i].path))
			hu_member_deinit(&f->members[i]);
		else
			f->members[kept++] = f->members[i];
	}
	f->count = kept;
}

/* One input path's members, with their final paths, behind those of the bundle so far. */
static struct hu_err *add_path(struct hu_bundle *bundle, const char *path, bool alone,
			       const struct hu_progress *progress)
{
	HU_CLEANUP(hu_finding_deinit)
	struct hu_finding f = {.bundle = bundle, .progress = progress};
	struct hu_err *err;
	struct stat st;

	if (stat(path, &st) < 0)
		return hu_err_os(errno, "cannot open %s", path);
	if (S_ISDIR(st.st_mode) && hu_scratch_marked(path))
		return hu_err(
			HU_ERR_BAD_INPUT,
			"%s is what holdup wrote, not a capture; \"holdup report %s/store.db\" "
			"prints its report",
			path, path);
	bool folder = S_ISDIR(st.st_mode);
	if (!folder && !S_ISREG(st.st_mode))
		return hu_err(HU_ERR_BAD_INPUT, "%s is neither a folder nor a regular file", path);
	err = folder ? hu_find_in_folder(&f, path) : find_in_file(&f, path);
	if (err)
		return err;
	size_t found = f.count;
	drop_own(&f);
	if (!f.count)
		return hu_err(HU_ERR_BAD_INPUT, "%s is empty: %s", path,
			      found    ? "it holds nothing but what holdup wrote"
			      : folder ? "a folder without files"
				       : "an archive without members");

	bool single = f.count == 1 && f.members[0].file && !strcmp(f.members[0].file, path);
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(path);
	size_t top = f.rooted ? 0 : hu_path_top(f.members, f.count);
	bundle->members =
		hu_realloc(bundle->members, (bundle->count + f.count) * sizeof(*bundle->members));
	for (size_t i = 0; i < f.count; i++) {
		struct hu_member *m = &f.members[i];
		char *shown = hu_path_escape(hu_str(m->path + (m->outside ? 0 : top)));
		free(m->path);
		m->path = shown;
		if (!alone && !single)
			put_under(&m->path, name);
		m->order = bundle->count;
		m->unfinished = f.unfinished;
		bundle->members[bundle->count++] = *m;
	}
	bundle->own =
		hu_realloc(bundle->own, (bundle->own_count + f.own_count) * sizeof(*bundle->own));
	for (size_t i = 0; i < f.own_count; i++)
		bundle->own[bundle->own_count++] = hu_path_escape(hu_str(f.own[i]));
	f.count = 0;
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	const struct hu_member *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

/*
 * Two members of one name: the last file counts, as it is the one that unpacking would leave. The
 * others stay in the list under a name that no cleaned path can have ("//").
 */
static void part_twins(struct hu_member *members, size_t count)
{
	for (size_t i = 0; i < count;) {
		size_t end = i + 1, winner = i;
		while (end < count && !strcmp(members[end].path, members[i].path))
			end++;
		for (size_t k = i; k < end; k++)
			if (members[k].file || !members[winner].file)
				winner = k;
		for (size_t k = i, n = 1; k < end; k++) {
			struct hu_member *m = &members[k];
			char *path = NULL;
			if (k == winner)
				continue;
			if (asprintf(&path, "%s//%zu", m->path, n++) < 0)
				hu_no_memory();
			free(m->path);
			m->path = path;
			if (!m->file)
				continue;
			free(m->file);
			m->file = NULL;
			m->sha256[0] = '\0';
			m->why = hu_strdup(
				hu_str("the archive has another member of this name: only "
				       "the last one counts, as when it is unpacked"));
		}
		i = end;
	}
}

struct hu_bundle *hu_bundle_create(const char *const *paths, size_t count,
				   const struct hu_limits *limits)
{
	struct hu_bundle *bundle = hu_alloc(sizeof(*bundle));

	bundle->limits = limits ? *limits : hu_default_limits;
	bundle->inputs = hu_alloc((count + 1) * sizeof(char *));
	for (size_t i = 0; i < count; i++)
		bundle->inputs[bundle->input_count++] = hu_strdup(hu_str(paths[i]));
	return bundle;
}

struct hu_err *hu_bundle_fill(struct hu_bundle *bundle, const struct hu_progress *progress)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
	size_t count = bundle->input_count;

	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_freep) char *part = hu_bundle_name(bundle->inputs[i]);
		struct hu_err *err = add_path(bundle, bundle->inputs[i], count == 1, progress);
		if (err)
			return err;
		hu_out_printf(&name, "%s%s", i ? "+" : "", part);
	}
	/* Twice, because the copies' new names have their own place in the order. */
	qsort(bundle->members, bundle->count, sizeof(*bundle->members), by_path);
	part_twins(bundle->members, bundle->count);
	qsort(bundle->members, bundle->count, sizeof(*bundle->members), by_path);
	bundle->name = hu_strdup(hu_out_view(&name));
	for (size_t i = 0; i < bundle->count; i++) {
		bundle->files += bundle->members[i].file != NULL;
		bundle->bytes += bundle->members[i].file ? bundle->members[i].bytes : 0;
	}
	hu_bundle_gather(bundle);
	if (!bundle->files)
		hu_bundle_identify_unread(bundle, progress);
	else if (!hu_bundle_hashes_later(bundle))
		hu_bundle_identify(bundle);
	return NULL;
}

struct hu_err *hu_bundle_open(const char *const *paths, size_t count,
			      const struct hu_limits *limits, const struct hu_progress *progress,
			      struct hu_bundle **ret)
{
	HU_CLEANUP(hu_bundle_closep)
	struct hu_bundle *bundle = hu_bundle_create(paths, count, limits);
	struct hu_err *err = hu_bundle_fill(bundle, progress);

	if (err)
		return err;
	*ret = bundle;
	bundle = NULL;
	return NULL;
}
