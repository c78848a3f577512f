/*
 * Lines of a known wording: "Max PID {pid}, COMM {comm}". A {word} reaches to the next literal
 * text, the nearest that lets the rest fit; lines are short and a pattern has at most sixteen
 * pieces, and how often a match may be tried is bounded.
 */
#include "ingest/tool.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 4096 };

struct hu_err *hu_tool_pattern_compile(struct hu_str text, struct hu_tool_pattern *ret)
{
	*ret = (struct hu_tool_pattern){.text = hu_strdup(text)};
	struct hu_str rest = hu_str_trim(hu_str(ret->text));

	if (!rest.len)
		return hu_err(HU_ERR_BAD_INPUT, "an empty line fits every line");
	while (rest.len || !ret->pieces) {
		size_t n = 0;
		while (n < rest.len && rest.at[n] != '{' && rest.at[n] != '*')
			n++;
		if (ret->pieces == HU_TOOL_PIECES)
			return hu_err(HU_ERR_BAD_INPUT, "\"%s\" has more than %d words in braces",
				      ret->text, HU_TOOL_PIECES - 1);
		struct hu_tool_piece *piece = &ret->piece[ret->pieces++];
		*piece = (struct hu_tool_piece){.literal = {rest.at, n}};
		rest = hu_str_skip(rest, n);
		if (!rest.len)
			break;
		piece->open = true;
		if (ret->pieces > 1 && !n)
			return hu_err(HU_ERR_BAD_INPUT,
				      "\"%s\": two words in braces need text between them",
				      ret->text);
		if (rest.at[0] == '*') {
			rest = hu_str_skip(rest, 1);
			continue;
		}
		const char *end = memchr(rest.at, '}', rest.len);
		if (!end)
			return hu_err(HU_ERR_BAD_INPUT, "\"%s\": \"{\" without \"}\"", ret->text);
		struct hu_str name = {rest.at + 1, (size_t)(end - rest.at) - 1};
		if (!hu_role_by_name(name, &piece->role) ||
		    hu_role_type(piece->role) == HU_TYPE_NONE)
			return hu_err(HU_ERR_BAD_INPUT, "\"%s\": \"%.*s\" means nothing", ret->text,
				      (int)name.len, name.at);
		rest = hu_str_skip(rest, name.len + 2);
	}
	return NULL;
}

void hu_tool_pattern_deinit(struct hu_tool_pattern *pattern)
{
	free(pattern->text);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the literal at the start of s, -1 if it is not there: a blank stands for a run. */
static ptrdiff_t literal(struct hu_str what, struct hu_str s)
{
	size_t i = 0;

	for (size_t k = 0; k < what.len; k++) {
		if (blank(what.at[k])) {
			if (k && blank(what.at[k - 1]))
				continue;
			if (i == s.len || !blank(s.at[i]))
				return -1;
			while (i < s.len && blank(s.at[i]))
				i++;
		} else if (i < s.len && s.at[i] == what.at[k]) {
			i++;
		} else {
			return -1;
		}
	}
	return (ptrdiff_t)i;
}

struct match {
	const struct hu_tool_pattern *pattern;
	struct hu_str unit;
	struct hu_str taken[HU_TOOL_PIECES];
	int steps;
};

static bool from(struct match *m, size_t at, struct hu_str s)
{
	const struct hu_tool_piece *piece = &m->pattern->piece[at];
	ptrdiff_t n = literal(piece->literal, s);

	if (n < 0)
		return false;
	s = hu_str_skip(s, (size_t)n);
	if (!piece->open)
		return !s.len;
	bool last = at + 1 == m->pattern->pieces;
	if (last) {
		m->taken[at] = hu_str_trim(s);
		return piece->role == HU_ROLE_SKIP ||
		       hu_tool_fits(piece->role, m->taken[at], m->unit);
	}
	for (size_t len = 0; len < s.len || (len == s.len && piece->role == HU_ROLE_SKIP); len++) {
		if (++m->steps > STEPS_MAX)
			return false;
		struct hu_str next = m->pattern->piece[at + 1].literal;
		struct hu_str rest = hu_str_skip(s, len);
		if (literal(next, rest) < 0)
			continue;
		struct hu_str taken = hu_str_trim((struct hu_str){s.at, len});
		if (piece->role != HU_ROLE_SKIP && !hu_tool_fits(piece->role, taken, m->unit))
			continue;
		m->taken[at] = taken;
		if (from(m, at + 1, rest))
			return true;
	}
	return false;
}

bool hu_tool_pattern_match(const struct hu_tool_pattern *pattern, struct hu_str line,
			   struct hu_str unit, struct hu_tool_values *v)
{
	struct match m = {.pattern = pattern, .unit = unit};

	if (line.len > 4096 || !from(&m, 0, hu_str_trim(line)))
		return false;
	if (!v)
		return true;
	/* "12 usecs": the unit stands behind the number. */
	for (size_t i = 0; i < pattern->pieces; i++)
		if (pattern->piece[i].role == HU_ROLE_UNIT)
			m.unit = m.taken[i];
	for (size_t i = 0; i < pattern->pieces; i++)
		if (pattern->piece[i].open && pattern->piece[i].role != HU_ROLE_SKIP)
			hu_tool_value(v, pattern->piece[i].role, m.taken[i], m.unit);
	return true;
}
