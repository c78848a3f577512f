/*
 * A tar or zip as a bundle: every regular member is unpacked once, as a numbered file in the
 * scratch folder, and hashed on the way. Names from the archive are only ever text.
 */
#include "ingest/bundle_parts.h"
#include "db/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct link { /* a hard link, resolved when all members are known */
	size_t member;
	char *target;
};

struct walk {
	struct hu_finding *found;
	struct hu_gauge gauge;
	struct link *links;
	size_t link_count;
};

/* "reason (last member: path)" behind everything that was read. */
static void rest(struct walk *w, const char *what, const char *reason)
{
	struct hu_finding *f = w->found;
	HU_CLEANUP(hu_freep)
	char *last = f->count ? hu_path_escape(hu_str(f->members[f->count - 1].path)) : NULL;
	char *why = NULL;

	if (asprintf(&why, "%s: %s; the last member seen is %s", what, reason,
		     last ? last : "none") < 0)
		hu_no_memory();
	f->unfinished = true;
	hu_find_outside(f, hu_strdup(hu_str("(rest of the archive)")), why);
}

static struct hu_str entry_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (!name)
		name = archive_entry_pathname_utf8(entry);
	return hu_str(name);
}

/* Why this kind of member is not read; NULL for a regular file. The words are bundle_folder.c's. */
static const char *why_not(struct archive_entry *entry)
{
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return archive_entry_is_data_encrypted(entry) ? "encrypted: not read" : NULL;
	case AE_IFLNK:
		return "a symbolic link: not followed";
	case AE_IFIFO:
		return "a named pipe: not read";
	case AE_IFSOCK:
		return "a socket: not read";
	case AE_IFCHR:
	case AE_IFBLK:
		return "a device: not read";
	default:
		return "neither a file nor a folder: not read";
	}
}

/* Where its bytes go; a sentence if there is no such place. */
static char *place(struct hu_finding *f, struct hu_member *m)
{
	char number[32];

	snprintf(number, sizeof(number), "%zu", f->bundle->placed++);
	struct hu_err *err = hu_scratch_place(f->bundle->scratch, number, m->path, &m->file);
	if (!err)
		return NULL;
	char *why = hu_strdup(hu_str(hu_err_text(err)));
	hu_err_free(err);
	return why;
}

/* Is this unpacked file holdup's mark? Then its folder is our own output. */
static bool is_mark(const struct hu_member *m)
{
	const char *slash = strrchr(m->path, '/');
	char text[sizeof(HU_OUTPUT_MARK_TEXT) - 1];

	if (strcmp(slash ? slash + 1 : m->path, HU_OUTPUT_MARK) != 0)
		return false;
	FILE *in = m->file ? fopen(m->file, "re") : NULL;
	if (!in)
		return false;
	size_t n = fread(text, 1, sizeof(text), in);
	fclose(in);
	return n == sizeof(text) && !memcmp(text, HU_OUTPUT_MARK_TEXT, n);
}

/* False: the walk is over. */
static bool take_file(struct walk *w, struct archive *a, struct archive_entry *entry, char *path)
{
	struct hu_finding *f = w->found;
	HU_CLEANUP(hu_freep) char *why = NULL;
	struct hu_member *m = hu_find_member(f, path);
	enum hu_drained drained = HU_DRAINED_STOP;

	if (f->progress && f->progress->step)
		f->progress->step(f->progress->data, m->path, (int64_t)f->count, 0);
	why = place(f, m);
	if (!why)
		drained = hu_unpack_drain(a, m->file, &w->gauge, m, &why);
	if (is_mark(m)) {
		const char *slash = strrchr(m->path, '/');
		hu_find_own(f, hu_strdup((struct hu_str){m->path,
							 slash ? (size_t)(slash - m->path) : 0}));
	}
	if (drained == HU_DRAINED)
		return true;
	if (drained == HU_DRAINED_STOP) {
		if (asprintf(&m->why, "%s: not read", why) < 0)
			hu_no_memory();
		free(m->file);
		m->file = NULL;
		m->bytes = 0;
		m->sha256[0] = '\0';
		rest(w, "unpacking ended here", why);
		return false;
	}
	int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
	int n = size > m->bytes ? asprintf(&m->cut,
					   "the archive gives only %lld of this member's %lld "
					   "bytes (%s)",
					   (long long)m->bytes, (long long)size, why)
				: asprintf(&m->cut, "the archive is damaged here (%s)", why);
	if (n < 0)
		hu_no_memory();
	if (drained == HU_DRAINED_CUT) {
		f->torn = true;
		return true;
	}
	rest(w, "the archive is cut or damaged", why);
	return false;
}

/* False: the walk is over. */
static bool take_entry(struct walk *w, struct archive *a, struct archive_entry *entry)
{
	struct hu_finding *f = w->found;
	const char *why = NULL;

	/* A folder is known by what lies in it. */
	if (archive_entry_filetype(entry) == AE_IFDIR && !archive_entry_hardlink(entry)) {
		char *folder = hu_path_clean(entry_name(entry), &why);
		if (folder && (int64_t)f->folder_count < f->bundle->limits.files)
			hu_find_folder(f, folder);
		else
			free(folder);
		return true;
	}
	if ((int64_t)f->count >= f->bundle->limits.files) {
		HU_CLEANUP(hu_out_deinit) struct hu_out limit = {0};
		hu_out_puts(&limit, "it has more than ");
		hu_out_grouped(&limit, f->bundle->limits.files);
		hu_out_puts(&limit, " members, the limit");
		rest(w, "unpacking ended here", limit.at);
		return false;
	}
	char *path = hu_path_clean(entry_name(entry), &why);
	if (!path) {
		hu_find_outside(f, hu_path_shown(entry_name(entry)), hu_strdup(hu_str(why)));
		return true;
	}
	if (!hu_str_starts(entry_name(entry), "./"))
		f->rooted = false;
	const char *target = archive_entry_hardlink(entry);
	if (target) {
		w->links = hu_realloc(w->links, (w->link_count + 1) * sizeof(*w->links));
		w->links[w->link_count++] =
			(struct link){f->count, hu_path_clean(hu_str(target), &why)};
		hu_find_member(f, path);
		return true;
	}
	why = why_not(entry);
	if (why) {
		hu_find_refused(f, path, hu_strdup(hu_str(why)));
		return true;
	}
	return take_file(w, a, entry, path);
}

static void walk(struct walk *w, struct archive *a)
{
	HU_CLEANUP(hu_freep) char *damage = NULL;
	int64_t before;

	for (;;) {
		struct archive_entry *entry;
		before = archive_filter_bytes(a, 0);
		int r = archive_read_next_header(a, &entry);
		if (r == ARCHIVE_EOF)
			break;
		if (r < ARCHIVE_WARN && !damage) {
			const char *text = archive_error_string(a);
			damage = hu_path_escape(hu_str(text ? text : "no reason given"));
		}
		/* Bytes that are no header: libarchive goes on behind them. */
		if (r == ARCHIVE_RETRY && archive_filter_bytes(a, 0) > before) {
			w->found->torn = true;
			continue;
		}
		if (r < ARCHIVE_WARN) {
			rest(w, "the archive is cut or damaged", damage);
			return;
		}
		if (!take_entry(w, a, entry))
			return;
	}
	if (damage)
		rest(w, "parts of the archive are damaged and were passed over", damage);
	/* A whole tar ends with a block of zeros; one that was cut between two members does not. */
	else if ((archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
		 archive_filter_bytes(a, 0) <= before)
		rest(w, "the archive has no end mark", "members may be missing");
}

static int by_path(const void *a, const void *b)
{
	const struct hu_member *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static char *place_link(struct hu_finding *f, struct hu_member *m, const struct hu_member *to)
{
	char *why = place(f, m);

	if (!why && link(to->file, m->file) < 0)
		why = hu_strdup(hu_str("a hard link that could not be made: not read"));
	return why;
}

/*
 * A hard link to a file of this archive is that file once more, as it is in the folder that was
 * packed. By its name among the members, never by the file system.
 */
static void resolve_links(struct walk *w)
{
	struct hu_finding *f = w->found;

	if (!w->link_count)
		return;
	const struct hu_member **files = hu_alloc(f->count * sizeof(struct hu_member *));
	size_t count = 0;
	for (size_t i = 0; i < f->count; i++)
		if (f->members[i].file)
			files[count++] = &f->members[i];
	qsort(files, count, sizeof(*files), by_path);
	for (size_t i = 0; i < w->link_count; i++) {
		struct hu_member *m = &f->members[w->links[i].member];
		struct hu_member key = {.path = w->links[i].target};
		const struct hu_member *keys = &key, **hit = NULL;
		if (key.path)
			hit = bsearch(&keys, files, count, sizeof(*files), by_path);
		char *over = hit ? hu_gauge_over(&w->gauge, (*hit)->bytes) : NULL;
		if (hit && !over)
			over = place_link(f, m, *hit);
		if (hit && !over) {
			m->cut = (*hit)->cut ? hu_strdup(hu_str((*hit)->cut)) : NULL;
			m->bytes = (*hit)->bytes;
			memcpy(m->sha256, (*hit)->sha256, sizeof(m->sha256));
		} else {
			free(m->file);
			m->file = NULL;
			m->why = over ? over
				      : hu_strdup(hu_str("a hard link to something that is no "
							 "file of this archive: not followed"));
		}
	}
	/* Only now: a link must not be the target of another one. */
	free(files);
}

struct hu_err *hu_find_in_archive(struct hu_finding *f, const char *path)
{
	HU_CLEANUP(hu_freep) char *why = NULL;
	struct walk w = {.found = f};
	struct stat st;

	f->rooted = true;

	struct hu_err *err = hu_bundle_scratch(f->bundle);
	if (err)
		return err;
	w.gauge = (struct hu_gauge){.limits = &f->bundle->limits,
				    .scratch = hu_scratch_path(f->bundle->scratch),
				    .packed = stat(path, &st) == 0 ? st.st_size : 0,
				    .unpacked = f->bundle->unpacked};

	/* libarchive converts the names of pax headers (UTF-8) to the locale's character set: in
	 * the C locale it would maim every name beyond ASCII. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	struct archive *a = hu_unpack_open(path, true, &why);
	if (a) {
		walk(&w, a);
		resolve_links(&w);
		hu_find_whole(f);
	} else {
		err = hu_err(HU_ERR_BAD_INPUT, "%s: %s", path, why);
	}
	hu_unpack_close(&a);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	f->bundle->unpacked = w.gauge.unpacked;
	for (size_t i = 0; i < w.link_count; i++)
		free(w.links[i].target);
	free(w.links);
	return err;
}
