/* ingest/perfdata_elf.h - names of functions in a program or library that came with the capture. */
#ifndef HU_PERFDATA_ELF_H
#define HU_PERFDATA_ELF_H

#include "db/base.h"

struct hu_perf_elf;

/* NULL: it cannot be read, or names nothing, or this build has no libelf. */
struct hu_perf_elf *hu_perf_elf_open(const char *path);
void hu_perf_elf_close(struct hu_perf_elf *elf); /* NULL is fine */
/* The function at this offset of the file; `name` lives as long as `elf`. */
bool hu_perf_elf_find(const struct hu_perf_elf *elf, uint64_t offset, struct hu_str *name);

#endif
