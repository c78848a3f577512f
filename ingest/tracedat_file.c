/*
 * The container of a trace.dat: its head, and what versions 6 and 7 have in common
 * (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)).
 *
 * Written for files that were cut, or that lie: libtracecmd 3.1.6 trusts every size in here (it
 * allocates what an option claims, prints "File possibly truncated" on standard output and frees
 * twice on the way out), so the walk over the container is ours, and the library is given only what
 * this walk found sound.
 */
#include "ingest/tracedat_parts.h"

#include "db/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#ifdef HU_HAVE_ZLIB
#include <zlib.h>
#endif

enum { PAGE_MIN = 512, PAGE_MAX = 16 << 20 };

static const char magic[] = "\x17\x08\x44tracing";

void hu_trace_damaged(struct hu_trace_file *file, struct hu_err *err)
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

struct hu_take hu_take_of(const struct hu_trace_file *file, struct hu_str from)
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

struct hu_trace_buffer *hu_trace_add_buffer(struct hu_trace_file *file)
{
	file->buffer = hu_realloc(file->buffer, (file->buffers + 1) * sizeof(*file->buffer));
	struct hu_trace_buffer *buffer = &file->buffer[file->buffers++];
	*buffer = (struct hu_trace_buffer){.page_size = file->page_size};
	return buffer;
}

/* What the file has of [offset, offset + size). */
struct hu_trace_cpu hu_trace_cpu_data(const struct hu_trace_file *file, uint32_t cpu,
				      uint64_t offset, uint64_t size)
{
	uint64_t there = offset < file->bytes.len ? file->bytes.len - offset : 0;
	uint64_t have = size < there ? size : there;

	return (struct hu_trace_cpu){
		.cpu = cpu,
		.data = {have ? file->bytes.at + offset : NULL, (size_t)have},
		.missing = size - have,
	};
}

bool hu_trace_page_size_ok(uint64_t size)
{
	return size >= PAGE_MIN && size <= PAGE_MAX && size % 4 == 0;
}

/* "0x5f3e…" or "-12": as strtoll(3) with base 0, which is how trace-cmd reads it back. */
static int64_t loose_number(struct hu_str s)
{
	char *text = hu_strdup(hu_str_trim(hu_until_nul(s)));
	int64_t value = strtoll(text, NULL, 0);

	free(text);
	return value;
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
void hu_trace_option(struct hu_trace_file *file, uint32_t id, struct hu_str data)
{
	struct hu_take from = hu_take_of(file, data);

	switch (id) {
	case HU_OPTION_DATE: /* µs, lib/trace-cmd/trace-input.c: "Convert from micro to nano" */
		file->has_date =
			!__builtin_mul_overflow(loose_number(data), HU_NS_PER_US, &file->date);
		break;
	case HU_OPTION_OFFSET:
		file->ts_offset = loose_number(data);
		break;
	case HU_OPTION_TRACECLOCK:
		file->clock = hu_trace_chosen_clock(hu_until_nul(data));
		break;
	case HU_OPTION_UNAME:
		file->uname = hu_until_nul(data);
		break;
	case HU_OPTION_CPUCOUNT:
		file->cpus = (uint32_t)hu_take_number(&from, 4);
		break;
	case HU_OPTION_TRACEID:
		file->trace_id = hu_take_number(&from, 8);
		break;
	case HU_OPTION_TIME_SHIFT:
		hu_trace_take_shift(file, from);
		break;
	case HU_OPTION_GUEST:
		guest(file, from);
		break;
	case HU_OPTION_TSC2NSEC:
		file->tsc_mult = (uint32_t)hu_take_number(&from, 4);
		file->tsc_shift = (uint32_t)hu_take_number(&from, 4);
		file->has_tsc = !from.bad && file->tsc_mult && file->tsc_shift < 64;
		break;
	default:
		break;
	}
}

static struct hu_err *open_mapped(struct hu_trace_file *file)
{
	struct hu_take from = hu_take_of(file, file->bytes);
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
	if (!hu_trace_page_size_ok(file->page_size) ||
	    (file->long_size != 4 && file->long_size != 8))
		return hu_err(HU_ERR_BAD_INPUT,
			      "the header claims pages of %" PRIu32 " bytes and words of %" PRIu32,
			      file->page_size, file->long_size);
	file->version = (uint32_t)number;
	return number == 6 ? hu_trace_open_v6(file, &from) : hu_trace_open_v7(file, &from);
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
