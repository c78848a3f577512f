/*
 * The header of a perf.data as perf prints it: thirty lines of "# name : value" between two of
 * "# ========". "captured on" is the date of the file, not of the capture, and so no clock reading.
 */
#include "ingest/perfscript_header.h"

#include "db/text.h"
#include "ingest/walltime.h"

#include <string.h>

static const struct {
	const char *name;
	enum hu_clock clock;
	int id; /* of clock_gettime(2) */
} clocks[] = {
	{"realtime", HU_CLOCK_REALTIME, 0},
	{"monotonic", HU_CLOCK_MONOTONIC, 1},
	{"monotonic_raw", HU_CLOCK_MONOTONIC_RAW, 4},
	{"boottime", HU_CLOCK_BOOT, 7},
	{"tai", HU_CLOCK_TAI, 11},
};

static enum hu_clock clock_named(struct hu_str name)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (hu_str_is(name, clocks[i].name))
			return clocks[i].clock;
	return HU_CLOCK_IN_FILE;
}

static enum hu_clock clock_numbered(struct hu_str number)
{
	int64_t id;

	for (size_t i = 0; hu_str_i64(number, &id) && i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (clocks[i].id == id)
			return clocks[i].clock;
	return HU_CLOCK_IN_FILE;
}

/* "… use_clockid = 1, …, clockid = 1": of an event, where nothing else names the clock. */
static void event_clock(struct hu_perf_header *h, struct hu_str line)
{
	ptrdiff_t at = hu_str_find(line, ", clockid = ");

	if (h->clock != HU_CLOCK_IN_FILE || at < 0 || hu_str_find(line, "use_clockid = 1") < 0)
		return;
	struct hu_str rest = hu_str_skip(line, (size_t)at + 12);
	h->clock = clock_numbered(hu_str_split(&rest, ','));
	h->odd_clock = h->clock == HU_CLOCK_IN_FILE;
}

/* "name = cpu-clock, , id = { 63, 64 }, …" */
static void event_name(struct hu_perf_header *h, struct hu_str value)
{
	if (!hu_str_starts(value, "name = "))
		return;
	struct hu_str rest = hu_str_skip(value, 7), name = hu_str_split(&rest, ',');
	if (hu_str_starts(name, "dummy"))
		return;
	if (!h->events++ && name.len < sizeof(h->event))
		memcpy(h->event, name.at, name.len);
}

/*
 * "2026-11-22 01:20:12.924275 = 1795310412.924275 (TOD) = 134.238519577 (monotonic)": two clocks
 * read one after the other when perf record began (record__init_clock() in its builtin-record.c).
 */
static void reference_time(struct hu_str value, uint64_t pos, struct hu_sink *to)
{
	struct hu_reading reading = {.pos = pos, .a = HU_CLOCK_REALTIME, .slack = HU_NS_PER_MS};

	hu_str_split(&value, '=');
	struct hu_str tod = hu_str_split(&value, '=');
	if (hu_str_find(tod, "(TOD)") < 0 || !hu_str_fixed(hu_str_word(&tod), 9, &reading.ta) ||
	    !hu_str_fixed(hu_str_word(&value), 9, &reading.tb))
		return;
	struct hu_str name = hu_str_trim(value);
	if (name.len < 3 || *name.at != '(' || name.at[name.len - 1] != ')')
		return;
	enum hu_clock clock = clock_named((struct hu_str){name.at + 1, name.len - 2});
	reading.b = clock;
	if (clock != HU_CLOCK_IN_FILE && clock != HU_CLOCK_REALTIME)
		hu_put_clock(to, &reading);
}

static void memory(struct hu_str value, struct hu_sink *to)
{
	uint64_t kb;

	if (!hu_str_u64(hu_str_word(&value), 10, &kb) || !hu_str_is(hu_str_word(&value), "kB"))
		return;
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};
	if (__builtin_mul_overflow(kb, UINT64_C(1024), &kb))
		return;
	hu_out_printf(&text, "%llu", (unsigned long long)kb);
	hu_put_fact(to, "memory_bytes", hu_out_view(&text));
}

static void take_value(struct hu_perf_header *h, struct hu_str name, struct hu_str value,
		       uint64_t pos, struct hu_sink *to)
{
	static const struct {
		const char *name, *fact;
	} facts[] = {
		{"hostname", "hostname"},	  {"os release", "kernel.release"},
		{"arch", "kernel.arch"},	  {"nrcpus online", "cpus"},
		{"perf version", "perf.version"}, {"cmdline", "perf.cmdline"},
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (hu_str_is(name, facts[i].name))
			hu_put_fact(to, facts[i].fact, value);
	if (hu_str_is(name, "arch"))
		h->narrow = hu_str_find(value, "64") < 0 && !hu_str_is(value, "s390x");
	if (hu_str_is(name, "total memory"))
		memory(value, to);
	else if (hu_str_is(name, "event")) {
		event_clock(h, value);
		event_name(h, value);
	} else if (hu_str_is(name, "reference time"))
		reference_time(value, pos, to);
	else if (hu_str_is(name, "clockid")) {
		h->clock = clock_named(hu_str_word(&value));
		h->odd_clock = h->clock == HU_CLOCK_IN_FILE;
	}
}

bool hu_perf_header_take(struct hu_perf_header *h, struct hu_str line, uint64_t pos,
			 struct hu_sink *to)
{
	if (!hu_str_starts(line, "#"))
		return false;
	line = hu_str_trim(hu_str_skip(line, 1));
	if (hu_str_is(line, "========"))
		return h->seen = true;
	if (!h->seen)
		return !line.len || hu_str_starts(line, "To display the perf.data header info");
	struct hu_str value = line, name = hu_str_trim(hu_str_split(&value, ':'));
	if (value.len)
		take_value(h, name, hu_str_trim(value), pos, to);
	return true;
}

void hu_perf_header_clock(const struct hu_perf_header *h, struct hu_sink *to)
{
	if (h->clock != HU_CLOCK_IN_FILE)
		hu_put_source_clock(to, h->clock, "perf's header names it");
	else if (h->odd_clock)
		hu_put_source_clock(to, HU_CLOCK_IN_FILE, "perf's header names another clock");
	else if (h->seen)
		hu_put_source_clock(to, HU_CLOCK_PERF,
				    "perf's header names no other clock than its own");
	else
		hu_put_source_clock(
			to, HU_CLOCK_PERF,
			"perf's own clock unless -k chose another: the text does not say");
}
