/*
 * Writes the parts of docs/robustness.md that the sources know better: robustness [--check] ROOT.
 * The parts stand between <!-- NAME: begin --> and <!-- NAME: end -->:
 *
 *	limits   the table of ingest/limits.c, and the hostile bundles that strike each
 *	hostile  the bundles of fixtures/hostile/, and the sentences that each must bring
 *	guards   what tests/guards.sh takes away, and the test that fails then
 *
 * Parts of other names belong to others, and stay. A limit that no bundle strikes, a guard whose
 * test is not there and a part that is missing are faults. --check: says whether the document is
 * what would be written, and leaves it.
 */
#include <stdlib.h>
#include <string.h>

#include "ingest/limits.h"
#include "tests/support.h"
#include "tests/test.h"

static const char *root;

static const cJSON *key(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(key(object, name));

	return text ? text : "";
}

/* In a cell of a table. The sentences are parts of report.json: \" and \\ are " and \ there. */
static void put_cell(struct hu_out *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
			c++;
		if (strchr("|<>*_\\`[]", *c))
			hu_out_putc(out, '\\');
		hu_out_putc(out, *c);
	}
}

/* ---- the hostile bundles ---- */

struct bundles {
	struct hu_test_list name;
	cJSON **truth;
};

static void bundles_deinit(struct bundles *b)
{
	for (size_t i = 0; i < b->name.count; i++)
		cJSON_Delete(b->truth[i]);
	free(b->truth);
	hu_test_list_deinit(&b->name);
}

static void bundles_read(struct bundles *ret)
{
	HU_CLEANUP(hu_freep) char *folder = hu_test_format("%s/fixtures/hostile", root);
	struct hu_test_list all = {0};

	*ret = (struct bundles){0};
	hu_test_dir(folder, &all);
	ret->truth = hu_alloc(sizeof(*ret->truth) * (all.count + 1));
	for (size_t i = 0; i < all.count; i++) {
		HU_CLEANUP(hu_freep) char *dir = hu_test_format("%s/%s", folder, all.at[i]);
		HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/truth.json", dir);
		if (!hu_test_is_dir(dir))
			continue;
		ret->truth[ret->name.count] = hu_test_json(path);
		hu_test_list_add(&ret->name, all.at[i]);
	}
	hu_test_list_deinit(&all);
}

static void put_sentences(const cJSON *truth, const char *name, const char *where, size_t *count,
			  struct hu_out *out)
{
	const cJSON *sentence;

	cJSON_ArrayForEach(sentence, key(truth, name))
	{
		hu_out_puts(out, (*count)++ ? "; " : "");
		hu_out_puts(out, where);
		hu_out_putc(out, '"');
		put_cell(out, sentence->valuestring);
		hu_out_putc(out, '"');
	}
}

static void put_hostile(const struct bundles *b, struct hu_out *out)
{
	hu_out_printf(out, "%zu bundles. The test of each is `hostile_<name>`.\n\n", b->name.count);
	hu_out_puts(out, "| bundle | what it is | what the report says of it |\n|---|---|---|\n");
	for (size_t i = 0; i < b->name.count; i++) {
		const cJSON *truth = b->truth[i];
		size_t count = 0;

		hu_out_printf(out, "| `%s` | ", b->name.at[i]);
		put_cell(out, text_of(truth, "why"));
		hu_out_puts(out, " | ");
		put_sentences(truth, "says", "", &count, out);
		put_sentences(truth, "complains", "on standard error: ", &count, out);
		if (!count)
			hu_out_puts(out, key(truth, "lacks") ? "the same as on a whole host"
							     : "nothing, and it is read");
		hu_out_puts(out, " |\n");
	}
}

/* ---- the limits ---- */

/* Is it about this limit: by --limit NAME=, or by the key "limit"? */
static bool strikes(const cJSON *truth, const char *limit)
{
	const cJSON *one;
	size_t len = strlen(limit);

	cJSON_ArrayForEach(one,
			   key(truth, "arguments")) if (!strncmp(one->valuestring, limit, len) &&
							one->valuestring[len] == '=') return true;
	cJSON_ArrayForEach(one,
			   key(truth, "limit")) if (!strcmp(one->valuestring, limit)) return true;
	return false;
}

static void put_limits(const struct bundles *b, struct hu_out *out)
{
	hu_out_puts(out, "| limit | what it bounds | without `--limit` | struck by |\n"
			 "|---|---|---|---|\n");
	for (const struct hu_limit *l = hu_limit_table; l->name; l++) {
		size_t count = 0;

		hu_out_printf(out, "| `%s` | %s | ", l->name, l->help);
		hu_limit_put(l, &hu_default_limits, out);
		hu_out_puts(out, " |");
		for (size_t i = 0; i < b->name.count; i++)
			if (strikes(b->truth[i], l->name))
				hu_out_printf(out, "%s `hostile_%s`", count++ ? "," : "",
					      b->name.at[i]);
		hu_out_puts(out, " |\n");
		if (!count)
			test_fail(__FILE__, __LINE__, "no hostile bundle strikes the limit %s",
				  l->name);
	}
}

/* ---- the guards ---- */

/* Of tests/inject_main.c and tests/inject.sh, which refuse what they do not have. */
static bool of_machine(struct hu_str test)
{
	return hu_str_starts(test, "faults:") || hu_str_starts(test, "inject:");
}

static bool test_is_there(struct hu_str test)
{
	HU_CLEANUP(hu_freep)
	char *folder = hu_test_format("%s/fixtures/hostile/%.*s", root, (int)test.len, test.at);

	return hu_str_is(test, "sandbox") || hu_str_is(test, "hardening") || of_machine(test) ||
	       hu_test_is_dir(folder);
}

/* `guard NAME FILE 'PERL' TEST` of tests/guards.sh, under its headings (`# The walls.`). */
static void put_guards(struct hu_out *out)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/tests/guards.sh", root);
	HU_CLEANUP(hu_out_deinit) struct hu_out file = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out rows = {0};
	size_t count = 0;
	struct hu_str line;

	if (!hu_test_slurp(path, &file))
		return;
	struct hu_str rest = hu_out_view(&file);
	while (hu_str_line(&rest, &line)) {
		if (!hu_str_starts(line, "guard ") || hu_str_find(line, "'") < 0)
			continue;
		hu_str_split(&line, ' ');
		struct hu_str name = hu_str_split(&line, ' ');
		struct hu_str source = hu_str_split(&line, ' ');
		struct hu_str test = line;
		while (test.len && hu_str_find(test, " ") >= 0)
			hu_str_split(&test, ' ');
		if (!test_is_there(test))
			test_fail(__FILE__, __LINE__, "guard %.*s: there is no test %.*s",
				  (int)name.len, name.at, (int)test.len, test.at);
		const char *form = hu_str_is(test, "sandbox")	  ? "test_"
				   : hu_str_is(test, "hardening") ? "supply_"
				   : of_machine(test)		  ? ""
								  : "hostile_";
		hu_out_printf(&rows, "| %.*s | `%.*s` | `%s%.*s` |\n", (int)name.len, name.at,
			      (int)source.len, source.at, form, (int)test.len, test.at);
		count++;
	}
	hu_out_printf(out,
		      "%zu guards.\n\n| guard | where it is | the test that fails without it "
		      "|\n|---|---|---|\n",
		      count);
	hu_out_str(out, hu_out_view(&rows));
}

/* ---- the document ---- */

static const char *const parts[] = {"limits", "hostile", "guards"};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* The document with what is between the marks of one part replaced. */
static void replace(struct hu_out *document, const char *part, struct hu_str text)
{
	HU_CLEANUP(hu_freep) char *begin = hu_test_format("<!-- %s: begin -->\n", part);
	HU_CLEANUP(hu_freep) char *end = hu_test_format("<!-- %s: end -->", part);
	struct hu_str all = hu_out_view(document);
	ptrdiff_t from = hu_str_find(all, begin), to = hu_str_find(all, end);

	if (from < 0 || to < from) {
		test_fail(__FILE__, __LINE__, "docs/robustness.md has no part %s", part);
		return;
	}
	struct hu_out next = {0};
	hu_out_bytes(&next, all.at, (size_t)from + strlen(begin));
	hu_out_str(&next, text);
	hu_out_str(&next, hu_str_skip(all, (size_t)to));
	hu_out_deinit(document);
	*document = next;
}

static void make(const char *path, bool check)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out old = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out new = {0};
	HU_CLEANUP(bundles_deinit) struct bundles bundles;

	bundles_read(&bundles);
	if (!hu_test_slurp(path, &old))
		return;
	hu_out_str(&new, hu_out_view(&old));
	for (size_t i = 0; i < PARTS; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		if (i == 0)
			put_limits(&bundles, &text);
		else if (i == 1)
			put_hostile(&bundles, &text);
		else
			put_guards(&text);
		replace(&new, parts[i], hu_out_view(&text));
	}
	if (hu_str_eq(hu_out_view(&old), hu_out_view(&new)))
		return;
	if (check)
		test_fail(__FILE__, __LINE__,
			  "docs/robustness.md is out of date: scripts/robustness");
	else
		CHECK(hu_test_spew(path, hu_out_view(&new)));
}

int main(int argc, char **argv)
{
	bool check = argc == 3 && !strcmp(argv[1], "--check");

	if (argc != 2 + check) {
		fprintf(stderr, "usage: robustness [--check] ROOT\n");
		return 2;
	}
	root = argv[argc - 1];
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/docs/robustness.md", root);
	make(path, check);
	return test_failures ? 1 : 0;
}
