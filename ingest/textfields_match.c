/*
 * One body against one print form. A field is as short as can be, up to each place where the text
 * behind it can begin, so a form may be tried in many ways: a body is hostile, and the tries are
 * counted. Asked for nearly every line of a text, so plain digits are looked at first.
 */
#include "ingest/textfields_forms.h"

struct match {
	struct hu_text_values *to;
	unsigned steps; /* left */
};

static bool all_digits(struct hu_str s)
{
	if (s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len > 0;
}

/* What a number is printed as, whatever stands around it. */
static bool fits(enum hu_text_as as, struct hu_str value)
{
	if (as == HU_TEXT_AS_WORDS || (as == HU_TEXT_AS_NUMBER && all_digits(value)))
		return true;
	if (!value.len)
		return as == HU_TEXT_AS_LOCK_FLAGS;
	if (as != HU_TEXT_AS_SYMBOL && memchr(value.at, ' ', value.len))
		return false;
	if (as == HU_TEXT_AS_POINTER) { /* "(null)", "(____ptrval____)" */
		uint64_t unused;
		return value.at[0] == '(' || hu_text_hex(value, &unused);
	}
	return as != HU_TEXT_AS_NUMBER || hu_text_looks_like_number(value);
}

static bool begins(struct hu_str body, const struct hu_text_step *step)
{
	const struct hu_str literal = step->literal;
	uint64_t word;

	if (body.len < literal.len)
		return false;
	if (body.len < sizeof(word))
		return !literal.len || !memcmp(body.at, literal.at, literal.len);
	memcpy(&word, body.at, sizeof(word));
	if ((word ^ step->first) & step->mask)
		return false;
	return literal.len <= sizeof(word) || !memcmp(body.at + 8, literal.at + 8, literal.len - 8);
}

static void add(const struct hu_text_step *step, struct hu_str value, struct hu_text_values *to)
{
	if (to->count == HU_TEXT_FIELDS)
		return;
	to->name[to->count] = step->name;
	to->value[to->count] = value;
	to->as[to->count++] = step->as;
}

static bool follow(struct match *m, const struct hu_text_step *step, struct hu_str body)
{
	if (!m->steps || !begins(body, step))
		return false;
	m->steps--;
	body = hu_str_skip(body, step->literal.len);
	if (step->what == HU_TEXT_END)
		return !body.len;
	if (step->what == HU_TEXT_IMPLIED) {
		add(step, step->implied, m->to);
		return follow(m, step + 1, body);
	}
	const size_t before = m->to->count;
	for (size_t len = step->next ? 0 : body.len; len <= body.len; len++) {
		while (step->next && len < body.len && body.at[len] != step->next)
			len++;
		if (step->next && len == body.len)
			break;
		struct hu_str value = {body.at, len};
		struct hu_str rest = hu_str_skip(body, len);
		if (!begins(rest, &step[1]) || !fits(step->as, value))
			continue;
		m->to->count = before;
		if (step->what == HU_TEXT_FIELD)
			add(step, value, m->to);
		if (follow(m, step + 1, rest))
			return true;
		if (!m->steps)
			return false;
	}
	m->to->count = before;
	return false;
}

/*
 * As follow(), but nothing is tried twice: mostly each field goes to the first place where the text
 * behind it stands, and if that leads to the end, so would the search. NO_WAY: a literal is nowhere
 * behind the first places of those in front of it, so no search can find one.
 */
enum found { FOUND, NO_WAY, LOOK };

static enum found straight(const struct hu_text_step *step, struct hu_str body,
			   struct hu_text_values *to)
{
	enum found otherwise = NO_WAY;

	if (!begins(body, step))
		return NO_WAY;
	body = hu_str_skip(body, step->literal.len);
	for (; step->what != HU_TEXT_END; step++) {
		const struct hu_text_step *behind = &step[1];
		if (step->what == HU_TEXT_IMPLIED) {
			add(step, step->implied, to);
			if (!begins(body, behind))
				return otherwise;
			body = hu_str_skip(body, behind->literal.len);
			continue;
		}
		size_t len = step->next ? 0 : body.len;
		for (;; len++) {
			while (step->next && len < body.len && body.at[len] != step->next)
				len++;
			if (step->next ? len >= body.len : len > body.len)
				return otherwise;
			struct hu_str rest = hu_str_skip(body, len);
			if (!begins(rest, behind) ||
			    (behind->what == HU_TEXT_END && rest.len > behind->literal.len))
				continue;
			if (fits(step->as, (struct hu_str){body.at, len}))
				break;
			otherwise = LOOK;
		}
		if (step->what == HU_TEXT_FIELD)
			add(step, (struct hu_str){body.at, len}, to);
		body = hu_str_skip(body, len + behind->literal.len);
	}
	return body.len ? otherwise : FOUND;
}

bool hu_text_match(const struct hu_text_form *form, struct hu_str body, struct hu_text_values *to)
{
	const size_t before = to->count;
	struct match m = {to, 2000};

	switch (straight(form->step, body, to)) {
	case FOUND:
		return true;
	case NO_WAY:
		to->count = before;
		return false;
	default:
		to->count = before;
		return follow(&m, form->step, body);
	}
}
