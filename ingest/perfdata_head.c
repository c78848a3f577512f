/*
 * The head of a perf.data: where its sections are, which events were recorded, and what it says of
 * the host. tools/perf/Documentation/perf.data-file-format.txt and tools/perf/util/header.c. Every
 * offset and size is checked against the bytes that are there; what can be read of a file whose
 * tables lie is read.
 */
#include "ingest/perfdata_parts.h"
#include "db/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	PIPE_SIZE = 16, /* header size of pipe mode: magic and size, nothing else */
	FILE_SIZE = 104,
	SECTION = 16, /* struct perf_file_section: offset, size */
	FEATURES = 256,
	ATTRS_MAX = 1 << 16,
	ATTR_MAX = 4096, /* bytes */
	BUILD_IDS_MAX = 4096,
};

/* HEADER_*, tools/perf/util/header.h */
enum {
	TRACING_DATA = 1,
	BUILD_ID = 2,
	HOSTNAME = 3,
	OSRELEASE = 4,
	VERSION = 5,
	ARCH = 6,
	NRCPUS = 7,
	CPUDESC = 8,
	TOTAL_MEM = 10,
	CMDLINE = 11,
	EVENT_DESC = 12,
	BRANCH_STACK = 15,
	CLOCK_DATA = 29,
	SAID = 32,
};

void hu_perf_damage(struct hu_perf_head *head, struct hu_err *err)
{
	if (head->damage)
		hu_err_free(err);
	else
		head->damage = err;
}

/* Features. */

/* u32 length, then text, padded with NULs. */
static struct hu_str take_string(struct hu_bytes *from)
{
	return hu_until_nul(hu_bytes_take(from, hu_bytes_u32(from)));
}

static void put_number(struct hu_sink *to, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	hu_put_fact(to, key, hu_str(text));
}

static void put_text(struct hu_sink *to, const char *key, struct hu_str text)
{
	if (text.len)
		hu_put_fact(to, key, text);
}

static void put_command(struct hu_sink *to, struct hu_bytes *from)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	uint32_t count = hu_bytes_u32(from);

	for (uint32_t i = 0; i < count && !from->bad; i++) {
		struct hu_str word = take_string(from);
		if (!word.len)
			continue;
		if (line.len)
			hu_out_putc(&line, ' ');
		hu_out_str(&line, word);
	}
	if (line.len)
		hu_put_fact(to, "perf.cmdline", hu_out_view(&line));
}

/* The names that the user gave, by the order of the events. */
static void take_names(struct hu_perf_head *head, struct hu_bytes *from)
{
	uint32_t count = hu_bytes_u32(from);
	uint32_t attr_size = hu_bytes_u32(from);

	for (uint32_t i = 0; i < count && !from->bad; i++) {
		hu_bytes_take(from, attr_size);
		uint32_t ids = hu_bytes_u32(from);
		struct hu_str name = take_string(from);
		hu_bytes_take(from, (uint64_t)ids * 8);
		if (!from->bad && i < head->events.count && name.len && !head->events.at[i]->name)
			head->events.at[i]->name = hu_strdup(name);
	}
}

static void take_clock(struct hu_perf_head *head, struct hu_bytes *from)
{
	uint32_t version = hu_bytes_u32(from);
	int32_t clockid = (int32_t)hu_bytes_u32(from);
	uint64_t wall = hu_bytes_u64(from), clock = hu_bytes_u64(from);

	if (from->bad || version != 1 || wall >= (uint64_t)HU_OPEN || clock >= (uint64_t)HU_OPEN)
		return;
	head->has_clock_pair = true;
	head->pair_clockid = clockid;
	head->pair_wall = (hu_ns)wall;
	head->pair_clock = (hu_ns)clock;
}

/* struct perf_record_header_build_id without its header: pid, id, file name */
void hu_perf_build_id(struct hu_perf_head *head, uint16_t misc, struct hu_str entry,
		      struct hu_sink *to)
{
	enum { MISC_SIZE = 1 << 15, ID_ROOM = 24, ID_MAX = 20 };
	struct hu_bytes from = {.left = entry, .swap = head->swap};
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0}, text = {0};

	hu_bytes_u32(&from);
	struct hu_str id = hu_bytes_take(&from, ID_ROOM);
	struct hu_str file = hu_until_nul(from.left);
	if (from.bad || !file.len || ++head->build_ids > BUILD_IDS_MAX)
		return;
	size_t size = (unsigned char)id.at[ID_MAX];
	if (!(misc & MISC_SIZE) || size > ID_MAX)
		size = ID_MAX;
	for (size_t i = 0; i < size; i++)
		hu_out_printf(&text, "%02x", (unsigned)(unsigned char)id.at[i]);
	if (hu_str_starts(file, "[kernel.kallsyms]"))
		hu_out_puts(&key, "kernel.build_id");
	else
		hu_out_printf(&key, "build_id.%.*s", (int)(file.len < 4096 ? file.len : 4096),
			      file.at);
	hu_put_fact(to, key.at, hu_out_view(&text));
	if (head->build_id)
		head->build_id(head->with, file, hu_out_view(&text));
}

static void take_build_ids(struct hu_perf_head *head, struct hu_bytes *from, struct hu_sink *to)
{
	while (from->left.len >= 8 && !from->bad) {
		hu_bytes_u32(from);
		uint16_t misc = hu_bytes_u16(from);
		uint16_t size = hu_bytes_u16(from);
		if (size < 8)
			break;
		hu_perf_build_id(head, misc, hu_bytes_take(from, size - 8u), to);
	}
}

void hu_perf_feature(struct hu_perf_head *head, uint64_t number, struct hu_str part,
		     struct hu_sink *to)
{
	struct hu_bytes from = {.left = part, .swap = head->swap};
	struct hu_str text;

	if (number >= SAID || head->said >> number & 1)
		return;
	head->said |= UINT32_C(1) << number;
	switch (number) {
	case TRACING_DATA:
		head->formats = part;
		return;
	case BUILD_ID:
		take_build_ids(head, &from, to);
		return;
	case HOSTNAME:
		put_text(to, "hostname", take_string(&from));
		return;
	case OSRELEASE:
		text = take_string(&from);
		put_text(to, "kernel.release", text);
		if (!head->release)
			head->release = hu_strdup(text);
		return;
	case VERSION:
		put_text(to, "perf.version", take_string(&from));
		return;
	case ARCH:
		text = take_string(&from);
		put_text(to, "kernel.arch", text);
		head->x86_64 = hu_str_is(text, "x86_64");
		return;
	case NRCPUS: /* available, online */
		hu_bytes_u32(&from);
		uint32_t cpus = hu_bytes_u32(&from);
		if (!from.bad && cpus)
			put_number(to, "cpus", cpus);
		return;
	case CPUDESC:
		put_text(to, "cpu.model", take_string(&from));
		return;
	case TOTAL_MEM: { /* kB */
		uint64_t kb = hu_bytes_u64(&from);
		if (!from.bad && kb && kb < UINT64_MAX / 1024)
			put_number(to, "memory_bytes", kb * 1024);
		return;
	}
	case CMDLINE:
		put_command(to, &from);
		return;
	case EVENT_DESC:
		take_names(head, &from);
		return;
	case BRANCH_STACK:
		head->branches = true;
		return;
	case CLOCK_DATA:
		take_clock(head, &from);
		return;
	default:
		return;
	}
}

/* Sections. */

/* What the file has of a section; a part that is not there is damage. */
static struct hu_str section(struct hu_perf_head *head, const char *table, const char *what)
{
	uint64_t at = hu_load64(table, head->swap), size = hu_load64(table + 8, head->swap);
	struct hu_str rest =
		hu_str_skip(head->bytes, at < head->bytes.len ? (size_t)at : head->bytes.len);

	if (size > rest.len) {
		hu_perf_damage(head, hu_err(HU_ERR_BAD_INPUT,
					    "%s should lie at byte %" PRIu64 ", %" PRIu64
					    " bytes long: the file ends before it does",
					    what, at, size));
		return rest;
	}
	return (struct hu_str){rest.at, (size_t)size};
}

static struct hu_err *read_events(struct hu_perf_head *head)
{
	uint64_t each = hu_load64(head->bytes.at + 16, head->swap);
	struct hu_str attrs = section(head, head->bytes.at + 24, "the table of events");
	uint64_t ids_left = head->bytes.len / 8;

	if (each < 64 + SECTION || each > ATTR_MAX)
		return hu_err(HU_ERR_BAD_INPUT,
			      "its header gives an event %" PRIu64 " bytes, which none has", each);
	if (attrs.len / each > ATTRS_MAX)
		return hu_err(HU_ERR_BAD_INPUT,
			      "its header lists %" PRIu64 " events, more than anybody records",
			      (uint64_t)(attrs.len / each));
	for (; attrs.len >= each; attrs = hu_str_skip(attrs, (size_t)each)) {
		/* The ids come last, whatever size the event says it has. */
		struct hu_str attr = {attrs.at, (size_t)each - SECTION};
		size_t number = head->events.count;
		if (!hu_perf_event_add(&head->events, attr))
			return hu_err(HU_ERR_BAD_INPUT,
				      "event %zu of the table at byte %" PRIu64 " is damaged",
				      number + 1, hu_load64(head->bytes.at + 24, head->swap));
		struct hu_bytes ids = {
			.left = section(head, attrs.at + attr.len, "the list of an event's ids"),
			.swap = head->swap};
		while (ids.left.len >= 8 && ids_left) {
			hu_perf_event_id(&head->events, hu_bytes_u64(&ids), number);
			ids_left--;
		}
	}
	return NULL;
}

/* 256 bits; a 32-bit machine of the other byte order wrote them in words of 32. */
static bool has_feature(const struct hu_perf_head *head, unsigned bit)
{
	const char *bits = head->bytes.at + 72;

	if (!head->swap)
		return hu_load64(bits + bit / 64 * 8, false) >> bit % 64 & 1;
	bool wide = hu_load64(bits, true) >> HOSTNAME & 1;
	if (wide || !(hu_load32(bits, true) >> HOSTNAME & 1))
		return hu_load64(bits + bit / 64 * 8, true) >> bit % 64 & 1;
	return hu_load32(bits + bit / 32 * 4, true) >> bit % 32 & 1;
}

static void read_features(struct hu_perf_head *head, uint64_t table_at, struct hu_sink *to)
{
	struct hu_str table = hu_str_skip(
		head->bytes, table_at < head->bytes.len ? (size_t)table_at : head->bytes.len);

	for (unsigned bit = 0; bit < FEATURES; bit++) {
		char what[40];
		if (!has_feature(head, bit))
			continue;
		if (table.len < SECTION) {
			hu_perf_damage(
				head,
				hu_err(HU_ERR_BAD_INPUT,
				       "the file ends in the table of its header's sections"));
			return;
		}
		snprintf(what, sizeof(what), "section %u of the header", bit);
		struct hu_str part = section(head, table.at, what);
		table = hu_str_skip(table, SECTION);
		hu_perf_feature(head, bit, part, to);
	}
}

struct hu_err *hu_perf_head_read(struct hu_perf_head *head, struct hu_str bytes, struct hu_sink *to)
{
	bool host_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	head->bytes = bytes;
	head->big_endian = hu_str_starts(bytes, "2ELIFREP");
	/* Before Linux 3.4 the byte order showed only in the size of an event. */
	if (hu_str_starts(bytes, "PERFFILE") && bytes.len >= FILE_SIZE)
		head->big_endian = hu_load64(bytes.at + 16, host_big) > ATTR_MAX;
	head->swap = head->big_endian != host_big;
	head->events.swap = head->swap;
	if (bytes.len < PIPE_SIZE)
		return hu_err(HU_ERR_BAD_INPUT, "there is nothing behind its magic number");
	uint64_t size = hu_load64(bytes.at + 8, head->swap);
	if (size == PIPE_SIZE) {
		head->pipe = true;
		head->data_at = PIPE_SIZE;
		head->data = hu_str_skip(bytes, PIPE_SIZE);
		return NULL;
	}
	if (size < FILE_SIZE || bytes.len < FILE_SIZE)
		return hu_err(HU_ERR_BAD_INPUT,
			      bytes.len < FILE_SIZE
				      ? "the file ends in its header, of %" PRIu64 " bytes"
				      : "its header says that it is %" PRIu64 " bytes long",
			      size);
	struct hu_err *err = read_events(head);
	if (err)
		return err;
	head->data_at = hu_load64(bytes.at + 40, head->swap);
	uint64_t data_size = hu_load64(bytes.at + 48, head->swap);
	if (!data_size) { /* perf record puts it in when it ends */
		head->data = hu_str_skip(bytes, head->data_at < bytes.len ? (size_t)head->data_at
									  : bytes.len);
		if (head->data.len)
			hu_perf_damage(head, hu_err(HU_ERR_BAD_INPUT,
						    "perf record did not end properly: how much "
						    "it recorded, and its header's sections, are "
						    "missing"));
		return NULL;
	}
	head->data = section(head, bytes.at + 40, "the data section");
	if (data_size > UINT64_MAX - head->data_at)
		return NULL;
	read_features(head, head->data_at + data_size, to);
	return NULL;
}

void hu_perf_head_deinit(struct hu_perf_head *head)
{
	hu_perf_events_deinit(&head->events);
	hu_err_free(head->damage);
	free(head->release);
}
