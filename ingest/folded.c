/*
 * Folded stacks, one a line, outermost frame first, with a number:
 * "mountloop;do_syscall_64;schedule 123", as stackcollapse-perf.pl, bcc's -f and perf's own folded
 * output write them for flame graphs. Nothing in the text says what the number counts (samples,
 * microseconds off the CPU, bytes), or when, so a line is a row of a table and no sample: it does
 * not claim that anything was running.
 */
#include "ingest/perfscript_text.h"
#include "ingest/reader.h"

#include <string.h>

enum { LINE_MAX_BYTES = 64 << 10 };

/* "a;b;c 123": the number is what is behind the last blank. */
static bool parse(struct hu_str line, struct hu_str *stack, int64_t *count)
{
	size_t blank = line.len;

	while (blank && line.at[blank - 1] != ' ' && line.at[blank - 1] != '\t')
		blank--;
	if (blank < 2 || blank == line.len || line.len > LINE_MAX_BYTES)
		return false;
	struct hu_str number = hu_str_skip(line, blank);
	/* stackcollapse writes whole numbers; a few tools write fractions, which are no counts */
	if (number.at[0] == '-' || !hu_str_i64(number, count))
		return false;
	*stack = hu_str_trim((struct hu_str){line.at, blank});
	return stack->len > 0;
}

struct folded {
	struct hu_perf_text text;
	struct hu_sink *to;
	hu_name table;
	uint64_t rows;
};

static void take_line(struct folded *f, struct hu_str line)
{
	struct hu_str stack;
	int64_t count;

	if (!hu_str_trim(line).len)
		return;
	if (!parse(line, &stack, &count)) {
		hu_perf_text_odd(&f->text, line);
		return;
	}
	hu_put_aggregate(f->to, &(struct hu_aggregate){.ts = HU_OPEN,
						       .pos = f->text.pos,
						       .low = HU_OPEN,
						       .high = HU_OPEN,
						       .count = count,
						       .total = HU_NONE,
						       .table = f->table,
						       .key = hu_intern(f->to, stack)});
	f->rows++;
}

static struct hu_err *folded_read(const char *path, struct hu_sink *to)
{
	struct folded f = {.to = to};
	struct hu_err *err = hu_perf_text_open(&f.text, path);
	struct hu_str line;

	if (!err) {
		f.table = hu_internz(to, "folded stacks");
		while (hu_perf_text_line(&f.text, &line))
			take_line(&f, line);
		if (f.rows)
			hu_put_event_count(to, hu_str("folded stack"), f.rows, true);
		hu_put_totals(to, f.rows, f.text.file.text.len);
		err = hu_perf_text_end(&f.text, to);
		if (!err && !f.rows)
			err = hu_err(HU_ERR_BAD_INPUT, "there is no folded stack in it");
	}
	hu_perf_text_close(&f.text);
	return err;
}

/* A frame of a function: a name, an address, "[unknown]", "-" between user and kernel frames. */
static bool is_frame(struct hu_str frame)
{
	for (size_t i = 0; i < frame.len; i++)
		if ((unsigned char)frame.at[i] < 0x20 || frame.at[i] == '"')
			return false;
	return frame.len > 0;
}

/* Every line is one, and one of them has three frames: "a;b 1" may be a row of somebody's CSV. */
static enum hu_match folded_probe(const struct hu_probe *in)
{
	struct hu_perf_head head;
	struct hu_str line, stack;
	int64_t count;
	size_t lines = 0, deep = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	hu_perf_head_init(&head, in->head);
	while (hu_perf_head_line(&head, &line)) {
		if (!hu_str_trim(line).len)
			continue;
		if (!parse(line, &stack, &count))
			return HU_MATCH_NO;
		size_t frames = 0, names = 0;
		while (stack.len) {
			struct hu_str frame = hu_str_split(&stack, ';');
			uint64_t number;
			if (!is_frame(frame))
				return HU_MATCH_NO;
			names += !hu_str_u64(frame, 10, &number);
			frames++;
		}
		if (names * 2 < frames)
			return HU_MATCH_NO;
		deep += frames >= 3;
		lines++;
	}
	return lines && deep * 2 >= lines ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_folded = {
	.name = "folded",
	.reads = "folded stacks (\"a;b;c 123\"), as flame graphs are made from",
	.clock = HU_CLOCK_NONE,
	.probe = folded_probe,
	.read = folded_read,
};
