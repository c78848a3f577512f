/*
 * What a printed line says, by hand-written scanning: scripts are edited by everybody, so nothing
 * here insists on one wording, one order or one separator. Lines are short; every byte is looked at
 * a bounded number of times.
 */
#include "ingest/printf_line.h"
#include "ingest/printf_scan.h"

#include <ctype.h>
#include <string.h>

enum { COMM_MAX = 15 }; /* TASK_COMM_LEN of include/linux/sched.h, less its NUL */

static const char *const duration_words[] = {
	"cost",	   "dur",   "duration", "lat",	"latency", "delta", "elapsed", "took",
	"held",	   "hold",  "holds",	"wait", "waited",  "spent", "delay",   "delays",
	"blocked", "stall", "stalled",	"time", "lasted",  NULL,
};
static const char *const stamp_words[] = {
	"ts", "start", "end", "begin", "now", "stamp", "timestamp", "at", "since", "ktime", NULL,
};
/* What a script was asked for, not what it saw. */
static const char *const limit_words[] = {
	"threshold", "min", "limit", "timeout", "interval", "period", "slower", "thresh", NULL,
};
static const char *const lock_keys[] = {
	"lock", "sem", "rwsem", "mutex", "addr", "address", "lockaddr", "lock_addr", "lockp", NULL,
};
static const char *const function_keys[] = {"func", "fn", "function", "probe", NULL};

static void add_duration(struct hu_printf_line *line, struct hu_str key, struct hu_str number,
			 int digits)
{
	hu_ns value;

	if (!hu_str_fixed(number, digits, &value) || value < 0) {
		line->absurd = true;
		return;
	}
	if (line->durations == HU_PRINTF_DURATIONS)
		return;
	line->duration[line->durations] = value;
	line->key[line->durations++] = key;
	if (key.len)
		line->keyed = true;
}

static void set_stamp(struct hu_printf_line *line, struct hu_str number, int digits, bool start)
{
	hu_ns value;

	if (line->stamp != HU_OPEN || !hu_str_fixed(number, digits, &value) || value < 0)
		return;
	line->stamp = value;
	line->stamp_is_start = start;
	/* 2001 and later in nanoseconds; no host has been up for 31 years. */
	line->epoch = value >= INT64_C(1000000000000000000);
}

static size_t digits_in(struct hu_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += hu_printf_digit(s.at[i]);
	return n;
}

/* After a key: a number with or without a unit. Returns what it took, 0 if it isn't one. */
static size_t take_quantity(struct hu_printf_line *line, struct hu_str key, struct hu_str value)
{
	size_t n = hu_printf_number_len(value), unit_len = 0;

	if (!n)
		return 0;
	struct hu_str number = {value.at, n}, rest = hu_str_skip(value, n), base;
	size_t gap = rest.len && rest.at[0] == ' ';
	int digits = hu_printf_unit(hu_str_skip(rest, gap), &unit_len),
	    by_key = hu_printf_key_unit(key, &base);
	if (digits < 0 && rest.len && !hu_printf_separator(rest))
		return 0; /* "0x12", "12abc" */
	size_t took = digits < 0 ? n : n + gap + unit_len;
	bool whole = !memchr(number.at, '.', n);

	if (hu_printf_one_of(key, limit_words) || (base.len && hu_printf_one_of(base, limit_words)))
		return took;
	if (hu_printf_one_of(key, stamp_words) ||
	    (by_key >= 0 && hu_printf_one_of(base, stamp_words))) {
		struct hu_str word = hu_printf_one_of(key, stamp_words) ? key : base;
		bool start = hu_printf_same(word, "start") || hu_printf_same(word, "begin");
		if (by_key >= 0 || digits >= 0)
			set_stamp(line, number, digits >= 0 ? digits : by_key, start);
		else if (whole && digits_in(number) >= 10)
			set_stamp(line, number, 0, start);
		return took;
	}
	if (digits >= 0) {
		add_duration(line, key, number, digits);
		return took;
	}
	/* bpftrace's own builtin is called nsecs: ten digits and more are a time since boot, fewer
	 * a difference of two. */
	if (hu_printf_same(key, "nsecs") || hu_printf_same(key, "nsec") ||
	    hu_printf_same(key, "time") || hu_printf_same(key, "time_ns")) {
		if (whole && digits_in(number) >= 10) {
			if (line->stamp == HU_OPEN) {
				set_stamp(line, number, 0, false);
				return took;
			}
			if (hu_printf_same(key, "time"))
				return took;
		}
	}
	if (by_key >= 0 && (by_key < 9 || hu_printf_one_of(base, duration_words))) {
		add_duration(line, key, number, by_key);
		return took;
	}
	if (hu_printf_one_of(key, duration_words))
		line->unitless = true;
	return took;
}

/* Where "comm=" ends: a comm may hold anything but a NUL, so this is what people put behind it. */
static size_t comm_len(struct hu_str s)
{
	static const char *const stops[] = {
		"kstack", "ustack", "stack", "took", "waited", "held",
		"for",	  "on",	    "by",    "in",   NULL,
	};
	size_t i = 0, first_blank = 0;

	if (s.len > 4 * COMM_MAX)
		s.len = 4 * COMM_MAX;
	if (s.len && (s.at[0] == '"' || s.at[0] == '\'')) {
		const char *end = memchr(s.at + 1, s.at[0], s.len - 1);
		if (end && end - s.at - 1 <= COMM_MAX)
			return (size_t)(end - s.at) + 1;
	}
	for (; i < s.len; i++) {
		struct hu_str rest = hu_str_skip(s, i);
		if (rest.at[0] == '\t' ||
		    ((unsigned char)rest.at[0] >= 0x80 && hu_printf_separator(rest)))
			break;
		if ((rest.at[0] == ',' || rest.at[0] == ';') &&
		    (rest.len == 1 || rest.at[1] == ' '))
			break;
		if (rest.at[0] == ')' && !memchr(s.at, '(', i))
			break;
		if (rest.at[0] != ' ')
			continue;
		if (!first_blank)
			first_blank = i;
		struct hu_str after = hu_str_skip(rest, 1);
		size_t n = 0, skipped;
		while (n < after.len && (hu_printf_ident(after.at[n]) || after.at[n] == '.'))
			n++;
		struct hu_str word = {after.at, n};
		if (!after.len || after.at[0] == ' ' || after.at[0] == '(' || after.at[0] == '[' ||
		    (n && n < after.len && (after.at[n] == '=' || after.at[n] == ':')) ||
		    hu_printf_one_of(word, stops) ||
		    ((skipped = hu_printf_number_len(after)) &&
		     hu_printf_unit(hu_str_skip(after, skipped), &n) >= 0))
			break;
	}
	/* Longer than a comm can be: somebody put no mark behind it. */
	if (i > COMM_MAX && first_blank && first_blank <= COMM_MAX)
		return first_blank;
	return i;
}

static struct hu_str unquote(struct hu_str s)
{
	if (s.len >= 2 && (s.at[0] == '"' || s.at[0] == '\'') && s.at[s.len - 1] == s.at[0])
		return (struct hu_str){s.at + 1, s.len - 2};
	return s;
}

static bool id(struct hu_str value, int32_t *ret)
{
	uint64_t n;

	if (!hu_str_u64(value, 10, &n) || n > 4194304) /* PID_MAX_LIMIT, include/linux/threads.h */
		return false;
	*ret = (int32_t)n;
	return true;
}

/* An address that is surely one: at least eight hex digits. */
static bool hex_address(struct hu_str s, uint64_t *ret)
{
	size_t prefix = s.len > 2 && s.at[0] == '0' && hu_printf_lower(s.at[1]) == 'x' ? 2 : 0;

	return s.len - prefix >= 8 && hu_str_u64(s, 16, ret) && *ret;
}

/* `key=value`, and for a few keys `key: value` and `key value`. Returns what it took. */
static size_t take_key(struct hu_printf_line *line, struct hu_str key, struct hu_str value)
{
	size_t n = 0;

	if (hu_printf_same(key, "comm")) {
		n = comm_len(value);
		struct hu_str comm = hu_str_trim(unquote((struct hu_str){value.at, n}));
		if (!line->comm.len)
			line->comm = comm;
		return n;
	}
	n = take_quantity(line, key, value);
	if (!n && value.len && (value.at[0] == '"' || value.at[0] == '\'')) {
		const char *end = memchr(value.at + 1, value.at[0], value.len - 1);
		n = end ? (size_t)(end - value.at) + 1 : 0;
	}
	if (!n)
		while (n < value.len && !hu_printf_separator(hu_str_skip(value, n)))
			n++;
	struct hu_str text = unquote((struct hu_str){value.at, n});
	int32_t number;
	uint64_t address;
	if ((hu_printf_same(key, "tid") || hu_printf_same(key, "tgid") ||
	     hu_printf_same(key, "pid") || hu_printf_same(key, "cpu")) &&
	    id(text, &number)) {
		if (hu_printf_same(key, "tid"))
			line->tid = number;
		else if (hu_printf_same(key, "cpu"))
			line->cpu = number;
		else
			line->pid = number;
	} else if (hu_printf_one_of(key, lock_keys)) {
		if (hex_address(text, &address))
			line->address = address;
		else if (text.len && !hu_printf_digit(text.at[0]))
			line->lock = text.at[0] == '&' ? hu_str_skip(text, 1) : text;
	} else if (hu_printf_one_of(key, function_keys) && text.len) {
		line->function = text;
	}
	return n;
}

static bool speaks_of_lock(struct hu_str label)
{
	static const char *const parts[] = {"lock", "mutex", "rwsem", "sema",	      "held",
					    "hold", "Lock",  "LOCK",  "\xe9\x94\x81", NULL};

	for (const char *const *p = parts; *p; p++)
		if (hu_str_find(label, *p) >= 0)
			return true;
	return false;
}

/* "shrinker_rwsem", "event_mutex", "mount_lock", but not "mutex_lock", which is a function. */
static bool names_a_lock(struct hu_str word)
{
	static const char *const functions[] = {"mutex_",  "spin_",   "read_", "write_",
						"raw_",	   "_raw_",   "rt_",   "ww_",
						"queued_", "native_", "down_", NULL};

	for (const char *const *f = functions; *f; f++)
		if (hu_str_starts(word, *f))
			return false;
	return hu_str_ends(word, "_rwsem") || hu_str_ends(word, "_mutex") ||
	       hu_str_ends(word, "_sem") || hu_str_ends(word, "_lock");
}

/* A word that is neither key nor number: part of the wording, unless it names something. */
static void add_word(struct hu_printf_line *line, struct hu_str word)
{
	bool letters = false, digits = false, underscore = false, identifier = true;

	while (word.len && strchr(".:!?-=*#>~", word.at[word.len - 1]))
		word.len--;
	while (word.len && strchr(".:!?-=*#>~", word.at[0]))
		word = hu_str_skip(word, 1);
	if (!word.len)
		return;
	if (hu_printf_same(word, "kstack") || hu_printf_same(word, "ustack") ||
	    hu_printf_same(word, "stack")) {
		line->stack_word = hu_printf_lower(word.at[0]);
		return;
	}
	for (size_t i = 0; i < word.len; i++) {
		letters |= isalpha((unsigned char)word.at[i]) || (unsigned char)word.at[i] >= 0x80;
		digits |= hu_printf_digit(word.at[i]);
		underscore |= word.at[i] == '_';
		identifier &= hu_printf_ident(word.at[i]);
	}
	if (!letters || (digits && !(identifier && underscore)))
		return;
	if (identifier && underscore && names_a_lock(word)) {
		line->lock = word;
		return;
	}
	if (line->label_len + word.len + 1 > HU_PRINTF_LABEL)
		return;
	if (!line->label_len && identifier && underscore)
		line->function = word;
	if (line->label_len)
		line->label[line->label_len++] = ' ';
	memcpy(line->label + line->label_len, word.at, word.len);
	line->label_len += word.len;
}

/* A token that begins with a digit: a stamp, or a duration without a key. What it took, or 0. */
static size_t take_number(struct hu_printf_line *line, struct hu_str s)
{
	size_t n = hu_printf_number_len(s), unit_len = 0;

	if (!n)
		return 0;
	struct hu_str number = {s.at, n}, rest = hu_str_skip(s, n);
	size_t gap = rest.len && rest.at[0] == ' ';
	int digits = hu_printf_unit(hu_str_skip(rest, gap), &unit_len);
	if (digits >= 0) {
		add_duration(line, (struct hu_str){0}, number, digits);
		return n + gap + unit_len;
	}
	if (rest.len && !hu_printf_separator(rest) && rest.at[0] != ':')
		return 0;
	const char *dot = memchr(number.at, '.', n);
	if (dot) {
		size_t below = n - (size_t)(dot - number.at) - 1;
		if (below == 6 || below == 9)
			set_stamp(line, number, 9, false);
	} else if (n >= 10) {
		/* Ten digits that could be seconds since 1970 just as well say nothing. */
		if (n > 10 || number.at[0] > '2' || (number.at[0] == '1' && number.at[1] < '4'))
			set_stamp(line, number, 0, false);
	}
	return n;
}

struct hu_str hu_printf_line_label(const struct hu_printf_line *line)
{
	return (struct hu_str){line->label, line->label_len};
}

void hu_printf_line_parse(struct hu_str s, struct hu_printf_line *line)
{
	*line = (struct hu_printf_line){
		.stamp = HU_OPEN, .tid = HU_NONE, .pid = HU_NONE, .cpu = HU_NONE};
	while (s.len) {
		size_t n = hu_printf_separator(s);
		if (n) {
			s = hu_str_skip(s, n);
			continue;
		}
		while (n < s.len && (hu_printf_ident(s.at[n]) || (n && s.at[n] == '.')))
			n++;
		struct hu_str key = {s.at, n}, rest = hu_str_skip(s, n);
		bool word = n && !hu_printf_digit(key.at[0]);
		if (word && rest.len > 3 && !memcmp(rest.at, " = ", 3))
			rest = hu_str_skip(rest, 1);
		if (word && rest.len > 1 && rest.at[0] == '=' && rest.at[1] != '=' &&
		    rest.at[1] != '>') {
			rest = hu_str_skip(
				rest, rest.at[1] == ' ' && rest.at - key.at > (ptrdiff_t)n ? 2 : 1);
			s = hu_str_skip(rest, take_key(line, key, rest));
			continue;
		}
		if (word && rest.len > 2 &&
		    (hu_printf_same(key, "comm") || hu_printf_same(key, "pid") ||
		     hu_printf_same(key, "tid"))) {
			bool colon = rest.at[0] == ':';
			struct hu_str value = hu_str_skip(rest, colon);
			while (value.len && value.at[0] == ' ')
				value = hu_str_skip(value, 1);
			if (value.len && (hu_printf_digit(value.at[0]) ||
					  (colon && hu_printf_same(key, "comm")))) {
				s = hu_str_skip(value, take_key(line, key, value));
				continue;
			}
		}
		n = take_number(line, s);
		if (n) {
			s = hu_str_skip(s, n);
			continue;
		}
		for (n = 0; n < s.len && !hu_printf_separator(hu_str_skip(s, n)); n++)
			;
		add_word(line, (struct hu_str){s.at, n});
		s = hu_str_skip(s, n);
	}
	line->locks = speaks_of_lock(hu_printf_line_label(line)) || line->lock.len;
}
