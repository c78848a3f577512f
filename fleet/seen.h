/*
 * fleet/seen.h - which bundles were met: hash → a number. All that a batch keeps per bundle, so it
 * is made to be small: 24 bytes an entry, tables of these at most three quarters full.
 */
#ifndef HU_SEEN_H
#define HU_SEEN_H

#include "db/base.h"

/* The first half of a SHA-256: two bundles of a fleet do not share it by chance. */
struct hu_key {
	uint64_t a, b;
};

struct hu_seen_entry {
	struct hu_key key;
	int64_t value;
};

/* Zero-initialise. Pointers into it are good until the next put. */
struct hu_seen {
	struct hu_seen_entry *entries;
	size_t cap, count;
};

/* Of 64 hex digits; false if it is something else. */
bool hu_key_parse(struct hu_str hex, struct hu_key *ret);
struct hu_key hu_key_of(struct hu_str text);

int64_t *hu_seen_get(const struct hu_seen *seen, struct hu_key key); /* NULL: not there */
void hu_seen_put(struct hu_seen *seen, struct hu_key key, int64_t value);
/* Packs the entries to the front, in the order of their keys; the table is no table after that. */
size_t hu_seen_sort(struct hu_seen *seen);
void hu_seen_deinit(struct hu_seen *seen);

#endif
