/*
 * Messages of a CTF trace in the order of time: records to the vocabulary, and what the tracer
 * discarded to losses. LTTng's records say neither task nor context unless somebody asked for them,
 * so the task is the one that the CPU's last sched_switch named (ctf_cpu.h), and unknown before it
 * and behind a loss.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/around.h"
#include "ingest/ctf_cpu.h"
#include "ingest/ctf_event.h"
#include "ingest/ctf_kind.h"
#include "ingest/symtab.h"
#include "ingest/traceflags.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 256 };

struct hu_ctf_events {
	struct hu_sink *to;
	const struct hu_surroundings *around;
	struct hu_vocabulary *words;
	struct hu_ctf_kinds kinds;
	struct hu_ctf_cpus cpus;
	uint64_t records, foreign;
	struct hu_ctf_trace trace;
	const struct hu_ctf_flaw *flaw;
	size_t flaws;
};

struct hu_ctf_events *hu_ctf_events_create(struct hu_sink *to, const struct hu_surroundings *around,
					   const struct hu_ctf_flaw *flaw, size_t flaws)
{
	struct hu_ctf_events *events = hu_alloc(sizeof(*events));

	events->to = to;
	events->around = around;
	events->flaw = flaw;
	events->flaws = flaws;
	events->cpus.next_gap_end = HU_OPEN;
	events->trace.first = HU_OPEN;
	return events;
}

void hu_ctf_events_destroy(struct hu_ctf_events *events)
{
	if (!events)
		return;
	hu_ctf_kinds_deinit(&events->kinds);
	hu_vocabulary_destroy(events->words);
	hu_ctf_trace_deinit(&events->trace);
	hu_ctf_cpus_deinit(&events->cpus);
	free(events);
}

/* The first message: now the library says whose trace it is. */
static void begin(struct hu_ctf_events *events, const bt_stream *stream)
{
	if (events->words)
		return;
	hu_ctf_trace_begin(&events->trace, bt_stream_borrow_trace_const(stream), events->to);
	struct hu_symtab *symbols = NULL;
	if (!events->trace.is_user) {
		const char *release = events->trace.release ? events->trace.release : "";
		symbols = hu_around_symbols(events->around, hu_str(release), events->to);
	}
	events->words = hu_vocabulary_create(
		events->to, &(struct hu_resolver){.find = hu_symtab_resolve,
						  .with = symbols,
						  .long_size = events->trace.is_32bit ? 4 : 8,
						  .x86_64 = events->trace.x86_64});
	events->kinds.to = events->to;
	events->kinds.words = events->words;
	events->kinds.is_user = events->trace.is_user;
	events->kinds.is_perf = events->trace.is_perf;
	events->kinds.old_states = events->trace.old_states;
}

/* Losses. */

static void gap_ahead(struct hu_ctf_events *events, hu_ns end, int32_t cpu)
{
	hu_ctf_cpus_gap(&events->cpus, end, cpu, events->words);
}

static hu_ns flaw_stamp(const struct hu_ctf_events *events, uint64_t cycles)
{
	const struct hu_ctf_trace *trace = &events->trace;

	return trace->clock_name && cycles != UINT64_MAX
		       ? hu_ctf_stamp(trace->frequency, trace->shift, cycles)
		       : HU_OPEN;
}

static void see_stream(struct hu_ctf_events *events, struct hu_ctf_stream *stream,
		       const bt_stream *of)
{
	bool first = !events->trace.clock_name;

	hu_ctf_stream_begin(stream, of, &events->trace, events->to);
	/* With the first clock, the cycles of what is missing become times. */
	for (size_t i = 0; first && stream->clock && i < events->flaws; i++) {
		const struct hu_ctf_flaw *flaw = &events->flaw[i];
		gap_ahead(events, flaw_stamp(events, flaw->from), flaw->cpu);
		gap_ahead(events, flaw_stamp(events, flaw->to), flaw->cpu);
	}
}

static void see_discarded(struct hu_ctf_events *events, const struct hu_ctf_stream *stream,
			  const bt_message *message, bool packets)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_gap gap = {
		.count = HU_NONE,
		.cpu = stream->cpu,
		.kind = HU_LOSS_DROPPED,
		.pos = events->records,
	};
	uint64_t count;
	bool counted = (packets ? bt_message_discarded_packets_get_count(message, &count)
				: bt_message_discarded_events_get_count(message, &count)) ==
			       BT_PROPERTY_AVAILABILITY_AVAILABLE &&
		       count < INT64_MAX;

	hu_ctf_stream_discarded(stream, message, packets, &gap.from, &gap.to);
	if (counted)
		hu_out_grouped(&text, (int64_t)count);
	if (packets) {
		hu_put_loss(
			events->to, &gap,
			"%s%spackets of events dropped by the tracer, nobody counted the events",
			counted ? text.at : "", counted ? " " : "");
	} else {
		gap.count = counted ? (int64_t)count : HU_NONE;
		hu_put_loss(events->to, &gap,
			    counted ? "%s events dropped by the tracer"
				    : "%sevents dropped by the tracer, nobody counted them",
			    counted ? text.at : "");
	}
	gap_ahead(events, gap.to, stream->cpu);
}

void hu_ctf_events_broke(struct hu_ctf_events *events, const struct hu_ctf_stream *stream,
			 const char *why)
{
	const struct hu_gap gap = {
		.from = stream->last,
		.to = HU_OPEN,
		.count = HU_NONE,
		.cpu = stream->cpu,
		.kind = HU_LOSS_UNPARSED,
		.pos = events->records,
	};

	hu_put_loss(events->to, &gap, "the rest of a stream could not be read: %s", why);
	if (events->words)
		hu_ctf_cpus_forget(&events->cpus, stream->cpu, events->words);
}

/* Records. */

static void put_sample(struct hu_ctf_events *events, const struct hu_ctf_kind *kind,
		       const bt_event *event, const struct hu_where *at)
{
	struct hu_sample row = {.at = *at, .event = kind->name, .period = HU_NONE};
	uint64_t period;

	if (hu_ctf_number_at(event, kind->period, &period) && period <= INT64_MAX)
		row.period = (int64_t)period;
	hu_put_sample(events->to, &row);
}

/*
 * LTTng's own frames on top of a stack: three of its modules, four for a system call, and between
 * a probe and the probed function what kprobes put there. Their names, if kallsyms has them, are
 * left out by the vocabulary; but a kallsyms of before the session has none, and a nearer module's
 * in their place. x86-64 has its modules in one range (Documentation/arch/x86/x86_64/mm.rst).
 */
static size_t tracer_frames(const struct hu_ctf_events *events, const struct hu_ctf_kind *kind,
			    const bt_event *event, const uint64_t *frame, size_t count)
{
	enum { PROBED_BYTES = 32 };
	uint64_t probed;
	size_t top = 0;

	if (events->trace.is_perf || !events->trace.x86_64)
		return 0;
	while (top < count && top < kind->tracer_frames &&
	       frame[top] >= UINT64_C(0xffffffffc0000000) &&
	       frame[top] < UINT64_C(0xffffffffff000000))
		top++;
	for (size_t i = top; hu_ctf_number_at(event, kind->probed, &probed) && i < count; i++)
		if (frame[i] >= probed && frame[i] - probed < PROBED_BYTES)
			return i;
	return top;
}

static hu_stack stack_of(struct hu_ctf_events *events, const struct hu_ctf_kind *kind,
			 const bt_event *event)
{
	uint64_t frame[FRAMES_MAX];
	size_t count = hu_ctf_frames(event, kind->chain, frame, FRAMES_MAX);

	if (!count && kind->role == HU_CTF_SAMPLE && hu_ctf_number_at(event, kind->ip, frame))
		count = frame[0] > INT64_MAX; /* the kernel's half of the addresses */
	size_t top = tracer_frames(events, kind, event, frame, count);
	return count ? hu_vocabulary_stack(events->words, frame + top, count - top) : 0;
}

static void see_event(struct hu_ctf_events *events, struct hu_ctf_stream *stream,
		      const bt_message *message)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	struct hu_ctf_kind *kind = hu_ctf_kind_of(&events->kinds, event);
	struct hu_ctf_cpu *cpu = hu_ctf_cpu_of(&events->cpus, stream->cpu);
	uint64_t flags;

	events->records++;
	if (kind->role == HU_CTF_BYNAME || stream->foreign) {
		events->foreign += stream->foreign;
		hu_vocabulary_count(kind->words);
		return;
	}
	hu_ns now = hu_ctf_stream_due(stream, message);
	/* What perf makes up for tasks and maps that were there before carries no time. */
	if (events->trace.is_perf && !now)
		now = HU_OPEN;
	if (now != HU_OPEN) {
		stream->last = now;
		if (now >= events->cpus.next_gap_end)
			hu_ctf_cpus_end_gaps(&events->cpus, now, events->words);
		if (events->trace.first == HU_OPEN)
			events->trace.first = now;
	}
	struct hu_event_view view = {
		.by = &hu_ctf_access,
		.type = kind,
		.record = {(const void *)bt_event_borrow_payload_field_const(event), 0},
		.at = {.ts = now,
		       .pos = events->records,
		       .cpu = stream->cpu,
		       .tid = hu_ctf_i32_at(event, kind->tid, cpu ? cpu->tid : HU_NONE)},
	};
	if (cpu)
		hu_ctf_cpu_enter(cpu, kind->role);
	view.at.context = hu_ctf_number_at(event, kind->flags, &flags) ? hu_context_of_flags(flags)
								       : hu_ctf_cpu_context(cpu);
	if (kind->comm.scope)
		hu_vocabulary_comm(events->words, &view.at, view.at.tid,
				   hu_ctf_text_at(event, kind->comm));
	bool sample = kind->role == HU_CTF_SAMPLE;
	if (sample || (kind->chain.scope && hu_vocabulary_uses(kind->words)))
		view.at.stack = stack_of(events, kind, event);
	if (sample) {
		put_sample(events, kind, event, &view.at);
		hu_vocabulary_took(kind->words);
	} else {
		hu_vocabulary_see(events->words, kind->words, &view);
	}
	if (cpu)
		hu_ctf_cpu_leave(cpu, kind, event);
}

void hu_ctf_events_see(struct hu_ctf_events *events, struct hu_ctf_stream *stream,
		       const bt_message *message)
{
	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_STREAM_BEGINNING: {
		const bt_stream *of = bt_message_stream_beginning_borrow_stream_const(message);
		begin(events, of);
		see_stream(events, stream, of);
		break;
	}
	case BT_MESSAGE_TYPE_PACKET_BEGINNING:
		hu_ctf_stream_packet(stream,
				     bt_message_packet_beginning_borrow_packet_const(message));
		break;
	case BT_MESSAGE_TYPE_EVENT:
		see_event(events, stream, message);
		break;
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
		see_discarded(events, stream, message, false);
		break;
	case BT_MESSAGE_TYPE_DISCARDED_PACKETS:
		see_discarded(events, stream, message, true);
		break;
	default:
		break;
	}
}

bool hu_ctf_events_flawed(const struct hu_ctf_events *events)
{
	return events->flaws > 0;
}

uint64_t hu_ctf_events_finish(struct hu_ctf_events *events)
{
	for (size_t i = 0; i < events->flaws; i++) {
		const struct hu_ctf_flaw *flaw = &events->flaw[i];
		hu_ns from = flaw_stamp(events, flaw->from), to = flaw_stamp(events, flaw->to);
		hu_put_loss(events->to,
			    &(struct hu_gap){.from = from,
					     .to = to < from ? HU_OPEN : to,
					     .count = HU_NONE,
					     .cpu = flaw->cpu,
					     .kind = flaw->kind},
			    "%s", flaw->text);
	}
	if (!events->words)
		return 0;
	hu_vocabulary_finish(events->words);
	hu_ctf_trace_finish(&events->trace, events->to);
	if (events->foreign)
		hu_put_loss(events->to,
			    &(struct hu_gap){.from = HU_OPEN,
					     .to = HU_OPEN,
					     .count = (int64_t)events->foreign,
					     .cpu = HU_NONE,
					     .kind = HU_LOSS_UNPARSED},
			    "%" PRIu64 " events of streams with another clock than the first "
			    "were only counted",
			    events->foreign);
	return events->records;
}

#endif
