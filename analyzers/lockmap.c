/* Functions that take a well-known lock. One row a place; names changed over the versions, so
 * families stand together. */
#include "analyzers/lockmap_places.h"

#include <string.h>

#define W HU_MODE_WRITE
#define R HU_MODE_READ

static const struct hu_lock_place before_6_7[] = {
	/* mm/vmscan.c, mm/shrinker.c */
	{"shrink_slab", "shrinker_rwsem", R, HU_LOCK_RWSEM},
	{"shrink_slab_memcg", "shrinker_rwsem", R, HU_LOCK_RWSEM},
	{"prealloc_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"__prealloc_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"prealloc_memcg_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"register_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"__register_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"register_shrinker_prepared", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"unregister_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"free_prealloced_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"unregister_memcg_shrinker", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"alloc_shrinker_info", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"expand_shrinker_info", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"memcg_alloc_shrinker_maps", "shrinker_rwsem", W, HU_LOCK_RWSEM},
	{"reparent_shrinker_deferred", "shrinker_rwsem", R, HU_LOCK_RWSEM},
	{NULL, NULL, 0, 0},
};

static const struct hu_lock_place from_6_7[] = {
	/* mm/shrinker.c: registration and memcg maps only; the walk is lockless */
	{"shrinker_alloc", "shrinker_mutex", W, HU_LOCK_MUTEX},
	{"shrinker_memcg_alloc", "shrinker_mutex", W, HU_LOCK_MUTEX},
	{"shrinker_register", "shrinker_mutex", W, HU_LOCK_MUTEX},
	{"shrinker_free", "shrinker_mutex", W, HU_LOCK_MUTEX},
	{"alloc_shrinker_info", "shrinker_mutex", W, HU_LOCK_MUTEX},
	{"expand_shrinker_info", "shrinker_mutex", W, HU_LOCK_MUTEX},
	/* fs/kernfs/inode.c: attributes have a lock of their own since 6.4 */
	{"kernfs_iop_permission", "kernfs_iattr_rwsem", R, HU_LOCK_RWSEM},
	{"kernfs_iop_getattr", "kernfs_iattr_rwsem", R, HU_LOCK_RWSEM},
	{NULL, NULL, 0, 0},
};

/*
 * Functions that take two locks of one type, told apart by the lock function that they call, and
 * functions of one name in several files.
 */
static const struct {
	const char *via;
	struct hu_lock_place place;
} by_call[] = {
	/* fs/proc/task_mmu.c against fs/namespace.c */
	{"down_read_killable", {"m_start", "mmap_lock", R, HU_LOCK_RWSEM}},
	/* kernel/fork.c: the parent's address space, then each file's mappings */
	{"down_write_killable", {"dup_mmap", "mmap_lock", W, HU_LOCK_RWSEM}},
	{"down_write", {"dup_mmap", "i_mmap_rwsem", W, HU_LOCK_RWSEM}},
	/* fs/exec.c, with exec_mmap() inlined */
	{"down_read_killable", {"begin_new_exec", "mmap_lock", R, HU_LOCK_RWSEM}},
	{"down_read", {"begin_new_exec", "mmap_lock", R, HU_LOCK_RWSEM}},
};

static const struct hu_lock_place *const always[] = {
	hu_lock_places_vfs,    hu_lock_places_freeze, hu_lock_places_filesystems,
	hu_lock_places_kernel, hu_lock_places_mm,     hu_lock_places_net,
};

bool hu_symbol_is(const char *symbol, const char *name)
{
	if (symbol[0] != name[0])
		return false;
	size_t n = strlen(name);

	return !strncmp(symbol, name, n) && (!symbol[n] || symbol[n] == '.');
}

bool hu_symbol_among(const char *symbol, const char *const *names)
{
	for (; *names; names++)
		if (hu_symbol_is(symbol, *names))
			return true;
	return false;
}

/* The first row of that function; of that type, where the caller knows it. */
static const struct hu_lock_place *search(const struct hu_lock_place *list, const char *function,
					  uint32_t type)
{
	for (; list->function; list++)
		if (list->function[0] == function[0] && hu_symbol_is(function, list->function) &&
		    (!type || !list->type || list->type == type))
			return list;
	return NULL;
}

const struct hu_lock_place *hu_lock_place(const char *function, uint32_t type, const char *via,
					  bool mutex_kernel)
{
	const struct hu_lock_place *place =
		search(mutex_kernel ? from_6_7 : before_6_7, function, type);

	for (size_t i = 0; !place && via && i < sizeof(by_call) / sizeof(by_call[0]); i++)
		if (hu_symbol_is(function, by_call[i].place.function) &&
		    hu_symbol_is(via, by_call[i].via))
			place = &by_call[i].place;
	for (size_t i = 0; !place && i < sizeof(always) / sizeof(always[0]); i++)
		place = search(always[i], function, type);
	return place;
}

const struct hu_lock_place *hu_spin_place(const char *function)
{
	return search(hu_lock_places_spun, function, 0);
}
