/* Counters as tracks, one family a group; each source's series is a track of its own. */
#include <math.h>

#include "report/trace.h"

void hu_trace_counters(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store,
		"SELECT n.text AS series, s.path, c.ts + s.offset_ns - v.window_case AS at, "
		"c.value, CASE WHEN instr(n.text, '.') THEN substr(n.text, 1, instr(n.text, '.') - "
		"1) ELSE n.text END AS family, c.source FROM counter c JOIN source s ON s.id = "
		"c.source JOIN name n ON n.id = c.series, verdict v WHERE s.copy_of IS NULL AND "
		"c.ts + s.offset_ns NOT NULL ORDER BY family, series, c.source, at, c.rowid");
	HU_CLEANUP(hu_out_deinit) struct hu_out family = {0}, series = {0}, name = {0};
	uint64_t all = 0, group = 0, track = 0;
	int64_t source = 0;

	while (hu_rows_next(r)) {
		hu_ns at = hu_rows_int(r, 2);
		double value = hu_rows_num(r, 3);
		if (!isfinite(value) || !hu_trace_in_window(t, at))
			continue;
		if (!all)
			all = hu_trace_track(t, root, hu_str("counters"), 7, NULL);
		if (!group || !hu_str_eq(hu_out_view(&family), hu_rows_str(r, 4))) {
			hu_out_clear(&family);
			hu_out_str(&family, hu_rows_str(r, 4));
			group = hu_trace_track(t, all, hu_out_view(&family), 0, NULL);
			track = 0;
		}
		if (!track || source != hu_rows_int(r, 5) ||
		    !hu_str_eq(hu_out_view(&series), hu_rows_str(r, 0))) {
			hu_out_clear(&series);
			hu_out_str(&series, hu_rows_str(r, 0));
			source = hu_rows_int(r, 5);
			hu_out_clear(&name);
			hu_out_str(&name, hu_rows_str(r, 0));
			hu_out_puts(&name, " (");
			hu_out_str(&name, hu_rows_str(r, 1));
			hu_out_puts(&name, ")");
			track = hu_trace_counter_track(t, group, hu_out_view(&name));
		}
		hu_trace_value(t, track, at, value);
	}
	hu_trace_close(t, r);
}
