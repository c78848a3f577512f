/* What is missing in a capture of ftrace's ring buffers, as losses by CPU. */
#include "db/text.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/tracedat_loss.h"
#include "ingest/tracedat_time.h"

#include <inttypes.h>

/* "in instance "one", " where it is not the top buffer. */
static void put_buffer(struct hu_out *to, const struct hu_trace_buffer *buffer)
{
	if (!buffer->name.len)
		return;
	HU_CLEANUP(hu_freep) char *shown = hu_trace_shown(buffer->name);
	hu_out_printf(to, "in instance \"%s\": ", shown);
}

/* When the oldest of what was passed over happened; HU_OPEN: nothing was. */
static hu_ns oldest(const struct hu_trace_file *file, const struct hu_trace_stream *s, uint64_t raw)
{
	return raw && !s->other ? hu_trace_stamp(file, s->cpu, raw) : HU_OPEN;
}

static hu_ns gap_from(const struct hu_trace_file *file, const struct hu_trace_stream *s,
		      uint64_t raw)
{
	hu_ns since = oldest(file, s, raw);

	return s->last != HU_OPEN && since < s->last ? since : s->last;
}

void hu_trace_put_gap(const struct hu_trace_file *file, const struct hu_trace_stream *s,
		      uint64_t since, hu_ns end, uint64_t pos, int64_t missed, struct hu_sink *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_gap gap = {
		.from = gap_from(file, s, since),
		.to = end,
		.count = missed > 0 ? missed : HU_NONE,
		.cpu = s->cpu,
		.kind = HU_LOSS_DROPPED,
		.pos = pos,
	};

	put_buffer(&text, s->buffer);
	if (missed > 0) {
		hu_out_grouped(&text, missed);
		hu_out_putc(&text, ' ');
	}
	hu_put_loss(to, &gap,
		    missed > 0 ? "%sevents dropped by the tracer"
			       : "%sevents dropped by the tracer, nobody counted them",
		    text.len ? text.at : "");
}

void hu_trace_put_buffers(const struct hu_trace_file *file, const struct hu_trace_stream *stream,
			  size_t streams, struct hu_sink *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};

	if (file->buffers == 1 && !file->buffer[0].name.len)
		return;
	for (size_t b = 0; b < file->buffers; b++) {
		const struct hu_trace_buffer *buffer = &file->buffer[b];
		HU_CLEANUP(hu_freep) char *name = hu_trace_shown(buffer->name);
		HU_CLEANUP(hu_freep)
		char *clock = hu_trace_shown(hu_trace_clock_of(file, buffer));
		uint64_t records = 0;
		bool other = false;
		for (size_t i = 0; i < streams; i++) {
			records += stream[i].buffer == buffer ? stream[i].records : 0;
			other |= stream[i].buffer == buffer && stream[i].other;
		}
		hu_out_printf(&all, "%s%s %" PRIu64 " records", b ? ", " : "",
			      *name ? name : "(top)", records);
		if (*clock)
			hu_out_printf(&all, " (%s)", clock);
		if (other && records)
			hu_put_loss(to,
				    &(struct hu_gap){.from = HU_OPEN,
						     .to = HU_OPEN,
						     .count = (int64_t)records,
						     .cpu = HU_NONE,
						     .kind = HU_LOSS_UNPARSED},
				    "%s%s%s has another clock (%s) than the rest: its %" PRIu64
				    " records are counted, not used",
				    *name ? "instance \"" : "the top buffer", name,
				    *name ? "\"" : "", clock, records);
	}
	hu_put_fact(to, "trace.buffers", hu_out_view(&all));
}

uint64_t hu_trace_put_damage(const struct hu_trace_file *file, const struct hu_trace_stream *stream,
			     size_t streams, uint64_t records, struct hu_sink *to)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < streams; i++) {
		const struct hu_trace_stream *s = &stream[i];
		struct hu_gap gap = {.from = s->last,
				     .to = HU_OPEN,
				     .count = HU_NONE,
				     .cpu = s->cpu,
				     .pos = records};
		if (s->ring.damaged) {
			gap.kind = HU_LOSS_UNPARSED;
			gap.from = gap_from(file, s, s->ring.since);
			hu_put_loss(to, &gap,
				    "%" PRIu64 " bytes of trace data could not be read: %s",
				    s->ring.unread, s->ring.damage);
			bad++;
		}
		if (s->from->dropped) {
			HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
			put_buffer(&text, s->buffer);
			hu_put_loss(to,
				    &(struct hu_gap){.from = HU_OPEN,
						     .to = HU_OPEN,
						     .count = s->from->dropped <= INT64_MAX
								      ? (int64_t)s->from->dropped
								      : HU_NONE,
						     .cpu = s->cpu,
						     .kind = HU_LOSS_DROPPED},
				    "%s%" PRIu64 " events could not be written by the tracer",
				    text.len ? text.at : "", s->from->dropped);
		}
		if (s->from->missing) {
			gap.kind = HU_LOSS_TRUNCATED;
			hu_put_loss(to, &gap,
				    "the file ends %" PRIu64
				    " bytes before the end of this CPU's data",
				    s->from->missing);
			bad++;
		}
		if (s->from->guessed) {
			/*
			 * Data lies CPU after CPU. If as many pieces are there as the machine had
			 * CPUs, all but the last are whole, and that one is from its last record on
			 * missing. Else whole CPUs may be, and then there is no moment of which it
			 * is known that nothing is.
			 */
			bool counted = file->cpus && streams == file->cpus;
			if (counted && i + 1 < streams)
				continue;
			gap.kind = HU_LOSS_TRUNCATED;
			if (!counted)
				gap.from = HU_OPEN;
			hu_put_loss(to, &gap,
				    counted ? "the table of the trace data is lost: this is the "
					      "last CPU's data, and "
					      "how many records are missing is not known"
					    : "the table of the trace data is lost: the CPU of "
					      "these records is not "
					      "known, nor how many are missing");
			bad++;
		}
	}
	return bad;
}

#endif
