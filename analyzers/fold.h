/*
 * analyzers/fold.h - intervals of several sources, one for one: which of them tell of the same
 * thing. What kind of interval, and what becomes of two that are one, the caller says.
 */
#ifndef HU_FOLD_H
#define HU_FOLD_H

#include "analyzers/model.h"

struct hu_fold_item { /* one of the model's intervals */
	size_t index; /* in the model's array */
	int32_t tid;
	hu_ns from, to;
	bool open;
	bool tail;	/* it reaches past its exit event, which only who records stacks can tell */
	int worth;	/* the more is known of it */
	int64_t source; /* of its events */
	size_t swept;	/* filled in: its place in model.swept */
};

struct hu_fold {
	struct hu_model *m;
	/* Are these two of one kind? Both indices are of the model's array. */
	bool (*same)(const struct hu_model *m, size_t a, size_t b);
	/* `keep` takes what only `drop` knows. */
	void (*join)(struct hu_model *m, size_t keep, size_t drop);
	HU_VEC(struct hu_fold_item) items; /* by task and begin once folded */
	bool *dropped;			   /* by index */
	uint64_t *has;			   /* by index: the sources that it stands for, as bits */
	bool late; /* second round: what fits nobody closely may still be one that came late */
};

struct hu_fold hu_fold_begin(struct hu_model *m,
			     bool (*same)(const struct hu_model *m, size_t a, size_t b),
			     void (*join)(struct hu_model *m, size_t keep, size_t drop));
/* An interval of a source that was not swept is left alone. */
void hu_fold_add(struct hu_fold *f, struct hu_fold_item item);
/* Joins what is one and marks the rest as dropped. `count`: of the model's array. */
void hu_fold_do(struct hu_fold *f, size_t count);
void hu_fold_deinit(struct hu_fold *f);

#endif
