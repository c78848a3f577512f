/*
 * Records that are no samples: address spaces, switches, losses. Few
 * beside the samples, except for switches (perf record --switch-events).
 */
#include "ingest/perfdata_parts.h"
#include "db/text.h"
#include "ingest/vocabulary_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CPUS_MAX = 1 << 16 };

static const char *const type_names[HU_PERF_TYPES] = {
	[HU_PERF_MMAP] = "MMAP",
	[HU_PERF_LOST] = "LOST",
	[HU_PERF_COMM] = "COMM",
	[HU_PERF_EXIT] = "EXIT",
	[HU_PERF_THROTTLE] = "THROTTLE",
	[HU_PERF_UNTHROTTLE] = "UNTHROTTLE",
	[HU_PERF_FORK] = "FORK",
	[HU_PERF_READ] = "READ",
	[HU_PERF_MMAP2] = "MMAP2",
	[HU_PERF_AUX] = "AUX",
	[HU_PERF_ITRACE_START] = "ITRACE_START",
	[HU_PERF_LOST_SAMPLES] = "LOST_SAMPLES",
	[HU_PERF_SWITCH] = "SWITCH",
	[HU_PERF_SWITCH_CPU_WIDE] = "SWITCH_CPU_WIDE",
	[HU_PERF_NAMESPACES] = "NAMESPACES",
	[HU_PERF_KSYMBOL] = "KSYMBOL",
	[HU_PERF_BPF_EVENT] = "BPF_EVENT",
	[HU_PERF_CGROUP] = "CGROUP",
	[HU_PERF_TEXT_POKE] = "TEXT_POKE",
	[HU_PERF_AUX_OUTPUT_HW_ID] = "AUX_OUTPUT_HW_ID",
	[HU_PERF_CALLCHAIN_DEFERRED] = "CALLCHAIN_DEFERRED",
	[HU_PERF_HEADER_ATTR] = "HEADER_ATTR",
	[65] = "HEADER_EVENT_TYPE",
	[HU_PERF_HEADER_TRACING_DATA] = "HEADER_TRACING_DATA",
	[HU_PERF_HEADER_BUILD_ID] = "HEADER_BUILD_ID",
	[HU_PERF_FINISHED_ROUND] = "FINISHED_ROUND",
	[HU_PERF_ID_INDEX] = "ID_INDEX",
	[70] = "AUXTRACE_INFO",
	[HU_PERF_AUXTRACE] = "AUXTRACE",
	[72] = "AUXTRACE_ERROR",
	[HU_PERF_THREAD_MAP] = "THREAD_MAP",
	[74] = "CPU_MAP",
	[75] = "STAT_CONFIG",
	[76] = "STAT",
	[77] = "STAT_ROUND",
	[HU_PERF_EVENT_UPDATE] = "EVENT_UPDATE",
	[HU_PERF_TIME_CONV] = "TIME_CONV",
	[HU_PERF_HEADER_FEATURE] = "HEADER_FEATURE",
	[82] = "FINISHED_INIT",
	[84] = "BPF_METADATA",
	[85] = "SCHEDSTAT_CPU",
	[86] = "SCHEDSTAT_DOMAIN",
};

void hu_perf_put_loss(struct hu_perf_job *job, enum hu_loss kind, uint64_t count, const char *fmt,
		      ...)
{
	struct hu_gap gap = {.from = HU_OPEN,
			     .to = HU_OPEN,
			     .count = count ? (int64_t)count : HU_NONE,
			     .cpu = HU_NONE,
			     .kind = kind};
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		hu_no_memory();
	va_end(args);
	hu_put_loss(job->to, &gap, "%s", text);
	free(text);
}

struct hu_where hu_perf_where(const struct hu_perf_job *job, uint64_t ts, int32_t cpu, int32_t tid)
{
	return (struct hu_where){
		.ts = hu_perf_stamp(ts), .pos = job->samples + 1, .cpu = cpu, .tid = tid};
}

int32_t hu_perf_take_id(struct hu_bytes *from)
{
	int32_t id = (int32_t)hu_bytes_u32(from);

	return from->bad || id < 0 ? HU_NONE : id;
}

/* Address spaces. */

static void see_mmap(struct hu_perf_job *job, const struct hu_perf_record *record,
		     struct hu_bytes *from)
{
	enum { BUILD_ID_MAX = 20 };
	bool kernel = (record->misc & HU_PERF_CPUMODE) == HU_PERF_CPUMODE_KERNEL;
	int32_t pid = hu_perf_take_id(from);
	struct hu_str id = {NULL, 0};

	hu_bytes_u32(from);
	struct hu_perf_mapping map = {.start = hu_bytes_u64(from)};
	map.len = hu_bytes_u64(from);
	map.offset = hu_bytes_u64(from);
	if (record->type == HU_PERF_MMAP2) { /* device and inode, or a build id; protection */
		id = hu_bytes_take(from, 24);
		hu_bytes_take(from, 8);
	}
	map.file = hu_until_nul(from->left);
	if (from->bad || !map.file.len)
		return;
	job->used[record->type]++;
	if (kernel) {
		hu_perf_kernel_map(job->kernel, &map);
		return;
	}
	if ((record->misc & HU_PERF_CPUMODE) != HU_PERF_CPUMODE_USER)
		return;
	hu_perf_maps_add(job->maps, pid, &map);
	size_t size = id.len ? (unsigned char)id.at[0] : 0;
	if (!(record->misc & HU_PERF_MISC_14) || !size || size > BUILD_ID_MAX)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	for (size_t i = 0; i < size; i++)
		hu_out_printf(&text, "%02x", (unsigned)(unsigned char)id.at[4 + i]);
	hu_perf_maps_build_id(job->maps, map.file, hu_out_view(&text));
}

static void see_ksymbol(struct hu_perf_job *job, struct hu_bytes *from)
{
	enum { UNREGISTER = 1 };
	uint64_t start = hu_bytes_u64(from);
	uint32_t len = hu_bytes_u32(from);

	hu_bytes_u16(from);
	uint16_t flags = hu_bytes_u16(from);
	struct hu_str name = hu_until_nul(from->left);
	if (from->bad || flags & UNREGISTER || !name.len)
		return;
	job->used[HU_PERF_KSYMBOL]++;
	hu_perf_kernel_symbol(job->kernel, start, len, name);
}

/* Switches. */

static void see_switch(struct hu_perf_job *job, const struct hu_perf_record *record,
		       struct hu_bytes *from, const struct hu_perf_sample *said)
{
	bool wide = record->type == HU_PERF_SWITCH_CPU_WIDE;
	bool out = record->misc & HU_PERF_MISC_13;
	int32_t other = HU_NONE;

	if (wide) {
		hu_bytes_u32(from);
		other = hu_perf_take_id(from);
	}
	/* Of a whole CPU each switch is told twice, by who leaves and by who comes. */
	if (from->bad || !record->ts || job->has_switches || (wide && !out))
		return;
	struct hu_switch row = {.at = hu_perf_where(job, record->ts, said->cpu, said->tid),
				.next = other};
	if (!out) {
		row.at.tid = HU_NONE;
		row.next = said->tid;
	} else if (record->misc & HU_PERF_MISC_14) {
		row.state = HU_STATE_PREEMPTED;
	}
	job->used[record->type]++;
	hu_put_switch(job->to, &row);
}

/* Losses. */

static hu_ns last_on(const struct hu_perf_job *job, int32_t cpu)
{
	return cpu >= 0 && (size_t)cpu < job->cpus ? job->last[cpu] : HU_OPEN;
}

static void put_gap(struct hu_perf_job *job, uint64_t count, uint64_t ts, int32_t cpu,
		    const char *what)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_gap gap = {.from = last_on(job, cpu),
			     .to = hu_perf_stamp(ts),
			     .count = count < INT64_MAX ? (int64_t)count : HU_NONE,
			     .cpu = cpu,
			     .kind = HU_LOSS_DROPPED,
			     .pos = job->samples + 1};

	hu_out_grouped(&text, gap.count);
	hu_put_loss(job->to, &gap, "%s %s", text.at, what);
	hu_vocabulary_gap(job->words);
}

static void see_lost(struct hu_perf_job *job, const struct hu_perf_record *record,
		     struct hu_bytes *from, const struct hu_perf_sample *said)
{
	hu_bytes_u64(from); /* id */
	uint64_t count = hu_bytes_u64(from);

	if (from->bad || !count)
		return;
	job->lost += count;
	job->used[HU_PERF_LOST]++;
	put_gap(job, count, record->ts, said->cpu,
		"records did not fit into perf's ring buffer and were lost");
}

/*
 * With a time: samples that the hardware dropped. Without: what perf record asked the counters when
 * it ended (PERF_FORMAT_LOST, Linux 6.1), which is the same that LOST records told of.
 */
static void see_lost_samples(struct hu_perf_job *job, const struct hu_perf_record *record,
			     struct hu_bytes *from, const struct hu_perf_sample *said)
{
	uint64_t count = hu_bytes_u64(from);

	if (from->bad || !count)
		return;
	job->used[HU_PERF_LOST_SAMPLES]++;
	if (record->ts)
		put_gap(job, count, record->ts, said->cpu, "samples were lost");
	else
		job->tallied += count;
}

void hu_perf_side(struct hu_perf_job *job, const struct hu_perf_record *record)
{
	struct hu_perf_head *head = &job->head;
	struct hu_perf_sample said;
	struct hu_bytes from = {.left = record->body, .swap = head->swap};

	hu_perf_trailer_parse(hu_perf_event_of(&head->events, record->type, record->body),
			      head->swap, &from.left, &said);
	switch (record->type) {
	case HU_PERF_MMAP:
	case HU_PERF_MMAP2:
		see_mmap(job, record, &from);
		break;
	case HU_PERF_COMM:
		hu_perf_see_comm(job, record, &from, &said);
		break;
	case HU_PERF_FORK:
		hu_perf_see_fork(job, record, &from, &said);
		break;
	case HU_PERF_EXIT:
		hu_perf_see_exit(job, record, &from, &said);
		break;
	case HU_PERF_SWITCH:
	case HU_PERF_SWITCH_CPU_WIDE:
		see_switch(job, record, &from, &said);
		break;
	case HU_PERF_LOST:
		see_lost(job, record, &from, &said);
		break;
	case HU_PERF_LOST_SAMPLES:
		see_lost_samples(job, record, &from, &said);
		break;
	case HU_PERF_KSYMBOL:
		see_ksymbol(job, &from);
		break;
	default:
		break;
	}
	if (record->ts)
		hu_perf_seen_on(job, said.cpu, hu_perf_stamp(record->ts));
}

void hu_perf_seen_on(struct hu_perf_job *job, int32_t cpu, hu_ns ts)
{
	if (cpu < 0 || cpu >= CPUS_MAX)
		return;
	if ((size_t)cpu >= job->cpus) {
		size_t cpus = (size_t)cpu + 16;
		job->last = hu_realloc(job->last, cpus * sizeof(*job->last));
		for (size_t i = job->cpus; i < cpus; i++)
			job->last[i] = HU_OPEN;
		job->cpus = cpus;
	}
	job->last[cpu] = ts;
}

void hu_perf_side_finish(struct hu_perf_job *job)
{
	for (uint32_t type = 1; type < HU_PERF_TYPES; type++) {
		char name[48];
		if (!job->seen[type] || type == HU_PERF_SAMPLE)
			continue;
		if (type_names[type])
			snprintf(name, sizeof(name), "PERF_RECORD_%s", type_names[type]);
		else
			snprintf(name, sizeof(name), "record of type %" PRIu32, type);
		hu_put_event_count(job->to, hu_str(name), job->seen[type], job->used[type]);
	}
	if (job->strange)
		hu_perf_put_loss(job, HU_LOSS_UNPARSED, job->strange,
				 "%" PRIu64 " records of types that are not known here",
				 job->strange);
	if (job->tallied > job->lost) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_grouped(&text, (int64_t)(job->tallied - job->lost));
		hu_perf_put_loss(job, HU_LOSS_DROPPED, job->tallied - job->lost,
				 "%s samples were lost, as the counters told when perf record "
				 "ended; when is not known",
				 text.at);
	}
	if (job->seen[HU_PERF_THROTTLE])
		hu_perf_put_loss(job, HU_LOSS_MISSING, job->seen[HU_PERF_THROTTLE],
				 "the kernel throttled events %" PRIu64
				 " times: for the rest of a tick they took no samples",
				 job->seen[HU_PERF_THROTTLE]);
}
