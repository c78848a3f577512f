/*
 * The figures, drawn from result tables made up here: nothing, one bar, ten thousand lanes, a
 * nanosecond, a month, names that want to act. Each page is read back strictly.
 */
#include <stdlib.h>

#include "db/embedded.h"
#include "db/rows.h"
#include "db/store.h"
#include "report/draw.h"
#include "report/escape.h"
#include "report/report.h"
#include "tests/markup.h"
#include "tests/test.h"

struct made {
	struct hu_store *store;
	struct hu_out html, md;
	struct markup markup;
};

static void begin(struct made *m, const char *name)
{
	TEST_CASE("%s", name);
	*m = (struct made){0};
	CHECK_OK(hu_store_create(":memory:", &m->store));
	CHECK_OK(hu_store_set_bundle(m->store, "made", "00", 1, 1));
	CHECK_OK(hu_store_settle(m->store));
	CHECK_OK(hu_store_exec(m->store, (const char *)hu_sql_results));
	CHECK_OK(hu_store_exec(
		m->store,
		"INSERT INTO verdict VALUES ('found', 'It stalled.', 'I1', 100000000, 65000000000, "
		"9000000000, NULL, NULL, 0);"
		"INSERT INTO incident (id, rank, signature, title, summary, confidence, "
		"victim_operation, victim_comm, victim_tid, victim_at_ns, stalled, operations, "
		"worst_ns, median_ns) VALUES ('I1', 1, 's', 'Mount stalled', 'It did.', 'high', "
		"'mount', 'mount', 7, 1000000000, 1, 3, 2000000000, 1000000);"
		"INSERT INTO incident_link VALUES ('I1', 1, 0, 'mount (7)', 'waiting', 'a lock', "
		"NULL, 2000000000, 1)"));
}

static void draw(struct made *m)
{
	hu_out_clear(&m->html);
	hu_out_clear(&m->md);
	markup_deinit(&m->markup);
	CHECK_OK(hu_report(m->store, HU_REPORT_HTML, false, &m->html));
	CHECK_OK(hu_report(m->store, HU_REPORT_MARKDOWN, false, &m->md));
	CHECK(m->html.len < 1000000);
	CHECK(m->md.len < 1000000);
	markup_read(m->html.at, &m->markup);
}

static void put(struct made *m, const char *sql)
{
	CHECK_OK(hu_store_exec(m->store, sql));
}

static void end(struct made *m)
{
	markup_deinit(&m->markup);
	hu_out_deinit(&m->html);
	hu_out_deinit(&m->md);
	hu_store_close(m->store);
}

/* Lines of Markdown blocks are at most 76 columns wide. */
static void check_columns(const struct made *m)
{
	struct hu_str rest = hu_out_view(&m->md), line;
	bool in = false, chain = false;

	while (hu_str_line(&rest, &line)) {
		if (hu_str_starts(line, "```"))
			in = !in;
		else if (hu_str_starts(line, "## "))
			chain = hu_str_is(line, "## The chain");
		else if (in && hu_escape_columns(line) > (chain ? 120 : 76))
			test_fail(__FILE__, __LINE__, "%zu columns: %.*s", hu_escape_columns(line),
				  (int)line.len, line.at);
	}
	test_checks++;
}

static void nothing(void)
{
	struct made m;

	begin(&m, "nothing to draw");
	draw(&m);
	CHECK_INT(m.markup.drawings, 0);
	put(&m, "INSERT INTO figure_lane VALUES ('I1', 1, 'victim', 'v', NULL);"
		"INSERT INTO graph_node (incident, node, kind, label) VALUES ('I1', 1, 'victim', "
		"'v');"
		"INSERT INTO flame VALUES ('I1', 1, 'holder', 't', 'ns', 0, 'b', 0);"
		"INSERT INTO incident_latency VALUES ('I1', 0, 0, 0, 0), ('I1', 5, 9, 0, 0)");
	draw(&m);
	CHECK_INT(m.markup.drawings, 0);
	end(&m);
}

static void one_bar(void)
{
	struct made m;

	begin(&m, "one bar");
	put(&m,
	    "INSERT INTO figure_lane VALUES ('I1', 1, 'victim', 'mount (7)', NULL);"
	    "INSERT INTO figure_bar VALUES ('I1', 1, 1000000000, 3000000000, 'mount 2 s', 'm')");
	draw(&m);
	CHECK_INT(m.markup.drawings, 2);
	CHECK_HAS(m.html.at, "waits for a lock");
	CHECK(strstr(m.html.at, "reclaims memory") == NULL);
	CHECK(strstr(m.html.at, "not recorded") == NULL);
	/* with what it did meanwhile, and what happened around it */
	put(&m,
	    "INSERT INTO figure_state VALUES ('I1', 1, 1000000000, 1500000000, 'running', NULL),"
	    "('I1', 1, 1500000000, 3000000000, 'sleeping', 'I/O');"
	    "INSERT INTO figure_lane VALUES ('I1', 2, 'loss', 'trace.dat', NULL), "
	    "('I1', 3, 'waiters', 'tasks waiting for it', 'tasks'), "
	    "('I1', 4, 'counter', 'free', 'MiB'), ('I1', 5, 'mark', 'marks', NULL);"
	    "INSERT INTO figure_bar VALUES ('I1', 2, 1200000000, 1300000000, '', '5 lost'), "
	    "('I1', 5, 1100000000, 1100000000, 'kswapd wakes', 'kswapd wakes');"
	    "INSERT INTO figure_point VALUES ('I1', 3, 0, 0), ('I1', 3, 1200000000, 13), "
	    "('I1', 4, 0, 1), ('I1', 4, 9000000000, 2);"
	    "INSERT INTO incident_evidence VALUES ('I1', 1, 'it waited', 'trace.dat', 'line 1', "
	    "1000000000, 'x', NULL, NULL), ('I1', 2, 'it ended', 'trace.dat', 'line 2', "
	    "3000000000, 'x', NULL, NULL)");
	draw(&m);
	CHECK_HAS(m.html.at, "waits for I/O");
	CHECK_HAS(m.html.at, "events lost");
	CHECK_HAS(m.html.at, ">E1</text>");
	CHECK_HAS(m.html.at, ">E2</text>");
	CHECK_HAS(m.html.at, "max 13 tasks");
	CHECK_HAS(m.html.at, "kswapd wakes");
	CHECK_HAS(m.md.at, "how many waited");
	CHECK_HAS(m.md.at, "events lost x");
	check_columns(&m);
	end(&m);
}

static void many_lanes(void)
{
	struct made m;

	begin(&m, "ten thousand lanes");
	put(&m,
	    "CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
	    "c WHERE i < 10000) SELECT i FROM c;"
	    "INSERT INTO figure_lane SELECT 'I1', i, CASE i % 3 WHEN 0 THEN 'victim' WHEN 1 THEN "
	    "'holder' ELSE 'loss' END, 'task ' || i, NULL FROM n;"
	    "INSERT INTO figure_bar SELECT 'I1', i, i * 100000, i * 200000, 'bar', 'bar' FROM n;"
	    "INSERT INTO figure_state SELECT 'I1', 3, i * 1000, i * 1000 + 1000, 'running', NULL "
	    "FROM n;"
	    "INSERT INTO graph_node (incident, node, parent, kind, label) SELECT 'I1', i, "
	    "nullif(i / 3, 0), 'task', 'task ' || i FROM n;"
	    "INSERT INTO flame VALUES ('I1', 1, 'holder', 't', 'samples', 10000, 'b', 0);"
	    "INSERT INTO flame_frame SELECT 'I1', 1, i % 7, i, 1, 'frame', 'f' || i FROM n;"
	    "INSERT INTO incident_stall SELECT 'I1', i, 'mount', 'm', i, i, i * 1000000, 0 FROM "
	    "n;"
	    "INSERT INTO incident_latency SELECT 'I1', i * 1000, i * 1000 + 1000, i, i > 5000 "
	    "FROM n");
	draw(&m);
	CHECK(m.markup.drawings >= 6);
	CHECK_HAS(m.html.at, "lanes are drawn");
	CHECK_HAS(m.html.at, "further nodes are left out");
	CHECK_HAS(m.html.at, "too narrow to see");
	check_columns(&m);
	end(&m);
}

static void ranges(void)
{
	static const struct {
		const char *name, *sql;
	} cases[] = {
		{"a nanosecond",
		 "INSERT INTO figure_bar VALUES ('I1', 1, 5, 6, 'a', 'a');"
		 "INSERT INTO incident_latency VALUES ('I1', 0, 1, 3, 0);"
		 "INSERT INTO incident_stall VALUES ('I1', 1, 'o', 'c', 1, 5, 1, 0)"},
		{"a month",
		 "INSERT INTO figure_bar VALUES ('I1', 1, 0, 2678400000000000, 'a', 'a');"
		 "INSERT INTO figure_state VALUES ('I1', 1, 0, 2678400000000000, 'lock', 'l');"
		 "INSERT INTO figure_point VALUES ('I1', 2, 0, 1), ('I1', 2, 2678400000000000, 5);"
		 "INSERT INTO incident_latency VALUES ('I1', 1000, 2000, 9, 0), ('I1', "
		 "2000000000000000, 5000000000000000, 1, 1);"
		 "INSERT INTO incident_stall VALUES ('I1', 1, 'o', 'c', 1, 0, 2678400000000000, 1);"
		 "UPDATE verdict SET duration_ns = 2678400000000000"},
		{"the ends of the numbers",
		 "INSERT INTO figure_bar VALUES ('I1', 1, -9223372036854775807, "
		 "9223372036854775807, 'a', 'a');"
		 "INSERT INTO figure_point VALUES ('I1', 2, -9223372036854775807, 1e308), ('I1', "
		 "2, "
		 "9223372036854775807, -1e308), ('I1', 2, 7, 9e999);"
		 "INSERT INTO incident_latency VALUES ('I1', 0, 9223372036854775807, "
		 "9223372036854775806, 1), ('I1', -5, 3, 1, 0), ('I1', 9, 5, 1, 0);"
		 "INSERT INTO flame VALUES ('I1', 1, 'oncpu', 't', 'ns', 9223372036854775806, 'b', "
		 "9223372036854775806);"
		 "INSERT INTO flame_frame VALUES ('I1', 1, 0, 0, 9223372036854775806, 'all', 'a'), "
		 "('I1', 1, 1, 9223372036854775000, 9223372036854775807, 'frame', 'b'), ('I1', 1, "
		 "-1, 5, 5, 'frame', 'c'), ('I1', 1, 9223372036854775807, 5, 5, 'frame', 'd')"},
		{"numbers that overlap",
		 "INSERT INTO figure_bar VALUES ('I1', 1, -4611686018427387904, "
		 "4611686018427387904, 'a', 'a'), ('I1', 1, 5, 1, 'a', 'a');"
		 "INSERT INTO figure_state VALUES ('I1', 1, 9223372036854775806, -5, 'lock', 'l')"},
	};

	TEST_EACH(i, cases)
	{
		struct made m;
		begin(&m, cases[i].name);
		put(&m, "INSERT INTO figure_lane VALUES ('I1', 1, 'victim', 'v', NULL), ('I1', 2, "
			"'counter', 'c', 'u')");
		put(&m, cases[i].sql);
		draw(&m);
		CHECK(i >= 2 || m.markup.drawings == 4);
		check_columns(&m);
		end(&m);
	}
}

/* Names of 4 KB that would act if they could, everywhere. */
static void names(void)
{
	struct made m;

	begin(&m, "names of strangers");
	put(&m,
	    "CREATE TEMP TABLE e AS SELECT '<script>alert(1)</script>\"&''` ' || char(8238) || "
	    "'evil ]]> --> ' || char(27) || '[31m' || printf('%.*c', 4000, 'x') || char(0x5d0, "
	    "0x5d1) AS t;"
	    "INSERT INTO figure_lane SELECT 'I1', 1, 'victim', t, NULL FROM e;"
	    "INSERT INTO figure_lane SELECT 'I1', 2, 'loss', t, NULL FROM e;"
	    "INSERT INTO figure_lane SELECT 'I1', 3, 'counter', t, t FROM e;"
	    "INSERT INTO figure_lane SELECT 'I1', 4, 'mark', t, t FROM e;"
	    "INSERT INTO figure_bar SELECT 'I1', 1, 1, 1000000000, t, t FROM e;"
	    "INSERT INTO figure_bar SELECT 'I1', 2, 1, 500000000, t, t FROM e;"
	    "INSERT INTO figure_bar SELECT 'I1', 4, 9, 9, t, t FROM e;"
	    "INSERT INTO figure_state SELECT 'I1', 1, 1, 1000000000, 'lock', t FROM e;"
	    "INSERT INTO figure_point SELECT 'I1', 3, 1, 5 FROM e;"
	    "INSERT INTO graph_node SELECT 'I1', 1, NULL, 'victim', t, t, NULL, 5, 0.5, t, NULL "
	    "FROM e;"
	    "INSERT INTO graph_node SELECT 'I1', 2, 1, 'lock', t, t, t, 5, 0.5, t, NULL FROM e;"
	    "INSERT INTO graph_node SELECT 'I1', 3, 2, 'circle', t, t, t, 5, 0.5, t, 1 FROM e;"
	    "INSERT INTO flame SELECT 'I1', 1, 'holder', t, 'ns', 100, t, 0 FROM e;"
	    "INSERT INTO flame_frame SELECT 'I1', 1, 0, 0, 100, 'all', t FROM e;"
	    "INSERT INTO flame_frame SELECT 'I1', 1, 1, 0, 60, 'lock', t FROM e;"
	    "INSERT INTO flame_frame SELECT 'I1', 1, 1, 60, 40, 'none', t FROM e;"
	    "INSERT INTO incident_latency SELECT 'I1', 1000, 2000, 1, 0 FROM e;"
	    "INSERT INTO incident_stall SELECT 'I1', 1, t, t, 1, 1, 1500, 0 FROM e;"
	    "UPDATE incident SET title = (SELECT t FROM e), victim_comm = (SELECT t FROM e)");
	draw(&m);
	CHECK_INT(m.markup.drawings, 7);
	CHECK(strstr(m.html.at, "<script") == NULL);
	CHECK(strstr(m.html.at, "\xe2\x80\xae") == NULL); /* U+202E */
	CHECK(strchr(m.html.at, '\033') == NULL);
	CHECK(strchr(m.md.at, '\033') == NULL);
	check_columns(&m);
	end(&m);
}

static bool overlap(const struct markup_rect *a, const struct markup_rect *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

/* No two boxes share a place, each is in the drawing, and each text in its box. */
static void check_boxes(const struct markup *m, size_t want)
{
	size_t seen = 0;
	const struct markup_rect *box = NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct markup_rect *a = &m->rects[i];
		if (a->text) {
			bool in = box && a->x >= box->x && a->x + a->width <= box->x + box->width &&
				  a->y > box->y && a->y < box->y + box->height;
			if (!in)
				test_fail(__FILE__, __LINE__, "a text out of its box, %.0f at %.0f",
					  a->width, a->x);
			continue;
		}
		if (!a->node)
			continue;
		box = a;
		seen++;
		CHECK(a->x >= 0 && a->y >= 0 && a->width > 80 && a->height > 20);
		CHECK(a->x + a->width <= (a->drawing % 2 ? 360 : 820));
		for (size_t k = i + 1; k < m->count; k++)
			if (m->rects[k].node && m->rects[k].drawing == a->drawing &&
			    overlap(a, &m->rects[k]))
				test_fail(__FILE__, __LINE__, "boxes %zu and %zu overlap", i, k);
	}
	CHECK_INT(seen, 2 * want);
}

static void graphs(void)
{
	static const char *const shapes[] = {
		"i - 1",				 /* one line */
		"1",					 /* a star */
		"i / 2",				 /* a tree */
		"CASE WHEN i < 6 THEN i - 1 ELSE 5 END", /* a root with many hands */
		"max(1, i - 1 - (i * 7919) % 4)",	 /* no order */
	};

	TEST_EACH(shape, shapes)
	{
		for (int n = 2; n <= 20; n++) {
			struct made m;
			HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
			begin(&m, "a graph");
			TEST_CASE("a graph of %d nodes, %s", n, shapes[shape]);
			hu_out_printf(
				&sql,
				"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
				"WHERE i < %d) INSERT INTO graph_node SELECT 'I1', i, CASE WHEN i "
				"> "
				"1 THEN %s END, CASE WHEN i = 1 THEN 'victim' WHEN i = %d AND i > "
				"3 "
				"THEN 'circle' WHEN i %% 2 THEN 'task' ELSE 'lock' END, "
				"printf('%%.*c (%%d)', 3 + i * 3, 'w', i), 'in one call of "
				"super_cache_scan; ran 3.61 s', CASE WHEN i > 1 THEN 'held for "
				"read "
				"by' END, 1000000000 / i, 1.0 / i, 'observed', 1 FROM c;",
				n, shapes[shape], n);
			put(&m, sql.at);
			draw(&m);
			CHECK_INT(m.markup.drawings, 2);
			check_boxes(&m.markup, (size_t)n);
			CHECK((n > 3) == (strstr(m.html.at, "link back") != NULL));
			end(&m);
		}
	}
}

static void flame(void)
{
	struct made m;

	begin(&m, "a flame");
	put(&m, "INSERT INTO flame VALUES ('I1', 1, 'holder', 'What it did', 'ns', 4000000000, 'By "
		"its switches.', 5);"
		"INSERT INTO flame_frame VALUES ('I1', 1, 0, 0, 4000000000, 'all', 'kswapd0 held "
		"it'), ('I1', 1, 1, 0, 3000000000, 'frame', 'shrink_slab'), ('I1', 1, 2, 0, "
		"3000000000, 'lock', 'down_read'), ('I1', 1, 1, 3000000000, 1000000000, 'none', "
		"'running')");
	draw(&m);
	CHECK_INT(m.markup.drawings, 1);
	CHECK_HAS(m.html.at, "width=\"75.000%\"");
	CHECK_HAS(m.html.at, "x=\"75.000%\"");
	CHECK_HAS(m.html.at, "shrink_slab: 3 s, 75.0 %");
	CHECK_HAS(m.html.at, "5 frames too narrow");
	CHECK_HAS(m.md.at, " 75.0 %    shrink_slab → down_read");
	CHECK_HAS(m.md.at, " 25.0 %    running");
	check_columns(&m);
	end(&m);
}

static void latency(void)
{
	struct made m;

	begin(&m, "a distribution");
	put(&m, "INSERT INTO incident_latency VALUES ('I1', 500000, 1000000, 211, 0), ('I1', "
		"1000000, 100000000, 0, 0), ('I1', 100000000, 2000000000, 9, 1);"
		"INSERT INTO incident_stall VALUES ('I1', 1, 'mount', 'm', 1, 1, 1900000000, 0), "
		"('I1', 2, 'mount', 'm', 1, 1, 110000000, 1)");
	draw(&m);
	CHECK_INT(m.markup.drawings, 2);
	CHECK_INT(m.markup.circles, 4);
	CHECK_HAS(m.html.at, "threshold 100 ms");
	CHECK_HAS(m.html.at, "median 1 ms");
	CHECK_HAS(m.html.at, ">211</text>");
	CHECK_HAS(m.html.at, "211 calls took 500 µs to 1 ms");
	CHECK_HAS(m.html.at, "mount ≥ 110 ms");
	CHECK_HAS(m.md.at, "100 ms to 2 s | 9 |");
	end(&m);
}

int main(void)
{
	nothing();
	one_bar();
	many_lanes();
	ranges();
	names();
	graphs();
	flame();
	latency();
	return test_end();
}
