/*
 * ingest/tracedat_stream.h - the records of one CPU of one buffer while they are merged. Shared by
 * tracedat_run.c, which reads them, and tracedat_loss.c, which tells what is missing in them.
 */
#ifndef HU_TRACEDAT_STREAM_H
#define HU_TRACEDAT_STREAM_H

#include "ingest/ringpages.h"
#include "ingest/tracedat_file.h"
#include "ingest/tracedat_record.h"

struct hu_trace_stream { /* one CPU of one buffer */
	struct hu_ring ring;
	struct hu_ring_record next; /* the one that merging looks at, and when it was */
	hu_ns next_at;
	const struct hu_trace_buffer *buffer;
	const struct hu_trace_cpu *from;
	int32_t cpu;
	uint32_t order; /* among streams of equal time */
	bool other;	/* its clock is not the source's: only counted */
	hu_ns last;	/* of its last record; HU_OPEN: none yet */
	uint64_t records;
	struct hu_trace_open open;
	struct hu_trace_peer *peer; /* the same CPU in other buffers */
	size_t peers;
};

#endif
