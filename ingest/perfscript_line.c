/*
 * One line of "perf script" (perf_sample__fprintf_start() and process_event() of its
 * builtin-script.c). Columns are of any width and -F leaves out any of them, and a task's name may
 * hold blanks, colons, brackets and numbers: the stamp is the anchor, and what is before it is read
 * backwards.
 *
 *     mountloop/2   249 [001]   136.986723: lock:contention_begin: 0xffffffff9b127ff8 (flags=MUTEX)
 *     perf-exec 242/242 [000] 135.064834123:   10101010 cpu-clock:  ffffffff99fdfae6 mas_find (…)
 *     sleep   242 [000]   135.066946: PERF_RECORD_COMM exec: sleep:242/242
 */
#include "ingest/perfscript_line.h"

#include "ingest/perfscript_text.h"

#include <string.h>

enum {
	FRONT_MAX = 256, /* of a line: its stamp lies there */
	COMM_MAX = 15,	 /* TASK_COMM_LEN - 1 */
	STAMP_MAX = 30
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "[003]" */
static bool cpu_word(struct hu_str word, int32_t *ret)
{
	return hu_perf_cpu(&word, ret) && !word.len;
}

/* "238", "238/244" (process and thread), "-1/0" */
static bool task_word(struct hu_str word, struct hu_perf_line *line)
{
	struct hu_str tid = word, pid = hu_str_split(&tid, '/');

	if (!tid.len)
		return hu_perf_tid(pid, &line->tid);
	return hu_perf_tid(pid, &line->tgid) && hu_perf_tid(tid, &line->tid);
}

/* "K", "U", "S", "Ui": the column of -F +misc */
static bool misc_word(struct hu_str word)
{
	if (!word.len || word.len > 6)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!strchr("KUHGgMESPFkcpi", word.at[i]))
			return false;
	return true;
}

/* What is before the stamp, or before the event where none is printed. */
static bool take_front(struct hu_str front, struct hu_perf_line *line)
{
	struct hu_str before = front, word = hu_str_last_word(&before);

	line->comm = (struct hu_str){0};
	line->tid = line->tgid = line->cpu = HU_NONE;
	if (word.len && !cpu_word(word, &line->cpu) && !task_word(word, line) && misc_word(word)) {
		struct hu_str rest = before, next = hu_str_last_word(&rest);
		struct hu_perf_line other;
		int32_t cpu;
		if (cpu_word(next, &cpu) || task_word(next, &other))
			front = before;
	}
	line->tid = line->tgid = HU_NONE;
	before = front;
	word = hu_str_last_word(&before);
	if (cpu_word(word, &line->cpu)) {
		front = before;
		word = hu_str_last_word(&before);
	}
	bool has_task = word.len && task_word(word, line);
	if (has_task)
		front = before;
	line->comm = hu_str_trim(front);
	/* ":253" is perf's word for a task whose name it never saw. */
	if (line->comm.len > 1 && *line->comm.at == ':') {
		struct hu_str number = hu_str_skip(line->comm, 1);
		int32_t tid;
		if (hu_perf_tid(number, &tid) && tid == line->tid)
			line->comm = (struct hu_str){0};
	}
	return has_task || line->cpu != HU_NONE || !line->comm.len;
}

/* "135.073978" or "135.073978660" */
static bool is_stamp(struct hu_str word)
{
	const char *dot = word.len ? memchr(word.at, '.', word.len) : NULL;

	if (!dot || dot == word.at || word.len > STAMP_MAX)
		return false;
	size_t digits = word.len - (size_t)(dot - word.at) - 1;
	if (digits != 6 && digits != 9)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!is_digit(word.at[i]) && word.at + i != dot)
			return false;
	return true;
}

static bool take_stamp(struct hu_str text, struct hu_perf_line *ret, struct hu_str *rest)
{
	size_t most = text.len < FRONT_MAX ? text.len : FRONT_MAX;
	bool found = false;

	for (size_t i = 7; i < most; i++) {
		if (text.at[i] != ':' || !is_digit(text.at[i - 1]) ||
		    (i + 1 < text.len && text.at[i + 1] != ' '))
			continue;
		struct hu_str front = {text.at, i}, stamp = hu_str_last_word(&front);
		struct hu_perf_line line = {.timed = true};
		if (!is_stamp(stamp) || !hu_str_fixed(stamp, 9, &line.ts) ||
		    !take_front(front, &line))
			continue;
		/* A name may look like a whole front: of two, the later wins if its name can be
		 * one. */
		if (found && line.comm.len > COMM_MAX)
			break;
		*ret = line;
		*rest = hu_str_skip(text, i + 1);
		found = true;
	}
	return found;
}

static bool is_event_word(struct hu_str word)
{
	if (word.len < 2 || word.at[word.len - 1] != ':' || is_digit(*word.at))
		return false;
	for (size_t i = 0; i + 1 < word.len; i++)
		if (word.at[i] == '(' || word.at[i] == ')' || word.at[i] == '"')
			return false;
	return true;
}

/* "   10101010 cpu-clock: …", "sched:sched_switch: …", or no event at all. */
static void take_event(struct hu_str rest, struct hu_perf_line *line)
{
	struct hu_str after = rest, word = hu_str_word(&after);

	line->period = HU_NONE;
	line->event = (struct hu_str){0};
	line->record = hu_str_starts(word, "PERF_RECORD_");
	line->body = hu_str_trim(rest);
	if (line->record)
		return;
	int64_t period;
	struct hu_str second = after, name = hu_str_word(&second);
	if (word.len && is_digit(*word.at) && hu_str_i64(word, &period) &&
	    (is_event_word(name) || !name.len)) {
		line->period = period;
		word = name;
		after = second;
		line->body = hu_str_trim(after);
	}
	if (!is_event_word(word))
		return;
	line->event = (struct hu_str){word.at, word.len - 1};
	line->body = hu_str_trim(after);
}

/* Without a stamp: "perf   238 [000] sched:sched_switch: …", "   sched:sched_switch: …". */
static bool take_untimed(struct hu_str text, struct hu_perf_line *ret)
{
	size_t most = text.len < FRONT_MAX ? text.len : FRONT_MAX;

	for (size_t i = 0; i < most;) {
		while (i < most && text.at[i] == ' ')
			i++;
		size_t from = i;
		while (i < most && text.at[i] != ' ')
			i++;
		struct hu_str word = {text.at + from, i - from}, front = {text.at, from}, name;
		struct hu_perf_line line = {.ts = HU_OPEN};
		if (!is_event_word(word) && !hu_str_starts(word, "PERF_RECORD_"))
			continue;
		if (!take_front(front, &line))
			continue;
		/* Without a task in front, only a name that cannot be a word of prose. */
		word.len--;
		if (line.tid == HU_NONE && line.cpu == HU_NONE &&
		    !hu_perf_line_tracepoint(word, &name))
			continue;
		int64_t period = HU_NONE;
		struct hu_str before = front, last = hu_str_last_word(&before);
		struct hu_perf_line inner = line;
		/* "perf 238 [000]   10101010 cpu-clock:" */
		if (line.cpu == HU_NONE && hu_str_i64(last, &period) &&
		    take_front(before, &inner) && (inner.tid != HU_NONE || inner.cpu != HU_NONE)) {
			line = inner;
			line.ts = HU_OPEN;
		} else {
			period = HU_NONE;
		}
		take_event(hu_str_skip(text, from), &line);
		line.period = period;
		*ret = line;
		return true;
	}
	return false;
}

bool hu_perf_line_parse(struct hu_str text, struct hu_perf_line *ret)
{
	struct hu_str rest;

	if (!take_stamp(text, ret, &rest))
		return take_untimed(text, ret);
	take_event(rest, ret);
	return true;
}

bool hu_perf_line_tracepoint(struct hu_str event, struct hu_str *name)
{
	struct hu_str rest = event, system = hu_str_split(&rest, ':');
	bool modifiers = true;

	if (!system.len || !rest.len)
		return false;
	for (size_t i = 0; i < system.len; i++)
		if (!is_digit(system.at[i]) && !(system.at[i] >= 'a' && system.at[i] <= 'z') &&
		    !(system.at[i] >= 'A' && system.at[i] <= 'Z') && system.at[i] != '_' &&
		    system.at[i] != '-')
			return false;
	struct hu_str bare = hu_str_split(&rest, ':');
	for (size_t i = 0; i < bare.len; i++)
		modifiers &= strchr("ukhpPSDGHIWebR", bare.at[i]) != NULL;
	if (modifiers)
		return false;
	for (size_t i = 0; i < bare.len; i++)
		if (bare.at[i] == '/' || bare.at[i] == '=' || bare.at[i] == ',')
			return false;
	*name = bare;
	return true;
}

/* Frames. */

/* "/lib/modules/6.1.0/kernel/fs/ext4/ext4.ko.xz" → "ext4"; the kernel writes "-" as "_" */
static bool module_path(struct hu_str dso, struct hu_str *ret)
{
	const char *slash = dso.len ? memrchr(dso.at, '/', dso.len) : NULL;
	struct hu_str name = slash ? hu_str_skip(dso, (size_t)(slash + 1 - dso.at)) : dso;
	ptrdiff_t ko = hu_str_find(name, ".ko");

	if (ko <= 0)
		return false;
	struct hu_str after = hu_str_skip(name, (size_t)ko + 3);
	if (after.len && *after.at != '.')
		return false;
	*ret = (struct hu_str){name.at, (size_t)ko};
	return true;
}

static struct hu_str base_name(struct hu_str path)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;

	return slash && (size_t)(slash + 1 - path.at) < path.len
		       ? hu_str_skip(path, (size_t)(slash + 1 - path.at))
		       : path;
}

static void side_of(struct hu_str dso, bool low, struct hu_perf_frame *frame)
{
	frame->side = HU_PERF_UNSAID;
	if (frame->address >> 63 || (low && frame->address >= UINT64_C(0xc0000000)))
		frame->side = HU_PERF_KERNEL;
	else if (frame->address)
		frame->side = HU_PERF_USER;
	if (hu_str_is(dso, "[unknown]") || hu_str_is(dso, "inlined"))
		dso.len = 0;
	if (hu_str_starts(dso, "[kernel") || hu_str_starts(dso, "[guest.kernel") ||
	    hu_str_find(dso, "vmlinux") >= 0 || hu_str_is(dso, "/proc/kcore")) {
		frame->side = HU_PERF_KERNEL;
	} else if (module_path(dso, &frame->module)) {
		frame->side = HU_PERF_KERNEL;
	} else if (dso.len > 2 && *dso.at == '[' && dso.at[dso.len - 1] == ']' &&
		   !hu_str_starts(dso, "[vdso") && !hu_str_starts(dso, "[vsyscall") &&
		   !hu_str_starts(dso, "[heap") && !hu_str_starts(dso, "[stack")) {
		frame->side = HU_PERF_KERNEL;
		frame->module = (struct hu_str){dso.at + 1, dso.len - 2};
	} else if (dso.len && frame->side == HU_PERF_UNSAID) {
		frame->side = HU_PERF_USER;
	}
	if (frame->side == HU_PERF_USER)
		frame->module = dso.len ? base_name(dso) : hu_str("unknown");
}

/* Cuts "+0x4f8" off. */
static struct hu_str without_offset(struct hu_str symbol)
{
	const char *plus = symbol.len ? memrchr(symbol.at, '+', symbol.len) : NULL;
	uint64_t offset;

	if (!plus || plus == symbol.at)
		return symbol;
	size_t at = (size_t)(plus - symbol.at);
	struct hu_str number = hu_str_skip(symbol, at + 1);
	if (hu_str_starts(number, "0x") && hu_str_u64(number, 16, &offset))
		symbol.len = at;
	return symbol;
}

bool hu_perf_frame_parse(struct hu_str line, bool low, struct hu_perf_frame *ret)
{
	struct hu_perf_frame frame = {0};
	struct hu_str rest = hu_str_trim(line), first = rest, word = hu_str_word(&first), dso = {0};
	size_t shortest = hu_str_starts(line, "\t") ? 1 : 3; /* "dd" is a task, too */
	bool addressed =
		word.len >= shortest && word.len <= 16 && hu_str_u64(word, 16, &frame.address);

	if (!rest.len)
		return false;
	if (addressed)
		rest = hu_str_trim(first);
	/* "(/usr/lib/x.so (deleted))": the object is the last thing in brackets of its own */
	if (rest.len && rest.at[rest.len - 1] == ')') {
		ptrdiff_t open = *rest.at == '(' ? 0 : hu_str_find(rest, " (/");
		if (open < 0)
			open = hu_str_find(rest, " ([");
		if (open < 0) {
			const char *at = memrchr(rest.at, '(', rest.len);
			open = at && at > rest.at && at[-1] == ' ' ? at - rest.at - 1 : -1;
		}
		if (open >= 0) {
			size_t skip = (size_t)open + (rest.at[open] == ' ' ? 2 : 1);
			dso = (struct hu_str){rest.at + skip, rest.len - skip - 1};
			rest.len = (size_t)open;
		}
	}
	frame.symbol = without_offset(hu_str_trim(rest));
	if (hu_str_is(frame.symbol, "[unknown]"))
		frame.symbol.len = 0;
	side_of(dso, low, &frame);
	/* No address: it must look like a function, not like a word of something else. */
	if (!addressed) {
		if (!frame.symbol.len ||
		    (rest.len == frame.symbol.len && !dso.len && memchr(rest.at, ' ', rest.len)))
			return false;
	}
	*ret = frame;
	return true;
}

/* Records. */

static bool take_number(struct hu_str *s, int64_t *ret)
{
	size_t n = s->len && *s->at == '-';

	while (n < s->len && is_digit(s->at[n]))
		n++;
	struct hu_str number = {s->at, n};
	if (!hu_str_i64(number, ret))
		return false;
	*s = hu_str_skip(*s, n);
	return true;
}

/* "(238:244)" or "238/244" */
static bool take_pair(struct hu_str *s, int32_t *tgid, int32_t *tid)
{
	struct hu_str rest = hu_str_trim(*s);
	bool bracket = hu_str_starts(rest, "(");
	int64_t a, b;

	rest = hu_str_skip(rest, bracket);
	if (!take_number(&rest, &a) || !rest.len || *rest.at != (bracket ? ':' : '/'))
		return false;
	rest = hu_str_skip(rest, 1);
	if (!take_number(&rest, &b) || (bracket && !hu_str_starts(rest, ")")))
		return false;
	*s = hu_str_skip(rest, bracket);
	*tgid = a < 0 || a > INT32_MAX ? HU_NONE : (int32_t)a;
	*tid = b < 0 || b > INT32_MAX ? HU_NONE : (int32_t)b;
	return true;
}

static bool parse_comm(struct hu_str rest, struct hu_perf_record *r)
{
	r->kind = HU_PERF_COMM;
	if (hu_str_starts(rest, " exec")) {
		r->kind = HU_PERF_EXEC;
		rest = hu_str_skip(rest, 5);
	}
	if (!hu_str_starts(rest, ": "))
		return false;
	rest = hu_str_skip(rest, 2);
	const char *colon = rest.len ? memrchr(rest.at, ':', rest.len) : NULL;
	if (!colon)
		return false;
	struct hu_str task = hu_str_skip(rest, (size_t)(colon + 1 - rest.at));
	r->comm = (struct hu_str){rest.at, (size_t)(colon - rest.at)};
	return take_pair(&task, &r->tgid, &r->tid);
}

/* " OUT preempt  next pid/tid: 238/238", " IN           prev pid/tid:   0/0", " OUT" */
static bool parse_switch(struct hu_str rest, struct hu_perf_record *r)
{
	struct hu_str word = hu_str_word(&rest);

	if (!hu_str_is(word, "OUT") && !hu_str_is(word, "IN"))
		return false;
	r->kind = hu_str_is(word, "OUT") ? HU_PERF_SWITCH_OUT : HU_PERF_SWITCH_IN;
	r->preempted = hu_str_find(rest, "preempt") >= 0;
	ptrdiff_t other = hu_str_find(rest, "pid/tid:");
	if (other < 0)
		return true;
	rest = hu_str_skip(rest, (size_t)other + 8);
	return take_pair(&rest, &r->tgid, &r->tid);
}

bool hu_perf_record_parse(struct hu_str body, struct hu_perf_record *ret)
{
	struct hu_perf_record r = {
		.kind = HU_PERF_OTHER, .tid = HU_NONE, .tgid = HU_NONE, .parent = HU_NONE};
	size_t n = 0;
	int32_t unused;

	while (n < body.len && ((body.at[n] >= 'A' && body.at[n] <= 'Z') || is_digit(body.at[n]) ||
				body.at[n] == '_'))
		n++;
	r.name = (struct hu_str){body.at, n};
	struct hu_str rest = hu_str_skip(body, n);
	bool sound = true;
	if (hu_str_is(r.name, "PERF_RECORD_COMM")) {
		sound = parse_comm(rest, &r);
	} else if (hu_str_is(r.name, "PERF_RECORD_FORK")) {
		r.kind = HU_PERF_FORK;
		sound = take_pair(&rest, &r.tgid, &r.tid) && hu_str_starts(rest, ":");
		rest = hu_str_skip(rest, 1);
		sound = sound && take_pair(&rest, &unused, &r.parent);
	} else if (hu_str_is(r.name, "PERF_RECORD_EXIT")) {
		r.kind = HU_PERF_EXIT;
		sound = take_pair(&rest, &r.tgid, &r.tid);
	} else if (hu_str_starts(r.name, "PERF_RECORD_SWITCH")) {
		sound = parse_switch(rest, &r);
	} else if (hu_str_starts(r.name, "PERF_RECORD_LOST")) {
		struct hu_str word = hu_str_word(&rest);
		r.kind = HU_PERF_LOST;
		if (hu_str_is(word, "lost"))
			word = hu_str_word(&rest);
		sound = hu_str_i64(word, &r.lost) && r.lost >= 0;
	}
	*ret = r;
	return sound && hu_str_starts(r.name, "PERF_RECORD_");
}
