/*
 * Whose symbols a perf.data is read with: the bundle's kallsyms, or else the list that a trace.dat
 * beside it carries, if that is of the same kernel and boot, or else none but what perf probe calls
 * its probes. The perf.data is real, the trace.dat around the list is made here.
 */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "db/rows.h"
#include "ingest/kprobe.h"
#include "ingest/load.h"
#include "tests/support.h"

static char *root;

static void put_file(const char *name, struct hu_str bytes)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", root, name);

	CHECK(hu_test_spew(path, bytes));
}

static void fixture(const char *name, struct hu_out *ret)
{
	HU_CLEANUP(hu_freep)
	char *path = hu_test_format("%s/perfdata/kprobe-6.12/%s", FIXTURES, name);

	CHECK(hu_test_slurp(path, ret));
}

static void number(struct hu_out *to, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		hu_out_putc(to, (char)(value >> 8 * i));
}

#define BYTES(text) text, sizeof(text)

/* A trace.dat of version 6 with nothing in it but a list of symbols and perhaps a uname. */
static void put_trace(const char *name, struct hu_str kallsyms, const char *uname)
{
	enum { OPTION_UNAME = 5 };
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_bytes(&out, "\x17\x08\x44tracing", 10);
	hu_out_bytes(&out, BYTES("6"));
	number(&out, 0x0800, 2);
	number(&out, 4096, 4);
	hu_out_bytes(&out, BYTES("header_page"));
	number(&out, 0, 8);
	hu_out_bytes(&out, BYTES("header_event"));
	number(&out, 0, 8);
	number(&out, 0, 4); /* ftrace's own formats */
	number(&out, 0, 4); /* systems */
	number(&out, kallsyms.len, 4);
	hu_out_str(&out, kallsyms);
	number(&out, 0, 4); /* printk formats */
	number(&out, 0, 8); /* command lines */
	number(&out, 1, 4); /* CPUs */
	hu_out_bytes(&out, "options  ", 10);
	if (uname) {
		number(&out, OPTION_UNAME, 2);
		number(&out, strlen(uname) + 1, 4);
		hu_out_bytes(&out, uname, strlen(uname) + 1);
	}
	number(&out, 0, 2);
	hu_out_bytes(&out, "flyrecord", 10);
	number(&out, 0, 8);
	number(&out, 0, 8);
	put_file(name, hu_out_view(&out));
}

/* A list of which most functions were taken out. */
static void put_filtered(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	for (unsigned i = 0; i < 1500; i++)
		hu_out_printf(&text, "ffffffff%08x T f%u\n", 0x97a00000 + i * 0x2000, i);
	put_file("kallsyms.txt", hu_out_view(&text));
}

static char *ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	char *text = hu_rows_next(rows) ? hu_strdup(hu_rows_str(rows, 0)) : hu_strdup(hu_str(""));

	CHECK_OK(hu_rows_close(rows));
	return text;
}

struct expected {
	const char *locks; /* events with an address, known modes among them */
	const char *from;  /* fact symbols.from of perf.data */
	const char *loss;  /* part of its losses; NULL: none */
};

/* What perf.data says in the bundle in `root`, which is emptied. */
static void check(const struct expected *want)
{
	const char *const paths[] = {root};
	struct hu_bundle *bundle = NULL;
	struct hu_store *store = NULL;
	struct hu_loaded loaded;

	CHECK_OK(hu_bundle_open(paths, 1, NULL, NULL, &bundle));
	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_load(bundle, store, NULL, &loaded));
	HU_CLEANUP(hu_freep)
	char *locks = ask(store, "SELECT count(*) || ' ' || count(address) || ' ' || sum((known & "
				 "4) <> 0) || ' ' || count(DISTINCT name.text) || ' ' || "
				 "min(name.text) FROM lock_event JOIN name ON name.id = function");
	HU_CLEANUP(hu_freep)
	char *from = ask(store, "SELECT value FROM fact JOIN source ON source.id = source WHERE "
				"key = 'symbols.from' AND path = 'perf.data'");
	HU_CLEANUP(hu_freep)
	char *losses = ask(store, "SELECT group_concat(text) FROM loss JOIN source ON source.id "
				  "= source WHERE path = 'perf.data'");
	CHECK_STR(locks, want->locks);
	CHECK_STR(from, want->from);
	if (want->loss)
		CHECK_HAS(losses, want->loss);
	else
		CHECK_STR(losses, "");
	hu_store_close(store);
	hu_bundle_close(bundle);
	hu_test_remove(root);
	free(root);
	root = hu_test_tempdir();
}

static void test_bundles(void)
{
	static const char uname[] = "Linux lab 6.1.0-50-amd64 x86_64";
	HU_CLEANUP(hu_out_deinit) struct hu_out perf = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out list = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out other = {0};
	/* perf script prints 112 of each; the entries have the address, the returns none */
	const struct expected lent = {"224 112 224 1 down_write", "trace.dat", NULL},
			      own = {"224 112 224 1 down_write", "", NULL};
	struct expected named = {"224 112 0 1 down_write", "",
				 "224 records of probes whose function is known by the event's "
				 "name alone"};

	root = hu_test_tempdir();
	fixture("perf.data", &perf);
	fixture("kallsyms.txt", &list);
	/* the same functions 2 MiB on: another boot */
	for (size_t i = 0; i < list.len; i++) {
		bool place = i + 16 < list.len && (!i || list.at[i - 1] == '\n');
		hu_out_putc(&other, list.at[i]);
		if (place) {
			hu_out_bytes(&other, list.at + i + 1, 8);
			i += 8;
			hu_out_putc(&other, list.at[i + 1] == 'a' ? 'c' : 'e');
			i += 1;
		}
	}

	TEST_CASE("a list of its own");
	put_file("perf.data", hu_out_view(&perf));
	put_file("kallsyms.txt", hu_out_view(&list));
	check(&own);

	TEST_CASE("its own comes first");
	put_file("perf.data", hu_out_view(&perf));
	put_file("kallsyms.txt", hu_out_view(&list));
	put_trace("trace.dat", hu_out_view(&other), uname);
	check(&own);

	TEST_CASE("lent");
	put_file("perf.data", hu_out_view(&perf));
	put_trace("trace.dat", hu_out_view(&list), uname);
	check(&lent);

	TEST_CASE("lent by one that does not say its kernel");
	put_file("perf.data", hu_out_view(&perf));
	put_trace("trace.dat", hu_out_view(&list), NULL);
	check(&lent);

	TEST_CASE("the first that has one");
	put_file("perf.data", hu_out_view(&perf));
	put_trace("a.dat", (struct hu_str){NULL, 0}, uname);
	put_trace("trace.dat", hu_out_view(&list), uname);
	check(&lent);

	TEST_CASE("its own is filtered");
	put_file("perf.data", hu_out_view(&perf));
	put_filtered();
	put_trace("trace.dat", hu_out_view(&list), uname);
	check(&lent);

	TEST_CASE("another kernel's");
	put_file("perf.data", hu_out_view(&perf));
	put_trace("trace.dat", hu_out_view(&list), "Linux lab 6.1.0-51-amd64 x86_64");
	named.loss = "the only list of kernel symbols in the bundle, the one in trace.dat, is of "
		     "another kernel (6.1.0-51-amd64): it names nothing here";
	check(&named);

	TEST_CASE("another boot's");
	put_file("perf.data", hu_out_view(&perf));
	put_trace("trace.dat", hu_out_view(&other), uname);
	named.loss = "the list of kernel symbols in trace.dat is of another boot or kernel";
	check(&named);

	TEST_CASE("nobody's");
	put_file("perf.data", hu_out_view(&perf));
	named.loss = "224 records of probes whose function is known by the event's name alone";
	check(&named);
	hu_test_remove(root);
	free(root);
}

static void test_names(void)
{
	static const struct {
		const char *event;
		bool at_return;
		const char *function;
	} cases[] = {
		{"down_write", false, "down_write"},
		{"down_write_1", false, "down_write"},
		{"down_write_12", false, "down_write"},
		{"down_write__return", true, "down_write"},
		{"down_write__return_3", true, "down_write"},
		/* before perf 4.16 */
		{"down_write", true, "down_write"},
		{"down_write_1", true, "down_write"},
		/* functions are called so, too */
		{"memset_1", false, "memset_1"},
		{"shrink_slab", false, "shrink_slab"},
		{"shrink_slab__return", true, "shrink_slab"},
		/* an entry that calls itself a return, and names without a function */
		{"down_write__return", false, ""},
		{"__return", true, ""},
		{"_1", false, "_1"},
		{"12", false, "12"},
		{"", true, ""},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s at %s", cases[i].event, cases[i].at_return ? "return" : "entry");
		CHECK(hu_str_is(hu_probe_named_function(hu_str(cases[i].event), cases[i].at_return),
				cases[i].function));
	}
}

int main(void)
{
	test_bundles();
	test_names();
	return test_end();
}
