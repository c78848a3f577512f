/*
 * strace's text: system calls with when they began and how long they took. A capture is one file
 * for all tasks (-f) or one file for each (-ff: NAME.PID). Millions of lines.
 *
 * A line's stamp is the beginning of what stands on it; the second half of a call that was cut in
 * two has a stamp of its own. The end of a call on one line is known by -T alone.
 */
#include "ingest/bpftrace_input.h"
#include "ingest/reader.h"
#include "ingest/strace_calls.h"
#include "ingest/tell.h"
#include "ingest/vocabulary.h"

#include <string.h>

enum {
	LOOK_AHEAD = 1 << 16, /* lines read to find out whose the lines without a pid are */
};

struct reading {
	struct hu_sink *to;
	int32_t main;  /* whose the lines without a pid are, or HU_NONE */
	bool one_each; /* -ff: -r counts over all files, so it says nothing in one */
	struct hu_strace_calls calls;
	char clock;
	hu_ns since, last, days;
	bool cut; /* the last line, in the middle */
	struct hu_odd_lines odd;
	uint64_t signals, gone, frames, other_clock, other_clock_pos;
};

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
	r->calls.calls++;
	return true;
}

static bool is_summary_head(struct hu_str line)
{
	return hu_str_starts(hu_str_trim(line), "% time     seconds  usecs/call     calls");
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
		hu_strace_calls_task(&r->calls, tid, HU_TASK_NAMED, ts, pos, line.comm);
	switch (line.what) {
	case HU_STRACE_CALL:
	case HU_STRACE_UNFINISHED:
	case HU_STRACE_RESUMED:
		hu_strace_calls_take(&r->calls, tid, &line, ts, pos);
		break;
	case HU_STRACE_SIGNAL:
		r->signals++;
		break;
	case HU_STRACE_GONE:
		r->gone++;
		if (hu_str_starts(line.rest, "exited") || hu_str_starts(line.rest, "killed"))
			hu_strace_calls_task(&r->calls, tid, HU_TASK_EXITED, ts, pos,
					     (struct hu_str){0});
		break;
	case HU_STRACE_FRAME:
		r->frames++;
		break;
	case HU_STRACE_TALK:
		break;
	case HU_STRACE_OTHER:
		if (!is_summary_head(text) && !hu_str_starts(text, "------ ") &&
		    !hu_str_ends(hu_str_trim(text), " total") && !take_summary(r, text, pos))
			hu_odd_add(&r->odd, pos);
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
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_MISSING, 0};
	const struct hu_tally counts[] = {
		{"system call", r->calls.calls, true},
		{"signal", r->signals, false},
		{"end of a task", r->gone, true},
		{"frame of user space (-k)", r->frames, false},
	};

	hu_tell_events(r->to, counts, sizeof(counts) / sizeof(counts[0]));
	if (!r->clock)
		hu_put_source_clock(r->to, HU_CLOCK_NONE, "no line has a time");
	hu_tell_odd(r->to, &r->odd, "lines are not understood");
	if (r->calls.no_end) {
		gap.count = (int64_t)r->calls.no_end;
		gap.pos = r->calls.no_end_pos;
		hu_put_loss(r->to, &gap,
			    "%llu calls have no end: strace ran without -T, so how long they took "
			    "is not known",
			    (unsigned long long)r->calls.no_end);
	}
	hu_tell_unused(r->to, HU_LOSS_MISSING, r->other_clock, r->other_clock_pos,
		       "stamps are in another clock than the first one, and were not used");
	if (r->clock == 'r' && r->one_each) {
		gap.count = HU_NONE;
		gap.pos = 0;
		hu_put_loss(r->to, &gap,
			    "strace -r counts from the line before in any of its files: in one "
			    "file of -ff it says nothing");
	}
	hu_bpftrace_input_losses(in, r->to);
	hu_put_totals(r->to, r->calls.calls + r->signals + r->gone, in->bytes);
}

static void reading_deinit(struct reading *r)
{
	hu_strace_calls_deinit(&r->calls);
}

static void each_line(void *with, struct hu_str line, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;
	uint64_t before = r->odd.count;

	take_line(r, line, in->pos);
	r->cut = in->unended && r->odd.count > before;
}

static struct hu_err *end(void *with, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;

	r->odd.count -= r->cut;
	struct hu_err *cut = r->cut ? hu_bpftrace_input_cut(in, r->to) : NULL;
	tell(r, in);
	if (cut)
		return cut;
	if (!r->calls.calls && r->odd.count)
		return hu_err(HU_ERR_BAD_INPUT, "none of its lines is a call as strace prints it");
	return NULL;
}

static struct hu_err *read_strace(const char *path, struct hu_sink *to)
{
	HU_CLEANUP(reading_deinit) struct reading r = {.to = to, .main = HU_NONE, .calls.to = to};
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
