/*
 * The four reports, from result tables that SQL filled (tests/data/report_*.sql): what they say,
 * that they agree, that their numbers are exact and nobody's text can act in them.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "db/rows.h"
#include "db/store.h"
#include "report/escape.h"
#include "report/report.h"
#include "tests/pages.h"
#include "tests/test.h"

static const char *const form_names[FORMS] = {"html", "md", "json", "text", "plain", "colour"};

static void says(const struct pages *r, int form, const char *part)
{
	if (!strstr(r->at[form].at, part))
		test_fail(__FILE__, __LINE__, "%s does not say: %s", form_names[form], part);
	test_checks++;
}

static void says_not(const struct pages *r, int form, const char *part)
{
	if (strstr(r->at[form].at, part))
		test_fail(__FILE__, __LINE__, "%s says: %s", form_names[form], part);
	test_checks++;
}

static cJSON *parsed(const struct pages *r)
{
	cJSON *root = cJSON_Parse(r->at[JSON].at);

	CHECK(root != NULL);
	CHECK(r->at[JSON].at[r->at[JSON].len - 1] == '\n');
	return root;
}

static const cJSON *at(const cJSON *node, const char *path)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};
	struct hu_str rest = hu_str(path);

	while (node && rest.len) {
		struct hu_str part = hu_str_split(&rest, '.');
		uint64_t index;
		hu_out_clear(&key);
		hu_out_str(&key, part);
		node = hu_str_u64(part, 10, &index)
			       ? cJSON_GetArrayItem(node, (int)index)
			       : cJSON_GetObjectItemCaseSensitive(node, key.at);
	}
	if (!node)
		test_fail(__FILE__, __LINE__, "report.json has no %s", path);
	return node;
}

/* The keys of an object, in their order, as one text. */
static void keys(const cJSON *root, const char *path, const char *want)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out got = {0};
	const cJSON *item;

	hu_out_puts(&got, "");
	cJSON_ArrayForEach(item, at(root, path))
		hu_out_printf(&got, "%s%s", got.len ? " " : "", item->string);
	if (strncmp(got.at, want, strlen(want)) != 0)
		test_fail(__FILE__, __LINE__, "%s has the keys %s, wanted %s", path, got.at, want);
	test_checks++;
}

static void text_is(const cJSON *root, const char *path, const char *want)
{
	const cJSON *node = at(root, path);

	CHECK_STR(node ? cJSON_GetStringValue(node) : NULL, want);
}

/* The whole shape of design.md section 6; what is ours comes behind. */
static void shape(void)
{
	struct pages r;
	pages_begin(&r, "s1");
	cJSON *root = parsed(&r);
	keys(root, "", "schema generator bundle host window verdict incidents sources analyzers");
	keys(root, "generator", "name version");
	keys(root, "bundle", "name sha256 bytes files");
	keys(root, "host", "hostname kernel cpus memory_bytes");
	keys(root, "host.kernel", "release base vendor arch");
	keys(root, "window", "from to duration_ns");
	keys(root, "verdict", "outcome sentence incident");
	keys(root, "incidents.0",
	     "id rank signature title confidence victim lock holder holders chain pressure "
	     "estimate known_fixes evidence caveats next_capture");
	keys(root, "incidents.0.victim",
	     "operation detail comm tid stalled operations worst_ns median_ns total_ns");
	keys(root, "incidents.0.lock", "name address type wanted held");
	keys(root, "incidents.0.holder",
	     "comm tid role how holds longest_hold_ns blocking_ns share stack");
	keys(root, "incidents.0.holders.0",
	     "comm tid role how holds longest_hold_ns blocking_ns share stack");
	keys(root, "incidents.0.chain.0", "task state on ns share");
	keys(root, "incidents.0.estimate", "worst_ns_after basis");
	keys(root, "incidents.0.known_fixes.0",
	     "id title applies decided_by fixed_in commits workarounds links matched refuted "
	     "untested");
	keys(root, "incidents.0.evidence.0", "id claim source location time_ns text");
	keys(root, "sources.0", "path format status records bytes from to clock losses");
	keys(root, "sources.0.clock", "name offset_ns uncertainty_ns how");
	keys(root, "analyzers.0", "name asks outcome why");
	text_is(root, "schema", "holdup.report.v1");
	text_is(root, "window.from", "2026-11-22T01:04:46.533702808Z");
	text_is(root, "window.case_from", "66.247627048");
	text_is(root, "incidents.0.lock.address", "0xffffffff9594b860");
	text_is(root, "incidents.0.evidence.1.id", "E2");
	text_is(root, "incidents.0.holder.stack.6", "ret_from_fork");
	/* 66.251402117 is 3.775069 ms into the window */
	text_is(root, "sources.9.path", "trace.dat");
	text_is(root, "sources.9.from", "2026-11-22T01:04:46.537477877Z");
	/* from realtime to CLOCK_MONOTONIC is farther than a double can say */
	text_is(root, "sources.8.path", "sar_B.txt");
	CHECK(cJSON_IsNull(at(root, "sources.8.clock.offset_ns")));
	text_is(root, "sources.8.clock.offset", "-1795309420.286075760");
	text_is(root, "sources.8.losses.0.kind", "missing");
	CHECK(cJSON_IsNull(at(root, "incidents.0.chain.0.on")));
	says(&r, JSON, "\"worst_ns\": 6475222000,");
	says(&r, JSON, "\"bytes\": 9007199254740991,");
	says(&r, JSON, "\"longest_hold_at_ns\": 3834181952,");
	CHECK_INT(cJSON_GetArraySize(at(root, "incidents.0.evidence")), 7);
	cJSON_Delete(root);
	pages_end(&r);
}

/* All forms name the lock, the holder, the fix, the losses; and so does every run. */
static void agree(void)
{
	static const char *const parts[] = {"kswapd0 (45)", "shrinker_rwsem",  "Linux 6.7",
					    "6.41 s",	    "observed",	       "mountloop/1 (222)",
					    "FOUND",	    "super_cache_scan"};
	static const char *const chapters[] = {"70.081809",
					       "1,822",
					       "record 18,204",
					       "99.1 %",
					       "What was not assessed",
					       "a line of the table has 5 of 10 columns",
					       "sadf -j",
					       "Out-of-tree modules",
					       "ca1d36b82394"};
	struct pages r;
	pages_begin(&r, "s1");
	TEST_EACH(i, parts)
	{
		says(&r, HTML, parts[i]);
		says(&r, MARKDOWN, parts[i]);
		says(&r, PLAIN, parts[i]);
		says(&r, TEXT, parts[i]);
	}
	TEST_EACH(i, chapters)
	{
		if (i == 1)
			continue;
		says(&r, HTML, chapters[i]);
		says(&r, MARKDOWN, chapters[i]);
	}
	says(&r, HTML,
	     "Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	says(&r, HTML, "<svg class=\"wide\"");
	says(&r, HTML, "<svg class=\"narrow\"");
	says_not(&r, HTML, "<script");
	pages_fit_screen(&r);
	struct pages again = {.store = r.store};
	pages_render(&again);
	for (int form = 0; form < FORMS; form++) {
		CHECK_STR(again.at[form].at, r.at[form].at);
		hu_out_deinit(&again.at[form]);
	}
	pages_end(&r);
}

static void nothing_found(void)
{
	struct pages r;
	pages_begin(&r, "lossy");
	for (int form = 0; form < FORMS; form++)
		if (form != JSON)
			says(&r, form, "CLEAR, BUT EVENTS WERE LOST");
	says(&r, HTML, "a stall may be hidden in the gaps");
	says(&r, HTML, "verdict warn");
	says(&r, MARKDOWN, "Looked at 13.4 s of capture");
	says(&r, TEXT, "not assessed  Did CPUs spin on a lock?");
	pages_fit_screen(&r);
	cJSON *root = parsed(&r);
	CHECK_INT(cJSON_GetArraySize(at(root, "incidents")), 0);
	CHECK(cJSON_IsNull(at(root, "verdict.incident")));
	CHECK(cJSON_IsNull(at(root, "window.from")));
	CHECK(cJSON_IsTrue(at(root, "verdict.lossy")));
	text_is(root, "host.kernel.release", "5.10.0-23-amd64");
	cJSON_Delete(root);
	/* the same without losses is another page */
	CHECK_OK(hu_store_exec(r.store, "UPDATE verdict SET lossy = 0"));
	pages_render(&r);
	says_not(&r, HTML, "EVENTS WERE LOST");
	says(&r, HTML, "verdict good");
	pages_end(&r);
}

static void undecided(void)
{
	struct pages r;
	pages_begin(&r, "undecided");
	says(&r, HTML, "UNDECIDED");
	says(&r, HTML, "<h2 id=\"I1\">I1: Mounts stalled behind shrinker_rwsem");
	says(&r, HTML, "<h2 id=\"I2\">I2: umount waited for an RCU grace period");
	says(&r, MARKDOWN, "candidate: kswapd0");
	says(&r, MARKDOWN, "an expedited RCU grace period");
	says(&r, TEXT, "I2: umount waited for an RCU grace period");
	pages_fit_screen(&r);
	cJSON *root = parsed(&r);
	CHECK(cJSON_IsNull(at(root, "incidents.1.lock")));
	CHECK(cJSON_IsNull(at(root, "incidents.1.holder")));
	CHECK(cJSON_IsNull(at(root, "incidents.0.lock.address")));
	CHECK(cJSON_IsNull(at(root, "incidents.0.pressure")));
	CHECK(cJSON_IsNull(at(root, "host.cpus")));
	cJSON_Delete(root);
	pages_end(&r);
}

static void no_victim(void)
{
	struct pages r;
	pages_begin(&r, "oncpu");
	says(&r, HTML, "Who was slowed");
	says(&r, HTML, "no single call");
	says(&r, TEXT, "openclose (811)");
	pages_fit_screen(&r);
	cJSON *root = parsed(&r);
	CHECK(cJSON_IsNull(at(root, "incidents.0.victim")));
	text_is(root, "sources.0.from", "2026-11-22T01:04:40.000000000Z");
	cJSON_Delete(root);
	pages_end(&r);
}

/* What of a Markdown text stands outside code, where everything shows as it is. */
static void outside_code(struct hu_out *to, const char *s)
{
	while (*s) {
		size_t run = strspn(s, "`");
		if (*s == '\\' && s[1]) {
			hu_out_bytes(to, s, 2);
			s += 2;
		} else if (!run) {
			hu_out_putc(to, *s++);
		} else {
			const char *close = s + run;
			while (*close && strspn(close, "`") != run)
				close += *close == '`' ? strspn(close, "`") : 1;
			s = *close ? close + run : s + run;
		}
	}
}

static void hostile(void)
{
	struct pages r;
	pages_begin(&r, "hostile");
	for (int form = 0; form < COLOUR; form++)
		pages_harmless(&r, form);
	says_not(&r, HTML, "<script");
	says_not(&r, HTML, "</script");
	says_not(&r, HTML, "<!--");
	says_not(&r, HTML, "href=\"javascript:");
	says_not(&r, HTML, "\"onmouseover");
	says(&r, HTML, "&lt;script&gt;alert(1)&lt;/script&gt;");
	says(&r, HTML, "\\x1b[31mred");
	says(&r, HTML, "good\\u202elive");
	HU_CLEANUP(hu_out_deinit) struct hu_out prose = {0};
	outside_code(&prose, r.at[MARKDOWN].at);
	CHECK_HAS(prose.at, "&lt;script&gt;");
	CHECK(strstr(prose.at, "<script") == NULL);
	CHECK(strstr(prose.at, "@torvalds") == NULL);
	CHECK(strstr(prose.at, "[x](") == NULL && strstr(prose.at, "![i](") == NULL);
	says(&r, MARKDOWN, "\\\\x1b\\[31mred");
	says_not(&r, JSON, "</");
	says(&r, TEXT, "\\x1b[31mred");
	pages_fit_screen(&r);
	/* JSON loses nothing but bytes that are no text */
	cJSON *root = parsed(&r);
	text_is(root, "incidents.0.title", "<script>alert(1)</script>");
	text_is(root, "host.kernel.release",
		"\033[31mred\033]0;title\a\302\2332J"); /* U+009B in UTF-8 */
	CHECK_HAS(r.at[JSON].at, "a\\u0000b\\u0000");
	CHECK_HAS(r.at[JSON].at, "\\udb40\\udc41"); /* U+E0041 */
	text_is(root, "incidents.0.lock.address", "0xffffffffffffffff");
	CHECK(cJSON_IsNull(at(root, "incidents.0.victim.worst_ns")));
	CHECK(cJSON_IsNull(at(root, "sources.0.bytes")));
	CHECK(cJSON_IsNull(at(root, "window.duration_ns")));
	cJSON_Delete(root);
	pages_end(&r);
}

static void huge(void)
{
	struct pages r;
	pages_begin(&r, "s1");
	TEST_CASE("huge");
	CHECK_OK(hu_store_exec(
		r.store,
		"CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		"FROM c WHERE i < 5003) SELECT i FROM c;"
		"INSERT INTO incident_evidence SELECT 'I1', 100 + i, printf('%.*c', 700, '<'), "
		"'trace.dat', 'record ' || i, i, printf('%.*c', 30000, '&'), NULL, NULL FROM n "
		"WHERE i < 1009;"
		"INSERT INTO figure_bar SELECT 'I1', 1, i * 2000000, i * 2000000 + 1000000, '', "
		"'bar ' || i FROM n;"
		"INSERT INTO source (path, format, why, sha256, bytes, status, clock, clock_how) "
		"SELECT 'x/' || i, CASE WHEN i % 2 THEN 'kmsg' END, printf('%.*c', 2000, '\"'), "
		"'', i,"
		" 'complete', 'none', '' FROM n;"
		"INSERT INTO incident (id, rank, signature, title, summary, confidence, "
		"victim_operation) SELECT 'I' || (i + 1), i + 1, 's', printf('%.*c', 20000, '>'), "
		"printf('%.*c', 20000, '>'), 'low', 'open' FROM n WHERE i < 307;"
		"INSERT INTO loss SELECT 1, i, 1, 0, i, i, i, 'lost' FROM n;"));
	pages_render(&r);
	CHECK(r.at[HTML].len < 1000000);
	CHECK(r.at[MARKDOWN].len < 1000000);
	says(&r, HTML, "pieces of evidence are shown here");
	says(&r, HTML, "causes are shown here");
	says(&r, HTML, "files that nobody reads are shown here");
	says(&r, MARKDOWN, "losses are shown here");
	says(&r, JSON, "(cut: 30000 bytes in all)");
	pages_fit_screen(&r);
	pages_end(&r);
	/* many bars alone: merged, and said so */
	pages_begin(&r, "s1");
	CHECK_OK(hu_store_exec(
		r.store, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
			 "WHERE i < 5003) INSERT INTO figure_bar SELECT 'I1', 1, i * 2000000, "
			 "i * 2000000 + 1000000, '', 'bar ' || i FROM c"));
	pages_render(&r);
	says(&r, HTML, " bars are drawn as ");
	CHECK(r.at[HTML].len < 400000);
	pages_end(&r);
}

static void escapes(void)
{
	static const struct {
		const char *in, *html, *markdown, *plain;
	} cases[] = {
		{"a_b", "a_b", "a_b", "a_b"},
		{"_a_", "_a_", "\\_a\\_", "_a_"},
		{"run `x|y` now", "run <code>x|y</code> now", "run `x\\|y` now", "run `x|y` now"},
		{"lone ` tick", "lone ` tick", "lone \\` tick", "lone ` tick"},
		{"# no", "# no", "\\# no", "# no"},
		{"70.08", "70.08", "70.08", "70.08"},
		{"1. no", "1. no", "1\\. no", "1. no"},
		{"- no", "- no", "\\- no", "- no"},
		{"a\xff", "a\xef\xbf\xbd", "a\xef\xbf\xbd", "a\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301\u0301\\u0301",
		 "e\u0301\u0301\u0301\u0301\\\\u0301", "e\u0301\u0301\u0301\u0301\\u0301"},
		{"\xe2\x82\xac\xf0\x9f\x90\xa7", "\xe2\x82\xac\xf0\x9f\x90\xa7",
		 "\xe2\x82\xac\xf0\x9f\x90\xa7", "\xe2\x82\xac\xf0\x9f\x90\xa7"},
	};
	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
		TEST_CASE("%s", cases[i].in);
		hu_escape_html_rich(&s, hu_str(cases[i].in));
		CHECK_STR(s.at, cases[i].html);
		hu_out_clear(&s);
		hu_escape_markdown(&s, hu_str(cases[i].in), true);
		CHECK_STR(s.at, cases[i].markdown);
		hu_out_clear(&s);
		hu_escape_plain(&s, hu_str(cases[i].in));
		CHECK_STR(s.at, cases[i].plain);
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	hu_escape_markdown_code(&s, hu_str("a``b`"), false);
	CHECK_STR(s.at, "``` a``b` ```");
	hu_out_clear(&s);
	hu_escape_markdown_block(&s, hu_str("x\n```\ny"));
	CHECK_STR(s.at, "````text\nx\n```\ny\n````\n");
}

static void widths(void)
{
	static const struct {
		const char *text;
		size_t columns;
	} cases[] = {
		{"abc", 3},	     {"\u00e9", 1},
		{"e\u0301", 1},	     {"\u4e2d\u6587", 4},
		{"\u0e01\u0e33", 2}, {"\u0915\u094d", 1},
		{"\U0001f427", 2},   {"\u20ac", 1},
		{"\uff21", 2},	     {"\u1112\u1161\u11ab", 2},
		{"\u2592", 1},	     {"", 0},
	};
	static const struct {
		const char *text, *line, *rest;
		size_t room;
		bool whole;
	} folds[] = {
		{"one two three", "one two", "three", 9, false},
		{"waited 6.41 s here", "waited", "6.41 s here", 11, false},
		{"at 99.8 %, yes", "at", "99.8 %, yes", 8, false},
		{"https://example.org/x y", "https://example.org/x", "y", 10, true},
		{"aaaaaaaa", "aaa", "aaaaa", 3, false},
		{"\u4e2d\u6587\u5b57", "\u4e2d", "\u6587\u5b57", 3, false},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].text);
		CHECK_INT(hu_escape_columns(hu_str(cases[i].text)), cases[i].columns);
	}
	TEST_EACH(i, folds)
	{
		struct hu_str rest = hu_str(folds[i].text);
		TEST_CASE("%s", folds[i].text);
		CHECK_STR_IS(hu_escape_line(&rest, folds[i].room, folds[i].whole), folds[i].line);
		CHECK_STR_IS(rest, folds[i].rest);
	}
}

static void not_analysed(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out to = {0};
	struct hu_store *store = NULL;

	TEST_CASE("not analysed");
	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "x", "00", 1, 1));
	CHECK_OK(hu_store_settle(store));
	CHECK_ERR(hu_report(store, HU_REPORT_JSON, false, &to), "verdict");
	hu_store_close(store);
	store = pages_store();
	CHECK_ERR(hu_report(store, HU_REPORT_HTML, false, &to), "no verdict");
	hu_store_close(store);
	CHECK_INT(to.len, 0);
}

int main(void)
{
	shape();
	agree();
	nothing_found();
	undecided();
	no_victim();
	hostile();
	huge();
	escapes();
	widths();
	not_analysed();
	return test_end();
}
