/*
 * Tracepoint payloads to the vocabulary. The file carries the formats of its tracepoints in the
 * form that a trace.dat of version 6 begins with (tools/perf/util/trace-event-info.c), so they are
 * parsed by the same code, and each event's fields are looked up once.
 */
#include "ingest/perfdata_parts.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/tepfields.h"
#include "ingest/tracedat_head.h"
#include "ingest/traceflags.h"

#include <stdlib.h>
#include <traceevent/event-parse.h>

struct hu_perf_format {
	uint64_t id;
	const char *name; /* libtraceevent's */
	struct hu_event_kind *kind;
	struct hu_perf_formats *formats;
	struct hu_tep_place *place;
	struct hu_perf_format *next;
};

struct hu_perf_formats {
	struct hu_vocabulary *words;
	bool swap;
	bool open;
	struct hu_trace_file file;
	struct hu_trace_head head;
	struct hu_perf_format *all;
};

static bool number(const struct hu_event_view *view, int field, uint64_t *ret)
{
	const struct hu_perf_format *format = view->type;

	return hu_tep_number(&format->place[field], format->formats->swap, view->record, ret);
}

static struct hu_str text(const struct hu_event_view *view, int field)
{
	const struct hu_perf_format *format = view->type;
	struct hu_str bytes;

	if (!hu_tep_bytes(&format->place[field], format->formats->swap, view->record, &bytes))
		return (struct hu_str){NULL, 0};
	return hu_until_nul(bytes);
}

static const struct hu_event_access access = {number, text};

static void describe(struct hu_perf_format *format, struct tep_event *event)
{
	struct hu_field field[HU_TEP_FIELDS_MAX];
	size_t count = hu_tep_places(event, &format->place, field);
	struct hu_event_type described = {
		.system = hu_str(event->system),
		.name = hu_str(event->name),
		.field = field,
		.fields = count,
	};
	if (!strcmp(event->name, "sched_switch"))
		described.print = format->formats->head.switch_print;
	format->name = event->name;
	format->kind = hu_vocabulary_add(format->formats->words, &described);
}

bool hu_perf_format_is(const struct hu_perf_format *format, const char *name)
{
	return format && !strcmp(format->name, name);
}

/* The bytes from `start` to where `end` stands now. */
static struct hu_str between(const struct hu_take *start, const struct hu_take *end)
{
	return (struct hu_str){start->left.at, start->left.len - end->left.len};
}

static void skip_formats(struct hu_take *from)
{
	uint64_t count = hu_take_number(from, 4);

	for (uint64_t i = 0; i < count && !from->bad; i++)
		hu_take_bytes(from, hu_take_number(from, 8));
}

/* Finds the parts of the section; false if there are none. */
static bool find_parts(struct hu_str section, struct hu_trace_file *file)
{
	static const char magic[] = "\x17\x08\x44tracing";
	struct hu_take from = {.left = section};

	if (!hu_str_starts(section, magic))
		return false;
	hu_take_bytes(&from, sizeof(magic) - 1);
	hu_take_string(&from); /* "0.6" */
	file->big_endian = hu_take_number(&from, 1);
	from.big_endian = file->big_endian;
	file->long_size = (uint32_t)hu_take_number(&from, 1);
	file->page_size = (uint32_t)hu_take_number(&from, 4);

	struct hu_take start = from;
	for (int i = 0; i < 2; i++) { /* header_page, header_event */
		hu_take_string(&from);
		hu_take_bytes(&from, hu_take_number(&from, 8));
	}
	file->header = between(&start, &from);
	start = from;
	skip_formats(&from); /* ftrace's own */
	file->ftrace_formats = between(&start, &from);
	start = from;
	uint64_t systems = hu_take_number(&from, 4);
	for (uint64_t i = 0; i < systems && !from.bad; i++) {
		hu_take_string(&from);
		skip_formats(&from);
	}
	file->event_formats = between(&start, &from);
	return true;
}

uint32_t hu_perf_long_size(const struct hu_perf_head *head)
{
	struct hu_trace_file file = {0};

	return find_parts(head->formats, &file) && file.long_size == 4 ? 4 : 8;
}

struct hu_perf_formats *hu_perf_formats_create(const struct hu_perf_head *head,
					       struct hu_vocabulary *words, struct hu_err **damage)
{
	struct hu_perf_formats *formats = hu_alloc(sizeof(*formats));

	*damage = NULL;
	formats->words = words;
	formats->swap = head->swap;
	if (!head->formats.len)
		return formats;
	if (find_parts(head->formats, &formats->file))
		*damage = hu_trace_head_open(&formats->file, &formats->head);
	else
		*damage = hu_err(HU_ERR_BAD_INPUT, "it does not begin as one");
	formats->open = !*damage;
	if (formats->open) {
		*damage = formats->file.damage;
		formats->file.damage = NULL;
	}
	*damage = hu_err_in(*damage, "in the section of event formats");
	return formats;
}

void hu_perf_formats_destroy(struct hu_perf_formats *formats)
{
	if (!formats)
		return;
	while (formats->all) {
		struct hu_perf_format *format = formats->all;
		formats->all = format->next;
		free(format->place);
		free(format);
	}
	if (formats->open)
		hu_trace_head_close(&formats->head);
	hu_err_free(formats->file.damage);
	free(formats);
}

const struct hu_perf_format *hu_perf_format_find(struct hu_perf_formats *formats, uint64_t id)
{
	if (!formats->open || id > INT32_MAX)
		return NULL;
	for (struct hu_perf_format *f = formats->all; f; f = f->next)
		if (f->id == id)
			return f;
	struct tep_event *event = tep_find_event(formats->head.tep, (int)id);
	if (!event || !event->name || !event->system)
		return NULL;
	struct hu_perf_format *format = hu_alloc(sizeof(*format));
	format->id = id;
	format->formats = formats;
	format->next = formats->all;
	formats->all = format;
	describe(format, event);
	return format;
}

bool hu_perf_format_uses(const struct hu_perf_format *format)
{
	return hu_vocabulary_uses(format->kind);
}

void hu_perf_format_count(const struct hu_perf_format *format)
{
	hu_vocabulary_count(format->kind);
}

void hu_perf_format_see(const struct hu_perf_format *format, struct hu_str raw,
			const struct hu_where *at)
{
	struct hu_event_view view = {.by = &access, .type = format, .record = raw, .at = *at};

	/* struct trace_entry: type, flags, preempt_count, pid */
	if (view.at.tid == HU_NONE && raw.len >= 8)
		view.at.tid = (int32_t)hu_load32(raw.at + 4, format->formats->swap);
	hu_vocabulary_see(format->formats->words, format->kind, &view);
}

uint32_t hu_perf_raw_context(struct hu_str raw)
{
	return raw.len > 2 ? hu_context_of_flags((unsigned char)raw.at[2]) : HU_CTX_UNKNOWN;
}

#endif
