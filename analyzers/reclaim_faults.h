/*
 * analyzers/reclaim_faults.h - reclaim that gets in its own way: it allocates what may not fail, or
 * enters a filesystem that is waiting for the very memory. Told by the kernel log alone: a few
 * reports of some dozen lines.
 */
#ifndef HU_RECLAIM_FAULTS_H
#define HU_RECLAIM_FAULTS_H

#include "analyzers/filesystems.h"
#include "analyzers/trouble.h"

enum hu_fault_kind {
	HU_FAULT_NOFAIL,    /* __GFP_NOFAIL under PF_MEMALLOC */
	HU_FAULT_RECURSION, /* filesystem, allocation, reclaim, the same filesystem */
	HU_FAULT_LOCKDEP,   /* a cycle through fs_reclaim: it can happen */
	HU_FAULT_WRITEPAGE, /* a filesystem refused the page that reclaim wanted written */
	HU_FAULT_FAILED,    /* an allocation made by reclaim itself failed */
	HU_FAULT_LOOP,	    /* XFS loops for memory, and says so */
	HU_FAULT_KINDS
};

struct hu_fault_report {
	int32_t tid; /* or HU_NONE */
	const char *comm, *text;
	hu_ns at; /* case time, or HU_OPEN */
	hu_stack_id stack;
	uint32_t kind; /* enum hu_snapshot_kind; 0: a line of the log */
	struct hu_ref ref;
	const char *fs;		  /* NULL: the stack does not tell */
	const char *frame;	  /* the filesystem's function that reclaim called */
	const char *lock, *place; /* of lockdep: the lock asked for, and where */
};

/* One incident of `count` reports of one kind and filesystem, by time. */
void hu_conclude_fault(struct hu_conclusion *c, struct hu_troubles *to, enum hu_fault_kind kind,
		       const struct hu_fault_report *r, size_t count);

#endif
