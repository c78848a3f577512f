/*
 * The program's malloc(): the C library's own, and an end where that has nothing left.
 *
 * hu_alloc() ends the program with a sentence, because nothing can go on without memory. Libraries
 * do go on: libtraceevent leaves an event out and says nothing, libseccomp frees twice or never
 * comes back, SQLite writes NULL for a text, cJSON gives half a document. So all of them end as we
 * do; in a worker of the sandbox that costs the member, and is told. Only what is asked for in
 * pieces of LARGE is refused as ever: that is a number in a damaged file, and libraries know those.
 *
 * In the program alone, no part of a layer: tests and fuzz targets have the sanitizers' malloc().
 * clang links its AddressSanitizer into the program, where there can be but one malloc(): its own.
 */
#include "db/base.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HU_HAS_OTHER_MALLOC
#endif
#endif

#ifndef HU_HAS_OTHER_MALLOC

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *at, size_t bytes);

enum { LARGE = 1 << 20 };

static struct {
	void *(*alloc)(size_t bytes);
	void *(*zeroed)(size_t count, size_t bytes);
	void *(*again)(void *at, size_t bytes);
} next;

/* A function pointer out of dlsym(), which ISO C cannot cast. */
static void find(void *function, const char *name)
{
	void *at = dlsym(RTLD_NEXT, name);

	memcpy(function, &at, sizeof(at));
}

/* Some dlsym() take memory themselves: a few bytes, once, never freed. */
static void *early(size_t bytes)
{
	static _Alignas(max_align_t) char room[4096];
	static size_t used;
	void *at = room + used;

	bytes = (bytes + 15) / 16 * 16;
	if (bytes > sizeof(room) - used)
		return NULL;
	used += bytes;
	return at;
}

static bool find_next(void)
{
	static bool looking;

	if (next.again)
		return true;
	if (looking)
		return false;
	looking = true;
	find(&next.alloc, "malloc");
	find(&next.zeroed, "calloc");
	find(&next.again, "realloc");
	return next.again != NULL;
}

static void *checked(void *at, size_t bytes)
{
	if (!at && bytes && bytes < LARGE)
		hu_no_memory();
	return at;
}

void *malloc(size_t bytes)
{
	return find_next() ? checked(next.alloc(bytes), bytes) : early(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	size_t all;

	if (__builtin_mul_overflow(count, bytes, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return find_next() ? checked(next.zeroed(count, bytes), all) : early(all);
}

void *realloc(void *at, size_t bytes)
{
	if (!find_next())
		return early(bytes);
	return checked(next.again(at, bytes), bytes);
}

#endif
