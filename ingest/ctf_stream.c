/* Time and CPU of a stream's messages, asked of libbabeltrace2. */
#include "db/base.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_cpu.h"
#include "ingest/ctf_stream.h"

hu_ns hu_ctf_stamp(uint64_t second, hu_ns shift, uint64_t cycles)
{
	hu_ns ts;

	if (second != (uint64_t)HU_NS_PER_S) {
		if (!second || second > UINT64_MAX / (uint64_t)HU_NS_PER_S ||
		    cycles / second >= (uint64_t)(HU_OPEN / HU_NS_PER_S))
			return HU_OPEN;
		cycles = cycles / second * (uint64_t)HU_NS_PER_S +
			 cycles % second * (uint64_t)HU_NS_PER_S / second;
	}
	if (cycles >= (uint64_t)HU_OPEN || __builtin_add_overflow((hu_ns)cycles, shift, &ts))
		return HU_OPEN;
	return ts;
}

static hu_ns stamp(const struct hu_ctf_stream *stream, const bt_clock_snapshot *snapshot)
{
	return stream->foreign ? HU_OPEN
			       : hu_ctf_stamp(stream->frequency, stream->shift,
					      bt_clock_snapshot_get_value(snapshot));
}

void hu_ctf_stream_begin(struct hu_ctf_stream *stream, const bt_stream *of,
			 struct hu_ctf_trace *trace, struct hu_sink *to)
{
	stream->clock =
		bt_stream_class_borrow_default_clock_class_const(bt_stream_borrow_class_const(of));
	if (!stream->clock)
		return;
	stream->frequency = bt_clock_class_get_frequency(stream->clock);
	stream->foreign = !hu_ctf_trace_clock(trace, stream->clock, to);
	stream->shift = trace->shift;
}

void hu_ctf_stream_packet(struct hu_ctf_stream *stream, const bt_packet *packet)
{
	const bt_field *context = bt_packet_borrow_context_field_const(packet);
	const bt_field *cpu =
		context ? bt_field_structure_borrow_member_field_by_name_const(context, "cpu_id")
			: NULL;

	stream->cpu = HU_NONE;
	if (!cpu || !bt_field_class_type_is(bt_field_get_class_type(cpu),
					    BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER))
		return;
	uint64_t number = bt_field_integer_unsigned_get_value(cpu);
	if (number < HU_CTF_CPUS_MAX)
		stream->cpu = (int32_t)number;
}

static bool discarded_has_time(const bt_message *message, bool packets)
{
	const bt_stream *stream =
		packets ? bt_message_discarded_packets_borrow_stream_const(message)
			: bt_message_discarded_events_borrow_stream_const(message);
	const bt_stream_class *class = bt_stream_borrow_class_const(stream);

	return packets ? bt_stream_class_discarded_packets_have_default_clock_snapshots(class)
		       : bt_stream_class_discarded_events_have_default_clock_snapshots(class);
}

void hu_ctf_stream_discarded(const struct hu_ctf_stream *stream, const bt_message *message,
			     bool packets, hu_ns *from, hu_ns *to)
{
	*from = *to = HU_OPEN;
	if (!stream->clock || !discarded_has_time(message, packets))
		return;
	if (packets) {
		*from = stamp(
			stream,
			bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(
				message));
		*to = stamp(stream,
			    bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(
				    message));
	} else {
		*from = stamp(
			stream,
			bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(
				message));
		*to = stamp(stream,
			    bt_message_discarded_events_borrow_end_default_clock_snapshot_const(
				    message));
	}
}

hu_ns hu_ctf_stream_due(const struct hu_ctf_stream *stream, const bt_message *message)
{
	hu_ns from, to;

	if (!stream->clock)
		return HU_OPEN;
	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		return stamp(stream, bt_message_event_borrow_default_clock_snapshot_const(message));
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
		hu_ctf_stream_discarded(stream, message, false, &from, &to);
		return from;
	case BT_MESSAGE_TYPE_DISCARDED_PACKETS:
		hu_ctf_stream_discarded(stream, message, true, &from, &to);
		return from;
	default:
		return HU_OPEN;
	}
}

#endif
