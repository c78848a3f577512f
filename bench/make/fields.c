/* Where tracepoints have ids and names of tasks, by the kernel's format files. */
#include "bench/make/make.h"

#include <stdlib.h>
#include <string.h>

enum { LEAVES = 0x30 /* EXIT_DEAD, EXIT_ZOMBIE: include/linux/sched.h */ };

struct field {
	struct hu_str name; /* without its [16] */
	uint16_t offset, size;
	bool array;
};

/* "	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;" */
static bool field_read(struct hu_str line, struct field *ret)
{
	line = hu_str_trim(line);
	if (!hu_str_starts(line, "field:"))
		return false;
	struct hu_str what = hu_str_split(&line, ';');
	struct hu_str offset = hu_str_trim(hu_str_split(&line, ';'));
	struct hu_str size = hu_str_trim(hu_str_split(&line, ';'));
	uint64_t o, s;
	if (!hu_str_starts(offset, "offset:") || !hu_str_starts(size, "size:") ||
	    !hu_str_u64(hu_str_skip(offset, 7), 10, &o) ||
	    !hu_str_u64(hu_str_skip(size, 5), 10, &s) || o >= NOWHERE || s >= NOWHERE)
		return false;
	struct hu_str name = hu_str_last_word(&what);
	ret->array = hu_str_ends(name, "]");
	ret->name = hu_str_split(&name, '[');
	ret->offset = (uint16_t)o;
	ret->size = (uint16_t)s;
	return true;
}

static struct place *place(struct kind *kind, struct hu_str *prefix, struct hu_str one)
{
	size_t i = 0;

	while (i < kind->count && !hu_str_eq(prefix[i], one))
		i++;
	if (i == sizeof(kind->places) / sizeof(*kind->places))
		return NULL;
	if (i == kind->count) {
		prefix[kind->count++] = one;
		kind->places[i] = (struct place){NOWHERE, NOWHERE};
	}
	return &kind->places[i];
}

static void format_read(struct hu_str text, bool is_switch, struct kind *kind)
{
	struct hu_str prefix[sizeof(kind->places) / sizeof(*kind->places)] = {0};
	struct hu_str line;

	kind->state = NOWHERE;
	while (hu_str_line(&text, &line) && !hu_str_starts(line, "print fmt")) {
		struct field f;
		if (!field_read(line, &f))
			continue;
		bool pid = hu_str_ends(f.name, "pid") && f.size == 4 && !f.array;
		bool comm = hu_str_ends(f.name, "comm") && f.size == COMM_LEN && f.array;
		struct hu_str before = {f.name.at, f.name.len - (pid ? 3u : comm ? 4u : 0)};
		struct place *p = pid || comm ? place(kind, prefix, before) : NULL;
		if (p && pid)
			p->pid = f.offset;
		else if (p)
			p->comm = f.offset;
		if (is_switch && hu_str_is(f.name, "prev_state"))
			kind->state = f.offset;
	}
	for (size_t i = 0; is_switch && i < kind->count; i++)
		if (hu_str_is(prefix[i], "prev_"))
			kind->leaver = kind->places[i];
		else if (hu_str_is(prefix[i], "next_"))
			kind->comer = kind->places[i];
	/* A name without an id cannot be told to be a renamed task's. */
	for (size_t i = 0; i < kind->count;)
		if (kind->places[i].pid == NOWHERE)
			kind->places[i] = kind->places[--kind->count];
		else
			i++;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct kind *)a)->id, y = ((const struct kind *)b)->id;

	return (x > y) - (x < y);
}

void kinds_read(struct kinds *kinds, const char *bytes, size_t len)
{
	static const char begin[] = "name: ";
	const char *end = bytes + len;

	for (const char *at; (at = memmem(bytes, (size_t)(end - bytes), begin, 6));
	     bytes = at + 6) {
		struct hu_str rest = {at + 6, (size_t)(end - at) - 6}, name, id, format;
		struct kind kind = {0};
		uint64_t number;
		if (!hu_str_line(&rest, &name) || name.len > 256 || !hu_str_line(&rest, &id) ||
		    !hu_str_starts(id, "ID: ") || !hu_str_line(&rest, &format) ||
		    !hu_str_is(format, "format:") || !hu_str_u64(hu_str_skip(id, 4), 10, &number))
			continue;
		kind.id = (uint32_t)number;
		format_read(rest, hu_str_is(name, "sched_switch"), &kind);
		kinds->at = hu_realloc(kinds->at, (kinds->count + 1) * sizeof(*kinds->at));
		kinds->at[kinds->count++] = kind;
	}
	if (kinds->count)
		qsort(kinds->at, kinds->count, sizeof(*kinds->at), by_id);
}

const struct kind *kinds_find(const struct kinds *kinds, uint32_t id)
{
	struct kind key = {.id = id};

	return kinds->count ? bsearch(&key, kinds->at, kinds->count, sizeof(key), by_id) : NULL;
}

void kinds_deinit(struct kinds *kinds)
{
	free(kinds->at);
}

void kinds_learn(const struct kinds *kinds, const char *record, size_t len, struct tasks *tasks)
{
	const struct kind *kind = len >= 8 ? kinds_find(kinds, (uint32_t)get(record, 2)) : NULL;

	for (size_t i = 0; kind && i < kind->count; i++)
		if (kind->places[i].pid + 4u <= len)
			tasks_seen(tasks, (int32_t)get(record + kind->places[i].pid, 4));
	if (kind && kind->state != NOWHERE && kind->state + 8u <= len &&
	    (get(record + kind->state, 8) & LEAVES))
		tasks_died(tasks, (int32_t)get(record + kind->leaver.pid, 4));
}

void kinds_patch(const struct kinds *kinds, const char *block, size_t at, size_t len,
		 const struct tasks *tasks, struct patches *patches)
{
	const struct kind *kind = len >= 8 ? kinds_find(kinds, (uint32_t)get(block + at, 2)) : NULL;

	for (size_t i = 0; kind && i < kind->count; i++) {
		const struct place *p = &kind->places[i];
		if (p->pid + 4u > len || !patch_pid(patches, tasks, block, at + p->pid))
			continue;
		if (p->comm != NOWHERE && (size_t)p->comm + COMM_LEN <= len)
			patch_add(patches, (struct patch){.at = (uint32_t)(at + p->comm),
							  .kind = PATCH_COMM,
							  .size = COMM_LEN});
	}
}

static void patch_task(struct patches *patches, const struct tasks *tasks, const char *block,
		       size_t at, struct place place)
{
	if (patch_pid(patches, tasks, block, at + place.pid))
		patch_add(patches, (struct patch){.at = (uint32_t)(at + place.comm),
						  .kind = PATCH_COMM,
						  .size = COMM_LEN});
}

bool kinds_bridge(const struct kind *kind, const struct tasks *tasks, const char *last, char *block,
		  size_t at, struct patches *before, struct patches *behind)
{
	char *record = block + at;
	uint32_t from = (uint32_t)get(last + kind->comer.pid, 4);
	uint32_t to = (uint32_t)get(record + kind->leaver.pid, 4);

	if (from == to && tasks_index(tasks, (int32_t)from) < 0)
		return false;
	memcpy(record + kind->comer.comm, record + kind->leaver.comm, COMM_LEN);
	memcpy(record + kind->leaver.comm, last + kind->comer.comm, COMM_LEN);
	put(record + kind->comer.pid, 4, to);
	put(record + kind->leaver.pid, 4, from);
	put(record + kind->state, 8, from != 0); /* sleeps, or is the idle task */
	patch_task(before, tasks, block, at, kind->leaver);
	patch_task(behind, tasks, block, at, kind->comer);
	return true;
}
