/*
 * What the report's timeline shows: victims, holders, reclaim, losses and instants on one time
 * axis. Bars are what the model says; what its tasks did meanwhile is in figure_states.c.
 */
#include "analyzers/figure.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_VICTIMS = 6, MAX_HOLDERS = 4, MAX_LOSSES = 3, STATES_OF = 24 };

static bool find_span(struct hu_figure *f, const struct hu_cause *cause)
{
	f->from = INT64_MAX;
	f->to = INT64_MIN;
	for (size_t i = 0; i < cause->ops.count; i++) {
		const struct hu_op *op = &f->c->m->ops.at[cause->ops.at[i]];
		f->from = op->timed && op->from < f->from ? op->from : f->from;
		f->to = op->timed && op->to > f->to ? op->to : f->to;
	}
	if (f->from > f->to)
		return false;
	f->from -= (f->to - f->from) / 4 + HU_NS_PER_S;
	f->to += (f->to - f->from) / 4 + HU_NS_PER_S;
	return true;
}

int64_t hu_figure_lane(struct hu_figure *f, const char *kind, const char *label, const char *unit)
{
	hu_result(f->c->store, &f->c->err,
		  "INSERT INTO figure_lane (incident, lane, kind, label, unit) VALUES (?1, ?2, ?3, "
		  "?4, ?5)",
		  "sisss", f->incident, ++f->lane, kind, label, unit);
	return f->lane;
}

static void bar(struct hu_figure *f, int64_t lane, hu_ns from, hu_ns to, const char *label,
		const char *title)
{
	/* A log tells of stalls that began before its first line; a hold may be as old as the host.
	 */
	if (from < f->from)
		from = f->from;
	if (to > f->to)
		to = f->to;
	if (to < from)
		return;
	hu_result(f->c->store, &f->c->err,
		  "INSERT INTO figure_bar (incident, lane, from_ns, to_ns, label, title) VALUES "
		  "(?1, ?2, ?3, ?4, ?5, ?6)",
		  "siiiss", f->incident, lane, (int64_t)hu_at(f->c, from), (int64_t)hu_at(f->c, to),
		  label, title);
}

void hu_figure_point(struct hu_figure *f, int64_t lane, hu_ns at, double value)
{
	hu_result(f->c->store, &f->c->err,
		  "INSERT INTO figure_point (incident, lane, at_ns, value) VALUES (?1, ?2, ?3, ?4)",
		  "siid", f->incident, lane, (int64_t)hu_at(f->c, at), value);
}

/* Several tasks may have one name. */
static int64_t task_lane(struct hu_figure *f, const char *kind, int32_t tid, const char *comm)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};

	hu_say_task(f->c, tid, comm, &label);
	return hu_figure_lane(f, kind, label.at, NULL);
}

static void victim_bar(struct hu_figure *f, int64_t lane, const struct hu_op *op)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};

	hu_out_printf(&label, "%s %s", op->name, op->open ? "≥ " : "");
	hu_out_duration(&label, op->duration);
	hu_say_task(f->c, op->tid, op->comm, &title);
	hu_out_printf(&title, ": %s from ", label.at);
	hu_out_stamp(&title, op->from);
	bar(f, lane, op->from, op->to, label.at, title.at);
}

static void victims(struct hu_figure *f, const struct hu_cause *cause)
{
	struct hu_model *m = f->c->m;
	int32_t tids[MAX_VICTIMS];
	size_t n = 0;

	/* Worst first, so the lanes are those of the longest stalls. */
	for (size_t i = 0; i < cause->ops.count && n < MAX_VICTIMS; i++) {
		const struct hu_op *op = &m->ops.at[cause->ops.at[i]];
		bool known = !op->timed;
		for (size_t k = 0; k < n; k++)
			known |= tids[k] == op->tid;
		if (known)
			continue;
		tids[n++] = op->tid;
	}
	for (size_t k = 0; k < n; k++) {
		int64_t lane = 0;
		for (size_t i = 0, bars = 0; i < cause->ops.count && bars < HU_FIGURE_BARS; i++) {
			const struct hu_op *op = &m->ops.at[cause->ops.at[i]];
			if (!op->timed || op->tid != tids[k])
				continue;
			if (!lane)
				lane = task_lane(f, "victim", op->tid, op->comm);
			victim_bar(f, lane, op);
			if (bars++ < STATES_OF)
				hu_figure_op_states(f, lane, op);
		}
	}
}

static void hold_bar(struct hu_figure *f, int64_t lane, const struct hu_cause *cause,
		     const struct hu_holder *holder, const struct hu_hold *h)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	const char *mode = hu_mode_name(h->mode);

	hu_out_printf(&label, "%s %s", mode ? mode : "held", h->open ? "≥ " : "");
	hu_out_duration(&label, h->duration);
	if (holder->doing)
		hu_out_printf(&label, " · %s", holder->doing);
	hu_say_task(f->c, h->tid, holder->comm, &title);
	hu_out_printf(&title, " held %s%s%s for ", cause->label, mode ? " for " : "",
		      mode ? mode : "");
	hu_out_duration(&title, h->duration);
	hu_out_puts(&title, " from ");
	hu_out_stamp(&title, h->from);
	hu_out_printf(&title, "; how known: %s", hu_how_name(h->how));
	bar(f, lane, h->from, h->to, label.at, title.at);
}

static void holders(struct hu_figure *f, const struct hu_cause *cause)
{
	struct hu_model *m = f->c->m;
	const struct hu_op *worst = &m->ops.at[cause->ops.at[0]];

	for (size_t k = 0; k < cause->holders.count && k < MAX_HOLDERS; k++) {
		const struct hu_holder *holder = &cause->holders.at[k];
		int64_t lane = 0;
		if (holder->fellow || (cause->covered && holder->share < 0.01))
			continue;
		for (size_t i = 0, bars = 0; i < m->holds.count && bars < HU_FIGURE_BARS; i++) {
			const struct hu_hold *h = &m->holds.at[i];
			const char *comm = h->comm ? h->comm : hu_model_comm(m, h->tid);
			bool mine = holder->tid >= 0 ? h->tid == holder->tid
						     : h->comm && comm == holder->comm;
			if (!mine || !h->timed || !hu_lock_same(h->lock, cause->part.lock) ||
			    h->duration < (worst->duration + 499) / 500 || h->to < f->from ||
			    h->from > f->to)
				continue;
			if (!lane)
				lane = task_lane(f, "holder", holder->tid, holder->comm);
			hold_bar(f, lane, cause, holder, h);
			if (bars++ < STATES_OF && h->tid >= 0)
				hu_figure_task_states(f, lane, h->tid, h->from, h->to,
						      hu_model_source(&h->begin, &h->end));
		}
	}
}

static void reclaim(struct hu_figure *f)
{
	struct hu_model *m = f->c->m;
	static const struct {
		bool kswapd;
		const char *label;
	} lanes[] = {{true, "kswapd awake"}, {false, "direct reclaim"}};

	for (size_t k = 0; k < 2; k++) {
		int64_t lane = 0;
		for (size_t i = 0, bars = 0; i < m->sessions.count && bars < HU_FIGURE_BARS; i++) {
			const struct hu_session *s = &m->sessions.at[i];
			if ((s->kind == HU_RECLAIM_KSWAPD) != lanes[k].kswapd ||
			    s->kind == HU_RECLAIM_COMPACTION)
				continue;
			/* Sessions of another hour of the capture took all the room before. */
			if (s->to < f->from || s->from > f->to)
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
			HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
			if (!lane)
				lane = hu_figure_lane(f, "reclaim", lanes[k].label, NULL);
			hu_out_duration(&label, s->to - s->from);
			hu_say_task(f->c, s->tid, NULL, &title);
			hu_out_printf(&title, ": %s for %s",
				      lanes[k].kswapd ? "awake" : "direct reclaim", label.at);
			bar(f, lane, s->from, s->to, label.at, title.at);
			bars++;
		}
	}
}

/* A loss whose ends nobody knows reaches as far as its source. */
static void loss_bar(struct hu_figure *f, int64_t lane, const struct hu_lost *l)
{
	const struct hu_model *m = f->c->m;
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	hu_ns from = l->from != HU_OPEN ? l->from : m->from, to = l->to != HU_OPEN ? l->to : m->to;

	if (l->late) {
		hu_out_printf(&title, "the record of CPU %d begins only here", l->cpu);
	} else {
		if (l->count > 0)
			hu_out_grouped(&title, l->count);
		hu_out_puts(&title, l->count > 0 ? " records lost"
						 : "records lost, nobody knows "
						   "how many");
		if (l->cpu >= 0)
			hu_out_printf(&title, " on CPU %d", l->cpu);
	}
	if (l->from == HU_OPEN || l->to == HU_OPEN)
		hu_out_puts(&title, "; when exactly is not known");
	bar(f, lane, from, to, "", title.at);
}

static const char *path_of(struct hu_figure *f, int64_t source)
{
	struct hu_rows *r = hu_rows_open(f->c->store, "SELECT path FROM source WHERE id = ?1");
	const char *path = NULL;

	hu_rows_bind_int(r, 1, source);
	if (hu_rows_next(r))
		path = hu_model_string(f->c->m, hu_rows_str(r, 0));
	hu_result_close(&f->c->err, r);
	return path ? path : "?";
}

/* One lane for each source that lost something here: one that repeats no other. */
void hu_figure_losses(struct hu_figure *f)
{
	const struct hu_model *m = f->c->m;
	int64_t sources[MAX_LOSSES], lanes[MAX_LOSSES];
	size_t n = 0, bars = 0;

	for (size_t i = 0; i < m->lost.count && bars < HU_FIGURE_BARS; i++) {
		const struct hu_lost *l = &m->lost.at[i];
		bool here = (l->from == HU_OPEN || l->from < f->to) &&
			    (l->to == HU_OPEN || l->to > f->from);
		size_t k = 0;
		if (!here)
			continue;
		while (k < n && sources[k] != l->source)
			k++;
		if (k == n) {
			if (n == MAX_LOSSES)
				continue;
			sources[n] = l->source;
			lanes[n++] = hu_figure_lane(f, "loss", path_of(f, l->source), NULL);
		}
		loss_bar(f, lanes[k], l);
		bars++;
	}
}

static void mark(struct hu_figure *f, int64_t *lane, hu_ns at, const char *label, const char *title)
{
	if (at < f->from || at > f->to)
		return;
	if (!*lane)
		*lane = hu_figure_lane(f, "mark", "marks", NULL);
	bar(f, *lane, at, at, label, title);
}

/* What set it off, and where the record ends. */
static void marks(struct hu_figure *f, const struct hu_cause *cause)
{
	const struct hu_model *m = f->c->m;
	const struct hu_op *worst = &m->ops.at[cause->ops.at[0]];
	const struct hu_session *woke = NULL;
	int64_t lane = 0;

	for (size_t i = 0; i < m->sessions.count; i++) {
		const struct hu_session *s = &m->sessions.at[i];
		if (s->kind == HU_RECLAIM_KSWAPD && s->from <= worst->to && s->to >= worst->from &&
		    (!woke || s->from < woke->from))
			woke = s;
	}
	if (woke && woke->from > m->from) {
		HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
		hu_say_task(f->c, woke->tid, NULL, &title);
		hu_out_puts(&title, " wakes at ");
		hu_out_stamp(&title, woke->from);
		mark(f, &lane, woke->from, "kswapd wakes", title.at);
	}
	mark(f, &lane, m->from, "the capture begins", "the capture begins");
	mark(f, &lane, m->to, "the capture ends", "the capture ends");
}

void hu_conclude_figure(struct hu_conclusion *c, struct hu_cause *cause)
{
	struct hu_figure f = {.c = c, .incident = cause->id};

	if (!cause->timed || !find_span(&f, cause))
		return;
	victims(&f, cause);
	if (cause->part.kind == HU_PART_LOCK)
		hu_figure_waiters(&f, cause);
	holders(&f, cause);
	reclaim(&f);
	hu_figure_losses(&f);
	hu_figure_counters(&f);
	marks(&f, cause);
}
