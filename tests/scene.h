/*
 * tests/scene.h - a capture made of events put in by hand, in the order of their times
 * (milliseconds), and judged: for rules of which no real capture shows each side alone.
 */
#ifndef HU_TESTS_SCENE_H
#define HU_TESTS_SCENE_H

#include "analyzers/causes.h"

#define MS HU_NS_PER_MS
#define LOCK UINT64_C(0xffffffff9594b860) /* shrinker_rwsem */
#define HEAP UINT64_C(0xffff891041470fc0)

struct scene {
	struct hu_store *store;
	struct hu_sink *sink;
	uint64_t pos;
	struct hu_model model;
	struct hu_causes causes;
	bool judged;
	int32_t on[8]; /* by CPU: who runs there */
};

void scene_begin(struct scene *s);
void scene_end(struct scene *s);
/* Ends the capture and builds the model and the causes. */
void scene_judge(struct scene *s);
/* Ends the capture and fills the result tables; then ask: the first number, -1 no row, -2 NULL. */
void scene_analyze(struct scene *s);
int64_t scene_ask(struct scene *s, const char *sql);

struct hu_where scene_at(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, hu_stack stack);
hu_stack scene_stack(struct scene *s, const char *text); /* "a<b<c": leaf first */
/* All on CPU 0. */
void scene_lock(struct scene *s, hu_ns ms, int32_t tid, enum hu_lock_step step,
		const char *function, uint64_t address, const char *stack);
void scene_returned(struct scene *s, hu_ns ms, int32_t tid, const char *function, int64_t result,
		    bool known);
void scene_call(struct scene *s, hu_ns ms, int32_t tid, enum hu_step step, const char *name);
void scene_io(struct scene *s, hu_ns ms, int32_t tid, enum hu_step step, uint64_t sector);
/* `tid` leaves that CPU, `next` gets it. */
void scene_away(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, uint32_t state, int32_t next,
		const char *stack);
void scene_woken(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, int32_t target,
		 uint32_t context, const char *stack);

#define SCENE_MOUNT "down_write<__prealloc_shrinker<alloc_super<sget<__x64_sys_mount"
/* A mount by 222 that waits for LOCK, to write, behind whoever has it. */
void scene_mount_waits(struct scene *s, hu_ns from, hu_ns to);
/* One by 231 that waits from 1500 until the capture ends at 3000; judged, with one cause. */
void scene_waits_to_the_end(struct scene *s);

#endif
