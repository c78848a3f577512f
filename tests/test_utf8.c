/* What is one UTF-8 character, and what only looks like one. */
#include "tests/test.h"

#include "db/utf8.h"

static void utf8(void)
{
	static const struct {
		const char *text;
		size_t want;
	} cases[] = {
		{"a", 1},
		{"\xc3\xa9", 2},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\xc0\x80", 0},	 /* overlong */
		{"\xe0\x80\x80", 0},	 /* overlong */
		{"\xed\xa0\x80", 0},	 /* a surrogate */
		{"\xf4\x90\x80\x80", 0}, /* over U+10FFFF */
		{"\x80", 0},
		{"\xe2\x82", 0}, /* cut */
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("utf8 case %zu", i);
		CHECK_INT(hu_utf8_len(hu_str(cases[i].text)), cases[i].want);
	}
}

int main(void)
{
	utf8();
	return test_end();
}
