/*
 * ingest/tracedat_parts.h - what the walks over the two versions of the container share. Private to
 * tracedat_file.c, tracedat_v6.c and tracedat_v7.c.
 */
#ifndef HU_TRACEDAT_PARTS_H
#define HU_TRACEDAT_PARTS_H

#include "ingest/tracedat_file.h"

enum { HU_TRACE_BUFFERS_MAX = 1 << 10 };

/* trace-cmd.dat.v7(5), "OPTIONS SECTION" */
enum hu_trace_option_id {
	HU_OPTION_DONE = 0,
	HU_OPTION_DATE = 1,
	HU_OPTION_BUFFER = 3,
	HU_OPTION_TRACECLOCK = 4,
	HU_OPTION_UNAME = 5,
	HU_OPTION_OFFSET = 7,
	HU_OPTION_CPUCOUNT = 8,
	HU_OPTION_TRACEID = 11,
	HU_OPTION_TIME_SHIFT = 12,
	HU_OPTION_GUEST = 13,
	HU_OPTION_TSC2NSEC = 14,
	HU_OPTION_HEADER_INFO = 16,
	HU_OPTION_FTRACE_EVENTS = 17,
	HU_OPTION_EVENT_FORMATS = 18,
	HU_OPTION_KALLSYMS = 19,
	HU_OPTION_PRINTK = 20,
	HU_OPTION_CMDLINES = 21,
	HU_OPTION_BUFFER_TEXT = 22,
};

/* Both go through the head from behind its common part; open_v7 also through the options. */
HU_MUST_CHECK struct hu_err *hu_trace_open_v6(struct hu_trace_file *file, struct hu_take *from);
HU_MUST_CHECK struct hu_err *hu_trace_open_v7(struct hu_trace_file *file, struct hu_take *from);

/* Takes err: the first one is the file's damage. */
void hu_trace_damaged(struct hu_trace_file *file, struct hu_err *err);
/* An option that both versions have; of others it does nothing. */
void hu_trace_option(struct hu_trace_file *file, uint32_t id, struct hu_str data);
struct hu_take hu_take_of(const struct hu_trace_file *file, struct hu_str from);
/* What the file has of [offset, offset + size). */
struct hu_trace_cpu hu_trace_cpu_data(const struct hu_trace_file *file, uint32_t cpu,
				      uint64_t offset, uint64_t size);
bool hu_trace_page_size_ok(uint64_t size);

#endif
