/* A form of a tool's output from JSON: its columns or lines, and what its records put. */
#include "ingest/tool_json.h"

#include <stdio.h>
#include <string.h>

static struct hu_err *load_column(const cJSON *json, struct hu_tool_column *c,
				  const struct hu_tool_place *at)
{
	static const char *const keys[] = {"head", "is",   "optional", "unit",
					   "map",  "last", "of",       NULL};
	struct hu_err *err = hu_tool_allowed(json, keys, at);
	HU_CLEANUP(hu_freep) char *of = NULL;

	if (!err)
		err = hu_tool_get_text(json, "head", true, &c->head, at);
	if (!err)
		err = hu_tool_get_role(json, "is", true, &c->role, at);
	if (!err)
		err = hu_tool_get_bool(json, "optional", &c->optional, at);
	if (!err)
		err = hu_tool_get_bool(json, "last", &c->last, at);
	if (!err)
		err = hu_tool_get_text(json, "unit", false, &c->unit, at);
	if (!err)
		err = hu_tool_get_text(json, "of", false, &of, at);
	if (err)
		return err;
	if (hu_role_type(c->role) == HU_TYPE_NONE)
		return hu_tool_wrong(at, "a column cannot be a %s", hu_role_name(c->role));
	if (of && (c->role != HU_ROLE_TIME || strcmp(of, "start") != 0))
		return hu_tool_wrong(at, "\"of\" is \"start\", of a time");
	c->start = of;
	if (c->unit &&
	    (hu_role_type(c->role) != HU_TYPE_QUANTITY || hu_tool_unit(hu_str(c->unit)) < 0))
		return hu_tool_wrong(at, "\"unit\" is ns, us, ms or s, of a quantity");
	return hu_tool_get_map(json, &c->map, &c->maps, at);
}

static struct hu_err *load_columns(const cJSON *json, struct hu_tool_form *form,
				   const struct hu_tool_place *at)
{
	const cJSON *list, *item;
	size_t n;
	struct hu_err *err = hu_tool_get_list(json, "columns", true, &list, &n, at);

	if (err)
		return err;
	if (n > HU_TOOL_COLUMNS)
		return hu_tool_wrong(at, "more than %d columns", HU_TOOL_COLUMNS);
	form->column = hu_alloc(sizeof(*form->column) * n);
	cJSON_ArrayForEach(item, list)
	{
		struct hu_tool_place here = {at, "columns", (int)form->columns};
		err = load_column(item, &form->column[form->columns++], &here);
		if (err)
			return err;
	}
	size_t needed = 0;
	for (size_t i = 0; i < n; i++) {
		needed += !form->column[i].optional;
		if (form->column[i].last && i + 1 < n)
			return hu_tool_wrong(at,
					     "only the last column can take the rest of the line");
	}
	return needed ? NULL
		      : hu_tool_wrong(at, "a header is known by a column that is always there");
}

static struct hu_err *check_template(const char *text, const struct hu_tool_place *at)
{
	struct hu_str rest = hu_str(text);

	while (rest.len) {
		hu_str_split(&rest, '{');
		if (!rest.len)
			break;
		struct hu_str name = hu_str_split(&rest, '}');
		enum hu_tool_role role;
		if (!hu_role_by_name(name, &role))
			return hu_tool_wrong(at, "\"%s\": \"%.*s\" means nothing", text,
					     (int)name.len, name.at);
	}
	return NULL;
}

const char *const hu_tool_words[HU_PUT_WORDS] = {
	[HU_PUT_SPAN] = "span",
	[HU_PUT_AGGREGATE] = "aggregate",
	[HU_PUT_SNAPSHOT] = "snapshot",
	[HU_PUT_SAMPLE] = "sample",
	[HU_PUT_IO] = "io",
	[HU_PUT_SYSCALL] = "syscall",
	[HU_PUT_NOTHING] = "nothing",
};

static struct hu_err *load_put(const cJSON *json, struct hu_tool_put *put,
			       const struct hu_tool_place *at)
{
	static const char *const keys[] = {"put",   "label", "duration",      "count",
					   "total", "key",   "checks_result", NULL};
	HU_CLEANUP(hu_freep) char *word = NULL;
	struct hu_err *err = hu_tool_allowed(json, keys, at);

	if (!err)
		err = hu_tool_get_text(json, "put", true, &word, at);
	if (err)
		return err;
	for (size_t i = 1; i < HU_PUT_WORDS; i++)
		if (!strcmp(hu_tool_words[i], word))
			put->word = (enum hu_tool_word)i;
	if (!put->word)
		return hu_tool_wrong(
			at, "\"%s\" is no word of the vocabulary that a table can tell", word);
	bool labelled = put->word != HU_PUT_IO && put->word != HU_PUT_SYSCALL;
	err = hu_tool_get_text(json, "label", labelled, &put->label, at);
	if (!err && put->label)
		err = check_template(put->label, at);
	put->duration = HU_ROLE_DURATION;
	if (!err)
		err = hu_tool_get_role(json, "duration", false, &put->duration, at);
	if (!err)
		err = hu_tool_get_role(json, "count", false, &put->count, at);
	if (!err)
		err = hu_tool_get_role(json, "total", false, &put->total, at);
	if (!err)
		err = hu_tool_get_bool(json, "checks_result", &put->checks_result, at);
	HU_CLEANUP(hu_freep) enum hu_tool_role *key = NULL;
	if (!err)
		err = hu_tool_get_roles(json, "key", false, &key, &put->keys, at);
	if (!err && put->keys > HU_TOOL_KEYS)
		err = hu_tool_wrong(at, "more than %d parts of a key", HU_TOOL_KEYS);
	if (err)
		return err;
	for (size_t i = 0; i < put->keys; i++)
		put->key[i] = key[i];
	if (put->word != HU_PUT_AGGREGATE && put->keys)
		return hu_tool_wrong(at, "only an aggregate has a key");
	return NULL;
}

static struct hu_err *load_stacks(const cJSON *json, struct hu_tool_form *form,
				  const struct hu_tool_place *at)
{
	HU_CLEANUP(hu_freep) char *end = NULL;
	HU_CLEANUP(hu_freep) char *first = NULL;
	struct hu_err *err = hu_tool_get_text(json, "end", true, &end, at);

	if (!err)
		err = hu_tool_pattern_compile(hu_str(end), &form->end);
	if (!err)
		err = hu_tool_get_patterns(json, "split", false, &form->split, &form->splits, at);
	if (!err)
		err = hu_tool_get_bool(json, "reversed", &form->reversed, at);
	if (!err)
		err = hu_tool_get_text(json, "first", false, &first, at);
	if (!err && first && strcmp(first, "other_stack") != 0 && strcmp(first, "stack") != 0)
		return hu_tool_wrong(at, "\"first\" is stack or other_stack");
	form->other_first = first && !strcmp(first, "other_stack");
	return err;
}

static struct hu_err *load_folded(const cJSON *json, struct hu_tool_form *form,
				  const struct hu_tool_place *at)
{
	size_t stacks = 0;
	struct hu_err *err =
		hu_tool_get_roles(json, "fields", true, &form->field, &form->fields, at);

	if (!err)
		err = hu_tool_get_copies(json, "marks", false, &form->mark, &form->marks, at);
	if (err)
		return err;
	for (size_t i = 0; i < form->fields; i++)
		stacks += form->field[i] == HU_ROLE_STACK || form->field[i] == HU_ROLE_OTHER_STACK;
	for (size_t i = 0; i < form->marks; i++)
		if (!*form->mark[i])
			return hu_tool_wrong(at, "\"marks\" has texts in it");
	if (!stacks || stacks > 2 || form->field[form->fields - 1] == HU_ROLE_STACK ||
	    hu_role_type(form->field[form->fields - 1]) == HU_TYPE_TEXT)
		return hu_tool_wrong(
			at, "folded lines have one or two stacks, and a number at their end");
	return NULL;
}

struct hu_err *hu_tool_form_load(const cJSON *json, struct hu_tool_form *form,
				 const struct hu_tool_place *at)
{
	static const char *const keys[] = {
		"form",	 "columns",  "frames", "after", "lines", "end", "unit", "split",
		"first", "reversed", "fields", "csv",	"marks", "map", "puts", NULL};
	static const struct {
		const char *name;
		const char *takes; /* of the keys above */
	} kinds[] = {
		[HU_FORM_ROWS] = {"rows", " columns frames after csv "},
		[HU_FORM_HISTOGRAM] = {"histogram", "  "},
		[HU_FORM_STACKS] = {"stacks", " lines end unit split first reversed "},
		[HU_FORM_FOLDED] = {"folded", " fields unit marks "},
		[HU_FORM_LINES] = {"lines", " lines unit "},
		[HU_FORM_RECORD] = {"record", " lines unit map "},
	};
	HU_CLEANUP(hu_freep) char *kind = NULL;
	struct hu_err *err = hu_tool_allowed(json, keys, at);

	if (!err)
		err = hu_tool_get_text(json, "form", true, &kind, at);
	if (err)
		return err;
	for (size_t i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, kind))
			form->kind = (enum hu_tool_form_kind)i;
	if (!form->kind)
		return hu_tool_wrong(at, "\"form\" is rows, histogram, stacks, folded, lines or "
					 "record");
	for (const cJSON *item = json->child; item; item = item->next) {
		char word[64];
		snprintf(word, sizeof(word), " %.60s ", item->string);
		if (strcmp(item->string, "form") != 0 && strcmp(item->string, "puts") != 0 &&
		    !strstr(kinds[form->kind].takes, word))
			return hu_tool_wrong(at, "\"%s\" is no key of a form \"%s\"", item->string,
					     kind);
	}
	err = hu_tool_get_text(json, "unit", false, &form->unit, at);
	if (!err && form->unit && hu_tool_unit(hu_str(form->unit)) < 0)
		return hu_tool_wrong(at, "\"unit\" is ns, us, ms or s");
	if (!err && form->kind == HU_FORM_ROWS)
		err = load_columns(json, form, at);
	if (!err)
		err = hu_tool_get_bool(json, "frames", &form->frames, at);
	if (!err)
		err = hu_tool_get_bool(json, "csv", &form->csv, at);
	if (!err)
		err = hu_tool_get_map(json, &form->map, &form->maps, at);
	if (!err)
		err = hu_tool_get_patterns(json, form->kind == HU_FORM_ROWS ? "after" : "lines",
					   form->kind == HU_FORM_LINES ||
						   form->kind == HU_FORM_RECORD,
					   &form->line, &form->lines, at);
	if (!err && form->kind == HU_FORM_STACKS)
		err = load_stacks(json, form, at);
	if (!err && form->kind == HU_FORM_FOLDED)
		err = load_folded(json, form, at);
	const cJSON *list, *item;
	size_t n = 0;
	if (!err)
		err = hu_tool_get_list(json, "puts", true, &list, &n, at);
	if (err)
		return err;
	form->put = hu_alloc(sizeof(*form->put) * n);
	cJSON_ArrayForEach(item, list)
	{
		struct hu_tool_place here = {at, "puts", (int)form->puts};
		err = load_put(item, &form->put[form->puts++], &here);
		if (err)
			return err;
	}
	return NULL;
}
