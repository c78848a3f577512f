/*
 * ingest/kmsg_boots.h - where in a kernel log a machine starts again. printk's stamps count from
 * the boot: those of two boots must never be compared, and a reader has one clock. So the stamps of
 * the last boot count, and what is older is kept without time.
 */
#ifndef HU_KMSG_BOOTS_H
#define HU_KMSG_BOOTS_H

#include "db/base.h"

/* A stretch of the file that is read in one go: the whole of it, or one part that pstore kept. */
struct hu_kmsg_piece {
	struct hu_str text;
	uint64_t pos; /* lines before it */
};
struct hu_kmsg_pieces {
	struct hu_kmsg_piece *at; /* in the order in which the kernel printed them */
	size_t count, cap;
	uint64_t parts;	  /* headers of pstore */
	uint64_t missing; /* parts that the numbers say are not there */
};

/*
 * pstore keeps the end of the log in parts, each under a line such as "Panic#2 Part1"; part 1 is
 * the newest (fs/pstore/platform.c, pstore_dump()). A log without such lines is one piece.
 */
void hu_kmsg_pieces_find(struct hu_str text, struct hu_kmsg_pieces *ret);
void hu_kmsg_pieces_deinit(struct hu_kmsg_pieces *pieces);

enum hu_kmsg_boot_kind {
	HU_KMSG_BOOT_FIRST,  /* the log begins */
	HU_KMSG_BOOT_BANNER, /* "Linux version …" */
	HU_KMSG_BOOT_JUMP,   /* the stamps jump back */
	HU_KMSG_BOOT_COPY,   /* they do, and what follows was there before */
	HU_KMSG_BOOT_NAMED,  /* journald says so */
};

struct hu_kmsg_boot {
	uint64_t pos;	    /* its first line */
	struct hu_str line; /* and what it says; empty: not known */
	uint32_t run;	    /* from 0; a copy has the run of what it is a copy of */
	enum hu_kmsg_boot_kind kind;
};

struct hu_kmsg_boots {
	struct hu_kmsg_boot *at; /* in order of reading; none: the log is empty */
	size_t count, cap;
	uint32_t runs;
	bool mixed; /* more than fit: not boots, but the lines of several machines by turns */
};

void hu_kmsg_boots_add(struct hu_kmsg_boots *boots, const struct hu_kmsg_boot *boot);
/* Looks through text whose lines carry printk's stamps. */
void hu_kmsg_boots_find(const struct hu_kmsg_pieces *pieces, struct hu_kmsg_boots *ret);
void hu_kmsg_boots_deinit(struct hu_kmsg_boots *boots);

#endif
