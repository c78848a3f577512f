/*
 * Lost events, put in by hand: no interval is believed across them, and what was proved when they
 * began stays.
 */
#include "tests/scene.h"
#include "tests/test.h"

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
	scene_lock(&s, 1100, 222, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
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

int main(void)
{
	torn_by_loss();
	for (int i = 0; i < 4; i++)
		loss_in_a_loss(i & 1, i & 2);
	return test_end();
}
