/* What LTTng says of its events (CTF 1.8, section 7). Not a parser of the language. */
#include "bench/make/ctf.h"

#include <stdlib.h>
#include <string.h>

/* Packets of metadata have a head of 37 bytes; the sizes in it are of bits. */
static struct hu_err *unpack(struct hu_str bytes, struct hu_out *ret)
{
	enum { HEAD = 37, CONTENT = 24, SIZE = 28 };

	if (!hu_str_starts(bytes, "\xc1\x1f\xfc\x75") &&
	    !hu_str_starts(bytes, "\x57\x1d\xd1\x75")) {
		hu_out_str(ret, bytes); /* plain text */
		return NULL;
	}
	while (bytes.len >= HEAD) {
		size_t content = (size_t)get(bytes.at + CONTENT, 4) / 8;
		size_t size = (size_t)get(bytes.at + SIZE, 4) / 8;
		if (content < HEAD || size < content || size > bytes.len)
			return ctf_odd("its metadata is damaged");
		hu_out_bytes(ret, bytes.at + HEAD, content - HEAD);
		bytes = hu_str_skip(bytes, size);
	}
	return NULL;
}

/* The number behind `key` in "size = 32; align = 8;". */
static uint64_t number_of(struct hu_str line, const char *key)
{
	ptrdiff_t at = hu_str_find(line, key);
	uint64_t n = 0;

	if (at < 0)
		return 0;
	line = hu_str_skip(line, (size_t)at + strlen(key));
	hu_str_u64(hu_str_trim(hu_str_split(&line, ';')), 10, &n);
	return n;
}

static void field_add(struct ctf_event *event, struct hu_str line)
{
	struct ctf_field field = {.count = 1};

	if (hu_str_starts(line, "string ")) {
		field.text = true;
		field.size = 1;
	} else if (hu_str_starts(line, "integer {") && number_of(line, "align = ") == 8) {
		field.size = (uint32_t)number_of(line, "size = ") / 8;
	}
	if (!field.size || !hu_str_ends(line, ";")) {
		event->odd = true;
		return;
	}
	line.len--;
	ptrdiff_t bracket = hu_str_find(line, "} ");
	struct hu_str name = hu_str_skip(line, field.text ? 7 : (size_t)bracket + 2);
	struct hu_str elements = name;
	name = hu_str_trim(hu_str_split(&elements, '['));
	field.name = hu_str_skip(name, hu_str_starts(name, "_"));
	if (elements.len) {
		uint64_t count;
		elements = hu_str_trim(hu_str_split(&elements, ']'));
		if (hu_str_u64(elements, 10, &count)) {
			field.count = (uint32_t)count;
		} else {
			field.count = 0;
			elements = hu_str_skip(elements, 1);
			while (field.length < event->count &&
			       !hu_str_eq(event->fields[field.length].name, elements))
				field.length++;
			event->odd |= field.length == event->count;
		}
	}
	event->fields = hu_realloc(event->fields, (event->count + 1) * sizeof(field));
	event->fields[event->count++] = field;
}

static struct hu_str quoted(struct hu_str line)
{
	hu_str_split(&line, '"');
	return hu_str_split(&line, '"');
}

struct hu_err *tsdl_read(struct ctf_meta *meta, struct hu_str bytes)
{
	struct hu_err *err = unpack(bytes, &meta->text);
	struct hu_str text = hu_out_view(&meta->text), line;
	struct ctf_event *event = NULL;
	bool fields = false;

	if (err)
		return err;
	if (hu_str_find(text, "struct packet_context {\n"
			      "\tuint64_clock_monotonic_t timestamp_begin;\n"
			      "\tuint64_clock_monotonic_t timestamp_end;\n"
			      "\tuint64_t content_size;\n"
			      "\tuint64_t packet_size;\n"
			      "\tuint64_t packet_seq_num;\n"
			      "\tunsigned long events_discarded;\n"
			      "\tuint32_t cpu_id;\n};") < 0 ||
	    hu_str_find(text, "byte_order = le;") < 0 ||
	    hu_str_find(text, ".context := struct {") >= 0)
		return ctf_odd("its packets or events have other contexts");
	meta->compact = hu_str_find(text, "event.header := struct event_header_compact;") >= 0;
	while (hu_str_line(&text, &line)) {
		line = hu_str_trim(line);
		if (hu_str_is(line, "event {")) {
			meta->events =
				hu_realloc(meta->events, (meta->count + 1) * sizeof(*meta->events));
			event = &meta->events[meta->count++];
			*event = (struct ctf_event){0};
			fields = false;
		} else if (event && hu_str_starts(line, "name = ")) {
			event->name = quoted(line);
		} else if (event && hu_str_starts(line, "id = ")) {
			event->id = (uint32_t)number_of(line, "id = ");
		} else if (event && hu_str_starts(line, "fields := ")) {
			fields = true;
		} else if (event && fields && hu_str_is(line, "};")) {
			event = NULL;
		} else if (event && fields) {
			field_add(event, line);
		}
	}
	return meta->count ? NULL : ctf_odd("its metadata has no events");
}

const struct ctf_event *tsdl_find(const struct ctf_meta *meta, uint32_t id)
{
	for (size_t i = 0; i < meta->count; i++)
		if (meta->events[i].id == id)
			return &meta->events[i];
	return NULL;
}

void tsdl_deinit(struct ctf_meta *meta)
{
	for (size_t i = 0; i < meta->count; i++)
		free(meta->events[i].fields);
	free(meta->events);
	hu_out_deinit(&meta->text);
}
