/*
 * SHA-256 with the instructions that x86 has for it since 2016 (Intel SDM, SHA256RNDS2,
 * SHA256MSG1, SHA256MSG2): about six times as fast, and hashing is on the way of every byte.
 */
#include "db/sha256_block.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

static bool have_instructions(void)
{
	enum { SSSE3 = 1 << 9, SSE41 = 1 << 19, SHA = 1 << 29 };
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & SSSE3) || !(c & SSE41))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & SHA);
}

/*
 * The instructions keep the eight words as ABEF and CDGH, and do two rounds at a time; four words
 * of the message schedule are made in one step.
 */
__attribute__((__target__("sha,sse4.1,ssse3"))) static void blocks_x86(uint32_t state[8],
								       const unsigned char *at,
								       size_t count)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i dcba =
		_mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	__m128i hgfe = _mm_shuffle_epi32(
		_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
	__m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xf0);

	for (; count; count--, at += 64) {
		const __m128i abef_before = abef, cdgh_before = cdgh;
		__m128i w[4];
		for (int r = 0; r < 16; r++) {
			__m128i *now = &w[r & 3];
			if (r < 4) {
				*now = _mm_shuffle_epi8(
					_mm_loadu_si128(
						(const __m128i *)(const void *)(at + 16 * r)),
					swap);
			} else {
				__m128i last = w[(r + 3) & 3];
				*now = _mm_sha256msg1_epu32(*now, w[(r + 1) & 3]);
				*now = _mm_add_epi32(*now,
						     _mm_alignr_epi8(last, w[(r + 2) & 3], 4));
				*now = _mm_sha256msg2_epu32(*now, last);
			}
			__m128i k = _mm_loadu_si128(
				(const __m128i *)(const void *)(hu_sha256_k + 4 * r));
			__m128i wk = _mm_add_epi32(*now, k);
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

hu_sha256_blocks hu_sha256_fastest(void)
{
	return have_instructions() ? blocks_x86 : hu_sha256_portable;
}

#else

hu_sha256_blocks hu_sha256_fastest(void)
{
	return hu_sha256_portable;
}

#endif
