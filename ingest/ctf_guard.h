/* ingest/ctf_guard.h - keeps libbabeltrace2 from believing a trace's lengths. */
#ifndef HU_CTF_GUARD_H
#define HU_CTF_GUARD_H

#include <stdint.h>

/* A new trace whose streams have this many bytes. */
void hu_ctf_guard_begin(uint64_t bytes);

#endif
