/* tests/fuzz/sandbox.h - workers that are no processes; see sandbox.c. */
#ifndef HU_FUZZ_SANDBOX_H
#define HU_FUZZ_SANDBOX_H

#include "tests/fuzz/fuzz.h"

/* From now on a child says what `say` gives, once for each child; or, with `hear`, it does its work
 * in this process, and `hear` gets what it said. */
void hu_fuzz_children(struct hu_str (*say)(void), void (*hear)(struct hu_str bytes));

#endif
