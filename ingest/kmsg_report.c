/*
 * Which line of a kernel log opens a report, and what that line says. Wordings change over the
 * versions; each one here is in some kernel since 3.10. Asked for every line, so the first letters
 * decide quickly.
 */
#include "ingest/kmsg.h"

#include <string.h>

static bool has(struct hu_str s, const char *needle)
{
	return hu_str_find(s, needle) >= 0;
}

/* Where `needle` begins for the last time, or -1. */
static ptrdiff_t find_last(struct hu_str s, const char *needle)
{
	ptrdiff_t last = -1, at = 0;

	while ((at = hu_str_find(hu_str_skip(s, (size_t)(last + 1)), needle)) >= 0)
		last += at + 1;
	return last;
}

static bool leading_int(struct hu_str s, int32_t *ret)
{
	size_t n = 0;
	int64_t value;

	while (n < s.len && s.at[n] >= '0' && s.at[n] <= '9')
		n++;
	if (!n || n > 10 || !hu_str_i64((struct hu_str){s.at, n}, &value) || value > INT32_MAX)
		return false;
	*ret = (int32_t)value;
	return true;
}

/* The number behind `key`, blanks between allowed: "pid:  178". */
static int32_t keyed_int(struct hu_str s, const char *key)
{
	ptrdiff_t at = hu_str_find(s, key);
	int32_t value;

	if (at < 0 || !leading_int(hu_str_trim(hu_str_skip(s, (size_t)at + strlen(key))), &value))
		return HU_NONE;
	return value;
}

/* "kworker/0:1:11" → comm "kworker/0:1", tid 11: names may contain the separator. */
static bool comm_and_tid(struct hu_str s, char separator, struct hu_str *comm, int32_t *tid)
{
	size_t at = s.len;

	while (at && s.at[at - 1] != separator)
		at--;
	struct hu_str number = hu_str_skip(s, at);
	int64_t value;
	if (!at || !hu_str_i64(number, &value) || value < 0 || value > INT32_MAX)
		return false;
	*comm = (struct hu_str){s.at, at - 1};
	*tid = (int32_t)value;
	return true;
}

static uint32_t state_of(char letter)
{
	switch (letter) {
	case 'R':
		return HU_STATE_RUNNING;
	case 'S':
		return HU_STATE_SLEEPING;
	case 'D':
		return HU_STATE_UNINTERRUPTIBLE;
	case 'T':
		return HU_STATE_STOPPED;
	case 't':
		return HU_STATE_TRACED;
	case 'X':
	case 'Z':
		return HU_STATE_DEAD;
	case 'I':
		return HU_STATE_IDLE;
	case 'P':
		return HU_STATE_PARKED;
	default:
		return HU_STATE_UNKNOWN;
	}
}

/* kernel/hung_task.c: "INFO: task %s:%d blocked for more than %ld seconds." (since 6.19 also
 * "blocked in I/O wait for more than") */
static bool hung(struct hu_str s, struct hu_kmsg_report *r)
{
	static const char *const words[] = {" blocked for more than ",
					    " blocked in I/O wait for more than "};

	for (size_t i = 0; i < 2; i++) {
		ptrdiff_t at = hu_str_find(s, words[i]);
		int32_t seconds;
		if (at < 0 ||
		    !comm_and_tid((struct hu_str){s.at, (size_t)at}, ':', &r->comm, &r->tid))
			continue;
		if (leading_int(hu_str_skip(s, (size_t)at + strlen(words[i])), &seconds))
			r->blocked = seconds * HU_NS_PER_S;
		r->what = HU_KMSG_HUNG;
		r->state = HU_STATE_UNINTERRUPTIBLE; /* what the detector looks for */
		return true;
	}
	return false;
}

/* Takes " <reader>" or " <writer>" off the end. */
static uint32_t role(struct hu_str *s)
{
	if (hu_str_ends(*s, " <reader>")) {
		s->len -= 9;
		return HU_MODE_READ;
	}
	if (hu_str_ends(*s, " <writer>")) {
		s->len -= 9;
		return HU_MODE_WRITE;
	}
	return HU_MODE_UNKNOWN;
}

/*
 * kernel/hung_task.c, debug_show_blocker(): "… is blocked on a mutex likely owned by task %s:%d.",
 * "… blocked on a semaphore likely last held by task %s:%d", "… <%s> blocked on an rw-semaphore
 * likely owned by task %s:%d <%s>", and each with ", but the owner is not found."
 */
static bool blocker(struct hu_str s, struct hu_kmsg_report *r)
{
	static const struct {
		const char *words;
		uint32_t type;
	} locks[] = {
		{" blocked on a mutex", HU_LOCK_MUTEX},
		{" blocked on a semaphore", HU_LOCK_SEMAPHORE},
		{" blocked on an rw-semaphore", HU_LOCK_RWSEM},
		{" blocked on an rw_semaphore", HU_LOCK_RWSEM},
	};

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
		ptrdiff_t at = hu_str_find(s, locks[i].words);
		if (at < 0)
			continue;
		struct hu_str who = {s.at, (size_t)at};
		if (hu_str_ends(who, " is"))
			who.len -= 3;
		role(&who);
		if (!comm_and_tid(who, ':', &r->comm, &r->tid))
			return false;
		r->what = HU_KMSG_BLOCKER;
		r->lock_type = locks[i].type;
		struct hu_str rest = hu_str_skip(s, (size_t)at + strlen(locks[i].words));
		ptrdiff_t by = hu_str_find(rest, " by task ");
		if (by < 0)
			return true;
		rest = hu_str_trim(hu_str_skip(rest, (size_t)by + 9));
		if (hu_str_ends(rest, "."))
			rest.len--;
		r->blocker_mode = role(&rest);
		comm_and_tid(rest, ':', &r->blocker_comm, &r->blocker);
		return true;
	}
	return false;
}

/* kernel/sched/core.c, sched_show_task(): "task:%-15.15s state:%c stack:%-5lu pid:%-5d …" (5.9 on)
 */
static bool task(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t at = find_last(s, " state:");

	if (at < 5 || (size_t)at + 8 > s.len)
		return false;
	r->what = HU_KMSG_TASK;
	r->comm = hu_str_trim((struct hu_str){s.at + 5, (size_t)at - 5});
	struct hu_str rest = hu_str_skip(s, (size_t)at + 7);
	r->state = state_of(rest.at[0]);
	r->tid = keyed_int(rest, " pid:");
	r->tgid = keyed_int(rest, " tgid:");
	r->parent = keyed_int(rest, " ppid:");
	return true;
}

static struct hu_str last_word(struct hu_str *s)
{
	*s = hu_str_trim(*s);
	size_t from = s->len;

	while (from && s->at[from - 1] != ' ' && s->at[from - 1] != '\t')
		from--;
	struct hu_str word = hu_str_skip(*s, from);
	s->len = from;
	return word;
}

/*
 * The same before 5.9: "java            D    0  1234      1 0x00000000", before 4.9 with an address
 * behind the letter: "java            D ffff88085fc94780     0  1234      1 0x00000080".
 */
static bool old_task(struct hu_str s, struct hu_kmsg_report *r)
{
	struct hu_str rest = s;
	uint64_t flags, address;
	int64_t value[3];

	struct hu_str word = last_word(&rest);
	if (!hu_str_starts(word, "0x") || word.len != 10 || !hu_str_u64(word, 16, &flags))
		return false;
	for (int i = 2; i >= 0; i--)
		if (!hu_str_i64(last_word(&rest), &value[i]) || value[i] < 0 ||
		    value[i] > INT32_MAX)
			return false;
	word = last_word(&rest);
	if (word.len == 16 && hu_str_u64(word, 16, &address)) {
		word = last_word(&rest);
	} else if (hu_str_is(word, "task")) {
		if (!hu_str_is(last_word(&rest), "running"))
			return false;
		word = last_word(&rest);
	}
	rest = hu_str_trim(rest);
	if (word.len != 1 || !rest.len || rest.len > 15 || !state_of(word.at[0]))
		return false;
	r->what = HU_KMSG_TASK;
	r->comm = rest;
	r->state = state_of(word.at[0]);
	r->tid = (int32_t)value[1];
	r->parent = (int32_t)value[2];
	return true;
}

/* lib/dump_stack.c, dump_stack_print_info(): "CPU: %d UID: %u PID: %d Comm: %.20s %s …" */
static bool context(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t comm = hu_str_find(s, " Comm: ");
	static const char *const ends[] = {" Not tainted", " Tainted: ", " Kdump: "};

	r->cpu = keyed_int(s, "CPU:");
	r->tid = keyed_int(s, " PID:");
	if (comm < 0 || r->tid == HU_NONE)
		return false;
	struct hu_str rest = hu_str_skip(s, (size_t)comm + 7);
	size_t len = rest.len;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ptrdiff_t end = hu_str_find(rest, ends[i]);
		if (end >= 0 && (size_t)end < len)
			len = (size_t)end;
	}
	r->comm = hu_str_trim((struct hu_str){rest.at, len});
	r->what = HU_KMSG_CONTEXT;
	return true;
}

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
		if (has(s, words[i]))
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
	ptrdiff_t cpu = find_last(s, ", CPU#");
	if (hu_str_starts(s, "WARNING: CPU: ")) {
		r->cpu = keyed_int(s, "CPU:");
		r->tid = keyed_int(s, " PID:");
	} else if (cpu > 0 && has(s, " at ")) {
		struct hu_str rest = hu_str_skip(s, (size_t)cpu + 6);
		ptrdiff_t colon = hu_str_find(rest, ": ");
		leading_int(rest, &r->cpu);
		if (colon > 0)
			comm_and_tid(hu_str_skip(rest, (size_t)colon + 2), '/', &r->comm, &r->tid);
	} else if (!hu_str_starts(s, "WARNING: at ")) {
		return false;
	}
	r->what = HU_KMSG_WARNING;
	return true;
}

/* kernel/watchdog.c: "BUG: soft lockup - CPU#%d stuck for %us! [%s:%d]" */
static void soft_lockup(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t cpu = hu_str_find(s, "CPU#"), who = find_last(s, "! [");

	r->what = HU_KMSG_LOCKUP;
	r->state = HU_STATE_RUNNING;
	if (cpu >= 0)
		leading_int(hu_str_skip(s, (size_t)cpu + 4), &r->cpu);
	if (who >= 0 && hu_str_ends(s, "]")) {
		struct hu_str rest = hu_str_skip(s, (size_t)who + 3);
		rest.len--;
		comm_and_tid(rest, ':', &r->comm, &r->tid);
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
	if (leading_int(hu_str_skip(s, (size_t)stall + 29), &ms))
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
	if (has(s, "ut of memory: Kill") || hu_str_starts(s, "Killed process ")) {
		r->what = HU_KMSG_OOM_KILL;
		return;
	}
	ptrdiff_t lockup = hu_str_find(s, "BUG: soft lockup - CPU#");
	if (lockup >= 0) {
		soft_lockup(hu_str_skip(s, (size_t)lockup), r);
		return;
	}
	if (has(s, "detected hard LOCKUP on cpu")) {
		r->what = HU_KMSG_LOCKUP;
		r->state = HU_STATE_RUNNING;
		r->cpu = keyed_int(s, "LOCKUP on cpu ");
		return;
	}
	/* kernel/rcu/tree_stall.h: "rcu: INFO: %s detected stalls on CPUs/tasks:" and its kin */
	if (has(s, "INFO: rcu") &&
	    (has(s, "detected stall") || has(s, "detected expedited stall"))) {
		r->what = HU_KMSG_LOCKUP;
		return;
	}
	if (oops(s))
		r->what = HU_KMSG_OOPS_DETAIL;
	else if (s.len && s.at[0] != '<' && s.at[s.len - 1] >= '0' && s.at[s.len - 1] <= 'f')
		old_task(s, r);
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
		if (!hung(rest, &r))
			blocker(rest, &r);
	} else if (hu_str_starts(s, "task:")) {
		task(s, &r);
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
		r.what = has(s, " skipped") ? HU_KMSG_PLAIN : HU_KMSG_BACKTRACE;
		r.cpu = keyed_int(s, "for cpu ");
	} else if (hu_str_starts(s, "CPU: ")) {
		context(s, &r);
	} else if (hu_str_starts(s, "Showing all locks held in the system")) {
		r.what = HU_KMSG_LOCKS_HELD;
	} else {
		classify_by_words(s, &r);
	}
	*ret = r;
}

struct hu_str hu_kmsg_rip(struct hu_str s)
{
	const struct hu_str none = {0};

	/* 0010 is the kernel's code segment on x86-64, 0060 on 32 bit. */
	if (hu_str_starts(s, "RIP: 0010:") || hu_str_starts(s, "EIP: 0060:"))
		s = hu_str_skip(s, 10);
	else
		return none;
	if (hu_str_starts(s, "[<")) { /* before 4.9: "RIP: 0010:[<ffffffff81…>]  [<…>] symbol+…" */
		ptrdiff_t last = find_last(s, "] ");
		if (last < 0)
			return none;
		s = hu_str_trim(hu_str_skip(s, (size_t)last + 2));
	}
	ptrdiff_t plus = hu_str_find(s, "+0x");
	if (plus <= 0)
		return none;
	return (struct hu_str){s.at, (size_t)plus};
}

/* Words of the raw stack, which kernels before 4.10 print above a call trace. */
static bool stack_words(struct hu_str s)
{
	uint64_t value;
	struct hu_str word = hu_str_word(&s);

	if (word.len != 16 && word.len != 8)
		return false;
	do
		if (!hu_str_u64(word, 16, &value))
			return false;
	while ((word = hu_str_word(&s)).len);
	return true;
}

bool hu_kmsg_is_detail(struct hu_str s)
{
	static const char *const begins[] = {
		"RIP: ",	  "RSP: ",	 "RAX: ",	 "RDX: ",
		"RBP: ",	  "R10: ",	 "R13: ",	 "FS: ",
		"CS: ",		  "CR2: ",	 "DR0: ",	 "DR3: ",
		"PKRU: ",	  "Code: ",	 "EIP: ",	 "EAX: ",
		"ESI: ",	  "DS: ",	 "EFLAGS",	 "ORIG_",
		"pc : ",	  "lr : ",	 "sp : ",	 "pstate: ",
		"x29: ",	  "x26: ",	 "x23: ",	 "x20: ",
		"x17: ",	  "x14: ",	 "x11: ",	 "x8 : ",
		"x5 : ",	  "x2 : ",	 "NIP",		 "LR ",
		"MSR: ",	  "CFAR: ",	 "GPR",		 "Modules linked in:",
		"Hardware name:", "Workqueue: ", "Stack:",	 "Tainted:",
		"Not tainted ",	  "\"echo 0 >",	 "CPU: ",	 "Call Trace:",
		"Call trace:",	  "Backtrace:",	 "Sending NMI ",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(s, begins[i]))
			return true;
	return stack_words(s);
}
