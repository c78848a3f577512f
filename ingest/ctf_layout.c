/*
 * Where the head of a packet has its sizes, out of the metadata. This is no reader of TSDL: it
 * knows "integer { size = 64; … }", names given to such by typealias, and structures of them, which
 * is what every tracer uses for its packet headers. Anything else there, and the layout stays
 * unknown: packets then go to the library unchecked.
 */
#include "ingest/ctf_meta.h"

#include <stdlib.h>
#include <string.h>

struct alias {
	struct hu_str name;
	uint32_t bits, align;
};

struct named { /* "struct packet_context { … }" */
	struct hu_str name;
	struct hu_str body; /* from its first brace on */
};

struct scan {
	struct hu_str left;
	struct hu_str token; /* empty at the end */
	struct alias *alias;
	size_t aliases;
	struct named *named;
	size_t names;
	struct hu_ctf_meta *meta;
	size_t *bare_clock; /* where clocks without a frequency have their first brace */
	size_t bare_clocks;
};

struct field {
	struct hu_str name;
	uint32_t bits, align, count;
};

struct fields {
	struct field *at;
	size_t count;
	uint32_t align;
	bool strange;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

static void next(struct scan *s)
{
	for (;;) {
		s->left = hu_str_trim(s->left);
		bool block = hu_str_starts(s->left, "/*");
		if (!block && !hu_str_starts(s->left, "//"))
			break;
		ptrdiff_t end = hu_str_find(hu_str_skip(s->left, 2), block ? "*/" : "\n");
		s->left =
			hu_str_skip(s->left, end < 0 ? s->left.len : (size_t)end + (block ? 4 : 3));
	}
	size_t len = 0;
	while (len < s->left.len && is_word(s->left.at[len]))
		len++;
	if (!len && s->left.len && s->left.at[0] == '"') {
		len = 1;
		while (len < s->left.len && s->left.at[len] != '"')
			len += s->left.at[len] == '\\' ? 2 : 1;
		len = len < s->left.len ? len + 1 : s->left.len;
	} else if (!len && hu_str_starts(s->left, ":=")) {
		len = 2;
	} else if (!len && s->left.len) {
		len = 1;
	}
	s->token = (struct hu_str){s->left.at, len};
	s->left = hu_str_skip(s->left, len);
}

static bool at(const struct scan *s, const char *what)
{
	return hu_str_is(s->token, what);
}

static bool take(struct scan *s, const char *what)
{
	if (!at(s, what))
		return false;
	next(s);
	return true;
}

/* Behind the bracket that closes the one at the token. */
static void skip_block(struct scan *s)
{
	size_t depth = 0;

	while (s->token.len) {
		if (at(s, "{") || at(s, "(") || at(s, "["))
			depth++;
		else if (at(s, "}") || at(s, ")") || at(s, "]"))
			depth -= !!depth;
		next(s);
		if (!depth)
			return;
	}
}

/* Behind the next ";" of this level; stops before a "}". */
static void skip_statement(struct scan *s)
{
	while (s->token.len && !at(s, ";") && !at(s, "}")) {
		if (at(s, "{") || at(s, "(") || at(s, "["))
			skip_block(s);
		else
			next(s);
	}
	take(s, ";");
}

static bool number(struct hu_str token, uint32_t *ret)
{
	uint64_t value;
	bool hex = hu_str_starts(token, "0x");

	if (!hu_str_u64(token, hex ? 16 : 10, &value) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* "integer { size = 64; align = 8; … }", from behind "integer". */
static bool integer(struct scan *s, uint32_t *bits, uint32_t *align)
{
	*bits = *align = 0;
	if (!take(s, "{"))
		return false;
	while (s->token.len && !at(s, "}")) {
		struct hu_str key = s->token;
		next(s);
		if (take(s, "=") && hu_str_is(key, "size") && !number(s->token, bits))
			return false;
		if (hu_str_is(key, "align") && !number(s->token, align))
			return false;
		skip_statement(s);
	}
	if (!*align)
		*align = *bits % 8 ? 1 : 8;
	return take(s, "}") && *bits && *bits <= 64 && *align <= 64 && !(*align & (*align - 1));
}

/* The words at the token as one name, up to something that is no word. */
static struct hu_str words(struct scan *s, size_t keep)
{
	struct scan ahead = *s;
	struct hu_str name = s->token;
	size_t count = 0;

	while (ahead.token.len && is_word(ahead.token.at[0])) {
		count++;
		next(&ahead);
	}
	for (; count > keep; count--) {
		name.len = (size_t)(s->token.at + s->token.len - name.at);
		next(s);
	}
	return name;
}

static void typealias(struct scan *s)
{
	uint32_t bits, align;

	if (take(s, "integer") && integer(s, &bits, &align) && take(s, ":=")) {
		struct hu_str name = words(s, 0);
		s->alias = hu_realloc(s->alias, (s->aliases + 1) * sizeof(*s->alias));
		s->alias[s->aliases++] = (struct alias){name, bits, align};
	}
	skip_statement(s);
}

static bool known(const struct scan *s, struct hu_str name, struct field *ret)
{
	for (size_t i = s->aliases; i-- > 0;)
		if (hu_str_eq(s->alias[i].name, name)) {
			ret->bits = s->alias[i].bits;
			ret->align = s->alias[i].align;
			return true;
		}
	return false;
}

static bool member(struct scan *s, struct field *ret)
{
	ret->count = 1;
	bool typed = take(s, "integer") ? integer(s, &ret->bits, &ret->align)
					: known(s, words(s, 1), ret);
	if (!typed || !s->token.len || !is_word(s->token.at[0]))
		return false;
	ret->name = s->token;
	next(s);
	if (take(s, "[") &&
	    (!number(s->token, &ret->count) || ret->count > 4096 || (next(s), !take(s, "]"))))
		return false;
	return take(s, ";");
}

static struct fields body(struct scan *s)
{
	struct fields fields = {.align = 1};
	uint32_t align;

	fields.strange = !take(s, "{");
	while (!fields.strange && !take(s, "}")) {
		struct field field;
		fields.strange = fields.count > 64 || !member(s, &field);
		if (fields.strange)
			break;
		if (field.align > fields.align)
			fields.align = field.align;
		fields.at = hu_realloc(fields.at, (fields.count + 1) * sizeof(field));
		fields.at[fields.count++] = field;
	}
	if (!fields.strange && take(s, "align") && take(s, "(") && number(s->token, &align) &&
	    align <= 64 && align > fields.align)
		fields.align = align;
	return fields;
}

/* "struct packet_context;" or "struct { … } align(8);", with what ends the statement. */
static struct fields structure(struct scan *s)
{
	struct fields fields = {.align = 1, .strange = true};

	if (take(s, "struct")) {
		struct scan there = *s;
		struct hu_str name = s->token;
		for (size_t i = 0; i < s->names; i++)
			if (hu_str_eq(s->named[i].name, name)) {
				there.left = s->named[i].body;
				next(&there);
			}
		if (at(s, "{"))
			fields = body(s);
		else
			fields = body(&there);
	}
	skip_statement(s);
	return fields;
}

/* A structure with a name, for those who refer to it. */
static void name_structure(struct scan *s)
{
	struct hu_str name = s->token;

	next(s);
	if (at(s, "{")) {
		struct hu_str from = {s->token.at, s->left.len + 1};
		s->named = hu_realloc(s->named, (s->names + 1) * sizeof(*s->named));
		s->named[s->names++] = (struct named){name, from};
	}
	skip_statement(s);
}

static struct hu_ctf_slot slot_of(uint32_t bit, const struct field *f)
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
static uint32_t place(const struct fields *fields, uint32_t bit, const struct wanted *wanted)
{
	bit = up(bit, fields->align);
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
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

static void trace_block(struct scan *s, struct fields *header)
{
	while (s->token.len && !take(s, "}")) {
		struct hu_str key = s->token;
		next(s);
		if (hu_str_is(key, "typealias")) {
			typealias(s);
		} else if (take(s, "=")) {
			if (hu_str_is(key, "byte_order"))
				s->meta->big_endian = at(s, "be") || at(s, "network");
			if (hu_str_is(key, "uuid"))
				uuid(s->meta, s->token);
			skip_statement(s);
		} else if (hu_str_is(key, "packet.header") && take(s, ":=")) {
			free(header->at);
			*header = structure(s);
		} else {
			skip_statement(s);
		}
	}
}

static void stream_block(struct scan *s, const struct fields *header)
{
	struct hu_ctf_head head = {0};
	struct fields context = {.align = 1};
	uint32_t id = 0;

	while (s->token.len && !take(s, "}")) {
		struct hu_str key = s->token;
		next(s);
		if (hu_str_is(key, "id") && take(s, "=")) {
			context.strange |= !number(s->token, &id);
			skip_statement(s);
		} else if (hu_str_is(key, "packet.context") && take(s, ":=")) {
			bool strange = context.strange;
			free(context.at);
			context = structure(s);
			context.strange |= strange;
		} else {
			skip_statement(s);
		}
	}
	struct hu_ctf_meta *meta = s->meta;
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

static void clock_block(struct scan *s)
{
	bool frequency = false;
	size_t brace = (size_t)(s->token.at - s->meta->text.at);

	if (!take(s, "{"))
		return;
	while (s->token.len && !take(s, "}")) {
		frequency |= at(s, "freq");
		skip_statement(s);
	}
	if (frequency)
		return;
	s->bare_clock = hu_realloc(s->bare_clock, (s->bare_clocks + 1) * sizeof(*s->bare_clock));
	s->bare_clock[s->bare_clocks++] = brace;
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
	struct scan s = {.left = hu_out_view(&meta->text), .meta = meta};
	struct fields header = {.align = 1};

	meta->laid_out = true;
	next(&s);
	while (s.token.len) {
		if (take(&s, "typealias")) {
			typealias(&s);
		} else if (take(&s, "event")) {
			meta->events += at(&s, "{");
			skip_statement(&s);
		} else if (take(&s, "clock")) {
			clock_block(&s);
			skip_statement(&s);
		} else if (take(&s, "struct")) {
			name_structure(&s);
		} else if (at(&s, "trace") || at(&s, "stream")) {
			bool trace = at(&s, "trace");
			next(&s);
			if (!take(&s, "{")) {
				meta->laid_out = false;
				break;
			}
			if (trace)
				trace_block(&s, &header);
			else
				stream_block(&s, &header);
			skip_statement(&s);
		} else {
			take(&s, "}"); /* more than were opened */
			skip_statement(&s);
		}
	}
	/* Without a size of its own a packet is its whole file. */
	meta->laid_out &= meta->heads && !header.strange && meta->magic.bytes == 4;
	for (size_t i = 0; i < meta->heads; i++)
		meta->laid_out &=
			meta->head[i].packet_size.bytes && meta->head[i].content_size.bytes;
	meta->laid_out &= meta->heads == 1 || meta->stream_id.bytes;
	while (s.bare_clocks)
		give_frequency(&meta->text, s.bare_clock[--s.bare_clocks]);
	free(s.bare_clock);
	free(header.at);
	free(s.alias);
	free(s.named);
}
