/*
 * The time and the tags at the front of a kernel log line, in the forms that printk, dmesg(1),
 * journalctl(1), syslog daemons and /dev/kmsg give them. One pass over a few dozen bytes per line.
 */
#include "ingest/kmsg.h"
#include "ingest/walltime.h"

#include <string.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t blanks(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && s.at[n] == ' ')
		n++;
	return n;
}

static size_t digits(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && digit(s.at[n]))
		n++;
	return n;
}

/* Exactly `n` digits, or blanks for the leading ones, off the front. */
static bool number(struct hu_str *s, size_t n, int *ret)
{
	int value = 0;
	bool begun = false;

	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->at[i] == ' ' && !begun && i + 1 < n)
			continue;
		if (!digit(s->at[i]))
			return false;
		begun = true;
		value = value * 10 + (s->at[i] - '0');
	}
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

static bool literal(struct hu_str *s, char c)
{
	if (!s->len || s->at[0] != c)
		return false;
	*s = hu_str_skip(*s, 1);
	return true;
}

static bool one_of(struct hu_str *s, const char *const *words, size_t count, int *ret)
{
	for (size_t i = 0; i < count; i++)
		if (hu_str_starts(*s, words[i])) {
			*s = hu_str_skip(*s, strlen(words[i]));
			*ret = (int)i;
			return true;
		}
	return false;
}

static bool month_name(struct hu_str *s, int *month)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	if (!one_of(s, names, 12, month))
		return false;
	++*month;
	return true;
}

static bool weekday_name(struct hu_str *s)
{
	static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	int day;

	return one_of(s, names, 7, &day);
}

struct civil {
	int year, month, day, hour, minute, second;
	hu_ns fraction, unit;
};

/* The day counts from the first of its month: 29 February is one in a year without it, too. */
static hu_ns civil_ns(const struct civil *c)
{
	int64_t days = 0;

	hu_wall_days(c->year, c->month, 1, &days);
	int64_t hours = (days + c->day - 1) * 24 + c->hour;
	return ((hours * 60 + c->minute) * 60 + c->second) * HU_NS_PER_S + c->fraction;
}

static bool civil_ok(const struct civil *c)
{
	return c->year >= 1970 && c->year < 2200 && c->month >= 1 && c->month <= 12 &&
	       c->day >= 1 && c->day <= 31 && c->hour < 24 && c->minute < 60 && c->second < 61;
}

/* "01:04:29", with a fraction of up to nine digits where there is one. */
static bool clock_time(struct hu_str *s, struct civil *c)
{
	if (!number(s, 2, &c->hour) || !literal(s, ':') || !number(s, 2, &c->minute) ||
	    !literal(s, ':') || !number(s, 2, &c->second))
		return false;
	c->fraction = 0;
	c->unit = HU_NS_PER_S;
	if (s->len > 1 && (s->at[0] == '.' || s->at[0] == ',') && digit(s->at[1])) {
		struct hu_str rest = hu_str_skip(*s, 1);
		size_t n = digits(rest);
		for (size_t i = 0; i < 9; i++) {
			c->fraction = c->fraction * 10 + (i < n ? rest.at[i] - '0' : 0);
			if (i < n)
				c->unit /= 10;
		}
		*s = hu_str_skip(rest, n);
	}
	return true;
}

/* "2026-11-22T01:04:29,208321+00:00"; false in *zone: it names none. */
static bool iso_time(struct hu_str *s, struct civil *c, hu_ns *east, bool *zone)
{
	if (!number(s, 4, &c->year) || !literal(s, '-') || !number(s, 2, &c->month) ||
	    !literal(s, '-') || !number(s, 2, &c->day) || (!literal(s, 'T') && !literal(s, ' ')) ||
	    !clock_time(s, c) || !civil_ok(c))
		return false;
	*east = 0;
	*zone = literal(s, 'Z');
	if (!*zone && s->len && (s->at[0] == '+' || s->at[0] == '-')) {
		int sign = s->at[0] == '-' ? -1 : 1, hours, minutes;
		*s = hu_str_skip(*s, 1);
		if (!number(s, 2, &hours))
			return false;
		literal(s, ':');
		if (!number(s, 2, &minutes) || hours > 15 || minutes > 59)
			return false;
		*east = sign * (hours * 60 + minutes) * 60 * HU_NS_PER_S;
		*zone = true;
	}
	return true;
}

/* "[%5lu.%06lu]": kernel/printk/printk.c, print_time(). dmesg -d adds " <    0.000123>". */
static bool printk_stamp(struct hu_str *s, hu_ns *ret)
{
	struct hu_str rest = *s;

	if (!literal(&rest, '['))
		return false;
	size_t pad = blanks(rest), whole = digits(hu_str_skip(rest, pad));
	if (!whole || pad + whole < 5 || whole > 10)
		return false;
	struct hu_str value = {rest.at + pad, whole + 7};
	rest = hu_str_skip(rest, pad + whole);
	if (rest.len < 8 || rest.at[0] != '.' || digits(hu_str_skip(rest, 1)) != 6 ||
	    !hu_str_fixed(value, 9, ret))
		return false;
	rest = hu_str_skip(rest, 7);
	if (hu_str_starts(rest, " <")) {
		ptrdiff_t end = hu_str_find(rest, ">]");
		if (end < 0 || end > 24)
			return false;
		rest = hu_str_skip(rest, (size_t)end + 1);
	}
	if (!literal(&rest, ']') || (rest.len && rest.at[0] != ' ' && rest.at[0] != '['))
		return false;
	*s = rest;
	return true;
}

ptrdiff_t hu_kmsg_find_stamp(struct hu_str s)
{
	for (size_t at = 1; at < s.len; at++) {
		const char *hit = memchr(s.at + at, '[', s.len - at);
		if (!hit)
			return -1;
		at = (size_t)(hit - s.at);
		struct hu_str rest = hu_str_skip(s, at);
		hu_ns ts;
		if (printk_stamp(&rest, &ts))
			return (ptrdiff_t)at;
	}
	return -1;
}

/* "[  T123]" or "[    C1]": who printed it (CONFIG_PRINTK_CALLER). */
static void caller_id(struct hu_str *s, struct hu_kmsg_line *line)
{
	struct hu_str rest = *s;
	int64_t id;

	if (hu_str_starts(rest, " ["))
		rest = hu_str_skip(rest, 1);
	if (!literal(&rest, '['))
		return;
	rest = hu_str_skip(rest, blanks(rest));
	char kind = rest.len ? rest.at[0] : 0;
	rest = hu_str_skip(rest, 1);
	size_t n = digits(rest);
	if ((kind != 'T' && kind != 'C') || !n || n > 9 || n >= rest.len || rest.at[n] != ']' ||
	    !hu_str_i64((struct hu_str){rest.at, n}, &id))
		return;
	*(kind == 'T' ? &line->tid : &line->cpu) = (int32_t)id;
	line->caller = true;
	*s = hu_str_skip(rest, n + 1);
}

/* What follows a bracketed stamp: caller, one blank, the text; short-monotonic puts "host kernel:
 * " there. */
static void after_printk(struct hu_str s, struct hu_kmsg_line *line)
{
	caller_id(&s, line);
	literal(&s, ' ');
	struct hu_str rest = s, host = hu_str_split(&rest, ' ');
	if (host.len && hu_str_starts(rest, "kernel: ")) {
		line->host = host;
		s = hu_str_skip(rest, 8);
	}
	line->text = s;
}

/* "host kernel: text", "host kernel[0]: text", "host systemd[1]: text" */
static void after_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct hu_str rest = s, host = hu_str_split(&rest, ' ');
	ptrdiff_t colon = hu_str_find(rest, ": ");

	if (colon < 0 && hu_str_ends(rest, ":"))
		colon = (ptrdiff_t)rest.len - 1;
	struct hu_str tag = {rest.at, colon < 0 ? 0 : (size_t)colon};
	line->host = host;
	line->text = s;
	if (!hu_str_is(tag, "kernel") && !hu_str_starts(tag, "kernel[")) {
		line->other_program = true;
		return;
	}
	rest = hu_str_skip(rest, tag.len + 2);
	line->text = rest;
	struct hu_str stamped = rest;
	if (printk_stamp(&stamped, &line->printk))
		after_printk(stamped, line);
}

static void wall(struct hu_kmsg_line *line, const struct civil *c, hu_ns east, bool zone)
{
	line->wall = civil_ns(c) - east;
	line->wall_unit = c->unit;
	line->wall_clock = zone ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME;
}

/* A stamp without a year is counted from 1 January 1970; the log may run over New Year. */
static void yearless(struct hu_kmsg_calendar *calendar, struct hu_kmsg_line *line, struct civil *c)
{
	if (calendar->month && c->month < calendar->month - 6 && calendar->years < 100)
		calendar->years++;
	else if (calendar->years && c->month > calendar->month + 6)
		calendar->years--; /* a late line of last December */
	calendar->month = c->month;
	c->year = 1970 + calendar->years;
	wall(line, c, 0, false);
	line->no_year = true;
}

/* "[Sun Nov 22 01:04:29 2026] ", "[Nov22 01:04] ", "[  +0.000123] " */
static bool dmesg_wall(struct hu_kmsg_calendar *calendar, struct hu_str s,
		       struct hu_kmsg_line *line)
{
	struct civil c = {.unit = HU_NS_PER_S};

	if (!literal(&s, '['))
		return false;
	struct hu_str rest = s;
	if (weekday_name(&rest)) {
		if (!literal(&rest, ' ') || !month_name(&rest, &c.month) || !literal(&rest, ' ') ||
		    !number(&rest, 2, &c.day) || !literal(&rest, ' ') || !clock_time(&rest, &c) ||
		    !literal(&rest, ' ') || !number(&rest, 4, &c.year) || !literal(&rest, ']') ||
		    !civil_ok(&c))
			return false;
		wall(line, &c, 0, false);
	} else if (month_name(&rest, &c.month)) {
		c.year = 1970;
		c.unit = 60 * HU_NS_PER_S;
		if (!number(&rest, 2, &c.day) || !literal(&rest, ' ') ||
		    !number(&rest, 2, &c.hour) || !literal(&rest, ':') ||
		    !number(&rest, 2, &c.minute) || !literal(&rest, ']') || !civil_ok(&c))
			return false;
		yearless(calendar, line, &c);
		calendar->reltime = line->wall;
		calendar->has_reltime = true;
	} else {
		hu_ns delta;
		rest = hu_str_skip(rest, blanks(rest));
		if (!calendar->has_reltime || !literal(&rest, '+'))
			return false;
		ptrdiff_t end = hu_str_find(rest, "]");
		if (end < 1 || end > 12 ||
		    !hu_str_fixed((struct hu_str){rest.at, (size_t)end}, 9, &delta))
			return false;
		rest = hu_str_skip(rest, (size_t)end + 1);
		if (__builtin_add_overflow(calendar->reltime, delta, &calendar->reltime))
			return false;
		line->wall = calendar->reltime;
		line->wall_clock = HU_CLOCK_LOCAL_TIME;
		line->wall_unit = 60 * HU_NS_PER_S;
		line->no_year = true;
	}
	if (rest.len && rest.at[0] != ' ' && rest.at[0] != '[')
		return false;
	after_printk(rest, line);
	return true;
}

/* "6,1234,12345678,-;text", "6,1234,12345678,-,caller=T123;text":
 * Documentation/ABI/testing/dev-kmsg
 */
static bool dev_kmsg(struct hu_str s, struct hu_kmsg_line *line)
{
	ptrdiff_t end = hu_str_find((struct hu_str){s.at, s.len < 96 ? s.len : 96}, ";");
	int64_t value[3];

	if (end < 0 || !digit(s.at[0]))
		return false;
	struct hu_str head = {s.at, (size_t)end};
	for (int i = 0; i < 3; i++)
		if (!hu_str_i64(hu_str_split(&head, ','), &value[i]) || value[i] < 0)
			return false;
	if (value[0] > 0x7ff || value[2] > INT64_MAX / HU_NS_PER_US || !head.len)
		return false;
	line->level = (int32_t)(value[0] & 7);
	line->sequence = value[1];
	line->printk = value[2] * HU_NS_PER_US;
	while (head.len) {
		struct hu_str word = hu_str_split(&head, ',');
		int64_t id;
		if (!hu_str_starts(word, "caller=") || word.len < 9 || word.len > 17 ||
		    !hu_str_i64(hu_str_skip(word, 8), &id))
			continue;
		*(word.at[7] == 'T' ? &line->tid : &line->cpu) = (int32_t)id;
		line->caller = true;
	}
	line->text = hu_str_skip(s, (size_t)end + 1);
	return true;
}

/* dmesg -x: "kern  :info  : " */
static void decoded_level(struct hu_str *s, struct hu_kmsg_line *line)
{
	static const char *const facilities[] = {"kern",     "user", "mail",  "daemon", "auth",
						 "syslog",   "lpr",  "news",  "uucp",	"cron",
						 "authpriv", "ftp",  "local", "res"};
	static const char *const levels[] = {"emerg", "alert",	"crit", "err",
					     "warn",  "notice", "info", "debug"};
	struct hu_str rest = *s;
	int facility, level;

	if (!one_of(&rest, facilities, sizeof(facilities) / sizeof(facilities[0]), &facility))
		return;
	rest = hu_str_skip(rest, digits(rest));
	rest = hu_str_skip(rest, blanks(rest));
	if (!literal(&rest, ':') || !one_of(&rest, levels, 8, &level))
		return;
	rest = hu_str_skip(rest, blanks(rest));
	if (!literal(&rest, ':') || !literal(&rest, ' '))
		return;
	line->level = level;
	*s = rest;
}

/* "<6>" in front, as the console of a serial log daemon or pstore keeps it. */
static void numeric_level(struct hu_str *s, struct hu_kmsg_line *line)
{
	size_t n = s->len && s->at[0] == '<' ? digits(hu_str_skip(*s, 1)) : 0;
	int64_t value;

	if (!n || n > 3 || n + 1 >= s->len || s->at[n + 1] != '>' ||
	    !hu_str_i64((struct hu_str){s->at + 1, n}, &value))
		return;
	line->level = (int32_t)(value & 7);
	*s = hu_str_skip(*s, n + 2);
}

/* "Nov 22 01:04:29 host …", "Nov 22 01:04:29.123456 host …", "Nov 22 2026 01:04:29 host …" */
static bool syslog_wall(struct hu_kmsg_calendar *calendar, struct hu_str s,
			struct hu_kmsg_line *line)
{
	struct civil c = {.year = 1970};

	if (!month_name(&s, &c.month) || !literal(&s, ' ') || !number(&s, 2, &c.day) ||
	    !literal(&s, ' '))
		return false;
	struct hu_str rest = s;
	int year;
	bool dated = number(&rest, 4, &year) && literal(&rest, ' ');
	if (dated) {
		c.year = year;
		s = rest;
	}
	if (!clock_time(&s, &c) || !literal(&s, ' ') || !civil_ok(&c))
		return false;
	if (dated)
		wall(line, &c, 0, false);
	else
		yearless(calendar, line, &c);
	after_wall(s, line);
	return true;
}

/* journalctl -o short-full: "Sun 2026-11-22 01:04:29 UTC host …"; short-unix: "1795313388.128675
 * host …" */
static bool journal_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct hu_str rest = s;
	struct civil c = {0};
	hu_ns east;
	bool zone;

	if (weekday_name(&rest)) {
		if (!literal(&rest, ' ') || !iso_time(&rest, &c, &east, &zone) ||
		    !literal(&rest, ' '))
			return false;
		struct hu_str name = hu_str_split(&rest, ' ');
		wall(line, &c, 0, hu_str_is(name, "UTC") || hu_str_is(name, "GMT"));
		after_wall(rest, line);
		return true;
	}
	if (digits(s) != 10 || s.len < 19 || s.at[10] != '.' || digits(hu_str_skip(s, 11)) != 6 ||
	    s.at[17] != ' ')
		return false;
	line->wall_clock = HU_CLOCK_REALTIME;
	line->wall_unit = HU_NS_PER_US;
	if (!hu_str_fixed((struct hu_str){s.at, 17}, 9, &line->wall))
		return false;
	after_wall(hu_str_skip(s, 18), line);
	return true;
}

/* dmesg --time-format iso has a comma before the fraction and no host; journalctl and syslog have
 * both. */
static bool iso_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct civil c;
	hu_ns east;
	bool zone, comma = s.len > 19 && s.at[19] == ',';

	if (!s.len || !digit(s.at[0]) || !iso_time(&s, &c, &east, &zone))
		return false;
	if (comma && !zone)
		return false; /* some program's log */
	wall(line, &c, east, zone);
	if (comma) {
		after_printk(s, line);
		return true;
	}
	if (!literal(&s, ' '))
		return false;
	after_wall(s, line);
	return true;
}

void hu_kmsg_unstamp(struct hu_kmsg_calendar *calendar, struct hu_str line,
		     struct hu_kmsg_line *ret)
{
	const struct hu_kmsg_line none = {
		.printk = HU_OPEN,
		.wall = HU_OPEN,
		.wall_clock = HU_CLOCK_NONE,
		.sequence = HU_NONE,
		.level = HU_NONE,
		.tid = HU_NONE,
		.cpu = HU_NONE,
	};
	struct hu_kmsg_line got = none;
	bool after_dev_kmsg = calendar->dev_kmsg;
	struct hu_str s = line;

	calendar->dev_kmsg = false;
	if (!s.len) {
		*ret = none;
		return;
	}
	numeric_level(&s, &got);
	decoded_level(&s, &got);
	if (printk_stamp(&s, &got.printk)) {
		after_printk(s, &got);
	} else if (s.len && s.at[0] == '[' && dmesg_wall(calendar, s, &got)) {
		;
	} else if (dev_kmsg(s, &got)) {
		calendar->dev_kmsg = true;
	} else if (iso_wall(s, &got) || syslog_wall(calendar, s, &got) || journal_wall(s, &got)) {
		;
	} else {
		int32_t level = got.level;
		got = none;
		got.level = level;
		got.text = level == HU_NONE ? line : s;
		/* A record's dictionary: " SUBSYSTEM=acpi" */
		if (after_dev_kmsg && line.at[0] == ' ' && hu_str_find(line, "=") > 1) {
			got.property = true;
			calendar->dev_kmsg = true;
		}
	}
	*ret = got;
}
