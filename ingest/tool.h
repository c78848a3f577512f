/*
 * ingest/tool.h - the tables, histograms and stacks that tools of bcc and libbpf-tools print. What
 * a tool prints is data: one file in ingest/tables/ per tool (docs/formats/bcc.md says how to write
 * one). It is compiled in, loaded once, and read by one engine.
 */
#ifndef HU_TOOL_H
#define HU_TOOL_H

#include "db/base.h"
#include "db/embedded.h"
#include "db/text.h"
#include "db/words.h"
#include "ingest/tell.h"

/* What a column, or a {word} of a line, means. */
enum hu_tool_role {
	HU_ROLE_SKIP = 0,
	HU_ROLE_TIME,
	HU_ROLE_STAMP, /* since boot */
	HU_ROLE_COMM,
	HU_ROLE_PID, /* of the thread group */
	HU_ROLE_TID,
	HU_ROLE_CPU,
	HU_ROLE_OTHER_COMM, /* the waker, the task before */
	HU_ROLE_OTHER_TID,
	HU_ROLE_FUNCTION,
	HU_ROLE_CALLER, /* of the lock's function: the leaf of the stack below the row */
	HU_ROLE_LOCK,
	HU_ROLE_ADDRESS,
	HU_ROLE_DURATION,
	HU_ROLE_MAX,
	HU_ROLE_AVERAGE,
	HU_ROLE_TOTAL,
	HU_ROLE_COUNT,
	HU_ROLE_UNIT,
	HU_ROLE_KEY,
	HU_ROLE_KIND,
	HU_ROLE_DETAIL,
	HU_ROLE_CALL, /* "umount("/mnt", 0x0) = 0": function, detail and result */
	HU_ROLE_RESULT,
	HU_ROLE_SECTOR,
	HU_ROLE_BYTES,
	HU_ROLE_RATE, /* samples a second */
	HU_ROLE_STACK,
	HU_ROLE_OTHER_STACK,
	HU_ROLE_COUNT_OF
};

enum hu_tool_type {
	HU_TYPE_TEXT,	  /* may have blanks: a comm, a file's name */
	HU_TYPE_WORD,	  /* no blanks */
	HU_TYPE_NUMBER,	  /* whole */
	HU_TYPE_QUANTITY, /* with a fraction and a unit, as it may be */
	HU_TYPE_HEX,
	HU_TYPE_TIME, /* "06:35:01", or seconds */
	HU_TYPE_NONE, /* cannot stand in a line */
};

const char *hu_role_name(enum hu_tool_role role);
bool hu_role_by_name(struct hu_str name, enum hu_tool_role *ret);
enum hu_tool_type hu_role_type(enum hu_tool_role role);

/* "us", "(us)", "usecs", "msecs" … as the decimal digits of a nanosecond in it; -1: no unit of
 * time. */
int hu_tool_unit(struct hu_str text);

/* "Max PID {pid}, COMM {comm}": literal text and roles in turn. A blank stands for any run of them,
 * "*" for anything. */
struct hu_tool_piece {
	enum hu_tool_role role; /* of what follows the literal; HU_ROLE_SKIP: "*" or the end */
	bool open;		/* something follows the literal */
	struct hu_str literal;
};
enum { HU_TOOL_PIECES = 16 };
struct hu_tool_pattern {
	char *text; /* owned */
	struct hu_tool_piece piece[HU_TOOL_PIECES];
	size_t pieces;
};

struct hu_tool_map {
	char *from, *to;
};
struct hu_tool_column {
	char *head; /* as the header spells it; "(*)" at its end stands for a unit in brackets */
	enum hu_tool_role role;
	bool optional, last, start; /* last: takes the rest of the line; start: the time is that of
				       the beginning */
	char *unit;		    /* where the header has none */
	struct hu_tool_map *map;    /* what letters stand for */
	size_t maps;
};

enum hu_tool_word {
	HU_PUT_SPAN = 1,
	HU_PUT_AGGREGATE,
	HU_PUT_SNAPSHOT,
	HU_PUT_SAMPLE,
	HU_PUT_IO,
	HU_PUT_SYSCALL,
	HU_PUT_NOTHING, /* counted only */
};
enum { HU_PUT_WORDS = HU_PUT_NOTHING + 1 };
extern const char *const hu_tool_words[HU_PUT_WORDS]; /* as a description spells them */
enum { HU_TOOL_KEYS = 6 };
struct hu_tool_put {
	enum hu_tool_word word;
	char *label;			/* label, text or table: a template */
	enum hu_tool_role duration;	/* which one is it here */
	enum hu_tool_role count, total; /* of an aggregate; HU_ROLE_SKIP: none */
	enum hu_tool_role key[HU_TOOL_KEYS];
	size_t keys;
	bool checks_result; /* the tool looks at what a trylock returned */
};

enum hu_tool_form_kind {
	HU_FORM_ROWS = 1,
	HU_FORM_HISTOGRAM,
	HU_FORM_STACKS,
	HU_FORM_FOLDED,
	HU_FORM_LINES,
	HU_FORM_RECORD /* one line a field, ended by a blank one */
};
struct hu_tool_form {
	enum hu_tool_form_kind kind;
	struct hu_tool_column *column; /* rows */
	size_t columns;
	bool frames;		      /* rows: a stack may follow */
	bool csv;		      /* rows: commas, not blanks, are between the columns */
	struct hu_tool_pattern *line; /* lines, stacks; rows: what may follow a row */
	size_t lines;
	struct hu_tool_pattern end;    /* stacks: the line that ends one */
	char *unit;		       /* stacks: of the number in it */
	struct hu_tool_pattern *split; /* stacks: between the two stacks */
	size_t splits;
	bool other_first; /* stacks: the first one is of the other task */
	bool reversed;	  /* stacks: the first one is printed outermost first */
	char **mark;	  /* folded: one of these is in every line, so no banner is needed */
	size_t marks;
	enum hu_tool_role *field; /* folded */
	size_t fields;
	struct hu_tool_map *map; /* record: what its texts stand for */
	size_t maps;
	struct hu_tool_put *put;
	size_t puts;
};

struct hu_tool_sample {
	struct hu_out text;
	char **gives;
	size_t count;
};

struct hu_tool {
	char *tool, *reads;
	bool fallback; /* its forms need no banner, and yield to all others */
	struct hu_tool_pattern *banner;
	size_t banners;
	struct hu_tool_pattern *section; /* lines that say whose histogram follows */
	size_t sections;
	struct hu_tool_form *form;
	size_t forms;
	struct hu_tool_sample *sample;
	size_t samples;
};

struct hu_tools {
	struct hu_tool *at;
	size_t count;
};

/* Descriptions, checked for form. The error names the file and the place in it. */
HU_MUST_CHECK struct hu_err *hu_tool_load(const char *name, struct hu_str json,
					  struct hu_tool *ret);
void hu_tool_deinit(struct hu_tool *table);
/* Those that are compiled in; loaded once for the life of the process. */
HU_MUST_CHECK struct hu_err *hu_tools_builtin(const struct hu_tools **ret);
extern const struct hu_embedded hu_tool_files[];

HU_MUST_CHECK struct hu_err *hu_tool_pattern_compile(struct hu_str text,
						     struct hu_tool_pattern *ret);
void hu_tool_pattern_deinit(struct hu_tool_pattern *pattern);

/* What was read of one record. */
enum { HU_TOOL_STACK_BYTES = 128 << 10 };
struct hu_tool_values {
	bool set[HU_ROLE_COUNT_OF];
	int64_t number[HU_ROLE_COUNT_OF]; /* whole numbers */
	hu_ns ns[HU_ROLE_COUNT_OF];	  /* quantities of time; else HU_OPEN */
	struct hu_out text[HU_ROLE_COUNT_OF];
	struct hu_out frames[2]; /* the task's, the other one's: "symbol\tmodule\n", leaf first */
	uint64_t user_frames;
	bool deeper; /* a frame of its own has followed the row */
	hu_ns ts;    /* HU_OPEN: none */
	bool ts_is_start;
	int64_t low, high; /* of a bucket */
	uint64_t pos;
};
void hu_tool_values_clear(struct hu_tool_values *v);
void hu_tool_values_deinit(struct hu_tool_values *v);
/* Takes a text for a role; false if it cannot be one. `unit` is what is known of its unit. */
bool hu_tool_value(struct hu_tool_values *v, enum hu_tool_role role, struct hu_str text,
		   struct hu_str unit);
/* Like hu_tool_value(), without keeping anything. */
bool hu_tool_fits(enum hu_tool_role role, struct hu_str text, struct hu_str unit);

/* Whether the whole line fits; its values go to *v (NULL: not wanted). */
bool hu_tool_pattern_match(const struct hu_tool_pattern *pattern, struct hu_str line,
			   struct hu_str unit, struct hu_tool_values *v);

/* The columns that a header names. */
enum { HU_TOOL_COLUMNS = 24 };
struct hu_tool_header {
	const struct hu_tool_form *form;
	size_t columns;
	struct {
		const struct hu_tool_column *is;
		size_t from, to; /* where its name stands */
		char unit[8];	 /* from the header; empty: none there */
	} column[HU_TOOL_COLUMNS];
};
bool hu_tool_header_match(const struct hu_tool_form *form, struct hu_str line,
			  struct hu_tool_header *ret);
bool hu_tool_row_match(const struct hu_tool_header *header, struct hu_str line,
		       struct hu_tool_values *v);

/* "     usecs               : count    distribution"; *label is "usecs". */
bool hu_tool_histogram_head(struct hu_str line, struct hu_str *label);
bool hu_tool_histogram_bucket(struct hu_str line, int64_t *low, int64_t *high, int64_t *count);

struct hu_tool_frame {
	struct hu_str symbol, module;
	bool user, unknown, indented;
};
/* "    b'down_write'", "    ffffffff810df082 hrtimer_wakeup", "        do_sys_open+0x1 [kernel]".
 */
bool hu_tool_frame_parse(struct hu_str line, struct hu_tool_frame *ret);

/* A folded line with one of the form's marks in it. */
bool hu_tool_marked(const struct hu_tool_form *form, struct hu_str line);

/* The engine: lines in, records out. */
typedef void hu_tool_take(void *with, const struct hu_tool *table, const struct hu_tool_put *put,
			  const struct hu_tool_values *v);
struct hu_tool_reading;
struct hu_tool_counts {
	uint64_t said; /* lines that no tool means as a record */
	uint64_t records, time_mixed, lost, odd;
	uint64_t odd_pos;
	struct hu_odd_lines unused; /* lines not understood */
};
struct hu_tool_reading *hu_tool_reading_create(const struct hu_tools *all, hu_tool_take *take,
					       void *with);
void hu_tool_reading_destroy(struct hu_tool_reading *r); /* NULL is fine */
void hu_tool_reading_line(struct hu_tool_reading *r, struct hu_str line, uint64_t pos);
/* What is open is complete. */
const struct hu_tool_counts *hu_tool_reading_end(struct hu_tool_reading *r);
/* How stamps are given: 0 none, 's' seconds, 'd' time of day, 'm' since boot. */
char hu_tool_reading_stamps(const struct hu_tool_reading *r);

/* Proves a description by its own samples: NULL, or what is wrong, all of it. */
HU_MUST_CHECK struct hu_err *hu_tool_prove(const struct hu_tool *table);
/* "file {kind}" with what was read in it. */
void hu_tool_template(const char *template, const struct hu_tool_values *v, struct hu_out *to);
void hu_tool_key(const struct hu_tool_put *put, const struct hu_tool_values *v, struct hu_out *to);

#endif
