/* SHA-256 against the standard, in pieces of any size, and its loops against one another. */
#include "tests/test.h"

#include <stdint.h>
#include <string.h>

#include "db/sha256.h"
#include "db/sha256_block.h"

/* FIPS 180-4 examples (csrc.nist.gov, "SHA256.pdf"), and pieces that straddle the blocks. */
static void sha256(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
		{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqk"
		 "lmnopqrlmnopqrsmnopqrstnopqrstu",
		 "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	};
	struct hu_sha256 sha;
	char got[HU_SHA256_TEXT];

	TEST_EACH(i, cases)
	{
		size_t len = strlen(cases[i].text);
		for (size_t piece = 1; piece <= len + 1; piece++) {
			TEST_CASE("sha256 of %zu bytes in pieces of %zu", len, piece);
			hu_sha256_init(&sha);
			for (size_t at = 0; at < len; at += piece)
				hu_sha256_add(&sha, cases[i].text + at,
					      len - at < piece ? len - at : piece);
			hu_sha256_finish(&sha, got);
			CHECK_STR(got, cases[i].want);
		}
	}
	TEST_CASE("sha256 of a million times a");
	char piece[997];
	memset(piece, 'a', sizeof(piece));
	hu_sha256_init(&sha);
	for (size_t left = 1000000; left; left -= left < sizeof(piece) ? left : sizeof(piece))
		hu_sha256_add(&sha, piece, left < sizeof(piece) ? left : sizeof(piece));
	hu_sha256_finish(&sha, got);
	CHECK_STR(got, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The inner loops agree: on this machine's instructions and without them. */
static void sha256_loops(void)
{
	unsigned char bytes[64 * 7];
	uint32_t a[8], b[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + i / 11);
	for (size_t count = 0; count <= 7; count++) {
		TEST_CASE("sha256 of %zu blocks", count);
		for (uint32_t i = 0; i < 8; i++)
			a[i] = b[i] = i * 0x9e3779b9u + 23;
		hu_sha256_portable(a, bytes, count);
		hu_sha256_fastest()(b, bytes, count);
		CHECK(!memcmp(a, b, sizeof(a)));
	}
}

int main(void)
{
	sha256();
	sha256_loops();
	return test_end();
}
