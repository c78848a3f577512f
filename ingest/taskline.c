/*
 * Lines by which people say whose stack follows. Everybody's script writes its own, so the words
 * are weighed, and what is not understood says nothing. Once per stack.
 */
#include "ingest/taskline.h"

#include <string.h>

/* A number that can be a task's. */
static bool tid_of(struct hu_str word, int32_t *ret)
{
	int64_t value;

	if (!word.len || word.at[0] == '-' || !hu_str_i64(word, &value) || value < 1 ||
	    value > 4194304) /* PID_MAX_LIMIT, include/linux/threads.h */
		return false;
	*ret = (int32_t)value;
	return true;
}

static struct hu_str strip(struct hu_str word)
{
	while (word.len && strchr("([<{=:,.#", word.at[0]))
		word = hu_str_skip(word, 1);
	while (word.len && strchr(")]>}=:,", word.at[word.len - 1]))
		word.len--;
	return word;
}

static bool is_key(struct hu_str word, const char *const *keys)
{
	for (; *keys; keys++)
		if (word.len == strlen(*keys) && !strncasecmp(word.at, *keys, word.len))
			return true;
	return false;
}

static const char *const tid_keys[] = {"pid", "tid", "task", "process", "thread", NULL};
static const char *const comm_keys[] = {"comm", "name", "cmd", "command", NULL};
static const char *const state_keys[] = {"state", "stat", "s", NULL};

/* "/proc/178/stack", "/proc/178/task/179/stack" anywhere in the line */
void hu_taskline_path(struct hu_str line, int32_t *tid)
{
	ptrdiff_t at = hu_str_find(line, "proc/");

	if (at < 0)
		return;
	struct hu_str rest = hu_str_skip(line, (size_t)at + 5);
	struct hu_str pid = hu_str_split(&rest, '/');
	tid_of(pid, tid);
	if (hu_str_starts(rest, "task/")) {
		rest = hu_str_skip(rest, 5);
		tid_of(hu_str_split(&rest, '/'), tid);
	}
}

uint32_t hu_taskline_state(struct hu_str word)
{
	static const struct {
		char letter;
		uint32_t state;
	} states[] = {
		{'D', HU_STATE_UNINTERRUPTIBLE}, {'S', HU_STATE_SLEEPING},
		{'R', HU_STATE_RUNNING},	 {'I', HU_STATE_IDLE},
		{'T', HU_STATE_STOPPED},	 {'t', HU_STATE_TRACED},
	};

	for (size_t i = 0; word.len && i < sizeof(states) / sizeof(states[0]); i++)
		if (word.at[0] == states[i].letter)
			return states[i].state;
	return HU_STATE_UNKNOWN;
}

/*
 * What a line above a stack says of its task: "== 28143908985 backupd pid 228 wchan x", "PID: 228
 * COMM: backupd", "Name:	backupd", "==> /proc/228/stack <==", "228 backupd", "228 (backupd)
 * D", "backupd-228". A word that is not understood says nothing.
 */
void hu_taskline(struct hu_str line, struct hu_taskline *ret)
{
	int32_t tid = HU_NONE;
	struct hu_str comm = {0}, before = {0}, rest = line, word;
	bool want_tid = false, by_id = false, want_comm = false, want_state = false;

	*ret = (struct hu_taskline){.tid = HU_NONE, .state = HU_STATE_UNKNOWN};
	hu_taskline_path(line, &tid);
	ret->tid = tid;
	struct hu_str first = hu_str_word(&rest), key_of = strip(first);
	if (hu_str_ends(first, ":") && !is_key(key_of, tid_keys) && !is_key(key_of, comm_keys) &&
	    !is_key(key_of, state_keys))
		return; /* "PPid:	1" and its like */
	rest = line;
	while ((word = hu_str_word(&rest)).len) {
		struct hu_str equals = word, key = hu_str_split(&equals, '=');
		if (equals.len && key.len) { /* pid=228 */
			int32_t value;
			struct hu_str k = strip(key);
			if (is_key(k, tid_keys) && tid_of(strip(equals), &value))
				tid = value;
			else if (is_key(k, comm_keys))
				comm = strip(equals);
			else if (is_key(k, state_keys))
				ret->state = hu_taskline_state(strip(equals));
			continue;
		}
		struct hu_str plain = strip(word);
		if (want_comm) {
			comm = plain;
		} else if (want_state) {
			ret->state = hu_taskline_state(plain);
		} else if (want_tid && tid_of(plain, &tid)) {
			int32_t number;
			if (!comm.len && before.len && by_id && !tid_of(before, &number))
				comm = before; /* "backupd pid 228" */
		} else if (tid == HU_NONE && !is_key(plain, tid_keys)) {
			tid_of(plain, &tid);
		}
		want_tid = is_key(plain, tid_keys);
		by_id = want_tid && plain.len == 3; /* not "Stack of task 228" */
		want_comm = is_key(plain, comm_keys);
		want_state = is_key(plain, state_keys);
		int32_t number;
		bool names = !want_tid && !want_comm && !want_state && plain.len &&
			     hu_str_find(plain, "proc/") < 0 && !hu_str_is(plain, "stack") &&
			     !hu_str_is(plain, "wchan");
		if (names && !tid_of(plain, &number)) {
			int64_t big; /* a stamp */
			if (!hu_str_fixed(plain, 0, &big))
				before = plain;
			/* "228 backupd", "228 (backupd)" */
			if (!comm.len && tid != HU_NONE && before.len && before.at == plain.at &&
			    hu_str_find(line, "pid") < 0)
				comm = plain;
		}
	}
	if (!comm.len && before.len && tid == HU_NONE) { /* "backupd-228", "kworker/0:1:11" */
		size_t at = before.len;
		while (at && before.at[at - 1] != '-' && before.at[at - 1] != ':')
			at--;
		if (at > 1 && tid_of(hu_str_skip(before, at), &tid))
			comm = (struct hu_str){before.at, at - 1};
	} else if (!comm.len && tid != HU_NONE && before.len && hu_str_find(line, "proc/") < 0) {
		comm = before; /* "backupd 228" */
	}
	ret->tid = tid;
	ret->comm = comm;
}
