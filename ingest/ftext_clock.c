/* What of ftrace text is decided from around it: its clock, and by a few lines whether it is one.
 */
#include "ingest/ftext_clock.h"
#include "db/text.h"
#include "ingest/ftext_graph.h"
#include "ingest/mapped.h"

#include <string.h>

static const struct {
	const char *name;
	enum hu_clock clock;
	bool counts; /* prints no seconds: trace_clocks[] in kernel/trace/trace.c */
} clocks[] = {
	{"local", HU_CLOCK_TRACE_LOCAL, false},
	{"global", HU_CLOCK_TRACE_GLOBAL, false},
	{"counter", HU_CLOCK_TRACE_COUNTER, true},
	{"uptime", HU_CLOCK_UPTIME, true},
	{"perf", HU_CLOCK_PERF, false},
	{"mono", HU_CLOCK_MONOTONIC, false},
	{"mono_raw", HU_CLOCK_MONOTONIC_RAW, false},
	{"boot", HU_CLOCK_BOOT, false},
	{"tai", HU_CLOCK_TAI, false},
	{"x86-tsc", HU_CLOCK_TSC, true},
};

/* "[local] global counter …" out of what the bundle has of the tracing folder. */
static struct hu_str chosen_clock(struct hu_str text)
{
	struct hu_str line;

	while (hu_str_line(&text, &line)) {
		ptrdiff_t open = hu_str_find(line, "["), other = hu_str_find(line, "global");
		ptrdiff_t close = hu_str_find(line, "]");
		if (open >= 0 && close > open && other >= 0)
			return (struct hu_str){line.at + open + 1, (size_t)(close - open) - 1};
	}
	return (struct hu_str){NULL, 0};
}

void hu_ftext_clock(struct hu_sink *to, const struct hu_surroundings *around,
		    enum hu_ftext_time form)
{
	static const char *const files[] = {"trace_clock.txt", "trace_clock", "clocks.end.txt",
					    "clocks.start.txt"};
	bool counts = form == HU_FTEXT_UNITS;

	if (form == HU_FTEXT_RELATIVE) {
		hu_put_source_clock(to, HU_CLOCK_IN_FILE,
				    "latency format: microseconds since the first event, and "
				    "nothing says when that was");
		return;
	}
	for (size_t i = 0; around->file && i < sizeof(files) / sizeof(files[0]); i++) {
		struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
		const char *path = around->file(around->with, files[i]);
		struct hu_err *err = path ? hu_mapped_open(path, &file) : NULL;
		hu_err_free(err);
		if (!path || err)
			continue;
		if (file.text.len > HU_PROBE_BYTES)
			file.text.len = HU_PROBE_BYTES;
		struct hu_str name = chosen_clock(file.text);
		for (size_t k = 0; k < sizeof(clocks) / sizeof(clocks[0]); k++) {
			HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
			if (!hu_str_is(name, clocks[k].name) || clocks[k].counts != counts)
				continue;
			hu_out_printf(&how, "%s says \"%s\"", files[i], clocks[k].name);
			hu_put_source_clock(to, clocks[k].clock, how.at);
			return;
		}
	}
	if (counts)
		hu_put_source_clock(to, HU_CLOCK_IN_FILE,
				    "stamps are whole numbers: of the counter, uptime or x86-tsc "
				    "clock, or raw; nothing says which");
	else
		hu_put_source_clock(to, HU_CLOCK_TRACE_LOCAL,
				    "nothing says which; ftrace's clock is \"local\" unless "
				    "somebody sets another");
}

/*
 * A head like ftrace's is rare elsewhere: perf script has the pid behind a blank, the kernel log
 * has its stamp first. One line decides nothing if it is one of many.
 */
enum hu_match hu_ftext_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, text;
	unsigned events = 0, frames = 0, other = 0;

	if (in->is_dir || (in->head.len && memchr(in->head.at, 0, 2 < in->head.len ? 2 : 1)))
		return HU_MATCH_NO;
	if (hu_str_starts(rest, "\xef\xbb\xbf"))
		rest = hu_str_skip(rest, 3);
	while (rest.len && hu_str_line(&rest, &text)) {
		char plain[512];
		struct hu_ftext_line line;
		size_t len = 0;
		if (!rest.len && in->head.len == HU_PROBE_BYTES)
			break; /* cut by the window */
		for (size_t i = 0; i < text.len && len < sizeof(plain); i++) {
			if (text.at[i] == '\033' && i + 1 < text.len && text.at[i + 1] == '[') {
				for (i += 2;
				     i < text.len && (text.at[i] < '@' || text.at[i] > '~');)
					i++;
				continue;
			}
			plain[len++] = text.at[i];
		}
		text = (struct hu_str){plain, len};
		if (hu_str_starts(text, "# tracer: ") || hu_str_is(text, "# event histogram"))
			return HU_MATCH_LIKELY;
		hu_ftext_line(text, &line);
		switch (line.what) {
		case HU_FTEXT_EVENT:
		case HU_FTEXT_FUNCTION:
		case HU_FTEXT_STACK:
		case HU_FTEXT_USER_STACK:
			events++;
			break;
		case HU_FTEXT_FRAME:
			frames++;
			break;
		case HU_FTEXT_STRANGE:
			other += hu_ftext_graph_is(text) ? 0 : 1;
			events += hu_ftext_graph_is(text) ? 1 : 0;
			break;
		default:
			break;
		}
	}
	return events && other <= events + frames / 8 ? HU_MATCH_LIKELY : HU_MATCH_NO;
}
