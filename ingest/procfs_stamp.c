/*
 * The lines between samples. Everybody's loop writes its own: `date`, `date +%s`, `date -Is`, a
 * row of equals signs, OSWatcher's "zzz ***", head's and tail's "==> … <==", a sampler's pair of
 * clocks.
 */
#include "ingest/procfs.h"

#include "ingest/walltime.h"

#include <string.h>

static struct hu_str undecorated(struct hu_str s)
{
	static const char marks[] = "=*#<>-[]_ \t";

	while (s.len && memchr(marks, *s.at, sizeof(marks) - 1))
		s = hu_str_skip(s, 1);
	while (s.len && memchr(marks, s.at[s.len - 1], sizeof(marks) - 1))
		s.len--;
	return s;
}

/* Seconds since 1970, or milli-, micro- or nanoseconds where there are more digits than seconds
 * have in our time. */
static bool epoch(struct hu_str text, hu_ns *ret)
{
	size_t digits = 0;
	int64_t value;

	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
		digits++;
	int power = digits == 10 ? 9 : digits == 13 ? 6 : digits == 16 ? 3 : digits == 19 ? 0 : -1;
	if (power < 0 || (text.len > digits && digits != 10))
		return false;
	if (!hu_str_fixed(text, power, &value))
		return false;
	*ret = value;
	return true;
}

/* What the last digit of a number of seconds is worth. */
static hu_ns step_of(struct hu_str number)
{
	hu_ns step = HU_NS_PER_S;
	bool fraction = false;

	for (size_t i = 0; i < number.len && step > 1; i++) {
		if (fraction)
			step /= 10;
		fraction |= number.at[i] == '.' || number.at[i] == ',';
	}
	return step;
}

/* "sample 3 realtime 1795309485.49 monotonic 65.21": names and numbers in turn. */
static bool named(struct hu_str text, struct hu_stamp *ret)
{
	bool any = false;

	for (;;) {
		struct hu_str key = hu_str_word(&text), number = hu_str_word(&text);
		int64_t value;

		if (!key.len)
			return any;
		if (!hu_str_fixed(number, 9, &value))
			return false;
		if (hu_str_is(key, "realtime") || hu_str_is(key, "real") || hu_str_is(key, "epoch"))
			ret->realtime = value;
		else if (hu_str_is(key, "monotonic") || hu_str_is(key, "mono"))
			ret->monotonic = value;
		else if (hu_str_is(key, "boottime") || hu_str_is(key, "boot") ||
			 hu_str_is(key, "uptime"))
			ret->boot = value;
		else if (hu_str_is(key, "sample") || hu_str_is(key, "iteration"))
			continue;
		else
			return false;
		any = true;
		if (step_of(number) > ret->step)
			ret->step = step_of(number);
	}
}

/* "62.21 118.40": /proc/uptime, whose second number is idle time. */
static bool uptime_file(struct hu_str text, hu_ns *ret)
{
	struct hu_str up = hu_str_word(&text), idle = hu_str_word(&text);
	int64_t value, other;

	if (hu_str_find(up, ".") != (ptrdiff_t)up.len - 3 ||
	    hu_str_find(idle, ".") != (ptrdiff_t)idle.len - 3 || hu_str_trim(text).len ||
	    !hu_str_fixed(up, 9, &value) || !hu_str_fixed(idle, 9, &other) || value < 0)
		return false;
	*ret = value;
	return true;
}

/* " 06:12:34 up 3 days,  2:03,  1 user,  load average: 0.52, 0.58, 0.59", or a time alone. */
static bool time_of_day(struct hu_str text, hu_ns *ret)
{
	struct hu_str time = hu_str_word(&text);

	return hu_wall_clock(time, ret) &&
	       (!hu_str_trim(text).len ||
		(hu_str_is(hu_str_word(&text), "up") && hu_str_find(text, "load average") > 0));
}

bool hu_stamp_line(struct hu_str line, struct hu_stamp *ret)
{
	static const char *const words[] = {"zzz",  "TS",   "ts",   "timestamp", "Timestamp",
					    "time", "Time", "date", "Date",	 "TIME"};
	struct hu_stamp stamp = {HU_OPEN, HU_OPEN, HU_OPEN, HU_OPEN, HU_OPEN, 0};
	struct hu_wall wall;
	int64_t value;

	if (line.len > 200)
		return false;
	struct hu_str text = undecorated(line);
	bool bare = text.len == hu_str_trim(line).len;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct hu_str rest = text, word = hu_str_word(&rest);
		if (word.len && (word.at[word.len - 1] == ':' || word.at[word.len - 1] == '='))
			word.len--;
		if (hu_str_is(word, words[i])) {
			text = undecorated(rest);
			bare = false;
			break;
		}
	}
	/* OSWatcher may append how often it looks. */
	ptrdiff_t more = hu_str_find(text, " Sample");
	if (more > 0)
		text = hu_str_trim((struct hu_str){text.at, (size_t)more});
	if (!text.len)
		return false;
	if (hu_wall_stamp(text, &wall)) {
		if (wall.clock == HU_CLOCK_REALTIME)
			stamp.realtime = wall.ns;
		else
			stamp.local = wall.ns;
	} else if (epoch(text, &value)) {
		stamp.realtime = value;
	} else if (!bare && hu_str_fixed(text, 9, &value) && value >= 0) {
		/* Too small for seconds since 1970: what /proc/uptime says. */
		stamp.boot = value;
	} else if (uptime_file(text, &value)) {
		stamp.boot = value;
	} else if (time_of_day(text, &value)) {
		stamp.day = value;
	} else if (!named(text, &stamp)) {
		return false;
	}
	*ret = stamp;
	return true;
}
