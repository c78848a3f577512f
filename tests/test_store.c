/* The store: what goes in comes out, what is impossible is refused, clocks meet on one axis. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/batch.h"
#include "db/rows.h"
#include "db/store.h"
#include "db/text.h"
#include "tests/test.h"

static int64_t ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	int64_t value = hu_rows_next(rows) ? hu_rows_int_or(rows, 0, -999) : -998;

	TEST_CASE("%s", sql);
	CHECK_OK(hu_rows_close(rows));
	return value;
}

static struct hu_store *fresh(void)
{
	struct hu_store *store = NULL;

	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "made-up", "00", 23, 1));
	return store;
}

static struct hu_sink *source(struct hu_store *store, const char *path, const char *format,
			      enum hu_clock clock)
{
	struct hu_source_info info = {path, format, "test", "00", 23, clock};
	struct hu_sink *sink = NULL;

	CHECK_OK(hu_store_begin(store, &info, &sink));
	return sink;
}

static void round_trip(void)
{
	struct hu_store *store = fresh();
	struct hu_sink *sink = source(store, "a", "tracedat", HU_CLOCK_MONOTONIC);
	hu_name down = hu_internz(sink, "down_write"), mount = hu_internz(sink, "do_mount");
	hu_stack stack = hu_push_frame(sink, hu_push_frame(sink, 0, mount, 0), down, 0);

	CHECK(hu_internz(sink, "down_write") == down);
	for (int i = 0; i < 1009; i++) {
		struct hu_lock_event ev = {
			.at = {1000 + i, (uint64_t)i + 1, 1, 222, stack, HU_CTX_TASK},
			.address = 0xffffffff9594b860,
			.step = HU_LOCK_ASK,
			.mode = HU_MODE_WRITE,
			.type = HU_LOCK_RWSEM,
			.known = HU_KNOWS_ADDRESS | HU_KNOWS_MODE,
			.function = down,
		};
		hu_put_lock(sink, &ev);
	}
	hu_put_symbol(sink, 0xffffffff9594b860, 'D', hu_str("shrinker_rwsem"));
	hu_put_symbol(sink, 0xffffffff93e00000, 'T', hu_str("_stext"));
	struct hu_lock_event wild = {
		.at = {HU_OPEN, 0, HU_NONE, HU_NONE, 77, 9}, .step = 99, .name = 4711};
	hu_put_lock(sink, &wild);
	CHECK_OK(hu_store_end(sink,
			      hu_err(HU_ERR_BAD_INPUT, "the file ends in the middle of a page")));
	CHECK_OK(hu_store_settle(store));

	CHECK(ask(store, "SELECT count(*) FROM lock_event") == 1010);
	CHECK(ask(store, "SELECT count(*) FROM stack") == 2);
	CHECK(ask(store, "SELECT count(*) FROM name WHERE text = 'down_write'") == 1);
	CHECK(ask(store, "SELECT status = 'partial' AND error = 'the file ends in the middle of a "
			 "page' FROM source") == 1);
	CHECK(ask(store, "SELECT count(*) FROM lock WHERE name = 'shrinker_rwsem' AND named_by = "
			 "'kallsyms'") == 1);
	CHECK(ask(store, "SELECT ts IS NULL AND cpu IS NULL AND tid IS NULL AND stack IS NULL AND "
			 "step = 0 AND name IS NULL "
			 "FROM lock_event ORDER BY rowid DESC LIMIT 1") == 1);
	CHECK(ask(store, "SELECT count(*) FROM loss WHERE text LIKE '%impossible%'") == 1);
	CHECK(ask(store, "SELECT first_ts = 1000 AND last_ts = 2008 FROM source") == 1);
	bool present;
	CHECK(hu_store_symbol(store, "shrinker_rwsem", &present) == 0xffffffff9594b860 && present);
	CHECK(hu_store_symbol(store, "shrinker_mutex", &present) == 0 && !present);
	hu_store_close(store);
}

static void hostile_batch(void)
{
	struct hu_store *store = fresh();
	struct hu_sink *sink = source(store, "a", "tracedat", HU_CLOCK_MONOTONIC);
	static struct hu_batch batch;

	batch.rows = 5;
	batch.text_len = 4;
	memcpy(batch.text, "ab\xff", 4);
	batch.row[0] = (struct hu_row){.word = HU_WORD_NAME, .as.name = {0xfffffff0u, 0x20}};
	batch.row[1] = (struct hu_row){.word = HU_WORD_NAME, .as.name = {0, 4}};
	batch.row[2] = (struct hu_row){.word = HU_WORD_FRAME, .as.frame = {1, 2, 3}};
	batch.row[3] = (struct hu_row){.word = 1234};
	batch.row[4] =
		(struct hu_row){.word = HU_WORD_SYMBOL, .as.symbol = {1, {3, 0xffffffffu}, 'T'}};
	hu_intake_take(hu_sink_owner(sink), &batch);
	batch.text_len = HU_BATCH_TEXT + 1;
	hu_intake_take(hu_sink_owner(sink), &batch);
	CHECK_OK(hu_store_end(sink, NULL));
	CHECK_OK(hu_store_settle(store));
	CHECK(ask(store,
		  "SELECT count(*) FROM name WHERE text = 'ab' || char(65533) || char(65533)") ==
	      1);
	CHECK(ask(store, "SELECT count(*) FROM stack WHERE caller IS NULL AND module IS NULL") ==
	      1);
	CHECK(ask(store, "SELECT count(*) FROM loss WHERE text LIKE '%impossible%'") == 1);
	hu_store_close(store);
}

static void one_axis(void)
{
	struct hu_store *store = fresh();
	const hu_ns real = INT64_C(1795309420286120592);

	struct hu_sink *sink = source(store, "clocks", "clockreadings", HU_CLOCK_NONE);
	hu_put_clock(sink, &(struct hu_reading){real + 48 * HU_NS_PER_S, 48 * HU_NS_PER_S, 1000, 3,
						HU_CLOCK_REALTIME, HU_CLOCK_MONOTONIC});
	CHECK_OK(hu_store_end(sink, NULL));
	struct hu_counter c = {.value = 1};
	sink = source(store, "mono", "procfs", HU_CLOCK_MONOTONIC);
	c.series = hu_internz(sink, "proc.vmstat.pgscan_kswapd");
	c.ts = 60 * HU_NS_PER_S;
	hu_put_counter(sink, &c);
	c.ts = 80 * HU_NS_PER_S;
	hu_put_counter(sink, &c);
	CHECK_OK(hu_store_end(sink, NULL));
	sink = source(store, "real", "procfs", HU_CLOCK_REALTIME);
	c.series = hu_internz(sink, "vmstat.free");
	c.ts = real + 61 * HU_NS_PER_S;
	hu_put_counter(sink, &c);
	CHECK_OK(hu_store_end(sink, NULL));
	sink = source(store, "shanghai", "sar", HU_CLOCK_LOCAL_TIME); /* eight hours ahead of UTC */
	c.series = hu_internz(sink, "sar.pgscank/s");
	c.ts = real + 62 * HU_NS_PER_S + 8 * 3600 * HU_NS_PER_S;
	hu_put_counter(sink, &c);
	CHECK_OK(hu_store_end(sink, NULL));
	sink = source(store, "local", "tracedat", HU_CLOCK_TRACE_LOCAL);
	c.ts = 63 * HU_NS_PER_S;
	c.series = hu_internz(sink, "x");
	hu_put_counter(sink, &c);
	CHECK_OK(hu_store_end(sink, NULL));
	CHECK_OK(hu_store_settle(store));

	CHECK(ask(store, "SELECT ts + offset_ns FROM counter JOIN source ON source.id = source "
			 "WHERE path = 'real'") == 61 * HU_NS_PER_S);
	CHECK(ask(store, "SELECT aligned GLOB 'stated*' FROM source WHERE path = 'real'") == 1);
	CHECK(ask(store, "SELECT ts + offset_ns FROM counter JOIN source ON source.id = source "
			 "WHERE path = 'shanghai'") == 62 * HU_NS_PER_S);
	CHECK(ask(store, "SELECT aligned GLOB 'assumed: zone UTC+8:00*' FROM source WHERE path = "
			 "'shanghai'") == 1);
	CHECK(ask(store, "SELECT offset_ns = 0 AND slack_ns = 1000000000 AND aligned GLOB "
			 "'assumed*' FROM source WHERE path = 'local'") == 1);
	CHECK(ask(store, "SELECT offset_ns = 0 AND slack_ns = 0 FROM source WHERE path = 'mono'") ==
	      1);
	hu_store_close(store);
}

static void unfinished_and_foreign(void)
{
	char path[] = "/tmp/hu-store-test-XXXXXX";
	struct hu_store *store = NULL;
	struct hu_err *err;

	close(mkstemp(path));
	err = hu_store_create(path, &store);
	CHECK(err && strstr(hu_err_text(err), "exists"));
	hu_err_free(err);
	err = hu_store_open(path, false, &store); /* an empty file */
	CHECK(err && strstr(hu_err_text(err), "not a store"));
	hu_err_free(err);
	unlink(path);
	CHECK_OK(hu_store_create(path, &store));
	hu_store_close(store);
	err = hu_store_open(path, false, &store);
	CHECK(err && strstr(hu_err_text(err), "interrupted"));
	hu_err_free(err);
	unlink(path);
	CHECK_OK(hu_store_create(path, &store));
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_store_exec(store, "PRAGMA user_version = 7919"));
	hu_store_close(store);
	err = hu_store_open(path, false, &store);
	CHECK(err && strstr(hu_err_text(err), "revision 7919"));
	hu_err_free(err);
	unlink(path);
}

int main(void)
{
	round_trip();
	hostile_batch();
	one_axis();
	unfinished_and_foreign();
	return test_end();
}
