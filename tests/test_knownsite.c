/*
 * A company's own known fixes: what is refused and what is used all the same, whose entry counts,
 * and how one is drafted from an incident. By the functions first, then by the program.
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzers/known.h"
#include "analyzers/knownlib.h"
#include "db/embedded.h"
#include "db/rows.h"
#include "tests/support.h"
#include "tests/test.h"

extern const unsigned char hu_sql_results[];
extern const struct hu_embedded hu_known_files[];

static char *folder; /* everything below it is ours */

static char *in_folder(const char *name)
{
	return hu_test_format("%s/%s", folder, name);
}

static void put(const char *name, struct hu_str text)
{
	HU_CLEANUP(hu_freep) char *path = in_folder(name);

	CHECK(hu_test_spew(path, text));
}

/* A built-in entry with `now` in place of each `old`; pairs, ended by NULL. */
static void put_changed(const char *name, const char *id, const char *const *pairs)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	for (const struct hu_embedded *f = hu_known_files; f->name; f++)
		if (!strcmp(f->name, id))
			hu_out_bytes(&text, (const char *)f->bytes, f->len);
	for (; *pairs; pairs += 2) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		struct hu_str rest = hu_out_view(&text);
		ptrdiff_t at = hu_str_find(rest, pairs[0]);
		CHECK(at >= 0);
		for (; at >= 0; at = hu_str_find(rest, pairs[0])) {
			hu_out_bytes(&out, rest.at, (size_t)at);
			hu_out_puts(&out, pairs[1]);
			rest = hu_str_skip(rest, (size_t)at + strlen(pairs[0]));
		}
		hu_out_str(&out, rest);
		hu_out_clear(&text);
		hu_out_str(&text, hu_out_view(&out));
	}
	put(name, hu_out_view(&text));
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char families[] =
	"{\"families\": {\"%s\": {\"about\": \"frames of ours\", \"frames\": "
	"[\"@%s\"]}, \"there\": {\"about\": \"frames of ours\", \"frames\": "
	"[\"%s\"]}}}";

static void put_families(const char *name, const char *first, const char *goes_to,
			 const char *frame)
{
	HU_CLEANUP(hu_freep) char *text = hu_test_format(families, first, goes_to, frame);

	put(name, hu_str(text));
}

/* --- bad input ----------------------------------------------------------------------------------
 */

static void test_bad_input(void)
{
	static const char *const said[] = {
		/* file: place: what is expected */
		"/a-missing.json: $: the field \"title\" is missing; expected: one line that names",
		"/b-predicate.json: $.matches.color: unknown name; known here: code, lock",
		"/c-round.json: $.families.round.frames[0]: \"@there\": these families go round, "
		"or "
		"nest deeper than 4; expected: families that end in names of functions",
		"/d-word.json: $.matches.code[0]: unknown word \"wishing\"; known here: lock.wait",
		"/e-syntax.json: not JSON: line 1, column",
		"/f-family.json: $.matches.waiter[0][0]: no family is called \"@nobody\"; "
		"expected: one "
		"of families.json",
		"/g-waiting.json: $.families.waiting: families.json has a family of this name "
		"already; "
		"expected: another name",
		"/twice/own-cause.json: $.id: \"own-cause\" is the id of ",
		"/own-cause.json already; expected: an id of its own",
	};
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	HU_CLEANUP(hu_freep) char *twice = in_folder("twice");
	const char *const paths[] = {folder, twice};
	const struct hu_site site = {paths, 2};
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0}, plain = {0};

	HU_CLEANUP(hu_freep) char *make = hu_test_format("mkdir -p '%s/twice'", folder);
	CHECK_INT(system(make), 0);
	put_changed("a-missing.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"title\":", "\"heading\":", "\"id\": \"shrinker-rwsem-reclaim\"",
			  "\"id\": \"a-missing\""));
	put_changed("b-predicate.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"held\": [\"read\"],\n    \"operation\"",
			  "\"color\": [\"red\"],\n    \"operation\"",
			  "\"id\": \"shrinker-rwsem-reclaim\"", "\"id\": \"b-predicate\""));
	put_families("c-round.json", "round", "there", "@round");
	put_changed("d-word.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"code\": [\"lock.wait\"]", "\"code\": [\"wishing\"]"));
	put("e-syntax.json", hu_str("{,}"));
	put_changed("f-family.json", "shrinker-rwsem-reclaim",
		    PAIRS("[\"@rwsem_write_wait\", \"prealloc_", "[\"@nobody\", \"prealloc_",
			  "\"id\": \"shrinker-rwsem-reclaim\"", "\"id\": \"f-family\""));
	put_families("g-waiting.json", "waiting", "there", "my_wait");
	put_changed("own-cause.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"id\": \"shrinker-rwsem-reclaim\"", "\"id\": \"own-cause\""));
	put_changed("twice/own-cause.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"id\": \"shrinker-rwsem-reclaim\"", "\"id\": \"own-cause\""));
	hu_known_site_say(&site, &out);
	TEST_EACH(i, said)
	{
		CHECK_HAS(out.at, said[i]);
	}
	/* the rest is used: all that is built in, and the one sound entry */
	hu_known_lib_load(&plain, NULL, &problems);
	CHECK_INT(problems.count, 0);
	hu_known_lib_load(&lib, &site, &problems);
	CHECK_INT(lib.count, plain.count + 1);
	CHECK_INT(lib.left_out, 8);
	CHECK_INT(lib.family_files, 1);
	hu_known_lib_deinit(&lib);
	hu_known_lib_deinit(&plain);
}

/* --- whose entry counts -------------------------------------------------------------------------
 */

static struct hu_store *empty_store(void)
{
	struct hu_store *store = NULL;

	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "made-up", "00", 1, 1));
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_store_exec(store, (const char *)hu_sql_results));
	return store;
}

static char *ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	char *text = hu_strdup(hu_rows_next(rows) ? hu_rows_str(rows, 0) : hu_str("(no row)"));

	CHECK_OK(hu_rows_close(rows));
	return text;
}

#define ASK(store, sql, want)                                                                      \
	do {                                                                                       \
		HU_CLEANUP(hu_freep) char *got = ask(store, sql);                                  \
		CHECK_STR(got, want);                                                              \
	} while (0)

static struct hu_facts *facts_of(void)
{
	static const char *const facts[][2] = {
		{"code", "lock.wait"},
		{"lock", "shrinker_rwsem"},
		{"lock.type", "rwsem"},
		{"wanted", "write"},
		{"held", "read"},
		{"operation", "mount"},
		{"operation", "umount"},
		{"waiter.stack", "__schedule;rwsem_down_write_slowpath;prealloc_shrinker+0x1/0x2;"
				 "alloc_super;sget;0xffffffff81000000;do_syscall_64"},
		{"waiter.stack",
		 "rwsem_down_write_slowpath;unregister_shrinker.isra.0;cleanup_mnt"},
		{"holder.comm", "kswapd0"},
		{"holder.role", "kswapd"},
		{"holder.stack", "super_cache_scan;do_shrink_slab;shrink_slab [kernel];kswapd"},
		{"dmesg", "INFO: task of a customer blocked"},
	};
	struct hu_facts *to = hu_facts_create();

	TEST_EACH(i, facts)
	{
		hu_facts_add(to, facts[i][0], hu_str(facts[i][1]));
	}
	return to;
}

static void matched(struct hu_store *store, const struct hu_site *site, const char *notes)
{
	struct hu_facts *facts = facts_of();
	struct hu_known *known = NULL;
	int count = 0;

	CHECK_OK(hu_store_exec(store, "DELETE FROM incident_fix; DELETE FROM incident_fix_item"));
	CHECK_OK(hu_known_open(store, site, &known));
	CHECK_OK(hu_known_match(known, facts, "I1", &count));
	CHECK_HAS(hu_known_notes(known), notes);
	CHECK(!strstr(hu_known_notes(known), folder));
	hu_known_close(known);
	hu_facts_destroy(facts);
}

static void test_precedence(void)
{
	HU_CLEANUP(hu_freep) char *path = in_folder("shrinker-rwsem-reclaim.json");
	const char *const paths[] = {path};
	const struct hu_site site = {paths, 1};
	struct hu_store *store = empty_store();

	matched(store, NULL, "");
	ASK(store, "SELECT library FROM incident_fix", "built-in");
	put_changed("shrinker-rwsem-reclaim.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"title\": \"", "\"title\": \"Ours: "));
	matched(store, &site,
		"The known fix `shrinker-rwsem-reclaim` is that of the site's own library "
		"(shrinker-rwsem-reclaim.json), in place of the built-in one.");
	ASK(store, "SELECT count(*) || library FROM incident_fix", "1shrinker-rwsem-reclaim.json");
	ASK(store, "SELECT substr(title, 1, 5) FROM incident_fix", "Ours:");
	/* a bad one does not take the place of a good one */
	put_changed("shrinker-rwsem-reclaim.json", "shrinker-rwsem-reclaim",
		    PAIRS("\"title\":", "\"heading\":"));
	matched(store, &site, "1 file of the site's library of known fixes could not be used");
	ASK(store, "SELECT library FROM incident_fix", "built-in");
	unlink(path);
	hu_store_close(store);
}

/* --- a draft ------------------------------------------------------------------------------------
 */

/* What an author does: every TODO gets a text. */
static void fill(struct hu_str draft, struct hu_out *to)
{
	static const char explains[] =
		"TODO: three sentences of your own. What waits for what, and "
		"why does it take long? What ends it?";

	while (draft.len) {
		ptrdiff_t at = hu_str_find(draft, "TODO");
		hu_out_bytes(to, draft.at, at < 0 ? draft.len : (size_t)at);
		draft = hu_str_skip(draft, at < 0 ? draft.len : (size_t)at);
		if (hu_str_starts(draft, explains)) {
			hu_out_puts(to,
				    "Mounts wait for the lock of the shrinkers. One of them takes "
				    "long because its disk is slow. A faster disk ends it.");
			draft = hu_str_skip(draft, strlen(explains));
		} else if (draft.len) {
			hu_out_puts(to, "Written");
			draft = hu_str_skip(draft, strlen("TODO"));
		}
	}
}

static void test_draft(void)
{
	struct hu_store *store = empty_store();
	struct hu_facts *facts = facts_of();
	HU_CLEANUP(hu_out_deinit) struct hu_out draft = {0}, filled = {0}, out = {0};
	HU_CLEANUP(hu_freep) char *path = in_folder("mount-shrinker-rwsem-write-kswapd.json");
	const char *const paths[] = {path};
	int bad = 0;

	CHECK_OK(hu_store_exec(
		store, "INSERT INTO incident (id, rank, signature, title, summary, confidence) "
		       "VALUES ('I1', 1, 'mount|shrinker_rwsem|write|kswapd', 'Mounts \"stalled\" "
		       "\x1b[31m', 's', 'low'), ('I2', 2, 'x', 'y', 's', 'low')"));
	CHECK_OK(hu_facts_save(store, "I1", facts));
	CHECK_ERR(hu_known_draft(store, "I3", &draft), "there is no incident I3");
	CHECK_ERR(hu_known_draft(store, "I2", &draft), "neither a lock's name nor a stack");
	CHECK_OK(hu_known_draft(store, "I1", &draft));
	CHECK(!strstr(draft.at, "customer")); /* the kernel log stays at home */
	put("mount-shrinker-rwsem-write-kswapd.json", hu_out_view(&draft));
	CHECK_OK(hu_known_check(paths, 1, &out, &bad));
	CHECK_INT(bad, 10);
	static const char *const marks[] = {"$.title: a TODO",
					    "$.explains: a TODO",
					    "$.confirm[0]: a TODO",
					    "$.workarounds[0].do: a TODO",
					    "$.workarounds[0].cost: a TODO",
					    "$.verify[0]: a TODO",
					    "$.references[0]: a TODO",
					    "$.facts[0].checked: a TODO",
					    "$.samples[0].is: a TODO",
					    "$.negatives[0].is: a TODO"};
	TEST_EACH(i, marks)
	{
		CHECK_HAS(out.at, marks[i]);
	}
	fill(hu_out_view(&draft), &filled);
	put("mount-shrinker-rwsem-write-kswapd.json", hu_out_view(&filled));
	hu_out_clear(&out);
	CHECK_OK(hu_known_check(paths, 1, &out, &bad));
	CHECK_STR(out.at, "1 entry in use, 0 problems\n");
	const struct hu_site site = {paths, 1};
	matched(store, &site, "");
	ASK(store, "SELECT group_concat(id) FROM (SELECT id FROM incident_fix ORDER BY id)",
	    "mount-shrinker-rwsem-write-kswapd,shrinker-rwsem-reclaim");
	ASK(store,
	    "SELECT count(*) FROM incident_fix_item WHERE fix LIKE 'mount%' AND kind = 'refuted'",
	    "0");
	unlink(path);
	hu_facts_destroy(facts);
	hu_store_close(store);
}

/* --- the program --------------------------------------------------------------------------------
 */

static struct hu_out printed;

/* In our folder, with $H the program and $B a bundle; both outputs are kept. */
static int sh(const char *command)
{
	char program[PATH_MAX + 16], piece[4096];
	size_t n;

	hu_out_clear(&printed);
	TEST_CASE("%s", command);
	ssize_t len = readlink("/proc/self/exe", program, PATH_MAX);
	program[len > 0 ? len : 0] = '\0';
	HU_CLEANUP(hu_freep)
	char *line = hu_test_format("cd '%s' && H='%s/../holdup' && B='%s' && { %s ; } 2>&1",
				    folder, dirname(program),
				    FIXTURES "/incidents/seed-text-only/bundle", command);
	FILE *in = popen(line, "re");
	if (!in)
		return -1;
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		hu_out_bytes(&printed, piece, n);
	int status = pclose(in);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#define RUN(command, want)                                                                         \
	do {                                                                                       \
		if (!CHECK_INT(sh(command), want))                                                 \
			printf("%s\n", printed.at ? printed.at : "");                              \
	} while (0)

static void test_program(void)
{
	RUN("rm -rf * && mkdir one two", 0);
	RUN("$H analyze \"$B\" -o out -q >first.txt && $H known new out --incident 1 2>said.txt "
	    ">draft.json && cat said.txt",
	    0);
	CHECK_HAS(printed.at, ".json, write what says TODO, and run \"holdup known check\" on it");
	RUN("id=$(sed -n 's/.*\"id\":.*\"\\(.*\\)\".*/\\1/p' draft.json) && sed -e "
	    "'s,\"explains\":.*,\"explains\": \"One waits for the other because of the lock. That "
	    "takes long here and there. Nothing ends it.\"\\,,' -e 's/TODO/Written/g' draft.json "
	    ">one/$id.json && $H known check one",
	    0);
	RUN("sed 's/\"title\":\t\"/\"title\": \"Ours, /' one/*.json >two/$(basename one/*.json) && "
	    "$H "
	    "known list --known one --known two",
	    0);
	CHECK_HAS(printed.at, "1 of the site's own library, marked *.");
	CHECK_HAS(printed.at, "already; expected: an id of its own");
	RUN("$H known show $(basename one/*.json .json) --known one", 0);
	CHECK_HAS(printed.at, "of the site's own library");
	RUN("printf '{\"id\": 7}' >one/zzz.json && $H analyze \"$B\" -o out2 -q --known one", 0);
	CHECK_HAS(printed.at,
		  "one/zzz.json: $.id: this is of type number; expected: lower-case words");
	RUN("grep -c '\"library\": \"[^b].*\\.json\"' out2/report.json", 0);
	RUN("grep -c 'could not be used; `holdup known check` says why' out2/report.md", 0);
	HU_CLEANUP(hu_freep) char *search = hu_test_format("grep -r '%s' out2/report.*", folder);
	RUN(search, 1); /* whose machine it was is nobody's business */
	RUN("$H report out --known one/zzz.json -f md | grep -c 'could not be used'", 0);
	RUN("$H analyze \"$B\" -o out3 -q --known nowhere", 2);
	RUN("$H known new out", 2);
	RUN("$H known new out --incident 77", 2);
	RUN("$H known new", 2);
}

int main(void)
{
	folder = hu_test_tempdir();
	test_bad_input();
	test_precedence();
	test_draft();
	test_program();
	hu_out_deinit(&printed);
	hu_test_remove(folder);
	free(folder);
	return test_end();
}
