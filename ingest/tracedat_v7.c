/*
 * A trace.dat of version 7 (trace-cmd.dat.v7(5)): sections, found through a chain of options. A
 * whole file needs two looks at it: the head, and the options at its end that say where the data
 * is. A cut one lost those; tracedat_salvage.c then follows the data itself.
 */
#include "ingest/tracedat_parts.h"

#include "ingest/tracedat_salvage.h"

#include <inttypes.h>

enum {
	UNPACKED_MAX = 192 << 20, /* all sections; a kallsyms of 200,000 lines has 10 MB */
	OPTIONS_MAX = 1 << 20,	  /* a chain that loops ends here */
};
enum { SECTION_PACKED = 1 };

/* The section at `offset` if it has that id: its content, unpacked. */
static bool section(struct hu_trace_file *file, uint64_t offset, uint32_t id, const char *what,
		    struct hu_str *ret)
{
	struct hu_take from = hu_take_of(file, hu_str_skip(file->bytes, (size_t)offset));
	uint32_t found = (uint32_t)hu_take_number(&from, 2);
	uint32_t flags = (uint32_t)hu_take_number(&from, 2);
	hu_take_number(&from, 4);
	uint64_t size = hu_take_number(&from, 8);

	if (offset >= file->bytes.len || from.bad) {
		hu_trace_damaged(file,
				 hu_err(HU_ERR_BAD_INPUT,
					"the file ends before its %s section at byte %" PRIu64,
					what, offset));
		return false;
	}
	if (found != id) {
		hu_trace_damaged(file, hu_err(HU_ERR_BAD_INPUT,
					      "there is no %s section at byte %" PRIu64
					      ", where the options say it is",
					      what, offset));
		return false;
	}
	struct hu_str content = hu_take_bytes(&from, size);
	if (from.bad) {
		hu_trace_damaged(file,
				 hu_err(HU_ERR_BAD_INPUT,
					"the file ends inside its %s section, which has %" PRIu64
					" bytes",
					what, size));
		return false;
	}
	if (!(flags & SECTION_PACKED)) {
		*ret = content;
		return true;
	}

	struct hu_take packed = hu_take_of(file, content);
	uint64_t packed_size = hu_take_number(&packed, 4);
	uint64_t plain_size = hu_take_number(&packed, 4);
	struct hu_str block = hu_take_bytes(&packed, packed_size);
	file->unpacked += plain_size;
	if (packed.bad || file->unpacked > UNPACKED_MAX) {
		hu_trace_damaged(file,
				 hu_err(HU_ERR_BAD_INPUT,
					"the %s section claims %" PRIu64 " bytes packed, %" PRIu64
					" unpacked, in a section of %" PRIu64,
					what, packed_size, plain_size, size));
		return false;
	}
	char *plain = hu_trace_own(file, (size_t)plain_size);
	if (!hu_trace_unpack(file->packing, block, plain, (size_t)plain_size)) {
		hu_trace_damaged(
			file, hu_err(HU_ERR_BAD_INPUT, "the %s section cannot be unpacked", what));
		return false;
	}
	*ret = (struct hu_str){plain, (size_t)plain_size};
	return true;
}

static void buffer_option(struct hu_trace_file *file, struct hu_str data)
{
	struct hu_take from = hu_take_of(file, data);
	uint64_t offset = hu_take_number(&from, 8);
	struct hu_str name = hu_take_string(&from);
	struct hu_str clock = hu_take_string(&from);
	uint64_t page_size = hu_take_number(&from, 4);
	uint64_t cpus = hu_take_number(&from, 4);

	struct hu_take head = hu_take_of(file, hu_str_skip(file->bytes, (size_t)offset));
	uint64_t id = hu_take_number(&head, 2);
	uint64_t flags = hu_take_number(&head, 2);
	if (from.bad || !hu_trace_page_size_ok(page_size) || cpus > data.len / 20 ||
	    offset >= file->bytes.len || head.bad || id != HU_OPTION_BUFFER) {
		hu_trace_damaged(file,
				 hu_err(HU_ERR_BAD_INPUT,
					"the table of the trace data is damaged (page size %" PRIu64
					", %" PRIu64 " CPUs, section at byte %" PRIu64 ")",
					page_size, cpus, offset));
		return;
	}
	struct hu_trace_buffer *buffer = hu_trace_add_buffer(file);
	buffer->name = name;
	buffer->clock = clock;
	buffer->page_size = (uint32_t)page_size;
	buffer->packed = flags & SECTION_PACKED;
	buffer->cpu = hu_trace_own(file, (size_t)cpus * sizeof(*buffer->cpu));
	for (uint64_t i = 0; i < cpus; i++) {
		uint32_t cpu = (uint32_t)hu_take_number(&from, 4);
		uint64_t at = hu_take_number(&from, 8);
		uint64_t size = hu_take_number(&from, 8);
		/* trace-cmd does not count the word in front of the chunks that counts them. */
		if (buffer->packed && size)
			size += 4;
		if (!from.bad)
			buffer->cpu[buffer->cpus++] = hu_trace_cpu_data(file, cpu, at, size);
	}
}

static bool section_option(struct hu_trace_file *file, uint32_t id, struct hu_str data)
{
	const struct {
		uint32_t id;
		const char *what;
		struct hu_str *to;
	} parts[] = {
		{HU_OPTION_HEADER_INFO, "header info", &file->header},
		{HU_OPTION_FTRACE_EVENTS, "ftrace event formats", &file->ftrace_formats},
		{HU_OPTION_EVENT_FORMATS, "event formats", &file->event_formats},
		{HU_OPTION_KALLSYMS, "kallsyms", &file->kallsyms},
		{HU_OPTION_PRINTK, "printk formats", &file->printk},
		{HU_OPTION_CMDLINES, "command lines", &file->cmdlines},
		{HU_OPTION_BUFFER_TEXT, "latency text", &file->latency_text},
	};
	struct hu_take from = hu_take_of(file, data);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].id != id)
			continue;
		uint64_t offset = hu_take_number(&from, 8);
		if (!from.bad && !parts[i].to->at)
			section(file, offset, id, parts[i].what, parts[i].to);
		file->latency |= id == HU_OPTION_BUFFER_TEXT;
		return true;
	}
	return false;
}

/* One section of options; *next gets where the chain goes on, 0 at its end. */
static bool options_v7(struct hu_trace_file *file, uint64_t offset, size_t *budget, uint64_t *next)
{
	struct hu_str data;

	*next = 0;
	if (!section(file, offset, HU_OPTION_DONE, "options", &data))
		return false;
	struct hu_take from = hu_take_of(file, data);
	while (from.left.len && (*budget)--) {
		uint32_t id = (uint32_t)hu_take_number(&from, 2);
		uint64_t size = hu_take_number(&from, 4);
		struct hu_str value = hu_take_bytes(&from, size);
		if (from.bad)
			break;
		if (id == HU_OPTION_DONE) {
			struct hu_take done = hu_take_of(file, value);
			*next = hu_take_number(&done, 8);
			return true;
		}
		if (id == HU_OPTION_BUFFER && file->buffers < HU_TRACE_BUFFERS_MAX)
			buffer_option(file, value);
		else if (!section_option(file, id, value))
			hu_trace_option(file, id, value);
	}
	hu_trace_damaged(file, hu_err(HU_ERR_BAD_INPUT,
				      "the options at byte %" PRIu64 " are damaged or have no end",
				      offset));
	return false;
}

struct hu_err *hu_trace_open_v7(struct hu_trace_file *file, struct hu_take *from)
{
	file->packing_name = hu_take_string(from);
	hu_take_string(from); /* the packer's version */
	uint64_t offset = hu_take_number(from, 8);

	if (from->bad)
		return hu_err(HU_ERR_BAD_INPUT, "the file ends inside its header");
	if (hu_str_is(file->packing_name, "none"))
		file->packing = HU_PACKED_NONE;
	else if (hu_str_is(file->packing_name, "zstd"))
		file->packing = HU_PACKED_ZSTD;
	else if (hu_str_is(file->packing_name, "zlib"))
		file->packing = HU_PACKED_ZLIB;
	else
		file->packing = HU_PACKED_UNKNOWN;
#ifndef HU_HAVE_ZLIB
	if (file->packing == HU_PACKED_ZLIB)
		file->packing = HU_PACKED_UNKNOWN;
#endif
	if (file->packing == HU_PACKED_UNKNOWN) {
		HU_CLEANUP(hu_freep) char *shown = hu_trace_shown(file->packing_name);
		return hu_err(HU_ERR_UNSUPPORTED, "compressed with \"%s\", which is not built in",
			      shown);
	}

	size_t budget = OPTIONS_MAX;
	uint64_t next = offset, last = 0;
	bool whole = true;
	for (int sections = 0; next && whole; sections++) {
		if (sections == 4096) {
			hu_trace_damaged(file,
					 hu_err(HU_ERR_BAD_INPUT, "the options go in a circle"));
			break;
		}
		uint64_t at = next;
		whole = options_v7(file, at, &budget, &next);
		if (whole)
			last = at;
	}
	if (!file->buffers && !file->latency)
		hu_trace_salvage(file, last);
	return NULL;
}
