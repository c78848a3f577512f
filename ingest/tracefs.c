/*
 * A copied /sys/kernel/tracing: raw pages of per_cpu/cpuN/trace_pipe_raw or snapshot_raw, with the
 * formats of events/ beside them. It is what trace-cmd makes a trace.dat of, so this makes the
 * parts of one, and the rest is the same code. The text files of such a folder ("trace",
 * "per_cpu/cpu0/trace") are captures of their own.
 */
#include "db/text.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/reader.h"
#include "ingest/tracedat_run.h"
#include "ingest/tracefs_folder.h"
#include "ingest/tracefs_formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CPUS_MAX = 1 << 16,
	INSTANCES_MAX = 1 << 10,
};

static enum hu_match probe(const struct hu_probe *in)
{
	return in->is_dir && hu_str_starts(hu_str_trim(in->head), "field: u64 timestamp;")
		       ? HU_MATCH_CERTAIN
		       : HU_MATCH_NO;
}

/* "per_cpu/cpu3/stats" → "stats", *cpu 3; empty: no such path. */
static struct hu_str of_cpu(struct hu_str below, uint64_t *cpu)
{
	struct hu_str left = below;

	if (!hu_str_is(hu_str_split(&left, '/'), "per_cpu"))
		return (struct hu_str){NULL, 0};
	struct hu_str name = hu_str_split(&left, '/');
	if (!hu_str_starts(name, "cpu") || !hu_str_u64(hu_str_skip(name, 3), 10, cpu) ||
	    *cpu >= CPUS_MAX)
		return (struct hu_str){NULL, 0};
	return left;
}

/* "trace.dat.cpu3", what a recorder that died leaves: raw pages. → "trace.dat", *cpu 3; or empty.
 */
static struct hu_str of_dead(struct hu_str name, uint64_t *cpu)
{
	size_t digits = 0;

	while (digits < name.len && name.at[name.len - digits - 1] >= '0' &&
	       name.at[name.len - digits - 1] <= '9')
		digits++;
	struct hu_str number = hu_str_skip(name, name.len - digits);
	name.len -= digits;
	if (!hu_str_ends(name, ".cpu") || name.len == 4 || memchr(name.at, '/', name.len) ||
	    !hu_str_u64(number, 10, cpu) || *cpu >= CPUS_MAX)
		return (struct hu_str){NULL, 0};
	name.len -= 4;
	return name;
}

static bool takes(struct hu_str below, struct hu_str head)
{
	uint64_t cpu;
	struct hu_str left = below;

	(void)head;
	if (hu_str_starts(below, "events/")) {
		hu_str_split(&left, '/');
		if (hu_str_is(left, "header_page") || hu_str_is(left, "header_event"))
			return true;
		hu_str_split(&left, '/');
		hu_str_split(&left, '/');
		return hu_str_is(left, "format");
	}
	if (hu_str_starts(below, "instances/")) {
		hu_str_split(&left, '/');
		hu_str_split(&left, '/');
	} else if (hu_str_is(left, "saved_cmdlines") || hu_str_is(left, "printk_formats") ||
		   of_dead(left, &cpu).len) {
		return true;
	}
	struct hu_str file = of_cpu(left, &cpu);
	return hu_str_is(left, "trace_clock") || hu_str_is(file, "trace_pipe_raw") ||
	       hu_str_is(file, "snapshot_raw") || hu_str_is(file, "stats");
}

/* "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;" and the commit word above it */
static bool page_layout(struct hu_str header_page, uint32_t *page_size, uint32_t *commit_size)
{
	struct hu_str line;
	uint64_t offset, size;

	*page_size = *commit_size = 0;
	while (hu_str_line(&header_page, &line)) {
		struct hu_str field = hu_str_split(&line, ';');
		struct hu_str at = hu_str_trim(hu_str_split(&line, ';'));
		struct hu_str of = hu_str_trim(hu_str_split(&line, ';'));
		if (!hu_str_starts(at, "offset:") || !hu_str_starts(of, "size:") ||
		    !hu_str_u64(hu_str_skip(at, 7), 10, &offset) ||
		    !hu_str_u64(hu_str_skip(of, 5), 10, &size) || offset + size > 1 << 24)
			continue;
		if (hu_str_ends(field, " data"))
			*page_size = (uint32_t)(offset + size);
		if (hu_str_ends(field, " commit"))
			*commit_size = (uint32_t)size;
	}
	return *page_size >= 512 && (*commit_size == 4 || *commit_size == 8);
}

/* Nothing in the folder says it: the commit word of a page counts the bytes in it. */
static int looks_big_endian(struct hu_str pages, uint32_t page_size, uint32_t commit_size)
{
	struct hu_take little = {.left = hu_str_skip(pages, 8)};
	struct hu_take big = {.left = little.left, .big_endian = true};
	uint64_t l = hu_take_number(&little, commit_size) & 0xfffff;
	uint64_t b = hu_take_number(&big, commit_size) & 0xfffff;

	if (little.bad || (l < page_size) == (b < page_size))
		return 0;
	return b < page_size ? 1 : -1;
}

static uint64_t counter(struct hu_str stats, const char *key)
{
	struct hu_str line;
	uint64_t value;

	while (hu_str_line(&stats, &line)) {
		struct hu_str name = hu_str_split(&line, ':');
		if (hu_str_is(name, key) && hu_str_u64(hu_str_trim(line), 10, &value))
			return value;
	}
	return 0;
}

/* One kind of raw file of all CPUs below `path`, as a buffer called `name`. */
static int add_pages(struct hu_tracefs *job, const char *path, const char *kind, struct hu_str name,
		     struct hu_str clock, uint32_t commit_size)
{
	HU_CLEANUP(hu_tracefs_names_deinit)
	struct hu_tracefs_names cpus = hu_tracefs_list("%s/per_cpu", path);
	struct hu_trace_cpu *cpu =
		hu_trace_own(job->file, ((size_t)cpus.count + 1) * sizeof(struct hu_trace_cpu));
	size_t count = 0;
	int votes = 0;

	for (int i = 0; i < cpus.count; i++) {
		const char *dir = cpus.of[i]->d_name;
		uint64_t number;
		if (strncmp(dir, "cpu", 3) || !hu_str_u64(hu_str(dir + 3), 10, &number) ||
		    number >= CPUS_MAX)
			continue;
		struct hu_str pages =
			hu_tracefs_text(job, SIZE_MAX, "%s/per_cpu/%s/%s", path, dir, kind);
		if (!pages.len)
			continue;
		struct hu_str stats =
			hu_tracefs_text(job, HU_TRACEFS_TEXT_MAX, "%s/per_cpu/%s/stats", path, dir);
		bool live = !strcmp(kind, "trace_pipe_raw"); /* the snapshot has stats of its own */
		cpu[count++] = (struct hu_trace_cpu){
			.cpu = (uint32_t)number,
			.data = pages,
			.overrun = live ? counter(stats, "overrun") : 0,
			.dropped = live ? counter(stats, "dropped events") +
						   counter(stats, "commit overrun")
					: 0,
		};
		job->raw += pages.len;
		votes += looks_big_endian(pages, job->file->page_size, commit_size);
	}
	if (!count)
		return 0;
	struct hu_trace_buffer *buffer = hu_trace_add_buffer(job->file);
	buffer->name = name;
	buffer->clock = clock;
	buffer->cpu = cpu;
	buffer->cpus = count;
	return votes;
}

static int add_buffers(struct hu_tracefs *job, const char *path, const char *name,
		       uint32_t commit_size)
{
	struct hu_str clock = hu_trace_chosen_clock(
		hu_tracefs_text(job, HU_TRACEFS_TEXT_MAX, "%s/trace_clock", path));

	return add_pages(job, path, "trace_pipe_raw", hu_tracefs_joined(job, name, ""), clock,
			 commit_size) +
	       add_pages(job, path, "snapshot_raw", hu_tracefs_joined(job, name, "snapshot"), clock,
			 commit_size);
}

/* Files of a dead trace-cmd beside the formats, as one buffer for each of its output files. */
static int add_dead(struct hu_tracefs *job, const char *path, uint32_t commit_size)
{
	HU_CLEANUP(hu_tracefs_names_deinit)
	struct hu_tracefs_names names = hu_tracefs_list("%s", path);
	struct hu_str clock = hu_trace_chosen_clock(
		hu_tracefs_text(job, HU_TRACEFS_TEXT_MAX, "%s/trace_clock", path));
	struct hu_trace_buffer *buffer = NULL;
	int votes = 0;

	for (int i = 0; i < names.count; i++) {
		uint64_t cpu;
		struct hu_str of = of_dead(hu_str(names.of[i]->d_name), &cpu);
		struct hu_str pages =
			of.len ? hu_tracefs_text(job, SIZE_MAX, "%s/%s", path, names.of[i]->d_name)
			       : of;
		if (!pages.len)
			continue;
		if (!buffer || !hu_str_eq(buffer->name, of)) {
			HU_CLEANUP(hu_freep) char *name = hu_strdup(of);
			buffer = hu_trace_add_buffer(job->file);
			buffer->name = hu_tracefs_joined(job, name, "");
			buffer->clock = clock;
			buffer->cpu = hu_trace_own(job->file, ((size_t)names.count + 1) *
								      sizeof(*buffer->cpu));
		}
		buffer->cpu[buffer->cpus++] =
			(struct hu_trace_cpu){.cpu = (uint32_t)cpu, .data = pages};
		job->raw += pages.len;
		votes += looks_big_endian(pages, job->file->page_size, commit_size);
	}
	return votes;
}

static struct hu_err *read_parts(struct hu_tracefs *job, const char *path)
{
	struct hu_trace_file *file = job->file;
	struct hu_str page =
		hu_tracefs_text(job, HU_TRACEFS_TEXT_MAX, "%s/events/header_page", path);
	HU_CLEANUP(hu_tracefs_names_deinit)
	struct hu_tracefs_names instances = hu_tracefs_list("%s/instances", path);
	HU_CLEANUP(hu_tracefs_names_deinit)
	struct hu_tracefs_names cpus = hu_tracefs_list("%s/per_cpu", path);
	uint32_t commit_size;

	if (!page_layout(page, &file->page_size, &commit_size))
		return hu_err(HU_ERR_BAD_INPUT, "events/header_page does not describe a page");
	file->version = 6;
	file->long_size = commit_size;
	int votes = add_buffers(job, path, "", commit_size);
	for (int i = 0; i < instances.count && i < INSTANCES_MAX; i++) {
		const char *name = instances.of[i]->d_name;
		HU_CLEANUP(hu_freep) char *below = NULL;
		if (asprintf(&below, "%s/instances/%s", path, name) >= 0)
			votes += add_buffers(job, below, name, commit_size);
	}
	votes += add_dead(job, path, commit_size);
	file->big_endian = votes > 0;
	hu_tracefs_add_formats(job, path);
	file->cpus = (uint32_t)cpus.count; /* 0 without per_cpu: not known */
	file->bytes.len = job->raw;
	if (job->left_out)
		file->damage = hu_err(HU_ERR_BAD_INPUT, "a text in it is too large to be one");
	return NULL;
}

static struct hu_err *read_tracefs(const char *path, const struct hu_surroundings *around,
				   struct hu_sink *to)
{
	struct hu_tracefs job = {.file = hu_alloc(sizeof(*job.file))};
	struct hu_err *err = read_parts(&job, path);

	if (!err && !job.file->buffers) {
		hu_put_source_clock(to, HU_CLOCK_NONE, "there are no records");
		hu_put_loss(to,
			    &(struct hu_gap){.from = HU_OPEN,
					     .to = HU_OPEN,
					     .count = HU_NONE,
					     .cpu = HU_NONE,
					     .kind = HU_LOSS_MISSING},
			    "event formats without raw pages (per_cpu/cpu*/trace_pipe_raw or "
			    "snapshot_raw)");
		hu_put_totals(to, 0, 0);
	} else if (!err) {
		err = hu_trace_run(job.file, around, to);
	}
	hu_tracefs_deinit(&job);
	return err;
}

const struct hu_reader_ops hu_reader_tracefs = {
	.name = "tracefs",
	.binary = true,
	.reads = "a copied tracefs folder: raw pages with event formats",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read_among = read_tracefs,
	.folder_key = "events/header_page",
	.folder_takes = takes,
};

#endif
