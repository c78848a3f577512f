/*
 * What a stalled call waited for, from events put in by hand: the lock, or something that only
 * looks like it.
 */
#include "tests/scene.h"
#include "tests/test.h"

/* 45 asks for a lock, then sleeps without a stack until the end; nothing would tell that it got it.
 */
static void asked_then_slept(bool released, bool at_lock)
{
	struct scene s;

	TEST_CASE("a sleep behind an acquire, %s, %s", released ? "releases recorded" : "none",
		  at_lock ? "stack in the lock" : "no stack");
	scene_begin(&s);
	if (released) {
		scene_lock(&s, 900, 300, HU_LOCK_ASK, "down_write", LOCK, NULL);
		scene_lock(&s, 901, 300, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	}
	scene_lock(&s, 1000, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_away(&s, 1001, 0, 45, HU_STATE_UNINTERRUPTIBLE, 0,
		   at_lock ? "schedule<rwsem_down_write_slowpath<down_write<hold" : NULL);
	scene_away(&s, 3000, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_judge(&s);
	CHECK_INT(s.model.waits.count, released || at_lock);
	scene_end(&s);
}

static void umount_tail(void)
{
	struct scene s;

	TEST_CASE("umount's wait after its own exit event belongs to the umount");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	scene_call(&s, 1500, 222, HU_BEGIN, "umount");
	scene_call(&s, 1503, 222, HU_END, "umount");
	scene_lock(
		&s, 1510, 222, HU_LOCK_ASK, "down_write", LOCK,
		"down_write<unregister_shrinker<deactivate_locked_super<cleanup_mnt<task_work_run<"
		"exit_to_user_mode_prepare");
	scene_away(&s, 1510, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<down_write<unregister_shrinker<deactivate_"
		   "locked_"
		   "super<cleanup_mnt<task_work_run");
	scene_lock(&s, 7900, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_away(&s, 7910, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(&s, 7911, 222, "down_write", 0, false);
	scene_lock(&s, 7919, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_away(&s, 7950, 0, 222, HU_STATE_SLEEPING, 0, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_op *op = &s.model.ops.at[s.causes.at.at[0].ops.at[0]];
	CHECK_STR(op->name, "umount");
	CHECK(op->tail);
	CHECK_INT(op->duration, (7919 - 1500) * MS);
	scene_end(&s);
}

static void runnable_is_no_wait(void)
{
	struct scene s;

	TEST_CASE("preempted inside mutex_lock: runnable, not waiting (fact 1.13)");
	scene_begin(&s);
	scene_call(&s, 1000, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1001, 222, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_away(&s, 1002, 0, 222, HU_STATE_RUNNING, 300, NULL);
	scene_away(&s, 2606, 0, 300, HU_STATE_SLEEPING, 222, NULL);
	scene_returned(&s, 2607, 222, "down_write", 0, false);
	scene_lock(&s, 2608, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 2609, 222, HU_END, "mount");
	scene_judge(&s);
	CHECK_INT(s.model.waits.count, 0);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_INT(s.causes.at.at[0].part.kind, HU_PART_RUNNABLE);
	scene_end(&s);
}

static void name_only(void)
{
	struct scene s;

	TEST_CASE("a lock known by its caller frame alone");
	scene_begin(&s);
	scene_call(&s, 1000, 222, HU_BEGIN, "mount");
	scene_away(
		&s, 1001, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
		"__schedule<schedule<rwsem_down_write_slowpath<prealloc_shrinker<alloc_super<sget");
	scene_away(&s, 2704, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_call(&s, 2705, 222, HU_END, "mount");
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_STR(s.causes.at.at[0].label, "shrinker_rwsem");
	CHECK_INT(s.causes.at.at[0].part.mode, HU_MODE_WRITE);
	CHECK_INT(s.causes.at.at[0].holders.count, 0);
	CHECK_STR(s.causes.at.at[0].confidence, "low");
	scene_end(&s);
}

static void grace_period(void)
{
	struct scene s;

	TEST_CASE("umount behind an expedited grace period, while kswapd holds shrinker_rwsem: not "
		  "the lock's doing");
	scene_begin(&s);
	scene_lock(&s, 900, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 900, 45, "down_read_trylock", 1, true);
	scene_call(&s, 1000, 222, HU_BEGIN, "umount");
	scene_away(&s, 1001, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<synchronize_rcu_expedited<namespace_unlock<path_umount");
	scene_away(&s, 2800, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_call(&s, 2801, 222, HU_END, "umount");
	scene_lock(&s, 2900, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_INT(s.causes.at.at[0].part.kind, HU_PART_SLEEP);
	CHECK_INT(s.causes.at.at[0].part.why, HU_WHY_GRACE_PERIOD);
	CHECK_INT(s.causes.at.at[0].holders.count, 0);
	CHECK_STR(s.causes.at.at[0].label, "an expedited RCU grace period");
	scene_end(&s);
}

/* clone() of a parent; the child leaves by the same exit event, long after. */
static void first_return(void)
{
	struct scene s;

	TEST_CASE("a child's first way out is no call");
	scene_begin(&s);
	for (int i = 0; i < 5; i++) {
		scene_call(&s, 1000 + i * 10, 51, HU_BEGIN, "clone");
		scene_call(&s, 1003 + i * 10, 51, HU_END, "clone");
	}
	scene_call(&s, 5000, 52, HU_END, "clone");
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 0);
	CHECK_INT(s.model.ops.count, 5);
	scene_end(&s);
}

static void many_causes(void)
{
	struct scene s;
	struct hu_options options = {100 * MS, HU_OPEN, HU_OPEN, NULL, NULL};

	TEST_CASE("sixty-one locks that stalled somebody once each: fifty are told, the rest is "
		  "counted");
	scene_begin(&s);
	for (int32_t i = 0; i < 61; i++) {
		hu_ns from = 1000 + 200 * i;
		scene_lock(&s, from, 300 + i, HU_LOCK_WAIT, "contention_begin",
			   HEAP + 64 * (uint64_t)i, NULL);
		scene_away(&s, from, 0, 300 + i, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
		scene_away(&s, from + 150, 0, 0, HU_STATE_RUNNING, 300 + i, NULL);
		scene_lock(&s, from + 151, 300 + i, HU_LOCK_WAIT_END, "contention_end",
			   HEAP + 64 * (uint64_t)i, NULL);
	}
	CHECK_OK(hu_store_end(s.sink, NULL));
	CHECK_OK(hu_store_settle(s.store));
	CHECK_OK(hu_analyze(s.store, &options));
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 50);
	CHECK_INT(scene_ask(&s,
			    "SELECT count(*) FROM incident_note WHERE incident IS NULL AND text "
			    "LIKE '11 further causes%'"),
		  1);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM verdict WHERE outcome = 'undecided'"), 1);
	/* Again over the same store: the same answer, not one more. */
	CHECK_OK(hu_analyze(s.store, &options));
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 50);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM verdict"), 1);
	scene_end(&s);
}

int main(void)
{
	for (int i = 0; i < 4; i++)
		asked_then_slept(i & 1, i & 2);
	umount_tail();
	runnable_is_no_wait();
	name_only();
	grace_period();
	first_return();
	many_causes();
	return test_end();
}
