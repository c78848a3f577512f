/* Timelines of incidents without a stalled operation: how much of a profile spun, and what the
 * counters say around a trouble. */
#include "analyzers/figure.h"

#include "analyzers/oncpu.h"
#include "analyzers/trouble.h"

/* How much of a profile spun, by the tenth of a second or what the profile's length allows. */
void hu_conclude_spin_figure(struct hu_conclusion *c, const struct hu_spin *spin)
{
	enum { BINS = 60 };
	struct hu_figure f = {.c = c, .incident = spin->id};
	int64_t all[BINS] = {0}, spun[BINS] = {0};
	struct hu_rows *r = hu_rows_open(
		c->store,
		"SELECT s.ts + offset_ns, stack FROM sample AS s JOIN source ON source.id = "
		"s.source WHERE s.source = ?1 AND event = ?2 AND s.ts IS NOT NULL AND offset_ns "
		"IS NOT NULL");
	hu_ns from = INT64_MAX, to = INT64_MIN;

	for (int pass = 0; pass < 2 && from != to; pass++) {
		hu_rows_reset(r);
		hu_rows_bind_int(r, 1, spin->source);
		hu_rows_bind_int(r, 2, spin->event);
		while (hu_rows_next(r)) {
			hu_ns at = hu_rows_int(r, 0);
			if (!pass) {
				from = at < from ? at : from;
				to = at > to ? at : to;
				continue;
			}
			if (from >= to)
				break;
			size_t bin = (size_t)((double)(at - from) / (double)(to - from) * BINS);
			bin = bin < BINS ? bin : BINS - 1;
			all[bin]++;
			for (size_t i = 0; i < spin->stacks.count; i++)
				if (spin->stacks.at[i].stack == hu_rows_int(r, 1)) {
					spun[bin]++;
					break;
				}
		}
	}
	hu_result_close(&c->err, r);
	if (from >= to)
		return;
	f.from = from;
	f.to = to;
	int64_t lane = hu_figure_lane(&f, "counter", "spinning", "% of samples");
	for (int i = 0; i < BINS; i++) {
		double share = all[i] ? 100.0 * (double)spun[i] / (double)all[i] : 0;
		hu_figure_point(&f, lane, from + (to - from) / BINS * i, share);
		hu_figure_point(&f, lane, from + (to - from) / BINS * (i + 1), share);
	}
	hu_figure_losses(&f);
	hu_figure_counters(&f);
}

/* Its evidence is marked by the report: what is drawn here is what was measured around it. */
static void trouble(struct hu_conclusion *c, const struct hu_trouble *t)
{
	struct hu_figure f = {.c = c, .incident = t->id};
	struct hu_rows *r =
		hu_rows_open(c->store, "SELECT min(time_ns), max(time_ns) FROM incident_evidence "
				       "WHERE incident = ?1 AND time_ns IS NOT NULL");

	hu_rows_bind_text(r, 1, hu_str(t->id));
	bool any = hu_rows_next(r) && !hu_rows_null(r, 0);
	if (any) {
		hu_ns from = hu_rows_int(r, 0), to = hu_rows_int(r, 1);
		hu_ns margin = (to - from) / 4 + 5 * HU_NS_PER_S;
		f.from = from - margin - hu_at(c, 0);
		f.to = to + margin - hu_at(c, 0);
	}
	hu_result_close(&c->err, r);
	if (!any || !c->m->any_time)
		return;
	hu_figure_losses(&f);
	hu_figure_counters(&f);
}

void hu_conclude_trouble_figures(struct hu_conclusion *c)
{
	for (size_t i = 0; i < c->troubles->at.count; i++)
		trouble(c, &c->troubles->at.at[i]);
}
