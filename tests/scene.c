/* Events put in by hand, one call each. */
#include "tests/scene.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

void scene_begin(struct scene *s)
{
	struct hu_source_info info = {"trace.dat", "tracedat", "made by hand",
				      "00",	   1,	       HU_CLOCK_MONOTONIC};

	*s = (struct scene){0};
	CHECK_OK(hu_store_create(":memory:", &s->store));
	CHECK_OK(hu_store_set_bundle(s->store, "scene", "00", 1, 1));
	CHECK_OK(hu_store_begin(s->store, &info, &s->sink));
	hu_put_symbol(s->sink, LOCK, 'D', hu_str("shrinker_rwsem"));
}

void scene_judge(struct scene *s)
{
	struct hu_options options = {100 * MS, HU_OPEN, HU_OPEN, NULL, NULL};

	CHECK_OK(hu_store_end(s->sink, NULL));
	CHECK_OK(hu_store_settle(s->store));
	CHECK_OK(hu_model_build(s->store, &options, &s->model));
	hu_causes_find(&s->model, &s->causes);
	s->judged = true;
}

void scene_end(struct scene *s)
{
	if (s->judged) {
		hu_causes_deinit(&s->causes);
		hu_model_deinit(&s->model);
	}
	hu_store_close(s->store);
}

struct hu_where scene_at(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, hu_stack stack)
{
	return (struct hu_where){ms * MS, ++s->pos, cpu, tid, stack, HU_CTX_TASK};
}

/* "a<b<c": leaf first. */
hu_stack scene_stack(struct scene *s, const char *text)
{
	struct hu_str rest = hu_str(text), frames[16];
	size_t n = 0;
	hu_stack stack = 0;

	while (rest.len && n < 16)
		frames[n++] = hu_str_split(&rest, '<');
	while (n)
		stack = hu_push_frame(s->sink, stack, hu_intern(s->sink, frames[--n]), 0);
	return stack;
}

void scene_lock(struct scene *s, hu_ns ms, int32_t tid, enum hu_lock_step step,
		const char *function, uint64_t address, const char *stack)
{
	struct hu_lock_event row = {
		.at = scene_at(s, ms, 0, tid, stack ? scene_stack(s, stack) : 0),
		.address = address,
		.step = step,
		.mode = strstr(function, "read") ? HU_MODE_READ : HU_MODE_WRITE,
		.type = HU_LOCK_RWSEM,
		.known = address ? HU_KNOWS_ADDRESS | HU_KNOWS_MODE : HU_KNOWS_MODE,
		.function = hu_internz(s->sink, function)};

	hu_put_lock(s->sink, &row);
}

void scene_returned(struct scene *s, hu_ns ms, int32_t tid, const char *function, int64_t result,
		    bool known)
{
	struct hu_lock_event row = {.at = scene_at(s, ms, 0, tid, 0),
				    .step = HU_LOCK_RETURNED,
				    .result = result,
				    .known = known ? HU_KNOWS_RESULT : 0,
				    .function = hu_internz(s->sink, function)};

	hu_put_lock(s->sink, &row);
}

void scene_away(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, uint32_t state, int32_t next,
		const char *stack)
{
	/* Who leaves a CPU came to it before: a capture in which that does not fit has lost events.
	 */
	if (s->on[cpu] != tid) {
		struct hu_switch in = {scene_at(s, ms, cpu, s->on[cpu], 0), tid,
				       HU_STATE_PREEMPTED};
		hu_put_switch(s->sink, &in);
	}
	struct hu_switch row = {scene_at(s, ms, cpu, tid, stack ? scene_stack(s, stack) : 0), next,
				state};

	hu_put_switch(s->sink, &row);
	s->on[cpu] = next;
}

void scene_call(struct scene *s, hu_ns ms, int32_t tid, enum hu_step step, const char *name)
{
	struct hu_syscall row = {.at = scene_at(s, ms, 0, tid, 0),
				 .number = HU_NONE,
				 .step = step,
				 .name = hu_internz(s->sink, name)};

	hu_put_syscall(s->sink, &row);
}

void scene_woken(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, int32_t target,
		 uint32_t context, const char *stack)
{
	struct hu_wakeup row = {scene_at(s, ms, cpu, tid, stack ? scene_stack(s, stack) : 0),
				target, HU_WAKING};

	row.at.context = context;
	hu_put_wakeup(s->sink, &row);
}

void scene_io(struct scene *s, hu_ns ms, int32_t tid, enum hu_step step, uint64_t sector)
{
	struct hu_io row = {.at = scene_at(s, ms, 0, tid, 0),
			    .sector = sector,
			    .bytes = 4096,
			    .device = 254 << 20 | 16,
			    .step = step,
			    .kind = hu_internz(s->sink, "R")};

	hu_put_io(s->sink, &row);
}

void scene_analyze(struct scene *s)
{
	struct hu_options options = {100 * HU_NS_PER_MS, HU_OPEN, HU_OPEN, NULL, NULL};

	CHECK_OK(hu_store_end(s->sink, NULL));
	CHECK_OK(hu_store_settle(s->store));
	CHECK_OK(hu_analyze(s->store, &options));
}

int64_t scene_ask(struct scene *s, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(s->store, sql);
	int64_t n = hu_rows_next(rows) ? hu_rows_int_or(rows, 0, -2) : -1;

	CHECK_OK(hu_rows_close(rows));
	return n;
}

void scene_mount_waits(struct scene *s, hu_ns from, hu_ns to)
{
	scene_call(s, from - 1, 222, HU_BEGIN, "mount");
	scene_lock(s, from, 222, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_away(s, from, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<__prealloc_shrinker");
	scene_away(s, to, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(s, to, 222, "down_write", 0, false);
	scene_lock(s, to, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(s, to + 1, 222, HU_END, "mount");
}

void scene_waits_to_the_end(struct scene *s)
{
	scene_call(s, 1499, 231, HU_BEGIN, "mount");
	scene_lock(s, 1500, 231, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_away(s, 1500, 0, 231, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<__prealloc_shrinker");
	scene_away(s, 3000, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_judge(s);
	CHECK_INT(s->causes.at.count, 1);
}
