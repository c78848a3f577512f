/* The facts of one incident: a few dozen pairs, kept in the order in which they came. */
#include "analyzers/knownlib.h"
#include "analyzers/result.h"

#include <stdlib.h>

struct hu_facts *hu_facts_create(void)
{
	return hu_alloc(sizeof(struct hu_facts));
}

void hu_facts_destroy(struct hu_facts *facts)
{
	if (!facts)
		return;
	for (size_t i = 0; i < facts->count; i++) {
		free(facts->at[i].key);
		free(facts->at[i].value);
	}
	free(facts->at);
	free(facts);
}

void hu_facts_add(struct hu_facts *facts, const char *key, struct hu_str value)
{
	if (facts->count == facts->cap) {
		facts->cap = facts->cap ? facts->cap * 2 : 16;
		facts->at = hu_realloc(facts->at, facts->cap * sizeof(*facts->at));
	}
	facts->at[facts->count++] = (struct hu_fact){hu_strdup(hu_str(key)), hu_strdup(value)};
}

struct hu_err *hu_facts_save(struct hu_store *store, const char *incident,
			     const struct hu_facts *facts)
{
	struct hu_err *err = NULL;

	for (size_t i = 0; i < facts->count; i++)
		hu_result(store, &err,
			  "INSERT INTO incident_fact (incident, rank, key, value) VALUES (?1, ?2, "
			  "?3, ?4)",
			  "siss", incident, (int64_t)i + 1, facts->at[i].key, facts->at[i].value);
	return err;
}

struct hu_facts *hu_known_facts_of(const cJSON *sample)
{
	struct hu_facts *facts = hu_facts_create();

	for (const cJSON *item = hu_known_first(sample); item; item = item->next) {
		if (cJSON_IsString(item))
			hu_facts_add(facts, item->string, hu_str(item->valuestring));
		else
			for (const cJSON *value = hu_known_first(item); value; value = value->next)
				hu_facts_add(facts, item->string, hu_str(value->valuestring));
	}
	return facts;
}

const char *hu_known_text(const cJSON *object, const char *name)
{
	const cJSON *item = hu_known_item(object, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

const cJSON *hu_known_item(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const cJSON *hu_known_first(const cJSON *list)
{
	return list ? list->child : NULL;
}

bool hu_known_flag(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(hu_known_item(object, name));
}

bool hu_known_lists(const cJSON *list, const char *text)
{

	for (const cJSON *item = hu_known_first(list); item; item = item->next)
		if (hu_str_is(hu_str(text), item->valuestring))
			return true;
	return false;
}
