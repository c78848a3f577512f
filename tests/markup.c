/* Reads SVG strictly. */
#include "tests/markup.h"

#include <ctype.h>
#include <stdlib.h>

#include "report/escape.h"
#include "tests/test.h"

enum { MAX_DEPTH = 32, MAX_ATTRIBUTES = 24 };

struct attribute {
	struct hu_str name, value;
};

struct reader {
	struct markup *m;
	const char *at;
	struct hu_str open[MAX_DEPTH];
	size_t depth;
	struct attribute attributes[MAX_ATTRIBUTES];
	size_t attribute_count;
	bool in_text;
	bool failed;
};

static bool fail(struct reader *r, const char *what)
{
	if (!r->failed)
		test_fail(__FILE__, __LINE__, "%s at: %.80s", what, r->at);
	r->failed = true;
	return false;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == ':';
}

static struct hu_str name(struct reader *r)
{
	const char *from = r->at;

	while (is_name(*r->at))
		r->at++;
	return (struct hu_str){from, (size_t)(r->at - from)};
}

static bool entity(struct reader *r, const char *at)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(at, known[i], strlen(known[i])))
			return true;
	r->at = at;
	return fail(r, "an entity that nobody knows");
}

static bool attributes(struct reader *r)
{
	r->attribute_count = 0;
	for (;;) {
		while (isspace((unsigned char)*r->at))
			r->at++;
		if (*r->at == '>' || *r->at == '/')
			return true;
		struct attribute a = {.name = name(r)};
		if (!a.name.len || *r->at != '=' || r->at[1] != '"' ||
		    r->attribute_count == MAX_ATTRIBUTES)
			return fail(r, "no attribute");
		r->at += 2;
		const char *from = r->at;
		for (; *r->at && *r->at != '"'; r->at++)
			if (*r->at == '<' || (*r->at == '&' && !entity(r, r->at)))
				return fail(r, "no value");
		if (*r->at != '"')
			return fail(r, "a value without end");
		a.value = (struct hu_str){from, (size_t)(r->at - from)};
		r->at++;
		for (size_t i = 0; i < r->attribute_count; i++)
			if (hu_str_eq(r->attributes[i].name, a.name))
				return fail(r, "an attribute twice");
		r->attributes[r->attribute_count++] = a;
	}
}

static struct hu_str value(const struct reader *r, const char *of)
{
	for (size_t i = 0; i < r->attribute_count; i++)
		if (hu_str_is(r->attributes[i].name, of))
			return r->attributes[i].value;
	return (struct hu_str){NULL, 0};
}

static double number(const struct reader *r, const char *of)
{
	struct hu_str s = value(r, of);

	return s.len ? strtod(s.at, NULL) : 0;
}

static void keep(struct reader *r, struct hu_str tag)
{
	struct markup *m = r->m;

	m->elements++;
	m->circles += hu_str_is(tag, "circle");
	if (!hu_str_is(tag, "rect") && !hu_str_is(tag, "text"))
		return;
	if (m->count == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 64;
		m->rects = hu_realloc(m->rects, m->cap * sizeof(*m->rects));
	}
	struct markup_rect *rect = &m->rects[m->count++];
	*rect = (struct markup_rect){.drawing = m->drawings,
				     .x = number(r, "x"),
				     .y = number(r, "y"),
				     .width = number(r, "width"),
				     .height = number(r, "height"),
				     .node = hu_str_starts(value(r, "class"), "node "),
				     .text = hu_str_is(tag, "text")};
	if (rect->text) {
		struct hu_str words = {r->at + 1, strcspn(r->at + 1, "<")};
		rect->width = 5.0 * (double)hu_escape_columns(words);
	}
}

static void references(struct reader *r, const char *html)
{
	for (size_t i = 0; i < r->attribute_count; i++) {
		struct attribute *a = &r->attributes[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out want = {0};
		struct hu_str rest = a->value, part;
		if (hu_str_starts(a->value, "url(#")) {
			hu_out_puts(&want, "id=\"");
			hu_out_bytes(&want, a->value.at + 5, a->value.len - 6);
			hu_out_putc(&want, '"');
			if (!strstr(html, want.at))
				fail(r, "a reference to nothing");
		}
		while (hu_str_is(a->name, "aria-labelledby") && rest.len) {
			part = hu_str_split(&rest, ' ');
			hu_out_clear(&want);
			hu_out_puts(&want, "id=\"");
			hu_out_str(&want, part);
			hu_out_putc(&want, '"');
			char *first = strstr((char *)(uintptr_t)html, want.at);
			if (!first)
				fail(r, "a label that is not there");
			else if (strstr(first + 1, want.at))
				fail(r, "an id twice");
		}
	}
}

/* One element after the other, until the first one ends. */
static void drawing(struct reader *r, const char *html)
{
	while (*r->at && !r->failed) {
		if (*r->at == '&' && !entity(r, r->at))
			return;
		if (*r->at != '<') {
			if ((unsigned char)*r->at < ' ' && *r->at != '\n')
				fail(r, "a control character");
			r->at++;
			continue;
		}
		if (r->at[1] == '/') {
			r->at += 2;
			struct hu_str tag = name(r);
			if (!r->depth || !hu_str_eq(r->open[r->depth - 1], tag) || *r->at != '>')
				fail(r, "ends what is not open");
			r->at++;
			if (!--r->depth)
				return;
			continue;
		}
		r->at++;
		struct hu_str tag = name(r);
		if (!tag.len || !attributes(r))
			return;
		references(r, html);
		keep(r, tag);
		if (*r->at == '/') {
			r->at++;
		} else if (r->depth == MAX_DEPTH) {
			fail(r, "too deep");
			return;
		} else {
			r->open[r->depth++] = tag;
		}
		if (*r->at != '>') {
			fail(r, "a tag without end");
			return;
		}
		r->at++;
	}
}

void markup_read(const char *html, struct markup *ret)
{
	*ret = (struct markup){0};
	struct reader r = {.m = ret, .at = html};

	while (!r.failed && (r.at = strstr(r.at, "<svg"))) {
		/* The bars in the cells of a table are no figures. */
		if (!strncmp(r.at, "<svg class=\"bar ", 16)) {
			r.at += 16;
			continue;
		}
		drawing(&r, html);
		if (r.depth)
			fail(&r, "a drawing without end");
		ret->drawings++;
		test_checks++;
	}
}

void markup_deinit(struct markup *m)
{
	free(m->rects);
	*m = (struct markup){0};
}
