/* The chapter on the time of day: a heat map of weekdays and hours, and the same as a table. */
#include <inttypes.h>
#include <math.h>

#include "fleet/look.h"

static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct heat {
	int64_t ns[7][24], incidents[7][24];
	int64_t most_ns, most_incidents; /* of one field */
	int64_t all;
};

static void read_heat(struct hu_look *look, struct heat *heat)
{
	struct hu_seen q = hu_look_at(
		look,
		"SELECT weekday, hour, CAST(total(incidents) AS INTEGER), CAST(total(stall_ns) AS "
		"INTEGER) FROM main.hour GROUP BY weekday, hour");

	while (hu_seen_next(&q)) {
		int64_t day = hu_seen_int(&q, 0), hour = hu_seen_int(&q, 1);
		if (day < 0 || day > 6 || hour < 0 || hour > 23)
			continue;
		int64_t n = hu_seen_int(&q, 2), ns = hu_seen_int(&q, 3);
		heat->incidents[day][hour] = n;
		heat->ns[day][hour] = ns;
		heat->all += n;
		heat->most_ns = ns > heat->most_ns ? ns : heat->most_ns;
		heat->most_incidents = n > heat->most_incidents ? n : heat->most_incidents;
	}
}

/* How dark a field is, in per cent: five steps that can be told apart, by the root of its share of
 * the most, so that one bad hour does not make all others white. */
static int shade(const struct heat *heat, int day, int hour)
{
	int64_t n = heat->most_ns ? heat->ns[day][hour] : heat->incidents[day][hour];
	int64_t most = heat->most_ns ? heat->most_ns : heat->most_incidents;

	if (n <= 0 || most <= 0)
		return 0;
	int step = 1 + (int)(sqrt((double)n / (double)most) * 4.999);
	return 12 + step * 16;
}

static void field(struct hu_out *to, const struct heat *heat, int day, int hour, int x, int y,
		  int width, int height)
{
	int dark = shade(heat, day, hour);

	hu_out_printf(to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"", x, y,
		      width - 2, height - 2, dark ? "wait" : "grid");
	if (dark)
		hu_out_printf(to, " fill-opacity=\".%02d\"", dark);
	else
		hu_out_puts(to, " fill=\"none\"");
	hu_out_printf(to, "><title>%s %02d:00: ", days[day], hour);
	hu_look_duration(to, heat->ns[day][hour]);
	hu_out_printf(to, " in %" PRId64 " incidents</title></rect>\n", heat->incidents[day][hour]);
}

/* Hours across. */
static void draw_wide(struct hu_out *to, const struct heat *heat)
{
	hu_out_puts(to, "<svg class=\"wide\" viewBox=\"0 0 760 200\" role=\"img\" "
			"aria-label=\"Stall time by weekday and hour\">\n");
	for (int hour = 0; hour < 24; hour += 3)
		hu_out_printf(to, "<text class=\"tick\" x=\"%d\" y=\"14\">%02d:00</text>\n",
			      40 + hour * 30, hour);
	for (int day = 0; day < 7; day++) {
		hu_out_printf(to, "<text x=\"0\" y=\"%d\">%s</text>\n", 38 + day * 25, days[day]);
		for (int hour = 0; hour < 24; hour++)
			field(to, heat, day, hour, 40 + hour * 30, 22 + day * 25, 30, 25);
	}
	hu_out_puts(to, "</svg>\n");
}

/* Hours down. */
static void draw_narrow(struct hu_out *to, const struct heat *heat)
{
	hu_out_puts(to, "<svg class=\"narrow\" viewBox=\"0 0 340 510\" role=\"img\" "
			"aria-label=\"Stall time by weekday and hour\">\n");
	for (int day = 0; day < 7; day++)
		hu_out_printf(to, "<text x=\"%d\" y=\"14\">%s</text>\n", 50 + day * 41, days[day]);
	for (int hour = 0; hour < 24; hour++) {
		if (hour % 3 == 0)
			hu_out_printf(to, "<text class=\"tick\" x=\"0\" y=\"%d\">%02d:00</text>\n",
				      36 + hour * 20, hour);
		for (int day = 0; day < 7; day++)
			field(to, heat, day, hour, 48 + day * 41, 22 + hour * 20, 41, 20);
	}
	hu_out_puts(to, "</svg>\n");
}

static void draw_table(struct hu_look *look, const struct heat *heat)
{
	static const struct hu_column columns[] = {
		{"Hour", HU_CELL_TEXT},	 {"Mon", HU_CELL_NUMBER}, {"Tue", HU_CELL_NUMBER},
		{"Wed", HU_CELL_NUMBER}, {"Thu", HU_CELL_NUMBER}, {"Fri", HU_CELL_NUMBER},
		{"Sat", HU_CELL_NUMBER}, {"Sun", HU_CELL_NUMBER}};
	struct hu_sheet s =
		hu_pen_sheet(&look->pen, "Stall time by hour and weekday, UTC", columns, 8);

	for (int hour = 0; hour < 24; hour++) {
		hu_out_printf(&look->pen.scratch, "%02d:00", hour);
		hu_pen_written(&s);
		for (int day = 0; day < 7; day++) {
			if (heat->ns[day][hour])
				hu_look_duration(&look->pen.scratch, heat->ns[day][hour]);
			else if (heat->incidents[day][hour])
				hu_out_printf(&look->pen.scratch, "%" PRId64 " ×",
					      heat->incidents[day][hour]);
			hu_pen_written(&s);
		}
	}
	hu_pen_table(&s);
}

void hu_look_hours(struct hu_look *look)
{
	struct heat *heat = hu_page_alloc(look->page, sizeof(*heat));
	struct hu_out *to = look->pen.to;

	*heat = (struct heat){.all = 0};
	read_heat(look, heat);
	hu_pen_heading(&look->pen, 2, "Time of day", "", "hours");
	if (!heat->all) {
		hu_pen_para(&look->pen, hu_str("No incident's capture tells the time of day."),
			    HU_TONE_PLAIN);
		return;
	}
	if (look->html) {
		hu_out_puts(to, "<figure>\n");
		draw_wide(to, heat);
		draw_narrow(to, heat);
		hu_out_puts(to, "<figcaption>Stall time of the incidents that began in that hour, "
				"UTC; the darkest field has ");
		if (heat->most_ns)
			hu_look_duration(to, heat->most_ns);
		else
			hu_out_printf(to, "%" PRId64 " incidents", heat->most_incidents);
		hu_out_puts(to,
			    ", and the shades go by the square "
			    "root.</figcaption>\n</figure>\n<details><summary>The heat map as a "
			    "table</summary>\n");
	}
	draw_table(look, heat);
	if (look->html)
		hu_out_puts(to, "</details>\n");
	int64_t without = hu_look_number(look, "SELECT t.incidents - (SELECT CAST(total(incidents) "
					       "AS INTEGER) FROM main.hour) FROM "
					       "main.total t");
	if (without > 0 && without != HU_OPEN) {
		hu_out_grouped(&look->pen.scratch, without);
		hu_out_puts(&look->pen.scratch,
			    " incidents are not in it: their captures tell no time of day.");
		hu_pen_say(&look->pen, HU_TONE_DIM);
	}
}
