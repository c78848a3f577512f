/*
 * Whose stack is it? Captures with -T have one behind every event, captures with triggers one
 * behind some: 10^3 to 10^6 of them. Of each a few frames are looked up to see what it is of; the
 * rest only if somebody wants it.
 */
#include "ingest/tracedat_stack.h"

#include "ingest/tepfields.h"
#include "ingest/traceflags.h"

#ifdef HU_HAVE_TRACECMD
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

enum {
	NO_TYPE = 1 << 16, /* common_type has 16 bits */
	FRAMES_MAX = 512,
	AHEAD_MAX = 64, /* records of an interrupt between an event and its stack */
	NAMES = 1024,
	ANSWERS = 1024,
	TOP = 8,
};

/* Stacks of one event mostly begin alike, and one that begins alike is as much its own. */
struct answer {
	struct hu_trace_owner owner;
	uint64_t top[TOP]; /* the addresses that decided */
	unsigned frames;
	bool fits;
};

struct hu_trace_stacks {
	struct hu_symtab *symbols;
	struct hu_vocabulary *words;
	const struct hu_stack_event *(*event_of)(void *with, uint32_t type);
	void *with;
	bool big_endian;
	uint32_t long_size;
	uint32_t id; /* of kernel_stack; NO_TYPE: none */
	struct hu_tep_place size, callers;
	struct {
		uint64_t address;
		struct hu_str name;
	} name[NAMES]; /* the last address of each hash: the tops of stacks are few */
	struct answer answer[ANSWERS];
	uint64_t strays, first_stray;
};

bool hu_trace_entry_of(struct hu_str data, bool big_endian, struct hu_trace_entry *ret)
{
	if (data.len < 8)
		return false;
	ret->type = (uint32_t)hu_tep_load(data.at, 2, big_endian);
	ret->context = hu_context_of_flags((uint8_t)data.at[2]);
	ret->pid = (int32_t)hu_tep_load(data.at + 4, 4, big_endian);
	return true;
}

struct hu_trace_stacks *hu_trace_stacks_create(
	const struct hu_trace_head *head, bool big_endian, struct hu_symtab *symbols,
	struct hu_vocabulary *words, const struct hu_stack_event *(*event_of)(void *, uint32_t),
	void *with)
{
	struct hu_trace_stacks *s = hu_alloc(sizeof(*s));
	struct tep_event *event = tep_find_event_by_name(head->tep, "ftrace", "kernel_stack");
	struct tep_format_field *callers = event ? tep_find_field(event, "caller") : NULL;
	struct tep_format_field *size = event ? tep_find_field(event, "size") : NULL;

	s->symbols = symbols;
	s->words = words;
	s->event_of = event_of;
	s->with = with;
	s->big_endian = big_endian;
	s->long_size = head->commit_size;
	s->id = NO_TYPE;
	if (callers && event->id >= 0 && event->id < NO_TYPE) {
		s->id = (uint32_t)event->id;
		s->callers = hu_tep_place_of(callers);
		if (size)
			s->size = hu_tep_place_of(size);
	}
	return s;
}

void hu_trace_stacks_destroy(struct hu_trace_stacks *stacks)
{
	free(stacks);
}

/* Frame `i` of a stack; false: there is none. */
static bool frame_of(const struct hu_trace_stacks *s, struct hu_str record, size_t i, uint64_t *ret)
{
	uint64_t at = s->callers.offset + (uint64_t)i * s->long_size;
	uint64_t told = FRAMES_MAX;

	if (s->size.size == 4 && (uint64_t)s->size.offset + 4 <= record.len)
		told = hu_tep_load(record.at + s->size.offset, 4, s->big_endian);
	if (i >= told || i >= FRAMES_MAX || at + s->long_size > record.len)
		return false;
	*ret = hu_tep_load(record.at + at, s->long_size, s->big_endian);
	/* Before 5.2 a stack that is not full ends in ULONG_MAX. */
	return *ret != (s->long_size == 4 ? UINT32_MAX : UINT64_MAX);
}

static hu_stack stack_of(const struct hu_trace_stacks *s, struct hu_str record)
{
	uint64_t address[FRAMES_MAX];
	size_t count = 0;

	while (count < FRAMES_MAX && frame_of(s, record, count, &address[count]))
		count++;
	return hu_vocabulary_stack(s->words, address, count);
}

static struct hu_str name_of(struct hu_trace_stacks *s, uint64_t address)
{
	size_t at = (size_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 32) % NAMES;
	struct hu_str module;
	uint64_t offset;

	if (!address)
		return (struct hu_str){NULL, 0};
	if (s->name[at].address != address) {
		s->name[at].address = address;
		if (!hu_symtab_resolve(s->symbols, address, &s->name[at].name, &module, &offset))
			s->name[at].name = (struct hu_str){NULL, 0};
	}
	return s->name[at].name;
}

static bool is_answer(const struct hu_trace_stacks *s, const struct answer *a, struct hu_str stack,
		      const struct hu_trace_owner *owner)
{
	uint64_t address;

	if (!a->frames || a->owner.event != owner->event || a->owner.probed != owner->probed)
		return false;
	for (unsigned i = 0; i < a->frames; i++)
		if (!frame_of(s, stack, i, &address) || address != a->top[i])
			return false;
	return true;
}

static bool fits(struct hu_trace_stacks *s, struct hu_str stack, const struct hu_trace_owner *owner)
{
	struct hu_stack_event event = *owner->event;
	struct hu_stack_top top = {0};
	struct answer new = {.owner = *owner};
	uint64_t address, hash = (uint64_t)(uintptr_t)owner->event ^ owner->probed;
	bool more = true;
	size_t i;

	for (i = 0; i < 2 && frame_of(s, stack, i, &address); i++)
		hash = (hash ^ address) * UINT64_C(0x9e3779b97f4a7c15);
	struct answer *known = &s->answer[(hash >> 32) % ANSWERS];
	if (is_answer(s, known, stack, owner))
		return known->fits;
	for (i = 0; more && frame_of(s, stack, i, &address); i++) {
		if (i < TOP)
			new.top[i] = address;
		more = hu_stack_top_see(&top, name_of(s, address));
	}
	event.function = name_of(s, owner->probed);
	new.fits = hu_stack_top_fits(&top, &event);
	new.frames = (unsigned)i;
	if (!more && i <= TOP) /* else the stack's end decided as well */
		*known = new;
	return new.fits;
}

/*
 * Between an event and its stack come: what an interrupt wrote, with stacks of its own, all in a
 * deeper context (it may leave need_resched behind, so no other flag is compared); and in the same
 * context, what a trigger of the event itself wrote, a synthetic event perhaps with its stack.
 */
hu_stack hu_trace_stack_behind(struct hu_trace_stacks *s, const struct hu_trace_entry *entry,
			       const struct hu_trace_owner *owner, struct hu_ring_record ahead,
			       const struct hu_ring *after)
{
	struct hu_trace_owner inner = {0};
	struct hu_ring ring;

	for (unsigned looked = 0; s->id < NO_TYPE && looked < AHEAD_MAX; looked++) {
		struct hu_trace_entry next;
		if (ahead.missed || !hu_trace_entry_of(ahead.data, s->big_endian, &next) ||
		    next.pid != entry->pid || next.context < entry->context)
			return 0;
		if (next.context == entry->context && next.type != s->id) {
			inner.event = s->event_of(s->with, next.type);
			if (inner.event->by != HU_MADE_BY_TRIGGER)
				return 0;
		} else if (next.context == entry->context) {
			if (!inner.event || !fits(s, ahead.data, &inner))
				return fits(s, ahead.data, owner) ? stack_of(s, ahead.data) : 0;
			inner.event = NULL;
		}
		if (!looked)
			ring = hu_ring_fork(after);
		if (!hu_ring_next(&ring, &ahead))
			return 0;
	}
	return 0;
}

static bool is_somebodys(struct hu_trace_stacks *s, struct hu_trace_open *open, size_t at,
			 int32_t pid, struct hu_str data)
{
	struct hu_trace_owner inner = {.event = open->of[at].inner};

	if (open->of[at].pid != pid)
		return false;
	if (inner.event && fits(s, data, &inner)) {
		open->of[at].inner = NULL;
		return true;
	}
	if (!open->of[at].owner.event || open->of[at].has_stack ||
	    !fits(s, data, &open->of[at].owner))
		return false;
	open->of[at].has_stack = true;
	return true;
}

void hu_trace_stacks_pass(struct hu_trace_stacks *s, struct hu_trace_open *open,
			  const struct hu_trace_entry *entry, const struct hu_trace_owner *owner,
			  struct hu_str data, uint64_t pos)
{
	enum { CONTEXTS = sizeof(open->of) / sizeof(open->of[0]) };

	if (s->id >= NO_TYPE)
		return;
	if (!owner) {
		memset(open, 0, sizeof(*open));
		return;
	}
	size_t at = entry->context - HU_CTX_TASK;
	if (entry->type == s->id) {
		/* behind a gap its event was lost, and that is told */
		if (open->of[at].seen && !is_somebodys(s, open, at, entry->pid, data) &&
		    !s->strays++)
			s->first_stray = pos;
		return;
	}
	if (owner->event->by == HU_MADE_BY_TRIGGER && open->of[at].owner.event &&
	    open->of[at].pid == entry->pid) {
		open->of[at].inner = owner->event;
		return;
	}
	/* whatever interrupted the one before is over */
	memset(&open->of[at], 0, (CONTEXTS - at) * sizeof(open->of[0]));
	for (size_t i = at; i < CONTEXTS; i++)
		open->of[i].seen = true;
	open->of[at].owner = *owner;
	open->of[at].pid = entry->pid;
}

void hu_trace_stacks_finish(const struct hu_trace_stacks *s, struct hu_sink *to)
{
	if (!s->strays)
		return;
	hu_put_loss(to,
		    &(struct hu_gap){.from = HU_OPEN,
				     .to = HU_OPEN,
				     .count = (int64_t)s->strays,
				     .cpu = HU_NONE,
				     .kind = HU_LOSS_MISSING,
				     .pos = s->first_stray},
		    HU_STRAY_STACKS, s->strays, "record", s->first_stray);
}

#endif
