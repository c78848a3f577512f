/* The small trace.dat: its sections, its pages, and what differs in each copy of them. */
#include "bench/make/tracedat.h"

#include <stdlib.h>
#include <string.h>

void tracedat_deinit(struct seed *seed)
{
	for (uint32_t i = 0; i < seed->cpu_count; i++) {
		free(seed->cpus[i].pages);
		free(seed->cpus[i].times);
		free(seed->cpus[i].bridge);
		free(seed->cpus[i].before.at);
		free(seed->cpus[i].behind.at);
	}
	free(seed->cpus);
	free(seed->patches.at);
	kinds_deinit(&seed->kinds);
	tasks_deinit(&seed->tasks);
	hu_out_deinit(&seed->options);
	hu_out_deinit(&seed->file);
}

static struct hu_err *odd(const char *what)
{
	return hu_err(HU_ERR_UNSUPPORTED,
		      "the seed is no uncompressed trace.dat of version 7 that can be "
		      "multiplied: %s",
		      what);
}

static bool buffer_option(struct seed *seed, struct hu_str data)
{
	const char *at = data.at + 9; /* offset, and the name of the top buffer: "" */

	if (data.len < 20 || data.at[8] || seed->cpus)
		return false;
	seed->clock = hu_until_nul((struct hu_str){at, data.len - 9});
	at += seed->clock.len + 1;
	if (at + 8 > data.at + data.len)
		return false;
	seed->page_size = (uint32_t)get(at, 4);
	seed->cpu_count = (uint32_t)get(at + 4, 4);
	if (seed->page_size < 512 || seed->page_size > 1 << 20 || seed->cpu_count > 4096 ||
	    at + 8 + (size_t)seed->cpu_count * 20 > data.at + data.len)
		return false;
	seed->cpus = hu_alloc(seed->cpu_count * sizeof(*seed->cpus));
	at += 8;
	for (uint32_t i = 0; i < seed->cpu_count; i++, at += 20) {
		uint64_t offset = get(at + 4, 8), size = get(at + 12, 8);
		if (offset > seed->file.len || size > seed->file.len - offset)
			return false;
		seed->cpus[i].bytes = seed->file.at + offset;
		seed->cpus[i].size = size;
	}
	return true;
}

/* "CPU: 0\nentries: 29823\noverrun: 0\n…": overruns would be losses. */
static bool lossless(struct hu_str stat)
{
	struct hu_str line;

	while (hu_str_line(&stat, &line))
		if ((hu_str_starts(line, "overrun: ") || hu_str_starts(line, "dropped events: ")) &&
		    !hu_str_ends(line, ": 0"))
			return false;
	return true;
}

static struct hu_err *options_read(struct seed *seed)
{
	uint64_t place = get(seed->file.at + HEAD - 8, 8);

	for (unsigned chain = 0; place && chain < 64; chain++) {
		if (place + SECTION_HEAD > seed->file.len)
			return odd("it is cut");
		uint64_t size = get(seed->file.at + place + 8, 8);
		const char *at = seed->file.at + place + SECTION_HEAD;
		if (size > seed->file.len - place - SECTION_HEAD)
			return odd("it is cut");
		const char *end = at + size;
		for (place = 0; at + 6 <= end;) {
			uint32_t id = (uint32_t)get(at, 2), len = (uint32_t)get(at + 2, 4);
			struct hu_str data = {at + 6, len};
			if (len > (size_t)(end - at) - 6)
				return odd("an option is cut");
			if (id == DONE) {
				place = len == 8 ? get(data.at, 8) : 0;
				break;
			}
			uint64_t to = len == 8 ? get(data.at, 8) : 0;
			if (id == CPUSTAT && !lossless(data))
				return odd("it has lost events");
			if (id == OPTION_BUFFER) {
				if (!buffer_option(seed, data))
					return odd("its buffer's option is not understood");
			} else if (id >= HEADERS && id <= LAST_SECTION) {
				if (to + SECTION_HEAD > seed->file.len ||
				    get(seed->file.at + to + 8, 8) >
					    seed->file.len - to - SECTION_HEAD ||
				    get(seed->file.at + to + 2, 2))
					return odd("a section is compressed or cut");
				seed->section[id] =
					(struct hu_str){seed->file.at + to + SECTION_HEAD,
							get(seed->file.at + to + 8, 8)};
			} else if (id != CPUSTAT) {
				hu_out_bytes(&seed->options, at, len + 6);
			}
			at += 6 + len;
		}
	}
	for (size_t i = HEADERS; i <= LAST_SECTION; i++)
		if (!seed->section[i].at)
			return odd("a section is missing");
	return seed->cpus ? NULL : odd("it has no buffer");
}

/* What a walk over a page does with each record of data, and each absolute stamp (len 0). */
typedef void see_fn(struct seed *seed, struct cpu *cpu, size_t at, size_t len, uint64_t ts);

/* Ends behind the record number `stop`; returns the bytes up to there, 0 if the page is damaged. */
static uint32_t page_walk(struct seed *seed, struct cpu *cpu, size_t page, uint64_t stop,
			  see_fn *see, uint32_t *records)
{
	size_t begin = page * seed->page_size, at = begin + PAGE_HEAD;
	size_t end = at + (get(cpu->bytes + begin + 8, 8) & COMMIT_MASK);
	uint64_t ts = get(cpu->bytes + begin, 8);

	*records = 0;
	while (at + 4 <= end && *records < stop) {
		uint32_t head = (uint32_t)get(cpu->bytes + at, 4), type = head & 31;
		uint64_t delta = head >> 5;
		size_t data = at + 4, len = (size_t)type * 4;
		if (type == 0) {
			len = ((size_t)get(cpu->bytes + data, 4) - 4 + 3) & ~(size_t)3;
			data += 4;
		} else if (type == PADDING) {
			if (!delta)
				break;
			len = (size_t)get(cpu->bytes + data, 4);
		} else if (type == TIME_EXTEND) {
			delta += get(cpu->bytes + data, 4) << 27;
			len = 4;
		} else if (type == TIME_STAMP) {
			/* Absolute, but for the bits that it has no room for. */
			delta += get(cpu->bytes + data, 4) << 27;
			delta = (delta | (ts & STAMP_ROOM)) - ts;
			len = 4;
			see(seed, cpu, at, 0, ts);
		}
		if (data + len > end)
			return 0;
		ts += delta;
		at = data + len;
		if (type >= PADDING)
			continue;
		++*records;
		see(seed, cpu, data, len, ts);
	}
	return (uint32_t)(at - begin - PAGE_HEAD);
}

static void learn(struct seed *seed, struct cpu *cpu, size_t at, size_t len, uint64_t ts)
{
	if (!len)
		return;
	if (!(cpu->records & (cpu->records - 1)))
		cpu->times = hu_realloc(cpu->times, (cpu->records ? cpu->records * 2 : 1) *
							    sizeof(*cpu->times));
	cpu->times[cpu->records++] = ts;
	if (ts < seed->from)
		seed->from = ts;
	if (ts > seed->to)
		seed->to = ts;
	kinds_learn(&seed->kinds, cpu->bytes + at, len, &seed->tasks);
	const struct kind *kind = kinds_find(&seed->kinds, (uint32_t)get(cpu->bytes + at, 2));
	if (!kind || kind->state == NOWHERE)
		return;
	if (!cpu->first)
		cpu->first = cpu->bytes + at;
	cpu->last = cpu->bytes + at;
	cpu->switch_len = len;
}

static void find_patches(struct seed *seed, struct cpu *cpu, size_t at, size_t len, uint64_t ts)
{
	(void)ts;
	size_t page = at / seed->page_size * seed->page_size;
	if (!len)
		patch_add(&seed->patches,
			  (struct patch){.at = (uint32_t)(at - page), .kind = PATCH_STAMP});
	kinds_patch(&seed->kinds, cpu->bytes + page, at - page, len, &seed->tasks, &seed->patches);
}

static void nothing(struct seed *seed, struct cpu *cpu, size_t at, size_t len, uint64_t ts)
{
	(void)seed, (void)cpu, (void)at, (void)len, (void)ts;
}

static void bridge_build(struct seed *seed, struct cpu *cpu)
{
	const struct kind *kind =
		cpu->first ? kinds_find(&seed->kinds, (uint32_t)get(cpu->first, 2)) : NULL;
	enum { AT = PAGE_HEAD + 4, COMMON_PID = 4 };

	if (!kind || cpu->switch_len > 28 * 4)
		return;
	char *page = hu_alloc(seed->page_size);
	put(page, 8, seed->from - GAP_NS / 2);
	put(page + 8, 8, 4 + cpu->switch_len);
	put(page + PAGE_HEAD, 4, cpu->switch_len / 4);
	memcpy(page + AT, cpu->first, cpu->switch_len);
	if (!kinds_bridge(kind, &seed->tasks, cpu->last, page, AT, &cpu->before, &cpu->behind)) {
		free(page);
		return;
	}
	memcpy(page + AT + COMMON_PID, page + AT + kind->leaver.pid, 4);
	patch_pid(&cpu->before, &seed->tasks, page, AT + COMMON_PID);
	patch_add(&cpu->behind, (struct patch){.kind = PATCH_TIME});
	cpu->bridge = page;
	seed->bridges++;
}

static struct hu_err *pages_read(struct seed *seed)
{
	seed->from = UINT64_MAX;
	for (uint32_t i = 0; i < seed->cpu_count; i++) {
		struct cpu *cpu = &seed->cpus[i];
		cpu->count = cpu->size / seed->page_size;
		cpu->pages = hu_alloc((cpu->count + 1) * sizeof(*cpu->pages));
		for (size_t p = 0; p < cpu->count; p++) {
			uint64_t commit = get(cpu->bytes + p * seed->page_size + 8, 8);
			struct page *page = &cpu->pages[p];
			if (commit >> 30 & 3)
				return odd("it has lost events");
			if ((commit & COMMIT_MASK) > seed->page_size - PAGE_HEAD)
				return odd("a page claims too much");
			page->ts = get(cpu->bytes + p * seed->page_size, 8);
			page->committed =
				page_walk(seed, cpu, p, UINT64_MAX, learn, &page->records);
			if (!page->committed && (commit & COMMIT_MASK))
				return odd("a page is damaged");
		}
		seed->records += cpu->records;
	}
	tasks_settle(&seed->tasks);
	for (uint32_t i = 0; i < seed->cpu_count; i++)
		for (size_t p = 0; p < seed->cpus[i].count; p++) {
			uint32_t records;
			seed->cpus[i].pages[p].first_patch = seed->patches.count;
			page_walk(seed, &seed->cpus[i], p, UINT64_MAX, find_patches, &records);
			seed->cpus[i].pages[p].patches =
				seed->patches.count - seed->cpus[i].pages[p].first_patch;
		}
	for (uint32_t i = 0; i < seed->cpu_count; i++)
		bridge_build(seed, &seed->cpus[i]);
	return seed->records ? NULL : odd("it has no events");
}

struct hu_err *tracedat_read(struct seed *seed, const char *path)
{
	static const char magic[] = "\x17\x08\x44tracing7";
	struct hu_err *err = io_read(path, &seed->file);

	if (err)
		return err;
	if (seed->file.len < HEAD || memcmp(seed->file.at, magic, sizeof(magic)) != 0 ||
	    seed->file.at[12] != 0 || seed->file.at[13] != 8 ||
	    memcmp(seed->file.at + 18, "none", 5) != 0)
		return odd("another head");
	err = options_read(seed);
	if (err)
		return err;
	kinds_read(&seed->kinds, seed->section[FTRACE].at, seed->section[FTRACE].len);
	kinds_read(&seed->kinds, seed->section[FORMATS].at, seed->section[FORMATS].len);
	return pages_read(seed);
}

uint32_t tracedat_page_cut(struct seed *seed, struct cpu *cpu, size_t page, uint64_t stop)
{
	uint32_t records;

	return page_walk(seed, cpu, page, stop, nothing, &records);
}
