/* ingest/box.h - the sandbox around what reads a bundle: its walls, and what ended a worker. */
#ifndef HU_BOX_H
#define HU_BOX_H

#include "ingest/bundle.h"
#include "ingest/wire.h"

/* Puts the calling process, a worker, into the walls for this bundle: what was given may be read,
 * the scratch folder written. */
HU_MUST_CHECK struct hu_err *hu_box_enter(const struct hu_bundle *bundle);

/* Says that it all failed, and why; takes err. Returns the exit status. */
int hu_box_failed(struct hu_wire_out *w, struct hu_err *err);
/* An error out of a message; NULL: the message is odd. */
struct hu_err *hu_box_error(struct hu_heard *heard);

/*
 * Ends a worker that was last heard so, and frees it. A sentence about why it ended, for the report
 * (free() it); *fault: that is a bug of ours, not a limit or a file that changed. *cpu gets its
 * processor time.
 */
char *hu_box_end(struct hu_wire_in *in, enum hu_hearing last, const struct hu_limits *limits,
		 bool *fault, hu_ns *cpu);

#endif
