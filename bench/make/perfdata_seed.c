/*
 * A perf.data, file mode (tools/perf/Documentation/perf.data-file-format.txt), taken apart: its
 * records as templates with the places that differ in each copy. A seed of some megabytes, read
 * once and as a whole.
 */
#include "bench/make/perfdata.h"

#include <stdlib.h>
#include <string.h>

/* include/uapi/linux/perf_event.h, tools/lib/perf/include/perf/event.h */
enum record {
	MMAP = 1,
	LOST,
	COMM,
	EXIT,
	FORK = 7,
	SAMPLE = 9,
	MMAP2,
	LOST_SAMPLES = 13,
	SWITCH,
	SWITCH_CPU_WIDE,
	NAMESPACES,
	USER_RECORDS = 64,
	FINISHED_ROUND = 68,
	COMPRESSED = 81
};
enum {
	HAS_IP = 1,
	HAS_TID = 2,
	HAS_TIME = 4,
	HAS_ADDR = 8,
	HAS_READ = 16,
	HAS_CALLCHAIN = 32,
	HAS_ID = 64,
	HAS_CPU = 128,
	HAS_PERIOD = 256,
	HAS_STREAM = 512,
	HAS_RAW = 1024,
	HAS_IDENTIFIER = 1 << 16
};
enum { TRACING_DATA = 1, ATTRS_AT = 24, FEATURES_AT = 72, RECORD_HEAD = 8 };

static struct hu_err *odd(const char *what)
{
	return hu_err(HU_ERR_UNSUPPORTED, "the seed is no perf.data that can be multiplied: %s",
		      what);
}

static struct layout layout_of(uint64_t type)
{
	struct layout l = {.type = type};
	size_t at = RECORD_HEAD + (type & HAS_IDENTIFIER ? 8 : 0) + (type & HAS_IP ? 8 : 0);

	l.tid = at;
	at += type & HAS_TID ? 8 : 0;
	l.time = at;
	at += (type & HAS_TIME ? 8 : 0) + (type & HAS_ADDR ? 8 : 0) + (type & HAS_ID ? 8 : 0) +
	      (type & HAS_STREAM ? 8 : 0);
	l.cpu = at;
	at += (type & HAS_CPU ? 8 : 0) + (type & HAS_PERIOD ? 8 : 0);
	l.chain = at;
	return l;
}

static struct hu_err *attributes_read(struct seed *seed)
{
	const uint64_t must = HAS_TID | HAS_TIME | HAS_CPU | HAS_IDENTIFIER;
	const struct hu_out *file = &seed->file;
	uint64_t at = get(file->at + ATTRS_AT, 8), size = get(file->at + ATTRS_AT + 8, 8);
	uint64_t each = get(file->at + 16, 8);

	if (each < 64 || at > file->len || size > file->len - at)
		return odd("its attributes are cut");
	for (uint64_t end = at + size; at + each <= end; at += each) {
		uint64_t type = get(file->at + at + 24, 8);
		uint64_t ids = get(file->at + at + each - 16, 8);
		uint64_t len = get(file->at + at + each - 8, 8);
		if ((type & must) != must || (type & HAS_READ))
			return odd("its samples lack tid, time, cpu or identifier, or have counts");
		if (ids > file->len || len > file->len - ids)
			return odd("its ids are cut");
		if (!seed->first.type)
			seed->first = layout_of(type);
		for (; len >= 8; len -= 8, ids += 8) {
			seed->ids =
				hu_realloc(seed->ids, (seed->id_count + 1) * sizeof(*seed->ids));
			seed->ids[seed->id_count].id = get(file->at + ids, 8);
			seed->ids[seed->id_count++].layout = layout_of(type);
		}
	}
	return seed->id_count ? NULL : odd("it has no events");
}

static struct hu_err *features_read(struct seed *seed)
{
	const struct hu_out *file = &seed->file;
	uint64_t at = seed->data_at + seed->data_size;

	for (unsigned bit = 0; bit < FEATURES; bit++) {
		if (!(file->at[FEATURES_AT + bit / 8] >> bit % 8 & 1))
			continue;
		if (at + 16 > file->len)
			return odd("its features are cut");
		uint64_t place = get(file->at + at, 8), size = get(file->at + at + 8, 8);
		if (place > file->len || size > file->len - place)
			return odd("its features are cut");
		seed->feature[bit] = (struct hu_str){file->at + place, size};
		seed->features++;
		at += 16;
	}
	struct hu_str formats = seed->feature[TRACING_DATA];
	kinds_read(&seed->kinds, formats.at, formats.len);
	return seed->kinds.count ? NULL : odd("it has no tracepoints");
}

static const struct layout *layout_find(const struct seed *seed, const char *sample)
{
	uint64_t id = get(sample + RECORD_HEAD, 8);

	for (size_t i = 0; i < seed->id_count; i++)
		if (seed->ids[i].id == id)
			return &seed->ids[i].layout;
	return NULL;
}

/* The tracepoint's record in a sample. */
static struct hu_str raw_of(const struct layout *l, const char *sample, size_t len)
{
	size_t at = l->chain;

	if (l->type & HAS_CALLCHAIN)
		at += at + 8 <= len ? 8 + 8 * get(sample + at, 8) : 0;
	if (!(l->type & HAS_RAW) || at + 4 > len || get(sample + at, 4) > len - at - 4)
		return (struct hu_str){0};
	return (struct hu_str){sample + at + 4, get(sample + at, 4)};
}

static struct item *item_add(struct seed *seed, const char *record, size_t len)
{
	if (seed->count == seed->cap) {
		seed->cap = seed->cap ? seed->cap * 2 : 1024;
		seed->items = hu_realloc(seed->items, seed->cap * sizeof(*seed->items));
	}
	struct item *item = &seed->items[seed->count++];
	*item = (struct item){.at = seed->templates.len, .len = len};
	hu_out_bytes(&seed->templates, record, len);
	return item;
}

static size_t trailer_len(const struct seed *seed)
{
	uint64_t type = seed->first.type;

	return 32 + (type & HAS_ID ? 8 : 0) + (type & HAS_STREAM ? 8 : 0);
}

/* Room for a longer name, as perf itself rounds it up. */
static void comm_add(struct seed *seed, const char *record, size_t len)
{
	enum { NAME = RECORD_HEAD + 8, ROOM = COMM_LEN };
	size_t tail = trailer_len(seed);
	char wide[NAME + ROOM] = {0};
	size_t name = len - NAME - tail;

	memcpy(wide, record, NAME + (name < ROOM ? name : ROOM));
	put(wide + 6, 2, NAME + ROOM + tail);
	item_add(seed, wide, sizeof(wide));
	hu_out_bytes(&seed->templates, record + len - tail, tail);
	seed->items[seed->count - 1].len += tail;
}

static struct hu_err *sample_add(struct seed *seed, const char *record, size_t len)
{
	const struct layout *l = len >= 16 ? layout_find(seed, record) : NULL;

	if (!l || l->chain > len)
		return odd("a sample is cut, or of no attribute");
	uint64_t time = get(record + l->time, 8);
	if (time < seed->from)
		seed->from = time;
	if (time > seed->to)
		seed->to = time;
	struct hu_str raw = raw_of(l, record, len);
	kinds_learn(&seed->kinds, raw.at, raw.len, &seed->tasks);
	const struct kind *kind =
		raw.len > 2 ? kinds_find(&seed->kinds, (uint32_t)get(raw.at, 2)) : NULL;
	uint64_t cpu = get(record + l->cpu, 4);
	if (kind && kind->state != NOWHERE && cpu < CPUS) {
		/* Rounds are not sorted: first and last by their stamps. */
		struct cpu *c = &seed->cpus[cpu];
		if (!c->first || time < get(c->first + l->time, 8))
			c->first = record;
		if (!c->last || time > get(c->last + l->time, 8))
			c->last = record;
	}
	item_add(seed, record, len)->sample = true;
	seed->samples++;
	return NULL;
}

static struct hu_err *records_read(struct seed *seed)
{
	const char *at = seed->file.at + seed->data_at, *end = at + seed->data_size;
	struct hu_err *err = NULL;

	seed->from = UINT64_MAX;
	for (size_t len; at + RECORD_HEAD <= end && !err; at += len) {
		uint32_t type = (uint32_t)get(at, 4);
		len = (size_t)get(at + 6, 2);
		if (len < RECORD_HEAD || len > (size_t)(end - at))
			return odd("a record is cut");
		if (type == LOST || type == LOST_SAMPLES || type == COMPRESSED)
			return odd("it has lost events, or is compressed");
		if (type < USER_RECORDS && type != SAMPLE && len < RECORD_HEAD + trailer_len(seed))
			return odd("a record is cut");
		if (type == SAMPLE) {
			err = sample_add(seed, at, len);
		} else if (type == COMM) {
			comm_add(seed, at, len);
		} else {
			if (type == EXIT && len >= RECORD_HEAD + 24)
				tasks_died(&seed->tasks, (int32_t)get(at + RECORD_HEAD + 8, 4));
			item_add(seed, at, len);
		}
	}
	return err ? err : seed->samples ? NULL : odd("it has no samples");
}

static void sample_patch(struct seed *seed, const char *block, size_t len)
{
	const struct layout *l = layout_find(seed, block);

	patch_pid(&seed->patches, &seed->tasks, block, l->tid);
	patch_pid(&seed->patches, &seed->tasks, block, l->tid + 4);
	patch_add(&seed->patches, (struct patch){.at = (uint32_t)l->time, .kind = PATCH_TIME});
	struct hu_str raw = raw_of(l, block, len);
	kinds_patch(&seed->kinds, block, (size_t)(raw.at - block), raw.len, &seed->tasks,
		    &seed->patches);
}

/* Records of other kinds that name a task; true if it is one that is renamed. */
static bool other_patch(struct seed *seed, const char *block, size_t len, uint32_t type)
{
	size_t tail = len - trailer_len(seed), ids = 0;
	bool renamed = false;

	if (type == COMM || type == MMAP || type == MMAP2 || type == NAMESPACES)
		ids = 2;
	else if (type == FORK || type == EXIT)
		ids = 4;
	for (size_t i = 0; i < ids; i++)
		renamed |= patch_pid(&seed->patches, &seed->tasks, block, RECORD_HEAD + 4 * i);
	if (type == COMM && renamed)
		patch_add(&seed->patches, (struct patch){.at = RECORD_HEAD + 8,
							 .kind = PATCH_COMM,
							 .size = COMM_LEN});
	if (ids == 4 && get(block + RECORD_HEAD + 16, 8))
		patch_add(&seed->patches,
			  (struct patch){.at = RECORD_HEAD + 16, .kind = PATCH_TIME});
	patch_pid(&seed->patches, &seed->tasks, block, tail);
	patch_pid(&seed->patches, &seed->tasks, block, tail + 4);
	if (get(block + tail + 8, 8))
		patch_add(&seed->patches,
			  (struct patch){.at = (uint32_t)tail + 8, .kind = PATCH_TIME});
	return renamed || type == SWITCH || type == SWITCH_CPU_WIDE;
}

struct stamp {
	uint64_t time;
	struct item *item;
};

static int by_time(const void *a, const void *b)
{
	const struct stamp *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static void items_patch(struct seed *seed)
{
	HU_CLEANUP(hu_freep) struct stamp *stamps = hu_alloc(seed->samples * sizeof(*stamps));
	size_t n = 0;

	tasks_settle(&seed->tasks);
	for (struct item *item = seed->items; item < seed->items + seed->count; item++) {
		const char *block = seed->templates.at + item->at;
		uint32_t type = (uint32_t)get(block, 4);
		item->first_patch = seed->patches.count;
		if (item->sample) {
			stamps[n++] = (struct stamp){get(block + layout_find(seed, block)->time, 8),
						     item};
			sample_patch(seed, block, item->len);
		} else if (type >= USER_RECORDS) {
			item->once = type != FINISHED_ROUND;
		} else {
			item->once = !other_patch(seed, block, item->len, type);
		}
		item->patches = seed->patches.count - item->first_patch;
	}
	qsort(stamps, n, sizeof(*stamps), by_time);
	for (size_t i = 0; i < n; i++)
		stamps[i].item->rank = i;
}

static void bridges_build(struct seed *seed)
{
	for (size_t i = 0; i < CPUS; i++) {
		struct cpu *cpu = &seed->cpus[i];
		if (!cpu->first)
			continue;
		const struct layout *l = layout_find(seed, cpu->first);
		size_t len = (size_t)get(cpu->first + 6, 2);
		struct hu_str last = raw_of(l, cpu->last, (size_t)get(cpu->last + 6, 2));
		hu_out_bytes(&cpu->bridge, cpu->first, len);
		char *block = cpu->bridge.at;
		struct hu_str raw = raw_of(l, block, len);
		const struct kind *kind = kinds_find(&seed->kinds, (uint32_t)get(raw.at, 2));
		if (!kinds_bridge(kind, &seed->tasks, last.at, block, (size_t)(raw.at - block),
				  &cpu->before, &cpu->behind)) {
			hu_out_clear(&cpu->bridge);
			continue;
		}
		const size_t who[] = {l->tid, l->tid + 4, (size_t)(raw.at - block) + 4};
		for (size_t k = 0; k < 3; k++) {
			memcpy(block + who[k], raw.at + kind->leaver.pid, 4);
			patch_pid(&cpu->before, &seed->tasks, block, who[k]);
		}
		put(block + l->time, 8, seed->from - GAP_NS / 2);
		patch_add(&cpu->behind,
			  (struct patch){.at = (uint32_t)l->time, .kind = PATCH_TIME});
		seed->bridges++;
	}
}

struct hu_err *perfdata_read(struct seed *seed, const char *path)
{
	struct hu_err *err = io_read(path, &seed->file);

	if (err)
		return err;
	if (seed->file.len < HEAD || memcmp(seed->file.at, "PERFILE2", 8) != 0 ||
	    get(seed->file.at + 8, 8) < HEAD)
		return odd("another head");
	seed->data_at = get(seed->file.at + DATA_AT, 8);
	seed->data_size = get(seed->file.at + DATA_AT + 8, 8);
	if (seed->data_at > seed->file.len || seed->data_size > seed->file.len - seed->data_at)
		return odd("it is cut");
	seed->cpus = hu_alloc(CPUS * sizeof(*seed->cpus));
	err = attributes_read(seed);
	if (!err)
		err = features_read(seed);
	if (!err)
		err = records_read(seed);
	if (err)
		return err;
	items_patch(seed);
	bridges_build(seed);
	return NULL;
}

void perfdata_deinit(struct seed *seed)
{
	for (size_t i = 0; seed->cpus && i < CPUS; i++) {
		hu_out_deinit(&seed->cpus[i].bridge);
		free(seed->cpus[i].before.at);
		free(seed->cpus[i].behind.at);
	}
	free(seed->cpus);
	free(seed->items);
	free(seed->ids);
	free(seed->patches.at);
	kinds_deinit(&seed->kinds);
	tasks_deinit(&seed->tasks);
	hu_out_deinit(&seed->templates);
	hu_out_deinit(&seed->file);
}
