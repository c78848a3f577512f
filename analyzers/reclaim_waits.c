/*
 * Waits inside reclaim: a task that leaves its CPU with reclaim on its stack, until it is back on
 * one. Only the switches of such tasks are looked at, and there are few.
 */
#include "analyzers/conclude.h"

#include <stdlib.h>
#include <string.h>

struct slept {
	int32_t tid;
	enum hu_why why;
	const char *frame; /* NULL: the stack does not tell */
	int64_t waits;
	hu_ns longest, longest_at, total;
};
typedef HU_VEC(struct slept) sleeps;

struct open_sleep {
	int32_t tid;
	int64_t source;
	hu_ns from; /* HU_OPEN: on a CPU, or not seen to leave it */
	hu_stack_id stack;
};
typedef HU_VEC(struct open_sleep) tasks;

static int by_id(const void *a, const void *b)
{
	const struct open_sleep *x = a, *y = b;

	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* Every task that was ever switched away inside reclaim, by tid. */
static void find_tasks(struct hu_conclusion *c, tasks *ret)
{
	struct hu_rows *rows = hu_rows_open(
		c->store, "SELECT DISTINCT tid, stack FROM switch WHERE stack IS NOT NULL AND "
			  "state IN (3, 4) AND tid > 0 ORDER BY tid");

	while (hu_rows_next(rows)) {
		struct open_sleep t = {(int32_t)hu_rows_int(rows, 0), 0, HU_OPEN, 0};
		bool known = ret->count && ret->at[ret->count - 1].tid == t.tid;
		if (!known && hu_stack_facts(&c->m->stacks, hu_rows_int(rows, 1))->in_reclaim)
			HU_PUSH(ret, t);
	}
	hu_result_close(&c->err, rows);
}

static struct open_sleep *task_of(tasks *all, int64_t tid)
{
	struct open_sleep key = {.tid = (int32_t)tid};

	return bsearch(&key, all->at, all->count, sizeof(all->at[0]), by_id);
}

static bool torn(const struct hu_model *m, hu_ns from, hu_ns to)
{
	for (size_t i = 0; i < m->lost.count; i++) {
		const struct hu_lost *l = &m->lost.at[i];
		if ((l->from == HU_OPEN || l->from < to) && (l->to == HU_OPEN || l->to > from))
			return true;
	}
	return false;
}

static void close_sleep(struct hu_conclusion *c, sleeps *to, struct open_sleep *t, hu_ns at)
{
	const struct hu_stack_facts *f = hu_stack_facts(&c->m->stacks, t->stack);
	hu_ns from = t->from, ns = at - from;
	size_t i = 0;

	t->from = HU_OPEN;
	if (ns < 0 || torn(c->m, from, at))
		return;
	while (i < to->count &&
	       (to->at[i].tid != t->tid || to->at[i].why != f->why ||
		strcmp(to->at[i].frame ? to->at[i].frame : "", f->wait_frame ? f->wait_frame : "")))
		i++;
	if (i == to->count) {
		struct slept fresh = {t->tid, f->why, f->wait_frame, 0, -1, 0, 0};
		HU_PUSH(to, fresh);
	}
	to->at[i].waits++;
	to->at[i].total += ns;
	if (ns > to->at[i].longest) {
		to->at[i].longest = ns;
		to->at[i].longest_at = from;
	}
}

static void read_switches(struct hu_conclusion *c, tasks *all, sleeps *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tids = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	for (size_t i = 0; i < all->count; i++)
		hu_out_printf(&tids, "%s%d", i ? ", " : "", all->at[i].tid);
	hu_out_printf(&sql,
		      "SELECT e.source, e.ts + s.offset_ns, e.tid, e.next, e.stack, e.state FROM "
		      "switch AS e JOIN source AS s ON s.id = e.source WHERE s.copy_of IS NULL AND "
		      "e.ts + s.offset_ns IS NOT NULL AND (e.tid IN (%s) OR e.next IN (%s)) ORDER "
		      "BY e.source, e.ts, e.rowid",
		      tids.at, tids.at);
	struct hu_rows *rows = hu_rows_open(c->store, sql.at);
	while (hu_rows_next(rows)) {
		int64_t source = hu_rows_int(rows, 0), state = hu_rows_int(rows, 5);
		hu_ns at = hu_rows_int(rows, 1);
		struct open_sleep *next = task_of(all, hu_rows_int(rows, 3));
		if (next && next->from != HU_OPEN && next->source == source)
			close_sleep(c, to, next, at);
		struct open_sleep *t = task_of(all, hu_rows_int(rows, 2));
		if (!t)
			continue;
		/* Away again without having come back: the way back was lost. */
		t->from = HU_OPEN;
		t->stack = hu_rows_int(rows, 4);
		t->source = source;
		if ((state == HU_STATE_SLEEPING || state == HU_STATE_UNINTERRUPTIBLE) && t->stack &&
		    hu_stack_facts(&c->m->stacks, t->stack)->in_reclaim)
			t->from = at;
	}
	hu_result_close(&c->err, rows);
}

static int most_first(const void *a, const void *b)
{
	const struct slept *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	int order = (int)x->why - (int)y->why;
	return order ? order : strcmp(x->frame ? x->frame : "", y->frame ? y->frame : "");
}

hu_ns hu_conclude_reclaim_waits(struct hu_conclusion *c)
{
	enum { TOLD = 20 };
	tasks all = {0};
	sleeps slept = {0};
	hu_ns total = 0;

	if (!c->m->have_switches)
		return HU_OPEN;
	find_tasks(c, &all);
	if (all.count)
		read_switches(c, &all, &slept);
	if (slept.count)
		qsort(slept.at, slept.count, sizeof(slept.at[0]), most_first);
	for (size_t i = 0; i < slept.count; i++) {
		const struct slept *s = &slept.at[i];
		total += s->total;
		if (i >= TOLD)
			continue;
		hu_result(c->store, &c->err,
			  "INSERT INTO pressure_wait (rank, comm, tid, why, frame, waits, "
			  "longest_ns, "
			  "longest_at_ns, total_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
			  "isissiiii", (int64_t)i + 1, hu_model_comm(c->m, s->tid), (int64_t)s->tid,
			  hu_why_name(s->why), s->frame, s->waits, (int64_t)s->longest,
			  (int64_t)hu_at(c, s->longest_at), (int64_t)s->total);
	}
	bool any = all.count > 0;
	free(all.at);
	free(slept.at);
	return any ? total : HU_OPEN;
}
