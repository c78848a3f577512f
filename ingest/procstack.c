/*
 * Stacks of sleeping tasks as /proc/PID/stack shows them, in whatever file a script collected them:
 * one or many, each under a line that names the task in its own way. A few kilobytes, read once.
 */
#include "ingest/kframe.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/stackdump.h"
#include "ingest/taskline.h"
#include "ingest/tell.h"

#include <string.h>

enum { MAX_HEADER = 512 };

/* grep and head put the file's name in front: "/proc/228/stack:[<0>] vfs_write+…" */
static struct hu_str unprefix(struct hu_str line, int32_t *tid)
{
	ptrdiff_t at = hu_str_find(line, "/stack:[<");

	if (at < 0)
		return line;
	hu_taskline_path((struct hu_str){line.at, (size_t)at + 6}, tid);
	return hu_str_skip(line, (size_t)at + 7);
}

/* "[<0>] vfs_write+0x25d/0x450"; before 4.15 with an address, and a last line of all ones. */
static bool is_frame(struct hu_str line, struct hu_kframe *ret)
{
	return hu_str_starts(line, "[<") && hu_kframe_parse(line, ret);
}

static bool is_end(struct hu_str line)
{
	return hu_str_is(line, "[<ffffffffffffffff>] 0xffffffffffffffff");
}

/* What /proc/PID/comm gives: up to 15 bytes, of anything but a label or a number. */
static bool is_name(struct hu_str line)
{
	int64_t number;

	return line.len && line.len < 16 && !hu_str_ends(line, ":") &&
	       !memchr(line.at, '\t', line.len) && !hu_str_i64(line, &number);
}

struct bad { /* lines that begin as a frame does, and are none: a copy that was damaged */
	uint64_t count, first;
};

static void read_line(struct hu_stackdump *d, struct hu_str line, struct bad *bad)
{
	struct hu_kframe frame;
	int32_t tid = HU_NONE;

	line = unprefix(hu_str_trim(line), &tid);
	if (is_end(line))
		return;
	if (!is_frame(line, &frame)) {
		if (d->count)
			hu_stackdump_flush(d);
		if (!line.len)
			return;
		if (hu_str_starts(line, "[<"))
			hu_tell_count(&bad->count, &bad->first, d->pos);
		if (line.len > MAX_HEADER)
			line.len = MAX_HEADER;
		if (!d->open) {
			d->row.at.pos = d->pos;
			d->row.text = hu_intern(d->to, line);
		}
		d->open = true;
		struct hu_taskline who;
		hu_taskline(line, &who);
		if (who.tid != HU_NONE)
			d->row.at.tid = who.tid;
		if (who.comm.len)
			d->row.comm = hu_intern(d->to, who.comm);
		if (who.state)
			d->row.state = who.state;
		if (who.tid == HU_NONE && !who.comm.len && is_name(line) &&
		    d->row.at.tid != HU_NONE && !d->row.comm) /* echo $p; cat $p/comm */
			d->row.comm = hu_intern(d->to, line);
		return;
	}
	if (tid != HU_NONE && d->count && d->row.at.tid != tid)
		hu_stackdump_flush(d);
	if (tid != HU_NONE)
		d->row.at.tid = tid;
	if (frame.reliable)
		hu_stackdump_push(d, frame.symbol, frame.module);
}

static struct hu_err *procstack_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct hu_stackdump d = {.to = to};
	struct bad bad = {0};
	hu_stackdump_reset(&d);
	struct hu_str rest = file.text, line;
	bool whole = !file.text.len || file.text.at[file.text.len - 1] == '\n';
	while (hu_str_line(&rest, &line)) {
		d.pos++;
		read_line(&d, line, &bad);
	}
	hu_tell_strange(to, bad.count, bad.first, "lines that begin as frames do, and are none");
	if (!whole)
		hu_stackdump_unended(&d);
	hu_stackdump_flush(&d);
	hu_put_totals(to, d.snapshots, file.text.len);
	return d.snapshots ? NULL : hu_err(HU_ERR_BAD_INPUT, "holds no stack");
}

static enum hu_match procstack_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	unsigned frames = 0, others = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len && (memchr(rest.at, '\n', rest.len) || !frames) &&
	       hu_str_line(&rest, &line)) {
		struct hu_kframe frame;
		int32_t tid;
		line = unprefix(hu_str_trim(line), &tid);
		if (is_frame(line, &frame) || is_end(line))
			frames++;
		else if (line.len)
			others++;
	}
	return frames && frames * 2 >= others ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_procstack = {
	.name = "procstack",
	.reads = "stacks collected from /proc/PID/stack",
	.clock = HU_CLOCK_NONE,
	.probe = procstack_probe,
	.read = procstack_read,
};
