/*
 * Where calls begin and end of which the records show one side alone, from events put in by hand: a
 * call that lasts too long is an incident that never was.
 */
#include "tests/scene.h"
#include "tests/test.h"

static void asked_and_gone(void)
{
	struct scene s;

	TEST_CASE("an ask without a return is no wait once the task sleeps by its own will, or "
		  "exits");
	scene_begin(&s);
	scene_lock(&s, 1000, 222, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_away(&s, 1001, 0, 222, HU_STATE_SLEEPING, 0, NULL);
	scene_away(&s, 2000, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_lock(&s, 2001, 222, HU_LOCK_ASK, "down_write", LOCK, SCENE_MOUNT);
	scene_away(&s, 2002, 0, 222, HU_STATE_DEAD, 0, NULL);
	scene_away(&s, 9000, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 0);
	scene_end(&s);
}

static void cut_at_the_beginning(void)
{
	struct scene s;

	TEST_CASE("a call that was under way when the capture began lasted at least since then");
	scene_begin(&s);
	scene_call(&s, 1000, 300, HU_BEGIN, "umount");
	scene_call(&s, 1001, 300, HU_END, "umount");
	scene_call(&s, 1500, 222, HU_END, "umount");
	scene_call(&s, 1600, 223, HU_END, "bpf"); /* its entries are not recorded */
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 1);
	CHECK_INT(scene_ask(&s, "SELECT worst_ns / 1000000 FROM incident WHERE worst_open = 1 AND "
				"victim_tid = 222"),
		  500);
	scene_end(&s);
}

static void born_in_a_call(void)
{
	struct scene s;

	TEST_CASE("a task's first way out of the kernel is no call that was under way: its first "
		  "wakeup was recorded, whoever else's was");
	scene_begin(&s);
	scene_call(&s, 1000, 300, HU_BEGIN, "umount");
	scene_call(&s, 1001, 300, HU_END, "umount");
	for (int32_t tid = 309; tid >= 301; tid--) {
		struct hu_wakeup born = {scene_at(&s, 1010 + 309 - tid, 0, 300, 0), tid,
					 HU_WAKEUP_NEW};
		hu_put_wakeup(s.sink, &born);
	}
	for (int32_t tid = 301; tid <= 309; tid++)
		scene_call(&s, 1500, tid, HU_END, "umount");
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 0);
	scene_end(&s);
}

/* do_exit() does not come back (kernel/exit.c): its call has a begin alone, and ends with the task.
 */
static void the_last_call(void)
{
	struct scene s;

	TEST_CASE("exit_group lasts until its task's last switch, not until the capture ends");
	scene_begin(&s);
	scene_away(&s, 900, 0, 0, 0, 222, NULL);
	scene_call(&s, 1000, 222, HU_BEGIN, "exit_group");
	scene_away(&s, 1040, 0, 222, HU_STATE_DEAD, 0, NULL);
	scene_call(&s, 4000, 221, HU_BEGIN, "mount");
	scene_call(&s, 4001, 221, HU_END, "mount");
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT worst_ns FROM operation_kind WHERE name = 'exit_group'"),
		  40 * HU_NS_PER_MS);
	CHECK_INT(scene_ask(&s, "SELECT worst_open FROM operation_kind WHERE name = 'exit_group'"),
		  0);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 0);
	scene_end(&s);
}

int main(void)
{
	asked_and_gone();
	cut_at_the_beginning();
	born_in_a_call();
	the_last_call();
	return test_end();
}
