/* The known-fix library: patterns, the files themselves, and matching. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzers/known.h"
#include "analyzers/knownlib.h"
#include "analyzers/kver.h"
#include "db/embedded.h"
#include "db/rows.h"

extern const unsigned char hu_sql_results[];

static int failed;

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			failed++;                                                                  \
		}                                                                                  \
	} while (0)

static void no_error(struct hu_err *err)
{
	if (!err)
		return;
	fprintf(stderr, "%s\n", hu_err_text(err));
	hu_err_free(err);
	failed++;
}

/* --- patterns ----------------------------------------------------------------------------------
 */

static bool glob(const char *pattern, const char *text)
{
	return hu_known_glob(pattern, strlen(pattern), hu_str(text));
}

static bool stack(const struct hu_known_lib *lib, const char *pattern, const char *frames)
{
	cJSON *json = cJSON_Parse(pattern);
	bool hit = hu_known_stack(lib, json, frames, NULL);

	cJSON_Delete(json);
	return hit;
}

static void test_patterns(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};

	CHECK(glob("prealloc_*shrinker", "prealloc_shrinker"));
	CHECK(glob("prealloc_*shrinker", "prealloc_memcg_shrinker"));
	CHECK(!glob("prealloc_*shrinker", "prealloc_shrinkers"));
	CHECK(glob("*", ""));
	CHECK(!glob("", "a"));
	CHECK(glob("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
	CHECK(!glob("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));

	hu_known_lib_builtin(&lib, true, &problems);
	CHECK(lib.count == 0 && lib.family_files == 1 && !problems.count);
	CHECK(stack(&lib, "[\"b\",\"d\"]", "a;b;c;d"));
	CHECK(!stack(&lib, "[\"d\",\"b\"]", "a;b;c;d"));
	CHECK(stack(&lib, "[\"x|b\"]", "a;b+0x12/0x30 [ext4];c"));
	CHECK(stack(&lib, "[\"b\"]", "? b.constprop.0+0x1/0x2"));
	CHECK(stack(&lib, "[\"@rwsem_write_wait\",\"x\"]", "rwsem_down_write_slowpath;x"));
	/* who called mutex_lock() names the mutex; who called that caller does not */
	CHECK(stack(&lib, "[\"@mutex_wait\",\">x\"]", "schedule;__mutex_lock;mutex_lock;x;y"));
	CHECK(!stack(&lib, "[\"@mutex_wait\",\">y\"]", "schedule;__mutex_lock;mutex_lock;x;y"));
	CHECK(stack(&lib, "[\"a\",\">b\",\"d\"]", "a;x;a;b;c;d"));
	CHECK(!stack(&lib, "[\"a\",\">b\",\">d\"]", "a;x;a;b;c;d"));
	CHECK(!stack(&lib, "[\"a\",\">b\"]", "a"));
	CHECK(!stack(&lib, "[\"b\"]", ""));
	CHECK(!stack(&lib, "[\"b\"]", ";;;"));
	CHECK(hu_known_shallow(&lib, "__schedule;schedule;rwsem_down_write_slowpath;down_write;"
				     "do_syscall_64;entry_SYSCALL_64_after_hwframe"));
	CHECK(hu_known_shallow(&lib, "rwsem_down_write_slowpath;0xffffffff93f10791;[unknown]"));
	CHECK(!hu_known_shallow(&lib, "rwsem_down_write_slowpath;alloc_super"));
	hu_known_lib_deinit(&lib);
}

/* --- the files that are compiled in ------------------------------------------------------------
 */

static void test_builtin(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	int bad = -1;

	no_error(hu_known_check(NULL, 0, &text, &bad));
	CHECK(bad == 0);
	if (bad)
		fputs(text.at, stderr);
	hu_out_clear(&text);
	no_error(hu_known_list(NULL, &text));
	CHECK(hu_str_find(hu_out_view(&text), "shrinker-rwsem-reclaim") >= 0);
	hu_out_clear(&text);
	no_error(hu_known_show("shrinker-rwsem-reclaim", NULL, &text));
	struct hu_str rest = hu_out_view(&text), line;
	while (hu_str_line(&rest, &line))
		CHECK(line.len <= 80 || hu_str_find(line, "https://") >= 0);
	struct hu_err *err = hu_known_show("no-such-thing", NULL, &text);
	CHECK(err && hu_err_code(err) == HU_ERR_USAGE);
	hu_err_free(err);
}

/* The table in docs/known-fixes.md is what the entries say. */
static void test_docs(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out doc = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out table = {0};

	hu_out_puts(&path, HU_DOCS "/known-fixes.md");
	FILE *f = fopen(path.at, "r");
	CHECK(f);
	if (!f)
		return;
	for (int c; (c = fgetc(f)) != EOF;)
		hu_out_putc(&doc, (char)c);
	fclose(f);
	hu_known_lib_builtin(&lib, false, &problems);
	hu_known_lib_finish(&lib, &problems);
	hu_known_markdown(&lib, &table);
	if (hu_str_find(hu_out_view(&doc), table.at) < 0) {
		fprintf(stderr, "the table in docs/known-fixes.md is old; it should be:\n%s",
			table.at);
		failed++;
	}
	hu_known_lib_deinit(&lib);
}

/* --- files that must be refused ----------------------------------------------------------------
 */

static char *builtin_copy(const char *id)
{
	extern const struct hu_embedded hu_known_files[];

	for (const struct hu_embedded *f = hu_known_files; f->name; f++)
		if (!strcmp(f->name, id))
			return hu_strdup((struct hu_str){(const char *)f->bytes, f->len});
	return NULL;
}

/* Puts `now` in place of the first `old` in a copy of an entry. */
static struct hu_out changed(const char *id, const char *old, const char *now)
{
	HU_CLEANUP(hu_freep) char *text = builtin_copy(id);
	struct hu_out out = {0};
	char *hit = text ? strstr(text, old) : NULL;

	CHECK(hit);
	if (hit) {
		hu_out_bytes(&out, text, (size_t)(hit - text));
		hu_out_puts(&out, now);
		hu_out_puts(&out, hit + strlen(old));
	}
	return out;
}

static char folder[] = "/tmp/holdup-known-XXXXXX";

static void write_file(const char *name, struct hu_str text, struct hu_out *path)
{
	hu_out_clear(path);
	hu_out_printf(path, "%s/%s", folder, name);
	FILE *f = fopen(path->at, "w");
	CHECK(f && (!text.len || fwrite(text.at, 1, text.len, f) == text.len));
	if (f)
		fclose(f);
}

/* A file with `text` is refused with all of `say` in the complaint, and named in it. */
static void refused(const char *name, struct hu_str text, const char *const *say)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	int bad = 0;

	write_file(name, text, &path);
	const char *paths[] = {path.at};
	no_error(hu_known_check(paths, 1, &out, &bad));
	CHECK(bad > 0);
	CHECK(hu_str_find(hu_out_view(&out), name) >= 0);
	for (; *say; say++)
		if (hu_str_find(hu_out_view(&out), *say) < 0) {
			fprintf(stderr, "\"%s\" is missing in:\n%s", *say, out.at);
			failed++;
		}
	unlink(path.at);
}

static void test_refused(void)
{
	/* clang-format off */
	static const struct {
		const char *old, *now, *say[4];
	} cases[] = {
		{"\"title\":", "\"heading\":", {"$: the field \"title\" is missing", "$.heading: unknown name"}},
		{"\"lock\": [\"shrinker_rwsem\"]", "\"lock\": 7", {"$.matches.lock: this is of type number"}},
		{"\"lock\": [\"shrinker_rwsem\"]", "\"color\": [\"red\"]", {"$.matches.color: unknown name", "waiter"}},
		{"\"wanted\": [\"write\"]", "\"wanted\": [\"eagerly\"]", {"$.matches.wanted[0]: unknown word \"eagerly\"", "read, write"}},
		{"\"fixed_in\": \"6.7\"", "\"fixed_in\": \"soon\"", {"$.affects.fixed_in: \"soon\" does not fit"}},
		{"\"fixed_in\": \"6.7\"", "\"fixed_in\": null", {"$.affects.fixed_in: a version is expected"}},
		{"\"introduced\": null", "\"introduced\": \"6.9\"", {"introduced (6.9) is not before fixed_in (6.7)"}},
		{"\"ca1d36b8", "\"xyzzyb8", {"$.commits[0].hash", "12 to 40 hexadecimal digits"}},
		{"@slab_walk", "@slab_wlak", {"$.matches.holder[0][0]: no family is called \"@slab_wlak\""}},
		{"\"held\": [\"read\"],", "\"decides\": [\"stack\"],", {"\"decides\" names \"stack\""}},
		{"\"unless\": [\"waiter\"]", "\"unless\": [\"stack\"]", {"\"unless\" names \"stack\""}},
		{"\"id\": \"shrinker-rwsem-reclaim\"", "\"id\": \"other-name\"", {"the file should be called other-name.json"}},
		{"\"id\": \"shrinker-rwsem-reclaim\"", "\"id\": \"a\", \"id\": \"b\"", {"$.id: this field is there twice"}},
		{"\"negatives\": [", "\"negatives\": [], \"x\": [", {"$.negatives: needs at least 1"}},
		{"\"fixed\": [\"shrinker_mutex\",", "\"fixed\": [\"shrinker_rwsem\",", {"it is in both"}},
		{"\"lock\": \"shrinker_rwsem\", \"wanted\": \"write\"}", "\"lock\": \"rtnl_mutex\"}", {"$.samples[1]: this sample does not match its own entry"}},
		{"\"lock\": \"namespace_sem\"", "\"lock\": \"shrinker_rwsem\"", {"$.negatives[0]: this negative sample matches the entry"}},
		{"{\n", "{,\n", {"not JSON: line 1, column"}},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hu_out text = changed("shrinker-rwsem-reclaim", cases[i].old, cases[i].now);
		refused("shrinker-rwsem-reclaim.json", hu_out_view(&text), cases[i].say);
		hu_out_deinit(&text);
	}
	refused("empty.json", hu_str(""), (const char *[]){"not JSON", NULL});
	refused("list.json", hu_str("[1]"), (const char *[]){"$: this is of type array", NULL});
	refused("word.json", hu_str("\"id\""), (const char *[]){"$: this is of type string", NULL});
	refused("round.json",
		hu_str("{\"families\": {\"one\": {\"about\": \"goes to two\", \"frames\": "
		       "[\"@two\"]}, "
		       "\"two\": {\"about\": \"goes to one\", \"frames\": [\"@one\"]}}}"),
		(const char *[]){"$.families.one.frames[0]", "go round", NULL});
	HU_CLEANUP(hu_out_deinit) struct hu_out deep = {0};
	for (int i = 0; i < 100000; i++)
		hu_out_putc(&deep, '[');
	refused("deep.json", hu_out_view(&deep), (const char *[]){"not JSON", NULL});
	refused("escape.json", hu_str("{\"\x1b[31m\": 1}"), (const char *[]){"?[31m", NULL});
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	int bad = 0;
	no_error(hu_known_check((const char *[]){"/nonexistent/x.json"}, 1, &out, &bad));
	CHECK(bad == 1 && hu_str_find(hu_out_view(&out), "cannot be read") >= 0);
}

/* An entry that asks for too little is caught by the samples of the others. */
static void test_confusion(void)
{
	HU_CLEANUP(hu_freep) char *text = builtin_copy("shrinker-rwsem-reclaim");
	struct hu_out wide =
		changed("shrinker-rwsem-memcg-create", "\"needs\": [\"waiter\"]", "\"needs\": []");
	HU_CLEANUP(hu_out_deinit) struct hu_out a = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out b = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	int bad = 0;

	write_file("shrinker-rwsem-reclaim.json", hu_str(text), &a);
	write_file("shrinker-rwsem-memcg-create.json", hu_out_view(&wide), &b);
	no_error(hu_known_check((const char *[]){folder}, 1, &out, &bad));
	CHECK(bad > 0 && hu_str_find(hu_out_view(&out), "also matches the entry "
							"shrinker-rwsem-memcg-create") >= 0);
	CHECK(hu_str_find(hu_out_view(&out), "2 entries in use") >= 0);
	unlink(a.at);
	unlink(b.at);
	hu_out_deinit(&wide);
}

/* Every file cut at many places and with single bytes turned: a sentence, never a crash. */
static void test_damaged(void)
{
	HU_CLEANUP(hu_freep) char *text = builtin_copy("shrinker-rwsem-reclaim");
	size_t len = text ? strlen(text) : 0;
	uint32_t random = 1;

	CHECK(len > 0);
	for (size_t i = 0; len && i < 150; i++) {
		struct hu_problems problems = {0};
		struct hu_known_lib lib = {0};
		hu_known_lib_builtin(&lib, true, &problems);
		HU_CLEANUP(hu_freep) char *copy = hu_strdup((struct hu_str){text, len});
		random = random * 1664525 + 1013904223;
		size_t at = random % len;
		if (i % 2)
			copy[at] = (char)(random >> 8);
		hu_known_lib_add(&lib, "damaged.json", (struct hu_str){copy, i % 2 ? len : at},
				 &problems);
		hu_known_lib_finish(&lib, &problems);
		CHECK(problems.count > 0); /* if nothing else, the file's name */
		hu_known_lib_deinit(&lib);
	}
}

/* A bad file and a second one with the same id do not take the good one away. */
static void test_rest_is_used(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	HU_CLEANUP(hu_freep) char *text = builtin_copy("shrinker-rwsem-reclaim");

	hu_known_lib_builtin(&lib, true, &problems);
	hu_known_lib_add(&lib, "b/shrinker-rwsem-reclaim.json", hu_str(text), &problems);
	hu_known_lib_add(&lib, "a/shrinker-rwsem-reclaim.json", hu_str(text), &problems);
	hu_known_lib_add(&lib, "broken.json", hu_str("{"), &problems);
	hu_known_lib_finish(&lib, &problems);
	CHECK(problems.count == 2 && lib.count == 1);
	CHECK(lib.count == 1 && !strcmp(lib.entries[0].file, "a/shrinker-rwsem-reclaim.json"));
	hu_known_lib_deinit(&lib);
}

/* --- from a store to incident_fix ---------------------------------------------------------------
 */

static struct hu_store *store_of(const char *release, const char *const *symbols)
{
	struct hu_store *store = NULL;
	struct hu_sink *sink = NULL;
	struct hu_source_info info = {"uname.txt", "hostfacts", "test", "00", 1, HU_CLOCK_NONE};

	no_error(hu_store_create(":memory:", &store));
	no_error(hu_store_set_bundle(store, "made-up", "00", 1, 1));
	no_error(hu_store_begin(store, &info, &sink));
	if (release)
		hu_put_fact(sink, "kernel.release", hu_str(release));
	for (; symbols && *symbols; symbols++)
		hu_put_symbol(sink, 0, 'd', hu_str(*symbols));
	no_error(hu_store_end(sink, NULL));
	no_error(hu_store_settle(store));
	no_error(hu_store_exec(store, (const char *)hu_sql_results));
	return store;
}

static void ask(struct hu_store *store, const char *sql, const char *expected)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	struct hu_str got = hu_rows_next(rows) ? hu_rows_str(rows, 0) : hu_str("(no row)");

	if (!hu_str_is(got, expected)) {
		fprintf(stderr, "%s: \"%.*s\", not \"%s\"\n", sql, (int)got.len, got.at, expected);
		failed++;
	}
	no_error(hu_rows_close(rows));
}

static struct hu_facts *mount_facts(void)
{
	struct hu_facts *facts = hu_facts_create();

	hu_facts_add(facts, "code", hu_str("lock.wait"));
	hu_facts_add(facts, "lock", hu_str("shrinker_rwsem"));
	hu_facts_add(facts, "wanted", hu_str("write"));
	hu_facts_add(facts, "operation", hu_str("mount, umount"));
	hu_facts_add(facts, "waiter.stack",
		     hu_str("rwsem_down_write_slowpath;prealloc_shrinker;alloc_super;sget"));
	return facts;
}

static void test_match(void)
{
	static const struct {
		const char *release, *symbol, *applies, *by;
		int candidates;
	} cases[] = {
		{"6.1.0-56-amd64", "shrinker_rwsem", "affected", "kallsyms", 1},
		{"6.1.0-56-amd64", "shrinker_mutex", "fixed", "kallsyms", 0},
		{"5.4.251", NULL, "affected", "version", 1},
		{"4.18.0-513.el8.x86_64", NULL, "unknown", "nothing", 1},
		{NULL, NULL, "unknown", "nothing", 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const symbols[] = {cases[i].symbol, NULL};
		struct hu_store *store =
			store_of(cases[i].release, cases[i].symbol ? symbols : NULL);
		struct hu_facts *facts = mount_facts();
		int count = -1;
		struct hu_known *known = NULL;
		no_error(hu_known_open(store, NULL, &known));
		no_error(hu_known_match(known, facts, "I1", &count));
		hu_known_close(known);
		CHECK(count == cases[i].candidates);
		ask(store, "SELECT id FROM incident_fix WHERE rank = 1", "shrinker-rwsem-reclaim");
		ask(store, "SELECT applies FROM incident_fix WHERE rank = 1", cases[i].applies);
		ask(store, "SELECT decided_by FROM incident_fix WHERE rank = 1", cases[i].by);
		ask(store, "SELECT count(*) FROM incident_fix", "1");
		ask(store, "SELECT fixed_in FROM incident_fix", "6.7");
		ask(store, "SELECT text FROM incident_fix_item WHERE kind='commit' AND rank=1",
		    "ca1d36b82394 mm: shrinker: make global slab shrink lockless (6.7)");
		ask(store,
		    "SELECT count(*) FROM incident_fix_item WHERE kind='matched' AND text LIKE "
		    "'waiter''s stack: rwsem_down_write_slowpath <- prealloc_shrinker'",
		    "1");
		ask(store, "SELECT count(*) > 0 FROM incident_fix_item WHERE kind='untested'", "1");
		ask(store,
		    "SELECT count(*) FROM incident_fix_item WHERE kind='refuted' AND text LIKE "
		    "'this kernel has the fix%'",
		    strcmp(cases[i].applies, "fixed") ? "0" : "1");
		hu_facts_destroy(facts);
		hu_store_close(store);
	}

	/* facts of nothing that is known: no candidate, no row */
	struct hu_store *store = store_of("6.1.58", NULL);
	struct hu_facts *facts = hu_facts_create();
	int count = -1;
	hu_facts_add(facts, "code", hu_str("lock.wait"));
	hu_facts_add(facts, "lock", hu_str("my_driver_lock"));
	hu_facts_add(facts, "waiter.stack", hu_str("__mutex_lock;my_driver_ioctl"));
	struct hu_known *known = NULL;
	no_error(hu_known_open(store, NULL, &known));
	no_error(hu_known_match(known, facts, "I2", &count));
	hu_known_close(known);
	CHECK(count == 0);
	ask(store, "SELECT count(*) FROM incident_fix", "0");
	hu_facts_destroy(facts);
	hu_store_close(store);
}

int main(void)
{
	CHECK(mkdtemp(folder));
	test_patterns();
	test_builtin();
	test_docs();
	test_refused();
	test_confusion();
	test_damaged();
	test_rest_is_used();
	test_match();
	rmdir(folder);
	return failed ? 1 : 0;
}
