/*
 * Waits inside reclaim: a task that leaves its CPU with reclaim on its stack, until it is back on
 * one. Only the switches of such tasks are looked at, and there are few.
 */
#include "analyzers/conclude.h"
#include "db/events.h"

#include <stdlib.h>
#include <string.h>

/* PID_MAX_LIMIT of include/linux/threads.h */
enum { MAX_TID = 4 << 20 };

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

struct watch {
	tasks tasks;
	HU_VEC(uint32_t) place; /* by tid, in `tasks` + 1 */
};

static struct open_sleep *task_of(struct watch *w, int64_t tid)
{
	if (tid <= 0 || (size_t)tid >= w->place.count || !w->place.at[tid])
		return NULL;
	return &w->tasks.at[w->place.at[tid] - 1];
}

static struct open_sleep *new_task(struct watch *w, int64_t tid)
{
	struct open_sleep fresh = {(int32_t)tid, 0, HU_OPEN, 0};

	while (w->place.count <= (size_t)tid)
		HU_PUSH(&w->place, 0u);
	HU_PUSH(&w->tasks, fresh);
	w->place.at[tid] = (uint32_t)w->tasks.count;
	return &w->tasks.at[w->tasks.count - 1];
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

static void see_switch(struct hu_conclusion *c, struct watch *w, sleeps *to, struct hu_events *e,
		       hu_ns at, int64_t source)
{
	int64_t tid = hu_events_int(e, HU_COL_TID), state = hu_events_int(e, HU_SWITCH_STATE);
	hu_stack_id stack = hu_events_int(e, HU_COL_STACK);
	bool inside = tid > 0 && tid <= MAX_TID && stack &&
		      (state == HU_STATE_SLEEPING || state == HU_STATE_UNINTERRUPTIBLE) &&
		      hu_stack_facts(&c->m->stacks, stack)->in_reclaim;
	struct open_sleep *next = task_of(w, hu_events_int(e, HU_SWITCH_NEXT));

	if (next && next->from != HU_OPEN && next->source == source)
		close_sleep(c, to, next, at);
	struct open_sleep *t = task_of(w, tid);
	if (!t && inside)
		t = new_task(w, tid);
	if (!t)
		return;
	/* Away again without having come back: the way back was lost. */
	t->from = inside ? at : HU_OPEN;
	t->stack = stack;
	t->source = source;
}

static void read_switches(struct hu_conclusion *c, struct watch *w, sleeps *to)
{
	for (size_t i = 0; i < c->m->swept.count && !c->err; i++) {
		const struct hu_swept *in = &c->m->swept.at[i];
		struct hu_events *e = hu_events_all(c->store, HU_EVENTS_SWITCH, in->source);
		while (hu_events_next(e))
			if (!hu_events_null(e, HU_COL_TS))
				see_switch(c, w, to, e, hu_events_int(e, HU_COL_TS) + in->offset,
					   in->source);
		c->err = hu_events_close(e);
	}
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
	struct watch w = {0};
	sleeps slept = {0};
	hu_ns total = 0;

	if (!c->m->have_switches)
		return HU_OPEN;
	read_switches(c, &w, &slept);
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
	bool any = w.tasks.count > 0;
	free(w.tasks.at);
	free(w.place.at);
	free(slept.at);
	return any ? total : HU_OPEN;
}
