/*
 * Who is called the holder of a lock, from events put in by hand: each case is one rule of
 * kernel-facts that, broken, puts a wrong name into a post-mortem. The
 * counts are prime and different, so that a swap shows.
 */
#include "tests/scene.h"
#include "tests/test.h"

static void observed_reader(void)
{
	struct scene s;

	TEST_CASE("a trylock that returned 1 and its release are a hold");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	scene_lock(&s, 1100, 300, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1100, 300, "down_read_trylock", 0, true);
	scene_mount_waits(&s, 1200, 3200);
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
	scene_mount_waits(&s, 1200, 3200);
	scene_lock(&s, 3199, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_judge(&s);
	CHECK_INT(s.causes.at.at[0].holders.count, 1);
	CHECK_INT(s.causes.at.at[0].holders.at[0].tid, 45);
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
	scene_lock(&s, 1100, 221, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_away(&s, 1100, 0, 221, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_call(&s, 1200, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1200, 222, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
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

/*
 * Of the longest wait nobody is seen to be the holder; then its task has the lock, for long, and
 * another one waits. `third`: yet another one had it later, for less.
 */
static void victim_and_holder(bool third)
{
	struct scene s;

	TEST_CASE("who waited longest does not lead the holders, %s",
		  third ? "where there is another" : "though it is the only one");
	scene_begin(&s);
	scene_call(&s, 1000, 221, HU_BEGIN, "mount");
	scene_lock(&s, 1000, 221, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_away(&s, 1000, 0, 221, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_away(&s, 3000, 0, 0, HU_STATE_RUNNING, 221, NULL);
	scene_returned(&s, 3000, 221, "down_write", 0, false);
	scene_call(&s, 3001, 222, HU_BEGIN, "mount");
	scene_lock(&s, 3001, 222, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_away(&s, 3002, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_lock(&s, 3500, 221, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 3501, 221, HU_END, "mount");
	if (third) {
		scene_lock(&s, 3510, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
		scene_returned(&s, 3511, 45, "down_write", 0, false);
		scene_lock(&s, 3711, 45, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	}
	scene_away(&s, 3720, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(&s, 3720, 222, "down_write", 0, false);
	scene_lock(&s, 3721, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 3722, 222, HU_END, "mount");
	scene_judge(&s);
	CHECK_INT(s.causes.at.count, 1);
	const struct hu_cause *c = &s.causes.at.at[0];
	CHECK_INT(s.model.ops.at[c->ops.at[0]].tid, 221);
	CHECK(c->holders.count >= 1);
	if (third)
		CHECK(c->holders.at[0].tid == 45 && !c->holders.at[0].fellow);
	else
		CHECK(c->holders.at[0].fellow);
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
	scene_mount_waits(&s, 1100, 2100);
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

/* down_write() without a return probe, no contention, and a sleep inside the section. */
static void unprobed_return(void)
{
	struct scene s;

	TEST_CASE("who sleeps elsewhere has the lock");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_away(&s, 1003, 1, 45, HU_STATE_UNINTERRUPTIBLE, 0,
		   "schedule<schedule_timeout<msleep<hold<proc_write");
	scene_mount_waits(&s, 1100, 2100);
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
	scene_mount_waits(&s, 1100, 2100);
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
	scene_waits_to_the_end(&s);
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
	fellow_victims();
	victim_and_holder(false);
	victim_and_holder(true);
	many_tries();
	handed_over();
	unprobed_return();
	waited_then_slept();
	bare_wakeup(HU_CTX_TASK, false, true);
	bare_wakeup(HU_CTX_HARDIRQ, false, false);
	bare_wakeup(HU_CTX_TASK, true, false);
	shrinker_proves(true);
	shrinker_proves(false);
	return test_end();
}
