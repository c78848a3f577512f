/*
 * holdup diff: the tests behind it against numbers worked out elsewhere, the rules by two sides
 * written by hand, and real pairs through the program.
 */
#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzers/compare.h"
#include "db/rows.h"
#include "report/diff.h"
#include "tests/test.h"

static void shares(void)
{
	/* Newcombe 1998, table II, method 10: (a) 56/70 - 48/80 and (b) 9/10 - 3/10. */
	static const struct {
		int64_t k2, n2, k1, n1;
		double value, low, high;
	} cases[] = {
		{56, 70, 48, 80, 0.2, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.6, 0.1705, 0.8090},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("difference %zu", i);
		struct hu_between d =
			hu_share_difference(cases[i].k1, cases[i].n1, cases[i].k2, cases[i].n2);
		CHECK_NEAR(d.value, cases[i].value, 1e-9);
		CHECK_NEAR(d.low, cases[i].low, 5e-5);
		CHECK_NEAR(d.high, cases[i].high, 5e-5);
	}
	TEST_CASE("shares");
	CHECK(isnan(hu_share_difference(0, 0, 1, 2).value));
	/* By whole binomial coefficients, in another language. */
	CHECK_NEAR(hu_compare_shares(5, 262, 0, 1236), 0.00015855, 1e-8);
	CHECK_NEAR(hu_compare_shares(6, 827, 0, 1236), 0.00410491, 1e-8);
	CHECK_NEAR(hu_compare_shares(0, 10, 0, 10), 1, 1e-12);
	CHECK(isnan(hu_compare_shares(0, 0, 0, 10)));
	CHECK(isnan(hu_compare_shares(11, 10, 0, 10)));
	/* Millions of stalls take no time: the normal approximation. */
	CHECK(hu_compare_shares(4000000000, 8000000000, 4100000000, 8000000000) < 1e-9);
}

static void rates(void)
{
	TEST_CASE("rates");
	CHECK_NEAR(hu_same_rate(3, 10, 0, 10), 0.25, 1e-9); /* 2 / 2^3 */
	CHECK_NEAR(hu_same_rate(2, 10, 9, 30), 1, 1e-9);    /* nothing is likelier */
	CHECK_NEAR(hu_same_rate(0, 10, 0, 10), 1, 1e-9);
	CHECK(isnan(hu_same_rate(1, 0, 1, 10)));
	CHECK(isnan(hu_same_rate(1, (double)NAN, 1, 10)));
	CHECK_NEAR(hu_same_rate(2000000, 10, 2000000, 10), 1, 1e-6);
}

static void ranks(void)
{
	/* 1 2 2 5 against 2 3 7 8 9: of 20 pairs the later is longer in 16, equal in 2. */
	struct hu_side_bucket x[] = {{1, 2, 1}, {2, 3, 2}, {5, 6, 1}},
			      y[] = {{2, 3, 1}, {3, 4, 1}, {7, 8, 1}, {8, 9, 1}, {9, 10, 1}};
	struct hu_side_operation before = {.buckets = x, .bucket_count = 3},
				 after = {.buckets = y, .bucket_count = 5}, none = {0};

	TEST_CASE("ranks");
	struct hu_ranks r = hu_mann_whitney(&before, &after);
	CHECK_NEAR(r.later, 0.85, 1e-9);
	CHECK_NEAR(r.p, 0.105364, 1e-5);
	r = hu_mann_whitney(&before, &before);
	CHECK_NEAR(r.later, 0.5, 1e-9);
	CHECK_NEAR(r.p, 1, 1e-9);
	CHECK(isnan(hu_mann_whitney(&before, &none).p));
}

/* A side by hand: so many mounts in ten seconds, so many of them stalled, in so many bursts. */
struct scene {
	const char *sha, *outcome, *by, *role, *more;
	int64_t count, stalled, bursts, threshold, kswapd, cpus;
	bool lossy;
};
static const struct scene usual = {.sha = "00",
				   .outcome = "found",
				   .by = "tracedat",
				   .role = "kswapd",
				   .more = "",
				   .count = 200,
				   .threshold = 100000000,
				   .kswapd = 5000000000,
				   .cpus = 2};

static void write_report(const struct scene *s, struct hu_out *to)
{
	hu_out_printf(
		to,
		"{\"schema\": \"holdup.report.v1\", \"bundle\": {\"name\": \"b<script>|%s\", "
		"\"sha256\": \"%s\"}, \"host\": {\"cpus\": %lld, \"kernel\": {\"release\": "
		"\"6.1.0\"}}, \"window\": {\"duration_ns\": 10000000000}, \"verdict\": "
		"{\"outcome\": \"%s\", \"sentence\": \"Said.\", \"threshold_ns\": %lld, \"lossy\": "
		"%s}, \"pressure\": {\"kswapd_ns\": %lld}, \"operations\": [{\"name\": \"mount\", "
		"\"recorded_by\": \"%s\", \"count\": %lld, \"stalled\": %lld, \"bursts\": %lld, "
		"\"recorded_ns\": 10000000000, \"p50_ns\": 1000000, \"p90_ns\": 2000000, "
		"\"p99_ns\": 3000000, \"worst_ns\": 4000000, \"latency\": [[1000, 1100, %lld]]}%s]",
		s->sha, s->sha, (long long)s->cpus, s->outcome, (long long)s->threshold,
		s->lossy ? "true" : "false", (long long)s->kswapd, s->by, (long long)s->count,
		(long long)s->stalled, (long long)s->bursts, (long long)s->count, s->more);
	hu_out_printf(to, ", \"incidents\": [");
	if (s->stalled)
		hu_out_printf(
			to,
			"{\"id\": \"I1\", \"signature\": \"mount|l<b>|write|%s|scan\", \"title\": "
			"\"Stalled\", \"victim\": {\"operation\": \"mount\", \"stalled\": %lld, "
			"\"operations\": %lld, \"worst_ns\": 2000000000}, \"lock\": {\"name\": "
			"\"l<b>\"}, \"holder\": {\"comm\": \"kswapd0\", \"role\": \"%s\"}}",
			s->role, (long long)s->stalled, (long long)s->count, s->role);
	hu_out_puts(to, "]}");
}

struct compared {
	struct hu_store *store;
	struct hu_side sides[2];
};

static void compare(struct compared *c, const struct scene *before, const struct scene *after)
{
	const struct scene *scenes[] = {before, after};

	*c = (struct compared){0};
	for (int i = 0; i < 2; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out json = {0};
		write_report(scenes[i], &json);
		CHECK_OK(hu_side_read(hu_out_view(&json), i ? "AFTER" : "BEFORE", &c->sides[i]));
	}
	CHECK_OK(hu_store_create(":memory:", &c->store));
	CHECK_OK(hu_compare(&c->sides[0], &c->sides[1], c->store));
}

static void drop(struct compared *c)
{
	hu_side_deinit(&c->sides[0]);
	hu_side_deinit(&c->sides[1]);
	hu_store_close(c->store);
}

static void says(struct compared *c, const char *sql, const char *want)
{
	struct hu_rows *rows = hu_rows_open(c->store, sql);
	HU_CLEANUP(hu_freep) char *got = NULL;

	if (hu_rows_next(rows) && !hu_rows_null(rows, 0))
		got = hu_strdup(hu_rows_str(rows, 0));
	CHECK_OK(hu_rows_close(rows));
	CHECK_STR(got, want);
}

#define ANSWER "SELECT answer FROM diff_verdict"
#define SURE "SELECT sure FROM diff_verdict"
#define STATE "SELECT state FROM diff_incident ORDER BY rank"
#define BLOCK "SELECT text FROM diff_reason WHERE weight = 'blocks'"

static void rules(void)
{
	struct compared c;
	struct scene b = usual, a = usual;

	TEST_CASE("a cause that is gone, surely");
	b.sha = "01";
	b.stalled = 20;
	b.bursts = 12;
	a.outcome = "clear";
	compare(&c, &b, &a);
	says(&c, ANSWER, "helped");
	says(&c, SURE, "high");
	says(&c, STATE, "gone");
	says(&c, "SELECT state FROM diff_operation", "better");
	says(&c, "SELECT round(low, 4) || ' ' || round(high, 4) FROM diff_operation",
	     "-0.1494 -0.0608");
	drop(&c);

	TEST_CASE("the same stalls in one burst");
	b.bursts = 1;
	compare(&c, &b, &a);
	says(&c, ANSWER, "helped");
	says(&c, SURE, "medium");
	drop(&c);

	TEST_CASE("and events lost");
	a.lossy = true;
	compare(&c, &b, &a);
	says(&c, SURE, "low");
	drop(&c);
	a.lossy = false;
	b.bursts = 12;

	TEST_CASE("the other way round");
	compare(&c, &a, &b);
	says(&c, ANSWER, "worse");
	says(&c, SURE, "high");
	says(&c, STATE, "new");
	drop(&c);

	TEST_CASE("both stalled, one less: 20 and 2 of 200");
	a.stalled = 2;
	a.bursts = 1;
	a.outcome = "found";
	compare(&c, &b, &a);
	says(&c, ANSWER, "helped");
	says(&c, STATE, "better");
	says(&c, "SELECT matched_by FROM diff_incident", "signature");
	drop(&c);

	TEST_CASE("20 and 15 of 200");
	a.stalled = 15;
	a.bursts = 10;
	compare(&c, &b, &a);
	says(&c, ANSWER, "not_shown");
	says(&c, SURE, NULL);
	says(&c, STATE, "same");
	drop(&c);

	TEST_CASE("another holder is another cause");
	a.role = "direct_reclaim";
	compare(&c, &b, &a);
	says(&c,
	     "SELECT group_concat(state, ' ') FROM (SELECT state FROM diff_incident ORDER BY "
	     "rank)",
	     "gone new");
	drop(&c);
	a.role = "kswapd";

	TEST_CASE("neither stalled");
	a.stalled = b.stalled = a.bursts = b.bursts = 0;
	compare(&c, &b, &a);
	says(&c, ANSWER, "not_shown");
	says(&c, "SELECT count(*) FROM diff_incident", "0");
	drop(&c);
}

static void refusals(void)
{
	struct compared c;
	struct scene b = usual, a = usual;

	b.sha = "01";
	b.stalled = 20;
	b.bursts = 12;
	a.outcome = "clear";
	TEST_CASE("the same bundle");
	a.sha = "01";
	compare(&c, &b, &a);
	says(&c, ANSWER, "identical");
	drop(&c);
	a.sha = "00";

	TEST_CASE("another threshold");
	a.threshold = 10000000;
	compare(&c, &b, &a);
	says(&c, ANSWER, "not_comparable");
	says(&c, STATE, "not_comparable");
	says(&c, "SELECT state FROM diff_operation", "not_comparable");
	says(&c, BLOCK,
	     "An operation counted as stalled from 100 ms on in one and from 10 ms on in the "
	     "other; give the bundles or stores with one `--threshold`.");
	drop(&c);
	a.threshold = b.threshold;

	TEST_CASE("not assessed");
	a.outcome = "not_assessed";
	compare(&c, &b, &a);
	says(&c, ANSWER, "not_comparable");
	says(&c, BLOCK, "AFTER was not assessed: Said.");
	drop(&c);
	a.outcome = "clear";

	TEST_CASE("another kind of capture");
	a.by = "strace";
	compare(&c, &b, &a);
	says(&c, ANSWER, "not_comparable");
	says(&c, STATE, "not_comparable");
	drop(&c);
	a.by = "tracedat";

	TEST_CASE("no reclaim, no stall");
	a.kswapd = 1000000;
	compare(&c, &b, &a);
	says(&c, ANSWER, "not_comparable");
	drop(&c);
	TEST_CASE("a third of the reclaim");
	a.kswapd = 1600000000;
	compare(&c, &b, &a);
	says(&c, ANSWER, "helped");
	says(&c, SURE, "medium");
	drop(&c);
	TEST_CASE("a stall that has nothing to do with reclaim");
	a.kswapd = 1000000;
	b.role = "user";
	compare(&c, &b, &a);
	says(&c, ANSWER, "helped");
	drop(&c);
	a.kswapd = usual.kswapd;

	TEST_CASE("another machine");
	a.cpus = 64;
	compare(&c, &b, &a);
	says(&c, SURE, "medium");
	says(&c, "SELECT text FROM diff_reason WHERE weight = 'weakens'",
	     "The machines differ: 2 and 64 CPUs.");
	drop(&c);
	a.cpus = 2;

	TEST_CASE("another kind of operation stalled in addition, on one side alone");
	a.more =
		", {\"name\": \"umount\", \"recorded_by\": \"strace\", \"count\": 10, \"stalled\": "
		"1, \"bursts\": 1}";
	compare(&c, &b, &a);
	says(&c, ANSWER, "helped");
	says(&c, "SELECT state FROM diff_operation WHERE name = 'umount'", "not_comparable");
	drop(&c);
}

static void hostile(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"null",
		"[]",
		"{\"schema\": \"holdup.report.v1\"}",
		"{\"schema\": 7}",
		"{\"schema\": \"holdup.report.v1\", \"verdict\": {\"outcome\": 1}}",
	};
	static const char odd[] =
		"{\"schema\": \"holdup.report.v1\", \"verdict\": {\"outcome\": \"clear\", "
		"\"sentence\": \"\\u001b[31m<b>\", \"threshold_ns\": 1e300}, \"operations\": 4}";
	static const char strange[] =
		"{\"schema\": \"holdup.report.v1\", \"verdict\": {\"outcome\": \"clear\", "
		"\"sentence\": \"\\u001b[31m<b>\", \"threshold_ns\": 100000000}, \"operations\": "
		"[7, {}, {\"name\": \"m\", \"recorded_by\": \"t\", \"count\": 9007199254740000, "
		"\"stalled\": 9007199254740000, \"bursts\": 9007199254740000, \"recorded_ns\": 1, "
		"\"latency\": [[1], [-1, 2, 3], [5, 4, 9007199254740000], 8]}, {\"name\": \"m\", "
		"\"recorded_by\": \"t\", \"count\": 1, \"stalled\": 2}], \"incidents\": [null, "
		"{\"signature\": \"\"}, {\"signature\": \"|\", \"victim\": {\"operation\": \",,\", "
		"\"stalled\": 1, \"operations\": 0}}], \"sources\": {\"a\": 1}}";
	struct hu_side side;

	TEST_EACH(i, bad)
	{
		TEST_CASE("%s", bad[i]);
		CHECK_ERR(hu_side_read(hu_str(bad[i]), "BEFORE", &side), "");
	}
	TEST_CASE("a number too large");
	CHECK_ERR(hu_side_read(hu_str(odd), "BEFORE", &side), "verdict");
	TEST_CASE("strange");
	struct compared c = {0};
	CHECK_OK(hu_side_read(hu_str(strange), "BEFORE", &c.sides[0]));
	CHECK_OK(hu_side_read(hu_str(strange), "AFTER", &c.sides[1]));
	CHECK_OK(hu_store_create(":memory:", &c.store));
	CHECK_OK(hu_compare(&c.sides[0], &c.sides[1], c.store));
	says(&c, "SELECT count(*) FROM diff_operation", "1");
	for (int form = 0; form < 4; form++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		CHECK_OK(hu_report_diff(c.store, (enum hu_report_format)form, false, &out));
		CHECK(out.len > 0 && !strchr(out.at, '\033'));
		CHECK(form == HU_REPORT_JSON || !strstr(out.at, "[31m<b>") ||
		      form == HU_REPORT_TEXT);
	}
	drop(&c);
}

/* The forms say the same, and a stranger's text acts in none. */
static void forms(void)
{
	struct compared c;
	struct scene b = usual, a = usual;
	struct hu_out out[4] = {0};

	TEST_CASE("forms");
	b.sha = "01";
	b.stalled = 20;
	b.bursts = 12;
	a.outcome = "clear";
	compare(&c, &b, &a);
	for (int form = 0; form < 4; form++)
		CHECK_OK(hu_report_diff(c.store, (enum hu_report_format)form, false, &out[form]));
	for (int form = 0; form < 4; form++)
		CHECK_HAS(out[form].at,
			  "of mount calls 20 of 200 stalled before and 0 of 200 after");
	CHECK_HAS(out[HU_REPORT_HTML].at, "HELPED");
	CHECK_HAS(out[HU_REPORT_MARKDOWN].at, "**HELPED**");
	CHECK_HAS(out[HU_REPORT_TEXT].at, "HELPED\n");
	CHECK(!strstr(out[HU_REPORT_HTML].at, "<script"));
	CHECK(!strstr(out[HU_REPORT_MARKDOWN].at, "<script"));
	CHECK_HAS(out[HU_REPORT_HTML].at, "Content-Security-Policy");
	cJSON *json = cJSON_Parse(out[HU_REPORT_JSON].at);
	CHECK_STR(cJSON_GetStringValue(cJSON_GetObjectItem(json, "schema")), "holdup.diff.v1");
	CHECK_STR(cJSON_GetStringValue(cJSON_GetObjectItem(json, "answer")), "helped");
	cJSON_Delete(json);
	for (int form = 0; form < 4; form++)
		hu_out_deinit(&out[form]);
	drop(&c);
}

static bool sh(const char *command)
{
	return system(command) == 0;
}

/* A bundle, a store, the folder around it and its report.json are the same side. */
static void program(void)
{
	TEST_CASE("through the program");
	CHECK(sh("\"$H\" analyze \"$I/s1-5.10-before-fix/bundle.tar.zst\" -q -o a >/dev/null"));
	CHECK(sh("\"$H\" analyze \"$I/s1-6.12-after-fix/bundle.tar.zst\" -q -o b >/dev/null"));
	CHECK(sh("\"$H\" diff a b -f json -o 1.json"));
	CHECK(sh("\"$H\" diff a/store.db b/report.json -f json | cmp - 1.json"));
	CHECK(sh("\"$H\" diff -q \"$I/s1-5.10-before-fix/bundle.tar.zst\" b/store.db -f json | cmp "
		 "- 1.json"));
	/* 6 of 827 against 0 of 1,236, of mounts and of umounts: both counted in the captures. */
	CHECK(sh("grep -q '\"answer\": \"helped\"' 1.json"));
	CHECK(sh("grep -q 'of mount calls 6 of 827 stalled before and 0 of 1,236 after' 1.json"));
	CHECK(sh("test \"$(grep -c '\"state\": \"gone\"' 1.json)\" = 2"));
	CHECK(sh("\"$H\" diff a a | head -1 | grep -q 'SAME BUNDLE'"));
	CHECK(sh("\"$H\" diff a/report.json b --threshold 1s | head -1 | grep -q COMPARABLE"));
	CHECK(sh("\"$H\" diff a b -f html -o d.html && grep -q '</html>' d.html"));
	CHECK(sh("\"$H\" diff a 2>/dev/null; test $? = 2"));
	CHECK(sh("\"$H\" diff a b c 2>/dev/null; test $? = 2"));
	CHECK(sh("\"$H\" diff a b -f pdf 2>/dev/null; test $? = 2"));
	CHECK(sh("\"$H\" diff a nowhere 2>/dev/null; test $? != 0"));
	CHECK(sh("echo '{\"schema\": \"holdup.report.v1\"}' >x.json; \"$H\" diff a x.json "
		 "2>/dev/null; test $? != 0"));
	CHECK(sh("\"$H\" diff --help | grep -q BEFORE"));
	TEST_CASE("pressure alone against mounts alone");
	CHECK(sh("\"$H\" diff -q \"$I/s3a-control-pressure-only/bundle.tar.zst\" "
		 "\"$I/s3b-control-mounts-only/bundle.tar.zst\" | head -1 | grep -q 'NOT "
		 "COMPARABLE'"));
	CHECK(sh("\"$H\" diff -q a \"$I/s3b-control-mounts-only/bundle.tar.zst\" -f json | grep -q "
		 "'it hardly "
		 "was'"));
}

int main(void)
{
	char folder[] = "/tmp/diff-test.XXXXXX", self[PATH_MAX], path[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return 1;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(path, sizeof(path), "%s/../holdup", self);
	if (!mkdtemp(folder) || chdir(folder) != 0 || setenv("H", path, 1) != 0 ||
	    setenv("I", FIXTURES "/incidents", 1) != 0 || setenv("TMPDIR", folder, 1) != 0)
		return 1;
	shares();
	rates();
	ranks();
	rules();
	refusals();
	hostile();
	forms();
	program();
	sh("rm -rf \"$TMPDIR\"");
	return test_end();
}
