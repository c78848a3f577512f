/*
 * The chain: what a holder itself waited for, to the end. Each case is a look-alike of another, and
 * the numbers say which it was; the rows of every level add up to no more than the row above.
 */
#include "tests/scene.h"
#include "tests/test.h"

#include <stdlib.h>

static const char *const mount_wants = "down_write<__prealloc_shrinker<alloc_super<sget<"
				       "__x64_sys_mount";

static void reader_gets_in(struct scene *s, hu_ns ms, int32_t tid)
{
	scene_lock(s, ms, tid, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(s, ms, tid, "down_read_trylock", 1, true);
}

/* It asks, sleeps, and has the lock when it is back. */
static void waits(struct scene *s, hu_ns from, int32_t tid, const char *function, uint64_t lock,
		  const char *stack)
{
	scene_lock(s, from, tid, HU_LOCK_ASK, function, lock, stack);
	scene_away(s, from, 0, tid, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
}

static void gets(struct scene *s, hu_ns ms, int32_t tid, const char *function)
{
	scene_away(s, ms, 0, 0, HU_STATE_RUNNING, tid, NULL);
	scene_returned(s, ms, tid, function, 0, false);
}

/* Whatever the case: no level tells of more time than the link above it. */
static void check_sums(struct scene *s)
{
	CHECK_INT(scene_ask(s, "SELECT count(*) FROM incident"), 1);
	CHECK_INT(scene_ask(s,
			    "SELECT sum(ns) - (SELECT worst_ns FROM incident) FROM incident_link "
			    "WHERE depth = 0"),
		  0);
	CHECK_INT(
		scene_ask(s,
			  "SELECT count(*) FROM incident_link AS p WHERE p.ns < (SELECT sum(ns) "
			  "FROM incident_link AS l WHERE l.depth = p.depth + 1 AND l.rank > p.rank "
			  "AND l.rank < coalesce((SELECT min(rank) FROM incident_link AS n WHERE "
			  "n.rank > p.rank AND n.depth <= p.depth), 1000000))"),
		0);
}

static void holder_waits_for_the_disk(void)
{
	struct scene s;

	TEST_CASE("shrinker_rwsem is held by a task that waits for the disk: the root is the disk");
	scene_begin(&s);
	reader_gets_in(&s, 1000, 45);
	scene_io(&s, 1005, 45, HU_BEGIN, 4711);
	scene_away(&s, 1010, 0, 45, HU_STATE_UNINTERRUPTIBLE, 0,
		   "io_schedule<bit_wait_io<__wait_on_buffer<ext4_evict_inode<super_cache_scan<"
		   "do_shrink_slab<shrink_slab<shrink_node<balance_pgdat<kswapd");
	scene_call(&s, 1199, 222, HU_BEGIN, "mount");
	waits(&s, 1200, 222, "down_write", LOCK, mount_wants);
	scene_io(&s, 3100, 0, HU_END, 4711);
	scene_away(&s, 3101, 0, 0, HU_STATE_RUNNING, 45, NULL);
	scene_lock(&s, 3200, 45, HU_LOCK_RELEASE, "up_read", LOCK,
		   "up_read<shrink_slab<shrink_node<balance_pgdat<kswapd");
	scene_away(&s, 3200, 0, 45, HU_STATE_SLEEPING, 0, NULL);
	gets(&s, 3201, 222, "down_write");
	scene_call(&s, 3202, 222, HU_END, "mount");
	scene_analyze(&s);
	check_sums(&s);
	CHECK_INT(scene_ask(&s,
			    "SELECT ns / 1000000 FROM incident_link WHERE depth = 1 AND state = "
			    "'holding' AND task LIKE '%45%'"),
		  2000);
	/* 1200 to 3101 asleep, then 99 ms of running. */
	CHECK_INT(scene_ask(&s,
			    "SELECT ns / 1000000 FROM incident_link WHERE depth = 2 AND state = "
			    "'waiting' AND waits_on LIKE '%I/O%'"),
		  1901);
	CHECK_INT(scene_ask(&s,
			    "SELECT ns / 1000000 FROM incident_link WHERE depth = 2 AND state = "
			    "'running'"),
		  99);
	CHECK_INT(scene_ask(&s, "SELECT ns / 1000000 FROM incident_link WHERE depth = 3 AND task = "
				"'block device 254:16' AND how = 'observed'"),
		  1900);
	CHECK_INT(scene_ask(&s,
			    "SELECT count(*) FROM incident WHERE summary LIKE '%itself waited for "
			    "I/O%block device 254:16%'"),
		  1);
	scene_end(&s);
}

static void through_an_amplifier(void)
{
	struct scene s;

	TEST_CASE("a mount behind a mount: namespace_sem is a link, shrinker_rwsem's reader the "
		  "root");
	scene_begin(&s);
	hu_put_symbol(s.sink, HEAP, 'd', hu_str("namespace_sem"));
	reader_gets_in(&s, 1000, 45);
	scene_call(&s, 1100, 221, HU_BEGIN, "mount");
	scene_lock(&s, 1101, 221, HU_LOCK_ASK, "down_write", HEAP, NULL);
	scene_returned(&s, 1101, 221, "down_write", 0, false);
	waits(&s, 1102, 221, "down_write", LOCK, mount_wants);
	scene_call(&s, 1200, 222, HU_BEGIN, "mount");
	waits(&s, 1201, 222, "down_write", HEAP, "down_write<lock_mount<do_new_mount");
	scene_lock(&s, 4100, 45, HU_LOCK_RELEASE, "up_read", LOCK,
		   "up_read<shrink_slab<shrink_node<balance_pgdat<kswapd");
	gets(&s, 4101, 221, "down_write");
	scene_lock(&s, 4102, 221, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_lock(&s, 4103, 221, HU_LOCK_RELEASE, "up_write", HEAP, NULL);
	scene_call(&s, 4104, 221, HU_END, "mount");
	scene_away(&s, 4105, 0, 221, HU_STATE_SLEEPING, 222, NULL);
	scene_returned(&s, 4105, 222, "down_write", 0, false);
	scene_lock(&s, 4106, 222, HU_LOCK_RELEASE, "up_write", HEAP, NULL);
	scene_call(&s, 4107, 222, HU_END, "mount");
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 2);
	CHECK_INT(scene_ask(&s,
			    "SELECT count(*) FROM incident WHERE lock_name = 'namespace_sem' AND "
			    "summary LIKE '%(221) itself waited for shrinker_rwsem%held by%(45)%'"),
		  1);
	/* 1201 to 4101: what 221 waited for while 222 waited for it. */
	CHECK_INT(
		scene_ask(&s,
			  "SELECT l.ns / 1000000 FROM incident_link AS l JOIN incident AS i ON "
			  "i.id = l.incident WHERE i.lock_name = 'namespace_sem' AND depth = 2 AND "
			  "waits_on LIKE 'shrinker_rwsem%'"),
		2900);
	CHECK_INT(
		scene_ask(&s,
			  "SELECT l.ns / 1000000 FROM incident_link AS l JOIN incident AS i ON "
			  "i.id = l.incident WHERE i.lock_name = 'namespace_sem' AND depth = 3 AND "
			  "state = 'holding' AND task LIKE '%45%'"),
		2899);
	scene_end(&s);
}

static void a_circle(void)
{
	struct scene s;

	TEST_CASE("two tasks that wait for each other's lock: a deadlock, told as one");
	scene_begin(&s);
	hu_put_symbol(s.sink, HEAP, 'd', hu_str("event_mutex"));
	for (int i = 0; i < 2; i++) {
		uint64_t first = i ? HEAP : LOCK;
		scene_call(&s, 1000 + i, 300 + i, HU_BEGIN, "mount");
		scene_lock(&s, 1010 + i, 300 + i, HU_LOCK_ASK, "down_write", first, NULL);
		scene_returned(&s, 1010 + i, 300 + i, "down_write", 0, false);
	}
	/* Releases of both are recorded at all. */
	for (int i = 0; i < 2; i++) {
		scene_lock(&s, 1015, 310, HU_LOCK_ASK, "down_write", i ? HEAP : LOCK, NULL);
		scene_returned(&s, 1015, 310, "down_write", -4, true);
		scene_lock(&s, 1016, 310, HU_LOCK_RELEASE, "up_write", i ? HEAP : LOCK, NULL);
	}
	waits(&s, 1020, 300, "down_write", HEAP, NULL);
	waits(&s, 1021, 301, "down_write", LOCK, NULL);
	scene_away(&s, 9000, 1, 500, HU_STATE_SLEEPING, 0, NULL);
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident WHERE summary LIKE '%a deadlock%'"),
		  2);
	CHECK_INT(scene_ask(&s,
			    "SELECT count(*) FROM incident_link WHERE waits_on LIKE '%a circle%'"),
		  2);
	scene_end(&s);
}

static void no_cpu(void)
{
	struct scene s;

	TEST_CASE("the holder was ready all the while and another task had its CPU");
	scene_begin(&s);
	reader_gets_in(&s, 1000, 45);
	scene_away(&s, 1010, 0, 45, HU_STATE_PREEMPTED, 777, NULL);
	scene_call(&s, 1199, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1200, 222, HU_LOCK_ASK, "down_write", LOCK, mount_wants);
	scene_away(&s, 1200, 1, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_away(&s, 3000, 0, 777, HU_STATE_PREEMPTED, 45, NULL);
	scene_lock(&s, 3010, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_away(&s, 3011, 1, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(&s, 3011, 222, "down_write", 0, false);
	scene_call(&s, 3012, 222, HU_END, "mount");
	scene_analyze(&s);
	check_sums(&s);
	CHECK_INT(scene_ask(&s,
			    "SELECT ns / 1000000 FROM incident_link WHERE depth = 2 AND state = "
			    "'runnable' AND task LIKE '%45%'"),
		  1800);
	CHECK_INT(scene_ask(&s,
			    "SELECT ns / 1000000 FROM incident_link WHERE depth = 3 AND task LIKE "
			    "'%777%'"),
		  1800);
	CHECK_INT(scene_ask(&s, "SELECT running_ns / 1000000 FROM task_time WHERE tid = 777"),
		  1990);
	CHECK_INT(scene_ask(&s, "SELECT runnable_ns / 1000000 FROM task_time WHERE tid = 45"),
		  1990);
	scene_end(&s);
}

/* A wait by contention events, ended by a wakeup of `waker` in that context with that stack. */
static void woken_by(struct scene *s, int32_t waker, uint32_t context, const char *stack)
{
	scene_call(s, 1000, 222, HU_BEGIN, "mount");
	scene_lock(s, 1001, 222, HU_LOCK_WAIT, "contention_begin", LOCK, mount_wants);
	scene_away(s, 1002, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	scene_woken(s, 4000, 1, waker, 222, context, stack);
	scene_away(s, 4001, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_lock(s, 4002, 222, HU_LOCK_WAIT_END, "contention_end", LOCK, NULL);
	scene_call(s, 4003, 222, HU_END, "mount");
}

static void wakers(void)
{
	static const struct {
		const char *name;
		uint32_t context;
		const char *stack;
		int64_t holders;
		const char *how;
	} cases[] = {
		{"up_read in shrink_slab", HU_CTX_TASK,
		 "try_to_wake_up<wake_up_q<rwsem_wake<up_read<shrink_slab<shrink_node", 1,
		 "handed_over"},
		{"an interrupt names whoever ran there", HU_CTX_HARDIRQ,
		 "try_to_wake_up<wake_up_q<rwsem_wake<up_read<shrink_slab<shrink_node", 0, NULL},
		{"no stack: out of a lock's queue, and not shown to be a release", HU_CTX_TASK,
		 NULL, 1, "overlapping"},
		{"a release in a function that names no lock", HU_CTX_TASK,
		 "try_to_wake_up<wake_up_q<rwsem_wake<up_write<cgroup_attach_task", 1,
		 "handed_over"},
		{"a timer's wakeup", HU_CTX_TASK, "try_to_wake_up<process_timeout<call_timer_fn", 0,
		 NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		TEST_CASE("%s", cases[i].name);
		scene_begin(&s);
		woken_by(&s, 45, cases[i].context, cases[i].stack);
		scene_analyze(&s);
		CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident_holder"), cases[i].holders);
		/* By a wakeup that proves nothing, in task context, it is a candidate. */
		CHECK_INT(scene_ask(&s,
				    "SELECT count(*) FROM incident_note WHERE kind = 'caveat' AND "
				    "text LIKE 'A candidate, no more: % (45)%ended 1 of 1 waits%'"),
			  cases[i].context == HU_CTX_TASK && !cases[i].holders);
		if (cases[i].holders) {
			HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
			hu_out_printf(&sql, "SELECT tid FROM incident_holder WHERE how = '%s'",
				      cases[i].how);
			CHECK_INT(scene_ask(&s, sql.at), 45);
			CHECK_INT(scene_ask(&s, "SELECT longest_ns / 1000000 FROM incident_holder"),
				  2999);
		}
		scene_end(&s);
	}
}

static void waker_named_for_another_lock(void)
{
	struct scene s;

	TEST_CASE("a waker whose frames name another lock than the one that was waited for");
	scene_begin(&s);
	woken_by(&s, 45, HU_CTX_TASK, "try_to_wake_up<wake_up_q<rwsem_wake<up_write<lock_mount");
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident_holder"), 0);
	scene_end(&s);
}

static void born_later(void)
{
	struct scene s;

	TEST_CASE("who was forked after the wait began did not have the lock then");
	scene_begin(&s);
	scene_call(&s, 1000, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1001, 222, HU_LOCK_WAIT, "contention_begin", HEAP, NULL);
	scene_away(&s, 1002, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	hu_put_task(s.sink, &(struct hu_task){.at = scene_at(&s, 3900, 1, 380, 0),
					      .tgid = 380,
					      .parent = 100,
					      .step = HU_TASK_FORKED});
	scene_lock(&s, 4000, 380, HU_LOCK_RELEASE_CONTENDED, "contended_release", HEAP, NULL);
	scene_away(&s, 4001, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_lock(&s, 4002, 222, HU_LOCK_WAIT_END, "contention_end", HEAP, NULL);
	scene_call(&s, 4003, 222, HU_END, "mount");
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT longest_ns / 1000000 FROM incident_holder WHERE tid = 380"),
		  100);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident WHERE confidence = 'low'"), 1);
	scene_end(&s);
}

static void sampled(struct scene *s, hu_ns ms, int32_t tid, const char *stack)
{
	struct hu_sample row = {.at = scene_at(s, ms, 1, tid, scene_stack(s, stack)),
				.event = hu_internz(s->sink, "cpu-clock"),
				.period = 1};

	hu_put_sample(s->sink, &row);
}

static void samples_as_witnesses(void)
{
	struct scene s;

	TEST_CASE("samples inside shrink_slab place a task there, and one outside it ends that");
	scene_begin(&s);
	scene_call(&s, 1000, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1001, 222, HU_LOCK_WAIT, "contention_begin", LOCK, mount_wants);
	scene_away(&s, 1002, 0, 222, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
	for (hu_ns ms = 1010; ms <= 3000; ms += 10)
		sampled(&s, ms, 45,
			ms == 2010 ? "folio_referenced<shrink_inactive_list<shrink_node<kswapd"
				   : "super_cache_count<do_shrink_slab<shrink_slab<shrink_node<"
				     "kswapd");
	scene_away(&s, 3001, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_lock(&s, 3002, 222, HU_LOCK_WAIT_END, "contention_end", LOCK, NULL);
	scene_call(&s, 3003, 222, HU_END, "mount");
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident_holder WHERE tid = 45 AND how = "
				"'overlapping' AND role = 'kswapd'"),
		  1);
	/* 1010 to 2000, and 2020 to 3000. */
	CHECK_INT(scene_ask(&s, "SELECT holds FROM incident_holder"), 2);
	CHECK_INT(scene_ask(&s, "SELECT blocking_ns / 1000000 FROM incident_holder"), 1970);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident WHERE confidence = 'medium'"), 1);
	scene_end(&s);
}

static void contradictions(void)
{
	struct scene s;

	TEST_CASE("two writers at once are counted and said");
	scene_begin(&s);
	for (int32_t tid = 300; tid < 302; tid++) {
		scene_lock(&s, 1000, tid, HU_LOCK_ASK, "down_write", LOCK, NULL);
		scene_returned(&s, 1000 + tid - 300, tid, "down_write", 0, false);
	}
	for (int32_t tid = 300; tid < 302; tid++)
		scene_lock(&s, 1050, tid, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_lock(&s, 1051, 303, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_analyze(&s);
	CHECK_INT(
		scene_ask(&s,
			  "SELECT count(*) FROM incident_note WHERE incident IS NULL AND text LIKE "
			  "'%1 hold overlaps another task''s hold%'"),
		1);
	CHECK_INT(scene_ask(&s,
			    "SELECT count(*) FROM analyzer_result WHERE name = 'lock_holders' AND "
			    "why LIKE '%1 release has no acquire%'"),
		  1);
	scene_end(&s);
}

/* Ten thousand tasks, half a million holds and as many waits on one lock: any quadratic step would
 * take minutes, and the test's own limit ends it. */
static void a_crowd(void)
{
	enum { TASKS = 10000, ROUNDS = 25 };
	struct scene s;

	TEST_CASE("ten thousand tasks on one lock");
	scene_begin(&s);
	for (int64_t i = 0; i < (int64_t)TASKS * ROUNDS; i++) {
		if (i == 10000)
			scene_lock(&s, 10, 222, HU_LOCK_WAIT, "contention_begin", HEAP, NULL);
		if (i == 240000)
			scene_lock(&s, 240, 222, HU_LOCK_WAIT_END, "contention_end", HEAP, NULL);
		int32_t tid = 1000 + (int32_t)(i % TASKS);
		struct hu_lock_event row = {.at = {.ts = i * 1000,
						   .pos = ++s.pos,
						   .cpu = (int32_t)(i % 64),
						   .tid = tid,
						   .context = HU_CTX_TASK},
					    .address = HEAP,
					    .step = HU_LOCK_WAIT,
					    .mode = HU_MODE_WRITE,
					    .type = HU_LOCK_MUTEX,
					    .known = HU_KNOWS_ADDRESS | HU_KNOWS_MODE};
		hu_put_lock(s.sink, &row);
		row.at.ts += 400;
		row.at.pos = ++s.pos;
		row.step = HU_LOCK_WAIT_END;
		hu_put_lock(s.sink, &row);
		row.at.ts += 400;
		row.at.pos = ++s.pos;
		row.step = HU_LOCK_RELEASE_CONTENDED;
		hu_put_lock(s.sink, &row);
	}
	scene_analyze(&s);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident"), 1);
	scene_end(&s);
}

int main(void)
{
	holder_waits_for_the_disk();
	through_an_amplifier();
	a_circle();
	no_cpu();
	wakers();
	waker_named_for_another_lock();
	born_later();
	samples_as_witnesses();
	contradictions();
	a_crowd();
	return test_end();
}
