/* ingest/ctf_guard.h - what keeps a trace from ending the program by way of libbabeltrace2. */
#ifndef HU_CTF_GUARD_H
#define HU_CTF_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* A new trace whose streams have this many bytes. */
void hu_ctf_guard_begin(uint64_t bytes);

/*
 * Calls `fn`, which calls the library. False if that ended in one of its own assertions: what `fn`
 * held is lost, and nothing of it may be touched again. Between arm and disarm; not for two threads
 * at once, not inside of itself.
 */
bool hu_ctf_guard_call(void (*fn)(void *with), void *with);
void hu_ctf_guard_arm(void);
void hu_ctf_guard_disarm(void);

#endif
