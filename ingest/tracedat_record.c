/*
 * Raw ftrace records: a type's fields are looked up once, by name, in what libtraceevent parsed; a
 * record is read by offset, and every offset is checked against the record's own length.
 */
#include "ingest/tracedat_record.h"

#include "ingest/tepfields.h"
#include "ingest/tracedat_twins.h"

#ifdef HU_HAVE_TRACECMD
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

enum { TYPES = 1 << 16 }; /* common_type has 16 bits */

struct type {
	uint32_t id;
	const char *name;	    /* of the event; libtraceevent's */
	struct hu_event_kind *kind; /* NULL: the file has no format for it */
	const struct hu_trace_types *types;
	struct hu_tep_place *place;
	size_t places;
	/* trace_printk(): the field that is the address of a format, of which the text is made, and
	 * where its arguments begin (0: it has none); printed -1: no such event */
	int printed;
	uint32_t arguments;
	struct hu_stack_event stacked; /* what its stacks look like */
	int probed;		       /* the field with the address of its probe; -1: none */
	uint64_t unknown;
	struct type *next;
};

struct hu_trace_types {
	struct tep_handle *tep;
	struct hu_vocabulary *words;
	struct hu_sink *to;
	bool big_endian;
	struct hu_str switch_print;
	struct hu_trace_prints *prints;
	struct type *by_id[TYPES];
	struct type *all;
	struct hu_trace_stacks *stacks;
	uint64_t bare;		      /* records too short for a type */
	struct hu_trace_twins *twins; /* several buffers only */
	uint64_t twice;		      /* records that another buffer had as well */
};

static bool number(const struct hu_event_view *view, int field, uint64_t *ret)
{
	const struct type *type = view->type;

	return hu_tep_number(&type->place[field], type->types->big_endian, view->record, ret);
}

static struct hu_str text(const struct hu_event_view *view, int field)
{
	const struct type *type = view->type;
	const struct hu_tep_place *p = &type->place[field];
	struct hu_str bytes;

	if (!p->dynamic && !p->relative && !p->size && p->offset < view->record.len)
		bytes = hu_str_skip(view->record, p->offset); /* "char buf[]" */
	else if (!hu_tep_bytes(p, type->types->big_endian, view->record, &bytes) || !bytes.len)
		return (struct hu_str){NULL, 0};
	if (field == type->printed)
		return hu_trace_print(type->types->prints, view->record,
				      (uint64_t)(bytes.at - view->record.at), type->arguments);
	return hu_until_nul(bytes);
}

static const struct hu_event_access access = {number, text};

/* trace_printk() leaves the address of its format, and its arguments behind it in "buf";
 * trace_puts() the address of the text. */
static void describe_print(struct type *type, struct hu_field *field)
{
	for (size_t i = 0; i < type->places; i++) {
		if (hu_str_is(field[i].name, "buf"))
			type->arguments = type->place[i].offset;
		if (!hu_str_is(field[i].name, "fmt") && !hu_str_is(field[i].name, "str"))
			continue;
		field[i].kind = HU_FIELD_TEXT;
		type->printed = (int)i;
	}
}

/* What writes it: a probe has fields that no other event has (kernel/trace/trace_probe.h), and one
 * on another event ("__probe_type") stands where that event is written. */
static void describe_stacks(struct type *type, const struct hu_field *field, const char *system)
{
	struct hu_stack_event *s = &type->stacked;

	s->name = hu_str(type->name);
	s->by = !strcmp(system, "synthetic") ? HU_MADE_BY_TRIGGER : hu_made_by_name(s->name);
	s->known = hu_vocabulary_uses(type->kind);
	for (size_t i = 0; i < type->places; i++) {
		if (hu_str_is(field[i].name, "__probe_type"))
			s->by = HU_MADE_BY_TRIGGER;
		if (hu_str_is(field[i].name, "__probe_func"))
			s->by = HU_MADE_BY_RETURN_PROBE;
		if (!hu_str_is(field[i].name, "__probe_ip"))
			continue;
		s->by = HU_MADE_BY_PROBE;
		type->probed = (int)i;
	}
}

static void describe(struct hu_trace_types *types, struct type *type, struct tep_event *event)
{
	struct hu_field field[HU_TEP_FIELDS_MAX];

	type->places = hu_tep_places(event, &type->place, field);
	struct hu_event_type described = {
		.system = hu_str(event->system),
		.name = hu_str(event->name),
		.field = field,
		.fields = type->places,
	};
	if (!strcmp(event->system, "ftrace") &&
	    (!strcmp(event->name, "bprint") || !strcmp(event->name, "bputs")))
		describe_print(type, field);
	if (!strcmp(event->name, "sched_switch"))
		described.print = types->switch_print;
	type->name = event->name;
	type->kind = hu_vocabulary_add(types->words, &described);
	describe_stacks(type, field, event->system);
}

static struct type *type_of(struct hu_trace_types *types, uint32_t id)
{
	struct type *type = types->by_id[id];

	if (type)
		return type;
	type = hu_alloc(sizeof(*type));
	type->id = id;
	type->types = types;
	type->printed = -1;
	type->probed = -1;
	type->next = types->all;
	types->all = type;
	types->by_id[id] = type;
	struct tep_event *event = tep_find_event(types->tep, (int)id);
	if (event && event->name && event->system)
		describe(types, type, event);
	return type;
}

static const struct hu_stack_event *stacked(void *with, uint32_t id)
{
	return &type_of(with, id)->stacked;
}

struct hu_trace_types *hu_trace_types_create(const struct hu_trace_head *head,
					     struct hu_trace_prints *prints, bool big_endian,
					     struct hu_symtab *symbols, struct hu_vocabulary *words,
					     struct hu_sink *to)
{
	struct hu_trace_types *types = hu_alloc(sizeof(*types));

	types->tep = head->tep;
	types->words = words;
	types->to = to;
	types->big_endian = big_endian;
	types->switch_print = head->switch_print;
	types->prints = prints;
	types->stacks = hu_trace_stacks_create(head, big_endian, symbols, words, stacked, types);
	return types;
}

void hu_trace_types_destroy(struct hu_trace_types *types)
{
	if (!types)
		return;
	while (types->all) {
		struct type *type = types->all;
		types->all = type->next;
		free(type->place);
		free(type);
	}
	hu_trace_stacks_destroy(types->stacks);
	hu_trace_twins_destroy(types->twins);
	free(types);
}

static struct hu_trace_owner owner_of(const struct hu_trace_types *types, const struct type *type,
				      struct hu_str record)
{
	struct hu_trace_owner owner = {.event = &type->stacked};

	if (type->probed >= 0)
		hu_tep_number(&type->place[type->probed], types->big_endian, record, &owner.probed);
	return owner;
}

/*
 * Several buffers. A tracepoint that is on in two of them writes its event to one after the other,
 * on one CPU, within one call: the copies differ in their stamps, by the time that the writing
 * took, and in nothing that the event says. Only what it says is compared: the rest of a record is
 * whatever was in the page before, and the flags of its head may change in between.
 */
static uint64_t mix(uint64_t hash, struct hu_str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ (unsigned char)bytes.at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t content(const struct type *type, struct hu_str record)
{
	uint64_t hash =
		mix(UINT64_C(0xcbf29ce484222325) ^ type->id, (struct hu_str){record.at + 4, 4});

	for (size_t i = 0; i < type->places; i++) {
		const struct hu_tep_place *p = &type->place[i];
		uint64_t offset = p->offset, size = p->size;
		if (offset + size > record.len)
			continue;
		if ((p->dynamic || p->relative) && size == 4) {
			uint64_t loc = hu_tep_load(record.at + offset, 4, type->types->big_endian);
			offset = (loc & 0xffff) + (p->relative ? offset + 4 : 0);
			size = loc >> 16;
			if (offset + size > record.len)
				continue;
		}
		hash = mix(hash, (struct hu_str){record.at + offset, (size_t)size});
	}
	return hash;
}

/* Instances have options of their own: the copy may carry the stack that this one lacks. */
static hu_stack stack_elsewhere(struct hu_trace_types *types, const struct hu_trace_entry *event,
				const struct type *type, const struct hu_trace_owner *owner,
				const struct hu_trace_record *record, uint64_t hash)
{
	for (size_t i = 0; i < record->peers; i++) {
		const struct hu_ring_record *next = record->peer[i].next;
		struct hu_ring_record ahead;
		struct hu_trace_entry entry;
		if (!hu_trace_entry_of(next->data, types->big_endian, &entry) ||
		    entry.type != event->type || next->ts - record->raw_ts > HU_TRACE_TWIN_NS ||
		    content(type, next->data) != hash)
			continue;
		struct hu_ring ring = hu_ring_fork(record->peer[i].after);
		hu_stack stack =
			hu_ring_next(&ring, &ahead)
				? hu_trace_stack_behind(types->stacks, event, owner, ahead, &ring)
				: 0;
		if (stack)
			return stack;
	}
	return 0;
}

void hu_trace_types_see(struct hu_trace_types *types, const struct hu_trace_record *record)
{
	struct hu_trace_entry entry;

	if (!hu_trace_entry_of(record->data, types->big_endian, &entry)) {
		types->bare++;
		return;
	}
	struct type *type = type_of(types, entry.type);
	const struct hu_trace_owner owner = owner_of(types, type, record->data);
	if (record->missed)
		hu_trace_stacks_pass(types->stacks, record->open, &entry, NULL, record->data, 0);
	hu_trace_stacks_pass(types->stacks, record->open, &entry, &owner, record->data,
			     record->pos);
	if (!type->kind) {
		type->unknown++;
		return;
	}
	if (record->ts == HU_OPEN || !hu_vocabulary_uses(type->kind)) {
		hu_vocabulary_count(type->kind);
		return;
	}
	uint64_t hash = record->peers ? content(type, record->data) : 0;
	if (record->peers && !types->twins)
		types->twins = hu_trace_twins_create();
	if (record->peers &&
	    hu_trace_twins_seen(types->twins, record->cpu, record->buffer, record->ts, hash)) {
		types->twice++;
		hu_vocabulary_count(type->kind);
		return;
	}
	struct hu_event_view view = {
		.by = &access,
		.type = type,
		.record = record->data,
		.at = {.ts = record->ts,
		       .pos = record->pos,
		       .cpu = record->cpu,
		       .tid = entry.pid,
		       .context = entry.context},
	};
	view.at.stack =
		hu_trace_stack_behind(types->stacks, &entry, &owner,
				      (struct hu_ring_record){.data = record->next}, record->after);
	if (!view.at.stack && record->peers)
		view.at.stack = stack_elsewhere(types, &entry, type, &owner, record, hash);
	hu_vocabulary_see(types->words, type->kind, &view);
}

void hu_trace_types_finish(struct hu_trace_types *types)
{
	struct hu_gap gap = {
		.from = HU_OPEN, .to = HU_OPEN, .cpu = HU_NONE, .kind = HU_LOSS_UNPARSED};

	for (struct type *type = types->all; type; type = type->next) {
		if (type->unknown) {
			char name[32];
			snprintf(name, sizeof(name), "event id %" PRIu32, type->id);
			hu_put_event_count(types->to, hu_str(name), type->unknown, false);
			gap.count = (int64_t)type->unknown;
			hu_put_loss(types->to, &gap,
				    "%" PRIu64 " record%s of event id %" PRIu32
				    ", whose format the file does not have",
				    type->unknown, type->unknown == 1 ? "" : "s", type->id);
		}
	}
	if (types->twice) {
		char number[24];
		snprintf(number, sizeof(number), "%" PRIu64, types->twice);
		hu_put_fact(types->to, "trace.twice", hu_str(number));
	}
	hu_trace_stacks_finish(types->stacks, types->to);
	if (types->bare) {
		gap.count = (int64_t)types->bare;
		hu_put_loss(types->to, &gap, "%" PRIu64 " records too short to have a type",
			    types->bare);
	}
}

#endif
