/*
 * The clocks of a trace.dat: which one its stamps are in, how a stamp becomes nanoseconds, and what
 * the file says of other clocks. Called once for a file, but for the stamp of a record.
 */
#include "ingest/tracedat_time.h"

#include "db/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* (cycles * mult) >> shift without losing the high bits: mul_u64_u32_shr() of the kernel */
static uint64_t cycles_to_ns(uint64_t cycles, uint32_t mult, uint32_t shift)
{
	uint64_t low = (cycles & UINT32_MAX) * mult;
	uint64_t high = (cycles >> 32) * mult;

	return (low >> shift) + (shift <= 32 ? high << (32 - shift) : high >> (shift - 32));
}

/* Guest and host. */

static int by_time(const void *a, const void *b)
{
	const struct hu_trace_sample *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

/*
 * tracecmd_write_guest_time_shift(), lib/trace-cmd/trace-timesync.c: by CPU a count, and then as
 * many times, offsets and scalings; behind all of them the scalings' fraction bits, since 3.1.
 */
void hu_trace_take_shift(struct hu_trace_file *file, struct hu_take from)
{
	enum { INTERPOLATE = 1, CPUS_MAX = 8192 };

	file->host_id = hu_take_number(&from, 8);
	file->shift_slopes = hu_take_number(&from, 4) & INTERPOLATE;
	uint64_t cpus = hu_take_number(&from, 4);
	if (from.bad || file->has_shift)
		return;
	file->has_shift = true;
	if (cpus > CPUS_MAX || cpus > from.left.len / 4)
		return;
	file->shift = hu_trace_own(file, (size_t)(cpus + 1) * sizeof(*file->shift));
	for (; file->shift_cpus < cpus; file->shift_cpus++) {
		struct hu_trace_shift *s = &file->shift[file->shift_cpus];
		uint64_t count = hu_take_number(&from, 4);
		if (from.bad || count > from.left.len / 24)
			return;
		s->samples = (size_t)count;
		s->sample = hu_trace_own(file, (s->samples + 1) * sizeof(*s->sample));
		for (size_t k = 0; k < s->samples; k++)
			s->sample[k].time = hu_take_number(&from, 8);
		for (size_t k = 0; k < s->samples; k++)
			s->sample[k].offset = (int64_t)hu_take_number(&from, 8);
		for (size_t k = 0; k < s->samples; k++)
			s->sample[k].scaling = hu_take_number(&from, 8);
	}
	for (uint32_t cpu = 0; cpu < file->shift_cpus; cpu++) {
		struct hu_trace_shift *s = &file->shift[cpu];
		size_t kept = 0;
		for (size_t k = 0; k < s->samples && from.left.len >= 8; k++)
			s->sample[k].fraction = hu_take_number(&from, 8);
		qsort(s->sample, s->samples, sizeof(*s->sample), by_time);
		for (size_t k = 0; k < s->samples; k++) {
			int64_t offset = s->sample[k].offset;
			if (!file->shifts || offset < file->shift_least)
				file->shift_least = offset;
			if (!file->shifts++ || offset > file->shift_most)
				file->shift_most = offset;
			if (!kept || s->sample[k].time != s->sample[kept - 1].time)
				s->sample[kept++] = s->sample[k];
		}
		s->samples = kept;
	}
}

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_unsigned;

/* timestamp_host_sync() and timestamp_correction_calc(), lib/trace-cmd/trace-input.c */
static uint64_t at_host(const struct hu_trace_file *file, int32_t cpu, uint64_t raw)
{
	if (cpu < 0 || (uint32_t)cpu >= file->shift_cpus || !file->shift[cpu].samples)
		return raw;
	const struct hu_trace_shift *s = &file->shift[cpu];
	const struct hu_trace_sample *at = s->sample;
	if (s->samples == 1)
		return raw + (uint64_t)at->offset;
	size_t low = 0, high = s->samples - 1; /* the last one that is not later, but one has to
						  follow */
	while (low + 1 < high) {
		size_t mid = (low + high) / 2;
		if (at[mid].time <= raw)
			low = mid;
		else
			high = mid;
	}
	at += low;
	wide offset = at->offset;
	if (file->shift_slopes) {
		wide delta = (wide)at[1].time - at->time;
		wide slope;
		if (__builtin_mul_overflow((wide)raw - at->time, at[1].offset - (wide)at->offset,
					   &slope) ||
		    __builtin_add_overflow(slope, delta / 2, &slope))
			slope = 0;
		offset += slope / delta;
	}
	wide_unsigned scaled = raw;
	if (at->scaling && at->fraction < 128)
		scaled = scaled * at->scaling >> at->fraction;
	return (uint64_t)(scaled + (wide_unsigned)offset);
}

hu_ns hu_trace_stamp(const struct hu_trace_file *file, int32_t cpu, uint64_t raw)
{
	int64_t ts;

	/* timestamp_calc(), lib/trace-cmd/trace-input.c: in this order */
	raw = at_host(file, cpu, raw);
	if (file->has_tsc)
		raw = cycles_to_ns(raw, file->tsc_mult, file->tsc_shift);
	if (raw >= (uint64_t)HU_OPEN ||
	    __builtin_add_overflow((int64_t)raw, file->ts_offset, &ts) || ts == HU_OPEN)
		return HU_OPEN;
	return ts;
}

static const struct {
	const char *name;
	enum hu_clock clock;
} clocks[] = {
	/* Documentation/trace/ftrace.rst, "trace_clock" */
	{"local", HU_CLOCK_TRACE_LOCAL},
	{"global", HU_CLOCK_TRACE_GLOBAL},
	{"counter", HU_CLOCK_TRACE_COUNTER},
	{"uptime", HU_CLOCK_UPTIME},
	{"perf", HU_CLOCK_PERF},
	{"mono", HU_CLOCK_MONOTONIC},
	{"mono_raw", HU_CLOCK_MONOTONIC_RAW},
	{"boot", HU_CLOCK_BOOT},
	{"tai", HU_CLOCK_TAI},
	{"x86-tsc", HU_CLOCK_TSC},
	{"tsc2nsec", HU_CLOCK_TSC},
};

struct hu_str hu_trace_clock_of(const struct hu_trace_file *file,
				const struct hu_trace_buffer *buffer)
{
	return buffer->clock.len ? buffer->clock : file->clock;
}

struct hu_str hu_trace_clock(const struct hu_trace_file *file)
{
	struct hu_str best = file->clock;
	uint64_t most = 0;

	for (size_t i = 0; i < file->buffers; i++) {
		struct hu_str clock = hu_trace_clock_of(file, &file->buffer[i]);
		uint64_t bytes = 0;
		for (size_t k = 0; k < file->buffers; k++)
			if (hu_str_eq(hu_trace_clock_of(file, &file->buffer[k]), clock))
				for (size_t c = 0; c < file->buffer[k].cpus; c++)
					bytes += file->buffer[k].cpu[c].data.len;
		if (!i || bytes > most) {
			best = clock;
			most = bytes;
		}
	}
	return best;
}

enum hu_clock hu_trace_put_clock(const struct hu_trace_file *file, struct hu_str name,
				 struct hu_sink *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
	enum hu_clock clock = HU_CLOCK_IN_FILE;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (hu_str_is(name, clocks[i].name))
			clock = clocks[i].clock;
	HU_CLEANUP(hu_freep) char *shown = hu_trace_shown(name);
	if (!name.len) {
		clock = HU_CLOCK_TRACE_LOCAL;
		hu_out_puts(&how,
			    "the file names no clock; without one trace-cmd records \"local\"");
	} else if (clock == HU_CLOCK_IN_FILE) {
		hu_out_printf(&how, "the file says \"%s\", a clock not known here", shown);
	} else {
		hu_out_printf(&how, "the file says \"%s\"", shown);
		if (clock == HU_CLOCK_TSC)
			hu_out_puts(&how, file->has_tsc
						  ? ", made nanoseconds by the file's multiplier"
						  : ", cycles without a multiplier");
	}
	if (file->shifts)
		hu_out_printf(&how,
			      "; of a guest, and made its host's: %" PRId64 " to %" PRId64
			      " are added, by %" PRIu64 " samples",
			      file->shift_least, file->shift_most, file->shifts);
	hu_put_source_clock(to, clock, how.at);
	return clock;
}

/* A guest's file has the offsets of its clock to its host's; the host's file names the guests. */
static void put_relatives(const struct hu_trace_file *file, struct hu_sink *to)
{
	const struct hu_gap gap = {.from = HU_OPEN,
				   .to = HU_OPEN,
				   .count = HU_NONE,
				   .cpu = HU_NONE,
				   .kind = HU_LOSS_MISSING};
	char id[32];

	if (file->trace_id && (file->has_shift || file->guests.len)) {
		snprintf(id, sizeof(id), "0x%" PRIx64, file->trace_id);
		hu_put_fact(to, "trace.id", hu_str(id));
	}
	if (file->guests.len)
		hu_put_fact(to, "trace.guests", file->guests);
	if (!file->has_shift)
		return;
	snprintf(id, sizeof(id), "0x%" PRIx64, file->host_id);
	hu_put_fact(to, "trace.host_id", hu_str(id));
	if (file->shifts && !file->has_tsc) { /* in ns, for whoever wants to take it back */
		snprintf(id, sizeof(id), "%" PRId64, file->shift_least);
		hu_put_fact(to, "trace.shift_least", hu_str(id));
		snprintf(id, sizeof(id), "%" PRId64, file->shift_most);
		hu_put_fact(to, "trace.shift_most", hu_str(id));
	}
	if (!file->shifts)
		hu_put_loss(
			to, &gap,
			"this is the trace of a guest; its stamps are in the guest's own clock, "
			"and it has no offsets to its host's");
}

void hu_trace_put_times(const struct hu_trace_file *file, enum hu_clock clock, hu_ns first,
			struct hu_sink *to)
{
	put_relatives(file, to);
	if (!file->has_date || first == HU_OPEN)
		return;
	/* trace-cmd record --date compares a marker's stamp with gettimeofday(2) */
	hu_put_clock(to, &(struct hu_reading){.ta = first,
					      .tb = first + file->date,
					      .slack = HU_NS_PER_MS,
					      .a = clock,
					      .b = HU_CLOCK_REALTIME});
}
