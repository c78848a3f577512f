/* bench/make/perfdata.h - a perf.data in file mode, taken apart. */
#ifndef BENCH_PERFDATA_H
#define BENCH_PERFDATA_H

#include "bench/make/make.h"

enum { HEAD = 104, DATA_AT = 40, CPUS = 4096 };
enum { SAMPLE_TIME = 21, FEATURES = 256 };
#define GAP_NS UINT64_C(1000000) /* between two copies */

struct item {
	size_t at, len; /* in the templates */
	size_t first_patch, patches;
	uint64_t rank; /* of a sample: how many are before it in time */
	bool sample, once;
};
struct layout { /* of a sample: where what is */
	uint64_t type;
	size_t tid, time, cpu, chain;
};
struct cpu {
	const char *first, *last; /* samples of a switch */
	struct hu_out bridge;
	struct patches before, behind;
};
struct seed {
	struct hu_out file, templates;
	uint64_t data_at, data_size, attr_size;
	size_t features;
	struct hu_str feature[FEATURES];
	struct layout first; /* the attribute that the trailers of other records follow */
	struct {
		uint64_t id;
		struct layout layout;
	} * ids;
	size_t id_count;
	struct kinds kinds;
	struct tasks tasks;
	struct patches patches;
	struct item *items;
	size_t count, cap;
	struct cpu *cpus;
	uint64_t samples, bridges, from, to;
};

struct hu_err *perfdata_read(struct seed *seed, const char *path);
void perfdata_deinit(struct seed *seed);

#endif
