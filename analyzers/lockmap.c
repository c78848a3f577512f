/* Functions that take a well-known lock. One row a place; names changed over the versions, so
 * families stand together. */
#include "analyzers/lockmap.h"

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
	{NULL, NULL, 0, 0},
};

static const struct hu_lock_place always[] = {
	/* fs/namespace.c */
	{"namespace_lock", "namespace_sem", W, HU_LOCK_RWSEM},
	{"lock_mount", "namespace_sem", W, HU_LOCK_RWSEM},
	{"do_lock_mount", "namespace_sem", W, HU_LOCK_RWSEM},
	{"m_start", "namespace_sem", R, HU_LOCK_RWSEM},
	/* fs/super.c */
	{"grab_super", "s_umount", W, HU_LOCK_RWSEM},
	{"deactivate_super", "s_umount", W, HU_LOCK_RWSEM},
	{"super_lock", "s_umount", 0, HU_LOCK_RWSEM},
	{"iterate_supers", "s_umount", R, HU_LOCK_RWSEM},
	/* fs/namei.c, fs/open.c: the directory's inode */
	{"filename_create", "i_rwsem", W, HU_LOCK_RWSEM},
	{"do_unlinkat", "i_rwsem", W, HU_LOCK_RWSEM},
	{"do_rmdir", "i_rwsem", W, HU_LOCK_RWSEM},
	{"lock_rename", "i_rwsem", W, HU_LOCK_RWSEM},
	{"open_last_lookups", "i_rwsem", 0, HU_LOCK_RWSEM},
	{"lookup_slow", "i_rwsem", R, HU_LOCK_RWSEM},
	{"iterate_dir", "i_rwsem", 0, HU_LOCK_RWSEM},
	/* fs/ext4/file.c, fs/xfs/xfs_file.c: the file's inode */
	{"ext4_buffered_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	{"ext4_dio_write_iter", "i_rwsem", 0, HU_LOCK_RWSEM},
	{"ext4_file_write_iter", "i_rwsem", 0, HU_LOCK_RWSEM},
	{"ext4_file_read_iter", "i_rwsem", R, HU_LOCK_RWSEM},
	{"xfs_ilock", "xfs inode lock", 0, HU_LOCK_RWSEM},
	/* fs/file.c */
	{"fdget_pos", "f_pos_lock", W, HU_LOCK_MUTEX},
	{"__fdget_pos", "f_pos_lock", W, HU_LOCK_MUTEX},
	/* kernel/cgroup/cgroup.c, net/core/rtnetlink.c, mm/percpu.c, mm/swap.c */
	{"cgroup_kn_lock_live", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_lock_and_drain_offline", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"rtnl_lock", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"rtnetlink_rcv_msg", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"pcpu_alloc", "pcpu_alloc_mutex", W, HU_LOCK_MUTEX},
	{"__lru_add_drain_all", "lru_add_drain_all's mutex", W, HU_LOCK_MUTEX},
	/* kernel/rcu/tree_exp.h: both are waits for somebody else's expedited grace period */
	{"synchronize_rcu_expedited", "rcu_state.exp_mutex", W, HU_LOCK_MUTEX},
	{"exp_funnel_lock", "rcu_state.exp_mutex", W, HU_LOCK_MUTEX},
	/* mm/mmap_lock.h users */
	{"do_user_addr_fault", "mmap_lock", R, HU_LOCK_RWSEM},
	{"lock_mm_and_find_vma", "mmap_lock", R, HU_LOCK_RWSEM},
	{"vm_mmap_pgoff", "mmap_lock", W, HU_LOCK_RWSEM},
	{"__vm_munmap", "mmap_lock", W, HU_LOCK_RWSEM},
	{"do_mprotect_pkey", "mmap_lock", W, HU_LOCK_RWSEM},
	{"exit_mmap", "mmap_lock", 0, HU_LOCK_RWSEM},
	{"proc_pid_cmdline_read", "mmap_lock", R, HU_LOCK_RWSEM},
	{"__access_remote_vm", "mmap_lock", R, HU_LOCK_RWSEM},
	/* include/linux/fs.h: the freeze protection of a superblock */
	{"mnt_want_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"__sb_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"sb_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"file_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{NULL, NULL, 0, 0},
};

/* Functions that spin for a lock where profiles show it: who asks for them asks of a task on its
 * CPU. */
static const struct hu_lock_place spun[] = {
	/* fs/namespace.c */
	{"mntput_no_expire", "mount_lock", 0, HU_LOCK_SPIN},
	{"mntput_no_expire_slowpath", "mount_lock", 0, HU_LOCK_SPIN},
	{"lookup_mnt", "mount_lock", 0, HU_LOCK_SPIN},
	{"mnt_get_count", "mount_lock", 0, HU_LOCK_SPIN},
	/* mm/list_lru.c: one lock for each node and memory cgroup */
	{"list_lru_add", "list_lru node lock", 0, HU_LOCK_SPIN},
	{"list_lru_add_obj", "list_lru node lock", 0, HU_LOCK_SPIN},
	{"list_lru_del", "list_lru node lock", 0, HU_LOCK_SPIN},
	{"list_lru_del_obj", "list_lru node lock", 0, HU_LOCK_SPIN},
	{"list_lru_walk_one", "list_lru node lock", 0, HU_LOCK_SPIN},
	{"list_lru_count_one", "list_lru node lock", 0, HU_LOCK_SPIN},
	/* mm/page_alloc.c */
	{"rmqueue_bulk", "zone lock", 0, HU_LOCK_SPIN},
	{"free_pcppages_bulk", "zone lock", 0, HU_LOCK_SPIN},
	{"__rmqueue_pcplist", "zone lock", 0, HU_LOCK_SPIN},
	{"free_one_page", "zone lock", 0, HU_LOCK_SPIN},
	/* mm/swap.c, mm/vmscan.c */
	{"release_pages", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	{"folios_put_refs", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	{"folio_batch_move_lru", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	{"pagevec_lru_move_fn", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	{"__pagevec_lru_add", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	{"shrink_inactive_list", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	{"shrink_active_list", "lruvec lru_lock", 0, HU_LOCK_SPIN},
	/* kernel/cgroup/rstat.c */
	{"cgroup_rstat_flush", "cgroup_rstat_lock", 0, HU_LOCK_SPIN},
	{"cgroup_rstat_flush_locked", "cgroup_rstat_lock", 0, HU_LOCK_SPIN},
	{"cgroup_rstat_flush_irqsafe", "cgroup_rstat_lock", 0, HU_LOCK_SPIN},
	{"__cgroup_rstat_lock", "cgroup_rstat_lock", 0, HU_LOCK_SPIN},
	/* fs/dcache.c, lib/lockref.c */
	{"lockref_get_not_dead", "dentry lock", 0, HU_LOCK_SPIN},
	{"lockref_put_return", "dentry lock", 0, HU_LOCK_SPIN},
	{"lockref_put_or_lock", "dentry lock", 0, HU_LOCK_SPIN},
	{"d_lookup", "dentry lock", 0, HU_LOCK_SPIN},
	{"dput", "dentry lock", 0, HU_LOCK_SPIN},
	{"__fsnotify_update_child_dentry_flags", "dentry lock", 0, HU_LOCK_SPIN},
	/* fs/inode.c */
	{"inode_sb_list_add", "s_inode_list_lock", 0, HU_LOCK_SPIN},
	{"new_inode", "s_inode_list_lock", 0, HU_LOCK_SPIN},
	{NULL, NULL, 0, 0},
};

bool hu_symbol_is(const char *symbol, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(symbol, name, n) && (!symbol[n] || symbol[n] == '.');
}

static const struct hu_lock_place *search(const struct hu_lock_place *list, const char *function)
{
	for (; list->function; list++)
		if (hu_symbol_is(function, list->function))
			return list;
	return NULL;
}

const struct hu_lock_place *hu_lock_place(const char *function, bool mutex_kernel)
{
	const struct hu_lock_place *place = search(mutex_kernel ? from_6_7 : before_6_7, function);

	return place ? place : search(always, function);
}

const struct hu_lock_place *hu_spin_place(const char *function)
{
	return search(spun, function);
}
