/* Words, numbers and units of printed lines. */
#include "ingest/printf_scan.h"

#include <string.h>

bool hu_printf_same(struct hu_str a, const char *b)
{
	if (a.len != strlen(b))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (hu_printf_lower(a.at[i]) != b[i])
			return false;
	return true;
}

bool hu_printf_one_of(struct hu_str a, const char *const *list)
{
	for (; *list; list++)
		if (hu_printf_same(a, *list))
			return true;
	return false;
}

size_t hu_printf_separator(struct hu_str s)
{
	static const char *const wide[] = {
		"\xef\xbc\x8c", "\xe3\x80\x82", "\xef\xbc\x9b", "\xef\xbc\x9a",
		"\xe3\x80\x81", "\xef\xbc\x88", "\xef\xbc\x89", NULL,
	};

	if (!s.len)
		return 0;
	if (strchr(" \t\v\f\r\n,;()[]{}<>|\"'`", s.at[0]))
		return 1;
	for (const char *const *w = wide; *w; w++)
		if (hu_str_starts(s, *w))
			return 3;
	return 0;
}

int hu_printf_unit(struct hu_str s, size_t *len)
{
	static const struct {
		const char *text;
		int digits; /* of a nanosecond */
	} units[] = {
		{"nanoseconds", 0},
		{"nsecs", 0},
		{"nsec", 0},
		{"ns", 0},
		{"microseconds", 3},
		{"usecs", 3},
		{"usec", 3},
		{"us", 3},
		{"\xc2\xb5s", 3},
		{"\xce\xbcs", 3},
		{"milliseconds", 6},
		{"msecs", 6},
		{"msec", 6},
		{"ms", 6},
		{"seconds", 9},
		{"second", 9},
		{"secs", 9},
		{"sec", 9},
		{"s", 9},
		{"\xe7\xba\xb3\xe7\xa7\x92", 0},
		{"\xe5\xbe\xae\xe7\xa7\x92", 3},
		{"\xe6\xaf\xab\xe7\xa7\x92", 6},
		{"\xe7\xa7\x92", 9},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].text);
		if (s.len < n || !hu_printf_same((struct hu_str){s.at, n}, units[i].text))
			continue;
		if (n < s.len && (hu_printf_ident(s.at[n]) || s.at[n] == '/'))
			continue;
		*len = n;
		return units[i].digits;
	}
	return -1;
}

int hu_printf_key_unit(struct hu_str key, struct hu_str *base)
{
	size_t from = key.len, len;

	while (from && key.at[from - 1] != '_')
		from--;
	struct hu_str tail = hu_str_skip(key, from);
	int digits = hu_printf_unit(tail, &len);
	*base = (struct hu_str){key.at, from ? from - 1 : 0};
	/* "s" is a plural or a struct at least as often as seconds. */
	return digits < 0 || len != tail.len || (tail.len == 1 && !base->len) ? -1 : digits;
}

size_t hu_printf_number_len(struct hu_str s)
{
	size_t i = s.len && s.at[0] == '-';

	if (i >= s.len || !hu_printf_digit(s.at[i]))
		return 0;
	while (i < s.len && hu_printf_digit(s.at[i]))
		i++;
	if (i + 1 < s.len && s.at[i] == '.' && hu_printf_digit(s.at[i + 1]))
		for (i++; i < s.len && hu_printf_digit(s.at[i]); i++)
			;
	return i;
}
