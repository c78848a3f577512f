/*
 * Lines to records: one open record at a time, closed by whatever is not its stack. Shaped for a
 * few thousand records with a dozen frames each; memory is that of one record.
 */
#include "ingest/printf_record.h"
#include "ingest/printf_line.h"
#include "ingest/tell.h"

#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	FRAMES_MAX = 512, /* bpftrace prints 127 at most (PERF_MAX_STACK_DEPTH) */
	GROUPS_MAX = 4,	  /* stacks of one record */
	STRICT_FRAMES = 3
};

struct frame {
	hu_name symbol, module;
};

struct group {
	size_t from, count; /* of frame[] */
	char word;	    /* 'k', 'u' or 's': what announced it */
	bool user;	    /* some frame is surely of user space */
};

struct hu_printf {
	struct hu_sink *to;
	bool strict;
	hu_name script_lock;
	bool script_checks;

	/* what the file said so far */
	uint64_t lock_address;
	hu_name lock_name;
	bool told_address, told_pid;
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp seen */
	struct hu_printf_counts counts;
	uint64_t unitless, absurd, other_clock, cut_stacks;
	uint64_t unitless_pos, absurd_pos, other_clock_pos, cut_pos;

	/* the open record */
	bool open, blank;
	uint64_t pos;
	struct hu_printf_line line; /* its texts borrow from `text` */
	struct hu_out text;
	struct group group[GROUPS_MAX];
	size_t groups;
	struct frame *frame;
	size_t frames;
};

struct hu_printf *hu_printf_create(struct hu_sink *to, bool strict)
{
	struct hu_printf *p = hu_alloc(sizeof(*p));

	p->to = to;
	p->strict = strict;
	p->frame = hu_alloc(sizeof(*p->frame) * FRAMES_MAX);
	return p;
}

void hu_printf_destroy(struct hu_printf *p)
{
	if (!p)
		return;
	hu_out_deinit(&p->text);
	free(p->frame);
	free(p);
}

void hu_printf_destroyp(struct hu_printf **p)
{
	hu_printf_destroy(*p);
	*p = NULL;
}

void hu_printf_script(struct hu_printf *p, hu_name lock, bool checks_result)
{
	p->script_lock = lock;
	p->script_checks = checks_result;
}

enum hu_clock hu_printf_clock(const struct hu_printf *p)
{
	return p->clock;
}

void hu_printf_set_clock(struct hu_printf *p, enum hu_clock clock)
{
	p->clock = clock;
}

static void put_frame(struct hu_printf *p, const struct hu_printf_frame *f)
{
	if (p->frames == FRAMES_MAX) {
		p->cut_stacks++;
		p->cut_pos = p->pos;
		return;
	}
	if (!p->groups) {
		p->group[0] = (struct group){.word = p->line.stack_word};
		p->groups = 1;
	}
	struct group *group = &p->group[p->groups - 1];
	group->user |= f->user;
	group->count++;
	struct frame *frame = &p->frame[p->frames++];
	frame->module = hu_intern(p->to, f->module);
	if (f->symbol.len) {
		frame->symbol = hu_intern(p->to, f->symbol);
		return;
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out hex = {0};
	hu_out_printf(&hex, "0x%llx", (unsigned long long)f->address);
	frame->symbol = hu_intern(p->to, hu_out_view(&hex));
}

/*
 * The kernel stack among those of a record. The word before it is a hint only: the script that this
 * project grew from prints a kernel stack behind "ustack".
 */
static const struct group *kernel_group(const struct hu_printf *p)
{
	const struct group *best = NULL;

	for (size_t i = 0; i < p->groups; i++) {
		const struct group *g = &p->group[i];
		if (!g->count || g->user)
			continue;
		if (g->word == 'k')
			return g;
		if (!best)
			best = g;
	}
	return best;
}

static hu_stack push(struct hu_printf *p, const struct group *group)
{
	hu_stack stack = 0;

	for (size_t i = group ? group->count : 0; i-- > 0;) {
		const struct frame *f = &p->frame[group->from + i];
		stack = hu_push_frame(p->to, stack, f->symbol, f->module);
	}
	return stack;
}

static hu_ns end_of(struct hu_printf *p, hu_ns duration)
{
	enum hu_clock clock = p->line.epoch ? HU_CLOCK_REALTIME : HU_CLOCK_MONOTONIC;
	hu_ns ts = p->line.stamp;

	if (ts == HU_OPEN)
		return HU_OPEN;
	if (p->clock == HU_CLOCK_IN_FILE) {
		p->clock = clock;
		hu_put_source_clock(
			p->to, clock,
			p->line.epoch ? "the printed stamps count from 1970"
				      : "bpftrace's nsecs count from boot: CLOCK_MONOTONIC, or "
					"CLOCK_BOOTTIME on kernels from 5.7 on (the same "
					"unless the host was suspended)");
	}
	if (clock != p->clock) {
		p->other_clock++;
		p->other_clock_pos = p->pos;
		return HU_OPEN;
	}
	if (p->line.stamp_is_start && __builtin_add_overflow(ts, duration, &ts))
		return HU_OPEN;
	return ts;
}

static struct hu_where where(struct hu_printf *p, hu_ns ts, hu_stack stack)
{
	int32_t tid = p->line.tid;

	/* bpftrace's `pid` is the thread group: the same number for kernel threads and for whoever
	 * has one thread. */
	if (tid == HU_NONE && p->line.pid != HU_NONE) {
		tid = p->line.pid;
		if (!p->told_pid)
			hu_put_fact(p->to, "printed.tid", hu_str("from pid"));
		p->told_pid = true;
	}
	return (struct hu_where){ts, p->pos, p->line.cpu, tid, stack, HU_CTX_UNKNOWN};
}

/* The wording; with several durations in one line, with the key of this one behind it. */
static hu_name label_of(struct hu_printf *p, int i)
{
	struct hu_str key = p->line.key[i];

	if (p->line.durations < 2 || !key.len)
		return hu_intern(p->to, hu_printf_line_label(&p->line));
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
	hu_out_str(&label, hu_printf_line_label(&p->line));
	if (label.len)
		hu_out_putc(&label, ' ');
	hu_out_str(&label, key);
	return hu_intern(p->to, hu_out_view(&label));
}

static void put_spans(struct hu_printf *p, hu_stack stack)
{
	const struct hu_printf_line *line = &p->line;

	for (int i = 0; i < line->durations; i++) {
		struct hu_span span = {
			.at = where(p, end_of(p, line->duration[i]), stack),
			.duration = line->duration[i],
			.address = line->address,
			.label = label_of(p, i),
			.comm = hu_intern(p->to, line->comm),
			.function = hu_intern(p->to, line->function),
			.name = hu_intern(p->to, line->lock),
		};
		if (line->locks) {
			if (!span.address)
				span.address = p->lock_address;
			if (!span.name)
				span.name = p->lock_name ? p->lock_name : p->script_lock;
			if (p->script_checks)
				span.known |= HU_KNOWS_RESULT;
		}
		if (span.address)
			span.known |= HU_KNOWS_ADDRESS;
		if (span.name)
			span.known |= HU_KNOWS_NAME;
		hu_put_span(p->to, &span);
		p->counts.spans++;
	}
}

static void put_snapshot(struct hu_printf *p, hu_stack stack)
{
	struct hu_snapshot snap = {
		.at = where(p, end_of(p, 0), stack),
		.blocker = HU_NONE,
		.kind = HU_SNAP_STACK,
		.comm = hu_intern(p->to, p->line.comm),
		.text = hu_intern(p->to, hu_printf_line_label(&p->line)),
	};

	hu_put_snapshot(p->to, &snap);
	p->counts.snapshots++;
}

/* A line that gives the lock once for all that follow: "start nsecs=… lock=ffffffff9594b860". */
static void take_header(struct hu_printf *p)
{
	if (p->line.address) {
		p->lock_address = p->line.address;
		if (!p->told_address) {
			HU_CLEANUP(hu_out_deinit) struct hu_out hex = {0};
			hu_out_printf(&hex, "0x%llx", (unsigned long long)p->line.address);
			hu_put_fact(p->to, "lock.address", hu_out_view(&hex));
			p->told_address = true;
		}
	}
	if (p->line.lock.len && !p->strict)
		p->lock_name = hu_intern(p->to, p->line.lock);
}

static bool believed(const struct hu_printf *p, const struct group *kernel)
{
	const struct hu_printf_line *line = &p->line;
	bool task = line->comm.len || line->tid != HU_NONE || line->pid != HU_NONE;

	if (!line->durations)
		return false;
	if (!p->strict)
		return line->keyed || task || kernel || line->stamp != HU_OPEN;
	return kernel || (line->keyed && task);
}

void hu_printf_flush(struct hu_printf *p)
{
	if (!p->open)
		return;
	p->open = false;
	const struct group *kernel = kernel_group(p);
	for (size_t i = 0; i < p->groups; i++)
		p->counts.user_stacks += &p->group[i] != kernel && p->group[i].count;
	if (believed(p, kernel)) {
		put_spans(p, push(p, kernel));
	} else if (kernel && kernel->count >= (p->strict ? STRICT_FRAMES : 1)) {
		put_snapshot(p, push(p, kernel));
	} else {
		if (!p->strict || p->line.comm.len) {
			p->unitless += p->line.unitless;
			p->absurd += p->line.absurd;
			if (p->line.unitless)
				p->unitless_pos = p->pos;
			if (p->line.absurd)
				p->absurd_pos = p->pos;
		}
		p->counts.plain += p->text.len > 0;
		if (!p->line.durations && !p->line.absurd)
			take_header(p);
	}
}

static void open_record(struct hu_printf *p, struct hu_str text, uint64_t pos)
{
	p->open = true;
	p->blank = false;
	p->pos = pos;
	p->frames = p->groups = 0;
	/* The record outlives the line: its texts are kept here. */
	hu_out_clear(&p->text);
	hu_out_str(&p->text, text);
	hu_printf_line_parse(hu_out_view(&p->text), &p->line);
}

/* What a format string puts behind its first %s of a stack: ", ustack " or ", cost=12ms". */
static bool continues(struct hu_printf *p, struct hu_str text)
{
	struct hu_printf_line more;

	if (!p->frames)
		return false;
	hu_printf_line_parse(text, &more);
	bool comma = text.len && text.at[0] == ',';
	if (!comma && !(more.stack_word && !more.label_len && !more.durations && !more.comm.len))
		return false;
	if (more.durations && !p->line.durations) {
		/* Its key may not outlive this line; with one duration it is not needed. */
		p->line.duration[0] = more.duration[0];
		p->line.key[0] = (struct hu_str){0};
		p->line.durations = 1;
		p->line.keyed = more.keyed;
	}
	if (p->line.tid == HU_NONE)
		p->line.tid = more.tid;
	if (p->line.pid == HU_NONE)
		p->line.pid = more.pid;
	if (p->line.stamp == HU_OPEN && more.stamp != HU_OPEN) {
		p->line.stamp = more.stamp;
		p->line.epoch = more.epoch;
		p->line.stamp_is_start = more.stamp_is_start;
	}
	if (p->groups < GROUPS_MAX)
		p->group[p->groups++] = (struct group){.from = p->frames, .word = more.stack_word};
	return true;
}

void hu_printf_take(struct hu_printf *p, struct hu_str line, uint64_t pos)
{
	struct hu_printf_frame frame;
	struct hu_str text = hu_str_trim(line);

	if (!text.len) {
		/* "cost\n%s" leaves one blank line before the stack; the stack ends with another.
		 */
		if (p->open && !p->frames && !p->blank)
			p->blank = true;
		else
			hu_printf_flush(p);
		return;
	}
	bool is_frame = hu_printf_frame_parse(line, &frame);
	if (p->open && is_frame && (!frame.bare_address || p->frames || p->line.durations)) {
		put_frame(p, &frame);
		return;
	}
	if (p->open && continues(p, text))
		return;
	hu_printf_flush(p);
	if (is_frame && !frame.bare_address && frame.indented) {
		open_record(p, (struct hu_str){0}, pos);
		put_frame(p, &frame);
		return;
	}
	open_record(p, text, pos);
}

const struct hu_printf_counts *hu_printf_end(struct hu_printf *p)
{
	hu_printf_flush(p);
	hu_tell_unused(p->to, HU_LOSS_MISSING, p->unitless, p->unitless_pos,
		       "printed durations have no unit, and were not used");
	hu_tell_unused(p->to, HU_LOSS_MISSING, p->other_clock, p->other_clock_pos,
		       "stamps are in another clock than the first one, and were not used");
	hu_tell_unused(
		p->to, HU_LOSS_UNPARSED, p->absurd, p->absurd_pos,
		"printed durations are negative or longer than 292 years, and were not used");
	if (p->cut_stacks) {
		const struct hu_gap gap = {HU_OPEN, HU_OPEN,	      (int64_t)p->cut_stacks,
					   HU_NONE, HU_LOSS_UNPARSED, p->cut_pos};
		hu_put_loss(p->to, &gap, "%llu frames beyond the first %d of a stack were left out",
			    (unsigned long long)p->cut_stacks, FRAMES_MAX);
	}
	return &p->counts;
}
