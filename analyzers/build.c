/*
 * How the model is built: what the store knows of tasks, locks and losses, then one sweep over the
 * events, then what scripts printed and what the kernel log says, in the order in which each is
 * believed over the next.
 */
#include "analyzers/merge.h"
#include "analyzers/survey.h"
#include "db/events.h"
#include "db/stage.h"

#include <stdlib.h>
#include <string.h>

static int by_tid_then_time(const void *a, const void *b)
{
	const struct hu_comm *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* All names that a task had: short-lived shells take the name of what they exec. */
static struct hu_err *load_comms(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT tid, text, coalesce(ts + offset_ns, ?1) FROM task JOIN name ON "
			  "name.id = comm JOIN source ON source.id = task.source WHERE tid >= 0 "
			  "ORDER BY tid, 3, task.source, pos, task.rowid");
	size_t cap = 0;

	hu_rows_bind_int(rows, 1, INT64_MIN);
	while (hu_rows_next(rows)) {
		int32_t tid = (int32_t)hu_rows_int(rows, 0);
		const char *comm = hu_model_string(m, hu_rows_str(rows, 1));
		hu_ns at = hu_rows_int(rows, 2);
		struct hu_comm *last = m->comm_count ? &m->comms[m->comm_count - 1] : NULL;
		if (last && last->tid == tid && last->at == at) {
			last->comm = comm;
			continue;
		}
		if (last && last->tid == tid && last->comm == comm)
			continue;
		if (m->comm_count == cap)
			m->comms =
				hu_vec_grow(m->comms, &cap, m->comm_count + 1, sizeof(*m->comms));
		m->comms[m->comm_count++] = (struct hu_comm){tid, at, comm};
	}
	if (m->comm_count)
		qsort(m->comms, m->comm_count, sizeof(*m->comms), by_tid_then_time);
	return hu_rows_close(rows);
}

static struct hu_err *load_locks(struct hu_model *m)
{
	struct hu_rows *rows =
		hu_rows_open(m->store, "SELECT address, name FROM lock ORDER BY address");

	while (hu_rows_next(rows)) {
		struct hu_lock_id id = {(uint64_t)hu_rows_int(rows, 0),
					hu_model_string(m, hu_rows_str(rows, 1))};
		HU_PUSH(&m->locks, id);
	}
	return hu_rows_close(rows);
}

/*
 * What the tracer dropped, and what a cut file lost: of the latter it is often not known on which
 * CPU and when, and then nothing of that source may be paired across any of it. Of a CPU of which
 * nothing could be read all is missing, from the first event of the others to their last.
 */
static struct hu_err *load_lost(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT loss.cpu, coalesce(from_ts, CASE WHEN loss.kind != 1 THEN "
			  "first_ts END) + offset_ns, "
			  "coalesce(to_ts, CASE WHEN loss.kind != 1 THEN last_ts END) + offset_ns, "
			  "count, loss.source, loss.kind "
			  "FROM loss JOIN source ON source.id = loss.source WHERE source.copy_of "
			  "IS NULL AND (loss.kind = 1 OR "
			  "((loss.kind = 3 OR (loss.kind = 2 AND "
			  "coalesce(from_ts, loss.cpu) IS NOT NULL)) AND "
			  "(EXISTS (SELECT 1 FROM switch WHERE switch.source = loss.source) OR "
			  "EXISTS (SELECT 1 FROM lock_event "
			  "WHERE lock_event.source = loss.source AND ts IS NOT NULL)))) "
			  "ORDER BY loss.source, 2, 3, loss.rowid");

	while (hu_rows_next(rows)) {
		struct hu_lost lost = {(int32_t)hu_rows_int_or(rows, 0, HU_NONE),
				       hu_rows_int_or(rows, 1, HU_OPEN),
				       hu_rows_int_or(rows, 2, HU_OPEN),
				       hu_rows_int_or(rows, 3, HU_NONE),
				       hu_rows_int(rows, 4),
				       hu_rows_int(rows, 5) == HU_LOSS_UNPARSED,
				       false};
		bool cut = hu_rows_int(rows, 5) == HU_LOSS_TRUNCATED;
		HU_PUSH(&m->lost, lost);
		m->lossy = true;
		m->wide_gap |= lost.from == HU_OPEN || lost.to == HU_OPEN ||
			       lost.to - lost.from >= m->options.threshold;
		m->lost_events += !cut && lost.count > 0 ? lost.count : 0;
		m->cut |= cut;
	}
	return hu_rows_close(rows);
}

/* Somebody may have probed the entry of one function and entry and return of another. */
static struct hu_err *load_returning(struct hu_model *m)
{
	struct hu_events *e = hu_events_all(m->store, HU_EVENTS_LOCK, 0);
	HU_VEC(bool) seen = {0};

	while (hu_events_next(e)) {
		int64_t id = hu_events_int(e, HU_LOCK_FUNCTION);
		if (hu_events_int(e, HU_LOCK_STEP) != HU_LOCK_RETURNED || !hu_model_name(m, id))
			continue;
		while (seen.count <= (size_t)id)
			HU_PUSH(&seen, false);
		if (!seen.at[id])
			HU_PUSH(&m->returning, hu_model_name(m, id));
		seen.at[id] = true;
	}
	free(seen.at);
	return hu_events_close(e);
}

/* When tasks were born, or died. */
static struct hu_err *load_lives(struct hu_model *m, enum hu_task_step step)
{
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT tid, ts + offset_ns FROM task JOIN source ON source.id = source WHERE "
		"step = ?1 AND ts IS NOT NULL AND offset_ns IS NOT NULL ORDER BY 1, 2");

	hu_rows_bind_int(rows, 1, step);
	while (hu_rows_next(rows)) {
		struct hu_born at = {(int32_t)hu_rows_int(rows, 0), hu_rows_int(rows, 1)};
		if (step == HU_TASK_EXITED)
			HU_PUSH(&m->died, at);
		else
			hu_model_born(m, at.tid, at.at);
	}
	return hu_rows_close(rows);
}

static bool any(struct hu_model *m, const char *table, struct hu_err **err)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql, "SELECT 1 FROM %s LIMIT 1", table);
	struct hu_rows *rows = hu_rows_open(m->store, sql.at);
	bool there = hu_rows_next(rows);
	struct hu_err *mine = hu_rows_close(rows);
	if (*err)
		hu_err_free(mine);
	else
		*err = mine;
	return there;
}

static struct hu_err *look_around(struct hu_model *m)
{
	struct hu_err *err = NULL;

	m->have_switches = any(m, "switch", &err);
	m->have_syscalls = any(m, "syscall", &err);
	m->have_lock_events = any(m, "lock_event WHERE step NOT IN (4, 5)", &err);
	m->have_contention = any(m, "lock_event WHERE step IN (4, 5)", &err);
	m->have_shrink = any(m, "shrink", &err);
	m->have_reclaim = any(m, "reclaim", &err);
	m->have_spans = any(m, "span", &err);
	m->have_snapshots = any(m, "snapshot", &err);
	m->have_samples = any(m, "sample", &err);
	m->have_counters = any(m, "counter", &err);
	return err;
}

/* The window is what event sources cover; where there are none, what any aligned source covers. */
static struct hu_err *find_window(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"WITH w AS (SELECT first_ts + offset_ns AS a, last_ts + offset_ns AS b, "
		"EXISTS (SELECT 1 FROM switch WHERE switch.source = source.id) OR "
		"EXISTS (SELECT 1 FROM lock_event WHERE lock_event.source = source.id) OR "
		"EXISTS (SELECT 1 FROM syscall WHERE syscall.source = source.id) OR "
		"EXISTS (SELECT 1 FROM span WHERE span.source = source.id) OR "
		"EXISTS (SELECT 1 FROM sample WHERE sample.source = source.id) AS events "
		"FROM source WHERE offset_ns IS NOT NULL AND copy_of IS NULL AND "
		"first_ts IS NOT NULL) "
		"SELECT min(a), max(b) FROM w WHERE events = (SELECT max(events) FROM w)");

	if (hu_rows_next(rows) && !hu_rows_null(rows, 0)) {
		m->any_time = true;
		m->from = hu_rows_int(rows, 0);
		m->to = hu_rows_int(rows, 1);
	}
	return hu_rows_close(rows);
}

static struct hu_err *load_recorded(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT id, first_ts + offset_ns, last_ts + offset_ns, slack_ns FROM source WHERE "
		"first_ts NOTNULL AND offset_ns NOTNULL ORDER BY id");

	while (hu_rows_next(rows)) {
		struct hu_recorded r = {.source = hu_rows_int(rows, 0),
					.from = hu_rows_int(rows, 1),
					.to = hu_rows_int(rows, 2),
					.slack = hu_rows_int(rows, 3),
					.together = hu_rows_int(rows, 0)};
		HU_PUSH(&m->recorded, r);
	}
	return hu_rows_close(rows);
}

static int by_tid_and_time(const void *a, const void *b)
{
	const struct hu_traced *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static void index_ops(struct hu_model *m)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		struct hu_traced t = {m->ops.at[i].tid, m->ops.at[i].from, m->ops.at[i].to};
		HU_PUSH_MUCH(m, &m->traced, t);
	}
	HU_SORT_MUCH(m, &m->traced, by_tid_and_time);
}

/* Who it was then: of the few that a report names. */
static void name_tasks(struct hu_model *m)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		struct hu_op *op = &m->ops.at[i];
		if (!op->comm && op->timed && op->tid >= 0 && op->duration >= m->options.threshold)
			op->comm = hu_model_comm_at(m, op->tid, op->from);
	}
	for (size_t i = 0; i < m->holds.count; i++) {
		struct hu_hold *h = &m->holds.at[i];
		if (!h->comm && h->timed && h->tid >= 0 &&
		    h->duration >= m->options.threshold / 100)
			h->comm = hu_model_comm_at(m, h->tid, h->to);
	}
}

/*
 * A task that waited for a lock for so long is a victim even where its call was not traced: the
 * wait stands for the call that its stack names.
 */
static void claim_waits(struct hu_model *m)
{
	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (w->duration < m->options.threshold ||
		    hu_model_covered(m, w->tid, w->from, w->to))
			continue;
		const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, w->stack);
		struct hu_op op = {.name = facts->call ? facts->call : "lock wait",
				   .tid = w->tid,
				   .from = w->from,
				   .to = w->to,
				   .open = w->open,
				   .timed = true,
				   .inferred = true,
				   .duration = w->duration,
				   .stack = w->stack,
				   .begin = w->begin,
				   .end = w->end,
				   .cause = -1};
		HU_PUSH_MUCH(m, &m->ops, op);
	}
}

struct hu_err *hu_model_build(struct hu_store *store, const struct hu_options *options,
			      struct hu_model *ret)
{
	*ret = (struct hu_model){.store = store, .options = *options};
	ret->folder = hu_store_folder(store);
	ret->spill = hu_spill_new(ret->folder);
	struct hu_err *err = hu_stacks_load(store, &ret->stacks);

	if (!err)
		err = load_comms(ret);
	if (!err)
		err = load_locks(ret);
	if (!err)
		err = load_lost(ret);
	hu_stage("model: survey");
	if (!err)
		err = hu_survey(ret);
	hu_stage("model");
	if (!err)
		err = load_returning(ret);
	if (!err)
		err = load_lives(ret, HU_TASK_FORKED);
	ret->born_sorted = ret->born.count;
	if (!err)
		err = load_lives(ret, HU_TASK_EXITED);
	if (!err)
		err = look_around(ret);
	if (!err)
		err = find_window(ret);
	if (!err)
		err = load_recorded(ret);
	hu_stage("model: sweep");
	if (!err)
		err = hu_sweep(ret);
	if (!err) {
		hu_stage("model: merge");
		hu_merge(ret);
		index_ops(ret);
		claim_waits(ret);
	}
	hu_stage("model: logs");
	if (!err)
		err = hu_printed(ret);
	if (!err)
		err = hu_hung(ret);
	if (!err)
		err = hu_sampled(ret);
	if (!err)
		name_tasks(ret);
	return err;
}
