/* Who gets a new id in each copy, and the places where that shows. */
#include "bench/make/make.h"

#include <stdlib.h>
#include <string.h>

enum { PID_MAX = 4 << 20 /* include/linux/threads.h, PID_MAX_LIMIT */, SUFFIX = 3 };

static int by_pid(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

void tasks_seen(struct tasks *tasks, int32_t pid)
{
	if (pid > tasks->highest)
		tasks->highest = pid;
}

void tasks_died(struct tasks *tasks, int32_t pid)
{
	if (pid <= 0)
		return;
	tasks_seen(tasks, pid);
	if (tasks->count == tasks->cap) {
		tasks->cap = tasks->cap ? tasks->cap * 2 : 64;
		tasks->pid = hu_realloc(tasks->pid, tasks->cap * sizeof(*tasks->pid));
	}
	tasks->pid[tasks->count++] = pid;
}

void tasks_settle(struct tasks *tasks)
{
	size_t kept = 0;

	if (tasks->count)
		qsort(tasks->pid, tasks->count, sizeof(*tasks->pid), by_pid);
	for (size_t i = 0; i < tasks->count; i++)
		if (!kept || tasks->pid[kept - 1] != tasks->pid[i])
			tasks->pid[kept++] = tasks->pid[i];
	tasks->count = kept;
}

ptrdiff_t tasks_index(const struct tasks *tasks, int32_t pid)
{
	const int32_t *found =
		tasks->count ? bsearch(&pid, tasks->pid, tasks->count, sizeof(pid), by_pid) : NULL;

	return found ? found - tasks->pid : -1;
}

int32_t tasks_renamed(const struct tasks *tasks, size_t index, uint64_t copy)
{
	uint64_t first = (uint64_t)tasks->highest + 1;

	if (!copy)
		return tasks->pid[index];
	/* Beyond the highest id they begin again, as the kernel does. */
	return (int32_t)(first + ((copy - 1) * tasks->count + index) % (PID_MAX - first));
}

void tasks_deinit(struct tasks *tasks)
{
	free(tasks->pid);
}

void patch_add(struct patches *patches, struct patch patch)
{
	if (patches->count == patches->cap) {
		patches->cap = patches->cap ? patches->cap * 2 : 1024;
		patches->at = hu_realloc(patches->at, patches->cap * sizeof(*patches->at));
	}
	patches->at[patches->count++] = patch;
}

bool patch_pid(struct patches *patches, const struct tasks *tasks, const char *block, size_t at)
{
	ptrdiff_t task = tasks_index(tasks, (int32_t)get(block + at, 4));

	if (task < 0)
		return false;
	patch_add(patches,
		  (struct patch){.at = (uint32_t)at, .kind = PATCH_PID, .task = (uint32_t)task});
	return true;
}

bool patch_comm(char *comm, size_t room, uint64_t copy)
{
	size_t len = strnlen(comm, room);
	char suffix[] = {'.', (char)('0' + copy / 10 % 10), (char)('0' + copy % 10), 0};

	if (!copy)
		return true;
	if (len + SUFFIX + 1 > room || len + SUFFIX + 1 > COMM_LEN)
		return false;
	memcpy(comm + len, suffix, sizeof(suffix));
	return true;
}

void patch_apply(char *block, const struct patch *patch, size_t count, const struct tasks *tasks,
		 uint64_t copy, uint64_t shift)
{
	for (const struct patch *end = patch + count; patch < end; patch++) {
		char *at = block + patch->at;
		switch (patch->kind) {
		case PATCH_PID:
			put(at, 4, (uint32_t)tasks_renamed(tasks, patch->task, copy));
			break;
		case PATCH_COMM:
			patch_comm(at, patch->size, copy);
			break;
		case PATCH_TIME:
			put(at, 8, get(at, 8) + shift);
			break;
		case PATCH_STAMP: { /* 27 bits and 32 of a ring buffer's absolute stamp */
			uint64_t stamp = (get(at, 4) >> 5 | get(at + 4, 4) << 27) + shift;
			put(at, 4, (get(at, 4) & 31) | stamp << 5);
			put(at + 4, 4, stamp >> 27);
			break;
		}
		}
	}
}
