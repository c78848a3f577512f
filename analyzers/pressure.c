/*
 * Memory pressure over the window: who reclaimed, in which shrinker, and whether stalls really
 * coincide with it. By exposure of operations, with an exact test, not by eye.
 */
#include "analyzers/conclude.h"
#include "analyzers/statistics.h"
#include "db/bisect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct stretch {
	hu_ns from, to;
};
typedef HU_VEC(struct stretch) stretches;

static int by_from(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

/* Sorts and joins overlapping stretches; returns their length. */
static hu_ns merge(const struct hu_model *m, stretches *s)
{
	size_t n = 0;
	hu_ns ns = 0;

	if (!s->count)
		return 0;
	HU_SORT_MUCH(m, s, by_from);
	for (size_t i = 0; i < s->count; i++) {
		if (n && s->at[i].from <= s->at[n - 1].to) {
			if (s->at[i].to > s->at[n - 1].to)
				s->at[n - 1].to = s->at[i].to;
			continue;
		}
		s->at[n++] = s->at[i];
	}
	s->count = n;
	for (size_t i = 0; i < n; i++)
		ns += s->at[i].to - s->at[i].from;
	return ns;
}

static bool meets(const stretches *s, hu_ns from, hu_ns to)
{
	size_t a;

	HU_BISECT(a, 0, s->count, s->at[a].to <= from);
	return a < s->count && s->at[a].from < to;
}

struct totals {
	hu_ns kswapd, direct, longest_direct;
	int64_t kswapd_sessions, direct_sessions, direct_tasks;
	uint32_t kind; /* of all reclaims by tasks, if it is one; 0: several */
	double psi_full, psi_some, scanned, stolen, slabs;
	int64_t reclaimed; /* pages, by tasks themselves; HU_OPEN: no event says */
	int64_t throttled; /* times */
	hu_ns waited;	   /* inside reclaim; HU_OPEN: no stacks tell */
	double sar_scan;   /* pages/s, the highest that sar printed, kswapd or direct */
};

static double one_number(struct hu_conclusion *c, const char *sql)
{
	struct hu_rows *r = hu_rows_open(c->store, sql);
	double value = NAN;

	if (hu_rows_next(r) && !hu_rows_null(r, 0))
		value = hu_rows_num(r, 0);
	hu_result_close(&c->err, r);
	return value;
}

/* Growth of running totals over the window; a total that fell was reset, and counts from zero
 * again. */
static double growth(struct hu_conclusion *c, const char *pattern)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql,
		      "WITH v AS (SELECT value, lag(value) OVER (PARTITION BY counter.source, "
		      "series ORDER BY ts, counter.rowid) AS "
		      "before FROM counter JOIN name ON name.id = series WHERE running AND ts IS "
		      "NOT NULL AND text GLOB '%s') "
		      "SELECT sum(CASE WHEN value >= before THEN value - before ELSE value END) "
		      "FROM v WHERE before IS NOT NULL",
		      pattern);
	return one_number(c, sql.at);
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static void sessions(struct hu_conclusion *c, struct totals *t, stretches *running)
{
	HU_VEC(int32_t) tids = {0};
	stretches kswapd = {0};

	for (size_t i = 0; i < c->m->sessions.count; i++) {
		const struct hu_session *s = &c->m->sessions.at[i];
		struct stretch span = {s->from, s->to};
		HU_PUSH_MUCH(c->m, running, span);
		if (s->kind == HU_RECLAIM_KSWAPD) {
			HU_PUSH_MUCH(c->m, &kswapd, span);
			t->kswapd_sessions++;
		} else if (s->kind != HU_RECLAIM_COMPACTION) {
			t->kind = !t->direct_sessions || t->kind == s->kind ? s->kind : 0;
			t->direct += s->to - s->from;
			t->direct_sessions++;
			if (s->to - s->from > t->longest_direct)
				t->longest_direct = s->to - s->from;
			HU_PUSH_MUCH(c->m, &tids, s->tid);
		}
	}
	t->kswapd = merge(c->m, &kswapd);
	HU_SORT_MUCH(c->m, &tids, by_number);
	for (size_t i = 0; i < tids.count; i++)
		t->direct_tasks += !i || tids.at[i] != tids.at[i - 1];
	for (size_t i = 0; i < c->m->scans.count; i++) {
		struct stretch span = {c->m->scans.at[i].from, c->m->scans.at[i].to};
		HU_PUSH_MUCH(c->m, running, span);
	}
	hu_spill_drop(c->m->spill, kswapd.at);
	hu_spill_drop(c->m->spill, tids.at);
}

/* Without reclaim events, counters say in which of their intervals pages were scanned. */
static struct hu_err *from_counters(struct hu_conclusion *c, stretches *running)
{
	struct hu_rows *r = hu_rows_open(
		c->store, "WITH v AS (SELECT counter.ts + offset_ns AS at, value, "
			  "running, lag(value) OVER w AS before, lag(counter.ts + "
			  "offset_ns) OVER w AS since FROM counter JOIN source ON "
			  "source.id = counter.source JOIN name ON name.id = series "
			  "WHERE counter.ts IS NOT NULL AND offset_ns IS NOT NULL AND "
			  "(text GLOB 'proc.vmstat.pgscan_*' OR text = "
			  "'proc.vmstat.slabs_scanned' OR text GLOB 'sar.pgscan*/s') "
			  "WINDOW w AS (PARTITION BY counter.source, series ORDER "
			  "BY counter.ts, counter.rowid)) SELECT since, at FROM v "
			  /* A total that fell was reset: all of it is of this interval. */
			  "WHERE since IS NOT NULL AND CASE WHEN running THEN value > "
			  "before OR (value < before AND value > 0) ELSE value > 0 "
			  "END ORDER BY since, at");

	while (hu_rows_next(r)) {
		struct stretch span = {hu_rows_int(r, 0), hu_rows_int(r, 1)};
		HU_PUSH_MUCH(c->m, running, span);
	}
	return hu_rows_close(r);
}

struct by_shrinker {
	int32_t tid;
	const char *function;
	int64_t calls;
	hu_ns longest, longest_at, total;
};

static int longest_first(const void *a, const void *b)
{
	const struct by_shrinker *x = a, *y = b;

	if (x->longest != y->longest)
		return x->longest > y->longest ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return strcmp(x->function, y->function);
}

static void shrinkers(struct hu_conclusion *c)
{
	HU_VEC(struct by_shrinker) all = {0};

	for (size_t i = 0; i < c->m->scans.count; i++) {
		const struct hu_scan *s = &c->m->scans.at[i];
		hu_ns ns = s->to - s->from;
		size_t k = 0;
		while (k < all.count &&
		       (all.at[k].tid != s->tid || all.at[k].function != s->function))
			k++;
		if (k == all.count) {
			struct by_shrinker fresh = {s->tid, s->function, 0, -1, 0, 0};
			HU_PUSH(&all, fresh);
		}
		all.at[k].calls++;
		all.at[k].total += ns;
		if (ns > all.at[k].longest) {
			all.at[k].longest = ns;
			all.at[k].longest_at = s->from;
		}
	}
	if (all.count)
		qsort(all.at, all.count, sizeof(all.at[0]), longest_first);
	for (size_t i = 0; i < all.count && i < 20; i++)
		hu_result(c->store, &c->err,
			  "INSERT INTO pressure_shrinker (rank, comm, tid, function, calls, "
			  "longest_ns, longest_at_ns, total_ns) "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			  "isisiiii", (int64_t)i + 1, hu_model_comm(c->m, all.at[i].tid),
			  (int64_t)all.at[i].tid, all.at[i].function, all.at[i].calls,
			  (int64_t)all.at[i].longest, (int64_t)hu_at(c, all.at[i].longest_at),
			  (int64_t)all.at[i].total);
	free(all.at);
}

static bool of_victims(const struct hu_conclusion *c, const struct hu_op *op)
{
	const struct hu_cause *cause = c->causes->at.count ? &c->causes->at.at[0] : NULL;

	if (cause)
		return hu_cause_is_kind(cause, op->name);
	return true;
}

static const char *kind_name(uint32_t kind)
{
	switch (kind) {
	case HU_RECLAIM_DIRECT:
		return "direct reclaims";
	case HU_RECLAIM_MEMCG:
	case HU_RECLAIM_MEMCG_SOFT:
		return "memory cgroup reclaims";
	case HU_RECLAIM_NODE:
		return "node reclaims";
	default:
		return "reclaims (direct, of cgroups or of nodes)";
	}
}

static void say(struct hu_conclusion *c, const struct totals *t, const int64_t n[4], double p,
		struct hu_out *to)
{
	if (t->kswapd_sessions) {
		hu_out_puts(to, "kswapd was awake for ");
		hu_out_duration(to, t->kswapd);
		hu_out_puts(to, " of ");
		hu_out_duration(to, c->m->to - c->m->from);
		hu_out_puts(to, "; ");
	}
	if (t->direct_sessions) {
		hu_out_printf(to, "%lld %s by %lld task%s, the longest ",
			      (long long)t->direct_sessions, kind_name(t->kind),
			      (long long)t->direct_tasks, t->direct_tasks == 1 ? "" : "s");
		hu_out_duration(to, t->longest_direct);
		hu_out_puts(to, "; ");
	}
	if (t->scanned > 0 && !isnan(t->stolen))
		hu_out_printf(to, "%.0f %% of the scanned pages were reclaimed; ",
			      t->stolen / t->scanned * 100);
	if (t->waited != HU_OPEN && t->waited > 0) {
		hu_out_puts(to, "inside reclaim tasks slept ");
		hu_out_duration(to, t->waited);
		hu_out_puts(to, " in all; ");
	}
	if (!t->kswapd_sessions && !t->direct_sessions && t->sar_scan > 0) {
		hu_out_puts(to, "sar counted up to ");
		hu_out_grouped(to, (int64_t)t->sar_scan);
		hu_out_puts(to, " scanned pages a second; ");
	}
	if (n[0] + n[1] + n[2] + n[3]) {
		hu_out_printf(to,
			      "%lld of %lld operations stalled while reclaim ran, %lld of %lld "
			      "while it did not",
			      (long long)n[0], (long long)(n[0] + n[1]), (long long)n[2],
			      (long long)(n[2] + n[3]));
		if (!isnan(p))
			hu_out_printf(
				to, p < 1e-4 ? " (exact test p = %.0e)" : " (exact test p = %.4f)",
				p);
		hu_out_putc(to, '.');
	} else if (to->len) {
		to->len -= 2;
		to->at[to->len] = '\0';
		hu_out_putc(to, '.');
	} else {
		hu_out_puts(to, "Counters of memory reclaim were recorded; no operation to set "
				"against them.");
	}
	if (to->len && to->at[0] == 'k' && strncmp(to->at, "kswapd", 6) != 0)
		to->at[0] = 'K';
}

/* What the events of reclaim themselves count. */
static void accounts(struct hu_conclusion *c, struct totals *t)
{
	double pages = one_number(
		c, "SELECT sum(1.0 * pages) FROM reclaim AS e JOIN source AS s ON s.id = "
		   "e.source WHERE s.copy_of IS NULL AND step = 2 AND kind IN (3, "
		   "4, 5, 6)");
	double throttled =
		one_number(c, "SELECT count(*) FROM reclaim AS e JOIN source AS s ON s.id "
			      "= e.source WHERE s.copy_of IS NULL AND kind = 7");

	t->reclaimed = isnan(pages) ? HU_OPEN : (int64_t)pages;
	/* Whether the event was on is not known: none seen is not none. */
	t->throttled = throttled > 0 ? (int64_t)throttled : HU_OPEN;
	t->waited = hu_conclude_reclaim_waits(c);
	hu_conclude_reclaim_memcg(c);
}

void hu_conclude_pressure(struct hu_conclusion *c)
{
	struct totals t = {0};
	stretches running = {0};
	int64_t n[4] = {0}; /* in: stalled, other; out: stalled, other */
	const char *basis = "kswapd and direct reclaim sessions and shrinker calls in the trace";

	sessions(c, &t, &running);
	t.psi_full = one_number(c, "SELECT max(value) FROM counter JOIN name ON name.id = series "
				   "WHERE text = 'psi.memory.full.avg10'");
	t.psi_some = one_number(c, "SELECT max(value) FROM counter JOIN name ON name.id = series "
				   "WHERE text = 'psi.memory.some.avg10'");
	t.sar_scan =
		one_number(c, "SELECT max(value) FROM counter JOIN name ON name.id = series WHERE "
			      "text IN ('sar.pgscank/s', 'sar.pgscand/s')");
	t.scanned = growth(c, "proc.vmstat.pgscan_[kd]*");
	t.stolen = growth(c, "proc.vmstat.pgsteal_[kd]*");
	t.slabs = growth(c, "proc.vmstat.slabs_scanned");
	accounts(c, &t);
	bool counters =
		!isnan(t.psi_full) || !isnan(t.scanned) || !isnan(t.sar_scan) || !isnan(t.slabs);
	if (!running.count && c->m->have_counters && !c->err) {
		c->err = from_counters(c, &running);
		basis = "intervals in which /proc/vmstat or sar counted scanned pages or slab "
			"objects";
		counters |= running.count > 0;
	}
	if (!counters && !running.count && !c->m->have_reclaim && !c->m->have_shrink)
		return;
	merge(c->m, &running);
	for (size_t i = 0; i < c->m->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[i];
		if (!op->timed || op->inferred || !of_victims(c, op))
			continue;
		bool stalled = op->duration >= c->m->options.threshold;
		n[(meets(&running, op->from, op->to) ? 0 : 2) + !stalled]++;
	}
	struct hu_risk risk = hu_risk_ratio(n[0], n[1], n[2], n[3]);
	double p = n[0] + n[1] + n[2] + n[3] ? hu_fisher(n[0], n[1], n[2], n[3]) : NAN;
	HU_CLEANUP(hu_out_deinit) struct hu_out sentence = {0};
	say(c, &t, n, p, &sentence);
	bool any = n[0] + n[1] + n[2] + n[3];
	hu_result(c->store, &c->err,
		  "INSERT INTO pressure (kswapd_ns, kswapd_sessions, direct_ns, direct_sessions, "
		  "direct_tasks, longest_direct_ns, "
		  "psi_memory_full_max, psi_memory_some_max, scanned_pages, stolen_pages, "
		  "slabs_scanned, efficiency, reclaimed_pages, throttled, wait_ns, in_stalled, "
		  "in_other, out_stalled, out_other, basis, risk_ratio, risk_low, risk_high, "
		  "p_value, sentence) VALUES (?1, ?2, ?3, ?4, ?5, "
		  "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
		  "?22, ?23, ?24, ?25)",
		  "oooooonnooo"
		  "nooo"
		  "oooosnnnns",
		  c->m->have_reclaim ? (int64_t)t.kswapd : HU_OPEN,
		  c->m->have_reclaim ? t.kswapd_sessions : HU_OPEN,
		  c->m->have_reclaim ? (int64_t)t.direct : HU_OPEN,
		  c->m->have_reclaim ? t.direct_sessions : HU_OPEN,
		  c->m->have_reclaim ? t.direct_tasks : HU_OPEN,
		  t.direct_sessions ? (int64_t)t.longest_direct : HU_OPEN, t.psi_full, t.psi_some,
		  isnan(t.scanned) ? HU_OPEN : (int64_t)t.scanned,
		  isnan(t.stolen) ? HU_OPEN : (int64_t)t.stolen,
		  isnan(t.slabs) ? HU_OPEN : (int64_t)t.slabs,
		  t.scanned > 0 ? t.stolen / t.scanned : NAN, t.reclaimed, t.throttled,
		  (int64_t)t.waited, any ? n[0] : HU_OPEN, any ? n[1] : HU_OPEN,
		  any ? n[2] : HU_OPEN, any ? n[3] : HU_OPEN, any ? basis : NULL, risk.ratio,
		  risk.low, risk.high, p, sentence.at);
	shrinkers(c);
	hu_spill_drop(c->m->spill, running.at);
}
