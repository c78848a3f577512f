/* The last few records of each CPU, for captures with several buffers: a look back costs less than
 * the record's own decoding. */
#include "ingest/tracedat_twins.h"

#include <stdlib.h>
#include <string.h>

enum { RECENT = 32, CPUS_MAX = 1 << 16 };

struct recent {
	uint64_t hash;
	uint64_t seen; /* in which buffers, modulo 64; 0: a free place */
	hu_ns ts;
};

struct cpu_recent {
	struct recent of[RECENT];
	uint32_t next;
};

struct hu_trace_twins {
	struct cpu_recent **recent; /* by CPU */
	size_t recents;
};

struct hu_trace_twins *hu_trace_twins_create(void)
{
	return hu_alloc(sizeof(struct hu_trace_twins));
}

void hu_trace_twins_destroy(struct hu_trace_twins *twins)
{
	if (!twins)
		return;
	for (size_t i = 0; i < twins->recents; i++)
		free(twins->recent[i]);
	free(twins->recent);
	free(twins);
}

bool hu_trace_twins_seen(struct hu_trace_twins *twins, int32_t cpu_number, uint32_t buffer,
			 hu_ns ts, uint64_t hash)
{
	if (cpu_number < 0 || cpu_number >= CPUS_MAX)
		return false;
	size_t cpu = (size_t)cpu_number;
	if (cpu >= twins->recents) {
		size_t had = twins->recents;
		twins->recents = cpu + 1;
		twins->recent =
			hu_realloc(twins->recent, twins->recents * sizeof(struct cpu_recent *));
		memset(twins->recent + had, 0, (twins->recents - had) * sizeof(*twins->recent));
	}
	if (!twins->recent[cpu])
		twins->recent[cpu] = hu_alloc(sizeof(struct cpu_recent));
	struct cpu_recent *recent = twins->recent[cpu];
	uint64_t bit = UINT64_C(1) << buffer % 64;
	for (uint32_t back = 1; back <= RECENT; back++) {
		struct recent *r = &recent->of[(recent->next - back) % RECENT];
		if (!r->seen || ts - r->ts > HU_TRACE_TWIN_NS)
			break;
		if (r->hash == hash && !(r->seen & bit)) {
			r->seen |= bit;
			return true;
		}
	}
	recent->of[recent->next++ % RECENT] = (struct recent){hash, bit, ts};
	return false;
}
