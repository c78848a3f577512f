/* Which kernel functions take and give locks, and what perf probe calls its probes on them. */
#include "ingest/kprobe.h"
#include "ingest/vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

#define VOID HU_RESULT_VOID
#define ERRNO HU_RESULT_ERRNO
#define TRY HU_RESULT_TRY
#define TRY_ZERO HU_RESULT_TRY_ZERO
#define POINTER HU_RESULT_POINTER
#define RD HU_MODE_READ
#define WR HU_MODE_WRITE

/*
 * kernel/locking/ of 3.10 to 7.x. In all of them the lock is the first argument. Sorted by name.
 * The *_slowpath and *_failed functions are where the waiting is; their caller is in here, too.
 */
static const struct hu_lock_function lock_functions[] = {
	{"__down", HU_LOCK_WAIT, WR, HU_LOCK_SEMAPHORE, VOID},
	{"__down_interruptible", HU_LOCK_WAIT, WR, HU_LOCK_SEMAPHORE, ERRNO},
	{"__down_killable", HU_LOCK_WAIT, WR, HU_LOCK_SEMAPHORE, ERRNO},
	{"__mutex_lock_interruptible_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_MUTEX, ERRNO},
	{"__mutex_lock_killable_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_MUTEX, ERRNO},
	{"__mutex_lock_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_MUTEX, VOID},
	{"__percpu_down_read", HU_LOCK_WAIT, RD, HU_LOCK_PERCPU_RWSEM, VOID},
	{"__rt_mutex_slowlock", HU_LOCK_WAIT, WR, HU_LOCK_RT, ERRNO},
	{"_down_write_nest_lock", HU_LOCK_ASK, WR, HU_LOCK_RWSEM, VOID},
	{"_mutex_lock_nest_lock", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, VOID},
	{"_raw_read_lock", HU_LOCK_ASK, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_lock_bh", HU_LOCK_ASK, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_lock_irq", HU_LOCK_ASK, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_lock_irqsave", HU_LOCK_ASK, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_trylock", HU_LOCK_TRY, RD, HU_LOCK_RWLOCK, TRY},
	{"_raw_read_unlock", HU_LOCK_RELEASE, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_unlock_bh", HU_LOCK_RELEASE, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_unlock_irq", HU_LOCK_RELEASE, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_read_unlock_irqrestore", HU_LOCK_RELEASE, RD, HU_LOCK_RWLOCK, VOID},
	{"_raw_spin_lock", HU_LOCK_ASK, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_lock_bh", HU_LOCK_ASK, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_lock_irq", HU_LOCK_ASK, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_lock_irqsave", HU_LOCK_ASK, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_trylock", HU_LOCK_TRY, WR, HU_LOCK_SPIN, TRY},
	{"_raw_spin_trylock_bh", HU_LOCK_TRY, WR, HU_LOCK_SPIN, TRY},
	{"_raw_spin_unlock", HU_LOCK_RELEASE, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_unlock_bh", HU_LOCK_RELEASE, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_unlock_irq", HU_LOCK_RELEASE, WR, HU_LOCK_SPIN, VOID},
	{"_raw_spin_unlock_irqrestore", HU_LOCK_RELEASE, WR, HU_LOCK_SPIN, VOID},
	{"_raw_write_lock", HU_LOCK_ASK, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_lock_bh", HU_LOCK_ASK, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_lock_irq", HU_LOCK_ASK, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_lock_irqsave", HU_LOCK_ASK, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_trylock", HU_LOCK_TRY, WR, HU_LOCK_RWLOCK, TRY},
	{"_raw_write_unlock", HU_LOCK_RELEASE, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_unlock_bh", HU_LOCK_RELEASE, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_unlock_irq", HU_LOCK_RELEASE, WR, HU_LOCK_RWLOCK, VOID},
	{"_raw_write_unlock_irqrestore", HU_LOCK_RELEASE, WR, HU_LOCK_RWLOCK, VOID},
	{"call_rwsem_down_read_failed", HU_LOCK_WAIT, RD, HU_LOCK_RWSEM, POINTER},
	{"call_rwsem_down_write_failed", HU_LOCK_WAIT, WR, HU_LOCK_RWSEM, POINTER},
	{"down", HU_LOCK_ASK, WR, HU_LOCK_SEMAPHORE, VOID},
	{"down_interruptible", HU_LOCK_ASK, WR, HU_LOCK_SEMAPHORE, ERRNO},
	{"down_killable", HU_LOCK_ASK, WR, HU_LOCK_SEMAPHORE, ERRNO},
	{"down_read", HU_LOCK_ASK, RD, HU_LOCK_RWSEM, VOID},
	{"down_read_interruptible", HU_LOCK_ASK, RD, HU_LOCK_RWSEM, ERRNO},
	{"down_read_killable", HU_LOCK_ASK, RD, HU_LOCK_RWSEM, ERRNO},
	{"down_read_killable_nested", HU_LOCK_ASK, RD, HU_LOCK_RWSEM, ERRNO},
	{"down_read_nested", HU_LOCK_ASK, RD, HU_LOCK_RWSEM, VOID},
	{"down_read_non_owner", HU_LOCK_ASK, RD, HU_LOCK_RWSEM, VOID},
	{"down_read_trylock", HU_LOCK_TRY, RD, HU_LOCK_RWSEM, TRY},
	{"down_timeout", HU_LOCK_ASK, WR, HU_LOCK_SEMAPHORE, ERRNO},
	{"down_trylock", HU_LOCK_TRY, WR, HU_LOCK_SEMAPHORE, TRY_ZERO},
	{"down_write", HU_LOCK_ASK, WR, HU_LOCK_RWSEM, VOID},
	{"down_write_killable", HU_LOCK_ASK, WR, HU_LOCK_RWSEM, ERRNO},
	{"down_write_killable_nested", HU_LOCK_ASK, WR, HU_LOCK_RWSEM, ERRNO},
	{"down_write_nested", HU_LOCK_ASK, WR, HU_LOCK_RWSEM, VOID},
	{"down_write_trylock", HU_LOCK_TRY, WR, HU_LOCK_RWSEM, TRY},
	{"downgrade_write", HU_LOCK_RELEASE, WR, HU_LOCK_RWSEM, VOID},
	{"mutex_lock", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, VOID},
	{"mutex_lock_interruptible", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, ERRNO},
	{"mutex_lock_interruptible_nested", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, ERRNO},
	{"mutex_lock_io", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, VOID},
	{"mutex_lock_io_nested", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, VOID},
	{"mutex_lock_killable", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, ERRNO},
	{"mutex_lock_killable_nested", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, ERRNO},
	{"mutex_lock_nested", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, VOID},
	{"mutex_trylock", HU_LOCK_TRY, WR, HU_LOCK_MUTEX, TRY},
	{"mutex_unlock", HU_LOCK_RELEASE, WR, HU_LOCK_MUTEX, VOID},
	{"native_queued_spin_lock_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_SPIN, VOID},
	{"percpu_down_write", HU_LOCK_ASK, WR, HU_LOCK_PERCPU_RWSEM, VOID},
	{"percpu_up_write", HU_LOCK_RELEASE, WR, HU_LOCK_PERCPU_RWSEM, VOID},
	{"queued_read_lock_slowpath", HU_LOCK_WAIT, RD, HU_LOCK_RWLOCK, VOID},
	{"queued_spin_lock_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_SPIN, VOID},
	{"queued_write_lock_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_RWLOCK, VOID},
	{"rt_mutex_lock", HU_LOCK_ASK, WR, HU_LOCK_RT, VOID},
	{"rt_mutex_lock_interruptible", HU_LOCK_ASK, WR, HU_LOCK_RT, ERRNO},
	{"rt_mutex_lock_killable", HU_LOCK_ASK, WR, HU_LOCK_RT, ERRNO},
	{"rt_mutex_trylock", HU_LOCK_TRY, WR, HU_LOCK_RT, TRY},
	{"rt_mutex_unlock", HU_LOCK_RELEASE, WR, HU_LOCK_RT, VOID},
	{"rwsem_down_read_failed", HU_LOCK_WAIT, RD, HU_LOCK_RWSEM, POINTER},
	{"rwsem_down_read_failed_killable", HU_LOCK_WAIT, RD, HU_LOCK_RWSEM, POINTER},
	{"rwsem_down_read_slowpath", HU_LOCK_WAIT, RD, HU_LOCK_RWSEM, POINTER},
	{"rwsem_down_write_failed", HU_LOCK_WAIT, WR, HU_LOCK_RWSEM, POINTER},
	{"rwsem_down_write_failed_killable", HU_LOCK_WAIT, WR, HU_LOCK_RWSEM, POINTER},
	{"rwsem_down_write_slowpath", HU_LOCK_WAIT, WR, HU_LOCK_RWSEM, POINTER},
	{"up", HU_LOCK_RELEASE, WR, HU_LOCK_SEMAPHORE, VOID},
	{"up_read", HU_LOCK_RELEASE, RD, HU_LOCK_RWSEM, VOID},
	{"up_read_non_owner", HU_LOCK_RELEASE, RD, HU_LOCK_RWSEM, VOID},
	{"up_write", HU_LOCK_RELEASE, WR, HU_LOCK_RWSEM, VOID},
	{"ww_mutex_lock", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, ERRNO},
	{"ww_mutex_lock_interruptible", HU_LOCK_ASK, WR, HU_LOCK_MUTEX, ERRNO},
	{"ww_mutex_trylock", HU_LOCK_TRY, WR, HU_LOCK_MUTEX, TRY},
	{"ww_mutex_unlock", HU_LOCK_RELEASE, WR, HU_LOCK_MUTEX, VOID},
};

static int by_name(const void *key, const void *row)
{
	const struct hu_str *name = key;
	const struct hu_lock_function *function = row;
	size_t len = strlen(function->name);
	int order = memcmp(name->at, function->name, name->len < len ? name->len : len);

	return order ? order : (name->len > len) - (name->len < len);
}

const struct hu_lock_function *hu_lock_function(struct hu_str name)
{
	return bsearch(&name, lock_functions, sizeof(lock_functions) / sizeof(lock_functions[0]),
		       sizeof(lock_functions[0]), by_name);
}

static struct hu_str without_number(struct hu_str name)
{
	size_t len = name.len;

	while (len && name.at[len - 1] >= '0' && name.at[len - 1] <= '9')
		len--;
	return len < name.len && len > 1 && name.at[len - 1] == '_'
		       ? (struct hu_str){name.at, len - 1}
		       : name;
}

/*
 * "down_write", "down_write_1", "down_write__return", "down_write__return_1": the function, or
 * nothing where the name is not of that form. The number of a second probe comes off where that
 * leaves a lock function; any other may be called so.
 */
struct hu_str hu_probe_named_function(struct hu_str event, bool at_return)
{
	static const char suffix[] = "__return";
	struct hu_str plain = without_number(event);

	if (hu_str_ends(event, suffix))
		plain = event;
	if (hu_str_ends(plain, suffix))
		return (struct hu_str){plain.at, at_return ? plain.len - strlen(suffix) : 0};
	return hu_lock_function(plain) ? plain : event;
}
