/* What the report's picture shows: victims, holders, reclaim and counters on one time axis. */
#include "analyzers/conclude.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_VICTIMS = 6, MAX_HOLDERS = 4, MAX_BARS = 400 };

struct figure {
	struct hu_conclusion *c;
	struct hu_cause *cause;
	int64_t lane;
	hu_ns from, to; /* the stalls, and a little around them */
};

static void find_span(struct figure *f)
{
	f->from = INT64_MAX;
	f->to = INT64_MIN;
	for (size_t i = 0; i < f->cause->ops.count; i++) {
		const struct hu_op *op = &f->c->m->ops.at[f->cause->ops.at[i]];
		f->from = op->timed && op->from < f->from ? op->from : f->from;
		f->to = op->timed && op->to > f->to ? op->to : f->to;
	}
	if (f->from > f->to)
		return;
	f->from -= (f->to - f->from) / 4 + HU_NS_PER_S;
	f->to += (f->to - f->from) / 4 + HU_NS_PER_S;
}

static int64_t lane(struct figure *f, const char *kind, const char *label, const char *unit)
{
	hu_result(f->c->store, &f->c->err,
		  "INSERT INTO figure_lane (incident, lane, kind, label, unit) VALUES (?1, ?2, ?3, "
		  "?4, ?5)",
		  "sisss", f->cause->id, ++f->lane, kind, label, unit);
	return f->lane;
}

static void bar(struct figure *f, int64_t at, hu_ns from, hu_ns to, const char *label,
		const char *title)
{
	/* What began before the window, or was printed of it, is drawn from its edge. */
	if (from < f->c->m->from)
		from = f->c->m->from;
	if (to > f->c->m->to)
		to = f->c->m->to;
	if (to < from)
		return;
	hu_result(f->c->store, &f->c->err,
		  "INSERT INTO figure_bar (incident, lane, from_ns, to_ns, label, title) VALUES "
		  "(?1, ?2, ?3, ?4, ?5, ?6)",
		  "siiiss", f->cause->id, at, (int64_t)hu_at(f->c, from), (int64_t)hu_at(f->c, to),
		  label, title);
}

static void victims(struct figure *f)
{
	struct hu_model *m = f->c->m;
	int32_t tids[MAX_VICTIMS];
	size_t n = 0;

	/* Worst first, so the lanes are those of the longest stalls. */
	for (size_t i = 0; i < f->cause->ops.count && n < MAX_VICTIMS; i++) {
		const struct hu_op *op = &m->ops.at[f->cause->ops.at[i]];
		bool known = !op->timed;
		for (size_t k = 0; k < n; k++)
			known |= tids[k] == op->tid;
		if (known)
			continue;
		tids[n++] = op->tid;
	}
	for (size_t k = 0; k < n; k++) {
		int64_t at = 0;
		for (size_t i = 0, bars = 0; i < f->cause->ops.count && bars < MAX_BARS; i++) {
			const struct hu_op *op = &m->ops.at[f->cause->ops.at[i]];
			if (!op->timed || op->tid != tids[k])
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
			HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
			if (!at)
				at = lane(f, "victim",
					  op->comm ? op->comm : hu_model_comm(m, op->tid), NULL);
			hu_out_printf(&label, "%s ", op->name);
			hu_out_duration(&label, op->duration);
			hu_say_task(f->c, op->tid, op->comm, &title);
			hu_out_printf(&title, ": %s", label.at);
			hu_out_puts(&title, " from ");
			hu_out_stamp(&title, op->from);
			bar(f, at, op->from, op->to, label.at, title.at);
			bars++;
		}
	}
}

static void holders(struct figure *f)
{
	struct hu_model *m = f->c->m;
	const struct hu_op *worst = &m->ops.at[f->cause->ops.at[0]];

	for (size_t k = 0; k < f->cause->holders.count && k < MAX_HOLDERS; k++) {
		const struct hu_holder *holder = &f->cause->holders.at[k];
		int64_t at = 0;
		if (holder->fellow || (f->cause->covered && holder->share < 0.01))
			continue;
		for (size_t i = 0, bars = 0; i < m->holds.count && bars < MAX_BARS; i++) {
			const struct hu_hold *h = &m->holds.at[i];
			const char *comm = h->comm ? h->comm : hu_model_comm(m, h->tid);
			bool mine = holder->tid >= 0 ? h->tid == holder->tid
						     : h->comm && comm == holder->comm;
			if (!mine || !h->timed || !hu_lock_same(h->lock, f->cause->part.lock) ||
			    h->duration * 500 < worst->duration || h->to < f->from ||
			    h->from > f->to)
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
			HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
			const char *mode = hu_mode_name(h->mode);
			if (!at)
				at = lane(f, "holder", holder->comm, NULL);
			hu_out_printf(&label, "%s ", mode ? mode : "held");
			hu_out_duration(&label, h->duration);
			if (holder->doing)
				hu_out_printf(&label, " · %s", holder->doing);
			hu_say_task(f->c, h->tid, holder->comm, &title);
			hu_out_printf(&title, " held %s%s%s for ", f->cause->label,
				      mode ? " for " : "", mode ? mode : "");
			hu_out_duration(&title, h->duration);
			hu_out_puts(&title, " from ");
			hu_out_stamp(&title, h->from);
			bar(f, at, h->from, h->to, label.at, title.at);
			bars++;
		}
	}
}

static void reclaim(struct figure *f)
{
	struct hu_model *m = f->c->m;
	static const struct {
		bool kswapd;
		const char *label;
	} lanes[] = {{true, "kswapd awake"}, {false, "direct reclaim"}};

	for (size_t k = 0; k < 2; k++) {
		int64_t at = 0;
		for (size_t i = 0, bars = 0; i < m->sessions.count && bars < MAX_BARS; i++) {
			const struct hu_session *s = &m->sessions.at[i];
			if ((s->kind == HU_RECLAIM_KSWAPD) != lanes[k].kswapd ||
			    s->kind == HU_RECLAIM_COMPACTION)
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
			HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
			if (!at)
				at = lane(f, "reclaim", lanes[k].label, NULL);
			hu_out_duration(&label, s->to - s->from);
			hu_say_task(f->c, s->tid, NULL, &title);
			hu_out_printf(&title, ": %s for %s",
				      lanes[k].kswapd ? "awake" : "direct reclaim", label.at);
			bar(f, at, s->from, s->to, label.at, title.at);
			bars++;
		}
	}
}

/* One counter as a line: a level as it is, a running total as its rate between samples. */
static bool counter(struct figure *f, const char *pattern, const char *label, const char *unit,
		    double scale, bool rate)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	HU_VEC(hu_ns) times = {0};
	HU_VEC(double) values = {0};

	/* Of the sources that have it the first; several series of one pattern (zones) add up. */
	hu_out_printf(&sql,
		      "WITH v AS (SELECT counter.source AS src, counter.ts + offset_ns AS at, "
		      "sum(value) AS value FROM counter JOIN "
		      "source ON source.id = counter.source JOIN name ON name.id = series WHERE "
		      "text GLOB '%s' AND counter.ts IS NOT "
		      "NULL AND offset_ns IS NOT NULL GROUP BY src, at), w AS (SELECT src, at, "
		      "value, lag(at) OVER (PARTITION BY src "
		      "ORDER BY at) AS since, lag(value) OVER (PARTITION BY src ORDER BY at) AS "
		      "before FROM v) "
		      "SELECT at, %s, since FROM w WHERE src = (SELECT min(src) FROM w) AND at "
		      "BETWEEN ?1 "
		      "AND ?2 %s ORDER BY at LIMIT 2000",
		      pattern,
		      rate ? "(CASE WHEN value >= before THEN value - before ELSE value END) * 1e9 "
			     "/ (at - since)"
			   : "value",
		      rate ? "AND since IS NOT NULL AND at > since" : "");
	struct hu_rows *r = hu_rows_open(f->c->store, sql.at);
	hu_rows_bind_int(r, 1, f->c->m->from);
	hu_rows_bind_int(r, 2, f->c->m->to);
	while (hu_rows_next(r)) {
		/* A rate is one for its whole interval: drawn as a step, not as a slope from the
		 * one before. */
		if (rate && hu_rows_int(r, 2) >= f->c->m->from) {
			HU_PUSH(&times, hu_rows_int(r, 2));
			HU_PUSH(&values, hu_rows_num(r, 1) * scale);
		}
		HU_PUSH(&times, hu_rows_int(r, 0));
		HU_PUSH(&values, hu_rows_num(r, 1) * scale);
	}
	hu_result_close(&f->c->err, r);
	double most = 0;
	for (size_t i = 0; i < values.count; i++)
		most = values.at[i] > most ? values.at[i] : most;
	bool drawn = values.count > 1 && most > 0;
	if (drawn) {
		int64_t at = lane(f, "counter", label, unit);
		for (size_t i = 0; i < values.count; i++)
			hu_result(f->c->store, &f->c->err,
				  "INSERT INTO figure_point (incident, lane, at_ns, value) VALUES "
				  "(?1, ?2, ?3, ?4)",
				  "siid", f->cause->id, at, (int64_t)hu_at(f->c, times.at[i]),
				  values.at[i]);
	}
	free(times.at);
	free(values.at);
	return drawn;
}

void hu_conclude_figure(struct hu_conclusion *c, struct hu_cause *cause)
{
	struct figure f = {.c = c, .cause = cause};

	find_span(&f);

	if (!cause->timed)
		return;
	victims(&f);
	holders(&f);
	reclaim(&f);
	if (!counter(&f, "proc.meminfo.MemFree", "free memory", "MiB", 1.0 / 1048576, false))
		counter(&f, "vmstat.free", "free memory", "MiB", 1.0 / 1024, false);
	counter(&f, "proc.vmstat.slabs_scanned", "slab objects scanned", "objects/s", 1, true);
	if (!counter(&f, "proc.vmstat.pgscan_direct", "pages scanned, direct", "pages/s", 1, true))
		counter(&f, "sar.pgscand/s", "pages scanned, direct", "pages/s", 1, false);
	if (!counter(&f, "proc.vmstat.pgscan_kswapd", "pages scanned, kswapd", "pages/s", 1, true))
		counter(&f, "sar.pgscank/s", "pages scanned, kswapd", "pages/s", 1, false);
	counter(&f, "psi.memory.full.avg10", "memory pressure, full", "%", 1, false);
}
