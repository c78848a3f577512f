/* bench/make/make.h - large captures out of small real ones: the parts that the formats share. */
#ifndef BENCH_MAKE_H
#define BENCH_MAKE_H

#include "db/base.h"
#include "db/text.h"

#include <stdio.h>

/* The small capture, the file or folder to write, and how many events it is to have. */
struct order {
	const char *seed, *to;
	uint64_t events;
	uint64_t tasks; /* of the result; told by the makers */
	uint64_t copies;
};

struct hu_err *make_tracedat(struct order *order);
struct hu_err *make_perfdata(struct order *order);
struct hu_err *make_ctf(struct order *order);

/* --- tasks.c: who gets a new id in each copy --- */

/*
 * Tasks that die in the seed are new ones in each copy; all others, kernel threads and services,
 * are the same throughout. So a task has one life, none is left in a wait for ever at the seam of
 * two copies, and the number of tasks grows with the capture.
 */
struct tasks {
	int32_t *pid;
	size_t count, cap;
	int32_t highest; /* id in the seed */
};

void tasks_died(struct tasks *tasks, int32_t pid);
void tasks_seen(struct tasks *tasks, int32_t pid);
/* After the last of them: makes them searchable. */
void tasks_settle(struct tasks *tasks);
ptrdiff_t tasks_index(const struct tasks *tasks, int32_t pid);
/* Of tasks->pid[index], in this copy. */
int32_t tasks_renamed(const struct tasks *tasks, size_t index, uint64_t copy);
void tasks_deinit(struct tasks *tasks);

/* A place in a block of the seed whose bytes differ in each copy. */
struct patch {
	uint32_t at;
	enum patch_kind { PATCH_PID, PATCH_COMM, PATCH_TIME, PATCH_STAMP } kind;
	uint32_t size; /* of a comm: the room it has */
	uint32_t task; /* of a pid: the index */
};
struct patches {
	struct patch *at;
	size_t count, cap;
};

void patch_add(struct patches *patches, struct patch patch);
/* If it is a task that is renamed. */
bool patch_pid(struct patches *patches, const struct tasks *tasks, const char *block, size_t at);
void patch_apply(char *block, const struct patch *patch, size_t count, const struct tasks *tasks,
		 uint64_t copy, uint64_t shift);
/* "dd" in the 17th copy: "dd.17". False if there is no room for that: then it stays. */
bool patch_comm(char *comm, size_t room, uint64_t copy);

/* --- fields.c: the ids and names of tasks in tracepoints, by the kernel's format files --- */

struct kind {
	uint32_t id;
	struct place {
		uint16_t pid, comm; /* offsets; NOWHERE */
	} places[4];
	size_t count;
	uint16_t state; /* of sched_switch alone: who leaves, how, and who comes */
	struct place leaver, comer;
};
enum { NOWHERE = UINT16_MAX, COMM_LEN = 16 };
struct kinds {
	struct kind *at;
	size_t count;
};

/* Reads all "name: …\nID: …\nformat:" in those bytes, whatever stands between. */
void kinds_read(struct kinds *kinds, const char *bytes, size_t len);
const struct kind *kinds_find(const struct kinds *kinds, uint32_t id);
void kinds_deinit(struct kinds *kinds);
/* Which tasks are in that record, and whether one of them dies. */
void kinds_learn(const struct kinds *kinds, const char *record, size_t len, struct tasks *tasks);
void kinds_patch(const struct kinds *kinds, const char *block, size_t at, size_t len,
		 const struct tasks *tasks, struct patches *patches);

/*
 * At the end of a copy another task is on the CPU than at its beginning. Without a switch between
 * the two a reader would have to suspect lost events, at each seam. Makes the copy at block + at of
 * a CPU's first switch one from whom `last` came to, to whom the first one leaves; false if they
 * are the same. `before` are the patches of the copy that ends, `behind` of the one that begins.
 */
bool kinds_bridge(const struct kind *kind, const struct tasks *tasks, const char *last, char *block,
		  size_t at, struct patches *before, struct patches *behind);

/* --- io.c --- */

struct hu_err *io_read(const char *path, struct hu_out *ret);
struct hu_err *io_open(const char *path, FILE **ret);
struct hu_err *io_close(FILE *file, const char *path);

static inline uint64_t get(const char *at, size_t bytes)
{
	uint64_t value = 0;

	__builtin_memcpy(&value, at, bytes); /* seeds are little-endian, as who runs this */
	return value;
}

static inline void put(char *at, size_t bytes, uint64_t value)
{
	__builtin_memcpy(at, &value, bytes);
}

#endif
