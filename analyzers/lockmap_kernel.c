/* Control groups, CPU hotplug, workqueues, tracing, terminals, drivers, System V IPC. */
#include "analyzers/lockmap_places.h"

#define W HU_MODE_WRITE
#define R HU_MODE_READ

const struct hu_lock_place hu_lock_places_kernel[] = {
	/* kernel/cgroup/cgroup.c, cgroup-v1.c */
	{"cgroup_kn_lock_live", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_lock_and_drain_offline", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_lock", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"proc_cgroup_show", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"proc_cgroupstats_show", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroupstats_build", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_attach_task_all", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_transfer_tasks", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"css_killed_work_fn", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"css_release_work_fn", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_path_ns", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup1_get_tree", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_mount", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_do_get_tree", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_bpf_prog_attach", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_bpf_release", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"task_cgroup_path", "cgroup_mutex", W, HU_LOCK_MUTEX},
	/* kernel/cgroup/cgroup-v1.c */
	{"cgroup1_release_agent", "cgroup_mutex", W, HU_LOCK_MUTEX},
	{"cgroup_release_agent", "cgroup_mutex", W, HU_LOCK_MUTEX},
	/* kernel/cgroup/cpuset.c */
	{"cpuset_write_resmask", "cpuset_mutex", W, HU_LOCK_MUTEX},
	{"cpuset_can_attach", "cpuset_mutex", W, HU_LOCK_MUTEX},
	{"cpuset_attach", "cpuset_mutex", W, HU_LOCK_MUTEX},
	{"cpuset_cancel_attach", "cpuset_mutex", W, HU_LOCK_MUTEX},
	{"cpuset_css_online", "cpuset_mutex", W, HU_LOCK_MUTEX},
	{"cpuset_lock", "cpuset_mutex", W, HU_LOCK_MUTEX},
	/* kernel/cpu.c */
	{"cpu_maps_update_begin", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	{"do_cpu_up", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	{"do_cpu_down", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	{"cpu_up", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	{"cpu_down", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	{"cpu_device_down", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	{"cpu_device_up", "cpu_add_remove_lock", W, HU_LOCK_MUTEX},
	/* kernel/cpu.c, before 4.13 */
	{"get_online_cpus", "cpu_hotplug.lock", W, HU_LOCK_MUTEX},
	{"cpu_hotplug_begin", "cpu_hotplug.lock", W, HU_LOCK_MUTEX},
	/* kernel/workqueue.c */
	{"apply_workqueue_attrs", "wq_pool_mutex", W, HU_LOCK_MUTEX},
	{"alloc_workqueue", "wq_pool_mutex", W, HU_LOCK_MUTEX},
	{"destroy_workqueue", "wq_pool_mutex", W, HU_LOCK_MUTEX},
	{"apply_wqattrs_lock", "wq_pool_mutex", W, HU_LOCK_MUTEX},
	{"__alloc_workqueue", "wq_pool_mutex", W, HU_LOCK_MUTEX},
	/* kernel/workqueue.c */
	{"worker_attach_to_pool", "wq_pool_attach_mutex", W, HU_LOCK_MUTEX},
	{"worker_detach_from_pool", "wq_pool_attach_mutex", W, HU_LOCK_MUTEX},
	/* kernel/workqueue.c */
	{"flush_workqueue", "a workqueue's mutex", W, HU_LOCK_MUTEX},
	{"__flush_workqueue", "a workqueue's mutex", W, HU_LOCK_MUTEX},
	/* kernel/trace/trace_events.c, trace_event_perf.c */
	{"event_enable_write", "event_mutex", W, HU_LOCK_MUTEX},
	{"system_enable_write", "event_mutex", W, HU_LOCK_MUTEX},
	{"event_enable_read", "event_mutex", W, HU_LOCK_MUTEX},
	{"__ftrace_set_clr_event", "event_mutex", W, HU_LOCK_MUTEX},
	{"ftrace_set_clr_event", "event_mutex", W, HU_LOCK_MUTEX},
	{"trace_set_clr_event", "event_mutex", W, HU_LOCK_MUTEX},
	{"perf_trace_init", "event_mutex", W, HU_LOCK_MUTEX},
	{"perf_trace_destroy", "event_mutex", W, HU_LOCK_MUTEX},
	{"perf_kprobe_init", "event_mutex", W, HU_LOCK_MUTEX},
	{"perf_uprobe_init", "event_mutex", W, HU_LOCK_MUTEX},
	{"register_trace_kprobe", "event_mutex", W, HU_LOCK_MUTEX},
	{"__trace_kprobe_create", "event_mutex", W, HU_LOCK_MUTEX},
	/* kernel/trace/trace.c */
	{"tracing_open", "trace_types_lock", W, HU_LOCK_MUTEX},
	{"tracing_release", "trace_types_lock", W, HU_LOCK_MUTEX},
	{"tracing_set_tracer", "trace_types_lock", W, HU_LOCK_MUTEX},
	{"tracing_open_pipe", "trace_types_lock", W, HU_LOCK_MUTEX},
	{"tracing_release_pipe", "trace_types_lock", W, HU_LOCK_MUTEX},
	{"__tracing_resize_ring_buffer", "trace_types_lock", W, HU_LOCK_MUTEX},
	{"tracing_resize_ring_buffer", "trace_types_lock", W, HU_LOCK_MUTEX},
	/* kernel/trace/ftrace.c */
	{"register_ftrace_function", "ftrace_lock", W, HU_LOCK_MUTEX},
	{"unregister_ftrace_function", "ftrace_lock", W, HU_LOCK_MUTEX},
	/* kernel/kprobes.c */
	{"register_kprobe", "kprobe_mutex", W, HU_LOCK_MUTEX},
	{"unregister_kprobes", "kprobe_mutex", W, HU_LOCK_MUTEX},
	{"kprobe_optimizer", "kprobe_mutex", W, HU_LOCK_MUTEX},
	{"enable_kprobe", "kprobe_mutex", W, HU_LOCK_MUTEX},
	{"disable_kprobe", "kprobe_mutex", W, HU_LOCK_MUTEX},
	/* kernel/tracepoint.c */
	{"tracepoint_probe_register", "tracepoints_mutex", W, HU_LOCK_MUTEX},
	{"tracepoint_probe_register_prio", "tracepoints_mutex", W, HU_LOCK_MUTEX},
	{"tracepoint_probe_unregister", "tracepoints_mutex", W, HU_LOCK_MUTEX},
	/* kernel/jump_label.c */
	{"jump_label_lock", "jump_label_mutex", W, HU_LOCK_MUTEX},
	{"static_key_slow_inc_cpuslocked", "jump_label_mutex", W, HU_LOCK_MUTEX},
	{"static_key_enable_cpuslocked", "jump_label_mutex", W, HU_LOCK_MUTEX},
	{"static_key_disable_cpuslocked", "jump_label_mutex", W, HU_LOCK_MUTEX},
	{"__static_key_slow_dec_cpuslocked", "jump_label_mutex", W, HU_LOCK_MUTEX},
	/* kernel/events/core.c */
	{"perf_event_ctx_lock_nested", "a perf context's mutex", W, HU_LOCK_MUTEX},
	{"perf_event_release_kernel", "a perf context's mutex", W, HU_LOCK_MUTEX},
	{"perf_event_init_task", "a perf context's mutex", W, HU_LOCK_MUTEX},
	/* kernel/module/main.c, procfs.c */
	{"m_start", "module_mutex", W, HU_LOCK_MUTEX},
	{"do_init_module", "module_mutex", W, HU_LOCK_MUTEX},
	{"__do_sys_delete_module", "module_mutex", W, HU_LOCK_MUTEX},
	{"load_module", "module_mutex", W, HU_LOCK_MUTEX},
	/* drivers/tty/tty_mutex.c */
	{"tty_lock", "a tty's legacy_mutex", W, HU_LOCK_MUTEX},
	{"tty_lock_interruptible", "a tty's legacy_mutex", W, HU_LOCK_MUTEX},
	{"tty_lock_slave", "a tty's legacy_mutex", W, HU_LOCK_MUTEX},
	{"tty_lock_nested", "a tty's legacy_mutex", W, HU_LOCK_MUTEX},
	/* drivers/tty/tty_io.c */
	{"tty_open", "tty_mutex", W, HU_LOCK_MUTEX},
	{"tty_open_by_driver", "tty_mutex", W, HU_LOCK_MUTEX},
	{"tty_release", "tty_mutex", W, HU_LOCK_MUTEX},
	{"tty_kopen", "tty_mutex", W, HU_LOCK_MUTEX},
	/* drivers/tty/tty_io.c */
	{"tty_write_lock", "a tty's atomic_write_lock", W, HU_LOCK_MUTEX},
	/* drivers/tty/n_tty.c */
	{"n_tty_read", "a tty's atomic_read_lock", W, HU_LOCK_MUTEX},
	/* drivers/tty/tty_ldisc.c */
	{"tty_ldisc_ref_wait", "a tty's ldisc_sem", R, HU_LOCK_UNKNOWN},
	/* drivers/tty/tty_ldisc.c */
	{"tty_ldisc_lock", "a tty's ldisc_sem", W, HU_LOCK_UNKNOWN},
	{"__tty_ldisc_lock", "a tty's ldisc_sem", W, HU_LOCK_UNKNOWN},
	{"tty_ldisc_hangup", "a tty's ldisc_sem", W, HU_LOCK_UNKNOWN},
	/* kernel/printk/printk.c */
	{"console_lock", "console_sem", W, HU_LOCK_SEMAPHORE},
	{"suspend_console", "console_sem", W, HU_LOCK_SEMAPHORE},
	{"resume_console", "console_sem", W, HU_LOCK_SEMAPHORE},
	/* ipc/shm.c, util.c, msg.c, sem.c */
	{"ipcget", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"ipcget_new", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"ipcget_public", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"shmctl_down", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"shm_close", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"__shm_close", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"exit_shm", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"msgctl_down", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"semctl_down", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	{"shm_destroy_orphaned", "ipc_ids.rwsem", W, HU_LOCK_RWSEM},
	/* kernel/sys.c, kernel/utsname.c, kernel/utsname_sysctl.c */
	{"__do_sys_newuname", "uts_sem", R, HU_LOCK_RWSEM},
	{"__x64_sys_newuname", "uts_sem", R, HU_LOCK_RWSEM},
	{"sys_newuname", "uts_sem", R, HU_LOCK_RWSEM},
	{"copy_utsname", "uts_sem", R, HU_LOCK_RWSEM},
	{"clone_uts_ns", "uts_sem", R, HU_LOCK_RWSEM},
	/* kernel/sys.c */
	{"__do_sys_sethostname", "uts_sem", W, HU_LOCK_RWSEM},
	{"__x64_sys_sethostname", "uts_sem", W, HU_LOCK_RWSEM},
	{"sys_sethostname", "uts_sem", W, HU_LOCK_RWSEM},
	{"__do_sys_setdomainname", "uts_sem", W, HU_LOCK_RWSEM},
	/* drivers/base/dd.c */
	{"__device_attach", "a device's mutex", W, HU_LOCK_MUTEX},
	{"device_release_driver_internal", "a device's mutex", W, HU_LOCK_MUTEX},
	{"__driver_attach", "a device's mutex", W, HU_LOCK_MUTEX},
	{"device_driver_attach", "a device's mutex", W, HU_LOCK_MUTEX},
	/* drivers/block/loop.c */
	{"loop_add", "loop_ctl_mutex", W, HU_LOCK_MUTEX},
	{"loop_control_ioctl", "loop_ctl_mutex", W, HU_LOCK_MUTEX},
	{"loop_control_remove", "loop_ctl_mutex", W, HU_LOCK_MUTEX},
	{"loop_control_get_free", "loop_ctl_mutex", W, HU_LOCK_MUTEX},
	{"loop_probe", "loop_ctl_mutex", W, HU_LOCK_MUTEX},
	/* drivers/block/loop.c */
	{"loop_global_lock_killable", "loop_validate_mutex", W, HU_LOCK_MUTEX},
	/* drivers/block/loop.c: lo_mutex, loop_ctl_mutex or lo_ctl_mutex */
	{"lo_ioctl", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"lo_open", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"lo_release", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"loop_set_status", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"loop_get_status", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"__loop_clr_fd", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"loop_clr_fd", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"loop_configure", "a loop device's mutex", W, HU_LOCK_MUTEX},
	{"lo_simple_ioctl", "a loop device's mutex", W, HU_LOCK_MUTEX},
	/* block/blk-sysfs.c: sysfs_lock, limits_lock or elevator_lock by version */
	{"queue_attr_show", "a block queue's attribute lock", W, HU_LOCK_MUTEX},
	{"queue_attr_store", "a block queue's attribute lock", W, HU_LOCK_MUTEX},
	/* block/blk-mq.c */
	{"blk_mq_del_queue_tag_set", "tag_list_lock", W, HU_LOCK_MUTEX},
	{"blk_mq_add_queue_tag_set", "tag_list_lock", W, HU_LOCK_MUTEX},
	{"blk_mq_update_nr_hw_queues", "tag_list_lock", W, HU_LOCK_MUTEX},
	/* drivers/md/md.c */
	{"md_ioctl", "md reconfig_mutex", W, HU_LOCK_MUTEX},
	/* kernel/audit.c */
	{"audit_ctl_lock", "audit_cmd_mutex", W, HU_LOCK_MUTEX},
	{"audit_receive", "audit_cmd_mutex", W, HU_LOCK_MUTEX},
	/* kernel/rcu/tree_exp.h: both are waits for somebody else's expedited grace period */
	{"synchronize_rcu_expedited", "rcu_state.exp_mutex", W, HU_LOCK_MUTEX},
	{"exp_funnel_lock", "rcu_state.exp_mutex", W, HU_LOCK_MUTEX},
	/* kernel/rcu/tree.c */
	{"rcu_barrier", "rcu_state.barrier_mutex", W, HU_LOCK_MUTEX},
	{"_rcu_barrier", "rcu_state.barrier_mutex", W, HU_LOCK_MUTEX},
	/* kernel/rcu/srcutree.c */
	{"srcu_barrier", "srcu_barrier_mutex", W, HU_LOCK_MUTEX},
	/* kernel/stop_machine.c */
	{"stop_cpus", "stop_cpus_mutex", W, HU_LOCK_MUTEX},
	{NULL, NULL, 0, 0},
};
