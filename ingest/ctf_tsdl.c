/* Tokens, integers and structures of CTF metadata; each byte of it is looked at a few times. */
#include "ingest/ctf_tsdl.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

void hu_tsdl_deinit(struct hu_tsdl *s)
{
	free(s->alias);
	free(s->named);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

void hu_tsdl_next(struct hu_tsdl *s)
{
	for (;;) {
		s->left = hu_str_trim(s->left);
		bool block = hu_str_starts(s->left, "/*");
		if (!block && !hu_str_starts(s->left, "//"))
			break;
		ptrdiff_t end = hu_str_find(hu_str_skip(s->left, 2), block ? "*/" : "\n");
		s->left =
			hu_str_skip(s->left, end < 0 ? s->left.len : (size_t)end + (block ? 4 : 3));
	}
	size_t len = 0;
	while (len < s->left.len && is_word(s->left.at[len]))
		len++;
	if (!len && s->left.len && s->left.at[0] == '"') {
		len = 1;
		while (len < s->left.len && s->left.at[len] != '"')
			len += s->left.at[len] == '\\' ? 2 : 1;
		len = len < s->left.len ? len + 1 : s->left.len;
	} else if (!len && hu_str_starts(s->left, ":=")) {
		len = 2;
	} else if (!len && s->left.len) {
		len = 1;
	}
	s->token = (struct hu_str){s->left.at, len};
	s->left = hu_str_skip(s->left, len);
}

bool hu_tsdl_at(const struct hu_tsdl *s, const char *what)
{
	return hu_str_is(s->token, what);
}

bool hu_tsdl_take(struct hu_tsdl *s, const char *what)
{
	if (!hu_tsdl_at(s, what))
		return false;
	hu_tsdl_next(s);
	return true;
}

/* Behind the bracket that closes the one at the token. */
static void skip_block(struct hu_tsdl *s)
{
	size_t depth = 0;

	while (s->token.len) {
		if (hu_tsdl_at(s, "{") || hu_tsdl_at(s, "(") || hu_tsdl_at(s, "["))
			depth++;
		else if (hu_tsdl_at(s, "}") || hu_tsdl_at(s, ")") || hu_tsdl_at(s, "]"))
			depth -= !!depth;
		hu_tsdl_next(s);
		if (!depth)
			return;
	}
}

void hu_tsdl_skip(struct hu_tsdl *s)
{
	while (s->token.len && !hu_tsdl_at(s, ";") && !hu_tsdl_at(s, "}")) {
		if (hu_tsdl_at(s, "{") || hu_tsdl_at(s, "(") || hu_tsdl_at(s, "["))
			skip_block(s);
		else
			hu_tsdl_next(s);
	}
	hu_tsdl_take(s, ";");
}

bool hu_tsdl_number(struct hu_str token, uint32_t *ret)
{
	uint64_t value;
	bool hex = hu_str_starts(token, "0x");

	if (!hu_str_u64(token, hex ? 16 : 10, &value) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* "integer { size = 64; align = 8; … }", from behind "integer". */
static bool integer(struct hu_tsdl *s, uint32_t *bits, uint32_t *align)
{
	*bits = *align = 0;
	if (!hu_tsdl_take(s, "{"))
		return false;
	while (s->token.len && !hu_tsdl_at(s, "}")) {
		struct hu_str key = s->token;
		hu_tsdl_next(s);
		if (hu_tsdl_take(s, "=") && hu_str_is(key, "size") &&
		    !hu_tsdl_number(s->token, bits))
			return false;
		if (hu_str_is(key, "align") && !hu_tsdl_number(s->token, align))
			return false;
		hu_tsdl_skip(s);
	}
	if (!*align)
		*align = *bits % 8 ? 1 : 8;
	return hu_tsdl_take(s, "}") && *bits && *bits <= 64 && *align <= 64 &&
	       !(*align & (*align - 1));
}

/* The words at the token as one name, up to something that is no word. */
static struct hu_str words(struct hu_tsdl *s, size_t keep)
{
	struct hu_tsdl ahead = *s;
	struct hu_str name = s->token;
	size_t count = 0;

	while (ahead.token.len && is_word(ahead.token.at[0])) {
		count++;
		hu_tsdl_next(&ahead);
	}
	for (; count > keep; count--) {
		name.len = (size_t)(s->token.at + s->token.len - name.at);
		hu_tsdl_next(s);
	}
	return name;
}

void hu_tsdl_typealias(struct hu_tsdl *s)
{
	uint32_t bits, align;

	if (hu_tsdl_take(s, "integer") && integer(s, &bits, &align) && hu_tsdl_take(s, ":=")) {
		struct hu_str name = words(s, 0);
		s->alias = hu_realloc(s->alias, (s->aliases + 1) * sizeof(*s->alias));
		s->alias[s->aliases++] = (struct hu_tsdl_alias){name, bits, align};
	}
	hu_tsdl_skip(s);
}

static bool known(const struct hu_tsdl *s, struct hu_str name, struct hu_tsdl_field *ret)
{
	for (size_t i = s->aliases; i-- > 0;)
		if (hu_str_eq(s->alias[i].name, name)) {
			ret->bits = s->alias[i].bits;
			ret->align = s->alias[i].align;
			return true;
		}
	return false;
}

static bool member(struct hu_tsdl *s, struct hu_tsdl_field *ret)
{
	ret->count = 1;
	bool typed = hu_tsdl_take(s, "integer") ? integer(s, &ret->bits, &ret->align)
						: known(s, words(s, 1), ret);
	if (!typed || !s->token.len || !is_word(s->token.at[0]))
		return false;
	ret->name = s->token;
	hu_tsdl_next(s);
	if (hu_tsdl_take(s, "[") && (!hu_tsdl_number(s->token, &ret->count) || ret->count > 4096 ||
				     (hu_tsdl_next(s), !hu_tsdl_take(s, "]"))))
		return false;
	return hu_tsdl_take(s, ";");
}

static struct hu_tsdl_fields body(struct hu_tsdl *s)
{
	struct hu_tsdl_fields fields = {.align = 1};
	uint32_t align;

	fields.strange = !hu_tsdl_take(s, "{");
	while (!fields.strange && !hu_tsdl_take(s, "}")) {
		struct hu_tsdl_field field;
		fields.strange = fields.count > 64 || !member(s, &field);
		if (fields.strange)
			break;
		if (field.align > fields.align)
			fields.align = field.align;
		fields.at = hu_realloc(fields.at, (fields.count + 1) * sizeof(field));
		fields.at[fields.count++] = field;
	}
	if (!fields.strange && hu_tsdl_take(s, "align") && hu_tsdl_take(s, "(") &&
	    hu_tsdl_number(s->token, &align) && align <= 64 && align > fields.align)
		fields.align = align;
	return fields;
}

struct hu_tsdl_fields hu_tsdl_structure(struct hu_tsdl *s)
{
	struct hu_tsdl_fields fields = {.align = 1, .strange = true};

	if (hu_tsdl_take(s, "struct")) {
		struct hu_tsdl there = *s;
		struct hu_str name = s->token;
		for (size_t i = 0; i < s->names; i++)
			if (hu_str_eq(s->named[i].name, name)) {
				there.left = s->named[i].body;
				hu_tsdl_next(&there);
			}
		if (hu_tsdl_at(s, "{"))
			fields = body(s);
		else
			fields = body(&there);
	}
	hu_tsdl_skip(s);
	return fields;
}

void hu_tsdl_name(struct hu_tsdl *s)
{
	struct hu_str name = s->token;

	hu_tsdl_next(s);
	if (hu_tsdl_at(s, "{")) {
		struct hu_str from = {s->token.at, s->left.len + 1};
		s->named = hu_realloc(s->named, (s->names + 1) * sizeof(*s->named));
		s->named[s->names++] = (struct hu_tsdl_named){name, from};
	}
	hu_tsdl_skip(s);
}
