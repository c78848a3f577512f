/*
 * Stacks that tools print: a frame a line with a number behind the last one, or all of them folded
 * into one line.
 */
#include "ingest/tool_reading.h"

#include <ctype.h>

void hu_tool_reading_frame(struct hu_tool_reading *r, const struct hu_tool_frame *f, bool first)
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

/* "comm;outermost;…;leaf 123" */
bool hu_tool_reading_folded(struct hu_tool_reading *r, const struct hu_tool_form *form,
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
	hu_tool_reading_open(r, pos);
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
				hu_tool_reading_frame(r, &frame, true);
		}
	}
	hu_tool_value(&r->v, last, number, hu_str(form->unit));
	hu_tool_reading_give(r, form);
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
bool hu_tool_reading_marked(struct hu_tool_reading *r, struct hu_str line, uint64_t pos)
{
	for (size_t i = 0; i < r->all->count; i++) {
		const struct hu_tool *t = &r->all->at[i];
		for (size_t k = 0; k < t->forms; k++) {
			if (!hu_tool_marked(&t->form[k], line))
				continue;
			hu_tool_reading_use(r, t);
			if (hu_tool_reading_folded(r, &t->form[k], line, pos))
				return true;
			r->now = NULL;
		}
	}
	return false;
}

bool hu_tool_reading_stack(struct hu_tool_reading *r, const struct hu_tool_form *form,
			   struct hu_str line, uint64_t pos)
{
	struct hu_tool_frame frame;
	bool indented = line.len && (line.at[0] == ' ' || line.at[0] == '\t');

	if (!indented)
		return false;
	if (!r->stacks) {
		hu_tool_reading_open(r, pos);
		r->side = form->other_first;
	}
	if (r->stacks && hu_tool_pattern_match(&form->end, line, hu_str(form->unit), &r->v)) {
		r->stacks = NULL;
		hu_tool_reading_give(r, form);
		return true;
	}
	if (hu_tool_any_pattern(form->split, form->splits, line, NULL, NULL)) {
		r->stacks = form;
		r->side = !form->other_first;
		r->user = false;
		return true;
	}
	struct hu_str text = hu_str_trim(line);
	if (hu_tool_any_pattern(form->line, form->lines, line, form->unit, &r->v)) {
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
	hu_tool_reading_frame(r, &frame, reversed);
	return true;
}
