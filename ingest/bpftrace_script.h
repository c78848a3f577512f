/*
 * ingest/bpftrace_script.h - a bpftrace script is no capture, but it says what the lines that it
 * printed are worth: whether a trylock's result was looked at, and whether a release was matched by
 * the lock's address (docs/kernel-facts: a printed hold is worth what its script checked).
 */
#ifndef HU_BPFTRACE_SCRIPT_H
#define HU_BPFTRACE_SCRIPT_H

#include "db/sink.h"
#include "db/text.h"

enum hu_proof { HU_PROOF_ABSENT = 0, HU_PROOF_UNKNOWN, HU_PROOF_NO, HU_PROOF_YES };

struct hu_bpftrace_proofs {
	enum hu_proof checks_result;   /* absent: it traces no trylock */
	enum hu_proof matches_address; /* absent: it traces no release */
	struct hu_str lock;	       /* the one name in kaddr("…"); borrows from the script */
};

void hu_bpftrace_script_prove(struct hu_str script, struct hu_bpftrace_proofs *ret);

/* Finds scripts in a text that is fed line by line. */
struct hu_bpftrace_script {
	uint64_t count;		    /* whole scripts seen */
	uint64_t pos;		    /* first line of the one that is open, or of the last one */
	bool open, comment, quoted; /* quoted: bpftrace -e '…' in a shell */
	int depth;
	bool block; /* it has a block by now */
	struct hu_out text;
	struct hu_bpftrace_proofs proofs; /* of the first script that traces a lock */
	struct hu_out proof_text;
	uint64_t proof_pos;
};
void hu_bpftrace_script_deinit(struct hu_bpftrace_script *s);
/* Whether the line belongs to a script. */
bool hu_bpftrace_script_take(struct hu_bpftrace_script *s, struct hu_str line, uint64_t pos);
/* Ends an open script; puts what the first one about a lock proves as facts. */
void hu_bpftrace_script_end(struct hu_bpftrace_script *s, struct hu_sink *to);

/* "#!/usr/bin/env bpftrace", "kprobe:down_write /…/", "BEGIN {": for probes. */
bool hu_bpftrace_script_begins(struct hu_str line);

#endif
