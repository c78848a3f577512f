/* Numbers and strings out of bytes nobody vouches for, in either endianness. */
#include "ingest/tracedat_file.h"

#include <string.h>

uint64_t hu_take_number(struct hu_take *from, size_t bytes)
{
	if (from->left.len < bytes) {
		from->bad = true;
		from->left.len = 0;
		return 0;
	}
	const unsigned char *at = (const unsigned char *)from->left.at;
	uint64_t value = 0;
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | at[from->big_endian ? i : bytes - 1 - i];
	from->left = hu_str_skip(from->left, bytes);
	return value;
}

struct hu_str hu_take_bytes(struct hu_take *from, uint64_t len)
{
	if (from->left.len < len) {
		from->bad = true;
		from->left.len = 0;
		return (struct hu_str){NULL, 0};
	}
	struct hu_str taken = {from->left.at, (size_t)len};
	from->left = hu_str_skip(from->left, (size_t)len);
	return taken;
}

struct hu_str hu_take_string(struct hu_take *from)
{
	const char *end = from->left.len ? memchr(from->left.at, 0, from->left.len) : NULL;

	if (!end) {
		from->bad = true;
		from->left.len = 0;
		return (struct hu_str){NULL, 0};
	}
	struct hu_str taken = {from->left.at, (size_t)(end - from->left.at)};
	from->left = hu_str_skip(from->left, taken.len + 1);
	return taken;
}

struct hu_str hu_trace_counted(const struct hu_trace_file *file, struct hu_str part, size_t bytes)
{
	struct hu_take from = {.left = part, .big_endian = file->big_endian};
	uint64_t size = hu_take_number(&from, bytes);

	return hu_take_bytes(&from, size < from.left.len ? size : from.left.len);
}

char *hu_trace_shown(struct hu_str name)
{
	if (name.len > 48)
		name.len = 48;
	char *shown = hu_strdup(name);
	for (size_t i = 0; i < name.len; i++)
		if (shown[i] < ' ' || shown[i] > '~') /* also what is no ASCII */
			shown[i] = '?';
	return shown;
}
