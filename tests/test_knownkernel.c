/*
 * Does this kernel have the fix? Decided on both sides of every border: by its symbols, its
 * configuration, its package's changelog, verified backports and its version.
 */
#include <stdio.h>
#include <string.h>

#include "analyzers/known.h"
#include "analyzers/knownlib.h"
#include "analyzers/kver.h"
#include "db/rows.h"
#include "tests/support.h"
#include "tests/test.h"

static bool listed(void *context, const char *symbol)
{
	for (const char *const *s = context; *s; s++)
		if (!strcmp(*s, symbol))
			return true;
	return false;
}

static const struct hu_known_entry *entry_of(const struct hu_known_lib *lib, const char *id)
{
	for (size_t i = 0; i < lib->count; i++)
		if (!strcmp(lib->entries[i].id, id))
			return &lib->entries[i];
	return NULL;
}

static const char *const words[] = {"affected", "unknown", "fixed", "not concerned"};

/* The kernel that the cases below ask about, but for its release and symbols. */
static struct hu_kernel kernel = {.has = listed, .set = listed};

static void decided(const struct hu_known_lib *lib, const char *id, const char *release,
		    const char *const *symbols, bool whole, enum hu_applies applies, const char *by)
{
	const struct hu_known_entry *e = entry_of(lib, id);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	TEST_CASE("%s on %s", id, release ? release : "(no release)");
	if (!CHECK(e != NULL))
		return;
	kernel.release = release;
	kernel.have_symbols = symbols != NULL;
	kernel.whole_symbols = whole;
	kernel.context = (void *)(uintptr_t)symbols;
	struct hu_decision d = hu_known_decide(e->json, &kernel, &text);
	CHECK_STR(words[d.applies], words[applies]);
	CHECK_STR(d.by, by);
	CHECK(text.len > 0);
}

#define SYMBOLS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_decisions(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	const char *id = "shrinker-rwsem-reclaim";

	hu_known_lib_load(&lib, NULL, &problems);
	decided(&lib, id, "6.1.0-56-amd64", SYMBOLS("shrinker_rwsem"), true, HU_AFFECTED,
		"kallsyms");
	/* the kernel's own symbols outrank its number, both ways */
	decided(&lib, id, "6.1.0-56-amd64", SYMBOLS("shrinker_mutex"), true, HU_FIXED, "kallsyms");
	decided(&lib, id, "6.9.1", SYMBOLS("shrinker_rwsem"), false, HU_AFFECTED, "kallsyms");
	decided(&lib, id, "6.6.1", SYMBOLS("shrinker_rwsem", "shrinker_mutex"), true, HU_UNKNOWN,
		"kallsyms");
	/* a list without either says nothing */
	decided(&lib, id, "6.1.0-56-amd64", SYMBOLS("schedule"), false, HU_AFFECTED, "version");
	decided(&lib, id, "5.4.251", NULL, false, HU_AFFECTED, "version");
	decided(&lib, id, "6.6.99", NULL, false, HU_AFFECTED, "version");
	decided(&lib, id, "5.15.0-91-generic", NULL, false, HU_AFFECTED, "version");
	decided(&lib, id, "6.7.0-rc3", NULL, false, HU_UNKNOWN, "version");
	decided(&lib, id, "6.7.0", NULL, false, HU_FIXED, "version");
	decided(&lib, id, "6.12.95+deb12-amd64", NULL, false, HU_FIXED, "version");
	decided(&lib, id, "4.18.0-513.5.1.el8_9.x86_64", NULL, false, HU_UNKNOWN, "nothing");
	decided(&lib, id, "6.12.0-55.9.1.el10_0.x86_64", NULL, false, HU_FIXED, "version");
	decided(&lib, id, "4.19.91-27.6.al7.x86_64", NULL, false, HU_UNKNOWN, "nothing");
	decided(&lib, id, NULL, NULL, false, HU_UNKNOWN, "nothing");
	decided(&lib, id, "garbage", NULL, false, HU_UNKNOWN, "nothing");
	/* verified stable releases; Debian's uname -r does not tell which one it was made from */
	id = "shrinker-debugfs-deadlock";
	decided(&lib, id, "6.1.12", NULL, false, HU_AFFECTED, "backport");
	decided(&lib, id, "6.1.13", NULL, false, HU_FIXED, "backport");
	decided(&lib, id, "6.1.58-talos", NULL, false, HU_FIXED, "backport");
	decided(&lib, id, "6.1.0-56-amd64", NULL, false, HU_UNKNOWN, "backport");
	decided(&lib, id, "6.0.19", NULL, false, HU_AFFECTED, "version");
	decided(&lib, id, "5.15.90", NULL, false, HU_NOT_CONCERNED, "version");
	decided(&lib, id, "5.14.0-362.8.1.el9_3.x86_64", NULL, false, HU_UNKNOWN, "nothing");
	decided(&lib, "btrfs-extent-map-shrinker", "6.12.20", NULL, false, HU_UNKNOWN, "backport");
	decided(&lib, "xfs-inodegc-statfs", "5.15.133", NULL, false, HU_AFFECTED, "backport");
	decided(&lib, "xfs-inodegc-statfs", "5.15.134", NULL, false, HU_FIXED, "backport");
	/* a symbol that came with the fix, and is missing from a whole list or from a cut one */
	id = "ovl-private-mount";
	decided(&lib, id, "5.4.0-174-generic", SYMBOLS("mntput"), true, HU_AFFECTED, "kallsyms");
	decided(&lib, id, "5.10.0", SYMBOLS("mntput"), false, HU_FIXED, "version");
	decided(&lib, id, "4.18.0-513.el8.x86_64", SYMBOLS("kern_unmount_array"), false, HU_FIXED,
		"kallsyms");
	/* a candidate of the kernel that brought the fault, and of the one that took it back */
	id = "shrinker-srcu-unregister";
	decided(&lib, id, "6.3.9", NULL, false, HU_NOT_CONCERNED, "version");
	decided(&lib, id, "6.4.0-rc5", NULL, false, HU_UNKNOWN, "version");
	decided(&lib, id, "6.4.0", NULL, false, HU_FIXED, "version");
	decided(&lib, "detached-mount-mntput", "6.1.58", NULL, false, HU_UNKNOWN, "nothing");
	decided(&lib, "reclaim-nofail-evict", "6.16.1", NULL, false, HU_UNKNOWN, "nothing");
	hu_known_lib_deinit(&lib);
}

/* For every entry with a fixed version: mainline just before it and at it. */
static void test_borders(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};

	hu_known_lib_load(&lib, NULL, &problems);
	for (size_t i = 0; i < lib.count; i++) {
		const cJSON *affects = hu_known_item(lib.entries[i].json, "affects");
		const char *fixed = hu_known_text(affects, "fixed_in");
		struct hu_kver v;
		if (!*fixed || !hu_kver_mainline(hu_str(fixed), &v))
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out before = {0};
		hu_out_printf(&at, "%d.%d.%d%s%.0d", v.major, v.minor, 0, v.rc ? "-rc" : "", v.rc);
		if (v.rc > 1)
			hu_out_printf(&before, "%d.%d.0-rc%d", v.major, v.minor, v.rc - 1);
		else if (v.minor)
			hu_out_printf(&before, "%d.%d.250", v.major, v.minor - 1);
		decided(&lib, lib.entries[i].id, at.at, NULL, false, HU_FIXED, "version");
		const char *from = hu_known_text(affects, "introduced");
		struct hu_kver first, last;
		if (before.len && !hu_known_item(lib.entries[i].json, "backports")->child &&
		    hu_kver_mainline(hu_out_view(&before), &last) &&
		    (!hu_kver_mainline(hu_str(from), &first) || hu_kver_compare(&first, &last) < 0))
			decided(&lib, lib.entries[i].id, before.at, NULL, false, HU_AFFECTED,
				"version");
	}
	hu_known_lib_deinit(&lib);
}

/* Where it stays unknown, or a number alone decides, the sentence says what to look for, and how.
 */
static void test_what_to_grep(void)
{
	static const struct {
		const char *id, *release, *says;
	} cases[] = {
		{"shrinker-rwsem-reclaim", "4.18.0-513.24.1.el8_9.x86_64",
		 "look for shrinker_mutex in /proc/kallsyms or for \"mm: shrinker: make global "
		 "slab "
		 "shrink lockless\" in the kernel package's changelog (`rpm -q --changelog"},
		{"shrinker-rwsem-reclaim", "6.1.0-22-cloud-amd64", "changelog.Debian.gz`)"},
		{"shrinker-rwsem-reclaim", "5.14.21-150500.55.39-default", "(`rpm -q --changelog"},
		{"shrinker-rwsem-reclaim", "5.15.146+", "in the kernel package's changelog"},
		{"shrinker-rwsem-reclaim", "6.6.0-rc1-next-20230914-syzkaller", "/proc/kallsyms"},
		{"shrinker-rwsem-reclaim", NULL, "/proc/kallsyms"},
		{"reclaim-rmap-lock", "5.10.134-19.1.al8.x86_64", "look for \"mm: don't be stuck"},
	};
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};

	hu_known_lib_load(&lib, NULL, &problems);
	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		struct hu_kernel k = {.release = cases[i].release};
		TEST_CASE("%s on %s", cases[i].id, k.release ? k.release : "(no release)");
		hu_known_decide(entry_of(&lib, cases[i].id)->json, &k, &text);
		CHECK_HAS(text.at, cases[i].says);
	}
	hu_known_lib_deinit(&lib);
}

/* --- the kernel package's changelog -------------------------------------------------------------
 */

static struct hu_store *empty_store(void)
{
	struct hu_store *store = NULL;

	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "made-up", "00", 1, 1));
	return store;
}

static void load(struct hu_store *store, const char *path, const char *name)
{
	const char *why;
	HU_CLEANUP(hu_freep) char *from = hu_test_format("%s/%s", FIXTURES, path);
	const struct hu_reader_ops *reader = hu_test_probe(from, name, &why);

	if (CHECK(reader != NULL))
		CHECK_OK(hu_test_load(store, reader, from, name, NULL));
}

struct log_case {
	const char *fixture, *id, *release, *version;
	enum hu_applies applies;
	const char *by, *says;
};

static void decided_by_log(const struct hu_known_lib *lib, const struct log_case *c)
{
	struct hu_store *store = empty_store();
	struct hu_changelog *log = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	const struct hu_known_entry *e = entry_of(lib, c->id);

	TEST_CASE("%s: %s on %s", c->fixture, c->id, c->release ? c->release : "(no release)");
	load(store, c->fixture, "usr/share/doc/kernel/changelog");
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_changelog_read(store, lib, c->release, c->version, &log));
	if (CHECK(e != NULL) && CHECK(log != NULL)) {
		struct hu_kernel k = {
			.release = c->release, .version = c->version, .changelog = log};
		struct hu_decision d = hu_known_decide(e->json, &k, &text);
		CHECK_STR(words[d.applies], words[c->applies]);
		CHECK_STR(d.by, c->by);
		CHECK_HAS(text.at ? text.at : "", c->says);
	}
	hu_changelog_destroy(log);
	hu_store_close(store);
}

static const struct log_case log_cases[] = {
	/* Debian: the version of the package stands in uname -v alone */
	{"changelog/debian-6.1.15/changelog.Debian", "shrinker-debugfs-deadlock", "6.1.0-5-amd64",
	 "#1 SMP PREEMPT_DYNAMIC Debian 6.1.15-1 (2023-03-05)", HU_FIXED, "changelog",
	 "\"mm: shrinkers: fix deadlock in shrinker debugfs\" under 6.1.15-1 "
	 "(usr/share/doc/kernel/changelog, line 39)"},
	/* the package of a later kernel counts up to the running one: then a backport decides */
	{"changelog/debian-6.1.15/changelog.Debian", "shrinker-debugfs-deadlock", "6.1.0-4-amd64",
	 "#1 SMP PREEMPT_DYNAMIC Debian 6.1.12-1 (2023-02-15)", HU_AFFECTED, "backport", "6.1.13"},
	/* an older package's, and one of which nobody knows whether it was running */
	{"changelog/debian-6.1.15/changelog.Debian", "shrinker-debugfs-deadlock", "6.1.0-9-amd64",
	 "#1 SMP PREEMPT_DYNAMIC Debian 6.1.27-1 (2023-05-08)", HU_FIXED, "backport", "6.1.13"},
	{"changelog/debian-6.1.15/changelog.Debian", "shrinker-debugfs-deadlock", "6.1.0-9-amd64",
	 NULL, HU_UNKNOWN, "backport",
	 "it does not count: the bundle does not say which package version was running"},
	{"changelog/debian-6.1.15/changelog.Debian", "shrinker-debugfs-deadlock", NULL, NULL,
	 HU_UNKNOWN, "nothing", "it does not count"},
	/* another kernel's: 6.12's changelog says nothing of a 6.1 */
	{"changelog/debian-13/changelog.Debian", "btrfs-extent-map-shrinker",
	 "6.12.107+deb13-amd64", NULL, HU_FIXED, "changelog", "under 6.12.37-1"},
	{"changelog/debian-13/changelog.Debian", "btrfs-extent-map-shrinker", "6.12.37+deb13-amd64",
	 NULL, HU_FIXED, "changelog", "under 6.12.37-1"},
	{"changelog/debian-13/changelog.Debian", "btrfs-extent-map-shrinker", "6.12.35+deb13-amd64",
	 NULL, HU_UNKNOWN, "backport",
	 "under 6.12.37-1 (usr/share/doc/kernel/changelog, line 124), "
	 "which is newer than this kernel"},
	{"changelog/debian-13/changelog.Debian", "btrfs-extent-map-shrinker", "6.11.0-8-generic",
	 NULL, HU_AFFECTED, "version", "it is of 6.12.107-1, which is another kernel"},
	/* Red Hat's forms: a tag in front; author, numbers and CVEs behind; a subject over two
	   lines */
	{"changelog/rpm/kernel-changelog.txt", "shrinker-rwsem-reclaim",
	 "4.18.0-513.24.1.el8_9.x86_64", NULL, HU_FIXED, "changelog",
	 "and the other commit that belongs to the fix under 4.18.0-513.24.1.el8_9"},
	{"changelog/rpm/kernel-changelog.txt", "shrinker-rwsem-reclaim",
	 "4.18.0-513.21.1.el8_9.x86_64", NULL, HU_UNKNOWN, "nothing", "which is newer than this"},
	{"changelog/rpm/kernel-changelog.txt", "shrinker-debugfs-deadlock",
	 "4.18.0-513.24.1.el8_9.x86_64", NULL, HU_FIXED, "changelog", "shrinker debugfs"},
	{"changelog/rpm/kernel-changelog.txt", "nfs-release-folio-compaction",
	 "4.18.0-513.21.1.el8_9.x86_64", NULL, HU_FIXED, "changelog", "line 11"},
	{"changelog/rpm/kernel-changelog.txt", "xfs-inodegc-statfs", "4.18.0-513.21.1.el8_9.x86_64",
	 NULL, HU_FIXED, "changelog", "under 4.18.0-513.21.1.el8_9"},
	/* taken back in the next version */
	{"changelog/rpm/kernel-changelog.txt", "fsnotify-child-flags",
	 "4.18.0-513.24.1.el8_9.x86_64", NULL, HU_UNKNOWN, "nothing", "to be sure"},
	{"changelog/rpm/kernel-changelog.txt", "fsnotify-child-flags",
	 "4.18.0-513.14.1.el8_9.x86_64", NULL, HU_FIXED, "changelog", "513.14.1"},
	/* the vendor's number without a changelog entry: absence proves nothing */
	{"changelog/rpm/kernel-changelog.txt", "reclaim-rmap-lock", "4.18.0-513.24.1.el8_9.x86_64",
	 NULL, HU_UNKNOWN, "nothing", "changelog"},
	/* of the same base version, and another vendor's */
	{"changelog/rpm/kernel-changelog.txt", "shrinker-rwsem-reclaim",
	 "4.18.0-305.7.1.el8uek.x86_64", NULL, HU_UNKNOWN, "nothing", "which is another kernel"},
	/* SUSE writes no versions there */
	{"changelog/rpm-no-version/kernel-default.txt", "shrinker-rwsem-reclaim",
	 "5.14.21-150500.55.39-default", NULL, HU_UNKNOWN, "nothing",
	 "it does not count: it does not say which version it is of"},
};

static void test_changelogs(void)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};

	hu_known_lib_load(&lib, NULL, &problems);
	TEST_EACH(i, log_cases)
	{
		decided_by_log(&lib, &log_cases[i]);
	}
	hu_known_lib_deinit(&lib);
}

/* A commit's hash, a CVE, and one of two commits: of an entry that only this test has. */
static void test_marks(void)
{
	static const char entry[] =
		"{\"affects\": {\"introduced\": null, \"fixed_in\": \"6.9\", \"status\": "
		"\"fixed\"}, "
		"\"symbols\": {\"fixed\": [], \"affected\": []}, \"backports\": [], \"cves\": "
		"[%s], "
		"\"commits\": [{\"hash\": \"%s\", \"subject\": \"xfs: no such subject\", \"in\": "
		"\"6.9\", \"does\": \"fixes\"}, {\"hash\": \"\", \"subject\": \"%s\", \"in\": "
		"\"6.9\", \"does\": \"fixes\"}]}";
	static const struct {
		const char *cves, *hash, *subject;
		enum hu_applies applies;
		const char *says;
	} cases[] = {
		{"\"CVE-2023-99992\"", "", "none of these", HU_FIXED, "names CVE-2023-99992 under"},
		{"\"CVE-2023-9999\"", "", "none of these", HU_UNKNOWN, "to be sure"},
		{"", "", "scsi: core: run queue if the queue is idle", HU_UNKNOWN,
		 "one of 2 commits that the fix needs"},
	};

	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_freep)
		char *text = hu_test_format(entry, cases[i].cves, cases[i].hash, cases[i].subject);
		HU_CLEANUP(hu_out_deinit) struct hu_out says = {0};
		cJSON *json = cJSON_Parse(text);
		struct hu_known_entry e = {.json = json};
		const struct hu_known_lib lib = {.entries = &e, .count = 1};
		struct hu_store *store = empty_store();
		struct hu_changelog *log = NULL;
		TEST_CASE("%s", cases[i].says);
		load(store, "changelog/rpm/kernel-changelog.txt", "kernel-changelog.txt");
		CHECK_OK(hu_store_settle(store));
		CHECK_OK(
			hu_changelog_read(store, &lib, "4.18.0-513.24.1.el8_9.x86_64", NULL, &log));
		struct hu_kernel k = {.release = "4.18.0-513.24.1.el8_9.x86_64", .changelog = log};
		struct hu_decision d = hu_known_decide(json, &k, &says);
		CHECK_STR(words[d.applies], words[cases[i].applies]);
		CHECK_HAS(says.at, cases[i].says);
		hu_changelog_destroy(log);
		hu_store_close(store);
		cJSON_Delete(json);
	}
}

/* Vendors that print whole hashes: the first twelve digits of a run of twelve or more count. */
static void test_hashes(void)
{
	static const struct {
		const char *text;
		bool named;
	} cases[] = {
		{"commit 2459974074e6306afa5b1de53f6771ca71b64b35 upstream", true},
		{"[ Upstream commit 2459974074e6 ]", true},
		{"[2459974074e6306] an own subject", true},
		{"2459974074", false},
		{"2459974074e6x", false},
		{"12459974074e6306afa5b", false},
	};
	cJSON *json = cJSON_Parse(
		"{\"commits\": [{\"hash\": \"2459974074e6306afa5b1de53f6771ca71b64b35\", "
		"\"subject\": \"a subject that nobody has\"}]}");
	struct hu_known_entry e = {.json = json};
	const struct hu_known_lib lib = {.entries = &e, .count = 1};

	TEST_EACH(i, cases)
	{
		struct hu_source_info info = {"log", "changelog", "test", "00", 1, HU_CLOCK_NONE};
		struct hu_store *store = empty_store();
		struct hu_changelog *log = NULL;
		struct hu_sink *sink = NULL;
		TEST_CASE("%s", cases[i].text);
		CHECK_OK(hu_store_begin(store, &info, &sink));
		struct hu_aggregate row = {.ts = HU_OPEN,
					   .pos = 3,
					   .table = hu_internz(sink, "changelog 5.10.1-1"),
					   .key = hu_internz(sink, cases[i].text)};
		hu_put_fact(sink, "changelog.newest", hu_str("5.10.1-1"));
		hu_put_aggregate(sink, &row);
		CHECK_OK(hu_store_end(sink, NULL));
		CHECK_OK(hu_store_settle(store));
		CHECK_OK(hu_changelog_read(store, &lib, "5.10.1-1.amzn2.x86_64", NULL, &log));
		const struct hu_named *n =
			hu_changelog_commit(log, hu_known_item(json, "commits")->child);
		CHECK_INT(n && n->how == HU_NAMED, cases[i].named);
		hu_changelog_destroy(log);
		hu_store_close(store);
	}
	cJSON_Delete(json);
}

/* --- the kernel's configuration -----------------------------------------------------------------
 */

static void test_config(void)
{
	static const char entry[] = "{\"affects\": {\"introduced\": null, \"fixed_in\": \"6.9\", "
				    "\"status\": \"fixed\"}, "
				    "\"symbols\": {\"fixed\": [], \"affected\": []}, "
				    "\"backports\": [], \"commits\": [], "
				    "\"config\": %s}";
	static const struct {
		const char *config;
		enum hu_applies applies;
		const char *by;
	} cases[] = {
		{"{\"needs\": [\"CONFIG_SHRINKER_DEBUG=y\"]}", HU_NOT_CONCERNED, "config"},
		{"{\"needs\": [\"CONFIG_SHRINKER_DEBUG=y\", \"CONFIG_MEMCG\"]}", HU_NOT_CONCERNED,
		 "config"},
		{"{\"needs\": [\"CONFIG_MEMCG\"]}", HU_AFFECTED, "version"},
		{"{\"fixed\": [\"CONFIG_NEW=y\", \"CONFIG_MEMCG=y\"]}", HU_FIXED, "config"},
		{"{\"fixed\": [\"CONFIG_NEW=y\"], \"affected\": [\"CONFIG_MEMCG=y\"]}", HU_AFFECTED,
		 "config"},
		{"{\"fixed\": [\"CONFIG_NEW=y\"]}", HU_AFFECTED, "version"},
	};
	static const char *const set[] = {"CONFIG_MEMCG=y", "CONFIG_MEMCG", NULL};

	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_freep) char *text = hu_test_format(entry, cases[i].config);
		HU_CLEANUP(hu_out_deinit) struct hu_out says = {0};
		cJSON *json = cJSON_Parse(text);
		TEST_CASE("%s", cases[i].config);
		struct hu_kernel k = {.release = "6.1.58",
				      .have_config = true,
				      .set = listed,
				      .context = (void *)(uintptr_t)set};
		struct hu_decision d = hu_known_decide(json, &k, &says);
		CHECK_STR(words[d.applies], words[cases[i].applies]);
		CHECK_STR(d.by, cases[i].by);
		hu_out_clear(&says);
		k.have_config = false; /* a bundle without one decides as before */
		d = hu_known_decide(json, &k, &says);
		CHECK_STR(d.by, "version");
		cJSON_Delete(json);
	}
}

/* The release of the kernel's own series comes before the mainline one, where it is known. */
static void test_series(void)
{
	static const struct {
		const char *id, *release, *here;
	} cases[] = {
		{"cgroup-drain-dying", "7.0.7+deb13-amd64", "7.0.9"},
		{"cgroup-drain-dying", "6.19.3", NULL},
		{"shrinker-debugfs-deadlock", "6.1.12", "6.1.13"},
		{"shrinker-debugfs-deadlock", "6.1.0-56-amd64", "6.1.13"},
		{"shrinker-debugfs-deadlock", "5.14.0-362.8.1.el9_3.x86_64", NULL},
		{"btrfs-extent-map-shrinker", "6.12.20", NULL}, /* some release of 6.12.y */
		{"shrinker-rwsem-reclaim", "6.1.0-56-amd64", NULL},
		{"cgroup-drain-dying", NULL, NULL},
	};
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};

	hu_known_lib_load(&lib, NULL, &problems);
	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		struct hu_kernel k = {.has = listed, .set = listed, .release = cases[i].release};
		TEST_CASE("%s on %s", cases[i].id, cases[i].release ? cases[i].release : "?");
		CHECK_STR(hu_known_decide(entry_of(&lib, cases[i].id)->json, &k, &text).here,
			  cases[i].here);
	}
	hu_known_lib_deinit(&lib);
}

int main(void)
{
	test_decisions();
	test_borders();
	test_what_to_grep();
	test_changelogs();
	test_marks();
	test_hashes();
	test_config();
	test_series();
	return test_end();
}
