/*
 * The lines of a kernel log that name a task: hung, blocking, dumped, running. Wordings change over
 * the versions; each one here is in some kernel since 3.10.
 */
#include "ingest/kmsg_words.h"

#include <string.h>

/* kernel/hung_task.c: "INFO: task %s:%d blocked for more than %ld seconds." (since 6.19 also
 * "blocked in I/O wait for more than") */
bool hu_kmsg_hung(struct hu_str s, struct hu_kmsg_report *r)
{
	static const char *const words[] = {" blocked for more than ",
					    " blocked in I/O wait for more than "};

	for (size_t i = 0; i < 2; i++) {
		ptrdiff_t at = hu_str_find(s, words[i]);
		int32_t seconds;
		if (at < 0 || !hu_kmsg_comm_and_tid((struct hu_str){s.at, (size_t)at}, ':',
						    &r->comm, &r->tid))
			continue;
		if (hu_kmsg_leading_int(hu_str_skip(s, (size_t)at + strlen(words[i])), &seconds))
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
bool hu_kmsg_blocker(struct hu_str s, struct hu_kmsg_report *r)
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
		if (!hu_kmsg_comm_and_tid(who, ':', &r->comm, &r->tid))
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
		hu_kmsg_comm_and_tid(rest, ':', &r->blocker_comm, &r->blocker);
		return true;
	}
	return false;
}

/* kernel/sched/core.c, sched_show_task(): "task:%-15.15s state:%c stack:%-5lu pid:%-5d …" (5.9 on)
 */
bool hu_kmsg_task(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t at = hu_kmsg_find_last(s, " state:");

	if (at < 5 || (size_t)at + 8 > s.len)
		return false;
	r->what = HU_KMSG_TASK;
	r->comm = hu_str_trim((struct hu_str){s.at + 5, (size_t)at - 5});
	struct hu_str rest = hu_str_skip(s, (size_t)at + 7);
	r->state = hu_kmsg_state_of(rest.at[0]);
	r->tid = hu_kmsg_keyed_int(rest, " pid:");
	r->tgid = hu_kmsg_keyed_int(rest, " tgid:");
	r->parent = hu_kmsg_keyed_int(rest, " ppid:");
	return true;
}

/*
 * The same before 5.9: "java            D    0  1234      1 0x00000000", before 4.9 with an address
 * behind the letter: "java            D ffff88085fc94780     0  1234      1 0x00000080".
 */
bool hu_kmsg_old_task(struct hu_str s, struct hu_kmsg_report *r)
{
	struct hu_str rest = s;
	uint64_t flags, address;
	int64_t value[3];

	struct hu_str word = hu_str_last_word(&rest);
	if (!hu_str_starts(word, "0x") || word.len != 10 || !hu_str_u64(word, 16, &flags))
		return false;
	for (int i = 2; i >= 0; i--)
		if (!hu_str_i64(hu_str_last_word(&rest), &value[i]) || value[i] < 0 ||
		    value[i] > INT32_MAX)
			return false;
	word = hu_str_last_word(&rest);
	if (word.len == 16 && hu_str_u64(word, 16, &address)) {
		word = hu_str_last_word(&rest);
	} else if (hu_str_is(word, "task")) {
		if (!hu_str_is(hu_str_last_word(&rest), "running"))
			return false;
		word = hu_str_last_word(&rest);
	}
	rest = hu_str_trim(rest);
	if (word.len != 1 || !rest.len || rest.len > 15 || !hu_kmsg_state_of(word.at[0]))
		return false;
	r->what = HU_KMSG_TASK;
	r->comm = rest;
	r->state = hu_kmsg_state_of(word.at[0]);
	r->tid = (int32_t)value[1];
	r->parent = (int32_t)value[2];
	return true;
}

/* lib/dump_stack.c, dump_stack_print_info(): "CPU: %d UID: %u PID: %d Comm: %.20s %s …" */
bool hu_kmsg_context(struct hu_str s, struct hu_kmsg_report *r)
{
	ptrdiff_t comm = hu_str_find(s, " Comm: ");
	static const char *const ends[] = {" Not tainted", " Tainted: ", " Kdump: "};

	r->cpu = hu_kmsg_keyed_int(s, "CPU:");
	r->tid = hu_kmsg_keyed_int(s, " PID:");
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
