/*
 * The engine: lines in, records out. It knows which tool printed what came before (a banner or a
 * header told it), and asks that tool's description first and all others then, so that several
 * outputs in one file are read one after the other.
 */
#include "ingest/tool_reading.h"
#include "ingest/walltime.h"

/* "14:05:01", "[09:39:04]", "10:19:00:": what follows was printed then. */
static bool time_line(struct hu_str s, hu_ns *ret)
{
	if (s.len >= 2 && s.at[0] == '[' && s.at[s.len - 1] == ']')
		s = (struct hu_str){s.at + 1, s.len - 2};
	else if (s.len == 9 && s.at[8] == ':')
		s.len--;
	return s.len == 8 && s.at[2] == ':' && s.at[5] == ':' && hu_wall_clock(s, ret);
}

/* A field of the open record. */
static bool take_field(struct hu_tool_reading *r, struct hu_str line)
{
	const struct hu_tool_form *form = r->record;
	struct hu_tool_values *v = &r->v;

	if (!hu_tool_any_pattern(form->line, form->lines, line, form->unit, v))
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
	if (hu_tool_any_pattern(t->banner, t->banners, line, NULL, none)) {
		hu_tool_reading_flush(r);
		hu_tool_reading_use(r, t);
		hu_tool_values_clear(&r->section);
		hu_tool_values_clear(&r->banner);
		hu_tool_any_pattern(t->banner, t->banners, line, NULL, &r->banner);
		r->header.form = NULL;
		r->histogram = NULL;
		return true;
	}
	for (size_t i = 0; i < t->forms; i++) {
		if (t->form[i].kind == HU_FORM_RECORD &&
		    hu_tool_pattern_match(&t->form[i].line[0], line, hu_str(t->form[i].unit),
					  none)) {
			hu_tool_reading_flush(r);
			hu_tool_reading_use(r, t);
			hu_tool_reading_open(r, pos);
			r->record = &t->form[i];
			take_field(r, line);
			return true;
		}
		if (t->form[i].kind != HU_FORM_ROWS ||
		    !hu_tool_header_match(&t->form[i], line, &header))
			continue;
		hu_tool_reading_flush(r);
		hu_tool_reading_use(r, t);
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
				hu_tool_reading_flush(r);
				hu_tool_reading_use(r, t);
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
	hu_tool_reading_open(r, pos);
	r->v.low = low;
	r->v.high = high;
	r->v.set[HU_ROLE_COUNT] = true;
	r->v.number[HU_ROLE_COUNT] = count;
	hu_tool_value(&r->v, HU_ROLE_UNIT, hu_out_view(&r->unit), (struct hu_str){0});
	hu_tool_reading_give(r, r->histogram);
	return true;
}

/* The forms of the tool whose output it is. */
static bool take_own(struct hu_tool_reading *r, struct hu_str line, uint64_t pos)
{
	const struct hu_tool *t = r->now;
	struct hu_tool_frame frame;

	if (hu_tool_any_pattern(t->section, t->sections, line, NULL, NULL)) {
		hu_tool_reading_flush(r);
		/* Several sections may hold at once; one of them changes. */
		r->section.set[HU_ROLE_KEY] = false;
		hu_tool_any_pattern(t->section, t->sections, line, NULL, &r->section);
		r->histogram = NULL;
		return true;
	}
	if (r->record)
		return take_field(r, line);
	const struct hu_tool_form *rows = r->header.form;
	if (rows && r->row_open && hu_tool_any_pattern(rows->line, rows->lines, line, NULL, &r->v))
		return true;
	if (rows && hu_tool_row_match(&r->header, line, NULL)) {
		hu_tool_reading_flush(r);
		hu_tool_reading_open(r, pos);
		hu_tool_row_match(&r->header, line, &r->v);
		r->row_open = true;
		if (r->v.set[HU_ROLE_CALLER] &&
		    hu_tool_frame_parse(hu_out_view(&r->v.text[HU_ROLE_CALLER]), &frame))
			hu_tool_reading_frame(r, &frame, false);
		if (!rows->frames && !rows->lines)
			hu_tool_reading_flush(r);
		return true;
	}
	if (rows && rows->frames && r->row_open && hu_tool_frame_parse(line, &frame) &&
	    frame.indented) {
		/* bcc's klockstat once printed the caller again as the first of its stack. */
		bool again = r->v.set[HU_ROLE_CALLER] && !r->v.deeper &&
			     hu_str_eq(hu_str_trim(line), hu_out_view(&r->v.text[HU_ROLE_CALLER]));
		r->v.deeper = true;
		if (!again)
			hu_tool_reading_frame(r, &frame, false);
		return true;
	}
	for (size_t i = 0; i < t->forms; i++) {
		const struct hu_tool_form *form = &t->form[i];
		if (form->kind == HU_FORM_LINES) {
			if (!hu_tool_any_pattern(form->line, form->lines, line, form->unit, NULL))
				continue;
			hu_tool_reading_flush(r);
			hu_tool_reading_open(r, pos);
			hu_tool_any_pattern(form->line, form->lines, line, form->unit, &r->v);
			hu_tool_reading_give(r, form);
			return true;
		}
		if (form->kind == HU_FORM_FOLDED && hu_tool_reading_folded(r, form, line, pos))
			return true;
		if (form->kind == HU_FORM_STACKS && hu_tool_reading_stack(r, form, line, pos))
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
		hu_tool_reading_flush(r);
		r->counts.lost += lost;
		return true;
	}
	for (const char *const *p = starts; *p; p++)
		if (hu_str_starts(s, *p)) {
			hu_tool_reading_flush(r);
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
			hu_tool_reading_flush(r);
		return;
	}
	if (hu_str_starts(s, "^C"))
		s = line = hu_str_trim(hu_str_skip(s, 2));
	if (!s.len)
		return;
	if (time_line(s, &ns)) {
		hu_tool_reading_flush(r);
		hu_tool_values_clear(&r->section);
		r->block_time = hu_tool_reading_stamp(r, 'd', ns);
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
	if (!r->now && hu_tool_reading_marked(r, line, pos))
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
	hu_odd_add(&r->counts.unused, pos);
}

const struct hu_tool_counts *hu_tool_reading_end(struct hu_tool_reading *r)
{
	hu_tool_reading_flush(r);
	return &r->counts;
}
