/*
 * Arbitrary names and messages through every form of the report, and through both writers of CSV.
 * An input is a pack of texts; they take the places that tests/data/report_hostile.sql gives to ten
 * nasty ones. What comes out must be UTF-8 that no terminal obeys, HTML of the tags that a report
 * has, Markdown without raw markup, JSON that a parser takes, and CSV that gives the text back.
 */
#include "tests/fuzz/fuzz.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The writers are static; there is one place each that writes a cell. */
#include "cli/query.c" /* NOLINT */
#define put_csv_row put_fleet_row
#include "fleet/export.c" /* NOLINT */

#include "db/embedded.h"
#include "db/rows.h"
#include "report/escape.h"
#include "report/report.h"
#include "tests/support.h"

enum { TEXTS = 10, HTML = HU_FUZZ_HTML, MARKDOWN, JSON, TEXT, PLAIN, FORMS };
static const char *const form_names[] = {"HTML", "Markdown", "JSON", "text", "plain"};

static struct hu_store *store;
static struct hu_out fill;  /* the statements behind those that make the table of texts … */
static struct hu_out empty; /* … and those that undo them: a store keeps no journal */

static void prepare(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	static const char begins[] = "INSERT INTO source";

	if (!hu_test_slurp(HU_TEST_DATA "/report_hostile.sql", &sql))
		abort();
	ptrdiff_t at = hu_str_find(hu_out_view(&sql), begins);
	if (at < 0)
		abort();
	hu_out_puts(&fill, sql.at + at);
	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_store_set_bundle(store, "case-1", "00ff", 4711, 61));
	hu_fuzz_must(hu_store_settle(store));
	hu_fuzz_must(hu_store_as_rows(store));
	hu_fuzz_must(hu_store_exec(store, (const char *)hu_sql_results));
	hu_fuzz_must(
		hu_store_exec(store, "CREATE TEMP TABLE evil (n INTEGER PRIMARY KEY, t TEXT)"));
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'meta'");
	while (hu_rows_next(rows))
		hu_out_printf(&empty, "DELETE FROM \"%s\";", hu_rows_str(rows, 0).at);
	hu_fuzz_must(hu_rows_close(rows));
	hu_out_puts(&empty, "DELETE FROM evil");
}

static void put_texts(const struct hu_str *texts)
{
	sqlite3_stmt *s = NULL;

	hu_fuzz_must(hu_store_exec(store, empty.at));
	if (sqlite3_prepare_v2(hu_store_db(store), "INSERT INTO evil VALUES (?1, ?2)", -1, &s,
			       NULL) != SQLITE_OK)
		abort();
	for (int i = 0; i < TEXTS; i++) {
		sqlite3_bind_int(s, 1, i + 1);
		sqlite3_bind_text(s, 2, texts[i].at ? texts[i].at : "", (int)texts[i].len,
				  SQLITE_STATIC);
		sqlite3_step(s);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	hu_fuzz_must(hu_store_exec(store, fill.at));
}

static bool listed(const char *list, struct hu_str word)
{
	for (struct hu_str rest = hu_str(list), one; rest.len;) {
		one = hu_str_split(&rest, ' ');
		if (hu_str_eq(one, word))
			return true;
	}
	return false;
}

static _Noreturn void odd(const char *what, struct hu_str rest)
{
	hu_fuzz_wrong("%s: %.*s", what, (int)(rest.len < 100 ? rest.len : 100), rest.at);
}

/* Ours, or a file below this one. */
static bool leads_well(struct hu_str link)
{
	static const char plain[] =
		"._/#-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t i = 0;

	while (i < link.len && memchr(plain, link.at[i], sizeof(plain) - 1))
		i++;
	return hu_str_starts(link, "https://") || hu_str_starts(link, "#") ||
	       (i == link.len && !hu_str_starts(link, "/"));
}

/* One tag's attributes, up to its '>'. */
static void attributes(struct hu_str *rest)
{
	static const char known[] =
		"open x1 x2 y1 y2 aria-hidden aria-label aria-labelledby charset class content "
		"cx cy d fill fill-opacity height href html http-equiv id lang "
		"name patternTransform patternUnits preserveAspectRatio r rel "
		"role rx scope tabindex text-anchor viewBox width x y";

	for (;;) {
		*rest = hu_str_skip(*rest, strspn(rest->at, " \n/"));
		if (*rest->at == '>')
			return;
		struct hu_str from = *rest, name = {rest->at, strcspn(rest->at, "= >\n\"")};
		if (!listed(known, name))
			odd("an attribute", from);
		*rest = hu_str_skip(*rest, name.len);
		if (*rest->at != '=')
			continue;
		if (rest->at[1] != '"')
			odd("an attribute without quotes", from);
		*rest = hu_str_skip(*rest, 2);
		struct hu_str value = {rest->at, strcspn(rest->at, "\"")};
		if (hu_str_is(name, "href") && !leads_well(value) && !hu_str_is(value, "data:,"))
			odd("a link", from);
		if (memchr(value.at, '<', value.len))
			odd("an attribute's value", from);
		*rest = hu_str_skip(*rest, value.len + 1);
	}
}

static void check_html(struct hu_str text)
{
	static const char known[] =
		"!doctype a b body caption circle code dd defs desc details div dl dt figcaption "
		"figure footer g h1 h2 h3 h4 h5 h6 head header html li line main meta nav ol p "
		"path pattern pre rect small span style summary svg table tbody td text tfoot th "
		"thead title tr ul";

	for (struct hu_str rest = text; rest.len;) {
		const char *at = memchr(rest.at, '<', rest.len);
		if (!at)
			return;
		rest = hu_str_skip(rest, (size_t)(at - rest.at));
		struct hu_str from = rest;
		rest = hu_str_skip(rest, 1);
		bool closes = *rest.at == '/';
		rest = hu_str_skip(rest, closes);
		struct hu_str name = {rest.at, strcspn(rest.at, " >/\n")};
		if (!listed(known, name))
			odd("a tag", from);
		rest = hu_str_skip(rest, name.len);
		attributes(&rest);
	}
}

/* Code spans and fenced blocks left out, there is no raw tag and no link but ours. */
static void check_markdown(struct hu_str text)
{
	struct hu_str line;
	size_t fence = 0;

	while (hu_str_line(&text, &line)) {
		size_t ticks = 0;
		while (ticks < line.len && line.at[ticks] == '`')
			ticks++;
		if (fence) {
			fence = ticks >= fence && ticks == line.len ? 0 : fence;
			continue;
		}
		if (ticks >= 3 && !memchr(line.at + ticks, '`', line.len - ticks)) {
			fence = ticks;
			continue;
		}
		for (struct hu_str rest = line; rest.len;) {
			if (*rest.at == '\\') {
				rest = hu_str_skip(rest, 2);
				continue;
			}
			size_t n = 0, i, run = 0;
			while (n < rest.len && rest.at[n] == '`')
				n++;
			for (i = n; n && i <= rest.len; i++) {
				bool tick = i < rest.len && rest.at[i] == '`';
				if (!tick && run == n)
					break;
				run = tick ? run + 1 : 0;
			}
			if (n && i <= rest.len) { /* a span that ends */
				rest = hu_str_skip(rest, i);
				continue;
			}
			if (n)
				odd("Markdown: a backtick without partner", line);
			if (*rest.at == '<' && !hu_str_starts(rest, "<https://"))
				odd("Markdown: a tag", line);
			struct hu_str link = hu_str_skip(rest, 2);
			if (hu_str_starts(rest, "](") && !leads_well(hu_str_split(&link, ')')))
				odd("Markdown: a link", line);
			rest = hu_str_skip(rest, 1);
		}
	}
	if (fence)
		hu_fuzz_wrong("Markdown: a block of %zu backticks does not end", fence);
}

static void check_json(struct hu_str text)
{
	cJSON *json = cJSON_ParseWithLength(text.at, text.len);

	if (!json)
		odd("this is no JSON", hu_str(cJSON_GetErrorPtr()));
	cJSON_Delete(json);
}

void hu_fuzz_page(int form, struct hu_str text)
{
	hu_fuzz_harmless(form_names[form], text);
	if ((form == HTML || form == JSON) && hu_str_find(text, "<script") >= 0)
		hu_fuzz_wrong("%s has a raw <script", form_names[form]);
	if (form == HTML)
		check_html(text);
	if (form == MARKDOWN)
		check_markdown(text);
	if (form == JSON)
		check_json(text);
	struct hu_str line;
	while (form == TEXT && hu_str_line(&text, &line))
		if (hu_escape_columns(line) > 80)
			odd("a line of more than 80 columns", line);
}

/* A cell as RFC 4180 reads it; what is behind it must be `behind`. */
static void check_cell(struct hu_str cell, struct hu_str meant, const char *behind, bool formulas)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	size_t i = 0;

	hu_out_puts(&text, "");
	if (cell.len && *cell.at == '"') {
		for (i = 1; i < cell.len &&
			    (cell.at[i] != '"' || (i + 1 < cell.len && cell.at[i + 1] == '"'));
		     i++) {
			hu_out_putc(&text, cell.at[i]);
			i += cell.at[i] == '"';
		}
		i++;
	} else {
		for (; i < cell.len && !memchr(",\"\r\n", cell.at[i], 4); i++)
			hu_out_putc(&text, cell.at[i]);
	}
	if (i > cell.len || !hu_str_is(hu_str_skip(cell, i), behind))
		odd("CSV: behind a cell", cell);
	struct hu_str is = hu_out_view(&text);
	if (formulas && is.len && memchr("=+-@\t\r", *is.at, 6))
		odd("CSV: a formula", cell);
	if (formulas && is.len > 1 && *is.at == '\'' && memchr("=+-@\t\r", is.at[1], 6))
		is = hu_str_skip(is, 1);
	if (meant.at && !hu_str_eq(is, meant) && !(formulas && meant.len && *meant.at == '\''))
		odd("CSV: another text", cell);
}

static void check_csv(struct hu_str text)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	char *at = NULL;
	size_t len = 0;

	struct hu_str meant = text;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < ' ' || text.at[i] > '~') /* some of these come out as \\xHH */
			meant = (struct hu_str){NULL, 0};
	put_csv(&out, text, false);
	check_cell(hu_out_view(&out), meant, "", true);
	FILE *to = open_memstream(&at, &len);
	if (!to)
		return;
	put_cell(to, text.len ? text.at : "", text.len);
	fclose(to);
	check_cell((struct hu_str){at, len}, meant, "", true);
	free(at);

	HU_CLEANUP(cli_columns_deinit) struct cli_columns table = {.count = 1};
	cli_columns_put(&table, text, false);
	hu_out_clear(&out);
	cli_columns_draw(&table, &out, false);
	hu_fuzz_harmless("a table", (struct hu_str){out.at, out.len - 1});
	hu_out_clear(&out);
	cli_put_json(&out, text);
	check_json(hu_out_view(&out));
}

/* The escapes alone, in the places that pages put them to. */
static void check_escapes(struct hu_str text)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_puts(&out, "<p class=\"");
	hu_escape_html(&out, text);
	hu_out_puts(&out, "\">");
	hu_escape_html_rich(&out, text);
	hu_out_puts(&out, "</p>");
	hu_fuzz_page(HTML, hu_out_view(&out));
	for (int table = 0; table < 2; table++) {
		hu_out_clear(&out);
		hu_out_puts(&out, table ? "| " : "");
		hu_escape_markdown(&out, text, table);
		hu_out_puts(&out, table ? " | " : "\n\n");
		hu_escape_markdown_code(&out, text, table);
		hu_out_puts(&out, table ? " |\n" : "\n\n");
		hu_escape_markdown_block(&out, text);
		hu_fuzz_page(MARKDOWN, hu_out_view(&out));
	}
	hu_out_clear(&out);
	hu_escape_json(&out, text);
	hu_fuzz_page(JSON, hu_out_view(&out));
	hu_out_clear(&out);
	hu_escape_plain(&out, text);
	hu_out_puts(&out, "");
	hu_fuzz_page(PLAIN, hu_out_view(&out));
	for (struct hu_str rest = hu_out_view(&out); rest.len;) {
		struct hu_str line = hu_escape_line(&rest, 75, false);
		if (hu_escape_columns(line) > 75)
			odd("a line of more than 75 columns", line);
		if (!line.len && rest.len)
			odd("an empty line", rest);
	}
	bool cut;
	struct hu_str part = hu_escape_cut(hu_out_view(&out), 20, &cut);
	hu_fuzz_harmless("a text that was cut", part);
	hu_fuzz_harmless("a text that fits", hu_escape_fit(hu_out_view(&out), 20));
}

static void check_pages(const struct hu_str *texts)
{
	if (!store)
		prepare();
	put_texts(texts);
	for (int form = 0; form < FORMS; form++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		hu_fuzz_must(hu_report(store, (enum hu_report_format)form, false, &out));
		hu_fuzz_page(form, hu_out_view(&out));
	}
}

static void one(struct hu_str in)
{
	struct hu_str rest = hu_pack_open(in), texts[TEXTS] = {{0}};
	struct hu_piece piece;

	for (int i = 0; i < TEXTS && hu_pack_next(&rest, &piece); i++) {
		texts[i] = piece.bytes;
		check_csv(piece.bytes);
		check_escapes(piece.bytes);
	}
	if (hu_fuzz_deep(in, 16)) /* a tenth of a second */
		check_pages(texts);
}

/* Payloads, once each and all together; `path` has nothing to add. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	static const char *const nasty[] = {
		"<script>alert(1)</script>",
		"</title></style><h2 id=x onclick=a>",
		"\"'&<>\\ --> ]]>",
		"a|b`c``d*e_f_[x](javascript:alert(1))",
		"```\n# x\n```",
		"\x1b[31mred\x1b]0;t\x07\x9b[2J",
		"\xe2\x80\xae\xe2\x81\xa6x",
		"f\xc3(\xc0\xaf\xff\xfe\xed\xa0\x80",
		"=1+1",
		"@SUM(A1)",
		"+49",
		"-2",
		"one\n| two\r\n\tthree",
		"'; DROP TABLE incident; --",
		"../../etc/passwd",
		"&lt;b&gt; &#60;",
		"![i](http://example.invalid/i.png)",
		"e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86",
		"{\"a\": [1]}",
		"kworker/u8:3+flush-8:0",
		"I1",
		"\xf0\x9f\x94\x92\xe4\xb8\xad\xe6\x96\x87",
		"a`b",
		"\\`",
		"\\",
		"`` ` ``",
		"shrinker_rwsem",
		"`code` and `more",
	};
	enum { COUNT = sizeof(nasty) / sizeof(nasty[0]) };

	(void)path;
	for (size_t i = 0; i < COUNT; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out pack = {0};
		hu_pack_begin(&pack);
		for (size_t k = 0; k < TEXTS; k++)
			hu_pack_add(&pack, hu_str(""), hu_str(nasty[(i + k * k) % COUNT]));
		add(to, hu_out_view(&pack));
	}
}

const struct hu_fuzz_target hu_fuzz_report = {"report", one, seeds, hu_pack_mutate};
