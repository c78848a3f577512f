/* ingest/tracedat_time.h - what the stamps of a trace.dat mean. */
#ifndef HU_TRACEDAT_TIME_H
#define HU_TRACEDAT_TIME_H

#include "db/sink.h"
#include "ingest/tracedat_file.h"

/* The clock of a buffer's stamps: its own, or the file's; empty: not recorded. */
struct hu_str hu_trace_clock_of(const struct hu_trace_file *file,
				const struct hu_trace_buffer *buffer);
/* The clock that the source gets: that of the buffers with the most data. */
struct hu_str hu_trace_clock(const struct hu_trace_file *file);
/* Puts it, and how it is known. */
enum hu_clock hu_trace_put_clock(const struct hu_trace_file *file, struct hu_str name,
				 struct hu_sink *to);
/*
 * Nanoseconds of a stamp of a CPU in the buffers, of a guest's file in its host's clock; HU_OPEN:
 * impossible.
 */
hu_ns hu_trace_stamp(const struct hu_trace_file *file, int32_t cpu, uint64_t raw);
/* Puts what relates these stamps to other clocks, and what cannot be applied. `first`: the earliest
 * stamp, or HU_OPEN. */
void hu_trace_put_times(const struct hu_trace_file *file, enum hu_clock clock, hu_ns first,
			struct hu_sink *to);

#endif
