/* Demands on a report, from a truth.json. Shaped for clear complaints: a few dozen checks per
 * report. */
#include "tests/checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct nodes {
	const cJSON **at;
	size_t count;
};

static void nodes_add(struct nodes *nodes, const cJSON *node)
{
	nodes->at = hu_realloc(nodes->at, (nodes->count + 1) * sizeof(*nodes->at));
	nodes->at[nodes->count++] = node;
}

/* One step of a pointer, with ~1 and ~0 undone. */
static char *unescape(struct hu_str step)
{
	char *text = hu_strdup(step), *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '~' && (from[1] == '0' || from[1] == '1'))
			*to++ = *++from == '1' ? '/' : '~';
		else
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

static void collect(const cJSON *node, struct hu_str path, struct nodes *ret)
{
	const cJSON *child;
	struct hu_str step;
	int64_t index;
	char *name;

	if (!node)
		return;
	if (path.len == 0) {
		nodes_add(ret, node);
		return;
	}
	path = hu_str_skip(path, 1);
	step.at = path.at;
	for (step.len = 0; step.len < path.len && path.at[step.len] != '/'; step.len++)
		;
	path = hu_str_skip(path, step.len);
	if (hu_str_is(step, "*")) {
		cJSON_ArrayForEach(child, node) collect(child, path, ret);
	} else if (cJSON_IsArray(node)) {
		if (hu_str_i64(step, &index))
			collect(cJSON_GetArrayItem(node, (int)index), path, ret);
	} else if (cJSON_IsObject(node)) {
		name = unescape(step);
		collect(cJSON_GetObjectItemCaseSensitive(node, name), path, ret);
		free(name);
	}
}

static bool one_of(const cJSON *node, const cJSON *values)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, values) if (cJSON_Compare(node, value, true)) return true;
	return false;
}

static bool near(const cJSON *node, const cJSON *check, const cJSON *want)
{
	const cJSON *percent = cJSON_GetObjectItemCaseSensitive(check, "percent");
	const cJSON *by = cJSON_GetObjectItemCaseSensitive(check, "by");
	double slack = by	 ? by->valuedouble
		       : percent ? fabs(want->valuedouble) * percent->valuedouble / 100
				 : 0;

	return cJSON_IsNumber(node) && fabs(node->valuedouble - want->valuedouble) <= slack;
}

static bool has(const cJSON *node, const cJSON *part)
{
	return cJSON_IsString(node) && cJSON_IsString(part) &&
	       strstr(node->valuestring, part->valuestring);
}

static bool has_count(const cJSON *node, const cJSON *want)
{
	return (cJSON_IsArray(node) || cJSON_IsObject(node)) &&
	       cJSON_GetArraySize(node) == want->valueint;
}

/* One demand of one node; -1: no such demand. */
static int demand(const cJSON *node, const cJSON *check, const cJSON *item)
{
	const char *op = item->string;

	if (strcmp(op, "is") == 0)
		return cJSON_Compare(node, item, true);
	if (strcmp(op, "is_not") == 0)
		return !cJSON_Compare(node, item, true);
	if (strcmp(op, "one_of") == 0)
		return one_of(node, item);
	if (strcmp(op, "none_of") == 0)
		return !one_of(node, item);
	if (strcmp(op, "contains") == 0)
		return has(node, item);
	if (strcmp(op, "lacks") == 0)
		return !has(node, item);
	if (strcmp(op, "near") == 0)
		return near(node, check, item);
	if (strcmp(op, "at_least") == 0)
		return cJSON_IsNumber(node) && node->valuedouble >= item->valuedouble;
	if (strcmp(op, "at_most") == 0)
		return cJSON_IsNumber(node) && node->valuedouble <= item->valuedouble;
	if (strcmp(op, "count") == 0)
		return has_count(node, item);
	if (strcmp(op, "present") == 0)
		return !cJSON_IsNull(node);
	return -1;
}

static bool is_modifier(const char *key)
{
	static const char *const keys[] = {"path", "any",     "all", "none",
					   "why",  "percent", "by",  "absent"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* All demands of `check` of one node. A check without a demand, or with one that we do not know, is
 * false: see bad_check(). */
static bool satisfies(const cJSON *node, const cJSON *check)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, check)
	{
		if (!is_modifier(item->string) && demand(node, check, item) != 1)
			return false;
	}
	return true;
}

static const char *bad_check(const cJSON *check)
{
	const cJSON *item;
	int demands = 0, paths = 0;

	cJSON_ArrayForEach(item, check)
	{
		if (strcmp(item->string, "path") == 0 || strcmp(item->string, "any") == 0 ||
		    strcmp(item->string, "all") == 0 || strcmp(item->string, "none") == 0) {
			if (!cJSON_IsString(item) ||
			    (*item->valuestring && *item->valuestring != '/'))
				return "a path that does not start with /";
			paths++;
		} else if (strcmp(item->string, "absent") == 0) {
			demands++;
		} else if (!is_modifier(item->string)) {
			if (demand(check, check, item) < 0)
				return "a demand that nobody knows";
			demands++;
		}
	}
	if (paths != 1)
		return "not exactly one of path, any, all, none";
	return demands ? NULL : "no demand";
}

static void print_nodes(const struct nodes *nodes, struct hu_out *ret)
{
	hu_out_printf(ret, "there are %zu nodes:", nodes->count);
	for (size_t i = 0; i < nodes->count && i < 8; i++) {
		char *text = cJSON_PrintUnformatted(nodes->at[i]);

		hu_out_printf(ret, " %.300s", text ? text : "?");
		free(text);
	}
}

static bool evaluate(const cJSON *check, const char *quantor, const struct nodes *nodes)
{
	size_t good = 0;

	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(check, "absent"))) {
		for (size_t i = 0; i < nodes->count; i++)
			if (!cJSON_IsNull(nodes->at[i]))
				return false;
		return true;
	}
	for (size_t i = 0; i < nodes->count; i++)
		good += satisfies(nodes->at[i], check);
	if (strcmp(quantor, "path") == 0)
		return nodes->count == 1 && good == 1;
	if (strcmp(quantor, "any") == 0)
		return good > 0;
	if (strcmp(quantor, "all") == 0)
		return good == nodes->count;
	return good == 0;
}

bool hu_test_check(const cJSON *report, const cJSON *check, struct hu_out *why)
{
	static const char *const quantors[] = {"path", "any", "all", "none"};
	const char *problem = bad_check(check);
	struct nodes nodes = {0};
	const cJSON *path;
	bool ok = false;
	char *text;

	for (size_t i = 0; !problem && i < sizeof(quantors) / sizeof(*quantors); i++) {
		path = cJSON_GetObjectItemCaseSensitive(check, quantors[i]);
		if (!path)
			continue;
		collect(report, hu_str(path->valuestring), &nodes);
		ok = evaluate(check, quantors[i], &nodes);
	}
	if (!ok) {
		text = cJSON_PrintUnformatted(check);
		hu_out_printf(why, "%s\n\t", text ? text : "?");
		free(text);
		if (problem)
			hu_out_printf(why, "the check is wrong: %s", problem);
		else
			print_nodes(&nodes, why);
	}
	free(nodes.at);
	return ok;
}
