/* Functions that spin for a lock where profiles show it: who asks for them asks of a task on its
 * CPU. */
#include "analyzers/lockmap_places.h"

const struct hu_lock_place hu_lock_places_spun[] = {
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
