/*
 * The line forms of ftrace text: what the kernel prints (kernel/trace/trace_output.c,
 * trace_print_context(), trace_print_lat_context()), and what trace-cmd report makes of records
 * (libtraceevent's tep_print_event()).
 *
 * A task's name may hold anything, so a head is not read from the left: it is the first place where
 * a dash, a pid, a CPU, a stamp and a colon follow each other.
 */
#include "ingest/ftext_line.h"

#include <string.h>

enum { HEAD_MAX = 256 }; /* a name of 16 bytes, padding, and what stands in front of the stamp */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static void blanks(struct hu_str *s)
{
	while (s->len && (*s->at == ' ' || *s->at == '\t'))
		*s = hu_str_skip(*s, 1);
}

/* Digits off the front; false if there are none, or more than fit. */
static bool take_number(struct hu_str *s, uint64_t *ret)
{
	size_t n = 0;
	uint64_t value = 0;

	while (n < s->len && n < 19 && digit(s->at[n]))
		value = value * 10 + (uint64_t)(s->at[n++] - '0');
	if (!n || (n < s->len && digit(s->at[n])))
		return false;
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

static bool take_i32(struct hu_str *s, int32_t *ret)
{
	uint64_t value;

	if (!take_number(s, &value) || value > INT32_MAX)
		return false;
	*ret = (int32_t)value;
	return true;
}

static struct hu_str take_word(struct hu_str *s)
{
	size_t n = 0;

	while (n < s->len && s->at[n] != ' ' && s->at[n] != '\t')
		n++;
	struct hu_str word = {s->at, n};
	*s = hu_str_skip(*s, n);
	return word;
}

/*
 * trace_print_lat_fmt(): irqs off, need resched, interrupt, preemption depth, and since 5.16 what
 * migrate_disable() has; TRACE_FLAG_* in include/linux/trace_events.h.
 */
uint32_t hu_ftext_context(struct hu_str flags)
{
	if (flags.len < 3 || flags.len > 8)
		return HU_CTX_UNKNOWN;
	if (!strchr("dDXbB.", flags.at[0]) || !strchr("NnpPBbLlT.?", flags.at[1]))
		return HU_CTX_UNKNOWN;
	for (size_t i = 3; i < flags.len; i++)
		if (!digit(flags.at[i]) && flags.at[i] != '.' &&
		    !(flags.at[i] >= 'a' && flags.at[i] <= 'f'))
			return HU_CTX_UNKNOWN;
	switch (flags.at[2]) {
	case 'Z':
	case 'z':
		return HU_CTX_NMI;
	case 'H':
	case 'h':
		return HU_CTX_HARDIRQ;
	case 's':
		return HU_CTX_SOFTIRQ;
	case '.':
		return HU_CTX_TASK;
	default:
		return HU_CTX_UNKNOWN;
	}
}

/* "-0x29" of trace-cmd report -R: the flags as they are in the record */
static uint32_t raw_context(struct hu_str word)
{
	uint64_t flags;

	if (!hu_str_u64(word, 16, &flags))
		return HU_CTX_UNKNOWN;
	if (flags & 0x40)
		return HU_CTX_NMI;
	if (flags & 0x08)
		return HU_CTX_HARDIRQ;
	return flags & 0x10 ? HU_CTX_SOFTIRQ : HU_CTX_TASK;
}

/* "70.081809:", "19340475715:", "12us+:"; leaves what is behind the colon. */
static bool take_time(struct hu_str *s, struct hu_ftext_line *ret)
{
	struct hu_str left = *s;
	uint64_t whole, part = 0;
	int64_t ns;

	if (!take_number(&left, &whole))
		return false;
	enum hu_ftext_time form = HU_FTEXT_UNITS;
	if (left.len > 1 && left.at[0] == '.' && digit(left.at[1])) {
		size_t digits = 0;
		left = hu_str_skip(left, 1);
		while (left.len && digit(*left.at)) {
			if (digits++ < 9)
				part = part * 10 + (uint64_t)(*left.at - '0');
			left = hu_str_skip(left, 1);
		}
		for (; digits < 9; digits++)
			part *= 10;
		if (__builtin_mul_overflow((int64_t)whole, HU_NS_PER_S, &ns) ||
		    __builtin_add_overflow(ns, (int64_t)part, &ns))
			return false;
		form = HU_FTEXT_SECONDS;
	} else if (hu_str_starts(left, "us")) {
		left = hu_str_skip(left, 2);
		if (left.len && *left.at != ':') /* a mark for how long it took */
			left = hu_str_skip(left, 1);
		if (__builtin_mul_overflow((int64_t)whole, HU_NS_PER_US, &ns))
			return false;
		form = HU_FTEXT_RELATIVE;
	} else {
		ns = (int64_t)whole;
	}
	blanks(&left); /* "12us : " */
	if (!left.len || *left.at != ':' || ns == HU_OPEN)
		return false;
	*s = hu_str_skip(left, 1);
	ret->ts = ns;
	ret->time = form;
	return true;
}

/* "(-------) ", "(   1684) " */
static bool take_tgid(struct hu_str *s, int32_t *ret)
{
	struct hu_str left = hu_str_skip(*s, 1), none;
	int32_t tgid = HU_NONE;

	blanks(&left);
	none = take_word(&left);
	if (hu_str_starts(none, "-") && hu_str_ends(none, ")")) {
		*s = left;
		return true;
	}
	if (none.len < 2 || none.at[none.len - 1] != ')')
		return false;
	none.len--;
	if (!take_i32(&none, &tgid) || none.len)
		return false;
	*s = left;
	*ret = tgid;
	return true;
}

/* Behind "comm-pid": "[001] d..2.   70.081809:", "1d..2.   70.081809:" */
static bool take_place(struct hu_str *s, struct hu_ftext_line *ret)
{
	struct hu_str left = *s;

	ret->tgid = HU_NONE;
	ret->context = HU_CTX_UNKNOWN;
	ret->comm_cut = false;
	blanks(&left);
	if (left.len && *left.at == '(') {
		if (!take_tgid(&left, &ret->tgid))
			return false;
		blanks(&left);
	}
	if (!left.len)
		return false;
	if (*left.at == '[') {
		left = hu_str_skip(left, 1);
		blanks(&left);
		if (!take_i32(&left, &ret->cpu) || !left.len || *left.at != ']')
			return false;
		left = hu_str_skip(left, 1);
		if (hu_str_starts(left, "-0x")) {
			struct hu_str flags = take_word(&left);
			ret->context = raw_context(hu_str_skip(flags, 1));
		}
		blanks(&left);
		if (left.len && !digit(*left.at))
			ret->context = hu_ftext_context(take_word(&left));
	} else {
		if (!take_i32(&left, &ret->cpu))
			return false;
		struct hu_str flags = take_word(&left);
		ret->context = hu_ftext_context(flags);
		if (flags.len < 3 || ret->context == HU_CTX_UNKNOWN)
			return false;
		ret->comm_cut = true;
	}
	blanks(&left);
	if (!take_time(&left, ret))
		return false;
	*s = left;
	return true;
}

/*
 * What stands in front of the dash: the name, right-aligned, and perhaps the buffer that the line
 * is from ("second:               dd-231"). A name has its own field of 16, so what is left of a
 * colon is a buffer only if the field behind it is as wide as one.
 */
static void take_name(struct hu_str text, struct hu_ftext_line *ret)
{
	size_t width = ret->comm_cut ? 8 : 16;
	struct hu_str left = text;

	ret->buffer = (struct hu_str){NULL, 0};
	blanks(&left);
	const char *colon = left.len ? memchr(left.at, ':', left.len) : NULL;
	if (colon && left.len > (size_t)(colon - left.at) + 1 && colon[1] == ' ') {
		struct hu_str name = {left.at, (size_t)(colon - left.at)};
		struct hu_str field = hu_str_skip(left, name.len + 2);
		if (name.len && !memchr(name.at, ' ', name.len) && field.len >= width) {
			ret->buffer = name;
			left = field;
		}
	}
	ret->comm = hu_str_trim(left);
	if (hu_str_is(ret->comm, "<...>") || hu_str_is(ret->comm, "<XXX>") ||
	    hu_str_is(ret->comm, "<idle>"))
		ret->comm.len = 0;
	if (ret->comm_cut && ret->comm.len < 8)
		ret->comm_cut = false;
}

/*
 * latency-format with verbose: "%16s %7d %3d %d %08x %08lx [%08llx] %ld.%03ldms (+%ld.%03ldms): ",
 * name, pid, CPU, flags, preemption depth, number, stamp in microseconds, and since the first.
 */
static bool verbose_head(struct hu_str text, struct hu_ftext_line *ret)
{
	ptrdiff_t open = hu_str_find(text, " [");
	uint64_t stamp, flags;

	if (open < 40 || hu_str_find(text, "ms (+") < 0)
		return false;
	struct hu_str left = hu_str_skip(text, (size_t)open + 2);
	struct hu_str hex = hu_str_split(&left, ']');
	ptrdiff_t end = hu_str_find(left, "ms): ");
	if (end < 0 || end > 80 || !hu_str_u64(hex, 16, &stamp) || stamp > INT64_MAX / 1000)
		return false;
	left = hu_str_skip(left, (size_t)end + 5);
	/* From the right: five words, and what is left is the name. */
	struct hu_str head = {text.at, (size_t)open}, word[5];
	for (size_t i = 5; i-- > 0;) {
		while (head.len && head.at[head.len - 1] == ' ')
			head.len--;
		size_t begin = head.len;
		while (begin && head.at[begin - 1] != ' ')
			begin--;
		word[i] = hu_str_skip(head, begin);
		head.len = begin;
	}
	if (!take_i32(&word[0], &ret->tid) || word[0].len || !take_i32(&word[1], &ret->cpu) ||
	    word[1].len || !hu_str_u64(word[2], 10, &flags) || word[3].len != 8 || word[4].len < 8)
		return false;
	ret->context = flags & 0x40   ? HU_CTX_NMI
		       : flags & 0x08 ? HU_CTX_HARDIRQ
		       : flags & 0x10 ? HU_CTX_SOFTIRQ
				      : HU_CTX_TASK;
	ret->tgid = HU_NONE;
	ret->comm_cut = false;
	ret->ts = (hu_ns)stamp * HU_NS_PER_US;
	ret->time = HU_FTEXT_SECONDS;
	ret->rest = left;
	take_name(head, ret);
	return true;
}

bool hu_ftext_head(struct hu_str text, struct hu_ftext_line *ret)
{
	size_t end = text.len < HEAD_MAX ? text.len : HEAD_MAX;

	for (size_t i = 0; i + 1 < end; i++) {
		if (text.at[i] != '-')
			continue;
		struct hu_str left = hu_str_skip(text, i + 1);
		bool negative = left.len > 1 && *left.at == '-' && digit(left.at[1]);
		if (negative) /* "<XXX>--1" */
			left = hu_str_skip(left, 1);
		if (!left.len || !digit(*left.at) || !take_i32(&left, &ret->tid) || !left.len ||
		    *left.at != ' ' || !take_place(&left, ret))
			continue;
		if (negative)
			ret->tid = HU_NONE;
		ret->rest = left;
		take_name((struct hu_str){text.at, i}, ret);
		return true;
	}
	return verbose_head(text, ret);
}

/* The event. */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '_' ||
	       c == '.' || c == '+' || c == '/' || c == '-';
}

static bool take_event(struct hu_ftext_line *ret)
{
	struct hu_str rest = ret->rest;
	size_t n = 0;

	blanks(&rest);
	/* --ts-diff: "(+383)" */
	if (hu_str_starts(rest, "(+") && rest.len > 2 && digit(rest.at[2])) {
		ptrdiff_t end = hu_str_find(rest, ")");
		rest = hu_str_skip(rest, end < 0 ? 0 : (size_t)end + 1);
		blanks(&rest);
	}
	ret->rest = rest;
	ret->syscall = 0;
	if (hu_str_starts(rest, "<stack trace")) {
		ret->what = HU_FTEXT_STACK;
		return true;
	}
	if (hu_str_starts(rest, "<user stack trace")) {
		ret->what = HU_FTEXT_USER_STACK;
		return true;
	}
	while (n < rest.len && name_char(rest.at[n]))
		n++;
	if (!n || n == rest.len)
		return false;
	/* trace_ctxwake_print() of the wakeup tracers: "0:120:R   + [003]   312:100:R kworker/3:1H"
	 */
	if (digit(*rest.at) && rest.at[n] == ':' && hu_str_find(rest, " [") > 0) {
		ret->name = hu_str(hu_str_find(rest, " ==> ") > 0 ? "context_switch" : "wakeup");
		ret->body = rest;
		ret->what = HU_FTEXT_EVENT;
		return true;
	}
	ret->name = (struct hu_str){rest.at, n};
	ret->body = hu_str_skip(rest, n);
	ret->what = HU_FTEXT_EVENT;
	if (*ret->body.at == ':') {
		ret->body = hu_str_trim(hu_str_skip(ret->body, 1));
		if (hu_str_is(ret->name, "kernel_stack"))
			ret->what = HU_FTEXT_STACK;
		else if (hu_str_is(ret->name, "user_stack"))
			ret->what = HU_FTEXT_USER_STACK;
		else if (hu_str_is(ret->name, "function"))
			ret->what = HU_FTEXT_FUNCTION;
		return true;
	}
	/* kernel/trace/trace_syscalls.c: "sys_mount(dev_name: …)", "sys_mount -> 0x0" */
	if (hu_str_starts(ret->name, "sys_") && n > 4) {
		struct hu_str body = ret->body;
		if (*body.at == '(') {
			body = hu_str_skip(body, 1);
			if (hu_str_ends(body, ")"))
				body.len--;
			ret->syscall = HU_BEGIN;
		} else if (hu_str_starts(body, " -> ")) {
			body = hu_str_skip(body, 4);
			ret->syscall = HU_END;
		}
		if (ret->syscall) {
			ret->name = hu_str_skip(ret->name, 4);
			ret->body = body;
			return true;
		}
	}
	if (hu_str_find(ret->body, "<-") >= 0) {
		ret->what = HU_FTEXT_FUNCTION;
		return true;
	}
	return false;
}

/* Lines without a head. */

/*
 * "CPU:1 [LOST 23 EVENTS]", "CPU:1 [LOST EVENTS]" (print_trace_line() in kernel/trace/trace.c),
 * "CPU:1 [23 EVENTS DROPPED]", "CPU:1 [EVENTS DROPPED]" (trace-cmd, trace-read.c).
 */
static bool take_lost(struct hu_str text, struct hu_ftext_line *ret)
{
	struct hu_str left = hu_str_skip(text, 4);

	if (!hu_str_starts(text, "CPU:") || !take_i32(&left, &ret->cpu))
		return false;
	blanks(&left);
	if (!hu_str_starts(left, "[") || hu_str_find(left, "EVENTS") < 0)
		return false;
	left = hu_str_skip(left, 1);
	ret->count = HU_NONE;
	for (struct hu_str word = hu_str_word(&left); word.len; word = hu_str_word(&left)) {
		int64_t count;
		if (hu_str_i64(word, &count) && count > 0)
			ret->count = count;
	}
	ret->what = HU_FTEXT_LOST;
	return true;
}

static bool take_bare(struct hu_str text, struct hu_ftext_line *ret)
{
	struct hu_str left = text;

	ptrdiff_t colon = hu_str_find(text, ": "); /* several buffers: "second: CPU:1 [LOST …]" */
	if (take_lost(text, ret) ||
	    (colon > 0 && colon < 64 &&
	     take_lost(hu_str_trim(hu_str_skip(text, (size_t)colon + 2)), ret)))
		return true;
	if (hu_str_starts(text, "cpus=") ||
	    (colon > 0 && colon < 256 &&
	     hu_str_starts(hu_str_trim(hu_str_skip(text, (size_t)colon + 2)), "cpus="))) {
		if (!hu_str_starts(text, "cpus="))
			left = hu_str_trim(hu_str_skip(text, (size_t)colon + 2));
		left = hu_str_skip(left, 5);
		if (take_i32(&left, &ret->cpu) && !hu_str_trim(left).len) {
			ret->what = HU_FTEXT_CPUS;
			return true;
		}
	}
	if (hu_str_starts(text, "CPU ")) {
		left = hu_str_skip(text, 4);
		if (take_i32(&left, &ret->cpu) && hu_str_is(hu_str_trim(left), "is empty")) {
			ret->what = HU_FTEXT_NOTHING;
			return true;
		}
	}
	if (hu_str_starts(text, "version = ") || hu_str_starts(text, "---------------")) {
		ret->what = HU_FTEXT_NOTHING;
		return true;
	}
	return false;
}

bool hu_ftext_line(struct hu_str text, struct hu_ftext_line *ret)
{
	struct hu_str left = text;

	*ret = (struct hu_ftext_line){
		.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE, .tgid = HU_NONE, .count = HU_NONE};
	blanks(&left);
	if (!left.len) {
		ret->what = HU_FTEXT_EMPTY;
		return true;
	}
	if (hu_str_starts(left, "=> ") || hu_str_is(left, "=>")) {
		ret->what = HU_FTEXT_FRAME;
		ret->rest = hu_str_trim(hu_str_skip(left, 2));
		return true;
	}
	if (*left.at == '#') {
		ret->what = HU_FTEXT_COMMENT;
		ret->rest = left;
		if (hu_str_starts(left, "##### CPU ")) {
			left = hu_str_skip(left, 10);
			if (take_i32(&left, &ret->cpu) && hu_str_starts(left, " buffer started"))
				ret->what = HU_FTEXT_STARTED;
		}
		return true;
	}
	if (hu_ftext_head(text, ret)) {
		if (take_event(ret))
			return true;
		ret->what = HU_FTEXT_STRANGE;
		return false;
	}
	return take_bare(left, ret);
}
