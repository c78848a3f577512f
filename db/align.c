/*
 * One time axis. Clocks are nodes, readings are edges; each source's clock is walked to the case
 * clock along the edges of least doubt. Sources of kernel facts: kernel-facts section 6;
 * kernel/sched/clock.c (sched_clock starts near boot, so trace "local", perf's and printk's clocks
 * and CLOCK_MONOTONIC agree to a fraction of a second, and drift).
 */
#include "db/store_private.h"
#include "db/rows.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum how { STATED, DERIVED, ASSUMED };
static const char *const how_names[] = {"stated", "derived", "assumed"};

struct edge {
	enum hu_clock a, b;
	hu_ns add; /* b = a + add */
	hu_ns slack;
	enum how how;
	char *by;
};

struct graph {
	struct edge *edge;
	size_t count;
};

struct reach {
	bool known;
	hu_ns add; /* case time = time + add */
	hu_ns slack;
	enum how how;
	const char *by;
};

static void add_edge(struct graph *g, struct edge edge, const char *by)
{
	g->edge = hu_realloc(g->edge, sizeof(*g->edge) * (g->count + 1));
	edge.by = hu_strdup(hu_str(by));
	g->edge[g->count++] = edge;
}

/*
 * Several readings of one pair: the tightest counts. Another that cannot be true beside it, even
 * with its own slack, shows drift, and that goes into the slack; a looser one that agrees adds
 * nothing.
 */
static void add_reading(struct graph *g, struct edge edge, const char *by)
{
	for (size_t i = 0; i < g->count; i++) {
		struct edge *e = &g->edge[i];
		if (e->how != STATED || e->a != edge.a || e->b != edge.b)
			continue;
		hu_ns apart = e->add > edge.add ? e->add - edge.add : edge.add - e->add;
		/* More than a second apart is another boot or a stepped clock, not drift. */
		hu_ns drift = apart < HU_NS_PER_S && apart > e->slack + edge.slack ? apart : 0;
		if (edge.slack < e->slack) {
			e->add = edge.add;
			e->slack = edge.slack;
			free(e->by);
			e->by = hu_strdup(hu_str(by));
		}
		if (drift > e->slack)
			e->slack = drift;
		return;
	}
	add_edge(g, edge, by);
}

/*
 * A guest's capture that has been moved to its host's clock, as the tools print it. Where the
 * host's own is not in the bundle, the rest of the bundle is the guest's, and it is taken back by
 * as much, give or take what its offsets differ. How much; *slack is added to.
 */
static hu_ns taken_back(struct hu_store *store, int64_t source, hu_ns *slack)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT CAST(least.value AS INTEGER), CAST(most.value AS INTEGER) "
		       "FROM fact AS least JOIN fact AS most ON most.source = least.source AND "
		       "most.key = 'trace.shift_most' JOIN fact AS host ON host.source = "
		       "least.source AND host.key = 'trace.host_id' WHERE least.source = ?1 AND "
		       "least.key = 'trace.shift_least' AND NOT EXISTS (SELECT 1 FROM fact WHERE "
		       "key = 'trace.id' AND value = host.value AND source != host.source)");
	static const hu_ns year = 366 * 86400 * HU_NS_PER_S;
	hu_ns least = 0, most = 0, range;

	hu_rows_bind_int(rows, 1, source);
	if (hu_rows_next(rows)) {
		least = hu_rows_int(rows, 0);
		most = hu_rows_int(rows, 1);
	}
	hu_store_end_rows(store, rows);
	/* A year: nothing that is meant, and nothing that overflows. */
	if (least < -year || most > year || most < least)
		return 0;
	range = most - least;
	*slack += range - range / 2;
	return least + range / 2;
}

struct switches {
	int64_t source;
	hu_ns back, back_slack;
	struct hu_stretch rows;
	enum hu_clock clock;
	char *path;
};

static int most_rows_first(const void *a, const void *b)
{
	const struct switches *x = a, *y = b;
	int64_t rows_x = x->rows.last - x->rows.first, rows_y = y->rows.last - y->rows.first;

	if (rows_x != rows_y)
		return rows_x > rows_y ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

/* The sources that have task switches, most rows first. */
static struct switches *list_switches(struct hu_store *store, size_t *count)
{
	struct switches *s = NULL;
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT id, clock, path FROM source WHERE copy_of IS NULL AND "
				    "first_ts NOTNULL ORDER BY id");

	*count = 0;
	while (hu_rows_next(rows)) {
		struct hu_stretch in = hu_store_stretch(store, "switch", hu_rows_int(rows, 0));
		if (in.first == in.last)
			continue;
		s = hu_realloc(s, (*count + 1) * sizeof(*s));
		s[(*count)++] = (struct switches){.source = hu_rows_int(rows, 0),
						  .rows = in,
						  .clock = hu_clock_by_name(hu_rows_str(rows, 1)),
						  .path = hu_strdup(hu_rows_str(rows, 2))};
	}
	hu_store_end_rows(store, rows);
	for (size_t i = 0; i < *count; i++)
		s[i].back = taken_back(store, s[i].source, &s[i].back_slack);
	if (*count)
		qsort(s, *count, sizeof(*s), most_rows_first);
	return s;
}

static void free_switches(struct switches *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(s[i].path);
	free(s);
}

static bool is_time(enum hu_clock clock)
{
	return clock > HU_CLOCK_NONE && clock != HU_CLOCK_TRACE_COUNTER;
}

/* Between two clocks that nobody has related: the switches that a source of each has seen. */
static void derive_edges(struct hu_store *store, struct graph *g)
{
	size_t count, stated = g->count;
	struct switches *s = list_switches(store, &count);

	for (size_t i = 0; i < count; i++) {
		for (size_t k = i + 1; k < count; k++) {
			struct hu_derived d;
			bool known = s[i].clock == s[k].clock || !is_time(s[i].clock) ||
				     !is_time(s[k].clock);
			for (size_t e = 0; e < g->count && !known; e++)
				known = (e >= stated || g->edge[e].slack <= 50000) &&
					((g->edge[e].a == s[i].clock &&
					  g->edge[e].b == s[k].clock) ||
					 (g->edge[e].a == s[k].clock &&
					  g->edge[e].b == s[i].clock));
			if (known || !hu_derive_clocks(store, s[i].rows, s[k].rows, &d))
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out by = {0};
			hu_out_printf(&by, "%zu task switches that both %s and %s have", d.from,
				      s[i].path, s[k].path);
			add_edge(g,
				 (struct edge){s[i].clock, s[k].clock,
					       d.add + s[i].back - s[k].back,
					       d.slack + s[i].back_slack + s[k].back_slack, DERIVED,
					       NULL},
				 by.at);
		}
	}
	free_switches(s, count);
}

/*
 * Two tracers on one clock read it one after the other for the same event, and what lies between is
 * their own work: measured by the switches that both saw, and given as the slack of the smaller
 * one.
 */
static void measure_slack(struct hu_store *store)
{
	enum { NOT_THE_SAME = 100 * HU_NS_PER_MS }; /* another boot's clock, or a stepped one */
	size_t count;
	struct switches *s = list_switches(store, &count);

	for (size_t k = 1; k < count; k++) {
		for (size_t i = 0; i < k; i++) {
			struct hu_derived d;
			if (s[i].clock != s[k].clock || !is_time(s[k].clock) ||
			    !hu_derive_clocks(store, s[i].rows, s[k].rows, &d))
				continue;
			d.add += s[i].back - s[k].back;
			hu_ns apart = (d.add < 0 ? -d.add : d.add) + d.slack;
			if (apart > NOT_THE_SAME)
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
			hu_out_printf(&how, "; slack by %zu task switches that %s has, too", d.from,
				      s[i].path);
			sqlite3_stmt *update = hu_store_prepare(
				store, "UPDATE source SET slack_ns = ?2, aligned = aligned || ?3 "
				       "WHERE id = ?1 AND slack_ns < ?2");
			sqlite3_bind_int64(update, 1, s[k].source);
			sqlite3_bind_int64(update, 2, apart);
			sqlite3_bind_text(update, 3, how.at, -1, SQLITE_TRANSIENT);
			hu_store_step(store, update);
			sqlite3_finalize(update);
			break;
		}
	}
	free_switches(s, count);
}

static void read_edges(struct hu_store *store, struct graph *g)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT a, ta, b, tb, r.slack_ns, path, pos FROM clock_reading AS r "
		       "JOIN source ON source.id = "
		       "r.source ORDER BY source.id, pos, a, b, ta");

	while (hu_rows_next(rows)) {
		struct edge e = {hu_clock_by_name(hu_rows_str(rows, 0)),
				 hu_clock_by_name(hu_rows_str(rows, 2)),
				 0,
				 hu_rows_int(rows, 4),
				 STATED,
				 NULL};
		if (__builtin_sub_overflow(hu_rows_int(rows, 3), hu_rows_int(rows, 1), &e.add))
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out by = {0};
		hu_out_str(&by, hu_rows_str(rows, 5));
		if (!hu_rows_null(rows, 6))
			hu_out_printf(&by, " line %lld", (long long)hu_rows_int(rows, 6));
		add_reading(g, e, by.at);
	}
	hu_store_end_rows(store, rows);

	derive_edges(store, g);

	static const struct {
		enum hu_clock a, b;
		hu_ns slack;
		const char *by;
	} assumed[] = {
		{HU_CLOCK_BOOT, HU_CLOCK_MONOTONIC, HU_NS_PER_S, "no suspend"},
		{HU_CLOCK_MONOTONIC_RAW, HU_CLOCK_MONOTONIC, HU_NS_PER_S, "both count from boot"},
		{HU_CLOCK_TRACE_LOCAL, HU_CLOCK_MONOTONIC, HU_NS_PER_S,
		 "sched_clock starts near boot"},
		/* trace_clock_local() is sched_clock(); the three others add
		 * __sched_clock_offset, by local_clock() or sched_clock_cpu(): tens of
		 * milliseconds on a slow boot (kernel/trace/trace_clock.c,
		 * kernel/sched/clock.c). */
		{HU_CLOCK_PERF, HU_CLOCK_TRACE_LOCAL, HU_NS_PER_S,
		 "both are sched_clock, with another offset"},
		{HU_CLOCK_TRACE_GLOBAL, HU_CLOCK_PERF, HU_NS_PER_MS, "both are sched_clock_cpu"},
		{HU_CLOCK_PRINTK, HU_CLOCK_PERF, HU_NS_PER_MS, "both are local_clock"},
		{HU_CLOCK_UPTIME, HU_CLOCK_MONOTONIC, HU_NS_PER_S, "jiffies count from boot"},
		{HU_CLOCK_TAI, HU_CLOCK_REALTIME, 60 * HU_NS_PER_S, "TAI offset may be unset"},
	};
	for (size_t i = 0; i < sizeof(assumed) / sizeof(assumed[0]); i++)
		add_edge(g,
			 (struct edge){assumed[i].a, assumed[i].b, 0, assumed[i].slack, ASSUMED,
				       NULL},
			 assumed[i].by);
}

/* Bellman and Ford over fifteen nodes: least assumed first, then least slack. */
static void walk(const struct graph *g, enum hu_clock to, struct reach reach[HU_CLOCK_COUNT])
{
	memset(reach, 0, sizeof(*reach) * HU_CLOCK_COUNT);
	reach[to] = (struct reach){true, 0, 0, STATED, "the case clock"};
	for (int round = 0; round < HU_CLOCK_COUNT; round++) {
		for (size_t i = 0; i < 2 * g->count; i++) {
			const struct edge *e = &g->edge[i / 2];
			bool forward = i % 2 == 0;
			enum hu_clock from = forward ? e->a : e->b, via = forward ? e->b : e->a;
			if (!reach[via].known || from == to)
				continue;
			hu_ns step = forward ? e->add : -e->add;
			struct reach r = {true, 0, reach[via].slack + e->slack,
					  e->how > reach[via].how ? e->how : reach[via].how,
					  reach[via].how > e->how || via == to ? NULL
									       : reach[via].by};
			if (__builtin_add_overflow(reach[via].add, step, &r.add))
				continue;
			r.by = e->how > reach[via].how || (e->how == reach[via].how &&
							   e->slack >= reach[via].slack)
				       ? e->by
				       : reach[via].by;
			struct reach *have = &reach[from];
			if (!have->known || r.how < have->how ||
			    (r.how == have->how && r.slack < have->slack))
				*have = r;
		}
	}
}

static enum hu_clock choose_case_clock(struct hu_store *store)
{
	/* CLOCK_MONOTONIC where anything speaks it; else the clock of whoever brought most records.
	 */
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT clock FROM (SELECT clock, sum(records) AS n FROM source WHERE "
		       "first_ts IS NOT NULL AND "
		       "clock NOT IN "
		       "('unknown', 'none', 'trace_counter', 'local_time') GROUP BY clock "
		       "UNION ALL SELECT 'monotonic', 1 FROM clock_reading WHERE a = 'monotonic' "
		       "OR b = 'monotonic') "
		       "ORDER BY clock != 'monotonic', n DESC, clock LIMIT 1");
	enum hu_clock clock = HU_CLOCK_MONOTONIC;

	if (hu_rows_next(rows))
		clock = hu_clock_by_name(hu_rows_str(rows, 0));
	hu_store_end_rows(store, rows);
	return clock;
}

struct placed {
	hu_ns from, to; /* of all sources that are on the axis already, in case time */
	bool any;
};

static void place(struct hu_store *store, int64_t id, hu_ns offset, hu_ns slack, const char *how)
{
	sqlite3_stmt *s = hu_store_prepare(
		store,
		"UPDATE source SET offset_ns = ?2, slack_ns = ?3, aligned = ?4 WHERE id = ?1");

	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, offset);
	sqlite3_bind_int64(s, 3, slack);
	sqlite3_bind_text(s, 4, how, -1, SQLITE_TRANSIENT);
	hu_store_step(store, s);
	sqlite3_finalize(s);
}

/* A wall clock without a zone: the zone that puts it nearest to what is on the axis, and UTC if
 * that is as near. */
static void place_local(struct hu_store *store, int64_t id, hu_ns first, hu_ns last,
			const struct reach *realtime, const struct placed *placed)
{
	static const hu_ns quarter = 900 * HU_NS_PER_S;
	HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
	int64_t best = 0;
	hu_ns best_gap = HU_OPEN;

	for (int64_t zone = 0; zone <= 112 && placed->any; zone++) {
		for (int sign = 1; sign >= -1; sign -= 2) {
			hu_ns shift = -sign * zone * quarter + realtime->add;
			hu_ns from = first + shift, to = last + shift;
			hu_ns gap = from > placed->to	? from - placed->to
				    : to < placed->from ? placed->from - to
							: 0;
			if (gap < best_gap) {
				best_gap = gap;
				best = sign * zone;
			}
		}
	}
	if (best)
		hu_out_printf(
			&how, "assumed: zone UTC%+lld:%02lld, in which it meets the other sources",
			(long long)(best / 4), (long long)((best < 0 ? -best : best) % 4 * 15));
	else
		hu_out_puts(&how, "assumed: wall clock without a zone, taken as UTC");
	hu_out_printf(&how, "; wall clock %s by %s", how_names[realtime->how], realtime->by);
	place(store, id, realtime->add - best * quarter, realtime->slack + HU_NS_PER_S, how.at);
}

static void place_all(struct hu_store *store, const struct reach reach[HU_CLOCK_COUNT], bool local,
		      struct placed *placed)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT id, clock, first_ts, last_ts FROM source WHERE first_ts IS "
		       "NOT NULL AND offset_ns IS NULL ORDER BY id");

	while (hu_rows_next(rows)) {
		int64_t id = hu_rows_int(rows, 0);
		enum hu_clock clock = hu_clock_by_name(hu_rows_str(rows, 1));
		hu_ns first = hu_rows_int(rows, 2), last = hu_rows_int(rows, 3);
		if (clock == HU_CLOCK_LOCAL_TIME) {
			if (local && reach[HU_CLOCK_REALTIME].known)
				place_local(store, id, first, last, &reach[HU_CLOCK_REALTIME],
					    placed);
			continue;
		}
		const struct reach *r = &reach[clock];
		if (!r->known)
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
		hu_out_printf(&how, "%s: %s", how_names[r->how], r->by);
		hu_ns slack = r->slack, back = taken_back(store, id, &slack), add;
		if (__builtin_sub_overflow(r->add, back, &add))
			continue;
		if (back)
			hu_out_puts(&how, "; taken back to the guest's own clock, its host's "
					  "capture is not here");
		place(store, id, add, slack, how.at);
		if (slack > 10 * HU_NS_PER_S)
			continue;
		if (!placed->any || first + add < placed->from)
			placed->from = first + add;
		if (!placed->any || last + add > placed->to)
			placed->to = last + add;
		placed->any = true;
	}
	hu_store_end_rows(store, rows);
}

void hu_align_sources(struct hu_store *store)
{
	struct graph g = {0};
	struct reach reach[HU_CLOCK_COUNT];
	struct placed placed = {0};
	enum hu_clock clock = choose_case_clock(store);

	hu_store_meta(store, "case.clock", hu_str(hu_clock_name(clock)));
	read_edges(store, &g);
	walk(&g, clock, reach);
	place_all(store, reach, false, &placed);
	place_all(store, reach, true, &placed);
	measure_slack(store);
	if (reach[HU_CLOCK_REALTIME].known && reach[HU_CLOCK_REALTIME].how == STATED) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(&text, "%lld", (long long)-reach[HU_CLOCK_REALTIME].add);
		hu_store_meta(store, "case.realtime_minus_case_ns", hu_out_view(&text));
		hu_store_meta(store, "case.realtime_by", hu_str(reach[HU_CLOCK_REALTIME].by));
	}
	hu_store_run(store, "UPDATE source SET aligned = 'none: its clock cannot be placed on the "
			    "case''s axis' "
			    "WHERE first_ts IS NOT NULL AND offset_ns IS NULL");
	for (size_t i = 0; i < g.count; i++)
		hu_freep(&g.edge[i].by);
	hu_freep(&g.edge);
}
