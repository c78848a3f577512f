/* SHA-256 after FIPS 180-4, section 6.2, in portable C; sha256_x86.c has the faster inner loop. */
#include "db/sha256.h"
#include "db/sha256_block.h"

#include <string.h>

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const uint32_t hu_sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void block(uint32_t state[8], const unsigned char *at)
{
	uint32_t w[64];

	for (int i = 0; i < 16; i++, at += 4)
		w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	for (int i = 16; i < 64; i++) {
		uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}

	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (int i = 0; i < 64; i++) {
		uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + hu_sha256_k[i] + w[i];
		uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void hu_sha256_portable(uint32_t state[8], const unsigned char *at, size_t count)
{
	for (; count; count--, at += 64)
		block(state, at);
}

void hu_sha256_init(struct hu_sha256 *sha)
{
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(sha->state, start, sizeof(start));
	sha->bytes = 0;
}

void hu_sha256_add(struct hu_sha256 *sha, const void *at, size_t len)
{
	static hu_sha256_blocks blocks;
	const unsigned char *p = at;
	size_t have = sha->bytes % sizeof(sha->rest);

	if (!blocks)
		blocks = hu_sha256_fastest();
	sha->bytes += len;
	if (have && have + len >= sizeof(sha->rest)) {
		size_t fill = sizeof(sha->rest) - have;
		memcpy(sha->rest + have, p, fill);
		blocks(sha->state, sha->rest, 1);
		p += fill;
		len -= fill;
		have = 0;
	}
	if (!have) {
		blocks(sha->state, p, len / sizeof(sha->rest));
		p += len - len % sizeof(sha->rest);
		len %= sizeof(sha->rest);
	}
	if (len)
		memcpy(sha->rest + have, p, len);
}

void hu_sha256_finish(struct hu_sha256 *sha, char ret[HU_SHA256_TEXT])
{
	static const unsigned char pad[64] = {0x80};
	uint64_t bits = sha->bytes * 8;
	size_t have = sha->bytes % sizeof(sha->rest);
	unsigned char length[8];

	hu_sha256_add(sha, pad, have < 56 ? 56 - have : 120 - have);
	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	hu_sha256_add(sha, length, sizeof(length));
	for (int i = 0; i < 32; i++) {
		unsigned byte = sha->state[i / 4] >> (24 - 8 * (i % 4)) & 0xff;
		ret[2 * i] = "0123456789abcdef"[byte >> 4];
		ret[2 * i + 1] = "0123456789abcdef"[byte & 15];
	}
	ret[64] = '\0';
}
