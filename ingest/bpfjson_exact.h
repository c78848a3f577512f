/* ingest/bpfjson_exact.h - JSON made safe for a library that keeps numbers as doubles. */
#ifndef HU_BPFJSON_EXACT_H
#define HU_BPFJSON_EXACT_H

#include "db/text.h"

/*
 * One document to *to, its integers of more than 15 digits in quotes: an address rounded to the
 * next double is another lock. Also mends what bpftrace writes wrong about bytes above 0x7f, and
 * keeps cJSON from ending a text at a NUL. False: deeper or larger than bpftrace ever writes, and
 * not worth the memory.
 */
bool hu_bpfjson_exact(struct hu_str document, struct hu_out *to);

#endif
