/* The head of the fleet's report: what costs most, what an upgrade brings, what was not judged. */
#include <inttypes.h>
#include <string.h>

#include "fleet/look.h"
#include "report/escape.h"

struct totals {
	int64_t bundles, judged, found, clear, undecided, not_assessed, failed, hosts, hosts_judged;
	int64_t stall_ns, lossy, damaged;
	struct hu_str from, to;
};

static struct totals read_totals(struct hu_look *look)
{
	struct totals t = {0};
	struct hu_seen s = hu_look_at(
		look,
		"SELECT bundles, judged, found, clear, undecided, not_assessed, failed, hosts, "
		"hosts_judged, stall_ns, lossy, damaged, wall_from, wall_to FROM main.total");

	if (hu_seen_next(&s)) {
		int64_t *const at[] = {&t.bundles,	&t.judged,	 &t.found,  &t.clear,
				       &t.undecided,	&t.not_assessed, &t.failed, &t.hosts,
				       &t.hosts_judged, &t.stall_ns,	 &t.lossy,  &t.damaged};
		for (int i = 0; i < 12; i++)
			*at[i] = hu_seen_int(&s, i);
		t.from = hu_seen_text(&s, 12);
		t.to = hu_seen_text(&s, 13);
	}
	hu_seen_close(&s);
	return t;
}

static void put_day(struct hu_out *to, struct hu_str wall)
{
	hu_out_bytes(to, wall.at, wall.len < 10 ? wall.len : 10);
}

static void put_where(struct hu_out *to, const struct totals *t)
{
	hu_out_grouped(to, t->bundles);
	hu_out_puts(to, t->bundles == 1 ? " bundle of " : " bundles of ");
	hu_out_grouped(to, t->hosts);
	hu_out_puts(to, t->hosts == 1 ? " host" : " hosts");
	if (t->from.len && t->to.len) {
		hu_out_puts(to, " · ");
		put_day(to, t->from);
		hu_out_puts(to, " to ");
		put_day(to, t->to);
		hu_out_puts(to, " UTC");
	}
}

/* The cause that costs most, in one sentence. */
static struct hu_str title(struct hu_look *look, const struct totals *t)
{
	struct hu_out *to = &look->pen.scratch;

	if (!t->bundles)
		return hu_str("No bundles");
	if (!t->judged)
		return hu_str("No bundle could be judged");
	struct hu_seen s = hu_look_at(
		look,
		"SELECT c.cause_key, c.lock, c.role, c.doing, c.cause, c.stall_ns, c.stall_ppm, "
		"c.bundles, c.hosts FROM main.cause c ORDER BY c.rank_stall LIMIT 1");
	if (!hu_seen_next(&s)) {
		hu_out_puts(to, "Nothing stalled in any of ");
		hu_out_grouped(to, t->judged);
		hu_out_puts(to, t->judged == 1 ? " judged bundle" : " judged bundles");
		return hu_phrase_keep(look->page, to);
	}
	struct hu_str cause = hu_look_cause(&s, 0);
	int64_t ns = hu_seen_int(&s, 5), ppm = hu_seen_int(&s, 6);
	hu_out_str(to, cause);
	if (ns > 0) {
		hu_out_puts(to, ", cost most: ");
		hu_look_ppm(to, ppm);
		hu_out_puts(to, " of ");
		hu_look_duration(to, t->stall_ns);
		hu_out_puts(to, " of stall time, in ");
	} else {
		hu_out_puts(to, " was found in ");
	}
	hu_out_grouped(to, hu_seen_int(&s, 7));
	hu_out_puts(to, " of ");
	hu_out_grouped(to, t->judged);
	hu_out_puts(to, t->judged == 1 ? " judged bundle" : " judged bundles");
	if (t->hosts_judged) {
		hu_out_puts(to, ", on ");
		hu_out_grouped(to, hu_seen_int(&s, 8));
		hu_out_puts(to, " of ");
		hu_out_grouped(to, t->hosts_judged);
		hu_out_puts(to, t->hosts_judged == 1 ? " host" : " hosts");
	}
	hu_seen_close(&s);
	return hu_phrase_keep(look->page, to);
}

static struct hu_str outcome(struct hu_look *look, const struct totals *t)
{
	struct hu_out *to = &look->pen.scratch;

	hu_out_puts(to, "FOUND IN ");
	hu_out_grouped(to, t->found);
	hu_out_puts(to, " · CLEAR ");
	hu_out_grouped(to, t->clear);
	if (t->undecided) {
		hu_out_puts(to, " · UNDECIDED ");
		hu_out_grouped(to, t->undecided);
	}
	hu_out_puts(to, " · NOT JUDGED ");
	hu_out_grouped(to, t->bundles - t->judged);
	return hu_phrase_keep(look->page, to);
}

static void begin_html(struct hu_look *look, const struct totals *t, struct hu_str head,
		       struct hu_str where)
{
	struct hu_out *to = look->pen.to;
	enum hu_tone tone = t->found				  ? HU_TONE_BAD
			    : t->clear && t->judged == t->bundles ? HU_TONE_GOOD
								  : HU_TONE_WARN;

	hu_html_head(to, head);
	hu_html_header(to, where, outcome(look, t).at, tone, head, (struct hu_str){NULL, 0});
}

static void begin_markdown(struct hu_look *look, const struct totals *t, struct hu_str head,
			   struct hu_str where)
{
	struct hu_out *to = look->pen.to;

	hu_out_puts(to, "# ");
	hu_escape_markdown(to, head, false);
	hu_out_puts(to, "\n\n**");
	hu_escape_markdown(to, outcome(look, t), false);
	hu_out_puts(to, "** · ");
	hu_escape_markdown(to, where, false);
	hu_out_puts(to, "\n\n");
}

/* One line of the box from one of the three orders of causes. */
static void box_cause(struct hu_look *look, const char *sql, const char *label,
		      struct hu_box_line *line)
{
	struct hu_out *to = &look->pen.scratch;
	struct hu_seen s = hu_look_at(look, sql);

	if (!hu_seen_next(&s))
		return;
	*line = (struct hu_box_line){.label = label, .tone = HU_TONE_BAD};
	line->value = hu_look_cause(&s, 0);
	hu_look_rate(to, hu_seen_int(&s, 5), hu_seen_int(&s, 6), hu_seen_int(&s, 7),
		     hu_seen_int(&s, 8), hu_seen_int(&s, 9));
	line->detail = hu_phrase_keep(look->page, to);
	hu_seen_close(&s);
}

/* The oldest release that has most of what upgrades can bring. */
static void box_upgrade(struct hu_look *look, const struct totals *t, struct hu_box_line *line)
{
	struct hu_out *to = &look->pen.scratch;
	struct hu_seen s = hu_look_at(
		look, "SELECT release, stall_ppm, hosts FROM main.upgrade WHERE stall_ns > 0 AND "
		      "stall_ns >= 0.8 * (SELECT max(stall_ns) FROM main.upgrade) ORDER BY rank "
		      "LIMIT 1");

	if (!hu_seen_next(&s))
		return;
	*line = (struct hu_box_line){.label = "An upgrade", .tone = HU_TONE_GOOD};
	hu_out_puts(to, "Linux ");
	hu_out_str(to, hu_seen_text(&s, 0));
	hu_out_puts(to, " has the fixes for ");
	hu_look_ppm(to, hu_seen_int(&s, 1));
	hu_out_puts(to, " of the stall time");
	line->value = hu_phrase_keep(look->page, to);
	hu_out_puts(to, "on ");
	hu_out_grouped(to, hu_seen_int(&s, 2));
	hu_out_puts(to, " of ");
	hu_out_grouped(to, t->hosts_judged);
	hu_out_puts(to, " hosts");
	line->detail = hu_phrase_keep(look->page, to);
	hu_seen_close(&s);
}

static void box(struct hu_look *look, const struct totals *t)
{
	struct hu_box_line lines[HU_BOX_LINES] = {{0}};
	struct hu_box_line shown[HU_BOX_LINES];
	struct hu_out *to = &look->pen.scratch;
	size_t n = 0;

	box_cause(look,
		  "SELECT c.cause_key, c.lock, c.role, c.doing, c.cause, c.hosts, t.hosts_judged, "
		  "hosts_ppm, hosts_low_ppm, hosts_high_ppm FROM main.cause c, main.total t WHERE "
		  "c.hosts > 0 ORDER BY rank_hosts LIMIT 1",
		  "On most hosts", &lines[0]);
	box_cause(look,
		  "SELECT c.cause_key, c.lock, c.role, c.doing, c.cause, c.bundles, t.judged, "
		  "bundles_ppm, bundles_low_ppm, bundles_high_ppm FROM main.cause c, main.total t "
		  "ORDER BY rank_bundles LIMIT 1",
		  "Most often", &lines[1]);
	box_upgrade(look, t, &lines[2]);
	if (t->bundles > t->judged) {
		lines[3] = (struct hu_box_line){.label = "Not judged", .tone = HU_TONE_WARN};
		hu_out_grouped(to, t->bundles - t->judged);
		hu_out_puts(to, t->bundles - t->judged == 1 ? " bundle" : " bundles");
		lines[3].value = hu_phrase_keep(look->page, to);
		hu_out_printf(to,
			      "%" PRId64 " without a verdict, %" PRId64
			      " whose captures cannot show a stall",
			      t->failed, t->bundles - t->judged - t->failed);
		lines[3].detail = hu_phrase_keep(look->page, to);
	}
	if (t->lossy || t->damaged) {
		lines[4] = (struct hu_box_line){.label = "Judged from less", .tone = HU_TONE_WARN};
		hu_out_grouped(to, t->lossy);
		hu_out_puts(to, " lost events, ");
		hu_out_grouped(to, t->damaged);
		hu_out_puts(to, " had a damaged capture");
		lines[4].value = hu_phrase_keep(look->page, to);
		hu_out_puts(to, "a stall may be hidden there");
		lines[4].detail = hu_phrase_keep(look->page, to);
	}
	for (size_t i = 0; i < HU_BOX_LINES; i++)
		if (lines[i].label)
			shown[n++] = lines[i];
	if (n)
		look->pen.draw->box(look->pen.to, shown, n);
}

void hu_look_begin(struct hu_look *look)
{
	struct totals t = read_totals(look);
	struct hu_str head = title(look, &t);

	put_where(&look->pen.scratch, &t);
	struct hu_str where = hu_phrase_keep(look->page, &look->pen.scratch);
	if (look->html)
		begin_html(look, &t, head, where);
	else
		begin_markdown(look, &t, head, where);
	box(look, &t);
}

void hu_look_end(struct hu_look *look)
{
	struct hu_out *to = look->pen.to;

	if (look->html)
		hu_out_puts(to, "</main>\n<footer><p>Made by holdup " HU_VERSION
				" from <code>fleet.db</code>. <code>fleet.json</code> and "
				"<code>fleet.md</code> say the same; <code>fleet.ndjson</code> and "
				"<code>fleet-incidents.csv</code> hold every bundle and every "
				"incident.</p></footer>\n</body>\n</html>\n");
	else
		hu_out_puts(to, "---\n\nMade by holdup " HU_VERSION
				" from `fleet.db`. `fleet.json` and `fleet.html` say the same; "
				"`fleet.ndjson` and `fleet-incidents.csv` hold every bundle and "
				"every incident.\n");
}
