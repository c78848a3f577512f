/*
 * LTTng's CTF 1.8: packets with a context, events with 16 or 5 bits of id and 32 or 27 of time.
 *
 * A copy is the seed's packets, later by a multiple of 2^32 ns, so that the short stamps of events
 * stay as they are; whole stamps, the contexts' stamps and the packets' numbers are moved on.
 */
#include "bench/make/ctf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WRAP (UINT64_C(1) << 32)

/* How many events of each stream belong to the first `wanted` ones of a copy, in time. */
static void cut(struct ctf_seed *seed, uint64_t wanted, bool bridged)
{
	for (size_t i = 0; i < seed->count && bridged; i++) {
		seed->streams[i].bridged = seed->streams[i].bridge.len && wanted;
		wanted -= seed->streams[i].bridged;
	}
	for (; wanted; wanted--) {
		struct ctf_stream *first = NULL;
		for (size_t i = 0; i < seed->count; i++) {
			struct ctf_stream *s = &seed->streams[i];
			if (s->taken < s->events &&
			    (!first || s->marks[s->taken].time < first->marks[first->taken].time))
				first = s;
		}
		if (!first)
			return;
		first->taken++;
	}
}

static void stream_write(struct ctf_seed *seed, struct ctf_stream *s, uint64_t full, FILE *file)
{
	uint64_t period = ((seed->to - seed->from) / WRAP + 1) * WRAP, number = 0;
	size_t largest = s->bridge.len;

	for (size_t p = 0; p < s->count; p++)
		if (s->packets[p].size > largest)
			largest = s->packets[p].size;
	HU_CLEANUP(hu_freep) char *room = hu_alloc(largest + 1);
	for (uint64_t copy = 0; copy <= full; copy++) {
		size_t events = copy < full ? s->events : s->taken;
		uint64_t shift = copy * period;
		if (copy && (copy < full ? s->bridge.len > 0 : s->bridged)) {
			memcpy(room, s->bridge.at, s->bridge.len);
			patch_apply(room, s->before.at, s->before.count, &seed->tasks, copy - 1, 0);
			patch_apply(room, s->behind.at, s->behind.count, &seed->tasks, copy, shift);
			put(room + NUMBER_AT, 8, number++);
			fwrite(room, 1, s->bridge.len, file);
		}
		for (size_t p = 0; p < s->count && s->packets[p].first_mark < events; p++) {
			const struct ctf_packet *packet = &s->packets[p];
			size_t next = p + 1 < s->count ? packet[1].first_mark : s->events;
			memcpy(room, packet->at, packet->size);
			patch_apply(room, s->patches.at + packet->first_patch, packet->patches,
				    &seed->tasks, copy, shift);
			put(room + BEGINS_AT, 8, get(room + BEGINS_AT, 8) + shift);
			put(room + ENDS_AT, 8, get(room + ENDS_AT, 8) + shift);
			put(room + NUMBER_AT, 8, number++);
			if (next > events) {
				put(room + CONTENT_AT, 8, s->marks[events - 1].end * UINT64_C(8));
				put(room + ENDS_AT, 8, s->marks[events - 1].time + shift);
			}
			fwrite(room, 1, packet->size, file);
		}
	}
}

static struct hu_err *file_write(const char *folder, const char *name, struct ctf_seed *seed,
				 struct ctf_stream *s, uint64_t full)
{
	HU_CLEANUP(hu_freep) char *path = NULL;
	FILE *file;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	struct hu_err *err = io_open(path, &file);
	if (err)
		return err;
	if (s)
		stream_write(seed, s, full, file);
	else
		fwrite(seed->metadata.at, 1, seed->metadata.len, file);
	return io_close(file, path);
}

struct hu_err *make_ctf(struct order *order)
{
	HU_CLEANUP(ctf_deinit) struct ctf_seed seed = {0};
	struct hu_err *err = ctf_read(&seed, order->seed);
	uint64_t full = 0, left = order->events;

	if (err)
		return err;
	if (left >= seed.events) {
		left -= seed.events;
		full = 1 + left / (seed.events + seed.bridges);
		left %= seed.events + seed.bridges;
	}
	cut(&seed, left, full > 0);
	order->copies = full + (left > 0);
	order->tasks = order->copies * seed.tasks.count;
	if (mkdir(order->to, 0777) != 0 && errno != EEXIST)
		return hu_err_os(errno, "%s cannot be made", order->to);
	err = file_write(order->to, "metadata", &seed, NULL, 0);
	for (size_t i = 0; i < seed.count && !err; i++)
		err = file_write(order->to, seed.streams[i].name, &seed, &seed.streams[i], full);
	return err;
}
