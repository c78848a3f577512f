/*
 * analyzers/filesystems.h - whose code a kernel function is: "fat_evict_inode" is FAT's. By the
 * prefixes that filesystems give their functions; what is generic (evict, super_cache_scan) is
 * nobody's.
 */
#ifndef HU_FILESYSTEMS_H
#define HU_FILESYSTEMS_H

#include "analyzers/stacks.h"

/* "fat", "ext4"; NULL: no filesystem's. Valid for ever. */
const char *hu_filesystem_of(const char *symbol);
/* Of the frames [from, to) the one nearest to `to` that is a filesystem's, its name in *fs; NULL:
 * none. */
const char *hu_filesystem_frame(const struct hu_stacks *s, hu_stack_id id, size_t from, size_t to,
				const char **fs);

/* A page, a slab object or a charge is asked for here: mm/page_alloc.c, mm/slub.c,
 * mm/memcontrol.c. */
bool hu_is_allocation(const char *symbol);
/* Memory is being reclaimed here: mm/vmscan.c, fs/super.c. */
bool hu_is_reclaim(const char *symbol);

#endif
