/*
 * Cards of bundles, from result tables that SQL filled (tests/data/report_*.sql) and from reasons:
 * what they say, that they are one line of JSON whatever strangers call their tasks, and that
 * fleet.db takes them.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "db/embedded.h"
#include "db/rows.h"
#include "db/store.h"
#include "fleet/build.h"
#include "fleet/card.h"
#include "tests/support.h"
#include "tests/test.h"

static const char sha[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char content[] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

static struct hu_card_meta meta_of(const char *path)
{
	return (struct hu_card_meta){.path = hu_str(path),
				     .name = hu_str("case-1"),
				     .content = hu_str(content),
				     .options = hu_str("threshold=100000000"),
				     .report = hu_str("bundles/0011/report.html")};
}

/* A store as an analysis leaves it. */
static struct hu_store *store_of(const char *data)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	char *path = hu_test_format(FIXTURES "/../tests/data/report_%s.sql", data);
	struct hu_store *store = NULL;

	CHECK(hu_test_slurp(path, &sql));
	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "case-1", sha, 4711, 61));
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_store_exec(store, (const char *)hu_sql_results));
	CHECK_OK(hu_store_exec(store, sql.at));
	free(path);
	return store;
}

static const cJSON *at(const cJSON *root, const char *path)
{
	struct hu_str rest = hu_str(path);

	while (rest.len && root) {
		char *name = hu_strdup(hu_str_split(&rest, '/'));
		uint64_t n;
		root = hu_str_u64(hu_str(name), 10, &n) ? cJSON_GetArrayItem(root, (int)n)
							: cJSON_GetObjectItem(root, name);
		free(name);
	}
	return root;
}

static void check_text(const cJSON *root, const char *path, const char *want)
{
	TEST_CASE("%s", path);
	CHECK_STR(cJSON_GetStringValue(at(root, path)), want);
	TEST_CASE("%s", "");
}

static void check_number(const cJSON *root, const char *path, int64_t want)
{
	const cJSON *item = at(root, path);

	TEST_CASE("%s", path);
	CHECK_INT(cJSON_IsNumber(item) ? (int64_t)item->valuedouble : -1, want);
	TEST_CASE("%s", "");
}

/* One line, JSON, not too long; and the same the second time. */
static cJSON *card_of(struct hu_store *store, const struct hu_card_meta *meta, struct hu_out *ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out again = {0};

	CHECK_OK(hu_card_make(store, meta, ret));
	CHECK_OK(hu_card_make(store, meta, &again));
	CHECK_STR(again.at, ret->at);
	CHECK(ret->len <= HU_CARD_MAX);
	CHECK(strchr(ret->at, '\n') == NULL);
	CHECK(strchr(ret->at, 0x1b) == NULL);
	cJSON *root = cJSON_Parse(ret->at);
	CHECK(root != NULL);
	return root;
}

/* As tests/data/report_s1.sql has it. */
static void judged(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = store_of("s1");
	const struct hu_card_meta meta = meta_of("captures/a.tar");
	cJSON *root = card_of(store, &meta, &card);

	check_text(root, "schema", "holdup.card.v1");
	check_text(root, "key", sha);
	check_text(root, "tool", HU_VERSION);
	check_text(root, "verdict", "found");
	check_text(root, "reason", NULL);
	check_text(root, "kernel/series", "6.1");
	check_text(root, "window/from", "2026-11-22T01:04:46.533702808Z");
	check_number(root, "window/duration_ns", INT64_C(14897975437));
	check_number(root, "bytes", 4711);
	check_text(root, "incidents/0/signature",
		   "mount|shrinker_rwsem|write|kswapd|super_cache_scan");
	check_text(root, "incidents/0/cause_key", "shrinker_rwsem|write|kswapd|super_cache_scan");
	check_text(root, "incidents/0/lock", "shrinker_rwsem");
	check_number(root, "incidents/0/stalled", 9);
	check_number(root, "incidents/0/operations", 524);
	check_number(root, "incidents/0/total_ns", INT64_C(33903000000));
	check_number(root, "incidents/0/worst_ns", INT64_C(6475222000));
	check_number(root, "incidents/0/estimate_worst_ns", 60000000);
	/* 46.533702808 and 3.830098831 */
	check_text(root, "incidents/0/at", "2026-11-22T01:04:50.363801639Z");
	check_text(root, "incidents/0/holders/0/comm", "kswapd0");
	check_text(root, "incidents/0/holders/0/how", "observed");
	check_number(root, "incidents/0/holders/0/blocking_ns", INT64_C(33585000000));
	check_text(root, "places/0/path", "captures/a.tar");
	check_text(root, "places/0/content", content);
	check_text(root, "places/0/report", "bundles/0011/report.html");
	cJSON_Delete(root);
}

/* Where it lies is no part of what it is. */
static void places(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out one = {0}, other = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = store_of("s1");
	const struct hu_card_meta a = meta_of("captures/a.tar"), b = meta_of("b\0b\xff\x1b");
	cJSON *first = card_of(store, &a, &one), *second = card_of(store, &b, &other);

	check_text(second, "body", cJSON_GetStringValue(at(first, "body")));
	check_text(second, "key", sha);
	CHECK(strcmp(one.at, other.at) != 0);
	cJSON_Delete(first);
	cJSON_Delete(second);
}

static void failed(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	struct hu_card_meta meta = meta_of("captures/a.tar");

	for (int i = 0; i < HU_CARD_REASONS; i++) {
		hu_out_clear(&card);
		hu_card_failed(&meta, i, hu_str("a \"sentence\""), &card);
		cJSON *root = cJSON_Parse(card.at);
		check_text(root, "reason", hu_card_reason_word(i));
		check_text(root, "key", content);
		check_text(root, "sentence", "a \"sentence\"");
		CHECK(cJSON_IsNull(at(root, "verdict")));
		CHECK(cJSON_IsFalse(at(root, "judged")));
		cJSON_Delete(root);
	}
	/* What could not even be hashed goes by its path. */
	HU_CLEANUP(hu_out_deinit) struct hu_out other = {0};
	hu_out_clear(&card);
	meta.content = hu_str("");
	hu_card_failed(&meta, HU_CARD_MISSING, hu_str(""), &card);
	meta.path = hu_str("captures/b.tar");
	hu_card_failed(&meta, HU_CARD_MISSING, hu_str(""), &other);
	cJSON *a = cJSON_Parse(card.at), *b = cJSON_Parse(other.at);
	CHECK_INT(strlen(cJSON_GetStringValue(at(a, "key"))), 64);
	CHECK(strcmp(cJSON_GetStringValue(at(a, "key")), cJSON_GetStringValue(at(b, "key"))) != 0);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

/* All of them go into a fleet.db, and hostile ones into its rows as texts. */
static void taken(void)
{
	static const char *const data[] = {"s1", "hostile", "lossy", "oncpu", "undecided"};
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	struct hu_fleet_counts counts;
	char *dir = hu_test_tempdir();

	CHECK_OK(hu_fleet_begin(dir, &fleet));
	TEST_EACH(i, data)
	{
		HU_CLEANUP(hu_out_deinit) struct hu_out card = {0}, unusable = {0};
		struct hu_store *store = store_of(data[i]);
		char *key = hu_test_format("%064zx", i);
		const struct hu_card_meta meta = meta_of(data[i]);
		CHECK_OK(hu_store_exec(store, "DELETE FROM meta WHERE key = 'bundle.sha256'"));
		struct hu_card_meta own = meta;
		own.content = hu_str(key);
		cJSON *root = card_of(store, &own, &card);
		check_text(root, "key", key);
		cJSON_Delete(root);
		CHECK_OK(hu_fleet_add(fleet, hu_out_view(&card)));
		/* The same one as unusable: a conflict, and the judged one counts. */
		CHECK_OK(hu_card_make_unusable(store, &own, HU_CARD_NOTHING_USABLE, hu_str("no"),
					       &unusable));
		CHECK_OK(hu_fleet_add(fleet, hu_out_view(&unusable)));
		hu_store_close(store);
		free(key);
	}
	CHECK_OK(hu_fleet_finish(fleet));
	hu_fleet_counted(fleet, &counts);
	CHECK_INT(counts.bundles, 5);
	CHECK_INT(counts.judged, 5);
	CHECK_INT(counts.conflicts, 5);
	hu_test_remove(dir);
	free(dir);
}

int main(void)
{
	judged();
	places();
	failed();
	taken();
	return test_end();
}
