/* ingest/tracedat_loss.h - what is missing in the records of a capture, to the losses. */
#ifndef HU_TRACEDAT_LOSS_H
#define HU_TRACEDAT_LOSS_H

#include "db/sink.h"
#include "ingest/tracedat_stream.h"

/*
 * Events that were dropped before the stamp `to`, in nanoseconds. `since`, as in the ring: the
 * oldest of them; 0: all are younger than the last record. `missed`: how many, or HU_RING_MISSED.
 */
void hu_trace_put_gap(const struct hu_trace_file *file, const struct hu_trace_stream *stream,
		      uint64_t since, hu_ns end, uint64_t pos, int64_t missed, struct hu_sink *to);

/* When all records were seen: which buffers there are, what an event count is the sum of. One with
 * another clock than the file's is a loss. */
void hu_trace_put_buffers(const struct hu_trace_file *file, const struct hu_trace_stream *stream,
			  size_t streams, struct hu_sink *to);
/* What was found wrong on the way, by CPU; returns how much of it is damage of the file. */
uint64_t hu_trace_put_damage(const struct hu_trace_file *file, const struct hu_trace_stream *stream,
			     size_t streams, uint64_t records, struct hu_sink *to);

#endif
