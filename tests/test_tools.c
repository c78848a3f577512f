/* The descriptions of tables: each proves itself by its samples; bad ones get a clear sentence. */
#include "ingest/tool.h"
#include "tests/test.h"

static void built_in(void)
{
	const struct hu_tools *tables;

	if (!CHECK_OK(hu_tools_builtin(&tables)))
		return;
	CHECK(tables->count > 20);
	for (size_t i = 0; i < tables->count; i++) {
		TEST_CASE("%s", tables->at[i].tool);
		CHECK(tables->at[i].samples > 0);
		CHECK_OK(hu_tool_prove(&tables->at[i]));
	}
}

#define ROWS                                                                                       \
	"\"forms\": [{\"form\": \"rows\", \"columns\": [{\"head\": \"A\", \"is\": \"comm\"}, "     \
	"{\"head\": \"B\", \"is\": \"count\"}]"
#define PUTS "\"puts\": [{\"put\": \"aggregate\", \"label\": \"x\", \"count\": \"count\"}]"
#define SAMPLE(gives) "\"samples\": [{\"lines\": [\"A B\", \"dd 3\"], \"gives\": [\"" gives "\"]}]"
#define HEAD "{\"tool\": \"t\", \"reads\": \"x\", "

static void wrong_form(void)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{"{", "no JSON"},
		{"[]", "must be an object"},
		{"{\"tool\": \"t\"}", "\"reads\" is missing"},
		{HEAD "\"colour\": 1}", "\"colour\" is no key here"},
		{"{\"tool\": \"t\", \"tool\": \"t\"}", "stands twice"},
		{HEAD "\"forms\": []}", "a list with something in it"},
		{HEAD "\"forms\": [{\"form\": \"square\"}]}", "\"form\" is rows, histogram"},
		{HEAD "\"forms\": [{\"form\": \"lines\", \"end\": \"x\"}]}",
		 "forms[0]: \"end\" is no key of a form \"lines\""},
		{HEAD "\"forms\": [{\"form\": \"rows\", \"columns\": [{\"head\": \"A\", \"is\": "
		      "\"colour\"}]}]}",
		 "forms[0].columns[0]: \"colour\" means nothing"},
		{HEAD "\"forms\": [{\"form\": \"rows\", \"columns\": [{\"head\": \"A\", \"is\": "
		      "\"stack\"}]}]}",
		 "a column cannot be a stack"},
		{HEAD "\"forms\": [{\"form\": \"rows\", \"columns\": [{\"head\": \"A\", \"is\": "
		      "\"total\", \"unit\": \"parsec\"}]}]}",
		 "\"unit\" is ns, us, ms or s"},
		{HEAD "\"forms\": [{\"form\": \"rows\", \"columns\": [{\"head\": \"A\", \"is\": "
		      "\"comm\", \"last\": true}, {\"head\": \"B\", \"is\": \"count\"}]}]}",
		 "only the last column"},
		{HEAD ROWS "}]}", "\"puts\" is missing"},
		{HEAD ROWS ", \"puts\": [{\"put\": \"guess\"}]}]}",
		 "forms[0].puts[0]: \"guess\" is no word"},
		{HEAD ROWS ", \"puts\": [{\"put\": \"span\", \"label\": \"{nothing}\"}]}]}",
		 "\"nothing\" means nothing"},
		{HEAD ROWS ", \"puts\": [{\"put\": \"span\", \"label\": \"x\", \"key\": "
			   "[\"comm\"]}]}]}",
		 "only an aggregate has a key"},
		{HEAD "\"forms\": [{\"form\": \"stacks\", \"end\": \"{total\", " PUTS "}]}",
		 "\"{\" without \"}\""},
		{HEAD "\"forms\": [{\"form\": \"lines\", \"lines\": [\"{comm}{tid}\"], " PUTS "}]}",
		 "need text between them"},
		{HEAD "\"forms\": [{\"form\": \"histogram\", " PUTS "}]}",
		 "nothing tells this tool's output"},
		{HEAD ROWS ", " PUTS "}]}", "\"samples\" is missing"},
		{"{\"tool\": \"other\", \"reads\": \"x\", " ROWS ", " PUTS "}], " SAMPLE("x") "}",
		 "it must be the file's name"},
	};
	struct hu_tool table;

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].says);
		CHECK_ERR(hu_tool_load("t", hu_str(cases[i].json), &table), cases[i].says);
	}
	TEST_CASE("the file's name is told");
	CHECK_ERR(hu_tool_load("t", hu_str("{}"), &table), "in t.json");
}

static void wrong_sample(void)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{HEAD ROWS ", " PUTS
			   "}], " SAMPLE("aggregate label=\\\"x\\\" comm=\\\"dd\\\" count=3") "}",
		 NULL},
		{HEAD ROWS ", " PUTS
			   "}], " SAMPLE("aggregate label=\\\"x\\\" comm=\\\"dd\\\" count=4") "}",
		 "samples[0].gives[0]: aggregate label=\"x\" comm=\"dd\" count=3 was read"},
		{HEAD ROWS
		 ", " PUTS
		 "}], \"samples\": [{\"lines\": [\"A B\", \"dd x\"], \"gives\": [\"y\"]}]}",
		 "samples[0]: line 2 is not understood"},
	};

	TEST_EACH(i, cases)
	{
		struct hu_tool table;
		TEST_CASE("%zu", i);
		if (!CHECK_OK(hu_tool_load("t", hu_str(cases[i].json), &table)))
			continue;
		if (cases[i].says)
			CHECK_ERR(hu_tool_prove(&table), cases[i].says);
		else
			CHECK_OK(hu_tool_prove(&table));
		hu_tool_deinit(&table);
	}
}

static void patterns(void)
{
	static const struct {
		const char *pattern, *line, *comm;
	} cases[] = {
		{"target: {comm}", "    target:          Web Content", "Web Content"},
		{"- {comm} ({pid})", "-                a (b) (12)", "a (b)"},
		{"{comm} [{pid}]", "tar [15069]", "tar"},
		{"Max PID {tid}, COMM {comm}, Lock {lock} ({address})",
		 "   Max PID 34, COMM a, b, Lock no (0xffff8de8dda09ee8)", "a, b"},
		{"target: {comm}", "target:", NULL},
		{"- {comm} ({pid})", "- x (y)", NULL},
	};

	TEST_EACH(i, cases)
	{
		struct hu_tool_pattern pattern;
		struct hu_tool_values v = {0};
		TEST_CASE("%s", cases[i].line);
		CHECK_OK(hu_tool_pattern_compile(hu_str(cases[i].pattern), &pattern));
		bool fits = hu_tool_pattern_match(&pattern, hu_str(cases[i].line),
						  (struct hu_str){0}, &v);
		CHECK(fits == (cases[i].comm != NULL));
		if (fits)
			CHECK_STR(v.text[HU_ROLE_COMM].at, cases[i].comm);
		hu_tool_values_deinit(&v);
		hu_tool_pattern_deinit(&pattern);
	}
}

/* "test_tools FILE.json …": checks descriptions while they are being written. */
static void check_file(const char *path)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_tool tool;
	const char *slash = strrchr(path, '/');
	FILE *file = fopen(path, "re");
	int c;

	TEST_CASE("%s", path);
	if (!CHECK(file != NULL))
		return;
	while ((c = getc(file)) != EOF)
		hu_out_putc(&text, (char)c);
	fclose(file);
	hu_out_puts(&name, slash ? slash + 1 : path);
	if (hu_str_ends(hu_out_view(&name), ".json"))
		name.at[name.len - 5] = '\0';
	if (!CHECK_OK(hu_tool_load(name.at, hu_out_view(&text), &tool)))
		return;
	CHECK_OK(hu_tool_prove(&tool));
	hu_tool_deinit(&tool);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		check_file(argv[i]);
	if (argc > 1)
		return test_end();
	built_in();
	wrong_form();
	wrong_sample();
	patterns();
	return test_end();
}
