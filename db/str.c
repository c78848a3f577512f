/* Borrowed text: cutting it up and reading numbers out of it, without ever needing a NUL. */
#include "db/base.h"
#include "db/reading_line.h"

#include <string.h>

bool hu_str_ends(struct hu_str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && (!n || !memcmp(s.at + s.len - n, suffix, n));
}

ptrdiff_t hu_str_find(struct hu_str s, const char *needle)
{
	size_t n = strlen(needle);

	if (!s.len || n > s.len)
		return n ? -1 : 0;
	const char *hit = memmem(s.at, s.len, needle, n);
	return hit ? hit - s.at : -1;
}

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct hu_str hu_str_trim(struct hu_str s)
{
	while (s.len && blank(*s.at)) {
		s.at++;
		s.len--;
	}
	while (s.len && blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct hu_str hu_str_split(struct hu_str *s, char sep)
{
	const char *hit = s->len ? memchr(s->at, sep, s->len) : NULL;
	struct hu_str head = *s;

	if (!hit) {
		*s = hu_str_skip(*s, s->len);
		return head;
	}
	head.len = (size_t)(hit - s->at);
	*s = hu_str_skip(*s, head.len + 1);
	return head;
}

static size_t line_max = SIZE_MAX;
static uint64_t lines_cut;

void hu_str_limit_lines(size_t max)
{
	line_max = max;
	lines_cut = 0;
}

uint64_t hu_str_lines_cut(void)
{
	return lines_cut;
}

bool hu_str_line(struct hu_str *s, struct hu_str *ret)
{
	if (!s->len)
		return false;
	struct hu_str line = hu_str_split(s, '\n');
	atomic_store_explicit(&hu_reading_line, s->at, memory_order_relaxed);
	if (line.len > line_max) {
		line.len = line_max;
		lines_cut++;
	}
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	*ret = line;
	return true;
}

struct hu_str hu_str_word(struct hu_str *s)
{
	size_t from = 0, to;

	while (from < s->len && blank(s->at[from]))
		from++;
	for (to = from; to < s->len && !blank(s->at[to]); to++)
		;
	struct hu_str word = {s->at ? s->at + from : NULL, to - from};
	*s = hu_str_skip(*s, to);
	return word;
}

struct hu_str hu_str_last_word(struct hu_str *s)
{
	*s = hu_str_trim(*s);
	size_t from = s->len;

	while (from && s->at[from - 1] != ' ' && s->at[from - 1] != '\t')
		from--;
	struct hu_str word = hu_str_skip(*s, from);
	s->len = from;
	return word;
}

struct hu_str hu_until_nul(struct hu_str s)
{
	const char *nul = s.len ? memchr(s.at, 0, s.len) : NULL;

	return (struct hu_str){s.at, nul ? (size_t)(nul - s.at) : s.len};
}

bool hu_str_u64(struct hu_str s, int base, uint64_t *ret)
{
	uint64_t value = 0;

	if (base == 16 && s.len > 2 && s.at[0] == '0' && (s.at[1] | 32) == 'x')
		s = hu_str_skip(s, 2);
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.at[i];
		if (digit >= '0' && digit <= '9')
			digit -= '0';
		else if (base == 16 && (digit | 32) >= 'a' && (digit | 32) <= 'f')
			digit = (digit | 32) - 'a' + 10;
		else
			return false;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

bool hu_str_i64(struct hu_str s, int64_t *ret)
{
	bool negative = s.len && s.at[0] == '-';
	uint64_t value;

	if (!hu_str_u64(negative ? hu_str_skip(s, 1) : s, 10, &value) ||
	    value > (uint64_t)INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

bool hu_str_fixed(struct hu_str s, int digits, int64_t *ret)
{
	bool negative = s.len && s.at[0] == '-';
	int64_t value = 0;
	size_t i = negative, whole = 0;

	for (; i < s.len && s.at[i] >= '0' && s.at[i] <= '9'; i++, whole++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, s.at[i] - '0', &value))
			return false;
	if (!whole)
		return false;
	if (i < s.len && (s.at[i] == '.' || s.at[i] == ','))
		i++;
	for (; digits > 0; digits--) {
		int digit = 0;
		if (i < s.len) {
			if (s.at[i] < '0' || s.at[i] > '9')
				return false;
			digit = s.at[i++] - '0';
		}
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	for (; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	*ret = negative ? -value : value;
	return true;
}

bool hu_str_duration(struct hu_str s, hu_ns *ret)
{
	static const struct {
		const char *unit;
		int digits; /* decimal digits below the unit */
		int64_t times;
	} units[] = {
		{"ns", 0, 1},  {"us", 3, 1}, {"\xc2\xb5s", 3, 1}, {"ms", 6, 1},
		{"sec", 9, 1}, {"s", 9, 1},  {"min", 9, 60},	  {"m", 9, 60},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!hu_str_ends(s, units[i].unit))
			continue;
		struct hu_str number =
			hu_str_trim((struct hu_str){s.at, s.len - strlen(units[i].unit)});
		int64_t value;
		if (!hu_str_fixed(number, units[i].digits, &value) ||
		    __builtin_mul_overflow(value, units[i].times, &value))
			return false;
		*ret = value;
		return true;
	}
	return false;
}
