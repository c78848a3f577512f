/* ingest/ftext_line.h - one line of ftrace text, taken apart. */
#ifndef HU_FTEXT_LINE_H
#define HU_FTEXT_LINE_H

#include "db/words.h"

enum hu_ftext_what {
	HU_FTEXT_STRANGE = 0, /* not understood */
	HU_FTEXT_EMPTY,
	HU_FTEXT_COMMENT, /* "# …" */
	HU_FTEXT_EVENT,
	HU_FTEXT_FUNCTION,   /* "down_write <-prealloc_shrinker" */
	HU_FTEXT_STACK,	     /* "<stack trace>": of the event before */
	HU_FTEXT_USER_STACK, /* the same of user space */
	HU_FTEXT_FRAME,	     /* "=> down_write" */
	HU_FTEXT_LOST,	     /* "CPU:1 [LOST 23 EVENTS]" */
	HU_FTEXT_STARTED,    /* "##### CPU 1 buffer started ####" */
	HU_FTEXT_CPUS,	     /* "cpus=2" */
	HU_FTEXT_NOTHING,    /* a line that says nothing: "CPU 1 is empty", "version = 7" */
};

enum hu_ftext_time {
	HU_FTEXT_NO_TIME = 0,
	HU_FTEXT_SECONDS,  /* "70.081809" */
	HU_FTEXT_UNITS,	   /* "19340475715": of a clock that counts something else, or raw */
	HU_FTEXT_RELATIVE, /* "12us+": since the buffer's first event */
};

struct hu_text_name; /* ingest/textfields.h */

enum { HU_FTEXT_NAME_BYTES = 44 };
struct hu_ftext_name { /* of an event, as it was read before */
	uint32_t len;  /* 0: nothing */
	char text[HU_FTEXT_NAME_BYTES];
	uint8_t what;
	struct hu_text_name *known; /* for whoever looks it up; NULL at first */
};

struct hu_ftext_line {
	enum hu_ftext_what what;
	enum hu_ftext_time time;
	hu_ns ts;
	int32_t cpu, tid, tgid; /* or HU_NONE */
	uint32_t context;
	struct hu_str buffer;	    /* "second" of "second: …"; empty: none is named */
	struct hu_str comm;	    /* as printed; empty: not known ("<...>") */
	bool comm_cut;		    /* the form prints eight bytes of it */
	struct hu_str rest;	    /* behind the stamp */
	struct hu_str name;	    /* of the event; of a system call what "sys_" is followed by */
	struct hu_ftext_name *seen; /* the same, remembered; NULL: it is not */
	struct hu_str body;
	uint8_t syscall; /* enum hu_step: `name` is a system call's */
	int64_t count;	 /* of LOST; or HU_NONE */
	size_t head;	 /* bytes in front of the stamp; 0: the form has more behind it */
};

/* Borrows from `text`, which has no line end. False only for what is STRANGE. */
bool hu_ftext_line(struct hu_str text, struct hu_ftext_line *ret);
/* The same, and heads and names are remembered; a name until the next line. */
struct hu_ftext_heads;
bool hu_ftext_next_line(struct hu_ftext_heads *heads, struct hu_str text,
			struct hu_ftext_line *ret);
/* "=> down_write", without its arrow and blanks. */
bool hu_ftext_frame(struct hu_str text, struct hu_str *ret);
/* "d.h1.": of TRACE_FLAG_*; HU_CTX_UNKNOWN if these are no such flags. */
uint32_t hu_ftext_context(struct hu_str flags);

#endif
