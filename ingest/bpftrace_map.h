/*
 * ingest/bpftrace_map.h - bpftrace's maps, printed at its end or by print(): numbers, statistics
 * and histograms become aggregate rows. Zero buckets are left out: they say nothing.
 */
#ifndef HU_BPFTRACE_MAP_H
#define HU_BPFTRACE_MAP_H

#include "db/sink.h"
#include "db/text.h"

/*
 * Where the last of bpftrace 0.17's 32 buckets begins: it counts all that is larger, too, whatever
 * its printed upper bound.
 */
#define HU_BPFTRACE_LAST_BUCKET (INT64_C(1) << 31)

struct hu_bpftrace_map {
	struct hu_sink *to;
	uint64_t entries; /* keys with a number or statistics */
	uint64_t histograms;
	uint64_t others; /* keys whose value is no number: a text, a tuple, a stack */
	uint64_t broken; /* keys over several lines that never ended */

	/* the entry that is open */
	enum { HU_MAP_NONE, HU_MAP_KEY, HU_MAP_BUCKETS } state;
	hu_name table, unit;
	struct hu_out key;
	int key_lines;
	hu_name bucket_key;
	uint64_t buckets; /* of this histogram so far */
};

void hu_bpftrace_map_init(struct hu_bpftrace_map *map, struct hu_sink *to);
void hu_bpftrace_map_deinit(struct hu_bpftrace_map *map);
/*
 * Whether the line is part of a map. `cut`: the line is the file's last and has no end, so a number
 * in it may lack digits.
 */
bool hu_bpftrace_map_take(struct hu_bpftrace_map *map, struct hu_str line, uint64_t pos, bool cut);
void hu_bpftrace_map_end(struct hu_bpftrace_map *map);
void hu_bpftrace_map_counts(const struct hu_bpftrace_map *map);

/* "us" for "@hold_us", "@usecs"; empty if the name does not say. */
struct hu_str hu_bpftrace_map_unit(struct hu_str table);

/* "@name", "@name[key]: 12", "@: ": for probes. Narrow: what follows must be a number or nothing.
 */
bool hu_bpftrace_map_header(struct hu_str line);
/* "[4K, 8K)    3 |@@   |" and its kin. Borrows nothing. */
bool hu_bpftrace_map_bucket(struct hu_str line, int64_t *low, int64_t *high, int64_t *count);

#endif
