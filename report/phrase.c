/* How one thing is worded in every report. Short texts, put together from fields of the
 * composition; no number is made here. */
#include "report/phrase.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "report/escape.h"

int64_t hu_phrase_wall(struct hu_str s)
{
	static const struct {
		int at, digits;
	} fields[] = {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}};
	int64_t part[6], fraction = 0;

	if (s.len < 20 || s.at[s.len - 1] != 'Z' || s.at[10] != 'T')
		return HU_OPEN;
	for (int i = 0; i < 6; i++) {
		uint64_t n;
		if (!hu_str_u64((struct hu_str){s.at + fields[i].at, (size_t)fields[i].digits}, 10,
				&n))
			return HU_OPEN;
		part[i] = (int64_t)n;
	}
	if (s.len > 20) {
		struct hu_out zero = {0};
		hu_out_putc(&zero, '0');
		hu_out_bytes(&zero, s.at + 19, s.len - 20);
		bool good = hu_str_fixed(hu_out_view(&zero), 9, &fraction);
		hu_out_deinit(&zero);
		if (!good)
			return HU_OPEN;
	}
	struct tm tm = {.tm_year = (int)part[0] - 1900,
			.tm_mon = (int)part[1] - 1,
			.tm_mday = (int)part[2],
			.tm_hour = (int)part[3],
			.tm_min = (int)part[4],
			.tm_sec = (int)part[5]};
	int64_t ns;
	if (__builtin_mul_overflow((int64_t)timegm(&tm), HU_NS_PER_S, &ns))
		return HU_OPEN;
	return ns + fraction;
}

struct hu_str hu_phrase_keep(struct hu_page *page, struct hu_out *from)
{
	struct hu_str s = hu_page_keep(page, hu_out_view(from));

	hu_out_clear(from);
	return s;
}

struct hu_str hu_phrase_cut(struct hu_page *page, struct hu_str s, size_t bytes)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	bool cut;
	struct hu_str part = hu_escape_cut(s, bytes, &cut);

	if (!cut)
		return s;
	hu_out_str(&text, part);
	hu_out_puts(&text, "…");
	return hu_phrase_keep(page, &text);
}

const char *hu_phrase_outcome(const struct hu_page *page, enum hu_tone *tone)
{
	const struct hu_page_verdict *v = &page->verdict;

	if (hu_str_is(v->outcome, "found")) {
		*tone = HU_TONE_BAD;
		return v->lossy ? "FOUND · EVENTS WERE LOST" : "FOUND";
	}
	if (hu_str_is(v->outcome, "clear")) {
		*tone = v->lossy ? HU_TONE_WARN : HU_TONE_GOOD;
		return v->lossy ? "CLEAR, BUT EVENTS WERE LOST" : "CLEAR";
	}
	*tone = HU_TONE_WARN;
	if (hu_str_is(v->outcome, "undecided"))
		return v->lossy ? "UNDECIDED · EVENTS WERE LOST" : "UNDECIDED";
	return v->lossy ? "NOT ASSESSED · EVENTS WERE LOST" : "NOT ASSESSED";
}

struct hu_str hu_phrase_title(const struct hu_page *page)
{
	if (hu_str_is(page->verdict.outcome, "found") && page->incident_count &&
	    page->incidents[0].title.len)
		return page->incidents[0].title;
	return page->verdict.sentence;
}

/* "2026-11-22 01:04:46" of "2026-11-22T01:04:46.375408731Z"; `skip` cuts the day. */
static void wall_seconds(struct hu_out *to, struct hu_str s, size_t skip)
{
	for (size_t i = skip; i < s.len && i < 19; i++)
		hu_out_putc(to, s.at[i] == 'T' ? ' ' : s.at[i]);
}

static void separate(struct hu_out *to, size_t start)
{
	if (to->len > start)
		hu_out_puts(to, " · ");
}

void hu_phrase_where(struct hu_out *to, const struct hu_page *page)
{
	const struct hu_page_verdict *v = &page->verdict;
	struct hu_str host = hu_page_fact(page, "hostname");
	struct hu_str release = hu_page_fact(page, "kernel.release");
	struct hu_str os = hu_page_fact(page, "os.pretty_name");
	size_t start = to->len;

	if (host.len && !hu_str_is(host, "(none)")) /* Linux's word for no name */
		hu_out_str(to, host);
	separate(to, start);
	if (release.len) {
		hu_out_puts(to, "Linux ");
		hu_out_str(to, release);
	} else {
		hu_out_puts(to, "kernel not known");
	}
	if (os.len) {
		hu_out_puts(to, " (");
		hu_out_str(to, os);
		hu_out_putc(to, ')');
	}
	if (v->wall_from.len >= 20 && v->wall_to.len >= 20) {
		hu_out_puts(to, " · ");
		wall_seconds(to, v->wall_from, 0);
		hu_out_puts(to, "–");
		wall_seconds(to, v->wall_to, memcmp(v->wall_from.at, v->wall_to.at, 10) ? 0 : 11);
		hu_out_puts(to, " UTC");
	}
	hu_out_puts(to, " · bundle ");
	hu_out_str(to, page->bundle_name);
}

void hu_phrase_looked_at(struct hu_out *to, const struct hu_page *page)
{
	const struct hu_page_verdict *v = &page->verdict;
	size_t used = 0;

	for (size_t i = 0; i < page->source_count; i++)
		used += page->sources[i].format.at != NULL;
	hu_out_puts(to, "Looked at ");
	if (v->duration_ns != HU_OPEN && v->duration_ns > 0) {
		hu_phrase_duration(to, v->duration_ns);
		hu_out_puts(to, " of capture (case time ");
		hu_phrase_stamp(to, page, 0);
		hu_out_puts(to, " to ");
		hu_phrase_stamp(to, page, v->duration_ns);
		hu_out_puts(to, ") in ");
	}
	hu_out_printf(to, "%zu of %zu files", used, page->source_count);
	if (v->threshold_ns != HU_OPEN) {
		hu_out_puts(to, "; an operation counts as stalled from ");
		hu_phrase_duration(to, v->threshold_ns);
		hu_out_puts(to, " on");
	}
	hu_out_putc(to, '.');
}

void hu_phrase_duration(struct hu_out *to, int64_t ns)
{
	if (ns == HU_OPEN)
		hu_out_putc(to, '?');
	else
		hu_out_duration(to, ns);
}

void hu_phrase_stamp(struct hu_out *to, const struct hu_page *page, int64_t ns)
{
	int64_t at;

	if (ns == HU_OPEN || page->verdict.window_case == HU_OPEN ||
	    __builtin_add_overflow(ns, page->verdict.window_case, &at))
		hu_out_putc(to, '?');
	else
		hu_out_stamp(to, at);
}

void hu_phrase_at(struct hu_out *to, const struct hu_page *page, int64_t ns)
{
	hu_phrase_stamp(to, page, ns);
	if (ns == HU_OPEN)
		return;
	hu_out_puts(to, " (");
	hu_phrase_duration(to, ns < 0 ? -ns : ns);
	hu_out_puts(to, ns < 0 ? " before the capture)" : " into the capture)");
}

void hu_phrase_task(struct hu_out *to, struct hu_str comm, int64_t tid)
{
	hu_out_str(to, comm.len ? comm : hu_str("?"));
	if (tid != HU_OPEN)
		hu_out_printf(to, " (%" PRId64 ")", tid);
}

void hu_phrase_share(struct hu_out *to, double share)
{
	double percent = share * 100;
	if (!isfinite(percent) || fabs(percent) > 1e6) /* no share of anything */
		return;
	if (percent > 0 && percent < 0.1)
		hu_out_puts(to, "<0.1 %");
	else if (percent >= 99.95)
		hu_out_printf(to, "%.0f %%", percent);
	else
		hu_out_printf(to, "%.1f %%", percent);
}

void hu_phrase_bytes(struct hu_out *to, int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t i = 0;

	if (bytes == HU_OPEN) {
		hu_out_putc(to, '?');
		return;
	}
	double n = (double)bytes;
	for (; n >= 1024 && i < 5; i++)
		n /= 1024;
	hu_out_printf(to, i && n < 100 ? "%.1f %s" : "%.0f %s", n, units[i]);
}

void hu_phrase_number(struct hu_out *to, double value)
{
	if (isnan(value))
		hu_out_putc(to, '?');
	else if (fabs(value) < 9e15 && (fabs(value) >= 100 || value == floor(value)))
		hu_out_grouped(to, (int64_t)llround(value));
	else
		hu_out_printf(to, "%.3g", value);
}

void hu_phrase_address(struct hu_out *to, int64_t address)
{
	hu_out_printf(to, "0x%" PRIx64, (uint64_t)address);
}

void hu_phrase_lock(struct hu_out *to, const struct hu_page_incident *in)
{
	if (in->lock_name.len) {
		hu_out_str(to, in->lock_name);
	} else if (in->has_address) {
		hu_out_str(to, in->lock_type.len ? in->lock_type : hu_str("lock"));
		hu_out_puts(to, " at ");
		hu_phrase_address(to, in->lock_address);
	} else {
		hu_out_puts(to, "a lock without a name");
	}
}
