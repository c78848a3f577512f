/*
 * "perf trace": system calls as they return, each with its own duration. Shaped for some hundred
 * thousand lines.
 *
 *      0.000 ( 0.012 ms): mountloop/247 mount(dev_name: 0x55, …)                = 0
 *     12.345 (         ): mountloop/247 umount2(name: "/mnt")                 ...
 *     12.345 (640.1 ms): mountloop/247  ... [continued]: umount2())          = 0
 *          ? (         ): bash/138  ... [continued]: wait4())                = 301
 *
 * A stamp is the moment of entry, in milliseconds since the first event (with -T, of perf's clock,
 * and no word tells which): the stamps keep the order and the distances, and have no place on the
 * axis. What returned is a span, with its own duration; a call that was interrupted by another
 * task's line is a begin as well, so that one which never returned is not lost.
 */
#include "ingest/perfscript_text.h"
#include "ingest/perftrace_summary.h"
#include "ingest/reader.h"

#include <string.h>

enum { WRAPPED_DIGITS = 16 };

struct trace {
	struct hu_perf_text text;
	struct hu_sink *to;
	hu_name label;
	struct hu_perftrace_summary summary;
	uint64_t calls, begun, events, faults, frames, chatter, wrapped, wrapped_pos;
	hu_ns last;
	bool any;
};

struct line {
	hu_ns ts, duration; /* or HU_OPEN */
	bool wrapped;	    /* a duration is printed, and cannot be one */
	int32_t tid;
	struct hu_str comm, rest; /* behind the task */
};

static bool is_ident(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static size_t ident_len(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && is_ident(s.at[n]))
		n++;
	return n && s.at[0] >= '0' && s.at[0] <= '9' ? 0 : n;
}

/* "( 0.012 ms):", "(         ):" */
static bool take_duration(struct hu_str *s, hu_ns *ret, bool *wrapped)
{
	struct hu_str rest = *s;

	while (rest.len && *rest.at == ' ')
		rest = hu_str_skip(rest, 1);
	if (!rest.len || *rest.at != '(')
		return false;
	const char *end = memchr(rest.at, ')', rest.len < 32 ? rest.len : 32);
	if (!end)
		return false;
	struct hu_str inside = {rest.at + 1, (size_t)(end - rest.at) - 1};
	*s = hu_str_skip(rest, inside.len + 2);
	if (!hu_str_starts(*s, ":"))
		return false;
	*s = hu_str_skip(*s, 1);
	*ret = HU_OPEN;
	struct hu_str number = hu_str_word(&inside);
	if (!number.len)
		return true;
	/* perf 6.1 prints a negative one as "18446744073600.938 ms" */
	if (number.len > WRAPPED_DIGITS || !hu_str_fixed(number, 6, ret))
		*ret = HU_OPEN;
	*wrapped = *ret == HU_OPEN;
	return number.at[0] != '-' && hu_str_is(hu_str_word(&inside), "ms") &&
	       !hu_str_trim(inside).len;
}

/* "mountloop/247 " of a capture with several tasks: a name may hold blanks and slashes, so its
 * number is the last before the call. */
static void take_task(struct line *line)
{
	size_t most = line->rest.len < 32 ? line->rest.len : 32;

	line->tid = HU_NONE;
	for (size_t i = 1; i + 1 < most; i++) {
		size_t digits = i + 1;
		if (line->rest.at[i] != '/')
			continue;
		while (digits < line->rest.len && line->rest.at[digits] >= '0' &&
		       line->rest.at[digits] <= '9')
			digits++;
		struct hu_str number = {line->rest.at + i + 1, digits - i - 1};
		if (digits == line->rest.len || line->rest.at[digits] != ' ' ||
		    !hu_perf_tid(number, &line->tid))
			continue;
		line->comm = (struct hu_str){line->rest.at, i};
		line->rest = hu_str_skip(line->rest, digits + 1);
		if (*line->comm.at == ':') /* perf never saw its name */
			line->comm = (struct hu_str){0};
		return;
	}
}

static bool take_front(struct hu_str text, struct line *ret)
{
	struct line line = {.ts = HU_OPEN};
	struct hu_str stamp = hu_str_word(&text);

	if (!hu_str_is(stamp, "?") && (stamp.len < 5 || stamp.at[stamp.len - 4] != '.' ||
				       !hu_str_fixed(stamp, 6, &line.ts) || line.ts < 0))
		return false;
	if (!take_duration(&text, &line.duration, &line.wrapped) || !text.len || *text.at != ' ')
		return false;
	line.rest = hu_str_skip(text, 1);
	take_task(&line);
	*ret = line;
	return true;
}

enum what { NOTHING, RETURNED, INTERRUPTED, CONTINUED, EVENT, FAULT };

struct call {
	enum what what; /* RETURNED without a result and a duration: "exit_group() = ?" */
	struct hu_str name, args, error; /* error: "EBUSY" */
	bool has_result;
	int64_t result;
};

/* "= -1 EBUSY (Device or resource busy)", "= 0x7f1200", "= 12 (fd)" */
static void parse_result(struct hu_str s, struct call *ret)
{
	struct hu_str word = hu_str_word(&s);
	uint64_t bits;

	ret->has_result = hu_str_i64(word, &ret->result);
	if (!ret->has_result && hu_str_starts(word, "0x") && hu_str_u64(word, 16, &bits)) {
		ret->has_result = true;
		ret->result = (int64_t)bits;
	}
	word = hu_str_word(&s);
	if (ret->has_result && ret->result < 0 && word.len > 1 && *word.at == 'E')
		ret->error = word;
}

/* The last "= " behind a ")" and blanks. */
static bool find_result(struct hu_str s, size_t *end, struct hu_str *ret)
{
	for (size_t i = s.len; i-- > 2;) {
		if (s.at[i] != ' ' || s.at[i - 1] != '=')
			continue;
		size_t close = i - 1;
		while (close && s.at[close - 1] == ' ')
			close--;
		if (!close || s.at[close - 1] != ')')
			continue;
		*end = close - 1;
		*ret = hu_str_skip(s, i + 1);
		return true;
	}
	return false;
}

static bool parse_call(struct hu_str s, struct call *ret)
{
	static const char continued[] = " ... [continued]: ";
	struct call call = {.what = RETURNED};
	struct hu_str result;
	size_t end;

	if (hu_str_starts(s, continued)) {
		call.what = CONTINUED;
		s = hu_str_skip(s, sizeof(continued) - 1);
	}
	size_t n = ident_len(s);
	call.name = (struct hu_str){s.at, n};
	struct hu_str rest = hu_str_skip(s, n);
	if (!n)
		return false;
	if (hu_str_starts(rest, ":") && ident_len(hu_str_skip(rest, 1))) {
		call.what = EVENT;
	} else if (hu_str_is(call.name, "majfault") || hu_str_is(call.name, "minfault")) {
		call.what = FAULT;
	} else if (!hu_str_starts(rest, "(")) {
		return false;
	} else if (call.what == RETURNED && hu_str_ends(s, " ...")) {
		call.what = INTERRUPTED;
		rest = hu_str_trim((struct hu_str){rest.at, rest.len - 4});
		call.args = hu_str_skip(rest, 1);
		call.args.len -= hu_str_ends(rest, ")") ? 1 : 0;
	} else if (find_result(rest, &end, &result)) {
		if (call.what == RETURNED)
			call.args = (struct hu_str){rest.at + 1, end ? end - 1 : 0};
		parse_result(result, &call);
	} else {
		return false; /* cut */
	}
	*ret = call;
	return true;
}

static void put_span(struct trace *t, const struct line *line, const struct call *call)
{
	struct hu_where at = {.ts = HU_OPEN,
			      .pos = t->text.pos,
			      .cpu = HU_NONE,
			      .tid = line->tid,
			      .context = HU_CTX_TASK};

	if (line->ts != HU_OPEN && __builtin_add_overflow(line->ts, line->duration, &at.ts))
		at.ts = HU_OPEN;
	hu_put_span(t->to, &(struct hu_span){
				   .at = at,
				   .duration = line->duration,
				   .label = t->label,
				   .comm = hu_intern(t->to, line->comm),
				   .function = hu_intern(t->to, call->name),
			   });
}

static void put_step(struct trace *t, const struct line *line, const struct call *call,
		     enum hu_step step)
{
	struct hu_where at = {.ts = line->ts,
			      .pos = t->text.pos,
			      .cpu = HU_NONE,
			      .tid = line->tid,
			      .context = HU_CTX_TASK};

	if (step == HU_END && (line->ts == HU_OPEN || line->duration == HU_OPEN ||
			       __builtin_add_overflow(line->ts, line->duration, &at.ts)))
		at.ts = HU_OPEN;
	hu_put_syscall(t->to, &(struct hu_syscall){.at = at,
						   .result = call->result,
						   .number = HU_NONE,
						   .step = step,
						   .name = hu_intern(t->to, call->name),
						   .detail = hu_intern(t->to, call->args)});
}

static bool call_line(struct trace *t, struct hu_str text)
{
	struct line line;
	struct call call;

	if (!take_front(text, &line) || !parse_call(line.rest, &call))
		return false;
	switch (call.what) {
	case RETURNED:
		if (line.duration != HU_OPEN)
			put_span(t, &line, &call);
		else
			put_step(t, &line, &call, call.has_result ? HU_END : HU_BEGIN);
		t->calls++;
		break;
	case CONTINUED:
		if (line.duration != HU_OPEN)
			put_span(t, &line, &call);
		if (call.has_result)
			put_step(t, &line, &call, HU_END);
		t->calls++;
		break;
	case INTERRUPTED:
		put_step(t, &line, &call, HU_BEGIN);
		t->begun++;
		break;
	case EVENT:
		t->events++;
		break;
	case FAULT:
		t->faults++;
		break;
	case NOTHING:
		return false;
	}
	if (line.wrapped && !t->wrapped++)
		t->wrapped_pos = t->text.pos;
	if (line.ts != HU_OPEN)
		t->last = line.ts;
	return true;
}

/* "LOST 17 events!" */
static bool lost(struct trace *t, struct hu_str line)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_DROPPED, t->text.pos};

	if (!hu_str_is(hu_str_word(&line), "LOST") || !hu_str_i64(hu_str_word(&line), &gap.count) ||
	    gap.count < 0 || !hu_str_is(hu_str_word(&line), "events!"))
		return false;
	gap.from = t->any ? t->last : HU_OPEN;
	hu_put_loss(t->to, &gap, "%lld events lost, says perf", (long long)gap.count);
	return true;
}

/* "                                       __GI___mount (/usr/lib/…/libc.so.6)" below a call */
static bool is_frame(struct hu_str line)
{
	return hu_str_starts(line, "          ") && hu_str_ends(line, ")") &&
	       hu_str_find(line, " (") > 0;
}

static void take_line(struct trace *t, struct hu_str line)
{
	if (!hu_str_trim(line).len)
		return;
	if (call_line(t, line)) {
		t->any = true;
		t->summary.open = false;
	} else if (lost(t, line) || hu_perftrace_summary_take(&t->summary, line, t->text.pos)) {
		return;
	} else if (t->any && is_frame(line)) {
		t->frames++;
	} else if (hu_perf_is_chatter(line)) {
		t->chatter++;
	} else {
		hu_perf_text_odd(&t->text, line);
	}
}

static void count(struct trace *t, const char *what, uint64_t n, bool used)
{
	if (n)
		hu_put_event_count(t->to, hu_str(what), n, used);
}

static struct hu_err *read_lines(struct trace *t)
{
	struct hu_str line;

	t->label = hu_internz(t->to, "system call");
	t->summary.to = t->to;
	hu_put_source_clock(t->to, HU_CLOCK_IN_FILE,
			    "milliseconds since the first event (or perf's clock, with -T): the "
			    "text does not say");
	while (hu_perf_text_line(&t->text, &line))
		take_line(t, line);
	count(t, "system call", t->calls, true);
	count(t, "system call that another task interrupts", t->begun, true);
	count(t, "summary row", t->summary.rows, true);
	count(t, "other event", t->events, false);
	count(t, "page fault", t->faults, false);
	count(t, "stack line", t->frames, false);
	count(t, "message of perf", t->chatter, false);
	if (t->wrapped)
		hu_put_loss(t->to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, (int64_t)t->wrapped, HU_NONE,
					     HU_LOSS_MISSING, t->wrapped_pos},
			    "%llu durations are negative numbers that perf printed as huge ones: "
			    "how long these calls took is not known",
			    (unsigned long long)t->wrapped);
	uint64_t records = t->calls + t->begun + t->events + t->faults + t->summary.rows;
	hu_put_totals(t->to, records, t->text.file.text.len);
	struct hu_err *err = hu_perf_text_end(&t->text, t->to);
	if (err || records)
		return err;
	return hu_err(HU_ERR_BAD_INPUT, "there is no line of perf trace in it");
}

static struct hu_err *perftrace_read(const char *path, struct hu_sink *to)
{
	struct trace t = {.to = to};
	struct hu_err *err = hu_perf_text_open(&t.text, path);

	if (!err)
		err = read_lines(&t);
	hu_perf_text_close(&t.text);
	return err;
}

static enum hu_match perftrace_probe(const struct hu_probe *in)
{
	struct hu_perf_head head;
	struct hu_str text;
	unsigned calls = 0, others = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	hu_perf_head_init(&head, in->head);
	while (hu_perf_head_line(&head, &text)) {
		struct line line;
		struct call call;
		if (!hu_str_trim(text).len || hu_perf_is_chatter(text))
			continue;
		if (hu_perftrace_summary_begins(text))
			return others ? HU_MATCH_NO : HU_MATCH_LIKELY;
		if (take_front(text, &line) && parse_call(line.rest, &call))
			calls++;
		else if (!hu_str_starts(text, "LOST ") && !is_frame(text))
			others++;
	}
	return calls && calls >= 4 * others ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_perftrace = {
	.name = "perftrace",
	.reads = "system calls and summaries as \"perf trace\" prints them",
	.clock = HU_CLOCK_IN_FILE,
	.probe = perftrace_probe,
	.read = perftrace_read,
};
