/*
 * The exported timeline, read back (tests/timeline.h): what is on its tracks is what the store's
 * rows say.
 */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/export.h"
#include "tests/scene.h"
#include "tests/test.h"
#include "tests/timeline.h"

static struct hu_err *keep(void *to, struct hu_str bytes)
{
	hu_out_str(to, bytes);
	return NULL;
}

static struct decoded *export(struct hu_store *store, struct hu_export wanted, struct hu_out *bytes)
{
	struct decoded *d = hu_alloc(sizeof(*d));
	struct hu_exported done;

	hu_out_clear(bytes);
	wanted.write = keep;
	wanted.to_whom = bytes;
	CHECK_OK(hu_export_perfetto(store, &wanted, &done));
	timeline_decode(hu_out_view(bytes), d);
	CHECK_INT(d->slices, done.slices);
	CHECK_INT(d->instants, done.instants);
	CHECK_INT(d->values, done.counters);
	CHECK_INT(d->flow_count, done.flows);
	CHECK_INT(d->switches, done.switches);
	CHECK_INT(d->track_count, done.tracks);
	return d;
}

static void drop(struct decoded *d)
{
	free(d->tracks);
	free(d);
}

static const struct hu_export whole = {.from = HU_OPEN, .to = HU_OPEN};

static int64_t ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	int64_t n = hu_rows_next(rows) ? hu_rows_int(rows, 0) : -1;

	CHECK_OK(hu_rows_close(rows));
	return n;
}

static void name(struct scene *s, int32_t tid, const char *comm)
{
	struct hu_task row = {.at = scene_at(s, 0, 0, tid, 0),
			      .tgid = tid,
			      .parent = HU_NONE,
			      .step = HU_TASK_NAMED,
			      .comm = hu_internz(s->sink, comm)};

	hu_put_task(s->sink, &row);
}

/*
 * Two readers hold a lock, from 1.0 s to 3.2 s and from 1.1 s to 3.0 s; a mount wants to write it
 * from 1.2 s to 3.201 s. It is the longer reader's release that ended the wait.
 */
static void by_hand(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0}, again = {0};
	struct scene s;

	TEST_CASE("by hand");
	scene_begin(&s);
	name(&s, 45, "kswapd0");
	name(&s, 46, "kswapd1");
	name(&s, 222, "<b>\033[31m");
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	scene_lock(&s, 1100, 46, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1100, 46, "down_read_trylock", 1, true);
	scene_call(&s, 1199, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1200, 222, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_lock(&s, 3000, 46, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_lock(&s, 3200, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_returned(&s, 3201, 222, "down_write", 0, false);
	scene_lock(&s, 3202, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 3203, 222, HU_END, "mount");
	scene_analyze(&s);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM task_release"), 1);
	CHECK_INT(ask(s.store, "SELECT tid FROM task_release"), 45);
	CHECK_INT(ask(s.store, "SELECT at_ns + window_case FROM task_release, verdict"), 3200 * MS);
	CHECK_INT(ask(s.store, "SELECT h.to_ns - h.from_ns FROM task_release JOIN task_interval h "
			       "ON h.rowid = hold"),
		  2200 * MS);
	struct decoded *d = export(s.store, whole, &bytes);
	CHECK_INT(timeline_slices(d, "operation"), 1);
	CHECK_INT(timeline_slices(d, "wait"), 1);
	CHECK_INT(timeline_slices(d, "hold"), 3); /* 45, 46, and 222 for a millisecond */
	CHECK_INT(timeline_slices(d, "lock.wait"), 1);
	CHECK_INT(timeline_slices(d, "lock.hold"), 3);
	CHECK_INT(timeline_slices(d, "incident"), 1);
	CHECK_INT(timeline_slices(d, "verdict"), 1);
	CHECK_INT(d->flow_count, 1);
	CHECK_INT(d->flows[0].out_at, 3200 * MS);
	CHECK_INT(d->flows[0].in_at, 3201 * MS);
	CHECK_INT(d->boot, 0); /* nobody knows what the wall showed */
	CHECK(memmem(bytes.at, bytes.len, "\033", 1) == NULL);
	drop(d);
	drop(export(s.store, whole, &again));
	CHECK(hu_str_eq(hu_out_view(&bytes), hu_out_view(&again)));
	/* The wait alone: the other reader's track goes along, for it held that lock. */
	d = export(s.store, (struct hu_export){.from = HU_OPEN, .to = HU_OPEN, .task = "<b>*"},
		   &again);
	CHECK_INT(timeline_slices(d, "hold"), 3);
	drop(d);
	d = export(s.store, (struct hu_export){.from = HU_OPEN, .to = HU_OPEN, .task = "nobody"},
		   &again);
	CHECK_INT(timeline_slices(d, "hold") + timeline_slices(d, "wait") +
			  timeline_slices(d, "lock.wait"),
		  0);
	drop(d);
	/* Up to 1.15 s, then from 3.15 s on. */
	d = export(s.store, (struct hu_export){.from = HU_OPEN, .to = 1150 * MS}, &again);
	CHECK_INT(timeline_slices(d, "hold"), 2);
	CHECK_INT(timeline_slices(d, "wait"), 0);
	CHECK_INT(d->flow_count, 0);
	drop(d);
	d = export(s.store, (struct hu_export){.from = 3150 * MS, .to = HU_OPEN}, &again);
	CHECK_INT(timeline_slices(d, "hold"), 2); /* 46 had released */
	CHECK_INT(timeline_slices(d, "wait"), 1);
	CHECK_INT(d->flow_count, 1);
	drop(d);
	scene_end(&s);
}

/*
 * Two writers behind one reader: 221 gets the lock when the reader releases it, and gives it back
 * at once, to 222. Its hold is too short for task_interval, and still it is what ended the wait.
 */
static void too_short(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
	struct scene s;

	TEST_CASE("a hold too short");
	scene_begin(&s);
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	for (int i = 0; i < 2; i++) {
		scene_call(&s, 1100 + i, 221 + i, HU_BEGIN, "mount");
		scene_lock(&s, 1100 + i, 221 + i, HU_LOCK_ASK, "down_write", LOCK, NULL);
	}
	scene_lock(&s, 3200, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	for (int i = 0; i < 2; i++) {
		scene_returned(&s, 3200 + i, 221 + i, "down_write", 0, false);
		scene_lock(&s, 3200 + i, 221 + i, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
		scene_call(&s, 3200 + i, 221 + i, HU_END, "mount");
	}
	scene_analyze(&s);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM task_release"), 2);
	CHECK_INT(ask(s.store, "SELECT r.tid FROM task_release r JOIN task_interval w ON w.rowid = "
			       "wait WHERE w.tid = 221 AND hold NOT NULL"),
		  45);
	CHECK_INT(ask(s.store, "SELECT r.tid FROM task_release r JOIN task_interval w ON w.rowid = "
			       "wait WHERE w.tid = 222 AND hold IS NULL"),
		  221);
	struct decoded *d = export(s.store, whole, &bytes);
	CHECK_INT(d->flow_count, 2);
	CHECK_INT(timeline_slices(d, "hold"), 1);
	CHECK_INT(timeline_slices(d, "wait"), 2);
	drop(d);
	scene_end(&s);
}

static void nothing(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
	struct scene s;

	TEST_CASE("an empty store");
	scene_begin(&s);
	scene_analyze(&s);
	struct decoded *d = export(s.store, whole, &bytes);
	CHECK_INT(d->slices, 1); /* the verdict, that nothing was assessed */
	CHECK_INT(d->values + d->switches, 0);
	drop(d);
	scene_end(&s);
}

static bool sh(const char *command)
{
	return system(command) == 0;
}

/* A capture of a real stall, through the program; and protoc as a second reader, where it is. */
static void real(const char *incident)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0}, piped = {0}, command = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	const struct hu_options options = {100 * MS, HU_OPEN, HU_OPEN, NULL, NULL};
	char part[65536];

	TEST_CASE("%s", incident);
	hu_out_printf(&command,
		      "\"$H\" analyze '" FIXTURES "/incidents/%s/bundle.tar.zst' -q -o out "
		      ">/dev/null && \"$H\" export out --perfetto out.pftrace 2>said && \"$H\" "
		      "export out --perfetto - -q | cmp - out.pftrace",
		      incident);
	if (!CHECK(sh(command.at)) || !CHECK_OK(hu_store_open("out/store.db", false, &store)))
		return;
	CHECK_OK(hu_analyze(store, &options));
	struct decoded *d = export(store, whole, &bytes);
	FILE *f = fopen("out.pftrace", "rb");
	for (size_t n; f && (n = fread(part, 1, sizeof(part), f)) > 0;)
		hu_out_bytes(&piped, part, n);
	if (f)
		fclose(f);
	CHECK(hu_str_eq(hu_out_view(&bytes), hu_out_view(&piped)));
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT kind, count(*) FROM task_interval GROUP BY kind");
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *kind = hu_strdup(hu_rows_str(rows, 0));
		CHECK_INT(timeline_slices(d, kind), hu_rows_int(rows, 1));
	}
	CHECK_OK(hu_rows_close(rows));
	static const char locks[] = "SELECT count(*) FROM task_interval WHERE coalesce(address, "
				    "lock) NOT NULL AND kind = ";
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	hu_out_printf(&sql, "%s'wait'", locks);
	CHECK_INT(timeline_slices(d, "lock.wait"), ask(store, sql.at));
	hu_out_clear(&sql);
	hu_out_printf(&sql, "%s'hold'", locks);
	CHECK_INT(timeline_slices(d, "lock.hold"), ask(store, sql.at));
	CHECK_INT(d->flow_count, ask(store, "SELECT count(*) FROM task_release"));
	CHECK_INT(timeline_slices(d, "incident") + timeline_instants(d, "incident"),
		  ask(store, "SELECT count(*) FROM incident"));
	CHECK_INT(timeline_instants(d, "evidence"),
		  ask(store, "SELECT count(*) FROM incident_evidence"));
	CHECK_INT(timeline_instants(d, "loss") + timeline_slices(d, "loss"),
		  ask(store, "SELECT count(*) FROM loss"));
	CHECK_INT(timeline_instants(d, "log"),
		  ask(store, "SELECT count(*) FROM message JOIN source ON source.id = source WHERE "
			     "copy_of IS NULL AND ts + offset_ns NOT NULL"));
	CHECK_INT(d->values,
		  ask(store, "SELECT count(*) FROM counter JOIN source ON source.id = source WHERE "
			     "copy_of IS NULL AND ts + offset_ns NOT NULL"));
	/* No source of these bundles saw every switch at the same time as another. */
	CHECK_INT(d->switches,
		  ask(store, "SELECT count(*) FROM switch JOIN source ON source.id = source WHERE "
			     "copy_of IS NULL AND path IN (SELECT source FROM task_time WHERE "
			     "running_ns NOT NULL)"));
	CHECK_INT(d->real - d->boot,
		  ask(store, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = "
			     "'case.realtime_minus_case_ns'"));
	drop(d);
	if (sh("command -v protoc >/dev/null"))
		CHECK(sh("protoc --decode_raw <out.pftrace >/dev/null"));
	else
		puts("skipped: no protoc here");
	sh("rm -rf out out.pftrace");
}

static void usage(void)
{
	TEST_CASE("usage");
	CHECK(sh("\"$H\" export >/dev/null 2>&1; test $? = 2"));
	CHECK(sh("\"$H\" export nowhere.db >/dev/null 2>&1; test $? = 2"));
	CHECK(sh("\"$H\" export nowhere.db --perfetto x >/dev/null 2>&1; test $? -ne 0"));
	CHECK(sh("test ! -e x"));
	CHECK(sh("\"$H\" export --help | grep -q perfetto"));
}

int main(void)
{
	char folder[] = "/tmp/perfetto-test.XXXXXX", self[PATH_MAX], program[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return 1;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(program, sizeof(program), "%s/../holdup", self);
	if (!mkdtemp(folder) || chdir(folder) != 0 || setenv("H", program, 1) != 0 ||
	    setenv("TMPDIR", folder, 1) != 0)
		return 1;
	by_hand();
	too_short();
	nothing();
	usage();
	real("s1-shrinker-rwsem-kswapd");
	real("s6-memcg-formats-lost-events");
	sh("rm -rf \"$TMPDIR\"");
	return test_end();
}
