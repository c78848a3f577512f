/*
 * What is concluded of memory reclaim where nobody's call stalled: faults by their stacks, OOM
 * kills in the words of several kernels, long shrinkers with what their calls did inside, waits
 * inside reclaim. Events are put in by hand; the numbers are prime and differ, so that a swap
 * shows.
 */
#include "analyzers/analyzer.h"
#include "analyzers/reclaim_faults.h"
#include "db/rows.h"
#include "tests/test.h"

#include <stdlib.h>

#define MS HU_NS_PER_MS
#define KSWAPD "do_shrink_slab<shrink_slab<shrink_node<balance_pgdat<kswapd<kthread"
#define DIRECT                                                                                     \
	"do_shrink_slab<shrink_slab<shrink_node<do_try_to_free_pages<try_to_free_pages<"           \
	"__alloc_pages_slowpath<__alloc_pages"

struct scene {
	struct hu_store *store;
	struct hu_sink *sink;
	uint64_t pos;
};

static void begin(struct scene *s, const char *path, const char *format)
{
	struct hu_source_info info = {path, format, "made by hand", "00", 1, HU_CLOCK_MONOTONIC};

	*s = (struct scene){0};
	CHECK_OK(hu_store_create(":memory:", &s->store));
	CHECK_OK(hu_store_set_bundle(s->store, "scene", "00", 1, 1));
	CHECK_OK(hu_store_begin(s->store, &info, &s->sink));
}

static void conclude(struct scene *s)
{
	struct hu_options options = {100 * MS, HU_OPEN, HU_OPEN, NULL, NULL};

	CHECK_OK(hu_store_end(s->sink, NULL));
	CHECK_OK(hu_store_settle(s->store));
	CHECK_OK(hu_analyze(s->store, &options));
}

static hu_stack stack_of(struct hu_sink *sink, const char *text)
{
	struct hu_str rest = hu_str(text), frames[32];
	size_t n = 0;
	hu_stack stack = 0;

	while (rest.len && n < 32)
		frames[n++] = hu_str_split(&rest, '<');
	while (n)
		stack = hu_push_frame(sink, stack, hu_intern(sink, frames[--n]), 0);
	return stack;
}

static struct hu_where at(struct scene *s, hu_ns ms, int32_t tid, const char *stack)
{
	return (struct hu_where){ms * MS,    ++s->pos, 0, tid, stack ? stack_of(s->sink, stack) : 0,
				 HU_CTX_TASK};
}

static void message(struct scene *s, hu_ns ms, const char *text)
{
	struct hu_message row = {
		ms * MS, ++s->pos, HU_NONE, HU_NONE, hu_intern(s->sink, hu_str(text)), 0};

	hu_put_message(s->sink, &row);
}

static void snapshot(struct scene *s, hu_ns ms, int32_t tid, enum hu_snapshot_kind kind,
		     const char *text, const char *stack)
{
	struct hu_snapshot row = {.at = at(s, ms, tid, stack),
				  .kind = kind,
				  .blocker = HU_NONE,
				  .comm = hu_intern(s->sink, hu_str("dd")),
				  .text = hu_intern(s->sink, hu_str(text))};

	hu_put_snapshot(s->sink, &row);
}

/* The one text that `sql` selects; freed with the next call. */
static const char *text_of(struct scene *s, const char *sql)
{
	static char kept[1024];
	struct hu_rows *rows = hu_rows_open(s->store, sql);

	kept[0] = '\0';
	if (hu_rows_next(rows)) {
		struct hu_str text = hu_rows_str(rows, 0);
		snprintf(kept, sizeof(kept), "%.*s", (int)text.len, text.at ? text.at : "");
	}
	CHECK_OK(hu_rows_close(rows));
	return kept;
}

static int64_t number_of(struct scene *s, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(s->store, sql);
	int64_t n = hu_rows_next(rows) ? hu_rows_int(rows, 0) : -1;

	CHECK_OK(hu_rows_close(rows));
	return n;
}

static const struct {
	enum hu_snapshot_kind kind;
	const char *text, *stack;
	const char *signature; /* NULL: no fault of reclaim */
	const char *confidence;
} faults[] = {
	/* as the report of 6.13-rc5 has it */
	{HU_SNAP_WARNING,
	 "WARNING: CPU: 0 PID: 9 at mm/page_alloc.c:4240 __alloc_pages_slowpath+0x1",
	 "__alloc_pages_slowpath<alloc_pages_mpol_noprof<__filemap_get_folio<bdev_getblk<sb_bread<"
	 "fat12_ent_bread<fat_truncate_blocks<fat_evict_inode<evict<prune_icache_sb<"
	 "super_cache_scan<" DIRECT,
	 "reclaim.fault|nofail|fat|direct_reclaim", "high"},
	/* no filesystem between the two */
	{HU_SNAP_WARNING,
	 "WARNING: mm/page_alloc.c:4444 at __alloc_pages_slowpath+0x1, CPU#1: dd/9",
	 "__alloc_pages_slowpath<__alloc_pages<kmalloc_large_node<examplegpu_shrink<" KSWAPD,
	 "reclaim.fault|nofail|?|kswapd", "medium"},
	/* reclaim is not in it: another of the function's warnings */
	{HU_SNAP_WARNING,
	 "WARNING: CPU: 0 PID: 9 at mm/page_alloc.c:4240 __alloc_pages_slowpath+0x1",
	 "__alloc_pages_slowpath<__alloc_pages<ext4_bread<ext4_readdir<iterate_dir", NULL, NULL},
	/* a warning of another kind inside reclaim */
	{HU_SNAP_WARNING, "WARNING: CPU: 0 PID: 9 at fs/inode.c:611 clear_inode+0x1",
	 "clear_inode<ext4_evict_inode<evict<super_cache_scan<" KSWAPD, NULL, NULL},
	/* stuck between its own two calls */
	{HU_SNAP_HUNG_TASK, "INFO: task dd:9 blocked for more than 122 seconds.",
	 "schedule<wait_transaction_locked<add_transaction_credits<start_this_handle<"
	 "jbd2__journal_start<ext4_evict_inode<evict<super_cache_scan<" DIRECT
	 "<ext4_xattr_set<vfs_setxattr",
	 "reclaim.fault|recursion|ext4|direct_reclaim", "medium"},
	/* legal: it waits for I/O, and the outer call is a read */
	{HU_SNAP_HUNG_TASK, "INFO: task dd:9 blocked for more than 123 seconds.",
	 "io_schedule<__wait_on_buffer<ext4_bread<ext4_evict_inode<evict<super_cache_scan<" DIRECT
	 "<filemap_alloc_folio<ext4_file_read_iter<vfs_read",
	 NULL, NULL},
	/* two filesystems: no recursion */
	{HU_SNAP_HUNG_TASK, "INFO: task dd:9 blocked for more than 124 seconds.",
	 "schedule<xlog_grant_head_wait<xfs_log_reserve<xfs_trans_alloc<xfs_inactive<evict<"
	 "super_cache_scan<" DIRECT "<ext4_xattr_set<vfs_setxattr",
	 NULL, NULL},
	{HU_SNAP_ALLOC_FAIL, "dd: page allocation failure: order:4, mode:0x1(GFP_NOFS)",
	 "warn_alloc<__alloc_pages<zs_malloc<zram_submit_bio<swap_writepage<pageout<"
	 "shrink_page_list<shrink_lruvec<shrink_node<balance_pgdat<kswapd",
	 "reclaim.fault|failed|?|kswapd", "medium"},
	/* a driver's own */
	{HU_SNAP_ALLOC_FAIL, "dd: page allocation failure: order:5, mode:0x1(GFP_ATOMIC)",
	 "warn_alloc<__alloc_pages_slowpath<__alloc_pages<e1000_alloc_rx_buffers<net_rx_action",
	 NULL, NULL},
	{HU_SNAP_WARNING, "WARNING: CPU: 0 PID: 9 at fs/ext4/inode.c:2061 ext4_writepage+0x1",
	 "ext4_writepage<pageout<shrink_page_list<shrink_inactive_list<shrink_lruvec<shrink_node<"
	 "do_try_to_free_pages<try_to_free_pages<__alloc_pages_slowpath",
	 "reclaim.fault|writepage|ext4|direct_reclaim", "medium"},
};

static void fault(size_t i)
{
	struct scene s;

	TEST_CASE("%s", faults[i].text);
	begin(&s, "dmesg.txt", "kmsg");
	message(&s, 1000, faults[i].text);
	snapshot(&s, 1000, 9, faults[i].kind, faults[i].text, faults[i].stack);
	conclude(&s);
	CHECK_STR(text_of(&s, "SELECT signature FROM incident WHERE signature LIKE 'reclaim.%'"),
		  faults[i].signature ? faults[i].signature : "");
	CHECK_STR(text_of(&s, "SELECT confidence FROM incident WHERE signature LIKE 'reclaim.%'"),
		  faults[i].signature ? faults[i].confidence : "");
	CHECK_STR(text_of(&s, "SELECT outcome FROM analyzer_result WHERE name = 'reclaim_faults'"),
		  faults[i].signature ? "found" : "clear");
	hu_store_close(s.store);
}

/* Warnings of one filesystem are one incident, and a loop that XFS speaks of needs no stack. */
static void fault_groups(void)
{
	struct scene s;

	TEST_CASE("groups of faults");
	begin(&s, "dmesg.txt", "kmsg");
	for (int i = 0; i < 7; i++)
		snapshot(&s, 1000 + i * 10000, 11 + i, HU_SNAP_WARNING, faults[0].text,
			 faults[0].stack);
	message(&s, 5000,
		"XFS: dd(17) possible memory allocation deadlock size 65536 in "
		"kmem_alloc (mode:0x2408240)");
	conclude(&s);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM incident"), 2);
	CHECK_HAS(text_of(&s, "SELECT summary FROM incident WHERE id = 'I1'"), "7 reports");
	CHECK_HAS(text_of(&s, "SELECT summary FROM incident WHERE id = 'I1'"), "7 tasks in all");
	CHECK_STR(text_of(&s, "SELECT signature FROM incident WHERE id = 'I2'"),
		  "reclaim.fault|loop|xfs|?");
	CHECK_STR(text_of(&s, "SELECT incident FROM verdict"), "I1");
	hu_store_close(s.store);
}

/* The words of 3.10, of a cgroup, and a name that has brackets. */
static void ooms(void)
{
	struct scene s;

	TEST_CASE("OOM kills");
	begin(&s, "dmesg.txt", "kmsg");
	message(&s, 1000, "java invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0");
	message(&s, 1001, "Out of memory: Kill process 31 (java) score 900 or sacrifice child");
	message(&s, 1002,
		"Killed process 37 (sh (x) y) total-vm:1000kB, anon-rss:5120kB, "
		"file-rss:0kB");
	message(&s, 2000, "worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0");
	message(&s, 2001,
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
		"mems_allowed=0,oom_memcg=/pod7,task_memcg=/pod7/a,task=worker,pid=41,"
		"uid=0");
	message(&s, 2002,
		"Memory cgroup out of memory: Killed process 41 (worker) "
		"total-vm:2000kB, anon-rss:1024kB, file-rss:0kB, UID:0");
	message(&s, 3000, "oom_reaper: reaped process 41 (worker), now anon-rss:0kB");
	conclude(&s);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM incident"), 2);
	CHECK_STR(text_of(&s, "SELECT signature FROM incident WHERE id = 'I1'"), "oom|?|sh (x) y");
	CHECK_HAS(text_of(&s, "SELECT summary FROM incident WHERE id = 'I1'"), "5 MiB");
	CHECK_STR(text_of(&s, "SELECT signature FROM incident WHERE id = 'I2'"),
		  "oom|CONSTRAINT_MEMCG|worker");
	CHECK_HAS(text_of(&s, "SELECT summary FROM incident WHERE id = 'I2'"), "/pod7");
	CHECK_HAS(text_of(&s, "SELECT title FROM incident WHERE id = 'I2'"), "worker (41)");
	hu_store_close(s.store);
}

static void shrink(struct scene *s, hu_ns ms, int32_t tid, enum hu_step step, uint64_t address,
		   int64_t objects)
{
	struct hu_shrink row = {.at = at(s, ms, tid, NULL),
				.shrinker = address,
				.objects = objects,
				.node = 0,
				.step = step,
				.function = hu_intern(s->sink, hu_str("super_cache_scan"))};

	hu_put_shrink(s->sink, &row);
}

static void leave(struct scene *s, hu_ns ms, int32_t tid, int32_t next, const char *stack)
{
	struct hu_switch row = {at(s, ms, tid, stack), next,
				stack ? HU_STATE_UNINTERRUPTIBLE : HU_STATE_RUNNING};

	hu_put_switch(s->sink, &row);
}

/* Two superblocks; the call of one lasts, sleeps in XFS' log and reads from one disk. */
static void shrinkers(int64_t call_ms, bool incident)
{
	struct scene s;
	static const char in_log[] =
		"__schedule<schedule<xlog_wait_on_iclog<xfs_log_force<xfs_reclaim_inode<"
		"xfs_reclaim_inodes_nr<super_cache_scan<" KSWAPD;

	TEST_CASE("a shrinker call of %lld ms", (long long)call_ms);
	begin(&s, "trace.dat", "tracedat");
	shrink(&s, 1000, 44, HU_BEGIN, 0xff10, 5003);
	leave(&s, 1010, 44, 7, in_log);
	struct hu_io io = {.at = at(&s, 1020, 44, NULL),
			   .sector = 8,
			   .bytes = 4096,
			   .device = 254u << 20 | 48,
			   .step = HU_BEGIN,
			   .kind = hu_intern(s.sink, hu_str("R"))};
	hu_put_io(s.sink, &io);
	leave(&s, 1010 + call_ms / 2, 7, 44, NULL);
	shrink(&s, 1000 + call_ms, 44, HU_END, 0xff10, 17);
	for (int i = 0; i < 3; i++) {
		shrink(&s, 1000 + call_ms + 10 + i * 10, 44, HU_BEGIN, 0xff20, 11);
		shrink(&s, 1000 + call_ms + 12 + i * 10, 44, HU_END, 0xff20, 1);
	}
	conclude(&s);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM long_shrinker WHERE how = 'calls'"), 2);
	CHECK_STR(text_of(&s, "SELECT shrinker FROM long_shrinker WHERE rank = 1"), "0xff10");
	CHECK_STR(text_of(&s, "SELECT filesystem FROM long_shrinker WHERE rank = 1"), "xfs");
	CHECK_STR(text_of(&s, "SELECT device FROM long_shrinker WHERE rank = 1"), "254:48");
	CHECK_INT(number_of(&s, "SELECT freeable FROM long_shrinker WHERE rank = 1"), 5003);
	CHECK_INT(number_of(&s, "SELECT freed FROM long_shrinker WHERE rank = 1"), 17);
	CHECK_INT(number_of(&s, "SELECT longest_ns FROM long_shrinker WHERE rank = 1"),
		  call_ms * MS);
	CHECK_INT(number_of(&s, "SELECT calls FROM long_shrinker WHERE rank = 2"), 3);
	CHECK_STR(text_of(&s, "SELECT outcome FROM analyzer_result WHERE name = 'long_shrinkers'"),
		  "found");
	CHECK_STR(text_of(&s, "SELECT signature FROM incident"),
		  incident ? "shrinker|super_cache_scan|xfs|kswapd" : "");
	/* Inside reclaim it slept once, for the journal, from 1010 on. */
	CHECK_INT(number_of(&s, "SELECT count(*) FROM pressure_wait"), 1);
	CHECK_STR(text_of(&s, "SELECT why FROM pressure_wait"), "a journal");
	CHECK_STR(text_of(&s, "SELECT frame FROM pressure_wait"), "xlog_wait_on_iclog");
	CHECK_INT(number_of(&s, "SELECT total_ns FROM pressure_wait"), call_ms / 2 * MS);
	/* The same, asked by an engineer. */
	CHECK_INT(number_of(&s, "SELECT max(duration_ns) FROM shrinker_call_v"), call_ms * MS);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM shrinker_call_v"), 4);
	CHECK_INT(number_of(&s, "SELECT sum(freed) FROM shrinker_call_v WHERE shrinker = '0xff20'"),
		  3);
	hu_store_close(s.store);
}

static void reclaim(struct scene *s, hu_ns ms, int32_t tid, enum hu_reclaim_kind kind,
		    enum hu_step step, int64_t pages)
{
	struct hu_reclaim row = {.at = at(s, ms, tid, NULL),
				 .pages = pages,
				 .order = 0,
				 .node = 0,
				 .kind = kind,
				 .step = step};

	hu_put_reclaim(s->sink, &row);
}

/* For which memory cgroup: 7.0 and later say so. */
static void cgroups(void)
{
	struct scene s;
	struct hu_reclaim limit = {.order = 0, .node = 0, .kind = HU_RECLAIM_MEMCG, .memcg = 4711};
	struct hu_shrink call = {.objects = 1, .memcg = 4711};

	TEST_CASE("reclaim by memory cgroup");
	begin(&s, "trace.dat", "tracedat");
	for (int i = 0; i < 3; i++) {
		limit.at = at(&s, 1000 + i * 100, 51, NULL);
		limit.step = HU_BEGIN;
		hu_put_reclaim(s.sink, &limit);
		call.at = at(&s, 1010 + i * 100, 51, NULL);
		call.step = HU_BEGIN;
		call.function = hu_intern(s.sink, hu_str("super_cache_scan"));
		hu_put_shrink(s.sink, &call);
		call.at = at(&s, 1015 + i * 100, 51, NULL);
		call.step = HU_END;
		hu_put_shrink(s.sink, &call);
		limit.at = at(&s, 1040 + i * 100, 51, NULL);
		limit.step = HU_END;
		hu_put_reclaim(s.sink, &limit);
	}
	/* kswapd's pass over the root; and a session for no cgroup at all */
	call.memcg = 1;
	call.at = at(&s, 2000, 44, NULL);
	call.step = HU_BEGIN;
	hu_put_shrink(s.sink, &call);
	call.at = at(&s, 2007, 44, NULL);
	call.step = HU_END;
	hu_put_shrink(s.sink, &call);
	reclaim(&s, 2100, 52, HU_RECLAIM_DIRECT, HU_BEGIN, HU_NONE);
	reclaim(&s, 2190, 52, HU_RECLAIM_DIRECT, HU_END, 1);
	conclude(&s);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM pressure_memcg"), 2);
	CHECK_INT(number_of(&s, "SELECT memcg FROM pressure_memcg WHERE rank = 1"), 4711);
	CHECK_INT(number_of(&s, "SELECT sessions FROM pressure_memcg WHERE rank = 1"), 3);
	CHECK_INT(number_of(&s, "SELECT session_ns FROM pressure_memcg WHERE rank = 1"), 120 * MS);
	CHECK_INT(number_of(&s, "SELECT shrinker_ns FROM pressure_memcg WHERE rank = 1"), 15 * MS);
	CHECK_INT(number_of(&s, "SELECT sessions FROM pressure_memcg WHERE memcg = 1"), 0);
	CHECK_INT(number_of(&s, "SELECT shrinker_ns FROM pressure_memcg WHERE memcg = 1"), 7 * MS);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM shrinker_call_v WHERE memcg = 4711"), 3);
	CHECK_HAS(text_of(&s, "SELECT why FROM analyzer_result WHERE name = 'reclaim'"), "4711");
	hu_store_close(s.store);
}

/* "page allocation stalls for 10007ms", again 10 s later, of one task; and another one's. */
static void allocation_stalls(void)
{
	struct scene s;
	static const struct {
		hu_ns at, lasted;
		int32_t tid;
	} told[] = {{12000, 10007, 61}, {14000, 10001, 62}, {22010, 20017, 61}, {60000, 10003, 61}};

	TEST_CASE("page allocation stalls");
	begin(&s, "dmesg.txt", "kmsg");
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct hu_reclaim row = {
			.at = at(&s, told[i].at - told[i].lasted, told[i].tid,
				 "warn_alloc<__alloc_pages_slowpath<__alloc_pages_nodemask"),
			.pages = HU_NONE,
			.order = HU_NONE,
			.node = HU_NONE,
			.kind = HU_RECLAIM_ALLOC_STALL,
			.step = HU_BEGIN};
		row.at.pos = i + 1;
		hu_put_reclaim(s.sink, &row);
		row.at.ts += told[i].lasted * MS;
		row.step = HU_END;
		hu_put_reclaim(s.sink, &row);
	}
	conclude(&s);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM incident"), 1);
	CHECK_STR(text_of(&s, "SELECT victim_operation FROM incident"), "page allocation");
	CHECK_INT(number_of(&s, "SELECT stalled FROM incident"), 3);
	CHECK_INT(number_of(&s, "SELECT worst_ns FROM incident"), 20017 * MS);
	CHECK_INT(number_of(&s, "SELECT worst_open FROM incident"), 1);
	CHECK_INT(number_of(&s, "SELECT victim_tid FROM incident"), 61);
	CHECK_HAS(text_of(&s, "SELECT title FROM incident"), "free memory");
	hu_store_close(s.store);
}

static void sessions(void)
{
	struct scene s;

	TEST_CASE("reclaim sessions");
	begin(&s, "trace.dat", "tracedat");
	for (int i = 0; i < 5; i++) {
		reclaim(&s, 1000 + i * 100, 51, HU_RECLAIM_DIRECT, HU_BEGIN, HU_NONE);
		reclaim(&s, 1000 + i * 100 + 13, 51, HU_RECLAIM_DIRECT, HU_END, 7);
	}
	reclaim(&s, 2000, 44, HU_RECLAIM_KSWAPD, HU_BEGIN, HU_NONE);
	reclaim(&s, 2010, 53, HU_RECLAIM_THROTTLED, HU_BEGIN, HU_NONE);
	reclaim(&s, 2300, 44, HU_RECLAIM_KSWAPD, HU_END, HU_NONE);
	conclude(&s);
	CHECK_INT(number_of(&s, "SELECT count(*) FROM reclaim_session_v"), 6);
	CHECK_INT(number_of(&s, "SELECT duration_ns FROM reclaim_session_v WHERE kind = 'kswapd'"),
		  300 * MS);
	CHECK_INT(number_of(&s, "SELECT sum(pages_reclaimed) FROM reclaim_session_v"), 35);
	CHECK_INT(number_of(&s, "SELECT reclaimed_pages FROM pressure"), 35);
	CHECK_INT(number_of(&s, "SELECT throttled FROM pressure"), 1);
	CHECK_INT(number_of(&s, "SELECT wait_ns IS NULL FROM pressure"), 1);
	hu_store_close(s.store);
}

/* funclatency's histogram: the highest bucket with a call in it. */
static void histogram(void)
{
	static const struct {
		int64_t low, high, count;
	} buckets[] = {{0, 2, 101}, {64, 128, 13}, {131072, 262144, 3}, {262144, 524288, 0}};
	struct scene s;

	TEST_CASE("a histogram");
	begin(&s, "funclatency.txt", "bcctable");
	for (size_t i = 0; i < 4; i++) {
		struct hu_aggregate row = {HU_OPEN,
					   ++s.pos,
					   buckets[i].low,
					   buckets[i].high,
					   buckets[i].count,
					   HU_NONE,
					   hu_intern(s.sink, hu_str("function latency")),
					   hu_intern(s.sink, hu_str("super_cache_scan")),
					   hu_intern(s.sink, hu_str("us"))};
		hu_put_aggregate(s.sink, &row);
	}
	conclude(&s);
	CHECK_STR(text_of(&s, "SELECT how FROM long_shrinker"), "table");
	CHECK_INT(number_of(&s, "SELECT calls FROM long_shrinker"), 117);
	CHECK_INT(number_of(&s, "SELECT slow_calls FROM long_shrinker"), 3);
	CHECK_INT(number_of(&s, "SELECT longest_ns FROM long_shrinker"), 131072000);
	CHECK_HAS(text_of(&s, "SELECT why FROM analyzer_result WHERE name = 'long_shrinkers'"),
		  "took at least 131 ms; 3 of 117 calls took 100 ms or more.");
	CHECK_INT(number_of(&s, "SELECT count(*) FROM incident"), 0);
	hu_store_close(s.store);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		fault(i);
	fault_groups();
	ooms();
	shrinkers(502, false);
	shrinkers(12002, true);
	sessions();
	cgroups();
	allocation_stalls();
	histogram();
	return test_end();
}
