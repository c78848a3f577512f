#include "tests/fuzz/fuzz.h"
size_t hu_mutate_tracedat(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	(void)at, (void)size, (void)max, (void)seed;
	return 0;
}
