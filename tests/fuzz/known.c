/*
 * A known-fix file: read, checked against the schema, matched against its own samples, drafted and
 * shown. What a company keeps may be as broken as any capture.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "analyzers/knownlib.h"

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

static void one(struct hu_str in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out said = {0};
	struct hu_problems problems = {.to = &said};
	struct hu_known_lib lib = {.site = true};

	if (!facts)
		usual_facts();
	/* the names of sets that entries use are in a file that is compiled in */
	lib.site = false;
	lib.trust = true;
	hu_known_lib_builtin(&lib, true, &problems);
	lib.trust = false;
	lib.site = true;
	hu_known_lib_add(&lib, "fuzz.json", in, &problems);
	hu_known_lib_finish(&lib, &problems);
	for (size_t i = 0; i < lib.count; i++)
		use(&lib, &lib.entries[i]);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	hu_known_markdown(&lib, &text);
	hu_known_lib_deinit(&lib);
}

const struct hu_fuzz_target hu_fuzz_known = {"known", one, NULL, NULL};
