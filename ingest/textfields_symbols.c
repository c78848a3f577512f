/*
 * Functions that a text names, as addresses: the vocabulary asks for addresses, so every name gets
 * one that is canonical on no machine, and the resolver turns it back.
 */
#include "ingest/textfields_private.h"
#include "ingest/texthash.h"

#include <stdlib.h>

enum { OFFSET_BITS = 24 };
static const uint64_t own_base = UINT64_C(0x5a00000000000000);

struct named {
	char *name;
	size_t name_len, module_len; /* the module lies behind the name */
};

struct hu_text_symbols {
	struct named *named;
	size_t count;
	uint32_t *place; /* index + 1 */
	size_t room;
	struct learned {
		uint64_t address;
		uint64_t function; /* an address of ours */
	} * learned;
	size_t learned_count;
};

struct hu_text_symbols *hu_text_symbols_create(void)
{
	return hu_alloc(sizeof(struct hu_text_symbols));
}

void hu_text_symbols_destroy(struct hu_text_symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->named[i].name);
	free(s->named);
	free(s->place);
	free(s->learned);
	free(s);
}

static size_t hash_of(struct hu_str name, struct hu_str module)
{
	uint64_t hash = hu_text_hash(name);

	return (size_t)(module.len ? hash ^ hu_text_hash(module) >> 7 : hash);
}

static struct hu_str name_of(const struct named *n)
{
	return (struct hu_str){n->name, n->name_len};
}

static struct hu_str module_of(const struct named *n)
{
	return (struct hu_str){n->name + n->name_len, n->module_len};
}

static void grow(struct hu_text_symbols *s)
{
	s->room = s->room ? s->room * 2 : 64;
	free(s->place);
	s->place = hu_alloc(s->room * sizeof(*s->place));
	s->named = hu_realloc(s->named, s->room / 2 * sizeof(*s->named));
	for (size_t i = 0; i < s->count; i++) {
		size_t at = hash_of(name_of(&s->named[i]), module_of(&s->named[i])) & (s->room - 1);
		while (s->place[at])
			at = (at + 1) & (s->room - 1);
		s->place[at] = (uint32_t)i + 1;
	}
}

uint64_t hu_text_symbols_address(struct hu_text_symbols *s, struct hu_str name,
				 struct hu_str module, uint64_t offset)
{
	enum { MOST = 1 << 20 };

	if (s->count * 2 >= s->room)
		grow(s);
	size_t at = hash_of(name, module) & (s->room - 1);
	for (; s->place[at]; at = (at + 1) & (s->room - 1)) {
		const struct named *n = &s->named[s->place[at] - 1];
		if (hu_str_eq(name_of(n), name) && hu_str_eq(module_of(n), module))
			break;
	}
	if (!s->place[at]) {
		if (s->count == MOST)
			return 0;
		struct named *n = &s->named[s->count++];
		n->name = hu_alloc(name.len + module.len + 1);
		memcpy(n->name, name.at, name.len);
		if (module.len)
			memcpy(n->name + name.len, module.at, module.len);
		n->name_len = name.len;
		n->module_len = module.len;
		s->place[at] = (uint32_t)s->count;
	}
	if (offset >> OFFSET_BITS)
		offset = (1 << OFFSET_BITS) - 1;
	return own_base | (uint64_t)(s->place[at] - 1) << OFFSET_BITS | offset;
}

bool hu_text_symbols_find(const struct hu_text_symbols *s, uint64_t address, struct hu_str *name,
			  struct hu_str *module, uint64_t *offset)
{
	uint64_t index = (address ^ own_base) >> OFFSET_BITS;

	if (index >= s->count)
		return false;
	*name = name_of(&s->named[index]);
	*module = module_of(&s->named[index]);
	*offset = address & ((1 << OFFSET_BITS) - 1);
	return true;
}

static void learn(struct hu_text_symbols *s, const struct hu_text_frame *frame)
{
	enum { MOST = 1024 };

	for (size_t i = 0; i < s->learned_count; i++)
		if (s->learned[i].address == frame->address)
			return;
	if (s->learned_count == MOST)
		return;
	if (!s->learned)
		s->learned = hu_alloc(MOST * sizeof(*s->learned));
	s->learned[s->learned_count++] = (struct learned){
		frame->address, hu_text_symbols_address(s, frame->symbol, frame->module, 0)};
}

void hu_text_symbols_learn(struct hu_text_symbols *s, struct hu_text_frames *frames,
			   struct hu_str text)
{
	struct hu_str line;
	bool below = false;

	while (hu_str_line(&text, &line)) {
		struct hu_text_frame frame HU_UNSET;
		if (!hu_str_starts(line, "=> ")) {
			below = false;
			continue;
		}
		line = hu_str_skip(line, 3);
		const struct hu_text_known *seen = hu_text_frames_find(frames, line);
		bool is = seen ? seen->is_frame : hu_text_frame(line, &frame);
		if (seen && is)
			frame = seen->frame;
		bool known = is && frame.symbol.len;
		if (known && (seen ? seen->machinery : hu_vocabulary_is_machinery(frame.symbol))) {
			below = true;
			continue;
		}
		if (below && known && frame.address)
			learn(s, &frame);
		below = false;
	}
}

bool hu_text_symbols_learned(const struct hu_text_symbols *s, uint64_t address, struct hu_str *name,
			     struct hu_str *module)
{
	enum { BEHIND = 8 }; /* the breakpoint, or the call that stands in its place */
	uint64_t offset;

	for (size_t i = 0; i < s->learned_count; i++)
		if (s->learned[i].address - address <= BEHIND)
			return hu_text_symbols_find(s, s->learned[i].function, name, module,
						    &offset);
	return false;
}
