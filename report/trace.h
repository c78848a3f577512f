/*
 * report/trace.h - a Perfetto trace in the making: packets, tracks, and lanes of slices that nest.
 * Field numbers are those of protos/perfetto/trace of the Perfetto project; each is named
 * where it is written. Packets go out as they are made: memory is what one packet needs, and the
 * slices that are open.
 */
#ifndef HU_TRACE_H
#define HU_TRACE_H

#include "db/rows.h"
#include "report/export.h"
#include "report/proto.h"

struct hu_trace {
	struct hu_store *store;
	const struct hu_export *wanted;
	struct hu_exported *done;
	struct hu_proto proto;
	struct hu_err *err; /* sticks */
	struct hu_out scratch;
	uint64_t last_track; /* ids count up from 1: the same store gives the same bytes */
	hu_ns window;	     /* case time of the window's start, shifted */
	hu_ns duration;
};

/* TracePacket: begin, fill, end. `at` counts from the window's start; HU_OPEN: none. */
void hu_trace_packet(struct hu_trace *t, hu_ns at);
void hu_trace_packet_end(struct hu_trace *t);
uint64_t hu_trace_when(const struct hu_trace *t, hu_ns at);
/* A text of a stranger: one line, harmless. */
void hu_trace_text(struct hu_trace *t, uint32_t field, struct hu_str s);
void hu_trace_text_into(struct hu_trace *t, struct hu_proto *p, uint32_t field, struct hu_str s);
bool hu_trace_in_window(const struct hu_trace *t, hu_ns at);

/* TrackDescriptor. Children of a track with `rank` stand in the order of their ranks. */
uint64_t hu_trace_track(struct hu_trace *t, uint64_t parent, struct hu_str name, int rank,
			const char *about);
uint64_t hu_trace_counter_track(struct hu_trace *t, uint64_t parent, struct hu_str name);
void hu_trace_process(struct hu_trace *t, int64_t pid, struct hu_str name);
uint64_t hu_trace_thread(struct hu_trace *t, int64_t pid, int64_t tid, struct hu_str name);

/* TrackEvent: what stands between begin and end is its annotations. `flow` 0: none. */
void hu_trace_slice(struct hu_trace *t, uint64_t track, hu_ns at, const char *category,
		    struct hu_str name);
void hu_trace_instant(struct hu_trace *t, uint64_t track, hu_ns at, const char *category,
		      struct hu_str name, uint64_t flow, bool flow_ends);
void hu_trace_note(struct hu_trace *t, const char *key, struct hu_str value); /* unless empty */
void hu_trace_note_lines(struct hu_trace *t, const char *key, struct hu_str value);
void hu_trace_note_int(struct hu_trace *t, const char *key, int64_t value); /* unless HU_OPEN */
void hu_trace_event_end(struct hu_trace *t);
void hu_trace_slice_end(struct hu_trace *t, uint64_t track, hu_ns at);
void hu_trace_value(struct hu_trace *t, uint64_t track, hu_ns at, double value);

/*
 * Tracks for slices that come by their beginning, the longer first. Each goes to the first track on
 * which it nests; where it nests on none, one more is opened, named like the set.
 */
struct hu_lane;
struct hu_lanes {
	struct hu_trace *trace;
	uint64_t parent, first; /* first: a track that is there already; 0: none */
	struct hu_str name;
	int rank;
	struct hu_lane *at;
	size_t count, cap;
};
/* The track for [from, to]: what ended before is closed on it. */
uint64_t hu_lanes_take(struct hu_lanes *lanes, hu_ns from, hu_ns to);
/* The track for what happens at one moment. */
uint64_t hu_lanes_moment(struct hu_lanes *lanes, hu_ns at);
void hu_lanes_close(struct hu_lanes *lanes); /* ends all slices; ready for another set */

/* The parts. */
void hu_trace_tasks(struct hu_trace *t, uint64_t root);
void hu_trace_locks(struct hu_trace *t, uint64_t root);
void hu_trace_counters(struct hu_trace *t, uint64_t root);
void hu_trace_switches(struct hu_trace *t);
void hu_trace_close(struct hu_trace *t, struct hu_rows *rows); /* its error sticks */

#endif
