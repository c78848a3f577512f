/*
 * Keys of a description: wanted or not, of the right kind, or an error that says where it stands.
 */
#include "ingest/tool_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say_place(const struct hu_tool_place *at, struct hu_out *to)
{
	if (!at)
		return;
	say_place(at->in, to);
	if (at->in)
		hu_out_putc(to, '.');
	hu_out_puts(to, at->name);
	if (at->index >= 0)
		hu_out_printf(to, "[%d]", at->index);
}

struct hu_err *hu_tool_wrong(const struct hu_tool_place *at, const char *fmt, ...)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out where = {0};
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say_place(at, &where);
	return hu_err(HU_ERR_BAD_INPUT, "%s%s%s", where.len ? where.at : "", where.len ? ": " : "",
		      text);
}

struct hu_err *hu_tool_allowed(const cJSON *object, const char *const *keys,
			       const struct hu_tool_place *at)
{
	if (!cJSON_IsObject(object))
		return hu_tool_wrong(at, "must be an object");
	for (const cJSON *item = object->child; item; item = item->next) {
		const char *const *k = keys;
		while (*k && strcmp(*k, item->string) != 0)
			k++;
		if (!*k)
			return hu_tool_wrong(at, "\"%s\" is no key here", item->string);
		for (const cJSON *other = item->next; other; other = other->next)
			if (!strcmp(other->string, item->string))
				return hu_tool_wrong(at, "\"%s\" stands twice", item->string);
	}
	return NULL;
}

struct hu_err *hu_tool_get_text(const cJSON *object, const char *key, bool needed, char **ret,
				const struct hu_tool_place *at)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!item)
		return needed ? hu_tool_wrong(at, "\"%s\" is missing", key) : NULL;
	if (!cJSON_IsString(item) || !item->valuestring[0])
		return hu_tool_wrong(at, "\"%s\" must be a text", key);
	*ret = hu_strdup(hu_str(item->valuestring));
	return NULL;
}

struct hu_err *hu_tool_get_bool(const cJSON *object, const char *key, bool *ret,
				const struct hu_tool_place *at)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (item && !cJSON_IsBool(item))
		return hu_tool_wrong(at, "\"%s\" must be true or false", key);
	*ret = cJSON_IsTrue(item);
	return NULL;
}

static struct hu_err *role_of(const char *text, enum hu_tool_role *ret,
			      const struct hu_tool_place *at)
{
	if (!hu_role_by_name(hu_str(text), ret))
		return hu_tool_wrong(at, "\"%s\" means nothing", text);
	return NULL;
}

struct hu_err *hu_tool_get_role(const cJSON *object, const char *key, bool needed,
				enum hu_tool_role *ret, const struct hu_tool_place *at)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!item)
		return needed ? hu_tool_wrong(at, "\"%s\" is missing", key) : NULL;
	if (!cJSON_IsString(item))
		return hu_tool_wrong(at, "\"%s\" must be a text", key);
	return role_of(item->valuestring, ret, at);
}

struct hu_err *hu_tool_get_list(const cJSON *object, const char *key, bool needed,
				const cJSON **ret, size_t *count, const struct hu_tool_place *at)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);

	*ret = list;
	*count = 0;
	if (!list)
		return needed ? hu_tool_wrong(at, "\"%s\" is missing", key) : NULL;
	if (!cJSON_IsArray(list) || !list->child)
		return hu_tool_wrong(at, "\"%s\" must be a list with something in it", key);
	*count = (size_t)cJSON_GetArraySize(list);
	return NULL;
}

struct hu_err *hu_tool_get_texts(const cJSON *object, const char *key, bool needed,
				 const char ***ret, size_t *count, const struct hu_tool_place *at)
{
	const cJSON *list, *item;
	size_t n;
	struct hu_err *err = hu_tool_get_list(object, key, needed, &list, &n, at);

	*ret = NULL;
	*count = 0;
	if (err || !n)
		return err;
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			return hu_tool_wrong(at, "\"%s\" has texts in it", key);
	}
	*ret = hu_alloc(sizeof(**ret) * n);
	cJSON_ArrayForEach(item, list)
	{
		(*ret)[(*count)++] = item->valuestring;
	}
	return NULL;
}

struct hu_err *hu_tool_get_roles(const cJSON *object, const char *key, bool needed,
				 enum hu_tool_role **ret, size_t *count,
				 const struct hu_tool_place *at)
{
	HU_CLEANUP(hu_freep) const char **texts = NULL;
	struct hu_err *err = hu_tool_get_texts(object, key, needed, &texts, count, at);

	if (err || !*count)
		return err;
	*ret = hu_alloc(sizeof(**ret) * *count);
	for (size_t i = 0; i < *count && !err; i++)
		err = role_of(texts[i], &(*ret)[i], at);
	return err;
}

struct hu_err *hu_tool_get_copies(const cJSON *object, const char *key, bool needed, char ***ret,
				  size_t *count, const struct hu_tool_place *at)
{
	HU_CLEANUP(hu_freep) const char **texts = NULL;
	struct hu_err *err = hu_tool_get_texts(object, key, needed, &texts, count, at);

	if (err || !*count)
		return err;
	*ret = hu_alloc(sizeof(**ret) * *count);
	for (size_t i = 0; i < *count; i++)
		(*ret)[i] = hu_strdup(hu_str(texts[i]));
	return NULL;
}

struct hu_err *hu_tool_get_patterns(const cJSON *object, const char *key, bool needed,
				    struct hu_tool_pattern **ret, size_t *count,
				    const struct hu_tool_place *at)
{
	const cJSON *list, *item;
	size_t n;
	struct hu_err *err = hu_tool_get_list(object, key, needed, &list, &n, at);

	if (err || !n)
		return err;
	*ret = hu_alloc(sizeof(**ret) * n);
	cJSON_ArrayForEach(item, list)
	{
		struct hu_tool_place here = {at, key, (int)*count};
		if (!cJSON_IsString(item))
			return hu_tool_wrong(&here, "must be a text");
		err = hu_tool_pattern_compile(hu_str(item->valuestring), &(*ret)[(*count)++]);
		if (err) {
			struct hu_err *told = hu_tool_wrong(&here, "%s", hu_err_text(err));
			hu_err_free(err);
			return told;
		}
	}
	return NULL;
}

struct hu_err *hu_tool_get_map(const cJSON *object, struct hu_tool_map **ret, size_t *count,
			       const struct hu_tool_place *at)
{
	const cJSON *map = cJSON_GetObjectItemCaseSensitive(object, "map"), *item;

	if (map && (!cJSON_IsObject(map) || !map->child))
		return hu_tool_wrong(at, "\"map\" must be an object with something in it");
	if (map)
		*ret = hu_alloc(sizeof(**ret) * (size_t)cJSON_GetArraySize(map));
	cJSON_ArrayForEach(item, map)
	{
		if (!cJSON_IsString(item))
			return hu_tool_wrong(at, "\"map\" has texts in it");
		(*ret)[*count].from = hu_strdup(hu_str(item->string));
		(*ret)[(*count)++].to = hu_strdup(hu_str(item->valuestring));
	}
	return NULL;
}
