/*
 * ingest/tracedat_print.h - the texts of trace_printk(). The kernel keeps its formats apart
 * ("printk_formats"); a record has the address of one, and the arguments in binary.
 */
#ifndef HU_TRACEDAT_PRINT_H
#define HU_TRACEDAT_PRINT_H

#include "ingest/vocabulary.h"

struct hu_trace_prints;

/* `text` (lines `0xADDRESS : "format"`) is borrowed. `find` and `with` as in struct hu_resolver. */
struct hu_trace_prints *hu_trace_prints_create(
	struct hu_str text, bool big_endian, uint32_t long_size,
	bool (*find)(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		     uint64_t *offset),
	void *with);
void hu_trace_prints_destroy(struct hu_trace_prints *prints); /* NULL is fine */
/*
 * The text of a record that has the address of a format at `at`, and arguments from `arguments` on
 * (0: none, the format is the text). Empty if nobody knows that format. Valid until the next call.
 */
struct hu_str hu_trace_print(struct hu_trace_prints *prints, struct hu_str record, uint64_t at,
			     uint32_t arguments);

#endif
