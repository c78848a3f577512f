/*
 * `holdup known new`: the facts of one incident as a known fix that its author completes. What only
 * a person can write says TODO, and `holdup known check` names each of these until it is written.
 */
#include "analyzers/knownlib.h"
#include "db/rows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Deeper frames are those of every system call. */
enum { MOST_FRAMES = 6, MOST_STACKS = 4 };

struct draft {
	struct hu_known_lib lib; /* its families, to know frames of waiting */
	struct hu_facts *facts;
	char *signature, *title, *release;
};

static void draft_deinit(struct draft *d)
{
	hu_known_lib_deinit(&d->lib);
	hu_facts_destroy(d->facts);
	free(d->signature);
	free(d->title);
	free(d->release);
}

static struct hu_err *read_incident(struct hu_store *store, const char *incident, struct draft *d)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT signature, title, (SELECT value FROM fact WHERE key = "
		       "'kernel.release' ORDER BY source LIMIT 1) FROM incident WHERE id = ?1");

	hu_rows_bind_text(rows, 1, hu_str(incident));
	if (hu_rows_next(rows)) {
		d->signature = hu_strdup(hu_rows_str(rows, 0));
		d->title = hu_strdup(hu_rows_str(rows, 1));
		d->release = hu_rows_null(rows, 2) ? NULL : hu_strdup(hu_rows_str(rows, 2));
	}
	struct hu_err *err = hu_rows_close(rows);
	if (err)
		return err;
	if (!d->signature)
		return hu_err(HU_ERR_USAGE, "there is no incident %s in this store", incident);
	rows = hu_rows_open(store, "SELECT key, value FROM incident_fact WHERE incident = ?1 ORDER "
				   "BY rank");
	hu_rows_bind_text(rows, 1, hu_str(incident));
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *key = hu_strdup(hu_rows_str(rows, 0));
		hu_facts_add(d->facts, key, hu_rows_str(rows, 1));
	}
	return hu_rows_close(rows);
}

/* "mount|shrinker_rwsem|write|kswapd" is mount-shrinker-rwsem-write-kswapd. */
static void put_id(const char *signature, struct hu_out *to)
{
	for (const char *c = signature; *c; c++) {
		if (isalnum((unsigned char)*c))
			hu_out_putc(to, (char)tolower((unsigned char)*c));
		else if (to->len && to->at[to->len - 1] != '-')
			hu_out_putc(to, '-');
	}
	while (to->len && to->at[to->len - 1] == '-')
		to->at[--to->len] = '\0';
	if (!to->len)
		hu_out_puts(to, "new-entry");
}

static cJSON *words(cJSON *to, const char *name, const char *const *texts)
{
	cJSON *list = cJSON_AddArrayToObject(to, name);

	for (; *texts; texts++)
		cJSON_AddItemToArray(list, cJSON_CreateString(*texts));
	return list;
}

/* The distinct values of one fact, "mount, umount" as two; no list where there is none. */
static void put_values(const struct draft *d, const char *key, const char *name, cJSON *matches)
{
	cJSON *list = NULL;

	for (size_t i = 0; i < d->facts->count; i++) {
		struct hu_str rest = hu_str(d->facts->at[i].value);
		if (strcmp(d->facts->at[i].key, key) != 0)
			continue;
		while (rest.len) {
			HU_CLEANUP(hu_freep)
			char *one = hu_strdup(hu_str_trim(hu_str_split(&rest, ',')));
			if (!list)
				list = cJSON_AddArrayToObject(matches, name);
			if (*one && !hu_known_lists(list, one))
				cJSON_AddItemToArray(list, cJSON_CreateString(one));
		}
	}
}

static bool is_name(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.at[i]) && s.at[i] != '_')
			return false;
	return s.len && !isdigit((unsigned char)s.at[0]);
}

/*
 * The frames that say where it is: those between the waiting itself and the entry from user space.
 * Addresses and frames that other kernels name otherwise stay out.
 */
static cJSON *pattern_of(const struct draft *d, const char *stack)
{
	struct hu_str rest = hu_str(stack);
	cJSON *pattern = cJSON_CreateArray();

	while (rest.len && cJSON_GetArraySize(pattern) < MOST_FRAMES) {
		struct hu_str frame = hu_known_bare(hu_str_split(&rest, ';'));
		HU_CLEANUP(hu_freep) char *name = hu_strdup(frame);
		if (is_name(frame) && !hu_known_frame(&d->lib, "@waiting|@entry", frame))
			cJSON_AddItemToArray(pattern, cJSON_CreateString(name));
	}
	return pattern;
}

static void put_stacks(const struct draft *d, const char *key, const char *name, cJSON *matches)
{
	cJSON *list = NULL;

	for (size_t i = 0; i < d->facts->count && cJSON_GetArraySize(list) < MOST_STACKS; i++) {
		if (strcmp(d->facts->at[i].key, key) != 0)
			continue;
		cJSON *pattern = pattern_of(d, d->facts->at[i].value);
		bool fresh = cJSON_GetArraySize(pattern) > 0;
		for (const cJSON *p = hu_known_first(list); p; p = p->next)
			fresh &= !cJSON_Compare(p, pattern, true);
		if (fresh && !list)
			list = cJSON_AddArrayToObject(matches, name);
		if (fresh)
			cJSON_AddItemToArray(list, pattern);
		else
			cJSON_Delete(pattern);
	}
}

static bool put_matches(const struct draft *d, cJSON *entry)
{
	cJSON *matches = cJSON_AddObjectToObject(entry, "matches");
	bool waits = false;

	put_values(d, "code", "code", matches);
	for (const cJSON *code = hu_known_first(hu_known_item(matches, "code")); code;
	     code = code->next)
		waits |= hu_str_ends(hu_str(code->valuestring), "wait");
	put_values(d, "lock", "lock", matches);
	put_values(d, "lock.type", "lock.type", matches);
	put_values(d, "wanted", "wanted", matches);
	put_values(d, "held", "held", matches);
	put_values(d, "operation", "operation", matches);
	put_stacks(d, "waiter.stack", "waiter", matches);
	put_stacks(d, "holder.stack", waits ? "holder" : "stack", matches);
	put_values(d, "holder.role", "role", matches);
	put_values(d, "holder.doing", "doing", matches);
	return hu_known_item(matches, "lock") || hu_known_item(matches, "waiter") ||
	       hu_known_item(matches, "stack");
}

/* All facts but the kernel log, which names machines and people. */
static void put_sample(const struct draft *d, cJSON *entry)
{
	cJSON *sample = cJSON_CreateObject(), *facts;

	cJSON_AddItemToArray(cJSON_AddArrayToObject(entry, "samples"), sample);
	cJSON_AddStringToObject(sample, "is",
				"TODO: what was captured, where and on which kernel.");
	facts = cJSON_AddObjectToObject(sample, "facts");
	for (size_t i = 0; i < d->facts->count; i++) {
		const struct hu_fact *f = &d->facts->at[i];
		if (!strcmp(f->key, "dmesg") || !*f->value)
			continue;
		cJSON *list = cJSON_GetObjectItemCaseSensitive(facts, f->key);
		if (!list)
			list = cJSON_AddArrayToObject(facts, f->key);
		if (!hu_known_lists(list, f->value))
			cJSON_AddItemToArray(list, cJSON_CreateString(f->value));
	}
}

/* The same wait for another lock; without a lock, another kind of incident. */
static void put_negative(cJSON *entry)
{
	const cJSON *matches = hu_known_item(entry, "matches");
	const cJSON *code = hu_known_item(matches, "code");
	bool lock = hu_known_item(matches, "lock") != NULL;
	cJSON *negative = cJSON_CreateObject();

	cJSON_AddItemToArray(cJSON_AddArrayToObject(entry, "negatives"), negative);
	cJSON_AddStringToObject(negative, "is",
				"TODO: a look-alike that is not this cause, with its facts.");
	cJSON *facts = cJSON_AddObjectToObject(negative, "facts");
	if (lock) {
		cJSON_AddStringToObject(facts, "code", hu_known_first(code)->valuestring);
		cJSON_AddStringToObject(facts, "lock", "another_lock");
	} else {
		cJSON_AddStringToObject(facts, "code",
					hu_known_lists(code, "reclaim.fault") ? "oncpu.contention"
									      : "reclaim.fault");
	}
}

static void put_rest(const struct draft *d, cJSON *entry)
{
	static const char *const none[] = {NULL};
	static const char *const confirm[] = {"TODO: what tells this cause from its look-alikes.",
					      NULL};
	static const char *const verify[] = {"TODO: how to see that a change helped.", NULL};
	static const char *const links[] = {"https://example.org/TODO", NULL};
	cJSON *part, *item;

	words(entry, "confirm", confirm);
	part = cJSON_AddObjectToObject(entry, "refutes");
	words(part, "symbols", none);
	words(part, "facts", none);
	part = cJSON_AddObjectToObject(entry, "affects");
	cJSON_AddNullToObject(part, "introduced");
	cJSON_AddNullToObject(part, "fixed_in");
	cJSON_AddStringToObject(part, "status", "open");
	words(entry, "commits", none);
	words(entry, "backports", none);
	part = cJSON_AddObjectToObject(entry, "symbols");
	words(part, "fixed", none);
	words(part, "affected", none);
	words(entry, "consequences", none);
	item = cJSON_CreateObject();
	cJSON_AddItemToArray(cJSON_AddArrayToObject(entry, "workarounds"), item);
	cJSON_AddStringToObject(item, "do", "TODO: what to do until there is a fix.");
	cJSON_AddStringToObject(item, "cost", "TODO: what that costs.");
	words(entry, "verify", verify);
	words(entry, "references", links);
	HU_CLEANUP(hu_out_deinit) struct hu_out checked = {0};
	hu_out_printf(&checked, "Seen in one capture%s%s; TODO: how the cause was checked.",
		      d->release ? " of a kernel " : "", d->release ? d->release : "");
	item = cJSON_CreateObject();
	cJSON_AddItemToArray(cJSON_AddArrayToObject(entry, "facts"), item);
	cJSON_AddStringToObject(item, "what", "The lock, the operations and the stacks.");
	cJSON_AddStringToObject(item, "checked", checked.at);
}

struct hu_err *hu_known_draft(struct hu_store *store, const char *incident, struct hu_out *to)
{
	HU_CLEANUP(draft_deinit) struct draft d = {.facts = hu_facts_create()};
	HU_CLEANUP(hu_out_deinit) struct hu_out id = {0};
	struct hu_problems none = {0};
	struct hu_err *err = read_incident(store, incident, &d);

	if (err)
		return err;
	hu_known_lib_builtin(&d.lib, true, &none);
	cJSON *entry = cJSON_CreateObject();
	put_id(d.signature, &id);
	cJSON_AddStringToObject(entry, "id", id.at);
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	hu_out_printf(&title, "TODO: one line that names the cause of: %s", d.title);
	cJSON_AddStringToObject(entry, "title", title.at);
	cJSON_AddStringToObject(entry, "explains",
				"TODO: three sentences of your own. What waits for what, and why "
				"does it take long? What ends it?");
	bool anchored = put_matches(&d, entry);
	put_rest(&d, entry);
	put_sample(&d, entry);
	put_negative(entry);
	char *text = anchored ? cJSON_Print(entry) : NULL;
	cJSON_Delete(entry);
	if (!text)
		return hu_err(
			HU_ERR_UNSUPPORTED,
			"incident %s has neither a lock's name nor a stack that an entry could "
			"know it by",
			incident);
	hu_out_puts(to, text);
	hu_out_putc(to, '\n');
	cJSON_free(text);
	return NULL;
}
