/*
 * The engine: lines in, records out. It knows which tool printed what came before (a banner or a
 * header told it), and asks that tool's description first and all others then, so that several
 * outputs in one file are read one after the other. Memory is that of one record.
 */
#include "ingest/tool.h"
#include "ingest/walltime.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct hu_tool_reading {
	const struct hu_tools *all;
	hu_tool_take *take;
	void *with;

	const struct hu_tool *now;	   /* whose output it is */
	struct hu_tool_header header;	   /* of the rows being read; form NULL: none */
	const struct hu_tool_form *stacks; /* a block of it is open */
	const struct hu_tool_form *record; /* its fields are being read */
	const struct hu_tool_form *histogram;
	struct hu_out unit;	      /* of that histogram */
	struct hu_tool_values v;      /* the open record */
	bool row_open;		      /* a row that more lines may belong to */
	int side;		      /* of the stack being read: 0 the task's, 1 the other one's */
	struct hu_tool_values banner; /* what the first line said */
	struct hu_tool_values section; /* whose histogram follows */
	bool user;		       /* frames of user space follow */
	char stamps;		       /* 0, 's' or 'd' */
	hu_ns block_time, last_time, days;
	struct hu_tool_counts counts;
};

struct hu_tool_reading *hu_tool_reading_create(const struct hu_tools *all, hu_tool_take *take,
					       void *with)
{
	struct hu_tool_reading *r = hu_alloc(sizeof(*r));

	r->all = all;
	r->take = take;
	r->with = with;
	r->block_time = HU_OPEN;
	hu_tool_values_clear(&r->v);
	hu_tool_values_clear(&r->section);
	hu_tool_values_clear(&r->banner);
	return r;
}

void hu_tool_reading_destroy(struct hu_tool_reading *r)
{
	if (!r)
		return;
	hu_tool_values_deinit(&r->v);
	hu_tool_values_deinit(&r->section);
	hu_tool_values_deinit(&r->banner);
	hu_out_deinit(&r->unit);
	free(r);
}

char hu_tool_reading_stamps(const struct hu_tool_reading *r)
{
	return r->stamps;
}

/* One file has one kind of stamp: the first. A time of the day that goes back far is the next
 * day's. */
static hu_ns stamp(struct hu_tool_reading *r, char kind, hu_ns ns)
{
	static const hu_ns day = 86400 * HU_NS_PER_S;

	if (r->stamps && r->stamps != kind) {
		r->counts.time_mixed++;
		return HU_OPEN;
	}
	if (!r->stamps)
		r->last_time = ns;
	r->stamps = kind;
	if (kind == 'd' && r->last_time - ns > day / 2 && r->days < 366)
		r->days++;
	r->last_time = ns;
	return ns + (kind == 'd' ? r->days * day : 0);
}

/* "14:05:01", "[09:39:04]", "10:19:00:": what follows was printed then. */
static bool time_line(struct hu_str s, hu_ns *ret)
{
	if (s.len >= 2 && s.at[0] == '[' && s.at[s.len - 1] == ']')
		s = (struct hu_str){s.at + 1, s.len - 2};
	else if (s.len == 9 && s.at[8] == ':')
		s.len--;
	return s.len == 8 && s.at[2] == ':' && s.at[5] == ':' && hu_wall_clock(s, ret);
}

/* What was said above the record, where the record does not say it itself. */
static void inherit(struct hu_tool_values *v, const struct hu_tool_values *above)
{
	for (int i = 1; i < HU_ROLE_COUNT_OF; i++) {
		if (!above->set[i] || v->set[i])
			continue;
		v->set[i] = true;
		v->number[i] = above->number[i];
		v->ns[i] = above->ns[i];
		hu_out_clear(&v->text[i]);
		hu_out_str(&v->text[i], hu_out_view(&above->text[i]));
	}
}

static void give(struct hu_tool_reading *r, const struct hu_tool_form *form)
{
	struct hu_tool_values *v = &r->v;

	if (v->set[HU_ROLE_STAMP] && v->ns[HU_ROLE_STAMP] != HU_OPEN) {
		v->ts = stamp(r, 'm', v->ns[HU_ROLE_STAMP]);
	} else if (v->set[HU_ROLE_TIME]) {
		v->ts = stamp(r, (char)v->number[HU_ROLE_TIME], v->ns[HU_ROLE_TIME]);
		if (v->ts != HU_OPEN && v->ts_is_start &&
		    (v->ns[HU_ROLE_DURATION] == HU_OPEN || !v->set[HU_ROLE_DURATION] ||
		     __builtin_add_overflow(v->ts, v->ns[HU_ROLE_DURATION], &v->ts)))
			v->ts = HU_OPEN;
	} else {
		v->ts = r->block_time;
	}
	inherit(v, &r->section);
	inherit(v, &r->banner);
	for (size_t i = 0; i < form->puts; i++)
		r->take(r->with, r->now, &form->put[i], v);
	r->counts.records++;
}

static void flush(struct hu_tool_reading *r)
{
	if (r->row_open) {
		r->row_open = false;
		give(r, r->header.form);
	}
	if (r->record) {
		const struct hu_tool_form *form = r->record;
		r->record = NULL;
		give(r, form);
	}
	if (r->stacks) { /* a block without its last line */
		r->stacks = NULL;
		r->counts.odd++;
		r->counts.odd_pos = r->v.pos;
	}
}

static void open_record(struct hu_tool_reading *r, uint64_t pos)
{
	hu_tool_values_clear(&r->v);
	r->v.pos = pos;
	r->side = 0;
	r->user = false;
}

static void add_frame(struct hu_tool_reading *r, const struct hu_tool_frame *f, bool first)
{
	struct hu_out *to = &r->v.frames[r->side];

	if (f->user || f->unknown || r->user) {
		r->v.user_frames += f->user || r->user;
		return;
	}
	if (to->len + f->symbol.len + f->module.len + 2 > HU_TOOL_STACK_BYTES)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out rest = {0};
	if (first) { /* printed outermost first */
		hu_out_str(&rest, hu_out_view(to));
		hu_out_clear(to);
	}
	hu_out_str(to, f->symbol);
	hu_out_putc(to, '\t');
	hu_out_str(to, f->module);
	hu_out_putc(to, '\n');
	if (first)
		hu_out_str(to, hu_out_view(&rest));
}

static bool any_pattern(const struct hu_tool_pattern *at, size_t count, struct hu_str line,
			const char *unit, struct hu_tool_values *v)
{
	for (size_t i = 0; i < count; i++)
		if (hu_tool_pattern_match(&at[i], line, hu_str(unit), v))
			return true;
	return false;
}

static void use(struct hu_tool_reading *r, const struct hu_tool *table)
{
	if (r->now != table) {
		hu_tool_values_clear(&r->section);
		hu_tool_values_clear(&r->banner);
	}
	r->now = table;
}

/* A field of the open record. */
static bool take_field(struct hu_tool_reading *r, struct hu_str line)
{
	const struct hu_tool_form *form = r->record;
	struct hu_tool_values *v = &r->v;

	if (!any_pattern(form->line, form->lines, line, form->unit, v))
		return false;
	for (int role = 1; role < HU_ROLE_COUNT_OF; role++)
		for (size_t i = 0; v->set[role] && i < form->maps; i++) {
			if (!hu_str_is(hu_out_view(&v->text[role]), form->map[i].from))
				continue;
			hu_out_clear(&v->text[role]);
			hu_out_puts(&v->text[role], form->map[i].to);
		}
	return true;
}

/* Lines that open something of this tool: its banner, a header. */
static bool opens(struct hu_tool_reading *r, const struct hu_tool *t, struct hu_str line,
		  uint64_t pos, bool fallback)
{
	struct hu_tool_header header;
	struct hu_tool_values *none = NULL;

	if (t->fallback != fallback)
		return false;
	if (any_pattern(t->banner, t->banners, line, NULL, none)) {
		flush(r);
		use(r, t);
		hu_tool_values_clear(&r->section);
		hu_tool_values_clear(&r->banner);
		any_pattern(t->banner, t->banners, line, NULL, &r->banner);
		r->header.form = NULL;
		r->histogram = NULL;
		return true;
	}
	for (size_t i = 0; i < t->forms; i++) {
		if (t->form[i].kind == HU_FORM_RECORD &&
		    hu_tool_pattern_match(&t->form[i].line[0], line, hu_str(t->form[i].unit),
					  none)) {
			flush(r);
			use(r, t);
			open_record(r, pos);
			r->record = &t->form[i];
			take_field(r, line);
			return true;
		}
		if (t->form[i].kind != HU_FORM_ROWS ||
		    !hu_tool_header_match(&t->form[i], line, &header))
			continue;
		flush(r);
		use(r, t);
		r->header = header;
		r->histogram = NULL;
		return true;
	}
	return false;
}

static bool take_histogram(struct hu_tool_reading *r, struct hu_str line, uint64_t pos)
{
	struct hu_str label;
	int64_t low, high, count;

	if (hu_tool_histogram_head(line, &label)) {
		const struct hu_tool *t = r->now;
		for (int round = 0; round < 2; round++) {
			for (size_t i = 0; t && i < t->forms; i++) {
				if (t->form[i].kind != HU_FORM_HISTOGRAM)
					continue;
				flush(r);
				use(r, t);
				r->histogram = &t->form[i];
				hu_out_clear(&r->unit);
				hu_out_str(&r->unit, label);
				return true;
			}
			/* Nobody's: the fallback's. */
			for (size_t i = 0; i < r->all->count; i++)
				if (r->all->at[i].fallback)
					t = &r->all->at[i];
		}
		return false;
	}
	if (!r->histogram || !hu_tool_histogram_bucket(line, &low, &high, &count))
		return false;
	if (!count)
		return true;
	open_record(r, pos);
	r->v.low = low;
	r->v.high = high;
	r->v.set[HU_ROLE_COUNT] = true;
	r->v.number[HU_ROLE_COUNT] = count;
	hu_tool_value(&r->v, HU_ROLE_UNIT, hu_out_view(&r->unit), (struct hu_str){0});
	give(r, r->histogram);
	return true;
}

/* "comm;outermost;…;leaf 123" */
static bool take_folded(struct hu_tool_reading *r, const struct hu_tool_form *form,
			struct hu_str line, uint64_t pos)
{
	struct hu_str s = hu_str_trim(line), number;
	size_t blank = s.len, parts = 1, need = 0;

	while (blank && s.at[blank - 1] != ' ')
		blank--;
	if (!blank || s.len > HU_TOOL_STACK_BYTES)
		return false;
	number = hu_str_skip(s, blank);
	s.len = blank - 1;
	enum hu_tool_role last = form->field[form->fields - 1];
	if (!hu_tool_fits(last, number, hu_str(form->unit)) ||
	    !isdigit((unsigned char)number.at[0]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		parts += s.at[i] == ';';
	size_t stacks = 0, divider = 0, at = 0;
	for (size_t i = 0; i + 1 < form->fields; i++) {
		bool stack =
			form->field[i] == HU_ROLE_STACK || form->field[i] == HU_ROLE_OTHER_STACK;
		stacks += stack;
		need += !stack;
	}
	/* Two stacks in one line have "--" between them. */
	struct hu_str rest = s;
	for (size_t i = 0; stacks == 2 && rest.len; i++)
		if (hu_str_is(hu_str_split(&rest, ';'), "--") && !divider)
			divider = i;
	if (parts < need + 1 || (stacks == 2 && !divider))
		return false;
	open_record(r, pos);
	rest = s;
	size_t left = parts;
	for (size_t i = 0; i + 1 < form->fields; i++) {
		enum hu_tool_role role = form->field[i];
		size_t behind = 0;
		for (size_t k = i + 1; k + 1 < form->fields; k++)
			behind += form->field[k] != HU_ROLE_STACK &&
				  form->field[k] != HU_ROLE_OTHER_STACK;
		if (role != HU_ROLE_STACK && role != HU_ROLE_OTHER_STACK) {
			struct hu_str text = hu_str_split(&rest, ';');
			left--;
			at++;
			if (!hu_tool_value(&r->v, role, text, (struct hu_str){0}))
				return false;
			continue;
		}
		r->side = role == HU_ROLE_OTHER_STACK;
		while (left > behind) {
			struct hu_str text = hu_str_split(&rest, ';');
			struct hu_tool_frame frame;
			left--;
			if (at++ == divider && stacks == 2)
				break;
			if (!hu_str_is(text, "-") && hu_tool_frame_parse(text, &frame))
				add_frame(r, &frame, true);
		}
	}
	hu_tool_value(&r->v, last, number, hu_str(form->unit));
	give(r, form);
	return true;
}

bool hu_tool_marked(const struct hu_tool_form *form, struct hu_str line)
{
	for (size_t i = 0; i < form->marks; i++)
		if (hu_str_find(line, form->mark[i]) >= 0)
			return true;
	return false;
}

/* Folded lines without a first line that says whose they are. */
static bool take_marked(struct hu_tool_reading *r, struct hu_str line, uint64_t pos)
{
	for (size_t i = 0; i < r->all->count; i++) {
		const struct hu_tool *t = &r->all->at[i];
		for (size_t k = 0; k < t->forms; k++) {
			if (!hu_tool_marked(&t->form[k], line))
				continue;
			use(r, t);
			if (take_folded(r, &t->form[k], line, pos))
				return true;
			r->now = NULL;
		}
	}
	return false;
}

static bool take_stack_line(struct hu_tool_reading *r, const struct hu_tool_form *form,
			    struct hu_str line, uint64_t pos)
{
	struct hu_tool_frame frame;
	bool indented = line.len && (line.at[0] == ' ' || line.at[0] == '\t');

	if (!indented)
		return false;
	if (!r->stacks) {
		open_record(r, pos);
		r->side = form->other_first;
	}
	if (r->stacks && hu_tool_pattern_match(&form->end, line, hu_str(form->unit), &r->v)) {
		r->stacks = NULL;
		give(r, form);
		return true;
	}
	if (any_pattern(form->split, form->splits, line, NULL, NULL)) {
		r->stacks = form;
		r->side = !form->other_first;
		r->user = false;
		return true;
	}
	struct hu_str text = hu_str_trim(line);
	if (any_pattern(form->line, form->lines, line, form->unit, &r->v)) {
		r->stacks = form;
		return true;
	}
	bool reversed = form->reversed && r->side == form->other_first;
	if (hu_str_is(text, "--") || hu_str_is(text, "-")) { /* kernel from user frames */
		r->stacks = form;
		if (reversed)
			hu_out_clear(&r->v.frames[r->side]);
		else
			r->user = true;
		return true;
	}
	if (!hu_tool_frame_parse(line, &frame))
		return false;
	r->stacks = form;
	add_frame(r, &frame, reversed);
	return true;
}

/* The forms of the tool whose output it is. */
static bool take_own(struct hu_tool_reading *r, struct hu_str line, uint64_t pos)
{
	const struct hu_tool *t = r->now;
	struct hu_tool_frame frame;

	if (any_pattern(t->section, t->sections, line, NULL, NULL)) {
		flush(r);
		/* Several sections may hold at once; one of them changes. */
		r->section.set[HU_ROLE_KEY] = false;
		any_pattern(t->section, t->sections, line, NULL, &r->section);
		r->histogram = NULL;
		return true;
	}
	if (r->record)
		return take_field(r, line);
	const struct hu_tool_form *rows = r->header.form;
	if (rows && r->row_open && any_pattern(rows->line, rows->lines, line, NULL, &r->v))
		return true;
	if (rows && hu_tool_row_match(&r->header, line, NULL)) {
		flush(r);
		open_record(r, pos);
		hu_tool_row_match(&r->header, line, &r->v);
		r->row_open = true;
		if (r->v.set[HU_ROLE_CALLER] &&
		    hu_tool_frame_parse(hu_out_view(&r->v.text[HU_ROLE_CALLER]), &frame))
			add_frame(r, &frame, false);
		if (!rows->frames && !rows->lines)
			flush(r);
		return true;
	}
	if (rows && rows->frames && r->row_open && hu_tool_frame_parse(line, &frame) &&
	    frame.indented) {
		/* bcc's klockstat once printed the caller again as the first of its stack. */
		bool again = r->v.set[HU_ROLE_CALLER] && !r->v.deeper &&
			     hu_str_eq(hu_str_trim(line), hu_out_view(&r->v.text[HU_ROLE_CALLER]));
		r->v.deeper = true;
		if (!again)
			add_frame(r, &frame, false);
		return true;
	}
	for (size_t i = 0; i < t->forms; i++) {
		const struct hu_tool_form *form = &t->form[i];
		if (form->kind == HU_FORM_LINES) {
			if (!any_pattern(form->line, form->lines, line, form->unit, NULL))
				continue;
			flush(r);
			open_record(r, pos);
			any_pattern(form->line, form->lines, line, form->unit, &r->v);
			give(r, form);
			return true;
		}
		if (form->kind == HU_FORM_FOLDED && take_folded(r, form, line, pos))
			return true;
		if (form->kind == HU_FORM_STACKS && take_stack_line(r, form, line, pos))
			return true;
	}
	return false;
}

/* What every tool may say between its rows. */
static bool chatter(struct hu_tool_reading *r, struct hu_str s)
{
	static const char *const starts[] = {
		"Detaching...",
		"^C",
		"[...]",
		"Exiting trace of ",
		"Tracing ",
		"# ",
		"$ ",
		"...",
		"Ending tracing",
		"Output truncated",
		"sudo ",
		"In file included from ",
		"Possibly lost",
		NULL,
	};

	uint64_t lost = 0;
	struct hu_str rest = s, first = hu_str_word(&rest), second = hu_str_word(&rest);
	/* "Possibly lost 12 samples" of bcc, "lost 12 events on CPU #0!" of libbpf-tools. */
	if ((hu_str_is(first, "lost") && hu_str_u64(second, 10, &lost)) ||
	    (hu_str_starts(s, "Possibly lost ") && hu_str_u64(hu_str_word(&rest), 10, &lost)) ||
	    (hu_str_is(first, "WARNING:") && hu_str_u64(second, 10, &lost) &&
	     hu_str_find(s, "stack traces") >= 0)) {
		flush(r);
		r->counts.lost += lost;
		return true;
	}
	for (const char *const *p = starts; *p; p++)
		if (hu_str_starts(s, *p)) {
			flush(r);
			r->counts.said++;
			return true;
		}
	return false;
}

void hu_tool_reading_line(struct hu_tool_reading *r, struct hu_str line, uint64_t pos)
{
	struct hu_str s = hu_str_trim(line);
	hu_ns ns;

	if (!s.len) {
		/* libbpf-tools leave a blank line above a row's stack; a block ends with a number,
		 * and one that has said whose it is has nothing blank in front of that.
		 */
		if (r->stacks ? r->v.set[HU_ROLE_COMM] : !(r->row_open && r->header.form->lines))
			flush(r);
		return;
	}
	if (hu_str_starts(s, "^C"))
		s = line = hu_str_trim(hu_str_skip(s, 2));
	if (!s.len)
		return;
	if (time_line(s, &ns)) {
		flush(r);
		hu_tool_values_clear(&r->section);
		r->block_time = stamp(r, 'd', ns);
		r->histogram = NULL;
		return;
	}
	if (r->now && opens(r, r->now, line, pos, r->now->fallback))
		return;
	if (take_histogram(r, line, pos))
		return;
	if (r->now && !r->now->fallback && take_own(r, line, pos))
		return;
	for (int fallback = 0; fallback < 2; fallback++)
		for (size_t i = 0; i < r->all->count; i++)
			if (opens(r, &r->all->at[i], line, pos, fallback))
				return;
	if (!r->now && take_marked(r, line, pos))
		return;
	if (chatter(r, s))
		return;
	for (size_t i = 0; i < r->all->count; i++) {
		const struct hu_tool *was = r->now;
		if (!r->all->at[i].fallback)
			continue;
		r->now = &r->all->at[i];
		if (take_own(r, line, pos))
			return;
		r->now = was;
	}
	if (r->counts.unused < 3)
		r->counts.example[r->counts.unused] = pos;
	r->counts.unused++;
}

const struct hu_tool_counts *hu_tool_reading_end(struct hu_tool_reading *r)
{
	flush(r);
	return &r->counts;
}
