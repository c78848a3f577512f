/*
 * docs/known-fix.schema.json applied to one JSON value: the part of JSON Schema that the file uses
 * ($ref into $defs, type, enum, properties, required, additionalProperties, items, minItems,
 * minLength, pattern). The schema is ours and is compiled in; the value may be anybody's. cJSON
 * bounds the depth of the value, and $refs of the schema do not go round.
 */
#include "analyzers/knownlib.h"
#include "db/utf8.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char hu_known_schema[];
extern const size_t hu_known_schema_len;

struct check {
	const cJSON *root;
	const char *file;
	struct hu_problems *to;
};

void hu_known_problem(struct hu_problems *p, const char *file, const char *path, const char *fmt,
		      ...)
{
	p->count++;
	if (!p->to)
		return;
	size_t from = p->to->len;
	hu_out_printf(p->to, "%s: %s%s", file, path ? path : "", path ? ": " : "");
	va_list ap;
	va_start(ap, fmt);
	HU_CLEANUP(hu_freep) char *text = NULL;
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	hu_out_puts(p->to, text ? text : "");
	/* Names in a damaged file may hold anything; a terminal shall not act on it. */
	for (struct hu_str rest = {p->to->at + from, p->to->len - from}; rest.len;) {
		struct hu_str c = {rest.at, hu_utf8_len(rest)};
		bool shown = c.len && !hu_utf8_control(c);
		c.len = c.len ? c.len : 1;
		for (size_t i = 0; !shown && i < c.len; i++)
			p->to->at[from + i] = '?';
		from += c.len;
		rest = hu_str_skip(rest, c.len);
	}
	hu_out_putc(p->to, '\n');
}

static const char *type_name(const cJSON *value)
{
	if (cJSON_IsString(value))
		return "string";
	if (cJSON_IsArray(value))
		return "array";
	if (cJSON_IsObject(value))
		return "object";
	if (cJSON_IsBool(value))
		return "boolean";
	if (cJSON_IsNull(value))
		return "null";
	return "number";
}

static bool type_fits(const cJSON *type, const cJSON *value)
{
	if (cJSON_IsString(type))
		return !strcmp(type->valuestring, type_name(value));
	return hu_known_lists(type, type_name(value));
}

/* What a schema wants, for people: its description, or that of what it refers to. */
static const char *wanted(const struct check *c, const cJSON *schema)
{
	for (;;) {
		const char *text = hu_known_text(schema, "description");
		const char *ref = hu_known_text(schema, "$ref");
		if (*text)
			return text;
		if (!*ref) {
			const char *type = hu_known_text(schema, "type");
			return *type ? type : "something else";
		}
		schema = hu_known_item(hu_known_item(c->root, "$defs"), strrchr(ref, '/') + 1);
	}
}

static bool fits(const char *pattern, const char *text)
{
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	bool ok = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return ok;
}

static void check_value(const struct check *c, const cJSON *schema, const cJSON *value,
			const char *path);

static void check_fields(const struct check *c, const cJSON *schema, const cJSON *value,
			 const char *path)
{
	const cJSON *properties = hu_known_item(schema, "properties");
	const cJSON *others = hu_known_item(schema, "additionalProperties");

	for (const cJSON *item = hu_known_first(hu_known_item(schema, "required")); item;
	     item = item->next) {
		const cJSON *field = hu_known_item(properties, item->valuestring);
		if (!hu_known_item(value, item->valuestring))
			hu_known_problem(c->to, c->file, path,
					 "the field \"%s\" is missing; expected: %s",
					 item->valuestring, wanted(c, field));
	}
	for (const cJSON *item = hu_known_first(value); item; item = item->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};
		hu_out_printf(&at, "%s.%s", path, item->string);
		const cJSON *field = hu_known_item(properties, item->string);
		if (hu_known_item(value, item->string) != item) {
			hu_known_problem(c->to, c->file, at.at, "this field is there twice");
		} else if (field) {
			check_value(c, field, item, at.at);
		} else if (cJSON_IsObject(others)) {
			check_value(c, others, item, at.at);
		} else if (cJSON_IsFalse(others)) {
			HU_CLEANUP(hu_out_deinit) struct hu_out known = {0};
			for (const cJSON *name = hu_known_first(properties); name;
			     name = name->next)
				hu_out_printf(&known, "%s%s", known.len ? ", " : "", name->string);
			hu_known_problem(c->to, c->file, at.at, "unknown name; known here: %s",
					 known.at ? known.at : "");
		}
	}
}

static void check_items(const struct check *c, const cJSON *schema, const cJSON *value,
			const char *path)
{
	const cJSON *least = hu_known_item(schema, "minItems");
	const cJSON *items = hu_known_item(schema, "items");
	int n = 0;

	if (least && cJSON_GetArraySize(value) < least->valueint)
		hu_known_problem(c->to, c->file, path,
				 "needs at least %d in the list; expected: %s", least->valueint,
				 wanted(c, schema));
	for (const cJSON *item = hu_known_first(value); item; item = item->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};
		hu_out_printf(&at, "%s[%d]", path, n++);
		if (items)
			check_value(c, items, item, at.at);
	}
}

static void check_value(const struct check *c, const cJSON *schema, const cJSON *value,
			const char *path)
{
	const char *expected = wanted(c, schema);

	for (const char *ref; *(ref = hu_known_text(schema, "$ref"));)
		schema = hu_known_item(hu_known_item(c->root, "$defs"), strrchr(ref, '/') + 1);

	const cJSON *type = hu_known_item(schema, "type");
	if (type && !type_fits(type, value)) {
		hu_known_problem(c->to, c->file, path, "this is of type %s; expected: %s",
				 type_name(value), expected);
		return;
	}
	const cJSON *words = hu_known_item(schema, "enum");
	if (words && !(cJSON_IsString(value) && hu_known_lists(words, value->valuestring))) {
		HU_CLEANUP(hu_out_deinit) struct hu_out known = {0};
		for (const cJSON *word = hu_known_first(words); word; word = word->next)
			hu_out_printf(&known, "%s%s", known.len ? ", " : "", word->valuestring);
		hu_known_problem(c->to, c->file, path, "unknown word%s%s%s; known here: %s",
				 cJSON_IsString(value) ? " \"" : "",
				 cJSON_IsString(value) ? value->valuestring : "",
				 cJSON_IsString(value) ? "\"" : "", known.at);
		return;
	}
	if (cJSON_IsString(value)) {
		const cJSON *least = hu_known_item(schema, "minLength");
		const char *pattern = hu_known_text(schema, "pattern");
		if (strstr(value->valuestring, "TODO"))
			hu_known_problem(c->to, c->file, path,
					 "a TODO that is still to be written; expected: %s",
					 expected);
		else if (least && strlen(value->valuestring) < (size_t)least->valueint)
			hu_known_problem(c->to, c->file, path, "too short; expected: %s", expected);
		else if (*pattern && !fits(pattern, value->valuestring))
			hu_known_problem(c->to, c->file, path, "\"%s\" does not fit; expected: %s",
					 value->valuestring, expected);
	} else if (cJSON_IsObject(value)) {
		check_fields(c, schema, value, path);
	} else if (cJSON_IsArray(value)) {
		check_items(c, schema, value, path);
	}
}

void hu_known_schema_check(const char *name, const cJSON *value, const char *file,
			   struct hu_problems *p)
{
	cJSON *root = cJSON_ParseWithLength((const char *)hu_known_schema, hu_known_schema_len);
	struct check c = {root, file, p};

	if (!root)
		hu_known_problem(p, file, NULL, "the schema of this build cannot be read");
	else
		check_value(&c, hu_known_item(hu_known_item(root, "$defs"), name), value, "$");
	cJSON_Delete(root);
}
