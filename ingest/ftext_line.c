/*
 * The line forms of ftrace text: behind its head (ftext_head.c) the event; and the lines that have
 * no head.
 */
#include "ingest/ftext_line.h"
#include "ingest/ftext_head.h"
#include "ingest/ftext_scan.h"

/* The event. */

/* What names of events and of functions are made of, by 32 characters: +-./ and digits, letters. */
static bool name_char(char c)
{
	static const uint32_t set[8] = {0, 0x03ffe800, 0x87fffffe, 0x07fffffe};
	const unsigned char u = (unsigned char)c;

	return set[u >> 5] >> (u & 31) & 1;
}

/* "sched_switch: …", if that name was read before: what is in front of the first colon is all of
 * it. */
static bool take_seen(struct hu_ftext_heads *heads, struct hu_str rest, struct hu_ftext_line *ret)
{
	const size_t most = rest.len < HU_FTEXT_NAME_BYTES + 1 ? rest.len : HU_FTEXT_NAME_BYTES + 1;
	const char *colon = most ? memchr(rest.at, ':', most) : NULL;

	if (!colon)
		return false;
	const struct hu_str name = {rest.at, (size_t)(colon - rest.at)};
	struct hu_ftext_name *seen = hu_ftext_heads_name(heads, name);
	if (!name.len || seen->len != name.len || memcmp(seen->text, name.at, name.len) != 0)
		return false;
	ret->rest = rest;
	ret->name = name;
	ret->seen = seen;
	ret->body = hu_ftext_trim(hu_str_skip(rest, name.len + 1));
	ret->what = seen->what;
	ret->syscall = 0;
	return true;
}

static void remember(struct hu_ftext_heads *heads, struct hu_ftext_line *line)
{
	if (line->name.len > HU_FTEXT_NAME_BYTES)
		return;
	line->seen = hu_ftext_heads_name(heads, line->name);
	line->seen->len = (uint32_t)line->name.len;
	memcpy(line->seen->text, line->name.at, line->name.len);
	line->seen->what = (uint8_t)line->what;
	line->seen->known = NULL;
}

static bool take_event(struct hu_ftext_heads *heads, struct hu_ftext_line *ret)
{
	struct hu_str rest = ret->rest;
	size_t n = 0;

	hu_ftext_blanks(&rest);
	if (heads && take_seen(heads, rest, ret))
		return true;
	/* --ts-diff: "(+383)" */
	if (hu_str_starts(rest, "(+") && rest.len > 2 && hu_ftext_digit(rest.at[2])) {
		ptrdiff_t end = hu_str_find(rest, ")");
		rest = hu_str_skip(rest, end < 0 ? 0 : (size_t)end + 1);
		hu_ftext_blanks(&rest);
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
	if (hu_ftext_digit(*rest.at) && rest.at[n] == ':' && hu_str_find(rest, " [") > 0) {
		ret->name = hu_str(hu_str_find(rest, " ==> ") > 0 ? "context_switch" : "wakeup");
		ret->body = rest;
		ret->what = HU_FTEXT_EVENT;
		return true;
	}
	ret->name = (struct hu_str){rest.at, n};
	ret->body = hu_str_skip(rest, n);
	ret->what = HU_FTEXT_EVENT;
	if (*ret->body.at == ':') {
		ret->body = hu_ftext_trim(hu_str_skip(ret->body, 1));
		if (hu_str_is(ret->name, "kernel_stack"))
			ret->what = HU_FTEXT_STACK;
		else if (hu_str_is(ret->name, "user_stack"))
			ret->what = HU_FTEXT_USER_STACK;
		else if (hu_str_is(ret->name, "function"))
			ret->what = HU_FTEXT_FUNCTION;
		if (heads && !hu_ftext_digit(*rest.at))
			remember(heads, ret);
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

	if (!hu_str_starts(text, "CPU:") || !hu_ftext_take_i32(&left, &ret->cpu))
		return false;
	hu_ftext_blanks(&left);
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
		if (hu_ftext_take_i32(&left, &ret->cpu) && !hu_str_trim(left).len) {
			ret->what = HU_FTEXT_CPUS;
			return true;
		}
	}
	if (hu_str_starts(text, "CPU ")) {
		left = hu_str_skip(text, 4);
		if (hu_ftext_take_i32(&left, &ret->cpu) &&
		    hu_str_is(hu_str_trim(left), "is empty")) {
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

/* The event behind a head. */
static bool behind(struct hu_ftext_heads *heads, struct hu_ftext_line *ret)
{
	if (take_event(heads, ret))
		return true;
	ret->what = HU_FTEXT_STRANGE;
	return false;
}

bool hu_ftext_frame(struct hu_str text, struct hu_str *ret)
{
	hu_ftext_blanks(&text);
	if (text.len < 2 || text.at[0] != '=' || text.at[1] != '>' ||
	    (text.len > 2 && text.at[2] != ' '))
		return false;
	*ret = hu_ftext_trim(hu_str_skip(text, 2));
	return true;
}

bool hu_ftext_next_line(struct hu_ftext_heads *heads, struct hu_str text, struct hu_ftext_line *ret)
{
	struct hu_str left = text;

	if (heads && hu_ftext_heads_find(heads, text, ret))
		return behind(heads, ret);
	*ret = (struct hu_ftext_line){
		.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE, .tgid = HU_NONE, .count = HU_NONE};
	hu_ftext_blanks(&left);
	if (!left.len) {
		ret->what = HU_FTEXT_EMPTY;
		return true;
	}
	if (hu_ftext_frame(left, &ret->rest)) {
		ret->what = HU_FTEXT_FRAME;
		return true;
	}
	if (*left.at == '#') {
		ret->what = HU_FTEXT_COMMENT;
		ret->rest = left;
		if (hu_str_starts(left, "##### CPU ")) {
			left = hu_str_skip(left, 10);
			if (hu_ftext_take_i32(&left, &ret->cpu) &&
			    hu_str_starts(left, " buffer started"))
				ret->what = HU_FTEXT_STARTED;
		}
		return true;
	}
	if (!hu_ftext_head(text, ret))
		return take_bare(left, ret);
	if (heads)
		hu_ftext_heads_keep(heads, text, ret);
	return behind(heads, ret);
}

bool hu_ftext_line(struct hu_str text, struct hu_ftext_line *ret)
{
	return hu_ftext_next_line(NULL, text, ret);
}
