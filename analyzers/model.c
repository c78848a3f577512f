/* The model's own memory: strings, names of tasks and locks, and the order in which it is built. */
#include "analyzers/model.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void *hu_vec_grow(void *at, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap ? *cap * 2 : 64;

	if (want < need)
		want = need;
	*cap = want;
	return hu_realloc(at, want * size);
}

const char *hu_how_name(enum hu_how how)
{
	static const char *const names[] = {"observed", "handed_over", "recorded_owner",
					    "overlapping", "signature"};

	return names[how];
}

hu_ns hu_overlap(hu_ns a_from, hu_ns a_to, hu_ns b_from, hu_ns b_to)
{
	hu_ns from = a_from > b_from ? a_from : b_from, to = a_to < b_to ? a_to : b_to;

	return to > from ? to - from : 0;
}

bool hu_glob(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, 0) == 0;
}

bool hu_lock_same(struct hu_lock_id a, struct hu_lock_id b)
{
	if (a.address && b.address)
		return a.address == b.address;
	return a.name && a.name == b.name;
}

const char *hu_model_string(struct hu_model *m, struct hu_str text)
{
	size_t from = 0, to = m->strings.count;

	if (!text.len)
		return NULL;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		struct hu_str have = hu_str(m->strings.at[mid]);
		size_t n = have.len < text.len ? have.len : text.len;
		int order = memcmp(have.at, text.at, n);
		if (!order)
			order = have.len < text.len ? -1 : have.len > text.len;
		if (!order)
			return m->strings.at[mid];
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	HU_PUSH(&m->strings, (char *)NULL);
	memmove(&m->strings.at[from + 1], &m->strings.at[from],
		sizeof(char *) * (m->strings.count - 1 - from));
	return m->strings.at[from] = hu_strdup(text);
}

static int by_tid(const void *a, const void *b)
{
	const struct hu_comm *x = a, *y = b;

	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

const char *hu_model_comm(struct hu_model *m, int32_t tid)
{
	struct hu_comm key = {tid, NULL};
	struct hu_comm *hit =
		m->comm_count ? bsearch(&key, m->comms, m->comm_count, sizeof(key), by_tid) : NULL;

	if (hit)
		return hit->comm;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	if (tid == 0)
		hu_out_puts(&text, "swapper");
	else if (tid < 0)
		hu_out_puts(&text, "an unknown task");
	else
		hu_out_printf(&text, "tid %d", tid);
	return hu_model_string(m, hu_out_view(&text));
}

/* The last name that a task had: short-lived shells take the name of what they exec. */
static struct hu_err *load_comms(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT tid, text FROM task JOIN name ON name.id = comm WHERE tid >= 0 "
			  "ORDER BY tid, ts IS NOT NULL, ts, source, pos, task.rowid");
	size_t cap = 0;

	while (hu_rows_next(rows)) {
		int32_t tid = (int32_t)hu_rows_int(rows, 0);
		const char *comm = hu_model_string(m, hu_rows_str(rows, 1));
		if (m->comm_count && m->comms[m->comm_count - 1].tid == tid) {
			m->comms[m->comm_count - 1].comm = comm;
			continue;
		}
		if (m->comm_count == cap)
			m->comms =
				hu_vec_grow(m->comms, &cap, m->comm_count + 1, sizeof(*m->comms));
		m->comms[m->comm_count++] = (struct hu_comm){tid, comm};
	}
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

struct hu_lock_id hu_model_lock(struct hu_model *m, uint64_t address, struct hu_str name)
{
	size_t from = 0, to = m->locks.count;

	/* Sorted as SQLite sorts: as signed numbers. */
	while (address && from < to) {
		size_t mid = from + (to - from) / 2;
		if (m->locks.at[mid].address == address)
			return m->locks.at[mid];
		if ((int64_t)m->locks.at[mid].address < (int64_t)address)
			from = mid + 1;
		else
			to = mid;
	}
	return (struct hu_lock_id){address, hu_model_string(m, name)};
}

/*
 * What the tracer dropped, and what a cut file lost: of the latter it is often not known on which
 * CPU and when, and then nothing of that source may be paired across any of it.
 */
static struct hu_err *load_lost(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT loss.cpu, coalesce(from_ts, CASE WHEN loss.kind = 3 THEN "
			  "first_ts END) + offset_ns, "
			  "coalesce(to_ts, CASE WHEN loss.kind != 1 THEN last_ts END) + offset_ns, "
			  "count, loss.source, loss.kind "
			  "FROM loss JOIN source ON source.id = loss.source WHERE loss.kind = 1 OR "
			  "((loss.kind = 3 OR (loss.kind = 2 AND from_ts IS NOT NULL)) AND "
			  "(EXISTS (SELECT 1 FROM switch WHERE switch.source = loss.source) OR "
			  "EXISTS (SELECT 1 FROM lock_event "
			  "WHERE lock_event.source = loss.source AND ts IS NOT NULL))) "
			  "ORDER BY loss.source, 2, 3, loss.rowid");

	while (hu_rows_next(rows)) {
		struct hu_lost lost = {(int32_t)hu_rows_int_or(rows, 0, HU_NONE),
				       hu_rows_int_or(rows, 1, HU_OPEN),
				       hu_rows_int_or(rows, 2, HU_OPEN),
				       hu_rows_int_or(rows, 3, HU_NONE), hu_rows_int(rows, 4)};
		bool cut = hu_rows_int(rows, 5) == HU_LOSS_TRUNCATED;
		HU_PUSH(&m->lost, lost);
		m->lost_events += !cut && lost.count > 0 ? lost.count : 0;
		m->cut |= cut;
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
		"WITH w AS (SELECT first_ts + offset_ns AS a, last_ts + offset_ns AS b, id IN "
		"(SELECT source FROM switch "
		"UNION SELECT source FROM lock_event UNION SELECT source FROM syscall UNION SELECT "
		"source FROM span UNION "
		"SELECT source FROM sample) AS events FROM source WHERE offset_ns IS NOT NULL AND "
		"first_ts IS NOT NULL) "
		"SELECT min(a), max(b) FROM w WHERE events = (SELECT max(events) FROM w)");

	if (hu_rows_next(rows) && !hu_rows_null(rows, 0)) {
		m->any_time = true;
		m->from = hu_rows_int(rows, 0);
		m->to = hu_rows_int(rows, 1);
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
		HU_PUSH(&m->traced, t);
	}
	if (m->traced.count)
		qsort(m->traced.at, m->traced.count, sizeof(m->traced.at[0]), by_tid_and_time);
}

hu_ns hu_model_covered(const struct hu_model *m, int32_t tid, hu_ns from, hu_ns to)
{
	size_t a = 0, b = m->traced.count;
	hu_ns ns = 0;

	/* One task's operations follow one another, so their ends are in order, too. */
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		const struct hu_traced *t = &m->traced.at[mid];
		if (t->tid < tid || (t->tid == tid && t->to <= from))
			a = mid + 1;
		else
			b = mid;
	}
	for (; a < m->traced.count && m->traced.at[a].tid == tid && m->traced.at[a].from < to; a++)
		ns += hu_overlap(m->traced.at[a].from, m->traced.at[a].to, from, to);
	return ns;
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
		HU_PUSH(&m->ops, op);
	}
}

struct hu_err *hu_model_build(struct hu_store *store, const struct hu_options *options,
			      struct hu_model *ret)
{
	*ret = (struct hu_model){.store = store, .options = *options};
	struct hu_err *err = hu_stacks_load(store, &ret->stacks);

	if (!err)
		err = load_comms(ret);
	if (!err)
		err = load_locks(ret);
	if (!err)
		err = load_lost(ret);
	if (!err)
		err = look_around(ret);
	if (!err)
		err = find_window(ret);
	if (!err)
		err = hu_sweep(ret);
	if (!err) {
		index_ops(ret);
		claim_waits(ret);
	}
	if (!err)
		err = hu_printed(ret);
	if (!err)
		err = hu_hung(ret);
	return err;
}

void hu_model_deinit(struct hu_model *m)
{
	for (size_t i = 0; i < m->ops.count; i++)
		free(m->ops.at[i].sleeps.at);
	for (size_t i = 0; i < m->strings.count; i++)
		free(m->strings.at[i]);
	free(m->strings.at);
	free(m->ops.at);
	free(m->waits.at);
	free(m->holds.at);
	free(m->scans.at);
	free(m->sessions.at);
	free(m->handovers.at);
	free(m->lost.at);
	free(m->traced.at);
	free(m->locks.at);
	free(m->failed_tids.at);
	free(m->released.at);
	hu_table_deinit(&m->released_table);
	free(m->comms);
	hu_stacks_deinit(&m->stacks);
	*m = (struct hu_model){0};
}
