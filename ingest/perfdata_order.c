/*
 * Records by time. perf record empties one ring buffer after the other, so a file is rounds of
 * runs, one run for each CPU, and in each run the stamps ascend. At the end of a round everything
 * up to the highest stamp of the round before is complete (tools/perf/util/ordered-events.c); what
 * waits is thus two rounds, whatever the capture's size: an array that is sorted by merging its
 * runs.
 *
 * Where nobody wrote rounds (a file for each ring buffer, or a damaged one), a window stands for
 * them. Should more wait than may, half of it goes out as it is, and what then comes too late is
 * counted.
 */
#include "ingest/perfdata_parts.h"

#include <stdlib.h>

enum { HEADER = 8, WAITING_MAX = 1 << 22, WINDOW = 1 << 12 };

static void merge(const struct hu_perf_waiting *a, const struct hu_perf_waiting *a_end,
		  const struct hu_perf_waiting *b, const struct hu_perf_waiting *b_end,
		  struct hu_perf_waiting *to)
{
	while (a < a_end && b < b_end)
		*to++ = b->ts < a->ts ? *b++ : *a++;
	while (a < a_end)
		*to++ = *a++;
	while (b < b_end)
		*to++ = *b++;
}

static size_t run_from(const struct hu_perf_waiting *entry, size_t at, size_t end)
{
	while (at + 1 < end && entry[at + 1].ts >= entry[at].ts)
		at++;
	return at + 1 < end ? at + 1 : end;
}

/* Natural merge sort of what has come since the last time, and then with what was waiting. */
static void sort(struct hu_perf_order *o)
{
	size_t first = o->sorted;

	while (first < o->count && run_from(o->entry, first, o->count) < o->count) {
		size_t to = 0;
		for (size_t at = first; at < o->count;) {
			size_t middle = run_from(o->entry, at, o->count);
			size_t end =
				middle < o->count ? run_from(o->entry, middle, o->count) : middle;
			merge(o->entry + at, o->entry + middle, o->entry + middle, o->entry + end,
			      o->spare + to);
			to += end - at;
			at = end;
		}
		memcpy(o->entry + first, o->spare, to * sizeof(*o->entry));
	}
	if (o->next < first && first < o->count && o->entry[first].ts < o->entry[first - 1].ts) {
		merge(o->entry + o->next, o->entry + first, o->entry + first, o->entry + o->count,
		      o->spare);
		memcpy(o->entry + o->next, o->spare, (o->count - o->next) * sizeof(*o->entry));
	}
	o->sorted = o->count;
}

/* All up to `limit` is ready. */
static void release(struct hu_perf_order *o, uint64_t limit)
{
	size_t low, high;

	sort(o);
	low = o->next;
	high = o->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (o->entry[middle].ts <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	o->ready = low;
}

static void round_ended(struct hu_perf_order *o)
{
	if (o->flush_to)
		release(o, o->flush_to);
	o->complete = o->flush_to;
	o->flush_to = o->highest;
	o->since_round = 0;
	o->rounds++;
}

static void make_room(struct hu_perf_order *o)
{
	if (o->next) {
		o->count -= o->next;
		o->sorted -= o->next;
		memmove(o->entry, o->entry + o->next, o->count * sizeof(*o->entry));
		o->ready = 0;
		o->next = 0;
	}
	if (o->count * 2 < o->room)
		return;
	o->room = o->room ? o->room * 2 : 4096;
	o->entry = hu_realloc(o->entry, o->room * sizeof(*o->entry));
	o->spare = hu_realloc(o->spare, o->room * sizeof(*o->spare));
}

static void wait_for(struct hu_perf_order *o, const struct hu_perf_record *record)
{
	if (o->count == o->room)
		make_room(o);
	if (record->ts < o->last)
		o->late++;
	if (!o->first || record->ts < o->first)
		o->first = record->ts;
	if (record->ts > o->highest)
		o->highest = record->ts;
	o->entry[o->count++] =
		(struct hu_perf_waiting){record->ts, record->body.at - HEADER, record->chunk};
	o->since_round++;
	if (o->windowed && o->since_round == WINDOW) {
		round_ended(o);
	} else if (o->count - o->next == WAITING_MAX) {
		sort(o);
		o->ready = o->next + WAITING_MAX / 2;
		o->forced++;
	}
}

static void take_waiting(struct hu_perf_order *o, struct hu_perf_record *ret)
{
	const struct hu_perf_waiting *entry = &o->entry[o->next++];
	bool swap = o->stream.swap;

	*ret = (struct hu_perf_record){
		.type = hu_load32(entry->at, swap),
		.misc = hu_load16(entry->at + 4, swap),
		.body = {entry->at + HEADER, (size_t)hu_load16(entry->at + 6, swap) - HEADER},
		.ts = entry->ts,
		.chunk = entry->chunk,
	};
	if (o->last < entry->ts)
		o->last = entry->ts;
}

bool hu_perf_order_next(struct hu_perf_order *o, struct hu_perf_record *ret)
{
	for (;;) {
		if (o->next < o->ready) {
			take_waiting(o, ret);
			return true;
		}
		if (o->ended)
			return false;
		if (!hu_perf_stream_next(&o->stream, ret)) {
			o->ended = true;
			release(o, UINT64_MAX);
			continue;
		}
		ret->ts = hu_perf_time_of(o->events, ret->type, ret->body);
		if (ret->ts) {
			wait_for(o, ret);
			continue;
		}
		if (ret->type == HU_PERF_FINISHED_ROUND)
			round_ended(o);
		return true;
	}
}

void hu_perf_order_deinit(struct hu_perf_order *o)
{
	for (; o->next < o->count; o->next++)
		hu_perf_chunk_put(o->entry[o->next].chunk);
	free(o->entry);
	free(o->spare);
	hu_perf_stream_deinit(&o->stream);
}
