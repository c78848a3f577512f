/* Pseudonyms: what a text becomes, word by word; addresses; a store with a column that nobody
 * knows. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/redact_parts.h"
#include "db/rows.h"
#include "db/store.h"
#include "tests/test.h"

static struct hu_redactor r;

/* What is expected has "@" for each of the eight digits of a pseudonym. */
static void becomes(void (*put)(struct hu_redactor *, struct hu_str, struct hu_out *),
		    const char *text, const char *wanted)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out to = {0};

	put(&r, hu_str(text), &to);
	const char *got = to.at ? to.at : "";
	size_t i = 0;
	while (wanted[i] && got[i] && (got[i] == wanted[i] || wanted[i] == '@'))
		i++;
	test_checks++;
	if (wanted[i] || got[i])
		test_fail(__FILE__, __LINE__, "%s: %s, not %s", text, got, wanted);
}

/* What a kind of text becomes; NULL: it stays. */
struct text {
	void (*put)(struct hu_redactor *, struct hu_str, struct hu_out *);
	const char *from, *to;
};

static void holds(const struct text *t)
{
	becomes(t->put, t->from, t->to ? t->to : t->from);
}

static void texts(void)
{
	static const struct text changed[] = {
		{hu_redact_text, "from 10.1.2.3:443, 2001:db8::1 and ::1.",
		 "from ip-@@@@@@@@, ip-@@@@@@@@ and ip-@@@@@@@@."},
		{hu_redact_text, "at 52:54:00:12:34:56", "at mac-@@@@@@@@"},
		{hu_redact_text, "9f1c33aa-2d51-4a5e-8a0e-6a3e01c4d5e6", "uuid-@@@@@@@@"},
		{hu_redact_text, "user@acme.example", "addr-@@@@@@@@"},
		{hu_redact_text, "open /srv/acme/x.log: error",
		 "open /srv/path-@@@@@@@@/path-@@@@@@@@.log: error"},
		{hu_redact_text, "/proc/sys/kernel/hung_task_timeout_secs", NULL},
		{hu_redact_text, "acme17", "word-@@@@@@@@"},
		{hu_redact_text, "the web-server-01 said", "the word-@@@@@@@@ said"},
		{hu_redact_text, "user-node", "word-@@@@@@@@"},
		{hu_redact_text, "Serial Number: 12345", "Serial Number: serial-@@@@@@@@"},
		{hu_redact_text,
		 "(&examplefs_nondir_ilock){++++}-{3:3}, at: examplefs_evict+0x9e/0x150", NULL},
		{hu_redact_text, "Kernel command line: quiet acme=1",
		 "Kernel command line: text-@@@@@@@@"},
		{hu_redact_text, "b7d1e2f3a4b5c6d7e8f90a1b", "id-@@@@@@@@"},
		{hu_redact_text, "RSP: 0018:00007ffc70e09da8", "RSP: 0018:id-@@@@@@@@"},
		{hu_redact_text, "h\xc3\xa9llo", "word-@@@@@@@@"},
		{hu_redact_detail, "\"overlay\", \"/a b\", \"my words\", MS_RDONLY",
		 "\"overlay\", \"/path-@@@@@@@@ b\", \"text-@@@@@@@@\", MS_RDONLY"},
	};
	static const char *const same[] = {
		"INFO: task mount:1 blocked for more than 120 seconds.",
		"Call Trace:",
		" __schedule+0x34d/0x9e0",
		" ? ext4_sync_fs+0x3f/0xb0 [ext4]",
		"gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
		"WARNING: CPU: 1 PID: 44 at mm/page_alloc.c:4567 __alloc_pages+0x1/0x2",
		"pci 0000:00:02.0: BAR 2 [mem 0xfebf0000-0xfebf0fff]",
		"01:04:47.375 2026-11-22T01:04:47Z 12.5% 300ms",
		"vda: vda1 vda2 nvme0n1p1 dm-3 sda",
		"",
	};
	TEST_EACH(i, same)
	becomes(hu_redact_text, same[i], same[i]);
	TEST_EACH(i, changed)
	holds(&changed[i]);
}

static void kinds(void)
{
	static const struct text of_kinds[] = {
		{hu_redact_release, "6.1.0-50-amd64", NULL},
		{hu_redact_release, "4.18.0-553.el8_10.x86_64", NULL},
		{hu_redact_release, "6.1.0-acme3", "6.1.0-local-@@@@@@@@"},
		{hu_redact_member, "sos_commands/kernel/dmesg_-T", NULL},
		{hu_redact_member, "config-6.1.0-50-amd64", NULL},
		{hu_redact_member, "acme/trace.dat", "path-@@@@@@@@/trace.dat"},
		{hu_redact_series, "sar.%util.acme-vg", "sar.%util.word-@@@@@@@@"},
		{hu_redact_series, "sar.await.vda", NULL},
		{hu_redact_series, "pidstat.%CPU.acme-77", "pidstat.%CPU.task-@@@@@@@@-77"},
		{hu_redact_series, "cgroup.acme.slice/x.memory.stat.anon",
		 "cgroup.group-@@@@@@@@.memory.stat.anon"},
		{hu_redact_series, "proc.vmstat.pgscan_direct", NULL},
		{hu_redact_option, "CONFIG_LOCKDEP=y", NULL},
		{hu_redact_option, "CONFIG_LOCALVERSION=\"-acme\"",
		 "CONFIG_LOCALVERSION=text-@@@@@@@@"},
		{hu_redact_event, "sys_enter_mount", NULL},
		{hu_redact_event, "acmeprobe", "word-@@@@@@@@"},
		{hu_redact_lock, "&type->s_umount_key#33", NULL},
		{hu_redact_lock, "hashed 682cdfea", NULL},
	};
	static const char *const stay[] = {"kworker/u8:3-ext4-rsv-con",
					   "kswapd0",
					   "jbd2/vda-8",
					   "swapper/3",
					   "mount",
					   "mount/7",
					   "(systemd)",
					   ":123",
					   "<...>",
					   "containerd-shim",
					   "xfsaild/dm-3",
					   ""};
	static const struct {
		const char *from, *to;
	} tasks[] = {
		{"mysqld", "task-@@@@@@@@"},
		{"loader/12", "task-@@@@@@@@/12"},
		{"kworker", "task-@@@@@@@@"},
		{"mounter", "task-@@@@@@@@"},
		{"jbd2/acmevol-8", "task-@@@@@@@@"},
		{"kswapdacme", "task-@@@@@@@@"},
		{"/", "task-@@@@@@@@"},
		{"kworker/acme", "task-@@@@@@@@"},
	};

	TEST_EACH(i, stay)
	becomes(hu_redact_task, stay[i], stay[i]);
	TEST_EACH(i, tasks)
	becomes(hu_redact_task, tasks[i].from, tasks[i].to);
	TEST_EACH(i, of_kinds)
	holds(&of_kinds[i]);
}

/* A name that the bundle tells is replaced in every text; one that is a word, where the kernel says
 * that it is a task. */
static void names(void)
{
	hu_redact_learn(&r, hu_str("CPU: 1 PID: 2 Comm: reading Not tainted 6.1.0"));
	hu_redact_learn(&r, hu_str("my job invoked oom-killer: gfp_mask=0x0"));
	hu_redact_secret(&r, hu_str("lock server"), "task-00000000");
	becomes(hu_redact_text, "Comm: reading while reading", "Comm: task-@@@@@@@@ while reading");
	becomes(hu_redact_text, "my job invoked oom-killer", "task-@@@@@@@@ invoked oom-killer");
	becomes(hu_redact_text, "task lock server:7 and lock servers",
		"task task-00000000:7 and lock servers");
}

/* All addresses of the kernel move by the same, wherever they stand. */
static void addresses(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out symbol = {0};
	uint64_t a = 0, b = 0;

	hu_redact_text(&r, hu_str("ffff88810a4e61d8"), &text);
	hu_redact_symbol(&r, hu_str("0xffffffff8100beef"), false, &symbol);
	CHECK(hu_str_u64(hu_out_view(&text), 16, &a) && hu_str_u64(hu_out_view(&symbol), 16, &b));
	CHECK(a + (uint64_t)-r.shift == UINT64_C(0xffff88810a4e61d8));
	CHECK(b + (uint64_t)-r.shift == UINT64_C(0xffffffff8100beef));
	CHECK(r.shift < 0 && r.shift % (2 << 20) == 0 && r.shift >= -(INT64_C(1) << 41));
	becomes(hu_redact_text, "0xffffffffffffffff", "0xffffffffffffffff");
}

static void make_store(const char *path)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;

	unlink(path);
	CHECK_OK(hu_store_create(path, &store));
	CHECK_OK(hu_store_set_bundle(store, "acme", "00", 0, 0));
	CHECK_OK(hu_store_settle(store));
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

/* A new column must be thought of: until it is, nothing is redacted, and the store says that it is
 * not whole. */
static void unknown_columns(void)
{
	char path[] = "/tmp/test_redact.XXXXXX";
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;

	CHECK(close(mkstemp(path)) == 0);
	make_store(path);
	CHECK_OK(hu_redact_store(path, NULL));
	CHECK_OK(hu_store_open(path, false, &store));
	hu_store_close(store);
	store = NULL;
	make_store(path);
	run_sql(path, "ALTER TABLE task ADD COLUMN secret TEXT");
	struct hu_err *err = hu_redact_store(path, NULL);
	CHECK(err && strstr(hu_err_text(err), "task.secret"));
	hu_err_free(err);
	err = hu_store_open(path, false, &store);
	CHECK(err != NULL);
	hu_err_free(err);
	unlink(path);
}

static void reads(const char *path, const char *sql, const char *wanted)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;

	CHECK_OK(hu_store_open(path, false, &store));
	struct hu_rows *rows = hu_rows_open(store, sql);
	CHECK(hu_rows_next(rows));
	HU_CLEANUP(hu_freep) char *got = hu_strdup(hu_rows_str(rows, 0));
	test_checks++;
	if (!hu_str_starts(hu_str(got), wanted))
		test_fail(__FILE__, __LINE__, "%s: %s, not %s", sql, got, wanted);
	CHECK_OK(hu_rows_close(rows));
}

/* "read" is a system call and somebody's task: one text in the table of names, two afterwards. What
 * nothing refers to goes. */
static void two_meanings(void)
{
	char path[] = "/tmp/test_redact.XXXXXX";

	CHECK(close(mkstemp(path)) == 0);
	make_store(path);
	run_sql(path, "INSERT INTO source (id, path, why, sha256, bytes, status, clock, clock_how) "
		      "VALUES (1, 'x', "
		      "'', '', 0, 'complete', 'none', ''); INSERT INTO name VALUES (1, 'read'), "
		      "(2, 'nobody'), (3, "
		      "'acme7'); INSERT INTO task (source, tid, step, comm) VALUES (1, 7, 1, 1), "
		      "(1, 8, 1, 3);"
		      "INSERT INTO syscall (source, tid, step, name, detail) VALUES (1, 7, 1, 1, "
		      "3); INSERT INTO "
		      "stack VALUES (1, NULL, 3, NULL)");
	CHECK_OK(hu_redact_store(path, NULL));
	reads(path, "SELECT comm FROM task_v WHERE tid = 7", "task-");
	reads(path, "SELECT name FROM syscall_v", "read");
	reads(path, "SELECT comm FROM task_v WHERE tid = 8", "task-");
	reads(path, "SELECT detail FROM syscall_v", "task-");
	reads(path, "SELECT leaf FROM stack_v",
	      "acme7"); /* a function without a module is the kernel's */
	reads(path, "SELECT count(*) FROM name WHERE text = 'nobody'", "0");
	reads(path, "SELECT value FROM meta WHERE key = 'redacted'", "with a key from the bundle");
	unlink(path);
}

int main(void)
{
	hu_redactor_init(&r, true, hu_str("a key of this test"));
	texts();
	kinds();
	names();
	addresses();
	hu_redactor_deinit(&r);
	unknown_columns();
	two_meanings();
	return test_end();
}
