/* Vectors that move into a file as they grow: the same values, sorted as qsort() sorts them. */
#include "analyzers/model.h"
#include "analyzers/spill.h"
#include "tests/support.h"
#include "tests/test.h"

#include <stdlib.h>
#include <unistd.h>

struct item {
	uint64_t key, place, more[6];
};

static int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* 38 MB: some runs of 8 MiB. */
enum { ITEMS = 600000 };

static void check_in(const char *folder)
{
	struct hu_spill *spill = hu_spill_new(folder);
	struct {
		struct hu_spill *spill;
	} m = {spill};
	HU_VEC(struct item) items = {0};
	HU_VEC(uint64_t) others = {0};
	uint64_t random = 88172645463325252u;
	size_t wrong = 0;

	for (uint64_t i = 0; i < ITEMS; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		struct item item = {.key = random % 5000, .place = i, .more = {~i}};
		HU_PUSH_MUCH(&m, &items, item);
		HU_PUSH_MUCH(&m, &others, i);
	}
	for (uint64_t i = 0; i < ITEMS; i++)
		wrong += items.at[i].place != i || others.at[i] != i;
	CHECK_INT(wrong, 0);
	HU_SORT_MUCH(&m, &items, by_key);
	for (uint64_t i = 1; i < ITEMS; i++) {
		const struct item *a = &items.at[i - 1], *b = &items.at[i];
		wrong += a->key > b->key || (a->key == b->key && a->place > b->place) ||
			 b->more[0] != ~b->place;
	}
	CHECK_INT(wrong, 0);
	HU_PUSH_MUCH(&m, &items, (struct item){.key = 7});
	CHECK_INT(items.at[ITEMS].key, 7);
	hu_spill_drop(spill, items.at);
	hu_spill_drop(spill, others.at);
	hu_spill_free(spill);
}

int main(void)
{
	char *folder = hu_test_tempdir();

	check_in(folder);
	check_in(NULL);
	check_in("/nonexistent");
	hu_test_remove(folder);
	free(folder);
	return test_end();
}
