/*
 * ingest/bpftrace_input.h - people's text as clean lines: of any length, without colours, NULs and
 * carriage returns. Shared by the readers
 * of bpftrace's output and JSON, of bcc's tables, of strace and of pasted text.
 */
#ifndef HU_BPFTRACE_INPUT_H
#define HU_BPFTRACE_INPUT_H

#include "db/sink.h"

#include <stdio.h>

/* A line longer than this is cut: a bpftrace map of 4,096 stacks in one JSON line is 5 MB. */
enum { HU_BPFTRACE_LINE_MAX = 8 << 20 };

struct hu_bpftrace_input {
	FILE *file;
	char *raw; /* getdelim's buffer is unbounded: this one is not */
	size_t cap;
	uint64_t pos;	/* of the line last returned, from 1 */
	uint64_t bytes; /* consumed */
	uint64_t cut_lines, nul_bytes;
	bool unended; /* the line last returned is the file's last and has no "\n" */
};

/* Fails for what is no text in one byte per character: UTF-16 and UTF-32 get a sentence. */
HU_MUST_CHECK struct hu_err *hu_bpftrace_input_open(struct hu_bpftrace_input *in, const char *path);
/* Borrows until the next call. False at the end of the file. */
bool hu_bpftrace_input_line(struct hu_bpftrace_input *in, struct hu_str *ret);
/*
 * Opens, hands over every line, and closes: what a reader of lines does. `end` comes after the last
 * line, whatever stopped there; its error is returned, unless reading itself failed.
 */
HU_MUST_CHECK struct hu_err *hu_bpftrace_input_each(
	const char *path,
	void (*line)(void *with, struct hu_str line, const struct hu_bpftrace_input *in),
	struct hu_err *(*end)(void *with, const struct hu_bpftrace_input *in), void *with);
/* Puts what was cut or dropped as losses. */
void hu_bpftrace_input_losses(const struct hu_bpftrace_input *in, struct hu_sink *to);
/* The file ends inside the line last returned: puts the loss, and returns what the reader ends
 * with.
 */
HU_MUST_CHECK struct hu_err *hu_bpftrace_input_cut(const struct hu_bpftrace_input *in,
						   struct hu_sink *to);
void hu_bpftrace_input_close(struct hu_bpftrace_input *in);

/*
 * For probes, which may not allocate: `head` without colours and NULs in *to; empty if it is no
 * text of one byte per character.
 */
struct hu_bpftrace_head {
	char at[4096];
};
struct hu_str hu_bpftrace_head(struct hu_str head, struct hu_bpftrace_head *to);

#endif
