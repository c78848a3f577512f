/*
 * The reports of a fleet: they agree, stay below 1 MB whatever comes, compare with an earlier run,
 * and nobody's text acts in them.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fleet/build.h"
#include "fleet/card.h"
#include "fleet/gather.h"
#include "fleet/report.h"
#include "tests/support.h"
#include "tests/test.h"

struct incident {
	const char *cause; /* its key; the lock is what stands before the first "|" */
	const char *comm, *operation;
	unsigned int total_ms;
};

struct bundle {
	unsigned int n;
	const char *host, *path, *tag, *hour;
	struct incident incident; /* cause NULL: clear */
};

static void put_card(struct hu_out *to, const struct bundle *b)
{
	const struct incident *in = &b->incident;
	size_t lock = in->cause ? strcspn(in->cause, "|") : 0;

	hu_out_printf(
		to,
		"{\"schema\":\"holdup.card.v1\",\"key\":\"%064x\",\"body\":\"b\",\"tool\":"
		"\"0.1.0\",\"options\":\"\",\"judged\":true,\"verdict\":\"%s\",\"reason\":null,"
		"\"sentence\":\"s\",\"lossy\":false,\"host\":\"%s\",\"kernel\":{\"release\":"
		"\"6.1.0-18-amd64\",\"vendor\":\"debian\"},\"tags\":[{\"key\":\"role\",\"value\":"
		"\"%s\"}],\"incidents\":[",
		b->n, in->cause ? "found" : "clear", b->host, b->tag);
	if (in->cause)
		hu_out_printf(
			to,
			"{\"id\":\"I1\",\"signature\":\"%s|%s\",\"cause_key\":\"%s\",\"title\":"
			"\"t\","
			"\"confidence\":\"high\",\"operation\":\"%s\",\"lock\":\"%.*s\","
			"\"stalled\":1,"
			"\"total_ns\":%u000000,\"worst_ns\":%u000000,\"worst_open\":false,\"at\":"
			"\"2026-11-02T%s:00:00.000000000Z\",\"estimate_worst_ns\":0,\"holders\":[{"
			"\"comm\":\"%s\",\"role\":\"kswapd\",\"how\":\"observed\",\"blocking_ns\":"
			"7}],"
			"\"fixes\":[{\"id\":\"a-fix\",\"title\":\"t\",\"applies\":\"affected\","
			"\"decided_by\":\"version\",\"fixed_in\":\"6.7\"}]}",
			in->operation, in->cause, in->cause, in->operation, (int)lock, in->cause,
			in->total_ms, in->total_ms, b->hour, in->comm);
	hu_out_printf(to,
		      "],\"places\":[{\"path\":\"%s\",\"name\":null,\"content\":null,\"report\":"
		      "\"bundles/%u/report.html\"}]}",
		      b->path, b->n);
}

static char *make(const char *under, const char *name, const struct bundle *all, size_t count)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
	char *dir = hu_test_format("%s/%s", under, name);

	mkdir(dir, 0777);
	CHECK_OK(hu_fleet_begin(dir, &fleet));
	for (size_t i = 0; i < count; i++) {
		hu_out_clear(&card);
		put_card(&card, &all[i]);
		CHECK_OK(hu_fleet_add(fleet, hu_out_view(&card)));
	}
	CHECK_OK(hu_fleet_finish(fleet));
	return dir;
}

static void read_file(const char *dir, const char *name, struct hu_out *ret)
{
	char *path = hu_test_format("%s/%s", dir, name);

	hu_out_clear(ret);
	CHECK(hu_test_slurp(path, ret));
	free(path);
}

static int64_t number(const cJSON *root, const char *list, const char *key)
{
	const cJSON *at = cJSON_GetObjectItem(root, list);
	const cJSON *rows = cJSON_GetObjectItem(at, "list");

	at = cJSON_GetObjectItem(rows ? cJSON_GetArrayItem(rows, 0) : at, key);
	return cJSON_IsNumber(at) ? (int64_t)at->valuedouble : -1;
}

static const struct bundle plain[] = {
	{1, "a", "1.tar", "web", "03", {"x_lock|write|kswapd|scan", "kswapd0", "mount", 8000}},
	{2, "a", "2.tar", "web", "03", {"x_lock|write|kswapd|scan", "kswapd1", "umount", 1000}},
	{3, "b", "3.tar", "db", "21", {"y_lock|write|user|?", "systemd", "mount", 1000}},
	{4, "c", "4.tar", "db", "00", {NULL, NULL, NULL, 0}},
};

static void agree(const char *under)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out html = {0}, md = {0}, json = {0}, csv = {0};
	char *dir = make(under, "plain", plain, 4);

	CHECK_OK(hu_fleet_publish(dir, NULL));
	read_file(dir, "fleet.html", &html);
	read_file(dir, "fleet.md", &md);
	read_file(dir, "fleet.json", &json);
	read_file(dir, "fleet-incidents.csv", &csv);
	static const char *const both[] = {
		"x_lock, held by kswapd, cost most: 90 % of 10 s of stall time, in 2 of 4 judged "
		"bundles, on 1 of 3 hosts",
		"Linux 6.7",
		"kswapd#",
		"2 of 4 · 50 % (15 % to 85 %)", /* Wilson, by hand: 0.15004 … 0.84996 */
		"bundles/1/report.html#I1",
		"FOUND IN 3",
		"CLEAR 1",
		"role",
		"03:00",
	};
	TEST_EACH(i, both)
	{
		TEST_CASE("%s", both[i]);
		CHECK(strstr(html.at, both[i]) != NULL);
		CHECK(strstr(md.at, both[i]) != NULL);
	}
	TEST_CASE("%s", "");
	cJSON *root = cJSON_Parse(json.at);
	CHECK_STR(cJSON_GetStringValue(cJSON_GetObjectItem(root, "schema")), "holdup.fleet.v1");
	CHECK_INT(number(root, "totals", "bundles"), 4);
	CHECK_INT(number(root, "totals", "stall_ns"), INT64_C(10000000000));
	CHECK_INT(number(root, "causes", "stall_ppm"), 900000);
	CHECK_INT(number(root, "causes", "bundles_low_ppm"), 150039);
	CHECK_INT(number(root, "upgrades", "hosts"), 2);
	CHECK_INT(number(root, "upgrades", "stall_ppm"), 1000000);
	CHECK_INT(number(root, "hours", "weekday"), 0); /* 2026-11-02 was a Monday */
	CHECK_INT(number(root, "hours", "hour"), 3);
	CHECK(cJSON_IsNull(cJSON_GetObjectItem(root, "baseline")));
	cJSON_Delete(root);
	CHECK(strstr(csv.at, "\r\n") != NULL);
	CHECK(strstr(html.at, "<svg") != NULL);
	CHECK(strstr(html.at, "Since the last run") == NULL);
	free(dir);
}

static void baseline(const char *under)
{
	static const struct bundle before[] = {
		{1,
		 "a",
		 "1.tar",
		 "web",
		 "03",
		 {"x_lock|write|kswapd|scan", "kswapd0", "mount", 8000}},
		{9, "a", "9.tar", "web", "03", {"z_lock|write|user|?", "bash", "mount", 500}},
	};
	HU_CLEANUP(hu_out_deinit) struct hu_out md = {0}, json = {0}, again = {0};
	char *old = make(under, "before", before, 2), *now = make(under, "now", plain, 4);

	CHECK_OK(hu_fleet_report(now, old, HU_FLEET_MARKDOWN, &md));
	CHECK_HAS(md.at,
		  "The run before had 2 bundles, 1 of which are in this one too; 3 are new.");
	const char *fresh = strstr(md.at, "New causes:"),
		   *gone = strstr(md.at, "Causes that are gone");
	const char *both = strstr(md.at, "Causes that are in both");
	CHECK(fresh && gone && both && fresh < gone && gone < both);
	const char *y = fresh ? strstr(fresh, "y_lock") : NULL;
	const char *z = gone ? strstr(gone, "z_lock") : NULL;
	CHECK(y && y < gone);
	CHECK(z && z < both);
	CHECK_OK(hu_fleet_report(now, old, HU_FLEET_JSON, &json));
	cJSON *root = cJSON_Parse(json.at);
	const cJSON *base = cJSON_GetObjectItem(root, "baseline");
	CHECK_INT(number(base, "new_causes", "bundles"), 1);
	CHECK_INT(number(base, "gone_causes", "stall_ns"), 500000000);
	CHECK_INT(number(base, "common_causes", "bundles_before"), 1);
	CHECK_INT(number(base, "common_causes", "bundles"), 2);
	cJSON_Delete(root);
	CHECK_ERR(hu_fleet_report(now, "/nowhere", HU_FLEET_JSON, &again), "cannot read /nowhere");
	free(old);
	free(now);
}

static void hostile(const char *under)
{
	static const struct bundle bad[] = {
		{1,
		 "<script>alert(1)</script>",
		 "=cmd|' /C calc'!A0",
		 "=1+1",
		 "03",
		 {"<img src=x onerror=alert(1)>|write|kswapd|scan", "@SUM(1)", "`rm -rf /`", 1000}},
		{2,
		 "\\u001b[2J",
		 "../../../etc/passwd",
		 "](javascript:alert(1))",
		 "04",
		 {"|a|b\\\"c\\r\\nd|e", "-2+3", "x,y", 1000}},
	};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	static const char *const files[] = {"fleet.html", "fleet.md", "fleet-incidents.csv"};
	char *dir = make(under, "hostile", bad, 2);

	CHECK_OK(hu_fleet_publish(dir, NULL));
	TEST_EACH(i, files)
	{
		TEST_CASE("%s", files[i]);
		read_file(dir, files[i], &text);
		bool csv = i == 2;
		CHECK(csv || strstr(text.at, "<script") == NULL);
		CHECK(i != 0 || strstr(text.at, "<img") == NULL);
		CHECK(csv || strchr(text.at, 0x1b) == NULL);
		/* All links lead to single reports. */
		for (const char *at = text.at; i == 1 && (at = strstr(at + 1, "]("));)
			CHECK(at[-1] == '\\' || hu_str_starts(hu_str(at), "](bundles/"));
		/* No cell of the CSV begins a formula. */
		static const char *const formulas[] = {",=", ",@", ",-2", "\n=", "\",\"=", ",+"};
		for (size_t k = 0; csv && k < sizeof(formulas) / sizeof(*formulas); k++)
			CHECK(strstr(text.at, formulas[k]) == NULL);
		CHECK(!csv || strstr(text.at, "'=cmd|' /C calc'!A0") != NULL);
		CHECK(!csv || strstr(text.at, ",'@SUM(1),") != NULL);
	}
	TEST_CASE("%s", "");
	free(dir);
	CHECK(hu_gather_harmless(hu_str("bundles/1/report.html")));
	static const char *const paths[] = {"",	    "/etc/passwd", "a/../../b", "javascript:x",
					    "a//b", "-rf",	   "a b",	"a\"b"};
	TEST_EACH(i, paths)
	{
		TEST_CASE("%s", paths[i]);
		CHECK(!hu_gather_harmless(hu_str(paths[i])));
	}
	TEST_CASE("%s", "");
}

/* Every bundle has a cause, a host, a path and a tag of its own, all as long as a card allows. */
static void huge(const char *under)
{
	enum { COUNT = 3000 };
	struct bundle *all = hu_alloc(COUNT * sizeof(*all));
	static const enum hu_fleet_format formats[] = {HU_FLEET_HTML, HU_FLEET_MARKDOWN,
						       HU_FLEET_JSON};
	char *long_text = hu_alloc(301);

	memset(long_text, '<', 300);
	for (unsigned int i = 0; i < COUNT; i++) {
		char *cause = hu_test_format("lock%u%s|write|kswapd|scan", i, long_text);
		char *path = hu_test_format("%u%s", i, long_text);
		all[i] = (struct bundle){i, path, path, path, "05", {cause, path, "mount", i + 1}};
	}
	char *dir = make(under, "huge", all, COUNT);
	TEST_EACH(i, formats)
	{
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		CHECK_OK(hu_fleet_report(dir, NULL, formats[i], &out));
		TEST_CASE("format %zu: %zu bytes", i, out.len);
		CHECK(out.len < 1000000);
		CHECK(out.len > 20000);
		CHECK(strstr(out.at, formats[i] == HU_FLEET_JSON ? "\"rows\": 3000"
								 : " of 3,000 causes") != NULL);
	}
	TEST_CASE("%s", "");
	for (unsigned int i = 0; i < COUNT; i++) {
		free((void *)all[i].path);
		free((void *)all[i].incident.cause);
	}
	free(all);
	free(long_text);
	free(dir);
}

static void empty(const char *under)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	char *dir = make(under, "empty", NULL, 0);

	CHECK_OK(hu_fleet_publish(dir, NULL));
	read_file(dir, "fleet.md", &out);
	CHECK_HAS(out.at, "# No bundles");
	free(dir);
}

int main(void)
{
	char *under = hu_test_tempdir();

	agree(under);
	baseline(under);
	hostile(under);
	huge(under);
	empty(under);
	hu_test_remove(under);
	free(under);
	return test_end();
}
