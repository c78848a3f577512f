/*
 * The function_graph tracer's text: kernel/trace/trace_functions_graph.c, and what libtraceevent's
 * plugin_function.c makes of the same records. A call that called nothing is one line with its
 * duration, any other is two; the second says the duration, and the function only with
 * funcgraph-tail, so who was entered is kept for each task by its indentation.
 */
#include "ingest/ftext_graph.h"
#include "db/text.h"
#include "ingest/ftext_graph_line.h"
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
static void see(struct hu_ftext_graph *g, const struct hu_ftext_call *body, hu_ns duration,
		const struct hu_where *at)
{
	struct calls *calls = calls_of(g, at);
	struct hu_str *place = body->depth < DEPTH_MAX ? &calls->entered[body->depth] : NULL;
	struct hu_str function = body->function;

	if (body->what != HU_FTEXT_RETURN)
		hu_text_events_count(g->events,
				     &(struct hu_text_event){.name = hu_str("funcgraph_entry")});
	if (body->what == HU_FTEXT_CALL) {
		if (place)
			*place = hu_text_events_keep(g->events, function);
		return;
	}
	if (body->what == HU_FTEXT_RETURN) {
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
	if (body->what == HU_FTEXT_LEAF && end.ts != HU_OPEN &&
	    __builtin_add_overflow(end.ts, duration, &end.ts))
		end.ts = HU_OPEN;
	g->timeless += end.ts == HU_OPEN;
	put_exit(g, function, 1, (uint64_t)duration + 1, &end);
}

bool hu_ftext_graph_is(struct hu_str text)
{
	struct hu_ftext_columns columns;
	struct hu_ftext_call body;

	return hu_ftext_columns_of(text, &columns) &&
	       (columns.mark || columns.switch_line || hu_ftext_call_of(columns.body, &body));
}

void hu_ftext_graph_header(struct hu_ftext_graph *g, struct hu_str text)
{
	if (hu_str_starts(text, "# tracer:") && g->current)
		memset(g->current, 0, CPUS * sizeof(*g->current));
}

bool hu_ftext_graph_line(struct hu_ftext_graph *g, struct hu_str text, uint64_t pos,
			 uint64_t *records)
{
	struct hu_ftext_columns c;
	struct hu_ftext_call body;

	if (!hu_ftext_columns_of(text, &c))
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
	if (!hu_ftext_call_of(c.body, &body))
		return false;
	if (c.at.tid < 0 && placed && g->current[c.at.cpu] > 0)
		c.at.tid = g->current[c.at.cpu] - 1;
	c.at.pos = pos;
	if (body.what == HU_FTEXT_NOTE) {
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
	*records += body.what == HU_FTEXT_LEAF ? 2 : 1;
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
	put_exit(g, hu_ftext_bare(function), from, to, at);
}

/* trace-cmd's: "funcgraph_entry:        0.123 us   |  func();" */
bool hu_ftext_graph_event(struct hu_ftext_graph *g, const struct hu_text_event *event,
			  const struct hu_where *at)
{
	bool entry = hu_str_is(event->name, "funcgraph_entry");
	struct hu_ftext_call body;
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
	hu_ftext_duration((struct hu_str){event->body.at, (size_t)bar}, &duration);
	if (!hu_ftext_call_of(left, &body) || body.what == HU_FTEXT_NOTE) {
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
