/*
 * Until when a hold lasts whose release nobody recorded, from events put in by hand: one that lasts
 * too long makes a holder of whoever once had the lock.
 */
#include "tests/scene.h"
#include "tests/test.h"

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
	scene_mount_waits(&s, 1600, 3600);
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
	scene_lock(s, at, tid, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_returned(s, at, tid, "down_write", 0, false);
	if (release)
		scene_lock(s, at + 1, tid, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
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
	scene_waits_to_the_end(&s);
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
	scene_waits_to_the_end(&s);
	CHECK_INT(s.causes.at.at[0].holders.count, 0);
	scene_end(&s);
}

int main(void)
{
	readers_and_recursion();
	for (int gone = STILL_THERE; gone <= EXITED; gone++)
		release_missed((enum gone)gone);
	releases_of_one_mode(true);
	releases_of_one_mode(false);
	return test_end();
}
