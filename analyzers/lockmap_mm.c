/* Memory management: address spaces, reverse maps, slabs, per-CPU memory. */
#include "analyzers/lockmap_places.h"

#define W HU_MODE_WRITE
#define R HU_MODE_READ

const struct hu_lock_place hu_lock_places_mm[] = {
	/* mm/mmap_lock.h users: page faults and readers of somebody's memory */
	{"do_user_addr_fault", "mmap_lock", R, HU_LOCK_RWSEM},
	{"do_page_fault", "mmap_lock", R, HU_LOCK_RWSEM},
	{"__do_page_fault", "mmap_lock", R, HU_LOCK_RWSEM},
	{"lock_mm_and_find_vma", "mmap_lock", R, HU_LOCK_RWSEM},
	{"exit_mm", "mmap_lock", R, HU_LOCK_RWSEM},
	{"__mm_populate", "mmap_lock", R, HU_LOCK_RWSEM},
	{"get_user_pages_unlocked", "mmap_lock", R, HU_LOCK_RWSEM},
	{"__get_user_pages_locked", "mmap_lock", R, HU_LOCK_RWSEM},
	{"get_arg_page", "mmap_lock", R, HU_LOCK_RWSEM},
	{"fixup_user_fault", "mmap_lock", R, HU_LOCK_RWSEM},
	{"fault_in_user_writeable", "mmap_lock", R, HU_LOCK_RWSEM},
	{"__access_remote_vm", "mmap_lock", R, HU_LOCK_RWSEM},
	{"access_remote_vm", "mmap_lock", R, HU_LOCK_RWSEM},
	{"proc_pid_cmdline_read", "mmap_lock", R, HU_LOCK_RWSEM},
	{"environ_read", "mmap_lock", R, HU_LOCK_RWSEM},
	{"pagemap_read", "mmap_lock", R, HU_LOCK_RWSEM},
	{"show_smaps_rollup", "mmap_lock", R, HU_LOCK_RWSEM},
	{"scan_get_next_rmap_item", "mmap_lock", R, HU_LOCK_RWSEM},
	{"task_numa_work", "mmap_lock", R, HU_LOCK_RWSEM},
	{"do_migrate_pages", "mmap_lock", R, HU_LOCK_RWSEM},
	{"migrate_to_node", "mmap_lock", R, HU_LOCK_RWSEM},
	{"mmap_read_lock", "mmap_lock", R, HU_LOCK_RWSEM},
	{"mmap_read_lock_killable", "mmap_lock", R, HU_LOCK_RWSEM},
	{"get_mmap_lock_carefully", "mmap_lock", R, HU_LOCK_RWSEM},
	{"process_vm_rw_single_vec", "mmap_lock", R, HU_LOCK_RWSEM},
	/* mm/mmap.c, mprotect.c, mremap.c, kernel/fork.c and others that change it */
	{"vm_mmap_pgoff", "mmap_lock", W, HU_LOCK_RWSEM},
	{"__vm_munmap", "mmap_lock", W, HU_LOCK_RWSEM},
	{"vm_munmap", "mmap_lock", W, HU_LOCK_RWSEM},
	{"vm_brk_flags", "mmap_lock", W, HU_LOCK_RWSEM},
	{"__do_sys_brk", "mmap_lock", W, HU_LOCK_RWSEM},
	{"__x64_sys_brk", "mmap_lock", W, HU_LOCK_RWSEM},
	{"sys_brk", "mmap_lock", W, HU_LOCK_RWSEM},
	{"__do_sys_mremap", "mmap_lock", W, HU_LOCK_RWSEM},
	{"__x64_sys_mremap", "mmap_lock", W, HU_LOCK_RWSEM},
	{"sys_mremap", "mmap_lock", W, HU_LOCK_RWSEM},
	{"do_mprotect_pkey", "mmap_lock", W, HU_LOCK_RWSEM},
	{"sys_mprotect", "mmap_lock", W, HU_LOCK_RWSEM},
	{"do_mlock", "mmap_lock", W, HU_LOCK_RWSEM},
	{"do_shmat", "mmap_lock", W, HU_LOCK_RWSEM},
	{"setup_arg_pages", "mmap_lock", W, HU_LOCK_RWSEM},
	{"bprm_mm_init", "mmap_lock", W, HU_LOCK_RWSEM},
	{"mpol_rebind_mm", "mmap_lock", W, HU_LOCK_RWSEM},
	{"clear_refs_write", "mmap_lock", W, HU_LOCK_RWSEM},
	{"mmap_write_lock", "mmap_lock", W, HU_LOCK_RWSEM},
	{"mmap_write_lock_killable", "mmap_lock", W, HU_LOCK_RWSEM},
	/* mm/madvise.c, khugepaged.c, mmap.c */
	{"do_madvise", "mmap_lock", 0, HU_LOCK_RWSEM},
	{"madvise_lock", "mmap_lock", 0, HU_LOCK_RWSEM},
	{"collapse_huge_page", "mmap_lock", 0, HU_LOCK_RWSEM},
	{"exit_mmap", "mmap_lock", 0, HU_LOCK_RWSEM},
	/* mm/memory.c, mm/mmap_lock.c, 6.4 to 6.15 */
	{"__vma_start_write", "a vma's lock", W, HU_LOCK_RWSEM},
	{"vma_start_write", "a vma's lock", W, HU_LOCK_RWSEM},
	/* mm/rmap.c */
	{"page_lock_anon_vma_read", "anon_vma rwsem", R, HU_LOCK_RWSEM},
	{"folio_lock_anon_vma_read", "anon_vma rwsem", R, HU_LOCK_RWSEM},
	{"rmap_walk_anon", "anon_vma rwsem", R, HU_LOCK_RWSEM},
	{"rmap_walk_ksm", "anon_vma rwsem", R, HU_LOCK_RWSEM},
	/* mm/rmap.c, mmap.c, vma.c, huge_memory.c */
	{"anon_vma_clone", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"anon_vma_fork", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"unlink_anon_vmas", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"__anon_vma_prepare", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"split_huge_page_to_list", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"split_huge_page_to_list_to_order", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"expand_downwards", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	{"expand_upwards", "anon_vma rwsem", W, HU_LOCK_RWSEM},
	/* mm/rmap.c */
	{"rmap_walk_file", "i_mmap_rwsem", R, HU_LOCK_RWSEM},
	{"__rmap_walk_file", "i_mmap_rwsem", R, HU_LOCK_RWSEM},
	/* mm/memory.c */
	{"unmap_mapping_range", "i_mmap_rwsem", 0, HU_LOCK_RWSEM},
	{"unmap_mapping_pages", "i_mmap_rwsem", 0, HU_LOCK_RWSEM},
	{"unmap_mapping_folio", "i_mmap_rwsem", 0, HU_LOCK_RWSEM},
	{"unmap_mapping_page", "i_mmap_rwsem", 0, HU_LOCK_RWSEM},
	/* mm/mmap.c, vma.c */
	{"vma_link", "i_mmap_rwsem", W, HU_LOCK_RWSEM},
	{"vma_link_file", "i_mmap_rwsem", W, HU_LOCK_RWSEM},
	{"unlink_file_vma", "i_mmap_rwsem", W, HU_LOCK_RWSEM},
	{"unlink_file_vma_batch_process", "i_mmap_rwsem", W, HU_LOCK_RWSEM},
	/* mm/filemap.c, readahead.c */
	{"filemap_fault", "invalidate_lock", R, HU_LOCK_RWSEM},
	{"page_cache_ra_unbounded", "invalidate_lock", R, HU_LOCK_RWSEM},
	{"page_cache_ra_order", "invalidate_lock", R, HU_LOCK_RWSEM},
	{"filemap_create_folio", "invalidate_lock", R, HU_LOCK_RWSEM},
	{"filemap_get_pages", "invalidate_lock", R, HU_LOCK_RWSEM},
	/* fs/ext4/inode.c */
	{"ext4_page_mkwrite", "invalidate_lock", R, HU_LOCK_RWSEM},
	{"ext4_filemap_fault", "invalidate_lock", R, HU_LOCK_RWSEM},
	/* mm/slab_common.c, slub.c */
	{"kmem_cache_create_usercopy", "slab_mutex", W, HU_LOCK_MUTEX},
	{"kmem_cache_create", "slab_mutex", W, HU_LOCK_MUTEX},
	{"__kmem_cache_create_args", "slab_mutex", W, HU_LOCK_MUTEX},
	{"kmem_cache_destroy", "slab_mutex", W, HU_LOCK_MUTEX},
	{"slab_start", "slab_mutex", W, HU_LOCK_MUTEX},
	{"memcg_create_kmem_cache", "slab_mutex", W, HU_LOCK_MUTEX},
	{"memcg_deactivate_kmem_caches", "slab_mutex", W, HU_LOCK_MUTEX},
	{"slub_cpu_dead", "slab_mutex", W, HU_LOCK_MUTEX},
	{"slab_mem_going_offline_callback", "slab_mutex", W, HU_LOCK_MUTEX},
	{"slab_mem_going_online_callback", "slab_mutex", W, HU_LOCK_MUTEX},
	{"slab_memory_callback", "slab_mutex", W, HU_LOCK_MUTEX},
	/* mm/percpu.c */
	{"pcpu_alloc", "pcpu_alloc_mutex", W, HU_LOCK_MUTEX},
	{"pcpu_alloc_noprof", "pcpu_alloc_mutex", W, HU_LOCK_MUTEX},
	{"pcpu_balance_workfn", "pcpu_alloc_mutex", W, HU_LOCK_MUTEX},
	/* mm/swap.c */
	{"__lru_add_drain_all", "lru_add_drain_all's mutex", W, HU_LOCK_MUTEX},
	{"lru_add_drain_all", "lru_add_drain_all's mutex", W, HU_LOCK_MUTEX},
	/* mm/memcontrol.c, oom_kill.c */
	{"mem_cgroup_out_of_memory", "oom_lock", W, HU_LOCK_MUTEX},
	{"moom_callback", "oom_lock", W, HU_LOCK_MUTEX},
	/* mm/memcontrol.c */
	{"mem_cgroup_resize_max", "memcg_max_mutex", W, HU_LOCK_MUTEX},
	{"mem_cgroup_resize_limit", "memcg_max_mutex", W, HU_LOCK_MUTEX},
	/* mm/vmalloc.c */
	{"_vm_unmap_aliases", "vmap_purge_lock", W, HU_LOCK_MUTEX},
	{"purge_vmap_area_lazy", "vmap_purge_lock", W, HU_LOCK_MUTEX},
	{"drain_vmap_area_work", "vmap_purge_lock", W, HU_LOCK_MUTEX},
	/* mm/swapfile.c */
	{"swap_start", "swapon_mutex", W, HU_LOCK_MUTEX},
	/* mm/ksm.c */
	{"ksm_scan_thread", "ksm_thread_mutex", W, HU_LOCK_MUTEX},
	{"run_store", "ksm_thread_mutex", W, HU_LOCK_MUTEX},
	{"ksm_do_scan", "ksm_thread_mutex", W, HU_LOCK_MUTEX},
	/* mm/khugepaged.c */
	{"start_stop_khugepaged", "khugepaged_mutex", W, HU_LOCK_MUTEX},
	/* mm/hugetlb.c */
	{"hugetlb_fault", "hugetlb_fault_mutex_table", W, HU_LOCK_MUTEX},
	{"hugetlbfs_fallocate", "hugetlb_fault_mutex_table", W, HU_LOCK_MUTEX},
	{"hugetlb_no_page", "hugetlb_fault_mutex_table", W, HU_LOCK_MUTEX},
	{NULL, NULL, 0, 0},
};
