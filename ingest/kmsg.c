/*
 * The kernel log: dmesg(1) in its time forms, journalctl -k, syslog files, /dev/kmsg, serial
 * consoles with whatever else ran over the wire. A few thousand to a few million short lines, read
 * once from front to back; what a line means is kmsg_report.c's and kmsg_block.c's question.
 */
#include "db/text.h"
#include "ingest/kframe.h"
#include "ingest/kmsg.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_TEXT = 4096, /* printk cuts at about 1,000 bytes (LOG_LINE_MAX) */
	PAIR_LINES = 256,
	CLOCK_LINES = 512, /* stamped lines that decide which clock the file is in */
	MAX_SPLITS = 16	   /* stamps in one line of an interleaved console */
};
#define JUMP_BACK (10 * HU_NS_PER_S) /* secondary CPUs boot with a stamp or two from the past */

/* printk and wall clock in one line. The smallest difference of many had the least delay. */
struct pair {
	hu_ns printk, wall, unit;
	uint64_t pos; /* 0: none */
	enum hu_clock clock;
};

struct log {
	struct hu_sink *to;
	struct hu_kmsg_blocks *blocks;
	struct hu_kmsg_calendar calendar;
	struct hu_out scratch;
	enum hu_clock clock;
	uint64_t pos, lines;
	uint64_t other_programs, blank, damaged, overlong, properties, foreign_stamps;
	hu_ns last_ts; /* HU_OPEN: no stamp yet */
	int64_t last_sequence;
	bool no_year;
	bool has_release, has_cmdline, has_hardware, has_cpus, has_host, has_rtc;
	struct pair pairs[2]; /* of the chunk before, and of this one */
	unsigned paired_lines;
};

static void log_deinit(struct log *log)
{
	hu_kmsg_blocks_destroy(log->blocks);
	hu_out_deinit(&log->scratch);
}

static bool is_plain(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' ? s.at[i] != '\t' : s.at[i] > '~' || s.at[i] < 0)
			return false;
	return true;
}

/* Length of the UTF-8 sequence at the front, or 0. */
static size_t utf8(struct hu_str s)
{
	unsigned char c = (unsigned char)s.at[0];
	size_t n = c < 0x80		   ? 1
		   : c >= 0xc2 && c < 0xe0 ? 2
		   : c >= 0xe0 && c < 0xf0 ? 3
		   : c >= 0xf0 && c < 0xf5 ? 4
					   : 0;

	if (!n || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s.at[i] & 0xc0) != 0x80)
			return 0;
	unsigned char d = n > 1 ? (unsigned char)s.at[1] : 0;
	if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d >= 0xa0) || (c == 0xf0 && d < 0x90) ||
	    (c == 0xf4 && d >= 0x90))
		return 0;
	return n;
}

/* The bytes of one terminal escape sequence at the front. */
static size_t escape(struct hu_str s)
{
	size_t n = 2;

	if (s.len < 2 || s.at[1] != '[')
		return s.len < 2 ? s.len : 2;
	while (n < s.len && (s.at[n] < '@' || s.at[n] > '~'))
		n++;
	return n < s.len ? n + 1 : n;
}

/* Text that a table and a terminal can take: no escapes, no control characters, valid UTF-8. */
static struct hu_str clean(struct log *log, struct hu_str s)
{
	bool damaged = false;

	if (s.len > MAX_TEXT) {
		s.len = MAX_TEXT;
		log->overlong++;
	}
	if (is_plain(s))
		return s;
	hu_out_clear(&log->scratch);
	while (s.len) {
		size_t n = utf8(s);
		if (s.at[0] == '\033') {
			s = hu_str_skip(s, escape(s));
			continue;
		}
		if (!n || !s.at[0]) {
			damaged = true;
			hu_out_puts(&log->scratch, "\xef\xbf\xbd");
			n = n ? n : 1;
		} else if (n > 1 || s.at[0] == '\t' || (s.at[0] >= ' ' && s.at[0] != 0x7f)) {
			hu_out_bytes(&log->scratch, s.at, n);
		}
		s = hu_str_skip(s, n);
	}
	log->damaged += damaged;
	return hu_out_view(&log->scratch);
}

static void fact(struct log *log, bool *done, const char *key, struct hu_str value)
{
	value = hu_str_trim(value);
	if (*done || !value.len)
		return;
	*done = true;
	hu_put_fact(log->to, key, value);
}

/* init/version-timestamp.c, linux_banner: "Linux version %s (builder) (compiler) #1 SMP …" */
static void boot_facts(struct log *log, struct hu_str text)
{
	if (hu_str_starts(text, "Linux version ")) {
		struct hu_str rest = hu_str_skip(text, 14);
		if (log->has_release)
			return;
		fact(log, &log->has_release, "kernel.release", hu_str_word(&rest));
		ptrdiff_t version = hu_str_find(rest, ") #");
		bool put = version < 0;
		fact(log, &put, "kernel.version", hu_str_skip(rest, (size_t)version + 2));
	} else if (hu_str_starts(text, "Command line: ")) {
		fact(log, &log->has_cmdline, "cmdline", hu_str_skip(text, 14));
	} else if (hu_str_starts(text, "Kernel command line: ")) {
		fact(log, &log->has_cmdline, "cmdline", hu_str_skip(text, 21));
	} else if (hu_str_starts(text, "Hardware name: ")) {
		fact(log, &log->has_hardware, "hardware", hu_str_skip(text, 15));
	} else if (hu_str_starts(text, "DMI: ") && hu_str_find(text, ", BIOS ") > 0) {
		fact(log, &log->has_hardware, "hardware", hu_str_skip(text, 5));
	} else if (hu_str_starts(text, "smp: Brought up ")) {
		ptrdiff_t comma = hu_str_find(text, ", ");
		struct hu_str rest = hu_str_skip(text, (size_t)comma + 2);
		if (comma > 0)
			fact(log, &log->has_cpus, "cpus", hu_str_word(&rest));
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

static void put_gap(struct log *log, enum hu_loss kind, int64_t count, hu_ns ts, const char *fmt,
		    ...) HU_PRINTF(5, 6);

static void put_gap(struct log *log, enum hu_loss kind, int64_t count, hu_ns ts, const char *fmt,
		    ...)
{
	const struct hu_gap gap = {
		.from = log->last_ts,
		.to = ts,
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
static void losses(struct log *log, struct hu_str text, hu_ns ts)
{
	int64_t count;

	if (number_before(text, " printk messages dropped", &count) ||
	    number_before(text, " messages dropped", &count))
		put_gap(log, HU_LOSS_DROPPED, count, ts,
			"%lld messages were dropped before the log could take them",
			(long long)count);
	else if (number_before(text, " callbacks suppressed", &count))
		put_gap(log, HU_LOSS_DROPPED, count, ts,
			"%lld message%s held back by the kernel's rate limit", (long long)count,
			count == 1 ? " was" : "s were");
	else if (hu_str_starts(text, "Missed ") && number_before(text, " kernel messages", &count))
		put_gap(log, HU_LOSS_DROPPED, count, ts, "journald missed %lld kernel messages",
			(long long)count);
	else if (hu_str_starts(text, "Future hung task reports are suppressed"))
		put_gap(log, HU_LOSS_DROPPED, HU_NONE, ts,
			"the kernel reports no hung task after line %llu: "
			"kernel.hung_task_warnings is used up",
			(unsigned long long)log->pos);
}

/*
 * drivers/rtc/class.c, rtc_hctosys(): the clock is set to half a second past the second that the
 * RTC shows, and the line is printed right after. A fact and no clock reading: NTP steps the wall
 * clock later, by as much as the RTC was wrong, so that it must not join printk to anything else.
 */
static void rtc_fact(struct log *log, struct hu_str text, hu_ns printk)
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
	fact(log, &log->has_rtc, "clock.rtc_set", hu_out_view(&value));
}

static void boots(struct log *log, struct hu_str text, hu_ns ts)
{
	if (ts == HU_OPEN || log->last_ts == HU_OPEN || log->clock != HU_CLOCK_PRINTK)
		return;
	bool banner = hu_str_starts(text, "Linux version ");
	if (ts >= log->last_ts || (!banner && log->last_ts - ts < JUMP_BACK))
		return;
	hu_kmsg_blocks_finish(log->blocks, HU_OPEN);
	struct hu_str rest = hu_str_skip(text, 14), release = hu_str_word(&rest);
	if (banner)
		put_gap(log, HU_LOSS_MISSING, HU_NONE, HU_OPEN,
			"the machine booted again in line %llu (Linux %.*s): stamps before and "
			"after it count from different starts",
			(unsigned long long)log->pos, (int)(release.len < 64 ? release.len : 64),
			release.at);
	else
		put_gap(log, HU_LOSS_MISSING, HU_NONE, HU_OPEN,
			"the stamps jump back in line %llu: the logs of two boots, or two copies "
			"of "
			"one, follow each other",
			(unsigned long long)log->pos);
}

static void put_message(struct log *log, const struct hu_kmsg_line *line, struct hu_str text,
			hu_ns ts)
{
	text = clean(log, text);
	if (!hu_str_trim(text).len) {
		log->blank++;
		return;
	}
	boots(log, text, ts);
	boot_facts(log, text);
	losses(log, text, ts);
	if (line->printk != HU_OPEN && log->clock == HU_CLOCK_PRINTK)
		rtc_fact(log, text, line->printk);
	const struct hu_message row = {
		.ts = ts,
		.pos = log->pos,
		.level = line->level,
		.tid = line->tid,
		.text = hu_intern(log->to, text),
		.block = hu_kmsg_blocks_line(log->blocks, line, text, ts, log->pos),
	};
	hu_put_message(log->to, &row);
	log->lines++;
	if (ts != HU_OPEN)
		log->last_ts = ts;
}

/* Only the end of the log counts: what was printed before the daemon ran got its wall time late,
 * and NTP may have stepped the clock since. */
static void pair(struct log *log, const struct hu_kmsg_line *line)
{
	struct pair *now = &log->pairs[1];

	if (line->printk == HU_OPEN || line->wall == HU_OPEN || line->no_year)
		return;
	if (++log->paired_lines % PAIR_LINES == 0) {
		log->pairs[0] = *now;
		*now = (struct pair){0};
	}
	if (now->pos && line->wall_clock == now->clock &&
	    line->wall - line->printk >= now->wall - now->printk)
		return;
	*now = (struct pair){line->printk, line->wall, line->wall_unit, log->pos, line->wall_clock};
}

static hu_ns stamp_of(struct log *log, const struct hu_kmsg_line *line)
{
	if (log->clock == HU_CLOCK_PRINTK) {
		if (line->printk == HU_OPEN && line->wall != HU_OPEN)
			log->foreign_stamps++;
		return line->printk;
	}
	if (line->wall != HU_OPEN && line->wall_clock == log->clock) {
		log->no_year |= line->no_year;
		return line->wall;
	}
	log->foreign_stamps += line->wall != HU_OPEN || line->printk != HU_OPEN;
	return HU_OPEN;
}

/* One line of the file: usually one message, on a console now and then several. */
static void read_line(struct log *log, struct hu_str physical)
{
	struct hu_kmsg_line line;

	log->pos++;
	if (physical.len && physical.at[physical.len - 1] == '\r')
		physical.len--;
	for (int splits = 0;; splits++) {
		hu_kmsg_unstamp(&log->calendar, physical, &line);
		if (line.property) {
			log->properties++;
			return;
		}
		if (line.other_program) {
			log->other_programs++;
			return;
		}
		bool stamped = line.printk != HU_OPEN || line.wall != HU_OPEN;
		bool console = line.wall == HU_OPEN && line.sequence == HU_NONE && !line.host.len;
		ptrdiff_t next =
			console && splits < MAX_SPLITS ? hu_kmsg_find_stamp(line.text) : -1;
		struct hu_str rest = {0};
		if (next > 0) {
			rest = hu_str_skip(line.text, (size_t)next);
			line.text.len = (size_t)next;
		}
		hu_ns ts = stamp_of(log, &line);
		/* printk and dmesg indent what follows a line break inside one message. */
		if (!stamped && line.text.len && line.text.at[0] == ' ')
			ts = log->last_ts;
		if (line.host.len)
			fact(log, &log->has_host, "hostname", line.host);
		if (line.sequence != HU_NONE) {
			int64_t missing = line.sequence - log->last_sequence - 1;
			if (log->last_sequence != HU_NONE && missing > 0)
				put_gap(log, HU_LOSS_DROPPED, missing, ts,
					"%lld records are missing before record %lld",
					(long long)missing, (long long)line.sequence);
			log->last_sequence = line.sequence;
		}
		pair(log, &line);
		put_message(log, &line, line.text, ts);
		if (next <= 0)
			return;
		physical = rest;
	}
}

/* Which clock most stamps at the beginning are in. A bracketed stamp is the kernel's own: it wins.
 */
static enum hu_clock choose_clock(struct hu_str text)
{
	struct hu_kmsg_calendar calendar = {0};
	uint64_t printk = 0, real = 0, local = 0;
	struct hu_str physical;

	while (printk + real + local < CLOCK_LINES && hu_str_line(&text, &physical)) {
		struct hu_kmsg_line line;
		ptrdiff_t at;
		hu_kmsg_unstamp(&calendar, physical, &line);
		if (line.printk != HU_OPEN)
			printk++;
		else if (line.other_program)
			continue;
		else if (line.wall_clock == HU_CLOCK_REALTIME)
			real++;
		else if (line.wall_clock == HU_CLOCK_LOCAL_TIME)
			local++;
		else if ((at = hu_kmsg_find_stamp(physical)) > 0)
			printk++;
	}
	if (!printk && !real && !local)
		return HU_CLOCK_NONE;
	if (printk >= real + local)
		return HU_CLOCK_PRINTK;
	return real >= local ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME;
}

static void put_clocks(struct log *log)
{
	static const char *const how[HU_CLOCK_COUNT] = {
		[HU_CLOCK_NONE] = "no line has a stamp",
		[HU_CLOCK_PRINTK] = "printk's own stamps, which are local_clock()",
		[HU_CLOCK_REALTIME] = "wall clock stamps with a zone",
		[HU_CLOCK_LOCAL_TIME] = "wall clock stamps without a zone",
	};

	hu_put_source_clock(log->to, log->clock,
			    log->no_year ? "wall clock stamps without a zone and without a year, "
					   "counted from 1 January 1970"
					 : how[log->clock]);
	if (log->no_year)
		put_gap(log, HU_LOSS_MISSING, HU_NONE, HU_OPEN, "the stamps carry no year");
	const struct pair *p = &log->pairs[1], *before = &log->pairs[0];
	if (!p->pos || (before->pos && before->clock == p->clock &&
			before->wall - before->printk < p->wall - p->printk))
		p = before;
	if (!p->pos || log->clock != HU_CLOCK_PRINTK)
		return;
	/* The stamp is cut to its unit, and the daemon was a little late. */
	const struct hu_reading row = {
		.a = HU_CLOCK_PRINTK,
		.ta = p->printk,
		.b = p->clock,
		.tb = p->wall + p->unit / 2,
		.slack = p->unit < HU_NS_PER_S ? 200 * HU_NS_PER_MS : HU_NS_PER_S,
		.pos = p->pos,
	};
	hu_put_clock(log->to, &row);
}

static void put_counts(struct log *log, size_t bytes)
{
	if (log->damaged)
		put_gap(log, HU_LOSS_UNPARSED, (int64_t)log->damaged, HU_OPEN,
			"lines with bytes that are no text: %llu",
			(unsigned long long)log->damaged);
	if (log->overlong)
		put_gap(log, HU_LOSS_UNPARSED, (int64_t)log->overlong, HU_OPEN,
			"lines longer than the kernel prints, of which %d bytes are kept: %llu",
			(int)MAX_TEXT, (unsigned long long)log->overlong);
	if (log->foreign_stamps)
		put_gap(log, HU_LOSS_UNPARSED, (int64_t)log->foreign_stamps, HU_OPEN,
			"lines with another kind of stamp than the rest, kept without time: %llu",
			(unsigned long long)log->foreign_stamps);
	hu_put_event_count(log->to, hu_str("kernel message"), log->lines, true);
	if (log->other_programs)
		hu_put_event_count(log->to, hu_str("line of another program"), log->other_programs,
				   false);
	if (log->properties)
		hu_put_event_count(log->to, hu_str("property of a record"), log->properties, false);
	if (log->blank)
		hu_put_event_count(log->to, hu_str("blank line"), log->blank, false);
	hu_put_totals(log->to, log->lines, bytes);
}

static struct hu_err *kmsg_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct log log HU_CLEANUP(log_deinit) = {
		.to = to,
		.blocks = hu_kmsg_blocks_create(to),
		.clock = choose_clock(file.text),
		.last_ts = HU_OPEN,
		.last_sequence = HU_NONE,
	};
	struct hu_str rest = file.text, line;
	while (hu_str_line(&rest, &line))
		read_line(&log, line);
	hu_kmsg_blocks_finish(log.blocks, HU_OPEN);
	put_clocks(&log);
	put_counts(&log, file.text.len);
	if (!log.lines)
		return hu_err(HU_ERR_BAD_INPUT, "holds no kernel message");
	return NULL;
}

struct evidence {
	unsigned lines, stamped, tagged, other, web, openers, frames, details;
};

static void weigh(struct evidence *e, struct hu_kmsg_calendar *calendar, struct hu_str physical)
{
	struct hu_kmsg_line line;
	struct hu_kmsg_report opens;
	struct hu_kframe frame;

	if (!hu_str_trim(physical).len)
		return;
	hu_kmsg_unstamp(calendar, physical, &line);
	if (line.property)
		return;
	e->lines++;
	bool wall = line.wall != HU_OPEN;
	if (line.other_program)
		e->other++;
	else if (wall && line.host.len)
		e->tagged++;
	else if (line.printk != HU_OPEN || wall)
		e->stamped++;
	/* Apache's error log has dmesg -T's stamp, and always a bracket behind it. */
	e->web += wall && line.printk == HU_OPEN && !line.host.len && hu_str_starts(line.text, "[");
	if (line.printk != HU_OPEN || wall)
		return;
	if (hu_kmsg_find_stamp(physical) > 0) {
		e->stamped++;
		return;
	}
	struct hu_str text = hu_str_trim(line.text);
	hu_kmsg_classify(text, &opens);
	e->openers += opens.what != HU_KMSG_PLAIN && opens.what != HU_KMSG_OOM_KILL &&
		      opens.what != HU_KMSG_OOPS_DETAIL && opens.what != HU_KMSG_CONTEXT;
	e->frames += hu_str_find(text, "+0x") > 0 && hu_kframe_parse(text, &frame);
	e->details += hu_kmsg_is_detail(text) || (text.len && text.at[0] == '<');
}

static enum hu_match kmsg_probe(const struct hu_probe *in)
{
	struct hu_kmsg_calendar calendar = {0};
	struct evidence e = {0};
	struct hu_str rest = in->head, line;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len) {
		/* The head may end inside a line. */
		if (!memchr(rest.at, '\n', rest.len) && in->head.len >= HU_PROBE_BYTES && e.lines)
			break;
		if (!hu_str_line(&rest, &line))
			break;
		weigh(&e, &calendar, line);
	}
	if (e.web && e.web == e.stamped)
		return HU_MATCH_NO;
	if (e.stamped && (e.stamped * 2 >= e.lines || (e.stamped >= 5 && e.stamped * 4 >= e.lines)))
		return HU_MATCH_LIKELY;
	if (e.tagged && (e.tagged + e.other) * 5 >= e.lines * 4)
		return HU_MATCH_LIKELY;
	/* A pasted report without stamps, or a kernel with printk.time=0. */
	if (e.openers && e.frames >= 3 && (e.openers + e.frames + e.details) * 2 >= e.lines)
		return HU_MATCH_LIKELY;
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_kmsg = {
	.name = "kmsg",
	.reads = "kernel logs: dmesg, journalctl -k, syslog, /dev/kmsg, serial consoles",
	.clock = HU_CLOCK_IN_FILE,
	.probe = kmsg_probe,
	.read = kmsg_read,
};
