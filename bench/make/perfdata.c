/*
 * perf.data, file mode (tools/perf/Documentation/perf.data-file-format.txt): head, attributes,
 * records, features.
 *
 * Each copy has the seed's samples, and what the seed says of the tasks that are renamed; what it
 * says of the kernel, of other tasks and of the recording stands in the first one alone. Records
 * keep their order within a copy, with the ends of rounds, so that perf has to sort them as it has
 * to in a real recording.
 */
#include "bench/make/perfdata.h"

#include <errno.h>
#include <string.h>

/* Its first `left` samples. */
static void copy_write(struct seed *seed, uint64_t copy, uint64_t left, FILE *file)
{
	uint64_t shift = copy * (seed->to - seed->from + GAP_NS);
	char room[1 << 16];

	for (size_t i = 0; i < CPUS && copy && left; i++) {
		const struct cpu *cpu = &seed->cpus[i];
		if (!cpu->bridge.len)
			continue;
		memcpy(room, cpu->bridge.at, cpu->bridge.len);
		patch_apply(room, cpu->before.at, cpu->before.count, &seed->tasks, copy - 1, 0);
		patch_apply(room, cpu->behind.at, cpu->behind.count, &seed->tasks, copy, shift);
		fwrite(room, 1, cpu->bridge.len, file);
		left--;
	}
	for (const struct item *item = seed->items; item < seed->items + seed->count; item++) {
		if ((item->once && copy) || (item->sample && item->rank >= left))
			continue;
		memcpy(room, seed->templates.at + item->at, item->len);
		patch_apply(room, seed->patches.at + item->first_patch, item->patches, &seed->tasks,
			    copy, shift);
		fwrite(room, 1, item->len, file);
	}
}

static void features_write(struct seed *seed, uint64_t shift, FILE *file)
{
	uint64_t old = seed->data_at + seed->data_size;
	uint64_t now = (uint64_t)ftello(file);

	if (seed->feature[SAMPLE_TIME].len == 16)
		put((char *)seed->feature[SAMPLE_TIME].at + 8, 8, seed->to + shift);
	for (size_t i = 0; i < seed->features; i++) {
		char *entry = seed->file.at + old + i * 16;
		put(entry, 8, get(entry, 8) + now - old);
	}
	fwrite(seed->file.at + old, 1, seed->file.len - old, file);
}

struct hu_err *make_perfdata(struct order *order)
{
	HU_CLEANUP(perfdata_deinit) struct seed seed = {0};
	struct hu_err *err = perfdata_read(&seed, order->seed);
	FILE *file;

	if (!err)
		err = io_open(order->to, &file);
	if (err)
		return err;
	fwrite(seed.file.at, 1, seed.data_at, file);
	for (uint64_t left = order->events; left; order->copies++) {
		uint64_t has = seed.samples + (order->copies ? seed.bridges : 0);
		uint64_t n = left < has ? left : has;
		copy_write(&seed, order->copies, n, file);
		left -= n;
	}
	uint64_t size = (uint64_t)ftello(file) - seed.data_at;
	features_write(&seed, (order->copies - 1) * (seed.to - seed.from + GAP_NS), file);
	put(seed.file.at + DATA_AT + 8, 8, size);
	if (fseeko(file, 0, SEEK_SET) != 0)
		err = hu_err_os(errno, "%s cannot be written", order->to);
	fwrite(seed.file.at, 1, HEAD, file);
	struct hu_err *end = io_close(file, order->to);
	order->tasks = order->copies * seed.tasks.count;
	if (err)
		hu_err_free(end);
	return err ? err : end;
}
