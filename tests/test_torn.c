/*
 * Captures that are damaged here or there: what may still be said of calls whose other half is
 * gone, or is something else now. tests/torture.c tries the like on real captures.
 */
#include "tests/scene.h"
#include "tests/test.h"

/* `cpu` differs: a call may begin on one and end on another. */
static void call_on(struct scene *s, hu_ns ms, int32_t cpu, int32_t tid, enum hu_step step,
		    const char *name)
{
	struct hu_syscall row = {.at = scene_at(s, ms, cpu, tid, 0),
				 .number = HU_NONE,
				 .step = step,
				 .name = hu_internz(s->sink, name)};

	hu_put_syscall(s->sink, &row);
}

static size_t stalls(const struct scene *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->model.ops.count; i++)
		n += s->model.ops.at[i].duration >= 100 * MS;
	return n;
}

/*
 * The pages of CPU 0 from 1000 to 2000 ms lie behind those from 2000 to 3000: the first are passed
 * over, the second read, and what is told of is the whole. The call that begins on CPU 1 at 1500
 * ended on CPU 0 at 1501, in the first; what ends at 2500 is the next.
 */
static void amid_a_gap(bool gap)
{
	struct scene s;

	TEST_CASE("pages out of their place: a task moves to their CPU unseen, %s",
		  gap ? "which is told" : "and nothing is missing");
	scene_begin(&s);
	scene_away(&s, 900, 0, 0, HU_STATE_RUNNING, 500, NULL);
	scene_away(&s, 900, 1, 0, HU_STATE_RUNNING, 222, NULL);
	if (gap)
		hu_put_loss(s.sink,
			    &(struct hu_gap){1000 * MS, 3000 * MS, HU_NONE, 0, HU_LOSS_DROPPED, 0},
			    "pages");
	call_on(&s, 1500, 1, 222, HU_BEGIN, "mount");
	call_on(&s, 2500, 0, 222, HU_END, "mount");
	scene_away(&s, 3100, 0, 222, HU_STATE_SLEEPING, 500, NULL);
	scene_judge(&s);
	CHECK_INT(stalls(&s), gap ? 0 : 1);
	CHECK_INT(s.model.torn_pairs > 0, gap);
	scene_end(&s);
}

/* The table of CPU 1's chunks is zeros: none of its records can be read, and none has a time. */
static void a_cpu_without_records(bool lost)
{
	struct scene s;

	TEST_CASE("nothing of one CPU can be read: %s", lost ? "told" : "it was idle");
	scene_begin(&s);
	if (lost)
		hu_put_loss(s.sink,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, HU_NONE, 1, HU_LOSS_UNPARSED, 0},
			    "117,761 bytes of trace data could not be read");
	scene_away(&s, 900, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_call(&s, 1000, 222, HU_BEGIN, "umount");
	scene_away(&s, 1001, 0, 222, HU_STATE_PREEMPTED, 500, NULL);
	/* meanwhile it was on CPU 1, and in another call */
	scene_away(&s, 2000, 0, 500, HU_STATE_SLEEPING, 222, NULL);
	scene_call(&s, 2001, 222, HU_END, "umount");
	scene_away(&s, 2002, 0, 222, HU_STATE_SLEEPING, 500, NULL);
	scene_judge(&s);
	CHECK_INT(stalls(&s), lost ? 0 : 1);
	CHECK_INT(s.model.lossy, lost);
	scene_end(&s);
}

static void exit_of_another(void)
{
	struct scene s;

	TEST_CASE("umount begins, mount ends: two calls, of each of which half is gone");
	scene_begin(&s);
	scene_call(&s, 1000, 222, HU_BEGIN, "umount");
	scene_call(&s, 2000, 222, HU_END, "mount");
	scene_call(&s, 2100, 222, HU_BEGIN, "umount");
	scene_call(&s, 2101, 222, HU_END, "umount");
	scene_judge(&s);
	CHECK_INT(stalls(&s), 0);
	CHECK_INT(s.model.ops.count, 1);
	CHECK(s.model.lossy && s.model.torn_pairs);
	scene_end(&s);
}

/*
 * The format of sys_exit_openat cannot be read. Of a task that enters it again and again none ever
 * returns, so that nobody knows when the last one did. A call that was entered once may hang.
 */
static void never_returns(bool again)
{
	struct scene s;

	TEST_CASE("a call without any exit, entered %s", again ? "again and again" : "once");
	scene_begin(&s);
	if (again) {
		scene_call(&s, 1000, 222, HU_BEGIN, "openat");
		scene_call(&s, 1010, 222, HU_BEGIN, "openat");
	}
	scene_call(&s, 1020, 222, HU_BEGIN, "openat");
	scene_call(&s, 1500, 223, HU_BEGIN, "unlink");
	scene_call(&s, 1510, 223, HU_END, "unlink");
	scene_call(&s, 4000, 223, HU_BEGIN, "unlink");
	scene_call(&s, 4010, 223, HU_END, "unlink");
	scene_judge(&s);
	CHECK_INT(stalls(&s), again ? 0 : 1);
	CHECK_INT(s.model.ops.count, again ? 2 : 3);
	CHECK_INT(s.model.torn_stalls, again ? 1 : 0);
	CHECK_INT(s.model.lossy, again);
	scene_end(&s);
}

/* What is not recorded proves nothing where records are something else than what was written. */
static void not_seen_asleep(bool damaged)
{
	struct scene s;

	TEST_CASE("a call in which nobody slept, of a capture that is %s",
		  damaged ? "damaged elsewhere" : "whole");
	scene_begin(&s);
	scene_away(&s, 900, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_call(&s, 1000, 222, HU_BEGIN, "mount");
	scene_call(&s, 1200, 222, HU_END, "mount");
	scene_away(&s, 1300, 0, 222, HU_STATE_SLEEPING, 500, NULL);
	if (damaged)
		hu_put_loss(s.sink,
			    &(struct hu_gap){5000 * MS, HU_OPEN, HU_NONE, 1, HU_LOSS_UNPARSED, 0},
			    "32 bytes of trace data could not be read");
	scene_away(&s, 5000, 0, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_INT(s.causes.at.at[0].part.kind, damaged ? HU_PART_UNKNOWN : HU_PART_RUNNING);
	scene_end(&s);
}

int main(void)
{
	for (int i = 0; i < 2; i++) {
		amid_a_gap(i);
		a_cpu_without_records(i);
		never_returns(i);
		not_seen_asleep(i);
	}
	exit_of_another();
	return test_end();
}
