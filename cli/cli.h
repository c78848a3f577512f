/*
 * cli/cli.h - what the commands share: their table row, their options, their voice.
 * Results go to standard output, progress and complaints to standard error.
 */
#ifndef HU_CLI_H
#define HU_CLI_H

#include <stdarg.h>
#include <stdio.h>

#include "analyzers/analyzer.h"
#include "analyzers/known.h"
#include "db/base.h"
#include "db/store.h"
#include "db/text.h"
#include "ingest/bundle.h"
#include "ingest/load.h"
#include "report/report.h"

/* design.md section 2. */
enum cli_exit {
	CLI_DONE = 0,
	CLI_ONE_YIELDED_NOTHING = 1, /* a member recognised as a capture, that is */
	CLI_USAGE = 2,
	CLI_NOTHING_USABLE = 3,
	CLI_FAULT = 4,
	CLI_FOUND = 10, /* with --fail-on found */
};

struct cli_option {
	char letter;	   /* 0: none */
	const char *name;  /* without "--"; NULL ends the list */
	const char *value; /* what the help calls it; NULL: a flag */
	const char *help;
};

/* The options that narrow an analysis, for the lists of those commands that analyse. */
#define CLI_NARROW                                                                                 \
	{0, "threshold", "DURATION",                                                               \
	 "an operation stalled when it took this long: 100ms, 2s (default 100ms)"},                \
		{0, "from", "TIME",                                                                \
		 "look from here on: 70.08 (case time), +3.8s (from the window's start), or "      \
		 "2026-11-22T01:04:47Z"},                                                          \
		{0, "to", "TIME", "look up to here"},                                              \
		{0, "task", "NAME", "only this task: a name, a pattern (mount*) or a thread id"},  \
	{                                                                                          \
		0, "lock", "NAME", "only this lock: a name or a pattern"                           \
	}

/* For those that use the library of known fixes; may be given again. */
#define CLI_KNOWN                                                                                  \
	{                                                                                          \
		0, "known", "DIR", "add a folder of known fixes of your own (may be repeated)"     \
	}

/* For those that read bundles. */
#define CLI_READING                                                                                \
	{0, "limit", "NAME=VALUE", "what a bundle may cost, as listed below (may be repeated)"},   \
	{                                                                                          \
		0, "no-sandbox", NULL,                                                             \
			"read the bundle in this very process, unconfined; the report says so"     \
	}

/* For those that make stores. */
#define CLI_REDACT                                                                                 \
	{0, "redact", NULL,                                                                        \
	 "put pseudonyms for names of hosts, users' tasks, paths and addresses, in the store and " \
	 "so in all reports"},                                                                     \
	{                                                                                          \
		0, "redact-key", "FILE",                                                           \
			"with --redact: the same pseudonyms in all bundles, from this secret"      \
	}

struct cli_given {
	size_t option; /* of the command's list */
	const char *value;
};

struct cli_input {
	const struct cli_command *command;
	const char **values;	 /* per option of the command; NULL: not given; flags: "" */
	struct cli_given *given; /* all that was given, in this order */
	size_t given_count;
	const char **operands;
	size_t count;
	bool help;
};

/*
 * To add a command: one file with one const struct cli_command, listed in main.c's table. Help, the
 * list of commands and the hints follow from it.
 */
struct cli_command {
	const char *name;
	const char *synopsis; /* behind the name */
	const char *summary;  /* one line */
	const char *details;  /* paragraphs, or NULL */
	const struct cli_option *options;
	int (*run)(const struct cli_input *in); /* an enum cli_exit */
};

extern const struct cli_command cli_analyze, cli_inspect, cli_ingest, cli_report, cli_query,
	cli_known, cli_export, cli_diff, cli_batch, cli_merge;

/* args.c */

/* False: it has complained, and the exit status is CLI_USAGE. */
bool cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_input *ret);
void cli_input_deinit(struct cli_input *in);
/* All values of an option that may be repeated, in the order given; free() the array. */
const char **cli_values(const struct cli_input *in, const char *option, size_t *count);
/* NULL: not given. */
const char *cli_value(const struct cli_input *in, const char *option);
/* Complains that the command was called wrongly; returns CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *fmt, ...) HU_PRINTF(2, 3);
void cli_help(const struct cli_command *command);
/* The nearest of these words, or NULL if none is near. `next` gives them one by one. */
const char *cli_nearest(const char *word, const char *(*next)(const void *list, size_t i),
			const void *list);

/* voice.c */

/* Text from a capture as it may go to a terminal: control bytes and broken UTF-8 as \xHH. */
void cli_put_safe(struct hu_out *to, struct hu_str text);
void cli_put_json(struct hu_out *to, struct hu_str text); /* with its quotes */
/* An integer for JSON: as text where a double would round it (2^53 and more). */
void cli_put_json_int(struct hu_out *to, int64_t n);
/* "holdup: …" on standard error, made safe, with a newline. */
void cli_complain(const char *fmt, ...) HU_PRINTF(1, 2);
void cli_complain_with(const char *fmt, va_list ap) HU_PRINTF(1, 0);
/* Complains and frees; returns the exit status that fits. `doing` NULL: the error says it all. */
int cli_fail(struct hu_err *err, const char *doing);
/* The same for what we could not write. */
int cli_fail_output(struct hu_err *err);
bool cli_colour(void); /* may standard output be coloured? */
/* How large a page it takes, when `below` lines come after it: 24 lines of 80 columns, what the
 * terminal says, or COLUMNS and LINES. */
struct hu_screen cli_screen(int below);
/* Prints a result. False, with a complaint, if it could not be written. */
bool cli_print(struct hu_str text);
/* Progress on a terminal; nothing anywhere else. `quiet`: nothing at all. */
const struct hu_progress *cli_progress(bool quiet);
/* What comes now, while nothing can be counted: "analysing". */
void cli_progress_stage(const char *what);
/* A line of progress that is safe to show, over the one before. For a terminal alone. */
void cli_progress_line(const char *text);
void cli_progress_end(void);

/* case.c */

/* Opens the bundle, loads it into a new store at `path`, redacts that if `in` says so, and tells
 * what went wrong with members (unless quiet). CLI_DONE: *store and *loaded are set. */
int cli_load(const struct cli_input *in, struct hu_bundle *bundle, const char *path, bool quiet,
	     struct hu_store **store, struct hu_loaded *loaded);
/* In the sandbox, with the limits of CLI_READING. */
int cli_open_bundle(const struct cli_input *in, const char *const *paths, size_t count, bool quiet,
		    struct hu_bundle **ret);
/* The form of those options alone, before any work is done. */
int cli_reading_check(const struct cli_input *in);
/* --max-memory in bytes; *bytes stays what it is without it. An exit status. */
int cli_max_memory(const struct cli_input *in, int64_t *bytes);
/* The exit status that a load alone earns; complains if it is not CLI_DONE. */
int cli_load_status(const struct hu_bundle *bundle, const struct hu_loaded *loaded);
/* A store, or the one in the folder that "holdup analyze" made. free() it. */
char *cli_find_store(const char *path);

/* redact.c */

/* The form of --redact and --redact-key, and the key itself, before any work is done. */
int cli_redact_check(const struct cli_input *in);
/* The key that it read, or NULL; for good. */
const struct hu_str *cli_redact_key(void);
/* Replaces the open store at `path` by one with pseudonyms, if --redact was given. */
int cli_redact(const struct cli_input *in, const char *path, struct hu_store **store);

/* narrow.c */

/*
 * The narrowing options. `store` is the path of a finished store that nobody has open for writing:
 * times that are not relative need to know where its window starts. Returns CLI_DONE or complains.
 */
int cli_narrow(const struct cli_input *in, const char *store, struct hu_options *ret);
/* Will that open the store? */
bool cli_narrow_needs_store(const struct cli_input *in);
/* The form of those options alone, before any work is done. */
int cli_narrow_check(const struct cli_input *in);

/* site.c */

/*
 * The folders that --known names, and what is wrong with the entries in them on standard error. A
 * folder that cannot be opened is the one fault that is not CLI_DONE. free() ret->paths.
 */
int cli_site(const struct cli_input *in, struct hu_site *ret);

/* outdir.c: a folder that appears at once and whole, or not at all. */

struct cli_outdir;
/* Is `path` free, empty or holdup's own? Complains if not. */
int cli_outdir_check(const char *path);
HU_MUST_CHECK struct hu_err *cli_outdir_begin(const char *path, struct cli_outdir **ret);
char *cli_outdir_file(const struct cli_outdir *dir, const char *name); /* free() it */
HU_MUST_CHECK struct hu_err *cli_outdir_write(const struct cli_outdir *dir, const char *name,
					      struct hu_str bytes);
HU_MUST_CHECK struct hu_err *cli_outdir_publish(struct cli_outdir *dir);
void cli_outdir_endp(struct cli_outdir **dir); /* drops what was not published */
/* A scratch folder in `folder`, for one file; what killed runs left there goes. */
HU_MUST_CHECK struct hu_err *cli_scratch(const char *folder, struct hu_scratch **ret);
/* A file that must not be there yet. `durable`: it outlives a power loss. */
HU_MUST_CHECK struct hu_err *cli_write_new(const char *path, struct hu_str bytes, bool durable);
/* A single file, written beside its place and moved there whole. */
HU_MUST_CHECK struct hu_err *cli_write_file(const char *path, struct hu_str bytes);
/* To that file, or to standard output where `path` is NULL or "-": a status. */
bool cli_to_stdout(const char *path);
int cli_deliver(const char *path, struct hu_str bytes);

/* stream.c: the same for what is too large to be held; NULL or "-" is standard output. */
struct cli_stream;
HU_MUST_CHECK struct hu_err *cli_stream_begin(const char *path, struct cli_stream **ret);
HU_MUST_CHECK struct hu_err *cli_stream_put(struct cli_stream *stream, struct hu_str bytes);
HU_MUST_CHECK struct hu_err *cli_stream_end(struct cli_stream *stream); /* moves it there */
void cli_stream_freep(struct cli_stream **stream); /* drops what was not ended */

#endif
