/*
 * The container of a trace.dat, versions 6 and 7 (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)).
 *
 * Written for files that were cut, or that lie: libtracecmd 3.1.6 trusts every size in here (it
 * allocates what an option claims, prints "File possibly truncated" on standard output and frees
 * twice on the way out), so the walk over the container is ours, and the library is given only what
 * this file found sound. A whole v7 file needs two looks at it: the head, and the options at its
 * end that say where the data is. A cut one lost those; tracedat_salvage.c then follows the data
 * itself.
 */
#include "ingest/tracedat_file.h"

#include "ingest/tracedat_salvage.h"
#include "db/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#ifdef HU_HAVE_ZLIB
#include <zlib.h>
#endif

enum {
	UNPACKED_MAX = 192 << 20, /* all sections; a kallsyms of 200,000 lines has 10 MB */
	CPUS_MAX = 1 << 16,
	BUFFERS_MAX = 1 << 10,
	OPTIONS_MAX = 1 << 20, /* a chain that loops ends here */
	PAGE_MIN = 512,
	PAGE_MAX = 16 << 20,
};

/* trace-cmd.dat.v7(5), "OPTIONS SECTION" */
enum option {
	OPTION_DONE = 0,
	OPTION_DATE = 1,
	OPTION_BUFFER = 3,
	OPTION_TRACECLOCK = 4,
	OPTION_UNAME = 5,
	OPTION_OFFSET = 7,
	OPTION_CPUCOUNT = 8,
	OPTION_TRACEID = 11,
	OPTION_TIME_SHIFT = 12,
	OPTION_GUEST = 13,
	OPTION_TSC2NSEC = 14,
	OPTION_HEADER_INFO = 16,
	OPTION_FTRACE_EVENTS = 17,
	OPTION_EVENT_FORMATS = 18,
	OPTION_KALLSYMS = 19,
	OPTION_PRINTK = 20,
	OPTION_CMDLINES = 21,
	OPTION_BUFFER_TEXT = 22,
};
enum { SECTION_PACKED = 1 };

static const char magic[] = "\x17\x08\x44tracing";

static void damaged(struct hu_trace_file *file, struct hu_err *err)
{
	if (file->damage)
		hu_err_free(err);
	else
		file->damage = err;
}

void *hu_trace_own(struct hu_trace_file *file, size_t bytes)
{
	void *at = hu_alloc(bytes ? bytes : 1);

	file->owned = hu_realloc(file->owned, (file->owned_count + 1) * sizeof(*file->owned));
	return file->owned[file->owned_count++] = at;
}

static struct hu_take take(const struct hu_trace_file *file, struct hu_str from)
{
	return (struct hu_take){.left = from, .big_endian = file->big_endian};
}

bool hu_trace_unpack(enum hu_trace_packing packing, struct hu_str block, char *to, size_t len)
{
	if (packing == HU_PACKED_ZSTD)
		return ZSTD_decompress(to, len, block.at, block.len) == len;
#ifdef HU_HAVE_ZLIB
	if (packing == HU_PACKED_ZLIB) {
		uLongf got = len;
		return uncompress((Bytef *)to, &got, (const Bytef *)block.at, block.len) == Z_OK &&
		       got == len;
	}
#endif
	return false;
}

/* The section at `offset` if it has that id: its content, unpacked. */
static bool section(struct hu_trace_file *file, uint64_t offset, uint32_t id, const char *what,
		    struct hu_str *ret)
{
	struct hu_take from = take(file, hu_str_skip(file->bytes, (size_t)offset));
	uint32_t found = (uint32_t)hu_take_number(&from, 2);
	uint32_t flags = (uint32_t)hu_take_number(&from, 2);
	hu_take_number(&from, 4);
	uint64_t size = hu_take_number(&from, 8);

	if (offset >= file->bytes.len || from.bad) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT,
				     "the file ends before its %s section at byte %" PRIu64, what,
				     offset));
		return false;
	}
	if (found != id) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT,
				     "there is no %s section at byte %" PRIu64
				     ", where the options say it is",
				     what, offset));
		return false;
	}
	struct hu_str content = hu_take_bytes(&from, size);
	if (from.bad) {
		damaged(file,
			hu_err(HU_ERR_BAD_INPUT,
			       "the file ends inside its %s section, which has %" PRIu64 " bytes",
			       what, size));
		return false;
	}
	if (!(flags & SECTION_PACKED)) {
		*ret = content;
		return true;
	}

	struct hu_take packed = take(file, content);
	uint64_t packed_size = hu_take_number(&packed, 4);
	uint64_t plain_size = hu_take_number(&packed, 4);
	struct hu_str block = hu_take_bytes(&packed, packed_size);
	file->unpacked += plain_size;
	if (packed.bad || file->unpacked > UNPACKED_MAX) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT,
				     "the %s section claims %" PRIu64 " bytes packed, %" PRIu64
				     " unpacked, in a section of %" PRIu64,
				     what, packed_size, plain_size, size));
		return false;
	}
	char *plain = hu_trace_own(file, (size_t)plain_size);
	if (!hu_trace_unpack(file->packing, block, plain, (size_t)plain_size)) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT, "the %s section cannot be unpacked", what));
		return false;
	}
	*ret = (struct hu_str){plain, (size_t)plain_size};
	return true;
}

struct hu_str hu_trace_chosen_clock(struct hu_str text)
{
	struct hu_str left = text;

	for (;;) {
		struct hu_str word = hu_str_word(&left);
		if (!word.len)
			break;
		if (word.len > 2 && word.at[0] == '[' && word.at[word.len - 1] == ']')
			return (struct hu_str){word.at + 1, word.len - 2};
	}
	text = hu_str_trim(text);
	return memchr(text.len ? text.at : "", ' ', text.len) ? (struct hu_str){NULL, 0} : text;
}

static struct hu_str until_nul(struct hu_str s)
{
	const char *end = s.len ? memchr(s.at, 0, s.len) : NULL;

	return end ? (struct hu_str){s.at, (size_t)(end - s.at)} : s;
}

/* "0x5f3e…" or "-12": as strtoll(3) with base 0, which is how trace-cmd reads it back. */
static int64_t loose_number(struct hu_str s)
{
	char *text = hu_strdup(hu_str_trim(until_nul(s)));
	int64_t value = strtoll(text, NULL, 0);

	free(text);
	return value;
}

struct hu_trace_buffer *hu_trace_add_buffer(struct hu_trace_file *file)
{
	file->buffer = hu_realloc(file->buffer, (file->buffers + 1) * sizeof(*file->buffer));
	struct hu_trace_buffer *buffer = &file->buffer[file->buffers++];
	*buffer = (struct hu_trace_buffer){.page_size = file->page_size};
	return buffer;
}

/* What the file has of [offset, offset + size). */
static struct hu_trace_cpu cpu_data(const struct hu_trace_file *file, uint32_t cpu, uint64_t offset,
				    uint64_t size)
{
	uint64_t there = offset < file->bytes.len ? file->bytes.len - offset : 0;
	uint64_t have = size < there ? size : there;

	return (struct hu_trace_cpu){
		.cpu = cpu,
		.data = {have ? file->bytes.at + offset : NULL, (size_t)have},
		.missing = size - have,
	};
}

static bool page_size_ok(uint64_t size)
{
	return size >= PAGE_MIN && size <= PAGE_MAX && size % 4 == 0;
}

static void buffer_option(struct hu_trace_file *file, struct hu_str data)
{
	struct hu_take from = take(file, data);
	uint64_t offset = hu_take_number(&from, 8);
	struct hu_str name = hu_take_string(&from);
	struct hu_str clock = hu_take_string(&from);
	uint64_t page_size = hu_take_number(&from, 4);
	uint64_t cpus = hu_take_number(&from, 4);

	struct hu_take head = take(file, hu_str_skip(file->bytes, (size_t)offset));
	uint64_t id = hu_take_number(&head, 2);
	uint64_t flags = hu_take_number(&head, 2);
	if (from.bad || !page_size_ok(page_size) || cpus > data.len / 20 ||
	    offset >= file->bytes.len || head.bad || id != OPTION_BUFFER) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT,
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
			buffer->cpu[buffer->cpus++] = cpu_data(file, cpu, at, size);
	}
}

/* One guest that was traced along with this host. */
static void guest(struct hu_trace_file *file, struct hu_take from)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};
	struct hu_str name = hu_take_string(&from);
	uint64_t id = hu_take_number(&from, 8);
	uint64_t cpus = hu_take_number(&from, 4);

	if (from.bad || file->guests.len > 4096)
		return;
	HU_CLEANUP(hu_freep) char *shown = hu_trace_shown(name);
	hu_out_str(&all, file->guests);
	hu_out_printf(&all, "%s%s (0x%" PRIx64 ", %" PRIu64 " CPUs)", all.len ? ", " : "", shown,
		      id, cpus);
	char *kept = hu_trace_own(file, all.len);
	memcpy(kept, all.at, all.len);
	file->guests = (struct hu_str){kept, all.len};
}

/* Options that both versions have. */
static void common_option(struct hu_trace_file *file, uint32_t id, struct hu_str data)
{
	struct hu_take from = take(file, data);

	switch (id) {
	case OPTION_DATE: /* µs, lib/trace-cmd/trace-input.c: "Convert from micro to nano" */
		file->has_date =
			!__builtin_mul_overflow(loose_number(data), HU_NS_PER_US, &file->date);
		break;
	case OPTION_OFFSET:
		file->ts_offset = loose_number(data);
		break;
	case OPTION_TRACECLOCK:
		file->clock = hu_trace_chosen_clock(until_nul(data));
		break;
	case OPTION_UNAME:
		file->uname = until_nul(data);
		break;
	case OPTION_CPUCOUNT:
		file->cpus = (uint32_t)hu_take_number(&from, 4);
		break;
	case OPTION_TRACEID:
		file->trace_id = hu_take_number(&from, 8);
		break;
	case OPTION_TIME_SHIFT:
		hu_trace_take_shift(file, from);
		break;
	case OPTION_GUEST:
		guest(file, from);
		break;
	case OPTION_TSC2NSEC:
		file->tsc_mult = (uint32_t)hu_take_number(&from, 4);
		file->tsc_shift = (uint32_t)hu_take_number(&from, 4);
		file->has_tsc = !from.bad && file->tsc_mult && file->tsc_shift < 64;
		break;
	default:
		break;
	}
}

static bool section_option(struct hu_trace_file *file, uint32_t id, struct hu_str data)
{
	const struct {
		uint32_t id;
		const char *what;
		struct hu_str *to;
	} parts[] = {
		{OPTION_HEADER_INFO, "header info", &file->header},
		{OPTION_FTRACE_EVENTS, "ftrace event formats", &file->ftrace_formats},
		{OPTION_EVENT_FORMATS, "event formats", &file->event_formats},
		{OPTION_KALLSYMS, "kallsyms", &file->kallsyms},
		{OPTION_PRINTK, "printk formats", &file->printk},
		{OPTION_CMDLINES, "command lines", &file->cmdlines},
		{OPTION_BUFFER_TEXT, "latency text", &file->latency_text},
	};
	struct hu_take from = take(file, data);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].id != id)
			continue;
		uint64_t offset = hu_take_number(&from, 8);
		if (!from.bad && !parts[i].to->at)
			section(file, offset, id, parts[i].what, parts[i].to);
		file->latency |= id == OPTION_BUFFER_TEXT;
		return true;
	}
	return false;
}

/* One section of options; *next gets where the chain goes on, 0 at its end. */
static bool options_v7(struct hu_trace_file *file, uint64_t offset, size_t *budget, uint64_t *next)
{
	struct hu_str data;

	*next = 0;
	if (!section(file, offset, OPTION_DONE, "options", &data))
		return false;
	struct hu_take from = take(file, data);
	while (from.left.len && (*budget)--) {
		uint32_t id = (uint32_t)hu_take_number(&from, 2);
		uint64_t size = hu_take_number(&from, 4);
		struct hu_str value = hu_take_bytes(&from, size);
		if (from.bad)
			break;
		if (id == OPTION_DONE) {
			struct hu_take done = take(file, value);
			*next = hu_take_number(&done, 8);
			return true;
		}
		if (id == OPTION_BUFFER && file->buffers < BUFFERS_MAX)
			buffer_option(file, value);
		else if (!section_option(file, id, value))
			common_option(file, id, value);
	}
	damaged(file, hu_err(HU_ERR_BAD_INPUT,
			     "the options at byte %" PRIu64 " are damaged or have no end", offset));
	return false;
}

static struct hu_err *open_v7(struct hu_trace_file *file, struct hu_take *from)
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
			damaged(file, hu_err(HU_ERR_BAD_INPUT, "the options go in a circle"));
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

/* One piece of a v6 head: a size, then that many bytes. */
static struct hu_str sized(struct hu_trace_file *file, struct hu_take *from, size_t size_bytes,
			   const char *what)
{
	uint64_t size = hu_take_number(from, size_bytes);
	struct hu_str data = hu_take_bytes(from, size);

	if (from->bad)
		damaged(file, hu_err(HU_ERR_BAD_INPUT, "the file ends inside its %s", what));
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
		damaged(file, hu_err(HU_ERR_BAD_INPUT, "the file ends inside its event formats"));
	return (struct hu_str){start, from->bad ? 0 : (size_t)(from->left.at - start)};
}

/* "flyrecord", then offset and size of every CPU. */
static void table_v6(struct hu_trace_file *file, struct hu_take *from, struct hu_str name,
		     uint64_t cpus)
{
	if (from->left.len / 16 < cpus) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT, "the file ends inside its table of CPUs"));
		cpus = from->left.len / 16;
	}
	struct hu_trace_buffer *buffer = hu_trace_add_buffer(file);
	buffer->name = name;
	buffer->cpu = hu_trace_own(file, (size_t)cpus * sizeof(*buffer->cpu));
	for (uint64_t i = 0; i < cpus; i++) {
		uint64_t offset = hu_take_number(from, 8);
		uint64_t size = hu_take_number(from, 8);
		buffer->cpu[buffer->cpus++] = cpu_data(file, (uint32_t)i, offset, size);
	}
}

static void instances_v6(struct hu_trace_file *file, struct hu_str *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hu_take from = take(file, options[i]);
		uint64_t offset = hu_take_number(&from, 8);
		struct hu_str name = hu_take_string(&from);
		struct hu_take at = take(file, hu_str_skip(file->bytes, (size_t)offset));
		struct hu_str kind = hu_take_bytes(&at, 10);
		if (from.bad || offset >= file->bytes.len || !hu_str_starts(kind, "flyrecord"))
			damaged(file, hu_err(HU_ERR_BAD_INPUT,
					     "the data of an instance is not where the options say "
					     "it is (byte %" PRIu64 ")",
					     offset));
		else
			table_v6(file, &at, name, file->cpus);
	}
}

static struct hu_err *open_v6(struct hu_trace_file *file, struct hu_take *from)
{
	struct hu_str instance[BUFFERS_MAX];
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
			if (from->bad || id == OPTION_DONE)
				break;
			struct hu_str data = sized(file, from, 4, "options");
			if (from->bad)
				break;
			if (id == OPTION_BUFFER && instances < BUFFERS_MAX)
				instance[instances++] = data;
			else
				common_option(file, id, data);
			has_clock |= id == OPTION_TRACECLOCK;
		}
		kind = hu_take_bytes(from, 10);
	}
	if (from->bad) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT, "the file ends before its trace data"));
		return NULL;
	}
	if (hu_str_starts(kind, "latency")) {
		file->latency = true;
		file->latency_text = from->left;
		return NULL;
	}
	if (!hu_str_starts(kind, "flyrecord")) {
		damaged(file, hu_err(HU_ERR_BAD_INPUT, "the header has no table of CPUs"));
		return NULL;
	}
	/* An empty name in the options is the top buffer again, which the table is about. */
	table_v6(file, from, (struct hu_str){NULL, 0}, file->cpus);
	if (has_clock) {
		struct hu_take after = *from;
		uint64_t size = hu_take_number(&after, 8);
		struct hu_str text = hu_take_bytes(&after, size);
		struct hu_str clock = after.bad ? text : hu_trace_chosen_clock(until_nul(text));
		if (clock.len)
			file->clock = clock;
	}
	instances_v6(file, instance, instances);
	return NULL;
}

static struct hu_err *open_mapped(struct hu_trace_file *file)
{
	struct hu_take from = take(file, file->bytes);
	struct hu_str start = hu_take_bytes(&from, sizeof(magic) - 1);
	struct hu_str version = hu_take_string(&from);
	file->big_endian = hu_take_number(&from, 1) == 1;
	file->long_size = (uint32_t)hu_take_number(&from, 1);
	from.big_endian = file->big_endian;
	file->page_size = (uint32_t)hu_take_number(&from, 4);
	uint64_t number = 0;

	if (from.bad)
		return hu_err(HU_ERR_BAD_INPUT, "the file ends inside its header");
	if (!hu_str_is(start, magic) || !hu_str_u64(version, 10, &number))
		return hu_err(HU_ERR_BAD_INPUT, "the header of a trace.dat is damaged");
	if (number != 6 && number != 7)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "trace.dat version %" PRIu64 "; 6 and 7 can be read", number);
	if (!page_size_ok(file->page_size) || (file->long_size != 4 && file->long_size != 8))
		return hu_err(HU_ERR_BAD_INPUT,
			      "the header claims pages of %" PRIu32 " bytes and words of %" PRIu32,
			      file->page_size, file->long_size);
	file->version = (uint32_t)number;
	return number == 6 ? open_v6(file, &from) : open_v7(file, &from);
}

struct hu_err *hu_trace_file_open(const char *path, struct hu_trace_file **ret)
{
	struct hu_trace_file *file = hu_alloc(sizeof(*file));
	struct hu_err *err = hu_mapped_open(path, &file->mapped);

	file->bytes = file->mapped.text;
	if (!err)
		err = file->bytes.len ? open_mapped(file)
				      : hu_err(HU_ERR_BAD_INPUT, "the file is empty");
	if (err)
		hu_trace_file_close(file);
	else
		*ret = file;
	return err;
}

void hu_trace_file_close(struct hu_trace_file *file)
{
	if (!file)
		return;
	hu_mapped_close(&file->mapped);
	for (size_t i = 0; i < file->owned_count; i++)
		free(file->owned[i]);
	free(file->owned);
	free(file->buffer);
	hu_err_free(file->damage);
	free(file);
}

void hu_trace_file_closep(struct hu_trace_file **file)
{
	hu_trace_file_close(*file);
}
