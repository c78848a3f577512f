/* What the fields of a journal record mean for a kernel log. */
#include "ingest/klogrecord.h"

#include <string.h>

void hu_klogrecord_deinit(struct hu_klogrecord *record)
{
	hu_out_deinit(&record->message);
	hu_out_deinit(&record->host);
}

void hu_klogrecord_begin(struct hu_klogrecord *record, uint64_t pos)
{
	hu_out_clear(&record->message);
	hu_out_clear(&record->host);
	record->pos = pos;
	record->any = record->kernel = record->other = false;
	record->source = record->arrival = record->wall = record->priority = HU_NONE;
	record->tid = record->cpu = HU_NONE;
}

static void micros(struct hu_str value, int64_t *ret)
{
	int64_t n;

	if (hu_str_i64(value, &n) && n >= 0 && n <= INT64_MAX / HU_NS_PER_US)
		*ret = n;
}

void hu_klogrecord_field(struct hu_klogrecord *record, struct hu_str key, struct hu_str value)
{
	int64_t n;

	record->any = true;
	if (hu_str_is(key, "MESSAGE")) {
		if (!record->message.len)
			hu_out_str(&record->message, value);
	} else if (hu_str_is(key, "__REALTIME_TIMESTAMP")) {
		micros(value, &record->wall);
	} else if (hu_str_is(key, "__MONOTONIC_TIMESTAMP")) {
		micros(value, &record->arrival);
	} else if (hu_str_is(key, "_SOURCE_MONOTONIC_TIMESTAMP")) {
		micros(value, &record->source);
	} else if (hu_str_is(key, "PRIORITY")) {
		if (hu_str_i64(value, &n) && n >= 0 && n <= 7)
			record->priority = n;
	} else if (hu_str_is(key, "_HOSTNAME")) {
		if (!record->host.len)
			hu_out_str(&record->host, value);
	} else if (hu_str_is(key, "_TRANSPORT")) {
		record->kernel = hu_str_is(value, "kernel");
		record->other = !record->kernel;
	} else if (hu_str_is(key, "SYSLOG_IDENTIFIER")) {
		/* Programs that write to /dev/kmsg have the kernel's transport and their own name.
		 */
		record->kernel |= hu_str_is(value, "kernel") && !record->other;
	}
}

void hu_klogrecord_put(struct hu_klogrecord *record, struct hu_kmsg_log *log)
{
	if (!record->kernel || record->other) {
		log->other_programs += record->any;
		return;
	}
	int64_t stamp = record->source != HU_NONE ? record->source : record->arrival;
	if (log->clock == HU_CLOCK_PRINTK)
		stamp = record->source;
	const struct hu_kmsg_line line = {
		.text = hu_out_view(&record->message),
		.host = hu_out_view(&record->host),
		.printk = stamp == HU_NONE ? HU_OPEN : stamp * HU_NS_PER_US,
		.wall = record->wall == HU_NONE ? HU_OPEN : record->wall * HU_NS_PER_US,
		.wall_clock = record->wall == HU_NONE ? HU_CLOCK_NONE : HU_CLOCK_REALTIME,
		.wall_unit = HU_NS_PER_US,
		.sequence = HU_NONE,
		.level = (int32_t)record->priority,
		.tid = record->tid,
		.cpu = record->cpu,
		.caller = record->tid != HU_NONE || record->cpu != HU_NONE,
	};
	hu_kmsg_log_take(log, &line);
}

void hu_klogsurvey_deinit(struct hu_klogsurvey *survey)
{
	hu_kmsg_boots_deinit(&survey->boots);
	hu_out_deinit(&survey->boot_id);
}

void hu_klogsurvey_record(struct hu_klogsurvey *survey, uint64_t pos, struct hu_str boot_id)
{
	struct hu_str before = hu_out_view(&survey->boot_id);
	bool same = !boot_id.len || !before.len ||
		    (before.len == boot_id.len && !memcmp(before.at, boot_id.at, before.len));

	survey->records++;
	if (!survey->boots.count || !same) {
		const struct hu_kmsg_boot boot = {
			.pos = pos,
			.run = survey->boots.runs,
			.kind = survey->boots.count ? HU_KMSG_BOOT_NAMED : HU_KMSG_BOOT_FIRST,
		};
		hu_kmsg_boots_add(&survey->boots, &boot);
	}
	if (boot_id.len && (!same || !before.len)) {
		hu_out_clear(&survey->boot_id);
		hu_out_str(&survey->boot_id, boot_id);
	}
}

enum hu_clock hu_klogsurvey_clock(const struct hu_klogsurvey *survey)
{
	if (survey->boots.runs > 1)
		return HU_CLOCK_REALTIME;
	if (survey->source)
		return HU_CLOCK_PRINTK;
	return survey->arrival ? HU_CLOCK_MONOTONIC : HU_CLOCK_REALTIME;
}
