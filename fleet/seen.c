/* An open-addressing table of hashes. Nothing is ever taken out. */
#include "fleet/seen.h"

#include <stdlib.h>
#include <string.h>

#include "db/sha256.h"

bool hu_key_parse(struct hu_str hex, struct hu_key *ret)
{
	return hex.len == HU_SHA256_TEXT - 1 &&
	       hu_str_u64((struct hu_str){hex.at, 16}, 16, &ret->a) &&
	       hu_str_u64((struct hu_str){hex.at + 16, 16}, 16, &ret->b);
}

struct hu_key hu_key_of(struct hu_str text)
{
	struct hu_sha256 sha;
	struct hu_key key = {0, 0};
	char hex[HU_SHA256_TEXT];

	hu_sha256_init(&sha);
	hu_sha256_add(&sha, text.at, text.len);
	hu_sha256_finish(&sha, hex);
	hu_key_parse(hu_str(hex), &key);
	return key;
}

static bool same(struct hu_key x, struct hu_key y)
{
	return x.a == y.a && x.b == y.b;
}

static bool is_free(const struct hu_seen_entry *e)
{
	return !e->key.a && !e->key.b;
}

/* Its entry, or the free one where it would go. */
static struct hu_seen_entry *find(const struct hu_seen *seen, struct hu_key key)
{
	size_t i = (size_t)key.a & (seen->cap - 1);

	while (!is_free(&seen->entries[i]) && !same(seen->entries[i].key, key))
		i = (i + 1) & (seen->cap - 1);
	return &seen->entries[i];
}

int64_t *hu_seen_get(const struct hu_seen *seen, struct hu_key key)
{
	if (!seen->cap)
		return NULL;
	struct hu_seen_entry *e = find(seen, key);
	return is_free(e) ? NULL : &e->value;
}

static void grow(struct hu_seen *seen)
{
	struct hu_seen old = *seen;

	seen->cap = old.cap ? old.cap * 2 : 256;
	seen->entries = hu_alloc(seen->cap * sizeof(*seen->entries));
	for (size_t i = 0; i < old.cap; i++)
		if (!is_free(&old.entries[i]))
			*find(seen, old.entries[i].key) = old.entries[i];
	free(old.entries);
}

void hu_seen_put(struct hu_seen *seen, struct hu_key key, int64_t value)
{
	if (seen->count * 4 >= seen->cap * 3)
		grow(seen);
	struct hu_seen_entry *e = find(seen, key);
	if (is_free(e))
		seen->count++;
	*e = (struct hu_seen_entry){key, value};
}

static int by_key(const void *a, const void *b)
{
	const struct hu_seen_entry *x = a, *y = b;

	if (x->key.a != y->key.a)
		return x->key.a < y->key.a ? -1 : 1;
	return (x->key.b > y->key.b) - (x->key.b < y->key.b);
}

size_t hu_seen_sort(struct hu_seen *seen)
{
	size_t n = 0;

	for (size_t i = 0; i < seen->cap; i++)
		if (!is_free(&seen->entries[i]))
			seen->entries[n++] = seen->entries[i];
	if (n)
		qsort(seen->entries, n, sizeof(*seen->entries), by_key);
	seen->cap = 0;
	return n;
}

void hu_seen_deinit(struct hu_seen *seen)
{
	free(seen->entries);
	*seen = (struct hu_seen){0};
}
