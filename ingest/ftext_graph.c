/*
 * The function_graph tracer's text: kernel/trace/trace_functions_graph.c, and what libtraceevent's
 * plugin_function.c makes of the same records. A call that called nothing is one line with its
 * duration, any other is two; the second says the duration, and the function only with
 * funcgraph-tail, so who was entered is kept for each task by its indentation.
 */
#include "ingest/ftext_graph.h"
#include "db/text.h"
#include "ingest/ftext_line.h"
#include "ingest/textfields_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = 64,
	TASKS_MAX = 4096,
	CPUS = 8192,
	NAME_WIDTH = 7, /* print_graph_proc() cuts longer names to this */
};

struct calls {	     /* of one task; of one CPU where no task is named */
	int64_t key; /* tid, or -2 - cpu */
	struct hu_str entered[DEPTH_MAX];
	struct calls *next;
};

struct hu_ftext_graph {
	struct hu_sink *to;
	struct hu_text_events *events;
	struct hu_ftext_queue *queue;
	struct calls *bucket[256];
	size_t tasks;
	int32_t *current; /* per CPU: the task that the last switch line named, plus one; 0: none */
	uint64_t nameless, timeless;
};

struct hu_ftext_graph *hu_ftext_graph_create(struct hu_sink *to, struct hu_text_events *events,
					     struct hu_ftext_queue *queue)
{
	struct hu_ftext_graph *g = hu_alloc(sizeof(*g));

	g->to = to;
	g->events = events;
	g->queue = queue;
	return g;
}

void hu_ftext_graph_gap(struct hu_ftext_graph *g)
{
	for (size_t i = 0; i < 256; i++) {
		while (g->bucket[i]) {
			struct calls *calls = g->bucket[i];
			g->bucket[i] = calls->next;
			free(calls);
		}
	}
	g->tasks = 0;
}

void hu_ftext_graph_destroy(struct hu_ftext_graph *g)
{
	if (!g)
		return;
	hu_ftext_graph_gap(g);
	free(g->current);
	free(g);
}

static struct calls *calls_of(struct hu_ftext_graph *g, const struct hu_where *at)
{
	int64_t key = at->tid >= 0 ? at->tid : -2 - (int64_t)at->cpu;
	struct calls **place = &g->bucket[(uint64_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 56];

	for (struct calls *calls = *place; calls; calls = calls->next)
		if (calls->key == key)
			return calls;
	if (g->tasks == TASKS_MAX)
		hu_ftext_graph_gap(g);
	struct calls *calls = hu_alloc(sizeof(*calls));
	calls->key = key;
	calls->next = *place;
	*place = calls;
	g->tasks++;
	return calls;
}

/* The parts of a line. */

static void blanks(struct hu_str *s)
{
	while (s->len && (*s->at == ' ' || *s->at == '\t'))
		*s = hu_str_skip(*s, 1);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "   0.342 us   ", "! 102.123 us  ", " 1234.5 us": blank is no duration, and fine. */
static bool duration_of(struct hu_str s, hu_ns *ret)
{
	int64_t ns;

	s = hu_str_trim(s);
	if (s.len > 1 && strchr("+!#*@$ ", s.at[0])) {
		s = hu_str_skip(s, 1);
		blanks(&s);
	}
	struct hu_str number = hu_str_word(&s);
	if (!hu_str_is(hu_str_trim(s), "us") || !number.len || !digit(*number.at) ||
	    !hu_str_fixed(number, 3, &ns))
		return false;
	*ret = ns;
	return true;
}

enum what { CALL, LEAF, RETURN, NOTE };

struct body {
	enum what what;
	size_t depth;
	struct hu_str function; /* of a RETURN: only with funcgraph-tail */
	struct hu_str note;
};

static bool is_function(struct hu_str s)
{
	struct hu_text_frame frame;

	return hu_text_frame(s, &frame) && frame.symbol.len;
}

static struct hu_str bare(struct hu_str s)
{
	struct hu_text_frame frame;

	return hu_text_frame(s, &frame) ? frame.symbol : s;
}

/* What stands between "slash star" and "star slash"; empty if nothing does. */
static struct hu_str comment_in(struct hu_str s)
{
	ptrdiff_t open = hu_str_find(s, "/*");
	size_t end = s.len;

	if (open < 0)
		return (struct hu_str){NULL, 0};
	if (hu_str_ends(s, "*/"))
		end -= 2;
	if (end < (size_t)open + 2)
		return (struct hu_str){NULL, 0};
	return hu_str_trim((struct hu_str){s.at + open + 2, end - (size_t)open - 2});
}

/* "  vfs_read() {", "    fsnotify();", "  }", or a comment with an event in it */
static bool body_of(struct hu_str s, struct body *ret)
{
	size_t indent = 0;

	while (indent < s.len && s.at[indent] == ' ')
		indent++;
	s = hu_str_trim(s);
	*ret = (struct body){.depth = indent / 2};
	if (hu_str_starts(s, "/*")) {
		ret->what = NOTE;
		ret->note = comment_in(s);
		return ret->note.len;
	}
	if (hu_str_starts(s, "}")) {
		struct hu_str tail = comment_in(s);
		ret->what = RETURN;
		/* "func = 0x0", "= 0x0", "func", "func ret=0x0" */
		struct hu_str word = hu_str_word(&tail);
		if (is_function(word))
			ret->function = bare(word);
		return s.len == 1 || hu_str_find(s, "/*") > 0 || s.at[1] == ' ' || s.at[1] == ';';
	}
	ptrdiff_t open = hu_str_find(s, "(");
	struct hu_str name = {s.at, open > 0 ? (size_t)open : 0};
	if (open <= 0 || !is_function(name))
		return false;
	ret->function = bare(name);
	struct hu_str rest = hu_str_skip(s, (size_t)open);
	ptrdiff_t leaf = hu_str_find(rest, ");");
	if (leaf > 0)
		ret->what = LEAF;
	else if (hu_str_ends(rest, "{") || hu_str_find(rest, ") {") > 0)
		ret->what = CALL;
	else
		return false;
	return true;
}

/* As the record of a return has it: what a call means, the vocabulary says. */
static void put_exit(struct hu_ftext_graph *g, struct hu_str function, uint64_t called,
		     uint64_t returned, const struct hu_where *at)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out fields = {0};

	hu_out_puts(&fields, "func=");
	hu_out_str(&fields, function);
	hu_out_printf(&fields, " calltime=%" PRIu64 " rettime=%" PRIu64, called, returned);
	hu_text_events_see(
		g->events,
		&(struct hu_text_event){hu_str("funcgraph_exit"), hu_out_view(&fields), NULL}, at);
}

/* What a line says. */
static void see(struct hu_ftext_graph *g, const struct body *body, hu_ns duration,
		const struct hu_where *at)
{
	struct calls *calls = calls_of(g, at);
	struct hu_str *place = body->depth < DEPTH_MAX ? &calls->entered[body->depth] : NULL;
	struct hu_str function = body->function;

	if (body->what != RETURN)
		hu_text_events_count(g->events,
				     &(struct hu_text_event){.name = hu_str("funcgraph_entry")});
	if (body->what == CALL) {
		if (place)
			*place = hu_text_events_keep(g->events, function);
		return;
	}
	if (body->what == RETURN) {
		if (!function.len && place)
			function = *place;
		if (place)
			*place = (struct hu_str){NULL, 0};
	}
	if (duration == HU_OPEN || !function.len) {
		g->nameless += duration != HU_OPEN;
		hu_text_events_count(g->events,
				     &(struct hu_text_event){.name = hu_str("funcgraph_exit")});
		return;
	}
	struct hu_where end = *at;
	/* A leaf's line has the stamp of its entry. */
	if (body->what == LEAF && end.ts != HU_OPEN &&
	    __builtin_add_overflow(end.ts, duration, &end.ts))
		end.ts = HU_OPEN;
	g->timeless += end.ts == HU_OPEN;
	put_exit(g, function, 1, (uint64_t)duration + 1, &end);
}

/* The kernel's lines. */

struct columns {
	struct hu_where at;
	hu_ns duration;
	struct hu_str comm;
	struct hu_str body;
	bool mark;	  /* "==========>" of an interrupt: it says nothing else */
	bool switch_line; /* " 0)  bash-123  =>  sshd-456" */
};

/* "mount-223", "kworker/0:1-11", "<...>-9" */
static bool task_of(struct hu_str s, struct columns *ret)
{
	const char *dash;
	int64_t tid;

	s = hu_str_trim(s);
	dash = s.len ? memrchr(s.at, '-', s.len) : NULL;
	if (!dash || !hu_str_i64(hu_str_skip(s, (size_t)(dash - s.at) + 1), &tid) || tid < 0 ||
	    tid > INT32_MAX)
		return false;
	ret->at.tid = (int32_t)tid;
	ret->comm = (struct hu_str){s.at, (size_t)(dash - s.at)};
	if (hu_str_is(ret->comm, "<...>") || hu_str_is(ret->comm, "<idle>"))
		ret->comm.len = 0;
	return true;
}

static bool columns_of(struct hu_str s, struct columns *ret)
{
	bool any = false;

	*ret = (struct columns){.at = {.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE},
				.duration = HU_OPEN};
	blanks(&s);
	/* "   70.081809 |" */
	size_t n = 0;
	while (n < s.len && (digit(s.at[n]) || s.at[n] == '.'))
		n++;
	struct hu_str number = {s.at, n}, behind = hu_str_skip(s, n);
	blanks(&behind);
	if (n && hu_str_starts(behind, "|") && hu_str_find(number, ".") > 0) {
		if (!hu_str_fixed(number, 9, &ret->at.ts))
			return false;
		s = hu_str_skip(behind, 1);
		blanks(&s);
		any = true;
	}
	/* "0)" */
	n = 0;
	while (n < s.len && n < 5 && digit(s.at[n]))
		n++;
	if (n && n < s.len && s.at[n] == ')') {
		int64_t cpu;
		if (hu_str_i64((struct hu_str){s.at, n}, &cpu))
			ret->at.cpu = (int32_t)cpu;
		s = hu_str_skip(s, n + 1);
		any = true;
	}
	ptrdiff_t arrow = hu_str_find(s, " => ");
	if (any && arrow >= 0 && arrow < 64 && !memchr(s.at, '|', s.len)) {
		ret->switch_line = true;
		return task_of(hu_str_skip(s, (size_t)arrow + 4), ret);
	}
	/* Up to three columns, each closed by a bar: the task, its flags, the duration. */
	for (unsigned column = 0; column < 3; column++) {
		const char *bar = s.len ? memchr(s.at, '|', s.len < 128 ? s.len : 128) : NULL;
		if (!bar)
			break;
		struct hu_str part = {s.at, (size_t)(bar - s.at)};
		struct hu_str inner = hu_str_trim(part);
		struct hu_str left = hu_str_skip(s, part.len + 1);
		uint32_t context = hu_ftext_context(inner);
		bool timed = duration_of(inner, &ret->duration);
		if (timed || !inner.len) {
			/* without a duration this is the last column, or the flags follow it */
			s = left;
			if (hu_str_starts(s, "  "))
				s = hu_str_skip(s, 2);
			ret->body = s;
			return true;
		}
		if (hu_str_starts(inner, "=====") || hu_str_starts(inner, "<====")) {
			ret->mark = true;
			return any;
		}
		if (column < 2 && task_of(inner, ret)) {
			any = true;
		} else if (column < 2 && context != HU_CTX_UNKNOWN) {
			ret->at.context = context;
			any = true;
		} else {
			break;
		}
		s = left;
	}
	if (hu_str_find(s, "==========>") >= 0 || hu_str_find(s, "<==========") >= 0)
		ret->mark = true;
	/* without a duration column: two blanks in front of the body */
	if (hu_str_starts(s, "  "))
		s = hu_str_skip(s, 2);
	ret->body = s;
	return any;
}

bool hu_ftext_graph_is(struct hu_str text)
{
	struct columns columns;
	struct body body;

	return columns_of(text, &columns) &&
	       (columns.mark || columns.switch_line || body_of(columns.body, &body));
}

void hu_ftext_graph_header(struct hu_ftext_graph *g, struct hu_str text)
{
	if (hu_str_starts(text, "# tracer:") && g->current)
		memset(g->current, 0, CPUS * sizeof(*g->current));
}

bool hu_ftext_graph_line(struct hu_ftext_graph *g, struct hu_str text, uint64_t pos,
			 uint64_t *records)
{
	struct columns c;
	struct body body;

	if (!columns_of(text, &c))
		return false;
	if (!g->current)
		g->current = hu_alloc(CPUS * sizeof(*g->current));
	bool placed = c.at.cpu >= 0 && c.at.cpu < CPUS;
	if (c.comm.len && c.comm.len < NAME_WIDTH)
		hu_vocabulary_name(hu_text_events_words(g->events), c.at.tid, c.comm);
	if (c.switch_line) {
		if (placed)
			g->current[c.at.cpu] = c.at.tid + 1;
		return true;
	}
	if (c.mark)
		return true;
	if (!body_of(c.body, &body))
		return false;
	if (c.at.tid < 0 && placed && g->current[c.at.cpu] > 0)
		c.at.tid = g->current[c.at.cpu] - 1;
	c.at.pos = pos;
	if (body.what == NOTE) {
		/* "sched_switch: prev_comm=…" between the calls */
		struct hu_text_event event = {.body = body.note};
		event.name = hu_str_split(&event.body, ':');
		++*records;
		if (!hu_text_frame(event.name, &(struct hu_text_frame){0}))
			return true;
		bool use = c.at.ts != HU_OPEN;
		if (!use)
			g->timeless += hu_text_events_use(g->events, &event);
		hu_ftext_queue_event(g->queue, "", &event, &c.at, use);
		return true;
	}
	hu_ftext_queue_nobody(g->queue, &c.at);
	*records += body.what == LEAF ? 2 : 1;
	see(g, &body, c.duration, &c.at);
	return true;
}

static struct hu_str field(struct hu_str body, const char *name)
{
	ptrdiff_t at = hu_str_find(body, name);
	struct hu_str left = at < 0 ? (struct hu_str){NULL, 0} : hu_str_skip(body, (size_t)at);

	left = hu_str_skip(left, strlen(name));
	return hu_str_word(&left);
}

/* report -R: "func=down_write (0xffffffffb304bb30) depth=1 overrun=0 calltime=… rettime=…" */
static void see_raw(struct hu_ftext_graph *g, const struct hu_text_event *event, bool entry,
		    const struct hu_where *at)
{
	struct hu_str function = field(event->body, "func=");
	struct hu_str called = field(event->body, "calltime="),
		      returned = field(event->body, "rettime=");
	uint64_t from, to;

	if (entry || !function.len || !called.len || !returned.len) {
		hu_text_events_count(g->events, event);
		return;
	}
	/* Hex that does not say so shows by a letter in either, or by being far from the stamp. */
	bool hex = !hu_str_u64(called, 10, &from) || !hu_str_u64(returned, 10, &to);
	if (hex && (!hu_text_hex(called, &from) || !hu_text_hex(returned, &to))) {
		hu_text_events_count(g->events, event);
		return;
	}
	put_exit(g, bare(function), from, to, at);
}

/* trace-cmd's: "funcgraph_entry:        0.123 us   |  func();" */
bool hu_ftext_graph_event(struct hu_ftext_graph *g, const struct hu_text_event *event,
			  const struct hu_where *at)
{
	bool entry = hu_str_is(event->name, "funcgraph_entry");
	struct body body;
	hu_ns duration = HU_OPEN;

	if (!entry && !hu_str_is(event->name, "funcgraph_exit"))
		return false;
	hu_ftext_queue_nobody(g->queue, at);
	ptrdiff_t bar = hu_str_find(event->body, "|");
	if (bar < 0) {
		see_raw(g, event, entry, at);
		return true;
	}
	struct hu_str left = hu_str_skip(event->body, (size_t)bar + 1);
	if (hu_str_starts(left, "  "))
		left = hu_str_skip(left, 2);
	duration_of((struct hu_str){event->body.at, (size_t)bar}, &duration);
	if (!body_of(left, &body) || body.what == NOTE) {
		hu_text_events_count(g->events, event);
		return true;
	}
	see(g, &body, duration, at); /* a leaf's exit has no line: the library left it out */
	return true;
}

void hu_ftext_graph_finish(struct hu_ftext_graph *g)
{
	struct hu_gap gap = {
		.from = HU_OPEN, .to = HU_OPEN, .cpu = HU_NONE, .kind = HU_LOSS_MISSING};

	if (g->nameless) {
		gap.count = (int64_t)g->nameless;
		hu_put_loss(g->to, &gap,
			    "%" PRIu64 " calls end whose beginning, and so whose name, the trace "
			    "does not have",
			    g->nameless);
	}
	if (g->timeless) {
		gap.count = (int64_t)g->timeless;
		hu_put_loss(g->to, &gap,
			    "%" PRIu64 " calls and events of the function graph have no stamp: "
			    "the option funcgraph-abstime was off",
			    g->timeless);
	}
}
