/* The small LTTng trace: its packets, its events, and what differs in each copy of them. */
#include "bench/make/ctf.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 0x30 /* EXIT_DEAD, EXIT_ZOMBIE */, NO_PLACE = 0 };

struct hu_err *ctf_odd(const char *what)
{
	return hu_err(HU_ERR_UNSUPPORTED, "the seed is no LTTng trace that can be multiplied: %s",
		      what);
}

void ctf_deinit(struct ctf_seed *seed)
{
	for (size_t i = 0; i < seed->count; i++) {
		struct ctf_stream *s = &seed->streams[i];
		free(s->name);
		free(s->packets);
		free(s->marks);
		free(s->patches.at);
		free(s->before.at);
		free(s->behind.at);
		hu_out_deinit(&s->bytes);
		hu_out_deinit(&s->bridge);
	}
	free(seed->streams);
	tsdl_deinit(&seed->meta);
	tasks_deinit(&seed->tasks);
	hu_out_deinit(&seed->metadata);
}

/* An event's head at `at`; the time is whole only if `stamp` says where it stands. */
struct head {
	uint32_t id;
	uint64_t time;
	size_t bits, len;
	size_t stamp; /* of 64 bits, from the head's begin; 0: none */
};

static bool head_read(const struct ctf_meta *meta, const char *at, size_t left, struct head *ret)
{
	const uint32_t extended = meta->compact ? 31 : 65535;

	if (left < 6)
		return false;
	*ret = (struct head){.bits = meta->compact ? 27 : 32, .len = meta->compact ? 4 : 6};
	ret->id = meta->compact ? get(at, 1) & 31 : (uint32_t)get(at, 2);
	ret->time = meta->compact ? get(at, 4) >> 5 : get(at + 2, 4);
	if (ret->id != extended)
		return true;
	size_t id = meta->compact ? 1 : 2;
	ret->stamp = id + 4;
	ret->len = id + 12;
	if (left < ret->len)
		return false;
	ret->id = (uint32_t)get(at + id, 4);
	ret->time = get(at + ret->stamp, 8);
	return true;
}

static bool is_task(struct hu_str name)
{
	return hu_str_ends(name, "tid") || hu_str_ends(name, "pid") || hu_str_is(name, "vtids");
}

static bool one_prefix(struct hu_str comm, struct hu_str tid)
{
	return comm.len == tid.len + 1 && hu_str_ends(comm, "comm") && hu_str_ends(tid, "tid") &&
	       memcmp(comm.at, tid.at, tid.len - 3) == 0;
}

/* Where the fields of the event at `at` are; false if they do not fit in there. */
static bool fields_find(const struct ctf_event *event, const char *at, size_t left, size_t *where,
			size_t *ret)
{
	size_t done = 0;

	for (size_t i = 0; i < event->count; i++) {
		const struct ctf_field *f = &event->fields[i];
		size_t len = (size_t)f->size * f->count;
		where[i] = done;
		if (!f->count)
			len = f->size * get(at + where[f->length], event->fields[f->length].size);
		if (f->text) {
			const char *nul = memchr(at + done, 0, left - done);
			if (!nul)
				return false;
			len = (size_t)(nul + 1 - at) - done;
		}
		if (len > left - done)
			return false;
		done += len;
	}
	*ret = done;
	return true;
}

static size_t field_of(const struct ctf_event *event, const char *name, const size_t *where)
{
	for (size_t i = 0; i < event->count; i++)
		if (hu_str_is(event->fields[i].name, name))
			return where[i];
	return SIZE_MAX;
}

static void learn(struct ctf_seed *seed, struct ctf_stream *s, const struct ctf_event *event,
		  const char *at, size_t len, const size_t *where)
{
	for (size_t i = 0; i < event->count; i++)
		if (is_task(event->fields[i].name) && event->fields[i].count == 1)
			tasks_seen(&seed->tasks, (int32_t)get(at + where[i], 4));
	if (hu_str_is(event->name, "sched_process_exit"))
		tasks_died(&seed->tasks, (int32_t)get(at + field_of(event, "tid", where), 4));
	if (!hu_str_is(event->name, "sched_switch"))
		return;
	s->last = (struct ctf_place){
		.payload = at,
		.id = event->id,
		.len = len,
		.pid = field_of(event, "prev_tid", where),
		.comm = field_of(event, "prev_comm", where),
		.to_pid = field_of(event, "next_tid", where),
		.to_comm = field_of(event, "next_comm", where),
		.state = field_of(event, "prev_state", where),
	};
	if (!s->first.payload)
		s->first = s->last;
	if (get(at + s->last.state, 8) & LEAVES)
		tasks_died(&seed->tasks, (int32_t)get(at + s->last.pid, 4));
}

static void patch(struct ctf_seed *seed, struct ctf_stream *s, const struct ctf_event *event,
		  const char *block, size_t at, const size_t *where)
{
	for (size_t i = 0; i < event->count; i++) {
		const struct ctf_field *f = &event->fields[i];
		size_t count = f->count;
		if (!is_task(f->name) || f->size != 4)
			continue;
		if (!count)
			count = get(block + at + where[f->length], event->fields[f->length].size);
		for (size_t k = 0; k < count; k++)
			if (!patch_pid(&s->patches, &seed->tasks, block, at + where[i] + 4 * k))
				count = 0;
		for (size_t k = 0; k < event->count && count; k++)
			if (one_prefix(event->fields[k].name, f->name))
				patch_add(&s->patches,
					  (struct patch){.at = (uint32_t)(at + where[k]),
							 .kind = PATCH_COMM,
							 .size = COMM_LEN});
	}
}

static void mark_add(struct ctf_stream *s, struct ctf_mark mark)
{
	if (s->events == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 1024;
		s->marks = hu_realloc(s->marks, s->cap * sizeof(*s->marks));
	}
	s->marks[s->events++] = mark;
}

/* Its events: the first time to learn who is in them, then for what differs. */
static struct hu_err *packet_walk(struct ctf_seed *seed, struct ctf_stream *s, size_t number,
				  bool again)
{
	struct ctf_packet *packet = &s->packets[number];
	size_t end = get(packet->at + CONTENT_AT, 8) / 8;
	uint64_t time = get(packet->at + BEGINS_AT, 8);
	size_t where[64];

	if (again)
		packet->first_patch = s->patches.count;
	for (size_t at = PACKET_HEAD; at < end;) {
		struct head head;
		size_t len;
		if (!head_read(&seed->meta, packet->at + at, end - at, &head))
			return ctf_odd("an event is cut");
		const struct ctf_event *event = tsdl_find(&seed->meta, head.id);
		size_t payload = at + head.len;
		if (!event || event->odd || event->count > sizeof(where) / sizeof(*where) ||
		    !fields_find(event, packet->at + payload, end - payload, where, &len))
			return ctf_odd("an event has fields that are not understood");
		if (!head.stamp) {
			uint64_t low = (UINT64_C(1) << head.bits) - 1;
			head.time |= time & ~low;
			if (head.time < time)
				head.time += low + 1;
		}
		time = head.time;
		if (again) {
			if (head.stamp)
				patch_add(&s->patches,
					  (struct patch){.at = (uint32_t)(at + head.stamp),
							 .kind = PATCH_TIME});
			patch(seed, s, event, packet->at, payload, where);
		} else {
			learn(seed, s, event, packet->at + payload, len, where);
			mark_add(s, (struct ctf_mark){time, (uint32_t)number,
						      (uint32_t)(payload + len)});
		}
		at = payload + len;
	}
	packet->patches = s->patches.count - packet->first_patch;
	return NULL;
}

static struct hu_err *packets_read(struct ctf_seed *seed, struct ctf_stream *s)
{
	struct hu_err *err = NULL;

	for (size_t at = 0; at < s->bytes.len && !err;) {
		const char *packet = s->bytes.at + at;
		if (s->bytes.len - at < PACKET_HEAD || get(packet, 4) != 0xc1fc1fc1)
			return ctf_odd("a packet has another head");
		uint64_t size = get(packet + SIZE_AT, 8) / 8,
			 content = get(packet + CONTENT_AT, 8) / 8;
		if (size < PACKET_HEAD || size > s->bytes.len - at || content > size)
			return ctf_odd("a packet is cut");
		if (get(packet + 72, 8))
			return ctf_odd("it has lost events");
		if (get(packet + BEGINS_AT, 8) < seed->from)
			seed->from = get(packet + BEGINS_AT, 8);
		if (get(packet + ENDS_AT, 8) > seed->to)
			seed->to = get(packet + ENDS_AT, 8);
		s->packets = hu_realloc(s->packets, (s->count + 1) * sizeof(*s->packets));
		s->packets[s->count] = (struct ctf_packet){
			.at = packet, .size = (uint32_t)size, .first_mark = s->events};
		err = packet_walk(seed, s, s->count++, false);
		at += size;
	}
	seed->events += s->events;
	return err;
}

static void bridge_build(struct ctf_seed *seed, struct ctf_stream *s)
{
	const struct ctf_place *f = &s->first, *l = &s->last;
	bool compact = seed->meta.compact;
	size_t head = compact ? 13 : 14, at = PACKET_HEAD + head;

	if (!f->payload)
		return;
	uint32_t from = (uint32_t)get(l->payload + l->to_pid, 4);
	if (from == get(f->payload + f->pid, 4) && tasks_index(&seed->tasks, (int32_t)from) < 0)
		return;
	hu_out_bytes(&s->bridge, s->packets[0].at, PACKET_HEAD);
	while (s->bridge.len < at)
		hu_out_putc(&s->bridge,
			    compact ? 31 : (char)0xff); /* the id that announces another */
	hu_out_bytes(&s->bridge, f->payload, f->len);
	char *packet = s->bridge.at, *event = packet + at;
	uint64_t when = seed->from - 1;
	put(packet + at - 12, 4, f->id);
	put(packet + at - 8, 8, when);
	memcpy(event + f->to_comm, f->payload + f->comm, COMM_LEN);
	memcpy(event + f->to_pid, f->payload + f->pid, 4);
	memcpy(event + f->comm, l->payload + l->to_comm, COMM_LEN);
	put(event + f->pid, 4, from);
	put(event + f->state, 8, from != 0);
	put(packet + BEGINS_AT, 8, when);
	put(packet + ENDS_AT, 8, when);
	put(packet + CONTENT_AT, 8, s->bridge.len * 8);
	put(packet + SIZE_AT, 8, s->bridge.len * 8);
	const uint32_t times[] = {BEGINS_AT, ENDS_AT, (uint32_t)at - 8};
	for (size_t i = 0; i < 3; i++)
		patch_add(&s->behind, (struct patch){.at = times[i], .kind = PATCH_TIME});
	if (patch_pid(&s->before, &seed->tasks, packet, at + f->pid))
		patch_add(&s->before, (struct patch){.at = (uint32_t)(at + f->comm),
						     .kind = PATCH_COMM,
						     .size = COMM_LEN});
	if (patch_pid(&s->behind, &seed->tasks, packet, at + f->to_pid))
		patch_add(&s->behind, (struct patch){.at = (uint32_t)(at + f->to_comm),
						     .kind = PATCH_COMM,
						     .size = COMM_LEN});
	seed->bridges++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ctf_stream *)a)->name, ((const struct ctf_stream *)b)->name);
}

static struct hu_err *folder_read(struct ctf_seed *seed, const char *folder)
{
	DIR *dir = opendir(folder);
	struct hu_err *err = NULL;

	if (!dir)
		return hu_err_os(errno, "%s cannot be read", folder);
	for (struct dirent *e; !err && (e = readdir(dir));) {
		HU_CLEANUP(hu_freep) char *path = NULL;
		struct ctf_stream s = {0};
		if (*e->d_name == '.' || strcmp(e->d_name, "index") == 0)
			continue;
		if (asprintf(&path, "%s/%s", folder, e->d_name) < 0)
			abort();
		if (strcmp(e->d_name, "metadata") == 0) {
			err = io_read(path, &seed->metadata);
			continue;
		}
		err = io_read(path, &s.bytes);
		s.name = hu_strdup(hu_str(e->d_name));
		seed->streams = hu_realloc(seed->streams, (seed->count + 1) * sizeof(s));
		seed->streams[seed->count++] = s;
	}
	closedir(dir);
	if (seed->count)
		qsort(seed->streams, seed->count, sizeof(*seed->streams), by_name);
	return err;
}

struct hu_err *ctf_read(struct ctf_seed *seed, const char *folder)
{
	struct hu_err *err = folder_read(seed, folder);

	seed->from = UINT64_MAX;
	if (!err)
		err = tsdl_read(&seed->meta, hu_out_view(&seed->metadata));
	for (size_t i = 0; i < seed->count && !err; i++)
		err = packets_read(seed, &seed->streams[i]);
	tasks_settle(&seed->tasks);
	for (size_t i = 0; i < seed->count && !err; i++)
		for (size_t p = 0; p < seed->streams[i].count && !err; p++)
			err = packet_walk(seed, &seed->streams[i], p, true);
	for (size_t i = 0; i < seed->count && !err; i++)
		bridge_build(seed, &seed->streams[i]);
	return err || seed->events ? err : ctf_odd("it has no events");
}
