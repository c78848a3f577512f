/* How the kernel writes numbers, names and states in its messages. Asked for every line that may
 * open a report. */
#include "ingest/kmsg_words.h"

#include <string.h>

bool hu_kmsg_has(struct hu_str s, const char *needle)
{
	return hu_str_find(s, needle) >= 0;
}

/* Where `needle` begins for the last time, or -1. */
ptrdiff_t hu_kmsg_find_last(struct hu_str s, const char *needle)
{
	ptrdiff_t last = -1, at = 0;

	while ((at = hu_str_find(hu_str_skip(s, (size_t)(last + 1)), needle)) >= 0)
		last += at + 1;
	return last;
}

bool hu_kmsg_leading_int(struct hu_str s, int32_t *ret)
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
int32_t hu_kmsg_keyed_int(struct hu_str s, const char *key)
{
	ptrdiff_t at = hu_str_find(s, key);
	int32_t value;

	if (at < 0 ||
	    !hu_kmsg_leading_int(hu_str_trim(hu_str_skip(s, (size_t)at + strlen(key))), &value))
		return HU_NONE;
	return value;
}

/* "kworker/0:1:11" → comm "kworker/0:1", tid 11: names may contain the separator. */
bool hu_kmsg_comm_and_tid(struct hu_str s, char separator, struct hu_str *comm, int32_t *tid)
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

uint32_t hu_kmsg_state_of(char letter)
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
