/*
 * Printed events to the vocabulary: event types by name, one kind for each set of fields that a
 * name is printed with (two tools, two sets), and the access to the line in work. Made for 10^5 to
 * 10^7 lines of some dozen event names: an event that becomes no row costs one lookup by name.
 */
#include "ingest/textfields.h"
#include "ingest/around.h"
#include "ingest/mapped.h"
#include "ingest/symtab.h"
#include "ingest/textfields_forms.h"
#include "ingest/textfields_shape.h"
#include "ingest/texthash.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES = 8, NAMES_MAX = 1 << 14, NAME_MAX_BYTES = 256 };

struct event {
	struct hu_text_name shown; /* first: what the reader has of it */
	struct hu_str name;	   /* our own copy */
	struct hu_text_shapes shapes;
	unsigned tried; /* lines looked at whether it is a probe */
	struct hu_text_plan plan;
	/* what kprobe_events says it probes, as an address of ours; 0: nothing */
	uint64_t function;
};

struct record {
	struct hu_text_events *t;
	const struct event *event;
	struct hu_text_values values;
};

struct hu_text_events {
	struct hu_vocabulary *words;
	struct hu_symtab *symbols; /* NULL: the bundle has none */
	struct hu_text_symbols *named;
	struct hu_text_splitter split;
	struct hu_text_frames *frames;
	struct event **event;
	size_t count;
	uint32_t *place; /* index + 1 */
	size_t room;
	struct event overflow;
	struct hu_mapped probe_list;
	struct record record;
};

/* The access. */

static bool number(const struct hu_event_view *view, int field, uint64_t *ret)
{
	const struct record *r = view->type;
	enum hu_text_as as = r->values.as[field];
	struct hu_text_place *place = field ? NULL : r->values.place;

	if (!place || !place->asked) {
		bool is = hu_text_number(r->t->named, r->values.value[field], as, ret);
		if (place) {
			place->asked = true;
			place->is_number = is;
			place->number = is ? *ret : 0;
		}
		if (!is)
			return false;
	} else if (place->is_number) {
		*ret = place->number;
	} else {
		return false;
	}
	if (as == HU_TEXT_AS_SYMBOL && r->event->function) {
		struct hu_symbol symbol;
		struct hu_str name, module;
		uint64_t offset;
		bool probed = hu_str_starts(r->values.name[field], "__probe_") &&
			      !hu_str_is(r->values.name[field], "__probe_ret_ip");
		if (probed && !hu_text_symbols_find(r->t->named, *ret, &name, &module, &offset) &&
		    !(r->t->symbols && hu_symtab_find(r->t->symbols, *ret, &symbol)))
			*ret = r->event->function;
	}
	return true;
}

static struct hu_str text(const struct hu_event_view *view, int field)
{
	const struct record *r = view->type;

	return r->values.value[field];
}

static const struct hu_event_access access = {number, text};

static bool find(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		 uint64_t *offset)
{
	const struct hu_text_events *t = with;
	struct hu_symbol symbol;

	if (hu_text_symbols_find(t->named, address, name, module, offset))
		return true;
	if (!t->symbols) { /* a probe on a function is on its entry, as far as anybody can see */
		*offset = 0;
		return hu_text_symbols_learned(t->named, address, name, module);
	}
	if (!hu_symtab_find(t->symbols, address, &symbol))
		return false;
	*name = symbol.name;
	*module = symbol.module;
	*offset = symbol.offset;
	return true;
}

/* Events by name. */

static void grow(struct hu_text_events *t)
{
	t->room = t->room ? t->room * 2 : 256;
	free(t->place);
	t->place = hu_alloc(t->room * sizeof(*t->place));
	t->event = hu_realloc(t->event, t->room / 2 * sizeof(struct event *));
	for (size_t i = 0; i < t->count; i++) {
		size_t at = hu_text_hash(t->event[i]->name) & (t->room - 1);
		while (t->place[at])
			at = (at + 1) & (t->room - 1);
		t->place[at] = (uint32_t)i + 1;
	}
}

static struct event *find_event(struct hu_text_events *t, struct hu_str name)
{
	if (t->count * 2 >= t->room)
		grow(t);
	size_t at = (size_t)hu_text_hash(name) & (t->room - 1);
	for (; t->place[at]; at = (at + 1) & (t->room - 1))
		if (hu_str_eq(t->event[t->place[at] - 1]->name, name))
			return t->event[t->place[at] - 1];
	if (t->count == NAMES_MAX || name.len > NAME_MAX_BYTES)
		return &t->overflow;
	struct event *event = hu_alloc(sizeof(*event));
	event->name = (struct hu_str){hu_strdup(name), name.len};
	event->plan = hu_text_plan(t->split.forms, name);
	event->function = t->probe_list.text.len
				  ? hu_text_listed_function(t->named, t->probe_list.text, name)
				  : 0;
	t->event[t->count++] = event;
	t->place[at] = (uint32_t)t->count;
	return event;
}

static struct event *event_of(struct hu_text_events *t, const struct hu_text_event *line)
{
	return line->known ? (struct event *)line->known : find_event(t, line->name);
}

struct hu_text_name *hu_text_events_name(struct hu_text_events *t, struct hu_str name)
{
	return &find_event(t, name)->shown;
}

static void split(struct hu_text_events *t, const struct event *event,
		  const struct hu_text_event *line)
{
	struct hu_text_plan own HU_UNSET;

	if (event->shown.others)
		own = hu_text_plan(t->split.forms, line->name);
	hu_text_split(&t->split, event->shown.others ? &own : &event->plan, line,
		      &t->record.values);
}

bool hu_text_events_use(struct hu_text_events *t, const struct hu_text_event *line)
{
	struct event *event = event_of(t, line);

	if (event->shapes.used)
		return true;
	/* A probe shows by its body alone, and the first line may be a damaged one. */
	if (event->shapes.first && (event->tried == TRIES || !hu_str_starts(line->body, "(")))
		return false;
	event->tried++;
	split(t, event, line);
	const struct hu_text_shape *shape =
		hu_text_shape_of(&event->shapes, t->words, event->name, &t->record.values);
	return shape && shape->used;
}

void hu_text_events_count(struct hu_text_events *t, const struct hu_text_event *line)
{
	struct event *event = event_of(t, line);

	hu_vocabulary_count(hu_text_shape_idle(&event->shapes, t->words, event->name)->kind);
}

bool hu_text_events_see(struct hu_text_events *t, const struct hu_text_event *line,
			const struct hu_where *at)
{
	struct event *event = event_of(t, line);
	const struct hu_text_event found = {line->name, line->body, &event->shown};
	struct record *record = &t->record;

	if (!hu_text_events_use(t, &found)) {
		hu_text_events_count(t, &found);
		return true;
	}
	split(t, event, line);
	if (!record->values.whole)
		return false;
	const struct hu_text_shape *shape =
		hu_text_shape_of(&event->shapes, t->words, event->name, &record->values);
	if (!shape) {
		hu_text_events_count(t, &found);
		return true;
	}
	record->event = event;
	struct hu_event_view view = {
		.by = &access, .type = record, .record = line->body, .at = *at};
	hu_vocabulary_see(t->words, shape->kind, &view);
	return true;
}

/* Stacks. */

const struct hu_text_known *hu_text_known(struct hu_text_events *t, struct hu_str text)
{
	return hu_text_frames_find(t->frames, text);
}

hu_stack hu_text_stack(struct hu_text_events *t, const struct hu_text_frame *frame, size_t count)
{
	enum { FRAMES_MAX = 512 };
	uint64_t address[FRAMES_MAX];

	if (count > FRAMES_MAX)
		count = FRAMES_MAX;
	for (size_t i = 0; i < count; i++) {
		struct hu_str module = frame[i].module;
		struct hu_symbol symbol;
		address[i] = frame[i].address;
		if (!frame[i].symbol.len)
			continue;
		if (!module.len && t->symbols && frame[i].address &&
		    hu_symtab_find(t->symbols, frame[i].address, &symbol) &&
		    hu_str_eq(symbol.name, frame[i].symbol))
			module = symbol.module;
		uint64_t own = hu_text_symbols_address(t->named, frame[i].symbol, module, 0);
		if (own)
			address[i] = own;
	}
	return hu_vocabulary_stack(t->words, address, count);
}

struct hu_str hu_text_frame_name(const struct hu_text_events *t, const struct hu_text_frame *frame)
{
	struct hu_symbol symbol;

	/* Two functions may have one address: the same list names a probe's and a stack's. */
	if (frame->address && t->symbols && hu_symtab_find(t->symbols, frame->address, &symbol))
		return symbol.name;
	return frame->symbol;
}

struct hu_str hu_text_events_keep(struct hu_text_events *t, struct hu_str function)
{
	struct hu_str name = {NULL, 0}, module;
	uint64_t offset;

	uint64_t own = hu_text_symbols_address(t->named, function, (struct hu_str){NULL, 0}, 0);
	if (own)
		hu_text_symbols_find(t->named, own, &name, &module, &offset);
	return name;
}

/* The life. */

struct hu_text_events *hu_text_events_create(struct hu_sink *to,
					     const struct hu_surroundings *around,
					     struct hu_str sample)
{
	enum { SAMPLE_MAX = 1 << 24 };
	struct hu_text_events *t = hu_alloc(sizeof(*t));

	if (sample.len > SAMPLE_MAX)
		sample.len = SAMPLE_MAX;
	t->symbols = hu_around_symbols(around, (struct hu_str){NULL, 0}, to);
	t->named = hu_text_symbols_create();
	t->split.forms = hu_text_forms_create();
	t->split.places = hu_text_places_create();
	t->frames = hu_text_frames_create();
	t->words = hu_vocabulary_create(
		to, &(struct hu_resolver){.find = find,
					  .with = t,
					  .long_size = 8,
					  .x86_64 = hu_text_is_x86_64(around, sample)});
	t->record.t = t;
	t->overflow.name = hu_str("(other names)");
	t->overflow.shown.others = true;
	hu_text_probe_list(around, &t->probe_list);
	if (!t->symbols)
		hu_text_symbols_learn(t->named, t->frames, sample);
	return t;
}

void hu_text_events_destroy(struct hu_text_events *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++) {
		hu_text_shapes_deinit(&t->event[i]->shapes);
		free((void *)(uintptr_t)t->event[i]->name.at);
		free(t->event[i]);
	}
	hu_text_shapes_deinit(&t->overflow.shapes);
	hu_vocabulary_destroy(t->words);
	hu_text_symbols_destroy(t->named);
	hu_text_forms_destroy(t->split.forms);
	hu_text_places_destroy(t->split.places);
	hu_text_frames_destroy(t->frames);
	hu_mapped_close(&t->probe_list);
	free(t->event);
	free(t->place);
	free(t);
}

struct hu_vocabulary *hu_text_events_words(struct hu_text_events *t)
{
	return t->words;
}

void hu_text_events_finish(struct hu_text_events *t)
{
	hu_vocabulary_finish(t->words);
}
