/*
 * ingest/tracedat_run.h - from the parts of a capture (ring buffer pages, event formats, names) to
 * rows, whatever container they came in: trace.dat, or a copied tracefs.
 */
#ifndef HU_TRACEDAT_RUN_H
#define HU_TRACEDAT_RUN_H

#include "ingest/reader.h"
#include "ingest/tracedat_file.h"

/*
 * Puts everything that the file has. Returns what is wrong with it, its ->damage included: what
 * could be read has been put.
 */
HU_MUST_CHECK struct hu_err *hu_trace_run(struct hu_trace_file *file,
					  const struct hu_surroundings *around, struct hu_sink *to);

#endif
