/*
 * Event classes of a CTF trace: what an event means is the vocabulary's; what is here is where a
 * tracer puts what is about every event. LTTng has task and stack in contexts that somebody asked
 * for, perf all in the event's own fields (perf_tid, perf_callchain, common_flags). Everything is
 * looked up once per class; a record costs fetches by index.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_kind.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 512 };

/* Fields. */

static enum hu_ctf_form form_of(const bt_field_class *class)
{
	bt_field_class_type type = bt_field_class_get_type(class);

	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER))
		return HU_CTF_UNSIGNED;
	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER))
		return HU_CTF_SIGNED;
	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_BOOL))
		return HU_CTF_BOOLEAN;
	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_STRING))
		return HU_CTF_TEXT;
	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_ARRAY))
		return HU_CTF_ARRAY;
	return HU_CTF_OTHER;
}

static bool number_of(const bt_field *field, enum hu_ctf_form form, uint64_t *ret)
{
	switch (form) {
	case HU_CTF_UNSIGNED:
		*ret = bt_field_integer_unsigned_get_value(field);
		return true;
	case HU_CTF_SIGNED:
		*ret = (uint64_t)bt_field_integer_signed_get_value(field);
		return true;
	case HU_CTF_BOOLEAN:
		*ret = bt_field_bool_get_value(field) == BT_TRUE;
		return true;
	default:
		return false;
	}
}

static struct hu_str text_of(const bt_field *field, enum hu_ctf_form form)
{
	if (form != HU_CTF_TEXT)
		return (struct hu_str){NULL, 0};
	const char *text = bt_field_string_get_value(field);
	return (struct hu_str){text, strnlen(text, bt_field_string_get_length(field))};
}

static const bt_field *scope_of(const bt_event *event, enum hu_ctf_scope scope)
{
	switch (scope) {
	case HU_CTF_PAYLOAD:
		return bt_event_borrow_payload_field_const(event);
	case HU_CTF_COMMON:
		return bt_event_borrow_common_context_field_const(event);
	case HU_CTF_SPECIFIC:
		return bt_event_borrow_specific_context_field_const(event);
	default:
		return NULL;
	}
}

static const bt_field *field_at(const bt_event *event, struct hu_ctf_place place)
{
	const bt_field *scope = scope_of(event, place.scope);

	return scope ? bt_field_structure_borrow_member_field_by_index_const(scope, place.index)
		     : NULL;
}

bool hu_ctf_number_at(const bt_event *event, struct hu_ctf_place place, uint64_t *ret)
{
	const bt_field *field = field_at(event, place);

	return field && number_of(field, place.form, ret);
}

int32_t hu_ctf_i32_at(const bt_event *event, struct hu_ctf_place place, int32_t otherwise)
{
	uint64_t value;

	if (!hu_ctf_number_at(event, place, &value) || (int64_t)value > INT32_MAX ||
	    (int64_t)value < 0)
		return otherwise;
	return (int32_t)value;
}

/* For the vocabulary: the type is our kind, the record is the payload. */

static bool view_number(const struct hu_event_view *view, int field, uint64_t *ret)
{
	const struct hu_ctf_kind *kind = view->type;
	struct hu_ctf_place place = kind->field[field];
	const bt_field *payload = (const void *)view->record.at;

	return number_of(
		bt_field_structure_borrow_member_field_by_index_const(payload, place.index),
		place.form, ret);
}

static struct hu_str view_text(const struct hu_event_view *view, int field)
{
	const struct hu_ctf_kind *kind = view->type;
	struct hu_ctf_place place = kind->field[field];
	const bt_field *payload = (const void *)view->record.at;

	return text_of(bt_field_structure_borrow_member_field_by_index_const(payload, place.index),
		       place.form);
}

const struct hu_event_access hu_ctf_access = {view_number, view_text};

/* Event classes. */

/*
 * Tracers put a "_" in front of names that TSDL would take for a keyword, and readers take one off,
 * which hits the kernel's own "__probe_ip" as well.
 */
static struct hu_str plain(const char *name)
{
	static const char *const own[] = {"__probe_ip", "__probe_func", "__probe_ret_ip",
					  "__syscall_nr"};
	struct hu_str text = hu_str(name);

	while (text.len > 1 && text.at[0] == '_')
		text = hu_str_skip(text, 1);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (hu_str_is(text, own[i] + 2))
			return hu_str(own[i]);
	return text;
}

static struct hu_ctf_place find(const bt_field_class *scope, enum hu_ctf_scope which,
				const char *name)
{
	uint64_t count = scope ? bt_field_class_structure_get_member_count(scope) : 0;

	for (uint64_t i = 0; i < count; i++) {
		const bt_field_class_structure_member *member =
			bt_field_class_structure_borrow_member_by_index_const(scope, i);
		if (hu_str_is(plain(bt_field_class_structure_member_get_name(member)), name))
			return (struct hu_ctf_place){
				.scope = which,
				.form = form_of(
					bt_field_class_structure_member_borrow_field_class_const(
						member)),
				.index = i,
			};
	}
	return (struct hu_ctf_place){0};
}

/* A context that was asked for: of this event, or of all of its channel. */
static struct hu_ctf_place context(const bt_event_class *class, const char *name)
{
	const bt_stream_class *stream = bt_event_class_borrow_stream_class_const(class);
	struct hu_ctf_place place =
		find(bt_event_class_borrow_specific_context_field_class_const(class),
		     HU_CTF_SPECIFIC, name);

	if (!place.scope)
		place = find(bt_stream_class_borrow_event_common_context_field_class_const(stream),
			     HU_CTF_COMMON, name);
	return place;
}

static enum hu_ctf_role role_of(struct hu_str name)
{
	static const struct {
		const char *name;
		enum hu_ctf_role role;
	} roles[] = {
		{"sched_switch", HU_CTF_SWITCH},	  {"irq_handler_entry", HU_CTF_HARDIRQ_IN},
		{"irq_handler_exit", HU_CTF_HARDIRQ_OUT}, {"irq_softirq_entry", HU_CTF_SOFTIRQ_IN},
		{"irq_softirq_exit", HU_CTF_SOFTIRQ_OUT},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (hu_str_is(name, roles[i].name))
			return roles[i].role;
	return HU_CTF_PLAIN;
}

static uint32_t field_kind(enum hu_ctf_form form)
{
	return form == HU_CTF_UNSIGNED || form == HU_CTF_SIGNED || form == HU_CTF_BOOLEAN
		       ? HU_FIELD_NUMBER
	       : form == HU_CTF_TEXT ? HU_FIELD_TEXT
				     : HU_FIELD_OTHER;
}

/* The payload's fields, without what perf puts in front of a tracepoint's own. */
static void describe(struct hu_ctf_kinds *kinds, struct hu_ctf_kind *kind, struct hu_str system,
		     struct hu_str name)
{
	const bt_field_class *payload =
		bt_event_class_borrow_payload_field_class_const(kind->class);
	uint64_t count = payload ? bt_field_class_structure_get_member_count(payload) : 0;
	struct hu_event_type type = {.system = system, .name = name};

	if (count > FIELDS_MAX)
		count = FIELDS_MAX;
	HU_CLEANUP(hu_freep) struct hu_field *field = hu_alloc((count + 1) * sizeof(*field));
	kind->field = hu_alloc((count + 1) * sizeof(*kind->field));
	for (uint64_t i = 0; i < count; i++) {
		const bt_field_class_structure_member *member =
			bt_field_class_structure_borrow_member_by_index_const(payload, i);
		const bt_field_class *class =
			bt_field_class_structure_member_borrow_field_class_const(member);
		struct hu_str called = plain(bt_field_class_structure_member_get_name(member));
		enum hu_ctf_form form = form_of(class);
		if (kinds->is_perf &&
		    (hu_str_starts(called, "perf_") || hu_str_starts(called, "common_")))
			continue;
		kind->field[type.fields] = (struct hu_ctf_place){HU_CTF_PAYLOAD, form, i};
		field[type.fields++] = (struct hu_field){
			.name = called,
			.kind = field_kind(form),
			.bytes = form == HU_CTF_UNSIGNED || form == HU_CTF_SIGNED
					 ? (uint32_t)(bt_field_class_integer_get_field_value_range(
							      class) +
						      7) /
						   8
					 : 0,
		};
	}
	type.field = field;
	if (kinds->old_states) /* as the kernel's own print format tells it */
		type.print = hu_str("\"x\"");
	kind->words = hu_vocabulary_add(kinds->words, &type);
}

static void bind_perf(struct hu_ctf_kind *kind, const bt_field_class *payload)
{
	kind->tid = find(payload, HU_CTF_PAYLOAD, "perf_tid");
	kind->chain = find(payload, HU_CTF_PAYLOAD, "perf_callchain");
	kind->flags = find(payload, HU_CTF_PAYLOAD, "common_flags");
	kind->period = find(payload, HU_CTF_PAYLOAD, "perf_period");
	kind->ip = find(payload, HU_CTF_PAYLOAD, "perf_ip");
	if (kind->ip.scope && !kind->flags.scope)
		kind->role = HU_CTF_SAMPLE;
}

static struct hu_ctf_kind *make_kind(struct hu_ctf_kinds *kinds, const bt_event_class *class)
{
	struct hu_ctf_kind *kind = hu_alloc(sizeof(*kind));
	const char *said = bt_event_class_get_name(class);
	const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
	struct hu_str name = hu_str(said && *said ? said : "(no name)"), system = {NULL, 0};

	bt_event_class_get_ref(class);
	kind->class = class;
	kind->role = kinds->is_user ? HU_CTF_BYNAME : role_of(name);
	if (kinds->is_perf) {
		bind_perf(kind, payload);
		ptrdiff_t colon = kind->role == HU_CTF_SAMPLE ? -1 : hu_str_find(name, ":");
		if (colon > 0) {
			system = (struct hu_str){name.at, (size_t)colon};
			name = hu_str_skip(name, (size_t)colon + 1);
		}
		kind->role = kind->role == HU_CTF_SAMPLE ? HU_CTF_SAMPLE : role_of(name);
	} else {
		kind->tid = context(class, "tid");
		kind->comm = context(class, "procname");
		kind->chain = context(class, "callstack_kernel");
		kind->probed = find(payload, HU_CTF_PAYLOAD, "ip");
		kind->tracer_frames = hu_str_starts(name, "syscall_") ? 4 : 3;
	}
	if (kind->role == HU_CTF_SWITCH) {
		kind->next = find(payload, HU_CTF_PAYLOAD, "next_tid");
		if (!kind->next.scope)
			kind->next = find(payload, HU_CTF_PAYLOAD, "next_pid");
	}
	kind->name = hu_intern(kinds->to, name);
	describe(kinds, kind, system, name);
	return kind;
}

static size_t spread(const void *key, size_t room)
{
	return (size_t)((uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (room - 1);
}

static void grow(struct hu_ctf_kinds *kinds)
{
	size_t room = kinds->room ? kinds->room * 2 : 64;
	struct hu_ctf_kind **grown = hu_alloc(room * sizeof(struct hu_ctf_kind *));

	for (size_t i = 0; i < kinds->room; i++) {
		if (!kinds->slot[i])
			continue;
		size_t to = spread(kinds->slot[i]->class, room);
		while (grown[to])
			to = (to + 1) & (room - 1);
		grown[to] = kinds->slot[i];
	}
	free(kinds->slot);
	kinds->slot = grown;
	kinds->room = room;
}

struct hu_ctf_kind *hu_ctf_kind_of(struct hu_ctf_kinds *kinds, const bt_event *event)
{
	const bt_event_class *class = bt_event_borrow_class_const(event);

	if (kinds->count * 2 >= kinds->room)
		grow(kinds);
	size_t i = spread(class, kinds->room);
	while (kinds->slot[i] && kinds->slot[i]->class != class)
		i = (i + 1) & (kinds->room - 1);
	if (!kinds->slot[i]) {
		kinds->slot[i] = make_kind(kinds, class);
		kinds->count++;
	}
	return kinds->slot[i];
}

struct hu_str hu_ctf_text_at(const bt_event *event, struct hu_ctf_place place)
{
	const bt_field *field = field_at(event, place);

	return field ? text_of(field, place.form) : (struct hu_str){NULL, 0};
}

/*
 * The kernel's part of a call chain. perf's chains have marks in them that say whose the frames
 * behind them are (PERF_CONTEXT_*, include/uapi/linux/perf_event.h).
 */
size_t hu_ctf_frames(const bt_event *event, struct hu_ctf_place place, uint64_t *frame, size_t room)
{
	enum { MARK_KERNEL = -128, MARK_LEAST = -4095 };
	const bt_field *chain = place.form == HU_CTF_ARRAY ? field_at(event, place) : NULL;
	uint64_t count = chain ? bt_field_array_get_length(chain) : 0;
	bool kernel = true;
	size_t n = 0;

	for (uint64_t i = 0; i < count && n < room; i++) {
		const bt_field *element =
			bt_field_array_borrow_element_field_by_index_const(chain, i);
		uint64_t value;
		if (bt_field_get_class_type(element) != BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER)
			return 0;
		value = bt_field_integer_unsigned_get_value(element);
		if (value >= (uint64_t)MARK_LEAST)
			kernel = value == (uint64_t)MARK_KERNEL;
		else if (kernel)
			frame[n++] = value;
	}
	return n;
}

void hu_ctf_kinds_deinit(struct hu_ctf_kinds *kinds)
{
	for (size_t i = 0; i < kinds->room; i++) {
		if (!kinds->slot[i])
			continue;
		bt_event_class_put_ref(kinds->slot[i]->class);
		free(kinds->slot[i]->field);
		free(kinds->slot[i]);
	}
	free(kinds->slot);
}

#endif
