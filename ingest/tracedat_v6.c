/*
 * A trace.dat of version 6 (trace-cmd.dat.v6(5)): everything stands in the head, one behind the
 * other, and the trace data where the table at its end says.
 */
#include "ingest/tracedat_parts.h"

#include <inttypes.h>

enum { CPUS_MAX = 1 << 16 };

/* One piece of a v6 head: a size, then that many bytes. */
static struct hu_str sized(struct hu_trace_file *file, struct hu_take *from, size_t size_bytes,
			   const char *what)
{
	uint64_t size = hu_take_number(from, size_bytes);
	struct hu_str data = hu_take_bytes(from, size);

	if (from->bad)
		hu_trace_damaged(file,
				 hu_err(HU_ERR_BAD_INPUT, "the file ends inside its %s", what));
	return data;
}

/* Skips what is like the v7 section, and gives it as a whole. */
static struct hu_str header_v6(struct hu_trace_file *file, struct hu_take *from)
{
	const char *start = from->left.at;

	hu_take_bytes(from, sizeof("header_page"));
	sized(file, from, 8, "header_page");
	hu_take_bytes(from, sizeof("header_event"));
	sized(file, from, 8, "header_event");
	return (struct hu_str){start, (size_t)(from->left.at - start)};
}

static struct hu_str formats_v6(struct hu_trace_file *file, struct hu_take *from, bool systems)
{
	const char *start = from->left.at;
	uint64_t outer = systems ? hu_take_number(from, 4) : 1;

	for (uint64_t i = 0; i < outer && !from->bad; i++) {
		if (systems)
			hu_take_string(from);
		uint64_t count = hu_take_number(from, 4);
		for (uint64_t k = 0; k < count && !from->bad; k++)
			sized(file, from, 8, "event formats");
	}
	if (from->bad)
		hu_trace_damaged(
			file, hu_err(HU_ERR_BAD_INPUT, "the file ends inside its event formats"));
	return (struct hu_str){start, from->bad ? 0 : (size_t)(from->left.at - start)};
}

/* "flyrecord", then offset and size of every CPU. */
static void table_v6(struct hu_trace_file *file, struct hu_take *from, struct hu_str name,
		     uint64_t cpus)
{
	if (from->left.len / 16 < cpus) {
		hu_trace_damaged(
			file, hu_err(HU_ERR_BAD_INPUT, "the file ends inside its table of CPUs"));
		cpus = from->left.len / 16;
	}
	struct hu_trace_buffer *buffer = hu_trace_add_buffer(file);
	buffer->name = name;
	buffer->cpu = hu_trace_own(file, (size_t)cpus * sizeof(*buffer->cpu));
	for (uint64_t i = 0; i < cpus; i++) {
		uint64_t offset = hu_take_number(from, 8);
		uint64_t size = hu_take_number(from, 8);
		buffer->cpu[buffer->cpus++] = hu_trace_cpu_data(file, (uint32_t)i, offset, size);
	}
}

static void instances_v6(struct hu_trace_file *file, struct hu_str *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hu_take from = hu_take_of(file, options[i]);
		uint64_t offset = hu_take_number(&from, 8);
		struct hu_str name = hu_take_string(&from);
		struct hu_take at = hu_take_of(file, hu_str_skip(file->bytes, (size_t)offset));
		struct hu_str kind = hu_take_bytes(&at, 10);
		if (from.bad || offset >= file->bytes.len || !hu_str_starts(kind, "flyrecord"))
			hu_trace_damaged(
				file, hu_err(HU_ERR_BAD_INPUT,
					     "the data of an instance is not where the options say "
					     "it is (byte %" PRIu64 ")",
					     offset));
		else
			table_v6(file, &at, name, file->cpus);
	}
}

struct hu_err *hu_trace_open_v6(struct hu_trace_file *file, struct hu_take *from)
{
	struct hu_str instance[HU_TRACE_BUFFERS_MAX];
	size_t instances = 0;
	bool has_clock = false;

	file->header = header_v6(file, from);
	file->ftrace_formats = formats_v6(file, from, false);
	file->event_formats = formats_v6(file, from, true);
	const char *kallsyms = from->left.at;
	sized(file, from, 4, "kallsyms");
	file->kallsyms = (struct hu_str){kallsyms, (size_t)(from->left.at - kallsyms)};
	const char *printk = from->left.at;
	sized(file, from, 4, "printk formats");
	file->printk = (struct hu_str){printk, (size_t)(from->left.at - printk)};
	const char *cmdlines = from->left.at;
	sized(file, from, 8, "command lines");
	file->cmdlines = (struct hu_str){cmdlines, (size_t)(from->left.at - cmdlines)};
	file->cpus = (uint32_t)hu_take_number(from, 4);
	if (!from->bad && file->cpus > CPUS_MAX)
		return hu_err(HU_ERR_BAD_INPUT, "the header claims %" PRIu32 " CPUs", file->cpus);

	struct hu_str kind = hu_take_bytes(from, 10);
	if (!from->bad && hu_str_starts(kind, "options")) {
		for (;;) {
			uint32_t id = (uint32_t)hu_take_number(from, 2);
			if (from->bad || id == HU_OPTION_DONE)
				break;
			struct hu_str data = sized(file, from, 4, "options");
			if (from->bad)
				break;
			if (id == HU_OPTION_BUFFER && instances < HU_TRACE_BUFFERS_MAX)
				instance[instances++] = data;
			else
				hu_trace_option(file, id, data);
			has_clock |= id == HU_OPTION_TRACECLOCK;
		}
		kind = hu_take_bytes(from, 10);
	}
	if (from->bad) {
		hu_trace_damaged(file,
				 hu_err(HU_ERR_BAD_INPUT, "the file ends before its trace data"));
		return NULL;
	}
	if (hu_str_starts(kind, "latency")) {
		file->latency = true;
		file->latency_text = from->left;
		return NULL;
	}
	if (!hu_str_starts(kind, "flyrecord")) {
		hu_trace_damaged(file, hu_err(HU_ERR_BAD_INPUT, "the header has no table of CPUs"));
		return NULL;
	}
	/* An empty name in the options is the top buffer again, which the table is about. */
	table_v6(file, from, (struct hu_str){NULL, 0}, file->cpus);
	if (has_clock) {
		struct hu_take after = *from;
		uint64_t size = hu_take_number(&after, 8);
		struct hu_str text = hu_take_bytes(&after, size);
		struct hu_str clock = after.bad ? text : hu_trace_chosen_clock(hu_until_nul(text));
		if (clock.len)
			file->clock = clock;
	}
	instances_v6(file, instance, instances);
	return NULL;
}
