/*
 * ingest/wire.h - what a worker in the sandbox and its parent say to each other: messages of a kind
 * and some bytes, through one pipe, one way. The parent believes no length, number or text.
 */
#ifndef HU_WIRE_H
#define HU_WIRE_H

#include "db/batch.h"
#include "db/text.h"
#include "sandbox/sandbox.h"

enum hu_said {
	/* both workers */
	HU_SAID_STEP = 1, /* phase, member, text: what it is at */
	HU_SAID_FAILED,	  /* code, text: the whole of it */
	HU_SAID_DONE,
	/* who lists the bundle */
	HU_SAID_MEMBER,
	HU_SAID_PART, /* of the member before */
	HU_SAID_OWN,
	HU_SAID_BUNDLE,
	/* who reads it */
	HU_SAID_EXPLAIN,
	HU_SAID_SKIP,
	HU_SAID_BEGIN,
	HU_SAID_BATCH,
	HU_SAID_END,
	HU_SAID_FAULT,
	HU_SAID_HASH,  /* member, hash, bytes, changed; who hashes large files */
	HU_SAID_SHARE, /* how much is read of the member, of HU_READING_WHOLE; of a file that is
			  hashed: bytes, and of how many */
	HU_SAIDS
};

/* The longest message: a batch, or a few texts. */
enum { HU_WIRE_MAX = sizeof(struct hu_batch) + 64 };

/* Saying: gather, then send. A worker whose parent is gone ends. */
struct hu_wire_out {
	int fd;
	struct hu_out bytes;
	uint64_t batches; /* that were sent */
};
void hu_wire_int(struct hu_wire_out *w, int64_t value);
void hu_wire_text(struct hu_wire_out *w, const char *text); /* NULL stays NULL; cut at 64 KiB */
void hu_wire_send(struct hu_wire_out *w, enum hu_said said);
void hu_wire_batch(struct hu_wire_out *w, const struct hu_batch *batch);

/* Hearing. */
struct hu_heard {
	enum hu_said said;
	struct hu_str rest; /* not taken yet */
	bool broken;	    /* something was taken that is not there */
};
int64_t hu_heard_int(struct hu_heard *h);
/* The text, escaped as paths of members are: nothing in it that a terminal obeys. free() it. */
char *hu_heard_text(struct hu_heard *h);
/* False: it is none. Every byte of *ret that counts is set. */
bool hu_heard_batch(const struct hu_heard *h, struct hu_batch *ret);

enum hu_hearing {
	HU_HEARD,     /* *ret is a message, valid until the next call */
	HU_HEARD_END, /* the pipe is closed */
	HU_HEARD_ODD, /* what came is no message */
	HU_HEARD_SLOW /* the limit of time is reached */
};
/* The parent's end, and its clock. */
struct hu_wire_in {
	struct hu_child *child;
	char *buffer;
	size_t from, to; /* bytes in it that are not taken */
	uint64_t heard;	 /* messages */
	hu_ns since;	 /* the child's processor time when its present step began … */
	hu_ns limit;	 /* … and how much more it may use; also how long it may be silent */
};
enum hu_hearing hu_wire_hear(struct hu_wire_in *in, struct hu_heard *ret);
void hu_wire_in_deinit(struct hu_wire_in *in); /* not the child */

#endif
