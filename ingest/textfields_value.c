/*
 * Printed values to numbers. Several tools print the same field, each its own way; what stands for
 * no number is not known.
 */
#include "ingest/textfields_private.h"

#include <string.h>

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
