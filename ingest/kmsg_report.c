/*
 * Which line of a kernel log opens a report, and what that line says. Wordings change over the
 * versions; each one here is in some kernel since 3.10. Asked for every line, so the first letters
 * decide quickly.
 */
#include "ingest/kmsg_words.h"

#include <string.h>

/* kernel/locking/lockdep.c; before 4.10 in "[ INFO: … ]". */
static bool lockdep(struct hu_str s)
{
	static const char *const words[] = {
		"circular locking dependency detected",
		"recursive locking detected",
		"irq lock inversion dependency detected",
		"inconsistent lock state",
		"lock order detected",
		"bad unlock balance detected",
		"bad contention detected",
		"held lock freed",
		"still has locks held",
		"lock held when returning to user space",
		"Nested lock was not taken",
		"Invalid wait context",
		"suspicious RCU usage",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hu_kmsg_has(s, words[i]))
			return true;
	return false;
}

/*
 * kernel/panic.c, __warn(): "WARNING: CPU: %d PID: %d at %s:%d %pS"; since 6.19 "WARNING: %s:%d at
 * %pS, CPU#%d: %s/%d". Drivers print "WARNING: " too, and open nothing with it.
 */
static bool warning(struct hu_str s, struct hu_kmsg_report *r)
{
	if (lockdep(s)) {
		r->what = HU_KMSG_LOCKDEP;
		return true;
	}
	ptrdiff_t cpu = hu_kmsg_find_last(s, ", CPU#");
	if (hu_str_starts(s, "WARNING: CPU: ")) {
		r->cpu = hu_kmsg_keyed_int(s, "CPU:");
		r->tid = hu_kmsg_keyed_int(s, " PID:");
	} else if (cpu > 0 && hu_kmsg_has(s, " at ")) {
		struct hu_str rest = hu_str_skip(s, (size_t)cpu + 6);
		ptrdiff_t colon = hu_str_find(rest, ": ");
		hu_kmsg_leading_int(rest, &r->cpu);
		if (colon > 0)
			hu_kmsg_comm_and_tid(hu_str_skip(rest, (size_t)colon + 2), '/', &r->comm,
					     &r->tid);
	} else if (!hu_str_starts(s, "WARNING: at ")) {
		return false;
	}
	r->what = HU_KMSG_WARNING;
	return true;
}

/* kernel/watchdog.c: "BUG: soft lockup - CPU#%d stuck for %us! [%s:%d]" */
static void soft_lockup(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t cpu = hu_str_find(s, "CPU#"), who = hu_kmsg_find_last(s, "! [");

	r->what = HU_KMSG_LOCKUP;
	r->state = HU_STATE_RUNNING;
	if (cpu >= 0)
		hu_kmsg_leading_int(hu_str_skip(s, (size_t)cpu + 4), &r->cpu);
	if (who >= 0 && hu_str_ends(s, "]")) {
		struct hu_str rest = hu_str_skip(s, (size_t)who + 3);
		rest.len--;
		hu_kmsg_comm_and_tid(rest, ':', &r->comm, &r->tid);
	}
}

/* "comm: page allocation failure: order:0, mode:…"; 3.10 has a full stop behind "failure". */
static bool allocation(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t fail = hu_str_find(s, ": page allocation failure");
	ptrdiff_t stall = hu_str_find(s, ": page allocation stalls for ");
	int32_t ms;

	if (fail > 0) {
		r->what = HU_KMSG_ALLOC_FAIL;
		r->comm = (struct hu_str){s.at, (size_t)fail};
		return true;
	}
	if (stall <= 0)
		return false;
	r->what = HU_KMSG_ALLOC_STALL;
	r->comm = (struct hu_str){s.at, (size_t)stall};
	if (hu_kmsg_leading_int(hu_str_skip(s, (size_t)stall + 29), &ms))
		r->blocked = ms * HU_NS_PER_MS;
	return true;
}

/* What can follow the first line of an oops, or be the first itself where that is lost. */
static bool oops(struct hu_str s)
{
	static const char *const begins[] = {
		"Oops: ",
		"Oops[",
		"Internal error: ",
		"general protection fault",
		"invalid opcode: ",
		"divide error: ",
		"stack segment: ",
		"double fault: ",
		"kernel BUG at ",
		"Kernel BUG at ",
		"Unable to handle kernel ",
		"Kernel panic - not syncing: ",
		"kernel tried to execute ",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(s, begins[i]))
			return true;
	return false;
}

/* drivers/tty/sysrq.c, showacpu(): "CPU1:", where there is no NMI to ask that CPU with. */
static void showacpu(struct hu_str s, struct hu_kmsg_report *r)
{
	struct hu_str number = {s.at + 3, s.len - 4};
	int64_t cpu;

	if (s.len < 5 || s.len > 9 || !hu_str_i64(number, &cpu) || cpu < 0)
		return;
	r->what = HU_KMSG_BACKTRACE;
	r->cpu = (int32_t)cpu;
}

/* kernel/locking/lockdep.c, lockdep_print_held_locks(): "%d lock%s held by %s/%d:", later with a
 * CPU behind it. */
static void held(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t one = hu_str_find(s, " lock held by "), more = hu_str_find(s, " locks held by ");
	struct hu_str who = hu_str_skip(s, (size_t)(one > 0 ? one + 14 : more + 15));
	ptrdiff_t end = hu_kmsg_find_last(who, ":");

	if ((one <= 0 && more <= 0) || end <= 0)
		return;
	ptrdiff_t comma = hu_str_find(who, ", last CPU#");
	who.len = (size_t)(comma > 0 ? comma : end);
	if (hu_kmsg_comm_and_tid(who, '/', &r->comm, &r->tid))
		r->what = HU_KMSG_HELD;
}

static void classify_by_words(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t oom = hu_str_find(s, " invoked oom-killer: ");

	if (oom > 0) {
		r->what = HU_KMSG_OOM;
		r->comm = (struct hu_str){s.at, (size_t)oom};
		return;
	}
	if (allocation(s, r))
		return;
	if (hu_kmsg_has(s, "ut of memory: Kill") || hu_str_starts(s, "Killed process ")) {
		r->what = HU_KMSG_OOM_KILL;
		return;
	}
	ptrdiff_t lockup = hu_str_find(s, "BUG: soft lockup - CPU#");
	if (lockup >= 0) {
		soft_lockup(hu_str_skip(s, (size_t)lockup), r);
		return;
	}
	if (hu_kmsg_has(s, "detected hard LOCKUP on cpu")) {
		r->what = HU_KMSG_LOCKUP;
		r->state = HU_STATE_RUNNING;
		r->cpu = hu_kmsg_keyed_int(s, "LOCKUP on cpu ");
		return;
	}
	/* kernel/rcu/tree_stall.h: "rcu: INFO: %s detected stalls on CPUs/tasks:" and its kin */
	if (hu_kmsg_has(s, "INFO: rcu") &&
	    (hu_kmsg_has(s, "detected stall") || hu_kmsg_has(s, "detected expedited stall"))) {
		r->what = HU_KMSG_LOCKUP;
		return;
	}
	if (oops(s))
		r->what = HU_KMSG_OOPS_DETAIL;
	else if (s.len && s.at[0] != '<' && s.at[s.len - 1] >= '0' && s.at[s.len - 1] <= 'f')
		hu_kmsg_old_task(s, r);
}

void hu_kmsg_classify(struct hu_str s, struct hu_kmsg_report *ret)
{
	struct hu_kmsg_report r = {
		.tid = HU_NONE,
		.tgid = HU_NONE,
		.parent = HU_NONE,
		.cpu = HU_NONE,
		.blocker = HU_NONE,
	};

	if (hu_str_starts(s, "INFO: task ")) {
		struct hu_str rest = hu_str_skip(s, 11);
		if (!hu_kmsg_hung(rest, &r))
			hu_kmsg_blocker(rest, &r);
	} else if (hu_str_starts(s, "task:")) {
		hu_kmsg_task(s, &r);
	} else if (hu_str_starts(s, "------------[ cut here ]")) {
		r.what = HU_KMSG_CUT_HERE;
	} else if (hu_str_starts(s, "WARNING: ")) {
		warning(s, &r);
	} else if (hu_str_starts(s, "[ INFO: ")) {
		r.what = lockdep(s) ? HU_KMSG_LOCKDEP : HU_KMSG_PLAIN;
	} else if (hu_str_starts(s, "BUG: soft lockup")) {
		soft_lockup(s, &r);
	} else if (hu_str_starts(s, "BUG: workqueue lockup")) {
		r.what = HU_KMSG_LOCKUP;
	} else if (hu_str_starts(s, "BUG: ")) {
		r.what = HU_KMSG_WARNING;
	} else if (hu_str_starts(s, "NMI backtrace for cpu ")) {
		r.what = hu_kmsg_has(s, " skipped") ? HU_KMSG_PLAIN : HU_KMSG_BACKTRACE;
		r.cpu = hu_kmsg_keyed_int(s, "for cpu ");
	} else if (hu_str_starts(s, "CPU: ")) {
		hu_kmsg_context(s, &r);
	} else if (hu_str_starts(s, "Showing all locks held in the system")) {
		r.what = HU_KMSG_LOCKS_HELD;
	} else if (hu_str_starts(s, "Showing busy workqueues and worker pools")) {
		r.what = HU_KMSG_QUEUES;
	} else if (hu_str_is(s, "Mem-Info:")) {
		r.what = HU_KMSG_MEMORY;
	} else if (hu_str_starts(s, "sysrq: ") || hu_str_starts(s, "SysRq : ")) {
		r.what = HU_KMSG_SYSRQ;
	} else if (hu_str_starts(s, "CPU") && hu_str_ends(s, ":")) {
		showacpu(s, &r);
	} else if (s.len && s.at[0] >= '0' && s.at[0] <= '9') {
		held(s, &r);
	} else {
		classify_by_words(s, &r);
	}
	*ret = r;
}
