/*
 * The kernel's own address space, as far as a capture tells it: where its text began, where its
 * modules lie, and code that it made as it ran. Asked only for addresses that no kallsyms names.
 */
#include "ingest/perfdata_parts.h"
#include "db/bisect.h"

#include <stdlib.h>

enum { RANGES_MAX = 1 << 16 };

struct range { /* of the kernel */
	uint64_t start, end;
	char *name;
};

struct ranges {
	struct range *at; /* ascending, none overlaps */
	size_t count, room;
};

struct hu_perf_kernel {
	struct ranges modules, made;
	char *reference;
	uint64_t reference_at;
};

struct hu_perf_kernel *hu_perf_kernel_create(void)
{
	return hu_alloc(sizeof(struct hu_perf_kernel));
}

static void ranges_deinit(struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++)
		free(ranges->at[i].name);
	free(ranges->at);
}

void hu_perf_kernel_destroy(struct hu_perf_kernel *kernel)
{
	if (!kernel)
		return;
	ranges_deinit(&kernel->modules);
	ranges_deinit(&kernel->made);
	free(kernel->reference);
	free(kernel);
}

/* The last range that begins at or before `address`; count: none. */
static size_t range_at(const struct ranges *ranges, uint64_t address)
{
	size_t low;

	HU_BISECT(low, 0, ranges->count, ranges->at[low].start <= address);
	return low ? low - 1 : ranges->count;
}

static void add_range(struct ranges *ranges, uint64_t start, uint64_t len, struct hu_str name)
{
	uint64_t end = start + len;
	size_t at = range_at(ranges, start);

	if (end <= start || !name.len)
		return;
	if (at < ranges->count && ranges->at[at].start == start) { /* said again */
		free(ranges->at[at].name);
		ranges->at[at].name = hu_strdup(name);
		ranges->at[at].end = end;
		return;
	}
	if (ranges->count == RANGES_MAX)
		return;
	at = at < ranges->count ? at + 1 : 0;
	if (ranges->count == ranges->room) {
		ranges->room = ranges->room ? ranges->room * 2 : 64;
		ranges->at = hu_realloc(ranges->at, ranges->room * sizeof(*ranges->at));
	}
	memmove(&ranges->at[at + 1], &ranges->at[at], (ranges->count - at) * sizeof(*ranges->at));
	ranges->at[at] = (struct range){start, end, hu_strdup(name)};
	ranges->count++;
}

/* "[ext4]", "/lib/modules/6.1.0/kernel/fs/ext4/ext4.ko.xz" */
static struct hu_str module_name(struct hu_str path)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;

	if (slash)
		path = hu_str_skip(path, (size_t)(slash + 1 - path.at));
	if (path.len > 2 && path.at[0] == '[' && path.at[path.len - 1] == ']')
		return (struct hu_str){path.at + 1, path.len - 2};
	return hu_str_split(&path, '.');
}

void hu_perf_kernel_map(struct hu_perf_kernel *kernel, const struct hu_perf_mapping *said)
{
	static const char text[] = "[kernel.kallsyms]";

	if (hu_str_starts(said->file, "[guest."))
		return;
	if (!hu_str_starts(said->file, "[kernel.")) {
		char *name = hu_strdup(module_name(said->file));
		for (char *c = name; *c; c++)
			if (*c == '-') /* the kernel's own way of writing it */
				*c = '_';
		add_range(&kernel->modules, said->start, said->len, hu_str(name));
		free(name);
		return;
	}
	struct hu_str name = hu_str_skip(said->file, sizeof(text) - 1);
	if (!kernel->reference && hu_str_starts(said->file, text) && name.len && said->offset) {
		kernel->reference = hu_strdup(name);
		kernel->reference_at = said->offset;
	}
}

bool hu_perf_kernel_reference(const struct hu_perf_kernel *kernel, struct hu_str *name,
			      uint64_t *address)
{
	if (!kernel->reference)
		return false;
	*name = hu_str(kernel->reference);
	*address = kernel->reference_at;
	return true;
}

void hu_perf_kernel_symbol(struct hu_perf_kernel *kernel, uint64_t start, uint64_t len,
			   struct hu_str name)
{
	add_range(&kernel->made, start, len, name);
}

static const struct range *range_of(const struct ranges *ranges, uint64_t address)
{
	size_t at = range_at(ranges, address);

	return at < ranges->count && address < ranges->at[at].end ? &ranges->at[at] : NULL;
}

struct hu_str hu_perf_kernel_module(const struct hu_perf_kernel *kernel, uint64_t address)
{
	const struct range *range = range_of(&kernel->modules, address);

	return hu_str(range ? range->name : NULL);
}

bool hu_perf_kernel_made(const struct hu_perf_kernel *kernel, uint64_t address, struct hu_str *name,
			 uint64_t *offset)
{
	const struct range *range = range_of(&kernel->made, address);

	if (!range)
		return false;
	*name = hu_str(range->name);
	*offset = address - range->start;
	return true;
}
