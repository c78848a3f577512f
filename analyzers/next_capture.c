/*
 * What to capture next: for a cause that the capture leaves open, the commands that would decide
 * it. Of the capture kit, which checks what a kernel has, of plain trace-cmd, and of bpftrace; each
 * with what it would tell. The functions to probe are those of kernel-facts 1.1 to 1.5.
 */
#include "analyzers/conclude.h"

#include <ctype.h>
#include <string.h>

/*
 * Locks that are variables of the kernel, so that kallsyms has their address: `--lock NAME` works.
 * Fields of structs (s_umount, i_rwsem, mmap_lock) have none. By the definition of each in
 * torvalds/linux: mm/shrinker.c and mm/vmscan.c, fs/namespace.c, net/core/rtnetlink.c and
 * net_namespace.c, kernel/cgroup/cgroup.c, mm/percpu.c, drivers/block/loop.c,
 * kernel/trace/trace_events.c, mm/slab_common.c, mm/ksm.c.
 */
static bool is_variable(const char *lock)
{
	static const char *const names[] = {
		"shrinker_rwsem", "shrinker_mutex",   "namespace_sem",
		"rtnl_mutex",	  "cgroup_mutex",     "pernet_ops_rwsem",
		"net_rwsem",	  "pcpu_alloc_mutex", "loop_ctl_mutex",
		"event_mutex",	  "slab_mutex",	      "ksm_thread_mutex",
		"css_set_lock",	  "memcg_max_mutex",  NULL};

	for (const char *const *n = names; *n; n++)
		if (!strcmp(lock, *n))
			return true;
	return false;
}

/* The system call that an operation was; NULL: not one (a function, a hung task). */
static const char *call_of(const struct hu_conclusion *c, const struct hu_cause *cause, size_t i)
{
	const char *name = i < cause->ops.count ? c->m->ops.at[cause->ops.at[i]].name : NULL;

	if (!name || !*name)
		return NULL;
	for (const char *p = name; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '_')
			return NULL;
	return name;
}

/* What the kit waits for, with its blank in front: nothing where the condition would be a guess. */
static void put_trigger(struct hu_out *to, const struct hu_conclusion *c, const char *call)
{
	int64_t ms = c->m->options.threshold / HU_NS_PER_MS;

	if (call)
		hu_out_printf(to, " --when op=%s:%lldms", call, (long long)(ms ? ms : 1));
	else
		hu_out_puts(to, " --when hung");
}

/* " -e syscalls:sys_enter_umount -e syscalls:sys_exit_umount", for each kind of call that stalled.
 */
static void put_calls(struct hu_out *to, const struct hu_conclusion *c,
		      const struct hu_cause *cause)
{
	const char *told[4];
	size_t count = 0;

	for (size_t i = 0; i < cause->ops.count && count < 4; i++) {
		const char *call = call_of(c, cause, i);
		bool before = !call;
		for (size_t k = 0; k < count && !before; k++)
			before = !strcmp(told[k], call);
		if (before)
			continue;
		told[count++] = call;
		hu_out_printf(to, " -e syscalls:sys_enter_%s -e syscalls:sys_exit_%s", call, call);
	}
}

static void kit_for_lock(struct hu_conclusion *c, const struct hu_cause *cause, const char *call)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	const char *lock = cause->part.lock.name;
	bool mounts = lock && (!strncmp(lock, "shrinker_", 9) || !strcmp(lock, "namespace_sem"));
	bool variable = lock && is_variable(lock);

	hu_out_printf(&text, "`holdup-capture -p %s", mounts ? "mounts" : "locks");
	if (variable && !mounts)
		hu_out_printf(&text, " --lock %s%s", lock,
			      cause->part.type == HU_LOCK_MUTEX ? ":mutex" : "");
	put_trigger(&text, c, call);
	hu_out_puts(&text,
		    "` (the capture kit): waits for the next one, and saves the seconds before "
		    "it with ");
	hu_out_puts(&text, variable
				   ? "the lock's acquires and releases, by its address."
				   : "who waited where, and on 7.1 and later who released the lock "
				     "(`lock:contended_release`).");
	hu_add_note(c, cause->id, "next_capture", text.at);
}

static void tracecmd_for_lock(struct hu_conclusion *c, const struct hu_cause *cause)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_puts(&text, "`trace-cmd record -C mono -e sched:sched_switch -R stacktrace -e lock");
	put_calls(&text, c, cause);
	hu_out_puts(&text, "`, with kprobes on ");
	if (cause->part.type == HU_LOCK_MUTEX)
		hu_out_puts(&text, "`mutex_lock` and `mutex_unlock` that record the lock's address "
				   "(`%di` on x86): shows who had it, and when it was released.");
	else
		hu_out_puts(&text,
			    "`down_read_trylock`, `down_read`, `up_read`, `down_write` and "
			    "`up_write` that record the lock's address (`%di` on x86) and a "
			    "kretprobe on `down_read_trylock` that records `$retval`: shows who "
			    "got the lock, and when it was released.");
	hu_add_note(c, cause->id, "next_capture", text.at);
}

static void bpftrace_for_lock(struct hu_conclusion *c, const struct hu_cause *cause)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	const char *lock = cause->part.lock.name;

	if (!lock || !is_variable(lock) || cause->part.type == HU_LOCK_MUTEX)
		return;
	hu_out_printf(&text,
		      "`sed 's/LOCK/%s/; s/SECONDS/60/' holders-btf.bt >h.bt && bpftrace h.bt` "
		      "(holders-btf.bt comes with the kit): prints each hold that is over, with "
		      "whether its trylock succeeded.",
		      lock);
	hu_add_note(c, cause->id, "next_capture", text.at);
}

static void for_sleep(struct hu_conclusion *c, const struct hu_cause *cause, const char *call)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_puts(&text, "`holdup-capture -p locks");
	put_trigger(&text, c, call);
	hu_out_puts(&text,
		    "` (the capture kit), or `trace-cmd record -C mono -e sched:sched_switch "
		    "-R 'stacktrace if prev_state == 2'");
	put_calls(&text, c, cause);
	hu_out_puts(&text, "`: the stack of each sleep says what it waits for.");
	hu_add_note(c, cause->id, "next_capture", text.at);
}

void hu_conclude_next_capture(struct hu_conclusion *c, const struct hu_cause *cause)
{
	bool proven = cause->holders.count && !cause->holders.at[0].fellow &&
		      cause->holders.at[0].how <= HU_RECORDED_OWNER;
	const char *call = call_of(c, cause, 0);

	if (cause->part.kind == HU_PART_LOCK && !proven) {
		kit_for_lock(c, cause, call);
		tracecmd_for_lock(c, cause);
		bpftrace_for_lock(c, cause);
	} else if (hu_part_nameless(&cause->part)) {
		for_sleep(c, cause, call);
	} else if (cause->part.kind == HU_PART_SLEEP && cause->part.why == HU_WHY_GRACE_PERIOD) {
		hu_add_note(c, cause->id, "next_capture",
			    "`trace-cmd record -C mono -e rcu -e sched:sched_switch -e "
			    "timer:hrtimer_expire_entry`: shows which CPU held up the grace "
			    "period, and what ran there.");
	}
}
