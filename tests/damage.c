/* What happens to captures: cut, bits flipped, a line that never ends, holes of zeros. */
#include "tests/damage.h"

enum { CUTS = 17, FLIPS = 12, LONG_LINE = CUTS + FLIPS, ZEROS, WAYS };

size_t hu_test_damages(void)
{
	return WAYS;
}

/* A fixed sequence (xorshift64). */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Evenly spread from an empty file on; the last one loses a single byte. */
static void cut(struct hu_str good, size_t n, struct hu_out *ret, struct hu_out *how)
{
	size_t at = good.len * n / (CUTS - 1);

	if (n == CUTS - 1 && at)
		at--;
	hu_out_bytes(ret, good.at, at);
	hu_out_printf(how, "cut at byte %zu", at);
}

static void flip(struct hu_str good, size_t n, struct hu_out *ret, struct hu_out *how)
{
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15) * (n + 1);
	size_t bits = n * 3 + 1, at;

	hu_out_bytes(ret, good.at, good.len);
	for (size_t k = 0; k < bits && good.len; k++) {
		at = next_random(&random) % good.len;
		/* half of them near the start, where sizes and offsets live */
		if (k % 2)
			at %= 512;
		ret->at[at] = (char)(ret->at[at] ^ (1 << (next_random(&random) % 8)));
	}
	hu_out_printf(how, "%zu bits flipped", bits);
}

void hu_test_damage(struct hu_str good, size_t n, struct hu_out *ret, struct hu_out *how)
{
	size_t half = good.len / 2;

	if (n < CUTS) {
		cut(good, n, ret, how);
	} else if (n < CUTS + FLIPS) {
		flip(good, n - CUTS, ret, how);
	} else if (n == LONG_LINE) {
		hu_out_bytes(ret, good.at, half);
		for (size_t i = 0; i < (size_t)1 << 20; i++)
			hu_out_putc(ret, 'x');
		hu_out_bytes(ret, good.at + half, good.len - half);
		hu_out_puts(how, "1 MiB of x in the middle");
	} else {
		hu_out_bytes(ret, good.at, good.len);
		for (size_t i = half; i < good.len && i < half + 64; i++)
			ret->at[i] = '\0';
		hu_out_puts(how, "64 zero bytes in the middle");
	}
}
