/* ingest/tracedat_head.h - the event formats of a trace.dat, parsed by libtracecmd. */
#ifndef HU_TRACEDAT_HEAD_H
#define HU_TRACEDAT_HEAD_H

#include "ingest/tracedat_file.h"

struct tep_handle;
struct tracecmd_input;

struct hu_trace_head {
	struct tracecmd_input *handle;
	struct tep_handle *tep;
	uint32_t commit_size;	    /* of the page header's commit word: the kernel's long */
	struct hu_str switch_print; /* the print format of sched_switch; borrowed from the file */
};

HU_MUST_CHECK struct hu_err *hu_trace_head_open(struct hu_trace_file *file,
						struct hu_trace_head *ret);
void hu_trace_head_close(struct hu_trace_head *head);

#endif
