/*
 * ingest/pasted_parts.h - the kinds of evidence that people write down by hand: a call path with
 * arrows, the kernel's version, a command line, the head of a sar table.
 */
#ifndef HU_PASTED_PARTS_H
#define HU_PASTED_PARTS_H

#include "db/sink.h"
#include "db/text.h"

/*
 *   ovl_mount
 *    => mount_nodev
 *     => sget
 *       => down_write(&shrinker_rwsem);  // High latency here
 *
 * or all of it in one line. Outermost first; with "<=" or "<-" leaf first.
 */
enum { HU_PASTED_STEPS = 128, HU_PASTED_STEP_LEN = 128 };

struct hu_pasted_step {
	char function[HU_PASTED_STEP_LEN];
	char lock[HU_PASTED_STEP_LEN]; /* of "(&lock)"; empty if there is none */
	uint64_t pos;
};

struct hu_pasted_path {
	struct hu_sink *to;
	uint64_t paths;
	struct hu_pasted_step *step; /* of the path that is open; step[0] alone: maybe a path */
	int steps;
	bool leaf_first;
};

void hu_pasted_path_init(struct hu_pasted_path *path, struct hu_sink *to);
void hu_pasted_path_deinit(struct hu_pasted_path *path);
/* Whether the line is a step of a call path. An empty line ends the open one. */
bool hu_pasted_path_take(struct hu_pasted_path *path, struct hu_str line, uint64_t pos);

/* A whole path in one line: "ovl_mount => mount_nodev => sget". For probes. */
bool hu_pasted_path_line(struct hu_str line);

/* For probes: true at the step that makes it surely a call path somebody drew: a function, then
 * arrows that move to the right. ftrace's stacks have arrows too, all in one column. */
struct hu_pasted_arrows {
	bool base;
	int arrows;
	size_t column;
	bool moved;
};
bool hu_pasted_arrows_take(struct hu_pasted_arrows *arrows, struct hu_str line);

/* Which kernel the text is about, by the best of its statements. */
struct hu_pasted_kernel {
	uint64_t seen;
	int rank; /* of the best so far; 0: none */
	uint64_t pos;
	struct hu_out release, how;
	bool conflict; /* two statements of the best rank differ */
	struct hu_out other;
};
void hu_pasted_kernel_deinit(struct hu_pasted_kernel *k);
void hu_pasted_kernel_take(struct hu_pasted_kernel *k, struct hu_str line, uint64_t pos);
void hu_pasted_kernel_end(struct hu_pasted_kernel *k, struct hu_sink *to);
/* A note of one or two lines that says nothing but "Linux 5.4.251". */
bool hu_pasted_kernel_only(struct hu_str text);

/* "12:00:01 AM  pgpgin/s pgpgout/s … pgscank/s" and the heads of sar's other tables. */
bool hu_pasted_sar_header(struct hu_str line);
/* "./funcslower -P down_write 10000" */
bool hu_pasted_funcslower(struct hu_str line);

#endif
