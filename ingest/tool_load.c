/*
 * Descriptions from JSON, with nothing believed: an unknown key, a missing one or a word that means
 * nothing is an error that names the file and the place. Some thirty files of a few KB.
 */
#include "ingest/tool_json.h"

#include <stdlib.h>
#include <string.h>

static struct hu_err *load_sample(const cJSON *json, struct hu_tool_sample *sample,
				  const struct hu_tool_place *at)
{
	static const char *const keys[] = {"lines", "gives", "from", NULL};
	HU_CLEANUP(hu_freep) const char **lines = NULL;
	size_t n;
	struct hu_err *err = hu_tool_allowed(json, keys, at);

	if (!err)
		err = hu_tool_get_texts(json, "lines", true, &lines, &n, at);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		hu_out_puts(&sample->text, lines[i]);
		hu_out_putc(&sample->text, '\n');
	}
	return hu_tool_get_copies(json, "gives", true, &sample->gives, &sample->count, at);
}

static struct hu_err *load(const cJSON *json, struct hu_tool *t)
{
	static const char *const keys[] = {"tool",     "reads", "note",	   "banners", "sections",
					   "fallback", "forms", "samples", NULL};
	const cJSON *list, *item;
	size_t n;
	struct hu_err *err = hu_tool_allowed(json, keys, NULL);

	if (!err)
		err = hu_tool_get_text(json, "tool", true, &t->tool, NULL);
	if (!err)
		err = hu_tool_get_text(json, "reads", true, &t->reads, NULL);
	if (!err)
		err = hu_tool_get_bool(json, "fallback", &t->fallback, NULL);
	if (!err)
		err = hu_tool_get_patterns(json, "banners", false, &t->banner, &t->banners, NULL);
	if (!err)
		err = hu_tool_get_patterns(json, "sections", false, &t->section, &t->sections,
					   NULL);
	if (!err)
		err = hu_tool_get_list(json, "forms", true, &list, &n, NULL);
	if (err)
		return err;
	t->form = hu_alloc(sizeof(*t->form) * n);
	bool rows = false;
	cJSON_ArrayForEach(item, list)
	{
		struct hu_tool_place here = {NULL, "forms", (int)t->forms};
		err = hu_tool_form_load(item, &t->form[t->forms++], &here);
		if (err)
			return err;
		rows |= t->form[t->forms - 1].kind == HU_FORM_ROWS ||
			t->form[t->forms - 1].kind == HU_FORM_RECORD;
	}
	if (!t->banners && !rows && !t->fallback)
		return hu_tool_wrong(NULL,
				     "nothing tells this tool's output: it needs \"banners\" or a "
				     "form \"rows\"");
	err = hu_tool_get_list(json, "samples", true, &list, &n, NULL);
	if (err)
		return err;
	t->sample = hu_alloc(sizeof(*t->sample) * n);
	cJSON_ArrayForEach(item, list)
	{
		struct hu_tool_place here = {NULL, "samples", (int)t->samples};
		err = load_sample(item, &t->sample[t->samples++], &here);
		if (err)
			return err;
	}
	return NULL;
}

struct hu_err *hu_tool_load(const char *name, struct hu_str text, struct hu_tool *ret)
{
	const char *end = NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(text.at, text.len, &end, false);
	struct hu_err *err;

	*ret = (struct hu_tool){0};
	if (!json) {
		size_t line = 1;
		for (const char *c = text.at; end && c < end; c++)
			line += *c == '\n';
		err = hu_err(HU_ERR_BAD_INPUT, "line %zu: no JSON", line);
	} else {
		err = load(json, ret);
		if (!err && strcmp(ret->tool, name) != 0)
			err = hu_err(HU_ERR_BAD_INPUT,
				     "\"tool\" is \"%s\": it must be the file's "
				     "name",
				     ret->tool);
	}
	cJSON_Delete(json);
	if (err)
		hu_tool_deinit(ret);
	return hu_err_in(err, "in %s.json", name);
}

static void free_patterns(struct hu_tool_pattern *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hu_tool_pattern_deinit(&at[i]);
	free(at);
}

static void free_map(struct hu_tool_map *map, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(map[i].from);
		free(map[i].to);
	}
	free(map);
}

static void free_form(struct hu_tool_form *form)
{
	for (size_t i = 0; i < form->columns; i++) {
		struct hu_tool_column *c = &form->column[i];
		free_map(c->map, c->maps);
		free(c->head);
		free(c->unit);
	}
	for (size_t i = 0; i < form->puts; i++)
		free(form->put[i].label);
	free_map(form->map, form->maps);
	for (size_t i = 0; i < form->marks; i++)
		free(form->mark[i]);
	free(form->mark);
	free_patterns(form->line, form->lines);
	free_patterns(form->split, form->splits);
	hu_tool_pattern_deinit(&form->end);
	free(form->column);
	free(form->unit);
	free(form->field);
	free(form->put);
}

void hu_tool_deinit(struct hu_tool *t)
{
	for (size_t i = 0; i < t->forms; i++)
		free_form(&t->form[i]);
	for (size_t i = 0; i < t->samples; i++) {
		for (size_t k = 0; k < t->sample[i].count; k++)
			free(t->sample[i].gives[k]);
		free(t->sample[i].gives);
		hu_out_deinit(&t->sample[i].text);
	}
	free_patterns(t->banner, t->banners);
	free_patterns(t->section, t->sections);
	free(t->tool);
	free(t->reads);
	free(t->form);
	free(t->sample);
	*t = (struct hu_tool){0};
}

struct hu_err *hu_tools_builtin(const struct hu_tools **ret)
{
	static struct hu_tools all; /* never changes once it is there */
	struct hu_err *err = NULL;

	*ret = &all;
	if (all.at)
		return NULL;
	size_t n = 0;
	while (hu_tool_files[n].name)
		n++;
	struct hu_tool *at = hu_alloc(sizeof(*at) * n);
	for (size_t i = 0; i < n && !err; i++)
		err = hu_tool_load(
			hu_tool_files[i].name,
			(struct hu_str){(const char *)hu_tool_files[i].bytes, hu_tool_files[i].len},
			&at[i]);
	if (err) {
		for (size_t i = 0; i < n; i++)
			hu_tool_deinit(&at[i]);
		free(at);
		return err;
	}
	all = (struct hu_tools){at, n};
	return NULL;
}
