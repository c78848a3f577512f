/*
 * Holds events back until their stacks are there: 4096 events at most, as an event's stack is
 * written right after it (__ftrace_trace_stack()), and only lines of other CPUs, or of an interrupt
 * on the same one, can stand between.
 */
#include "ingest/ftext_queue.h"

#include "ingest/stackowner.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 4096,
	NAME_MAX_BYTES = 96,
	CPUS_MAX = 8192,
	OPEN_MAX = 16,
	FRAMES_MAX = 512,
	TOP_FRAMES = 16, /* say whose a stack is that nobody wants */
};

struct slot {
	struct hu_text_event event;
	struct hu_where at;
	char name[NAME_MAX_BYTES]; /* of an event whose name is not in the text as it is */
	bool own_name, use, ready;
	bool gap; /* no event: something was lost here */
};

struct open {		 /* an event that a stack may still belong to */
	uint64_t number; /* of its slot */
	int32_t tid;
	uint32_t context;
	bool wanted; /* false: nobody asks for its stack */
	enum hu_made_by by;
	struct hu_str name;
	struct hu_str place; /* of a probe, as printed */
};

struct cpu {
	struct open open[OPEN_MAX];
	unsigned count;
	bool seen; /* an event, since the last gap */
};

struct hu_ftext_queue {
	struct hu_text_events *events;
	struct slot slot[SLOTS];
	uint64_t first, next; /* numbers; a slot's place is its number modulo SLOTS */
	struct cpu *cpu;
	size_t cpus;
	bool collecting;
	struct hu_where stack; /* whose frames are being collected */
	bool wanted;
	struct hu_text_frame frame[FRAMES_MAX];
	size_t frames;
	uint64_t refused, refused_line, stray, stray_line, cut;
};

struct hu_ftext_queue *hu_ftext_queue_create(struct hu_text_events *events)
{
	struct hu_ftext_queue *q = hu_alloc(sizeof(*q));

	q->events = events;
	return q;
}

void hu_ftext_queue_destroy(struct hu_ftext_queue *q)
{
	if (!q)
		return;
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
	return q->cut;
}

static void give(struct hu_ftext_queue *q)
{
	struct slot *slot = &q->slot[q->first++ % SLOTS];

	if (slot->gap) {
		hu_vocabulary_gap(hu_text_events_words(q->events));
		return;
	}
	if (slot->own_name)
		slot->event.name.at = slot->name;
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

static void open_for_stack(struct hu_ftext_queue *q, const struct hu_where *at, struct open open)
{
	struct cpu *cpu = cpu_of(q, at->cpu);

	if (!cpu)
		return;
	interrupt(q, cpu, at);
	if (cpu->count == OPEN_MAX)
		drop_lowest(q, cpu);
	open.tid = at->tid;
	open.context = at->context;
	cpu->open[cpu->count++] = open;
	cpu->seen = true;
}

/* "(down_read+0x0/0x50) sem=…", "(ffffffff93f10d20 <- ffffffff93e76930)", or raw fields. */
static void describe_probe(struct open *open, struct hu_str body)
{
	if (hu_str_starts(body, "(")) {
		open->place = hu_str_skip(body, 1);
		open->place = hu_str_split(&open->place, ')');
		open->by = hu_str_find(open->place, "<-") >= 0 ? HU_MADE_BY_RETURN_PROBE
							       : HU_MADE_BY_PROBE;
	} else if (hu_str_starts(body, "__probe_")) {
		open->by = HU_MADE_BY_SOME_PROBE;
	}
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

void hu_ftext_queue_event(struct hu_ftext_queue *q, const char *prefix,
			  const struct hu_text_event *event, const struct hu_where *at, bool use)
{
	size_t front = strlen(prefix);

	hu_ftext_queue_end_stack(q);
	struct slot *slot = free_slot(q);
	slot->gap = false;
	slot->event = *event;
	slot->at = *at;
	slot->use = use;
	slot->own_name = front > 0;
	if (front) {
		size_t len = event->name.len;
		if (len > NAME_MAX_BYTES - front)
			len = NAME_MAX_BYTES - front;
		memcpy(slot->name, prefix, front);
		memcpy(slot->name + front, event->name.at, len);
		slot->event.name.len = front + len;
	}
	struct hu_text_event named = slot->event;
	if (front)
		named.name.at = slot->name;
	slot->use = use && hu_text_events_use(q->events, &named);
	slot->ready = !slot->use || at->cpu < 0 || at->cpu >= CPUS_MAX;
	if (at->context == HU_CTX_UNKNOWN)
		hu_text_events_notes(q->events, event->name)[HU_FTEXT_NOTE_SEEN]++;
	struct open open = {
		.number = q->next++,
		.wanted = !slot->ready,
		.by = hu_made_by_name(named.name),
		.name = event->name,
	};
	describe_probe(&open, event->body);
	open_for_stack(q, at, open);
	give_ready(q);
}

void hu_ftext_queue_nobody(struct hu_ftext_queue *q, const struct hu_where *at)
{
	hu_ftext_queue_end_stack(q);
	open_for_stack(q, at, (struct open){.name = {NULL, 0}});
	give_ready(q);
}

void hu_ftext_queue_stack(struct hu_ftext_queue *q, const struct hu_where *at)
{
	const struct cpu *cpu = cpu_of(q, at->cpu);

	hu_ftext_queue_end_stack(q);
	q->collecting = true;
	q->stack = *at;
	q->frames = 0;
	q->wanted = false;
	for (unsigned i = 0; cpu && i < cpu->count; i++)
		q->wanted |= cpu->open[i].wanted;
}

void hu_ftext_queue_frame(struct hu_ftext_queue *q, struct hu_str text)
{
	if (!q->collecting || q->frames == (q->wanted ? FRAMES_MAX : TOP_FRAMES))
		return;
	if (hu_text_frame(text, &q->frame[q->frames]))
		q->frames++;
	else if (hu_str_starts(text, "["))
		/* "[FTRACE TRAMPOLINE]": stands where a function would */
		q->frame[q->frames++] = (struct hu_text_frame){.symbol = text};
}

void hu_ftext_queue_bytes(struct hu_ftext_queue *q, struct hu_str body)
{
	ptrdiff_t at = hu_str_find(body, "ARRAY[");
	uint64_t address = 0, byte;
	unsigned bytes = 0;

	if (at < 0 || !q->collecting || !q->wanted)
		return;
	int64_t told;
	struct hu_str size = hu_str_word(&(struct hu_str){body.at, body.len});
	bool sized = hu_str_starts(size, "size=") && hu_str_i64(hu_str_skip(size, 5), &told);
	body = hu_str_skip(body, (size_t)at + 6);
	if (body.len && body.at[body.len - 1] == ']')
		body.len--;
	while (body.len && q->frames < FRAMES_MAX) {
		if (!hu_str_u64(hu_str_trim(hu_str_split(&body, ',')), 16, &byte) || byte > 0xff)
			return;
		address |= byte << 8 * bytes++;
		if (bytes < 8)
			continue;
		if (address == UINT64_MAX)
			return;
		q->frame[q->frames++] = (struct hu_text_frame){.address = address};
		address = bytes = 0;
	}
	q->cut += sized && told > (int64_t)q->frames;
}

/* How often a stack came right behind events of this name: more than one in `share`. */
static bool often_stacked(struct hu_ftext_queue *q, struct hu_str name, uint32_t share)
{
	const uint32_t *notes = hu_text_events_notes(q->events, name);

	return (uint64_t)notes[HU_FTEXT_NOTE_STACKED] * share >= notes[HU_FTEXT_NOTE_SEEN];
}

static struct hu_stack_top top_of(const struct hu_ftext_queue *q)
{
	struct hu_stack_top top = {0};

	for (size_t i = 0; i < q->frames; i++)
		if (!hu_stack_top_see(&top, hu_text_frame_name(q->events, &q->frame[i])))
			break;
	return top;
}

static bool fits(const struct hu_ftext_queue *q, const struct hu_stack_top *top,
		 const struct open *open)
{
	struct hu_stack_event event = {open->by, open->name, {NULL, 0}, open->wanted};
	struct hu_text_frame place;

	if (open->by == HU_MADE_BY_PROBE && hu_text_frame(open->place, &place))
		event.function = hu_text_frame_name(q->events, &place);
	return hu_stack_top_fits(top, &event);
}

/* Which of the open events the stack is of: its index plus one; 0: none. */
static unsigned owner(struct hu_ftext_queue *q, const struct cpu *cpu)
{
	unsigned first = 0;

	if (!cpu->count)
		return 0;
	const struct open *top = &cpu->open[cpu->count - 1];
	if (top->name.len && (q->stack.context == HU_CTX_UNKNOWN || top->context == HU_CTX_UNKNOWN))
		hu_text_events_notes(q->events, top->name)[HU_FTEXT_NOTE_STACKED]++;
	const struct hu_stack_top says = top_of(q);
	for (unsigned i = cpu->count; i-- > 0;) {
		const struct open *open = &cpu->open[i];
		if (open->tid != q->stack.tid)
			return first;
		if (open->context != HU_CTX_UNKNOWN && q->stack.context != HU_CTX_UNKNOWN &&
		    open->context != q->stack.context)
			continue;
		if (!fits(q, &says, open))
			continue;
		if (open->context != HU_CTX_UNKNOWN && q->stack.context != HU_CTX_UNKNOWN)
			return i + 1;
		if (!first) {
			first = i + 1;
			if (!open->name.len || often_stacked(q, open->name, 8))
				return first;
		} else if (open->name.len && often_stacked(q, open->name, 2)) {
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
	struct cpu *cpu = cpu_of(q, q->stack.cpu);
	unsigned found = cpu ? owner(q, cpu) : 0;
	if (!found) {
		/* behind a gap its event was lost, and that is told */
		if (cpu && cpu->seen && !q->stray++)
			q->stray_line = q->stack.pos;
		return;
	}
	while (cpu->count > found) /* what interrupted it had no stack */
		settle(q, &cpu->open[--cpu->count]);
	const struct open *open = &cpu->open[--cpu->count];
	if (open->wanted && held(q, open->number)) {
		struct slot *slot = &q->slot[open->number % SLOTS];
		slot->at.stack = hu_text_stack(q->events, q->frame, q->frames);
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
