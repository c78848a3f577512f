/* tests/fuzz/fuzz_reader.h - between the fuzz target and whoever feeds it: libFuzzer, or replay.c.
 */
#ifndef HU_FUZZ_READER_H
#define HU_FUZZ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which reader the bytes go to; false if there is none of that name. */
bool hu_fuzz_pick(const char *name);

/* libFuzzer's names. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
