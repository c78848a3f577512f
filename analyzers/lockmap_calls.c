/* The functions of kernel/locking/ that a task is in while it asks for a lock, waits for it or
 * gives it back. */
#include "analyzers/stacks.h"

#include <string.h>

bool hu_is_lock_function(const char *f)
{
	static const char *const names[] = {
		"down_read",
		"down_read_trylock",
		"down_read_killable",
		"down_read_interruptible",
		"down_write",
		"down_write_killable",
		"down_write_trylock",
		"down_write_nested",
		"up_read",
		"up_write",
		"downgrade_write",
		"rwsem_down_read_slowpath",
		"rwsem_down_write_slowpath",
		"rwsem_down_read_failed",
		"rwsem_down_write_failed",
		"call_rwsem_down_read_failed",
		"call_rwsem_down_write_failed",
		"__down_read",
		"__down_write",
		"__down_write_common",
		"__down_read_common",
		"__up_read",
		"__up_write",
		"rwsem_wake",
		"mutex_lock",
		"mutex_unlock",
		"mutex_lock_killable",
		"mutex_lock_interruptible",
		"mutex_lock_io",
		"mutex_trylock",
		"mutex_lock_nested",
		"__mutex_lock",
		"__mutex_lock_slowpath",
		"__mutex_lock_killable_slowpath",
		"__mutex_lock_interruptible_slowpath",
		"__mutex_lock_common",
		"__mutex_unlock_slowpath",
		"percpu_down_read",
		"__percpu_down_read",
		"percpu_down_write",
		"percpu_up_read",
		"percpu_up_write",
		"percpu_rwsem_wait",
		"down",
		"__down",
		"down_killable",
		"down_interruptible",
		"down_timeout",
		"__down_common",
		"__down_killable",
		"__down_interruptible",
		"__down_timeout",
		"up",
		"__up",
		"rt_mutex_lock",
		"rt_mutex_slowlock",
		"rwbase_read_lock",
		"rwbase_write_lock",
		"osq_lock",
		"_raw_spin_lock",
		"_raw_spin_lock_irqsave",
		"_raw_spin_lock_irq",
		"_raw_spin_lock_bh",
		"native_queued_spin_lock_slowpath",
		"queued_spin_lock_slowpath",
		"_raw_read_lock",
		"_raw_write_lock",
		"queued_read_lock_slowpath",
		"queued_write_lock_slowpath",
		"trace_contention_begin",
		"trace_contention_end",
		"___down_common",
		"mutex_spin_on_owner",
		"mutex_optimistic_spin",
		"__do_percpu_down_read",
		"percpu_down_read_trylock",
		"down_read_nested",
		"down_read_non_owner",
		"down_read_killable_nested",
		"down_write_killable_nested",
		"__down_read_killable",
		"__down_write_killable",
		"__rwsem_down_read_failed_common",
		"__rwsem_down_write_failed_common",
		"rwsem_down_read_failed_killable",
		"rwsem_down_write_failed_killable",
		"call_rwsem_down_read_failed_killable",
		"call_rwsem_down_write_failed_killable",
		"rwsem_optimistic_spin",
		"rwsem_spin_on_owner",
		"mutex_lock_killable_nested",
		"mutex_lock_interruptible_nested",
		"mutex_lock_io_nested",
		"_mutex_lock_nest_lock",
		"atomic_dec_and_mutex_lock",
		"ww_mutex_lock",
		"ww_mutex_lock_interruptible",
		"__ww_mutex_lock",
		"__ww_mutex_lock_slowpath",
		"__ww_mutex_lock_interruptible_slowpath",
		"down_trylock",
		"rt_mutex_lock_nested",
		"__rt_mutex_lock",
		"__rt_mutex_slowlock",
		"__rt_mutex_slowlock_locked",
		"rt_mutex_slowlock_block",
		"rt_mutex_lock_interruptible",
		"rt_mutex_lock_killable",
		"rt_spin_lock",
		"rtlock_slowlock",
		"rtlock_slowlock_locked",
		"rt_read_lock",
		"rt_write_lock",
		"__rwbase_read_lock",
		"ldsem_down_read",
		"ldsem_down_write",
		"__lock_sock",
		NULL,
	};

	for (const char *const *n = names; *n; n++)
		if (hu_symbol_is(f, *n))
			return true;
	return false;
}

uint32_t hu_lock_function_type(const char *f)
{
	if (strstr(f, "percpu"))
		return HU_LOCK_PERCPU_RWSEM;
	if (strstr(f, "mutex"))
		return HU_LOCK_MUTEX;
	if (strstr(f, "rwsem") || strstr(f, "down_read") || strstr(f, "down_write") ||
	    strstr(f, "up_read") || strstr(f, "up_write"))
		return HU_LOCK_RWSEM;
	if (strstr(f, "spin"))
		return HU_LOCK_SPIN;
	if (strstr(f, "rwbase"))
		return HU_LOCK_RWSEM;
	if (hu_str_starts(hu_str(f), "down") || strstr(f, "__down"))
		return HU_LOCK_SEMAPHORE;
	return HU_LOCK_UNKNOWN;
}
