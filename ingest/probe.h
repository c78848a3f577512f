/* ingest/probe.h - which reader takes these bytes; beside hu_probe() of ingest/reader.h. */
#ifndef HU_PROBE_H
#define HU_PROBE_H

#include "db/text.h"
#include "ingest/reader.h"

/* As hu_probe(), and fails (HU_ERR_BUG) where two readers are certain. *ret and *why are set either
 * way. */
HU_MUST_CHECK struct hu_err *hu_probe_checked(const struct hu_probe *in,
					      const struct hu_reader_ops **ret, const char **why);

/* Whether it is a format that is known, though nobody reads it: its sentence says what to do. */
bool hu_probe_knows(const struct hu_probe *in);
/* Whether they have nothing but letters of some kind in them, and what terminals understand. */
bool hu_probe_is_text(struct hu_str head);
/*
 * Appends what people want to know beyond that: which line or bytes made a reader take it; or how
 * many readers were asked, and which came nearest. Pure, and slower than a probe.
 */
void hu_probe_explain(const struct hu_probe *in, struct hu_out *out);

/* Readers that this build lacks, for `holdup inspect --formats`; a NULL name ends the list. */
struct hu_left_out {
	const char *name, *reads, *needs;
};
extern const struct hu_left_out hu_left_out[];

#endif
