/* The fleet's report: opened, drawn as fine as fits, written. */
#include "fleet/report.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "fleet/look.h"
#include "fleet/sql.h"
#include "fleet/whole.h"

enum { MOST_BYTES = 950000 };

static void draw(struct hu_look *look)
{
	hu_look_begin(look);
	hu_look_baseline(look);
	hu_look_upgrades(look);
	hu_look_causes(look);
	hu_look_holders(look);
	hu_look_kernels(look);
	hu_look_groups(look);
	hu_look_hours(look);
	hu_look_unjudged(look);
	hu_look_reading(look);
	hu_look_end(look);
}

static void cut_back(struct hu_out *to, size_t len)
{
	if (to->len > len) {
		to->len = len;
		to->at[len] = '\0';
	}
}

/* With ever shorter lists, until it fits. */
static void render(struct hu_look *look, enum hu_fleet_format format, struct hu_out *to)
{
	static const struct {
		size_t rows, json, text;
	} details[] = {
		{120, 1000, 400}, {60, 300, 300}, {25, 100, 200}, {10, 40, 120}, {4, 12, 80}};
	size_t start = to->len;

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		cut_back(to, start);
		look->page = hu_alloc(sizeof(*look->page));
		look->html = format == HU_FLEET_HTML;
		look->rows = format == HU_FLEET_JSON ? details[i].json : details[i].rows;
		look->pen = (struct hu_pen){
			.draw = look->html ? hu_html_drawer() : hu_markdown_drawer(),
			.page = look->page,
			.detail = {.text = details[i].text, .items = 20},
			.to = to,
		};
		if (format == HU_FLEET_JSON)
			hu_look_json(look, to);
		else
			draw(look);
		if (look->html)
			hu_html_nav(to, start);
		hu_out_deinit(&look->pen.scratch);
		hu_page_close(look->page);
		look->page = NULL;
		if (look->err || to->len - start <= MOST_BYTES)
			return;
	}
}

struct hu_err *hu_fleet_report(const char *dir, const char *baseline, enum hu_fleet_format format,
			       struct hu_out *to)
{
	struct hu_look look = {0};
	struct hu_err *err = hu_fleet_open(dir, &look.db);

	if (!err && baseline) {
		err = hu_fleet_attach(look.db, baseline, "base");
		look.has_base = !err;
	}
	if (!err)
		render(&look, format, to);
	sqlite3_close(look.db);
	return err ? err : look.err;
}

struct hu_err *hu_fleet_publish(const char *dir, const char *baseline)
{
	static const struct {
		const char *name;
		enum hu_fleet_format format;
	} files[] = {{"fleet.html", HU_FLEET_HTML},
		     {"fleet.md", HU_FLEET_MARKDOWN},
		     {"fleet.json", HU_FLEET_JSON}};
	struct hu_err *err = NULL;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !err; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		err = hu_fleet_report(dir, baseline, files[i].format, &out);
		if (!err)
			err = hu_whole_write(dir, files[i].name, hu_out_view(&out));
	}
	return err ? err : hu_fleet_export(dir);
}
