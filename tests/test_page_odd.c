/*
 * Odd inputs: nothing known, everything lost, ten thousand incidents, names of 4 KB, a nanosecond,
 * a month. Still pages that read well, and under 1 MB. With a folder as its argument, the program
 * leaves the pages there, for a browser and for validators.
 */
#include <stdlib.h>

#include "report/escape.h"
#include "report/report.h"
#include "tests/pages.h"
#include "tests/test.h"

static const char *folder;

static void save(const char *name, const char *ending, const struct hu_out *text)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};

	hu_out_printf(&path, "%s/odd-%s.%s", folder, name, ending);
	FILE *f = fopen(path.at, "wb");
	CHECK(f && fwrite(text->at, 1, text->len, f) == text->len);
	if (f)
		CHECK(fclose(f) == 0);
}

static bool may_be_long(struct hu_str line)
{
	static const char *const tags[] = {
		"Link: ", "Fixes: ", "Fixed-by: ", "See-also: ", "sha256 "};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (hu_str_starts(line, tags[i]))
			return true;
	/* a frame, or one long word, which somebody may want to copy */
	line = hu_str_trim(line);
	return !line.len || !memchr(line.at, ' ', line.len);
}

/* 75 columns but for tags and frames. */
static void fits_mail(const struct pages *p)
{
	struct hu_str rest = hu_out_view(&p->at[PLAIN]), line;

	while (hu_str_line(&rest, &line))
		if (hu_escape_columns(line) > 75 && !may_be_long(line) &&
		    !test_fail(__FILE__, __LINE__, "a line of %zu columns: %.*s",
			       hu_escape_columns(line), (int)line.len, line.at))
			return;
	test_checks++;
}

/* The percentages of the rows without indentation, as printed, add up to 100.0. */
static void adds_up(const struct pages *p)
{
	struct hu_str rest = hu_out_view(&p->at[TEXT]), line;
	int64_t sum = 0;
	bool inside = false, whole = false;

	while (hu_str_line(&rest, &line) && !whole) {
		inside = inside || hu_str_starts(line, "Where the time of the worst went");
		ptrdiff_t at = hu_str_find(line, " %  ");
		if (!inside || at < 0 || hu_str_starts(hu_str_skip(line, (size_t)at + 4), " ") ||
		    hu_str_starts(hu_str_skip(line, (size_t)at + 4), "└"))
			continue;
		size_t from = (size_t)at;
		while (from && line.at[from - 1] != ' ')
			from--;
		int64_t part = 0;
		struct hu_str number = {line.at + from, (size_t)at - from};
		if (!hu_str_starts(number, "<"))
			CHECK(hu_str_fixed(number, 1, &part));
		whole = hu_str_starts(hu_str_skip(line, (size_t)at + 4), "the whole");
		if (whole)
			CHECK_INT(sum, part);
		sum += part;
	}
	CHECK(whole);
}

static void sizes(const struct pages *p)
{
	CHECK(p->at[HTML].len < 1000000);
	CHECK(p->at[MARKDOWN].len < 1000000);
	CHECK(p->at[PLAIN].len < 100000);
	for (int form = 0; form < COLOUR; form++)
		pages_harmless(p, form);
	pages_fit_screen(p);
	fits_mail(p);
}

static void says(const struct pages *p, const char *part)
{
	static const int forms[] = {HTML, MARKDOWN, PLAIN};

	TEST_EACH(i, forms)
	if (!strstr(p->at[forms[i]].at, part))
		test_fail(__FILE__, __LINE__, "form %d does not say: %s", forms[i], part);
	test_checks++;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *parts[4];
		bool chain;
	} cases[] = {
		{"nothing", {"No file of the bundle was recognised", "NOT ASSESSED"}, false},
		{"lost", {"EVENTS WERE LOST", "unreadable"}, false},
		{"thousands", {"of 10007 causes are shown here", "task1 "}, true},
		{"long", {"FOUND"}, true},
		{"nanosecond", {"1 ns", "holder (11)"}, true},
		{"month", {"29 d", "holder (11)"}, true},
		{"bare", {"Something stalled"}, false},
		{"hostile", {"FOUND"}, false},
	};
	struct pages p;

	folder = argc > 1 ? argv[1] : NULL;
	TEST_EACH(i, cases)
	{
		pages_begin(&p, cases[i].name);
		sizes(&p);
		for (size_t k = 0; k < 4 && cases[i].parts[k]; k++)
			says(&p, cases[i].parts[k]);
		if (cases[i].chain)
			adds_up(&p);
		if (folder) {
			save(cases[i].name, "html", &p.at[HTML]);
			save(cases[i].name, "md", &p.at[MARKDOWN]);
			save(cases[i].name, "txt", &p.at[PLAIN]);
		}
		pages_end(&p);
	}
	return test_end();
}
