/*
 * tests/timeline.h - a decoder of Perfetto traces that shares nothing with the encoder. Field
 * numbers are written out here once more, from Perfetto's .proto files. It checks as it goes that
 * slices nest and end, flows have both ends and stamps do not go back.
 */
#ifndef HU_TESTS_TIMELINE_H
#define HU_TESTS_TIMELINE_H

#include "db/text.h"

struct decoded_track {
	uint64_t id, last, open[64];
	size_t depth;
	bool counter;
	int64_t tid;
	char name[80];
};

struct decoded_flow {
	uint64_t id, out_at, in_at;
	int outs, ins;
};

struct decoded {
	struct decoded_track *tracks;
	size_t track_count;
	struct decoded_flow flows[4096];
	size_t flow_count;
	struct {
		char name[40];
		int64_t slices, instants;
	} categories[40];
	size_t category_count;
	int64_t packets, slices, ends, instants, values, switches, wakeups, bundles_back;
	uint64_t cpu_last[64];
	bool first_clears, sequence_missing;
	uint64_t boot, real;
	char release[64];
};

void timeline_decode(struct hu_str trace, struct decoded *d);
int64_t timeline_slices(const struct decoded *d, const char *category);
int64_t timeline_instants(const struct decoded *d, const char *category);

#endif
