/*
 * ingest/perfscript_text.h - what perf printed, line by line, and what of it was not understood.
 * Shared by the readers of perf's text outputs.
 */
#ifndef HU_PERFSCRIPT_TEXT_H
#define HU_PERFSCRIPT_TEXT_H

#include "db/sink.h"
#include "ingest/mapped.h"

enum {
	HU_PERF_LINE_MAX = 1 << 20, /* of a line, more is not looked at */
	HU_PERF_EXAMPLES = 3,
	HU_PERF_EXAMPLE_LEN = 80
};

/* Zero-initialise, open, close. A file whose last line has no line break is cut: that line is never
 * given. */
struct hu_perf_text {
	struct hu_mapped file;
	struct hu_str rest;
	uint64_t pos; /* of the line last given, from 1 */
	bool cut;     /* the last line has no line break */
	char *clean;  /* a line without its colours and NULs */
	uint64_t nuls, long_lines;
	struct hu_perf_odd {
		uint64_t pos;
		char at[HU_PERF_EXAMPLE_LEN];
		size_t len;
	} odd[HU_PERF_EXAMPLES];
	uint64_t odd_lines;
};

HU_MUST_CHECK struct hu_err *hu_perf_text_open(struct hu_perf_text *text, const char *path);
void hu_perf_text_close(struct hu_perf_text *text);
/* Borrows until the next call. False at the end. */
bool hu_perf_text_line(struct hu_perf_text *text, struct hu_str *ret);
/* The line last given was not understood. */
void hu_perf_text_odd(struct hu_perf_text *text, struct hu_str line);
/* Puts what was not understood as losses. What ends the reading: NULL, or that the file is cut. */
HU_MUST_CHECK struct hu_err *hu_perf_text_end(struct hu_perf_text *text, struct hu_sink *to);

/* For probes: the next whole line of a head, in *room if it had colours. A head may be cut in its
 * last line: that one is given only if the head is short and so is all there is. */
struct hu_perf_head {
	struct hu_str rest;
	char room[4096];
};
void hu_perf_head_init(struct hu_perf_head *head, struct hu_str bytes);
bool hu_perf_head_line(struct hu_perf_head *head, struct hu_str *ret);

/* Whether that line is one that perf's tools write to standard error, which people redirect into
 * the same file. */
bool hu_perf_is_chatter(struct hu_str line);

/* "[003]" at the front of *s, with its blanks; false if there is none. */
bool hu_perf_cpu(struct hu_str *s, int32_t *ret);
/* "perf[238]", "perf[243/239]", ":-1[-1]", "<idle>": a task as "perf sched" names it. Its tid is
 * HU_NONE if the text has none. */
bool hu_perf_task(struct hu_str s, struct hu_str *comm, int32_t *tid, int32_t *tgid);
/* A whole word that is a task's number; "-1" is HU_NONE. */
bool hu_perf_tid(struct hu_str word, int32_t *ret);

/* One number of a summary that perf prints, in ns: table "TABLE OF" (": longest"). `total` or
 * HU_NONE. */
void hu_perf_put_summary(struct hu_sink *to, const char *table, const char *of, hu_name key,
			 uint64_t pos, int64_t count, int64_t total);

#endif
