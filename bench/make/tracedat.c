/*
 * trace.dat, version 7, uncompressed (trace-cmd.dat.v7(5)), from one such as `trace-cmd convert
 * --compression none` writes.
 *
 * A copy is the seed's ring buffer pages with a later stamp in each page's head: what stands in
 * them are differences. So all records keep the form that a kernel gave them, and making a page
 * costs its copying and a few numbers. Only the last copy is cut where the events are enough, in
 * the order of time.
 */
#include "bench/make/tracedat.h"

#include <inttypes.h>
#include <string.h>

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
		if (!first)
			return;
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
				commit = tracedat_page_cut(seed, cpu, p, left);
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
	HU_CLEANUP(tracedat_deinit) struct seed seed = {0};
	struct hu_err *err = tracedat_read(&seed, order->seed);

	return err ? err : result_write(&seed, order);
}
