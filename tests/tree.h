/* tests/tree.h - archives into folders and back. */
#ifndef HU_TEST_TREE_H
#define HU_TEST_TREE_H

#include "db/base.h"

/* Our own bundle, unpacked into `to`: what the fixture holds is trusted, what it tests is not. */
bool hu_test_unpack(const char *from, const char *to);
/* What is under root/name as a tar, under `name`, in sorted order. */
bool hu_test_pack(const char *root, const char *name, const char *to);

#endif
