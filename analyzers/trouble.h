/*
 * analyzers/trouble.h - incidents without a stalled operation: a fault of reclaim that the kernel
 * itself reported, tasks that it killed for memory, a shrinker that did not come back. They rank
 * behind whatever made somebody wait. Each analyzer fills one struct, and trouble.c writes the
 * rows.
 *
 * To add one: a function void hu_find_foo(struct hu_conclusion *, struct hu_troubles *) that pushes
 * what it found, listed in trouble.c.
 */
#ifndef HU_TROUBLE_H
#define HU_TROUBLE_H

#include "analyzers/conclude.h"
#include "analyzers/known.h"

enum hu_trouble_kind { HU_TROUBLE_RECLAIM_FAULT, HU_TROUBLE_OOM, HU_TROUBLE_SHRINKER };

struct hu_proof {
	struct hu_out claim;
	struct hu_ref ref;
};

struct hu_remark {
	const char *kind; /* of incident_note */
	struct hu_out text;
};

struct hu_trouble {
	enum hu_trouble_kind kind;
	char id[24];
	int32_t tid;	 /* whose trouble it is; HU_NONE: of several */
	const char *who; /* "kswapd0 (44)" where another incident speaks of it; NULL: of nobody */
	struct hu_out title, summary, sentence; /* the last one without a full stop */
	struct hu_out signature, cause;
	const char *confidence; /* docs/evidence.md */
	HU_VEC(struct hu_proof) proofs;
	HU_VEC(struct hu_remark) remarks;
	struct hu_facts *facts; /* for the known-fix library; NULL: nothing to match */
};

struct hu_troubles {
	HU_VEC(struct hu_trouble) at; /* in report order */
};

void hu_troubles_find(struct hu_conclusion *c, struct hu_troubles *ret);
void hu_troubles_deinit(struct hu_troubles *t);
/* After causes and spins have their rows: ids and ranks go on from theirs. */
void hu_conclude_troubles(struct hu_conclusion *c);
/* The first one's sentence, and its id; NULL if there is none. */
const char *hu_say_trouble(struct hu_conclusion *c, struct hu_out *to);
size_t hu_troubles_count(const struct hu_troubles *t, enum hu_trouble_kind kind);

/* Zeroed, at the end of *to; until the next one is made. */
struct hu_trouble *hu_trouble_new(struct hu_troubles *to, enum hu_trouble_kind kind);
/* Text is put behind what the returned buffer holds. */
struct hu_out *hu_trouble_proof(struct hu_trouble *t, struct hu_ref ref);
struct hu_out *hu_trouble_remark(struct hu_trouble *t, const char *kind);

void hu_find_reclaim_faults(struct hu_conclusion *c, struct hu_troubles *to);
void hu_find_ooms(struct hu_conclusion *c, struct hu_troubles *to);
void hu_find_stuck_shrinkers(struct hu_conclusion *c, struct hu_troubles *to);

#endif
