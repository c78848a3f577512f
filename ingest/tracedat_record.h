/* ingest/tracedat_record.h - raw ftrace records to the vocabulary: types by id, fields by offset.
 */
#ifndef HU_TRACEDAT_RECORD_H
#define HU_TRACEDAT_RECORD_H

#include "ingest/ringpages.h"
#include "ingest/tracedat_head.h"
#include "ingest/tracedat_print.h"
#include "ingest/tracedat_stack.h"
#include "ingest/vocabulary.h"

struct hu_trace_types;

struct hu_trace_peer { /* the same CPU in another buffer */
	const struct hu_ring_record *next;
	const struct hu_ring *after;
};

struct hu_trace_record {
	hu_ns ts; /* HU_OPEN: not to be used, only counted */
	uint64_t pos;
	int32_t cpu;
	uint32_t buffer;    /* which of the file's */
	struct hu_str data; /* from common_type on */
	struct hu_str next; /* the next record of the same CPU; empty if nothing follows at once */
	const struct hu_ring *after; /* where the one after that comes from */
	const struct hu_trace_peer *peer;
	size_t peers;
	uint64_t raw_ts;	    /* as in the ring */
	bool missed;		    /* something was lost right before it */
	struct hu_trace_open *open; /* of its CPU and buffer */
};

struct hu_trace_types *hu_trace_types_create(const struct hu_trace_head *head,
					     struct hu_trace_prints *prints, bool big_endian,
					     struct hu_symtab *symbols, struct hu_vocabulary *words,
					     struct hu_sink *to);
void hu_trace_types_destroy(struct hu_trace_types *types); /* NULL is fine */
void hu_trace_types_see(struct hu_trace_types *types, const struct hu_trace_record *record);
/* Puts what could not be read, by event. */
void hu_trace_types_finish(struct hu_trace_types *types);

#endif
