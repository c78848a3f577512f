/* Packets, tracks and lanes; every message is small, so that a packet is one write. */
#include "report/trace.h"

#include <stdlib.h>

#include "report/escape.h"

/* trace_packet.proto, track_event.proto, track_descriptor.proto, debug_annotation.proto */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_TRACK_DESCRIPTOR = 60,
};
enum {
	DESCRIPTOR_UUID = 1,
	DESCRIPTOR_NAME = 2,
	DESCRIPTOR_PROCESS = 3,
	DESCRIPTOR_THREAD = 4,
	DESCRIPTOR_PARENT = 5,
	DESCRIPTOR_COUNTER = 8,
	DESCRIPTOR_CHILD_ORDERING = 11,
	DESCRIPTOR_RANK = 12,
	DESCRIPTOR_ABOUT = 14,
};
enum { CHILDREN_EXPLICIT = 3 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum {
	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_DOUBLE_VALUE = 44,
	EVENT_FLOW = 47,
	EVENT_FLOW_ENDS = 48,
};
enum { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3, COUNTER = 4 };
enum { ANNOTATION_INT = 4, ANNOTATION_TEXT = 6, ANNOTATION_NAME = 10 };

/* One writer, one sequence. */
enum { SEQUENCE = 1, WRITE_AT = 1 << 16 };

void hu_trace_close(struct hu_trace *t, struct hu_rows *rows)
{
	struct hu_err *mine = hu_rows_close(rows);

	if (t->err)
		hu_err_free(mine);
	else
		t->err = mine;
}

uint64_t hu_trace_when(const struct hu_trace *t, hu_ns at)
{
	hu_ns stamp = t->window + at;

	return stamp > 0 ? (uint64_t)stamp : 0;
}

void hu_trace_packet(struct hu_trace *t, hu_ns at)
{
	hu_proto_begin(&t->proto, TRACE_PACKET);
	if (at != HU_OPEN)
		hu_proto_uint(&t->proto, PACKET_TIMESTAMP, hu_trace_when(t, at));
	hu_proto_uint(&t->proto, PACKET_SEQUENCE_ID, SEQUENCE);
}

void hu_trace_packet_end(struct hu_trace *t)
{
	hu_proto_end(&t->proto);
	if (t->proto.out.len < WRITE_AT)
		return;
	if (!t->err)
		t->err = t->wanted->write(t->wanted->to_whom, hu_out_view(&t->proto.out));
	hu_out_clear(&t->proto.out);
}

void hu_trace_text_into(struct hu_trace *t, struct hu_proto *p, uint32_t field, struct hu_str s)
{
	hu_out_clear(&t->scratch);
	hu_escape_plain(&t->scratch, s);
	hu_proto_bytes(p, field, hu_out_view(&t->scratch));
}

void hu_trace_text(struct hu_trace *t, uint32_t field, struct hu_str s)
{
	hu_trace_text_into(t, &t->proto, field, s);
}

/* Lines of it; line ends stay. */
static void put_lines(struct hu_trace *t, uint32_t field, struct hu_str s)
{
	struct hu_str line;

	hu_out_clear(&t->scratch);
	while (hu_str_line(&s, &line)) {
		hu_escape_plain(&t->scratch, line);
		if (s.len)
			hu_out_putc(&t->scratch, '\n');
	}
	hu_proto_bytes(&t->proto, field, hu_out_view(&t->scratch));
}

bool hu_trace_in_window(const struct hu_trace *t, hu_ns at)
{
	return (t->wanted->from == HU_OPEN || at >= t->wanted->from) &&
	       (t->wanted->to == HU_OPEN || at < t->wanted->to);
}

static uint64_t descriptor(struct hu_trace *t)
{
	hu_trace_packet(t, HU_OPEN);
	hu_proto_begin(&t->proto, PACKET_TRACK_DESCRIPTOR);
	hu_proto_uint(&t->proto, DESCRIPTOR_UUID, ++t->last_track);
	t->done->tracks++;
	return t->last_track;
}

static uint64_t descriptor_end(struct hu_trace *t)
{
	hu_proto_end(&t->proto);
	hu_trace_packet_end(t);
	return t->last_track;
}

uint64_t hu_trace_track(struct hu_trace *t, uint64_t parent, struct hu_str name, int rank,
			const char *about)
{
	descriptor(t);
	if (parent)
		hu_proto_uint(&t->proto, DESCRIPTOR_PARENT, parent);
	hu_trace_text(t, DESCRIPTOR_NAME, name);
	hu_proto_int(&t->proto, DESCRIPTOR_CHILD_ORDERING, CHILDREN_EXPLICIT);
	hu_proto_int(&t->proto, DESCRIPTOR_RANK, rank);
	if (about)
		hu_proto_bytes(&t->proto, DESCRIPTOR_ABOUT, hu_str(about));
	return descriptor_end(t);
}

uint64_t hu_trace_counter_track(struct hu_trace *t, uint64_t parent, struct hu_str name)
{
	descriptor(t);
	hu_proto_uint(&t->proto, DESCRIPTOR_PARENT, parent);
	hu_trace_text(t, DESCRIPTOR_NAME, name);
	hu_proto_begin(&t->proto, DESCRIPTOR_COUNTER);
	hu_proto_end(&t->proto);
	return descriptor_end(t);
}

void hu_trace_process(struct hu_trace *t, int64_t pid, struct hu_str name)
{
	descriptor(t);
	hu_proto_begin(&t->proto, DESCRIPTOR_PROCESS);
	hu_proto_int(&t->proto, PROCESS_PID, pid);
	if (name.len)
		hu_trace_text(t, PROCESS_NAME, name);
	hu_proto_end(&t->proto);
	descriptor_end(t);
}

uint64_t hu_trace_thread(struct hu_trace *t, int64_t pid, int64_t tid, struct hu_str name)
{
	descriptor(t);
	hu_proto_begin(&t->proto, DESCRIPTOR_THREAD);
	hu_proto_int(&t->proto, THREAD_PID, pid);
	hu_proto_int(&t->proto, THREAD_TID, tid);
	if (name.len)
		hu_trace_text(t, THREAD_NAME, name);
	hu_proto_end(&t->proto);
	return descriptor_end(t);
}

static void event(struct hu_trace *t, uint64_t track, hu_ns at, int type)
{
	hu_trace_packet(t, at);
	hu_proto_begin(&t->proto, PACKET_TRACK_EVENT);
	hu_proto_int(&t->proto, EVENT_TYPE, type);
	hu_proto_uint(&t->proto, EVENT_TRACK, track);
}

void hu_trace_event_end(struct hu_trace *t)
{
	hu_proto_end(&t->proto);
	hu_trace_packet_end(t);
}

void hu_trace_slice(struct hu_trace *t, uint64_t track, hu_ns at, const char *category,
		    struct hu_str name)
{
	event(t, track, at, SLICE_BEGIN);
	hu_proto_bytes(&t->proto, EVENT_CATEGORY, hu_str(category));
	hu_trace_text(t, EVENT_NAME, name);
	t->done->slices++;
}

void hu_trace_instant(struct hu_trace *t, uint64_t track, hu_ns at, const char *category,
		      struct hu_str name, uint64_t flow, bool flow_ends)
{
	event(t, track, at, INSTANT);
	hu_proto_bytes(&t->proto, EVENT_CATEGORY, hu_str(category));
	hu_trace_text(t, EVENT_NAME, name);
	if (flow)
		hu_proto_fixed64(&t->proto, flow_ends ? EVENT_FLOW_ENDS : EVENT_FLOW, flow);
	t->done->instants++;
	t->done->flows += flow && flow_ends;
}

static void annotation(struct hu_trace *t, const char *key)
{
	hu_proto_begin(&t->proto, EVENT_ANNOTATION);
	hu_proto_bytes(&t->proto, ANNOTATION_NAME, hu_str(key));
}

void hu_trace_note(struct hu_trace *t, const char *key, struct hu_str value)
{
	if (!value.len)
		return;
	annotation(t, key);
	hu_trace_text(t, ANNOTATION_TEXT, value);
	hu_proto_end(&t->proto);
}

void hu_trace_note_lines(struct hu_trace *t, const char *key, struct hu_str value)
{
	if (!value.len)
		return;
	annotation(t, key);
	put_lines(t, ANNOTATION_TEXT, value);
	hu_proto_end(&t->proto);
}

void hu_trace_note_int(struct hu_trace *t, const char *key, int64_t value)
{
	if (value == HU_OPEN)
		return;
	annotation(t, key);
	hu_proto_int(&t->proto, ANNOTATION_INT, value);
	hu_proto_end(&t->proto);
}

void hu_trace_slice_end(struct hu_trace *t, uint64_t track, hu_ns at)
{
	event(t, track, at, SLICE_END);
	hu_trace_event_end(t);
}

void hu_trace_value(struct hu_trace *t, uint64_t track, hu_ns at, double value)
{
	event(t, track, at, COUNTER);
	hu_proto_double(&t->proto, EVENT_DOUBLE_VALUE, value);
	hu_trace_event_end(t);
	t->done->counters++;
}

struct hu_lane {
	uint64_t track;
	hu_ns *ends; /* of the slices that are open, the outermost first */
	size_t count, cap;
};

/* Ten thousand things at once need as many tracks; which of them is free is not worth a search. */
enum { LOOK_AT = 64 };

static void end_before(struct hu_trace *t, struct hu_lane *lane, hu_ns at)
{
	while (lane->count && lane->ends[lane->count - 1] <= at) {
		hu_ns end = lane->ends[--lane->count];
		hu_trace_slice_end(t, lane->track, end);
	}
}

static struct hu_lane *one_more(struct hu_lanes *lanes)
{
	if (lanes->count == lanes->cap) {
		lanes->cap = lanes->cap ? 2 * lanes->cap : 4;
		lanes->at = hu_realloc(lanes->at, lanes->cap * sizeof(*lanes->at));
	}
	struct hu_lane *lane = &lanes->at[lanes->count++];
	*lane = (struct hu_lane){0};
	lane->track = lanes->count == 1 && lanes->first
			      ? lanes->first
			      : hu_trace_track(lanes->trace, lanes->parent, lanes->name,
					       lanes->rank, NULL);
	return lane;
}

uint64_t hu_lanes_take(struct hu_lanes *lanes, hu_ns from, hu_ns to)
{
	struct hu_lane *lane = NULL;
	size_t first = lanes->count > LOOK_AT ? lanes->count - LOOK_AT : 0;

	for (size_t i = first; i < lanes->count && !lane; i++) {
		struct hu_lane *l = &lanes->at[i];
		end_before(lanes->trace, l, from);
		if (!l->count || l->ends[l->count - 1] >= to)
			lane = l;
	}
	if (!lane)
		lane = one_more(lanes);
	if (lane->count == lane->cap) {
		lane->cap = lane->cap ? 2 * lane->cap : 8;
		lane->ends = hu_realloc(lane->ends, lane->cap * sizeof(*lane->ends));
	}
	lane->ends[lane->count++] = to;
	return lane->track;
}

uint64_t hu_lanes_moment(struct hu_lanes *lanes, hu_ns at)
{
	if (!lanes->count)
		return one_more(lanes)->track;
	end_before(lanes->trace, &lanes->at[0], at);
	return lanes->at[0].track;
}

void hu_lanes_close(struct hu_lanes *lanes)
{
	for (size_t i = 0; i < lanes->count; i++) {
		end_before(lanes->trace, &lanes->at[i], INT64_MAX);
		free(lanes->at[i].ends);
	}
	free(lanes->at);
	*lanes = (struct hu_lanes){.trace = lanes->trace};
}
