/*
 * A known-fix file: read, checked against the schema, matched against its own samples, drafted and
 * shown. What a company keeps may be as broken as any capture.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/knownlib.h"
#include "db/embedded.h"
#include "db/rows.h"
#include "tests/support.h"

static struct hu_facts *facts;

static void usual_facts(void)
{
	static const char *const pairs[][2] = {
		{"code", "lock.wait"},
		{"lock", "shrinker_rwsem"},
		{"lock.type", "rwsem"},
		{"wanted", "write"},
		{"held", "read"},
		{"operation", "mount"},
		{"waiter.stack",
		 "rwsem_down_write_slowpath;down_write;prealloc_shrinker;alloc_super"},
		{"holder.stack", "super_cache_scan;do_shrink_slab;shrink_slab;shrink_node;kswapd"},
		{"holder.comm", "kswapd0"},
		{"holder.role", "kswapd"},
		{"dmesg", "INFO: task mount:4711 blocked for more than 120 seconds."},
	};

	facts = hu_facts_create();
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		hu_facts_add(facts, pairs[i][0], hu_str(pairs[i][1]));
}

static bool has(void *context, const char *symbol)
{
	(void)context;
	return symbol[0] == 's';
}

/* All that is asked of an entry which passed the checks. */
static void use(const struct hu_known_lib *lib, const struct hu_known_entry *entry)
{
	static const char *const lists[] = {"commits", "workarounds", "backports", "tried"};
	const struct hu_kernel kernels[] = {
		{.release = "6.1.0-51-amd64", .version = "#1 SMP Debian 6.1.192-2 (2026-11-01)"},
		{.release = "5.14.0-427.el9.x86_64",
		 .have_symbols = true,
		 .whole_symbols = true,
		 .has = has},
		{.have_symbols = true,
		 .has = has,
		 .have_btf = true,
		 .btf = has,
		 .have_config = true,
		 .set = has},
	};

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_known_decide(entry->json, &kernels[i], &text);
		hu_known_contradicts(entry->json, &kernels[i], &text);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const cJSON *item = hu_known_first(hu_known_item(entry->json, lists[i])); item;
		     item = item->next) {
			HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
			hu_known_item_text(lists[i], item, &text);
		}
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	hu_known_tried_text(entry->json, &text);
	struct hu_known_hit hit;
	hu_known_test(lib, entry, facts, &hit);
	hu_known_hit_deinit(&hit);
	for (const cJSON *sample = hu_known_first(hu_known_item(entry->json, "samples")); sample;
	     sample = sample->next) {
		struct hu_facts *own = hu_known_facts_of(hu_known_item(sample, "facts"));
		hu_known_test(lib, entry, own, &hit);
		hu_known_hit_deinit(&hit);
		hu_facts_destroy(own);
	}
}

/* The id of the entry in it; a file must be called after it. */
static char *id_of(struct hu_str text)
{
	cJSON *json = cJSON_ParseWithLength(text.at ? text.at : "", text.len);
	const char *id = json ? hu_known_text(json, "id") : "";
	char *ret = hu_strdup(hu_str(*id && strlen(id) < 200 && !strchr(id, '/') ? id : "fuzz"));

	cJSON_Delete(json);
	return ret;
}

/* One file, or a pack of several. */
static size_t files_of(struct hu_str in, struct hu_str *files, size_t most)
{
	struct hu_str rest = hu_pack_open(in);
	struct hu_piece piece;
	size_t count = 0;

	if (rest.at == in.at || !rest.len)
		files[count++] = in;
	else
		while (count < most && hu_pack_next(&rest, &piece))
			files[count++] = piece.bytes;
	return count;
}

/* As a folder that a company adds to what is compiled in. */
static void as_folder(const struct hu_str *files, size_t count)
{
	HU_CLEANUP(hu_freep) char *folder = hu_test_format("%s/known", hu_fuzz_folder());
	const char *const path = folder;
	const struct hu_site site = {&path, 1};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_known *known = NULL;
	int n;

	mkdir(folder, 0700);
	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_freep) char *id = id_of(files[i]);
		HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/%s.json", folder, id);
		hu_test_spew(file, files[i]);
	}
	hu_fuzz_must(hu_known_check(&path, 1, &text, &n));
	hu_fuzz_printable("a complaint", hu_out_view(&text));
	/* each reads all that is compiled in: one of them */
	HU_CLEANUP(hu_freep) char *id = id_of(files[0]);
	if (strlen(id) % 3 == 0)
		hu_known_site_say(&site, &text);
	else if (strlen(id) % 3 == 1)
		hu_fuzz_must(hu_known_list(&site, &text));
	else
		hu_err_free(hu_known_show(id, &site, &text));
	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_store_settle(store));
	hu_fuzz_must(hu_store_exec(store, (const char *)hu_sql_results));
	hu_fuzz_must(hu_known_open(store, &site, &known));
	hu_fuzz_must(hu_known_match(known, facts, "I1", &n));
	hu_known_close(known);
	hu_test_remove(folder);
}

static void one(struct hu_str in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out said = {0};
	struct hu_problems problems = {.to = &said};
	struct hu_known_lib lib = {.trust = true};
	struct hu_str files[8];
	size_t count = files_of(in, files, 8);

	if (!facts)
		usual_facts();
	/* the names of sets that entries use are in a file that is compiled in */
	hu_known_lib_builtin(&lib, true, &problems);
	lib.trust = false;
	lib.site = true;
	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_freep) char *id = id_of(files[i]);
		HU_CLEANUP(hu_freep) char *name = hu_test_format("%s.json", id);
		hu_known_lib_add(&lib, name, files[i], &problems);
	}
	hu_known_lib_finish(&lib, &problems);
	for (size_t i = 0; i < lib.count; i++)
		use(&lib, &lib.entries[i]);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	hu_known_markdown(&lib, &text);
	hu_known_lib_deinit(&lib);
	if (count && hu_fuzz_deep(in, 16)) /* all that are compiled in, several times */
		as_folder(files, count);
}

/* A company's own families: those of the library under other names. */
static void own_families(const char *path, struct hu_out *to)
{
	HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/families.json", path);
	cJSON *json = hu_test_is_file(file) ? hu_test_json(file) : NULL, *families, *family;

	if (!json)
		return;
	families = cJSON_GetObjectItem(json, "families");
	cJSON *own = cJSON_CreateObject();
	while ((family = cJSON_DetachItemFromArray(families, 0))) {
		HU_CLEANUP(hu_freep) char *name = hu_test_format("own_%s", family->string);
		cJSON_AddItemToObject(own, name, family);
	}
	cJSON_ReplaceItemInObject(json, "families", own);
	char *text = cJSON_PrintUnformatted(json);
	for (const char *c = text; *c; c++) {
		hu_out_putc(to, *c);
		hu_out_puts(to, *c == '@' ? "own_" : "");
	}
	cJSON_free(text);
	cJSON_Delete(json);
}

/* Each file; and, for a few, with the families that it names beside it. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out families = {0};

	hu_test_dir(path, &names);
	own_families(path, &families);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/%s", path, names.at[i]);
		HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0}, pack = {0}, own = {0};
		if (!hu_test_is_file(file) || !hu_test_slurp(file, &bytes))
			continue;
		add(to, hu_out_view(&bytes));
		if (i % 10)
			continue;
		for (size_t k = 0; k < bytes.len; k++) {
			hu_out_putc(&own, bytes.at[k]);
			hu_out_puts(&own, bytes.at[k] == '@' ? "own_" : "");
		}
		hu_pack_begin(&pack);
		hu_pack_add(&pack, hu_str(""), hu_out_view(&own));
		hu_pack_add(&pack, hu_str(""), hu_out_view(&families));
		add(to, hu_out_view(&pack));
	}
}

static size_t mutate(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	struct hu_str in = {(const char *)at, size};
	bool pack = hu_pack_open(in).at != in.at;

	return pack ? hu_mutate_json_pack(at, size, max, seed)
		    : hu_mutate_json(at, size, max, seed);
}

const struct hu_fuzz_target hu_fuzz_known = {"known", one, seeds, mutate};
