/*
 * Bodies of printed events to fields: first the forms that the event's name may have
 * (textfields_forms.c), then a probe's place, then fields that say their names.
 */
#include "ingest/textfields_forms.h"

struct split {
	const struct hu_text_splitter *by;
	const struct hu_text_event *event;
	struct hu_text_values *to;
};

static void add(const struct split *s, struct hu_str name, struct hu_str value)
{
	struct hu_text_values *to = s->to;

	if (to->count == HU_TEXT_FIELDS)
		return;
	to->name[to->count] = name;
	to->value[to->count] = value;
	to->as[to->count++] = (uint8_t)hu_text_kind(s->by->forms, s->event->name, name);
}

/* Fields that say their names. */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* Where the name in front of `equals` begins; `equals` itself if there is none. */
static size_t name_before(struct hu_str body, size_t equals, size_t from)
{
	size_t at = equals;

	while (at > from && name_char(body.at[at - 1]))
		at--;
	if (at < equals && at > 0 && body.at[at - 1] != ' ' && body.at[at - 1] != '(' &&
	    body.at[at - 1] != ',' && body.at[at - 1] != '[')
		return equals;
	return at < equals && !(body.at[at] >= '0' && body.at[at] <= '9') ? at : equals;
}

static struct hu_str value_of(struct hu_str s)
{
	s = hu_str_trim(s);
	if (hu_str_ends(s, "==>"))
		s = hu_str_trim((struct hu_str){s.at, s.len - 3});
	if (s.len && s.at[s.len - 1] == ',')
		s.len--;
	if (s.len > 1 && s.at[0] == '"' && s.at[s.len - 1] == '"')
		s = (struct hu_str){s.at + 1, s.len - 2};
	return s;
}

/* "a=1 b=two words c=3": a value goes on to the blank in front of the next name. */
static void by_equals(const struct split *s, struct hu_str body)
{
	struct hu_str name = {NULL, 0};
	size_t begins = 0;
	bool quoted = false;

	for (size_t i = 0; i < body.len && s->to->count < HU_TEXT_FIELDS; i++) {
		if (body.at[i] == '"' && (quoted || (i && body.at[i - 1] == '=')))
			quoted = !quoted;
		if (body.at[i] != '=' || quoted)
			continue;
		size_t at = name_before(body, i, begins);
		if (at == i)
			continue;
		if (name.len)
			add(s, name, value_of((struct hu_str){body.at + begins, at - begins}));
		name = (struct hu_str){body.at + at, i - at};
		begins = i + 1;
	}
	if (name.len)
		add(s, name, value_of(hu_str_skip(body, begins)));
}

/* "dev_name: 47b05f, dir_name: 7ffc…" of print_syscall_enter(): hex that does not say so; 7.x puts
 * the text that the pointer leads to behind it: `0x5611f1b3df80 "/mnt/f"`. */
static void by_colon(const struct split *s, struct hu_str body)
{
	while (body.len && s->to->count < HU_TEXT_FIELDS) {
		size_t at = 0;
		while (at < body.len && name_char(body.at[at]))
			at++;
		if (!at || at == body.len || body.at[at] != ':')
			return;
		struct hu_str name = {body.at, at};
		body = hu_str_trim(hu_str_skip(body, at + 1));
		size_t end = 0;
		bool quoted = false;
		while (end < body.len && (quoted || body.at[end] != ','))
			quoted ^= body.at[end++] == '"';
		struct hu_str value = {body.at, end};
		ptrdiff_t text = hu_str_find(value, "\"");
		add(s, name, value_of(hu_str_skip(value, text > 0 ? (size_t)text : 0)));
		if (s->to->as[s->to->count - 1] == HU_TEXT_AS_NUMBER)
			s->to->as[s->to->count - 1] = text >= 0 ? HU_TEXT_AS_WORDS : HU_TEXT_AS_HEX;
		body = hu_str_trim(hu_str_skip(body, end + 1));
	}
}

/* "(down_read+0x0/0x50) sem=0xffff…", "(ffffffff93f10d20 <- ffffffff93e76930) ret=1" */
static bool by_probe(const struct split *s, struct hu_str body)
{
	if (body.len < 3 || body.at[0] != '(')
		return false;
	const char *end = memchr(body.at, ')', body.len);
	if (!end || end < body.at + 2)
		return false;
	struct hu_str inside = {body.at + 1, (size_t)(end - body.at) - 1};
	struct hu_text_place *place = hu_text_places_find(s->by->places, inside);
	if (!place->field)
		return false;
	s->to->place = place;
	s->to->name[0] = hu_str(place->field);
	s->to->value[0] = place->value;
	s->to->as[0] = HU_TEXT_AS_SYMBOL;
	s->to->count = 1;
	by_equals(s, hu_str_skip(body, inside.len + 2));
	return true;
}

static void split(const struct split *s, const struct hu_text_plan *plan, struct hu_str body)
{
	struct hu_text_values *to = s->to;

	to->count = 0;
	to->form = NULL;
	to->place = NULL;
	for (size_t i = 0; i < plan->forms; i++) {
		if (!hu_text_match(plan->form[i], body, to)) {
			to->count = 0;
			continue;
		}
		to->form = plan->form[i];
		return;
	}
	if (by_probe(s, body))
		return;
	if (plan->exits && hu_text_looks_like_number(body)) {
		add(s, hu_str("ret"), body);
		return;
	}
	if (plan->enters)
		by_colon(s, body);
	if (!to->count)
		by_equals(s, body);
}

static bool is_whole(const struct hu_text_values *v, const char *must)
{
	for (size_t i = 0; must && i < v->count; i++)
		if (hu_str_is(v->name[i], must))
			return true;
	return !must;
}

void hu_text_split(const struct hu_text_splitter *by, const struct hu_text_plan *plan,
		   const struct hu_text_event *event, struct hu_text_values *ret)
{
	split(&(struct split){by, event, ret}, plan, hu_str_trim(event->body));
	ret->whole = ret->form || is_whole(ret, plan->must);
}
