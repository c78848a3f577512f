/*
 * How two clocks relate, from what both of them saw: two tracers that ran at once stamped the same
 * task switches. A switch between two tasks that hardly ever follow each other is the same one in
 * both; many such pairs with one difference of stamps give the offset, and their spread the slack.
 */
#include "db/store_private.h"
#include "db/events.h"

#include <stdlib.h>
#include <string.h>

enum { WANTED = 100000, RARE = 4, LEAST = 10 };
static const hu_ns window = HU_NS_PER_MS;

struct seen {
	uint64_t key;
	hu_ns ts;
};

struct seens {
	struct seen *at;
	size_t count;
};

static uint64_t key_of(int64_t cpu, int64_t tid, int64_t next)
{
	uint64_t h = (uint64_t)tid << 32 ^ (uint64_t)next << 8 ^ (uint64_t)cpu;

	h *= UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 31;
}

static int by_key(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->ts < y->ts ? -1 : x->ts > y->ts;
}

static int by_value(const void *a, const void *b)
{
	const hu_ns *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The switches whose key falls into the sample: the same keys of both sources. */
static void read_switches(struct hu_store *store, struct hu_stretch in, uint64_t step,
			  struct seens *ret)
{
	struct hu_events *e = hu_events_open(store, HU_EVENTS_SWITCH, 0, in.first, in.last);
	size_t cap = 0;

	while (hu_events_next(e)) {
		if (hu_events_null(e, HU_COL_TS) || hu_events_null(e, HU_COL_CPU) ||
		    hu_events_null(e, HU_COL_TID) || hu_events_null(e, HU_SWITCH_NEXT))
			continue;
		uint64_t key = key_of(hu_events_int(e, HU_COL_CPU), hu_events_int(e, HU_COL_TID),
				      hu_events_int(e, HU_SWITCH_NEXT));
		if (key % step)
			continue;
		if (ret->count == cap) {
			cap = cap ? cap * 2 : 1024;
			ret->at = hu_realloc(ret->at, cap * sizeof(*ret->at));
		}
		ret->at[ret->count++] = (struct seen){key, hu_events_int(e, HU_COL_TS)};
	}
	hu_store_keep_broken(store, hu_events_close(e));
	if (ret->count)
		qsort(ret->at, ret->count, sizeof(*ret->at), by_key);
}

static size_t run_of(const struct seens *s, size_t at)
{
	size_t end = at;

	while (end < s->count && s->at[end].key == s->at[at].key)
		end++;
	return end - at;
}

/* All differences b - a of keys that both have and neither more than `rare` times; *keys counts
 * those keys. */
static size_t differences(const struct seens *a, const struct seens *b, size_t rare, hu_ns **ret,
			  size_t *keys)
{
	size_t count = 0, cap = 0;

	*keys = 0;
	free(*ret);
	*ret = NULL;
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		size_t in_a = run_of(a, i), in_b = run_of(b, k);
		if (a->at[i].key != b->at[k].key) {
			if (a->at[i].key < b->at[k].key)
				i += in_a;
			else
				k += in_b;
			continue;
		}
		for (size_t x = 0; in_a <= rare && in_b <= rare && x < in_a * in_b; x++) {
			hu_ns d;
			if (__builtin_sub_overflow(b->at[k + x % in_b].ts, a->at[i + x / in_b].ts,
						   &d))
				continue;
			if (count == cap) {
				cap = cap ? cap * 2 : 256;
				*ret = hu_realloc(*ret, cap * sizeof(**ret));
			}
			(*ret)[count++] = d;
		}
		*keys += in_a <= rare && in_b <= rare;
		i += in_a;
		k += in_b;
	}
	return count;
}

bool hu_derive_clocks(struct hu_store *store, struct hu_stretch a, struct hu_stretch b,
		      struct hu_derived *ret)
{
	int64_t rows_a = a.last - a.first, rows_b = b.last - b.first;
	int64_t rows = rows_a > rows_b ? rows_a : rows_b;
	struct seens in_a = {0}, in_b = {0};
	uint64_t step = (uint64_t)rows / WANTED + 1;
	size_t keys = 0, best = 0, best_at = 0;
	hu_ns *d = NULL;

	read_switches(store, a, step, &in_a);
	read_switches(store, b, step, &in_b);
	/* Keys that each has once give one difference each, and mix nothing up. */
	size_t count = differences(&in_a, &in_b, 1, &d, &keys);
	if (keys < LEAST)
		count = differences(&in_a, &in_b, RARE, &d, &keys);
	if (count)
		qsort(d, count, sizeof(*d), by_value);
	/* The window of differences with most in it: there they agree. */
	for (size_t from = 0, to = 0; from < count; from++) {
		while (to < count && (uint64_t)d[to] - (uint64_t)d[from] <= (uint64_t)window)
			to++;
		if (to - from > best) {
			best = to - from;
			best_at = from;
		}
	}
	bool agreed = best >= LEAST && best >= keys / 2;
	if (agreed) {
		hu_ns middle = d[best_at + best / 2], low = middle - d[best_at],
		      high = d[best_at + best - 1] - middle;
		*ret = (struct hu_derived){middle, (low > high ? low : high) + 1000, best};
	}
	free(d);
	free(in_a.at);
	free(in_b.at);
	return agreed;
}
