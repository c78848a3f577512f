/*
 * What a kernel log says of the machine and of itself: release, command line, messages that were
 * dropped. Asked for every message, so the first letters decide.
 */
#include "ingest/kmsg_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hu_kmsg_fact(struct hu_kmsg_log *log, bool *done, const char *key, struct hu_str value)
{
	value = hu_str_trim(value);
	if (*done || !value.len)
		return;
	*done = true;
	hu_put_fact(log->to, key, value);
}

/* init/version-timestamp.c, linux_banner: "Linux version %s (builder) (compiler) #1 SMP …" */
static void boot_facts(struct hu_kmsg_log *log, struct hu_str text)
{
	if (hu_str_starts(text, "Linux version ")) {
		struct hu_str rest = hu_str_skip(text, 14);
		if (log->has_release)
			return;
		hu_kmsg_fact(log, &log->has_release, "kernel.release", hu_str_word(&rest));
		ptrdiff_t version = hu_str_find(rest, ") #");
		bool put = version < 0;
		hu_kmsg_fact(log, &put, "kernel.version", hu_str_skip(rest, (size_t)version + 2));
	} else if (hu_str_starts(text, "Command line: ")) {
		hu_kmsg_fact(log, &log->has_cmdline, "cmdline", hu_str_skip(text, 14));
	} else if (hu_str_starts(text, "Kernel command line: ")) {
		hu_kmsg_fact(log, &log->has_cmdline, "cmdline", hu_str_skip(text, 21));
	} else if (hu_str_starts(text, "Hardware name: ")) {
		hu_kmsg_fact(log, &log->has_hardware, "hardware", hu_str_skip(text, 15));
	} else if (hu_str_starts(text, "DMI: ") && hu_str_find(text, ", BIOS ") > 0) {
		hu_kmsg_fact(log, &log->has_hardware, "hardware", hu_str_skip(text, 5));
	} else if (hu_str_starts(text, "smp: Brought up ")) {
		ptrdiff_t comma = hu_str_find(text, ", ");
		struct hu_str rest = hu_str_skip(text, (size_t)comma + 2);
		if (comma > 0)
			hu_kmsg_fact(log, &log->has_cpus, "cpus", hu_str_word(&rest));
	}
}

/* The number before `words`: "** 12 printk messages dropped **" */
static bool number_before(struct hu_str text, const char *words, int64_t *ret)
{
	ptrdiff_t at = hu_str_find(text, words);
	size_t end = at < 0 ? 0 : (size_t)at, from = end;

	while (from && text.at[from - 1] >= '0' && text.at[from - 1] <= '9')
		from--;
	return end > from && hu_str_i64((struct hu_str){text.at + from, end - from}, ret);
}

void hu_kmsg_put_gap(struct hu_kmsg_log *log, enum hu_loss kind, int64_t count, hu_ns ts,
		     const char *fmt, ...)
{
	const struct hu_gap gap = {
		.from = log->off_axis ? HU_OPEN : log->last_ts,
		.to = log->off_axis ? HU_OPEN : ts,
		.count = count,
		.cpu = HU_NONE,
		.kind = kind,
		.pos = log->pos,
	};
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	hu_put_loss(log->to, &gap, "%s", text ? text : "");
	free(text);
}

/* What the log says that it does not hold. */
static void losses(struct hu_kmsg_log *log, struct hu_str text, hu_ns ts)
{
	int64_t count;

	if (number_before(text, " printk messages dropped", &count) ||
	    number_before(text, " messages dropped", &count))
		hu_kmsg_put_gap(log, HU_LOSS_DROPPED, count, ts,
				"%lld messages were dropped before the log could take them",
				(long long)count);
	else if (number_before(text, " callbacks suppressed", &count))
		hu_kmsg_put_gap(log, HU_LOSS_DROPPED, count, ts,
				"%lld message%s held back by the kernel's rate limit",
				(long long)count, count == 1 ? " was" : "s were");
	else if (hu_str_starts(text, "Missed ") && number_before(text, " kernel messages", &count))
		hu_kmsg_put_gap(log, HU_LOSS_DROPPED, count, ts,
				"journald missed %lld kernel messages", (long long)count);
	else if (hu_str_starts(text, "Future hung task reports are suppressed"))
		hu_kmsg_put_gap(log, HU_LOSS_DROPPED, HU_NONE, ts,
				"the kernel reports no hung task after line %llu: "
				"kernel.hung_task_warnings is used up",
				(unsigned long long)log->pos);
}

/*
 * drivers/rtc/class.c, rtc_hctosys(): the clock is set to half a second past the second that the
 * RTC shows, and the line is printed right after. A fact and no clock reading: NTP steps the wall
 * clock later, by as much as the RTC was wrong, so that it must not join printk to anything else.
 */
static void rtc_fact(struct hu_kmsg_log *log, struct hu_str text, hu_ns printk)
{
	ptrdiff_t at = hu_str_find(text, "setting system clock to "),
		  open = hu_str_find(text, " UTC (");
	int64_t seconds;

	if (log->has_rtc || at < 0 || open < at || !hu_str_ends(text, ")"))
		return;
	struct hu_str number = hu_str_skip(text, (size_t)open + 6);
	number.len--;
	if (!hu_str_i64(number, &seconds) || seconds < 0)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0};
	hu_out_printf(&value, "realtime %lld.500000000 at printk ", (long long)seconds);
	hu_out_stamp(&value, printk);
	hu_kmsg_fact(log, &log->has_rtc, "clock.rtc_set", hu_out_view(&value));
}

void hu_kmsg_host_line(struct hu_kmsg_log *log, const struct hu_kmsg_line *line, struct hu_str text,
		       hu_ns ts)
{
	if (!log->old_boot)
		boot_facts(log, text);
	losses(log, text, ts);
	if (line->printk != HU_OPEN && log->clock == HU_CLOCK_PRINTK && !log->old_boot)
		rtc_fact(log, text, line->printk);
}
