/* What is true of every finished store: a dozen queries that must give no row. */
#include "tests/rules.h"

#include <stdlib.h>

#include "tests/support.h"

static const struct {
	const char *complaint, *sql;
} none[] = {
	{"a source never ended", "SELECT path FROM source WHERE status = 'loading'"},
	{"an evidence source that is not in the bundle",
	 "SELECT source FROM incident_evidence WHERE source NOT IN (SELECT path FROM "
	 "source)"},
	{"a holder's share outside 0..1",
	 "SELECT incident || ' ' || comm FROM incident_holder WHERE share < 0 OR share > "
	 "1.000001"},
	{"the verdict's incident does not exist",
	 "SELECT incident FROM verdict WHERE incident IS NOT NULL AND incident NOT IN "
	 "(SELECT id FROM "
	 "incident)"},
	{"found without an incident, or an incident without found",
	 "SELECT outcome FROM verdict WHERE CASE outcome WHEN 'found' THEN incident IS NULL"
	 " WHEN 'undecided' THEN 0 ELSE incident IS NOT NULL END"},
	/* It may have held the lock at another time, while others waited. */
	{"a victim that leads its own holders",
	 "SELECT i.id FROM incident i JOIN incident_holder h ON h.incident = i.id WHERE "
	 "h.rank = 1 AND h.tid = i.victim_tid"
	 " AND i.victim_tid IS NOT NULL AND i.victim_operation IS NOT NULL"},
	{"an incident without evidence", "SELECT id FROM incident WHERE id NOT IN (SELECT "
					 "incident FROM incident_evidence)"},
	{"the worst operation's links do not add up",
	 "SELECT i.id || ': ' || sum(l.ns) || ' of ' || i.worst_ns FROM incident i JOIN "
	 "incident_link l"
	 " ON l.incident = i.id WHERE l.depth = 0 AND i.worst_ns IS NOT NULL GROUP BY i.id"
	 " HAVING abs(sum(l.ns) - i.worst_ns) > 1000"},
	{"links add up to more than the link above them",
	 "SELECT p.incident || ' ' || p.rank FROM incident_link AS p JOIN incident_link AS "
	 "l ON "
	 "l.incident = p.incident AND l.depth = p.depth + 1 AND l.rank > p.rank AND l.rank "
	 "< "
	 "coalesce((SELECT min(rank) FROM incident_link AS n WHERE n.incident = p.incident "
	 "AND "
	 "n.rank > p.rank AND n.depth <= p.depth), 1000000) GROUP BY p.incident, p.rank "
	 "HAVING "
	 "sum(l.ns) > p.ns + 1000 AND p.ns > 0"},
};

/* Each row is a complaint. */
static void none_of(sqlite3 *db, const char *complaint, const char *sql, struct hu_out *why)
{
	sqlite3_stmt *row = NULL;
	int step = SQLITE_ERROR;

	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK)
		for (step = sqlite3_step(row); step == SQLITE_ROW; step = sqlite3_step(row)) {
			const char *text = (const char *)sqlite3_column_text(row, 0);

			hu_out_printf(why, "%s: %s\n", complaint, text ? text : "NULL");
		}
	if (step != SQLITE_DONE)
		hu_out_printf(why, "%s: %s\n", sql, sqlite3_errmsg(db));
	sqlite3_finalize(row);
}

/* Each evidence row leads to a stored row. */
static size_t evidence(sqlite3 *db, struct hu_out *why)
{
	sqlite3_stmt *cited = NULL, *row;
	size_t checks = 0;
	int step = SQLITE_ERROR;

	if (sqlite3_prepare_v2(db,
			       "SELECT DISTINCT event_table, event_row FROM incident_evidence"
			       " WHERE event_table IS NOT NULL ORDER BY 1, 2",
			       -1, &cited, NULL) == SQLITE_OK)
		for (step = sqlite3_step(cited); step == SQLITE_ROW; step = sqlite3_step(cited)) {
			const char *table = (const char *)sqlite3_column_text(cited, 0);
			char *sql = hu_test_format("SELECT 1 FROM \"%s\" WHERE rowid = %lld", table,
						   (long long)sqlite3_column_int64(cited, 1));

			row = NULL;
			checks++;
			if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
				hu_out_printf(why, "evidence names a table that is not there: %s\n",
					      table);
			else if (sqlite3_step(row) != SQLITE_ROW)
				hu_out_printf(why, "evidence names a row that is not there: %s\n",
					      sql);
			sqlite3_finalize(row);
			free(sql);
		}
	if (step != SQLITE_DONE)
		hu_out_printf(why, "the evidence cannot be read: %s\n", sqlite3_errmsg(db));
	sqlite3_finalize(cited);
	return checks;
}

size_t hu_test_store_rules(sqlite3 *db, struct hu_out *why)
{
	const size_t count = sizeof(none) / sizeof(none[0]);

	for (size_t i = 0; i < count; i++)
		none_of(db, none[i].complaint, none[i].sql, why);
	return count + evidence(db, why);
}
