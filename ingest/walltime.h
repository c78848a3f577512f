/* ingest/walltime.h - dates and times as people and date(1) write them. */
#ifndef HU_WALLTIME_H
#define HU_WALLTIME_H

#include "db/base.h"
#include "db/words.h"

/* Days from 1970-01-01 to that day of the Gregorian calendar; false if there is no such day. */
bool hu_wall_days(int64_t year, int64_t month, int64_t day, int64_t *ret);

/* "2026-11-22" → days since 1970-01-01. */
bool hu_wall_date(struct hu_str text, int64_t *days);
/* "01:04:43", "01:04:43.5" → nanoseconds since midnight. */
bool hu_wall_clock(struct hu_str text, hu_ns *ret);

/* A moment. HU_CLOCK_REALTIME where the text gives its zone as UTC, GMT, Z or an offset;
 * HU_CLOCK_LOCAL_TIME where it gives none, or a name that may mean several ("CST"): then `ns` is
 * what the clock on the wall showed, read as if it were UTC. */
struct hu_wall {
	hu_ns ns;
	enum hu_clock clock; /* HU_CLOCK_REALTIME or HU_CLOCK_LOCAL_TIME */
};

/*
 * Whole of `text` as a date with a time: ISO 8601 with "T" or a blank, date(1)'s own form with or
 * without AM and PM, RFC 2822; each with a fraction and a zone or without.
 */
bool hu_wall_stamp(struct hu_str text, struct hu_wall *ret);

/* Whether that zone name is UTC by another word. */
bool hu_wall_is_utc(struct hu_str zone);

#endif
