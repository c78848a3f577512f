/* Chapters of the fleet's report about where: kernels, groups of hosts, and what was not judged. */
#include <inttypes.h>

#include "fleet/look.h"

/* kernel and host_group have the same numbers behind their names. */
static void rates(struct hu_look *look, struct hu_sheet *s, struct hu_seen *q, int column)
{
	hu_pen_count(s, hu_seen_int(q, column));
	hu_pen_count(s, hu_seen_int(q, column + 1));
	hu_look_rate(&look->pen.scratch, hu_seen_int(q, column + 2), hu_seen_int(q, column + 3),
		     hu_seen_int(q, column + 4), hu_seen_int(q, column + 5),
		     hu_seen_int(q, column + 6));
	hu_pen_written(s);
	hu_look_time(s, hu_seen_int(q, column + 7));
}

#define RATES                                                                                      \
	"g.bundles, g.hosts, g.found, g.judged, g.found_ppm, g.found_low_ppm, g.found_high_ppm, "  \
	"g.stall_ns"
void hu_look_kernels(struct hu_look *look)
{
	static const struct hu_column columns[] = {
		{"Kernel", HU_CELL_TEXT},	{"Bundles", HU_CELL_NUMBER},
		{"Hosts", HU_CELL_NUMBER},	{"Found in (95 % interval)", HU_CELL_TEXT},
		{"Stall time", HU_CELL_NUMBER}, {"Costs most there", HU_CELL_TEXT}};
	struct hu_sheet s = hu_pen_sheet(&look->pen, "By kernel release", columns, 6);
	struct hu_seen q = hu_look_at(look, "SELECT g.release, g.vendor, " RATES
					    ", c.cause_key, c.lock, c.role, c.doing, "
					    "c.cause FROM main.kernel g LEFT JOIN main.cause c ON "
					    "c.cause_key = g.top_cause ORDER BY g.stall_ns DESC, "
					    "g.bundles DESC, g.release");

	hu_pen_heading(&look->pen, 2, "Kernels", "", "kernels");
	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		struct hu_str release = hu_seen_text(&q, 0);
		struct hu_cell *c = hu_pen_cell(&s, release.len ? release : hu_str("not known"));
		c->small = hu_seen_text(&q, 1);
		rates(look, &s, &q, 2);
		hu_pen_cell(&s, hu_seen_text(&q, 10).len ? hu_look_cause(&q, 10) : hu_str(""));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, hu_look_number(look, "SELECT count(*) FROM main.kernel"),
			 "releases");
}

void hu_look_groups(struct hu_look *look)
{
	static const struct hu_column columns[] = {{"Tag", HU_CELL_TEXT},
						   {"Value", HU_CELL_TEXT},
						   {"Bundles", HU_CELL_NUMBER},
						   {"Hosts", HU_CELL_NUMBER},
						   {"Found in (95 % interval)", HU_CELL_TEXT},
						   {"Stall time", HU_CELL_NUMBER},
						   {"Costs most there", HU_CELL_TEXT}};
	struct hu_sheet s =
		hu_pen_sheet(&look->pen, "By tags of the capture's manifest", columns, 7);
	struct hu_seen q =
		hu_look_at(look, "SELECT g.tag, g.value, " RATES
				 ", c.cause_key, c.lock, c.role, c.doing, c.cause "
				 "FROM main.host_group g LEFT JOIN main.cause c ON c.cause_key = "
				 "g.top_cause ORDER BY g.tag, g.stall_ns DESC, g.value");
	int64_t all = hu_look_number(look, "SELECT count(*) FROM main.host_group");

	hu_pen_heading(&look->pen, 2, "Groups of hosts", "", "groups");
	if (!all) {
		hu_seen_close(&q);
		hu_pen_para(
			&look->pen,
			hu_str("No bundle's manifest has a tag. `holdup-capture --tag role=web` "
			       "puts one there."),
			HU_TONE_PLAIN);
		return;
	}
	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		hu_pen_cell(&s, hu_seen_text(&q, 0));
		hu_pen_cell(&s, hu_seen_text(&q, 1));
		rates(look, &s, &q, 2);
		hu_pen_cell(&s, hu_seen_text(&q, 10).len ? hu_look_cause(&q, 10) : hu_str(""));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, all, "groups");
}

static void put_path(struct hu_look *look, struct hu_sheet *s, struct hu_seen *q, int column)
{
	struct hu_cell *c = hu_pen_cell(s, hu_seen_text(q, column));

	hu_look_link(c, look, hu_seen_text(q, column + 1), hu_str(""));
}

static void reasons(struct hu_look *look)
{
	static const struct hu_column columns[] = {
		{"Bundle", HU_CELL_CODE}, {"Why", HU_CELL_TAG}, {"In words", HU_CELL_TEXT}};
	struct hu_sheet s =
		hu_pen_sheet(&look->pen, "Bundles that could not be judged", columns, 3);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT r.path, r.report, coalesce(b.reason, 'not_assessed'), b.sentence FROM "
		"main.bundle b LEFT JOIN main.report_of r ON r.bundle = b.key WHERE NOT b.judged "
		"ORDER BY b.reason = 'not_assessed', b.reason, r.path, b.key");

	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		put_path(look, &s, &q, 0);
		hu_pen_cell(&s, hu_seen_text(&q, 2))->tone = HU_TONE_WARN;
		hu_pen_cell(&s, hu_seen_text(&q, 3));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look,
			 hu_look_number(look, "SELECT count(*) FROM main.bundle WHERE NOT judged"),
			 "bundles without a verdict");
}

static void damaged(struct hu_look *look)
{
	static const struct hu_column columns[] = {{"Bundle", HU_CELL_CODE},
						   {"Capture in it", HU_CELL_CODE},
						   {"Read", HU_CELL_TAG},
						   {"What is wrong with it", HU_CELL_TEXT},
						   {"Verdict", HU_CELL_TEXT}};
	struct hu_sheet s =
		hu_pen_sheet(&look->pen, "Captures that could not be read whole", columns, 5);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT r.path, r.report, d.path, d.status, d.error, coalesce(b.verdict, 'none') "
		"FROM main.damage d JOIN main.bundle b ON b.key = d.bundle LEFT JOIN "
		"main.report_of r ON r.bundle = b.key ORDER BY r.path, b.key, d.path");

	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		put_path(look, &s, &q, 0);
		hu_pen_cell(&s, hu_seen_text(&q, 2));
		hu_pen_cell(&s, hu_seen_text(&q, 3))->tone = HU_TONE_WARN;
		hu_pen_cell(&s, hu_seen_text(&q, 4));
		hu_pen_cell(&s, hu_seen_text(&q, 5));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, hu_look_number(look, "SELECT count(*) FROM main.damage"),
			 "damaged captures");
}

static void conflicts(struct hu_look *look)
{
	static const struct hu_column columns[] = {{"Bundle", HU_CELL_CODE},
						   {"Counted: holdup", HU_CELL_TEXT},
						   {"Verdict", HU_CELL_TEXT},
						   {"Not counted: holdup", HU_CELL_TEXT},
						   {"Verdict", HU_CELL_TEXT}};
	struct hu_sheet s = hu_pen_sheet(
		&look->pen, "Bundles that were judged more than once, not alike", columns, 5);
	struct hu_seen q = hu_look_at(
		look,
		"SELECT r.path, r.report, b.tool, b.options, coalesce(b.reason, b.verdict), "
		"c.tool, c.options, c.outcome FROM main.conflict c JOIN main.bundle b ON b.key = "
		"c.bundle LEFT JOIN main.report_of r ON r.bundle = b.key ORDER BY r.path, b.key, "
		"c.tool, c.options, c.body");

	for (size_t n = 0; n < look->rows && hu_seen_next(&q); n++) {
		put_path(look, &s, &q, 0);
		hu_pen_cell(&s, hu_seen_text(&q, 2))->small = hu_seen_text(&q, 3);
		hu_pen_cell(&s, hu_seen_text(&q, 4));
		hu_pen_cell(&s, hu_seen_text(&q, 5))->small = hu_seen_text(&q, 6);
		hu_pen_cell(&s, hu_seen_text(&q, 7));
	}
	hu_seen_close(&q);
	hu_pen_table(&s);
	hu_look_left_out(look, hu_look_number(look, "SELECT count(*) FROM main.conflict"),
			 "conflicts");
}

void hu_look_unjudged(struct hu_look *look)
{
	struct hu_out *to = &look->pen.scratch;
	struct hu_seen q = hu_look_at(
		look, "SELECT reason, bundles FROM main.unjudged ORDER BY bundles DESC, reason");
	size_t n = 0;

	hu_pen_heading(&look->pen, 2, "What could not be judged", "", "unjudged");
	while (hu_seen_next(&q)) {
		hu_out_puts(to, n++ ? ", `" : "Without a verdict: `");
		hu_out_str(to, hu_seen_text(&q, 0));
		hu_out_puts(to, "` ");
		hu_out_grouped(to, hu_seen_int(&q, 1));
	}
	hu_out_puts(to, n ? "." : "Every bundle could be judged.");
	hu_pen_say(&look->pen, HU_TONE_PLAIN);
	reasons(look);
	damaged(look);
	conflicts(look);
}

void hu_look_reading(struct hu_look *look)
{
	static const struct {
		const char *text;
	} lines[] = {
		{"A cause is what was waited for and who held it: incidents of one signature, "
		 "whichever operations suffered. A bundle counts once, however often it was found, "
		 "and "
		 "a host by its name."},
		{"Rates are of bundles, or of hosts, that were judged. Their intervals are "
		 "Wilson's, "
		 "at 95 %: what the same captures of other hosts of the same fleet would show. "
		 "They "
		 "say nothing of hosts that were never captured, and captures are made where "
		 "something "
		 "is wrong."},
		{"Stall time is the sum over all stalled operations of a bundle; operations that "
		 "waited side by side count each. It grows with the length of a capture, and "
		 "compares "
		 "hosts only where they are captured alike."},
	};
	struct hu_str items[sizeof(lines) / sizeof(lines[0])];

	hu_pen_heading(&look->pen, 2, "How to read this", "", "reading");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		items[i] = hu_str(lines[i].text);
	look->pen.draw->list(look->pen.to, items, sizeof(lines) / sizeof(lines[0]), false);
}
