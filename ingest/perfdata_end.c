/* What is known of a perf.data when all has been read: how many of what, and what is missing. */
#include "ingest/perfdata_parts.h"

#ifdef HU_HAVE_TRACECMD
#include <inttypes.h>
#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
	char spare[2][40];
	const struct hu_perf_event *const *x = a, *const *y = b;

	return strcmp(hu_perf_event_name(*x, spare[0]), hu_perf_event_name(*y, spare[1]));
}

static void put_event_losses(struct hu_perf_job *job, const struct hu_perf_event *event)
{
	char spare[40];
	const char *name = hu_perf_event_name(event, spare);

	if (event->broken)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, event->broken,
				 "%" PRIu64 " samples of %.64s contradict their own sizes",
				 event->broken, name);
	if (event->bare)
		hu_perf_put_loss(job, HU_LOSS_MISSING, event->bare,
				 "%" PRIu64 " records of %.64s without the tracepoint's fields",
				 event->bare, name);
	if (event->count && event->type == HU_PERF_TYPE_TRACEPOINT && !event->format)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, event->count,
				 "%" PRIu64
				 " records of %.64s, whose format the file does not have",
				 event->count, name);
}

/* What the vocabulary has not counted, by name: several events may have one. */
static void put_counts(struct hu_perf_job *job)
{
	const struct hu_perf_events *events = &job->head.events;
	struct hu_perf_event **event =
		hu_alloc((events->count + 1) * sizeof(struct hu_perf_event *));
	char spare[40];
	size_t n = 0;

	for (size_t i = 0; i < events->count; i++) {
		put_event_losses(job, events->at[i]);
		if (events->at[i]->count && !events->at[i]->format)
			event[n++] = events->at[i];
	}
	qsort(event, n, sizeof(*event), by_name);
	for (size_t i = 0; i < n;) {
		const struct hu_perf_event *first = event[i];
		uint64_t count = 0, used = 0;
		for (; i < n && !by_name(&event[i], &first); i++) {
			count += event[i]->count;
			used += event[i]->used;
		}
		hu_put_event_count(job->to, hu_str(hu_perf_event_name(first, spare)), count, used);
	}
	free(event);
}

static void put_left(struct hu_perf_job *job, struct hu_perf_order *const *orders, size_t count)
{
	uint64_t aux = 0, late = 0, forced = 0;

	for (size_t i = 0; i < count; i++) {
		aux += orders[i]->stream.aux_bytes;
		late += orders[i]->late;
		forced += orders[i]->forced;
	}
	if (job->aux_samples)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, job->aux_samples,
				 "the pieces of hardware trace in %" PRIu64 " samples are not read",
				 job->aux_samples);
	if (aux)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, job->seen[HU_PERF_AUXTRACE],
				 "%" PRIu64 " bytes of a hardware trace (AUX area) are not read",
				 aux);
	if (job->branches)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, job->branches,
				 "the branch stacks of %" PRIu64 " samples are not read",
				 job->branches);
	if (job->user_stacks)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, job->user_stacks,
				 "the copied user stacks of %" PRIu64
				 " samples are not unwound: their frames in programs are missing",
				 job->user_stacks);
	if (job->deferred)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, 0,
				 "call chains in programs that were recorded later than their "
				 "samples are not joined to them");
	if (job->guest)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, 0,
				 "the frames of virtual machines are left out of stacks");
	if (job->unowned)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, job->unowned,
				 "%" PRIu64 " samples of events that the file does not list",
				 job->unowned);
	if (late)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, late,
				 forced ? "%" PRIu64 " records came too late to be put in order: "
					  "too many were waiting"
					: "%" PRIu64 " records are older than what stands a round "
					  "before them in the file",
				 late);
}

/*
 * Where a file breaks off in the middle of a round, the ring buffers that would have come next are
 * missing from the round before on.
 */
static void put_broken(struct hu_perf_job *job, const struct hu_perf_order *order)
{
	const struct hu_perf_stream *stream = &order->stream;
	uint64_t from = order->windowed	  ? order->highest
			: order->complete ? order->complete
					  : order->first;

	hu_put_loss(job->to,
		    &(struct hu_gap){.from = hu_perf_stamp(from),
				     .to = HU_OPEN,
				     .count = HU_NONE,
				     .cpu = HU_NONE,
				     .kind = stream->cut ? HU_LOSS_TRUNCATED : HU_LOSS_UNPARSED,
				     .pos = job->samples},
		    "%s", hu_err_text(stream->damage));
}

struct hu_err *hu_perf_end(struct hu_perf_job *job, struct hu_perf_order *const *orders,
			   size_t count)
{
	struct hu_err *err;

	hu_perf_prepare(job);
	hu_perf_put_named(job);
	for (size_t i = 0; i < count; i++)
		if (orders[i]->stream.damage)
			put_broken(job, orders[i]);
	if (job->head.damage)
		hu_perf_put_loss(job, HU_LOSS_MISSING, 0, "%s", hu_err_text(job->head.damage));
	hu_vocabulary_finish(job->words);
	put_counts(job);
	hu_perf_side_finish(job);
	put_left(job, orders, count);
	err = job->head.damage;
	job->head.damage = NULL;
	for (size_t i = 0; i < count; i++) {
		struct hu_perf_stream *stream = &orders[i]->stream;
		if (err || !stream->damage)
			continue;
		err = stream->damage;
		stream->damage = NULL;
	}
	return err;
}

#endif
