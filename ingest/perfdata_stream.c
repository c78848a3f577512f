/*
 * The records of one data section, in the order of the file. Shaped for being asked once for every
 * record: uncompressed ones are views of the file, compressed ones views of a chunk that lives as
 * long as one of its records is waiting to be put in order.
 */
#include "ingest/perfdata_parts.h"
#include "db/reading.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zstd.h>

enum { HEADER = 8, CHUNK_MAX = 64 << 20 };

/*
 * perf record packs what it takes out of the ring buffers, at most some megabytes at a time, and
 * says that 3 to 5 times is usual. All of a capture may grow 200 times, and a small one to 64 MiB.
 */
static const uint64_t growth = 200, growth_free = 64 << 20;

struct hu_perf_chunk {
	size_t users;
	char bytes[];
};

void hu_perf_chunk_put(struct hu_perf_chunk *chunk)
{
	if (chunk && !--chunk->users)
		free(chunk);
}

static bool stop(struct hu_perf_stream *stream, bool cut, struct hu_err *err)
{
	if (stream->damage)
		hu_err_free(err);
	else
		stream->damage = err;
	stream->cut = cut;
	stream->left.len = 0;
	stream->unpacked.len = 0;
	return false;
}

static bool too_much(const struct hu_perf_stream *stream)
{
	return stream->unpacked_bytes > growth_free &&
	       stream->unpacked_bytes / growth > stream->packed_bytes;
}

/* One COMPRESSED record: the next piece of the stream's one zstd stream. What is left of the last
 * piece, a record cut in two, comes in front. */
static bool unpack(struct hu_perf_stream *stream, struct hu_str packed)
{
	size_t kept = stream->unpacked.len, len = kept;
	size_t room = kept + packed.len * 4 + 4096;
	struct hu_perf_chunk *chunk = hu_realloc(NULL, sizeof(*chunk) + room);
	ZSTD_inBuffer in = {packed.at, packed.len, 0};

	chunk->users = 1;
	if (kept)
		memcpy(chunk->bytes, stream->unpacked.at, kept);
	hu_perf_chunk_put(stream->chunk);
	stream->chunk = chunk;
	if (!stream->zstd)
		stream->zstd = ZSTD_createDStream();
	stream->packed_bytes += packed.len;
	for (;;) {
		ZSTD_outBuffer out = {chunk->bytes, room, len};
		size_t told = ZSTD_decompressStream(stream->zstd, &out, &in);
		stream->unpacked_bytes += out.pos - len;
		len = out.pos;
		if (ZSTD_isError(told))
			return stop(stream, false,
				    hu_err(HU_ERR_BAD_INPUT,
					   "compressed records at byte %" PRIu64
					   " cannot be unpacked: %s",
					   stream->offset, ZSTD_getErrorName(told)));
		if (in.pos == in.size && len < room)
			break;
		if (room >= CHUNK_MAX || too_much(stream))
			return stop(stream, false,
				    hu_err(HU_ERR_BAD_INPUT,
					   "compressed records at byte %" PRIu64
					   " grow without end",
					   stream->offset));
		room *= 2;
		chunk = hu_realloc(chunk, sizeof(*chunk) + room);
		stream->chunk = chunk;
	}
	stream->unpacked = (struct hu_str){chunk->bytes, len};
	return true;
}

static bool take_header(struct hu_str from, bool swap, struct hu_perf_record *ret, size_t *size)
{
	if (from.len < HEADER)
		return false;
	ret->type = hu_load32(from.at, swap);
	ret->misc = hu_load16(from.at + 4, swap);
	*size = hu_load16(from.at + 6, swap);
	return true;
}

static void advance(struct hu_perf_stream *stream, uint64_t len)
{
	stream->left = hu_str_skip(stream->left, (size_t)len);
	stream->offset += len;
	hu_reading_at(stream->offset);
}

static bool cut(struct hu_perf_stream *stream)
{
	return stop(stream, true,
		    hu_err(HU_ERR_BAD_INPUT,
			   "the records end in the middle of one, at byte %" PRIu64,
			   stream->offset));
}

static bool from_chunk(struct hu_perf_stream *stream, struct hu_perf_record *ret)
{
	size_t size;

	if (!take_header(stream->unpacked, stream->swap, ret, &size))
		return false;
	if (size < HEADER || ret->type == HU_PERF_COMPRESSED || ret->type == HU_PERF_COMPRESSED2 ||
	    ret->type == HU_PERF_AUXTRACE || ret->type == HU_PERF_HEADER_TRACING_DATA)
		return stop(stream, false,
			    hu_err(HU_ERR_BAD_INPUT,
				   "what was compressed before byte %" PRIu64 " is no records",
				   stream->offset));
	if (size > stream->unpacked.len)
		return false;
	ret->body = (struct hu_str){stream->unpacked.at + HEADER, size - HEADER};
	ret->chunk = stream->chunk;
	ret->chunk->users++;
	stream->unpacked = hu_str_skip(stream->unpacked, size);
	return true;
}

/* AUXTRACE and HEADER_TRACING_DATA say how much of what follows belongs to them. */
static bool take_payload(struct hu_perf_stream *stream, size_t size, struct hu_perf_record *ret)
{
	bool aux = ret->type == HU_PERF_AUXTRACE;
	struct hu_bytes body = {.left = ret->body, .swap = stream->swap};
	uint64_t len = aux ? hu_bytes_u64(&body) : hu_bytes_u32(&body);

	if (body.bad || len > stream->left.len - size) {
		advance(stream, size);
		return cut(stream);
	}
	if (aux)
		stream->aux_bytes += len;
	else
		ret->payload = (struct hu_str){stream->left.at + size, (size_t)len};
	advance(stream, size + len);
	return true;
}

bool hu_perf_stream_next(struct hu_perf_stream *stream, struct hu_perf_record *ret)
{
	size_t size;

	for (;;) {
		*ret = (struct hu_perf_record){0};
		if (from_chunk(stream, ret))
			return true;
		if (!stream->left.len) {
			if (!stream->unpacked.len || stream->damage)
				return false;
			return cut(stream);
		}
		if (!take_header(stream->left, stream->swap, ret, &size))
			return cut(stream);
		if (size < HEADER)
			return stop(stream, false,
				    hu_err(HU_ERR_BAD_INPUT,
					   "the record at byte %" PRIu64
					   " says that it is %zu bytes long",
					   stream->offset, size));
		if (size > stream->left.len)
			return cut(stream);
		ret->body = (struct hu_str){stream->left.at + HEADER, size - HEADER};
		if (ret->type == HU_PERF_AUXTRACE || ret->type == HU_PERF_HEADER_TRACING_DATA)
			return take_payload(stream, size, ret);
		if (ret->type != HU_PERF_COMPRESSED && ret->type != HU_PERF_COMPRESSED2) {
			advance(stream, size);
			return true;
		}
		struct hu_str packed = ret->body;
		if (ret->type == HU_PERF_COMPRESSED2) { /* padded: it says how much is meant */
			struct hu_bytes body = {.left = packed, .swap = stream->swap};
			uint64_t meant = hu_bytes_u64(&body);
			if (meant < body.left.len)
				body.left.len = (size_t)meant;
			packed = body.left;
		}
		if (!unpack(stream, packed))
			return false;
		advance(stream, size);
	}
}

void hu_perf_stream_deinit(struct hu_perf_stream *stream)
{
	hu_perf_chunk_put(stream->chunk);
	ZSTD_freeDStream(stream->zstd);
	hu_err_free(stream->damage);
}
