/* Relaxed atomics: readers may decode in several threads, and a share that is a page too old is
 * good enough. */
#include "db/reading.h"
#include "db/reading_line.h"

_Atomic(const char *) hu_reading_line;

static _Atomic(const char *) file;
static _Atomic uint64_t file_len, done;

void hu_reading_begin(void)
{
	file = NULL;
	file_len = 0;
	done = 0;
	hu_reading_line = NULL;
}

void hu_reading_file(const char *at, size_t len)
{
	file = at;
	file_len = len;
}

void hu_reading_more(uint64_t bytes)
{
	atomic_fetch_add_explicit(&done, bytes, memory_order_relaxed);
}

void hu_reading_at(uint64_t offset)
{
	atomic_store_explicit(&done, offset, memory_order_relaxed);
}

unsigned hu_reading_share(void)
{
	const char *from = file, *line = hu_reading_line;
	uint64_t len = file_len, at = done;

	if (!at && from && line >= from && line <= from + len)
		at = (uint64_t)(line - from);
	if (!len || !at)
		return 0;
	if (at > len)
		at = len;
	return (unsigned)((double)at / (double)len * HU_READING_WHOLE);
}
