/*
 * perf.data, what perf-record(1) writes: one file, a pipe's output, or a folder with a file for
 * each ring buffer. Shaped for captures of 10^3 to 10^7 samples of a few events, whose call chains
 * repeat: a sample costs a look at its event, at its chain's hash, and a row. Memory holds what
 * waits to be put in order (perfdata_order.c), and the distinct chains.
 *
 * Positions of rows count samples in the order of time, as perf script prints them.
 */
#include "ingest/perfdata_parts.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/mapped.h"
#include "db/heap.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILES_MAX = 1 << 14 };

static enum hu_match probe(const struct hu_probe *in)
{
	return hu_str_starts(in->head, "PERFILE2") || hu_str_starts(in->head, "2ELIFREP") ||
			       hu_str_starts(in->head, "PERFFILE")
		       ? HU_MATCH_CERTAIN
		       : HU_MATCH_NO;
}

/* A folder: "data" has the header, data.0, data.1 … the records of one ring buffer each. */
static bool ring_file(struct hu_str name, uint64_t *number)
{
	return hu_str_starts(name, "data.") && hu_str_u64(hu_str_skip(name, 5), 10, number) &&
	       *number < UINT32_MAX;
}

static bool folder_takes(struct hu_str below, struct hu_str head)
{
	uint64_t number;

	(void)head; /* the records of a ring buffer begin with no magic number */
	return hu_str_is(below, "data") || ring_file(below, &number);
}

/* Streams. */

struct input { /* one file of records */
	struct hu_perf_order order;
	struct hu_perf_record next; /* by time; the one that merging looks at */
	size_t number;
};

/* The next record with a time; those without are seen as they are met. false at the end. */
static bool step(struct hu_perf_job *job, struct input *in)
{
	while (hu_perf_order_next(&in->order, &in->next)) {
		if (in->next.ts)
			return true;
		hu_perf_see(job, &in->next);
		hu_perf_chunk_put(in->next.chunk);
	}
	return false;
}

static bool sooner(const void *one, const void *other)
{
	const struct input *a = one, *b = other;

	return a->next.ts < b->next.ts || (a->next.ts == b->next.ts && a->number < b->number);
}

static void read_records(struct hu_perf_job *job, struct input *input, size_t count)
{
	void **heap = hu_alloc((count + 1) * sizeof(*heap));
	size_t heaped = 0;

	for (size_t i = 0; i < count; i++)
		if (step(job, &input[i]))
			heap[heaped++] = &input[i];
	hu_heap_make(heap, heaped, sooner);
	while (heaped) {
		struct input *in = heap[0];
		hu_perf_see(job, &in->next);
		hu_perf_chunk_put(in->next.chunk);
		if (!step(job, in))
			heap[0] = heap[--heaped];
		hu_heap_sift(heap, heaped, 0, sooner);
	}
	free(heap);
}

/* Files. */

struct ring {
	uint64_t number;
	struct hu_mapped file;
};

static int by_number(const void *a, const void *b)
{
	const struct ring *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static struct hu_err *open_rings(const char *path, struct ring **ret, size_t *count)
{
	DIR *dir = opendir(path);
	struct hu_err *err = NULL;

	if (!dir)
		return hu_err(HU_ERR_BAD_INPUT, "its folder cannot be listed");
	for (struct dirent *e = readdir(dir); e && !err; e = readdir(dir)) {
		struct ring ring = {0};
		HU_CLEANUP(hu_freep) char *file = NULL;
		if (!ring_file(hu_str(e->d_name), &ring.number) || *count == FILES_MAX)
			continue;
		if (asprintf(&file, "%s/%s", path, e->d_name) < 0)
			hu_no_memory();
		err = hu_mapped_open(file, &ring.file);
		if (err)
			err = hu_err_in(err, "data.%" PRIu64, ring.number);
		if (err)
			continue;
		*ret = hu_realloc(*ret, (*count + 1) * sizeof(**ret));
		(*ret)[(*count)++] = ring;
	}
	closedir(dir);
	if (*count)
		qsort(*ret, *count, sizeof(**ret), by_number);
	return err;
}

static void told_build_id(void *with, struct hu_str file, struct hu_str id)
{
	hu_perf_maps_build_id(with, file, id);
}

static struct hu_err *read_all(struct hu_perf_job *job, struct hu_str bytes, struct ring *rings,
			       size_t count)
{
	struct hu_perf_head *head = &job->head;
	uint64_t total = bytes.len;

	job->maps = hu_perf_maps_create(job->around);
	job->kernel = hu_perf_kernel_create();
	head->build_id = told_build_id;
	head->with = job->maps;
	job->words = hu_vocabulary_create(
		job->to,
		&(struct hu_resolver){.find = hu_perf_resolve, .with = job, .long_size = 8});
	struct hu_err *err = hu_perf_head_read(head, bytes, job->to);
	if (err)
		return err;
	struct input *input = hu_alloc((count + 1) * sizeof(*input));
	for (size_t i = 0; i <= count; i++) {
		input[i].number = i;
		input[i].order = (struct hu_perf_order){
			.stream = {.left = i ? rings[i - 1].file.text : head->data,
				   .offset = i ? 0 : head->data_at,
				   .swap = head->swap},
			.events = &head->events,
			.windowed = count,
		};
		total += i ? rings[i - 1].file.text.len : 0;
	}
	read_records(job, input, count + 1);
	struct hu_perf_order **orders = hu_alloc((count + 1) * sizeof(struct hu_perf_order *));
	for (size_t i = 0; i <= count; i++)
		orders[i] = &input[i].order;
	err = hu_perf_end(job, orders, count + 1);
	free(orders);
	hu_put_totals(job->to, job->samples, total);
	for (size_t i = 0; i <= count; i++)
		hu_perf_order_deinit(&input[i].order);
	free(input);
	return err;
}

static bool is_folder(const char *path)
{
	DIR *dir = opendir(path);

	if (dir)
		closedir(dir);
	return dir;
}

static struct hu_err *read_perfdata(const char *path, const struct hu_surroundings *around,
				    struct hu_sink *to)
{
	HU_CLEANUP(hu_mapped_close) struct hu_mapped main = {{NULL, 0}};
	HU_CLEANUP(hu_freep) char *inside = NULL;
	struct hu_perf_job job = {.to = to, .around = around, .now = HU_OPEN};
	struct ring *rings = NULL;
	size_t count = 0;
	struct hu_err *err = NULL;

	if (is_folder(path)) {
		if (asprintf(&inside, "%s/data", path) < 0)
			hu_no_memory();
		err = open_rings(path, &rings, &count);
	}
	if (!err)
		err = hu_mapped_open(inside ? inside : path, &main);
	if (!err)
		err = read_all(&job, main.text, rings, count);
	hu_perf_formats_destroy(job.formats);
	hu_vocabulary_destroy(job.words);
	hu_perf_maps_destroy(job.maps);
	hu_perf_kernel_destroy(job.kernel);
	hu_perf_stacks_deinit(&job.stacks);
	hu_perf_head_deinit(&job.head);
	free(job.last);
	free(job.named);
	for (size_t i = 0; i < count; i++)
		hu_mapped_close(&rings[i].file);
	free(rings);
	return err;
}

const struct hu_reader_ops hu_reader_perfdata = {
	.name = "perfdata",
	.binary = true,
	.reads = "perf.data of perf record: a file, a pipe's output, a folder; plain or compressed",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read_among = read_perfdata,
	.folder_key = "data",
	.folder_takes = folder_takes,
};

#endif
