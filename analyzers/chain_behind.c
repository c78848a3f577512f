/* What stood behind one wait: who had the lock, who had the CPU, which request was under way. */
#include "analyzers/chain.h"
#include "analyzers/cpus.h"
#include "analyzers/lane.h"
#include "db/bisect.h"

#include <stdlib.h>
#include <string.h>

/* A victim of the same lock that got it after its own wait and passed it on. */
static bool is_fellow(const struct hu_model *m, const struct hu_hold *h)
{
	size_t first, end = h->tid >= 0 ? hu_model_waits(m, h->tid, &first) : 0;

	for (size_t i = h->tid >= 0 ? first : 0; i < end; i++)
		if (h->duration < m->options.threshold &&
		    hu_lock_same(m->waits.at[i].lock, h->lock))
			return true;
	return false;
}

/*
 * At each moment one of those who had the lock: the one that left last, because until then the wait
 * could not end. The others stand among the incident's holders.
 */
void hu_chain_behind_lock(struct hu_chain *k, size_t at, struct hu_link_span span)
{
	struct hu_model *m = k->c->m;
	struct hu_part part = k->links.at[at].part;
	int32_t waiter = k->links.at[at].tid;
	struct hu_lane lane = hu_lane_of_holds(m, part.lock);
	hu_ns now = span.from, nobody = 0;

	while (now < span.to) {
		const struct hu_hold *best = NULL;
		hu_ns next = span.to;
		for (size_t i = hu_lane_reaching(&lane, now + 1); i < lane.at.count; i++) {
			const struct hu_hold *h = &m->holds.at[lane.at.at[i]];
			if (h->from > now) {
				next = h->from < next ? h->from : next;
				break;
			}
			if (h->tid != waiter && h->to > now && (!best || h->to > best->to))
				best = h;
		}
		if (!best) {
			nobody += next - now;
			struct hu_link like = {.kind = HU_LINK_NOBODY};
			hu_chain_add(k, at, &like, now, next, span.source);
			now = next;
			continue;
		}
		hu_ns to = best->to < span.to ? best->to : span.to;
		struct hu_link like = {.kind = is_fellow(m, best) ? HU_LINK_FELLOWS
								  : HU_LINK_HOLDER,
				       .tid = best->tid,
				       .comm = best->comm,
				       .lock = part.lock,
				       .mode = best->mode,
				       .how = best->how};
		hu_chain_add(k, at, &like, now, to, best->begin.source);
		now = to;
	}
	hu_lane_deinit(&lane);
}

static int by_cpu_then_time(const void *a, const void *b)
{
	const struct hu_seat *x = a, *y = b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* Seats on one CPU follow one another, so their ends are in order, too. */
static size_t first_seat(const hu_seats *seats, int32_t cpu, hu_ns from)
{
	size_t a;

	HU_BISECT(a, 0, seats->count,
		  seats->at[a].cpu < cpu || (seats->at[a].cpu == cpu && seats->at[a].to <= from));
	return a;
}

void hu_chain_behind_cpu(struct hu_chain *k, size_t at)
{
	struct hu_link link = k->links.at[at]; /* its spans stay where they are */
	hu_ns from = INT64_MAX, to = INT64_MIN;
	hu_seats seats;

	for (size_t i = 0; i < link.spans.count; i++) {
		from = link.spans.at[i].from < from ? link.spans.at[i].from : from;
		to = link.spans.at[i].to > to ? link.spans.at[i].to : to;
	}
	hu_seats_find(k->c, HU_NONE, from, to, &seats);
	if (seats.count)
		qsort(seats.at, seats.count, sizeof(seats.at[0]), by_cpu_then_time);
	for (size_t i = 0; i < link.spans.count; i++) {
		struct hu_link_span span = link.spans.at[i];
		for (size_t n = first_seat(&seats, span.cpu, span.from);
		     n < seats.count && seats.at[n].cpu == span.cpu && seats.at[n].from < span.to;
		     n++) {
			const struct hu_seat *s = &seats.at[n];
			struct hu_link like = {.kind = HU_LINK_SEAT,
					       .tid = s->tid,
					       .number = span.cpu,
					       .how = HU_OBSERVED};
			if (s->tid != link.tid)
				hu_chain_add(k, at, &like,
					     s->from > span.from ? s->from : span.from,
					     s->to < span.to ? s->to : span.to, span.source);
		}
	}
	free(seats.at);
}

static int longest_seat(const void *a, const void *b)
{
	const struct hu_seat *x = a, *y = b;

	if (x->to - x->from != y->to - y->from)
		return x->to - x->from > y->to - y->from ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->cpu - y->cpu;
}

/* A CPU that did not switch while a grace period waited for it (kernel-facts 1.14). Named only if
 * it is seen, for more than a quarter of the longest wait. */
void hu_chain_behind_grace_period(struct hu_chain *k, size_t at)
{
	struct hu_link_span longest = k->links.at[at].spans.at[0];
	hu_ns whole = k->links.at[at].ns;
	hu_seats seats;

	for (size_t i = 0; i < k->links.at[at].spans.count; i++) {
		struct hu_link_span s = k->links.at[at].spans.at[i];
		if (s.to - s.from > longest.to - longest.from)
			longest = s;
	}
	hu_seats_find(k->c, HU_NONE, longest.from, longest.to, &seats);
	for (size_t i = 0; i < seats.count; i++) {
		struct hu_seat *s = &seats.at[i];
		s->from = s->from > longest.from ? s->from : longest.from;
		/* Until when it kept the CPU is told, even past the wait: only the order counts
		 * here.
		 */
	}
	if (seats.count)
		qsort(seats.at, seats.count, sizeof(seats.at[0]), longest_seat);
	hu_ns in_it =
		seats.count ? hu_overlap(seats.at[0].from, seats.at[0].to, longest.from, longest.to)
			    : 0;
	if (in_it * 4 > longest.to - longest.from) {
		struct hu_link like = {.kind = HU_LINK_QUIET,
				       .tid = seats.at[0].tid,
				       .number = seats.at[0].cpu,
				       .until = seats.at[0].to,
				       .how = HU_OVERLAPPING};
		hu_chain_add(k, at, &like, longest.from, longest.from + in_it, longest.source);
	} else {
		struct hu_link like = {.kind = HU_LINK_RCU};
		hu_chain_add(k, at, &like, 0, whole, longest.source);
	}
	free(seats.at);
}

/* A request: from its issue to its completion. */
struct request {
	int64_t device, sector;
	int32_t tid;
	const char *kind;
	hu_ns from, to;
};
typedef HU_VEC(struct request) requests;

static int by_completion(const void *a, const void *b)
{
	const struct request *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->sector < y->sector ? -1 : x->sector > y->sector;
}

/* Requests that completed in [from, to], by their completion. */
static void find_requests(struct hu_chain *k, const struct hu_swept *in, hu_ns from, hu_ns to,
			  requests *ret)
{
	/* Slower disks than that have been replaced. */
	const hu_ns longest = 10 * HU_NS_PER_S;
	requests open = {0};
	int64_t first, last;

	k->c->err = hu_store_window(k->c->store, "io", in->source, from - longest - in->offset,
				    to + HU_NS_PER_S - in->offset, &first, &last);
	if (k->c->err)
		return;
	struct hu_rows *r = hu_rows_open(
		k->c->store,
		"SELECT ts, step, device, sector, tid, text FROM io LEFT JOIN name ON name.id = "
		"io.kind WHERE io.rowid > ?1 AND io.rowid <= ?2 AND ts IS NOT NULL AND device IS "
		"NOT "
		"NULL ORDER BY io.rowid");
	hu_rows_bind_int(r, 1, first);
	hu_rows_bind_int(r, 2, last);
	while (hu_rows_next(r)) {
		hu_ns ts = hu_rows_int(r, 0) + in->offset;
		struct request q = {hu_rows_int(r, 2),
				    hu_rows_int(r, 3),
				    (int32_t)hu_rows_int_or(r, 4, HU_NONE),
				    hu_model_string(k->c->m, hu_rows_str(r, 5)),
				    ts,
				    ts};
		if (hu_rows_int(r, 1) == HU_BEGIN) {
			HU_PUSH(&open, q);
			continue;
		}
		/* What is under way fits into the queues of the disks: some hundred. */
		size_t i = open.count;
		while (i &&
		       (open.at[i - 1].device != q.device || open.at[i - 1].sector != q.sector))
			i--;
		if (!i)
			continue;
		struct request done = open.at[i - 1];
		open.at[i - 1] = open.at[--open.count];
		done.to = ts;
		if (ts > from)
			HU_PUSH(ret, done);
	}
	free(open.at);
	hu_result_close(&k->c->err, r);
	if (ret->count)
		qsort(ret->at, ret->count, sizeof(ret->at[0]), by_completion);
}

static size_t first_done(const requests *done, hu_ns at)
{
	size_t a;

	HU_BISECT(a, 0, done->count, done->at[a].to <= at);
	return a;
}

/*
 * Requests that were under way while the task slept for I/O. Its own are what it waited for as far
 * as anybody can see; others only where it issued none, because it may wait for a page that
 * somebody else asked for.
 */
static void in_span(struct hu_chain *k, size_t at, int32_t waiter, const requests *done,
		    struct hu_link_span span)
{
	bool own = false;
	size_t first = first_done(done, span.from), end = first;

	while (end < done->count &&
	       (end == first || done->at[end - 1].to < span.to + HU_NS_PER_MS)) {
		own |= done->at[end].tid == waiter && done->at[end].from < span.to;
		end++;
	}
	hu_ns covered = span.from;
	for (size_t i = first; i < end; i++) {
		const struct request *q = &done->at[i];
		hu_ns from = q->from > covered ? q->from : covered,
		      to = q->to < span.to ? q->to : span.to;
		if (to <= from || (own && q->tid != waiter))
			continue;
		struct hu_link like = {.kind = HU_LINK_DEVICE,
				       .tid = HU_NONE,
				       .number = q->device,
				       .word = q->kind,
				       .how = own ? HU_OBSERVED : HU_OVERLAPPING};
		hu_chain_add(k, at, &like, from, to, span.source);
		covered = to;
	}
}

void hu_chain_behind_device(struct hu_chain *k, size_t at)
{
	struct hu_link link = k->links.at[at]; /* its spans stay where they are */
	enum hu_why why = link.part.why;
	const struct hu_swept *in = NULL;
	hu_ns from = INT64_MAX, to = INT64_MIN;
	requests done = {0};

	if (why == HU_WHY_UNKNOWN || why == HU_WHY_TIMER || why == HU_WHY_FREEZE || k->c->err)
		return;
	for (size_t i = 0; i < link.spans.count; i++) {
		from = link.spans.at[i].from < from ? link.spans.at[i].from : from;
		to = link.spans.at[i].to > to ? link.spans.at[i].to : to;
	}
	for (size_t i = 0; i < k->c->m->swept.count; i++)
		if (k->c->m->swept.at[i].source == link.spans.at[0].source)
			in = &k->c->m->swept.at[i];
	if (!in)
		return;
	find_requests(k, in, from, to, &done);
	for (size_t i = 0; i < link.spans.count && done.count; i++)
		in_span(k, at, link.tid, &done, link.spans.at[i]);
	free(done.at);
}
