/* How long the operations of the victims' kinds took, stalled or not: their distribution, and the
 * stalled ones one by one. */
#include "analyzers/conclude.h"

#include <stdlib.h>

enum { MAX_STALLS = 200 };

typedef HU_VEC(hu_ns) edges;

/* 1, 2 and 5 of each decade from 1 µs on, so that the steps read well and are about equally wide
 * on a logarithmic axis; and the threshold, so that no step is stalled in part. */
static edges make_edges(hu_ns threshold, hu_ns longest)
{
	edges e = {0};
	hu_ns edge = HU_NS_PER_US;

	HU_PUSH(&e, 0);
	for (int i = 0; edge <= longest && edge < INT64_MAX / 10; i++) {
		if (e.at[e.count - 1] < threshold && edge > threshold)
			HU_PUSH(&e, threshold);
		HU_PUSH(&e, edge);
		edge = i % 3 == 1 ? edge / 2 * 5 : edge * 2;
	}
	if (e.at[e.count - 1] < threshold && edge > threshold && longest >= threshold)
		HU_PUSH(&e, threshold);
	HU_PUSH(&e, edge);
	return e;
}

static bool counts(const struct hu_conclusion *c, const struct hu_cause *cause,
		   const struct hu_op *op)
{
	return op->timed && op->duration >= 0 && hu_cause_is_kind(cause, op->name) &&
	       hu_cause_watched(c->m, cause, op);
}

static void distribution(struct hu_conclusion *c, const struct hu_cause *cause)
{
	hu_ns longest = -1;

	for (size_t i = 0; i < c->m->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[i];
		if (counts(c, cause, op) && op->duration > longest)
			longest = op->duration;
	}
	if (longest < 0)
		return;
	edges e = make_edges(c->m->options.threshold, longest);
	int64_t *count = hu_alloc(e.count * sizeof(*count));
	size_t first = e.count, last = 0;
	for (size_t i = 0; i < e.count; i++)
		count[i] = 0;
	for (size_t i = 0; i < c->m->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[i];
		if (!counts(c, cause, op))
			continue;
		size_t b = 0;
		while (b + 2 < e.count && op->duration >= e.at[b + 1])
			b++;
		count[b]++;
		first = b < first ? b : first;
		last = b > last ? b : last;
	}
	/* Empty steps in between are part of the picture. */
	for (size_t b = first; b <= last && b + 1 < e.count; b++)
		hu_result(c->store, &c->err,
			  "INSERT INTO incident_latency (incident, low_ns, high_ns, count, "
			  "stalled) VALUES (?1, ?2, ?3, ?4, ?5)",
			  "siiii", cause->id, (int64_t)e.at[b], (int64_t)e.at[b + 1], count[b],
			  (int64_t)(e.at[b] >= c->m->options.threshold));
	free(count);
	free(e.at);
}

static void stalls(struct hu_conclusion *c, const struct hu_cause *cause)
{
	int64_t rank = 0;

	for (size_t i = 0; i < cause->ops.count && rank < MAX_STALLS; i++) {
		const struct hu_op *op = &c->m->ops.at[cause->ops.at[i]];
		if (op->duration <= 0)
			continue;
		hu_result(c->store, &c->err,
			  "INSERT INTO incident_stall (incident, rank, operation, comm, tid, "
			  "from_ns, duration_ns, open) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			  "sissooii", cause->id, ++rank, op->name,
			  op->comm	 ? op->comm
			  : op->tid >= 0 ? hu_model_comm(c->m, op->tid)
					 : NULL,
			  (int64_t)op->tid, op->timed ? (int64_t)hu_at(c, op->from) : HU_OPEN,
			  (int64_t)op->duration, (int64_t)op->open);
	}
}

void hu_conclude_latency(struct hu_conclusion *c, const struct hu_cause *cause)
{
	distribution(c, cause);
	stalls(c, cause);
}
