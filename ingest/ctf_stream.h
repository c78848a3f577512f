/* ingest/ctf_stream.h - one stream of a CTF trace: its clock, its current CPU, and when its
 * messages are due. */
#ifndef HU_CTF_STREAM_H
#define HU_CTF_STREAM_H

#include "ingest/ctf_trace.h"

#include <babeltrace2/babeltrace.h>

/* What is remembered of one stream. Zero it, with last = HU_OPEN and cpu = HU_NONE. */
struct hu_ctf_stream {
	const bt_clock_class *clock; /* borrowed; NULL: no time */
	uint64_t frequency;
	hu_ns last;   /* of its last record; HU_OPEN: none yet */
	int32_t cpu;  /* of its current packet; HU_NONE: not told */
	hu_ns shift;  /* added to the clock's value */
	bool foreign; /* another clock than the trace's first */
};

/* The stamp of a clock of `second` cycles a second at `cycles`; HU_OPEN: there is no such time. */
hu_ns hu_ctf_stamp(uint64_t second, hu_ns shift, uint64_t cycles);

/* It begins: its clock, which is the trace's if none had one before it. */
void hu_ctf_stream_begin(struct hu_ctf_stream *stream, const bt_stream *of,
			 struct hu_ctf_trace *trace, struct hu_sink *to);
/* A packet of it begins: its CPU. */
void hu_ctf_stream_packet(struct hu_ctf_stream *stream, const bt_packet *packet);

/* When this message is due; HU_OPEN if it says nothing. */
hu_ns hu_ctf_stream_due(const struct hu_ctf_stream *stream, const bt_message *message);
/* From when to when that is which a message of discarded events (or packets) tells of; HU_OPEN: not
 * told. */
void hu_ctf_stream_discarded(const struct hu_ctf_stream *stream, const bt_message *message,
			     bool packets, hu_ns *from, hu_ns *to);

#endif
