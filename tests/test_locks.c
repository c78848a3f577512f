/*
 * Lock intervals and their holders, from events put in by hand: each case is one rule of
 * kernel-facts that, broken, puts a wrong name into a post-mortem. The counts are prime and
 * different, so that a swap shows.
 */
#include "tests/scene.h"
#include "tests/test.h"

#include <stdlib.h>

static const char *const want_it =
	"down_write<__prealloc_shrinker<alloc_super<sget<__x64_sys_mount";

/* A mount that waits 2 s behind a reader that got in by trylock. */
static void mount_waits(struct scene *s, hu_ns from, hu_ns to)
{
	scene_call(s, from - 1, 222, HU_BEGIN, "mount");
	scene_lock(s, from, 222, HU_LOCK_ASK, "down_write", LOCK, want_it);
	scene_away(s, from, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<__prealloc_shrinker");
	scene_away(s, to, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(s, to, 222, "down_write", 0, false);
	scene_lock(s, to, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(s, to + 1, 222, HU_END, "mount");
}

static void observed_reader(void)
{
	struct scene s;

	TEST_CASE("a trylock that returned 1 and its release are a hold");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	scene_lock(&s, 1100, 300, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1100, 300, "down_read_trylock", 0, true);
	mount_waits(&s, 1200, 3200);
	scene_lock(&s, 3199, 45, HU_LOCK_RELEASE, "up_read", LOCK,
		   "up_read<shrink_slab<shrink_node<balance_pgdat<kswapd");
	scene_judge(&s);
	CHECK_INT(s.model.failed_tries, 1);
	CHECK_INT(s.model.failed_tids.at[0], 300);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_STR(c->label, "shrinker_rwsem");
	CHECK_INT(c->holders.count, 1);
	CHECK_INT(c->holders.at[0].tid, 45);
	CHECK_INT(c->holders.at[0].how, HU_OBSERVED);
	CHECK_INT(c->holders.at[0].longest, 2199 * MS);
	CHECK_INT(c->holders.at[0].blocking, 1999 * MS);
	CHECK_STR(c->holders.at[0].role, "kswapd");
	CHECK_STR(c->confidence, "high");
	CHECK_INT(s.model.ops.at[c->ops.at[0]].duration, 2002 * MS);
	scene_end(&s);
}

static void try_without_result(void)
{
	struct scene s;

	TEST_CASE("a try whose result nobody saw is proved by its release alone");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_lock(&s, 1001, 46, HU_LOCK_TRY, "down_read_trylock", LOCK,
		   NULL); /* never released: no hold */
	mount_waits(&s, 1200, 3200);
	scene_lock(&s, 3199, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.at[0].holders.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.at[0].tid, 45);
	scene_end(&s);
}

static void readers_and_recursion(void)
{
	struct scene s;
	size_t mine = 0;

	TEST_CASE("several readers at once, one of them twice; one release never seen");
	scene_begin(&s);
	for (int32_t tid = 41; tid <= 43; tid++) {
		scene_lock(&s, 1000 + tid, tid, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
		scene_returned(&s, 1000 + tid, tid, "down_read_trylock", 1, true);
	}
	scene_lock(&s, 1050, 41, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1050, 41, "down_read_trylock", 1, true);
	scene_lock(&s, 1500, 41, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	mount_waits(&s, 1600, 3600);
	scene_lock(&s, 3590, 41, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_lock(&s, 3595, 42, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_lock(&s, 3700, 44, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 3700, 44, "down_read_trylock", 1, true);
	scene_away(&s, 4000, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_judge(&s);
	for (size_t i = 0; i < s.model.holds.count; i++) {
		const struct hu_hold *h = &s.model.holds.at[i];
		mine += h->tid == 41;
		/* A writer got in: its release was missed, and when it was nobody knows. */
		CHECK(h->tid != 43);
		if (h->tid == 44)
			CHECK(h->open && h->to == 4000 * MS);
	}
	CHECK_INT(mine, 2);
	CHECK_INT(s.causes.at.at[0].holders.count, 2);
	scene_end(&s);
}

/* `tid` takes the lock for write, and gives it back at once. */
static void writes(struct scene *s, hu_ns at, int32_t tid, bool release)
{
	scene_lock(s, at, tid, HU_LOCK_ASK, "down_write", LOCK, want_it);
	scene_returned(s, at, tid, "down_write", 0, false);
	if (release)
		scene_lock(s, at + 1, tid, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
}

/* 231 waits from 1500 until the capture ends at 3000. */
static void waits_to_the_end(struct scene *s)
{
	scene_call(s, 1499, 231, HU_BEGIN, "mount");
	scene_lock(s, 1500, 231, HU_LOCK_ASK, "down_write", LOCK, want_it);
	scene_away(s, 1500, 0, 231, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<__prealloc_shrinker");
	scene_away(s, 3000, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_judge(s);
	CHECK_INT(s->causes.at.count, 1);
}

/* What ended a hold whose release was not recorded. */
enum gone { STILL_THERE, GOT_BY_ANOTHER, READ_BY_ANOTHER, LEFT_ITS_CPU, EXITED };

static void release_missed(enum gone gone)
{
	struct scene s;

	TEST_CASE("the release of a hold was not recorded, case %d", (int)gone);
	scene_begin(&s);
	writes(&s, 900, 301, true);
	writes(&s, 1000, 222, false);
	if (gone == GOT_BY_ANOTHER)
		writes(&s, 1100, 302, true);
	if (gone == READ_BY_ANOTHER) {
		scene_lock(&s, 1100, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
		scene_returned(&s, 1100, 45, "down_read_trylock", 1, true);
		scene_lock(&s, 1101, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	}
	if (gone == LEFT_ITS_CPU)
		scene_away(&s, 1100, 0, 222, HU_STATE_DEAD, 0, NULL);
	if (gone == EXITED) {
		struct hu_task exit = {.at = scene_at(&s, 1100, 0, 222, 0),
				       .tgid = HU_NONE,
				       .parent = HU_NONE,
				       .step = HU_TASK_EXITED};
		hu_put_task(s.sink, &exit);
	}
	waits_to_the_end(&s);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_INT(c->holders.count, gone == STILL_THERE);
	if (gone == STILL_THERE) {
		CHECK_INT(c->holders.at[0].tid, 222);
		CHECK_INT(c->holders.at[0].longest, 2000 * MS);
	}
	scene_end(&s);
}

/* Releases of one mode, acquires of both: who has it last of those that are never seen to give it
 * back is no holder. */
static void releases_of_one_mode(bool write)
{
	struct scene s;

	TEST_CASE("no release of a hold for %s is recorded", write ? "write" : "read");
	scene_begin(&s);
	for (int32_t i = 0; i < 3; i++) {
		scene_lock(&s, 900 + 20 * i, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
		scene_returned(&s, 900 + 20 * i, 45, "down_read_trylock", 1, true);
		if (write)
			scene_lock(&s, 901 + 20 * i, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
		writes(&s, 910 + 20 * i, 301 + i, !write);
	}
	if (!write) {
		scene_lock(&s, 1000, 47, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
		scene_returned(&s, 1000, 47, "down_read_trylock", 1, true);
	}
	waits_to_the_end(&s);
	CHECK_INT(s.causes.at.at[0].holders.count, 0);
	scene_end(&s);
}

static void fellow_victims(void)
{
	struct scene s;

	TEST_CASE("a victim that got the lock and passed it on is no holder");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	scene_call(&s, 1100, 221, HU_BEGIN, "mount");
	scene_lock(&s, 1100, 221, HU_LOCK_ASK, "down_write", LOCK, want_it);
	scene_away(&s, 1100, 0, 221, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_call(&s, 1200, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1200, 222, HU_LOCK_ASK, "down_write", LOCK, want_it);
	scene_away(&s, 1200, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_lock(&s, 3000, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_away(&s, 3000, 0, 0, HU_STATE_RUNNING, 221, NULL);
	scene_returned(&s, 3000, 221, "down_write", 0, false);
	scene_lock(&s, 3003, 221, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 3004, 221, HU_END, "mount");
	scene_away(&s, 3004, 0, 221, HU_STATE_SLEEPING, 222, NULL);
	scene_returned(&s, 3004, 222, "down_write", 0, false);
	scene_lock(&s, 3005, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 3006, 222, HU_END, "mount");
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_INT(c->ops.count, 2);
	CHECK_INT(c->holders.at[0].tid, 45);
	CHECK(!c->holders.at[0].fellow);
	CHECK(c->holders.count == 2 && c->holders.at[1].fellow && c->holders.at[1].tid == 221);
	scene_end(&s);
}

static void torn_by_loss(void)
{
	struct scene s;

	TEST_CASE("no pair is believed across lost events, unless the task sat on another CPU all "
		  "the while");
	scene_begin(&s);
	scene_away(&s, 900, 1, 500, HU_STATE_SLEEPING, 45,
		   NULL); /* kswapd runs on CPU 1 from before until after */
	struct hu_lock_event try = {.at = scene_at(&s, 1000, 1, 45, 0),
				    .address = LOCK,
				    .step = HU_LOCK_TRY,
				    .mode = HU_MODE_READ,
				    .type = HU_LOCK_RWSEM,
				    .known = HU_KNOWS_ADDRESS | HU_KNOWS_MODE,
				    .function = hu_internz(s.sink, "down_read_trylock")};
	hu_put_lock(s.sink, &try);
	scene_call(&s, 1100, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1100, 222, HU_LOCK_ASK, "down_write", LOCK, want_it);
	scene_away(&s, 1100, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	hu_put_loss(s.sink, &(struct hu_gap){1500 * MS, 1600 * MS, 23, 0, HU_LOSS_DROPPED, 0},
		    "23 events dropped");
	scene_away(&s, 2900, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(&s, 2900, 222, "down_write", 0, false);
	scene_call(&s, 2901, 222, HU_END, "mount");
	struct hu_lock_event up = try;
	up.at = scene_at(&s, 2950, 1, 45, 0);
	up.step = HU_LOCK_RELEASE;
	hu_put_lock(s.sink, &up);
	scene_judge(&s);
	CHECK_INT(s.model.lost_events, 23);
	CHECK_INT(s.model.holds.count, 1);
	/* What was proved when the loss began stays, as "at least". */
	CHECK_INT(s.model.waits.count, 1);
	CHECK(s.model.waits.at[0].open && s.model.waits.at[0].to == 1500 * MS);
	CHECK_INT(s.model.ops.count, 1);
	CHECK(s.model.ops.at[0].open && s.model.ops.at[0].duration == 400 * MS);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.at[0].blocking, 400 * MS);
	CHECK(s.model.torn_pairs >= 2);
	scene_end(&s);
}

/* A file that is cut, and nobody knows which CPUs' records are missing; then events dropped, too.
 */
static void loss_in_a_loss(bool asleep, bool dropped)
{
	struct scene s;

	TEST_CASE("within a loss of all, %s, %s", asleep ? "asleep" : "on a CPU",
		  dropped ? "another loss" : "until the end");
	scene_begin(&s);
	hu_put_loss(s.sink,
		    &(struct hu_gap){HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_TRUNCATED, 0},
		    "the table is lost");
	scene_away(&s, 900, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_away(&s, 1000, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_call(&s, 1100, 222, HU_BEGIN, "umount");
	if (asleep)
		scene_away(&s, 1101, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
			   "schedule<synchronize_rcu_expedited<namespace_unlock<path_umount");
	if (dropped)
		hu_put_loss(s.sink,
			    &(struct hu_gap){2900 * MS, 3000 * MS, 23, 0, HU_LOSS_DROPPED, 0},
			    "23 events dropped");
	scene_away(&s, 3100, 1, 0, HU_STATE_RUNNING, 500, NULL);
	/* No event of any of the kinds that are paired: the loss lasts longer than those. */
	scene_io(&s, 3200, 500, HU_BEGIN, 8);
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 0);
	for (size_t i = 0; i < s.model.ops.count; i++)
		CHECK(s.model.ops.at[i].duration < 100 * MS);
	CHECK(s.model.torn_pairs > 0);
	scene_end(&s);
}

/* Neither returns of trylocks nor those of acquires are probed. */
static void many_tries(void)
{
	struct scene s;

	TEST_CASE("tries without results, inside of a hold: no contradiction, and the hold stays");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
	for (int i = 0; i < 23; i++)
		scene_lock(&s, 1001 + i, 45, HU_LOCK_TRY, "down_read_trylock", HEAP, NULL);
	mount_waits(&s, 1100, 2100);
	scene_lock(&s, 2099, 45, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.model.impossible, 0);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.at[0].tid, 45);
	scene_end(&s);

	TEST_CASE("acquires with neither return nor release");
	scene_begin(&s);
	for (int i = 0; i < 23; i++)
		scene_lock(&s, 1001 + i, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.model.impossible, 0);
	CHECK_INT(s.model.holds.count, 0);
	scene_end(&s);

	TEST_CASE("inside of more acquires than any kernel path");
	scene_begin(&s);
	for (int i = 0; i < 11; i++)
		scene_lock(&s, 1001 + i, 45, HU_LOCK_ASK, "down_write", HEAP + 64 * (uint64_t)i,
			   NULL);
	scene_judge(&s);
	CHECK_INT(s.model.impossible, 3);
	scene_end(&s);
}

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
	scene_lock(&s, 1001, 222, HU_LOCK_ASK, "down_write", LOCK, want_it);
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

static void handed_over(void)
{
	struct scene s;

	TEST_CASE("contended_release names the holder that no acquire probe saw");
	scene_begin(&s);
	scene_call(&s, 1000, 234, HU_BEGIN, "pwrite64");
	scene_lock(&s, 1001, 234, HU_LOCK_WAIT, "contention_begin", HEAP, NULL);
	scene_away(&s, 1002, 0, 234, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	struct hu_lock_event up = {
		.at = scene_at(&s, 9000, 1, 228,
			       scene_stack(&s, "up_write<ext4_file_write_iter<vfs_write")),
		.address = HEAP,
		.step = HU_LOCK_RELEASE_CONTENDED,
		.known = HU_KNOWS_ADDRESS,
		.function = hu_internz(s.sink, "contended_release")};
	hu_put_lock(s.sink, &up);
	scene_away(&s, 9001, 0, 0, HU_STATE_RUNNING, 234, NULL);
	scene_lock(&s, 9002, 234, HU_LOCK_WAIT_END, "contention_end", HEAP, NULL);
	scene_call(&s, 9003, 234, HU_END, "pwrite64");
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.at[0].tid, 228);
	CHECK_INT(s.causes.at.at[0].holders.at[0].how, HU_HANDED_OVER);
	CHECK_INT(s.causes.at.at[0].holders.at[0].longest, 7999 * MS);
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

/* down_write() without a return probe, no contention, and a sleep inside the section. */
static void unprobed_return(void)
{
	struct scene s;

	TEST_CASE("who sleeps elsewhere has the lock");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_away(&s, 1003, 1, 45, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<schedule_timeout<msleep<hold<proc_write");
	mount_waits(&s, 1100, 2100);
	scene_away(&s, 2097, 1, 0, HU_STATE_RUNNING, 45, NULL);
	scene_lock(&s, 2099, 45, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_INT(c->holders.count, 1);
	CHECK_INT(c->holders.at[0].tid, 45);
	CHECK_INT(c->holders.at[0].how, HU_OBSERVED);
	CHECK_INT(c->holders.at[0].longest, 1099 * MS);
	scene_end(&s);
}

/* The same, but first it waited: since when it has the lock is known by that other sleep alone. */
static void waited_then_slept(void)
{
	struct scene s;

	TEST_CASE("who waited, and then sleeps elsewhere");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_away(&s, 1001, 1, 45, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<down_write<hold");
	scene_away(&s, 1053, 1, 0, HU_STATE_RUNNING, 45, NULL);
	scene_away(&s, 1059, 1, 45, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<schedule_timeout<msleep<hold<proc_write");
	mount_waits(&s, 1100, 2100);
	scene_away(&s, 2097, 1, 0, HU_STATE_RUNNING, 45, NULL);
	scene_lock(&s, 2099, 45, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_INT(c->holders.at[0].tid, 45);
	CHECK_INT(c->holders.at[0].longest, (2099 - 1059) * MS);
	scene_end(&s);
}

/* A waker without a stack, in that context, that waited for the lock itself or not. */
static void bare_wakeup(uint32_t context, bool fellow, bool named)
{
	struct scene s;

	TEST_CASE("a wakeup without a stack, context %u%s", context, fellow ? ", by a fellow" : "");
	scene_begin(&s);
	scene_call(&s, 999, 222, HU_BEGIN, "chmod");
	scene_away(&s, 1000, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<rwsem_down_write_slowpath<down_write<chmod_common");
	if (fellow) {
		scene_away(&s, 1100, 1, 47, HU_STATE_UNINTERRUPTIBLE, 0,
			   "schedule<rwsem_down_write_slowpath<down_write<chmod_common");
		scene_woken(&s, 2197, 0, 99, 47, HU_CTX_TASK, NULL);
		scene_away(&s, 2198, 1, 0, HU_STATE_RUNNING, 47, NULL);
	}
	scene_woken(&s, 2200, 1, 47, 222, context, NULL);
	scene_away(&s, 2201, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_call(&s, 2203, 222, HU_END, "chmod");
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_cause *c = &s.causes.at.at[0];
	bool has = false;
	for (size_t i = 0; i < c->holders.count; i++)
		has |= c->holders.at[i].tid == 47 && !c->holders.at[i].fellow;
	CHECK_INT(has, named);
	if (named)
		CHECK_INT(c->holders.at[0].how, HU_OVERLAPPING);
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

/* A try whose result nobody saw, a shrinker called behind it, and the end of the capture. */
static void shrinker_proves(bool called)
{
	struct scene s;

	TEST_CASE("a try%s", called ? " with a shrinker's call behind it" : " alone");
	scene_begin(&s);
	/* Releases of the lock are recorded. */
	scene_lock(&s, 900, 300, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_lock(&s, 901, 300, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	if (called) {
		struct hu_shrink row = {.at = scene_at(&s, 1003, 1, 45, 0),
					.objects = HU_NONE,
					.node = 0,
					.step = HU_BEGIN,
					.function = hu_internz(s.sink, "super_cache_scan")};
		hu_put_shrink(s.sink, &row);
	}
	waits_to_the_end(&s);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_INT(c->holders.count, called);
	if (called) {
		CHECK_INT(c->holders.at[0].tid, 45);
		CHECK_INT(c->holders.at[0].how, HU_OBSERVED);
	}
	scene_end(&s);
}

int main(void)
{
	observed_reader();
	try_without_result();
	readers_and_recursion();
	for (int gone = STILL_THERE; gone <= EXITED; gone++)
		release_missed((enum gone)gone);
	releases_of_one_mode(true);
	releases_of_one_mode(false);
	fellow_victims();
	torn_by_loss();
	for (int i = 0; i < 4; i++)
		loss_in_a_loss(i & 1, i & 2);
	many_tries();
	for (int i = 0; i < 4; i++)
		asked_then_slept(i & 1, i & 2);
	umount_tail();
	runnable_is_no_wait();
	handed_over();
	name_only();
	grace_period();
	many_causes();
	unprobed_return();
	waited_then_slept();
	bare_wakeup(HU_CTX_TASK, false, true);
	bare_wakeup(HU_CTX_HARDIRQ, false, false);
	bare_wakeup(HU_CTX_TASK, true, false);
	first_return();
	shrinker_proves(true);
	shrinker_proves(false);
	return test_end();
}
