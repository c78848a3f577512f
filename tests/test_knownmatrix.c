/*
 * The confusion matrix of the library: every sample of every entry against all entries. Only the
 * diagonal may match; each pair that should not is printed. And on each entry's own side: a sample
 * is seen by its entry, a negative sample is not.
 */
#include "analyzers/knownlib.h"
#include "tests/test.h"

struct cell {
	bool candidate;
	size_t matched, refuted;
};

static struct cell cell(const struct hu_known_lib *lib, const struct hu_known_entry *entry,
			const struct hu_facts *facts)
{
	struct hu_known_hit hit;

	hu_known_test(lib, entry, facts, &hit);
	struct cell c = {hit.candidate, hit.matched, hit.refuted};
	hu_known_hit_deinit(&hit);
	return c;
}

/* Returns how many cells of the row are wrong. */
static size_t row(const struct hu_known_lib *lib, const struct hu_known_entry *own,
		  const char *list, int n, const cJSON *sample)
{
	struct hu_facts *facts = hu_known_facts_of(hu_known_item(sample, "facts"));
	bool positive = !strcmp(list, "samples");
	size_t wrong = 0;

	for (size_t i = 0; i < lib->count; i++) {
		const struct hu_known_entry *other = &lib->entries[i];
		bool diagonal = other == own;
		if (!positive && !diagonal)
			continue; /* a look-alike may well be another entry's */
		struct cell c = cell(lib, other, facts);
		if (c.candidate == (positive && diagonal))
			continue;
		wrong++;
		printf("%s, %s[%d] (%s) %s %s: %zu predicates matched, %zu refuted\n", own->id,
		       list, n, hu_known_text(sample, "is"),
		       c.candidate ? "matches" : "does not match", other->id, c.matched, c.refuted);
	}
	hu_facts_destroy(facts);
	return wrong;
}

static size_t matrix(const struct hu_known_lib *lib, size_t *rows)
{
	static const char *const lists[] = {"samples", "negatives"};
	size_t wrong = 0;

	*rows = 0;
	for (size_t i = 0; i < lib->count; i++)
		for (size_t k = 0; k < 2; k++) {
			const struct hu_known_entry *own = &lib->entries[i];
			int n = 0;
			for (const cJSON *sample =
				     hu_known_first(hu_known_item(own->json, lists[k]));
			     sample; sample = sample->next, ++*rows)
				wrong += row(lib, own, lists[k], n++, sample);
		}
	return wrong;
}

static void test_matrix(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	size_t rows;

	hu_known_lib_load(&lib, NULL, &problems);
	CHECK_INT(matrix(&lib, &rows), 0);
	CHECK(rows >= 2 * lib.count);
	printf("%zu samples against %zu entries\n", rows, lib.count);
	hu_known_lib_deinit(&lib);
}

/* The same test must see an entry that asks for too little. */
static void test_offender(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	size_t rows;

	hu_known_lib_load(&lib, NULL, &problems);
	for (size_t i = 0; i < lib.count; i++)
		if (!strcmp(lib.entries[i].id, "shrinker-rwsem-memcg-create"))
			cJSON_DeleteItemFromObjectCaseSensitive(
				cJSON_GetObjectItemCaseSensitive(lib.entries[i].json, "matches"),
				"needs");
	printf("(these pairs are asked for)\n");
	CHECK(matrix(&lib, &rows) > 0);
	hu_known_lib_deinit(&lib);
}

int main(void)
{
	test_matrix();
	test_offender();
	return test_end();
}
