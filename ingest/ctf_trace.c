/* The environment and the clock of a CTF trace (CTF 1.8.3, sections 8 and C.1.7). */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_trace.h"

#include <stdlib.h>
#include <string.h>

/* An entry of the environment as text; numbers in decimal. free() it. NULL: there is none. */
static char *entry(const bt_trace *of, const char *name)
{
	const bt_value *value = bt_trace_borrow_environment_entry_value_by_name_const(of, name);
	struct hu_out out = {0};

	if (!value)
		return NULL;
	if (bt_value_is_string(value))
		return hu_strdup(hu_str(bt_value_string_get(value)));
	if (!bt_value_is_signed_integer(value))
		return NULL;
	hu_out_printf(&out, "%lld", (long long)bt_value_integer_signed_get(value));
	return out.at;
}

static bool is(const bt_trace *of, const char *name, const char *what)
{
	HU_CLEANUP(hu_freep) char *text = entry(of, name);

	return text && !strcmp(text, what);
}

static void put(const bt_trace *of, const char *name, const char *fact, struct hu_sink *to)
{
	HU_CLEANUP(hu_freep) char *text = entry(of, name);

	if (text && *text)
		hu_put_fact(to, fact, hu_str(text));
}

/* "lttng-modules 2.13.9" */
static void put_tracer(const bt_trace *of, struct hu_sink *to)
{
	static const char *const parts[] = {"tracer_major", "tracer_minor", "tracer_patchlevel"};
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	HU_CLEANUP(hu_freep) char *name = entry(of, "tracer_name");

	if (!name || !*name)
		return;
	hu_out_puts(&out, name);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		HU_CLEANUP(hu_freep) char *number = entry(of, parts[i]);
		if (!number)
			break;
		hu_out_printf(&out, "%s%s", i ? "." : " ", number);
	}
	hu_put_fact(to, "ctf.tracer", hu_out_view(&out));
}

/* Before 4.14 the numbers in prev_state meant something else; LTTng and perf both pass them on. */
static bool is_old(const char *release)
{
	struct hu_str left = hu_str(release);
	uint64_t major, minor;

	if (!hu_str_u64(hu_str_split(&left, '.'), 10, &major))
		return false;
	size_t digits = 0;
	while (digits < left.len && left.at[digits] >= '0' && left.at[digits] <= '9')
		digits++;
	return hu_str_u64((struct hu_str){left.at, digits}, 10, &minor) &&
	       (major < 4 || (major == 4 && minor < 14));
}

void hu_ctf_trace_begin(struct hu_ctf_trace *trace, const bt_trace *of, struct hu_sink *to)
{
	trace->is_user = is(of, "domain", "ust");
	trace->is_perf = is(of, "tracer_name", "perf");
	const char *key = trace->is_perf ? "release" : "kernel_release";
	char *release = entry(of, key);
	free(trace->release);
	trace->release = release;
	trace->is_32bit = is(of, "architecture_bit_width", "32");
	trace->x86_64 = is(of, "machine", "x86_64") ||
			(release && (strstr(release, "x86_64") || strstr(release, "amd64")));
	trace->old_states = release && is_old(release);

	put(of, trace->is_perf ? "host" : "hostname", "hostname", to);
	put(of, key, "kernel.release", to);
	put(of, "kernel_version", "kernel.version", to);
	put(of, "machine", "kernel.arch", to);
	put(of, "trace_name", "ctf.trace_name", to);
	put_tracer(of, to);
}

static const struct {
	const char *name;
	enum hu_clock clock;
} clocks[] = {
	{"monotonic", HU_CLOCK_MONOTONIC},
	{"monotonic_raw", HU_CLOCK_MONOTONIC_RAW},
	{"boottime", HU_CLOCK_BOOT},
	{"realtime", HU_CLOCK_REALTIME},
	{"tai", HU_CLOCK_TAI},
	{"perf_clock", HU_CLOCK_PERF},
};

/* Seconds and cycles to nanoseconds; HU_OPEN if that does not fit. */
static hu_ns offset_of(const bt_clock_class *clock, uint64_t frequency)
{
	int64_t seconds;
	uint64_t cycles;
	hu_ns ns;

	bt_clock_class_get_offset(clock, &seconds, &cycles);
	/* the library promises less cycles than a second has */
	if (!frequency || frequency > UINT64_MAX / (uint64_t)HU_NS_PER_S || cycles >= frequency ||
	    __builtin_mul_overflow(seconds, HU_NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, (hu_ns)(cycles * (uint64_t)HU_NS_PER_S / frequency), &ns))
		return HU_OPEN;
	return ns;
}

/* `perf data convert --tod` calls its clock perf_clock, too, and describes it as "monotonic". */
static enum hu_clock clock_of(const char *name, const char *description)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!strcmp(description, clocks[i].name))
			return clocks[i].clock;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!strcmp(name, clocks[i].name))
			return clocks[i].clock;
	return HU_CLOCK_IN_FILE;
}

static void say(const struct hu_ctf_trace *trace, struct hu_sink *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
	const char *name = trace->clock_name;

	if (!*name)
		hu_out_puts(&how, "the metadata's clock has no name");
	else
		hu_out_printf(&how, "the metadata's clock is called \"%s\"", name);
	if (trace->clock == HU_CLOCK_PERF)
		hu_out_puts(&how, ", which perf data convert also calls one that perf record -k "
				  "has chosen");
	else if (trace->clock != HU_CLOCK_IN_FILE && !strcmp(name, "perf_clock"))
		hu_out_puts(&how, ", and its description says which one that is");
	else if (trace->shift)
		hu_out_puts(&how, ", and counts from the Unix epoch with its offset");
	else if (trace->clock == HU_CLOCK_IN_FILE)
		hu_out_puts(&how, ", which says nothing here");
	hu_put_source_clock(to, trace->clock, how.at);
}

bool hu_ctf_trace_clock(struct hu_ctf_trace *trace, const bt_clock_class *clock, struct hu_sink *to)
{
	enum { YEAR = 365 * 24 * 3600 };
	const char *name = bt_clock_class_get_name(clock);
	const char *description = bt_clock_class_get_description(clock);
	uint64_t frequency = bt_clock_class_get_frequency(clock);

	if (!name)
		name = "";
	if (trace->clock_name)
		return !strcmp(trace->clock_name, name) && trace->frequency == frequency;
	trace->clock_name = hu_strdup(hu_str(name));
	for (char *c = trace->clock_name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	trace->frequency = frequency;
	trace->clock = clock_of(name, description ? description : "");
	hu_ns offset = offset_of(clock, frequency);
	trace->epoch = HU_OPEN;
	/* Tracers that do not know the wall time leave the offset at zero. */
	if (offset != HU_OPEN && offset > YEAR * HU_NS_PER_S) {
		if (trace->clock == HU_CLOCK_IN_FILE) {
			trace->clock = HU_CLOCK_REALTIME;
			trace->shift = offset;
		} else if (trace->clock != HU_CLOCK_REALTIME) {
			trace->epoch = offset;
		} else {
			trace->shift = offset;
		}
	}
	say(trace, to);
	return true;
}

void hu_ctf_trace_finish(const struct hu_ctf_trace *trace, struct hu_sink *to)
{
	hu_ns wall;

	if (!trace->clock_name || trace->epoch == HU_OPEN || trace->first == HU_OPEN ||
	    __builtin_add_overflow(trace->first, trace->epoch, &wall))
		return;
	/* measured once, when the session began: what the wall clock was set by since is not in it
	 */
	hu_put_clock(to, &(struct hu_reading){.ta = trace->first,
					      .tb = wall,
					      .slack = HU_NS_PER_MS,
					      .a = trace->clock,
					      .b = HU_CLOCK_REALTIME});
}

void hu_ctf_trace_deinit(struct hu_ctf_trace *trace)
{
	free(trace->clock_name);
	free(trace->release);
	trace->clock_name = trace->release = NULL;
}

#endif
