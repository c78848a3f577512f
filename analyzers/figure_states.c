/* What the timeline's tasks did: pieces of hu_timeline_of(), joined where they are too short to
 * see; and how many waited for the lock at each moment. */
#include "analyzers/figure.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/lane.h"
#include "analyzers/timeline.h"

enum { CELLS = 400, MAX_PIECES = 1000, MAX_STEPS = 400, STATES = 5 };

static const char *const state_names[STATES] = {"lock", "sleeping", "runnable", "running",
						"unknown"};

static const char *what_of(const struct hu_figure *f, const struct hu_part *p)
{
	(void)f;
	switch (p->kind) {
	case HU_PART_LOCK:
		return p->lock.name ? p->lock.name : hu_lock_word(p->type);
	case HU_PART_SLEEP:
		return hu_why_name(p->why);
	case HU_PART_RUNNABLE:
		return "a CPU";
	default:
		return NULL;
	}
}

/* Pieces that follow one another, drawn as one. */
struct run {
	hu_ns from, to, ns[STATES];
	const char *what[STATES];
	hu_ns longest[STATES];
	bool mixed;
	enum hu_part_kind kind;
};

/* What is put next, unless more of the same follows. */
struct pending {
	struct hu_figure *f;
	int64_t lane;
	hu_ns from, to;
	size_t state, count;
	const char *what;
};

static void flush(struct pending *p)
{
	hu_ns low = p->f->from, high = p->f->to;
	hu_ns from = p->from > low ? p->from : low, to = p->to < high ? p->to : high;

	if (to <= from || p->count++ >= MAX_PIECES)
		return;
	hu_result(p->f->c->store, &p->f->c->err,
		  "INSERT INTO figure_state (incident, lane, from_ns, to_ns, state, what) VALUES "
		  "(?1, ?2, ?3, ?4, ?5, ?6)",
		  "siiiss", p->f->incident, p->lane, (int64_t)hu_at(p->f->c, from),
		  (int64_t)hu_at(p->f->c, to), state_names[p->state], p->what);
}

static void put_run(struct pending *p, const struct run *run)
{
	size_t most = 0;

	for (size_t i = 1; i < STATES; i++)
		if (run->ns[i] > run->ns[most])
			most = i;
	const char *what = run->what[most];
	bool more = p->to == run->from && p->to > p->from && p->state == most &&
		    (p->what == what || (p->what && what && !strcmp(p->what, what)));
	if (more) {
		p->to = run->to;
		return;
	}
	flush(p);
	p->from = run->from;
	p->to = run->to;
	p->state = most;
	p->what = what;
}

static void add(struct run *run, const struct hu_figure *f, const struct hu_piece *p)
{
	size_t kind = (size_t)p->part.kind;

	run->ns[kind] += p->to - p->from;
	if (p->to - p->from > run->longest[kind]) {
		run->longest[kind] = p->to - p->from;
		run->what[kind] = what_of(f, &p->part);
	}
	run->to = p->to;
}

static bool same(const struct run *run, const struct hu_figure *f, const struct hu_piece *p)
{
	const char *a = run->what[p->part.kind], *b = what_of(f, &p->part);

	return !run->mixed && run->kind == p->part.kind && (a == b || (a && b && !strcmp(a, b)));
}

static void put_pieces(struct hu_figure *f, int64_t lane, const hu_pieces *pieces)
{
	hu_ns least = (f->to - f->from) / CELLS + 1;
	struct pending pending = {.f = f, .lane = lane};
	struct run run = {0};
	bool any = false;

	for (size_t i = 0; i < pieces->count; i++) {
		const struct hu_piece *p = &pieces->at[i];
		bool small = p->to - p->from < least, run_small = run.to - run.from < least;
		if (any && !same(&run, f, p) && !(small && run_small)) {
			put_run(&pending, &run);
			any = false;
		}
		if (!any)
			run = (struct run){.from = p->from, .kind = p->part.kind};
		else
			run.mixed |= !same(&run, f, p);
		any = true;
		add(&run, f, p);
	}
	if (any)
		put_run(&pending, &run);
	flush(&pending);
}

static bool any_known(const hu_pieces *pieces)
{
	for (size_t i = 0; i < pieces->count; i++)
		if (pieces->at[i].part.kind != HU_PART_UNKNOWN)
			return true;
	return false;
}

void hu_figure_op_states(struct hu_figure *f, int64_t lane, const struct hu_op *op)
{
	hu_pieces pieces;

	hu_timeline_of_op(f->c->m, op, &pieces);
	put_pieces(f, lane, &pieces);
	free(pieces.at);
}

void hu_figure_task_states(struct hu_figure *f, int64_t lane, int32_t tid, hu_ns from, hu_ns to,
			   int64_t source)
{
	hu_pieces pieces;

	hu_timeline_of(f->c->m, tid, from, to, source, &pieces);
	if (any_known(&pieces))
		put_pieces(f, lane, &pieces);
	free(pieces.at);
}

struct step {
	hu_ns at;
	int by;
};

static int by_time(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->by - y->by; /* who leaves goes before who comes: no peak that never was */
}

void hu_figure_waiters(struct hu_figure *f, const struct hu_cause *cause)
{
	const struct hu_model *m = f->c->m;
	struct hu_lane waits = hu_lane_of_waits(m, cause->part.lock);
	HU_VEC(struct step) steps = {0};
	hu_ns cell = (f->to - f->from) / MAX_STEPS + 1;
	int now = 0, high = 0;

	for (size_t i = hu_lane_reaching(&waits, f->from); i < waits.at.count; i++) {
		const struct hu_wait *w = &m->waits.at[waits.at.at[i]];
		if (w->from > f->to)
			break;
		if (!w->timed || w->to <= f->from || w->to <= w->from)
			continue;
		HU_PUSH(&steps, ((struct step){w->from, 1}));
		HU_PUSH(&steps, ((struct step){w->to, -1}));
	}
	hu_lane_deinit(&waits);
	if (steps.count > 2) {
		qsort(steps.at, steps.count, sizeof(steps.at[0]), by_time);
		int64_t lane = hu_figure_lane(f, "waiters", "tasks waiting", "tasks");
		hu_figure_point(f, lane, f->from, 0);
		/* In steps too close to see the most that waited stands for all. */
		for (size_t i = 0; i < steps.count;) {
			hu_ns start = steps.at[i].at;
			high = 0;
			for (; i < steps.count && steps.at[i].at < start + cell; i++) {
				now += steps.at[i].by;
				high = now > high ? now : high;
			}
			hu_figure_point(f, lane, start, high > now ? high : now);
			if (high > now)
				hu_figure_point(f, lane, steps.at[i - 1].at, now);
		}
	}
	free(steps.at);
}
