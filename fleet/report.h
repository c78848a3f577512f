/*
 * fleet/report.h - what is written beside a fleet.db: the report for people (HTML, Markdown), for
 * programs (JSON, schema "holdup.fleet.v1"), the cards again as NDJSON, and the incidents as CSV.
 * Reads fleet.db and computes nothing.
 */
#ifndef HU_FLEET_REPORT_H
#define HU_FLEET_REPORT_H

#include "db/base.h"
#include "db/text.h"

enum hu_fleet_format { HU_FLEET_HTML, HU_FLEET_MARKDOWN, HU_FLEET_JSON };

/*
 * One report of the fleet.db in `dir` (or of that file). `baseline` is the folder or fleet.db of an
 * earlier run, or NULL. Under 1 MB for any fleet, but for JSON. Appends to *to.
 */
HU_MUST_CHECK struct hu_err *hu_fleet_report(const char *dir, const char *baseline,
					     enum hu_fleet_format format, struct hu_out *to);

/* DIR/fleet.ndjson (the cards, by key) and DIR/fleet-incidents.csv, streamed. */
HU_MUST_CHECK struct hu_err *hu_fleet_export(const char *dir);

/* All of it: fleet.html, fleet.md, fleet.json, fleet.ndjson, fleet-incidents.csv in `dir`, each
 * written beside its place and renamed. */
HU_MUST_CHECK struct hu_err *hu_fleet_publish(const char *dir, const char *baseline);

#endif
