/*
 * A host and its guest in one bundle: two kernels, whose task ids and lock addresses have nothing
 * to do with each other. Conclusions are about one machine, the host; the guest's own capture
 * alone, or with the rest of what was taken there, makes a bundle of its own.
 */
#include "db/rows.h"
#include "db/store_private.h"
#include "db/text.h"

void hu_mark_guests(struct hu_store *store)
{
	hu_store_run(
		store,
		"INSERT INTO loss (source, kind, text) SELECT g.source, 4, 'this is the trace of "
		"a guest of the machine that ' || s.path || ' is of: another kernel, with task "
		"ids and locks of its own, so its events count in no conclusion here; analyse it "
		"in a bundle of its own' FROM fact AS g JOIN fact AS h ON h.key = 'trace.id' AND "
		"h.value = g.value AND h.source != g.source JOIN source AS s ON s.id = h.source "
		"WHERE g.key = 'trace.host_id' ORDER BY g.source");
	hu_store_run(
		store,
		"UPDATE source SET copy_of = (SELECT h.source FROM fact AS g JOIN fact AS h ON "
		"h.key = 'trace.id' AND h.value = g.value AND h.source != g.source WHERE g.key = "
		"'trace.host_id' AND g.source = source.id) WHERE copy_of IS NULL AND id IN (SELECT "
		"g.source FROM fact AS g JOIN fact AS h ON h.key = 'trace.id' AND h.value = "
		"g.value "
		"AND h.source != g.source WHERE g.key = 'trace.host_id')");
}
