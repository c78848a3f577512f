/* Well-formed UTF-8, character by character. */
#include "db/utf8.h"

/* Unicode 15, table 3-7: no overlong forms, no surrogates, nothing over U+10FFFF. */
size_t hu_utf8_len(struct hu_str s)
{
	const unsigned char *at = (const void *)s.at;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		n = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		n = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (s.len < n || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	return n;
}

bool hu_utf8_control(struct hu_str character)
{
	const unsigned char *at = (const void *)character.at;

	if (character.len == 1)
		return at[0] < 0x20 || at[0] == 0x7f;
	return character.len == 2 && at[0] == 0xc2 && at[1] < 0xa0;
}
