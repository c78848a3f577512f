/*
 * A header and the rows under it. Widths are the least ones: a pid of seven digits in a column of
 * six moves all that follows, and a comm may hold blanks. So a row is cut by what its columns can
 * be, and the header's places only say which cut is tried first.
 */
#include "ingest/tool.h"

#include <string.h>

enum { STEPS_MAX = 2048 };

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The name of the column at the start of s, with "(*)" as any unit in brackets. Its length or 0. */
static size_t head_len(const char *head, struct hu_str s, char unit[8])
{
	size_t n = strlen(head);
	bool any = n > 3 && !strcmp(head + n - 3, "(*)");

	unit[0] = '\0';
	if (!any) {
		if (!hu_str_starts(s, head))
			return 0;
	} else {
		struct hu_str stem = {head, n - 2};
		if (s.len < stem.len || memcmp(s.at, stem.at, stem.len) != 0)
			return 0;
		const char *end = memchr(s.at, ')', s.len);
		size_t len = end ? (size_t)(end - s.at) - stem.len : 0;
		if (!len || len >= 8)
			return 0;
		memcpy(unit, s.at + stem.len, len);
		unit[len] = '\0';
		if (hu_tool_unit((struct hu_str){unit, len}) < 0)
			return 0;
		n = stem.len + len + 1;
	}
	return n == s.len || blank(s.at[n]) || s.at[n] == ',' ? n : 0;
}

bool hu_tool_header_match(const struct hu_tool_form *form, struct hu_str line,
			  struct hu_tool_header *ret)
{
	size_t at = 0, next = 0;

	if (line.len > 1024)
		return false;
	*ret = (struct hu_tool_header){.form = form};
	for (;;) {
		if (form->csv && ret->columns) {
			if (at == line.len)
				break;
			if (line.at[at++] != ',')
				return false;
		}
		while (at < line.len && blank(line.at[at]))
			at++;
		if (at == line.len)
			break;
		size_t len = 0, k = next;
		char unit[8];
		/* Columns stand in the order of the description; optional ones may be missing. */
		for (; k < form->columns; k++) {
			len = head_len(form->column[k].head, hu_str_skip(line, at), unit);
			if (len || !form->column[k].optional)
				break;
		}
		if (!len || ret->columns == HU_TOOL_COLUMNS)
			return false;
		ret->column[ret->columns].is = &form->column[k];
		ret->column[ret->columns].from = at;
		ret->column[ret->columns].to = at + len;
		memcpy(ret->column[ret->columns].unit, unit, sizeof(unit));
		ret->columns++;
		at += len;
		next = k + 1;
	}
	for (; next < form->columns; next++)
		if (!form->column[next].optional)
			return false;
	return ret->columns > 1;
}

struct cut {
	const struct hu_tool_header *header;
	struct hu_str line, taken[HU_TOOL_COLUMNS];
	int steps;
};

static struct hu_str unit_of(const struct hu_tool_header *header, size_t k)
{
	if (header->column[k].unit[0])
		return hu_str(header->column[k].unit);
	return hu_str(header->column[k].is->unit);
}

static bool cut_from(struct cut *c, size_t k, size_t at);

static bool ends(const struct cut *c, size_t at)
{
	return c->header->form->csv ? c->line.at[at] == ',' : blank(c->line.at[at]);
}

static bool take(struct cut *c, size_t k, size_t at, size_t len)
{
	struct hu_str text = {c->line.at + at, len};

	if (++c->steps > STEPS_MAX || !len ||
	    !hu_tool_fits(c->header->column[k].is->role, text, unit_of(c->header, k)))
		return false;
	c->taken[k] = text;
	return cut_from(c, k + 1, at + len);
}

/* A comm: first where the header says that the next column begins, then the nearest blank. */
static bool take_text(struct cut *c, size_t k, size_t at)
{
	const struct hu_tool_header *h = c->header;
	size_t next = h->column[k + 1].from;

	if (!h->form->csv && next > at && next < c->line.len && blank(c->line.at[next - 1]) &&
	    !blank(c->line.at[next])) {
		size_t len = next - at;
		while (len && blank(c->line.at[at + len - 1]))
			len--;
		if (take(c, k, at, len))
			return true;
	}
	for (size_t len = 1; at + len < c->line.len; len++)
		if (ends(c, at + len) && !ends(c, at + len - 1) && take(c, k, at, len))
			return true;
	return false;
}

static bool cut_from(struct cut *c, size_t k, size_t at)
{
	const struct hu_tool_header *h = c->header;

	if (h->form->csv && k && k < h->columns) {
		if (at == c->line.len || c->line.at[at] != ',')
			return false;
		at++;
	}
	while (at < c->line.len && blank(c->line.at[at]))
		at++;
	if (k == h->columns)
		return at == c->line.len;
	const struct hu_tool_column *is = h->column[k].is;
	if (is->last) {
		struct hu_str rest = hu_str_trim(hu_str_skip(c->line, at));
		c->taken[k] = rest;
		return k + 1 == h->columns; /* may be empty: a function without arguments */
	}
	if (at == c->line.len)
		return false;
	enum hu_tool_type type = hu_role_type(is->role);
	if (type == HU_TYPE_TEXT && k + 1 < h->columns)
		return take_text(c, k, at);
	size_t len = 0;
	while (at + len < c->line.len && (type == HU_TYPE_TEXT || !ends(c, at + len)))
		len++;
	/* libbpf-tools 0.37's mountsnoop leaves no blank behind the time. */
	if (type == HU_TYPE_TIME && !h->form->csv && len > 8 &&
	    hu_tool_fits(is->role, (struct hu_str){c->line.at + at, 8}, (struct hu_str){0}) &&
	    c->line.at[at + 2] == ':' && c->line.at[at + 8] != '.')
		len = 8;
	if (type == HU_TYPE_QUANTITY && !h->form->csv) {
		/* "1.2 ms": the unit is a word of its own. */
		size_t more = len;
		while (at + more < c->line.len && blank(c->line.at[at + more]))
			more++;
		size_t word = more;
		while (at + more < c->line.len && !blank(c->line.at[at + more]))
			more++;
		struct hu_str unit = {c->line.at + at + word, more - word};
		if (unit.len &&
		    (hu_tool_unit(unit) >= 0 || hu_str_is(unit, "m") || hu_str_is(unit, "h")))
			len = more;
	}
	return take(c, k, at, len);
}

bool hu_tool_row_match(const struct hu_tool_header *header, struct hu_str line,
		       struct hu_tool_values *v)
{
	struct cut c = {.header = header, .line = hu_str_trim(line)};
	/* Places are those of the header's line. */
	size_t lead = (size_t)(c.line.at - line.at);
	struct hu_tool_header moved;

	if (!c.line.len || line.len > 16384)
		return false;
	if (lead) {
		moved = *header;
		for (size_t k = 0; k < moved.columns; k++)
			moved.column[k].from -=
				moved.column[k].from < lead ? moved.column[k].from : lead;
		c.header = &moved;
	}
	if (!cut_from(&c, 0, 0))
		return false;
	for (size_t k = 0; v && k < header->columns; k++) {
		const struct hu_tool_column *is = header->column[k].is;
		struct hu_str text = c.taken[k];
		for (size_t i = 0; i < is->maps; i++)
			if (hu_str_is(text, is->map[i].from))
				text = hu_str(is->map[i].to);
		if (text.len)
			hu_tool_value(v, is->role, text, unit_of(header, k));
		if (is->role == HU_ROLE_TIME && is->start)
			v->ts_is_start = true;
	}
	return true;
}

bool hu_tool_histogram_head(struct hu_str line, struct hu_str *label)
{
	struct hu_str s = hu_str_trim(line);
	ptrdiff_t colon = hu_str_find(s, " : ");

	if (colon < 1 || line.len > 512)
		return false;
	struct hu_str rest = hu_str_skip(s, (size_t)colon + 3);
	if (!hu_str_is(hu_str_word(&rest), "count") ||
	    !hu_str_is(hu_str_word(&rest), "distribution") || hu_str_trim(rest).len)
		return false;
	*label = hu_str_trim((struct hu_str){s.at, (size_t)colon});
	return label->len;
}

static bool edge(struct hu_str text, int64_t *ret)
{
	uint64_t number;

	if (!hu_str_u64(text, 10, &number))
		return false;
	*ret = number > INT64_MAX ? HU_OPEN : (int64_t)number;
	return true;
}

bool hu_tool_histogram_bucket(struct hu_str line, int64_t *low, int64_t *high, int64_t *count)
{
	struct hu_str s = hu_str_trim(line), word = hu_str_word(&s);
	uint64_t n;

	if (line.len > 512 || !edge(word, low))
		return false;
	*high = *low;
	word = hu_str_word(&s);
	if (hu_str_is(word, "->")) {
		if (!edge(hu_str_word(&s), high) || *high < *low)
			return false;
		word = hu_str_word(&s);
	}
	if (!hu_str_is(word, ":") || !hu_str_u64(hu_str_word(&s), 10, &n) || n > INT64_MAX)
		return false;
	*count = (int64_t)n;
	if (*high != HU_OPEN)
		++*high;
	return hu_str_starts(hu_str_trim(s), "|");
}
