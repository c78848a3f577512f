/* ingest/sar_parts.h - what sar_head.c and sar_lines.c share: the state of one pass. */
#ifndef HU_SAR_PARTS_H
#define HU_SAR_PARTS_H

#include "db/text.h"
#include "ingest/sar.h"

enum { HU_SAR_COLUMNS = 1024, HU_SAR_TABLES = 512 };

#define HU_SAR_UNDATED INT64_MIN

struct hu_sar_column {
	struct hu_str name;
	enum hu_sar_role role;
	hu_name series; /* 0 where the series depends on the row's device */
};

/* One kind of table: all that have these columns. */
struct hu_sar_table {
	uint64_t signature;
	int64_t midnights; /* passed since the banner's day */
	int32_t last;	   /* second of the day of its last row */
	bool known;	   /* an activity that we read; else its rows are counted under `name` */
	uint64_t skipped;
	char *name;
};

struct hu_sar {
	const struct hu_sar_dialect *dialect;
	struct hu_sink *to;
	struct hu_sar_hints hints;
	bool dated;  /* some banner gives a date: stamps are local time */
	bool epoch;  /* rows begin with seconds since 1970 (pidstat -H) */
	int64_t day; /* of the banner in force; HU_SAR_UNDATED without */
	struct hu_sar_table *tables;
	size_t table_count;
	struct hu_sar_table *table; /* in force, or NULL */
	struct hu_sar_column *columns;
	size_t column_count;
	struct hu_out name, device;
	int32_t header_second; /* of the header in force, until its first row; -1 */
	bool since_boot;       /* rows in force are averages since boot */
	hu_ns restarted;       /* when, if it ever was */
	size_t row_len; /* of the last row of this table: sar's rows are as wide as their header */
	bool told_fact, after_blank;
	uint64_t rows, averages, boots, restarts, comments;
	uint64_t lost, lost_pos;	 /* lines that are no part of a table */
	uint64_t blind, blind_pos;	 /* rows whose time we cannot place */
	uint64_t unread, unread_pos;	 /* fields that are no number */
	uint64_t backward, backward_pos; /* rows before the one above them */
	uint64_t cut_pos;
};

/* The time that a line begins with; pidstat -H gives it in seconds since 1970. */
bool hu_sar_line_time(const struct hu_sar *s, struct hu_str line, struct hu_sar_time *ret);
/* Decides the clock by what the whole text says. */
void hu_sar_survey(struct hu_sar *s, struct hu_str text);
void hu_sar_put_banner(struct hu_sar *s, const struct hu_sar_banner *banner, uint64_t pos);
/* A header of columns, of that second of the day (-1: not told). */
void hu_sar_put_header(struct hu_sar *s, struct hu_str columns, int32_t second);
/* "sar.<column>" and, behind a dot, what the row is about. */
hu_name hu_sar_series(struct hu_sar *s, struct hu_str column, struct hu_str device);

#endif
