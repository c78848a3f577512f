/*
 * Does this kernel have the fix, as its BTF tells where kallsyms is missing, cut or of another
 * kernel: decisions by two made-up lists, and whole bundles with real files.
 */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/known.h"
#include "analyzers/knownlib.h"
#include "db/embedded.h"
#include "db/rows.h"
#include "ingest/load.h"
#include "tests/support.h"

struct lists {
	const char *const *kallsyms, *const *btf; /* NULL: there is none */
};

static bool listed(const char *const *list, const char *symbol)
{
	for (; *list; list++)
		if (!strcmp(*list, symbol))
			return true;
	return false;
}

static bool in_kallsyms(void *context, const char *symbol)
{
	return listed(((const struct lists *)context)->kallsyms, symbol);
}

static bool in_btf(void *context, const char *symbol)
{
	return listed(((const struct lists *)context)->btf, symbol);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_decisions(void)
{
	static const char *const words[] = {"affected", "unknown", "fixed", "not concerned"};
	static const char entry[] =
		"{\"affects\": {\"introduced\": null, \"fixed_in\": \"6.7\", \"status\": "
		"\"fixed\"}, \"symbols\": {\"fixed\": [\"new_lock\", \"new_function\"], "
		"\"affected\": [\"old_lock\", \"old_function\"], \"absence_decides\": true}, "
		"\"backports\": [], \"commits\": []}";
	const struct {
		const char *why;
		struct lists lists;
		bool whole;
		enum hu_applies applies;
		const char *by, *says;
	} cases[] = {
		{"BTF alone",
		 {NULL, LIST("new_function")},
		 false,
		 HU_FIXED,
		 "btf",
		 "new_function is in BTF, and only kernels with the fix"},
		{"a function that went",
		 {NULL, LIST("old_function")},
		 false,
		 HU_AFFECTED,
		 "btf",
		 "old_function is in BTF"},
		{"a vendor's mixture",
		 {NULL, LIST("old_function", "new_function")},
		 false,
		 HU_UNKNOWN,
		 "btf",
		 "BTF has both old_function and new_function"},
		{"what BTF does not list may be there",
		 {NULL, LIST("schedule")},
		 true,
		 HU_AFFECTED,
		 "version",
		 "6.1.50 is below 6.7"},
		{"neither list has it", {NULL, NULL}, false, HU_AFFECTED, "version", "6.1.50"},
		{"kallsyms is cut, and BTF speaks",
		 {LIST("schedule"), LIST("new_function")},
		 false,
		 HU_FIXED,
		 "btf",
		 "in BTF"},
		{"a list that looks whole, and what it lacks is there",
		 {LIST("schedule"), LIST("new_function")},
		 true,
		 HU_FIXED,
		 "btf",
		 "in BTF"},
		{"whole, and BTF is silent",
		 {LIST("schedule"), LIST("schedule")},
		 true,
		 HU_AFFECTED,
		 "kallsyms",
		 "is not in kallsyms"},
		{"both agree",
		 {LIST("new_lock", "new_function"), LIST("new_function")},
		 true,
		 HU_FIXED,
		 "kallsyms",
		 "new_lock is in kallsyms"},
		{"kallsyms outranks",
		 {LIST("old_lock"), LIST("new_function")},
		 true,
		 HU_AFFECTED,
		 "kallsyms",
		 "but kallsyms has old_lock, while the BTF lists new_function: one of the two"},
		{"the other way round",
		 {LIST("new_lock"), LIST("old_function")},
		 false,
		 HU_FIXED,
		 "kallsyms",
		 "but kallsyms has new_lock, while the BTF lists old_function"},
	};
	cJSON *json = cJSON_Parse(entry);

	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		const struct hu_kernel kernel = {
			.release = "6.1.50",
			.have_symbols = cases[i].lists.kallsyms != NULL,
			.whole_symbols = cases[i].whole,
			.has = in_kallsyms,
			.have_btf = cases[i].lists.btf != NULL,
			.btf = in_btf,
			.context = (void *)(uintptr_t)&cases[i].lists,
		};
		TEST_CASE("%s", cases[i].why);
		struct hu_decision d = hu_known_decide(json, &kernel, &text);
		CHECK_STR(words[d.applies], words[cases[i].applies]);
		CHECK_STR(d.by, cases[i].by);
		CHECK_HAS(text.at ? text.at : "", cases[i].says);
	}
	cJSON_Delete(json);
}

/* --- whole bundles ------------------------------------------------------------------------------
 */

static char *root;

static void put_file(const char *name, struct hu_str bytes)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", root, name);

	CHECK(hu_test_spew(path, bytes));
}

static void put_fixture(const char *name, const char *fixture)
{
	HU_CLEANUP(hu_freep) char *from = hu_test_format("%s/%s", FIXTURES, fixture);
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};

	if (CHECK(hu_test_slurp(from, &bytes)))
		put_file(name, hu_out_view(&bytes));
}

static void put_kallsyms(const char *symbol)
{
	static const char *const some[] = {"schedule",	"vfs_read", "mntput", "do_exit",
					   "down_read", "up_read",  "iput",   "evict"};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	unsigned at = 0;

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		hu_out_printf(&text, "ffffffff81%06x T %s\n", at += 0x100, some[i]);
	hu_out_printf(&text, "ffffffff82000000 d %s\n", symbol);
	put_file("kallsyms.txt", hu_out_view(&text));
}

static void put_uname(const char *release)
{
	HU_CLEANUP(hu_freep)
	char *text =
		hu_test_format("Linux lab %s #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n", release);
	put_file("uname-a.txt", hu_str(text));
}

static void number(struct hu_out *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		hu_out_putc(to, (char)(value >> 8 * i));
}

/* A BTF of one function whose name is at `offset`. */
static void put_btf(const char *name, struct hu_str strings, uint32_t offset)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};

	hu_out_bytes(&bytes, "\x9f\xeb\1\0", 4);
	number(&bytes, 24);
	number(&bytes, 0);
	number(&bytes, 12);
	number(&bytes, 12);
	number(&bytes, (uint32_t)strings.len);
	number(&bytes, offset);
	number(&bytes, 12u << 24);
	number(&bytes, 0);
	hu_out_bytes(&bytes, strings.at, strings.len);
	put_file(name, hu_out_view(&bytes));
}

#define BYTES(text) ((struct hu_str){text, sizeof(text) - 1})

/* What the entry `id` is decided by, with the bundle in `root`, which is emptied. */
static void decided(const char *id, enum hu_applies applies, const char *by, const char *notes)
{
	static const char *const words[] = {"affected", "unknown", "fixed"};
	const char *const paths[] = {root};
	struct hu_bundle *bundle = NULL;
	struct hu_store *store = NULL;
	struct hu_known *known = NULL;
	struct hu_loaded loaded;
	struct hu_facts *facts = hu_facts_create();
	int count = 0;

	hu_facts_add(facts, "code", hu_str("lock.wait"));
	hu_facts_add(facts, "lock", hu_str("shrinker_rwsem"));
	hu_facts_add(facts, "wanted", hu_str("write"));
	hu_facts_add(facts, "operation", hu_str("mount"));
	hu_facts_add(facts, "waiter.stack",
		     hu_str("rwsem_down_write_slowpath;prealloc_shrinker;alloc_super;sget"));
	CHECK_OK(hu_bundle_open(paths, 1, NULL, NULL, &bundle));
	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_load(bundle, store, NULL, &loaded));
	CHECK_OK(hu_store_exec(store, (const char *)hu_sql_results));
	CHECK_OK(hu_known_open(store, NULL, &known));
	CHECK_OK(hu_known_match(known, facts, "I1", &count));
	CHECK_HAS(hu_known_notes(known), notes);
	if (!*notes)
		CHECK_STR(hu_known_notes(known), "");
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT applies, decided_by FROM incident_fix WHERE id = ?1");
	hu_rows_bind_text(rows, 1, hu_str(id));
	if (CHECK(hu_rows_next(rows))) {
		CHECK(hu_str_is(hu_rows_str(rows, 0), words[applies]));
		CHECK(hu_str_is(hu_rows_str(rows, 1), by));
	}
	CHECK_OK(hu_rows_close(rows));
	hu_known_close(known);
	hu_facts_destroy(facts);
	hu_store_close(store);
	hu_bundle_close(bundle);
	hu_test_remove(root);
	free(root);
	root = hu_test_tempdir();
}

static void test_bundles(void)
{
	static const char id[] = "shrinker-rwsem-reclaim", old[] = "6.1.0-50-amd64";
	static const char new_btf[] = "btf/kernel-6.18/vmlinux",
			  old_btf[] = "btf/kernel-6.1/vmlinux";

	root = hu_test_tempdir();
	TEST_CASE("a function of the fix, under an old number");
	put_uname(old);
	put_fixture("vmlinux", new_btf);
	decided(id, HU_FIXED, "btf", "");

	TEST_CASE("a vendor's number, which says nothing");
	put_uname("4.18.0-513.24.1.el8_9.x86_64");
	put_fixture("vmlinux", new_btf);
	decided(id, HU_FIXED, "btf", "");

	TEST_CASE("BTF without it: the number decides");
	put_uname(old);
	put_fixture("vmlinux", old_btf);
	decided(id, HU_AFFECTED, "version", "");

	TEST_CASE("an archive's file, of another kernel");
	put_uname(old);
	put_fixture("6.18.44.btf", new_btf);
	decided(id, HU_AFFECTED, "version", "");

	TEST_CASE("an archive's file, of this kernel");
	put_uname(old);
	put_fixture("vmlinux-6.1.0-50-amd64", new_btf);
	decided(id, HU_FIXED, "btf", "");

	TEST_CASE("two kernels, and nobody says whose is which");
	put_uname(old);
	put_fixture("vmlinux", new_btf);
	put_fixture("vmlinux.before", old_btf);
	decided(id, HU_AFFECTED, "version", "");

	TEST_CASE("twice the same");
	put_uname(old);
	put_fixture("vmlinux", new_btf);
	put_fixture("vmlinux.copy", new_btf);
	decided(id, HU_FIXED, "btf", "");

	TEST_CASE("kallsyms says nothing of it");
	put_uname(old);
	put_fixture("vmlinux", new_btf);
	put_kallsyms("namespace_sem");
	decided(id, HU_FIXED, "btf", "");

	TEST_CASE("kallsyms says otherwise");
	put_uname(old);
	put_fixture("vmlinux", new_btf);
	put_kallsyms("shrinker_rwsem");
	decided(id, HU_AFFECTED, "kallsyms",
		"The bundle's kallsyms has shrinker_rwsem, while the BTF lists "
		"shrinker_free_rcu_cb: one of the two files is of another kernel; kallsyms is "
		"believed.");
	hu_test_remove(root);
	free(root);
}

/* A module's names count on from the end of the kernel's. */
static void test_module(void)
{
	static const struct {
		const char *why;
		uint32_t offset;
		enum hu_applies applies;
		const char *by;
	} cases[] = {
		{"its own string", 10, HU_FIXED, "btf"},
		{"one of the kernel's", 1, HU_AFFECTED, "version"},
		{"the middle of one", 12, HU_AFFECTED, "version"},
		{"beyond them", 4000000000, HU_AFFECTED, "version"},
	};

	root = hu_test_tempdir();
	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].why);
		put_uname("6.1.0-50-amd64");
		put_btf("vmlinux", BYTES("\0schedule\0"), 1);
		put_btf("overlay", BYTES("shrinker_free_rcu_cb\0"), cases[i].offset);
		decided("shrinker-rwsem-reclaim", cases[i].applies, cases[i].by, "");
	}
	hu_test_remove(root);
	free(root);
}

int main(void)
{
	test_decisions();
	test_bundles();
	test_module();
	return test_end();
}
