#include "tests/pages.h"

#include <stdlib.h>

#include "db/embedded.h"
#include "db/rows.h"
#include "report/escape.h"
#include "report/report.h"
#include "tests/test.h"

static void read_data(const char *name, struct hu_out *ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};
	char part[4096];

	hu_out_printf(&path, HU_TEST_DATA "/report_%s.sql", name);
	FILE *f = fopen(path.at, "rb");
	if (!f) {
		test_fail(__FILE__, __LINE__, "cannot open %s", path.at);
		exit(test_end());
	}
	for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
		hu_out_bytes(ret, part, n);
	fclose(f);
}

struct hu_store *pages_store(void)
{
	struct hu_store *store = NULL;

	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "case-1", "00ff", INT64_C(9007199254740991), 61));
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_store_exec(store, (const char *)hu_sql_results));
	return store;
}

void pages_render(struct pages *p)
{
	for (int form = 0; form < FORMS; form++) {
		hu_out_clear(&p->at[form]);
		CHECK_OK(hu_report(p->store,
				   form == COLOUR ? HU_REPORT_TEXT : (enum hu_report_format)form,
				   form == COLOUR, &p->at[form]));
	}
}

void pages_begin(struct pages *p, const char *name)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	TEST_CASE("%s", name);
	*p = (struct pages){.store = pages_store()};
	read_data(name, &sql);
	CHECK_OK(hu_store_exec(p->store, sql.at));
	pages_render(p);
}

void pages_end(struct pages *p)
{
	for (int form = 0; form < FORMS; form++)
		hu_out_deinit(&p->at[form]);
	hu_store_close(p->store);
}

void pages_harmless(const struct pages *p, int form)
{
	const unsigned char *s = (const unsigned char *)p->at[form].at;

	for (size_t i = 0; i < p->at[form].len; i++) {
		bool bad = (s[i] < 0x20 && s[i] != '\n' && s[i] != '\t') || s[i] == 0x7f;
		bad = bad || (s[i] == 0xc2 && s[i + 1] < 0xa0);	  /* C1 */
		bad = bad || (s[i] == 0xe2 && s[i + 1] == 0x80 && /* marks, separators */
			      ((s[i + 2] >= 0x8b && s[i + 2] <= 0x8f) ||
			       (s[i + 2] >= 0xa8 && s[i + 2] <= 0xae)));
		bad = bad || (s[i] == 0xe2 && s[i + 1] == 0x81 && s[i + 2] >= 0xa6 &&
			      s[i + 2] <= 0xa9); /* isolates */
		bad = bad || s[i] == 0xc0 || s[i] == 0xc1 || s[i] >= 0xf5;
		if (!bad)
			continue;
		test_fail(__FILE__, __LINE__, "form %d: byte 0x%02x at %zu: %.40s", form, s[i], i,
			  (const char *)s + (i > 20 ? i - 20 : 0));
		return;
	}
	test_checks++;
}

void pages_fit_screen(const struct pages *p)
{
	struct hu_str rest = hu_out_view(&p->at[TEXT]), line;
	int lines = 0;

	for (; hu_str_line(&rest, &line); lines++)
		if (hu_escape_columns(line) > 80)
			test_fail(__FILE__, __LINE__, "a line of %zu columns: %.*s",
				  hu_escape_columns(line), (int)line.len, line.at);
	CHECK(lines <= 24);
	CHECK(strchr(p->at[TEXT].at, '\033') == NULL);
	CHECK(strchr(p->at[COLOUR].at, '\033') != NULL);
}
