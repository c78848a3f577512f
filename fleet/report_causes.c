/* Chapters of the fleet's report about causes: ranked three ways, who was in the way, what an
 * upgrade brings, what is new. */
#include <inttypes.h>
#include <math.h>

#include "fleet/look.h"

#define CAUSE "c.cause_key, c.lock, c.role, c.doing, c.cause"

static void put_fix(struct hu_look *look, struct hu_sheet *s, struct hu_seen *seen, int column)
{
	struct hu_out *to = &look->pen.scratch;
	struct hu_str fix = hu_seen_text(seen, column), fixed_in = hu_seen_text(seen, column + 1);
	int64_t affected = hu_seen_int(seen, column + 2), fixed = hu_seen_int(seen, column + 3);

	if (!fix.len) {
		hu_pen_cell(s, hu_str("none known"));
		return;
	}
	if (fixed_in.len) {
		hu_out_puts(to, "Linux ");
		hu_out_str(to, fixed_in);
	} else {
		hu_out_puts(to, "no release ends it");
	}
	struct hu_cell *c = hu_pen_written(s);
	hu_out_str(to, fix);
	if (affected) {
		hu_out_printf(to, ", lacking in %" PRId64, affected);
		c->tone = HU_TONE_BAD;
	}
	if (fixed)
		hu_out_printf(to, ", there already in %" PRId64, fixed);
	c->small = hu_phrase_keep(look->page, to);
}

static void by_stall(struct hu_look *look)
{
	static const struct hu_column columns[] = {{"Cause", HU_CELL_TEXT},
						   {"Stall time", HU_CELL_NUMBER},
						   {"Share", HU_CELL_BAR},
						   {"Bundles (95 % interval)", HU_CELL_TEXT},
						   {"Hosts (95 % interval)", HU_CELL_TEXT},
						   {"Worst", HU_CELL_NUMBER},
						   {"Known fix", HU_CELL_TEXT}};
	struct hu_pen *pen = &look->pen;
	struct hu_sheet s =
		hu_pen_sheet(pen, "Causes by the stall time that they explain", columns, 7);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT " CAUSE ", c.operations, c.stall_ns, c.stall_ppm, c.bundles, t.judged, "
		"bundles_ppm, bundles_low_ppm, bundles_high_ppm, c.hosts, t.hosts_judged, "
		"hosts_ppm, "
		"hosts_low_ppm, hosts_high_ppm, worst_ns, fix, fixed_in, affected, fixed, "
		"r.report, "
		"worst_incident, c.high, c.medium, c.low FROM main.cause c, main.total t LEFT JOIN "
		"main.report_of r ON r.bundle = c.worst_bundle ORDER BY rank_stall");

	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		struct hu_cell *c = hu_pen_cell(&s, hu_look_cause(&q, 0));
		struct hu_str operations = hu_seen_text(&q, 5);
		if (operations.len) {
			hu_out_puts(&pen->scratch, "stalled: ");
			hu_out_str(&pen->scratch, hu_pen_shorten(pen, operations));
			hu_out_puts(&pen->scratch, "; ");
		}
		hu_out_printf(&pen->scratch,
			      "confidence high in %" PRId64 ", medium in %" PRId64
			      ", low in %" PRId64,
			      hu_seen_int(&q, 25), hu_seen_int(&q, 26), hu_seen_int(&q, 27));
		c->small = hu_phrase_keep(look->page, &pen->scratch);
		hu_look_time(&s, hu_seen_int(&q, 6));
		int64_t ppm = hu_seen_int(&q, 7);
		hu_look_ppm(&pen->scratch, ppm);
		c = hu_pen_written(&s);
		c->share = ppm == HU_OPEN ? (double)NAN : (double)ppm / 1e6;
		c->tone = HU_TONE_BAD;
		hu_look_rate(&pen->scratch, hu_seen_int(&q, 8), hu_seen_int(&q, 9),
			     hu_seen_int(&q, 10), hu_seen_int(&q, 11), hu_seen_int(&q, 12));
		hu_pen_written(&s);
		hu_look_rate(&pen->scratch, hu_seen_int(&q, 13), hu_seen_int(&q, 14),
			     hu_seen_int(&q, 15), hu_seen_int(&q, 16), hu_seen_int(&q, 17));
		hu_pen_written(&s);
		c = hu_look_time(&s, hu_seen_int(&q, 18));
		hu_look_link(c, look, hu_seen_text(&q, 23), hu_seen_text(&q, 24));
		put_fix(look, &s, &q, 19);
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, hu_look_number(look, "SELECT count(*) FROM main.cause"), "causes");
}

/* The two other orders: short, the first table has the rest. */
static void by_other(struct hu_look *look, const char *caption, const char *sql)
{
	static const struct hu_column columns[] = {{"", HU_CELL_NUMBER},
						   {"Cause", HU_CELL_TEXT},
						   {"Rate (95 % interval)", HU_CELL_TEXT},
						   {"Stall time", HU_CELL_NUMBER}};
	struct hu_sheet s = hu_pen_sheet(&look->pen, caption, columns, 4);
	struct hu_seen q = hu_look_at(look, sql);

	for (size_t n = 0; hu_seen_next(&q);) {
		if (n++ >= 10 || n > look->rows) {
			hu_seen_close(&q);
			break;
		}
		hu_pen_count(&s, (int64_t)n);
		hu_pen_cell(&s, hu_look_cause(&q, 0));
		hu_look_rate(&look->pen.scratch, hu_seen_int(&q, 5), hu_seen_int(&q, 6),
			     hu_seen_int(&q, 7), hu_seen_int(&q, 8), hu_seen_int(&q, 9));
		hu_pen_written(&s);
		hu_look_time(&s, hu_seen_int(&q, 10));
	}
	hu_pen_table(&s);
}

void hu_look_causes(struct hu_look *look)
{
	if (!hu_look_number(look, "SELECT count(*) FROM main.cause"))
		return;
	hu_pen_heading(&look->pen, 2, "Causes", "", "causes");
	by_stall(look);
	by_other(look, "By hosts, the first ten",
		 "SELECT " CAUSE ", c.hosts, t.hosts_judged, hosts_ppm, hosts_low_ppm, "
		 "hosts_high_ppm, c.stall_ns FROM main.cause c, main.total t ORDER BY rank_hosts");
	by_other(look, "By frequency, the first ten",
		 "SELECT " CAUSE ", c.bundles, t.judged, bundles_ppm, bundles_low_ppm, "
		 "bundles_high_ppm, c.stall_ns FROM main.cause c, main.total t ORDER BY "
		 "rank_bundles");
	int64_t unmeasured = hu_look_number(look, "SELECT unmeasured FROM main.total");
	if (unmeasured && unmeasured != HU_OPEN) {
		hu_out_grouped(&look->pen.scratch, unmeasured);
		hu_out_puts(
			&look->pen.scratch,
			" incidents tell no stall time (their captures show who waited, not for "
			"how long): they count by bundles and hosts, and with nothing by stall "
			"time.");
		hu_pen_say(&look->pen, HU_TONE_DIM);
	}
}

void hu_look_holders(struct hu_look *look)
{
	static const struct hu_column columns[] = {
		{"Holder", HU_CELL_TEXT},	  {"Role", HU_CELL_TEXT},
		{"Lock", HU_CELL_CODE},		  {"Incidents", HU_CELL_NUMBER},
		{"Seen holding", HU_CELL_NUMBER}, {"Bundles", HU_CELL_NUMBER},
		{"Hosts", HU_CELL_NUMBER},	  {"Blocked others for", HU_CELL_NUMBER},
		{"Longest hold", HU_CELL_NUMBER}};
	struct hu_sheet s = hu_pen_sheet(&look->pen, "Who was in the way", columns, 9);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT comm, role, lock, incidents, observed, bundles, hosts, blocking_ns, "
		"longest_ns FROM main.culprit ORDER BY blocking_ns DESC, incidents DESC, role, "
		"comm, lock");
	int64_t all = hu_look_number(look, "SELECT count(*) FROM main.culprit");

	if (!all) {
		hu_seen_close(&q);
		return;
	}
	hu_pen_heading(&look->pen, 2, "Holders", "", "holders");
	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		for (int i = 0; i < 3; i++)
			hu_pen_cell(&s, hu_seen_text(&q, i));
		for (int i = 3; i < 7; i++)
			hu_pen_count(&s, hu_seen_int(&q, i));
		hu_look_time(&s, hu_seen_int(&q, 7));
		hu_look_time(&s, hu_seen_int(&q, 8));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, all, "holders");
	hu_pen_para(
		&look->pen,
		hu_str("Numbers in task names are shown as #. “Seen holding”: incidents in which "
		       "the hold was observed, handed over or recorded by the kernel; the others "
		       "are candidates. Holds of readers overlap, and their time counts for "
		       "each."),
		HU_TONE_DIM);
}

void hu_look_upgrades(struct hu_look *look)
{
	static const struct hu_column columns[] = {
		{"Kernel", HU_CELL_TEXT},	{"Has the fixes for", HU_CELL_BAR},
		{"Stall time", HU_CELL_NUMBER}, {"Hosts", HU_CELL_NUMBER},
		{"Bundles", HU_CELL_NUMBER},	{"By the estimates", HU_CELL_TEXT},
		{"New with it", HU_CELL_CODE}};
	struct hu_pen *pen = &look->pen;
	struct hu_sheet s = hu_pen_sheet(
		pen, "What an upgrade to this kernel or a later one has the fixes for", columns, 7);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT u.release, u.stall_ppm, u.stall_ns, u.hosts, t.hosts_judged, u.bundles, "
		"t.judged, u.estimated, u.incidents, u.estimated_ns, u.estimated_of_ns, u.fixes "
		"FROM main.upgrade u, main.total t ORDER BY u.rank");
	int64_t all = hu_look_number(look, "SELECT count(*) FROM main.upgrade");

	if (!all) {
		hu_seen_close(&q);
		return;
	}
	hu_pen_heading(pen, 2, "What an upgrade brings", "", "upgrades");
	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		hu_out_puts(&pen->scratch, "Linux ");
		hu_out_str(&pen->scratch, hu_seen_text(&q, 0));
		hu_pen_written(&s);
		int64_t ppm = hu_seen_int(&q, 1);
		hu_look_ppm(&pen->scratch, ppm);
		struct hu_cell *c = hu_pen_written(&s);
		c->share = ppm == HU_OPEN ? (double)NAN : (double)ppm / 1e6;
		hu_look_time(&s, hu_seen_int(&q, 2));
		for (int i = 3; i < 7; i += 2) {
			hu_out_grouped(&pen->scratch, hu_seen_int(&q, i));
			hu_out_puts(&pen->scratch, " of ");
			hu_out_grouped(&pen->scratch, hu_seen_int(&q, i + 1));
			hu_pen_written(&s);
		}
		if (hu_seen_int(&q, 7)) {
			hu_look_duration(&pen->scratch, hu_seen_int(&q, 9));
			hu_out_puts(&pen->scratch, " less of ");
			hu_look_duration(&pen->scratch, hu_seen_int(&q, 10));
			hu_out_printf(&pen->scratch,
				      " (%" PRId64 " of %" PRId64 " incidents have one)",
				      hu_seen_int(&q, 7), hu_seen_int(&q, 8));
			hu_pen_written(&s);
		} else {
			hu_pen_cell(&s, hu_str("none has one"));
		}
		hu_pen_cell(&s, hu_seen_text(&q, 11));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, all, "releases");
	hu_pen_para(
		pen,
		hu_str("Counted is the stall time of incidents whose known fix is in that mainline "
		       "release, and whose own kernel lacks it, by its symbols before its version "
		       "(the single report says by which); a distribution may have the fix in an "
		       "older kernel of its own. That is what the fix is about, and an upper "
		       "bound. "
		       "The estimates take the named holders' holds out of the worst operation of "
		       "an "
		       "incident, and suppose that the others shrink by the same share."),
		HU_TONE_DIM);
}

static void new_causes(struct hu_look *look, const char *caption, const char *sql)
{
	static const struct hu_column columns[] = {{"Cause", HU_CELL_TEXT},
						   {"Stall time", HU_CELL_NUMBER},
						   {"Bundles", HU_CELL_NUMBER},
						   {"Hosts", HU_CELL_NUMBER}};
	struct hu_sheet s = hu_pen_sheet(&look->pen, caption, columns, 4);
	struct hu_seen q = hu_look_at(look, sql);
	size_t n = 0;

	while (n < look->rows && hu_seen_next(&q)) {
		n++;
		hu_pen_cell(&s, hu_look_cause(&q, 0));
		hu_look_time(&s, hu_seen_int(&q, 5));
		hu_pen_count(&s, hu_seen_int(&q, 6));
		hu_pen_count(&s, hu_seen_int(&q, 7));
	}
	hu_seen_close(&q);
	if (n) {
		hu_pen_table(&s);
	} else {
		hu_out_printf(&look->pen.scratch, "%s: none.", caption);
		hu_pen_say(&look->pen, HU_TONE_PLAIN);
	}
}

static void changed_causes(struct hu_look *look)
{
	static const struct hu_column columns[] = {{"Cause", HU_CELL_TEXT},
						   {"Stall time before", HU_CELL_NUMBER},
						   {"Now", HU_CELL_NUMBER},
						   {"Bundles before (95 % interval)", HU_CELL_TEXT},
						   {"Now (95 % interval)", HU_CELL_TEXT}};
	struct hu_sheet s = hu_pen_sheet(&look->pen, "Causes that are in both", columns, 5);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT " CAUSE ", b.stall_ns, c.stall_ns, b.bundles, bt.judged, b.bundles_ppm, "
		"b.bundles_low_ppm, b.bundles_high_ppm, c.bundles, t.judged, c.bundles_ppm, "
		"c.bundles_low_ppm, c.bundles_high_ppm FROM main.cause c JOIN base.cause b ON "
		"b.cause_key = c.cause_key, main.total t, base.total bt ORDER BY c.rank_stall");

	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		hu_pen_cell(&s, hu_look_cause(&q, 0));
		hu_look_time(&s, hu_seen_int(&q, 5));
		hu_look_time(&s, hu_seen_int(&q, 6));
		for (int i = 7; i < 17; i += 5) {
			hu_look_rate(&look->pen.scratch, hu_seen_int(&q, i), hu_seen_int(&q, i + 1),
				     hu_seen_int(&q, i + 2), hu_seen_int(&q, i + 3),
				     hu_seen_int(&q, i + 4));
			hu_pen_written(&s);
		}
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
}

void hu_look_baseline(struct hu_look *look)
{
	struct hu_out *to = &look->pen.scratch;

	if (!look->has_base)
		return;
	hu_pen_heading(&look->pen, 2, "Since the last run", "", "baseline");
	hu_out_puts(to, "The run before had ");
	hu_out_grouped(to, hu_look_number(look, "SELECT bundles FROM base.total"));
	hu_out_puts(to, " bundles, ");
	hu_out_grouped(to, hu_look_number(look, "SELECT count(*) FROM main.bundle WHERE key IN "
						"(SELECT key FROM base.bundle)"));
	hu_out_puts(to, " of which are in this one too; ");
	hu_out_grouped(to, hu_look_number(look, "SELECT count(*) FROM main.bundle WHERE key NOT IN "
						"(SELECT key FROM base.bundle)"));
	hu_out_puts(to, " are new.");
	hu_pen_say(&look->pen, HU_TONE_PLAIN);
	new_causes(look, "New causes",
		   "SELECT " CAUSE ", c.stall_ns, c.bundles, c.hosts FROM main.cause c WHERE "
		   "cause_key NOT IN (SELECT cause_key FROM base.cause) ORDER BY rank_stall");
	new_causes(look, "Causes that are gone",
		   "SELECT " CAUSE ", c.stall_ns, c.bundles, c.hosts FROM base.cause c WHERE "
		   "cause_key NOT IN (SELECT cause_key FROM main.cause) ORDER BY rank_stall");
	changed_causes(look);
}
