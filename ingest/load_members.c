/*
 * The members of a bundle, one after the other, each to the reader that takes it, in whichever
 * process: what becomes of them is told to the loading's ops.
 */
#include "ingest/around.h"
#include "ingest/bundle_parts.h"
#include "ingest/load_parts.h"
#include "ingest/probe.h"
#include "db/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A member on its way to its reader: what stands in the store's row of it points into this. */
struct job {
	const struct hu_member *member;
	const struct hu_surroundings *around;
	struct hu_opened open;
	char *why; /* for the source row */
};

static void job_deinit(struct job *job)
{
	hu_opened_deinit(&job->open);
	free(job->why);
}

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

	if (job->open.cut)
		lost(sink, HU_LOSS_TRUNCATED, job->open.cut);
	if (hu_load_fault)
		hu_load_fault(HU_PHASE_READ, job->member->path);
	struct hu_surroundings around = *job->around;
	around.path = job->member->path;
	hu_str_limit_lines((size_t)longest);
	struct hu_err *err = hu_read(reader, hu_opened_path(&job->open), &around, sink);
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
	if (!err && job->open.cut)
		err = hu_err(HU_ERR_BAD_INPUT, "%s", job->open.cut);
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
	HU_CLEANUP(job_deinit) struct job job = {.member = member, .around = around};
	struct hu_opened *open = &job.open;
	const struct hu_reader_ops *reader;
	struct hu_sink *sink;
	const char *why;

	if (!member->file)
		return to->ops->skip(to->with, index, member->why);
	struct hu_err *err = hu_opened_begin(open, member);
	struct hu_probe probe = {
		.path = member->path,
		.is_dir = member->part_count != 0,
		.head = {open->head, open->head_len},
	};
	if (!err) {
		explain(to, index, &probe);
		err = hu_opened_unpack(open, to->bundle);
	}
	if (err) {
		struct hu_err *stored = to->ops->skip(to->with, index, hu_err_text(err));
		hu_err_free(err);
		return stored;
	}
	if (member->cut && !open->cut)
		open->cut = hu_strdup(hu_str(member->cut));

	probe.head.len = open->head_len;
	err = hu_probe_checked(&probe, &reader, &why);
	if (err) {
		to->ops->fault(to->with);
		hu_err_free(err);
	}
	if (asprintf(&job.why, "%s%s%s%s%s", why, open->packing ? ", inside " : "",
		     open->packing ? open->packing : "", !reader && open->cut ? "; " : "",
		     !reader && open->cut ? open->cut : "") < 0)
		hu_no_memory();
	if (!reader)
		return to->ops->skip(to->with, index, job.why);

	err = to->ops->begin(to->with, index, reader, job.why, &sink);
	if (err)
		return err;
	return to->ops->end(to->with, sink, read_member(to, reader, &job, sink));
}

struct hu_err *hu_load_members(const struct hu_loading *to)
{
	struct hu_bundle *bundle = to->bundle;
	HU_CLEANUP(hu_around_destroyp) struct hu_around *around = hu_around_create(bundle);
	struct hu_err *err = NULL;

	hu_load_symbols(to, around);
	for (size_t i = to->from; i < bundle->count && !err; i++) {
		to->ops->step(to->with, HU_PHASE_READ, i);
		err = hu_err_in(load_member(to, i, hu_around_get(around)), "loading %s",
				bundle->members[i].path);
	}
	return err;
}

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
