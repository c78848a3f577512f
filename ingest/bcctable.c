/*
 * Tables, histograms and stacks of bcc's and libbpf-tools' programs, by the descriptions in
 * ingest/tables/. A file has some KB to some MB and is read once, line by line.
 */
#include "ingest/bcctable.h"
#include "ingest/bpftrace_input.h"
#include "ingest/reader.h"
#include "ingest/tell.h"

#include <stdlib.h>
#include <string.h>

static void put_counts(struct hu_bcctable *r, const struct hu_tool_counts *n)
{
	uint64_t used = 0;

	for (size_t i = 0; i < HU_BCCTABLE_TOOLS && r->tool[i].table; i++) {
		hu_out_clear(&r->text);
		hu_out_printf(&r->text, "%s: %s", r->tool[i].table->tool, r->tool[i].table->reads);
		if (r->tool[i].used)
			hu_put_event_count(r->to, hu_out_view(&r->text), r->tool[i].used, true);
		used += r->tool[i].used;
	}
	if (n->records > used)
		hu_put_event_count(r->to, hu_str("record without anything for the store"),
				   n->records - used, false);
	if (n->said)
		hu_put_event_count(r->to, hu_str("what a tool or a shell says in between"), n->said,
				   false);
	if (r->user_frames)
		hu_put_event_count(r->to, hu_str("frame of user space"), r->user_frames, false);
}

static void put_losses(struct hu_bcctable *r, const struct hu_tool_counts *n)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, 0};

	hu_tell_odd(r->to, &n->unused, "lines are not understood");
	hu_tell_unused(r->to, HU_LOSS_UNPARSED, n->odd, n->odd_pos,
		       "stacks have no number at their end");
	if (r->samples_left_out) {
		gap.count = (int64_t)r->samples_left_out;
		hu_put_loss(r->to, &gap, "%llu samples beyond the first %d were left out",
			    (unsigned long long)r->samples_left_out, HU_BCCTABLE_SAMPLES);
	}
	gap.kind = HU_LOSS_MISSING;
	if (n->time_mixed) {
		gap.count = (int64_t)n->time_mixed;
		hu_put_loss(r->to, &gap,
			    "%llu stamps are of another kind than the first one (seconds, time of "
			    "the day), and were not used",
			    (unsigned long long)n->time_mixed);
	}
	gap.kind = HU_LOSS_DROPPED;
	if (n->lost) {
		gap.count = (int64_t)n->lost;
		hu_put_loss(r->to, &gap, "the tool says that it lost %llu events or stacks",
			    (unsigned long long)n->lost);
	}
}

static void each_line(void *with, struct hu_str line, const struct hu_bpftrace_input *in)
{
	struct hu_bcctable *r = with;

	hu_tool_reading_line(r->engine, line, in->pos);
}

static void put_clock(struct hu_bcctable *r)
{
	switch (hu_tool_reading_stamps(r->engine)) {
	case 'm':
		hu_put_source_clock(r->to, HU_CLOCK_MONOTONIC,
				    "bpf_ktime_get_ns() counts from boot: CLOCK_MONOTONIC");
		break;
	case 'd':
		hu_put_source_clock(r->to, HU_CLOCK_IN_FILE, "times of the day without a date");
		break;
	case 's':
		hu_put_source_clock(r->to, HU_CLOCK_IN_FILE,
				    "seconds since the tool's first record");
		break;
	default:
		hu_put_source_clock(r->to, HU_CLOCK_NONE, "nothing printed has a time");
		break;
	}
}

static struct hu_err *end(void *with, const struct hu_bpftrace_input *in)
{
	struct hu_bcctable *r = with;
	const struct hu_tool_counts *n = hu_tool_reading_end(r->engine);

	put_clock(r);
	put_counts(r, n);
	put_losses(r, n);
	hu_bpftrace_input_losses(in, r->to);
	hu_put_totals(r->to, n->records, in->bytes);
	return !n->records && n->unused.count
		       ? hu_err(HU_ERR_BAD_INPUT, "nothing below its header is understood")
		       : NULL;
}

static struct hu_err *read_table(const char *path, struct hu_sink *to)
{
	const struct hu_tools *tools;
	struct hu_err *err = hu_tools_builtin(&tools);

	if (err) {
		struct hu_err *bug = hu_err(HU_ERR_BUG, "the description of a tool is wrong: %s",
					    hu_err_text(err));
		hu_err_free(err);
		return bug;
	}
	struct hu_bcctable r = {.to = to};
	r.engine = hu_tool_reading_create(tools, hu_bcctable_take, &r);
	err = hu_bpftrace_input_each(path, each_line, end, &r);
	hu_tool_reading_destroy(r.engine);
	hu_out_deinit(&r.text);
	hu_out_deinit(&r.key);
	return err;
}

/* A banner, a header or a histogram's head, as the line stands. */
static bool known_line(const struct hu_tools *tools, struct hu_str line, struct hu_str next)
{
	struct hu_tool_header header;
	struct hu_str label;

	for (size_t i = 0; i < tools->count; i++) {
		const struct hu_tool *t = &tools->at[i];
		for (size_t k = 0; k < t->banners; k++)
			if (hu_tool_pattern_match(&t->banner[k], line, (struct hu_str){0}, NULL))
				return true;
		for (size_t k = 0; k < t->forms; k++)
			if (t->form[k].kind == HU_FORM_ROWS &&
			    hu_tool_header_match(&t->form[k], line, &header))
				return true;
		/* A record's field is short: two of them in a row. */
		for (size_t k = 0; k < t->forms; k++)
			if (t->form[k].kind == HU_FORM_RECORD && t->form[k].lines > 1 &&
			    hu_tool_pattern_match(&t->form[k].line[0], line, (struct hu_str){0},
						  NULL) &&
			    hu_tool_pattern_match(&t->form[k].line[1], next, (struct hu_str){0},
						  NULL))
				return true;
	}
	return hu_tool_histogram_head(line, &label);
}

/* Folded lines of a tool: every one of the first has its mark. */
static bool marked_lines(const struct hu_tools *tools, struct hu_str head)
{
	enum { LINES = 3 };

	for (size_t i = 0; i < tools->count; i++) {
		for (size_t k = 0; k < tools->at[i].forms; k++) {
			struct hu_str rest = head, line;
			int lines = 0;
			while (lines < LINES && memchr(rest.at ? rest.at : "", '\n', rest.len) &&
			       hu_str_line(&rest, &line) &&
			       hu_tool_marked(&tools->at[i].form[k], line) &&
			       hu_str_find(line, ";") > 0 && line.at[line.len - 1] >= '0' &&
			       line.at[line.len - 1] <= '9')
				lines++;
			if (lines == LINES || (lines && !memchr(rest.at, '\n', rest.len)))
				return true;
		}
	}
	return false;
}

static enum hu_match probe_table(const struct hu_probe *in)
{
	enum { OTHERS_MAX = 4 }; /* a prompt, a warning, a comment */
	const struct hu_tools *tools;
	struct hu_bpftrace_head head;
	struct hu_str rest = hu_bpftrace_head(in->head, &head), line;

	if (in->is_dir)
		return HU_MATCH_NO;
	struct hu_err *err = hu_tools_builtin(&tools);
	if (err) {
		hu_err_free(err);
		return HU_MATCH_NO;
	}
	if (marked_lines(tools, rest))
		return HU_MATCH_LIKELY;
	for (int others = 0; others <= OTHERS_MAX && hu_str_line(&rest, &line);) {
		if (!hu_str_trim(line).len)
			continue;
		struct hu_str after = rest, next = {0};
		hu_str_line(&after, &next);
		if (known_line(tools, line, next))
			return HU_MATCH_LIKELY;
		others++;
	}
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_bcctable = {
	.name = "bcctable",
	.reads = "tables, histograms and stacks of bcc's and libbpf-tools' programs: funcslower, "
		 "offcputime, klockstat, drsnoop, …",
	.clock = HU_CLOCK_NONE,
	.probe = probe_table,
	.read = read_table,
};
