/*
 * Printed values to numbers. Several tools print the same field, each its own way; what stands for
 * no number is not known.
 */
#include "ingest/textfields_private.h"

#include <stdlib.h>
#include <string.h>

/*
 * Functions by name. The vocabulary asks for addresses; a text has names. So every name gets an
 * address that is canonical on no machine, and the resolver turns it back.
 */
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
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < module.len; i++)
		hash = (hash ^ (unsigned char)module.at[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
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

void hu_text_symbols_learn(struct hu_text_symbols *s, struct hu_str text)
{
	struct hu_str line;
	bool below = false;

	while (hu_str_line(&text, &line)) {
		struct hu_text_frame frame;
		if (!hu_str_starts(line, "=> ")) {
			below = false;
			continue;
		}
		bool known = hu_text_frame(hu_str_skip(line, 3), &frame) && frame.symbol.len;
		if (known && hu_vocabulary_is_machinery(frame.symbol)) {
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

/* Numbers. */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hu_text_hex(struct hu_str value, uint64_t *ret)
{
	uint64_t n = 0;

	if (value.len > 2 && value.at[0] == '0' && (value.at[1] | 0x20) == 'x')
		value = hu_str_skip(value, 2);
	if (!value.len || value.len > 16)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		int digit = digit_of(value.at[i]);
		if (digit < 0)
			return false;
		n = n << 4 | (unsigned)digit;
	}
	*ret = n;
	return true;
}

static bool prefixed(struct hu_str value)
{
	return value.len > 2 && value.at[0] == '0' && (value.at[1] | 0x20) == 'x';
}

/* "12", "-12", "0x1f", "1f", "5 [ns]", "0x78 (120)" */
static bool plain_number(struct hu_str value, uint64_t *ret)
{
	struct hu_str word = hu_str_word(&value);
	int64_t number;

	if (word.len && (word.at[word.len - 1] == ',' || word.at[word.len - 1] == ')'))
		word.len--;
	if (!prefixed(word)) {
		if (hu_str_i64(word, &number)) {
			*ret = (uint64_t)number;
			return true;
		}
		if (hu_str_u64(word, 10, ret))
			return true;
	}
	return hu_text_hex(word, ret);
}

bool hu_text_looks_like_number(struct hu_str value)
{
	uint64_t unused;

	return plain_number(value, &unused);
}

/*
 * The kernel prints %p as a hash of 32 bits in the width of a pointer ("00000000b2fbd28c") since
 * 4.15 (ad67b74d2469 "printk: hash addresses printed with %p"), "(____ptrval____)" before it has
 * the key. With an "0x" it is no %p of the kernel's: libtraceevent prints what the record holds.
 */
static bool pointer(struct hu_str value, uint64_t *ret)
{
	struct hu_str word = hu_str_word(&value);
	uint64_t number;

	if (!hu_text_hex(word, &number) || !number || (!prefixed(word) && !(number >> 32)))
		return false;
	*ret = number;
	return true;
}

static bool is_name(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool digit = c >= '0' && c <= '9';
		if (!letter && c != '_' && !(i && (digit || c == '.' || c == '$')))
			return false;
	}
	return s.len > 0;
}

bool hu_text_frame(struct hu_str text, struct hu_text_frame *ret)
{
	struct hu_text_frame frame = {{NULL, 0}, {NULL, 0}, 0};
	struct hu_str word;

	while ((word = hu_str_word(&text)).len) {
		uint64_t number;
		char first = word.at[0], last = word.at[word.len - 1];
		struct hu_str inner = word;
		bool wrapped = word.len > 2 &&
			       ((first == '(' && last == ')') || (first == '<' && last == '>') ||
				(first == '[' && last == ']'));
		if (wrapped)
			inner = (struct hu_str){word.at + 1, word.len - 2};
		if (inner.len > 2 && inner.at[0] == '[' && inner.at[inner.len - 1] == ']')
			inner = (struct hu_str){inner.at + 1, inner.len - 2}; /* perf: ([ext4]) */
		/* "fault" and "add" are hex, too: an address has eight digits and no brackets */
		if (first != '[' && inner.len >= 8 && hu_text_hex(inner, &number)) {
			if (frame.address)
				return false;
			frame.address = number;
			continue;
		}
		if (wrapped) {
			if (frame.symbol.len && !hu_str_is(inner, "kernel.kallsyms") &&
			    !hu_str_is(inner, "unknown") && !hu_str_is(inner, "guest.kernel"))
				frame.module = inner;
			continue;
		}
		struct hu_str name = hu_str_split(&word, '+');
		if (frame.symbol.len || !is_name(name))
			return false;
		frame.symbol = name;
	}
	if (!frame.symbol.len && !frame.address)
		return false;
	*ret = frame;
	return true;
}

/* "super_cache_scan+0x0/0x1f0 [ext4]", "super_cache_scan", "0xffffffff93f34e60" */
static bool symbol(struct hu_text_symbols *s, struct hu_str value, uint64_t *ret)
{
	struct hu_text_frame frame;
	uint64_t offset = 0;

	if (!hu_text_frame(value, &frame))
		return false;
	if (!frame.symbol.len) {
		*ret = frame.address;
		return true;
	}
	ptrdiff_t plus = hu_str_find(value, "+");
	if (plus >= 0) {
		struct hu_str rest = hu_str_skip(value, (size_t)plus + 1);
		struct hu_str word = hu_str_word(&rest);
		if (!hu_text_hex(hu_str_split(&word, '/'), &offset))
			offset = 0;
	}
	*ret = hu_text_symbols_address(s, frame.symbol, frame.module, offset);
	return *ret;
}

/* TASK_REPORT of 4.14 and later, include/linux/sched.h; vocabulary_sched.c takes these bits. */
static bool state(struct hu_str value, bool plugin, uint64_t *ret)
{
	static const char kernel[] = "SDTtXZPI";
	/* "SDTtZXxW" by bit number, plugins/plugin_sched_switch.c; later versions print the
	 * kernel's own letters. Its 'x' was TASK_DEAD once and is TASK_PARKED now. */
	static const char own[] = "SDTtZX?W";

	if (!value.len)
		return false;
	char c = value.at[0];
	if (c >= '0' && c <= '9')
		return plain_number(value, ret);
	if (c == 'R') {
		*ret = value.len > 1 && value.at[1] == '+' ? 0x100 : 0;
		return true;
	}
	const char *at = plugin ? strchr(own, c) : NULL;
	if (at && *at && *at != '?') {
		*ret = UINT64_C(1) << (at - own);
		return true;
	}
	at = strchr(kernel, c);
	if (at && *at) {
		*ret = UINT64_C(1) << (at - kernel);
		return true;
	}
	if (c == 'x' && !plugin) { /* TASK_DEAD, before 4.14 */
		*ret = 0x10;
		return true;
	}
	return false;
}

/* LCB_F_*, include/trace/events/lock.h */
static bool lock_flags(struct hu_str value, uint64_t *ret)
{
	static const char *const names[] = {"SPIN", "READ", "WRITE", "RT", "PERCPU", "MUTEX"};
	uint64_t flags = 0;

	if (hu_text_looks_like_number(value))
		return plain_number(value, ret);
	while (value.len) {
		struct hu_str name = hu_str_trim(hu_str_split(&value, '|'));
		size_t i = 0;
		while (i < 6 && !hu_str_is(name, names[i]))
			i++;
		if (i == 6)
			return false;
		flags |= UINT64_C(1) << i;
	}
	*ret = flags;
	return true;
}

static bool device(struct hu_str value, uint64_t *ret)
{
	uint64_t major, minor;

	if (hu_str_find(value, ",") < 0)
		return plain_number(value, ret);
	if (!hu_str_u64(hu_str_split(&value, ','), 10, &major) || !hu_str_u64(value, 10, &minor))
		return false;
	*ret = major << 20 | minor;
	return true;
}

bool hu_text_number(struct hu_text_symbols *s, struct hu_str value, enum hu_text_as as,
		    uint64_t *ret)
{
	value = hu_str_trim(value);
	switch (as) {
	case HU_TEXT_AS_NUMBER:
		return plain_number(value, ret);
	case HU_TEXT_AS_WORDS:
		return false;
	case HU_TEXT_AS_HEX:
		return hu_text_hex(hu_str_word(&value), ret);
	case HU_TEXT_AS_POINTER:
		return pointer(value, ret);
	case HU_TEXT_AS_SYMBOL:
		return symbol(s, value, ret);
	case HU_TEXT_AS_STATE:
		return state(value, false, ret);
	case HU_TEXT_AS_PLUGIN_STATE:
		return state(value, true, ret);
	case HU_TEXT_AS_LOCK_FLAGS:
		return lock_flags(value, ret);
	case HU_TEXT_AS_DEVICE:
		return device(value, ret);
	case HU_TEXT_AS_RESULT:
		if (!plain_number(value, ret))
			return false;
		/* -4095..-1 of a 32-bit kernel: include/linux/err.h, MAX_ERRNO */
		if (*ret >= UINT32_MAX - 4094 && *ret <= UINT32_MAX)
			*ret = (uint64_t)(int64_t)(int32_t)*ret;
		return true;
	}
	return false;
}
