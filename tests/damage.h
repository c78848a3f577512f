/* tests/damage.h - the same damage to a file in every run and on every machine. */
#ifndef HU_TEST_DAMAGE_H
#define HU_TEST_DAMAGE_H

#include "db/text.h"

/* How many ways there are to break a file. */
size_t hu_test_damages(void);

/* Way `n` of them: *ret gets the broken bytes, *how a few words. */
void hu_test_damage(struct hu_str good, size_t n, struct hu_out *ret, struct hu_out *how);

#endif
