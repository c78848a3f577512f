/*
 * What the analyzers put into the figures' tables, from events put in by hand: widths that add up,
 * pieces that follow one another, a circle that closes where it should.
 */
#include "tests/scene.h"
#include "tests/test.h"

static const char *const mount_wants = "down_write<__prealloc_shrinker<alloc_super<sget<"
				       "__x64_sys_mount";

/* Whatever the case. */
static void check_rows(struct scene *s)
{
	/* children are no wider than what they stand on, and stand on it */
	CHECK_INT(
		scene_ask(s,
			  "SELECT count(*) FROM flame_frame AS c WHERE depth > 0 AND NOT EXISTS "
			  "(SELECT 1 FROM flame_frame AS p WHERE p.incident = c.incident AND "
			  "p.flame = c.flame AND p.depth = c.depth - 1 AND p.start <= c.start AND "
			  "p.start + p.width >= c.start + c.width)"),
		0);
	CHECK_INT(
		scene_ask(s,
			  "SELECT count(*) FROM flame_frame AS a JOIN flame_frame AS b USING "
			  "(incident, flame, depth) WHERE a.start < b.start AND a.start + a.width "
			  "> b.start"),
		0);
	CHECK_INT(scene_ask(s, "SELECT count(*) FROM flame WHERE total != (SELECT width FROM "
			       "flame_frame AS x WHERE x.incident = flame.incident AND x.flame = "
			       "flame.flame AND depth = 0)"),
		  0);
	CHECK_INT(scene_ask(s,
			    "SELECT count(*) FROM flame WHERE (SELECT count(*) FROM flame_frame AS "
			    "x WHERE x.incident = flame.incident AND x.flame = flame.flame) > 300"),
		  0);
	/* what a task did while a bar of its lane lasted fills that bar */
	CHECK_INT(scene_ask(s,
			    "SELECT count(*) FROM figure_state AS a JOIN figure_state AS b USING "
			    "(incident, lane) WHERE a.from_ns < b.from_ns AND a.to_ns > b.from_ns"),
		  0);
	CHECK_INT(scene_ask(s,
			    "SELECT count(*) FROM figure_bar AS b JOIN figure_lane AS l USING "
			    "(incident, lane) WHERE kind = 'victim' AND to_ns - from_ns != (SELECT "
			    "sum(to_ns - from_ns) FROM figure_state AS s WHERE s.incident = "
			    "b.incident AND s.lane = b.lane AND s.from_ns >= b.from_ns AND s.to_ns "
			    "<= b.to_ns)"),
		  0);
	/* the graph is a tree whose times never grow */
	CHECK_INT(scene_ask(s, "SELECT count(*) FROM graph_node AS c LEFT JOIN graph_node AS p ON "
			       "p.incident = c.incident AND p.node = c.parent WHERE c.node > 1 AND "
			       "(p.node IS NULL OR p.node >= c.node OR p.ns < c.ns)"),
		  0);
	CHECK_INT(scene_ask(s, "SELECT count(*) FROM graph_node WHERE node > 20"), 0);
	/* every counted operation is in one step, and no step is stalled in part */
	CHECK_INT(scene_ask(s,
			    "SELECT count(*) FROM incident WHERE operations != (SELECT sum(count) "
			    "FROM incident_latency WHERE incident = id)"),
		  0);
	CHECK_INT(scene_ask(s, "SELECT count(*) FROM incident_latency WHERE low_ns < 100000000 AND "
			       "high_ns > 100000000"),
		  0);
	CHECK_INT(scene_ask(s,
			    "SELECT count(*) FROM incident WHERE worst_ns != (SELECT duration_ns "
			    "FROM incident_stall WHERE incident = id AND rank = 1)"),
		  0);
}

static void waits(struct scene *s, hu_ns from, int32_t tid, const char *function, uint64_t lock,
		  const char *stack)
{
	scene_lock(s, from, tid, HU_LOCK_ASK, function, lock, stack);
	scene_away(s, from, 0, tid, HU_STATE_UNINTERRUPTIBLE, 0, NULL);
}

static void behind_the_disk(void)
{
	struct scene s;

	TEST_CASE("a holder that waits for the disk");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
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
	scene_away(&s, 3201, 0, 0, HU_STATE_RUNNING, 222, NULL);
	scene_returned(&s, 3201, 222, "down_write", 0, false);
	scene_call(&s, 3202, 222, HU_END, "mount");
	scene_analyze(&s);
	check_rows(&s);
	/* 1000 to 3200 held; 1010 to 3101 of it off its CPU */
	CHECK_INT(scene_ask(&s,
			    "SELECT total / 1000000 FROM flame WHERE kind = 'holder' AND unit = "
			    "'ns'"),
		  2200);
	CHECK_INT(scene_ask(&s, "SELECT width / 1000000 FROM flame_frame WHERE label = "
				"'ext4_evict_inode'"),
		  2091);
	CHECK_INT(scene_ask(&s,
			    "SELECT sum(width) / 1000000 FROM flame_frame WHERE label = 'running, "
			    "no stack taken'"),
		  109);
	CHECK_INT(scene_ask(&s,
			    "SELECT width / 1000000 FROM flame_frame WHERE label = 'shrink_slab'"),
		  2200);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM graph_node WHERE kind IN ('victim', 'lock', "
				"'task', 'reason', 'device')"),
		  5);
	CHECK_INT(scene_ask(&s,
			    "SELECT count(*) FROM graph_node AS d JOIN graph_node AS r ON r.node "
			    "= d.parent WHERE d.kind = 'device' AND r.label = 'I/O'"),
		  1);
	CHECK_INT(scene_ask(&s,
			    "SELECT sum(to_ns - from_ns) / 1000000 FROM figure_state JOIN "
			    "figure_lane USING (incident, lane) WHERE kind = 'holder' AND state = "
			    "'sleeping' AND what = 'I/O'"),
		  2091);
	CHECK_INT(scene_ask(&s,
			    "SELECT max(value) FROM figure_point JOIN figure_lane USING (incident, "
			    "lane) WHERE kind = 'waiters'"),
		  -2); /* one wait alone is no crowd */
	scene_end(&s);
}

static void a_circle(void)
{
	struct scene s;

	TEST_CASE("a circle closes on the task that waits");
	scene_begin(&s);
	hu_put_symbol(s.sink, HEAP, 'd', hu_str("event_mutex"));
	for (int i = 0; i < 2; i++) {
		scene_call(&s, 1000 + i, 300 + i, HU_BEGIN, "mount");
		scene_lock(&s, 1010 + i, 300 + i, HU_LOCK_ASK, "down_write", i ? HEAP : LOCK, NULL);
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
	check_rows(&s);
	CHECK(scene_ask(&s,
			"SELECT count(*) FROM graph_node WHERE kind = 'circle' AND closes IS NOT "
			"NULL") > 0);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM graph_node AS c WHERE kind = 'circle' AND "
				"label != (SELECT label FROM graph_node AS x WHERE x.incident = "
				"c.incident AND x.node = c.closes)"),
		  0);
	scene_end(&s);
}

static void a_crowd(void)
{
	struct scene s;

	TEST_CASE("how many waited, and a thousand short sleeps");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	for (int32_t tid = 222; tid < 229; tid++) {
		scene_call(&s, 1001 + tid - 222, tid, HU_BEGIN, "mount");
		waits(&s, 1001 + tid - 222, tid, "down_write", LOCK, mount_wants);
	}
	for (hu_ns at = 1100; at < 5100; at += 4) {
		scene_away(&s, at, 0, 0, HU_STATE_RUNNING, 45, NULL);
		scene_away(&s, at + 2, 0, 45, HU_STATE_UNINTERRUPTIBLE, 0,
			   "io_schedule<bit_wait_io<super_cache_scan<shrink_slab<kswapd");
	}
	scene_away(&s, 5100, 0, 0, HU_STATE_RUNNING, 45, NULL);
	scene_lock(&s, 5200, 45, HU_LOCK_RELEASE, "up_read", LOCK,
		   "up_read<shrink_slab<shrink_node<balance_pgdat<kswapd");
	scene_away(&s, 5200, 0, 45, HU_STATE_SLEEPING, 222, NULL);
	for (int32_t tid = 222; tid < 229; tid++) {
		scene_returned(&s, 5201 + tid - 222, tid, "down_write", 0, false);
		scene_lock(&s, 5201 + tid - 222, tid, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
		scene_call(&s, 5201 + tid - 222, tid, HU_END, "mount");
		scene_away(&s, 5201 + tid - 222, 0, tid, HU_STATE_SLEEPING, tid < 228 ? tid + 1 : 0,
			   NULL);
	}
	scene_analyze(&s);
	check_rows(&s);
	CHECK_INT(scene_ask(&s,
			    "SELECT max(value) FROM figure_point JOIN figure_lane USING (incident, "
			    "lane) WHERE kind = 'waiters'"),
		  7);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM incident_stall"), 7);
	CHECK_INT(scene_ask(&s, "SELECT count(*) FROM graph_node WHERE kind = 'victim' AND detail "
				"LIKE '%and 6 other tasks waited too'"),
		  1);
	/* joined where they are too short to see */
	CHECK(scene_ask(&s, "SELECT count(*) FROM figure_state") < 900);
	scene_end(&s);
}

int main(void)
{
	behind_the_disk();
	a_circle();
	a_crowd();
	return test_end();
}
