/*
 * ftrace text: what `cat trace` and `cat trace_pipe` show, what `trace-cmd report` prints. Shaped
 * for files of some KB to some GB, one pass from front to back: a line costs its head and a look at
 * its event, nothing is allocated for it, and what was read can be dropped by the kernel.
 */
#include "db/text.h"
#include "ingest/ftext_clock.h"
#include "ingest/ftext_graph.h"
#include "ingest/ftext_head.h"
#include "ingest/ftext_hist.h"
#include "ingest/ftext_line.h"
#include "ingest/ftext_lines.h"
#include "ingest/ftext_loss.h"
#include "ingest/ftext_queue.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/torntext.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	TID_LIMIT = (1 << 22) + 1, /* PID_MAX_LIMIT, include/linux/threads.h */
	BUFFERS = 64,
};

struct reading {
	struct hu_sink *to;
	struct hu_text_events *events;
	struct hu_ftext_queue *queue;
	struct hu_ftext_heads *heads;
	struct hu_ftext_graph *graph;
	struct hu_ftext_hist hist;
	struct hu_ftext_lines lines;
	struct hu_ftext_loss loss;
	uint64_t records;
	uint8_t *known; /* a bit per tid: its name has been told */
	uint8_t *grouped;
	bool user_stack, has_cpus;
	bool graph_tracer;
	uint64_t traces; /* "# tracer:" lines */
	uint64_t by_time[HU_FTEXT_RELATIVE + 1];
	char *buffer[BUFFERS];
	size_t buffers;
};

/* Time, and what was lost in it. */

static void gap(struct reading *r)
{
	hu_ftext_queue_flush(r->queue);
	hu_vocabulary_gap(hu_text_events_words(r->events));
	hu_ftext_graph_gap(r->graph);
}

static void see_lost(struct reading *r, const struct hu_ftext_line *line)
{
	hu_ftext_queue_gap(r->queue, line->cpu);
	hu_ftext_graph_gap(r->graph);
	hu_ftext_loss_told(&r->loss, line, r->lines.pos);
}

static void see_time(struct reading *r, const struct hu_ftext_line *line)
{
	r->by_time[line->time]++;
	if (!hu_ftext_loss_time(&r->loss, line, r->lines.pos))
		gap(r);
}

/* Names. */

static bool first_time(uint8_t *bits, int32_t tid)
{
	if (tid <= 0 || tid >= TID_LIMIT || (bits[tid / 8] & 1 << tid % 8))
		return false;
	bits[tid / 8] |= (uint8_t)(1 << tid % 8);
	return true;
}

/*
 * The name in front of the pid is what the task was called last before the text was made
 * (saved_cmdlines), not what it was called when the event happened.
 */
static void see_name(struct reading *r, const struct hu_ftext_line *line)
{
	if (line->comm.len && !line->comm_cut && first_time(r->known, line->tid))
		hu_vocabulary_name(hu_text_events_words(r->events), line->tid, line->comm);
	if (line->tgid > 0 && first_time(r->grouped, line->tid))
		hu_put_task(r->to,
			    &(struct hu_task){
				    .at = {.ts = HU_OPEN,
					   .pos = r->lines.pos,
					   .cpu = HU_NONE,
					   .tid = line->tid},
				    .tgid = line->tgid,
				    .parent = HU_NONE,
				    .step = HU_TASK_NAMED,
				    .comm = line->comm_cut ? 0 : hu_intern(r->to, line->comm),
			    });
}

/* Events. */

static uint32_t buffer_of(struct reading *r, struct hu_str name)
{
	for (size_t i = 0; i < r->buffers; i++)
		if (hu_str_is(name, r->buffer[i]))
			return (uint32_t)i + 1;
	if (r->buffers == BUFFERS)
		return BUFFERS;
	r->buffer[r->buffers++] = hu_strdup(name);
	return (uint32_t)r->buffers;
}

/* An event that two buffers of a file have is the same one twice: the first buffer's counts. */
static bool is_elsewhere(struct reading *r, const struct hu_ftext_line *line,
			 const struct hu_text_event *event)
{
	uint32_t *owner = &event->known->note[HU_FTEXT_NOTE_OWNER];
	uint32_t buffer = buffer_of(r, line->buffer);

	if (!*owner)
		*owner = buffer;
	return *owner != buffer;
}

static struct hu_where where(const struct reading *r, const struct hu_ftext_line *line)
{
	return (struct hu_where){
		.ts = line->ts,
		.pos = r->lines.pos,
		.cpu = line->cpu < HU_FTEXT_CPU_LIMIT ? line->cpu : HU_NONE,
		.tid = line->tid,
		.context = line->context,
	};
}

static void see_event(struct reading *r, const struct hu_ftext_line *line)
{
	struct hu_text_event event = {line->name, line->body, NULL};
	struct hu_where at = where(r, line);
	const char *prefix = "";
	bool use = true;

	if (line->syscall)
		prefix = line->syscall == HU_BEGIN ? "sys_enter_" : "sys_exit_";
	/* its name as an event, kernel/trace/trace_entries.h */
	if (hu_str_is(event.name, "tracing_mark_write"))
		event = (struct hu_text_event){hu_str("print"), line->rest, NULL};
	if (hu_ftext_graph_event(r->graph, &event, &at))
		return;
	if (line->seen && event.name.at == line->name.at) {
		if (!line->seen->known)
			line->seen->known = hu_text_events_name(r->events, event.name);
		event.known = line->seen->known;
	} else {
		event.known = hu_text_events_name(r->events, event.name);
	}
	if (is_elsewhere(r, line, &event)) {
		r->loss.elsewhere += !line->syscall && hu_text_events_use(r->events, &event);
		r->loss.elsewhere += line->syscall > 0;
		use = false;
	}
	hu_ftext_queue_event(r->queue, prefix, &event, &at, use);
}

static void see_record(struct reading *r, const struct hu_ftext_line *line)
{
	struct hu_where at = where(r, line);

	r->records++;
	r->user_stack = false;
	see_time(r, line);
	see_name(r, line);
	switch (line->what) {
	case HU_FTEXT_EVENT:
		see_event(r, line);
		break;
	case HU_FTEXT_FUNCTION:
		hu_ftext_queue_event(r->queue, "",
				     &(struct hu_text_event){hu_str("function"), line->body, NULL},
				     &at, false);
		break;
	case HU_FTEXT_STACK:
		hu_ftext_queue_stack(r->queue, &at);
		if (hu_str_starts(line->body, "=>")) /* trace-cmd report -N */
			hu_ftext_queue_frame(r->queue, hu_str_trim(hu_str_skip(line->body, 2)));
		else if (line->body.len)
			hu_ftext_queue_bytes(r->queue, line->body);
		hu_text_events_count(r->events,
				     &(struct hu_text_event){.name = hu_str("kernel_stack")});
		break;
	case HU_FTEXT_USER_STACK:
		hu_ftext_queue_end_stack(r->queue);
		hu_text_events_count(r->events,
				     &(struct hu_text_event){.name = hu_str("user_stack")});
		r->user_stack = true;
		break;
	default:
		break;
	}
}

/* Comments. */

/* "# entries-in-buffer/entries-written: 28273/30001   #P:2" */
static void see_entries(struct reading *r, struct hu_str text)
{
	uint64_t in_buffer, written, cpus;

	ptrdiff_t colon = hu_str_find(text, ":");
	struct hu_str left = hu_str_skip(text, (size_t)colon + 1);
	struct hu_str word = hu_str_word(&left);
	struct hu_str first = hu_str_split(&word, '/');
	if (hu_str_u64(first, 10, &in_buffer) && hu_str_u64(word, 10, &written) &&
	    written > in_buffer)
		r->loss.overwritten += written - in_buffer;
	word = hu_str_word(&left);
	if (hu_str_starts(word, "#P:") && hu_str_u64(hu_str_skip(word, 3), 10, &cpus) && cpus &&
	    !r->has_cpus) {
		hu_put_fact(r->to, "cpus", hu_str_skip(word, 3));
		r->has_cpus = true;
	}
}

static void see_comment(struct reading *r, struct hu_str text)
{
	if (hu_str_starts(text, "# tracer:")) {
		struct hu_str name = hu_str_trim(hu_str_skip(text, 9));
		if (r->traces++)
			gap(r);
		r->graph_tracer = hu_str_starts(name, "function_graph");
	}
	if (hu_str_find(text, "entries-in-buffer/entries-written:") >= 0)
		see_entries(r, text);
	hu_ftext_graph_header(r->graph, text);
	hu_ftext_hist_header(&r->hist, text);
}

static void see_cpus(struct reading *r, const struct hu_ftext_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out number = {0};

	if (r->has_cpus || line->cpu <= 0)
		return;
	hu_out_printf(&number, "%" PRId32, line->cpu);
	hu_put_fact(r->to, "cpus", hu_out_view(&number));
	r->has_cpus = true;
}

static void see_line(struct reading *r, struct hu_str text)
{
	struct hu_ftext_line line HU_UNSET;
	struct hu_str frame;

	/* Most lines are one of these two, and the blanks in front of a head are many. */
	bool near = text.len > 1 && (text.at[0] == '=' || text.at[1] == '=');
	if (near && hu_ftext_frame(text, &frame)) {
		if (!r->user_stack)
			hu_ftext_queue_frame(r->queue, frame);
		return;
	}
	bool known = hu_ftext_next_line(r->heads, text, &line);
	if (line.what != HU_FTEXT_STACK && line.what != HU_FTEXT_FRAME)
		hu_ftext_queue_end_stack(r->queue);
	if (!known && (hu_ftext_graph_line(r->graph, text, r->lines.pos, &r->records) ||
		       hu_ftext_hist_line(&r->hist, text, r->lines.pos, &r->records)))
		return;
	switch (line.what) {
	case HU_FTEXT_EMPTY:
	case HU_FTEXT_NOTHING:
	case HU_FTEXT_STARTED:
		break;
	case HU_FTEXT_COMMENT:
		see_comment(r, line.rest);
		break;
	case HU_FTEXT_FRAME:
		if (!r->user_stack)
			hu_ftext_queue_frame(r->queue, line.rest);
		break;
	case HU_FTEXT_LOST:
		see_lost(r, &line);
		break;
	case HU_FTEXT_CPUS:
		see_cpus(r, &line);
		break;
	case HU_FTEXT_STRANGE:
		hu_ftext_loss_strange(&r->loss, text, r->lines.pos);
		break;
	default:
		see_record(r, &line);
	}
}

static void read_lines(struct reading *r)
{
	enum hu_ftext_taken taken;
	struct hu_str line;

	while ((taken = hu_ftext_lines_next(&r->lines, &line))) {
		if (taken == HU_FTEXT_LINE) {
			see_line(r, line);
			continue;
		}
		hu_ftext_queue_end_stack(r->queue);
		hu_ftext_loss_strange(&r->loss, line, r->lines.pos);
	}
}

static struct hu_err *ftext_read(const char *path, const struct hu_surroundings *around,
				 struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct reading *r = hu_alloc(sizeof(*r));
	r->to = to;
	r->events = hu_text_events_create(to, around, file.text);
	r->queue = hu_ftext_queue_create(r->events);
	r->lines = (struct hu_ftext_lines){.text = file.text, .queue = r->queue};
	r->heads = hu_ftext_heads_create();
	r->graph = hu_ftext_graph_create(to, r->events, r->queue);
	r->hist.to = to;
	r->loss.to = to;
	r->known = hu_alloc(TID_LIMIT / 8 + 1);
	r->grouped = hu_alloc(TID_LIMIT / 8 + 1);

	read_lines(r);
	hu_ftext_queue_flush(r->queue);
	hu_text_events_finish(r->events);
	hu_ftext_graph_finish(r->graph);
	hu_ftext_clock(
		to, around,
		r->by_time[HU_FTEXT_RELATIVE] > r->by_time[HU_FTEXT_SECONDS] ? HU_FTEXT_RELATIVE
		: r->by_time[HU_FTEXT_UNITS] > r->by_time[HU_FTEXT_SECONDS]  ? HU_FTEXT_UNITS
									     : HU_FTEXT_SECONDS);
	hu_ftext_loss_put(&r->loss, r->queue, &r->lines);
	hu_put_totals(to, r->records, file.text.len);
	if (r->lines.zeros)
		hu_torn_zeros(file.text, to);
	if (!r->records && !r->traces && !r->hist.headers)
		err = hu_err(HU_ERR_BAD_INPUT, "there is no trace event in it");

	hu_ftext_hist_deinit(&r->hist);
	hu_ftext_graph_destroy(r->graph);
	hu_ftext_queue_destroy(r->queue);
	hu_ftext_heads_destroy(r->heads);
	hu_text_events_destroy(r->events);
	for (size_t i = 0; i < r->buffers; i++)
		free(r->buffer[i]);
	hu_ftext_loss_deinit(&r->loss);
	free(r->known);
	free(r->grouped);
	hu_ftext_lines_deinit(&r->lines);
	free(r);
	return err;
}

const struct hu_reader_ops hu_reader_ftrace = {
	.name = "ftrace",
	.reads = "ftrace text: trace, trace_pipe, trace-cmd report, function graphs, hist triggers",
	.clock = HU_CLOCK_IN_FILE,
	.zeros = true, /* it tells of them itself */
	.probe = hu_ftext_probe,
	.read_among = ftext_read,
};
