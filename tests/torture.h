/*
 * tests/torture.h - the campaign of scripts/torture: real captures, broken in every way that an
 * accident breaks them, through the real program, and what must be true of each run.
 */
#ifndef HU_TORTURE_H
#define HU_TORTURE_H

#include <cjson/cJSON.h>

#include "db/text.h"

/* What is done to a capture. Those from HU_HARM_MISSING on are for bundles of several members. */
enum hu_harm {
	HU_HARM_CUT,
	HU_HARM_FLIP,
	HU_HARM_ZERO,
	HU_HARM_SWAP,
	HU_HARM_DOUBLE,
	HU_HARM_MISSING,
	HU_HARM_TWICE, /* two copies, the same name: an archive alone can have them */
	HU_HARM_COPY,  /* two copies, another name */
	HU_HARM_RENAMED,
	HU_HARMS
};
extern const char *const hu_harm_names[HU_HARMS];
/* As a table's row tells it: "cut short". */
extern const char *const hu_harm_titles[HU_HARMS];

struct hu_member {
	char *path; /* in the bundle */
	struct hu_out bytes;
};

/* A capture with its files in memory, laid out in a folder of ours. */
struct hu_capture {
	char *name, *group;	   /* "vmstat/utc", "vmstat" */
	char *bundle;		   /* what the program is given: a folder or a file */
	char *root;		   /* where it and all that a run writes lies */
	struct hu_member *members; /* those that are broken; the others only lie there */
	size_t count, bytes;
	bool single;  /* the bundle is its one member */
	cJSON *score; /* its label, or NULL */
};

/* One case, the same in every run: which member, where, how much. */
struct hu_case {
	enum hu_harm harm;
	size_t n; /* of this harm to this capture */
	uint64_t seed;
	size_t member;
	char *bundle;	    /* what the program is given instead, or NULL */
	struct hu_out what; /* in words */
	bool at_line;	    /* a cut behind the end of a line or record: the rest is sound */
};

/* How many different cases there are, `places` at most. */
size_t hu_case_count(const struct hu_capture *c, enum hu_harm harm, size_t places);
/* Breaks the capture as it lies there; hu_case_undo() mends it. */
void hu_case_do(const struct hu_capture *c, struct hu_case *what);
void hu_case_undo(const struct hu_capture *c, struct hu_case *what);

/* What can be wrong with a run. */
enum hu_wrong {
	HU_WRONG_EXIT,	    /* not by the table of exit statuses, or a signal */
	HU_WRONG_SANITIZER, /* a report of one */
	HU_WRONG_TIME,
	HU_WRONG_MEMORY,
	HU_WRONG_SILENT, /* records are gone, and nothing says so */
	HU_WRONG_FOUND,	 /* an answer that the whole capture refutes */
	HU_WRONG_REPORT, /* a report or store that breaks its own rules */
	HU_WRONG_WHOLE,	 /* half a report, half a store, or something left behind */
	HU_WRONGS
};
extern const char *const hu_wrong_names[HU_WRONGS];

/* What a source says of itself. */
struct hu_source_told {
	char *path, *format, *status, *error, *lost; /* lost: a line for each loss */
	bool read;				     /* some reader took it */
	int64_t records, counted, losses;
};

/* How a run ended, and what it left. */
struct hu_run {
	int status; /* the exit status, or 128 and the signal */
	bool published;
	long seconds, peak_kib;
	struct hu_out said; /* standard error */
	cJSON *report;	    /* NULL: none, or none that is whole */
	struct hu_source_told *sources;
	size_t count;
	struct hu_out broken[HU_WRONGS]; /* complaints */
};

/* What a run may use: seconds of CPU, bytes of address space (not under a sanitizer). */
struct hu_bounds {
	unsigned int seconds;
	uint64_t memory;
	bool boxed;	    /* in the sandbox, as by default; else without */
	const char *defect; /* for the tests of these checks: goes wrong in this way */
};

/* Analyses `bundle` with the program in a child and reads what it left. */
void hu_run_do(const struct hu_capture *c, const char *bundle, const struct hu_bounds *bounds,
	       struct hu_run *ret);
void hu_run_deinit(struct hu_run *run);
/* Spoils what a run left, as `defect` says. In the child, and before anything is checked. */
int hu_run_defect(const char *defect, const char *root, int status);

/* Holds a run against that of the whole capture; adds to run->broken. `what` NULL: it is that run.
 */
void hu_run_judge(const struct hu_capture *c, const struct hu_case *what,
		  const struct hu_run *whole, struct hu_run *run);

/* Counts by capture and harm, in a file that a later run goes on with. */
struct hu_tally {
	char *name, *group;
	enum hu_harm harm;
	size_t bytes, cases;
	size_t wrong[HU_WRONGS];
};
struct hu_tallies {
	struct hu_tally *at;
	size_t count;
};
struct hu_tally *hu_tally_of(struct hu_tallies *all, const char *name, const char *group,
			     enum hu_harm harm);
bool hu_tallies_read(const char *path, const char *head, struct hu_tallies *ret);
bool hu_tallies_write(const char *path, const char *head, const struct hu_tallies *all);
void hu_tallies_table(const struct hu_tallies *all, struct hu_out *ret);
void hu_tallies_deinit(struct hu_tallies *all);

/* The captures of fixtures/ (or whole ones, when `labels` names their labels) whose name matches.
 */
typedef void hu_capture_fn(struct hu_capture *c, void *data);
size_t hu_captures(const char *folder, const char *labels, const char *only, const char *root,
		   hu_capture_fn *fn, void *data);
void hu_capture_deinit(struct hu_capture *c);

#endif
