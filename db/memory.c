/* Memory that never comes back NULL; cli/memory.c makes that true of libraries, too. */
#include "db/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hu_no_memory(void)
{
	fputs("holdup: out of memory\n", stderr);
	exit(4);
}

static void *checked(void *at)
{
	if (!at)
		hu_no_memory();
	return at;
}

void *hu_alloc(size_t bytes)
{
	return checked(calloc(1, bytes ? bytes : 1));
}

void *hu_realloc(void *at, size_t bytes)
{
	return checked(realloc(at, bytes ? bytes : 1));
}

char *hu_strdup(struct hu_str s)
{
	char *copy = hu_alloc(s.len + 1);

	if (s.len)
		memcpy(copy, s.at, s.len);
	return copy;
}

void hu_freep(void *at)
{
	void *memory;

	memcpy(&memory, at, sizeof(memory));
	free(memory);
}
