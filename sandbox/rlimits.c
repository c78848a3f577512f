/* What the process may use: memory, processor time, files; and no core dump, which could hold what
 * was in the capture. */
#include "sandbox/private.h"

#include <errno.h>
#include <sys/resource.h>

/* Lowers soft and hard limit; a hard limit that is lower already stays. Below 0: leave it. */
static struct hu_err *lower(int resource, int64_t to, const char *what)
{
	struct rlimit limit;

	if (to < 0)
		return NULL;
	if (getrlimit(resource, &limit) < 0)
		return hu_err_os(errno, "the limit of %s cannot be read", what);
	rlim_t value = (rlim_t)to;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
		value = limit.rlim_max;
	/* SIGXCPU first, which says why; who ignores that is killed a little later. */
	if (resource != RLIMIT_CPU)
		limit.rlim_max = value;
	else if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max - value > 5)
		limit.rlim_max = value + 5;
	limit.rlim_cur = value;
	if (setrlimit(resource, &limit) < 0)
		return hu_err_os(errno, "the limit of %s cannot be set", what);
	return NULL;
}

static int64_t or_none(int64_t value)
{
	return value > 0 ? value : -1;
}

struct hu_err *hu_rlimits_enter(const struct hu_sandbox *walls)
{
	enum { STACK = 8 << 20 };
	/*
	 * RLIMIT_DATA counts private memory that can be written (mm/mmap.c is_data_mapping(), since
	 * 4.7), RLIMIT_AS all, with the libraries and the files that readers map. ASan reserves
	 * terabytes as its shadow: neither can be set below that.
	 */
	bool memory = walls->memory > 0 && !HU_SANITIZED;
	const int64_t slack = INT64_C(1) << 30; /* libraries, stack, what was there before */
	const struct {
		int resource;
		int64_t to;
		const char *what;
	} limits[] = {
		{RLIMIT_CORE, 0, "core dumps"},
		{RLIMIT_CPU, or_none(walls->cpu_s), "processor time"},
		{RLIMIT_FSIZE, or_none(walls->file_bytes), "file sizes"},
		{RLIMIT_NOFILE, or_none(walls->files), "open files"},
		{RLIMIT_MEMLOCK, 0, "locked memory"},
		{RLIMIT_MSGQUEUE, 0, "message queues"},
		{RLIMIT_STACK, HU_SANITIZED ? -1 : STACK, "the stack"},
		{RLIMIT_DATA, memory ? walls->memory : -1, "memory"},
		{RLIMIT_AS, memory ? walls->memory + walls->mapped + slack : -1, "address space"},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct hu_err *err = lower(limits[i].resource, limits[i].to, limits[i].what);
		if (err)
			return err;
	}
	return NULL;
}

struct hu_err *hu_sandbox_memory(int64_t bytes)
{
	return HU_SANITIZED ? NULL : lower(RLIMIT_DATA, bytes, "memory");
}
