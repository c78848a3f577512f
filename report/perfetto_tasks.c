/*
 * The tasks and the locks: task_interval, once on the tracks of the tasks and, where a lock is
 * named, once more on the tracks of that lock; task_release as flows between them.
 */
#include "report/trace.h"

/*
 * A row: what is drawn of one task, in two sets (what it does, what it holds). Stacks of what
 * lasted long alone, for a timeline shall not outgrow its capture. A release and what it ended are
 * moments; `low` and `high` are both of them: a flow needs its two ends.
 */
static const char views[] =
	"DROP VIEW IF EXISTS temp.export_row; DROP TABLE IF EXISTS temp.export_task; "
	"CREATE TEMP TABLE export_task (tid INTEGER PRIMARY KEY, pid INTEGER, comm TEXT); "
	"INSERT INTO export_task SELECT tid, coalesce((SELECT tgid FROM task WHERE task.tid = "
	"w.tid AND tgid > 0 ORDER BY rowid DESC LIMIT 1), tid), coalesce((SELECT comm FROM "
	"task_time m WHERE m.tid = w.tid), (SELECT comm FROM task_interval i WHERE i.tid = w.tid "
	"AND comm NOT NULL ORDER BY rowid LIMIT 1)) FROM (SELECT tid FROM task_time UNION SELECT "
	"tid FROM task_interval UNION SELECT tid FROM task_release) w WHERE tid > 0; "
	"CREATE TEMP VIEW export_row AS SELECT i.tid, i.comm, kind, from_ns, max(to_ns, from_ns) "
	"AS to_ns, open, what, lock, address, mode, how, waker, CASE WHEN to_ns - from_ns >= "
	"(SELECT threshold_ns FROM verdict) THEN stack END AS stack, event_table, event_row, NULL "
	"AS flow, i.kind = 'hold' AS held, 1 AS slice, from_ns AS low, to_ns AS high, i.rowid AS r "
	"FROM task_interval i UNION ALL SELECT w.tid, w.comm, 'got', w.to_ns, w.to_ns, 0, NULL, "
	"w.lock, w.address, NULL, NULL, NULL, NULL, NULL, NULL, f.rowid, 0, 0, f.at_ns, w.to_ns, "
	"f.rowid FROM task_release f JOIN task_interval w ON w.rowid = f.wait WHERE f.tid IN "
	"(SELECT tid FROM export_task) AND w.tid IN (SELECT tid FROM export_task) UNION ALL SELECT "
	"f.tid, f.comm, 'released', f.at_ns, f.at_ns, 0, NULL, w.lock, w.address, NULL, NULL, "
	"NULL, NULL, NULL, NULL, f.rowid, 1, 0, f.at_ns, w.to_ns, f.rowid FROM task_release f JOIN "
	"task_interval w ON w.rowid = f.wait WHERE f.tid IN (SELECT tid FROM export_task) AND "
	"w.tid "
	"IN (SELECT tid FROM export_task)";

/* A pattern of `--task` also takes along who held or wanted a lock that those tasks waited for. */
static void choose(struct hu_trace *t)
{
	if (!t->err)
		t->err = hu_store_exec(t->store, views);
	if (!t->wanted->task || t->err)
		return;
	struct hu_rows *r = hu_rows_open(
		t->store,
		"WITH mine AS (SELECT tid FROM export_task WHERE comm GLOB ?1 OR CAST(tid AS TEXT) "
		"= ?1) DELETE FROM export_task WHERE tid NOT IN (SELECT tid FROM mine UNION SELECT "
		"tid FROM task_interval WHERE kind IN ('hold', 'wait') AND tid NOT NULL AND "
		"coalesce(address, lock) IN (SELECT coalesce(address, lock) FROM task_interval "
		"WHERE kind = 'wait' AND tid IN (SELECT tid FROM mine)) UNION SELECT r.tid FROM "
		"task_release r JOIN task_interval w ON w.rowid = r.wait WHERE r.tid NOT NULL AND "
		"w.tid IN (SELECT tid FROM mine))");
	hu_rows_bind_text(r, 1, hu_str(t->wanted->task));
	hu_rows_next(r);
	hu_trace_close(t, r);
}

enum {
	KIND,
	FROM,
	TO,
	OPEN,
	WHAT,
	LOCK,
	ADDRESS,
	MODE,
	HOW,
	WAKER,
	FRAMES,
	TABLE,
	ROW,
	FLOW,
	SLICE,
	HELD,
	TID,
	PID,
	COMM,
};
#define COLUMNS                                                                                    \
	"x.kind, x.from_ns, x.to_ns, x.open, x.what, x.lock, x.address, x.mode, x.how, x.waker, "  \
	"(SELECT frames FROM stack_v WHERE id = x.stack), x.event_table, x.event_row, x.flow, "    \
	"x.slice, x.held"
#define IN_WINDOW                                                                                  \
	"CASE x.slice WHEN 1 THEN x.high >= ?1 AND x.low < ?2 ELSE x.low >= ?1 AND x.high < ?2 "   \
	"END"

static void bind_window(struct hu_trace *t, struct hu_rows *r)
{
	hu_rows_bind_int(r, 1, t->wanted->from == HU_OPEN ? INT64_MIN : t->wanted->from);
	hu_rows_bind_int(r, 2, t->wanted->to == HU_OPEN ? INT64_MAX : t->wanted->to);
}

static void put_lock(struct hu_rows *r, struct hu_out *to)
{
	if (hu_rows_str(r, LOCK).len)
		hu_out_str(to, hu_rows_str(r, LOCK));
	else if (hu_rows_str(r, ADDRESS).len)
		hu_out_str(to, hu_rows_str(r, ADDRESS));
	else
		hu_out_puts(to, "a lock");
}

/* "wait: shrinker_rwsem (write)", "shrinker: super_cache_scan", "blocked: I/O" */
static void name_of(struct hu_rows *r, struct hu_out *to)
{
	struct hu_str kind = hu_rows_str(r, KIND), what = hu_rows_str(r, WHAT);
	bool lock = hu_str_is(kind, "hold") ||
		    (hu_str_is(kind, "wait") &&
		     (hu_rows_str(r, LOCK).len || !what.len || hu_rows_str(r, ADDRESS).len));

	hu_out_clear(to);
	if (hu_str_is(kind, "operation") && what.len) {
		hu_out_str(to, what);
		return;
	}
	if (lock) {
		hu_out_puts(to, hu_str_is(kind, "hold") ? "holds " : "waits for ");
		put_lock(r, to);
	} else {
		hu_out_str(to, kind);
		if (what.len) {
			hu_out_puts(to, ": ");
			hu_out_str(to, what);
		}
	}
	if (hu_rows_str(r, MODE).len) {
		hu_out_puts(to, hu_str_is(kind, "hold") ? ", for " : ", to ");
		hu_out_str(to, hu_rows_str(r, MODE));
	}
}

static void notes(struct hu_trace *t, struct hu_rows *r)
{
	hu_trace_note(t, "what", hu_rows_str(r, WHAT));
	hu_trace_note(t, "lock", hu_rows_str(r, LOCK));
	hu_trace_note(t, "address", hu_rows_str(r, ADDRESS));
	hu_trace_note(t, "mode", hu_rows_str(r, MODE));
	hu_trace_note(t, "how_known", hu_rows_str(r, HOW));
	hu_trace_note_int(t, "woken_by", hu_rows_int_or(r, WAKER, HU_OPEN));
	if (hu_rows_int(r, OPEN))
		hu_trace_note(t, "end", hu_str("the capture ended first"));
	hu_trace_note_lines(t, "stack", hu_rows_str(r, FRAMES));
	hu_trace_note(t, "table", hu_rows_str(r, TABLE));
	hu_trace_note_int(t, "row", hu_rows_int_or(r, ROW, HU_OPEN));
}

static void moment(struct hu_trace *t, struct hu_rows *r, struct hu_lanes *lanes)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
	bool got = hu_str_is(hu_rows_str(r, KIND), "got");

	hu_out_puts(&name, got ? "got " : "released ");
	put_lock(r, &name);
	hu_trace_instant(t, hu_lanes_moment(lanes, hu_rows_int(r, FROM)), hu_rows_int(r, FROM),
			 got ? "got" : "released", hu_out_view(&name),
			 (uint64_t)hu_rows_int(r, FLOW), got);
	hu_trace_event_end(t);
}

static void interval(struct hu_trace *t, struct hu_rows *r, struct hu_lanes *lanes,
		     const char *prefix)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0}, category = {0};
	hu_ns from = hu_rows_int(r, FROM), to = hu_rows_int(r, TO);

	name_of(r, &name);
	hu_out_puts(&category, prefix);
	hu_out_str(&category, hu_rows_str(r, KIND));
	hu_trace_slice(t, hu_lanes_take(lanes, from, to), from, category.at, hu_out_view(&name));
	notes(t, r);
	hu_trace_event_end(t);
}

/* Changes the set of tracks when another task or another lock begins. */
static bool another(struct hu_out *of, struct hu_str now, bool *any)
{
	if (*any && hu_str_eq(hu_out_view(of), now))
		return false;
	hu_out_clear(of);
	hu_out_str(of, now);
	*any = true;
	return true;
}

/* What a script printed without the id of the task. */
static void nameless(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store, "SELECT " COLUMNS ", NULL, NULL, coalesce(x.comm, 'a task') AS comm FROM "
			  "export_row x WHERE x.tid IS NULL AND x.slice AND " IN_WINDOW
			  " AND (?3 IS NULL OR x.comm GLOB ?3) ORDER BY comm, x.from_ns, x.to_ns "
			  "DESC, x.r");
	struct hu_lanes lanes = {.trace = t};
	HU_CLEANUP(hu_out_deinit) struct hu_out of = {0};
	uint64_t group = 0;
	bool any = false;

	bind_window(t, r);
	if (t->wanted->task)
		hu_rows_bind_text(r, 3, hu_str(t->wanted->task));
	while (hu_rows_next(r)) {
		if (!group)
			group = hu_trace_track(t, root, hu_str("tasks without an id"), 6, NULL);
		if (another(&of, hu_rows_str(r, COMM), &any)) {
			hu_lanes_close(&lanes);
			lanes.parent = group;
			lanes.name = hu_out_view(&of);
		}
		interval(t, r, &lanes, "");
	}
	hu_lanes_close(&lanes);
	hu_trace_close(t, r);
}

static uint64_t describe(struct hu_trace *t, struct hu_rows *r, int64_t *last_pid)
{
	int64_t pid = hu_rows_int(r, PID);

	if (pid != *last_pid) {
		struct hu_rows *leader =
			hu_rows_open(t->store, "SELECT comm FROM export_task WHERE tid = ?1");
		hu_rows_bind_int(leader, 1, pid);
		bool there = hu_rows_next(leader);
		hu_trace_process(t, pid, there ? hu_rows_str(leader, 0) : hu_str(""));
		hu_trace_close(t, leader);
		*last_pid = pid;
	}
	return hu_trace_thread(t, pid, hu_rows_int(r, TID), hu_rows_str(r, COMM));
}

void hu_trace_tasks(struct hu_trace *t, uint64_t root)
{
	struct hu_lanes doing = {.trace = t}, holding = {.trace = t};
	int64_t last_tid = 0, last_pid = 0;

	choose(t);
	/* A task of which nothing is drawn still gets its name and its process. */
	struct hu_rows *r = hu_rows_open(
		t->store, "SELECT " COLUMNS ", e.tid, e.pid, e.comm FROM export_task e LEFT JOIN "
			  "export_row x ON x.tid = e.tid AND " IN_WINDOW
			  " ORDER BY e.pid, e.tid, x.from_ns, x.to_ns DESC, x.slice DESC, x.r, "
			  "x.held");
	bind_window(t, r);
	while (hu_rows_next(r)) {
		if (hu_rows_int(r, TID) != last_tid) {
			hu_lanes_close(&doing);
			hu_lanes_close(&holding);
			doing.parent = holding.parent = doing.first = describe(t, r, &last_pid);
			doing.name = hu_str("at the same time");
			holding.name = hu_str("locks held");
			last_tid = hu_rows_int(r, TID);
		}
		if (hu_rows_null(r, KIND))
			continue;
		struct hu_lanes *lanes = hu_rows_int(r, HELD) ? &holding : &doing;
		if (hu_rows_int(r, SLICE))
			interval(t, r, lanes, "");
		else
			moment(t, r, lanes);
	}
	hu_lanes_close(&doing);
	hu_lanes_close(&holding);
	hu_trace_close(t, r);
	nameless(t, root);
}

/* One group a lock, one track a task in it: it waits, then it holds. */
void hu_trace_locks(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store,
		"SELECT " COLUMNS
		", x.tid, coalesce(max(x.lock) OVER (PARTITION BY coalesce(x.address, x.lock)) || "
		"coalesce(' ' || x.address, ''), x.address) AS of, coalesce(e.comm, x.comm, 'a "
		"task') || coalesce(' (' || x.tid || ')', '') AS who FROM export_row x LEFT JOIN "
		"export_task e ON e.tid = x.tid WHERE x.slice AND x.kind IN ('wait', 'hold') AND "
		"coalesce(x.address, x.lock) NOT NULL AND (e.tid NOT NULL OR (x.tid IS NULL AND "
		"(?3 "
		"IS NULL OR x.comm GLOB ?3))) AND " IN_WINDOW
		" ORDER BY of, who, x.tid, x.from_ns, x.to_ns DESC, x.r");
	struct hu_lanes lanes = {.trace = t};
	HU_CLEANUP(hu_out_deinit) struct hu_out lock = {0}, who = {0};
	uint64_t all = 0, group = 0;
	bool any_lock = false, any_task = false;

	bind_window(t, r);
	if (t->wanted->task)
		hu_rows_bind_text(r, 3, hu_str(t->wanted->task));
	while (hu_rows_next(r)) {
		if (!all)
			all = hu_trace_track(t, root, hu_str("locks"), 4, NULL);
		if (another(&lock, hu_rows_str(r, PID), &any_lock)) {
			hu_lanes_close(&lanes);
			group = hu_trace_track(t, all, hu_out_view(&lock), 0, NULL);
			any_task = false;
		}
		if (another(&who, hu_rows_str(r, COMM), &any_task)) {
			hu_lanes_close(&lanes);
			lanes.parent = group;
			lanes.name = hu_out_view(&who);
		}
		interval(t, r, &lanes, "lock.");
	}
	hu_lanes_close(&lanes);
	hu_trace_close(t, r);
}
