/*
 * ingest/sadf.h - what the forms of sadf's output share, and the JSON of iostat and mpstat, which
 * has the same frame.
 */
#ifndef HU_SADF_H
#define HU_SADF_H

#include "db/sink.h"
#include "db/text.h"
#include "ingest/sar.h"
#include "ingest/walltime.h"

#include <cjson/cJSON.h>

struct hu_sadf;

/* Whose JSON it is. */
struct hu_sysstat_json {
	const char *family; /* "sar." */
	/* Appends the name of a column of the tool's own table. */
	void (*column)(struct hu_out *out, const char *group, const char *key);
	/* The time of one sample; false if it has none that can be read. */
	bool (*stamp)(struct hu_sadf *s, const cJSON *timestamp, struct hu_wall *ret);
	bool since_boot; /* the first sample of a host is the average since boot */
};

struct hu_sadf {
	struct hu_sink *to;
	const struct hu_sysstat_json *json;
	struct hu_out name;
	hu_ns ts;
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp yet */
	uint64_t pos;	     /* line */
	bool told_facts, nfs;
	struct hu_sar_hints hints;
	int64_t day;	     /* of the host, where samples have a time of day alone */
	struct hu_str date;  /* the same as text */
	int32_t last;	     /* second of the day of the sample before; -1 */
	const char *how;     /* why a date is read as it is; NULL: sadf's own dates are ISO */
	uint64_t since_host; /* samples of this host */
	uint64_t stamps, boots, restarts;
	uint64_t blind, blind_pos;   /* stamps that are none, or of another clock */
	uint64_t unread, unread_pos; /* values that are no number */
	uint64_t mixed, mixed_pos;   /* lines of several activities at once */
	uint64_t cut_pos;
};

/* One more at line `at`; *pos keeps the first. */
void hu_sadf_count(uint64_t *count, uint64_t *pos, uint64_t at);
/* The stamp of what follows, in the clock of the file's first one; `valid`: it could be read. */
void hu_sadf_stamp(struct hu_sadf *s, bool valid, const struct hu_wall *wall);

/* The whole text of sadf -j, or of the tool that s->json names. */
void hu_sadf_json(struct hu_sadf *s, struct hu_str text);
/* The whole text of sadf -x. */
void hu_sadf_xml(struct hu_sadf *s, struct hu_str text);
/* The column of sar's own table that JSON and XML have as `key` of `group`. */
void hu_sadf_column(struct hu_out *out, const char *group, const char *key);
/* Whether that group has a rule of its own. */
bool hu_sadf_knows(const char *group);
/* Puts losses and counts, frees what is held. `what`: "sadf stamp". */
HU_MUST_CHECK struct hu_err *hu_sadf_finish(struct hu_sadf *s, const char *what, uint64_t bytes);
/* A stamp of iostat or mpstat. */
bool hu_sysstat_stamp(struct hu_sadf *s, const cJSON *timestamp, struct hu_wall *ret);
/* A whole file of that JSON. */
HU_MUST_CHECK struct hu_err *hu_sysstat_json_read(const struct hu_sysstat_json *form,
						  const char *what, struct hu_str text,
						  struct hu_sink *to);
/* Whether text begins as JSON of sysstat does, and has `key` in it. */
bool hu_sysstat_json_begins(struct hu_str head, const char *key);
extern const struct hu_sysstat_json hu_sadf_form;

#endif
