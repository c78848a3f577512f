/*
 * Any stacks, and what is asked of them: which lock, why it sleeps, which known fix. An input is
 * lines of KEY=VALUE, facts as analyzers/known.h lists them; every stack among them also goes
 * through a store, frame by frame.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/knownlib.h"
#include "analyzers/stacks.h"
#include "db/rows.h"
#include "tests/support.h"

static struct hu_known_lib lib;

static void ask(struct hu_str frame)
{
	HU_CLEANUP(hu_freep) char *text = hu_strdup(frame);
	HU_CLEANUP(hu_freep) char *bare = hu_strdup(hu_known_bare(frame));

	hu_is_lock_function(text);
	for (uint32_t type = 0; type <= hu_lock_function_type(text) + 1 && type < 8; type++)
		hu_lock_place(text, type, bare, type % 2);
	hu_spin_place(text);
	hu_symbol_is(text, bare);
	/* a frame as a pattern, too: alternatives, sets and stars come from strangers' files */
	hu_known_frame(&lib, text, frame);
	hu_known_glob(text, strlen(text), hu_str(bare));
}

static void in_store(const struct hu_str *stacks, size_t count)
{
	struct hu_store *store = NULL;
	struct hu_sink *sink = NULL;
	struct hu_stacks all;
	const struct hu_source_info info = {.path = "fuzz",
					    .format = "fuzz",
					    .why = "",
					    .sha256 = "00",
					    .clock = HU_CLOCK_MONOTONIC};
	hu_stack ids[16];

	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_store_begin(store, &info, &sink));
	for (size_t i = 0; i < count; i++) {
		struct hu_str frames[64], rest = stacks[i];
		size_t n = 0;
		for (; n < 64 && rest.len; n++)
			frames[n] = hu_str_split(&rest, ';');
		hu_stack s = 0;
		while (n--) /* outermost first */
			s = hu_push_frame(sink, s, hu_intern(sink, frames[n]),
					  n % 7 == 6 ? hu_internz(sink, "ext4") : 0);
		ids[i] = s;
		hu_put_switch(sink, &(struct hu_switch){.at = {.ts = (hu_ns)i + 1,
							       .pos = i + 1,
							       .cpu = 0,
							       .tid = 1,
							       .stack = s},
							.next = 2,
							.state = HU_STATE_UNINTERRUPTIBLE});
	}
	(void)ids;
	hu_fuzz_must(hu_store_end(sink, NULL));
	hu_fuzz_must(hu_store_set_bundle(store, "fuzz", "00", 0, 1));
	hu_fuzz_must(hu_store_settle(store));
	hu_fuzz_must(hu_stacks_load(store, &all));
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT stack FROM switch WHERE stack IS NOT NULL");
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_stack_id id = hu_rows_int(rows, 0);
		const struct hu_stack_facts *facts = hu_stack_facts(&all, id);
		if (!hu_why_name(facts->why))
			hu_fuzz_wrong("a reason without a name: %d", (int)facts->why);
		hu_stack_top(&all, id);
		hu_stack_has(&all, id, "shrink_slab");
		hu_stack_text(&all, id, ";", &text);
	}
	hu_fuzz_must(hu_rows_close(rows));
	hu_stacks_deinit(&all);
	hu_store_close(store);
}

static void one(struct hu_str in)
{
	struct hu_facts *facts;
	struct hu_str rest = in, line, stacks[16];
	size_t count = 0;

	if (!lib.count) {
		struct hu_problems problems = {0};
		lib.trust = true;
		hu_known_lib_builtin(&lib, false, &problems);
		hu_known_lib_finish(&lib, &problems);
	}
	facts = hu_facts_create();
	for (int n = 0; n < 64 && hu_str_line(&rest, &line); n++) {
		HU_CLEANUP(hu_freep) char *key = hu_strdup(hu_str_split(&line, '='));
		hu_facts_add(facts, key, line);
		if (!hu_str_ends(hu_str(key), "stack"))
			continue;
		if (count < 16)
			stacks[count++] = line;
		struct hu_str left = line;
		for (int i = 0; i < 64 && left.len; i++)
			ask(hu_str_split(&left, ';'));
		HU_CLEANUP(hu_freep) char *text = hu_strdup(line);
		hu_known_shallow(&lib, text);
	}
	for (size_t i = 0; i < lib.count; i++) {
		struct hu_known_hit hit;
		hu_known_test(&lib, &lib.entries[i], facts, &hit);
		hu_known_hit_deinit(&hit);
	}
	hu_facts_destroy(facts);
	if (hu_fuzz_deep(in, 16) && count)
		in_store(stacks, count);
}

/* The samples of a known-fix file. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	static const char *const lists[] = {"samples", "negative_samples"};

	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *member = hu_test_format("%s/%s", path, names.at[i]);
		seeds(member, add, to);
	}
	if (!hu_str_ends(hu_str(path), ".json") || !hu_test_is_file(path))
		return;
	cJSON *json = hu_test_json(path);
	for (size_t k = 0; k < 2; k++)
		for (const cJSON *s = hu_known_first(hu_known_item(json, lists[k])); s;
		     s = s->next) {
			HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
			struct hu_facts *facts = hu_known_facts_of(hu_known_item(s, "facts"));
			for (size_t i = 0; i < facts->count; i++)
				hu_out_printf(&text, "%s=%s\n", facts->at[i].key,
					      facts->at[i].value);
			hu_facts_destroy(facts);
			add(to, hu_out_view(&text));
		}
	cJSON_Delete(json);
}

const struct hu_fuzz_target hu_fuzz_stacks = {"stacks", one, seeds, NULL};
