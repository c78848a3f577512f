/* ingest/tracedat_salvage.h - the trace data of a v7 file whose end, with the table, is gone. */
#ifndef HU_TRACEDAT_SALVAGE_H
#define HU_TRACEDAT_SALVAGE_H

#include "ingest/tracedat_file.h"

/*
 * trace-cmd writes the table of the trace data behind the data, so every cut v7 file has lost it.
 * The data itself begins behind the last sound section of options (at byte `options`, 0: there is
 * none). What is found becomes one buffer; which CPU each piece is of is not known.
 */
void hu_trace_salvage(struct hu_trace_file *file, uint64_t options);

#endif
