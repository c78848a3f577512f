/*
 * bpftrace's text output, and bpftrace scripts: printf lines of whatever wording with the stacks
 * under them, maps, histograms, what bpftrace itself says. A file has some KB to some MB, read line
 * by line; nothing is kept but the open record.
 *
 * Formats: TextOutput in bpftrace's src/output.cpp, BPFtrace::get_stack() in its src/bpftrace.cpp.
 */
#include "ingest/bpftrace_input.h"
#include "ingest/bpftrace_map.h"
#include "ingest/bpftrace_script.h"
#include "ingest/printf_line.h"
#include "ingest/printf_record.h"
#include "ingest/reader.h"
#include "ingest/tell.h"

#include <string.h>

enum { COMPLAINTS_MAX = 8 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "Attaching 8 probes...", "Attached 8 probes" */
static bool attaching(struct hu_str s)
{
	uint64_t n;
	struct hu_str verb = hu_str_word(&s);

	if (!hu_str_is(verb, "Attaching") && !hu_str_is(verb, "Attached"))
		return false;
	return hu_str_u64(hu_str_word(&s), 10, &n) && hu_str_starts(hu_str_trim(s), "probe");
}

/* "Lost 12 events" */
static bool lost_events(struct hu_str s, uint64_t *count)
{
	if (hu_str_starts(s, "WARNING: "))
		s = hu_str_skip(s, 9);
	return hu_str_is(hu_str_word(&s), "Lost") && hu_str_u64(hu_str_word(&s), 10, count) &&
	       hu_str_starts(hu_str_trim(s), "event");
}

/* What time() prints by default: "03:21:14". */
static bool time_of_day(struct hu_str s)
{
	s = hu_str_trim(s);
	if (s.len != 8 || s.at[2] != ':' || s.at[5] != ':')
		return false;
	for (size_t i = 0; i < 8; i++)
		if (i != 2 && i != 5 && !is_digit(s.at[i]))
			return false;
	return true;
}

/* "ERROR: …", "WARNING: …", "seed.bt:3:1-9: ERROR: …" */
static bool complaint(struct hu_str s)
{
	ptrdiff_t at = hu_str_find(s, "ERROR: ");

	if (at < 0)
		at = hu_str_find(s, "WARNING: ");
	if (at < 0)
		return false;
	return !at || (at > 5 && at < 256 && s.at[at - 1] == ' ' && s.at[at - 2] == ':' &&
		       is_digit(s.at[at - 3]));
}

static bool keyed_duration(struct hu_str s, struct hu_printf_line *line)
{
	hu_printf_line_parse(s, line);
	return line->durations && line->keyed;
}

struct reading {
	struct hu_sink *to;
	struct hu_printf *printf;
	struct hu_bpftrace_map map;
	struct hu_bpftrace_script script;
	bool proved; /* the printer was told what the script proves */
	uint64_t attached, times, complaints, lost;
};

static void put_loss(struct reading *r, enum hu_loss kind, int64_t count, uint64_t pos,
		     const char *prefix, struct hu_str text)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, count, HU_NONE, kind, pos};

	if (text.len > 200)
		text.len = 200;
	hu_put_loss(r->to, &gap, "%s%.*s", prefix, (int)text.len, text.at);
}

static void take_line(struct reading *r, struct hu_str line, uint64_t pos, bool unended)
{
	struct hu_printf_line parsed;
	uint64_t lost;

	if (hu_bpftrace_script_take(&r->script, line, pos)) {
		hu_printf_flush(r->printf);
		return;
	}
	if (hu_bpftrace_map_take(&r->map, line, pos, unended)) {
		hu_printf_flush(r->printf);
		return;
	}
	if (lost_events(line, &lost)) {
		hu_printf_flush(r->printf);
		r->lost++;
		put_loss(r, HU_LOSS_DROPPED, lost > INT64_MAX ? HU_NONE : (int64_t)lost, pos,
			 "bpftrace says: ", hu_str_trim(line));
	} else if (attaching(line)) {
		hu_printf_flush(r->printf);
		r->attached++;
	} else if (time_of_day(line)) {
		hu_printf_flush(r->printf);
		r->times++;
	} else if (complaint(line) && !keyed_duration(line, &parsed)) {
		hu_printf_flush(r->printf);
		if (r->complaints++ < COMPLAINTS_MAX)
			put_loss(r, HU_LOSS_MISSING, HU_NONE, pos,
				 "bpftrace says: ", hu_str_trim(line));
	} else {
		hu_printf_take(r->printf, line, pos);
	}
}

static void tell(struct reading *r, const struct hu_bpftrace_input *in)
{
	const struct hu_printf_counts *n = hu_printf_end(r->printf);
	const struct hu_tally counts[] = {
		{"printf with a duration", n->spans, true},
		{"printf with a stack", n->snapshots, true},
		{"printf (neither duration nor stack)", n->plain, false},
		{"user stack", n->user_stacks, false},
		{"attached_probes", r->attached, true},
		{"lost_events", r->lost, true},
		{"time (of the day, without a date)", r->times, false},
		{"complaint of bpftrace", r->complaints, true},
	};

	hu_bpftrace_map_end(&r->map);
	hu_bpftrace_map_counts(&r->map);
	hu_bpftrace_script_end(&r->script, r->to);
	uint64_t records = r->map.entries + r->map.histograms + r->map.others + r->script.count;
	records += hu_tell_events(r->to, counts, sizeof(counts) / sizeof(counts[0]));
	if (r->complaints > COMPLAINTS_MAX)
		put_loss(r, HU_LOSS_MISSING, (int64_t)(r->complaints - COMPLAINTS_MAX), in->pos,
			 "bpftrace complained more often; the first lines are told", hu_str("."));
	hu_bpftrace_input_losses(in, r->to);
	hu_put_totals(r->to, records - n->user_stacks, in->bytes);
}

static void each_line(void *with, struct hu_str line, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;
	struct hu_printf_frame frame;

	if (r->script.proof_pos && !r->proved) {
		hu_printf_script(r->printf, hu_intern(r->to, r->script.proofs.lock),
				 r->script.proofs.checks_result == HU_PROOF_YES);
		r->proved = true;
	}
	take_line(r, line, in->pos, in->unended);
	struct hu_str text = hu_str_trim(line);
	if (in->unended && text.len && text.at[text.len - 1] != '|' &&
	    text.at[text.len - 1] != '}' && !hu_printf_frame_parse(line, &frame))
		put_loss(r, HU_LOSS_TRUNCATED, HU_NONE, in->pos,
			 "the last line has no end: what it says may be cut short",
			 (struct hu_str){"", 0});
}

static struct hu_err *end(void *with, const struct hu_bpftrace_input *in)
{
	tell(with, in);
	return NULL;
}

static struct hu_err *read_bpftrace(const char *path, struct hu_sink *to)
{
	HU_CLEANUP(hu_printf_destroyp) struct hu_printf *printf = hu_printf_create(to, false);
	struct reading r = {.to = to, .printf = printf};

	hu_bpftrace_map_init(&r.map, to);
	struct hu_err *err = hu_bpftrace_input_each(path, each_line, end, &r);
	hu_bpftrace_map_deinit(&r.map);
	hu_bpftrace_script_deinit(&r.script);
	return err;
}

/* A shell's line that started it: "# bpftrace seed.bt", "$ sudo timeout 30 bpftrace -e …". */
static bool command_line(struct hu_str s)
{
	ptrdiff_t tool = hu_str_find(s, "bpftrace");

	return tool >= 0 && tool < 200 && s.len && strchr("#$%[", s.at[0]) &&
	       !hu_str_starts(s, "#!") && !hu_str_starts(s, "##");
}

struct seen {
	unsigned ours, others;
	bool attached, script, record, map;
	bool below;   /* a record: its stack may follow, in raw addresses, too */
	bool prelude; /* nothing but what may come before bpftrace's first line */
};

static void look_at(struct hu_str line, struct seen *seen)
{
	struct hu_printf_frame frame;
	struct hu_printf_line parsed;
	int64_t low, high, count;
	uint64_t lost;
	struct hu_str text = hu_str_trim(line);

	if (!text.len)
		return;
	if (attaching(line)) {
		seen->attached |= seen->prelude;
		seen->ours++;
		return;
	}
	if (hu_bpftrace_script_begins(line)) {
		seen->script |= seen->prelude;
		seen->ours++;
		return;
	}
	if (complaint(text) || command_line(text)) {
		seen->ours++;
		return;
	}
	if (hu_str_starts(text, "//") || hu_str_starts(text, "/*") || hu_str_starts(text, "*"))
		return;
	seen->prelude = false;
	bool is_frame = hu_printf_frame_parse(line, &frame);
	if (is_frame && frame.bare_address && seen->below) {
		seen->ours++;
		return;
	}
	seen->below = false;
	if (hu_bpftrace_map_header(line)) {
		seen->below = text.at[text.len - 1] == '[';
		seen->map = true;
		seen->ours++;
	} else if (hu_bpftrace_map_bucket(line, &low, &high, &count) || lost_events(line, &lost) ||
		   time_of_day(line)) {
		seen->ours++;
	} else if (is_frame && frame.indented && !frame.hex_offset && !frame.bare_address) {
		seen->ours++;
	} else if (keyed_duration(line, &parsed) &&
		   (parsed.comm.len || parsed.tid != HU_NONE || parsed.pid != HU_NONE)) {
		seen->record = seen->below = true;
		seen->ours++;
	} else {
		seen->others++;
	}
}

static enum hu_match probe_bpftrace(const struct hu_probe *in)
{
	struct hu_bpftrace_head head;
	struct seen seen = {.prelude = true};
	struct hu_str rest = hu_bpftrace_head(in->head, &head), line;

	if (in->is_dir)
		return HU_MATCH_NO;
	for (unsigned lines = 0; rest.len && lines < 200; lines++) {
		bool whole = memchr(rest.at, '\n', rest.len);
		if (!hu_str_line(&rest, &line) || (!whole && in->head.len >= HU_PROBE_BYTES))
			break;
		/* Markdown, mail: text about a capture is pasted text. */
		if (hu_str_starts(line, "```") || (!lines && hu_str_starts(line, "---")))
			return HU_MATCH_NO;
		look_at(line, &seen);
	}
	if (seen.attached || seen.script)
		return HU_MATCH_LIKELY;
	return (seen.record || seen.map) && seen.others * 3 <= seen.ours ? HU_MATCH_LIKELY
									 : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_bpftrace = {
	.name = "bpftrace",
	.reads = "bpftrace output as text (printf lines with stacks, maps, histograms) and scripts",
	.clock = HU_CLOCK_MONOTONIC,
	.probe = probe_bpftrace,
	.read = read_bpftrace,
};
