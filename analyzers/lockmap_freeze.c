/*
 * Per-CPU rw semaphores: the freeze protection of superblocks, and those that fork, CPU hotplug and
 * cpusets take. Nobody but the freezer waits long in them for a lock; writers wait for a thaw.
 */
#include "analyzers/lockmap_places.h"

#define W HU_MODE_WRITE
#define R HU_MODE_READ

const struct hu_lock_place hu_lock_places_freeze[] = {
	/* include/linux/fs.h, fs/namespace.c: taken by whoever is about to write */
	{"mnt_want_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"mnt_want_write_file", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"mnt_get_write_access", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"__sb_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"sb_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"sb_start_pagefault", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"sb_start_intwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"file_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_writev", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_iter_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_fallocate", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"do_sendfile", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_copy_file_range", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"do_clone_file_range", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"vfs_clone_file_range", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"do_splice_direct", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"do_splice", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"direct_splice_actor", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"aio_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"io_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"kiocb_start_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"ovl_want_write", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	/* filesystems, for a page fault or a transaction */
	{"ext4_page_mkwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"ext4_dax_huge_fault", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"ext4_evict_inode", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"ext4_write_inode", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"xfs_trans_alloc", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"xfs_filemap_page_mkwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"__xfs_filemap_fault", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"xfs_write_fault", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"start_transaction", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"btrfs_page_mkwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"filemap_page_mkwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"f2fs_vm_page_mkwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"f2fs_evict_inode", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	{"block_page_mkwrite", "sb_writers", R, HU_LOCK_PERCPU_RWSEM},
	/* fs/super.c: the freezer itself */
	{"freeze_super", "sb_writers", W, HU_LOCK_PERCPU_RWSEM},
	{"sb_wait_write", "sb_writers", W, HU_LOCK_PERCPU_RWSEM},
	/* kernel/cgroup/cgroup.c, kernel/fork.c, kernel/signal.c, fs/exec.c */
	{"cgroup_threadgroup_change_begin", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	{"copy_process", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	{"exit_signals", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	{"de_thread", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	{"cgroup_can_fork", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	{"cgroup_css_set_fork", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	{"begin_new_exec", "cgroup_threadgroup_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	/* kernel/cgroup/cgroup.c */
	{"cgroup_procs_write_start", "cgroup_threadgroup_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cgroup_attach_lock", "cgroup_threadgroup_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cgroup_update_dfl_csses", "cgroup_threadgroup_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cgroup_attach_task_all", "cgroup_threadgroup_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cgroup_transfer_tasks", "cgroup_threadgroup_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	/* kernel/cpu.c */
	{"cpus_read_lock", "cpu_hotplug_lock", R, HU_LOCK_PERCPU_RWSEM},
	{"get_online_cpus", "cpu_hotplug_lock", R, HU_LOCK_PERCPU_RWSEM},
	/* kernel/cpu.c */
	{"cpus_write_lock", "cpu_hotplug_lock", W, HU_LOCK_PERCPU_RWSEM},
	{"cpu_hotplug_begin", "cpu_hotplug_lock", W, HU_LOCK_PERCPU_RWSEM},
	{"_cpu_down", "cpu_hotplug_lock", W, HU_LOCK_PERCPU_RWSEM},
	{"_cpu_up", "cpu_hotplug_lock", W, HU_LOCK_PERCPU_RWSEM},
	/* mm/memory_hotplug.c */
	{"get_online_mems", "mem_hotplug_lock", R, HU_LOCK_PERCPU_RWSEM},
	/* mm/memory_hotplug.c */
	{"mem_hotplug_begin", "mem_hotplug_lock", W, HU_LOCK_PERCPU_RWSEM},
	/* kernel/cgroup/cpuset.c, 5.4 to 6.4 */
	{"cpuset_write_resmask", "cpuset_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cpuset_can_attach", "cpuset_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cpuset_attach", "cpuset_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cpuset_cancel_attach", "cpuset_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"cpuset_css_online", "cpuset_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	/* kernel/events/uprobes.c */
	{"uprobe_start_dup_mmap", "dup_mmap_sem", R, HU_LOCK_PERCPU_RWSEM},
	/* kernel/events/uprobes.c */
	{"register_for_each_vma", "dup_mmap_sem", W, HU_LOCK_PERCPU_RWSEM},
	/* fs/ext4/inode.c */
	{"ext4_writepages", "s_writepages_rwsem", R, HU_LOCK_PERCPU_RWSEM},
	/* fs/ext4/inode.c, migrate.c */
	{"ext4_change_inode_journal_flag", "s_writepages_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"ext4_ext_migrate", "s_writepages_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{"ext4_ind_migrate", "s_writepages_rwsem", W, HU_LOCK_PERCPU_RWSEM},
	{NULL, NULL, 0, 0},
};
