/*
 * The records of a perf.data by time: samples to the vocabulary or to profile rows, and what perf
 * record itself wrote (in pipe mode, all that the head of a file would say).
 */
#include "ingest/perfdata_parts.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/around.h"
#include "ingest/symtab.h"
#include "ingest/vocabulary_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Time. */

static const struct {
	int32_t id; /* include/uapi/linux/time.h */
	const char *name;
	enum hu_clock clock;
} clocks[] = {
	{0, "realtime", HU_CLOCK_REALTIME},
	{1, "monotonic", HU_CLOCK_MONOTONIC},
	{4, "monotonic_raw", HU_CLOCK_MONOTONIC_RAW},
	{7, "boottime", HU_CLOCK_BOOT},
	{11, "tai", HU_CLOCK_TAI},
};

static enum hu_clock clock_of(int32_t id, const char **name)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (clocks[i].id != id)
			continue;
		*name = clocks[i].name;
		return clocks[i].clock;
	}
	*name = "not known here";
	return HU_CLOCK_IN_FILE;
}

static void put_clock(struct hu_perf_job *job)
{
	const struct hu_perf_head *head = &job->head;
	const struct hu_perf_event *event = head->events.count ? head->events.at[0] : NULL;
	enum hu_clock clock = HU_CLOCK_PERF;
	char how[96];
	const char *name;

	if (event && event->has_clock) {
		clock = clock_of(event->clockid, &name);
		snprintf(how, sizeof(how), "its events were recorded with clock %" PRId32 ", %s",
			 event->clockid, name);
	} else {
		snprintf(how, sizeof(how), "its events name no clock: perf's own");
	}
	hu_put_source_clock(job->to, clock, how);
	/* perf record reads the wall clock in microseconds, and then the other. */
	if (head->has_clock_pair && clock_of(head->pair_clockid, &name) != HU_CLOCK_IN_FILE)
		hu_put_clock(job->to, &(struct hu_reading){.ta = head->pair_clock,
							   .tb = head->pair_wall,
							   .slack = HU_NS_PER_MS,
							   .a = clock_of(head->pair_clockid, &name),
							   .b = HU_CLOCK_REALTIME});
}

/* Symbols. */

bool hu_perf_resolve(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		     uint64_t *offset)
{
	struct hu_perf_job *job = with;

	*module = (struct hu_str){NULL, 0};
	if (hu_perf_kernel_made(job->kernel, address, name, offset))
		return true;
	return hu_symtab_resolve(job->symbols, address, name, module, offset);
}

/*
 * The kernel is loaded elsewhere at every boot. The capture says where its text began, so a
 * kallsyms of another boot shows: it has no symbol there.
 */
static void check_symbols(struct hu_perf_job *job)
{
	const char *from = job->around->symbols_from;
	struct hu_symbol symbol;
	struct hu_str name;
	uint64_t address;

	if (!job->symbols || !hu_perf_kernel_reference(job->kernel, &name, &address) ||
	    (hu_symtab_find(job->symbols, address, &symbol) && !symbol.offset))
		return;
	job->symbols = NULL;
	job->words->resolver.nothing = true;
	HU_CLEANUP(hu_freep) char *shown = hu_strdup(name);
	hu_perf_put_loss(job, HU_LOSS_MISSING, 0,
			 "the %s%s is of another boot or kernel: it has nothing at "
			 "0x%" PRIx64 ", where this capture says that %.32s was",
			 from ? "list of kernel symbols in " : "bundle's kallsyms",
			 from ? from : "", address, shown);
}

static void find_symbols(struct hu_perf_job *job)
{
	const char *release = job->head.release ? job->head.release : "";

	job->symbols = job->around->symbols;
	check_symbols(job);
	if (job->symbols)
		job->symbols = hu_around_symbols(job->around, hu_str(release), job->to);
	job->words->resolver.nothing = !job->symbols;
}

/* Before the first record with a stamp, when all headers have been read. */
void hu_perf_prepare(struct hu_perf_job *job)
{
	struct hu_perf_head *head = &job->head;
	struct hu_err *damage;

	if (job->formats)
		return;
	put_clock(job);
	find_symbols(job);
	job->words->resolver.long_size = hu_perf_long_size(head);
	job->words->resolver.x86_64 = head->x86_64;
	job->formats = hu_perf_formats_create(head, job->words, &damage);
	if (damage)
		hu_perf_damage(head, damage);
}

static void bind_event(struct hu_perf_job *job, struct hu_perf_event *event)
{
	char spare[40];

	event->bound = true;
	event->interned = hu_internz(job->to, hu_perf_event_name(event, spare));
	if (event->type == HU_PERF_TYPE_TRACEPOINT)
		event->format = hu_perf_format_find(job->formats, event->config);
}

/* Which switches count: those of the tracepoint, if it was recorded, say more. */
static void look_for_switches(struct hu_perf_job *job)
{
	for (size_t i = 0; i < job->head.events.count; i++) {
		struct hu_perf_event *event = job->head.events.at[i];
		if (!event->bound)
			bind_event(job, event);
		job->has_switches |= hu_str_is(hu_str(event->name), "sched:sched_switch") ||
				     hu_perf_format_is(event->format, "sched_switch");
	}
}

/* Samples. */

static void see_sample(struct hu_perf_job *job, struct hu_perf_event *event,
		       const struct hu_perf_sample *sample, const struct hu_perf_record *record)
{
	struct hu_where at = {.ts = hu_perf_stamp(record->ts),
			      .pos = ++job->samples,
			      .cpu = sample->cpu,
			      .tid = sample->tid};

	event->count++;
	if (event->type == HU_PERF_TYPE_TRACEPOINT) {
		if (!event->format)
			return;
		if (!hu_perf_format_uses(event->format) || at.ts == HU_OPEN || !sample->raw.len) {
			event->bare += !sample->raw.len;
			hu_perf_format_count(event->format);
			return;
		}
		if (sample->chain.len)
			at.stack = hu_perf_stack(job, sample, record->misc);
		at.context = hu_perf_raw_context(sample->raw);
		hu_perf_format_see(event->format, sample->raw, &at);
		return;
	}
	if (!hu_perf_event_profiles(event))
		return;
	event->used++;
	at.stack = hu_perf_stack(job, sample, record->misc);
	hu_put_sample(job->to, &(struct hu_sample){.at = at,
						   .event = event->interned,
						   .period = sample->period < INT64_MAX
								     ? (int64_t)sample->period
								     : 0});
}

/* A sample that read counters stands for one of each of them that has counted meanwhile. */
static void see_values(struct hu_perf_job *job, struct hu_perf_event *event,
		       struct hu_perf_sample *sample, const struct hu_perf_record *record)
{
	struct hu_str values = sample->values;
	struct hu_perf_value value;
	bool started = false;

	while (hu_perf_value_next(event, job->head.swap, &values, &started, &value)) {
		struct hu_perf_id *id = hu_perf_id_find(&job->head.events, value.id);
		if (!id || id->event >= job->head.events.count) {
			job->unowned++;
			continue;
		}
		sample->period = value.value - id->last;
		id->last = value.value;
		if (sample->period)
			see_sample(job, job->head.events.at[id->event], sample, record);
	}
}

static void see_record_of_event(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	const struct hu_perf_events *events = &job->head.events;
	struct hu_perf_event *event = hu_perf_event_of(events, HU_PERF_SAMPLE, record->body);
	struct hu_perf_sample sample;

	if (!event) {
		job->unowned++;
		return;
	}
	if (!event->bound)
		bind_event(job, event);
	if (!hu_perf_sample_parse(event, job->head.swap, record->body, &sample)) {
		event->broken++;
		return;
	}
	if (sample.cpu == HU_NONE) {
		const struct hu_perf_id *id = hu_perf_id_find(events, sample.id);
		if (id)
			sample.cpu = id->cpu;
	}
	if (!sample.tid && job->words) /* it has no COMM record */
		hu_vocabulary_comm(job->words,
				   &(struct hu_where){.ts = hu_perf_stamp(record->ts),
						      .pos = job->samples + 1,
						      .cpu = sample.cpu},
				   0, hu_str("swapper"));
	job->branches += sample.branches > 0;
	job->user_stacks += sample.user_stack > 0;
	job->aux_samples += sample.aux > 0;
	if (sample.values.len)
		see_values(job, event, &sample, record);
	else
		see_sample(job, event, &sample, record);
	hu_perf_seen_on(job, sample.cpu, hu_perf_stamp(record->ts));
}

/* Records of perf record itself. */

static void see_attr(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	struct hu_perf_events *events = &job->head.events;
	struct hu_bytes from = {.left = record->body, .swap = job->head.swap};
	size_t number = events->count;

	hu_bytes_u32(&from);
	uint32_t size = hu_bytes_u32(&from);
	if (from.bad || size > record->body.len ||
	    !hu_perf_event_add(events, (struct hu_str){record->body.at, size})) {
		hu_perf_damage(&job->head,
			       hu_err(HU_ERR_BAD_INPUT, "the description of event %zu is damaged",
				      number + 1));
		return;
	}
	from.left = hu_str_skip(record->body, size);
	while (from.left.len >= 8)
		hu_perf_event_id(events, hu_bytes_u64(&from), number);
}

static void see_update(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	enum { NAME = 2 };
	struct hu_bytes from = {.left = record->body, .swap = job->head.swap};
	uint64_t what = hu_bytes_u64(&from), id = hu_bytes_u64(&from);
	const struct hu_perf_id *known = hu_perf_id_find(&job->head.events, id);
	struct hu_str name = hu_until_nul(from.left);

	if (from.bad || what != NAME || !known || !name.len)
		return;
	struct hu_perf_event *event = job->head.events.at[known->event];
	if (event->bound)
		return;
	free(event->name);
	event->name = hu_strdup(name);
}

/* The CPU that an event's id stands for. */
static void see_index(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	struct hu_bytes from = {.left = record->body, .swap = job->head.swap};
	uint64_t count = hu_bytes_u64(&from);

	for (uint64_t i = 0; i < count && !from.bad; i++) {
		struct hu_perf_id *id = hu_perf_id_find(&job->head.events, hu_bytes_u64(&from));
		hu_bytes_u64(&from);
		uint64_t cpu = hu_bytes_u64(&from);
		hu_bytes_u64(&from);
		if (!from.bad && id && cpu < INT32_MAX)
			id->cpu = (int32_t)cpu;
	}
}

static void see_own(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	struct hu_perf_head *head = &job->head;
	struct hu_bytes from = {.left = record->body, .swap = head->swap};

	switch (record->type) {
	case HU_PERF_HEADER_ATTR:
		see_attr(job, record);
		return;
	case HU_PERF_EVENT_UPDATE:
		see_update(job, record);
		return;
	case HU_PERF_HEADER_TRACING_DATA:
		if (!head->formats.len)
			head->formats = record->payload;
		return;
	case HU_PERF_HEADER_FEATURE: {
		uint64_t number = hu_bytes_u64(&from);
		if (!from.bad)
			hu_perf_feature(head, number, from.left, job->to);
		return;
	}
	case HU_PERF_HEADER_BUILD_ID:
		hu_perf_build_id(head, record->misc, record->body, job->to);
		return;
	case HU_PERF_ID_INDEX:
		see_index(job, record);
		return;
	case HU_PERF_THREAD_MAP:
		hu_perf_thread_map(job, record->body);
		return;
	default:
		return;
	}
}

void hu_perf_see(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	if (record->type < HU_PERF_TYPES)
		job->seen[record->type]++;
	else
		job->strange++;
	if (record->type >= HU_PERF_USER) {
		see_own(job, record);
		return;
	}
	if (record->ts || record->type == HU_PERF_SAMPLE)
		hu_perf_prepare(job);
	if (record->ts) {
		bool first = job->now == HU_OPEN;
		job->now = hu_perf_stamp(record->ts);
		if (first && job->now != HU_OPEN) {
			check_symbols(job);
			look_for_switches(job);
			hu_perf_put_named(job);
		}
	}
	if (record->type == HU_PERF_SAMPLE)
		see_record_of_event(job, record);
	else
		hu_perf_side(job, record);
}

#endif
