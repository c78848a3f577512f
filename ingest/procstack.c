/*
 * Stacks of sleeping tasks as /proc/PID/stack shows them, in whatever file a script collected them:
 * one or many, each under a line that names the task in its own way. A few kilobytes, read once.
 */
#include "ingest/kframe.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"

#include <string.h>

enum { MAX_FRAMES = 256, MAX_HEADER = 512 };

struct frame {
	hu_name symbol, module;
};

struct dump {
	struct hu_sink *to;
	uint64_t pos, snapshots;
	struct hu_snapshot row;
	bool open; /* a header or a frame was seen */
	size_t count;
	struct frame frames[MAX_FRAMES];
};

static void reset(struct dump *d)
{
	d->open = false;
	d->count = 0;
	d->row = (struct hu_snapshot){
		.at = {.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE},
		.blocker = HU_NONE,
		.kind = HU_SNAP_STACK,
	};
}

static void flush(struct dump *d)
{
	if (d->count) {
		hu_stack stack = 0;
		for (size_t i = d->count; i > 0; i--)
			stack = hu_push_frame(d->to, stack, d->frames[i - 1].symbol,
					      d->frames[i - 1].module);
		d->row.at.stack = stack;
		d->row.at.context = HU_CTX_TASK;
		hu_put_snapshot(d->to, &d->row);
		d->snapshots++;
	}
	reset(d);
}

static bool is_tid(struct hu_str word, int32_t *ret)
{
	int64_t value;

	if (!word.len || word.at[0] == '-' || !hu_str_i64(word, &value) || value < 1 ||
	    value > 4194304) /* PID_MAX_LIMIT, include/linux/threads.h */
		return false;
	*ret = (int32_t)value;
	return true;
}

static struct hu_str strip(struct hu_str word)
{
	while (word.len && strchr("([<{=:,.#", word.at[0]))
		word = hu_str_skip(word, 1);
	while (word.len && strchr(")]>}=:,", word.at[word.len - 1]))
		word.len--;
	return word;
}

static bool is_key(struct hu_str word, const char *const *keys)
{
	for (; *keys; keys++)
		if (word.len == strlen(*keys) && !strncasecmp(word.at, *keys, word.len))
			return true;
	return false;
}

static const char *const tid_keys[] = {"pid", "tid", "task", "process", "thread", NULL};
static const char *const comm_keys[] = {"comm", "name", "cmd", "command", NULL};
static const char *const state_keys[] = {"state", "stat", "s", NULL};

/* "/proc/178/stack", "/proc/178/task/179/stack" anywhere in the line */
static void path_tid(struct hu_str line, int32_t *tid)
{
	ptrdiff_t at = hu_str_find(line, "proc/");

	if (at < 0)
		return;
	struct hu_str rest = hu_str_skip(line, (size_t)at + 5);
	struct hu_str pid = hu_str_split(&rest, '/');
	is_tid(pid, tid);
	if (hu_str_starts(rest, "task/")) {
		rest = hu_str_skip(rest, 5);
		is_tid(hu_str_split(&rest, '/'), tid);
	}
}

static uint32_t state_of(struct hu_str word)
{
	static const struct {
		char letter;
		uint32_t state;
	} states[] = {
		{'D', HU_STATE_UNINTERRUPTIBLE}, {'S', HU_STATE_SLEEPING},
		{'R', HU_STATE_RUNNING},	 {'I', HU_STATE_IDLE},
		{'T', HU_STATE_STOPPED},	 {'t', HU_STATE_TRACED},
	};

	for (size_t i = 0; word.len && i < sizeof(states) / sizeof(states[0]); i++)
		if (word.at[0] == states[i].letter)
			return states[i].state;
	return HU_STATE_UNKNOWN;
}

/*
 * What a line above a stack says of its task: "== 28143908985 backupd pid 228 wchan x", "PID: 228
 * COMM: backupd", "Name:	backupd", "==> /proc/228/stack <==", "228 backupd", "228 (backupd)
 * D", "backupd-228". A word that is not understood says nothing.
 */
static void header(struct dump *d, struct hu_str line)
{
	int32_t tid = HU_NONE;
	struct hu_str comm = {0}, before = {0}, rest = line, word;
	bool want_tid = false, by_id = false, want_comm = false, want_state = false;

	path_tid(line, &tid);
	struct hu_str first = hu_str_word(&rest), key_of = strip(first);
	if (hu_str_ends(first, ":") && !is_key(key_of, tid_keys) && !is_key(key_of, comm_keys) &&
	    !is_key(key_of, state_keys))
		return; /* "PPid:	1" and its like */
	rest = line;
	while ((word = hu_str_word(&rest)).len) {
		struct hu_str equals = word, key = hu_str_split(&equals, '=');
		if (equals.len && key.len) { /* pid=228 */
			int32_t value;
			struct hu_str k = strip(key);
			if (is_key(k, tid_keys) && is_tid(strip(equals), &value))
				tid = value;
			else if (is_key(k, comm_keys))
				comm = strip(equals);
			else if (is_key(k, state_keys))
				d->row.state = state_of(strip(equals));
			continue;
		}
		struct hu_str plain = strip(word);
		if (want_comm) {
			comm = plain;
		} else if (want_state) {
			d->row.state = state_of(plain);
		} else if (want_tid && is_tid(plain, &tid)) {
			int32_t number;
			if (!comm.len && before.len && by_id && !is_tid(before, &number))
				comm = before; /* "backupd pid 228" */
		} else if (tid == HU_NONE && !is_key(plain, tid_keys)) {
			is_tid(plain, &tid);
		}
		want_tid = is_key(plain, tid_keys);
		by_id = want_tid && plain.len == 3; /* not "Stack of task 228" */
		want_comm = is_key(plain, comm_keys);
		want_state = is_key(plain, state_keys);
		int32_t number;
		bool names = !want_tid && !want_comm && !want_state && plain.len &&
			     hu_str_find(plain, "proc/") < 0 && !hu_str_is(plain, "stack") &&
			     !hu_str_is(plain, "wchan");
		if (names && !is_tid(plain, &number)) {
			int64_t big; /* a stamp */
			if (!hu_str_fixed(plain, 0, &big))
				before = plain;
			/* "228 backupd", "228 (backupd)" */
			if (!comm.len && tid != HU_NONE && before.len && before.at == plain.at &&
			    hu_str_find(line, "pid") < 0)
				comm = plain;
		}
	}
	if (!comm.len && before.len && tid == HU_NONE) { /* "backupd-228", "kworker/0:1:11" */
		size_t at = before.len;
		while (at && before.at[at - 1] != '-' && before.at[at - 1] != ':')
			at--;
		if (at > 1 && is_tid(hu_str_skip(before, at), &tid))
			comm = (struct hu_str){before.at, at - 1};
	} else if (!comm.len && tid != HU_NONE && before.len && hu_str_find(line, "proc/") < 0) {
		comm = before; /* "backupd 228" */
	}
	if (tid != HU_NONE)
		d->row.at.tid = tid;
	if (comm.len)
		d->row.comm = hu_intern(d->to, comm);
}

/* grep and head put the file's name in front: "/proc/228/stack:[<0>] vfs_write+…" */
static struct hu_str unprefix(struct hu_str line, int32_t *tid)
{
	ptrdiff_t at = hu_str_find(line, "/stack:[<");

	if (at < 0)
		return line;
	path_tid((struct hu_str){line.at, (size_t)at + 6}, tid);
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

static void read_line(struct dump *d, struct hu_str line)
{
	struct hu_kframe frame;
	int32_t tid = HU_NONE;

	line = unprefix(hu_str_trim(line), &tid);
	if (is_end(line))
		return;
	if (!is_frame(line, &frame)) {
		if (d->count)
			flush(d);
		if (!line.len)
			return;
		if (line.len > MAX_HEADER)
			line.len = MAX_HEADER;
		if (!d->open) {
			d->row.at.pos = d->pos;
			d->row.text = hu_intern(d->to, line);
		}
		d->open = true;
		header(d, line);
		return;
	}
	if (tid != HU_NONE && d->count && d->row.at.tid != tid)
		flush(d);
	if (tid != HU_NONE)
		d->row.at.tid = tid;
	if (!d->row.at.pos)
		d->row.at.pos = d->pos;
	d->open = true;
	if (frame.reliable && d->count < MAX_FRAMES)
		d->frames[d->count++] = (struct frame){hu_intern(d->to, frame.symbol),
						       hu_intern(d->to, frame.module)};
}

static struct hu_err *procstack_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct dump d = {.to = to};
	reset(&d);
	struct hu_str rest = file.text, line;
	bool whole = !file.text.len || file.text.at[file.text.len - 1] == '\n';
	while (hu_str_line(&rest, &line)) {
		d.pos++;
		read_line(&d, line);
	}
	if (!whole) {
		const struct hu_gap gap = {
			.from = HU_OPEN,
			.to = HU_OPEN,
			.count = HU_NONE,
			.cpu = HU_NONE,
			.kind = HU_LOSS_TRUNCATED,
			.pos = d.pos,
		};
		hu_put_loss(to, &gap,
			    "the file ends without a line break in line %llu: its last stack may "
			    "be cut",
			    (unsigned long long)d.pos);
	}
	flush(&d);
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
