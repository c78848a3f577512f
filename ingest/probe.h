/* ingest/probe.h - which reader takes these bytes; beside hu_probe() of ingest/reader.h. */
#ifndef HU_PROBE_H
#define HU_PROBE_H

#include "ingest/reader.h"

/* As hu_probe(), and fails (HU_ERR_BUG) where two readers are certain. *ret and *why are set either
 * way. */
HU_MUST_CHECK struct hu_err *hu_probe_checked(const struct hu_probe *in,
					      const struct hu_reader_ops **ret, const char **why);

/* Readers that this build lacks, for `holdup inspect --formats`; a NULL name ends the list. */
struct hu_left_out {
	const char *name, *reads, *needs;
};
extern const struct hu_left_out hu_left_out[];

#endif
