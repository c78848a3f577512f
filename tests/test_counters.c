/* The forms that readers of counters tell apart: dates, times of day, lines between samples,
 * tables. */
#include "analyzers/analyzer.h"
#include "db/rows.h"
#include "db/store.h"
#include "ingest/procfs.h"
#include "ingest/sar.h"
#include "ingest/walltime.h"
#include "tests/test.h"

#define S HU_NS_PER_S
#define AT 1795309483 /* 2026-11-22 01:04:43 UTC, by date -u -d */

static void stamps(void)
{
	static const struct {
		const char *in;
		enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp */
		hu_ns ns;
	} cases[] = {
		{"2026-11-22T01:04:43Z", HU_CLOCK_REALTIME, AT * S},
		{"2026-11-22T01:04:43.493810641Z", HU_CLOCK_REALTIME, AT * S + 493810641},
		{"2026-11-22T01:04:43,5+01:00", HU_CLOCK_REALTIME, (AT - 3600) * S + S / 2},
		{"2026-11-22 01:04:43 -0330", HU_CLOCK_REALTIME, (AT + 12600) * S},
		{"2026-11-22 01:04:43 -03", HU_CLOCK_REALTIME, (AT + 10800) * S},
		{"2026-11-22 01:04:43", HU_CLOCK_LOCAL_TIME, AT * S},
		{"2026-11-22 01:04:43 CST", HU_CLOCK_LOCAL_TIME, AT * S},
		{"Sun Nov 22 01:04:43 UTC 2026", HU_CLOCK_REALTIME, AT * S},
		{"Sun Nov 22 01:04:43 AM UTC 2026", HU_CLOCK_REALTIME, AT * S},
		{"Sun 22 Nov 2026 01:04:43 PM CET", HU_CLOCK_LOCAL_TIME, (AT + 43200) * S},
		{"Sun Nov 22 12:04:43 AM UTC 2026", HU_CLOCK_REALTIME, (AT - 3600) * S},
		{"Sun, 22 Nov 2026 01:04:43 +0000", HU_CLOCK_REALTIME, AT * S},
		{"Sun Nov 22 01:04:43 2026", HU_CLOCK_LOCAL_TIME, AT * S},
		{"2026-02-29 01:04:43", HU_CLOCK_IN_FILE, 0},
		{"2024-02-29 00:00:00 UTC", HU_CLOCK_REALTIME, INT64_C(1709164800) * S},
		{"2026-11-22 24:00:00", HU_CLOCK_IN_FILE, 0},
		{"2026-11-22", HU_CLOCK_IN_FILE, 0},
		{"Sun Nov 22 13:04:43 PM UTC 2026", HU_CLOCK_IN_FILE, 0},
		{"2026-11-22 01:04:43 and more", HU_CLOCK_IN_FILE, 0},
		{"", HU_CLOCK_IN_FILE, 0},
	};

	TEST_EACH(i, cases)
	{
		struct hu_wall wall = {0};
		TEST_CASE("%s", cases[i].in);
		CHECK(hu_wall_stamp(hu_str(cases[i].in), &wall) ==
		      (cases[i].clock != HU_CLOCK_IN_FILE));
		CHECK_INT(wall.clock, cases[i].clock);
		CHECK_INT(wall.ns, cases[i].ns);
	}
}

static void between_samples(void)
{
	static const struct {
		const char *in;
		hu_ns realtime, local, monotonic, boot; /* 0: not given */
	} cases[] = {
		{"==== sample 3 realtime 1795309483.5 monotonic 63.25", AT * S + S / 2, 0,
		 63 * S + S / 4, 0},
		{"==> 2026-11-22T01:04:43Z <==", AT * S, 0, 0, 0},
		{"zzz ***Sun Nov 22 01:04:43 UTC 2026", AT * S, 0, 0, 0},
		{"zzz ***Sun Nov 22 01:04:43 PST 2026 Sample interval: 30 seconds", 0, AT * S, 0,
		 0},
		{"1795309483", AT * S, 0, 0, 0},
		{"1795309483.25", AT * S + S / 4, 0, 0, 0},
		{"1795309483500", AT * S + S / 2, 0, 0, 0},
		{"1795309483000000001", AT * S + 1, 0, 0, 0},
		{"# 1795309483", AT * S, 0, 0, 0},
		{"TS 123.456", 0, 0, 0, 123 * S + 456 * HU_NS_PER_MS},
		{"123.45 240.01", 0, 0, 0, 123 * S + 450 * HU_NS_PER_MS}, /* /proc/uptime */
		{"=== 123.45", 0, 0, 0, 123 * S + 450 * HU_NS_PER_MS},
		{"123.45 240.01 7", 0, 0, 0, 0},
		{"123.4 240.01", 0, 0, 0, 0},
		{"timestamp: 2026-11-22 01:04:43", 0, AT * S, 0, 0},
		{"123.456", 0, 0, 0, 0}, /* could be anything */
		{"sample 3", 0, 0, 0, 0},
		{"MemTotal:  983460 kB", 0, 0, 0, 0},
		{"realtime", 0, 0, 0, 0},
	};

	TEST_EACH(i, cases)
	{
		struct hu_stamp stamp = {0};
		hu_ns sum = cases[i].realtime + cases[i].local + cases[i].monotonic + cases[i].boot;
		bool got = hu_stamp_line(hu_str(cases[i].in), &stamp);
		TEST_CASE("%s", cases[i].in);
		if (!sum) {
			/* "sample 3" is a mark, but not of a time. */
			CHECK(!got || (stamp.realtime == HU_OPEN && stamp.local == HU_OPEN &&
				       stamp.monotonic == HU_OPEN && stamp.boot == HU_OPEN));
			continue;
		}
		CHECK(got);
		CHECK_INT(stamp.realtime, cases[i].realtime ? cases[i].realtime : HU_OPEN);
		CHECK_INT(stamp.local, cases[i].local ? cases[i].local : HU_OPEN);
		CHECK_INT(stamp.monotonic, cases[i].monotonic ? cases[i].monotonic : HU_OPEN);
		CHECK_INT(stamp.boot, cases[i].boot ? cases[i].boot : HU_OPEN);
	}
}

static void dates_of_sar(void)
{
	static const struct {
		const char *in;
		bool twelve_hours, decimal_comma;
		int64_t month, day; /* of 2026; 0: none */
	} cases[] = {
		{"11/22/26", false, false, 11, 22},
		{"22/11/2026", false, false, 11, 22},
		{"22.11.2026", false, true, 11, 22},
		{"2026-11-22", false, false, 11, 22},
		{"22-11-26", false, false, 11, 22},
		{"2026年11月22日", false, false, 11, 22},
		{"2026년 11월 22일", false, false, 11, 22},
		{"02/03/26", false, false, 2, 3},
		{"02/03/2026", true, false, 2, 3},
		{"02/03/2026", false, true, 3, 2},
		{"31/31/26", false, false, 0, 0},
		{"22 Nov 2026", false, false, 0, 0},
		{"11/22", false, false, 0, 0},
		{"", false, false, 0, 0},
	};

	TEST_EACH(i, cases)
	{
		struct hu_sar_hints hints = {cases[i].twelve_hours, cases[i].decimal_comma};
		int64_t got = -1, want = -1;
		const char *how = "";
		TEST_CASE("%s %d %d", cases[i].in, cases[i].twelve_hours, cases[i].decimal_comma);
		if (cases[i].month)
			CHECK(hu_wall_days(2026, cases[i].month, cases[i].day, &want));
		CHECK(hu_sar_date(hu_str(cases[i].in), &hints, &got, &how) ==
		      (cases[i].month != 0));
		if (cases[i].month)
			CHECK_INT(got, want);
	}
}

static void times_of_sar(void)
{
	static const struct {
		const char *in;
		int32_t second; /* -1: none */
		const char *rest;
	} cases[] = {
		{"01:04:43     pgpgin/s", 3883, "     pgpgin/s"},
		{"12:00:01 AM  1.0", 1, "  1.0"},
		{"12:00:01 PM  1.0", 43201, "  1.0"},
		{"11:59:59 PM", 86399, ""},
		{"01.04.43 x", 3883, " x"},
		{"01時04分43秒  x", 3883, "  x"},
		{"01시 04분 43초  x", 3883, "  x"},
		{"  01:04:43 x", 3883, " x"},
		{"13:00:00 PM", -1, ""},
		{"24:00:00 x", -1, ""},
		{"01:04:43.5 x", -1, ""},
		{"01:04 x", -1, ""},
		{"Average:  1.0", -1, ""},
	};

	TEST_EACH(i, cases)
	{
		struct hu_sar_time time = {-1, HU_OPEN, HU_SAR_24H, {"", 0}};
		TEST_CASE("%s", cases[i].in);
		CHECK(hu_sar_time(hu_str(cases[i].in), &time) == (cases[i].second >= 0));
		CHECK_INT(time.second, cases[i].second);
		CHECK_STR_IS(time.rest, cases[i].rest);
	}
}

static void extents(void)
{
	static const char table[] = "01:04:43     pgpgin/s pgpgout/s    %vmeff\n"
				    "01:04:44       284.00      0.00      0.00\n";
	static const char banner[] =
		"Linux 6.1.0-56-amd64 (guest) \t11/22/26 \t_x86_64_\t(2 CPU)\n\n";
	static const char average[] = "Average:       284.00      0.00      0.00\n";
	char text[1024];

	TEST_CASE("extents");
	CHECK_INT(hu_sar_extent(hu_str(table)), sizeof(table) - 1);
	snprintf(text, sizeof(text), "%s%sroot@guest:~# uptime\n", banner, table);
	CHECK_INT(hu_sar_extent(hu_str(text)), sizeof(banner) - 1 + sizeof(table) - 1);
	snprintf(text, sizeof(text), "%s%s\n%s%s\nand then", table, average, table, average);
	CHECK_INT(hu_sar_extent(hu_str(text)), 2 * (sizeof(table) + sizeof(average)) - 4 + 1);
	CHECK_INT(hu_sar_extent(hu_str(banner)), 0);
	CHECK_INT(hu_sar_extent(hu_str("01:04:43     pgpgin/s pgpgout/s    %vmeff\n")), 0);
	CHECK_INT(hu_sar_extent(hu_str("01:04:43      UID       PID    %usr  Command\n"
				       "01:04:44        0         1    0.00  init\n")),
		  0);
	CHECK_INT(hu_sar_extent(hu_str("01:04:43 kswapd0 woke up\n01:04:44 1.0\n")), 0);
	CHECK_INT(hu_sar_extent(hu_str("")), 0);
}

static void kinds(void)
{
	static const struct {
		const char *in;
		enum hu_procfs_kind kind;
	} cases[] = {
		{"nr_free_pages 24151", HU_PROC_VMSTAT},
		{"pgscan_kswapd 0", HU_PROC_VMSTAT},
		{"MemTotal:         983460 kB", HU_PROC_MEMINFO},
		{"HugePages_Total:       0", HU_PROC_MEMINFO},
		{"cpu  1383 0 4756 5004 5 0 208 0 0 0", HU_PROC_STAT},
		{"ctxt 6899", HU_PROC_STAT},
		{"Node 0, zone      DMA      0      0      0      0      0      1      1      1 ",
		 HU_PROC_BUDDY},
		{"Node 0, zone      DMA", HU_PROC_ZONE},
		{"some avg10=0.00 avg60=0.00 avg300=0.00 total=0", HU_PROC_PRESSURE},
		{"/proc/pressure/io:full avg10=0.00 avg60=0.00 avg300=0.00 total=0",
		 HU_PROC_PRESSURE},
		{"slabinfo - version: 2.1", HU_PROC_SLAB},
		{"0.52 0.58 0.59 2/345 12345", HU_PROC_LOADAVG},
		{" 254       0 vda 1 2 3 4 5 6 7 8 9 10 11", HU_PROC_DISK},
		{"version 15", HU_PROC_SCHED},
		{"           CPU0       CPU1       ", HU_PROC_INTR},
		{"anon 4096", HU_PROC_CGROUP},
		{"low 0", HU_PROC_CGROUP},
		{"/sys/fs/cgroup/a.slice/memory.stat:anon 4096", HU_PROC_CGROUP},
		{"/sys/fs/cgroup/a.slice/memory.max:max", HU_PROC_CGROUP},
		{"lock_stat version 0.4", HU_PROC_LOCKSTAT},
		{"  a:b-W: 1 2 0.10 0.20 0.30 0.10 3 4 0.10 0.20 0.30 0.10", HU_PROC_LOCKSTAT},
		{"               total        used        free      shared  buff/cache   available",
		 HU_PROC_FREE},
		{" Active / Total Objects (% used)    : 2311357 / 2339904 (98.8%)",
		 HU_PROC_SLABTOP},
		{"Cache                       Num  Total   Size  Pages", HU_PROC_SLABTOP},
		{"     24684084 K total memory", HU_PROC_SUMS},
		{"disk- ------------reads------------ ------------writes-----------",
		 HU_PROC_VMSTAT_D},
		{"Per-node system memory usage (in MBs):", HU_PROC_NUMA},
		/* what looks like them */
		{"cpu\t0\t25\t1", HU_PROC_NONE},
		{"entries: 14975", HU_PROC_NONE},
		{"VmPeak:   1000 kB", HU_PROC_NONE},
		{"active 4096", HU_PROC_NONE},
		{"vm.swappiness = 60", HU_PROC_NONE},
		{"processes 12 of them", HU_PROC_NONE},
		{"kswapd0 holds it: some avg10=1", HU_PROC_NONE},
		{"49.02 41.51", HU_PROC_NONE},
		{"version 2", HU_PROC_NONE},
		{"version 15 of it", HU_PROC_NONE},
		{"0.52 0.58 0.59 2/345", HU_PROC_NONE},
		{"   254 0 vda 1 2 3", HU_PROC_NONE},
		{"          low 0", HU_PROC_NONE},
		{"home/a/memory.stat:anon 4096 and more", HU_PROC_NONE},
		{"          what we were told by them on call", HU_PROC_NONE},
		{"   24: 1 2 edge", HU_PROC_NONE},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].in);
		CHECK_INT(hu_procfs_kind(hu_str(cases[i].in), HU_PROC_NONE), cases[i].kind);
	}
}

static void times_of_day(void)
{
	static const struct {
		const char *in;
		hu_ns ns; /* HU_OPEN: none */
	} cases[] = {
		{" 06:12:34 up  3:28,  1 user,  load average: 2.36, 3.91, 2.85", 22354 * S},
		{"06:12:34", 22354 * S},
		{"=== 06:12:34", 22354 * S},
		{"06:12:34 and so on", HU_OPEN},
		{"06:12:34 up and about", HU_OPEN},
	};

	TEST_EACH(i, cases)
	{
		struct hu_stamp stamp = {.day = HU_OPEN};
		TEST_CASE("%s", cases[i].in);
		CHECK(hu_stamp_line(hu_str(cases[i].in), &stamp) == (cases[i].ns != HU_OPEN));
		CHECK_INT(stamp.day, cases[i].ns);
	}
}

/* A machine that restarted between two samples: what its totals show after it is all since then. */
static void resets(void)
{
	static const double totals[] = {101, 153, 23, 30};
	static const struct hu_options options = {100 * HU_NS_PER_MS, HU_OPEN, HU_OPEN, NULL, NULL};
	const struct hu_source_info info = {"vmstat.txt", "procfs", "test",
					    "00",	  23,	    HU_CLOCK_MONOTONIC};
	struct hu_store *store = NULL;
	struct hu_sink *to = NULL;

	TEST_CASE("resets");
	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "made-up", "00", 23, 1));
	CHECK_OK(hu_store_begin(store, &info, &to));
	hu_name series = hu_internz(to, "proc.vmstat.pgscan_direct");
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		hu_put_counter(
			to, &(struct hu_counter){(hu_ns)(i + 1) * S, i + 1, totals[i], series, 1});
	CHECK_OK(hu_store_end(to, NULL));
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_analyze(store, &options));
	struct hu_rows *rows = hu_rows_open(store, "SELECT scanned_pages FROM pressure");
	if (CHECK(hu_rows_next(rows)))
		CHECK_INT(hu_rows_int(rows, 0), 52 + 23 + 7);
	CHECK_OK(hu_rows_close(rows));
	hu_store_close(store);
}

int main(void)
{
	resets();
	times_of_day();
	stamps();
	between_samples();
	dates_of_sar();
	times_of_sar();
	extents();
	kinds();
	return test_end();
}
