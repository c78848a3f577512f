/* analyzers/flame.h - stacks merged from their roots, each frame as wide as what was counted in it.
 */
#ifndef HU_ANALYZERS_FLAME_H
#define HU_ANALYZERS_FLAME_H

#include "analyzers/conclude.h"

struct hu_flame_node {
	uint32_t parent, child, next; /* 0: none; the root is 0 */
	const char *label, *kind;
	int64_t width;
};

struct hu_flame {
	struct hu_model *m;
	HU_VEC(struct hu_flame_node) nodes;
	HU_VEC(uint32_t) leaves; /* by stack: its leaf's node + 1; 0: not asked yet */
};

enum { HU_FLAME_FRAMES = 300, HU_FLAME_DEPTH = 60 };

struct hu_flame hu_flame_new(struct hu_model *m, const char *label);
void hu_flame_deinit(struct hu_flame *f);
/* Counts `width` in a stack. The frames behind it (NULL: none), of the kind "none", stand on top
 * of its leaf. */
void hu_flame_add(struct hu_flame *f, hu_stack_id stack, int64_t width, const char *on_top,
		  const char *above);
/* The rows of both tables; the first error sticks in c->err. Text: db/results.sql. */
void hu_flame_put(const struct hu_flame *f, struct hu_conclusion *c, const char *incident,
		  int64_t number, const char *kind, const char *title, const char *unit,
		  const char *basis);

#endif
