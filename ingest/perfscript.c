/*
 * "perf script": events, each a line with its call chain below it. Shaped for hundreds of
 * megabytes: one pass, nothing allocated per line, and the chains of events that mean nothing are
 * not looked at.
 *
 * Events of tracepoints and probes go to the vocabulary by ingest/textfields.h, so they become the
 * rows that the perf.data would; samples of a clock or a counter become samples. A chain's kernel
 * frames are the stack, as everywhere; the program's frames are left out.
 */
#include "ingest/perfscript_header.h"
#include "ingest/perfscript_line.h"
#include "ingest/perfscript_stack.h"
#include "ingest/perfscript_text.h"
#include "ingest/reader.h"
#include "ingest/textfields.h"
#include "ingest/vocabulary_private.h"

#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SAMPLED = 64, MOST_RECORDS = 32, LOOK_AHEAD = 64 };

struct counted {
	struct hu_out name;
	uint64_t count, used;
};

struct script {
	struct hu_perf_text text;
	struct hu_sink *to;
	struct hu_text_events *events;
	struct hu_vocabulary *words;
	struct hu_perf_header header;
	struct hu_perf_stack stack; /* of the event in work */
	struct hu_out line;	    /* its first line, which the text may no longer hold */
	struct hu_perf_line event;  /* borrows from that */
	bool open;		    /* an event is in work */
	bool wants_stack;
	bool differences;  /* --deltatime: stamps are no times */
	bool relative;	   /* --reltime */
	bool has_switches; /* sched_switch is among the events: PERF_RECORD_SWITCH says the same */
	hu_ns *cpu_last;   /* by CPU: its last stamp */
	size_t cpus;
	struct counted sampled[MOST_SAMPLED], record[MOST_RECORDS];
	size_t sampled_count, record_count;
	uint64_t records, unnamed, unnamed_pos, bare, bare_pos, source_lines, chatter;
};

static void count(struct counted *table, size_t *n, size_t most, struct hu_str name, bool used)
{
	size_t i = 0;

	while (i < *n && !hu_str_eq(hu_out_view(&table[i].name), name))
		i++;
	if (i == most)
		i = most - 1; /* the last one stands for all that are too many */
	if (i == *n) {
		hu_out_str(&table[i].name, i + 1 == most ? hu_str("(other names)") : name);
		++*n;
	}
	table[i].count++;
	table[i].used += used;
}

static void put_counts(const struct script *s, struct counted *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		hu_put_event_count(s->to, hu_out_view(&table[i].name), table[i].count,
				   table[i].used > 0);
		hu_out_deinit(&table[i].name);
	}
}

static struct hu_where where_of(const struct script *s)
{
	return (struct hu_where){
		.ts = s->event.ts, .pos = s->text.pos, .cpu = s->event.cpu, .tid = s->event.tid};
}

static hu_ns *last_on(struct script *s, int32_t cpu)
{
	size_t at = (size_t)cpu;

	if (at >= s->cpus) {
		s->cpu_last = hu_realloc(s->cpu_last, (at + 1) * sizeof(*s->cpu_last));
		while (s->cpus <= at)
			s->cpu_last[s->cpus++] = HU_OPEN;
	}
	return &s->cpu_last[at];
}

/* Records of the task events. A stamp of 0 is perf's own: it read /proc when it began. */

static void lost(struct script *s, const struct hu_perf_record *record)
{
	struct hu_gap gap = {HU_OPEN,	   s->event.ts,	    record->lost,
			     s->event.cpu, HU_LOSS_DROPPED, s->text.pos};

	if (s->event.cpu != HU_NONE)
		gap.from = *last_on(s, s->event.cpu);
	hu_put_loss(s->to, &gap, "%lld events lost, says perf", (long long)record->lost);
	hu_vocabulary_gap(s->words);
}

static void switched(struct script *s, const struct hu_perf_record *record)
{
	struct hu_switch row = {.at = where_of(s), .next = record->tid};

	if (s->has_switches)
		return;
	if (record->kind == HU_PERF_SWITCH_IN) {
		row.next = row.at.tid;
		row.at.tid = record->tid;
	} else if (record->preempted) {
		row.state = HU_STATE_PREEMPTED;
	}
	/* With both ends in each record (-a), a switch is told twice: once is enough. */
	if (record->kind == HU_PERF_SWITCH_OUT || record->tid == HU_NONE)
		hu_put_switch(s->to, &row);
}

static void task(struct script *s, const struct hu_perf_record *record)
{
	struct hu_task row = {.at = where_of(s),
			      .tgid = record->tgid,
			      .parent = record->parent,
			      .step = record->kind == HU_PERF_FORK   ? HU_TASK_FORKED
				      : record->kind == HU_PERF_EXIT ? HU_TASK_EXITED
				      : record->kind == HU_PERF_EXEC ? HU_TASK_EXECED
								     : HU_TASK_NAMED};

	row.at.tid = record->tid;
	if (!row.at.ts)
		row.at.ts = HU_OPEN;
	if (record->tid == HU_NONE)
		return;
	if (record->comm.len)
		hu_vocabulary_comm(s->words, &row.at, record->tid, record->comm);
	row.comm = hu_intern(s->to, record->comm);
	if (record->kind != HU_PERF_COMM)
		hu_put_task(s->to, &row);
}

static void take_record(struct script *s, struct hu_str line)
{
	struct hu_perf_record record;

	if (!hu_perf_record_parse(s->event.body, &record)) {
		hu_perf_text_odd(&s->text, line);
		return;
	}
	switch (record.kind) {
	case HU_PERF_COMM:
	case HU_PERF_EXEC:
	case HU_PERF_FORK:
	case HU_PERF_EXIT:
		task(s, &record);
		break;
	case HU_PERF_SWITCH_OUT:
	case HU_PERF_SWITCH_IN:
		switched(s, &record);
		break;
	case HU_PERF_LOST:
		lost(s, &record);
		break;
	case HU_PERF_OTHER:
		break;
	}
	count(s->record, &s->record_count, MOST_RECORDS, record.name, record.kind != HU_PERF_OTHER);
}

/* Events. */

static void put_sample(struct script *s, const struct hu_where *at)
{
	hu_put_sample(s->to, &(struct hu_sample){.at = *at,
						 .event = hu_intern(s->to, s->event.event),
						 .period = s->event.period});
	count(s->sampled, &s->sampled_count, MOST_SAMPLED, s->event.event, true);
}

/* The event in work is complete: its chain is known. */
static void flush(struct script *s)
{
	struct hu_text_event event = {.body = s->event.body};

	if (!s->open)
		return;
	s->open = false;
	s->records++;
	struct hu_where at = where_of(s);
	at.pos = s->stack.pos;
	if (at.cpu != HU_NONE && at.ts != HU_OPEN)
		*last_on(s, at.cpu) = at.ts;
	if (!s->event.event.len) {
		if (!s->unnamed++)
			s->unnamed_pos = at.pos;
		return;
	}
	bool traced = hu_perf_line_tracepoint(s->event.event, &event.name);
	if (traced && at.ts == HU_OPEN) {
		hu_text_events_count(s->events, &event);
		return;
	}
	if (at.tid != HU_NONE)
		hu_vocabulary_comm(s->words, &at, at.tid, s->event.comm);
	if (s->wants_stack)
		at.stack = hu_perf_stack_end(&s->stack, s->events);
	if (!traced) {
		put_sample(s, &at);
	} else if (!hu_text_events_see(s->events, &event, &at)) {
		/* -F without trace, or a form that nobody knows */
		hu_text_events_count(s->events, &event);
		if (!s->bare++)
			s->bare_pos = at.pos;
	}
}

static void begin(struct script *s, const struct hu_perf_line *parsed, struct hu_str line)
{
	struct hu_text_event event = {.known = NULL};
	struct hu_perf_frame frame;

	hu_out_clear(&s->line);
	hu_out_str(&s->line, line);
	ptrdiff_t moved = s->line.at - line.at;
	s->event = *parsed;
	s->event.comm.at = parsed->comm.len ? parsed->comm.at + moved : "";
	s->event.event.at = parsed->event.len ? parsed->event.at + moved : "";
	s->event.body.at = parsed->body.len ? parsed->body.at + moved : "";
	if (s->differences)
		s->event.ts = HU_OPEN;
	/* No name is printed, and the header lists one event alone: this is it. */
	if (!s->event.event.len && s->header.events == 1)
		s->event.event = hu_str(s->header.event);
	s->open = true;
	hu_perf_stack_begin(&s->stack, s->text.pos);
	event.body = s->event.body;
	bool traced = hu_perf_line_tracepoint(s->event.event, &event.name);
	s->wants_stack = !traced || hu_text_events_use(s->events, &event);
	/* Without -g the instruction pointer stands in the line itself. */
	if (!traced && s->event.event.len && s->event.body.len &&
	    hu_perf_frame_parse(s->event.body, s->stack.low, &frame) && frame.address)
		hu_perf_stack_add(&s->stack, &frame, true);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line below an event's first: a frame of its chain, or where that lies in the source. */
static bool below(struct script *s, struct hu_str line)
{
	struct hu_perf_frame frame;

	if (!s->open || !line.len || !is_blank(*line.at))
		return false;
	if (s->wants_stack && !hu_perf_frame_parse(line, s->stack.low, &frame))
		return false;
	if (*line.at == ' ' && s->wants_stack && !frame.address) {
		s->source_lines++; /* -F +srcline */
		return true;
	}
	if (s->wants_stack)
		hu_perf_stack_add(&s->stack, &frame, s->text.clean == NULL);
	return true;
}

static void take_line(struct script *s, struct hu_str line)
{
	struct hu_perf_line parsed;

	if (!hu_str_trim(line).len) {
		flush(s);
		return;
	}
	if (*line.at == '\t' && below(s, line))
		return;
	if (*line.at == '#' && hu_perf_header_take(&s->header, line, s->text.pos, s->to)) {
		s->stack.low = s->header.narrow;
		return;
	}
	if (hu_perf_line_parse(line, &parsed)) {
		flush(s);
		if (!parsed.record) {
			begin(s, &parsed, line);
			return;
		}
		s->event = parsed;
		s->records++;
		take_record(s, line);
		return;
	}
	if (below(s, line))
		return;
	flush(s);
	/* "		[0/net: 4/0xf0000000, …" below PERF_RECORD_NAMESPACES */
	if (hu_str_starts(line, "\t\t["))
		return;
	if (hu_perf_is_chatter(line) || hu_str_starts(line, "PERF_RECORD_"))
		s->chatter++;
	else
		hu_perf_text_odd(&s->text, line);
}

/* Before the first line: what kind of stamps these are, and whether switches are told as events. */
static void look_ahead(struct script *s)
{
	enum { SCAN = 1 << 20 };
	struct hu_str rest = s->text.rest, line;
	struct hu_perf_line parsed;
	hu_ns before = 0;
	size_t stamps = 0;

	if (rest.len > SCAN)
		rest.len = SCAN;
	s->has_switches = rest.len && memmem(rest.at, rest.len, "sched:sched_switch:", 19);
	while (stamps < LOOK_AHEAD && hu_str_line(&rest, &line)) {
		if (!line.len || *line.at == '\t' || *line.at == '#' ||
		    !hu_perf_line_parse(line, &parsed) || !parsed.timed || parsed.record)
			continue;
		if (!stamps++)
			s->relative = !parsed.ts;
		else if (s->relative && parsed.ts < before)
			s->differences = true;
		before = parsed.ts;
	}
}

static void put_clock(const struct script *s)
{
	if (s->differences)
		hu_put_source_clock(s->to, HU_CLOCK_NONE,
				    "--deltatime: the stamps are differences");
	else if (s->relative)
		hu_put_source_clock(s->to, HU_CLOCK_IN_FILE,
				    "--reltime: the stamps count from the first event");
	else
		hu_perf_header_clock(&s->header, s->to);
}

static void put_losses(const struct script *s)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN,	       (int64_t)s->unnamed,
			     HU_NONE, HU_LOSS_MISSING, s->unnamed_pos};

	if (s->unnamed)
		hu_put_loss(s->to, &gap,
			    "%llu events are printed without their names (perf script -F without "
			    "event) and could not be used",
			    (unsigned long long)s->unnamed);
	gap.count = (int64_t)s->bare;
	gap.pos = s->bare_pos;
	if (s->bare)
		hu_put_loss(s->to, &gap,
			    "%llu events are printed without their fields (perf script -F without "
			    "trace), or with too few of them, and could not be used",
			    (unsigned long long)s->bare);
	gap = (struct hu_gap){HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_MISSING, 1};
	if (s->differences)
		hu_put_loss(s->to, &gap,
			    "the stamps are differences (perf script --deltatime): no event was "
			    "put in time");
}

static struct hu_err *read_lines(struct script *s, const struct hu_surroundings *around)
{
	struct hu_str line;

	s->events = hu_text_events_create(s->to, around, s->text.file.text);
	s->words = hu_text_events_words(s->events);
	look_ahead(s);
	while (hu_perf_text_line(&s->text, &line))
		take_line(s, line);
	flush(s);
	hu_text_events_finish(s->events);
	put_counts(s, s->sampled, s->sampled_count);
	put_counts(s, s->record, s->record_count);
	if (s->unnamed)
		hu_put_event_count(s->to, hu_str("(no name)"), s->unnamed, false);
	if (s->chatter)
		hu_put_event_count(s->to, hu_str("message of perf"), s->chatter, false);
	put_clock(s);
	put_losses(s);
	hu_put_totals(s->to, s->records, s->text.file.text.len);
	struct hu_err *err = hu_perf_text_end(&s->text, s->to);
	if (err || s->records || s->header.seen)
		return err;
	return hu_err(HU_ERR_BAD_INPUT, "there is no event of perf script in it");
}

static struct hu_err *perfscript_read(const char *path, const struct hu_surroundings *around,
				      struct hu_sink *to)
{
	struct script s = {.to = to};
	struct hu_err *err = hu_perf_text_open(&s.text, path);

	if (!err)
		err = read_lines(&s, around);
	hu_text_events_destroy(s.events);
	hu_perf_text_close(&s.text);
	hu_perf_stack_deinit(&s.stack);
	hu_out_deinit(&s.line);
	free(s.cpu_last);
	return err;
}

/*
 * A line with a stamp and a task says that it is perf's only if it also names an event in perf's
 * way, or has frames below it: "bash 238 [001] 12.345678:" alone is also how ftrace begins, and
 * "sched:sched_switch:" is not.
 */
static enum hu_match perfscript_probe(const struct hu_probe *in)
{
	struct hu_perf_head head;
	struct hu_str line;
	struct hu_perf_header header = {0};
	unsigned events = 0, frames = 0, others = 0;
	bool open = false, nameless = false; /* the line above: "perf 238 [000] 135.07: " */

	if (in->is_dir)
		return HU_MATCH_NO;
	hu_perf_head_init(&head, in->head);
	while (hu_perf_head_line(&head, &line)) {
		struct hu_perf_line parsed;
		struct hu_perf_frame frame;
		if (!hu_str_trim(line).len)
			continue;
		if (*line.at == '#') {
			if (hu_str_is(line, "# ========"))
				header.seen = true;
			else if (hu_str_starts(line, "# Samples: ") ||
				 hu_str_starts(line, "# Total Lost Samples"))
				return HU_MATCH_NO; /* perf report */
			continue;
		}
		if (is_blank(*line.at) && open && hu_perf_frame_parse(line, false, &frame) &&
		    frame.address) {
			frames++;
			events += nameless && frame.side != HU_PERF_UNSAID;
			nameless = false;
		} else if (hu_perf_line_parse(line, &parsed) &&
			   (parsed.record || parsed.event.len || parsed.timed)) {
			struct hu_str name;
			bool named = parsed.record ||
				     hu_perf_line_tracepoint(parsed.event, &name) ||
				     (parsed.event.len &&
				      (parsed.period != HU_NONE || frames || !parsed.body.len));
			events += named;
			nameless = parsed.timed && !parsed.event.len && !parsed.body.len;
			open = true;
		} else if (!hu_perf_is_chatter(line) && !is_blank(*line.at)) {
			others++;
		}
	}
	if (header.seen && !events && !others && hu_str_find(in->head, "# captured on") >= 0)
		return HU_MATCH_LIKELY; /* the header alone, or a long one */
	return events && events >= 4 * others ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_perfscript = {
	.name = "perfscript",
	.reads = "text of \"perf script\", with call chains",
	.clock = HU_CLOCK_IN_FILE,
	.probe = perfscript_probe,
	.read_among = perfscript_read,
};
