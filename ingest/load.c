/* The members of a bundle, one after the other, through their readers into the store. */
#include "ingest/load.h"
#include "ingest/around.h"
#include "ingest/bundle_parts.h"
#include "ingest/load_parts.h"
#include "ingest/probe.h"
#include "db/rows.h"
#include "db/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A member on its way: what stands in `info` points into it. */
struct job {
	const struct hu_member *member;
	const struct hu_surroundings *around;
	const char *file;    /* what the reader gets: the member, or what was packed in it */
	char *unpacked;	     /* owned, and the file goes with it; NULL: it was not packed */
	char *folder;	     /* owned: the member laid out, if it is one */
	const char *packing; /* "gzip"; NULL */
	char *cut;	     /* why its bytes end early; NULL */
	char *why;	     /* for the source row */
	char head[HU_PROBE_BYTES];
	size_t head_len;
};

static void job_deinit(struct job *job)
{
	hu_scratch_clear(job->unpacked);
	free(job->folder);
	free(job->cut);
	free(job->why);
}

static struct hu_err *read_head(struct job *job)
{
	int fd = open(job->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 0;

	if (fd < 0)
		return hu_err_os(errno, "cannot be opened");
	job->head_len = 0;
	while (job->head_len < sizeof(job->head) &&
	       (n = read(fd, job->head + job->head_len, sizeof(job->head) - job->head_len)) > 0)
		job->head_len += (size_t)n;
	int errnum = errno;
	close(fd);
	return n < 0 ? hu_err_os(errnum, "cannot be read") : NULL;
}

/* One level: what is packed in what was packed is listed, not read. */
static struct hu_err *unpack(struct hu_bundle *bundle, struct job *job)
{
	if (job->member->part_count) /* laid out as it is */
		return hu_bundle_lay_out(bundle, job->member, &job->folder);
	job->packing = hu_sniff_compressed((struct hu_str){job->head, job->head_len});
	if (!job->packing)
		return NULL;
	struct hu_err *err = hu_bundle_scratch(bundle);
	if (err)
		return err;
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(job->member->path);
	err = hu_scratch_place(bundle->scratch, "unpacked", name, &job->unpacked);
	if (err)
		return err;
	err = hu_unpack_file(bundle, job->file, job->unpacked, &job->cut);
	if (err) {
		err = hu_err_in(err, "while %s was unpacked", job->packing);
		return hu_path_names_tar(job->member->path)
			       ? hu_err_in(err, "in an archive that is cut or damaged")
			       : err;
	}
	job->file = job->unpacked;
	return read_head(job);
}

void (*hu_load_fault)(enum hu_phase phase, const char *path);

static void lost(struct hu_sink *sink, enum hu_loss kind, const char *text)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, kind, 0};

	hu_put_loss(sink, &gap, "%s", text);
}

/* A file in a folder that somebody still writes: what was read is not what was hashed. */
static void tell_change(const struct hu_loading *to, const struct hu_member *member,
			struct hu_sink *sink)
{
	const char *scratch =
		to->bundle->scratch ? hu_scratch_path(to->bundle->scratch) : "/dev/null";
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct stat st;

	if (member->part_count || !strncmp(member->file, scratch, strlen(scratch)))
		return;
	if (stat(member->file, &st) < 0)
		hu_out_puts(&text, "it was removed while it was read");
	else if (st.st_size != member->bytes)
		hu_out_printf(&text, "it changed while it was read, from %lld to %lld bytes",
			      (long long)member->bytes, (long long)st.st_size);
	else if (member->changed && hu_changed_at(&st) != member->changed)
		hu_out_puts(&text, "it was written to while it was read");
	if (!text.len)
		return;
	hu_out_puts(&text, ": its hash is not that of what was read");
	lost(sink, HU_LOSS_MISSING, text.at);
}

/* A reader's error, or else the member's own end. */
static struct hu_err *read_member(const struct hu_loading *to, const struct hu_reader_ops *reader,
				  struct job *job, struct hu_sink *sink)
{
	int64_t longest = to->bundle->limits.line;

	if (job->cut)
		lost(sink, HU_LOSS_TRUNCATED, job->cut);
	if (hu_load_fault)
		hu_load_fault(HU_PHASE_READ, job->member->path);
	struct hu_surroundings around = *job->around;
	around.path = job->member->path;
	hu_str_limit_lines((size_t)longest);
	struct hu_err *err = hu_read(reader, job->folder ? job->folder : job->file, &around, sink);
	if (hu_str_lines_cut()) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_puts(&text, "it has lines of more than ");
		hu_out_grouped(&text, longest);
		hu_out_puts(&text, " bytes, the limit: what is behind that was not read");
		lost(sink, HU_LOSS_UNPARSED, text.at);
	}
	hu_str_limit_lines(SIZE_MAX);
	tell_change(to, job->member, sink);
	if (err && hu_err_code(err) == HU_ERR_BUG)
		to->ops->fault(to->with);
	if (!err && job->cut)
		err = hu_err(HU_ERR_BAD_INPUT, "%s", job->cut);
	return err;
}

static void explain(const struct hu_loading *to, size_t index, const struct hu_probe *probe)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	/* What is packed once more would have to be unpacked again. */
	if (!to->bundle->explain || hu_sniff_compressed(probe->head))
		return;
	hu_probe_explain(probe, &text);
	if (text.len)
		to->ops->explain(to->with, index, text.at);
}

static struct hu_err *load_member(const struct hu_loading *to, size_t index,
				  const struct hu_surroundings *around)
{
	const struct hu_member *member = &to->bundle->members[index];
	HU_CLEANUP(job_deinit)
	struct job job = {.member = member, .around = around, .file = member->file};
	const struct hu_reader_ops *reader;
	struct hu_sink *sink;
	const char *why;

	if (!member->file)
		return to->ops->skip(to->with, index, member->why);
	struct hu_err *err = read_head(&job);
	struct hu_probe probe = {
		.path = member->path,
		.is_dir = member->part_count != 0,
		.head = {job.head, job.head_len},
	};
	if (!err) {
		explain(to, index, &probe);
		err = unpack(to->bundle, &job);
	}
	if (err) {
		struct hu_err *stored = to->ops->skip(to->with, index, hu_err_text(err));
		hu_err_free(err);
		return stored;
	}
	if (member->cut && !job.cut)
		job.cut = hu_strdup(hu_str(member->cut));

	probe.head.len = job.head_len;
	err = hu_probe_checked(&probe, &reader, &why);
	if (err) {
		to->ops->fault(to->with);
		hu_err_free(err);
	}
	if (asprintf(&job.why, "%s%s%s%s%s", why, job.packing ? ", inside " : "",
		     job.packing ? job.packing : "", !reader && job.cut ? "; " : "",
		     !reader && job.cut ? job.cut : "") < 0)
		hu_no_memory();
	if (!reader)
		return to->ops->skip(to->with, index, job.why);

	err = to->ops->begin(to->with, index, reader, job.why, &sink);
	if (err)
		return err;
	return to->ops->end(to->with, sink, read_member(to, reader, &job, sink));
}

static struct hu_err *count(struct hu_store *store, struct hu_loaded *loaded)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT count(format), sum(status = 'complete'), sum(status = 'partial'), "
		       "sum(status = 'unreadable'), sum(status = 'unrecognised') FROM source");

	if (hu_rows_next(rows)) {
		loaded->captures = hu_rows_int(rows, 0);
		loaded->complete = hu_rows_int(rows, 1);
		loaded->partial = hu_rows_int(rows, 2);
		loaded->nothing = hu_rows_int(rows, 3);
		loaded->unrecognised = hu_rows_int(rows, 4);
	}
	return hu_rows_close(rows);
}

static void step_symbols(const struct hu_loading *to, size_t index)
{
	to->ops->step(to->with, HU_PHASE_SYMBOLS, index);
	if (hu_load_fault)
		hu_load_fault(HU_PHASE_SYMBOLS, to->bundle->members[index].path);
}

/* Without a kallsyms, the list that some capture carries for itself. */
static void lend_symbols(const struct hu_loading *to, struct hu_around *around)
{
	struct hu_bundle *bundle = to->bundle;

	for (size_t i = 0; i < bundle->count && !hu_around_get(around)->symbols; i++) {
		const struct hu_member *member = &bundle->members[i];
		HU_CLEANUP(job_deinit) struct job job = {.member = member, .file = member->file};
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out release = {0};
		const char *why;

		if (!member->file || member->part_count || (to->no_symbols && to->no_symbols[i]))
			continue;
		step_symbols(to, i);
		struct hu_err *err = read_head(&job);
		if (!err && strstr(member->path, ".dat."))
			err = unpack(bundle, &job);
		const struct hu_probe probe = {.path = member->path,
					       .head = {job.head, job.head_len}};
		const struct hu_reader_ops *reader = err ? NULL : hu_probe(&probe, &why);
		hu_err_free(err);
		if (!reader || !reader->symbols)
			continue;
		reader->symbols(job.file, &text, &release);
		hu_around_lend_symbols(around, member->path, &text, hu_out_view(&release));
	}
}

/* Who needs symbols needs them before his own turn: a kallsyms, packed or not, comes first. */
static void find_symbols(const struct hu_loading *to, struct hu_around *around)
{
	struct hu_bundle *bundle = to->bundle;

	for (size_t i = 0; i < bundle->count && !hu_around_get(around)->symbols; i++) {
		const struct hu_member *member = &bundle->members[i];
		HU_CLEANUP(job_deinit) struct job job = {.member = member, .file = member->file};
		const char *why;

		if (!member->file || member->part_count || (to->no_symbols && to->no_symbols[i]))
			continue;
		step_symbols(to, i);
		struct hu_err *err = read_head(&job);
		/* Unpacking costs time: only where the name promises something. */
		if (!err && strstr(member->path, "kallsyms"))
			err = unpack(bundle, &job);
		const struct hu_probe probe = {.path = member->path,
					       .head = {job.head, job.head_len}};
		const struct hu_reader_ops *reader = err ? NULL : hu_probe(&probe, &why);
		hu_err_free(err);
		if (!reader || strcmp(reader->name, "kallsyms") != 0)
			continue;
		hu_around_add_symbols(around, job.file);
	}
	/* Nobody to lend them to. */
	if (bundle->count > 1)
		lend_symbols(to, around);
}

struct hu_err *hu_load_members(const struct hu_loading *to)
{
	struct hu_bundle *bundle = to->bundle;
	HU_CLEANUP(hu_around_destroyp) struct hu_around *around = hu_around_create(bundle);
	struct hu_err *err = NULL;

	find_symbols(to, around);
	for (size_t i = to->from; i < bundle->count && !err; i++) {
		to->ops->step(to->with, HU_PHASE_READ, i);
		err = hu_err_in(load_member(to, i, hu_around_get(around)), "loading %s",
				bundle->members[i].path);
	}
	return err;
}

/* In this process. */

struct direct {
	struct hu_bundle *bundle;
	struct hu_store *store;
	const struct hu_progress *progress;
	struct hu_loaded *loaded;
};

static void step(void *with, enum hu_phase phase, size_t index)
{
	struct direct *d = with;

	if (phase == HU_PHASE_READ && d->progress && d->progress->step)
		d->progress->step(d->progress->data, d->bundle->members[index].path, (int64_t)index,
				  (int64_t)d->bundle->count);
}

static void explained(void *with, size_t index, const char *text)
{
	struct direct *d = with;

	hu_member_explain(&d->bundle->members[index], text);
}

static void fault(void *with)
{
	struct direct *d = with;

	d->loaded->faults++;
}

static struct hu_err *skip(void *with, size_t index, const char *why)
{
	struct direct *d = with;

	return hu_load_skip(d->store, &d->bundle->members[index], why);
}

static struct hu_err *begin(void *with, size_t index, const struct hu_reader_ops *reader,
			    const char *why, struct hu_sink **ret)
{
	struct direct *d = with;
	const struct hu_source_info info = hu_load_info(&d->bundle->members[index], reader, why);

	return hu_store_begin(d->store, &info, ret);
}

static struct hu_err *end(void *with, struct hu_sink *sink, struct hu_err *why)
{
	(void)with;
	return hu_store_end(sink, why);
}

static const struct hu_loading_ops direct_ops = {step, explained, fault, skip, begin, end};

void hu_member_explain(struct hu_member *member, const char *text)
{
	free(member->explained);
	member->explained = hu_strdup(hu_str(text));
}

struct hu_source_info hu_load_info(const struct hu_member *member,
				   const struct hu_reader_ops *reader, const char *why)
{
	return (struct hu_source_info){member->path,  reader ? reader->name : NULL,
				       why,	      member->sha256,
				       member->bytes, reader ? reader->clock : HU_CLOCK_NONE};
}

struct hu_err *hu_load_skip(struct hu_store *store, const struct hu_member *member, const char *why)
{
	const struct hu_source_info info = hu_load_info(member, NULL, why);

	return hu_store_skip(store, &info);
}

/* The store's rows of what was hashed while it was read. */
static struct hu_err *set_hashes(const struct hu_bundle *bundle, struct hu_store *store)
{
	struct hu_err *err = hu_store_set_bundle(store, bundle->name, bundle->sha256, bundle->bytes,
						 bundle->files);

	for (size_t i = 0; i < bundle->count && !err; i++)
		if (bundle->members[i].hash_later)
			err = hu_store_set_hash(store, bundle->members[i].path,
						bundle->members[i].sha256);
	return err;
}

struct hu_err *hu_load(struct hu_bundle *bundle, struct hu_store *store,
		       const struct hu_progress *progress, struct hu_loaded *ret)
{
	struct hu_loaded loaded = {0};
	struct hu_err *err = hu_store_set_bundle(store, bundle->name, bundle->sha256, bundle->bytes,
						 bundle->files);

	hu_store_set_caps(store, &bundle->limits.caps);
	if (bundle->unconfined)
		hu_store_set_unconfined(store);
	if (!err && bundle->boxed) {
		err = hu_load_boxed(bundle, store, progress, &loaded);
	} else if (!err) {
		struct direct direct = {bundle, store, progress, &loaded};
		const struct hu_loading to = {&direct_ops, &direct, bundle, 0, NULL};
		err = hu_load_members(&to);
	}
	if (!err && bundle->hash_later)
		err = set_hashes(bundle, store);
	hu_stage("settle");
	if (!err)
		err = hu_store_settle(store);
	hu_stage(NULL);
	if (!err)
		err = count(store, &loaded);
	if (!err)
		*ret = loaded;
	return err;
}
