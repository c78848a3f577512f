/*
 * Events of a perf.data (struct perf_event_attr) and what their sample_type says of the layout of
 * every sample: worked out once for each event, because a capture has a handful of events and 10^4
 * to 10^8 samples. Facts: include/uapi/linux/perf_event.h; which event a record belongs to is as in
 * tools/perf/util/evlist.c, evlist__event2evsel().
 */
#include "ingest/perfdata_bits.h"
#include "ingest/perfdata_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Bits of the word behind read_format. */
enum { FLAG_FREQ = 10, FLAG_ID_ALL = 18, FLAG_CLOCKID = 25 };

enum { ATTR_MIN = 64, EVENTS_MAX = 1 << 16, IDS_MAX = 1 << 22 };

static struct hu_perf_layout layout_of(uint64_t type, bool id_all)
{
	struct hu_perf_layout at = {-1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0};
	int16_t from_start = 0, from_end = 0;
	const struct {
		uint64_t bit;
		int16_t *ret;
	} front[] = {{IDENTIFIER, &at.id}, {IP, &at.ip},   {TID, &at.tid},
		     {TIME, &at.time},	   {ADDR, NULL},   {ID, &at.id},
		     {STREAM_ID, NULL},	   {CPU, &at.cpu}, {PERIOD, &at.period}},
	  back[] = {{IDENTIFIER, &at.end_id}, {CPU, &at.end_cpu},   {STREAM_ID, NULL},
		    {ID, &at.end_id},	      {TIME, &at.end_time}, {TID, &at.end_tid}};

	for (size_t i = 0; i < sizeof(front) / sizeof(front[0]); i++) {
		if (!(type & front[i].bit))
			continue;
		/* with IDENTIFIER that is the id, wherever else it stands */
		if (front[i].ret && !(front[i].bit == ID && type & IDENTIFIER))
			*front[i].ret = from_start;
		from_start = (int16_t)(from_start + 8);
	}
	at.fixed = from_start;
	for (size_t i = 0; id_all && i < sizeof(back) / sizeof(back[0]); i++) {
		if (!(type & back[i].bit))
			continue;
		from_end = (int16_t)(from_end + 8);
		if (back[i].ret && !(back[i].bit == ID && type & IDENTIFIER))
			*back[i].ret = from_end;
	}
	at.trailer = from_end;
	return at;
}

/* Whether time and id can be had without knowing whose record it is. */
static void compare_layouts(struct hu_perf_events *events)
{
	const struct hu_perf_layout *first = &events->at[0]->at;
	bool same_id = true, same_time = true, same_end = true;

	for (size_t i = 1; i < events->count; i++) {
		const struct hu_perf_layout *at = &events->at[i]->at;
		same_id &= at->id == first->id;
		same_time &= at->time == first->time;
		same_end &= at->end_id == first->end_id && at->end_time == first->end_time;
	}
	events->same = same_id && same_time && same_end;
	events->time = first->time;
	events->id_at = same_id ? first->id : -1;
	events->end_time = first->end_time;
	events->end_id = same_end ? first->end_id : 0;
}

struct hu_perf_event *hu_perf_event_add(struct hu_perf_events *events, struct hu_str attr)
{
	/* Kernels from before this or that field wrote less. PERF_ATTR_SIZE_VER0 is 64. */
	char whole[144] = {0};
	bool swap = events->swap;

	if (attr.len < ATTR_MIN || events->count == EVENTS_MAX)
		return NULL;
	uint32_t size = hu_load32(attr.at + 4, swap);
	if (!size)
		size = ATTR_MIN;
	if (size < ATTR_MIN)
		return NULL;
	if (attr.len > size)
		attr.len = size;
	memcpy(whole, attr.at, attr.len < sizeof(whole) ? attr.len : sizeof(whole));

	/* Bit fields begin at the other end on a big-endian machine, byte by byte. */
	bool big = swap != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	uint64_t flags = 0;
	for (unsigned i = 0; i < 64; i++) {
		unsigned char byte = (unsigned char)whole[40 + i / 8];
		flags |= (uint64_t)(byte >> (big ? 7 - i % 8 : i % 8) & 1) << i;
	}

	struct hu_perf_event *event = hu_alloc(sizeof(*event));
	event->type = hu_load32(whole, swap);
	event->config = hu_load64(whole + 8, swap);
	event->sample_type = hu_load64(whole + 24, swap);
	event->read_format = hu_load64(whole + 32, swap);
	event->branch_type = hu_load64(whole + 72, swap);
	event->regs_user = hu_load64(whole + 80, swap);
	event->clockid = (int32_t)hu_load32(whole + 92, swap);
	event->regs_intr = hu_load64(whole + 96, swap);
	event->frequency = flags >> FLAG_FREQ & 1;
	event->id_all = flags >> FLAG_ID_ALL & 1;
	event->has_clock = flags >> FLAG_CLOCKID & 1;
	if (!event->frequency)
		event->period = hu_load64(whole + 16, swap);
	event->at = layout_of(event->sample_type, event->id_all);
	if ((events->count & (events->count - 1)) == 0)
		events->at = hu_realloc(events->at, (events->count ? events->count * 2 : 1) *
							    sizeof(*events->at));
	events->at[events->count++] = event;
	compare_layouts(events);
	return event;
}

/* Ids. */

static size_t place_of(const struct hu_perf_events *events, uint64_t id)
{
	size_t at = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (events->id_room - 1);

	while (events->id[at].taken && events->id[at].id != id)
		at = (at + 1) & (events->id_room - 1);
	return at;
}

void hu_perf_event_id(struct hu_perf_events *events, uint64_t id, size_t event)
{
	if (events->ids == IDS_MAX)
		return;
	if (events->ids * 2 >= events->id_room) {
		struct hu_perf_events grown = *events;
		grown.id_room = events->id_room ? events->id_room * 2 : 64;
		grown.id = hu_alloc(grown.id_room * sizeof(*grown.id));
		for (size_t i = 0; i < events->id_room; i++)
			if (events->id[i].taken)
				grown.id[place_of(&grown, events->id[i].id)] = events->id[i];
		free(events->id);
		*events = grown;
	}
	struct hu_perf_id *place = &events->id[place_of(events, id)];
	if (place->taken) /* who said it first */
		return;
	*place = (struct hu_perf_id){
		.id = id, .event = (uint32_t)event, .taken = true, .cpu = HU_NONE};
	events->ids++;
}

struct hu_perf_id *hu_perf_id_find(const struct hu_perf_events *events, uint64_t id)
{
	if (!events->id_room)
		return NULL;
	struct hu_perf_id *found = &events->id[place_of(events, id)];
	return found->taken ? found : NULL;
}

void hu_perf_events_deinit(struct hu_perf_events *events)
{
	for (size_t i = 0; i < events->count; i++) {
		free(events->at[i]->name);
		free(events->at[i]);
	}
	free(events->at);
	free(events->id);
}

/* The 8 bytes of a record that say its event's id; false: they are not in it. */
static bool id_of(const struct hu_perf_events *events, uint32_t type, struct hu_str body,
		  uint64_t *ret)
{
	size_t at = (size_t)events->id_at;

	if (type != HU_PERF_SAMPLE) {
		if (!events->end_id || body.len < (size_t)events->end_id)
			return false;
		at = body.len - (size_t)events->end_id;
	} else if (events->id_at < 0 || body.len < at + 8) {
		return false;
	}
	*ret = hu_load64(body.at + at, events->swap);
	return true;
}

struct hu_perf_event *hu_perf_event_of(const struct hu_perf_events *events, uint32_t type,
				       struct hu_str body)
{
	uint64_t id;

	if (events->count < 2)
		return events->count ? events->at[0] : NULL;
	/* A record that perf made itself has 0 for an id. */
	if (!id_of(events, type, body, &id))
		return type != HU_PERF_SAMPLE || events->same ? events->at[0] : NULL;
	if (!id)
		return events->at[0];
	const struct hu_perf_id *known = hu_perf_id_find(events, id);
	return known && known->event < events->count ? events->at[known->event] : NULL;
}

uint64_t hu_perf_time_of(const struct hu_perf_events *events, uint32_t type, struct hu_str body)
{
	int16_t time = events->time, end = events->end_time;

	if (!events->count || type >= HU_PERF_USER)
		return 0;
	if (!events->same) {
		const struct hu_perf_event *event = hu_perf_event_of(events, type, body);
		if (!event)
			return 0;
		time = event->at.time;
		end = event->at.end_time;
	}
	uint64_t ts = 0;
	if (type == HU_PERF_SAMPLE) {
		if (time >= 0 && body.len >= (size_t)time + 8)
			ts = hu_load64(body.at + time, events->swap);
	} else if (end && body.len >= (size_t)end) {
		ts = hu_load64(body.at + body.len - (size_t)end, events->swap);
	}
	return ts == UINT64_MAX ? 0 : ts;
}

/* Names. */

const char *hu_perf_event_name(const struct hu_perf_event *event, char spare[static 40])
{
	static const char *const hardware[] = {"cycles",
					       "instructions",
					       "cache-references",
					       "cache-misses",
					       "branches",
					       "branch-misses",
					       "bus-cycles",
					       "stalled-cycles-frontend",
					       "stalled-cycles-backend",
					       "ref-cycles"};
	static const char *const software[] = {
		"cpu-clock",	    "task-clock",   "page-faults",  "context-switches",
		"cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
		"emulation-faults", "dummy",	    "bpf-output",   "cgroup-switches"};

	if (event->name)
		return event->name;
	if (event->type == HU_PERF_TYPE_HARDWARE &&
	    event->config < sizeof(hardware) / sizeof(hardware[0]))
		return hardware[event->config];
	if (event->type == HU_PERF_TYPE_SOFTWARE &&
	    event->config < sizeof(software) / sizeof(software[0]))
		return software[event->config];
	snprintf(spare, 40, "event type %" PRIu32 " %#" PRIx64, event->type, event->config);
	return spare;
}

bool hu_perf_event_profiles(const struct hu_perf_event *event)
{
	enum { CPU_CLOCK, TASK_CLOCK };

	/* faults, migrations and the like happen at places, they do not measure time */
	if (event->type == HU_PERF_TYPE_SOFTWARE)
		return event->config == CPU_CLOCK || event->config == TASK_CLOCK;
	return event->type != HU_PERF_TYPE_TRACEPOINT;
}
