/* ingest/strace_line.h - one line of strace: who, when, and what. */
#ifndef HU_STRACE_LINE_H
#define HU_STRACE_LINE_H

#include "db/base.h"

enum hu_strace_what {
	HU_STRACE_OTHER = 0,  /* none of these */
	HU_STRACE_CALL,	      /* mount("a", …) = 0 <0.001274> */
	HU_STRACE_UNFINISHED, /* mount("a", … <unfinished ...> */
	HU_STRACE_RESUMED,    /* <... mount resumed>) = 0 <0.001274> */
	HU_STRACE_SIGNAL,     /* --- SIGCHLD {…} --- */
	HU_STRACE_GONE,	      /* +++ exited with 0 +++ */
	HU_STRACE_FRAME,      /* " > /usr/lib/libc.so.6(…) [0x…]", of -k */
	HU_STRACE_TALK,	      /* strace: Process 31660 attached */
};

struct hu_strace_line { /* texts borrow from the line */
	enum hu_strace_what what;
	int32_t tid;	    /* or HU_NONE */
	struct hu_str comm; /* of -Y; empty: not printed */
	char clock; /* 0 no stamp, 'e' since 1970, 'd' time of day, 'r' since the line before */
	hu_ns stamp;
	struct hu_str name;	 /* of the call */
	struct hu_str arguments; /* without the brackets; of a resumed call, the rest */
	bool has_result, is_error;
	int64_t result;	    /* as the kernel returned it: -ENOENT */
	hu_ns duration;	    /* HU_OPEN: not printed */
	struct hu_str rest; /* "exited with 0" */
};

void hu_strace_line_parse(struct hu_str s, struct hu_strace_line *line);

#endif
