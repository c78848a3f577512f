/*
 * What every task did, for the engineer's own questions: the intervals that were put together, and
 * per task where its time went and what it waited for. From whole captures and from partial ones: a
 * task of which only samples, wakeups or stacks were seen has those counted, and no times.
 */
#include "analyzers/states.h"
#include "analyzers/timeline.h"

#include <stdlib.h>
#include <string.h>

/* More rows than that are no table to read: of more the longest are kept, and it is said. */
enum { MAX_ROWS = 200000, BUCKETS = 64 * 4 };

struct writer {
	struct hu_conclusion *c;
	struct hu_rows *insert;
	int64_t rows, left_out;
	hu_ns least;			/* shorter ones are left out */
	int64_t *wait_rows, *hold_rows; /* rowid of model.waits[i], model.holds[i]; 0: not in it */
};

struct interval {
	const char *kind;
	int32_t tid;
	const char *comm, *what;
	struct hu_lock_id lock;
	const char *mode, *how;
	int32_t waker;
	hu_ns from, to;
	bool open;
	struct hu_ref begin, end;
	hu_stack_id stack;
};

static void bind_text(struct hu_rows *rows, int n, const char *text)
{
	if (text)
		hu_rows_bind_text(rows, n, hu_str(text));
	else
		hu_rows_bind_null(rows, n);
}

static void bind_known(struct hu_rows *rows, int n, int64_t value, bool known)
{
	if (known)
		hu_rows_bind_int(rows, n, value);
	else
		hu_rows_bind_null(rows, n);
}

static bool is_interval(const struct hu_model *m, hu_ns from, hu_ns to)
{
	return to - from >= m->options.threshold / 100;
}

/* Four buckets for each doubling. */
static unsigned bucket_of(hu_ns ns)
{
	if (ns < 4)
		return ns < 0 ? 0 : (unsigned)ns;
	unsigned top = 63 - (unsigned)__builtin_clzll((uint64_t)ns);
	return top * 4 + (unsigned)((uint64_t)ns >> (top - 2) & 3);
}

/* Nothing is as long as the buckets behind the last begin with. */
static hu_ns bucket_from(unsigned bucket)
{
	if (bucket > 62 * 4 + 3)
		return INT64_MAX;
	return bucket < 8 ? bucket : (hu_ns)(4 + bucket % 4) << (bucket / 4 - 2);
}

/* Intervals of this length or more are not more than the table holds. */
static hu_ns least_told(const struct hu_model *m)
{
	int64_t of[BUCKETS] = {0}, all = 0;
	unsigned at = BUCKETS;

#define COUNT(ok, from, to)                                                                        \
	if ((ok) && is_interval(m, from, to))                                                      \
	of[bucket_of((to) - (from))]++
	for (size_t i = 0; i < m->waits.count; i++)
		COUNT(m->waits.at[i].timed, m->waits.at[i].from, m->waits.at[i].to);
	for (size_t i = 0; i < m->holds.count; i++)
		COUNT(m->holds.at[i].timed, m->holds.at[i].from, m->holds.at[i].to);
	for (size_t i = 0; i < m->naps.count; i++)
		COUNT(true, m->naps.at[i].sleep.from, m->naps.at[i].sleep.to);
	for (size_t i = 0; i < m->ops.count; i++)
		COUNT(m->ops.at[i].timed, m->ops.at[i].from, m->ops.at[i].to);
	for (size_t i = 0; i < m->scans.count; i++)
		COUNT(true, m->scans.at[i].from, m->scans.at[i].to);
	for (size_t i = 0; i < m->sessions.count; i++)
		COUNT(true, m->sessions.at[i].from, m->sessions.at[i].to);
#undef COUNT
	while (at > 0 && all + of[at - 1] <= MAX_ROWS)
		all += of[--at];
	return at ? bucket_from(at) : 0;
}

/* Returns the rowid, 0 if it is not in the table. */
static int64_t put(struct writer *w, const struct interval *i)
{
	struct hu_rows *r = w->insert;
	HU_CLEANUP(hu_out_deinit) struct hu_out address = {0};

	if (!is_interval(w->c->m, i->from, i->to))
		return 0;
	if (i->to - i->from < w->least) {
		w->left_out++;
		return 0;
	}
	w->rows++;
	if (i->lock.address)
		hu_out_printf(&address, "0x%llx", (unsigned long long)i->lock.address);
	bind_text(r, 1, i->kind);
	bind_known(r, 2, i->tid, i->tid >= 0);
	bind_text(r, 3, i->comm ? i->comm : i->tid >= 0 ? hu_model_comm(w->c->m, i->tid) : NULL);
	hu_rows_bind_int(r, 4, hu_at(w->c, i->from));
	hu_rows_bind_int(r, 5, hu_at(w->c, i->to));
	hu_rows_bind_int(r, 6, i->open);
	bind_text(r, 7, i->what);
	bind_text(r, 8, i->lock.name);
	bind_text(r, 9, address.len ? address.at : NULL);
	bind_text(r, 10, i->mode);
	bind_text(r, 11, i->how);
	bind_known(r, 12, i->waker, i->waker > 0);
	bind_known(r, 13, i->stack, i->stack > 0);
	const struct hu_ref *ref = i->begin.table ? &i->begin : &i->end;
	bind_text(r, 14, ref->table);
	bind_known(r, 15, ref->row, ref->table != NULL);
	bind_text(r, 16, i->end.table);
	bind_known(r, 17, i->end.row, i->end.table != NULL);
	hu_rows_next(r);
	hu_rows_reset(r);
	return w->rows; /* the table was empty */
}

static void locks(struct writer *w)
{
	struct hu_model *m = w->c->m;

	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *x = &m->waits.at[i];
		struct hu_part part = hu_part_of_wait(m, x, x->duration);
		struct interval row = {.kind = "wait",
				       .tid = x->tid,
				       .comm = x->comm,
				       .what = part.kind == HU_PART_LOCK ? hu_lock_word(part.type)
									 : hu_why_name(part.why),
				       .lock = part.kind == HU_PART_LOCK ? part.lock : x->lock,
				       .mode = hu_mode_name(part.mode),
				       .from = x->from,
				       .to = x->to,
				       .open = x->open,
				       .begin = x->begin,
				       .end = x->end,
				       .stack = x->stack};
		if (x->timed)
			w->wait_rows[i] = put(w, &row);
	}
	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *x = &m->holds.at[i];
		struct interval row = {.kind = "hold",
				       .tid = x->tid,
				       .comm = x->comm,
				       .what = hu_lock_word(x->type),
				       .lock = x->lock,
				       .mode = hu_mode_name(x->mode),
				       .how = hu_how_name(x->how),
				       .from = x->from,
				       .to = x->to,
				       .open = x->open,
				       .begin = x->begin,
				       .end = x->end,
				       .stack = x->stack};
		if (x->timed)
			w->hold_rows[i] = put(w, &row);
	}
}

static void sleeps(struct writer *w)
{
	static const char *const states[] = {NULL,	"runnable", "runnable", "sleeping",
					     "blocked", "stopped",  "traced",	"dead",
					     "idle",	"parked"};
	struct hu_model *m = w->c->m;

	for (size_t i = 0; i < m->naps.count; i++) {
		const struct hu_nap *x = &m->naps.at[i];
		struct interval row = {.kind = x->sleep.state < sizeof(states) /
									       sizeof(states[0]) &&
							       states[x->sleep.state]
						       ? states[x->sleep.state]
						       : "off its CPU",
				       .tid = x->tid,
				       .from = x->sleep.from,
				       .to = x->sleep.to,
				       .waker = x->sleep.waker,
				       .begin = x->sleep.begin,
				       .end = x->sleep.wake,
				       .stack = x->sleep.stack};
		if (x->sleep.stack)
			row.what = hu_why_name(hu_stack_facts(&m->stacks, x->sleep.stack)->why);
		put(w, &row);
	}
}

static void work(struct writer *w)
{
	struct hu_model *m = w->c->m;

	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *x = &m->ops.at[i];
		struct interval row = {.kind = x->inferred ? "operation, by its wait" : "operation",
				       .tid = x->tid,
				       .comm = x->comm,
				       .what = x->name,
				       .from = x->from,
				       .to = x->to,
				       .open = x->open,
				       .begin = x->begin,
				       .end = x->end,
				       .stack = x->stack};
		if (x->timed)
			put(w, &row);
	}
	for (size_t i = 0; i < m->scans.count; i++) {
		const struct hu_scan *x = &m->scans.at[i];
		struct interval row = {.kind = "shrinker",
				       .tid = x->tid,
				       .what = x->function,
				       .from = x->from,
				       .to = x->to,
				       .open = x->open,
				       .begin = x->begin};
		put(w, &row);
	}
	for (size_t i = 0; i < m->sessions.count; i++) {
		const struct hu_session *x = &m->sessions.at[i];
		struct interval row = {.kind = x->kind == HU_RECLAIM_KSWAPD ? "kswapd awake"
									    : "reclaim",
				       .tid = x->tid,
				       .from = x->from,
				       .to = x->to,
				       .open = x->open,
				       .begin = x->begin};
		put(w, &row);
	}
}

static void put_intervals(struct hu_conclusion *c)
{
	struct writer w = {.c = c, .least = least_told(c->m)};

	w.wait_rows = hu_alloc((c->m->waits.count + 1) * sizeof(*w.wait_rows));
	w.hold_rows = hu_alloc((c->m->holds.count + 1) * sizeof(*w.hold_rows));
	w.insert = hu_rows_open(
		c->store,
		"INSERT INTO task_interval (kind, tid, comm, from_ns, to_ns, open, what, lock, "
		"address, mode, how, waker, stack, event_table, event_row, end_table, end_row) "
		"VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)");
	locks(&w);
	sleeps(&w);
	work(&w);
	hu_result_close(&c->err, w.insert);
	hu_conclude_releases(c, w.wait_rows, w.hold_rows);
	free(w.wait_rows);
	free(w.hold_rows);
	if (w.left_out) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_puts(&text, "The table task_interval, and task_wait that is made from it, "
				   "hold the longest intervals: ");
		hu_out_grouped(&text, w.left_out);
		hu_out_puts(&text, " of less than ");
		hu_out_duration(&text, w.least);
		hu_out_puts(&text, " are left out.");
		hu_add_note(c, NULL, "caveat", text.at);
	}
}

static hu_ns seen(const struct hu_task_time *t)
{
	return t->running + t->runnable + t->blocked + t->sleeping;
}

static int most_seen_first(const void *a, const void *b)
{
	const struct hu_task_time *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (seen(x) != seen(y))
		return seen(x) > seen(y) ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

/* Of two tracers that saw the same task the one that saw more of it. */
static void put_times(struct hu_conclusion *c)
{
	struct hu_model *m = c->m;
	struct hu_rows *r = hu_rows_open(
		c->store,
		"INSERT INTO task_time (tid, comm, source, running_ns, runnable_ns, "
		"blocked_ns, sleeping_ns, switches, wakeups) VALUES (?1, ?2, (SELECT path "
		"FROM source WHERE id = ?3), ?4, ?5, ?6, ?7, ?8, ?9)");

	HU_SORT_MUCH(m, &m->times, most_seen_first);
	for (size_t i = 0; i < m->times.count; i++) {
		const struct hu_task_time *t = &m->times.at[i];
		bool timed = seen(t) > 0;
		if ((i && m->times.at[i - 1].tid == t->tid) || t->tid <= 0)
			continue;
		hu_rows_bind_int(r, 1, t->tid);
		bind_text(r, 2, hu_model_comm(m, t->tid));
		hu_rows_bind_int(r, 3, t->source);
		bind_known(r, 4, t->running, timed && !hu_model_blind(m, t->source));
		bind_known(r, 5, t->runnable, timed);
		bind_known(r, 6, t->blocked, timed);
		bind_known(r, 7, t->sleeping, timed);
		hu_rows_bind_int(r, 8, t->switches);
		hu_rows_bind_int(r, 9, t->wakeups);
		hu_rows_next(r);
		hu_rows_reset(r);
	}
	hu_result_close(&c->err, r);
}

static void put_counts(struct hu_conclusion *c)
{
	static const char *const sql[] = {
		"INSERT INTO task_time (tid, samples) SELECT tid, count(*) FROM sample JOIN source "
		"ON "
		"source.id = source WHERE copy_of IS NULL AND tid > 0 GROUP BY tid ON CONFLICT "
		"(tid) DO "
		"UPDATE SET samples = excluded.samples",
		"INSERT INTO task_time (tid, seen_blocked) SELECT tid, count(*) FROM snapshot JOIN "
		"source ON source.id = source WHERE copy_of IS NULL AND tid > 0 AND state = 4 "
		"GROUP BY "
		"tid ON CONFLICT (tid) DO UPDATE SET seen_blocked = excluded.seen_blocked",
		"UPDATE task_time SET comm = (SELECT text FROM task JOIN name ON name.id = "
		"task.comm "
		"WHERE task.tid = task_time.tid ORDER BY task.rowid DESC LIMIT 1) WHERE comm IS "
		"NULL",
	};

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && !c->err; i++)
		c->err = hu_store_exec(c->store, sql[i]);
}

/*
 * Why it was off its CPU: lock waits as events tell them, other sleeps by their stacks. Stamps of a
 * damaged capture may be ages apart: total() does not overflow, sum() fails.
 */
static void put_waits(struct hu_conclusion *c)
{
	if (!c->err)
		c->err = hu_store_exec(
			c->store,
			"INSERT INTO task_wait (tid, comm, what, lock, count, total_ns, "
			"longest_ns, "
			"longest_at_ns) SELECT tid, max(comm), what, lock, count(*), "
			"CAST(total(to_ns - from_ns) AS INTEGER), max(to_ns - from_ns), from_ns "
			"FROM task_interval WHERE tid IS "
			"NOT "
			"NULL AND (kind = 'wait' OR (kind IN ('blocked', 'sleeping', 'runnable') "
			"AND "
			"(what IS NULL OR what != 'a lock'))) GROUP BY tid, CASE WHEN kind = "
			"'runnable' "
			"THEN kind ELSE what END, lock ORDER BY tid, what, lock");
}

void hu_conclude_states(struct hu_conclusion *c)
{
	put_intervals(c);
	put_times(c);
	put_counts(c);
	put_waits(c);
}
