/*
 * Free text into which people pasted evidence: an article, a ticket, a mail of some KB. What is
 * recognised is taken out (printed durations with stacks, call paths, scripts, kernel versions);
 * the rest is prose, and no loss.
 *
 * This is the reader of last resort, so its probe is narrow: it must see a piece of evidence, not
 * just text.
 */
#include "ingest/bpftrace_input.h"
#include "ingest/bpftrace_map.h"
#include "ingest/bpftrace_script.h"
#include "ingest/pasted_parts.h"
#include "ingest/printf_line.h"
#include "ingest/printf_record.h"
#include "ingest/reader.h"
#include "ingest/sar.h"

#include <errno.h>
#include <string.h>

enum { TABLE_MAX = 4 << 20 }; /* of text: 40,000 rows */

/* A line without what mail and Markdown put before it. */
static struct hu_str unquoted(struct hu_str line)
{
	while (line.len > 1 && line.at[0] == '>' && (line.at[1] == ' ' || line.at[1] == '>'))
		line = hu_str_skip(line, line.at[1] == ' ' ? 2 : 1);
	return line;
}

struct reading {
	struct hu_sink *to;
	struct hu_printf *printf;
	struct hu_bpftrace_map map;
	struct hu_bpftrace_script script;
	struct hu_pasted_path path;
	struct hu_pasted_kernel kernel;
	uint64_t commands, tables;
	struct hu_out table; /* of sar, as far as it was seen; empty: none is open */
	uint64_t table_pos;
};

static void put_number(struct hu_sink *to, const char *key, uint64_t number)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_printf(&text, "%llu", (unsigned long long)number);
	hu_put_fact(to, key, hu_out_view(&text));
}

/* Hands a table of sar, with the lines around it, to the reader that knows it. */
static void end_table(struct reading *r)
{
	struct hu_str text = hu_out_view(&r->table);

	if (!text.len)
		return;
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, r->table_pos};
	enum hu_clock clock = hu_printf_clock(r->printf);
	text.len = hu_sar_extent(text);
	if (text.len && clock != HU_CLOCK_IN_FILE && clock != HU_CLOCK_LOCAL_TIME) {
		gap.kind = HU_LOSS_MISSING;
		hu_put_loss(
			r->to, &gap,
			"the sar table in line %llu was not used: its times are in another clock "
			"than the stamps printed above it; give it as a file of its own",
			(unsigned long long)r->table_pos);
	} else if (text.len) {
		struct hu_err *err = hu_sar_lines(text, r->table_pos, r->to);
		if (err)
			hu_put_loss(r->to, &gap, "sar table: %s", hu_err_text(err));
		hu_err_free(err);
		hu_printf_set_clock(r->printf, HU_CLOCK_LOCAL_TIME);
	}
	if (!r->tables++)
		put_number(r->to, "pasted.sar_table", r->table_pos);
	hu_out_clear(&r->table);
}

/* "12:00:01 AM  0.00 …", and sar's own mean: "Average:", "平均时间:". */
static bool table_row(struct hu_str text)
{
	struct hu_str word = hu_str_word(&text);

	return (word.len >= 8 && word.at[2] == ':' && word.at[5] == ':') ||
	       (hu_str_ends(word, ":") && text.len);
}

/* Whether the line is of a sar table: its banner, a head, and rows below one. */
static bool take_table(struct reading *r, struct hu_str line, uint64_t pos)
{
	struct hu_str text = hu_str_trim(line);
	bool head = hu_pasted_sar_header(line) ||
		    (hu_str_starts(text, "Linux ") && hu_str_ends(text, " CPU)"));

	if (!r->table.len && !head)
		return false;
	if ((!head && text.len && !table_row(text)) || r->table.len > TABLE_MAX) {
		end_table(r);
		if (!head)
			return false;
	}
	if (!r->table.len)
		r->table_pos = pos;
	hu_out_str(&r->table, line);
	hu_out_putc(&r->table, '\n');
	return true;
}

/* "./funcslower -P down_write 10000": what was asked of the tool says what was looked for. */
static void note_command(struct reading *r, struct hu_str line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};

	hu_out_puts(&key, "funcslower.command");
	if (r->commands++)
		hu_out_printf(&key, ".%llu", (unsigned long long)r->commands);
	if (r->commands <= 9)
		hu_put_fact(r->to, key.at, line);
}

static void take_line(struct reading *r, struct hu_str line, uint64_t pos)
{
	line = unquoted(line);
	hu_pasted_kernel_take(&r->kernel, line, pos);
	if (hu_bpftrace_script_take(&r->script, line, pos)) {
		hu_printf_flush(r->printf);
		hu_pasted_path_take(&r->path, (struct hu_str){0}, pos);
		return;
	}
	if (hu_pasted_path_take(&r->path, line, pos)) {
		hu_printf_flush(r->printf);
		return;
	}
	if ((r->map.state != HU_MAP_NONE || hu_bpftrace_map_header(line)) &&
	    hu_bpftrace_map_take(&r->map, line, pos, false)) {
		hu_printf_flush(r->printf);
		return;
	}
	if (take_table(r, line, pos)) {
		hu_printf_flush(r->printf);
		return;
	}
	if (hu_pasted_funcslower(line))
		note_command(r, hu_str_trim(line));
	if (hu_str_starts(hu_str_trim(line), "```"))
		line = (struct hu_str){0};
	hu_printf_take(r->printf, line, pos);
}

/* A script may stand below the output that it printed. */
static void find_script(struct hu_bpftrace_input *in, struct reading *r)
{
	struct hu_bpftrace_script first = {0};
	struct hu_str line;

	while (!first.proof_pos && hu_bpftrace_input_line(in, &line))
		hu_bpftrace_script_take(&first, unquoted(line), in->pos);
	if (first.open)
		hu_bpftrace_script_take(&first, hu_str("```"), in->pos);
	if (first.proof_pos)
		hu_printf_script(r->printf, hu_intern(r->to, first.proofs.lock),
				 first.proofs.checks_result == HU_PROOF_YES);
	hu_bpftrace_script_deinit(&first);
}

static struct hu_err *read_lines(struct hu_bpftrace_input *in, struct reading *r)
{
	struct hu_str line;

	while (hu_bpftrace_input_line(in, &line))
		take_line(r, line, in->pos);
	bool failed = ferror(in->file);
	int errnum = errno;
	hu_pasted_path_take(&r->path, (struct hu_str){0}, in->pos);
	end_table(r);
	const struct hu_printf_counts *n = hu_printf_end(r->printf);
	if (n->spans)
		hu_put_event_count(r->to, hu_str("printed duration"), n->spans, true);
	if (n->snapshots)
		hu_put_event_count(r->to, hu_str("stack"), n->snapshots, true);
	if (n->user_stacks)
		hu_put_event_count(r->to, hu_str("user stack"), n->user_stacks, false);
	if (r->tables)
		hu_put_event_count(r->to, hu_str("sar table"), r->tables, true);
	if (r->path.paths)
		hu_put_event_count(r->to, hu_str("call path"), r->path.paths, true);
	hu_bpftrace_map_end(&r->map);
	hu_bpftrace_map_counts(&r->map);
	hu_bpftrace_script_end(&r->script, r->to); /* counts the one that is open */
	hu_pasted_kernel_end(&r->kernel, r->to);
	hu_bpftrace_input_losses(in, r->to);
	hu_put_totals(r->to,
		      n->spans + n->snapshots + r->path.paths + r->map.entries + r->map.histograms +
			      r->script.count + r->kernel.seen + r->commands + r->tables,
		      in->bytes);
	return failed ? hu_err_os(errnum, "reading stopped after line %llu",
				  (unsigned long long)in->pos)
		      : NULL;
}

static struct hu_err *read_pasted(const char *path, struct hu_sink *to)
{
	struct hu_bpftrace_input in, again;
	struct hu_err *err = hu_bpftrace_input_open(&in, path);

	if (!err) {
		HU_CLEANUP(hu_printf_destroyp)
		struct hu_printf *printf = hu_printf_create(to, true);
		struct reading r = {.to = to, .printf = printf};
		hu_pasted_path_init(&r.path, to);
		hu_bpftrace_map_init(&r.map, to);
		find_script(&in, &r);
		err = hu_bpftrace_input_open(&again, path);
		if (!err)
			err = read_lines(&again, &r);
		hu_bpftrace_input_close(&again);
		hu_bpftrace_map_deinit(&r.map);
		hu_out_deinit(&r.table);
		hu_bpftrace_script_deinit(&r.script);
		hu_pasted_path_deinit(&r.path);
		hu_pasted_kernel_deinit(&r.kernel);
	}
	hu_bpftrace_input_close(&in);
	return err;
}

struct seen {
	unsigned lines; /* that are not blank */
	bool evidence;
	bool record;	 /* the line before was a printed duration */
	unsigned frames; /* in a row */
	struct hu_pasted_arrows arrows;
};

static void look_at(struct hu_str line, struct seen *seen)
{
	struct hu_printf_frame frame;
	struct hu_printf_line parsed;
	struct hu_str text = hu_str_trim(line);

	if (!text.len)
		return;
	seen->lines++;
	/* bpftrace's own kind of frame: perf script's and the kernel's have hex offsets. */
	if (hu_printf_frame_parse(line, &frame) && frame.indented && !frame.hex_offset &&
	    !frame.bare_address && !frame.user) {
		seen->evidence |= seen->record || ++seen->frames >= 3;
		return;
	}
	seen->frames = 0;
	hu_printf_line_parse(line, &parsed);
	bool task = parsed.comm.len || parsed.tid != HU_NONE || parsed.pid != HU_NONE;
	seen->record = parsed.durations && parsed.keyed && task;
	seen->evidence |= seen->record && parsed.locks;
	seen->evidence |= hu_pasted_arrows_take(&seen->arrows, line) || hu_pasted_path_line(text);
	seen->evidence |= hu_bpftrace_script_begins(text) && hu_str_find(text, "probe:") >= 0;
	/* The table alone is sar's own output, and starts with its own banner. */
	seen->evidence |= seen->lines > 3 && hu_pasted_sar_header(line);
}

/* Tools whose whole output looks like what people paste parts of. */
static bool some_tool(struct hu_str head)
{
	static const char *const starts[] = {
		"# tracer:", "cpus=",	     "version = ", "# captured on", "# ========", "#!/bin/",
		"Samples:",  "# To display", "TRACE-CMD",  "trace-cmd",	    "PERFILE",	  NULL,
	};

	for (const char *const *s = starts; *s; s++)
		if (hu_str_starts(head, *s))
			return true;
	return false;
}

static enum hu_match probe_pasted(const struct hu_probe *in)
{
	struct hu_bpftrace_head head;
	struct seen seen = {0};
	struct hu_str rest = hu_bpftrace_head(in->head, &head), line;

	if (in->is_dir || some_tool(rest))
		return HU_MATCH_NO;
	if (in->head.len < 512 && hu_pasted_kernel_only(rest))
		return HU_MATCH_LIKELY;
	while (!seen.evidence && rest.len) {
		bool whole = memchr(rest.at, '\n', rest.len);
		if (!hu_str_line(&rest, &line) || (!whole && in->head.len >= HU_PROBE_BYTES))
			break;
		look_at(unquoted(line), &seen);
	}
	return seen.evidence ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_pasted = {
	.name = "pasted",
	.reads = "text with pasted evidence: printed durations with stacks, call paths, scripts, "
		 "kernel versions",
	.clock = HU_CLOCK_NONE,
	.probe = probe_pasted,
	.read = read_pasted,
};
