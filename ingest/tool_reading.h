/*
 * ingest/tool_reading.h - what the engine has open: a record, a block, a header. Private to
 * tool_read.c (which form a line belongs to), tool_reading.c and tool_stacks.c.
 */
#ifndef HU_TOOL_READING_H
#define HU_TOOL_READING_H

#include "ingest/tool.h"

struct hu_tool_reading {
	const struct hu_tools *all;
	hu_tool_take *take;
	void *with;

	const struct hu_tool *now;	   /* whose output it is */
	struct hu_tool_header header;	   /* of the rows being read; form NULL: none */
	const struct hu_tool_form *stacks; /* a block of it is open */
	const struct hu_tool_form *record; /* its fields are being read */
	const struct hu_tool_form *histogram;
	struct hu_out unit;	      /* of that histogram */
	struct hu_tool_values v;      /* the open record */
	bool row_open;		      /* a row that more lines may belong to */
	int side;		      /* of the stack being read: 0 the task's, 1 the other one's */
	struct hu_tool_values banner; /* what the first line said */
	struct hu_tool_values section; /* whose histogram follows */
	bool user;		       /* frames of user space follow */
	char stamps;		       /* 0, 's' or 'd' */
	hu_ns block_time, last_time, days;
	struct hu_tool_counts counts;
};

/* One file has one kind of stamp: the first. A time of the day that goes back far is the next
 * day's. HU_OPEN: of another kind. */
hu_ns hu_tool_reading_stamp(struct hu_tool_reading *r, char kind, hu_ns ns);
/* From now on it is this tool's output; what was said above another one's holds no more. */
void hu_tool_reading_use(struct hu_tool_reading *r, const struct hu_tool *table);
void hu_tool_reading_open(struct hu_tool_reading *r, uint64_t pos);
void hu_tool_reading_give(struct hu_tool_reading *r, const struct hu_tool_form *form);
/* What is open is complete. */
void hu_tool_reading_flush(struct hu_tool_reading *r);
bool hu_tool_any_pattern(const struct hu_tool_pattern *at, size_t count, struct hu_str line,
			 const char *unit, struct hu_tool_values *v);

/* tool_stacks.c. `first`: printed outermost first. */
void hu_tool_reading_frame(struct hu_tool_reading *r, const struct hu_tool_frame *f, bool first);
bool hu_tool_reading_stack(struct hu_tool_reading *r, const struct hu_tool_form *form,
			   struct hu_str line, uint64_t pos);
bool hu_tool_reading_folded(struct hu_tool_reading *r, const struct hu_tool_form *form,
			    struct hu_str line, uint64_t pos);
/* Folded lines without a first line that says whose they are. */
bool hu_tool_reading_marked(struct hu_tool_reading *r, struct hu_str line, uint64_t pos);

#endif
