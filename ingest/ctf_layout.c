/*
 * Where the head of a packet has its sizes, out of the metadata. This is no reader of TSDL: it
 * knows what every tracer uses for its packet headers (ctf_tsdl.h). Anything else there, and the
 * layout stays unknown: packets then go to the library unchecked.
 */
#include "ingest/ctf_meta.h"
#include "ingest/ctf_tsdl.h"

#include <stdlib.h>
#include <string.h>

struct layout {
	struct hu_tsdl scan;
	struct hu_ctf_meta *meta;
	size_t *bare_clock; /* where clocks without a frequency have their first brace */
	size_t bare_clocks;
};

static struct hu_ctf_slot slot_of(uint32_t bit, const struct hu_tsdl_field *f)
{
	struct hu_ctf_slot slot = {bit / 8, f->bits / 8};

	if (bit % 8 || f->bits % 8)
		return (struct hu_ctf_slot){0};
	return slot;
}

static uint32_t up(uint32_t bit, uint32_t align)
{
	return align ? (bit + align - 1) / align * align : bit;
}

struct wanted {
	const char *name;
	struct hu_ctf_slot *slot;
};

/* Lays the fields out from `bit` on; returns the bit behind them. */
static uint32_t place(const struct hu_tsdl_fields *fields, uint32_t bit,
		      const struct wanted *wanted)
{
	bit = up(bit, fields->align);
	for (size_t i = 0; i < fields->count; i++) {
		const struct hu_tsdl_field *f = &fields->at[i];
		bit = up(bit, f->align);
		for (const struct wanted *w = wanted; w->name; w++)
			if (hu_str_is(f->name, w->name))
				*w->slot = slot_of(bit, f);
		for (uint32_t k = 0; k < f->count; k++)
			bit = up(bit, f->align) + f->bits;
	}
	return bit;
}

static void uuid(struct hu_ctf_meta *meta, struct hu_str text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.len && digits < 2 * HU_CTF_UUID; i++) {
		static const char hex[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = text.at[i] ? strchr(hex, text.at[i]) : NULL;
		if (!digit)
			continue;
		unsigned char *byte = &meta->uuid_bytes[digits++ / 2];
		*byte = (unsigned char)(*byte << 4 | ((digit - hex) & 15));
	}
	meta->has_uuid = digits == (size_t)2 * HU_CTF_UUID;
}

static void trace_block(struct layout *l, struct hu_tsdl_fields *header)
{
	struct hu_tsdl *s = &l->scan;
	while (s->token.len && !hu_tsdl_take(s, "}")) {
		struct hu_str key = s->token;
		hu_tsdl_next(s);
		if (hu_str_is(key, "typealias")) {
			hu_tsdl_typealias(s);
		} else if (hu_tsdl_take(s, "=")) {
			if (hu_str_is(key, "byte_order"))
				l->meta->big_endian =
					hu_tsdl_at(s, "be") || hu_tsdl_at(s, "network");
			if (hu_str_is(key, "uuid"))
				uuid(l->meta, s->token);
			hu_tsdl_skip(s);
		} else if (hu_str_is(key, "packet.header") && hu_tsdl_take(s, ":=")) {
			free(header->at);
			*header = hu_tsdl_structure(s);
		} else {
			hu_tsdl_skip(s);
		}
	}
}

static void stream_block(struct layout *l, const struct hu_tsdl_fields *header)
{
	struct hu_tsdl *s = &l->scan;
	struct hu_ctf_head head = {0};
	struct hu_tsdl_fields context = {.align = 1};
	uint32_t id = 0;

	while (s->token.len && !hu_tsdl_take(s, "}")) {
		struct hu_str key = s->token;
		hu_tsdl_next(s);
		if (hu_str_is(key, "id") && hu_tsdl_take(s, "=")) {
			context.strange |= !hu_tsdl_number(s->token, &id);
			hu_tsdl_skip(s);
		} else if (hu_str_is(key, "packet.context") && hu_tsdl_take(s, ":=")) {
			bool strange = context.strange;
			free(context.at);
			context = hu_tsdl_structure(s);
			context.strange |= strange;
		} else {
			hu_tsdl_skip(s);
		}
	}
	struct hu_ctf_meta *meta = l->meta;
	meta->laid_out &= !context.strange && !header->strange;
	if (meta->laid_out) {
		const struct wanted in_header[] = {{"magic", &meta->magic},
						   {"uuid", &meta->uuid},
						   {"stream_id", &meta->stream_id},
						   {NULL, NULL}};
		const struct wanted in_context[] = {{"packet_size", &head.packet_size},
						    {"content_size", &head.content_size},
						    {"timestamp_begin", &head.begin},
						    {"timestamp_end", &head.end},
						    {"cpu_id", &head.cpu},
						    {NULL, NULL}};
		uint32_t bit = place(header, 0, in_header);
		bit = place(&context, bit, in_context);
		head.id = id;
		head.bytes = (bit + 7) / 8;
		meta->head = hu_realloc(meta->head, (meta->heads + 1) * sizeof(head));
		meta->head[meta->heads++] = head;
	}
	free(context.at);
}

static void clock_block(struct layout *l)
{
	struct hu_tsdl *s = &l->scan;
	bool frequency = false;
	size_t brace = (size_t)(s->token.at - l->meta->text.at);

	if (!hu_tsdl_take(s, "{"))
		return;
	while (s->token.len && !hu_tsdl_take(s, "}")) {
		frequency |= hu_tsdl_at(s, "freq");
		hu_tsdl_skip(s);
	}
	if (frequency)
		return;
	l->bare_clock = hu_realloc(l->bare_clock, (l->bare_clocks + 1) * sizeof(*l->bare_clock));
	l->bare_clock[l->bare_clocks++] = brace;
}

/* What a clock has that says none, CTF 1.8.3 section 8; babeltrace 2.0 divides by zero instead. */
static void give_frequency(struct hu_out *text, size_t brace)
{
	static const char frequency[] = "{ freq = 1000000000; ";
	HU_CLEANUP(hu_out_deinit) struct hu_out whole = {0};

	hu_out_bytes(&whole, text->at, brace);
	hu_out_puts(&whole, frequency);
	hu_out_bytes(&whole, text->at + brace + 1, text->len - brace - 1);
	hu_out_clear(text);
	hu_out_str(text, hu_out_view(&whole));
}

void hu_ctf_layout(struct hu_ctf_meta *meta)
{
	struct layout l = {.scan = {.left = hu_out_view(&meta->text)}, .meta = meta};
	struct hu_tsdl *s = &l.scan;
	struct hu_tsdl_fields header = {.align = 1};

	meta->laid_out = true;
	hu_tsdl_next(s);
	while (s->token.len) {
		if (hu_tsdl_take(s, "typealias")) {
			hu_tsdl_typealias(s);
		} else if (hu_tsdl_take(s, "event")) {
			meta->events += hu_tsdl_at(s, "{");
			hu_tsdl_skip(s);
		} else if (hu_tsdl_take(s, "clock")) {
			clock_block(&l);
			hu_tsdl_skip(s);
		} else if (hu_tsdl_take(s, "struct")) {
			hu_tsdl_name(s);
		} else if (hu_tsdl_at(s, "trace") || hu_tsdl_at(s, "stream")) {
			bool trace = hu_tsdl_at(s, "trace");
			hu_tsdl_next(s);
			if (!hu_tsdl_take(s, "{")) {
				meta->laid_out = false;
				break;
			}
			if (trace)
				trace_block(&l, &header);
			else
				stream_block(&l, &header);
			hu_tsdl_skip(s);
		} else {
			hu_tsdl_take(s, "}"); /* more than were opened */
			hu_tsdl_skip(s);
		}
	}
	/* Without a size of its own a packet is its whole file. */
	meta->laid_out &= meta->heads && !header.strange && meta->magic.bytes == 4;
	for (size_t i = 0; i < meta->heads; i++)
		meta->laid_out &=
			meta->head[i].packet_size.bytes && meta->head[i].content_size.bytes;
	meta->laid_out &= meta->heads == 1 || meta->stream_id.bytes;
	while (l.bare_clocks)
		give_frequency(&meta->text, l.bare_clock[--l.bare_clocks]);
	free(l.bare_clock);
	free(header.at);
	hu_tsdl_deinit(s);
}
