/*
 * trace.dat, version 7, uncompressed (trace-cmd.dat.v7(5)), from one such as `trace-cmd convert
 * --compression none` writes.
 *
 * A copy is the seed's ring buffer pages with a later stamp in each page's head: what stands in
 * them are differences. So all records keep the form that a kernel gave them, and making a page
 * costs its copying and a few numbers. Only the last copy is cut where the events are enough, in
 * the order of time.
 */
#include "bench/make/make.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum section { BUFFER = 3, HEADERS = 16, FTRACE, FORMATS, KALLSYMS, PRINTK, CMDLINES };
enum option { DONE = 0, OPTION_BUFFER = 3, CPUSTAT = 2 };
enum { HEAD = 32, SECTION_HEAD = 16, PAGE_HEAD = 16, LAST_SECTION = CMDLINES };
enum { PADDING = 29, TIME_EXTEND = 30, TIME_STAMP = 31 }; /* include/linux/ring_buffer.h */
#define COMMIT_MASK UINT64_C(0x7ffffff)
#define STAMP_ROOM (UINT64_C(0xf8) << 56)
#define GAP_NS UINT64_C(1000000) /* between two copies */

struct page {
	uint64_t ts;	    /* of its first record's difference */
	uint32_t records;   /* in it */
	uint32_t committed; /* bytes behind the head */
	size_t first_patch, patches;
};
struct cpu {
	const char *bytes;
	uint64_t size;
	struct page *pages;
	size_t count;
	uint64_t records, all;	  /* in the seed, in the result */
	uint64_t taken;		  /* of the last copy */
	uint64_t *times;	  /* of each record */
	const char *first, *last; /* switches */
	size_t switch_len;
	/* What leads from a copy to the next one: a page with one switch. */
	char *bridge;
	struct patches before, behind; /* of the copy that ends, and of the one that begins */
	bool bridged;		       /* in the last copy */
};
struct seed {
	struct hu_out file;
	struct hu_str section[LAST_SECTION + 1];
	struct hu_out options; /* those that say nothing of this file's places */
	struct hu_str clock;
	uint32_t page_size, cpu_count;
	struct cpu *cpus;
	struct kinds kinds;
	struct tasks tasks;
	struct patches patches;
	uint64_t records, bridges, from, to;
};

static void seed_deinit(struct seed *seed)
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

/* --- reading the seed --- */

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
	    at + 8 + seed->cpu_count * 20 > data.at + data.len)
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

/*
 * At the end of a copy another task is on the CPU than at its beginning. Without a switch between
 * the two a reader would have to suspect lost events, at each seam.
 */
static void bridge_build(struct seed *seed, struct cpu *cpu)
{
	const struct kind *kind =
		cpu->first ? kinds_find(&seed->kinds, (uint32_t)get(cpu->first, 2)) : NULL;
	enum { AT = PAGE_HEAD + 4 };

	if (!kind || cpu->switch_len > 28 * 4)
		return;
	uint32_t from = (uint32_t)get(cpu->last + kind->comer.pid, 4);
	if (from == get(cpu->first + kind->leaver.pid, 4) &&
	    tasks_index(&seed->tasks, (int32_t)from) < 0)
		return;
	cpu->bridge = hu_alloc(seed->page_size);
	char *record = cpu->bridge + AT;
	put(cpu->bridge, 8, seed->from - GAP_NS / 2);
	put(cpu->bridge + 8, 8, 4 + cpu->switch_len);
	put(cpu->bridge + PAGE_HEAD, 4, cpu->switch_len / 4);
	memcpy(record, cpu->first, cpu->switch_len);
	/* It goes from whom the last one came to, to whom the first one leaves. */
	memcpy(record + kind->comer.comm, cpu->first + kind->leaver.comm, COMM_LEN);
	memcpy(record + kind->comer.pid, cpu->first + kind->leaver.pid, 4);
	memcpy(record + kind->leaver.comm, cpu->last + kind->comer.comm, COMM_LEN);
	put(record + kind->leaver.pid, 4, from);
	put(record + 4, 4, from);
	put(record + kind->state, 8, from != 0); /* sleeps, or is the idle task */
	if (patch_pid(&cpu->before, &seed->tasks, cpu->bridge, AT + kind->leaver.pid)) {
		patch_pid(&cpu->before, &seed->tasks, cpu->bridge, AT + 4);
		patch_add(&cpu->before, (struct patch){.at = AT + kind->leaver.comm,
						       .kind = PATCH_COMM,
						       .size = COMM_LEN});
	}
	if (patch_pid(&cpu->behind, &seed->tasks, cpu->bridge, AT + kind->comer.pid))
		patch_add(&cpu->behind, (struct patch){.at = AT + kind->comer.comm,
						       .kind = PATCH_COMM,
						       .size = COMM_LEN});
	patch_add(&cpu->behind, (struct patch){.kind = PATCH_TIME});
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

static struct hu_err *seed_read(struct seed *seed, const char *path)
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

/* --- writing --- */

/* How many records of each CPU belong to the first `wanted` ones of a copy, in time. */
static void cut(struct seed *seed, uint64_t wanted, bool bridged)
{
	for (uint32_t i = 0; i < seed->cpu_count && bridged; i++) {
		struct cpu *cpu = &seed->cpus[i];
		cpu->bridged = cpu->bridge && wanted;
		wanted -= cpu->bridged;
	}
	for (; wanted; wanted--) {
		struct cpu *first = NULL;
		for (uint32_t i = 0; i < seed->cpu_count; i++) {
			struct cpu *cpu = &seed->cpus[i];
			if (cpu->taken < cpu->records &&
			    (!first || cpu->times[cpu->taken] < first->times[first->taken]))
				first = cpu;
		}
		first->taken++;
	}
}

/* Pages with at least one of the first `records` records. */
static size_t pages_of(const struct cpu *cpu, uint64_t records)
{
	size_t p = 0;

	for (; p < cpu->count && records; p++)
		records -= cpu->pages[p].records < records ? cpu->pages[p].records : records;
	return p;
}

static uint64_t bridges_of(const struct cpu *cpu, uint64_t full)
{
	return (cpu->bridge && full ? full - 1 : 0) + cpu->bridged;
}

static void section_put(struct hu_out *out, unsigned id, uint64_t len)
{
	char head[SECTION_HEAD] = {0};

	put(head, 2, id);
	put(head + 8, 8, len);
	hu_out_bytes(out, head, sizeof(head));
}

static void option_put(struct hu_out *out, unsigned id, const char *data, size_t len)
{
	char head[6];

	put(head, 2, id);
	put(head + 2, 4, len);
	hu_out_bytes(out, head, sizeof(head));
	hu_out_bytes(out, data, len);
}

/* "pid comm" a line: those of the seed, and the renamed ones of each copy. */
static void cmdlines_put(const struct seed *seed, uint64_t copies, struct hu_out *out)
{
	struct hu_str text = hu_str_skip(seed->section[CMDLINES], 8), line, all = text;

	hu_out_bytes(out, "\0\0\0\0\0\0\0", 8);
	hu_out_str(out, hu_until_nul(text));
	for (uint64_t copy = 1; copy < copies; copy++) {
		for (text = hu_until_nul(all); hu_str_line(&text, &line);) {
			struct hu_str id = hu_str_split(&line, ' ');
			uint64_t pid;
			char comm[COMM_LEN] = {0};
			if (!hu_str_u64(id, 10, &pid) || line.len >= sizeof(comm))
				continue;
			ptrdiff_t task = tasks_index(&seed->tasks, (int32_t)pid);
			if (task < 0)
				continue;
			memcpy(comm, line.at, line.len);
			patch_comm(comm, sizeof(comm), copy);
			hu_out_printf(out, "%" PRId32 " %s\n",
				      tasks_renamed(&seed->tasks, (size_t)task, copy), comm);
		}
	}
	hu_out_putc(out, 0);
	put(out->at, 8, out->len - 8);
}

static void stats_put(const struct seed *seed, struct hu_out *options)
{
	for (uint32_t i = 0; i < seed->cpu_count; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(
			&text,
			"CPU: %" PRIu32 "\nentries: %" PRIu64
			"\noverrun: 0\ncommit overrun: 0\ndropped events: 0\nread events: 0\n",
			i, seed->cpus[i].all);
		option_put(options, CPUSTAT, text.at, text.len + 1);
	}
}

static void pages_write(struct seed *seed, struct cpu *cpu, uint64_t full, uint64_t period,
			FILE *file)
{
	HU_CLEANUP(hu_freep) char *page = hu_alloc(seed->page_size);

	for (uint64_t copy = 0; copy <= full; copy++) {
		uint64_t left = copy < full ? cpu->records : cpu->taken;
		uint64_t shift = copy * period;
		if (copy && (copy < full ? cpu->bridge != NULL : cpu->bridged)) {
			memcpy(page, cpu->bridge, seed->page_size);
			patch_apply(page, cpu->before.at, cpu->before.count, &seed->tasks, copy - 1,
				    0);
			patch_apply(page, cpu->behind.at, cpu->behind.count, &seed->tasks, copy,
				    shift);
			fwrite(page, 1, seed->page_size, file);
		}
		for (size_t p = 0; p < cpu->count && left; p++) {
			const struct page *of = &cpu->pages[p];
			uint64_t commit = of->committed;
			memcpy(page, cpu->bytes + p * seed->page_size, seed->page_size);
			patch_apply(page, seed->patches.at + of->first_patch, of->patches,
				    &seed->tasks, copy, shift);
			put(page, 8, of->ts + shift);
			if (of->records > left) {
				uint32_t records;
				commit = page_walk(seed, cpu, p, left, nothing, &records);
				memset(page + PAGE_HEAD + commit, 0,
				       seed->page_size - PAGE_HEAD - commit);
			}
			put(page + 8, 8, commit);
			fwrite(page, 1, seed->page_size, file);
			left -= of->records < left ? of->records : left;
		}
	}
}

static struct hu_err *result_write(struct seed *seed, struct order *order)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out options = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out places = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out names = {0};
	uint64_t full = 0, left = order->events;
	uint64_t period = seed->to - seed->from + GAP_NS;
	FILE *file;

	if (left >= seed->records) {
		left -= seed->records;
		full = 1 + left / (seed->records + seed->bridges);
		left %= seed->records + seed->bridges;
	}
	cut(seed, left, full > 0);
	order->copies = full + (left > 0);
	order->tasks = order->copies * seed->tasks.count;
	cmdlines_put(seed, order->copies, &names);
	seed->section[CMDLINES] = hu_out_view(&names);

	hu_out_bytes(&head, seed->file.at, HEAD);
	hu_out_str(&options, hu_out_view(&seed->options));
	for (uint32_t i = 0; i < seed->cpu_count; i++)
		seed->cpus[i].all = full * seed->cpus[i].records + seed->cpus[i].taken +
				    bridges_of(&seed->cpus[i], full);
	stats_put(seed, &options);
	for (unsigned id = HEADERS; id <= LAST_SECTION; id++) {
		char place[8];
		put(place, 8, head.len);
		option_put(&options, id, place, sizeof(place));
		section_put(&head, id, seed->section[id].len);
		hu_out_str(&head, seed->section[id]);
	}

	/* The buffer's section: its data begins with the next page. */
	uint64_t section = head.len;
	uint64_t data =
		(section + SECTION_HEAD + seed->page_size - 1) / seed->page_size * seed->page_size;
	uint64_t at = data;
	hu_out_bytes(&places, "\0\0\0\0\0\0\0\0", 9); /* where, and the name "" */
	put(places.at, 8, section);
	hu_out_str(&places, seed->clock);
	hu_out_putc(&places, 0);
	char numbers[20];
	put(numbers, 4, seed->page_size);
	put(numbers + 4, 4, seed->cpu_count);
	hu_out_bytes(&places, numbers, 8);
	for (uint32_t i = 0; i < seed->cpu_count; i++) {
		const struct cpu *cpu = &seed->cpus[i];
		uint64_t size = (full * pages_of(cpu, cpu->records) + pages_of(cpu, cpu->taken) +
				 bridges_of(cpu, full)) *
				seed->page_size;
		put(numbers, 4, i);
		put(numbers + 4, 8, at);
		put(numbers + 12, 8, size);
		hu_out_bytes(&places, numbers, sizeof(numbers));
		at += size;
	}
	section_put(&head, BUFFER, at - section - SECTION_HEAD);
	while (head.len < data)
		hu_out_putc(&head, 0);
	put(head.at + HEAD - 8, 8, at);
	option_put(&options, OPTION_BUFFER, places.at, places.len);
	option_put(&options, DONE, "\0\0\0\0\0\0\0", 8);

	struct hu_err *err = io_open(order->to, &file);
	if (err)
		return err;
	fwrite(head.at, 1, head.len, file);
	for (uint32_t i = 0; i < seed->cpu_count; i++)
		pages_write(seed, &seed->cpus[i], full, period, file);
	hu_out_clear(&head);
	section_put(&head, 0, options.len);
	fwrite(head.at, 1, head.len, file);
	fwrite(options.at, 1, options.len, file);
	return io_close(file, order->to);
}

struct hu_err *make_tracedat(struct order *order)
{
	HU_CLEANUP(seed_deinit) struct seed seed = {0};
	struct hu_err *err = seed_read(&seed, order->seed);

	return err ? err : result_write(&seed, order);
}
