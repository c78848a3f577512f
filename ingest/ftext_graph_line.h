/* ingest/ftext_graph_line.h - one line of the function_graph tracer, taken apart. */
#ifndef HU_FTEXT_GRAPH_LINE_H
#define HU_FTEXT_GRAPH_LINE_H

#include "db/sink.h"

enum hu_ftext_brace { HU_FTEXT_CALL, HU_FTEXT_LEAF, HU_FTEXT_RETURN, HU_FTEXT_NOTE };

struct hu_ftext_call {
	enum hu_ftext_brace what;
	size_t depth;
	struct hu_str function; /* of a RETURN: only with funcgraph-tail */
	struct hu_str note;	/* of a NOTE: an event */
};

struct hu_ftext_columns {
	struct hu_where at;
	hu_ns duration;
	struct hu_str comm;
	struct hu_str body;
	bool mark;	  /* "==========>" of an interrupt: it says nothing else */
	bool switch_line; /* " 0)  bash-123  =>  sshd-456" */
};

/* What stands behind the columns: "  vfs_read() {", "    fsnotify();", "  }", or a comment with an
 * event in it. Texts are borrowed from `s`. False: none of these. */
bool hu_ftext_call_of(struct hu_str s, struct hu_ftext_call *ret);
/* The kernel's line, without an ordinary head. False: it has no such columns. */
bool hu_ftext_columns_of(struct hu_str s, struct hu_ftext_columns *ret);
/* "   0.342 us   ", "! 102.123 us  ", " 1234.5 us": blank is no duration, and fine. */
bool hu_ftext_duration(struct hu_str s, hu_ns *ret);
/* A function's name without an offset or a module. */
struct hu_str hu_ftext_bare(struct hu_str s);

#endif
