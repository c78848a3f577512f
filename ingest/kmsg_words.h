/* ingest/kmsg_words.h - how the kernel writes numbers, names and states in its messages. */
#ifndef HU_KMSG_WORDS_H
#define HU_KMSG_WORDS_H

#include "ingest/kmsg.h"

bool hu_kmsg_has(struct hu_str s, const char *needle);
/* Where `needle` begins for the last time, or -1. */
ptrdiff_t hu_kmsg_find_last(struct hu_str s, const char *needle);
/* The number that s begins with. */
bool hu_kmsg_leading_int(struct hu_str s, int32_t *ret);
/* The number behind `key`, blanks between allowed: "pid:  178"; or HU_NONE. */
int32_t hu_kmsg_keyed_int(struct hu_str s, const char *key);
/* "kworker/0:1:11" → comm "kworker/0:1", tid 11: names may contain the separator. */
bool hu_kmsg_comm_and_tid(struct hu_str s, char separator, struct hu_str *comm, int32_t *tid);
/* enum hu_state of its letter. */
uint32_t hu_kmsg_state_of(char letter);

/* Lines that say whose report it is; false, and *r as it was: it is none. */
bool hu_kmsg_hung(struct hu_str s, struct hu_kmsg_report *r);
bool hu_kmsg_blocker(struct hu_str s, struct hu_kmsg_report *r);
bool hu_kmsg_task(struct hu_str s, struct hu_kmsg_report *r);
bool hu_kmsg_old_task(struct hu_str s, struct hu_kmsg_report *r);
bool hu_kmsg_context(struct hu_str s, struct hu_kmsg_report *r);

#endif
