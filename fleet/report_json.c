/*
 * fleet.json, schema "holdup.fleet.v1" (docs/fleet.md): the sums of fleet.db, table by table. Keys
 * are the columns; integers stay integers; lists are cut where the file would pass 1 MB, and say
 * how many there are.
 */
#include <sqlite3.h>
#include <string.h>

#include "fleet/look.h"
#include "report/json_writer.h"

/* Cells may hold whole sentences of hostile bundles. */
enum { MOST_TEXT = 600 };

static void put_value(struct hu_json *j, struct hu_seen *q, int column)
{
	const char *key = sqlite3_column_name(q->stmt, column);
	struct hu_str text;

	switch (sqlite3_column_type(q->stmt, column)) {
	case SQLITE_INTEGER:
		hu_json_integer(j, key, hu_seen_int(q, column));
		break;
	case SQLITE_TEXT:
		text = (struct hu_str){(const char *)sqlite3_column_text(q->stmt, column),
				       (size_t)sqlite3_column_bytes(q->stmt, column)};
		if (text.len > MOST_TEXT)
			text.len = MOST_TEXT;
		hu_json_text(j, key, text);
		break;
	default:
		hu_json_null(j, key);
	}
}

static void put_row(struct hu_json *j, const char *key, struct hu_seen *q)
{
	hu_json_begin(j, key, '{');
	for (int i = 0; i < sqlite3_column_count(q->stmt); i++)
		put_value(j, q, i);
	hu_json_end(j, '}');
}

/* One row as an object; null if there is none. */
static void put_one(struct hu_look *look, struct hu_json *j, const char *key, const char *sql)
{
	struct hu_seen q = hu_look_at(look, sql);

	if (!hu_seen_next(&q)) {
		hu_json_null(j, key);
		return;
	}
	put_row(j, key, &q);
	hu_seen_close(&q);
}

/* {"rows": so many there are, "list": […]} */
static void put_list(struct hu_look *look, struct hu_json *j, const char *key, const char *from,
		     const char *columns, const char *order)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql, "SELECT count(*) FROM %s", from);
	int64_t all = hu_look_number(look, sql.at);
	hu_out_clear(&sql);
	hu_out_printf(&sql, "SELECT %s FROM %s ORDER BY %s LIMIT %zu", columns, from, order,
		      look->rows);
	struct hu_seen q = hu_look_at(look, sql.at);
	hu_json_begin(j, key, '{');
	hu_json_integer(j, "rows", all);
	hu_json_begin(j, "list", '[');
	while (hu_seen_next(&q))
		put_row(j, NULL, &q);
	hu_json_end(j, ']');
	hu_json_end(j, '}');
}

#define BUNDLE "main.bundle b LEFT JOIN main.report_of r ON r.bundle = b.key"

static void put_baseline(struct hu_look *look, struct hu_json *j)
{
	if (!look->has_base) {
		hu_json_null(j, "baseline");
		return;
	}
	hu_json_begin(j, "baseline", '{');
	put_one(look, j, "totals", "SELECT * FROM base.total");
	hu_json_integer(j, "bundles_in_both",
			hu_look_number(look,
				       "SELECT count(*) FROM main.bundle WHERE key IN (SELECT "
				       "key FROM base.bundle)"));
	put_list(look, j, "new_causes",
		 "main.cause WHERE cause_key NOT IN (SELECT cause_key FROM base.cause)",
		 "cause_key, stall_ns, bundles, hosts", "rank_stall");
	put_list(look, j, "gone_causes",
		 "base.cause WHERE cause_key NOT IN (SELECT cause_key FROM main.cause)",
		 "cause_key, stall_ns, bundles, hosts", "rank_stall");
	put_list(
		look, j, "common_causes",
		"main.cause c JOIN base.cause b ON b.cause_key = c.cause_key",
		"c.cause_key, b.stall_ns AS stall_ns_before, c.stall_ns, b.bundles AS "
		"bundles_before, c.bundles, b.bundles_ppm AS bundles_ppm_before, b.bundles_low_ppm "
		"AS bundles_low_ppm_before, b.bundles_high_ppm AS bundles_high_ppm_before, "
		"c.bundles_ppm, c.bundles_low_ppm, c.bundles_high_ppm, b.hosts AS hosts_before, "
		"c.hosts",
		"c.rank_stall");
	hu_json_end(j, '}');
}

void hu_look_json(struct hu_look *look, struct hu_out *to)
{
	struct hu_json j = {.to = to};

	hu_json_begin(&j, NULL, '{');
	hu_json_text(&j, "schema", hu_str("holdup.fleet.v1"));
	hu_json_begin(&j, "generator", '{');
	hu_json_text(&j, "name", hu_str("holdup"));
	hu_json_text(&j, "version", hu_str(HU_VERSION));
	hu_json_end(&j, '}');
	put_one(look, &j, "totals", "SELECT * FROM main.total");
	put_list(look, &j, "upgrades", "main.upgrade", "*", "rank");
	put_list(look, &j, "causes",
		 "main.cause c LEFT JOIN main.report_of r ON r.bundle = c.worst_bundle",
		 "c.*, r.report AS worst_report", "rank_stall");
	put_list(look, &j, "kernels", "main.kernel", "*", "stall_ns DESC, bundles DESC, release");
	put_list(look, &j, "cause_kernels", "main.cause_kernel", "*",
		 "stall_ns DESC, bundles DESC, cause_key, release");
	put_list(look, &j, "groups", "main.host_group", "*", "tag, stall_ns DESC, value");
	put_list(look, &j, "cause_groups", "main.cause_group", "*",
		 "stall_ns DESC, bundles DESC, cause_key, tag, value");
	put_list(look, &j, "hours",
		 "(SELECT weekday, hour, CAST(total(incidents) AS INTEGER) AS incidents, "
		 "CAST(total(stall_ns) AS INTEGER) AS stall_ns FROM main.hour GROUP BY weekday, "
		 "hour)",
		 "*", "weekday, hour");
	put_list(look, &j, "holders", "main.culprit", "*",
		 "blocking_ns DESC, incidents DESC, role, comm, lock");
	put_list(look, &j, "reasons", "main.unjudged", "*", "bundles DESC, reason");
	put_list(look, &j, "not_judged", BUNDLE " WHERE NOT b.judged",
		 "b.key, r.path, b.reason, b.sentence, r.report", "b.reason, r.path, b.key");
	put_list(
		look, &j, "damaged", "main.damage d JOIN " BUNDLE " WHERE b.key = d.bundle",
		"b.key, r.path AS bundle, d.path, d.format, d.status, d.error, b.verdict, r.report",
		"r.path, b.key, d.path");
	put_list(look, &j, "conflicts", "main.conflict c JOIN " BUNDLE " WHERE b.key = c.bundle",
		 "b.key, r.path, b.tool, b.options, coalesce(b.reason, b.verdict) AS outcome, "
		 "c.tool "
		 "AS other_tool, c.options AS other_options, c.outcome AS other_outcome",
		 "r.path, b.key, c.tool, c.options, c.body");
	put_baseline(look, &j);
	hu_json_end(&j, '}');
	hu_out_putc(to, '\n');
}
