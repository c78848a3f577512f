/*
 * fleet.db from cards: the same bytes whatever the order, the number of parts and the repetitions;
 * sums that equal what went in; conflicts; strangers' files refused.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fleet/build.h"
#include "fleet/card.h"
#include "fleet/functions.h"
#include "fleet/sql.h"
#include "tests/support.h"
#include "tests/test.h"

enum { CARDS = 300 };

struct cards {
	struct hu_out at[CARDS + 8];
	size_t count;
};

/* xorshift64: the same on every run. */
static uint64_t seed = 88172645463325252u;
static size_t pick(size_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % below);
}

static void put_failed(struct cards *all, const char *path, const char *content,
		       enum hu_card_reason reason, const char *sentence)
{
	struct hu_card_meta meta = {.path = hu_str(path),
				    .content = hu_str(content),
				    .options = hu_str("threshold=100000000")};

	hu_card_failed(&meta, reason, hu_str(sentence), &all->at[all->count++]);
}

/* A card of a bundle n, as hu_card_make() writes one. Causes: 0, 1, 2 by n % 3; every 7th is clear.
 */
static void put_card(struct hu_out *to, unsigned int n, const char *tool, const char *sentence)
{
	static const char *const keys[] = {"shrinker_rwsem|write|kswapd|super_cache_scan",
					   "namespace_sem|write|user|?",
					   "an expedited RCU grace period|?"};
	static const char *const releases[] = {"6.1.0-18-amd64", "5.10.0-28-amd64", "6.8.0"};
	bool clear = n % 7 == 6;

	hu_out_printf(
		to,
		"{\"schema\":\"holdup.card.v1\",\"key\":\"%064x\",\"body\":\"%s-%u\",\"tool\":\"%"
		"s\","
		"\"options\":\"threshold=100000000\",\"judged\":true,\"verdict\":\"%s\","
		"\"reason\":null,\"sentence\":\"%s\",\"lossy\":%s,\"threshold_ns\":100000000,"
		"\"host\":\"node%02u\",\"kernel\":{\"release\":\"%s\",\"base\":null,\"series\":"
		"\"%.*s\",\"vendor\":\"debian\",\"arch\":\"x86_64\"},\"cpus\":2,\"memory_bytes\":"
		"1007063040,\"window\":{\"from\":\"2026-11-%02uT%02u:00:00.000000000Z\",\"to\":"
		"\"2026-11-%02uT%02u:00:30.000000000Z\",\"duration_ns\":30000000000},\"bytes\":"
		"1000,\"files\":3,\"tags\":[{\"key\":\"role\",\"value\":\"%s\"}],\"sources\":{"
		"\"complete\":2,\"partial\":%d,\"unreadable\":0,\"unrecognised\":0,\"records\":"
		"17,\"losses\":%d},\"formats\":[{\"format\":\"ftrace\",\"sources\":2,\"records\":"
		"17}],\"damaged\":[",
		n, tool, n, tool, clear ? "clear" : "found", sentence, n % 5 ? "false" : "true",
		n % 40, releases[n % 3], n % 3 == 1 ? 4 : 3, releases[n % 3], 1 + n % 28, n % 24,
		1 + n % 28, n % 24, n % 2 ? "web" : "db", n % 11 == 0, n % 5 == 0);
	if (n % 11 == 0)
		hu_out_puts(to,
			    "{\"path\":\"trace.txt\",\"format\":\"ftrace\",\"status\":\"partial\","
			    "\"error\":\"it ends in the middle of a line\"}");
	hu_out_printf(to, "],\"incident_count\":%d,\"incidents\":[", !clear);
	if (!clear) {
		hu_out_printf(
			to,
			"{\"id\":\"I1\",\"signature\":\"mount|%s\",\"cause_key\":\"%s\",\"title\":"
			"\"Mount "
			"stalled\",\"confidence\":\"high\",\"operation\":\"mount\",\"lock\":%s,"
			"\"lock_type\":null,\"wanted\":\"write\",\"held\":null,\"cause\":null,"
			"\"stalled\":2,\"operations\":9,\"total_ns\":%u,\"worst_ns\":%u,\"worst_"
			"open\":"
			"false,\"at\":\"2026-11-%02uT%02u:00:07.000000000Z\",\"estimate_worst_ns\":"
			"%u,"
			"\"estimate_basis\":\"an "
			"estimate\",\"holders\":[{\"comm\":\"kswapd%u\",\"role\":"
			"\"kswapd\",\"how\":\"observed\",\"doing\":null,\"longest_ns\":5,"
			"\"blocking_ns\":"
			"1000000}],\"fixes\":[{\"id\":\"fix-%u\",\"title\":\"t\",\"applies\":\"%"
			"s\","
			"\"decided_by\":\"version\",\"fixed_in\":\"%s\"}]}",
			keys[n % 3], keys[n % 3], n % 3 == 2 ? "null" : "\"a_lock\"", 2000000 + n,
			1000000u, 1 + n % 28, n % 24, 500000u, n % 2, n % 3,
			n % 3 == 2 ? "fixed" : "affected", n % 3 == 0 ? "6.7" : "6.10");
	}
	hu_out_printf(
		to,
		"],\"places\":[{\"path\":\"captures/b%u.tar.zst\",\"name\":\"b%u\",\"content\":"
		"\"%064x\",\"report\":\"bundles/%u/report.html\"}]}",
		n, n, n + 1000000, n);
}

static void make_cards(struct cards *all)
{
	for (unsigned int n = 0; n < CARDS; n++)
		put_card(&all->at[all->count++], n, "0.1.0", "a sentence");
	/* The same bundle at another place, by another tool, and by a run that came to no end. */
	put_card(&all->at[all->count], 3, "0.1.0", "a sentence");
	char *tail = strstr(all->at[all->count++].at, "captures/b3.");
	memcpy(tail, "captures/c3.", 12);
	put_card(&all->at[all->count++], 4, "0.0.9", "an old sentence");
	char content[65];
	snprintf(content, sizeof(content), "%064x", 5 + 1000000);
	put_failed(all, "captures/b5.tar.zst", content, HU_CARD_TIMEOUT, "300 s were over");
	/* Two without a verdict anywhere. */
	put_failed(all, "captures/gone.tar", "", HU_CARD_MISSING, "no such file");
	put_failed(all, "=cmd|' /C calc'!A0\x1b[2J\xff", "", HU_CARD_CRASHED, "killed by SIGSEGV");
}

/* A fleet.db of these cards, in an order of its own, in a new folder below `under`. */
static char *build(const char *under, const char *name, const struct cards *all,
		   const size_t *order, size_t count)
{
	char *dir = hu_test_format("%s/%s", under, name);
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;

	mkdir(dir, 0777);
	CHECK_OK(hu_fleet_begin(dir, &fleet));
	for (size_t i = 0; i < count; i++)
		CHECK_OK(hu_fleet_add(fleet, hu_out_view(&all->at[order[i]])));
	CHECK_OK(hu_fleet_finish(fleet));
	return dir;
}

static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t k = pick(i), t = order[i - 1];
		order[i - 1] = order[k];
		order[k] = t;
	}
}

static void read_db(const char *dir, struct hu_out *ret)
{
	char *file = hu_test_format("%s/fleet.db", dir);

	CHECK(hu_test_slurp(file, ret));
	free(file);
}

static void check_same(const char *dir, const struct hu_out *want)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out got = {0};

	read_db(dir, &got);
	CHECK(got.len == want->len && !memcmp(got.at, want->at, got.len));
}

/* `parts` parts of random sizes, some cards in two of them, merged in a random order, some twice.
 */
static void merge_parts(const char *under, const struct cards *all, size_t parts,
			const struct hu_out *want)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	char *dirs[64];
	size_t order[64], some[2 * (CARDS + 8)];
	char *out = hu_test_format("%s/merged-%zu-%zu", under, parts, pick(1000000));

	for (size_t p = 0; p < parts; p++) {
		size_t n = 0;
		for (size_t i = 0; i < all->count; i++)
			if (i % parts == p || pick(20) == 0)
				some[n++] = i;
		shuffle(some, n);
		char *name = hu_test_format("part-%zu-%zu", parts, p);
		dirs[p] = build(under, name, all, some, n);
		free(name);
		order[p] = p;
	}
	shuffle(order, parts);
	mkdir(out, 0777);
	CHECK_OK(hu_fleet_begin(out, &fleet));
	for (size_t p = 0; p < parts; p++)
		CHECK_OK(hu_fleet_add_part(fleet, dirs[order[p]]));
	CHECK_OK(hu_fleet_add_part(fleet, dirs[order[0]]));
	CHECK_OK(hu_fleet_finish(fleet));
	check_same(out, want);
	/* What was merged is a part again. */
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *twice = NULL;
	CHECK_OK(hu_fleet_begin(dirs[0], &twice));
	CHECK_OK(hu_fleet_add_part(twice, out));
	CHECK_OK(hu_fleet_add_part(twice, dirs[parts - 1]));
	CHECK_OK(hu_fleet_finish(twice));
	check_same(dirs[0], want);
	for (size_t p = 0; p < parts; p++)
		free(dirs[p]);
	free(out);
}

static int64_t number(const char *dir, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t n = -1;

	CHECK_OK(hu_fleet_open(dir, &db));
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	else
		test_fail(__FILE__, __LINE__, "%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

/* What went in, counted by hand: n from 0 to 299. */
static void sums(const char *dir)
{
	static const struct {
		const char *sql;
		int64_t want;
	} cases[] = {
		{"SELECT bundles FROM total", 302},
		{"SELECT judged FROM total", 300},
		{"SELECT failed FROM total", 2},
		{"SELECT clear FROM total", 42}, /* 6, 13, … 293 */
		{"SELECT found FROM total", 258},
		{"SELECT hosts FROM total", 40},
		{"SELECT lossy FROM total", 60},
		{"SELECT damaged FROM total", 28}, /* 0, 11, … 297 */
		{"SELECT conflicts FROM total", 2},
		{"SELECT places FROM total", 303},
		{"SELECT count(*) FROM cause", 3},
		{"SELECT sum(bundles) FROM cause", 258},
		{"SELECT bundles FROM cause WHERE cause_key LIKE 'namespace_sem%'", 86},
		/* 43 numbers are 1 mod 6, six of these are 6 mod 7 (13, 55, 97, …); and so for 4
		   mod 6. */
		{"SELECT sum(i.total_ns) - 258 * 2000000 FROM incident i",
		 /* sum of 0..299 less the sum of the clear ones: 44850 - (6 + 293) * 42 / 2 */
		 38571},
		{"SELECT hosts FROM cause ORDER BY cause_key LIMIT 1", 40},
		{"SELECT tool = '0.0.9' FROM conflict WHERE judged", 1},
		{"SELECT outcome = 'timeout' FROM conflict WHERE NOT judged", 1},
		{"SELECT count(*) FROM place WHERE bundle LIKE '%0003'", 2},
		/* Up to 6.7 one cause; from 6.10 on two. The third has its fix already. */
		{"SELECT bundles FROM upgrade WHERE release = '6.7'", 86},
		{"SELECT bundles FROM upgrade WHERE release = '6.10'", 172},
		{"SELECT rank FROM upgrade WHERE release = '6.10'", 2},
		{"SELECT estimated FROM upgrade WHERE release = '6.7'", 86},
		{"SELECT count(*) FROM culprit", 2}, /* with the lock, and without */
		{"SELECT sum(incidents) FROM hour", 258},
		{"SELECT weekday FROM hour WHERE hour = 0 AND cause_key LIKE 'shrinker%' ORDER BY "
		 "1 "
		 "LIMIT 1",
		 0},
		{"SELECT bundles FROM unjudged WHERE reason = 'crashed'", 1},
		{"SELECT max(bundles_low_ppm < bundles_ppm AND bundles_ppm < bundles_high_ppm) "
		 "FROM "
		 "cause",
		 1},
		/* Wilson, 86 of 300, by hand: 0.286667, 0.238418 … 0.340314. */
		{"SELECT bundles_ppm FROM cause LIMIT 1", 286667},
		{"SELECT count(*) FROM incident_v WHERE tags = 'role=web'", 129},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].sql);
		CHECK_INT(number(dir, cases[i].sql), cases[i].want);
	}
	TEST_CASE("%s", "");
	CHECK_NEAR((double)number(dir, "SELECT bundles_low_ppm FROM cause LIMIT 1"), 238.4e3, 200);
	CHECK_NEAR((double)number(dir, "SELECT bundles_high_ppm FROM cause LIMIT 1"), 340.3e3, 200);
}

/* The view `card` gives cards, and a fleet of these is the same fleet but for lost duplicates. */
static void round_trip(const char *under, const char *dir, const struct hu_out *want)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	char *out = hu_test_format("%s/again", under);
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	mkdir(out, 0777);
	CHECK_OK(hu_fleet_begin(out, &fleet));
	CHECK_OK(hu_fleet_open(dir, &db));
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
	CHECK_INT(sqlite3_prepare_v2(db, "SELECT card FROM card", -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		CHECK_OK(hu_fleet_add(fleet, hu_str((const char *)sqlite3_column_text(stmt, 0))));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	/* For the conflicts, which cards do not hold. */
	CHECK_OK(hu_fleet_add_part(fleet, dir));
	CHECK_OK(hu_fleet_finish(fleet));
	check_same(out, want);
	free(out);
}

static void refused(const char *under, const char *good)
{
	static const char *const lines[] = {
		"",
		"no json",
		"{}",
		"[1]",
		"{\"schema\":\"holdup.card.v2\",\"key\":\"\"}",
		"{\"schema\":\"holdup.card.v1\",\"key\":\"0\"}",
		/* A good head, and a verdict that is none. */
		"{\"schema\":\"holdup.card.v1\",\"key\":"
		"\"0000000000000000000000000000000000000000000000000000000000000001\",\"body\":"
		"\"b\","
		"\"tool\":\"t\",\"options\":\"\",\"judged\":true,\"verdict\":\"guilty\","
		"\"sentence\":\"\"}",
	};
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
	struct hu_fleet_counts counts;
	char *dir = hu_test_format("%s/refused", under), *other = hu_test_format("%s/other", under);
	char *file = hu_test_format("%s/fleet.db", other);

	mkdir(dir, 0777);
	mkdir(other, 0777);
	CHECK_OK(hu_fleet_begin(dir, &fleet));
	TEST_EACH(i, lines)
	{
		TEST_CASE("%s", lines[i]);
		CHECK_ERR(hu_fleet_add(fleet, hu_str(lines[i])), "no card");
	}
	TEST_CASE("%s", "");
	CHECK_ERR(hu_fleet_add_part(fleet, "/nowhere"), "cannot read /nowhere");
	CHECK_ERR(hu_fleet_add_part(fleet, other), "cannot read");
	hu_test_spew(file,
		     hu_str("SQLite format 3, or so it says; but nothing of the kind follows."));
	CHECK_ERR(hu_fleet_add_part(fleet, other), "not a database");
	read_db(good, &bytes);
	bytes.at[63] = 9; /* user_version, a 32-bit number at offset 60 of the header */
	hu_test_spew(file, hu_out_view(&bytes));
	CHECK_ERR(hu_fleet_add_part(fleet, other), "is of revision 9, and this holdup reads");
	bytes.at[63] = 1;
	bytes.at[71] = 0; /* application_id, at 68 */
	hu_test_spew(file, hu_out_view(&bytes));
	CHECK_ERR(hu_fleet_add_part(fleet, other), "no fleet.db: holdup did not make it");
	bytes.at[71] = 0x31;
	hu_test_spew(file, (struct hu_str){bytes.at, bytes.len / 2});
	CHECK_ERR(hu_fleet_add_part(fleet, other), "malformed");
	CHECK_OK(hu_fleet_add_part(fleet, good));
	CHECK_OK(hu_fleet_finish(fleet));
	hu_fleet_counted(fleet, &counts);
	CHECK_INT(counts.bundles, 302);
	CHECK_INT(counts.judged, 300);
	CHECK_INT(counts.conflicts, 2);
	free(dir);
	free(other);
	free(file);
}

/* Strangers' cards may add up to more than a number holds: that ends no merge, in any order. */
static void large_sums(void)
{
	static const struct {
		const char *values, *want;
	} cases[] = {
		{"(1), (NULL), (2)", "3"},
		{"(NULL)", NULL},
		{"(-5), (3)", "-2"},
		{"(-5), (-3)", "-8"},
		{"(9223372036854775807), (1)", "9223372036854775807"},
		{"(9223372036854775807), (9223372036854775807), (9223372036854775807)",
		 "9223372036854775807"},
		{"(9223372036854775807), (1), (-2)", "9223372036854775806"},
		{"(-9223372036854775807), (-2)", "-9223372036854775808"},
		{"(-9223372036854775807), (-1), (0)", "-9223372036854775808"},
	};
	sqlite3 *db = NULL;

	CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
	CHECK_OK(hu_fleet_functions(db));
	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_freep)
		char *sql =
			hu_test_format("SELECT hu_sum(column1) FROM (VALUES %s)", cases[i].values);
		sqlite3_stmt *stmt = NULL;
		TEST_CASE("%s", cases[i].values);
		CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		      sqlite3_step(stmt) == SQLITE_ROW);
		CHECK_STR((const char *)sqlite3_column_text(stmt, 0), cases[i].want);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	TEST_CASE("%s", "");
}

int main(void)
{
	struct cards *all = hu_alloc(sizeof(*all));
	HU_CLEANUP(hu_out_deinit) struct hu_out want = {0};
	size_t order[CARDS + 8];
	char *under = hu_test_tempdir();

	make_cards(all);
	for (size_t i = 0; i < all->count; i++)
		order[i] = i;
	char *one = build(under, "one", all, order, all->count);
	read_db(one, &want);
	sums(one);
	shuffle(order, all->count);
	char *other = build(under, "shuffled", all, order, all->count);
	check_same(other, &want);
	static const size_t parts[] = {2, 7, 64};
	TEST_EACH(i, parts)
	{
		TEST_CASE("%zu parts", parts[i]);
		merge_parts(under, all, parts[i], &want);
	}
	TEST_CASE("%s", "");
	round_trip(under, one, &want);
	large_sums();
	refused(under, one);
	hu_test_remove(under);
	for (size_t i = 0; i < all->count; i++)
		hu_out_deinit(&all->at[i]);
	free(all);
	free(one);
	free(other);
	free(under);
	return test_end();
}
