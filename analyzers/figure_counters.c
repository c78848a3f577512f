/*
 * Counters under the timeline: a level as it is, a running total as its rate between readings. Of
 * the sources that have a series, the one that read it most often here.
 */
#include "analyzers/figure.h"

#include <stdlib.h>

/* One counter as a line. */
static bool counter(struct hu_figure *f, const char *series, const char *label, const char *unit,
		    double scale, bool rate)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	HU_VEC(hu_ns) times = {0};
	HU_VEC(double) values = {0};

	/* Several readings of one moment (zones) add up. */
	hu_out_printf(&sql,
		      "WITH v AS (SELECT counter.source AS src, counter.ts + offset_ns AS at, "
		      "sum(value) AS value FROM counter JOIN source ON source.id = "
		      "counter.source WHERE series IN (SELECT id FROM name WHERE text = '%s') AND "
		      "counter.ts IS NOT NULL AND offset_ns IS NOT NULL GROUP BY src, at), w AS "
		      "(SELECT src, at, "
		      "value, lag(at) OVER (PARTITION BY src "
		      "ORDER BY at) AS since, lag(value) OVER (PARTITION BY src ORDER BY at) AS "
		      "before FROM v) "
		      "SELECT at, %s, since FROM w WHERE src = (SELECT src FROM w WHERE at BETWEEN "
		      "?3 AND ?4 GROUP BY src ORDER BY count(*) DESC, src LIMIT 1) AND at "
		      "BETWEEN ?1 "
		      "AND ?2 %s ORDER BY at LIMIT 2000",
		      series,
		      rate ? "(CASE WHEN value >= before THEN value - before ELSE value END) * 1e9 "
			     "/ (at - since)"
			   : "value",
		      rate ? "AND since IS NOT NULL AND at > since" : "");
	struct hu_rows *r = hu_rows_open(f->c->store, sql.at);
	hu_rows_bind_int(r, 1, f->c->m->from);
	hu_rows_bind_int(r, 2, f->c->m->to);
	hu_rows_bind_int(r, 3, f->from);
	hu_rows_bind_int(r, 4, f->to);
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
		if (times.at[i] >= f->from && times.at[i] <= f->to && values.at[i] > most)
			most = values.at[i];
	bool drawn = values.count > 1 && most > 0;
	if (drawn) {
		int64_t lane = hu_figure_lane(f, "counter", label, unit);
		for (size_t i = 0; i < values.count; i++)
			hu_figure_point(f, lane, times.at[i], values.at[i]);
	}
	free(times.at);
	free(values.at);
	return drawn;
}

/* Pressure stall information: the share of each interval, from the total in µs; else what the
 * kernel averaged over ten seconds. */
static void psi(struct hu_figure *f, const char *what, const char *label)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out total = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out average = {0};

	hu_out_printf(&total, "psi.%s.total", what);
	hu_out_printf(&average, "psi.%s.avg10", what);
	if (!counter(f, total.at, label, "% of the time", 1.0 / 10000, true))
		counter(f, average.at, label, "% over 10 s", 1, false);
}

void hu_figure_counters(struct hu_figure *f)
{
	if (!counter(f, "proc.meminfo.MemFree", "free memory", "MiB", 1.0 / 1048576, false))
		counter(f, "vmstat.free", "free memory", "MiB", 1.0 / 1024, false);
	counter(f, "proc.vmstat.slabs_scanned", "slab scanned", "objects/s", 1, true);
	if (!counter(f, "proc.vmstat.pgscan_direct", "scanned, direct", "pages/s", 1, true))
		counter(f, "sar.pgscand/s", "scanned, direct", "pages/s", 1, false);
	if (!counter(f, "proc.vmstat.pgscan_kswapd", "scanned, kswapd", "pages/s", 1, true))
		counter(f, "sar.pgscank/s", "scanned, kswapd", "pages/s", 1, false);
	psi(f, "memory.some", "PSI memory, some");
	psi(f, "memory.full", "PSI memory, full");
	psi(f, "io.full", "PSI I/O, full");
	psi(f, "cpu.some", "PSI CPU, some");
}
