/* ingest/perfdata_bits.h - bits of perf_event_attr that say what is in a sample (perf_event.h). */
#ifndef HU_PERFDATA_BITS_H
#define HU_PERFDATA_BITS_H

/* PERF_SAMPLE_* */
enum {
	IP = 1 << 0,
	TID = 1 << 1,
	TIME = 1 << 2,
	ADDR = 1 << 3,
	READ = 1 << 4,
	CALLCHAIN = 1 << 5,
	ID = 1 << 6,
	CPU = 1 << 7,
	PERIOD = 1 << 8,
	STREAM_ID = 1 << 9,
	RAW = 1 << 10,
	BRANCH_STACK = 1 << 11,
	REGS_USER = 1 << 12,
	STACK_USER = 1 << 13,
	WEIGHT = 1 << 14,
	DATA_SRC = 1 << 15,
	IDENTIFIER = 1 << 16,
	TRANSACTION = 1 << 17,
	REGS_INTR = 1 << 18,
	PHYS_ADDR = 1 << 19,
	AUX = 1 << 20,
	CGROUP = 1 << 21,
	DATA_PAGE_SIZE = 1 << 22,
	CODE_PAGE_SIZE = 1 << 23,
	WEIGHT_STRUCT = 1 << 24,
};

/* PERF_FORMAT_* */
enum { TOTAL_ENABLED = 1, TOTAL_RUNNING = 2, WITH_ID = 4, GROUP = 8, LOST = 16 };

/* PERF_SAMPLE_BRANCH_HW_INDEX, _COUNTERS */
enum { BRANCH_INDEX = 1 << 17, BRANCH_COUNTERS = 1 << 19 };

#endif
