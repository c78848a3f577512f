/*
 * What a stack says of a wait: which lock, how it is wanted, or what else the task sleeps for. One
 * stack a family, as kernels of different ages print it; what each waits for was read in the
 * function's source (the files are named in analyzers/lockmap_*.c and waitmap.c).
 */
#include "analyzers/stacks.h"
#include "db/rows.h"
#include "tests/test.h"

#include <string.h>

#define R HU_MODE_READ
#define W HU_MODE_WRITE
#define MUTEX_WAIT "__schedule<schedule<schedule_preempt_disabled<__mutex_lock.constprop.0<"
#define READ_WAIT "__schedule<schedule<rwsem_down_read_slowpath<down_read<"
#define WRITE_WAIT "__schedule<schedule<rwsem_down_write_slowpath<down_write<"
#define PERCPU_READ "schedule<percpu_rwsem_wait<__percpu_down_read<"
#define PERCPU_WRITE "schedule<percpu_rwsem_wait<percpu_down_write<"

static const struct {
	const char *stack, *lock;
	uint32_t mode, type;
} locks[] = {
	{WRITE_WAIT "namespace_lock<path_umount<__x64_sys_umount", "namespace_sem", W,
	 HU_LOCK_RWSEM},
	{READ_WAIT "m_start<seq_read_iter<vfs_read", "namespace_sem", R, HU_LOCK_RWSEM},
	{"schedule<rwsem_down_read_slowpath<down_read_killable<m_start<seq_read_iter<vfs_read",
	 "mmap_lock", R, HU_LOCK_RWSEM},
	{"schedule<__mutex_lock.isra.0<mutex_lock<m_start<seq_read<proc_reg_read", "module_mutex",
	 W, HU_LOCK_MUTEX},
	{WRITE_WAIT "deactivate_super<cleanup_mnt<task_work_run", "s_umount", W, HU_LOCK_RWSEM},
	{READ_WAIT "iterate_supers<ksys_sync<__x64_sys_sync", "s_umount", R, HU_LOCK_RWSEM},
	{WRITE_WAIT "filename_create<do_mkdirat<__x64_sys_mkdirat", "i_rwsem", W, HU_LOCK_RWSEM},
	/* 3.10: the same place, and a mutex */
	{"schedule<__mutex_lock_slowpath<mutex_lock<do_last<path_openat<do_filp_open<SyS_open",
	 "i_mutex", W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "__fdget_pos<ksys_write", "f_pos_lock", W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "eventpoll_release_file<__fput<task_work_run", "epmutex", W, HU_LOCK_MUTEX},
	{READ_WAIT "kernfs_dop_revalidate<lookup_fast<walk_component", "kernfs_rwsem", R,
	 HU_LOCK_RWSEM},
	{MUTEX_WAIT "kernfs_dop_revalidate<lookup_fast<walk_component", "kernfs_mutex", W,
	 HU_LOCK_MUTEX},
	{MUTEX_WAIT "blkdev_get_by_dev<blkdev_open<do_dentry_open", "a block device's open mutex",
	 W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "loop_control_ioctl<__x64_sys_ioctl", "loop_ctl_mutex", W, HU_LOCK_MUTEX},
	{READ_WAIT "ext4_map_blocks<ext4_getblk<ext4_bread", "ext4 i_data_sem", 0, HU_LOCK_RWSEM},
	{MUTEX_WAIT "ext4_orphan_add<ext4_unlink<vfs_unlink", "s_orphan_lock", W, HU_LOCK_MUTEX},
	{"schedule<schedule_timeout<___down_common<__down<down<xfs_buf_lock<xfs_buf_find",
	 "xfs buffer lock", W, HU_LOCK_SEMAPHORE},
	{READ_WAIT "btrfs_tree_read_lock_nested<btrfs_search_slot", "btrfs tree block lock", R,
	 HU_LOCK_RWSEM},
	{MUTEX_WAIT "cgroup_kn_lock_live<cgroup_mkdir<kernfs_iop_mkdir", "cgroup_mutex", W,
	 HU_LOCK_MUTEX},
	{PERCPU_WRITE "cgroup_procs_write_start<__cgroup_procs_write", "cgroup_threadgroup_rwsem",
	 W, HU_LOCK_PERCPU_RWSEM},
	{PERCPU_READ "copy_process<kernel_clone<__do_sys_clone", "cgroup_threadgroup_rwsem", R,
	 HU_LOCK_PERCPU_RWSEM},
	{PERCPU_READ "cpus_read_lock<flush_all_cpus_locked", "cpu_hotplug_lock", R,
	 HU_LOCK_PERCPU_RWSEM},
	{MUTEX_WAIT "get_online_cpus<stop_machine", "cpu_hotplug.lock", W, HU_LOCK_MUTEX},
	{PERCPU_WRITE "freeze_super<__x64_sys_ioctl", "sb_writers", W, HU_LOCK_PERCPU_RWSEM},
	{PERCPU_READ "ext4_writepages<do_writepages", "s_writepages_rwsem", R,
	 HU_LOCK_PERCPU_RWSEM},
	{MUTEX_WAIT "perf_trace_init<perf_tp_event_init", "event_mutex", W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "tty_release<__fput", "tty_mutex", W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "tty_lock<tty_release<__fput", "a tty's legacy_mutex", W, HU_LOCK_MUTEX},
	{"schedule_timeout<___down_common<__down<down<console_lock<con_write", "console_sem", W,
	 HU_LOCK_SEMAPHORE},
	{WRITE_WAIT "ipcget<ksys_shmget", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{READ_WAIT "__do_sys_newuname<do_syscall_64", "uts_sem", R, HU_LOCK_RWSEM},
	{"schedule<rwsem_down_read_slowpath<down_read_killable<copy_net_ns<create_new_namespaces",
	 "pernet_ops_rwsem", R, HU_LOCK_RWSEM},
	{MUTEX_WAIT "copy_net_ns<create_new_namespaces", "net_mutex", W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "rtnl_lock<addrconf_verify_work<process_one_work", "rtnl_mutex", W,
	 HU_LOCK_MUTEX},
	{"schedule<__lock_sock<lock_sock_nested<tcp_sendmsg", "a socket's lock", W, 0},
	{READ_WAIT "do_user_addr_fault<exc_page_fault", "mmap_lock", R, HU_LOCK_RWSEM},
	{"schedule<rwsem_down_write_slowpath<down_write_killable<vm_mmap_pgoff<ksys_mmap_pgoff",
	 "mmap_lock", W, HU_LOCK_RWSEM},
	/* one function, two locks of one type: told apart by the call */
	{"schedule<rwsem_down_write_slowpath<down_write_killable<dup_mmap<dup_mm<copy_process",
	 "mmap_lock", W, HU_LOCK_RWSEM},
	{WRITE_WAIT "dup_mmap<dup_mm<copy_process", "i_mmap_rwsem", W, HU_LOCK_RWSEM},
	{READ_WAIT "page_lock_anon_vma_read<rmap_walk_anon<page_referenced", "anon_vma rwsem", R,
	 HU_LOCK_RWSEM},
	{READ_WAIT "rmap_walk_file<folio_referenced<shrink_folio_list", "i_mmap_rwsem", R,
	 HU_LOCK_RWSEM},
	{MUTEX_WAIT "kmem_cache_destroy<ovl_free_fs", "slab_mutex", W, HU_LOCK_MUTEX},
	{MUTEX_WAIT "pcpu_alloc<mem_cgroup_css_alloc", "pcpu_alloc_mutex", W, HU_LOCK_MUTEX},
	/* not in the map: no name is better than a wrong one */
	{MUTEX_WAIT "examplefs_lock_all<examplefs_write", NULL, 0, 0},
	{PERCPU_READ "examplefs_enter<examplefs_ioctl", NULL, 0, 0},
};

static const struct {
	const char *stack;
	enum hu_why why;
	const char *frame;
} waits[] = {
	{"schedule<io_schedule<folio_wait_bit_common<__folio_lock<filemap_fault", HU_WHY_PAGE_LOCK,
	 "__folio_lock"},
	{"io_schedule<wait_on_page_bit_common<__lock_page<pagecache_get_page", HU_WHY_PAGE_LOCK,
	 "__lock_page"},
	{"io_schedule<sleep_on_page<__wait_on_bit_lock<__lock_page<find_lock_page",
	 HU_WHY_PAGE_LOCK, "__lock_page"},
	{"io_schedule<folio_wait_bit_common<folio_wait_writeback<__filemap_fdatawait_range",
	 HU_WHY_WRITEBACK, "folio_wait_writeback"},
	{"io_schedule<bit_wait_io<__wait_on_bit_lock<out_of_line_wait_on_bit_lock<__lock_buffer<"
	 "do_get_write_access",
	 HU_WHY_BUFFER, "__lock_buffer"},
	{"io_schedule<bit_wait_io<__wait_on_bit<out_of_line_wait_on_bit<__wait_on_buffer<ext4_"
	 "bread",
	 HU_WHY_IO, "__wait_on_buffer"},
	{"schedule<bit_wait<__wait_on_bit<out_of_line_wait_on_bit<examplefs_iget", HU_WHY_BIT_LOCK,
	 "out_of_line_wait_on_bit"},
	/* ext4_read_bh() with wait_on_buffer() inlined */
	{"io_schedule<bit_wait_io<__wait_on_bit<out_of_line_wait_on_bit<ext4_read_bh", HU_WHY_IO,
	 "bit_wait_io"},
	{"schedule<__wait_on_freeing_inode<find_inode_fast<iget_locked<ext4_iget", HU_WHY_BIT_LOCK,
	 "__wait_on_freeing_inode"},
	{"schedule<wait_transaction_locked<add_transaction_credits<start_this_handle<"
	 "jbd2__journal_start",
	 HU_WHY_JOURNAL, "wait_transaction_locked"},
	{"schedule<jbd2_log_wait_commit<jbd2_complete_transaction<ext4_sync_file", HU_WHY_JOURNAL,
	 "jbd2_log_wait_commit"},
	{"schedule<xlog_grant_head_wait<xlog_grant_head_check<xfs_log_reserve", HU_WHY_JOURNAL,
	 "xlog_grant_head_wait"},
	{"io_schedule<blk_mq_get_tag<__blk_mq_alloc_requests<blk_mq_submit_bio", HU_WHY_IO,
	 "blk_mq_get_tag"},
	{"io_schedule<rq_qos_wait<wbt_wait<__rq_qos_throttle", HU_WHY_IO, "rq_qos_wait"},
	{"schedule_timeout<io_schedule_timeout<__wait_for_common<submit_bio_wait<"
	 "blkdev_issue_flush",
	 HU_WHY_IO, "submit_bio_wait"},
	{"io_schedule_timeout<balance_dirty_pages<balance_dirty_pages_ratelimited_flags",
	 HU_WHY_WRITEBACK, "balance_dirty_pages"},
	{"schedule<wb_wait_for_completion<sync_inodes_sb<sync_filesystem", HU_WHY_WRITEBACK,
	 "wb_wait_for_completion"},
	{"schedule_timeout<wait_for_completion<__flush_work<lru_add_drain_all", HU_WHY_WORK,
	 "__flush_work"},
	{"schedule_timeout<wait_for_completion<__wait_rcu_gp<synchronize_rcu<namespace_unlock",
	 HU_WHY_GRACE_PERIOD, "__wait_rcu_gp"},
	{"schedule_timeout<__wait_for_common<examplefs_sync", HU_WHY_COMPLETION,
	 "__wait_for_common"},
	{MUTEX_WAIT "exp_funnel_lock<synchronize_rcu_expedited", HU_WHY_GRACE_PERIOD,
	 "exp_funnel_lock"},
	{"schedule_timeout<sk_wait_data<tcp_recvmsg_locked<tcp_recvmsg", HU_WHY_NETWORK,
	 "sk_wait_data"},
	{"schedule<rpc_wait_bit_killable<__wait_on_bit<out_of_line_wait_on_bit<__rpc_execute<"
	 "rpc_run_task",
	 HU_WHY_NETWORK, "rpc_wait_bit_killable"},
	{"schedule<request_wait_answer<__fuse_simple_request<fuse_do_getattr", HU_WHY_DAEMON,
	 "request_wait_answer"},
	{"schedule_timeout<schedule_timeout_uninterruptible<__alloc_pages_slowpath.constprop.0<"
	 "__alloc_pages",
	 HU_WHY_MEMORY, "__alloc_pages_slowpath.constprop.0"},
	{"io_schedule_timeout<mempool_alloc<bio_alloc_bioset", HU_WHY_MEMORY, "mempool_alloc"},
	{"schedule_timeout<io_schedule_timeout<congestion_wait<do_try_to_free_pages",
	 HU_WHY_RECLAIM_THROTTLE, "congestion_wait"},
	{"schedule_timeout<reclaim_throttle<shrink_node<do_try_to_free_pages",
	 HU_WHY_RECLAIM_THROTTLE, "reclaim_throttle"},
	{"schedule_timeout<msleep<shrink_inactive_list<shrink_lruvec", HU_WHY_RECLAIM_THROTTLE,
	 "shrink_inactive_list"},
	{"schedule_hrtimeout_range<ep_poll<do_epoll_wait", HU_WHY_EVENT, "ep_poll"},
	{"schedule<futex_wait_queue<__futex_wait<futex_wait<do_futex", HU_WHY_EVENT,
	 "futex_wait_queue"},
	{"schedule<worker_thread<kthread<ret_from_fork", HU_WHY_EVENT, "worker_thread"},
	{"schedule<do_nanosleep<hrtimer_nanosleep", HU_WHY_TIMER, "do_nanosleep"},
	{PERCPU_READ "mnt_want_write<filename_create", HU_WHY_FREEZE, "mnt_want_write"},
	{"schedule<__sb_start_write<mnt_want_write<filename_create", HU_WHY_FREEZE,
	 "__sb_start_write"},
	/* the freezer waits for writers: that is a lock */
	{PERCPU_WRITE "freeze_super<__x64_sys_ioctl", HU_WHY_LOCK, "freeze_super"},
	/* a lock wait is not for what its caller is about further out */
	{WRITE_WAIT "xfs_ilock<xfs_file_buffered_write<balance_dirty_pages<vfs_write", HU_WHY_LOCK,
	 "xfs_ilock"},
	/* nor is I/O deep inside an allocation for the journal of the caller */
	{"io_schedule<blk_mq_get_tag<a<b<c<d<start_this_handle", HU_WHY_IO, "blk_mq_get_tag"},
	{"io_schedule<a<b<c<d<e<start_this_handle", HU_WHY_IO, "io_schedule"},
	/* direct reclaim on a CPU or asleep below it is no retry of the allocator */
	{"schedule<examplefs_wait<shrink_slab<__alloc_pages_slowpath", HU_WHY_UNKNOWN, NULL},
};

static hu_stack put_stack(struct hu_sink *sink, const char *text)
{
	struct hu_str rest = hu_str(text), frames[24];
	size_t n = 0;
	hu_stack stack = 0;

	while (rest.len && n < 24)
		frames[n++] = hu_str_split(&rest, '<');
	while (n)
		stack = hu_push_frame(sink, stack, hu_intern(sink, frames[--n]), 0);
	return stack;
}

static void put_snapshot(struct hu_sink *sink, int32_t tid, const char *stack)
{
	struct hu_snapshot row = {
		.at = {HU_OPEN, (uint64_t)tid, HU_NONE, tid, put_stack(sink, stack), HU_CTX_TASK},
		.kind = HU_SNAP_STACK,
		.state = HU_STATE_UNINTERRUPTIBLE,
		.blocker = HU_NONE};

	hu_put_snapshot(sink, &row);
}

static hu_stack_id stack_id(struct hu_store *store, int32_t tid)
{
	struct hu_rows *rows = hu_rows_open(store, "SELECT stack FROM snapshot WHERE tid = ?1");

	hu_rows_bind_int(rows, 1, tid);
	hu_stack_id id = hu_rows_next(rows) ? hu_rows_int(rows, 0) : 0;
	CHECK_OK(hu_rows_close(rows));
	return id;
}

enum { LOCKS = sizeof(locks) / sizeof(locks[0]), WAITS = sizeof(waits) / sizeof(waits[0]) };

static void check_lock(const struct hu_stack_facts *f, size_t i)
{
	TEST_CASE("%s", locks[i].stack);
	CHECK_STR(f->lock, locks[i].lock);
	CHECK_INT(f->lock_mode, locks[i].mode);
	CHECK_INT(f->lock_type, locks[i].type);
	CHECK_INT(f->why, HU_WHY_LOCK);
}

int main(void)
{
	struct hu_source_info info = {"stacks.txt", "procstack", "made by hand",
				      "00",	    1,		 HU_CLOCK_NONE};
	struct hu_store *store;
	struct hu_sink *sink;
	struct hu_stacks stacks;

	CHECK_OK(hu_store_create(":memory:", &store));
	CHECK_OK(hu_store_set_bundle(store, "stacks", "00", 1, 1));
	CHECK_OK(hu_store_begin(store, &info, &sink));
	for (size_t i = 0; i < LOCKS; i++)
		put_snapshot(sink, (int32_t)i + 1, locks[i].stack);
	for (size_t i = 0; i < WAITS; i++)
		put_snapshot(sink, (int32_t)(LOCKS + i) + 1, waits[i].stack);
	CHECK_OK(hu_store_end(sink, NULL));
	CHECK_OK(hu_store_settle(store));
	CHECK_OK(hu_stacks_load(store, &stacks));
	for (size_t i = 0; i < LOCKS; i++)
		check_lock(hu_stack_facts(&stacks, stack_id(store, (int32_t)i + 1)), i);
	for (size_t i = 0; i < WAITS; i++) {
		const struct hu_stack_facts *f =
			hu_stack_facts(&stacks, stack_id(store, (int32_t)(LOCKS + i) + 1));
		TEST_CASE("%s", waits[i].stack);
		CHECK_INT(f->why, waits[i].why);
		CHECK_STR(f->wait_frame, waits[i].frame);
	}
	hu_stacks_deinit(&stacks);
	hu_store_close(store);
	for (int why = 0; why < HU_WHY_COUNT; why++)
		CHECK(hu_why_name((enum hu_why)why)[0]);
	return test_end();
}
