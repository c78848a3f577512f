/*
 * Holds events back until their stacks are there: 4096 events at most, as an event's stack is
 * written right after it (__ftrace_trace_stack()), and only lines of other CPUs, or of an interrupt
 * on the same one, can stand between.
 */
#include "ingest/ftext_queue.h"

#include "ingest/ftext_stack.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 4096,
	NAME_MAX_BYTES = 96,
	CPUS_MAX = 8192,
	OPEN_MAX = 16,
};

struct slot {
	struct hu_text_event event;
	struct hu_where at;
	bool use, ready;
	bool gap; /* no event: something was lost here */
};

struct open {		 /* an event that a stack may still belong to */
	uint64_t number; /* of its slot */
	int32_t tid;
	uint32_t context;
	bool wanted;		    /* false: nobody asks for its stack */
	struct hu_str name;	    /* as its line has it */
	struct hu_text_name *known; /* the same, looked up; NULL: it has none */
	enum hu_made_by by;	    /* if its body does not say it */
	struct hu_str body;
};

struct cpu {
	struct open open[OPEN_MAX];
	unsigned count;
	bool seen; /* an event, since the last gap */
};

struct hu_ftext_queue {
	struct hu_text_events *events;
	struct slot slot[SLOTS];
	char name[SLOTS][NAME_MAX_BYTES]; /* of an event whose name is not in the text as it is */
	uint64_t first, next;		  /* numbers; a slot's place is its number modulo SLOTS */
	struct cpu *cpu;
	size_t cpus;
	bool collecting;
	struct hu_where at; /* of the stack whose frames are being collected */
	struct hu_ftext_stack *stack;
	uint64_t refused, refused_line, stray, stray_line;
};

struct hu_ftext_queue *hu_ftext_queue_create(struct hu_text_events *events)
{
	struct hu_ftext_queue *q = hu_alloc(sizeof(*q));

	q->events = events;
	q->stack = hu_ftext_stack_create(events);
	return q;
}

void hu_ftext_queue_destroy(struct hu_ftext_queue *q)
{
	if (!q)
		return;
	hu_ftext_stack_destroy(q->stack);
	free(q->cpu);
	free(q);
}

uint64_t hu_ftext_queue_refused(const struct hu_ftext_queue *q, uint64_t *first_line)
{
	*first_line = q->refused_line;
	return q->refused;
}

uint64_t hu_ftext_queue_stray(const struct hu_ftext_queue *q, uint64_t *first_line)
{
	*first_line = q->stray_line;
	return q->stray;
}

uint64_t hu_ftext_queue_cut(const struct hu_ftext_queue *q)
{
	return hu_ftext_stack_cut(q->stack);
}

static void give(struct hu_ftext_queue *q)
{
	struct slot *slot = &q->slot[q->first++ % SLOTS];

	if (slot->gap) {
		hu_vocabulary_gap(hu_text_events_words(q->events));
		return;
	}
	if (!slot->use) {
		hu_text_events_count(q->events, &slot->event);
		return;
	}
	if (!hu_text_events_see(q->events, &slot->event, &slot->at) && !q->refused++)
		q->refused_line = slot->at.pos;
}

static void give_ready(struct hu_ftext_queue *q)
{
	while (q->first < q->next && q->slot[q->first % SLOTS].ready)
		give(q);
}

static struct cpu *cpu_of(struct hu_ftext_queue *q, int32_t cpu)
{
	if (cpu < 0 || cpu >= CPUS_MAX)
		return NULL;
	if ((size_t)cpu >= q->cpus) {
		size_t count = (size_t)cpu + 16;
		q->cpu = hu_realloc(q->cpu, count * sizeof(*q->cpu));
		memset(&q->cpu[q->cpus], 0, (count - q->cpus) * sizeof(*q->cpu));
		q->cpus = count;
	}
	return &q->cpu[cpu];
}

static bool held(const struct hu_ftext_queue *q, uint64_t number)
{
	return number >= q->first && number < q->next;
}

static void settle(struct hu_ftext_queue *q, const struct open *open)
{
	if (open->wanted && held(q, open->number))
		q->slot[open->number % SLOTS].ready = true;
}

/*
 * Another record of this CPU: no stack can come any more for what was before, unless this one
 * interrupts it. Without the flags nobody can tell, so the last few stay.
 */
static void interrupt(struct hu_ftext_queue *q, struct cpu *cpu, const struct hu_where *at)
{
	while (cpu->count) {
		const struct open *top = &cpu->open[cpu->count - 1];
		bool told = top->context != HU_CTX_UNKNOWN && at->context != HU_CTX_UNKNOWN;
		if (top->tid == at->tid && (!told || at->context > top->context))
			return;
		settle(q, top);
		cpu->count--;
	}
}

static void drop_lowest(struct hu_ftext_queue *q, struct cpu *cpu)
{
	settle(q, &cpu->open[0]);
	memmove(cpu->open, cpu->open + 1, (OPEN_MAX - 1) * sizeof(*cpu->open));
	cpu->count--;
}

static void open_for_stack(struct hu_ftext_queue *q, const struct hu_where *at,
			   const struct open *event)
{
	struct cpu *cpu = cpu_of(q, at->cpu);

	if (!cpu)
		return;
	interrupt(q, cpu, at);
	if (cpu->count == OPEN_MAX)
		drop_lowest(q, cpu);
	struct open *open = &cpu->open[cpu->count++];
	*open = *event;
	open->tid = at->tid;
	open->context = at->context;
	cpu->seen = true;
}

static struct slot *free_slot(struct hu_ftext_queue *q)
{
	if (q->next - q->first == SLOTS)
		give(q);
	return &q->slot[q->next % SLOTS];
}

void hu_ftext_queue_gap(struct hu_ftext_queue *q, int32_t number)
{
	struct cpu *cpu = cpu_of(q, number);

	hu_ftext_queue_end_stack(q);
	while (cpu && cpu->count)
		settle(q, &cpu->open[--cpu->count]);
	if (cpu)
		cpu->seen = false;
	struct slot *slot = free_slot(q);
	slot->gap = slot->ready = true;
	q->next++;
	give_ready(q);
}

/* Its name as the events have it, where the line has only a part of that. */
static void name_in_full(struct hu_ftext_queue *q, const char *prefix, struct hu_text_event *event)
{
	char *name = q->name[q->next % SLOTS];
	const size_t front = strlen(prefix);
	const size_t room = NAME_MAX_BYTES - front;
	const size_t len = event->name.len < room ? event->name.len : room;

	memcpy(name, prefix, front);
	memcpy(name + front, event->name.at, len);
	event->name = (struct hu_str){name, front + len};
	event->known = hu_text_events_name(q->events, event->name);
}

static enum hu_made_by made_by(const struct hu_text_event *event)
{
	uint32_t *by = &event->known->note[HU_FTEXT_NOTE_MADE_BY]; /* plus one */

	if (event->known->others)
		return hu_made_by_name(event->name);
	if (!*by)
		*by = 1 + (uint32_t)hu_made_by_name(event->name);
	return (enum hu_made_by)(*by - 1);
}

void hu_ftext_queue_event(struct hu_ftext_queue *q, const char *prefix,
			  const struct hu_text_event *event, const struct hu_where *at, bool use)
{
	struct hu_text_name *known = event->known;

	hu_ftext_queue_end_stack(q);
	if (!known)
		known = hu_text_events_name(q->events, event->name);
	struct slot *slot = free_slot(q);
	slot->gap = false;
	slot->event = *event;
	slot->event.known = known;
	slot->at = *at;
	if (*prefix)
		name_in_full(q, prefix, &slot->event);
	slot->use = use && hu_text_events_use(q->events, &slot->event);
	slot->ready = !slot->use || at->cpu < 0 || at->cpu >= CPUS_MAX;
	if (at->context == HU_CTX_UNKNOWN)
		known->note[HU_FTEXT_NOTE_SEEN]++;
	open_for_stack(q, at,
		       &(struct open){
			       .number = q->next++,
			       .wanted = !slot->ready,
			       .name = event->name,
			       .known = known,
			       .by = made_by(&slot->event),
			       .body = event->body,
		       });
	give_ready(q);
}

void hu_ftext_queue_nobody(struct hu_ftext_queue *q, const struct hu_where *at)
{
	hu_ftext_queue_end_stack(q);
	open_for_stack(q, at, &(struct open){.name = {NULL, 0}});
	give_ready(q);
}

void hu_ftext_queue_stack(struct hu_ftext_queue *q, const struct hu_where *at)
{
	const struct cpu *cpu = cpu_of(q, at->cpu);
	bool wanted = false;

	hu_ftext_queue_end_stack(q);
	q->collecting = true;
	q->at = *at;
	for (unsigned i = 0; cpu && i < cpu->count; i++)
		wanted |= cpu->open[i].wanted;
	hu_ftext_stack_begin(q->stack, wanted);
}

void hu_ftext_queue_frame(struct hu_ftext_queue *q, struct hu_str text)
{
	if (q->collecting)
		hu_ftext_stack_frame(q->stack, text);
}

void hu_ftext_queue_bytes(struct hu_ftext_queue *q, struct hu_str body)
{
	if (q->collecting)
		hu_ftext_stack_bytes(q->stack, body);
}

/* How often a stack came right behind events of this name: more than one in `share`. */
static bool often_stacked(const struct open *open, uint32_t share)
{
	return (uint64_t)open->known->note[HU_FTEXT_NOTE_STACKED] * share >=
	       open->known->note[HU_FTEXT_NOTE_SEEN];
}

/* "(down_read+0x0/0x50) sem=…", "(ffffffff93f10d20 <- ffffffff93e76930)", or raw fields. */
static struct hu_stack_event described(const struct hu_ftext_queue *q, const struct open *open)
{
	struct hu_stack_event event = {open->by, open->name, {NULL, 0}, open->wanted};
	struct hu_str place = open->body;
	struct hu_text_frame frame;

	if (hu_str_starts(place, "(")) {
		place = hu_str_skip(place, 1);
		place = hu_str_split(&place, ')');
		event.by =
			hu_str_find(place, "<-") >= 0 ? HU_MADE_BY_RETURN_PROBE : HU_MADE_BY_PROBE;
	} else if (hu_str_starts(place, "__probe_")) {
		event.by = HU_MADE_BY_SOME_PROBE;
	}
	if (event.by == HU_MADE_BY_PROBE && hu_text_frame(place, &frame))
		event.function = hu_text_frame_name(q->events, &frame);
	return event;
}

/* Which of the open events the stack is of: its index plus one; 0: none. */
static unsigned owner(struct hu_ftext_queue *q, const struct cpu *cpu)
{
	unsigned first = 0;

	if (!cpu->count)
		return 0;
	const struct open *top = &cpu->open[cpu->count - 1];
	if (top->known && (q->at.context == HU_CTX_UNKNOWN || top->context == HU_CTX_UNKNOWN))
		top->known->note[HU_FTEXT_NOTE_STACKED]++;
	const struct hu_stack_top *says = hu_ftext_stack_top(q->stack);
	for (unsigned i = cpu->count; i-- > 0;) {
		const struct open *open = &cpu->open[i];
		if (open->tid != q->at.tid)
			return first;
		if (open->context != HU_CTX_UNKNOWN && q->at.context != HU_CTX_UNKNOWN &&
		    open->context != q->at.context)
			continue;
		const struct hu_stack_event event = described(q, open);
		if (!hu_stack_top_fits(says, &event))
			continue;
		if (open->context != HU_CTX_UNKNOWN && q->at.context != HU_CTX_UNKNOWN)
			return i + 1;
		if (!first) {
			first = i + 1;
			if (!open->known || often_stacked(open, 8))
				return first;
		} else if (open->known && often_stacked(open, 2)) {
			return i + 1;
		}
	}
	return first;
}

void hu_ftext_queue_end_stack(struct hu_ftext_queue *q)
{
	if (!q->collecting)
		return;
	q->collecting = false;
	struct cpu *cpu = cpu_of(q, q->at.cpu);
	unsigned found = cpu ? owner(q, cpu) : 0;
	if (!found) {
		/* behind a gap its event was lost, and that is told */
		if (cpu && cpu->seen && !q->stray++)
			q->stray_line = q->at.pos;
		return;
	}
	while (cpu->count > found) /* what interrupted it had no stack */
		settle(q, &cpu->open[--cpu->count]);
	const struct open *open = &cpu->open[--cpu->count];
	if (open->wanted && held(q, open->number)) {
		struct slot *slot = &q->slot[open->number % SLOTS];
		slot->at.stack = hu_ftext_stack_name(q->stack);
		slot->ready = true;
	}
	give_ready(q);
}

void hu_ftext_queue_flush(struct hu_ftext_queue *q)
{
	hu_ftext_queue_end_stack(q);
	while (q->first < q->next)
		give(q);
	for (size_t i = 0; i < q->cpus; i++) {
		q->cpu[i].count = 0;
		q->cpu[i].seen = false;
	}
}
