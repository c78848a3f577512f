/*
 * strace's text: system calls with when they began and how long they took. A capture is one file
 * for all tasks (-f) or one file for each (-ff: NAME.PID). Millions of lines; memory is that of the
 * calls that have begun and not ended.
 *
 * A line's stamp is the beginning of what stands on it; a call that another task's line cut in two
 * has a line for its end, with a stamp of its own. The end of a call on one line is known by -T
 * alone.
 */
#include "ingest/bpftrace_input.h"
#include "ingest/reader.h"
#include "ingest/strace_line.h"
#include "ingest/vocabulary.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	EXAMPLES = 3,
	DETAIL_MAX = 512,
	COMM_MAX = 15,	      /* TASK_COMM_LEN of include/linux/sched.h, less its NUL */
	LOOK_AHEAD = 1 << 16, /* lines read to find out whose the lines without a pid are */
};

struct task {
	int32_t tid;
	bool open; /* a call has begun */
	hu_ns begin;
	hu_name name, comm;
	char *arguments; /* as far as they were printed */
};

struct reading {
	struct hu_sink *to;
	int32_t main;  /* whose the lines without a pid are, or HU_NONE */
	bool one_each; /* -ff: -r counts over all files, so it says nothing in one */
	struct task *task;
	size_t tasks;
	uint32_t *index; /* by tid: place in task[], from 1 */
	size_t indexed;
	char clock;
	hu_ns since, last, days;
	bool cut; /* the last line, in the middle */
	struct hu_out text;
	uint64_t calls, spans, no_end, signals, gone, frames, never, odd, other_clock;
	uint64_t example[EXAMPLES], no_end_pos, other_clock_pos;
};

static struct task *task_of(struct reading *r, int32_t tid)
{
	size_t slot = (size_t)(tid < 0 ? 0 : tid + 1);

	if (slot >= r->indexed) {
		size_t more = slot + 1024;
		r->index = hu_realloc(r->index, sizeof(*r->index) * more);
		memset(r->index + r->indexed, 0, sizeof(*r->index) * (more - r->indexed));
		r->indexed = more;
	}
	if (!r->index[slot]) {
		if (!(r->tasks & (r->tasks - 1)))
			r->task = hu_realloc(r->task,
					     sizeof(*r->task) * (r->tasks ? 2 * r->tasks : 1));
		r->task[r->tasks++] = (struct task){.tid = tid};
		r->index[slot] = (uint32_t)r->tasks;
	}
	return &r->task[r->index[slot] - 1];
}

/* One file has one clock: that of its first stamp. */
static hu_ns stamp(struct reading *r, const struct hu_strace_line *line, uint64_t pos)
{
	static const hu_ns day = 86400 * HU_NS_PER_S;
	hu_ns ts = line->stamp;

	if (!line->clock)
		return HU_OPEN;
	if (!r->clock) {
		static const struct {
			char clock;
			enum hu_clock is;
			const char *how;
		} clocks[] = {
			{'e', HU_CLOCK_REALTIME, "strace -ttt counts from 1970"},
			{'d', HU_CLOCK_IN_FILE, "times of the day without a date (strace -t)"},
			{'r', HU_CLOCK_IN_FILE,
			 "differences added up from the first line (strace -r)"},
		};
		r->clock = line->clock;
		r->last = ts;
		for (size_t i = 0; i < 3; i++)
			if (clocks[i].clock == line->clock)
				hu_put_source_clock(r->to, clocks[i].is, clocks[i].how);
	}
	if (line->clock != r->clock) {
		r->other_clock++;
		r->other_clock_pos = pos;
		return HU_OPEN;
	}
	if (r->clock == 'r') {
		if (__builtin_add_overflow(r->since, ts, &r->since))
			r->since = 0;
		return r->one_each ? HU_OPEN : r->since;
	}
	if (r->clock == 'd') {
		if (r->last - ts > day / 2 && r->days < 366)
			r->days++;
		r->last = ts;
		ts += r->days * day;
	}
	return ts;
}

static struct hu_where where(const struct task *t, hu_ns ts, uint64_t pos)
{
	return (struct hu_where){ts, pos, HU_NONE, t->tid, 0, HU_CTX_TASK};
}

static void put_task(struct reading *r, struct task *t, enum hu_task_step step, hu_ns ts,
		     uint64_t pos, struct hu_str comm, int32_t parent)
{
	if (t->tid < 0)
		return;
	if (comm.len > COMM_MAX)
		comm.len = COMM_MAX;
	hu_name name = hu_intern(r->to, comm);
	if (step == HU_TASK_NAMED && (!name || name == t->comm))
		return;
	if (name)
		t->comm = name;
	hu_put_task(r->to, &(struct hu_task){.at = where(t, ts, pos),
					     .tgid = HU_NONE,
					     .parent = parent,
					     .step = step,
					     .comm = name});
}

/* The first text in quotes: a path, a name. */
static struct hu_str quoted(struct hu_str s)
{
	hu_str_split(&s, '"');
	const char *end = s.len ? memchr(s.at, '"', s.len) : NULL;

	return end ? (struct hu_str){s.at, (size_t)(end - s.at)} : (struct hu_str){0};
}

static struct hu_str base_name(struct hu_str path)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;

	return slash ? hu_str_skip(path, (size_t)(slash - path.at) + 1) : path;
}

/* Calls that say something of tasks. */
static void learn(struct reading *r, int32_t tid, const struct hu_strace_line *line,
		  struct hu_str arguments, hu_ns end, uint64_t pos)
{
	if (!line->has_result || line->is_error)
		return;
	struct task *t = task_of(r, tid);
	if (hu_str_is(line->name, "execve") || hu_str_is(line->name, "execveat")) {
		put_task(r, t, HU_TASK_EXECED, end, pos, base_name(quoted(arguments)), HU_NONE);
	} else if (hu_str_is(line->name, "prctl") && hu_str_starts(arguments, "PR_SET_NAME")) {
		put_task(r, t, HU_TASK_NAMED, end, pos, quoted(arguments), HU_NONE);
	} else if ((hu_str_is(line->name, "clone") || hu_str_is(line->name, "clone3") ||
		    hu_str_is(line->name, "fork") || hu_str_is(line->name, "vfork")) &&
		   line->result > 0 && line->result <= 4194304) {
		put_task(r, task_of(r, (int32_t)line->result), HU_TASK_FORKED, end, pos,
			 (struct hu_str){0}, tid);
	}
}

static void put_begin(struct reading *r, int32_t tid, struct hu_str name, struct hu_str arguments,
		      hu_ns ts, uint64_t pos)
{
	struct task *t = task_of(r, tid);

	if (arguments.len > DETAIL_MAX)
		arguments.len = DETAIL_MAX;
	hu_put_syscall(r->to, &(struct hu_syscall){
				      .at = where(t, ts, pos),
				      .number = HU_NONE,
				      .step = HU_BEGIN,
				      .name = hu_intern(r->to, hu_syscall_plain_name(name)),
				      .detail = hu_intern(r->to, arguments),
			      });
}

static void put_end(struct reading *r, int32_t tid, const struct hu_strace_line *line,
		    struct hu_str arguments, hu_ns ts, uint64_t pos)
{
	struct task *t = task_of(r, tid);

	if (arguments.len > DETAIL_MAX)
		arguments.len = DETAIL_MAX;
	hu_name name = hu_intern(r->to, hu_syscall_plain_name(line->name));
	hu_put_syscall(r->to, &(struct hu_syscall){
				      .at = where(t, ts, pos),
				      .result = line->result,
				      .number = HU_NONE,
				      .step = HU_END,
				      .name = name,
				      .detail = hu_intern(r->to, arguments),
			      });
	/* Nothing but -T: a length without a place in time. */
	if (ts != HU_OPEN || line->duration == HU_OPEN)
		return;
	hu_put_span(r->to, &(struct hu_span){.at = where(t, HU_OPEN, pos),
					     .duration = line->duration,
					     .label = hu_internz(r->to, "system call"),
					     .comm = t->comm,
					     .function = name});
	r->spans++;
}

static hu_ns add(hu_ns ts, hu_ns duration)
{
	hu_ns end;

	if (ts == HU_OPEN || duration == HU_OPEN || __builtin_add_overflow(ts, duration, &end))
		return HU_OPEN;
	return end;
}

static void take_call(struct reading *r, int32_t tid, const struct hu_strace_line *line, hu_ns ts,
		      uint64_t pos)
{
	hu_ns end = add(ts, line->duration);

	r->calls++;
	if (!line->has_result) { /* "= ?": exit, or killed in it */
		put_begin(r, tid, line->name, line->arguments, ts, pos);
		r->never++;
		return;
	}
	/* A beginning without an end would be taken for a call that never returned. */
	if (end != HU_OPEN) {
		put_begin(r, tid, line->name, line->arguments, ts, pos);
	} else if (ts != HU_OPEN && !r->no_end++) {
		r->no_end_pos = pos;
	}
	put_end(r, tid, line, line->arguments, end, pos);
	learn(r, tid, line, line->arguments, end, pos);
}

static void take_unfinished(struct reading *r, int32_t tid, const struct hu_strace_line *line,
			    hu_ns ts, uint64_t pos)
{
	struct task *t = task_of(r, tid);
	struct hu_str kept = line->arguments;

	put_begin(r, tid, line->name, line->arguments, ts, pos);
	r->calls++;
	if (kept.len > DETAIL_MAX)
		kept.len = DETAIL_MAX;
	t = task_of(r, tid);
	free(t->arguments);
	t->arguments = hu_strdup(kept);
	t->open = true;
	t->begin = ts;
	t->name = hu_intern(r->to, line->name);
}

static void take_resumed(struct reading *r, int32_t tid, const struct hu_strace_line *line,
			 hu_ns ts, uint64_t pos)
{
	struct task *t = task_of(r, tid);
	bool ours = t->open && t->name == hu_intern(r->to, line->name);

	hu_out_clear(&r->text);
	if (ours) {
		hu_out_puts(&r->text, t->arguments);
		if (line->arguments.len && r->text.len && r->text.at[r->text.len - 1] == ',')
			hu_out_putc(&r->text, ' ');
		hu_ns end = add(t->begin, line->duration);
		if (end != HU_OPEN)
			ts = end;
	} else {
		r->calls++; /* it began before the trace did */
	}
	hu_out_str(&r->text, line->arguments);
	t->open = false;
	free(t->arguments);
	t->arguments = NULL;
	if (!line->has_result) {
		r->never++;
		return;
	}
	put_end(r, tid, line, hu_out_view(&r->text), ts, pos);
	learn(r, tid, line, hu_out_view(&r->text), ts, pos);
}

/* A row of strace -c: "  0.00    0.000000           0         2           close". */
static bool take_summary(struct reading *r, struct hu_str line, uint64_t pos)
{
	struct hu_str word[7], rest = line;
	size_t n = 0;
	int64_t count, any;
	hu_ns total;

	while (n < 7 && (word[n] = hu_str_word(&rest)).len)
		n++;
	if ((n != 5 && n != 6) || !hu_str_fixed(word[0], 2, &any) ||
	    !hu_str_fixed(word[1], 9, &total) || !hu_str_i64(word[2], &any) ||
	    !hu_str_i64(word[3], &count) || (n == 6 && !hu_str_i64(word[4], &any)) ||
	    hu_str_is(word[n - 1], "total"))
		return false;
	hu_put_aggregate(
		r->to, &(struct hu_aggregate){HU_OPEN, pos, HU_OPEN, HU_OPEN, count, total,
					      hu_internz(r->to, "system calls"),
					      hu_intern(r->to, hu_syscall_plain_name(word[n - 1])),
					      hu_internz(r->to, "ns")});
	r->calls++;
	return true;
}

static bool is_summary_head(struct hu_str line)
{
	return hu_str_starts(hu_str_trim(line), "% time     seconds  usecs/call     calls");
}

static void odd(struct reading *r, uint64_t pos)
{
	if (r->odd < EXAMPLES)
		r->example[r->odd] = pos;
	r->odd++;
}

static void take_line(struct reading *r, struct hu_str text, uint64_t pos)
{
	struct hu_strace_line line;

	if (!hu_str_trim(text).len)
		return;
	hu_strace_line_parse(text, &line);
	int32_t tid = line.tid == HU_NONE ? r->main : line.tid;
	bool timed = line.what != HU_STRACE_OTHER && line.what != HU_STRACE_TALK;
	hu_ns ts = timed ? stamp(r, &line, pos) : HU_OPEN;
	if (timed && line.comm.len)
		put_task(r, task_of(r, tid), HU_TASK_NAMED, ts, pos, line.comm, HU_NONE);
	switch (line.what) {
	case HU_STRACE_CALL:
		take_call(r, tid, &line, ts, pos);
		break;
	case HU_STRACE_UNFINISHED:
		take_unfinished(r, tid, &line, ts, pos);
		break;
	case HU_STRACE_RESUMED:
		take_resumed(r, tid, &line, ts, pos);
		break;
	case HU_STRACE_SIGNAL:
		r->signals++;
		break;
	case HU_STRACE_GONE:
		r->gone++;
		if (hu_str_starts(line.rest, "exited") || hu_str_starts(line.rest, "killed"))
			put_task(r, task_of(r, tid), HU_TASK_EXITED, ts, pos, (struct hu_str){0},
				 HU_NONE);
		break;
	case HU_STRACE_FRAME:
		r->frames++;
		break;
	case HU_STRACE_TALK:
		break;
	case HU_STRACE_OTHER:
		if (!is_summary_head(text) && !hu_str_starts(text, "------ ") &&
		    !hu_str_ends(hu_str_trim(text), " total") && !take_summary(r, text, pos))
			odd(r, pos);
		break;
	}
}

/*
 * Whose are the lines without a pid? A program's start asks for its own number; on standard error
 * a call that began without a pid is resumed with one; -ff puts it behind the file's name.
 */
static int32_t find_main(struct hu_bpftrace_input *in, const char *path, bool *one_each)
{
	struct hu_strace_line line;
	struct hu_str text;
	char pending[64] = "";
	bool any = false, with = false;
	int32_t found = HU_NONE;

	for (int i = 0; i < LOOK_AHEAD && found == HU_NONE && hu_bpftrace_input_line(in, &text);
	     i++) {
		hu_strace_line_parse(text, &line);
		if (line.what == HU_STRACE_RESUMED && line.tid != HU_NONE && pending[0] &&
		    hu_str_is(line.name, pending))
			found = line.tid;
		with |= line.tid != HU_NONE;
		if (line.tid != HU_NONE ||
		    (line.what != HU_STRACE_CALL && line.what != HU_STRACE_UNFINISHED))
			continue;
		any = true;
		if (line.what == HU_STRACE_UNFINISHED && line.name.len < sizeof(pending)) {
			memcpy(pending, line.name.at, line.name.len);
			pending[line.name.len] = '\0';
		}
		if ((hu_str_is(line.name, "set_tid_address") || hu_str_is(line.name, "gettid")) &&
		    line.what == HU_STRACE_CALL && line.has_result && line.result > 0 &&
		    line.result <= 4194304)
			found = (int32_t)line.result;
	}
	const char *dot = strrchr(path, '.');
	uint64_t pid;
	if (any && !with && dot && hu_str_u64(hu_str(dot + 1), 10, &pid) && pid > 0 &&
	    pid <= 4194304) {
		*one_each = true;
		if (found == HU_NONE)
			found = (int32_t)pid;
	}
	return found;
}

static void tell(struct reading *r, const struct hu_bpftrace_input *in)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, 0};
	const struct {
		const char *event;
		uint64_t count;
		bool used;
	} counts[] = {
		{"system call", r->calls, true},
		{"signal", r->signals, false},
		{"end of a task", r->gone, true},
		{"frame of user space (-k)", r->frames, false},
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].count)
			hu_put_event_count(r->to, hu_str(counts[i].event), counts[i].count,
					   counts[i].used);
	if (!r->clock)
		hu_put_source_clock(r->to, HU_CLOCK_NONE, "no line has a time");
	if (r->odd) {
		hu_out_clear(&r->text);
		for (size_t i = 0; i < EXAMPLES && i < r->odd; i++)
			hu_out_printf(&r->text, "%s%llu", i ? ", " : "",
				      (unsigned long long)r->example[i]);
		gap.count = (int64_t)r->odd;
		gap.pos = r->example[0];
		hu_put_loss(r->to, &gap, "%llu lines are not understood (line %s%s)",
			    (unsigned long long)r->odd, r->text.at, r->odd > EXAMPLES ? ", …" : "");
	}
	gap.kind = HU_LOSS_MISSING;
	if (r->no_end) {
		gap.count = (int64_t)r->no_end;
		gap.pos = r->no_end_pos;
		hu_put_loss(r->to, &gap,
			    "%llu calls have no end: strace ran without -T, so how long they took "
			    "is not known",
			    (unsigned long long)r->no_end);
	}
	if (r->other_clock) {
		gap.count = (int64_t)r->other_clock;
		gap.pos = r->other_clock_pos;
		hu_put_loss(
			r->to, &gap,
			"%llu stamps are in another clock than the first one, and were not used "
			"(line %llu)",
			(unsigned long long)r->other_clock, (unsigned long long)gap.pos);
	}
	if (r->clock == 'r' && r->one_each) {
		gap.count = HU_NONE;
		gap.pos = 0;
		hu_put_loss(r->to, &gap,
			    "strace -r counts from the line before in any of its files: in one "
			    "file of -ff it says nothing");
	}
	hu_bpftrace_input_losses(in, r->to);
	hu_put_totals(r->to, r->calls + r->signals + r->gone, in->bytes);
}

static void reading_deinit(struct reading *r)
{
	for (size_t i = 0; i < r->tasks; i++)
		free(r->task[i].arguments);
	free(r->task);
	free(r->index);
	hu_out_deinit(&r->text);
}

static void each_line(void *with, struct hu_str line, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;
	uint64_t before = r->odd;

	take_line(r, line, in->pos);
	r->cut = in->unended && r->odd > before;
}

static struct hu_err *end(void *with, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;

	r->odd -= r->cut;
	if (r->cut) {
		struct hu_gap gap = {HU_OPEN, HU_OPEN,		 HU_NONE,
				     HU_NONE, HU_LOSS_TRUNCATED, in->pos};
		hu_put_loss(r->to, &gap, "the file ends inside line %llu",
			    (unsigned long long)in->pos);
	}
	tell(r, in);
	if (r->cut)
		return hu_err(HU_ERR_BAD_INPUT, "the file ends inside line %llu",
			      (unsigned long long)in->pos);
	if (!r->calls && r->odd)
		return hu_err(HU_ERR_BAD_INPUT, "none of its lines is a call as strace prints it");
	return NULL;
}

static struct hu_err *read_strace(const char *path, struct hu_sink *to)
{
	HU_CLEANUP(reading_deinit) struct reading r = {.to = to, .main = HU_NONE};
	struct hu_bpftrace_input in;
	struct hu_err *err = hu_bpftrace_input_open(&in, path);

	if (!err)
		r.main = find_main(&in, path, &r.one_each);
	hu_bpftrace_input_close(&in);
	return err ? err : hu_bpftrace_input_each(path, each_line, end, &r);
}

static enum hu_match probe_strace(const struct hu_probe *in)
{
	struct hu_bpftrace_head head;
	struct hu_str rest = hu_bpftrace_head(in->head, &head), text;
	unsigned ours = 0, others = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	for (unsigned lines = 0; rest.len && lines < 40; lines++) {
		struct hu_strace_line line;
		bool whole = memchr(rest.at, '\n', rest.len);
		if (!hu_str_line(&rest, &text) || (!whole && in->head.len >= HU_PROBE_BYTES))
			break;
		if (is_summary_head(text))
			return HU_MATCH_LIKELY;
		if (!hu_str_trim(text).len)
			continue;
		hu_strace_line_parse(text, &line);
		if (line.what == HU_STRACE_FRAME || line.what == HU_STRACE_TALK)
			continue;
		/* "foo(1) = 2" alone is in many texts; with a task, a time or a length it is not.
		 */
		bool sure = line.tid != HU_NONE || line.clock || line.duration != HU_OPEN ||
			    line.what == HU_STRACE_GONE || hu_str_is(line.name, "execve");
		ours += line.what != HU_STRACE_OTHER && (sure || ours);
		others += line.what == HU_STRACE_OTHER;
	}
	return ours && ours > others ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_strace = {
	.name = "strace",
	.reads = "strace's text: -f, -ff, -t, -tt, -ttt, -r, -T, -y, -k, -c",
	.clock = HU_CLOCK_NONE,
	.probe = probe_strace,
	.read = read_strace,
};
