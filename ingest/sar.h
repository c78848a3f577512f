/*
 * ingest/sar.h - the text that sar prints: one table after the other, each row with the time of day
 * at which its interval ended.
 */
#ifndef HU_SAR_H
#define HU_SAR_H

#include "db/base.h"
#include "db/sink.h"
#include "ingest/walltime.h"

/*
 * How many bytes at the start of `text` are sar output: its "Linux …" line or a header of columns
 * with at least one row under it, up to the last row. 0 if `text` does not start with one.
 */
size_t hu_sar_extent(struct hu_str text);

/*
 * Puts every row of `text` as counters "sar.<column>" or "sar.<column>.<device>", the facts of its
 * "Linux …" line, and the source's clock: local time where that line gives a date, else none, with
 * stamps that are nanoseconds since midnight (an order, not a place on the axis). `first_line` is
 * the place of the first line in the source. Lines that are no part of a table are a loss; an error
 * means that there is no row at all, or that the last one is cut.
 */
HU_MUST_CHECK struct hu_err *hu_sar_lines(struct hu_str text, uint64_t first_line,
					  struct hu_sink *to);

/* The pieces, for sar*.c ----------------------------------------------------------------------- */

/* What a column of a table is there for. */
enum hu_sar_role {
	HU_SAR_VALUE,
	HU_SAR_DEVICE, /* what the row is about */
	HU_SAR_NODE,   /* the same, unless a CPU stands before it */
	HU_SAR_TASK,   /* its number */
	HU_SAR_IGNORED
};

/* A tool that prints such tables. */
struct hu_sar_dialect {
	const char *family;	   /* "sar.": begins its series */
	const char *row, *average; /* "sar row": what is counted */
	const char *since_boot; /* the rows of a table whose header has their own time; NULL: never
				 */
	bool (*is_header)(struct hu_str columns);
	bool (*reads)(struct hu_str columns); /* NULL: all of them */
	enum hu_sar_role (*role)(struct hu_str column);
};
extern const struct hu_sar_dialect hu_sar_dialect, hu_mpstat_dialect, hu_pidstat_dialect;

/* As hu_sar_lines(), and in *rows how many rows there were. */
HU_MUST_CHECK struct hu_err *hu_sar_rows(const struct hu_sar_dialect *dialect, struct hu_str text,
					 uint64_t first_line, struct hu_sink *to, uint64_t *rows);

/* Whether a text begins with a "Linux …" line and the first header below it is one of these. */
bool hu_sar_begins(struct hu_str head, bool (*is_header)(struct hu_str columns));

struct hu_sar_banner { /* "Linux 6.1.0 (guest) 	11/22/26 	_x86_64_	(2 CPU)"; empty
			  where absent */
	struct hu_str release, host, date, arch, cpus;
};
bool hu_sar_banner(struct hu_str line, struct hu_sar_banner *ret);

enum hu_sar_half { HU_SAR_24H, HU_SAR_AM, HU_SAR_PM, HU_SAR_HALF_UNKNOWN };

struct hu_sar_time {
	int32_t second; /* of the day, the half day taken into account */
	hu_ns epoch;	/* pidstat -H: seconds since 1970; HU_OPEN otherwise */
	enum hu_sar_half half;
	struct hu_str rest; /* of the line, behind the time */
};
bool hu_sar_time(struct hu_str line, struct hu_sar_time *ret);

/* What else in the text tells which of day and month comes first. */
struct hu_sar_hints {
	bool twelve_hours, decimal_comma;
};
/* The day of a banner in days since 1970-01-01, and in *how why it is read that way (static text).
 */
bool hu_sar_date(struct hu_str date, const struct hu_sar_hints *hints, int64_t *days,
		 const char **how);

/*
 * A date with a time of day, in sar's forms or ISO ("11/22/26 01:04:44 AM"), and in *how why the
 * date is read that way (static text). HU_CLOCK_REALTIME only where an offset is given.
 */
bool hu_sar_stamp(struct hu_str text, const struct hu_sar_hints *hints, struct hu_wall *ret,
		  const char **how);

/* Whether `columns` (what follows the time in a line) are names of columns that sar prints. */
bool hu_sar_is_header(struct hu_str columns);
/* Whether they could be of an activity that we have not heard of. */
bool hu_sar_is_unknown_header(struct hu_str columns);
/* A header that sar does not print too. */
bool hu_mpstat_is_own_header(struct hu_str columns);
bool hu_pidstat_is_header(struct hu_str columns);
/* Whether that column names the thing a row is about ("DEV") and holds no number. */
bool hu_sar_is_key(struct hu_str column);
/* "Average:" and what it is called in other languages: sar's own mean over all rows. */
bool hu_sar_is_average(struct hu_str line);
/* "88.89", "88,89", "8.4%", "23.3G": *unit gets the letter behind it, 0 if none. */
bool hu_sar_number(struct hu_str text, double *ret, char *unit);
/* Puts it into the unit that the column has without such a letter; false if that is not known. */
bool hu_sar_scale(struct hu_str column, char unit, double *value);

#endif
