/* bench/make/tracedat.h - a trace.dat of version 7, taken apart. */
#ifndef BENCH_TRACEDAT_H
#define BENCH_TRACEDAT_H

#include "bench/make/make.h"

enum section { BUFFER = 3, HEADERS = 16, FTRACE, FORMATS, KALLSYMS, PRINTK, CMDLINES };
enum option { DONE = 0, OPTION_BUFFER = 3, CPUSTAT = 2 };
enum { HEAD = 32, SECTION_HEAD = 16, PAGE_HEAD = 16, LAST_SECTION = CMDLINES };
enum { PADDING = 29, TIME_EXTEND = 30, TIME_STAMP = 31 }; /* include/linux/ring_buffer.h */
#define COMMIT_MASK UINT64_C(0x7ffffff)
#define STAMP_ROOM (UINT64_C(0xf8) << 56)
#define GAP_NS UINT64_C(1000000) /* between two copies */

struct page {
	uint64_t ts;	    /* of its first record's difference */
	uint32_t records;   /* in it */
	uint32_t committed; /* bytes behind the head */
	size_t first_patch, patches;
};
struct cpu {
	const char *bytes;
	uint64_t size;
	struct page *pages;
	size_t count;
	uint64_t records, all;	  /* in the seed, in the result */
	uint64_t taken;		  /* of the last copy */
	uint64_t *times;	  /* of each record */
	const char *first, *last; /* switches */
	size_t switch_len;
	/* What leads from a copy to the next one: a page with one switch. */
	char *bridge;
	struct patches before, behind; /* of the copy that ends, and of the one that begins */
	bool bridged;		       /* in the last copy */
};
struct seed {
	struct hu_out file;
	struct hu_str section[LAST_SECTION + 1];
	struct hu_out options; /* those that say nothing of this file's places */
	struct hu_str clock;
	uint32_t page_size, cpu_count;
	struct cpu *cpus;
	struct kinds kinds;
	struct tasks tasks;
	struct patches patches;
	uint64_t records, bridges, from, to;
};

struct hu_err *tracedat_read(struct seed *seed, const char *path);
void tracedat_deinit(struct seed *seed);
/* Up to the record number `stop`: the bytes of the page's data, and the records in it. */
uint32_t tracedat_page_cut(struct seed *seed, struct cpu *cpu, size_t page, uint64_t stop);

#endif
