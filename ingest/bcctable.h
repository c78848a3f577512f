/* ingest/bcctable.h - records of tools' tables as rows of the store. */
#ifndef HU_BCCTABLE_H
#define HU_BCCTABLE_H

#include "db/sink.h"
#include "ingest/tool.h"

enum {
	HU_BCCTABLE_SAMPLES = 1 << 20, /* rows that one line "how often" may become, in all */
	HU_BCCTABLE_TOOLS = 8,
	HU_BCCTABLE_NAMED = 1024,
};

struct hu_bcctable {
	struct hu_sink *to;
	struct hu_tool_reading *engine;
	struct hu_out text, key;
	bool told_pid;
	uint64_t samples, samples_left_out, user_frames;
	struct {
		int32_t tid;
		hu_name comm;
	} named[HU_BCCTABLE_NAMED];
	struct {
		const struct hu_tool *table;
		uint64_t used, unused, pos;
	} tool[HU_BCCTABLE_TOOLS];
};

/* A record becomes what its description says; `with` is the struct above. */
hu_tool_take hu_bcctable_take;

#endif
