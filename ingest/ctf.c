/*
 * CTF traces: LTTng's of a kernel or of programs, what `perf data convert --to-ctf` and babeltrace2
 * write. A trace is a folder with a metadata file and a file for each stream. libbabeltrace2 reads
 * them; what it gets to read is checked before (ctf_view.c), because it gives up on a whole trace
 * where one file of it ends early.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_graph.h"
#include "ingest/ctf_source.h"
#include "ingest/ctf_view.h"
#include "ingest/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum hu_match probe(const struct hu_probe *in)
{
	return in->is_dir && hu_ctf_meta_begins(in->head) ? HU_MATCH_CERTAIN : HU_MATCH_NO;
}

/* "channel0_3", "perf_stream_0", "ch_1_0": what a stream is called whose first packet is damaged.
 */
static bool has_stream_name(struct hu_str name)
{
	size_t digits = 0;

	while (digits < name.len && name.at[name.len - 1 - digits] >= '0' &&
	       name.at[name.len - 1 - digits] <= '9')
		digits++;
	return digits && digits + 1 < name.len && name.at[name.len - 1 - digits] == '_';
}

/*
 * The streams lie beside the metadata. LTTng's index folder belongs to the trace and is not read:
 * it says nothing that the packets do not say.
 */
static bool takes(struct hu_str below, struct hu_str head)
{
	enum { INDEX_MAGIC = 0x00f1dcc1 };
	uint32_t magic = head.len >= 4 ? (uint32_t)hu_ctf_number(head.at, 4, true) : 0;

	if (hu_str_starts(below, "index/") && hu_str_ends(below, ".idx"))
		return (magic & 0x00ffffff) == INDEX_MAGIC || !head.len;
	if (below.len && memchr(below.at, '/', below.len))
		return false;
	if (magic == HU_CTF_MAGIC ||
	    (head.len >= 4 && hu_ctf_number(head.at, 4, false) == HU_CTF_MAGIC))
		return true;
	return has_stream_name(below) && (!head.len || memchr(head.at, 0, head.len));
}

static struct hu_err *check_version(const struct hu_ctf_meta *meta)
{
	unsigned major = bt_version_get_major(), minor = bt_version_get_minor();

	if (!meta->json || major > 2 || (major == 2 && minor >= 1))
		return NULL;
	return hu_err(
		HU_ERR_UNSUPPORTED,
		"it is CTF 2, which libbabeltrace2 reads from 2.1 on, and this is %u.%u: use a "
		"holdup that was built with a newer one, or record it as CTF 1.8",
		major, minor);
}

static struct hu_err *try_alone(struct hu_ctf_view *view, size_t stream)
{
	const char *folder;
	struct hu_err *err = hu_ctf_view_alone(view, stream, &folder);

	return err ? err : hu_ctf_source_try(folder, view->ctf2);
}

/* Leaves out what the library refuses, stream by stream, if it takes the metadata. */
static struct hu_err *sort_out(struct hu_ctf_view *view, struct hu_sink *to)
{
	struct hu_err *err = try_alone(view, view->names);

	if (err)
		return hu_err_in(err, "the metadata");
	for (size_t i = view->names; i-- > 0;) {
		struct hu_err *bad = try_alone(view, i);
		if (!bad)
			continue;
		hu_put_loss(to,
			    &(struct hu_gap){.from = HU_OPEN,
					     .to = HU_OPEN,
					     .count = HU_NONE,
					     .cpu = HU_NONE,
					     .kind = HU_LOSS_UNPARSED},
			    "a stream could not be read: %s", hu_err_text(bad));
		hu_err_free(bad);
		hu_ctf_view_drop(view, i);
		view->bad++;
	}
	return NULL;
}

/* Once, or a second time without the streams for which the library refused the trace. */
static struct hu_err *run(struct hu_ctf_view *view, struct hu_ctf_events *events,
			  struct hu_sink *to)
{
	bool taken;
	struct hu_err *err =
		hu_ctf_graph_run(view->trace, view->ctf2, events, view->bytes, &view->bad, &taken);

	if (taken)
		return err;
	struct hu_err *worse = sort_out(view, to);
	if (worse || !view->names) {
		hu_err_free(worse ? err : NULL);
		return worse ? worse : err;
	}
	hu_err_free(err);
	return hu_ctf_graph_run(view->trace, view->ctf2, events, view->bytes, &view->bad, &taken);
}

static struct hu_err *read_view(struct hu_ctf_view *view, const struct hu_ctf_meta *meta,
				const struct hu_surroundings *around, struct hu_sink *to)
{
	struct hu_err *err = NULL;

	if (!view->names && !view->bad)
		return hu_err(HU_ERR_BAD_INPUT, "it is metadata without any events");
	struct hu_ctf_events *events = hu_ctf_events_create(to, around, view->flaw, view->flaws);
	if (view->names)
		err = run(view, events, to);
	hu_put_totals(to, hu_ctf_events_finish(events), view->total);
	hu_ctf_events_destroy(events);
	if (!err && view->bad)
		err = hu_err(HU_ERR_BAD_INPUT, "streams are cut or damaged, see the losses");
	if (!err && meta->damage.len)
		err = hu_err(HU_ERR_BAD_INPUT, "%s", meta->damage.at);
	return err;
}

static struct hu_err *read_ctf(const char *path, const struct hu_surroundings *around,
			       struct hu_sink *to)
{
	HU_CLEANUP(hu_ctf_meta_close) struct hu_ctf_meta meta = {0};
	HU_CLEANUP(hu_ctf_view_close) struct hu_ctf_view view = {0};
	HU_CLEANUP(hu_freep) char *metadata = NULL;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return hu_err(HU_ERR_BAD_INPUT, "a CTF trace is a folder, and this is one file");
	if (asprintf(&metadata, "%s/metadata", path) < 0)
		hu_no_memory();
	struct hu_err *err = hu_ctf_meta_open(metadata, &meta);
	if (!err)
		err = check_version(&meta);
	if (err)
		return err;
	if (meta.damage.len)
		hu_put_loss(to,
			    &(struct hu_gap){.from = HU_OPEN,
					     .to = HU_OPEN,
					     .count = HU_NONE,
					     .cpu = HU_NONE,
					     .kind = HU_LOSS_TRUNCATED},
			    "%s: events that it does not describe any more are lost",
			    meta.damage.at);
	err = hu_ctf_view_open(path, &meta, &view);
	if (!err)
		err = read_view(&view, &meta, around, to);
	return err;
}

const struct hu_reader_ops hu_reader_ctf = {
	.name = "ctf",
	.binary = true,
	.reads = "CTF traces: LTTng, perf data convert --to-ctf, babeltrace2",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read_among = read_ctf,
	.folder_key = "metadata",
	.folder_takes = takes,
	.prepare = hu_ctf_source_prepare,
};

#endif
