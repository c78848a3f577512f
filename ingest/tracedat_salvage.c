/* Finds the trace data of a cut v7 file by following the data itself. */
#include "ingest/tracedat_salvage.h"

#include <stdlib.h>

enum {
	SECTION_HEAD = 16, /* id, flags, description, size */
	SECTION_BUFFER = 3,
	SECTION_PACKED = 1,
	CHUNK_MAX = 16 << 20,
	PIECES_MAX = 1 << 14,
};

static struct hu_take take_at(const struct hu_trace_file *file, uint64_t offset)
{
	return (struct hu_take){.left = hu_str_skip(file->bytes, (size_t)offset),
				.big_endian = file->big_endian,
				.bad = offset >= file->bytes.len};
}

static uint64_t align(uint64_t offset, uint32_t page)
{
	return (offset + page - 1) / page * page;
}

/* Where the chunks that begin here end; 0 if there are none. */
static uint64_t chunks_end(const struct hu_trace_file *file, uint64_t offset)
{
	struct hu_take from = take_at(file, offset);
	uint64_t count = hu_take_number(&from, 4);

	if (from.bad || !count)
		return 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t packed = hu_take_number(&from, 4);
		uint64_t plain = hu_take_number(&from, 4);
		if (from.bad)
			break; /* cut here */
		if (!packed || !plain || plain > CHUNK_MAX || plain % file->page_size)
			return i ? file->bytes.len : 0;
		hu_take_bytes(&from, packed);
	}
	return from.bad ? file->bytes.len : (uint64_t)(from.left.at - file->bytes.at);
}

/* Where the run of pages whose stamps do not go back ends. */
static uint64_t run_end(const struct hu_trace_file *file, uint64_t offset)
{
	uint64_t last = 0;

	while (offset + file->page_size <= file->bytes.len) {
		struct hu_take from = take_at(file, offset);
		uint64_t stamp = hu_take_number(&from, 8);
		if (stamp < last)
			break;
		last = stamp;
		offset += file->page_size;
	}
	return offset;
}

void hu_trace_salvage(struct hu_trace_file *file, uint64_t options)
{
	if (!options)
		return;

	struct hu_take from = take_at(file, options + 8);
	uint64_t size = hu_take_number(&from, 8);
	uint64_t start = options + SECTION_HEAD + size;
	from = take_at(file, start);
	uint64_t id = hu_take_number(&from, 2);
	bool packed = hu_take_number(&from, 2) & SECTION_PACKED;
	if (from.bad || id != SECTION_BUFFER)
		return;

	struct hu_trace_buffer buffer = {.page_size = file->page_size, .packed = packed};
	uint64_t at = align(start + SECTION_HEAD, file->page_size);
	while (at < file->bytes.len && buffer.cpus < PIECES_MAX) {
		uint64_t end = packed ? chunks_end(file, at) : run_end(file, at);
		if (end <= at)
			break;
		buffer.cpu = hu_realloc(buffer.cpu, (buffer.cpus + 1) * sizeof(*buffer.cpu));
		buffer.cpu[buffer.cpus++] = (struct hu_trace_cpu){
			.data = {file->bytes.at + at, (size_t)(end - at)},
			.guessed = true,
		};
		at = align(end, file->page_size);
	}
	if (!buffer.cpus)
		return;
	file->owned = hu_realloc(file->owned, (file->owned_count + 1) * sizeof(*file->owned));
	file->owned[file->owned_count++] = buffer.cpu;
	file->buffer = hu_realloc(file->buffer, sizeof(*file->buffer));
	file->buffer[file->buffers++] = buffer;
}
