/*
 * One stall, told by one tracer, by two at once with clocks of their own, and by texts made from
 * these: the conclusions are the same, and the clocks find each other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyzer.h"
#include "db/rows.h"
#include "db/store.h"
#include "db/text.h"
#include "tests/test.h"

enum { VICTIM = 503, HOLDER = 45, QUICK = 19, LOCK = 0x1000 };

/* How one tracer takes stamps. */
struct tracer {
	const char *path;
	enum hu_clock clock;
	hu_ns shift;  /* its clock against the first one's */
	hu_ns jitter; /* it comes up to so much later to each event */
	hu_ns unit;   /* it prints no finer */
	bool stacks, address;
	int tasks; /* that take turns; 0: all different */
};

struct telling {
	const struct tracer *by;
	struct hu_sink *to;
	uint64_t pos;
	hu_stack stack;
	hu_name umount, down, lock;
};

static struct hu_where at(struct telling *t, hu_ns ts, int32_t tid, int32_t cpu)
{
	hu_ns late = t->by->jitter ? (hu_ns)(t->pos * 7919 % (uint64_t)t->by->jitter) : 0;
	hu_ns stamp = (ts + t->by->shift + late) / t->by->unit * t->by->unit;

	return (struct hu_where){stamp, ++t->pos, cpu, tid, 0, HU_CTX_TASK};
}

static void put_switch(struct telling *t, hu_ns ts, int32_t cpu, int32_t from, int32_t to,
		       uint32_t state)
{
	struct hu_switch row = {at(t, ts, from, cpu), to, state};

	if (from == VICTIM && t->by->stacks)
		row.at.stack = t->stack;
	hu_put_switch(t->to, &row);
}

static void put_lock(struct telling *t, hu_ns ts, int32_t tid, uint32_t step, uint32_t mode)
{
	struct hu_lock_event row = {.at = at(t, ts, tid, tid == HOLDER),
				    .address = t->by->address ? LOCK : 0,
				    .step = step,
				    .mode = mode,
				    .type = HU_LOCK_RWSEM,
				    .known = HU_KNOWS_MODE | HU_KNOWS_NAME |
					     (t->by->address ? HU_KNOWS_ADDRESS : 0),
				    .name = t->lock,
				    .function = t->down};

	hu_put_lock(t->to, &row);
}

static void put_call(struct telling *t, hu_ns ts, int32_t tid, uint32_t step)
{
	struct hu_syscall row = {
		.at = at(t, ts, tid, 0), .number = 166, .step = step, .name = t->umount};

	hu_put_syscall(t->to, &row);
}

/* kswapd0 holds the lock for 1.1 s, one umount waits for it, the others do not. */
static void tell(struct hu_store *store, const struct tracer *by)
{
	struct hu_source_info info = {by->path, "test", "test", "00", 23, by->clock};
	struct telling t = {.by = by};
	hu_ns ms = HU_NS_PER_MS, ts = 1000 * ms;

	CHECK_OK(hu_store_begin(store, &info, &t.to));
	t.umount = hu_internz(t.to, "umount");
	t.down = hu_internz(t.to, "down_write");
	t.lock = hu_internz(t.to, "shrinker_rwsem");
	t.stack = hu_push_frame(t.to, 0, hu_internz(t.to, "__x64_sys_umount"), 0);
	t.stack = hu_push_frame(t.to, t.stack, hu_internz(t.to, "unregister_shrinker"), 0);
	t.stack = hu_push_frame(t.to, t.stack, t.down, 0);
	for (int i = 0; i < 101; i++, ts += ms + i * 1000) {
		int from = by->tasks ? i % by->tasks : i,
		    to = by->tasks ? (i + 1) % by->tasks : i + 1;
		put_switch(&t, ts, 0, 1000 + from, 1000 + to, HU_STATE_SLEEPING);
	}
	put_switch(&t, ts, 0, 1000 + (by->tasks ? 101 % by->tasks : 101), VICTIM,
		   HU_STATE_SLEEPING);
	ts += ms;
	for (int i = 0; i < QUICK; i++, ts += ms) {
		put_call(&t, ts, VICTIM, HU_BEGIN);
		put_call(&t, ts + 300000, VICTIM, HU_END);
	}
	put_lock(&t, 1900 * ms, HOLDER, HU_LOCK_ASK, HU_MODE_READ);
	put_lock(&t, 1900 * ms + 2000, HOLDER, HU_LOCK_RETURNED, HU_MODE_READ);
	put_call(&t, 2000 * ms, VICTIM, HU_BEGIN);
	put_lock(&t, 2000 * ms + 90000, VICTIM, HU_LOCK_WAIT, HU_MODE_WRITE);
	put_switch(&t, 2000 * ms + 200000, 0, VICTIM, 1000, HU_STATE_UNINTERRUPTIBLE);
	put_lock(&t, 3000 * ms, HOLDER, HU_LOCK_RELEASE, HU_MODE_READ);
	put_switch(&t, 3000 * ms + 200000, 0, 1000, VICTIM, HU_STATE_SLEEPING);
	put_lock(&t, 3000 * ms + 300000, VICTIM, HU_LOCK_WAIT_END, HU_MODE_WRITE);
	put_call(&t, 3000 * ms + 400000, VICTIM, HU_END);
	CHECK_OK(hu_store_end(t.to, NULL));
}

static int64_t ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	int64_t value = hu_rows_next(rows) ? hu_rows_int_or(rows, 0, -999) : -998;

	CHECK_OK(hu_rows_close(rows));
	return value;
}

static struct hu_store *told_by(const struct tracer *tracers, size_t count)
{
	static const struct hu_options options = {100 * HU_NS_PER_MS, HU_OPEN, HU_OPEN, NULL, NULL};
	struct hu_store *store = NULL;

	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "made-up", "00", 23, 1));
	for (size_t i = 0; i < count; i++)
		tell(store, &tracers[i]);
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_analyze(store, &options));
	return store;
}

static void check_one_stall(struct hu_store *store)
{
	CHECK_INT(ask(store, "SELECT count(*) FROM incident"), 1);
	CHECK_INT(ask(store, "SELECT stalled FROM incident"), 1);
	CHECK_INT(ask(store, "SELECT operations FROM incident"), QUICK + 1);
	CHECK_INT(ask(store, "SELECT worst_ns / 1000000 FROM incident"), 1000);
	CHECK_INT(ask(store, "SELECT count(*) FROM incident_holder"), 1);
	CHECK_INT(ask(store, "SELECT tid FROM incident_holder"), HOLDER);
	CHECK_INT(ask(store, "SELECT holds FROM incident_holder"), 1);
	CHECK_INT(ask(store, "SELECT longest_ns / 1000000 FROM incident_holder"), 1099);
}

static const struct tracer ftrace = {"trace.dat", HU_CLOCK_TRACE_LOCAL, 0, 0, 1, false, true, 0};
static const struct tracer perf = {
	"perf.data", HU_CLOCK_MONOTONIC, 7654321987, 3000, 1, true, false, 0};
static const struct tracer lttng = {"ctf", HU_CLOCK_BOOT, 98765432123, 2000, 1, false, true, 0};
static const struct tracer report = {
	"trace.txt", HU_CLOCK_TRACE_LOCAL, 0, 0, 1000, false, false, 0};
static const struct tracer script = {
	"perf.script.txt", HU_CLOCK_PERF, 7654321987, 3000, 1000, false, false, 0};

static void alone(void)
{
	struct hu_store *store = told_by(&ftrace, 1);

	TEST_CASE("one tracer");
	check_one_stall(store);
	CHECK_INT(ask(store, "SELECT count(copy_of) FROM source"), 0);
	hu_store_close(store);
}

static void together(void)
{
	const struct tracer all[] = {lttng, perf, ftrace};
	struct hu_store *store = told_by(all, 3);

	TEST_CASE("three tracers at once");
	check_one_stall(store);
	CHECK_INT(ask(store, "SELECT count(copy_of) FROM source"), 0);
	TEST_CASE("clocks derived from switches");
	CHECK_INT(ask(store, "SELECT count(*) FROM source WHERE aligned LIKE 'derived:%task "
			     "switches that both%'"),
		  2);
	/* the true shifts are known: 7654321987 and 98765432123, the case clock is monotonic */
	CHECK_INT(ask(store, "SELECT count(*) FROM source WHERE path = 'trace.dat' AND "
			     "abs(offset_ns - 7654321987) <= slack_ns AND slack_ns < 10000"),
		  1);
	CHECK_INT(ask(store, "SELECT count(*) FROM source WHERE path = 'ctf' AND "
			     "abs(offset_ns - 7654321987 + 98765432123) <= slack_ns AND slack_ns < "
			     "20000"),
		  1);
	hu_store_close(store);
}

/* Few tasks, so that every pair of them is seen several times: what fits together is still found.
 */
static void few_tasks(void)
{
	struct tracer all[] = {perf, ftrace};

	all[0].tasks = all[1].tasks = 29;
	struct hu_store *store = told_by(all, 2);
	TEST_CASE("clocks derived from a few tasks");
	check_one_stall(store);
	CHECK_INT(ask(store,
		      "SELECT count(*) FROM source WHERE path = 'trace.dat' AND aligned LIKE "
		      "'derived:%' AND abs(offset_ns - 7654321987) <= slack_ns AND slack_ns "
		      "< 1000000"),
		  1);
	hu_store_close(store);
}

static void copies(void)
{
	const struct tracer all[] = {report, ftrace, perf, script};
	struct hu_store *store = told_by(all, 4);

	TEST_CASE("texts made from captures");
	check_one_stall(store);
	CHECK_INT(ask(store, "SELECT count(*) FROM source AS a JOIN source AS b ON b.id = "
			     "a.copy_of WHERE a.path = 'trace.txt' AND b.path = 'trace.dat' AND "
			     "a.copy_percent = 100"),
		  1);
	CHECK_INT(ask(store, "SELECT count(*) FROM source AS a JOIN source AS b ON b.id = "
			     "a.copy_of WHERE a.path = 'perf.script.txt' AND b.path = 'perf.data'"),
		  1);
	CHECK_INT(ask(store, "SELECT count(copy_of) FROM source"), 2);
	hu_store_close(store);
}

/* Two hosts, or two boots: nothing agrees, nothing is joined. */
static void strangers(void)
{
	const struct tracer later = {
		"later.dat", HU_CLOCK_TRACE_LOCAL, 50 * HU_NS_PER_S, 0, 1, false, true, 0};
	const struct tracer all[] = {ftrace, later};
	struct hu_store *store = told_by(all, 2);

	TEST_CASE("the same again, 50 s later");
	CHECK_INT(ask(store, "SELECT count(copy_of) FROM source"), 0);
	/* Two incidents of one cause, each with the population of its own window. */
	CHECK_INT(ask(store, "SELECT count(*) FROM incident"), 2);
	CHECK_INT(ask(store, "SELECT count(DISTINCT signature) FROM incident"), 1);
	CHECK_INT(ask(store, "SELECT count(*) FROM incident WHERE stalled = 1"), 2);
	CHECK_INT(ask(store, "SELECT sum(operations) FROM incident"), 2 * (QUICK + 1));
	CHECK_INT(ask(store, "SELECT count(*) FROM incident_holder WHERE holds = 1"), 2);
	hu_store_close(store);
}

int main(void)
{
	alone();
	together();
	few_tasks();
	copies();
	strangers();
	return test_end();
}
