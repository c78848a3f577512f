/* ingest/tracedat_twins.h - which records several buffers of one file have: they count once. */
#ifndef HU_TRACEDAT_TWINS_H
#define HU_TRACEDAT_TWINS_H

#include "db/base.h"

/* At most so far apart are the copies of one event in two buffers. */
enum { HU_TRACE_TWIN_NS = 1000000 };

struct hu_trace_twins;

struct hu_trace_twins *hu_trace_twins_create(void);
void hu_trace_twins_destroy(struct hu_trace_twins *twins); /* NULL is fine */
/* Has another buffer had a record of this content (a hash of it) on this CPU right before? Records
 * come in time order. */
bool hu_trace_twins_seen(struct hu_trace_twins *twins, int32_t cpu, uint32_t buffer, hu_ns ts,
			 uint64_t hash);

#endif
